#!/usr/bin/env bash
# Generates random accelerators of every dataflow and lints each in four tools: no warning.
#
#   tests/lint_random.sh COUNT-PER-DATAFLOW [SEED]
set -u
cd "$(dirname "$0")/.."
count=$1 seed=${2:-1}
dir=build/lint/random
rm -rf $dir && mkdir -p $dir
build/tests/random --list --configs "$count" --cases "$count" --seed "$seed" >$dir/list
cat >$dir/one.sh <<'END'
out=$1
shift
build/arraysmith gen bench/accels/16-pes.yaml -o "$out" "$@" >/dev/null || exit 1
tests/lint.sh "$out" || exit 1
rm -rf "$out"
END
awk -v dir=$dir '{ sub(/ +$/, ""); print dir "/" NR, $0 }' $dir/list |
    xargs -P2 -L1 sh -c 'sh '$dir'/one.sh "$@" >"$1.log" 2>&1 && echo ok || { echo "FAIL $*"; tail -3 "$1.log"; }' one >$dir/result
echo "$(grep -c '^ok$' $dir/result) of $(wc -l <$dir/list) accelerators are clean in Verilator, Icarus, Yosys and slang, seed $seed"
! grep -A3 FAIL $dir/result
