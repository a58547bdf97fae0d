#!/usr/bin/env bash
# The SystemC platform runs digits: loosely timed, approximately timed and at pins it gives the golden
# output and the cycles of `run --engine model`; at pins, under a memory that stalls, model and RTL
# agree in every pin at every clock edge.
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

for level in lt at pins; do
    run $level build/systemc/platform --level $level
    cycles=$(sed -n 's/.*"cycles": \([0-9]*\),.*/\1/p' "$dir/$level.json")
    [ "$cycles" = "$wanted" ] || fail "--level $level takes $cycles cycles, the engine model $wanted"
done

bench/systemc/build.sh icebreaker >"$dir/build.log" 2>&1 || fail "build.sh: $(tail -3 "$dir/build.log")"
for stall in 0 30; do
    run both-$stall build/systemc/rtl/platform --level pins --unit both --stall-percent $stall
    grep -q '^[1-9][0-9]* edges compared, 0 pins differ' "$dir/both-$stall.log" || fail "both: nothing was compared"
done
for level in lt at; do
    status=0
    build/systemc/rtl/platform --accel icebreaker --program "$dir/digits.asprog" --input models/digits/inputs/000.bin \
        --level $level --unit rtl 2>"$dir/refused.log" || status=$?
    [ $status = 2 ] && grep -q -e '--unit rtl is for --level pins' "$dir/refused.log" || fail "--level $level --unit rtl is not refused"
done
echo "digits: $wanted cycles at lt, at and pins; model and RTL agree in every pin"
