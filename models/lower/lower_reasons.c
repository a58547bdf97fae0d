/* Why a network cannot run: reasons are collected while lowering goes on, the same ones of several
 * operators or tensors as one, and told together. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/lower/lowering.h"

#define KEPT_MAX   64 /* reasons told apart */
#define TOLD_MAX   16
#define NAMED_MAX  4 /* members of a reason that are told with their tensor's name */
#define LISTED_MAX 12
#define NAME_CHARS 48
#define TEXT_BYTES 768

/* What a reason is about. */
enum subject { SUBJECT_NETWORK, SUBJECT_OPERATOR, SUBJECT_TENSOR };

struct reason {
    enum subject subject;
    const char *op_name; /* of operators: only those of one name are told together */
    const char *text;
    int count;           /* operators or tensors that it holds of */
    const char *members; /* "3 'a', 7 'b'" */
};

struct as_lower_reasons {
    enum as_status status; /* of the first */
    int count;             /* those not kept as well */
    int kept;
    struct reason list[KEPT_MAX];
};

struct as_lower_reasons *as_lower_reasons_new(struct as_arena *arena)
{
    return AS_NEW(arena, struct as_lower_reasons, 1);
}

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

/* " 'name'" of what the operator writes. */
static const char *quote_output(const struct as_lowering *l, const struct as_graph_operator *op)
{
    return quote(l, op->output_count > 0 ? op->output[0] : -1);
}

/* The reason in the list, or a new one in it; NULL when the list is full. */
static struct reason *find(struct as_lowering *l, enum subject subject, const char *op_name,
                           const char *text)
{
    struct as_lower_reasons *reasons = l->reasons;

    for (int i = 0; i < reasons->kept; i++) {
        struct reason *r = &reasons->list[i];
        if (r->subject == subject && strcmp(r->op_name, op_name) == 0 && strcmp(r->text, text) == 0)
            return r;
    }
    reasons->count++;
    if (reasons->kept == KEPT_MAX)
        return NULL;
    struct reason *r = &reasons->list[reasons->kept++];
    *r = (struct reason){subject, op_name, as_arena_strdup(l->arena, text), 0, ""};
    return r;
}

/* One more member, number `index`; `name` and `more` follow it. */
static void add_member(struct as_lowering *l, struct reason *r, int index, const char *name,
                       const char *more)
{
    r->count++;
    if (r->count > LISTED_MAX)
        return;
    bool named = r->count <= NAMED_MAX;
    r->members = as_arena_printf(l->arena, "%s%s%d%s%s", r->members, *r->members ? ", " : "", index,
                                 named ? name : "", named ? more : "");
}

static enum as_status note_status(const struct as_lowering *l, enum as_status status)
{
    if (l->reasons->status == AS_OK)
        l->reasons->status = status;
    return status;
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
    struct reason *r = find(l, SUBJECT_OPERATOR, op->op->name, text);
    if (r)
        add_member(l, r, op->index, quote_output(l, op->op),
                   op->op->place ? as_arena_printf(l->arena, " (%s)", op->op->place) : "");
    return note_status(l, status);
}

enum as_status as_lower_refuse_tensor(struct as_lowering *l, int id, enum as_status status,
                                      const char *fmt, ...)
{
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct reason *r = find(l, SUBJECT_TENSOR, "", text);
    const char *more =
        l->op ? as_arena_printf(l->arena, " (operator %d %s)", l->op->index, l->op->op->name) : "";
    if (r)
        add_member(l, r, id, quote(l, id), more);
    return note_status(l, status);
}

enum as_status as_lower_refuse_network(struct as_lowering *l, enum as_status status,
                                       const char *fmt, ...)
{
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    find(l, SUBJECT_NETWORK, "", text);
    return note_status(l, status);
}

/* "operator 3 ADD 'sum': ..." */
static const char *describe(const struct as_lowering *l, const struct reason *r)
{
    const char *members = r->members;

    if (r->count > LISTED_MAX)
        members = as_arena_printf(l->arena, "%s and %d more", members, r->count - LISTED_MAX);
    if (r->subject == SUBJECT_NETWORK)
        return r->text;
    if (r->subject == SUBJECT_TENSOR)
        return as_arena_printf(l->arena, "tensor%s %s: %s", r->count == 1 ? "" : "s", members,
                               r->text);
    if (r->count > 1)
        return as_arena_printf(l->arena, "%s (operators %s): %s", r->op_name, members, r->text);
    size_t digits = strcspn(members, " ");
    return as_arena_printf(l->arena, "operator %.*s %s%s: %s", (int)digits, members, r->op_name,
                           members + digits, r->text);
}

enum as_status as_lower_tell_reasons(const struct as_lowering *l)
{
    const struct as_lower_reasons *reasons = l->reasons;
    const char *label = l->graph->label;
    int told = reasons->kept < TOLD_MAX ? reasons->kept : TOLD_MAX;

    if (reasons->count == 1)
        return as_fail(l->diag, reasons->status, "%s: %s", label, describe(l, &reasons->list[0]));
    if (reasons->count > 1)
        as_fail(l->diag, reasons->status, "%s cannot run: %d reasons", label, reasons->count);
    for (int i = 0; i < told; i++)
        as_fail(l->diag, reasons->status, "  %s", describe(l, &reasons->list[i]));
    if (reasons->count > told)
        as_fail(l->diag, reasons->status, "  and %d more", reasons->count - told);
    return reasons->status;
}
