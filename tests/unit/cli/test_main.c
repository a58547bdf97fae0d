/* Laws of the exit status: 0, 1 or 2 whatever the machine runs out of, with a message for 1.  Runs
 * build/arraysmith (or $ARRAYSMITH) from the root of the repository, in a shell that sets limits.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/helpers/tool_run.h"

TestSuite(exit_status, .timeout = 60);

Test(exit_status, an_output_that_is_full_is_1)
{
    static const char *const commands[] = {"--help", "run --help", "--version", "list models",
                                           "run digits --accel icebreaker"};
    char full[128];

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        snprintf(full, sizeof full, "$T %s >/dev/full", commands[i]);
        tool_expect(full, 1, "standard output: No space left on device");
    }
}

#if !defined __SANITIZE_ADDRESS__ /* which takes terabytes of addresses */
Test(exit_status, too_little_memory_is_1_wherever_it_ends)
{
    char limit[80];
    int refused = 0;

    for (int kib = 5000; kib < 40000; kib += kib < 10000 ? 250 : 10000) {
        snprintf(limit, sizeof limit, "ulimit -v %d; $T run digits --accel icebreaker", kib);
        int status = tool_run(limit);
        if (status == 127) /* not even loaded */
            continue;
        cr_assert(status == 0 || status == 1, "status %d in %d KiB:\n%s", status, kib, tool_output);
        if (status == 1 && strstr(tool_output, "arraysmith: out of memory"))
            refused++;
    }
    cr_assert_gt(refused, 0);
    tool_expect("ulimit -v 1000000; $T list models", 0, "digits");
}
#endif

Test(exit_status, a_file_that_cannot_be_completed_is_1_and_the_old_one_stays)
{
    tool_expect("dir=$(mktemp -d); echo good >$dir/r.json; echo good >$dir/out; ulimit -f 1; "
                "$T run digits --accel icebreaker --json $dir/r.json >/dev/null; s=$?; cat $dir/*; "
                "ls -A $dir | wc -l; rm -r $dir; exit $s",
                1, "r.json: cannot be written: File too large\ngood\ngood\n2\n");
}

Test(exit_status, what_an_engine_lacks_is_told_before_any_work)
{
    static const char *const engines[] = {"rtl", "lockstep"};

    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        char command[160];
        snprintf(
            command, sizeof command,
            "PATH=/nowhere $T run digits --accel icebreaker --set memory.bytes=4096 --engine %s",
            engines[i]); /* whose mapping would be refused */
        tool_expect(command, 1, "verilator is not on PATH");
    }
}
