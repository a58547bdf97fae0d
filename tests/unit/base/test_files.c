/* Laws of folders: made with those above them, or refused with the one that cannot be. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"

static struct as_arena *arena;
static struct as_diag diag;
static char scratch[] = "/tmp/test_files-XXXXXX";

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
    cr_assert_not_null(mkdtemp(scratch));
}

static void teardown(void)
{
    cr_assert_eq(system(as_arena_printf(arena, "rm -rf %s", scratch)), 0);
    as_arena_free(arena);
}

TestSuite(files, .init = setup, .fini = teardown);

Test(files, a_file_is_read_whole_or_its_reason_is_told)
{
    uint8_t *bytes;
    size_t count;
    const char *path = as_arena_printf(arena, "%s/file", scratch);
    FILE *out = fopen(path, "wb");

    cr_assert(out && fwrite("a\0b", 1, 3, out) == 3 && fclose(out) == 0);
    cr_assert_eq(as_read_file(arena, path, 3, &bytes, &count, &diag), AS_OK, "%s", diag.text);
    cr_assert(count == 3 && memcmp(bytes, "a\0b", 3) == 0);
    cr_assert_eq(as_read_file(arena, path, 2, &bytes, &count, &diag), AS_ERR_IO);
    cr_assert_not_null(strstr(diag.text, "/file: 3 bytes, expected at most 2"), "%s", diag.text);
    as_diag_init(&diag);
    cr_assert_eq(as_read_file(arena, scratch, 9, &bytes, &count, &diag), AS_ERR_IO);
    cr_assert_not_null(strstr(diag.text, ": is no file"), "%s", diag.text);
    as_diag_init(&diag);
    cr_assert_eq(as_read_file(arena, "/no/such", 9, &bytes, &count, &diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text, "/no/such: No such file or directory");
}

Test(files, folders_are_made_once_and_found_again)
{
    struct stat status;
    const char *path = as_arena_printf(arena, "%s/a/b/c", scratch);

    cr_assert_eq(as_make_folders(arena, path, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_make_folders(arena, path, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_make_folders(arena, as_arena_printf(arena, "%s/", path), &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_eq(stat(path, &status), 0);
    cr_assert(S_ISDIR(status.st_mode));
    cr_assert_eq(as_make_folders(arena, "/", &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(diag.count, 0);
}

Test(files, a_folder_that_cannot_be_made_is_named)
{
    const char *file = as_arena_printf(arena, "%s/file", scratch);
    FILE *out = fopen(file, "w");

    fclose(out);
    cr_assert_eq(as_make_folders(arena, as_arena_printf(arena, "%s/below/it", file), &diag),
                 AS_ERR_IO);
    cr_assert_str_eq(diag.text, as_arena_printf(arena, "%s: is a file, expected a folder", file));
    as_diag_init(&diag);
    cr_assert_eq(as_make_folders(arena, "/proc/none/x", &diag), AS_ERR_IO);
    cr_assert_not_null(strstr(diag.text, "/proc/none: the folder cannot be made: "), "%s",
                       diag.text);
}

Test(files, a_folder_is_removed_with_all_in_it_and_nothing_that_it_links_to)
{
    struct stat status;

    cr_assert_eq(system(as_arena_printf(arena,
                                        "cd %s && mkdir -p gone/a kept && touch gone/a/f kept/f && "
                                        "ln -s ../kept gone/link",
                                        scratch)),
                 0);
    as_remove_folder(as_arena_printf(arena, "%s/gone", scratch));
    cr_assert_eq(stat(as_arena_printf(arena, "%s/gone", scratch), &status), -1);
    cr_assert_eq(stat(as_arena_printf(arena, "%s/kept/f", scratch), &status), 0);
}
