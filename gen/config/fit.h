/* An array of R x C PEs for each row of the movement table: the presets, and the movements that are
 * legal and have no name (`dataflow: custom`). */
#ifndef AS_GEN_CONFIG_FIT_H
#define AS_GEN_CONFIG_FIT_H

#include <stdio.h>

#include "gen/config/dataflow.h"

/* Legal: exactly one operand is stationary, each other moves in two ways. */
#define AS_MOVEMENTS (AS_ARRAY_KINDS * 4)

/* The movements that no preset has, as rows called `custom` whose unroll is theirs to choose;
 * returns how many. */
int as_fit_unnamed(struct as_dataflow rows[AS_MOVEMENTS]);

/* A line of options (`--set dataflow=... --set unroll.K=...`) that turn an accelerator into one of
 * `rows` x `cols` PEs that moves operands as `row` does.  What its description asks of the same
 * dataflow (buffers.line, requant.lanes) stays, and may be refused for the size. */
void as_fit_print(FILE *out, const struct as_dataflow *row, int rows, int cols);

/* Makes `*out`: `base` as an accelerator of the preset `row`, with as many PEs, as many bytes in
 * every buffer, and everything else alike.  Fails when that cannot be built. */
enum as_status as_fit_config(const struct as_config *base, const struct as_dataflow *row,
                             struct as_config *out, struct as_diag *diag);

#endif
