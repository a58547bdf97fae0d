#include "gen/config/dataflow.h"

#include <string.h>

#include "base/math.h"
#include "gen/config/array_kind.h"

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
    const enum as_move moves[AS_OPERANDS] = {row->ifmap, row->weight, row->psum};
    const struct as_array_kind *kind = as_array_kind(as_stays_of(moves));
    int r = as_max(row->unroll[AS_LOOP_R], 1), s = as_max(row->unroll[AS_LOOP_S], 1);

    for (int i = 0; i < AS_LOOPS; i++)
        unroll[i] = 0;
    unroll[kind->rows.rest] = rows;
    unroll[kind->cols.rest] = cols;
    if (!kind->feeds_taps || r * s == 1)
        return;
    while (rows % (r * s) != 0)
        if (s > 1)
            s--;
        else
            r--;
    unroll[AS_LOOP_R] = r > 1 ? r : 0;
    unroll[AS_LOOP_S] = s > 1 ? s : 0;
    unroll[kind->rows.rest] = rows / (r * s);
}
