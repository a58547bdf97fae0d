#include "models/import/catalogue.h"

#include <stdbool.h>
#include <string.h>

#include "base/home.h"
#include "base/text.h"

static const char *const builtin_names[] = {"digits"};

#define BUILTIN_COUNT ((int)(sizeof builtin_names / sizeof builtin_names[0]))

void as_builtin_models(const char *const **names, int *count)
{
    *names = builtin_names;
    *count = BUILTIN_COUNT;
}

const char *as_builtin_path(struct as_arena *arena, const char *name)
{
    for (int i = 0; i < BUILTIN_COUNT; i++)
        if (strcmp(name, builtin_names[i]) == 0)
            return as_home_path(arena, as_arena_printf(arena, "models/%s/%s.tflite", name, name));
    return NULL;
}

const char *as_builtin_list(struct as_arena *arena, const char *wrong)
{
    bool used[BUILTIN_COUNT] = {false};
    const char *list = "";
    for (int n = 0; n < BUILTIN_COUNT; n++) {
        int best = -1;
        for (int i = 0; i < BUILTIN_COUNT; i++)
            if (!used[i] && (best < 0 || as_edit_distance(wrong, builtin_names[i]) <
                                             as_edit_distance(wrong, builtin_names[best])))
                best = i;
        used[best] = true;
        list = as_arena_printf(arena, "%s%s%s", list, n ? ", " : "", builtin_names[best]);
    }
    return list;
}
