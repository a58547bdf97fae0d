#!/bin/sh
# Runs every unit test again under the address and undefined-behaviour sanitizers.  A finding in a
# test that passes, such as a leak, fails too: Criterion does not look at how its workers exit.
set -e
cd "$(dirname "$0")/.."
make --no-print-directory -j2 BUILD=build/sanitize \
    CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all' unit-tests
export LSAN_OPTIONS=suppressions=tests/lsan.supp
said=build/sanitize/said.txt
failed=0
for test in $(find tests/unit -name 'test_*.c' | sed 's|tests/unit/\(.*\)\.c|build/sanitize/tests/\1|' | sort); do
    if ! "$test" >$said 2>&1 || grep -q 'Sanitizer' $said; then
        failed=1
        echo "$test:"
        cat $said
    fi
done
exit $failed
