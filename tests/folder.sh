#!/usr/bin/env bash
# The folder that `gen --model` writes, at another place and with nothing but Icarus: its own `make` passes.
#
#   tests/folder.sh MODEL [ACCEL [--set KEY=VALUE]...]
set -eu -o pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d /tmp/arraysmith-folder-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "folder.sh: $*" >&2; exit 1; }
model=$1
shift
[ $# -gt 0 ] || set -- icebreaker

build/arraysmith gen "$@" --model "$model" -o "$scratch/written"
build/arraysmith gen "$@" --model "$model" -o "$scratch/again" >/dev/null
diff -r "$scratch/written" "$scratch/again" || fail "the same description gives other bytes"
cp -r "$scratch/written" "$scratch/moved"
rm -rf "$scratch/written" "$scratch/again"

# A machine with Icarus only.
mkdir "$scratch/bin"
for tool in iverilog vvp make sh grep tee mkdir rm; do
    ln -s "$(command -v $tool)" "$scratch/bin/$tool"
done
run() { (cd "$scratch/moved" && env -i PATH="$scratch/bin" make -s "$@"); }
run
[ ! -e "$scratch/moved/build/verilator" ] || fail "Verilator was there"

# A byte that is wrong is found; once is enough.
[ "$model" = digits ] || exit 0
sed -i '3s/^../zz/; 3s/^zz/0f/' "$scratch/moved/expected.hex"
! run >"$scratch/log" || fail "a wrong output passes"
grep -q '^FAIL' "$scratch/log" || fail "a wrong output is not told: $(cat "$scratch/log")"
run clean
[ ! -e "$scratch/moved/build" ] || fail "make clean leaves build/"
