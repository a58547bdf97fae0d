/* Laws of the programs that this one starts. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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

/* The first number of a file, waited for up to five seconds; 0: none came. */
static int read_number(const char *path)
{
    for (int i = 0; i < 500; i++) {
        int number = 0;
        FILE *in = fopen(path, "r");
        if (in && fscanf(in, "%d\n", &number) != 1)
            number = 0;
        if (in)
            fclose(in);
        if (number > 0)
            return number;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return 0;
}

static bool is_gone(int process)
{
    for (int i = 0; i < 500; i++) {
        if (kill(process, 0) != 0 && errno == ESRCH)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return false;
}

/* A shell that starts a program and waits for it, as Yosys does with ABC. */
static const char *const nested[] = {"/bin/sh", "-c", "sleep 60 & echo $!; wait", NULL};

Test(process, what_a_program_started_ends_with_this_one)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

    for (int i = 0; i < 3; i++) {
        const char *log = new_file();
        int status;
        pid_t parent = fork();
        if (parent == 0) {
            signal(ends[i], SIG_DFL);
            as_process_start(nested, "/tmp", log, 60);
            as_process_wait(&status);
            _exit(0);
        }
        int inner = read_number(log);
        cr_assert_gt(inner, 0);
        kill(parent, ends[i]);
        cr_assert_eq(waitpid(parent, &status, 0), parent);
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == ends[i]);
        cr_assert(is_gone(inner), "signal %d left a program running", ends[i]);
        unlink(log);
    }
}

Test(process, what_a_program_started_ends_with_it)
{
    static const char *const argv[] = {"/bin/sh", "-c", "sleep 60 & echo $!", NULL};
    const char *log = new_file();
    int status;

    cr_assert(as_process_start(argv, "/tmp", log, 10) > 0);
    cr_assert(as_process_wait(&status) > 0);
    cr_assert_eq(status, 0);
    cr_assert(is_gone(read_number(log)));
    unlink(log);
}

Test(process, an_ignored_signal_stays_ignored)
{
    static const char *const argv[] = {"/bin/true", NULL};
    const char *log = new_file();
    struct sigaction now;
    int status;

    signal(SIGHUP, SIG_IGN);
    cr_assert(as_process_start(argv, "/tmp", log, 10) > 0);
    as_process_wait(&status);
    cr_assert_eq(sigaction(SIGHUP, NULL, &now), 0);
    cr_assert(now.sa_handler == SIG_IGN);
    unlink(log);
}

static void write_program(const char *path, mode_t mode)
{
    FILE *out = fopen(path, "w");

    cr_assert_not_null(out, "%s", path);
    fprintf(out, "#!/bin/sh\n");
    fclose(out);
    cr_assert_eq(chmod(path, mode), 0);
}

Test(process, a_folder_or_a_text_on_path_hides_no_program)
{
    char dir[] = "/tmp/as_test_process_XXXXXX";
    cr_assert_not_null(mkdtemp(dir));
    const char *first = as_arena_printf(arena, "%s/first", dir);
    const char *second = as_arena_printf(arena, "%s/second", dir);
    const char *program = as_arena_printf(arena, "%s/yosys", dir);
    const char *text = as_arena_printf(arena, "%s/yosys", second);

    cr_assert(mkdir(first, 0755) == 0 && mkdir(second, 0755) == 0);
    cr_assert_eq(mkdir(as_arena_printf(arena, "%s/yosys", first), 0755), 0);
    write_program(text, 0644);
    write_program(program, 0755);
    setenv("PATH", as_arena_printf(arena, "%s:%s:%s", first, second, dir), 1);
    cr_assert_str_eq(as_process_find(arena, "yosys"), program);
    cr_assert_null(as_process_find(arena, "no_such_program"));
    cr_assert_str_eq(as_process_find(arena, program), program); /* with a slash: itself */
    cr_assert_null(as_process_find(arena, text));
    setenv("PATH", "/usr/bin:/bin", 1);
    cr_assert_eq(system(as_arena_printf(arena, "rm -r %s", dir)), 0);
}
