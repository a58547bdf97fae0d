/* pe_tree: rows x cols PEs with held operands whose products are added by a tree a column.
 *
 * Specification: docs/blocks.md section 8.  RTL: pe_tree.v.
 * Ports: x (a byte a row) or xd (a byte a PE), weights and their enables -> psum of every column.
 * Latency: x of cycle t is part of the psum that leaves column c in t + A - 1 + XF * (c / 2).
 *
 * Only what leaves the trees is kept: a sum of products, and its way through the registers. */
#ifndef AS_SIM_PE_TREE_H
#define AS_SIM_PE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/arena.h"
#include "gen/config.h"

#define AS_TREE_RING 64 /* a power of two above B + PAIRS */

struct as_pe_tree {
    /* configuration */
    int rows, cols, pairs, stride;
    int front;  /* B */
    int skew;   /* XF */
    int stages; /* TL */
    bool wide, line;
    /* registers */
    uint32_t now;
    int8_t *x_past;   /* [AS_TREE_RING][rows]: x of n cycles ago at (now - n) */
    int8_t *xd_past;  /* [AS_TREE_RING][rows][stride] (line) */
    int8_t *w_past;   /* [AS_TREE_RING][stride] (not wide: R is 1) */
    bool *wen_past;   /* [AS_TREE_RING] */
    int8_t *x_q;      /* [rows][stride]: in the multipliers */
    int8_t *w_q;      /* [rows][stride] */
    int16_t *p_q;     /* [rows][stride] */
    int32_t *sum_q;   /* [stages][stride]: the newest first */
};

struct as_pe_tree_in {
    const int8_t *x;    /* [rows] */
    const int8_t *xd;   /* [rows][cols], when dw */
    bool dw;
    const int8_t *w;    /* wide: [cols][rows], else [cols] */
    uint64_t wen;       /* wide: bit j: pair j; else bit 0 */
};

void as_pe_tree_init(struct as_pe_tree *m, struct as_arena *arena, const struct as_config *cfg);
void as_pe_tree_tick(struct as_pe_tree *m, const struct as_pe_tree_in *in);

/* What leaves the columns in this cycle: int32_t [cols]. */
static inline const int32_t *as_pe_tree_psum(const struct as_pe_tree *m)
{
    return m->sum_q + (m->stages - 1) * m->stride;
}

#endif
