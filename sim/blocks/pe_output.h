/* pe_output: rows x cols PEs, each of which keeps the sum of its own output.
 *
 * Specification: docs/blocks.md, the arrays.  RTL: pe_output.v.
 * Ports: ibuf word (MB bytes a row), weights (a byte a column), mac; psum row to read -> psum of
 * every column.
 * Latency: docs/blocks.md: a psum row issued in u leaves column c in u + A + XF * (c / 2).
 *
 * PE (i, c) works on the inputs of B + WF * i + XF * (c / 2) cycles ago.  x and mac are kept as
 * histories with the newest entry first, every element twice, one for each column of a pair; the
 * weights as rows in which every pair is already as late as XF makes it. */
#ifndef AS_SIM_BLOCKS_PE_OUTPUT_H
#define AS_SIM_BLOCKS_PE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/hw.h"

#define AS_OUTPUT_PAST 128 /* cycles that are kept: a power of two above B + R + PAIRS + 8 */

/* A beat, as the compute unit sends it along. */
struct as_mac {
    bool en, first, last;
    uint8_t byte; /* of each row's group in the ibuf word */
};

struct as_pe_output {
    /* configuration */
    int rows, cols, pairs;
    int stride;       /* padded columns */
    int group;        /* MB */
    int front;        /* B */
    bool x_forwarded; /* XF */
    bool w_forwarded; /* WF */
    int stages;       /* TL */
    int drop;         /* P_W - PW */
    /* registers */
    uint32_t now;
    int newest;        /* history entry of this cycle; of n cycles ago: 2 * n further */
    int history;       /* entries of a history */
    as_activation *x;  /* [rows][history] */
    int8_t *en;        /* [history]: -1 for a beat, else 0 */
    int8_t *keep;      /* [history]: 0 for the first beat of a tile, else -1 */
    int8_t *copy;      /* [history]: -1 for the last beat of a tile, else 0 */
    int en_left;       /* cycles until no PE has a beat on its way */
    int copy_left;     /* the same for a tile's last beat */
    as_weight *w_past; /* [AS_OUTPUT_PAST][stride]: weights as they came */
    as_weight *w_late; /* [AS_OUTPUT_PAST][stride]: XF: pair j of j cycles before */
    int16_t read_past[AS_OUTPUT_PAST]; /* psum row to read, -1: none */
    as_psum *sum_q;                    /* [rows][stride] */
    as_psum *hold_q;                   /* [rows][stride] (WF = 0) */
    as_psum *out_q;                    /* [stages][stride]: the newest first */
};

struct as_pe_output_in {
    const as_activation *word; /* [rows][MB] */
    const as_weight *w;        /* [cols] */
    struct as_mac mac;
    bool read; /* ctl is valid and no lookup */
    int row;
};

void as_pe_output_init(struct as_pe_output *m, struct as_arena *arena, const struct as_hw *hw);
void as_pe_output_tick(struct as_pe_output *m, const struct as_pe_output_in *in);
void as_pe_output_reset(struct as_pe_output *m);

/* What leaves the columns in this cycle: [cols]. */
static inline const as_psum *as_pe_output_psum(const struct as_pe_output *m)
{
    return m->out_q + (m->stages - 1) * m->stride;
}

#endif
