/* The exact cycles of one mapped layer, on the cycle model: what `auto` decides by, once the
 * estimates have ranked the mappings. */
#ifndef AS_DATAFLOWS_MAPPER_TIMED_CHOICE_H
#define AS_DATAFLOWS_MAPPER_TIMED_CHOICE_H

#include "dataflows/mapper/order.h"
#include "dataflows/schedule/schedule.h"
#include "sim/blocks/layer_time.h"

/* A layer whose estimate is longer is not timed. */
#define AS_EXACT_CYCLES_MAX 4000000

/* Mappings that are timed: the best of all, and the best of each order, which are also all that are
 * timed of an order that is configured.  So `auto` loses to none. */
#define AS_EXACT_BEST  6
#define AS_EXACT_ORDER 2
#define AS_EXACT_LIST  (AS_EXACT_BEST + AS_EXACT_ORDER * AS_ORDERS_MAX)

/* What was timed already, for equal layers and for several attempts at a program. */
struct as_exact_cache {
    struct as_arena *arena;
    int count, room;
    struct as_exact_entry {
        uint64_t key; /* of the program */
        bool in_time;
        uint64_t limit;
        struct as_layer_time time;
    } * entries;
};

/* A mapping, of the caller's type, with its estimate. */
struct as_exact_candidate {
    const void *map;
    const struct as_cost *cost;
};

/* Mappings to keep of a search: without thrift those that are timed, else `measured`. */
int as_exact_room(const struct as_schedule *s, int measured);

/* Sorts the candidates by rank, the best first; returns how many are worth timing. */
int as_exact_sort(const struct as_schedule *s, struct as_exact_candidate *list, int count);

/* Whether `auto` is to add the best of each order, by a search with each. */
bool as_exact_adds_orders(const struct as_schedule *s);

/* Times the candidates, the most promising first; returns the number of the best.  *cost becomes
 * its cost, with the cycles that were counted.  The first is taken when s has no cache, or when the
 * layer is so large that to time it would take long. */
int as_exact_choose(const struct as_schedule *s, const struct as_exact_candidate *list, int count,
                    enum as_status (*emit)(void *context, const void *map, struct as_schedule *s),
                    void *context, struct as_cost *cost);

/* Refuses s->layer, of which no mapping fits; all[] is how much of P, Q and K it has, of K in
 * tiles.
 */
enum as_status as_exact_refuse(const struct as_schedule *s, const int all[AS_DIM_COUNT]);

/* The cost that the mapper minimises, where `thrift` cycles are worth a byte of memory. */
uint64_t as_exact_score(const struct as_config *cfg, const struct as_layer_time *time,
                        const struct as_cost *cost, int thrift);

#endif
