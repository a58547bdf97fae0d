/* Laws of the programs that this one starts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"

static struct as_arena *arena;

static void setup(void)
{
    arena = as_arena_new();
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(process, .init = setup, .fini = teardown);

static const char *new_file(void)
{
    char *path = as_arena_strdup(arena, "/tmp/as_test_process_XXXXXX");
    int file = mkstemp(path);

    cr_assert(file >= 0);
    close(file);
    return path;
}

Test(process, a_process_ends_with_its_status_and_its_complaint)
{
    const char *const argv[] = {"/bin/sh", "-c", "echo one; echo ERROR: two; pwd; exit 7", NULL};
    const char *log = new_file();
    int status;

    cr_assert(as_process_start(argv, "/tmp", log, 10) > 0);
    cr_assert(as_process_wait(&status) > 0);
    cr_assert_eq(status, 7);
    cr_assert_str_eq(as_process_complaint(arena, log), "ERROR: two");
    unlink(log);
    cr_assert_eq(as_process_wait(&status), -1);
}

Test(process, a_process_that_takes_too_long_is_ended)
{
    const char *const argv[] = {"/bin/sleep", "60", NULL};
    const char *log = new_file();
    int status;

    cr_assert(as_process_start(argv, "/tmp", log, 1) > 0);
    cr_assert(as_process_wait(&status) > 0);
    cr_assert_eq(status, -1);
    unlink(log);
}
