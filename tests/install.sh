#!/usr/bin/env bash
# Installs into a scratch prefix and uses the program from another folder, as a user would: lists,
# Verilog equal to the source tree's, digits in the cycle model and in lockstep; then removes it.
set -eu -o pipefail
cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d /tmp/arraysmith-install-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
unset ARRAYSMITH_HOME ARRAYSMITH_CACHE
export XDG_CACHE_HOME=$scratch/cache ARRAYSMITH_RTL_OPT=-O0
fail() { echo "install.sh: $*" >&2; exit 1; }

make --no-print-directory install PREFIX=/usr DESTDIR="$scratch"
tool=$scratch/usr/bin/arraysmith
mkdir "$scratch/elsewhere"
cd "$scratch/elsewhere"
for list in models dataflows boards layers; do
    "$tool" list $list | diff - <(cd "$root" && build/arraysmith list $list) || fail "list $list differs"
done
"$tool" gen icebreaker -o verilog
diff -r verilog "$root/tests/golden/icebreaker" || fail "gen icebreaker differs from tests/golden"
"$tool" run digits --accel icebreaker | grep 'layers. outputs are equal'
"$tool" run digits --accel icebreaker --engine lockstep | grep 'model and RTL agree'
[ -d "$scratch/cache/arraysmith" ] || fail "the simulation is not in the user's cache"
page=$scratch/usr/share/man/man1/arraysmith.1
grep -q -e 'stall.-percent' "$page" || fail "the manual page lacks options of run"
if command -v groff >/dev/null; then
    groff -man -ww -Tutf8 "$page" >/dev/null 2>page.err
    [ ! -s page.err ] || fail "the manual page: $(head -3 page.err)"
fi

# Data that is missing is an error before any work.
mv "$scratch/usr/share/arraysmith/boards" "$scratch/boards"
status=0
"$tool" list boards >out 2>err || status=$?
[ $status = 1 ] && [ ! -s out ] && grep -q 'share/arraysmith' err || fail "missing boards: status $status: $(cat err)"
mv "$scratch/boards" "$scratch/usr/share/arraysmith/boards"

make --no-print-directory -C "$root" uninstall PREFIX=/usr DESTDIR="$scratch"
[ -z "$(find "$scratch/usr" -type f)" ] || fail "uninstall leaves $(find "$scratch/usr" -type f | head -3)"
echo "installed, used from another folder, removed"
