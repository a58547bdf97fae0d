#!/usr/bin/env bash
# The SystemC platform runs digits: loosely timed, approximately timed and at the pins of core.v and of
# system.v it gives the golden output and the cycles of `run --engine model`; at pins, under a memory that
# stalls and answers late, model and RTL agree in every pin at every clock edge.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
dir=build/systemc/digits
mkdir -p "$dir"
fail() { echo "platform.sh: $*" >&2; exit 1; }

build/arraysmith run digits --accel icebreaker --engine model --input models/digits/inputs/000.bin \
    --save-program "$dir/digits.asprog" --json "$dir/report.json" >/dev/null
wanted=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["totals"]["cycles"])' "$dir/report.json")

# run NAME PLATFORM OPTION...
run() {
    local name=$1 platform=$2
    shift 2
    "$platform" --accel icebreaker --program "$dir/digits.asprog" --input models/digits/inputs/000.bin \
        --output "$dir/$name.bin" "$@" >"$dir/$name.json" 2>"$dir/$name.log" || fail "$name: $(tail -3 "$dir/$name.log")"
    cmp "$dir/$name.bin" models/digits/golden/000.bin || fail "$name: the output differs from the golden one"
}

for level in lt at core system; do
    run $level build/systemc/platform --level $level
    cycles=$(sed -n 's/.*"cycles": \([0-9]*\),.*/\1/p' "$dir/$level.json")
    [ "$cycles" = "$wanted" ] || fail "--level $level takes $cycles cycles, the engine model $wanted"
done

bench/systemc/build.sh icebreaker >"$dir/build.log" 2>&1 || fail "build.sh: $(tail -3 "$dir/build.log")"
# both LEVEL OPTION...
both() {
    run "both-$1" build/systemc/rtl/platform --unit both --level "$@"
    grep -q '^[1-9][0-9]* edges compared, 0 pins differ' "$dir/both-$1.log" || fail "--level $*: nothing was compared"
}
both core
both core --stall-percent 30 --late 9
both system
both system --stall-percent 30
for level in lt at; do
    status=0
    build/systemc/rtl/platform --accel icebreaker --program "$dir/digits.asprog" --input models/digits/inputs/000.bin \
        --level $level --unit rtl 2>"$dir/refused.log" || status=$?
    [ $status = 2 ] && grep -q -e '--unit rtl is for --level system and core' "$dir/refused.log" || fail "--level $level --unit rtl is not refused"
done
echo "digits: $wanted cycles at all levels; model and RTL agree in every pin"
