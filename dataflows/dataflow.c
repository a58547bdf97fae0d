#include "dataflows/dataflow.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* The presets: every dataflows/preset_NAME.c defines as_dataflow_NAME; `make` lists the files. */
#define AS_PRESET(name) extern const struct as_dataflow as_dataflow_##name;
#include "presets.def" /* made by `make` */
#undef AS_PRESET

static const struct as_dataflow *const table[] = {
#define AS_PRESET(name) &as_dataflow_##name,
#include "presets.def" /* made by `make` */
#undef AS_PRESET
};

/* The movement comes from movement.ifmap, movement.weight and movement.psum. */
static const struct as_dataflow custom = {
    .name = "custom",
    .ifmap = AS_MOVE_FORWARDED,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_FORWARDED,
    .known_as = "-",
    .suits = "what its movement suits",
};

const char *const *as_dataflow_names(int *count)
{
    static const char *names[COUNT(table)];

    for (int i = 0; i < COUNT(table); i++)
        names[i] = table[i]->name;
    *count = COUNT(table);
    return names;
}

const struct as_dataflow *as_dataflow_find(const char *name)
{
    for (int i = 0; i < COUNT(table); i++)
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    return strcmp(name, custom.name) == 0 ? &custom : NULL;
}

const char *as_move_name(enum as_move move)
{
    static const char *const names[] = {"forwarded", "broadcast", "stationary", "tree"};
    return names[move];
}

void as_dataflow_unroll(const struct as_dataflow *row, int rows, int cols, int unroll[6])
{
    enum { K, C, P, Q, R, S };
    int taps =
        (row->unroll[R] > 0 ? row->unroll[R] : 1) * (row->unroll[S] > 0 ? row->unroll[S] : 1);

    for (int i = 0; i < 6; i++)
        unroll[i] = 0;
    if (row->psum == AS_MOVE_STATIONARY) {
        unroll[P] = rows;
        unroll[K] = cols;
    } else if (row->ifmap == AS_MOVE_STATIONARY) {
        unroll[C] = rows;
        unroll[Q] = cols;
    } else {
        unroll[K] = cols;
        unroll[C] = rows;
        if (taps > 1 && rows % taps == 0) {
            unroll[R] = row->unroll[R];
            unroll[S] = row->unroll[S];
            unroll[C] = rows / taps;
        }
    }
}
