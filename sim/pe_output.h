/* pe_output: rows x cols PEs, each of which keeps the sum of its own output.
 *
 * Specification: docs/blocks.md section 8.  RTL: pe_output.v.
 * Ports: ibuf word (MB bytes a row), weights (a byte a column), mac; psum row to read -> psum of
 * every column.
 * Latency: docs/blocks.md: a psum row issued in u leaves column c in u + A + XF * (c / 2).
 *
 * PE (i, c) works on the inputs of n = B + WF * i + XF * (c / 2) cycles ago; the inputs are kept as a history. */
#ifndef AS_SIM_PE_OUTPUT_H
#define AS_SIM_PE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/arena.h"
#include "gen/config.h"

#define AS_OUTPUT_RING 256 /* a power of two above B + R + PAIRS + 8 */

/* A beat, as the compute unit sends it along. */
struct as_mac {
    bool en, first, last;
    uint8_t byte; /* of each row's group in the ibuf word */
};

struct as_pe_output {
    /* configuration */
    int rows, cols, pairs;
    int group;              /* MB */
    int front;              /* B */
    int x_skew, w_skew;     /* XF, WF */
    int stages;             /* TL */
    int psum_bits;          /* PW */
    /* registers */
    uint32_t now;
    int8_t *x_past;         /* [AS_OUTPUT_RING][rows] */
    int8_t *w_past;         /* [AS_OUTPUT_RING][cols] */
    struct as_mac mac_past[AS_OUTPUT_RING];
    int read_past[AS_OUTPUT_RING]; /* psum row to read, -1: none */
    int32_t *sum_q;         /* [rows][cols] */
    int32_t *hold_q;        /* [rows][cols] (WF = 0) */
    int32_t *out_q;         /* [stages][cols]: the newest first */
};

struct as_pe_output_in {
    const uint8_t *word; /* [rows][MB] */
    const int8_t *w;     /* [cols] */
    struct as_mac mac;
    bool read; /* ctl is valid and no lookup */
    int row;
};

void as_pe_output_init(struct as_pe_output *m, struct as_arena *arena, const struct as_config *cfg);
void as_pe_output_tick(struct as_pe_output *m, const struct as_pe_output_in *in);
void as_pe_output_reset(struct as_pe_output *m);

/* What leaves the columns in this cycle: int32_t [cols]. */
static inline const int32_t *as_pe_output_psum(const struct as_pe_output *m)
{
    return m->out_q + (m->stages - 1) * m->cols;
}

#endif
