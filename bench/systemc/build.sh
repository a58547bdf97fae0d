#!/usr/bin/env bash
# The platform with the RTL of one accelerator at the pins of core.v and system.v, beside the cycle model.
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
make --no-print-directory build/libarraysmith.a build/arraysmith
rm -rf "$out"
mkdir -p "$out"
build/arraysmith gen "$accel" "$@" -o "$out/verilog" >/dev/null
bytes=$(sed -n 's/.*parameter BYTES *= *\([0-9]*\),.*/\1/p' "$out"/verilog/*_core.v)
id=$(sed -n "s/.*\.ID(32'h\([0-9a-f]*\)).*/\1/p" "$out"/verilog/*_system.v)
for top in core system; do
    verilator --sc --prefix V$top --top-module "$(basename "$out"/verilog/*_$top.v .v)" -O3 -Wno-lint -Wno-style \
        -Wno-fatal --unroll-count 8192 --Mdir "$out/obj" -F "$out/verilog/filelist.f"
    for source in "$PWD/$out"/obj/V$top*.cpp; do
        echo "#include \"$source\""
    done >"$out/$top.cpp"
done
root=$(verilator --getenv VERILATOR_ROOT)/include
flags="-std=c++17 ${ARRAYSMITH_RTL_OPT:--O3 -march=native} -I. -I$out/obj -I$root -I$root/vltstd -DVM_TRACE=0 -DVM_COVERAGE=0 -DVM_SC=1"
${CXX:-g++} $flags -w -DAS_PLATFORM_RTL -DAS_PLATFORM_BYTES="$bytes" -DAS_PLATFORM_CONFIG="0x$id" bench/systemc/platform.cpp \
    "$out/core.cpp" "$out/system.cpp" "$root/verilated.cpp" "$root/verilated_threads.cpp" \
    -Wl,--whole-archive build/libarraysmith.a -Wl,--no-whole-archive \
    -lsystemc -lfyaml -ljansson -lxxhash -lprotobuf-c -lpng -ljpeg -ldl -lm -lpthread -o "$out/platform"
echo "built $out/platform: the cycle model, and the RTL of $accel at pins"
