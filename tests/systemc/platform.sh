#!/usr/bin/env bash
# The SystemC platform on networks, on the iCEBreaker's default accelerator.
#
#   tests/systemc/platform.sh MODEL...     digits, or a reference model of $ARRAYSMITH_SHARED/models
#
# Cycle model and RTL, behind TLM-2.0 (loosely, approximately timed) and at the pins of core.v and of
# system.v, give the golden output and the cycles of `run --engine model`; behind TLM-2.0 the simulated
# time from start to interrupt is these cycles.  At pins, under a memory that stalls and answers late,
# model and RTL agree in every pin at every clock edge.  The engines systemc and systemc-rtl report the
# numbers of `--engine model`.  Two accelerators in one platform give what each gives alone.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
export SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1
shared=${ARRAYSMITH_SHARED:-../shared}
period=41.667 # ns, at 24 MHz in whole picoseconds
fail() { echo "platform.sh: $*" >&2; exit 1; }

# cycles FILE: of the report
cycles() { sed -n 's/.*"cycles": \([0-9]*\),.*/\1/p' "$1"; }

# run NAME PLATFORM OPTION...
run() {
    local name=$1 platform=$2
    shift 2
    "$platform" --accel icebreaker --program "$dir/program" --input "$folder/inputs/000.bin" \
        --output "$dir/$name.bin" "$@" >"$dir/$name.json" 2>"$dir/$name.log" || fail "$name: $(tail -3 "$dir/$name.log")"
    cmp "$dir/$name.bin" "$folder/golden/000.bin" || fail "$name: the output differs from the golden one"
}

# takes_cycles NAME PLATFORM OPTION...
takes_cycles() {
    run "$@"
    [ "$(cycles "$dir/$1.json")" = "$wanted" ] || fail "$1 takes $(cycles "$dir/$1.json") cycles, the engine model $wanted"
}

# takes_time NAME: the simulated time is the cycles'
takes_time() {
    local time
    time=$(sed -n 's/.*"time_ns": \([0-9.]*\),.*/\1/p' "$dir/$1.json")
    awk "BEGIN { d = $time - $wanted * $period; exit !(d < 0.001 && d > -0.001) }" ||
        fail "$1: $time ns from start to interrupt, $wanted cycles are $period ns each"
}

# both LEVEL OPTION...
both() {
    run "both-$1" build/systemc/rtl/platform --unit both --level "$@"
    grep -q '^[1-9][0-9]* edges compared, 0 pins differ' "$dir/both-$1.log" || fail "--level $*: nothing was compared"
}

# engine NAME OPTION...
engine() {
    local name=$1
    shift
    build/arraysmith run "$path" --accel icebreaker --engine "$name" --input "$folder/inputs/000.bin" "$@" \
        --csv "$dir/$name.csv" >"$dir/$name.log" 2>&1 || fail "--engine $name: $(tail -3 "$dir/$name.log")"
    cmp "$dir/model.csv" "$dir/$name.csv" || fail "--engine $name differs from --engine model"
}

all_four() {
    local unit level
    build/arraysmith run "$path" --accel icebreaker --engine model --input "$folder/inputs/000.bin" \
        --save-program "$dir/program" --json "$dir/report.json" --csv "$dir/model.csv" >/dev/null
    wanted=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["totals"]["cycles"])' "$dir/report.json")
    for unit in model rtl; do
        for level in lt at; do
            takes_cycles $unit-$level build/systemc/platform --unit $unit --level $level
            takes_time $unit-$level
        done
        takes_cycles $unit-dmi build/systemc/platform --unit $unit --level lt --dmi
        takes_time $unit-dmi
        for level in core system; do
            takes_cycles $unit-$level build/systemc/rtl/platform --unit $unit --level $level
        done
    done
    both core
    both core --stall-percent 30 --late 9 --seed 2
    both system --stall-percent 30 --seed 3
    engine systemc
    engine systemc-rtl
    echo "$1: $wanted cycles of model and RTL, at pins and behind TLM-2.0"
}

# What each of two accelerators gives alone, they give side by side.
two_accelerators() {
    local level other=bench/accels/8x8.yaml
    build/arraysmith run "$path" --accel $other --save-program "$dir/other" >/dev/null
    local one="--accel icebreaker --program $dir/program --input $folder/inputs/000.bin --input $folder/inputs/001.bin"
    local two="--accel $other --program $dir/other --input $folder/inputs/002.bin"
    for level in lt at core system; do
        build/systemc/platform $one --level $level --output "$dir/alone1.bin" --report "$dir/alone1.json"
        build/systemc/platform $two --level $level --output "$dir/alone2.bin" --report "$dir/alone2.json"
        build/systemc/platform $one --level $level --output "$dir/side1.bin" --report "$dir/side1.json" \
            --and $two --level $level --output "$dir/side2.bin" --report "$dir/side2.json"
        for i in 1 2; do
            cmp "$dir/alone$i.bin" "$dir/side$i.bin" || fail "--level $level: the outputs of accelerator $i change beside another"
            diff <(grep -v cpu_seconds "$dir/alone$i.json") <(grep -v cpu_seconds "$dir/side$i.json") ||
                fail "--level $level: accelerator $i changes beside another"
        done
    done
    echo "two accelerators side by side: $(cycles "$dir/side1.json" | head -1) and $(cycles "$dir/side2.json") cycles, as alone"
}

refusals() {
    local status=0
    build/systemc/platform --accel icebreaker --program "$dir/program" --input "$folder/inputs/000.bin" --level core \
        --unit rtl 2>"$dir/refused.log" || status=$?
    [ $status = 2 ] && grep -q -e 'built without the RTL of' "$dir/refused.log" || fail "RTL that was not built in is not refused"
    status=0
    build/systemc/rtl/platform --accel bench/accels/3x5.yaml --program "$dir/program" --input "$folder/inputs/000.bin" \
        --level core --unit rtl 2>"$dir/refused.log" || status=$?
    [ $status != 0 ] || fail "the RTL of another accelerator is not refused"
}

mkdir -p build/systemc
bench/systemc/build.sh icebreaker >build/systemc/build.log 2>&1 || fail "build.sh: $(tail -3 build/systemc/build.log)"
for model in "$@"; do
    dir=build/systemc/$model
    mkdir -p "$dir"
    if [ "$model" = digits ]; then
        folder=models/digits path=digits
    else
        folder=$shared/models/$model
        path=$(echo "$folder"/*.tflite)
    fi
    all_four "$model"
    [ "$model" = digits ] || continue
    build/arraysmith run digits --accel icebreaker --input "$folder/inputs/000.bin" --dataflow all --csv "$dir/model.csv" >/dev/null
    engine systemc --dataflow all
    two_accelerators
    refusals
done
