#include "base/reasons.h"

#include <string.h>

#define KEPT_MAX   64 /* reasons told apart */
#define TOLD_MAX   16
#define NAMED_MAX  4 /* members that are told with what follows their index */
#define LISTED_MAX 12

struct reason {
    const char *noun, *name, *text;
    int count;           /* of members */
    const char *members; /* "3 'a', 7 'b'" */
};

struct as_reasons {
    struct as_arena *arena;
    enum as_status status; /* of the first */
    int count;             /* those not kept as well */
    int kept;
    struct reason list[KEPT_MAX];
};

struct as_reasons *as_reasons_new(struct as_arena *arena)
{
    struct as_reasons *reasons = AS_NEW(arena, struct as_reasons, 1);
    reasons->arena = arena;
    return reasons;
}

/* The reason in the list, or a new one in it; NULL when the list is full. */
static struct reason *find(struct as_reasons *reasons, const char *noun, const char *name,
                           const char *text)
{
    for (int i = 0; i < reasons->kept; i++) {
        struct reason *r = &reasons->list[i];
        if (strcmp(r->noun, noun) == 0 && strcmp(r->name, name) == 0 && strcmp(r->text, text) == 0)
            return r;
    }
    reasons->count++;
    if (reasons->kept == KEPT_MAX)
        return NULL;
    struct reason *r = &reasons->list[reasons->kept++];
    *r = (struct reason){.noun = noun,
                         .name = as_arena_strdup(reasons->arena, name),
                         .text = as_arena_strdup(reasons->arena, text),
                         .members = ""};
    return r;
}

void as_reasons_add(struct as_reasons *reasons, enum as_status status, const char *noun,
                    const char *name, int index, const char *more, const char *text)
{
    struct reason *r = find(reasons, noun, name, text);

    if (reasons->status == AS_OK)
        reasons->status = status;
    if (!r || ++r->count > LISTED_MAX)
        return;
    r->members = as_arena_printf(reasons->arena, "%s%s%d%s", r->members, *r->members ? ", " : "",
                                 index, r->count <= NAMED_MAX ? more : "");
}

/* "operator 3 ADD 'sum': text" */
static const char *describe(struct as_arena *arena, const struct reason *r)
{
    const char *members = r->members, *plural = r->count == 1 ? "" : "s";

    if (*r->noun == '\0')
        return r->text;
    if (r->count > LISTED_MAX)
        members = as_arena_printf(arena, "%s and %d more", members, r->count - LISTED_MAX);
    if (*r->name == '\0')
        return as_arena_printf(arena, "%s%s %s: %s", r->noun, plural, members, r->text);
    if (r->count > 1)
        return as_arena_printf(arena, "%s (%ss %s): %s", r->name, r->noun, members, r->text);
    int digits = (int)strcspn(members, " ");
    return as_arena_printf(arena, "%s %.*s %s%s: %s", r->noun, digits, members, r->name,
                           members + digits, r->text);
}

enum as_status as_reasons_tell(const struct as_reasons *reasons, const char *prefix,
                               const char *who, struct as_diag *diag)
{
    enum as_status status = reasons->status;
    int told = reasons->kept < TOLD_MAX ? reasons->kept : TOLD_MAX;

    if (reasons->count == 1)
        return as_fail(diag, status, "%s%s", prefix, describe(reasons->arena, &reasons->list[0]));
    if (reasons->count > 1)
        as_fail(diag, status, "%s cannot run: %d reasons", who, reasons->count);
    for (int i = 0; i < told; i++)
        as_fail(diag, status, "  %s", describe(reasons->arena, &reasons->list[i]));
    if (reasons->count > told)
        as_fail(diag, status, "  and %d more", reasons->count - told);
    return status;
}
