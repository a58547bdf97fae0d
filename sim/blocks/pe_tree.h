/* pe_tree: rows x cols PEs with held operands whose products are added by a tree a column.
 *
 * Specification: docs/blocks.md, the arrays.  RTL: pe_tree.v.
 * Ports: x (a byte a row) or xd (a byte a PE), weights and their enables -> psum of every column.
 * Latency: x of cycle t is part of the psum that leaves column c in t + A - 1 + XF * (c / 2).
 *
 * A tree is its sum and a queue as long as it has registers.  x is kept as in pe_array: a history
 * with the newest entry first, every element twice, one for each column of a pair. */
#ifndef AS_SIM_BLOCKS_PE_TREE_H
#define AS_SIM_BLOCKS_PE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/hw.h"

#define AS_TREE_PAST 64 /* cycles of weights that are kept: a power of two above B + PAIRS */

struct as_pe_tree {
    /* configuration */
    int rows, cols, pairs;
    int stride;     /* padded columns */
    int front;      /* B */
    bool forwarded; /* XF */
    int stages;     /* TL */
    bool wide, line;
    /* registers */
    int history;              /* entries of x_history a row */
    int newest;               /* x_q of PE (r, c) is x_history[r][newest + 2 * B + (XF ? c : 0)] */
    as_activation *x_history; /* [rows][history] */
    bool dw_q;                /* the multipliers hold xd */
    int xd_slot;              /* the newest of xd_past */
    as_activation *xd_past;   /* [B + 1][rows][stride] (LINE): xd of now and before */
    uint32_t now;
    uint32_t wen_left; /* not wide: cycles until the last enable has reached the last pair */
    as_weight *w_past; /* [AS_TREE_PAST][cols] (not wide: R is 1) */
    bool *wen_past;    /* [AS_TREE_PAST] */
    as_weight *w_q;    /* [rows][stride] */
    as_product *p_q;   /* [rows][stride] */
    as_psum *sum_q;    /* [stages][stride]: the newest first */
};

struct as_pe_tree_in {
    const as_activation *x;  /* [rows] */
    const as_activation *xd; /* [rows][cols]; LINE */
    bool dw;
    const as_weight *w; /* wide: [cols][rows], else [cols] */
    uint64_t wen;       /* wide: bit j: pair j; else bit 0 */
};

void as_pe_tree_init(struct as_pe_tree *m, struct as_arena *arena, const struct as_hw *hw);
void as_pe_tree_tick(struct as_pe_tree *m, const struct as_pe_tree_in *in);

/* What leaves the columns in this cycle: [cols]. */
static inline const as_psum *as_pe_tree_psum(const struct as_pe_tree *m)
{
    return m->sum_q + (m->stages - 1) * m->stride;
}

#endif
