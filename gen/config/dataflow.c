#include "gen/config/dataflow.h"

#include <string.h>

/* The presets, which dataflows/presets/presets.c hands over before main starts. */
static const struct as_dataflow *const *table;
static int table_count;

void as_dataflow_install(const struct as_dataflow *const *rows, int count)
{
    table = rows;
    table_count = count;
}

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
    static const char *names[AS_DATAFLOWS_MAX];

    for (int i = 0; i < table_count; i++)
        names[i] = table[i]->name;
    *count = table_count;
    return names;
}

const struct as_dataflow *as_dataflow_find(const char *name)
{
    for (int i = 0; i < table_count; i++)
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    return strcmp(name, custom.name) == 0 ? &custom : NULL;
}

const char *as_move_name(enum as_move move)
{
    static const char *const names[] = {"forwarded", "broadcast", "stationary", "tree"};
    return names[move];
}

void as_dataflow_unroll(const struct as_dataflow *row, int rows, int cols, int unroll[AS_LOOPS])
{
    enum {
        K = AS_LOOP_K,
        C = AS_LOOP_C,
        P = AS_LOOP_P,
        Q = AS_LOOP_Q,
        R = AS_LOOP_R,
        S = AS_LOOP_S
    };
    int taps =
        (row->unroll[R] > 0 ? row->unroll[R] : 1) * (row->unroll[S] > 0 ? row->unroll[S] : 1);

    for (int i = 0; i < AS_LOOPS; i++)
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
