/* Why a network cannot run: reasons are collected while lowering goes on, and told together. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/lower/lowering.h"

#define NAME_CHARS 48
#define TEXT_BYTES 768

/* " 'name'" of tensor `id`, cut where it is long; empty when there is none. */
static const char *quote(const struct as_lowering *l, int id)
{
    if (id < 0 || id >= l->graph->tensor_count || !*l->graph->tensors[id].name)
        return "";
    const char *name = l->graph->tensors[id].name;
    bool cut = strlen(name) > NAME_CHARS;
    return as_arena_printf(l->arena, " '%.*s%s'", cut ? NAME_CHARS - 3 : NAME_CHARS, name,
                           cut ? "..." : "");
}

enum as_status as_lower_refuse(const struct as_lower_op *op, enum as_status status, const char *fmt,
                               ...)
{
    struct as_lowering *l = op->lowering;
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *more = quote(l, op->op->output_count > 0 ? op->op->output[0] : -1);
    if (op->op->place)
        more = as_arena_printf(l->arena, "%s (%s)", more, op->op->place);
    as_reasons_add(l->reasons, status, "operator", op->op->name, op->index, more, text);
    return status;
}

enum as_status as_lower_refuse_tensor(struct as_lowering *l, int id, enum as_status status,
                                      const char *fmt, ...)
{
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *more = quote(l, id);
    if (l->op)
        more =
            as_arena_printf(l->arena, "%s (operator %d %s)", more, l->op->index, l->op->op->name);
    as_reasons_add(l->reasons, status, "tensor", "", id, more, text);
    return status;
}

enum as_status as_lower_refuse_network(struct as_lowering *l, enum as_status status,
                                       const char *fmt, ...)
{
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    as_reasons_add(l->reasons, status, "", "", 0, "", text);
    return status;
}
