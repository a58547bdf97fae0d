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
#              COSIM_TRACE=1   with a waveform, in BUILD_DIR/BLOCK/VARIANT-trace/trace.vcd
#              COSIM_SEED, COSIM_EFFORT  see compare.h
#              CC, CXX, COSIM_CFLAGS     compilers and extra flags for the C side (sanitizers)
set -eu
cd "$(dirname "$0")/../.."

fail() { echo "block.sh: $*" >&2; exit 2; }

[ $# -ge 2 ] || { sed -n '2,14p' tests/cosim/block.sh >&2; exit 2; }
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
trace=${COSIM_TRACE:-0}
include=$(verilator --getenv VERILATOR_ROOT)/include
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

# One object for all blocks: Verilator's run-time library.
runtime() {
    lib=${COSIM_LIB_DIR:-$build_dir}/lib-$trace
    mkdir -p "$lib"
    files="verilated verilated_threads"
    [ "$trace" = 0 ] || files="$files verilated_vcd_c"
    for f in $files; do
        if [ ! -f "$lib/$f.o" ]; then
            $CXX -std=c++17 -O2 -w $cxx_defs -c "$include/$f.cpp" -o "$lib/$f.o.$$"
            mv "$lib/$f.o.$$" "$lib/$f.o"
        fi
    done
    runtime_objects=$(for f in $files; do echo "$lib/$f.o"; done)
}

build() { # number, parameter list
    out=$build_dir/$block/$1
    [ "$trace" = 0 ] || out=$out-trace
    mkdir -p "$out/v"
    gflags="" defines="" subst=""
    for p in $2; do
        case $p in
        [A-Z]*) gflags="$gflags -G$p" defines="$defines -DP_$p" ;;
        *) subst="$subst -e s/@{${p%%=*}}/${p#*=}/g" defines="$defines -DT_$p" ;;
        esac
    done
    defines="$defines -DCOSIM_PORTS=\"$ports\" -DCOSIM_TOP=$top
             -DCOSIM_BLOCK=\"$block\" -DCOSIM_VARIANT=\"$1\""
    cxx_defs="-I$include -I$include/vltstd -DVM_TRACE=$trace -DVM_TRACE_VCD=$trace
              -DVM_TRACE_FST=0 -DVM_COVERAGE=0 -DVM_SC=0"

    rm -f "$out/v/"*.v
    sources=""
    for m in $modules; do
        m=${m##*/}
        m=${m%.v}
        src=$(find_rtl "$m")
        sed -e '/^ *\/\/#/d' $subst "$src" > "$out/v/$m.v"
        if grep -q -e '@{' -e '^ *//%' "$out/v/$m.v"; then
            fail "$src needs the generator: give its values in the variant line (lower case)," \
                 "or render it and name the folder in COSIM_RTL_DIR"
        fi
        sources="$sources $out/v/$m.v"
    done

    # The verilated block, unless nothing it depends on has changed.
    key=$(cat $sources "$ports" tests/cosim/shim.cpp tests/cosim/cosim.h \
              tests/cosim/ports_default.h tests/cosim/block.sh | cksum)
    key="$key $gflags $defines $(verilator --version) $CXX"
    if [ ! -f "$out/dut.o" ] || [ "$(cat "$out/key" 2>/dev/null)" != "$key" ]; then
        rm -rf "$out/key" "$out/obj"
        tflags=""
        [ "$trace" = 0 ] || tflags=--trace
        verilator --cc --prefix Vdut --top-module "$top" --public-flat-rw -Wno-lint -Wno-fatal \
                  --x-assign unique --x-initial unique -O3 \
                  --unroll-count 8192 $tflags $gflags -Mdir "$out/obj" $sources
        (cd "$out/obj" && for f in Vdut*.cpp; do echo "#include \"$f\""; done) > "$out/obj/all.cc"
        echo '#include "tests/cosim/shim.cpp"' >> "$out/obj/all.cc"
        $CXX -std=c++17 -O2 -w -I. -I"$out/obj" $cxx_defs $defines \
             -DCOSIM_TRACE_FILE="\"$out/trace.vcd\"" -c "$out/obj/all.cc" -o "$out/dut.o"
        echo "$key" > "$out/key"
    fi
    runtime
    bin=$out/test_$block
    # C objects one by one: -x keeps the C front end, g++ only links.
    objects=""
    for c in $test_c $model; do
        o=$out/$(echo "$c" | tr / _).o
        $CC -std=c11 -D_GNU_SOURCE $warn -O2 -g ${COSIM_CFLAGS:-} -I. $defines -c "$c" -o "$o"
        objects="$objects $o"
    done
    $CXX ${COSIM_CFLAGS:-} $objects "$out/dut.o" $runtime_objects -o "$bin" -lcriterion -lpthread -lm
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
