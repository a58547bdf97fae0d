#include "dataflows/dataflow.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const struct as_dataflow table[] = {
    {"systolic-ws", false, "ifmap forwarded, weight stationary, psum forwarded to accumulators"},
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
