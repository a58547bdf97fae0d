/* Descriptor streams with loops: a sequence of descriptors that repeats, each time a step further
 * on in memory, is kept once, with a LOOP behind it.  Pure: items in, loops out. */
#ifndef AS_DATAFLOWS_SCHEDULE_FIND_LOOPS_H
#define AS_DATAFLOWS_SCHEDULE_FIND_LOOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/program/descriptor.h"

/* A descriptor, and where it starts apart from the rest: only that may differ from one iteration to
 * the next. */
struct as_item {
    uint32_t words[AS_LOAD_WORDS]; /* with src or dst, and y0, as 0 */
    int word_count;
    bool steps;     /* a loop may move it */
    bool has_y;     /* it has a y0 */
    int tensor;     /* that src or dst belongs to */
    int64_t offset; /* of src or dst */
    int y0;
};

/* How an item differs from the one that takes its place an iteration later. */
struct as_advance {
    bool possible; /* a loop can express it */
    bool moves;    /* `step` is set */
    int64_t inc;
    int yinc;
};

struct as_advance as_item_advance(const struct as_item *from, const struct as_item *to);

/* Items first .. first + length - 1, executed `times` times: what later iterations execute are the
 * items that follow.  Without a LOOP when `times` is 1. */
struct as_desc_loop {
    int first, length, times;
    int64_t inc;
    int yinc;
};

/* What a LOOP costs. */
struct as_loop_price {
    int bytes;    /* its descriptor */
    int passes;   /* one execution of it, in bytes that it would have to save */
    int times;    /* most iterations */
    int yinc_max; /* largest step of y0 */
};

/* Covers items[0 .. count) with loops of the least price; *loop_count receives how many there are.
 * The loops' `first` counts from `base`. */
struct as_desc_loop *as_find_loops(struct as_arena *arena, const struct as_item *items, int count,
                                   int base, const struct as_loop_price *price, int *loop_count);

/* The loops execute exactly the items, in their order. */
bool as_loops_equal_items(const struct as_item *items, int count, int base,
                          const struct as_desc_loop *loops, int loop_count);

#endif
