/* pe_array: rows x cols processing elements in pairs of columns, weights stationary,
 * ifmap to the right from pair to pair, psums down.
 *
 * Specification: docs/blocks.md section 8.  RTL: pe_array.v, pe_pair.v.
 * Ports: x (a byte a row), w (a byte a column), wen (a bit a row) -> psum of every column.
 * Latency: x of cycle t leaves column c as part of the psum of t + rows + 2 + c / 2.
 *
 * x only moves: x_q of pair j in row r is what entered row r 1 + r + j cycles ago.  It is
 * kept as a history with the newest entry first, so that nothing is shifted; the same holds for w
 * and wen. An x history holds every element twice, one for each column of a pair. */
#ifndef AS_SIM_PE_ARRAY_H
#define AS_SIM_PE_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/arena.h"
#include "gen/config.h"

#define AS_PE_ROWS_MAX  64
#define AS_PE_COLS_MAX  64
#define AS_PE_PAIRS_MAX (AS_PE_COLS_MAX / 2)
#define AS_PE_LANES     8 /* columns are padded to a multiple of this */

struct as_pe_array {
    int rows;
    int cols;
    int pairs;
    int stride;        /* padded columns */
    int history;       /* entries of x_history a row */
    int newest;        /* x_q of PE (r, c) is x_history[r][newest + 2 * r + c] */
    int8_t *x_history; /* [rows][history] */
    int8_t *w_q;       /* [rows][stride] */
    int16_t *p_q;      /* [rows][stride] */
    int32_t *psum_q;   /* [rows][stride]; the row before the first is always 0 */
    uint64_t wen_any;  /* bit n: some wen n + 1 cycles ago */
    uint32_t wen_slot;
    uint64_t wen_history[AS_PE_PAIRS_MAX]; /* of the cycle in that slot */
    int8_t w_history[AS_PE_PAIRS_MAX][AS_PE_COLS_MAX];
};

struct as_pe_array_in {
    const int8_t *x; /* [rows] */
    const int8_t *w; /* [cols] */
    uint64_t wen;    /* bit r: row r */
};

void as_pe_array_init(struct as_pe_array *m, struct as_arena *arena, const struct as_config *cfg);
void as_pe_array_tick(struct as_pe_array *m, const struct as_pe_array_in *in);

/* What leaves the columns in this cycle: int32_t [cols]. */
static inline const int32_t *as_pe_array_psum(const struct as_pe_array *m)
{
    return m->psum_q + (m->rows - 1) * m->stride;
}

#endif
