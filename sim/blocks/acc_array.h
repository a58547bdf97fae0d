/* acc_array: one accumulator RAM and one drain RAM a column.
 *
 * Specification: docs/blocks.md, acc_array.  RTL: acc_array.v.
 * Ports: control word of compute, psums of the array, lookup word of the weight buffer, drain
 * address -> drain data of all columns, push pulse.
 * Latency: a MAC control word of cycle t adds to column c in t + A - 1 + XF * (c / 2), a lookup
 * word to column 0 in t+1; drain data one cycle after its address. */
#ifndef AS_SIM_BLOCKS_ACC_ARRAY_H
#define AS_SIM_BLOCKS_ACC_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/hw.h"
#include "sim/blocks/compute_unit.h"

#define AS_ACC_RING 256 /* a power of two above AL + PAIRS */

struct as_acc_array {
    int cols;
    int pairs;                  /* of columns: one control word serves both */
    bool forwarded;             /* XF: pair j works j cycles late */
    uint32_t delay, line_delay; /* A - 3, AL - 3 */
    int stride;                 /* padded columns */
    uint32_t words;             /* of one accumulator RAM */
    uint32_t drain_half;
    uint32_t newest; /* dly_q[n], e_q[n] are at [(newest + n) % AS_ACC_RING] */
    struct as_ctl dly_q[AS_ACC_RING];
    struct as_ctl e_q[AS_ACC_RING];
    as_psum *acc;     /* [cols][words] */
    as_psum *drain;   /* [2 * words][stride] */
    as_psum *rdata_q; /* [stride]: accumulator RAM outputs, 0 for an overwriting entry */
    as_psum *drain_q; /* [stride]: drain RAM outputs */
};

struct as_acc_array_in {
    struct as_ctl ctl;
    const as_psum *psum; /* [cols] */
    as_upsum lookup_word;
    bool line; /* the MAC jobs under way */
    uint32_t drain_addr;
};

void as_acc_array_init(struct as_acc_array *m, struct as_arena *arena, const struct as_hw *hw);
void as_acc_array_tick(struct as_acc_array *m, const struct as_acc_array_in *in);
void as_acc_array_reset(struct as_acc_array *m);

/* dly_q[n]: the control word of n + 1 cycles before. */
static inline const struct as_ctl *as_acc_array_delayed(const struct as_acc_array *m, int n)
{
    return &m->dly_q[(m->newest + (uint32_t)n) % AS_ACC_RING];
}

/* e_q of pair j; the same for all when they work together. */
static inline const struct as_ctl *as_acc_array_entry(const struct as_acc_array *m, int j)
{
    return &m->e_q[(m->newest + (m->forwarded ? (uint32_t)j : 0)) % AS_ACC_RING];
}

/* Bit h: half h of the drain RAM is complete at the end of this cycle. */
static inline uint8_t as_acc_array_push(const struct as_acc_array *m)
{
    const struct as_ctl *e = as_acc_array_entry(m, m->pairs - 1);
    return (uint8_t)(e->last << e->half);
}

/* What column c writes when its entry is valid; only column 0 sees lookups. */
static inline as_psum as_acc_array_sum(const struct as_acc_array *m,
                                       const struct as_acc_array_in *in, int c)
{
    const struct as_ctl *e = as_acc_array_entry(m, 0);
    as_upsum old = (as_upsum)m->rdata_q[c];
    if (c > 0 || !e->lookup)
        return (as_psum)(old + (as_upsum)in->psum[c]);
    if (e->mul)
        return (as_factor)old * (as_factor)in->lookup_word;
    return (as_psum)(old + in->lookup_word);
}

#endif
