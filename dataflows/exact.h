/* The exact cycles of one mapped layer, on the cycle model: what `auto` decides by, once the
 * estimates have ranked the mappings. */
#ifndef AS_DATAFLOWS_EXACT_H
#define AS_DATAFLOWS_EXACT_H

#include "dataflows/schedule.h"
#include "sim/layer_time.h"

/* A layer whose estimate is longer is not timed. */
#define AS_EXACT_CYCLES_MAX 4000000

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

/* Times s->layer as `emit` emits it on a schedule of its own; programs that differ in nothing but
 * data run once.  False when it takes longer than `limit` cycles, or when s has no cache: then
 * nothing is timed. */
bool as_exact_time(const struct as_schedule *s,
                   enum as_status (*emit)(void *, struct as_schedule *), void *context,
                   uint64_t limit, struct as_layer_time *time);

/* The cost that the mapper minimises, where `thrift` cycles are worth a byte of memory. */
uint64_t as_exact_score(const struct as_config *cfg, const struct as_layer_time *time,
                        const struct as_cost *cost, int thrift);

#endif
