/* Sizes of tiles: how a loop is cut into parts. */
#ifndef AS_DATAFLOWS_SCHEDULE_TILING_H
#define AS_DATAFLOWS_SCHEDULE_TILING_H

#include "base/math.h"

/* Where a part starts, and its size. */
struct as_span {
    int start, size;
};

/* Part `index` of `whole` cut into parts of `size`. */
static inline struct as_span as_span_of(int whole, int size, int index)
{
    int start = index * size;
    return (struct as_span){.start = start, .size = as_min(size, whole - start)};
}

/* The parts into which `whole` is cut when each has at most `max`, as equal as can be. */
static inline int as_equal_size(int whole, int max)
{
    return as_ceil_div(whole, as_ceil_div(whole, max));
}

/* The next smaller size that cuts `whole` into one part more, or 0. */
static inline int as_next_size(int whole, int size)
{
    return size == 1 ? 0 : as_equal_size(whole, size - 1);
}

/* The first size to try: the configured one, cut to the layer, or all. */
static inline int as_first_size(int configured, int whole)
{
    return configured > 0 ? as_min(configured, whole) : whole;
}

#endif
