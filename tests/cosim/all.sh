#!/bin/sh
# Every block beside its model: one line a block, details of those that fail.
#
#   tests/cosim/all.sh [JOBS]     JOBS at a time, all processors unless given
#
# The environment of block.sh applies.  Exit status 0 only if every block agreed.
set -eu
cd "$(dirname "$0")/../.."
build_dir=${COSIM_BUILD_DIR:-build/cosim}
mkdir -p "$build_dir"

one='out=$1/$2.out
if tests/cosim/block.sh run "$2" > "$out" 2>&1; then
    tests=$(sed -n "s/.*Tested: [^0-9]*\([0-9][0-9]*\).*/\1/p" "$out" | awk "{n += \$1} END {print n}")
    echo "cosim $2: agrees, $tests tests"
else
    cat "$out"
    echo "cosim $2: FAILED"
    exit 1
fi'

blocks=$(cd tests/cosim/ports && ls *.def | sed 's/\.def$//')
if echo "$blocks" | xargs -P "${1:-$(nproc)}" -I{} sh -c "$one" one "$build_dir" {}; then
    echo "cosim: $(echo "$blocks" | wc -l) blocks agree with their models"
else
    echo "cosim: FAILED"
    exit 1
fi
