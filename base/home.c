#include "base/home.h"

#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a folder of data holds, and what no other folder does. */
static const char *const contents[] = {"rtl_templates", "boards", "models",
                                       "sim/cosim/rtl_shim.cpp"};
#define CONTENT_COUNT ((int)(sizeof contents / sizeof contents[0]))

/* The first of `contents` that is not below `folder`; NULL: all are. */
static const char *missing_in(const char *folder)
{
    char path[PATH_MAX + 64];

    for (int i = 0; i < CONTENT_COUNT; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, contents[i]);
        if (access(path, R_OK) != 0)
            return contents[i];
    }
    return NULL;
}

/* Cuts the last name from a path; false at the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || slash[1] == '\0')
        return false;
    slash[slash == path ? 1 : 0] = '\0';
    return true;
}

/* The executable's path; false where the system does not tell it. */
static bool find_executable(char path[PATH_MAX])
{
    ssize_t bytes = readlink("/proc/self/exe", path, PATH_MAX - 1);

    if (bytes <= 0)
        return false;
    path[bytes] = '\0';
    return true;
}

/* The folder of the data around the executable, an absolute path; false: none. */
static bool find_around_executable(char home[PATH_MAX + 32])
{
    char folder[PATH_MAX];

    if (!find_executable(folder))
        return false;
    while (go_up(folder)) {
        snprintf(home, PATH_MAX + 32, "%s", folder);
        if (!missing_in(home))
            return true;
        snprintf(home, PATH_MAX + 32, "%s/share/arraysmith",
                 strcmp(folder, "/") == 0 ? "" : folder);
        if (!missing_in(home))
            return true;
    }
    return false;
}

const char *as_home(void)
{
    static char found[PATH_MAX + 32]; /* by the first call; the executable does not move */
    const char *home = getenv("ARRAYSMITH_HOME");
    char here[PATH_MAX];

    if (home && *home)
        return home;
    if (!found[0] && !find_around_executable(found))
        snprintf(found, sizeof found, ".");
    return getcwd(here, sizeof here) && strcmp(here, found) == 0 ? "." : found;
}

char *as_home_path(struct as_arena *arena, const char *relative)
{
    const char *home = as_home();

    if (strcmp(home, ".") == 0)
        return as_arena_strdup(arena, relative);
    return as_arena_printf(arena, "%s/%s", home, relative);
}

enum as_status as_home_check(struct as_diag *diag)
{
    const char *home = getenv("ARRAYSMITH_HOME");
    const char *missing = missing_in(as_home());
    char executable[PATH_MAX];

    if (!missing)
        return AS_OK;
    if (home && *home)
        return as_fail(diag, AS_ERR_IO, "ARRAYSMITH_HOME is %s, which holds no %s", home, missing);
    if (!find_executable(executable))
        snprintf(executable, sizeof executable, "the executable");
    return as_fail(diag, AS_ERR_IO,
                   "the program's data (%s, %s, %s, %s) is neither in a folder above %s nor in "
                   "share/arraysmith of one; ARRAYSMITH_HOME names its folder",
                   contents[0], contents[1], contents[2], contents[3], executable);
}

/* Whether as_home() is a source tree in which something may be built. */
static bool is_own_tree(struct as_arena *arena)
{
    const char *build = as_home_path(arena, "build");

    return access(as_home_path(arena, "Makefile"), F_OK) == 0 &&
           access(access(build, F_OK) == 0 ? build : as_home(), W_OK) == 0;
}

char *as_cache_folder(struct as_arena *arena)
{
    const char *cache = getenv("ARRAYSMITH_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *user = getenv("HOME");

    if (cache && *cache)
        return as_arena_strdup(arena, cache);
    if (is_own_tree(arena))
        return as_home_path(arena, "build/cache");
    if (xdg && xdg[0] == '/') /* the standard has a relative one ignored */
        return as_arena_printf(arena, "%s/arraysmith", xdg);
    if (!user || !*user) {
        const struct passwd *entry = getpwuid(getuid());
        user = entry ? entry->pw_dir : "/tmp";
    }
    return as_arena_printf(arena, "%s/.cache/arraysmith", user);
}
