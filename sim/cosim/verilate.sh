#!/bin/sh
# From Verilog to compiled C++: the one recipe, of the lockstep library and of the block tests.
#
#   verilate.sh RESULT TOP SHIM TRACE SHARED [FILE or Verilator's option]... [-- COMPILER'S OPTION...]
#
# Works in the folder that it is started in.  Verilator's class, named Vdut, and the C++ file SHIM make
# RESULT: a shared library (*.so), or an object file, and then what to link with it stands in RESULT.with.
#   TOP     the module on top
#   TRACE   none, vcd or fst: the waveforms that it can write
#   SHARED  a folder in which Verilator's run-time library is compiled once, for all that use it
# Environment: CXX; ARRAYSMITH_RTL_OPT, the compiler's optimisation (-O3 -march=native): less for many
# small runs.
#
# Nothing starts at zero by itself: registers without an initial value hold what the context's randReset
# says (0: zeros, 2: random bits from randSeed).
set -eu
result=$1 top=$2 shim=$3 trace=$4 shared=$5
shift 5
verilog=
while [ $# -gt 0 ] && [ "$1" != -- ]; do verilog="$verilog $1"; shift; done
[ $# = 0 ] || shift
compiler=${CXX:-g++}
root=$(verilator --getenv VERILATOR_ROOT)/include
runtime="verilated verilated_threads" flag= libs=-lpthread vcd=0 fst=0
case $trace in
vcd) vcd=1 flag=--trace runtime="$runtime verilated_vcd_c" ;;
fst) fst=1 flag=--trace-fst runtime="$runtime verilated_fst_c" libs="$libs -lz" ;;
esac

verilator --cc --prefix Vdut --top-module "$top" -O3 --x-assign unique --x-initial unique -Wno-lint \
    -Wno-style -Wno-fatal --unroll-count 8192 $flag --Mdir obj $verilog
for f in obj/Vdut*.cpp; do echo "#include \"$f\""; done > all.cc
echo "#include \"$shim\"" >> all.cc

flags="-std=c++17 ${ARRAYSMITH_RTL_OPT:--O3 -march=native} -fPIC -fvisibility=hidden -fno-gnu-unique -w
    -I. -Iobj -I$root -I$root/vltstd -DVM_TRACE=$((vcd + fst)) -DVM_TRACE_VCD=$vcd -DVM_TRACE_FST=$fst
    -DVM_COVERAGE=0 -DVM_SC=0"
kept=$shared/runtime-$(echo $flags "$compiler" "$(verilator --version)" | cksum | cut -d' ' -f1)
mkdir -p "$kept"
objects=
for f in $runtime; do
    if [ ! -s "$kept/$f.o" ]; then
        $(command -v ccache || true) $compiler $flags -c "$root/$f.cpp" -o "$f.o"
        mv "$f.o" "$kept/$f.o"
    fi
    objects="$objects $kept/$f.o"
done
case $result in
*.so)
    $compiler $flags "$@" -c all.cc -o all.o
    $compiler -shared -o "$result" all.o $objects $libs || { rm -rf "$kept"; exit 1; } # perhaps damaged
    ;;
*)
    $compiler $flags "$@" -c all.cc -o "$result"
    echo $objects $libs > "$result.with"
    ;;
esac
rm -rf obj all.cc all.o
