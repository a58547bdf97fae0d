/* Laws of the places: data is found from the executable wherever one stands, what is missing is
 * told, and the cache never falls into a folder that may not be written. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"

static struct as_arena *arena;
static struct as_diag diag;
static char scratch[] = "/tmp/test_home-XXXXXX";
static char root[PATH_MAX]; /* of the repository, where tests start */

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
    cr_assert_not_null(mkdtemp(scratch));
    cr_assert_not_null(getcwd(root, sizeof root));
    unsetenv("ARRAYSMITH_HOME");
    unsetenv("ARRAYSMITH_CACHE");
    unsetenv("XDG_CACHE_HOME");
}

static void teardown(void)
{
    cr_assert_eq(system(as_arena_printf(arena, "rm -rf %s", scratch)), 0);
    as_arena_free(arena);
}

TestSuite(home, .init = setup, .fini = teardown);

Test(home, data_is_found_from_the_executable_and_paths_are_short_in_the_source_tree)
{
    cr_assert_str_eq(as_home(), ".");
    cr_assert_str_eq(as_home_path(arena, "boards"), "boards");
    cr_assert_eq(chdir(scratch), 0);
    cr_assert_str_eq(as_home(), root);
    cr_assert_str_eq(as_home_path(arena, "boards"), as_arena_printf(arena, "%s/boards", root));
    cr_assert_eq(as_home_check(&diag), AS_OK, "%s", diag.text);
}

Test(home, the_environment_names_another_and_what_it_lacks_is_told)
{
    setenv("ARRAYSMITH_HOME", scratch, 1);
    cr_assert_str_eq(as_home_path(arena, "boards"), as_arena_printf(arena, "%s/boards", scratch));
    cr_assert_eq(as_home_check(&diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text, as_arena_printf(arena,
                                                "ARRAYSMITH_HOME is %s, which holds no "
                                                "rtl_templates",
                                                scratch));
    setenv("ARRAYSMITH_HOME", "", 1);
    cr_assert_str_eq(as_home(), ".");
}

Test(home, the_cache_is_in_the_source_tree_else_the_user_s)
{
    cr_assert_str_eq(as_cache_folder(arena), "build/cache");
    setenv("ARRAYSMITH_HOME", scratch, 1); /* as an installed one: no Makefile */
    setenv("HOME", "/home/me", 1);
    cr_assert_str_eq(as_cache_folder(arena), "/home/me/.cache/arraysmith");
    setenv("XDG_CACHE_HOME", "relative", 1);
    cr_assert_str_eq(as_cache_folder(arena), "/home/me/.cache/arraysmith");
    setenv("XDG_CACHE_HOME", "/var/tmp/me", 1);
    cr_assert_str_eq(as_cache_folder(arena), "/var/tmp/me/arraysmith");
    setenv("ARRAYSMITH_CACHE", "here", 1);
    cr_assert_str_eq(as_cache_folder(arena), "here");
}
