#!/bin/sh
# Runs every unit test again under the address and undefined-behaviour sanitizers.
set -e
cd "$(dirname "$0")/.."
make --no-print-directory -j2 BUILD=build/sanitize \
    CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' unit-tests
find tests/unit -name 'test_*.c' | sed 's|tests/unit/\(.*\)\.c|build/sanitize/tests/\1|' | sort | while read -r test; do
    LSAN_OPTIONS=suppressions=tests/lsan.supp "$test"
done
