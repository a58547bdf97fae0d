#include "dataflows/mapper/candidates.h"

#include <assert.h>
#include <string.h>

struct as_candidates as_candidates_new(struct as_arena *arena, int room)
{
    return (struct as_candidates){.room = room, .at = AS_NEW(arena, struct as_candidate, room)};
}

bool as_candidate_better(const struct as_candidate *a, const struct as_candidate *b)
{
    return a->rank < b->rank || (a->rank == b->rank && a->tie < b->tie);
}

void as_candidates_keep(struct as_candidates *list, const struct as_candidate *candidate)
{
    int at = list->count;

    while (at > 0 && as_candidate_better(candidate, &list->at[at - 1]))
        at--;
    if (at == list->room)
        return;
    if (list->count < list->room)
        list->count++;
    memmove(&list->at[at + 1], &list->at[at], sizeof list->at[0] * (size_t)(list->count - 1 - at));
    list->at[at] = *candidate;
}

void as_candidates_append(struct as_candidates *list, const struct as_candidates *more, int limit)
{
    for (int i = 0; i < more->count && i < limit; i++) {
        assert(list->count < list->room);
        list->at[list->count++] = more->at[i];
    }
}
