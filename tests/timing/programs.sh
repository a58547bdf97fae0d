#!/usr/bin/env bash
# The timing engine against the cycle model on whole networks: every counter of every layer.
#
#   tests/timing/programs.sh SIZE... -- MODEL...    on each preset with R x C PEs, for each SIZE RxC
#
# A case that the mapper refuses is named and counts as none.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
sizes=()
while [ "$1" != -- ]; do sizes+=("$1"); shift; done
shift
for size in "${sizes[@]}"; do
    tests/arrays.sh presets "$size" | sed 's/--set //g' | while read -r options; do
        for model in "$@"; do echo "$model bench/accels/64-pes.yaml $options"; done
    done
done | build/tests/timing programs
