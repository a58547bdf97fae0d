/* The memory planner: addresses for tensors with known lives, so that two that live at the same
 * time do not overlap. */
#ifndef AS_DATAFLOWS_SCHEDULE_MEMORY_PLAN_H
#define AS_DATAFLOWS_SCHEDULE_MEMORY_PLAN_H

#include <stdint.h>

#include "base/arena.h"

struct as_plan_item {
    uint32_t bytes;
    int birth, death; /* first and last step in which it lives, both included */
    uint32_t address; /* planned; a multiple of AS_STREAM_ALIGN */
};

/* The declared overlap of an output with an input that dies in the same step: item `out` may lie
 * over item `in` when out.address + distance <= in.address, so that a tile is written only after
 * every later tile has read past it. */
struct as_plan_pair {
    int out, in;
    int64_t distance;
};

/* Places all items from `base` upwards and returns the end of the highest.  Several orders are
 * tried and the lowest result kept; more of them, up to a fixed number, while it is above `limit`.
 */
int64_t as_plan_place(struct as_arena *arena, struct as_plan_item *items, int count,
                      const struct as_plan_pair *pairs, int pair_count, int64_t base,
                      int64_t limit);

#endif
