/* window: feeds the taps of a kernel from one pixel.
 *
 * Specification: docs/blocks.md, the arrays.  RTL: window.v.
 * Ports: ibuf word, one cycle before it whether its issue was a MAC beat and its column; line mode
 * -> x of every row, xd of every row and column.
 * Latency: x of row i is what came E(i) (line) or i (direct, psums forwarded) cycles ago; a line
 * memory answers in the cycle of the ibuf word. */
#ifndef AS_SIM_BLOCKS_WINDOW_H
#define AS_SIM_BLOCKS_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/hw.h"

#define AS_WINDOW_RING      128 /* a power of two above the longest delay */
#define AS_WINDOW_LANES_MAX 64  /* LL */

struct as_window {
    /* configuration */
    int rows, cols, kernel_rows, taps, channels; /* R, C, TR, TS, TC */
    int word_bytes;                              /* IL */
    int lanes;                                   /* of a source: max(IL, LL) */
    int line_bytes, line_words;                  /* LL, depth */
    uint32_t col_mask;                           /* of a column's bits */
    bool psum_forwarded;                         /* PF */
    int skew;                                    /* XF */
    bool xd_always; /* registers behind the window keep xd, whether a job is dw or not */
    /* registers */
    as_activation *memory;  /* [TR - 1][line_words][LL] */
    as_activation *shown_q; /* [TR - 1][LL]: what the memories show */
    bool beat_q;            /* issue of the word that comes in this cycle */
    uint32_t col_q;
    uint32_t now;
    as_activation
        *past; /* [AS_WINDOW_RING][TR][lanes]: sources of n cycles ago at (now - n), n >= 1 */
    /* outputs of this cycle */
    as_activation *x;  /* [rows] */
    as_activation *xd; /* [rows][cols] */
};

struct as_window_in {
    const as_activation *word; /* [IL] */
    bool beat;                 /* a MAC beat is issued in this cycle */
    uint32_t col;              /* its column */
    bool line;
    bool dw; /* xd is looked at */
};

void as_window_init(struct as_window *m, struct as_arena *arena, const struct as_hw *hw);
/* Fills m->x; m->xd when in->dw or registers wait behind it. */
void as_window_eval(struct as_window *m, const struct as_window_in *in);
/* After as_window_eval with the same inputs. */
void as_window_tick(struct as_window *m, const struct as_window_in *in);

#endif
