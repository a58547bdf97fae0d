/* Laws of the folder of verilated libraries: what is damaged is built again, what an ended builder
 * left is removed, and what a builder started ends with it.  The last runs build/arraysmith (or
 * $ARRAYSMITH) from the root of the repository. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cosim/rtl_cache.h"

static char cache[] = "/tmp/test_rtl_cache-XXXXXX";
static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
    cr_assert_not_null(mkdtemp(cache));
}

static void shell(const char *command)
{
    const char *there = as_arena_printf(arena, "cd %s && %s", cache, command);

    cr_assert_eq(system(there), 0, "%s", there);
}

static void teardown(void)
{
    shell(as_arena_printf(arena, "rm -rf %s", cache));
    as_arena_free(arena);
}

TestSuite(rtl_cache, .init = setup, .fini = teardown, .timeout = 60);

/* An entry whose library is a text. */
static const char *make_entry(const char *text)
{
    const char *entry = as_arena_printf(arena, "%s/key", cache);
    const char *folder;
    int lock;

    cr_assert_eq(as_rtl_workshop_open(arena, entry, &folder, &lock, &diag), AS_OK, "%s", diag.text);
    shell(as_arena_printf(arena, "printf %s >%s/" AS_RTL_FILE, text, folder));
    cr_assert_eq(as_rtl_entry_seal(arena, folder, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_rtl_entry_place(arena, folder, entry, &diag), AS_OK, "%s", diag.text);
    as_rtl_workshop_close(folder, lock);
    return entry;
}

Test(rtl_cache, an_entry_is_good_only_as_it_was_sealed)
{
    static const char *const damages[] = {
        "truncate -s -1 key/rtl.so", "truncate -s 0 key/rtl.so", "rm key/rtl.so",
        "printf x >>key/rtl.so",     "printf X >key/rtl.so",     "rm key/seal",
        "truncate -s 10 key/seal",   "truncate -s 0 key/seal",   "rm -r key",
        "rm -r key; mkdir key",      "rm -r key; printf x >key",
    };

    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const char *entry = make_entry("abc");
        cr_assert(as_rtl_entry_good(arena, entry));
        shell(damages[i]);
        cr_assert_not(as_rtl_entry_good(arena, entry), "after %s", damages[i]);
        shell("rm -rf key");
    }
}

Test(rtl_cache, a_damaged_entry_is_replaced_and_a_good_one_stays)
{
    const char *entry = make_entry("first");

    make_entry("second");
    shell("test \"$(cat key/rtl.so)\" = first && test \"$(ls)\" = key");
    shell("truncate -s 2 key/rtl.so");
    make_entry("third");
    shell("test \"$(cat key/rtl.so)\" = third && test \"$(ls)\" = key");
    cr_assert(as_rtl_entry_good(arena, entry));
}

Test(rtl_cache, what_an_ended_builder_left_is_removed_and_that_of_one_at_work_is_not)
{
    const char *entry = make_entry("abc"), *mine, *left;
    int lock, ignored;

    cr_assert_eq(as_rtl_workshop_open(arena, entry, &mine, &lock, &diag), AS_OK);
    pid_t child = fork();
    if (child == 0)
        _exit(as_rtl_workshop_open(arena, entry, &left, &ignored, &diag) != AS_OK);
    waitpid(child, NULL, 0);
    shell("test $(ls | wc -l) = 3");
    as_rtl_cache_sweep(arena, entry);
    shell("test $(ls | wc -l) = 2");
    cr_assert_eq(access(mine, R_OK), 0);
    as_rtl_workshop_close(mine, lock);
    shell("test \"$(ls)\" = key");
}

/* A verilator that never ends; the process below it is known by its arguments. */
Test(rtl_cache, a_signal_ends_the_programs_of_a_build_too)
{
    const char *tool = getenv("ARRAYSMITH");
    char root[512], command[2048];
    int ends[] = {SIGTERM, SIGHUP};

    cr_assert_not_null(getcwd(root, sizeof root));
    shell("mkdir bin && printf '#!/bin/sh\\ncase $1 in --version) echo Verilator 5.006;; "
          "--getenv) echo /;; *) echo $$ >'\"$PWD\"'/pid; sleep 3210; esac\\n' >bin/verilator && "
          "chmod +x bin/verilator");
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(command, sizeof command,
                 "cd %s && rm -f pid && { ARRAYSMITH_HOME=%s ARRAYSMITH_CACHE=$PWD/c "
                 "PATH=$PWD/bin:$PATH "
                 "%s/%s run digits --accel icebreaker --engine rtl >log 2>&1 & } && "
                 "until test -s pid; do sleep 0.1; done; kill -0 $(cat pid) && kill -%d $! && "
                 "for t in $(seq 100); do sleep 0.1; kill -0 $(cat pid) 2>/dev/null || exit "
                 "0; done; "
                 "exit 1",
                 cache, root, root, tool ? tool : "build/arraysmith", ends[i]);
        signal(ends[i], SIG_DFL); /* nohup ignores SIGHUP, which what it starts inherits */
        cr_assert_eq(system(command), 0, "after signal %d", ends[i]);
    }
    shell("test $(ls c | wc -l) -ge 1"); /* the last one's; the first one's is gone */
    shell("test $(ls -d c/*.tmp-* | wc -l) = 1");
}
