/* Inside store_unit: the states of a softmax row, and the adder that they share with the rest. */
#ifndef AS_SIM_BLOCKS_STORE_SOFTMAX_H
#define AS_SIM_BLOCKS_STORE_SOFTMAX_H

#include "sim/blocks/store_unit.h"

/* Elements per channel minus 1: as many as a drain half holds. */
static inline uint32_t as_store_elements(const struct as_store_unit *m)
{
    return AS_FIELD(STORE, m, m->word_q) & (m->drain_half - 1);
}

/* The one adder: psum + bias, the sum of exponentials, Newton's steps on xr_q. */
uint32_t as_store_total(const struct as_store_unit *m, const struct as_store_unit_in *in);

/* The clock edge in the states SUM, NORM, MUL, ADD and EMPTY. */
void as_store_softmax_tick(struct as_store_unit *m, const struct as_store_unit_in *in,
                           const struct as_store_unit_out *out);

#endif
