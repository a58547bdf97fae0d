/* Laws of output files: what was there stays until all of the new bytes are on the disk. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/output.h"

static char folder[] = "/tmp/test_output-XXXXXX";
static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    arena = as_arena_new();
    as_diag_init(&diag);
}

static void teardown(void)
{
    char command[128];

    as_arena_free(arena);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(output, .init = setup, .fini = teardown, .timeout = 10);

static enum as_status write_text(const char *path, const char *text, int times)
{
    struct as_output out;

    AS_TRY(as_output_open(&out, arena, path, &diag));
    for (int i = 0; i < times; i++)
        fputs(text, out.file);
    return as_output_close(&out, &diag);
}

static void expect_holds(const char *path, const char *text)
{
    char have[64] = "";
    FILE *in = fopen(path, "r");

    cr_assert_not_null(in, "%s", path);
    cr_assert_geq(fread(have, 1, sizeof have - 1, in), 0);
    fclose(in);
    cr_assert_str_eq(have, text, "%s", path);
}

static int files_here(void)
{
    DIR *dir = opendir(".");
    int count = -2; /* . and .. */

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

Test(output, a_file_is_replaced_whole_and_nothing_else_is_left)
{
    cr_assert_eq(write_text("a", "one", 1), AS_OK, "%s", diag.text);
    expect_holds("a", "one");
    cr_assert_eq(write_text("a", "two", 1), AS_OK, "%s", diag.text);
    expect_holds("a", "two");
    cr_assert_eq(files_here(), 1);
}

Test(output, what_cannot_be_written_leaves_the_old_file_and_says_why)
{
    const struct rlimit limit = {8192, 8192};

    cr_assert_eq(write_text("a", "old", 1), AS_OK);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int times = 8192; times <= 40000; times += 4096) {
        as_diag_init(&diag);
        cr_assert_eq(write_text("a", "ab", times), AS_ERR_IO);
        cr_assert_str_eq(diag.text, "a: cannot be written: File too large");
        expect_holds("a", "old");
        cr_assert_eq(files_here(), 1);
    }
    cr_assert_eq(write_text("a", "ab", 4096), AS_OK, "just full: %s", diag.text);
}

Test(output, what_is_given_up_leaves_the_old_file)
{
    struct as_output out;

    cr_assert_eq(write_text("a", "old", 1), AS_OK);
    cr_assert_eq(as_output_open(&out, arena, "a", &diag), AS_OK);
    fputs("new", out.file);
    as_output_discard(&out);
    expect_holds("a", "old");
    cr_assert_eq(files_here(), 1);
}

Test(output, links_are_followed_and_rights_are_kept)
{
    struct stat status;

    cr_assert_eq(write_text("a", "old", 1), AS_OK);
    cr_assert_eq(chmod("a", 0640), 0);
    cr_assert_eq(symlink("a", "link"), 0);
    cr_assert_eq(write_text("link", "new", 1), AS_OK, "%s", diag.text);
    expect_holds("a", "new");
    cr_assert_eq(lstat("link", &status), 0);
    cr_assert(S_ISLNK(status.st_mode));
    cr_assert_eq(stat("a", &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0640);
    umask(027);
    cr_assert_eq(write_text("b", "new", 1), AS_OK);
    cr_assert_eq(stat("b", &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0640);
}

Test(output, devices_are_written_in_place)
{
    cr_assert_eq(write_text("/dev/null", "x", 1), AS_OK, "%s", diag.text);
    cr_assert_eq(write_text("/dev/full", "x", 100000), AS_ERR_IO);
    cr_assert_str_eq(diag.text, "/dev/full: cannot be written: No space left on device");
}

Test(output, a_dash_is_no_file)
{
    cr_assert_eq(as_output_check("-", &diag), AS_ERR_IO);
    cr_assert(strstr(diag.text, "/dev/stdout"), "%s", diag.text);
    as_diag_init(&diag);
    cr_assert_eq(write_text("-", "text", 1), AS_ERR_IO);
    cr_assert_neq(access("./-", F_OK), 0);
    as_diag_init(&diag);
    cr_assert_eq(write_text("./-", "text", 1), AS_OK, "%s", diag.text);
}

Test(output, a_path_that_cannot_be_is_told_before_and_at_opening)
{
    static const char *const wrong[] = {"none/a", ".", "", "a/b"};

    cr_assert_eq(write_text("a", "old", 1), AS_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct as_output out;
        as_diag_init(&diag);
        cr_assert_eq(as_output_open(&out, arena, wrong[i], &diag), AS_ERR_IO, "%s", wrong[i]);
        cr_assert_eq(strncmp(diag.text, wrong[i], strlen(wrong[i])), 0, "%s", diag.text);
        cr_assert_eq(as_output_check(wrong[i], &diag), AS_ERR_IO);
    }
    cr_assert_eq(as_output_check("a", &diag), AS_OK);
    cr_assert_eq(as_output_check("/dev/null", &diag), AS_OK);
    expect_holds("a", "old");
    cr_assert_eq(files_here(), 1);
}
