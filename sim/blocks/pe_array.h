/* pe_array: rows x cols processing elements in pairs of columns with held operands; x to the right
 * from pair to pair (XF) or to all at once, psums down.
 *
 * Specification: docs/blocks.md, the arrays.  RTL: pe_array.v, pe_pair.v.
 * Ports: x (one a row) or xd (one a PE), w (one a column), wen (a bit a row) -> psum of
 * every column. Latency: x of cycle t leaves column c as part of the psum of t + A - 1 + XF * (c /
 * 2).
 *
 * x only moves: x_q of pair j in row r is what came 1 + B + r + j cycles ago (LINE: without r).  It
 * is kept as a history with the newest entry first, so that nothing is shifted; the same holds for
 * w and wen. An x history holds every element twice, one for each column of a pair. */
#ifndef AS_SIM_BLOCKS_PE_ARRAY_H
#define AS_SIM_BLOCKS_PE_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/hw.h"

#define AS_PE_ROWS_MAX  64
#define AS_PE_COLS_MAX  64
#define AS_PE_PAIRS_MAX (AS_PE_COLS_MAX / 2)
#define AS_PE_LANES     8  /* columns are padded to a multiple of this */
#define AS_PE_PAST      64 /* cycles of weights that are kept: a power of two above B + PAIRS */
#define AS_PE_FRONT_MAX 4  /* B */

struct as_pe_array {
    int rows;
    int cols;
    int pairs;
    int stride;     /* padded columns */
    int front;      /* B */
    bool forwarded; /* XF */
    int block_rows; /* rows whose psums keep the bits of a product: those summed inside a multiplier
                       block */
    int row_skew;   /* 1: row r takes x r cycles late; 0 with LINE */
    int history;    /* entries of x_history a row */
    int newest;     /* x_q of PE (r, c) is x_history[r][newest + 2 * (B + row_skew * r) + c] */
    as_activation *x_history; /* [rows][history] */
    as_weight *w_q;           /* [rows][stride] */
    as_product *p_q;          /* [rows][stride] */
    as_psum *psum_q;          /* [rows][stride]; the row before the first is always 0 */
    uint64_t wen_any;         /* bit n: some wen n + 1 cycles ago */
    uint32_t wen_slot;
    uint64_t wen_history[AS_PE_PAST]; /* of the cycle in that slot */
    as_weight w_history[AS_PE_PAST][AS_PE_COLS_MAX];
    bool dw_q;              /* the multipliers hold xd */
    int xd_slot;            /* the newest of xd_past */
    as_activation *xd_past; /* [B + 1][rows][stride] (LINE): xd of now and before */
    bool front_xd;          /* xd waits in registers, whether a job is dw or not */
};

struct as_pe_array_in {
    const as_activation *x;  /* [rows] */
    const as_activation *xd; /* [rows][cols]; LINE */
    bool dw;
    const as_weight *w; /* [cols] */
    uint64_t wen;       /* bit r: row r */
};

void as_pe_array_init(struct as_pe_array *m, struct as_arena *arena, const struct as_hw *hw);
void as_pe_array_tick(struct as_pe_array *m, const struct as_pe_array_in *in);

/* What leaves the columns in this cycle: [cols]. */
static inline const as_psum *as_pe_array_psum(const struct as_pe_array *m)
{
    return m->psum_q + (m->rows - 1) * m->stride;
}

#endif
