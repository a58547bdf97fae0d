/* Laws of the list of candidates: it holds the best of what was offered, the best first, and what
 * came first of equals. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "dataflows/mapper/candidates.h"

#define OFFERED 200
#define ROOM    24

Test(candidates, a_list_keeps_the_best_in_order_and_the_first_of_equals)
{
    struct as_arena *arena = as_arena_new();
    struct as_candidates list = as_candidates_new(arena, ROOM);
    struct as_candidate offered[OFFERED];
    uint32_t state = 7;

    for (int i = 0; i < OFFERED; i++) {
        state = state * 1664525u + 1013904223u;
        offered[i] =
            (struct as_candidate){.rank = state >> 28, .tie = state >> 24 & 3, .map.together = i};
        as_candidates_keep(&list, &offered[i]);
    }
    cr_assert_eq(list.count, ROOM);
    for (int n = 0; n < ROOM; n++) { /* by definition: better ones, and equal ones before it */
        int before = 0;
        const struct as_candidate *now = &list.at[n];
        for (int i = 0; i < OFFERED; i++)
            before += as_candidate_better(&offered[i], now) ||
                      (!as_candidate_better(now, &offered[i]) && i < now->map.together);
        cr_assert_eq(before, n, "candidate %d stands at %d, expected %d", now->map.together, n,
                     before);
    }
    as_arena_free(arena);
}
