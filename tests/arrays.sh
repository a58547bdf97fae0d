#!/usr/bin/env bash
# The arrays that tests run a network on: options (`--set key=value ...`) of each, a line each.
#
#   tests/arrays.sh presets|unnamed|all RxC     presets, movements without a name, both
#
# $ARRAYS_TOOL names the executable; default build/arraysmith.
set -eu -o pipefail
cd "$(dirname "$0")/.."
case $1 in
presets) drop='/dataflow=custom/d' ;;
unnamed) drop='/dataflow=custom/!d' ;;
all) drop='' ;;
esac
"${ARRAYS_TOOL:-build/arraysmith}" list dataflows --fit "$2" | sed "$drop" |
    sed -E '/dataflow=(systolic-is|custom)/s/$/ --set memory.bytes=4194304/' # their programs are the largest
