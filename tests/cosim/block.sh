#!/bin/sh
# Builds and runs the co-simulation of one block.  tests/cosim/README.md explains the ports file.
#
#   tests/cosim/block.sh build BLOCK [VARIANT]
#   tests/cosim/block.sh run   BLOCK [VARIANT] [Criterion options]
#
# VARIANT is the number of a "variant:" line of the ports file, from 1; all of them unless given.
# Environment: COSIM_RTL_DIR   folders (a:b) searched for MODULE.v or MODULE.v.tpl before
#                              rtl_templates, for mutated or rendered Verilog
#              COSIM_BUILD_DIR build/cosim unless set; COSIM_LIB_DIR the same for Verilator's run-time library
#              COSIM_RENDER    what renders the templates: build/tests/render unless set
#              COSIM_TRACE=1   with a waveform, in BUILD_DIR/BLOCK/VARIANT-trace/trace.vcd
#              COSIM_SEED, COSIM_EFFORT  see compare.h
#              CC, CXX, COSIM_CFLAGS     compilers and extra flags for the C side (sanitizers)
set -eu
cd "$(dirname "$0")/../.."
root=$PWD

fail() { echo "block.sh: $*" >&2; exit 2; }

[ $# -ge 2 ] || { sed -n '2,15p' tests/cosim/block.sh >&2; exit 2; }
verb=$1 block=$2
shift 2
variant=all
case ${1:-} in [0-9]*) variant=$1; shift ;; esac
[ "${1:-}" != all ] || shift

ports=tests/cosim/ports/$block.def
test_c=tests/cosim/test_$block.c
[ -f "$ports" ] || fail "no $ports"
[ -f "$test_c" ] || fail "no $test_c"

CC=${CC:-gcc} CXX=${CXX:-g++}
build_dir=${COSIM_BUILD_DIR:-build/cosim}
case $build_dir in /*) ;; *) build_dir=$root/$build_dir ;; esac
lib_dir=${COSIM_LIB_DIR:-$build_dir}
render=${COSIM_RENDER:-build/tests/render}
trace=none
[ "${COSIM_TRACE:-0}" = 0 ] || trace=vcd
warn="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wstrict-prototypes
      -Wmissing-prototypes -Werror"

field() { sed -n "s|^// $1: *||p" "$ports"; }
model=$(field model)
modules=$(field rtl)
modules=${modules:-$block}
top=${modules%% *}
top=${top##*/}
top=${top%.v}

# The source of one module.
find_rtl() {
    IFS=: # called in a subshell
    for dir in ${COSIM_RTL_DIR:-} rtl_templates tests/cosim/rtl; do
        for name in "$dir/$1.v" "$dir/$1.v.tpl"; do
            [ ! -f "$name" ] || { echo "$name"; return; }
        done
    done
    fail "no Verilog for module $1"
}

build() { # number, parameter list
    out=$build_dir/$block/$1
    [ "$trace" = none ] || out=$out-trace
    mkdir -p "$out/v"
    gflags="" defines="" values=""
    for p in $2; do
        case $p in
        [A-Z]*) gflags="$gflags -G$p" defines="$defines -DP_$p" ;;
        *) values="$values $p" defines="$defines -DT_$p" ;;
        esac
    done
    [ ! -f "sim/blocks/$block.signals" ] || defines="$defines -DCOSIM_SIGNALS=\"sim/blocks/$block.signals\""
    defines="$defines -DCOSIM_PORTS=\"$ports\" -DCOSIM_TOP=$top
             -DCOSIM_BLOCK=\"$block\" -DCOSIM_VARIANT=\"$1\" -DCOSIM_TRACE_FILE=\"$out/trace.vcd\""
    rm -f "$out/v/"*.v
    sources=""
    files=""
    for m in $modules; do
        m=${m##*/}
        m=${m%.v}
        sources="$sources $(find_rtl "$m")"
        files="$files v/$m.v"
    done
    $render "$out/v" $values $sources

    # The verilated block, unless nothing it depends on has changed.
    key=$(cd "$out" && cat $files | cksum)
    key="$key $(cat "$ports" sim/blocks/*.signals sim/blocks/signals.h gen/config/operands.h \
              tests/cosim/signals_peek.h tests/cosim/shim.cpp tests/cosim/cosim.h tests/cosim/ports_default.h \
              tests/cosim/block.sh sim/cosim/verilate.sh | cksum)"
    key="$key $gflags $defines $(verilator --version) $CXX"
    if [ ! -f "$out/dut.o" ] || [ "$(cat "$out/key" 2>/dev/null)" != "$key" ]; then
        rm -rf "$out/key" "$out/obj"
        (cd "$out" && ARRAYSMITH_RTL_OPT=${ARRAYSMITH_RTL_OPT:--O2} "$root/sim/cosim/verilate.sh" dut.o "$top" \
            tests/cosim/shim.cpp "$trace" "$lib_dir" --public-flat-rw $gflags $files -- -I"$root" $defines)
        echo "$key" > "$out/key"
    fi
    bin=$out/test_$block
    # C objects one by one: -x keeps the C front end, g++ only links.
    objects=""
    for c in $test_c $model; do
        o=$out/$(echo "$c" | tr / _).o
        $CC -std=c11 -D_GNU_SOURCE $warn -O2 -g ${COSIM_CFLAGS:-} -I. $defines -c "$c" -o "$o"
        objects="$objects $o"
    done
    $CXX ${COSIM_CFLAGS:-} $objects "$out/dut.o" $(cat "$out/dut.o.with") -o "$bin" -lcriterion -lm
}

number=0
status=0
variants=$(field variant)
[ -n "$variants" ] || variants=" "
IFS='
'
for line in $variants; do
    unset IFS
    number=$((number + 1))
    [ "$variant" = all ] || [ "$variant" = $number ] || continue
    build $number "$line"
    if [ "$verb" = run ]; then
        # Criterion says "Tested: 0" and succeeds when nothing ran.
        echo "cosim $block $number: $line"
        log=$out/log
        "$bin" "$@" > "$log" 2>&1 || status=1
        cat "$log"
        ! grep -q 'Tested: [^0-9]*0[^0-9]' "$log" || { echo "block.sh: no test ran" >&2; status=1; }
    else
        echo "$bin"
    fi
done
[ $number -ge "$([ "$variant" = all ] && echo 0 || echo "$variant")" ] || fail "no variant $variant"
exit $status
