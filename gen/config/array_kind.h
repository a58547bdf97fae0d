/* What differs between arrays by the operand that stays in their PEs: one row a kind, one kind a
 * file kind_NAME.c.  Folders above have tables of their own, with a row of functions a kind:
 * dataflows/mapper/mapper.c, dataflows/layers/layers.c.
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
    enum as_operand stays;
    enum as_operand row;  /* goes along the rows, out of the ifmap buffer */
    enum as_operand col;  /* goes down the columns, out of the weight buffer; may be what stays */
    bool output_kind;     /* KIND output: each PE adds up its own psum; else a column adds one up */
    bool feeds_taps;      /* taps of a kernel stay, so that a line buffer may feed them */
    bool cols_are_pixels; /* not channels: store drains by address, one byte at a time */
    bool partial_loads;   /* several loads fill a half */

    /* From the axes, the movement and the registers of *hw (docs/blocks.md): cycles from the issue
     * of a beat to its psum on column 0, and from a beat's last psum there until nothing of it is
     * under way. */
    int (*latency)(const struct as_hw *hw);
    int (*drain)(const struct as_hw *hw);
    /* Sets psum_bits, load_lanes and ibuf_lanes, from the axes, the memory word and the line. */
    void (*set_widths)(struct as_hw *hw);

    const char *who;      /* "weights stay" */
    const char *rows_are; /* "reduce channels or kernel taps" */
    const char *cols_are; /* "output channels" */
    const char *array;    /* "{C, R, S} x {K}" */
    const char *unusable; /* why no other loop can be unrolled */
    const char *bubble;   /* what a report says of cycles between tiles */
    const char *partial;  /* and of PEs without work: "the rows and columns ..." */
};

/* The row of a kind. */
const struct as_array_kind *as_array_kind(enum as_stays stays);

/* The kind of an array whose operands move so; the first kind when none of them stays. */
enum as_stays as_stays_of(const enum as_move moves[AS_OPERANDS]);

/* "ifmap", "weight", "psum". */
const char *as_operand_name(enum as_operand operand);

/* PEs along an axis with that unroll. */
int as_axis_size(const struct as_axis *axis, const int unroll[AS_LOOPS]);

/* Whether the axis may unroll the loop. */
bool as_axis_has(const struct as_axis *axis, enum as_loop_index loop);

/* Whether a line buffer has taps to feed, with that unroll. */
bool as_array_feeds_taps(const struct as_array_kind *kind, const int unroll[AS_LOOPS]);

#endif
