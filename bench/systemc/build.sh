#!/usr/bin/env bash
# The platform with the RTL of one accelerator at pins, beside the cycle model.
#
#   bench/systemc/build.sh ACCEL [--set KEY=VALUE ...]
#
# Writes build/systemc/rtl/platform; the platform of `make systemc` has the cycle model alone.
set -eu
cd "$(dirname "$0")/../.."
[ $# -ge 1 ] || { sed -n '2,6s/^# *//p' "$0" >&2; exit 2; }
accel=$1
shift
out=build/systemc/rtl
make --no-print-directory build/arraysmith build/systemc/platform
rm -rf "$out"
mkdir -p "$out"
build/arraysmith gen "$accel" "$@" -o "$out/verilog" >/dev/null
top=$(basename "$out"/verilog/*_core.v .v)
bytes=$(sed -n 's/.*parameter BYTES *= *\([0-9]*\),.*/\1/p' "$out/verilog/$top.v")
verilator --sc --prefix Vcore --top-module "$top" -O3 -Wno-lint -Wno-style -Wno-fatal --unroll-count 8192 \
    --Mdir "$out/obj" "$out"/verilog/*.v
root=$(verilator --getenv VERILATOR_ROOT)/include
for source in "$PWD/$out"/obj/Vcore*.cpp; do
    echo "#include \"$source\""
done >"$out/core.cpp"
flags="-std=c++17 -O2 -I. -I$out/obj -I$root -I$root/vltstd -DVM_TRACE=0 -DVM_COVERAGE=0 -DVM_SC=1"
${CXX:-g++} $flags -w -DAS_PLATFORM_RTL -DAS_PLATFORM_BYTES="$bytes" bench/systemc/platform.cpp "$out/core.cpp" \
    "$root/verilated.cpp" "$root/verilated_threads.cpp" \
    -Wl,--whole-archive build/libarraysmith.a -Wl,--no-whole-archive \
    -lsystemc -lfyaml -ljansson -lxxhash -ldl -lm -lpthread -o "$out/platform"
echo "built $out/platform: the cycle model, and the RTL of $accel at pins"
