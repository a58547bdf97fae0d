/* What differs between arrays by the operand that stays in their PEs: one row a kind.
 *
 * Two axes are two of the index groups {K}, {C, R, S}, {P, Q}; exactly one operand has both in its
 * index and stays.  The loops of the third group cannot be unrolled. */
#ifndef AS_GEN_CONFIG_ARRAY_KIND_H
#define AS_GEN_CONFIG_ARRAY_KIND_H

#include "gen/config/hw.h"

#define AS_AXIS_MAX 3

/* The loops that an axis may unroll. */
struct as_axis {
    int count;
    enum as_loop_index loop[AS_AXIS_MAX]; /* the slowest along the axis first */
    enum as_loop_index rest; /* the one that takes the PEs which the others leave over */
};

struct as_array_kind {
    struct as_axis rows, cols;
    bool feeds_taps;      /* taps of a kernel stay, so that a line buffer may feed them */
    bool cols_are_pixels; /* not channels: store drains by address, one byte at a time */
    const char *who;      /* "weights stay" */
    const char *array;    /* "{C, R, S} x {K}" */
    const char *unusable; /* why no other loop can be unrolled */
    const char *bubble;   /* what a report says of cycles between tiles */
    const char *partial;  /* and of PEs without work: "the rows and columns ..." */
};

/* The row of a kind. */
const struct as_array_kind *as_array_kind(enum as_stays stays);

/* The operand that stays when ifmap and psum move so. */
enum as_stays as_stays_of(enum as_move ifmap, enum as_move psum);

/* PEs along an axis with that unroll. */
int as_axis_size(const struct as_axis *axis, const int unroll[AS_LOOPS]);

/* Whether the axis may unroll the loop. */
bool as_axis_has(const struct as_axis *axis, enum as_loop_index loop);

/* Whether a line buffer has taps to feed, with that unroll. */
bool as_array_feeds_taps(const struct as_array_kind *kind, const int unroll[AS_LOOPS]);

#endif
