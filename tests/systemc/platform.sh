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

# takes_cycles NAME PLATFORM OPTION...
takes_cycles() {
    run "$@"
    cycles=$(sed -n 's/.*"cycles": \([0-9]*\),.*/\1/p' "$dir/$1.json")
    [ "$cycles" = "$wanted" ] || fail "$1 takes $cycles cycles, the engine model $wanted"
}

for level in lt at core system; do
    takes_cycles model-$level build/systemc/platform --level $level
done
takes_cycles rtl-lt build/systemc/platform --unit rtl --level lt
takes_cycles rtl-at build/systemc/platform --unit rtl --level at

# As engines of the tool: every number of every layer, on every dataflow, is that of the cycle model.
# engine NAME ACCEL-OPTION...
engine() {
    local name=$1
    shift
    build/arraysmith run digits --accel icebreaker --engine "$name" "$@" --csv "$dir/$name.csv" >"$dir/$name.log" 2>&1 ||
        fail "--engine $name: $(tail -3 "$dir/$name.log")"
}
engine model --dataflow all
engine systemc --dataflow all
cmp "$dir/model.csv" "$dir/systemc.csv" || fail "--engine systemc differs from --engine model"
engine model
engine systemc-rtl
cmp "$dir/model.csv" "$dir/systemc-rtl.csv" || fail "--engine systemc-rtl differs from --engine model"

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
for level in core system; do
    takes_cycles rtl-$level build/systemc/rtl/platform --unit rtl --level $level
done
status=0
build/systemc/platform --accel icebreaker --program "$dir/digits.asprog" --input models/digits/inputs/000.bin \
    --level core --unit rtl 2>"$dir/refused.log" || status=$?
[ $status = 2 ] && grep -q -e 'built without the RTL' "$dir/refused.log" || fail "RTL that was not built in is not refused"
echo "digits: $wanted cycles at all levels, of the model and of the RTL; at pins they agree in every pin"
