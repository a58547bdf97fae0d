#!/bin/sh
# Do the tests notice a wrong RTL, or a wrong timing engine?  Applies each mutant of tests/mutants.csv
# to a copy of the Verilog or of sim/timing, builds it and runs its test, which must fail by a
# comparison, not by a broken build.
#
#   tests/mutants.sh [JOBS [BLOCK]]   JOBS at a time, all processors unless given
#   tests/mutants.sh apply            no more than whether each can still be made: its old text stands
#                                     once in its file, its test is there
#
# Mutants marked `lockstep` and `programs` run whole programs: they need build/arraysmith (or
# $ARRAYSMITH) and the unit test test_power_up;
# `ice40` compares the primitives of that family with their behavioural twins in Icarus; `timing` compares
# a mutated timing engine with the cycle model, by the objects of build/tests/timing and of the unit test of
# its jobs.
# Environment: MUTANTS_DIR  build/mutants unless set; the work tree is never changed.
# build/tests/render (or $COSIM_RENDER) makes Verilog of the templates.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
self=$root/tests/mutants.sh
absolute() { case $1 in /*) echo "$1" ;; *) echo "$root/$1" ;; esac; }
MUTANTS_DIR=$(absolute "${MUTANTS_DIR:-build/mutants}")
ARRAYSMITH=$(absolute "${ARRAYSMITH:-build/arraysmith}")
COSIM_RENDER=$(absolute "${COSIM_RENDER:-build/tests/render}")
POWER_UP=$root/build/tests/sim/cosim/test_power_up
export MUTANTS_DIR ARRAYSMITH COSIM_RENDER
dir=$MUTANTS_DIR
jobs=${1:-$(nproc)}
only=${2:-}

# Replaces the only occurrence of a text, literally.
mutate() { # in, out, old, new
    OLD=$3 NEW=$4 awk 'BEGIN { old = ENVIRON["OLD"]; new = ENVIRON["NEW"] }
        { at = index($0, old)
          if (at) {
              head = substr($0, 1, at - 1)
              tail = substr($0, at + length(old))
              n += index(tail, old) ? 2 : 1
              $0 = head new tail
          }
          print }
        END { if (n != 1) { print "the old text occurs " n + 0 " times" > "/dev/stderr"; exit 1 } }' "$1" > "$2"
}

# The folder of a block, and its file there.
folder_of() { case $1 in sim/timing/*) echo sim/timing ;; *) echo rtl_templates ;; esac; }
file_of() { case $1 in sim/timing/*) echo "${1#sim/timing/}.c" ;; *) echo "$1.v.tpl" ;; esac; }

mutants() { grep -v '^#' tests/mutants.csv; }

if [ "$jobs" = apply ]; then
    mutants | {
        count=0 wrong=0
        while IFS=, read -r block old new test; do
            count=$((count + 1))
            case $test in
            lockstep | programs | ice40 | timing) why= ;;
            */*) [ -f "tests/cosim/test_${test%/*}.c" ] && why= || why="no test tests/cosim/test_${test%/*}.c" ;;
            *) why="no test \"$test\"" ;;
            esac
            [ "$old" != "$new" ] || why="the new text is the old"
            [ "$why" ] || why=$(mutate "$(folder_of "$block")/$(file_of "$block")" /dev/null "$old" "$new" 2>&1) || true
            [ -z "$why" ] || { wrong=$((wrong + 1)); echo "$block: $old -> $new: $why"; }
        done
        echo "$((count - wrong)) of $count mutants can be made"
        [ "$wrong" = 0 ]
    }
    exit
fi

# The timing engine of the sources in folder $1, built in folder $2, on jobs alone, on whole
# networks, which have several layers, and on drawn layers.
run_timing() {
    libs=$(sed -n 's/^LIBS *:= *//p' "$root/Makefile")
    cp "$root/build/libarraysmith.a" "$2/lib.a"
    for source in "$1"/*.c; do
        ${CC:-gcc} -std=c11 -D_GNU_SOURCE -O1 -I"$root" -c "$source" -o "$2/$(basename "$source" .c).o" || return 1
    done
    (cd "$2" && ar r lib.a ./*.o)
    gcc "$root"/build/obj/tests/timing/*.o "$root/build/obj/tests/random/draw.o" -Wl,--whole-archive "$2/lib.a" \
        -Wl,--no-whole-archive $libs -o "$2/timing" || return 1
    gcc "$root/build/obj/tests/unit/sim/timing/test_compute_time.o" -Wl,--whole-archive "$2/lib.a" \
        -Wl,--no-whole-archive -lcriterion $libs -o "$2/test" || return 1
    ( # seconds of CPU: a mutant may never end
        ulimit -S -t 15
        cd "$root"
        "$2/test" &&
            printf 'digits icebreaker\ndigits icebreaker memory.interval=3\n' | "$2/timing" programs &&
            "$2/timing" random --first --configs 12 --cases 24 &&
            ulimit -S -t 120 && exec "$2/timing" random --first --configs 60 --cases 300 --seed 2
    ) || { [ $? -lt 128 ] || echo "it does not end, expected an answer"; return 1; }
}

# One test on the sources in folder $1, built in folder $2.
run_test() {
    if [ "$test" = lockstep ] || [ "$test" = programs ]; then # on a copy of the installation
        home=$2/home
        rm -rf "$home"
        mkdir -p "$home"
        ln -s "$root"/* "$home/"
        rm -f "$home/build" "$home/rtl_templates"
        ln -s "$1" "$home/rtl_templates"
        if [ "$test" = programs ]; then
            ARRAYSMITH_HOME=$home "$POWER_UP"
        else
            ARRAYSMITH_HOME=$home "$ARRAYSMITH" run digits --accel icebreaker --engine lockstep \
                --stall-percent 20 --wave "$home/lockstep.fst"
        fi
    elif [ "$test" = ice40 ]; then # the primitives of a family
        tests/icarus/ice40.sh "$1" "$2" || { cat "$2/ice40.log"; return 1; }
    elif [ "$test" = timing ]; then
        run_timing "$1" "$2"
    else
        COSIM_RTL_DIR=$1 COSIM_BUILD_DIR=$2 COSIM_LIB_DIR=$dir \
            "$dir/tree/tests/cosim/block.sh" run "${test%/*}" "${test#*/}"
    fi
}

if [ "$jobs" = baseline ]; then # a worker: test
    test=$2
    at=$dir/baseline-$(echo "$test" | tr / -)
    mkdir -p "$at"
    sources=rtl_templates
    [ "$test" != timing ] || sources=sim/timing
    run_test "$dir/tree/$sources" "$at" > "$at/log" 2>&1 && exit 0
    cat "$at/log"
    echo "mutants.sh: $test fails without a mutant" >&2
    exit 1
fi

if [ "$jobs" = one ]; then # a worker: number, line
    at=$dir/mutant-$2
    IFS=, read -r block old new test <<LINE
$3
LINE
    rm -rf "$at"
    mkdir -p "$at"
    cp -R "$dir/tree/$(folder_of "$block")" "$at/source"
    name="$block: $old -> $new:"
    file=$(file_of "$block")
    if ! mutate "$dir/tree/$(folder_of "$block")/$file" "$at/source/$file" "$old" "$new"; then
        echo "$name SURVIVED, it was not made"
    elif run_test "$at/source" "$at" > "$at/log" 2>&1; then
        echo "$name SURVIVED"
    elif grep -q -e ' in the RTL and .* in the model' -e ' in the cycle model, ' -e '^\[FAIL\]' -e 'model and RTL d' -e ', expected ' "$at/log"; then
        echo "$name killed"
        rm -rf "$at"
    else
        cat "$at/log"
        echo "$name SURVIVED, its test broke"
    fi
    exit 0
fi

# The C side of all mutants is the same.
! command -v ccache > /dev/null || export CC="ccache ${CC:-gcc}"

# Everything runs on a copy, so that nobody edits what is being built.
mkdir -p "$dir"
rm -rf "$dir/tree" "$dir"/baseline-* "$dir"/mutant-*
mkdir "$dir/tree"
cp -R base gen sim tests rtl_templates "$dir/tree/"
mutants | { [ -n "$only" ] && grep "^$only[,/]" || cat; } > "$dir/list"
[ -s "$dir/list" ] || { echo "mutants.sh: no mutants" >&2; exit 1; }

sed 's/.*,//' "$dir/list" | sort -u > "$dir/tests"
[ "$(cat "$dir/tests")" = timing ] || COSIM_LIB_DIR=$dir COSIM_BUILD_DIR=$dir/first tests/cosim/block.sh build tokens > /dev/null
xargs -P "$jobs" -n 1 "$self" baseline < "$dir/tests"
awk '{ printf "%d%c%s%c", NR, 0, $0, 0 }' "$dir/list" |
    xargs -0 -P "$jobs" -n 2 "$self" one | tee "$dir/result"
killed=$(grep -c ' killed$' "$dir/result" || true)
survived=$(($(wc -l < "$dir/list") - killed))
echo "$killed killed, $survived survived"
[ "$survived" = 0 ]
