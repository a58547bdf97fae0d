#include "models/import/catalogue.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/text.h"
#include "models/network.h"
#include "models/import/shape.h"

static const char *const builtin_names[] = {"digits"};

#define BUILTIN_COUNT ((int)(sizeof builtin_names / sizeof builtin_names[0]))

void as_builtin_models(const char *const **names, int *count)
{
    *names = builtin_names;
    *count = BUILTIN_COUNT;
}

/* The valid names, nearest to `wrong` first, separated by commas. */
static const char *nearest_names(struct as_arena *arena, const char *wrong)
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

enum as_status as_model_open(struct as_arena *arena, const char *model, struct as_network **out,
                             struct as_diag *diag)
{
    *out = NULL;
    if (as_is_shape(model))
        return as_shape_open(arena, model, out, diag);
    if (as_ends_with(model, ".tflite"))
        return as_tflite_load(arena, model, out, diag);
    for (int i = 0; i < BUILTIN_COUNT; i++)
        if (strcmp(model, builtin_names[i]) == 0) {
            AS_TRY(as_home_check(diag));
            const char *file = as_arena_printf(arena, "models/%s/%s.tflite", model, model);
            return as_tflite_load(arena, as_home_path(arena, file), out, diag);
        }
    if (access(model, F_OK) == 0)
        return as_tflite_load(arena, model, out, diag);
    return as_fail(
        diag, AS_ERR_IO,
        "%s: no such file, and no built-in model of this name; built-in models: %s; a layer by "
        "its shape: conv:H=32,W=32,C=16,K=16,R=3,S=3",
        model, nearest_names(arena, model));
}
