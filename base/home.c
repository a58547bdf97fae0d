#include "base/home.h"

#include <stdlib.h>
#include <string.h>

#ifndef AS_HOME
#define AS_HOME "."
#endif

const char *as_home(void)
{
    const char *home = getenv("ARRAYSMITH_HOME");

    return home && *home ? home : AS_HOME;
}

char *as_home_path(struct as_arena *arena, const char *relative)
{
    const char *home = as_home();

    if (strcmp(home, ".") == 0)
        return as_arena_strdup(arena, relative);
    return as_arena_printf(arena, "%s/%s", home, relative);
}
