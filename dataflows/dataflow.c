#include "dataflows/dataflow.h"

#include <string.h>

#include "dataflows/systolic_ws.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const struct as_dataflow table[] = {
    {"systolic-ws", false, "ifmap forwarded, weight stationary, psum forwarded to accumulators",
     as_systolic_ws_build},
};

const char *const *as_dataflow_names(int *count)
{
    static const char *names[COUNT(table)];

    for (int i = 0; i < COUNT(table); i++)
        names[i] = table[i].name;
    *count = COUNT(table);
    return names;
}

const struct as_dataflow *as_dataflow_find(const char *name)
{
    for (int i = 0; i < COUNT(table); i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

enum as_status as_program_build(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_network *net, struct as_program **out,
                                struct as_diag *diag)
{
    const struct as_dataflow *dataflow = as_dataflow_find(cfg->dataflow);
    if (!dataflow)
        return as_fail(diag, AS_ERR_RANGE, "dataflow is %s, and there is none of that name",
                       cfg->dataflow);
    return dataflow->build(arena, cfg, net, out, diag);
}
