#include "models/graph.h"

#include <stdarg.h>
#include <stdio.h>

void as_graph_blame(struct as_arena *arena, struct as_graph_fault *fault, enum as_status status,
                    const char *fmt, ...)
{
    char text[1024];
    va_list args;

    if (fault->text)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fault->status = status;
    fault->text = as_arena_strdup(arena, text);
}
