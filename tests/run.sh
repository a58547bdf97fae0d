#!/usr/bin/env bash
# Runs a suite and prints one line per check and a closing line `N passed, N failed, N skipped`.
#
#   tests/run.sh quick|check|long UNIT-TEST-BINARY...
#   tests/run.sh only networks|families|matrix|sizes|randoms ACCELERATORS CASES [OPTION...]
#
# quick: unit tests, every block against its Verilog, networks in lockstep, Icarus
# check: the same after format, lint, sanitizers and golden files
# long:  the same with every input of every model, 100,000 mutated inputs, every RTL mutant
# only:  one part of them
#
# Logs are in build/logs.  Checks that need the reference models look for them in
# $ARRAYSMITH_SHARED (default ../shared) and are skipped by name when they are not there.
set -u
cd "$(dirname "$0")/.."
suite=$1
shift
shared=${ARRAYSMITH_SHARED:-../shared}
export ARRAYSMITH_SHARED=$shared
tool=build/arraysmith
logs=build/logs
mkdir -p $logs
passed=0 failed=0 skipped=0
started=$SECONDS

report() { # name ok|FAIL seconds log
    printf '%-4s %5ss  %s\n' "$2" "$3" "$1"
    [ "$2" = ok ] || { echo "     --- end of $4 ---"; tail -25 "$4" | sed 's/^/     /'; }
}

check() { # name command...: one check, judged by its exit status
    local name=$1 t=$SECONDS log
    shift
    log=$logs/$(echo "$name" | tr -c 'A-Za-z0-9\n' _ | cut -c1-120)_$(echo "$name" | cksum | cut -d' ' -f1).log
    if "$@" >"$log" 2>&1; then
        report "$name" ok $((SECONDS - t)) "$log"
        passed=$((passed + 1))
    else
        report "$name" FAIL $((SECONDS - t)) "$log"
        failed=$((failed + 1))
    fi
}

skip() { printf 'skip         %s\n' "$1"; skipped=$((skipped + 1)); }

# Counts the tests of Criterion runs in a log: Tested and the rest are sums over its closing lines.
# A run without a closing line, or with no test at all, is a failure of its own.
criterion() { # name status log seconds
    local name=$1 status=$2 log=$3 counts tested passing skips
    counts=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | awk '/Synthesis: Tested:/ {
        gsub(/[|:]/, " "); for (i = 1; i <= NF; i++) {
            if ($i == "Tested") t += $(i+1); if ($i == "Passing") p += $(i+1) } }
        END { print t + 0, p + 0 }')
    tested=${counts% *} passing=${counts#* }
    skips=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -c '^\[SKIP\]')
    if [ "$tested" -gt 0 ] && [ "$tested" = "$passing" ] && [ "$status" = 0 ]; then
        report "$name ($tested tests)" ok "$4" "$log"
    else
        report "$name ($passing of $tested tests passed, exit status $status)" FAIL "$4" "$log"
        failed=$((failed + (tested > passing ? tested - passing : 1)))
    fi
    passed=$((passed + passing))
    if [ "$skips" -gt 0 ]; then
        sed 's/\x1b\[[0-9;]*m//g' "$log" | grep '^\[SKIP\]' | sed 's/^\[SKIP\]/skip        /'
        skipped=$((skipped + skips))
    fi
}

unit() { # binary
    local name t=$SECONDS log
    name=$(basename "$1")
    log=$logs/$name.log
    "$1" --verbose >"$log" 2>&1
    criterion "unit $name" $? "$log" $((SECONDS - t))
}

block() { # name: that block beside its Verilog
    local t=$SECONDS log=$logs/block_$1.log
    tests/cosim/block.sh run "$1" >"$log" 2>&1
    criterion "block $1" $? "$log" $((SECONDS - t))
}

# Calls of these functions from standard input, a line each: two run at a time.
together() {
    local call n=0 i p f s
    while read -r call; do
        while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
        n=$((n + 1))
        rm -f "$logs/together_$n"
        (
            passed=0 failed=0 skipped=0
            eval "$call"
            echo "$passed $failed $skipped" >"$logs/together_$n"
        ) </dev/null &
    done
    wait
    for ((i = 1; i <= n; i++)); do
        if ! read -r p f s <"$logs/together_$i"; then p=0 f=1 s=0; fi
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    done
}

lockstep() { # model accelerator inputs [options]: outputs equal the golden files, no disagreement
    local model=$1 accel=$2 count=$3 path dir n args=() i
    shift 3
    if [ -f "${model%.tflite}.gold" ]; then # a case of tests/golden/cases
        check "lockstep $(basename "$model"), $(basename "$accel") $*" "$tool" run "$model" --accel "$accel" --engine lockstep \
            --input "${model%.tflite}.in" --golden "${model%.tflite}.gold" "$@"
        return
    elif [ -f "$model" ]; then # a file of tests/families and its one input
        check "lockstep $(basename "$model"), $(basename "$accel") $*" "$tool" run "$model" --accel "$accel" --engine lockstep \
            --input "${model%.tflite}.bin" --golden "tests/golden/families/$(basename "$model" .tflite).bin" "$@"
        return
    elif [ "$model" = digits ]; then
        path=digits dir=models/digits
    else
        dir=$shared/models/$model
        path=$(ls "$dir"/*.tflite 2>/dev/null | head -1)
    fi
    local name="lockstep $model, $count inputs, $(basename "$accel") $*"
    [ -n "$path" ] && [ -d "$dir" ] || { skip "$name: needs $dir"; return; }
    for ((i = 0; i < count; i++)); do
        n=$(printf %03d "$i")
        args+=(--input "$dir/inputs/$n.bin" --golden "$dir/golden/$n.bin")
    done
    check "$name" "$tool" run "$path" --accel "$accel" --engine lockstep "${args[@]}" "$@"
}

sanitized() { # every unit test again under the sanitizers
    local binary
    make --no-print-directory -j2 BUILD=build/sanitize \
        CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' unit-tests &&
        for binary in build/sanitize/tests/*; do LSAN_OPTIONS=suppressions=tests/lsan.supp "$binary" || return 1; done
}

# The unnamed rows of the movement table that the suites walk over, and each dataflow in three array sizes.
unnamed=("broadcast forwarded stationary" "forwarded broadcast stationary" "broadcast broadcast stationary" "stationary broadcast tree")
movement() { # ifmap weight psum: as options
    echo "--set dataflow=custom --set movement.ifmap=$1 --set movement.weight=$2 --set movement.psum=$3"
}
shape() { # what stays, rows, columns: an unroll as options; the taps of a line buffer are given as rows SxC
    local zero="--set unroll.K=0 --set unroll.C=0 --set unroll.S=0 --set unroll.P=0 --set unroll.Q=0"
    case $1 in
    psum) echo "$zero --set unroll.P=$2 --set unroll.K=$3" ;;
    ifmap) echo "$zero --set unroll.C=$2 --set unroll.Q=$3" ;;
    taps) echo "$zero --set unroll.S=${2%x*} --set unroll.C=${2#*x} --set unroll.K=$3" ;;
    *) echo "$zero --set unroll.C=$2 --set unroll.K=$3" ;;
    esac
}
random() { # dataflow, accelerators, cases, options
    check "random lockstep $1, $2 accelerators, $3 cases, seed 1" \
        env ARRAYSMITH_RTL_OPT=-O1 build/tests/random --dataflow "$1" --configs "$2" --cases "$3" "${@:4}"
}
randoms() { # accelerators and cases of each dataflow, options: calls
    local name
    for name in $("$tool" list dataflows | awk '/^$/ { exit } NR > 1 { print $1 }') custom; do echo "random $name $*"; done
}
unnamed_row() { # model, inputs, rows, columns: calls, one an unnamed row of the movement table
    local row stays
    for row in "${unnamed[@]}"; do
        stays=psum
        [ "${row%% *}" = stationary ] && stays=ifmap
        echo "lockstep $1 bench/accels/64-pes.yaml $2 --set memory.bytes=4194304 $(movement $row) $(shape $stays $3 $4)"
    done
}
networks() { # calls of the quick suite
    local accel
    echo "lockstep digits icebreaker 10"
    echo "lockstep digits bench/accels/3x5.yaml 2"
    echo "lockstep digits bench/accels/8x8.yaml 2 --stall-seed 7 --stall-percent 30"
    echo "lockstep kws icebreaker 8"
    echo "lockstep ic icebreaker 2"
    echo "lockstep vww bench/accels/4x4-large.yaml 2"
    echo "lockstep ad bench/accels/4x4-large.yaml 2"
    echo "lockstep kws bench/accels/8x8.yaml 1"
    echo "lockstep kws bench/accels/3x5.yaml 1"
    for accel in boards/icebreaker/*.yaml; do
        case $accel in */accel.yaml | */board.yaml) ;; *) echo "lockstep kws $accel 1" ;; esac
    done
    unnamed_row digits 1 3 5
    families
    randoms 2 80
}
presets() { # model, inputs, rows, columns: calls, one a preset, each with an unroll that its movement allows
    local name ifmap weight psum unroll taps=${3}x1
    [ "$3" = 6 ] && taps=3x2
    [ "$3" = 8 ] && taps=4x2
    "$tool" list dataflows | awk '/^$/ { exit } NR > 1' | while read -r name ifmap weight psum unroll; do
        name="lockstep $1 bench/accels/64-pes.yaml $2 --set dataflow=$name"
        [ "$psum" = tree ] && name+=" --set buffers.weight=256"
        case "$ifmap $psum $unroll" in
        *" stationary "*) echo "$name $(shape psum $3 $4)" ;;
        "stationary "*) echo "$name --set memory.bytes=4194304 $(shape ifmap $3 $4)" ;;
        *"S: "*) echo "$name $(shape taps $taps $4)" ;;
        *) echo "$name $(shape weight $3 $4)" ;;
        esac
    done
}
families() { # calls: a small network of every family of tests/families and every case on every preset
    local file pair
    mkdir -p build/families
    build/tests/families build/families || echo 'check "the networks of tests/families" false'
    for ((pair = 1; pair <= $(presets x 1 3 5 | wc -l); pair += 2)); do # so that none is built twice
        for file in build/families/*.tflite tests/golden/cases/*.tflite; do presets "$file" 1 3 5 | sed -n "$pair,$((pair + 1))p"; done
    done
}
matrix() { # calls: every input of every model on every dataflow and the unnamed rows, in three sizes
    local model size
    for model in kws ic vww ad; do
        for size in "3 5" "6 7" "8 8"; do
            presets "$model" 8 $size
            unnamed_row "$model" 8 $size
        done
    done
}
sizes() { # calls: every model on the arrays of the first dataflow, with and without stalls
    local accel model
    for accel in 4x4-large 3x5 8x8 16x16; do
        for model in kws ic vww ad; do
            echo "lockstep $model bench/accels/$accel.yaml 2"
            echo "lockstep $model bench/accels/$accel.yaml 2 --stall-seed 11 --stall-percent 20"
        done
    done
}

finish() {
    echo "took $((SECONDS - started)) s"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
if [ "$suite" = only ]; then
    together < <("$@")
    finish
    exit
fi

for binary in "$@"; do unit "$binary"; done
together < <(ls -S tests/cosim/ports/*.def | sed 's|.*/\(.*\)\.def|block \1|')
together < <(networks)
check "installed, used from another folder, removed" tests/install.sh

if [ "$suite" != quick ]; then
    mkdir -p build/lint
    for accel in icebreaker bench/accels/3x5.yaml bench/accels/8x8.yaml bench/accels/16x16.yaml; do
        $tool gen "$accel" -o "build/lint/$(basename "$accel" .yaml)" >/dev/null
        check "lint $(basename "$accel") in four tools" tests/lint.sh "build/lint/$(basename "$accel" .yaml)"
    done
    check "layout of the C sources" sh -c "find base models gen sim dataflows boards cli -name '*.[ch]' | xargs clang-format --dry-run -Werror"
    check "unit tests under the sanitizers" sanitized
fi

if [ "$suite" = long ]; then
    together < <(randoms 40 2000 --need-all)
    check "lint of 203 random accelerators in four tools" tests/lint_random.sh 29
    together < <(matrix)
    together < <(sizes)
    check "100,000 mutated model files" build/fuzz/fuzz_tflite 1 100000 models/digits/digits.tflite build/families/*.tflite $(ls "$shared"/models/kws/*.tflite 2>/dev/null)
    check "100,000 mutated configurations" build/fuzz/fuzz_config 1 100000 boards/icebreaker/[!b]*.yaml bench/accels/*.yaml tests/fuzz/*.yaml
    check "every RTL mutant is killed" tests/mutants.sh
fi

finish
