/* The rows of the table of array_kind.c, and what several of them share. */
#ifndef AS_GEN_CONFIG_ARRAY_KINDS_H
#define AS_GEN_CONFIG_ARRAY_KINDS_H

#include "gen/config/array_kind.h"

extern const struct as_array_kind as_weight_kind, as_psum_kind, as_ifmap_kind;

/* ---- KIND reduce: the rows of a column add up one psum (kind_reduce.c) ---- */

/* The axis of a reduction, row (r * S + s) * C + c. */
#define AS_AXIS_TAPS                                                                               \
    {                                                                                              \
        3, {AS_LOOP_R, AS_LOOP_S, AS_LOOP_C}, AS_LOOP_C                                            \
    }

int as_reduce_latency(const struct as_hw *hw);
int as_reduce_drain(const struct as_hw *hw);
void as_reduce_set_widths(struct as_hw *hw);

#endif
