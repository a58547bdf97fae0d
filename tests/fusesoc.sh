#!/usr/bin/env bash
# FuseSoC, as it comes from PyPI, takes the folder of `gen`: lint, simulation, the build of the board.
#
#   tests/fusesoc.sh ready              makes build/fusesoc/venv; fails where PyPI cannot be had
#   tests/fusesoc.sh lint|sim|BOARD     that target of the default accelerator of the iCEBreaker
set -eu -o pipefail
cd "$(dirname "$0")/.."
dir=$PWD/build/fusesoc
fail() { echo "fusesoc.sh: $*" >&2; exit 1; }

if [ "$1" = ready ]; then
    exec tests/pypi.sh piplong "$dir/venv"
fi

target=$1
core=arraysmith:generated:icebreaker-4x4
work=$dir/$target
rm -rf "$work"
mkdir -p "$work"
build/arraysmith gen icebreaker --model digits -o "$work/cores" >/dev/null
cd "$work"
run() { "$dir/venv/bin/fusesoc" --cores-root cores run --target "$target" $core >log 2>&1; }
run || fail "target $target: $(tail -3 log)"
case $target in
lint) ! grep -iE 'warning|error' log || fail "lint is not clean" ;;
sim)
    grep '^PASS' log || fail "no PASS: $(tail -3 log)"
    sed -i '3s/^../0f/' cores/expected.hex
    ! run || fail "a wrong output passes"
    ;;
*)
    [ -s build/*/"$target"/*.bin ] || fail "no bitstream"
    grep -E 'ICESTORM_LC|Max frequency' log | tail -2
    ;;
esac
