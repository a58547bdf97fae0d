/* Mappings that a search found, ranked by their estimates. */
#ifndef AS_DATAFLOWS_MAPPER_CANDIDATES_H
#define AS_DATAFLOWS_MAPPER_CANDIDATES_H

#include "base/arena.h"
#include "dataflows/mapper/mapping.h"

struct as_candidate {
    uint64_t rank, tie; /* the least is the best; `tie` decides between equal ranks */
    struct as_mapping map;
    struct as_cost cost;
};

struct as_candidates {
    int count, room;
    struct as_candidate *at;
};

/* How many mappings are timed: the best six overall, and the best two of each order of the tile
 * loops.  Because every order is represented, `auto` is never slower than a fixed order, of which
 * the best two are timed.  A search may name more as equally promising. */
#define AS_TIMED_BEST     6
#define AS_TIMED_OF_ORDER 2
#define AS_TIMED_MAX      44

bool as_candidate_better(const struct as_candidate *a, const struct as_candidate *b);

/* An empty list of at most `room` candidates. */
struct as_candidates as_candidates_new(struct as_arena *arena, int room);

/* Inserts a candidate into a sorted list, behind those that are as good; the list drops what it has
 * no room for. */
void as_candidates_keep(struct as_candidates *list, const struct as_candidate *candidate);

/* Appends up to `limit` candidates of `more`. */
void as_candidates_append(struct as_candidates *list, const struct as_candidates *more, int limit);

#endif
