/* What lets the folder of an accelerator test itself: tb.v, a Makefile, and the data of one
 * inference. */
#ifndef AS_GEN_EMIT_TESTBENCH_H
#define AS_GEN_EMIT_TESTBENCH_H

#include "gen/emit/emit.h"
#include "gen/program/program.h"

/* An inference and what has to come of it; all is the caller's. */
struct as_emit_inference {
    const struct as_program *program;
    const int8_t *input;      /* [program->input.bytes] */
    const int8_t *output;     /* [program->output.bytes] */
    const uint64_t *counters; /* those of gen/regmap/counters.def */
};

/* Appends tb.v, Makefile and, with an inference, program.hex, input.hex, expected.hex and
 * counters.hex.  Without one (NULL) tb.v only asks the accelerator for its identity. */
enum as_status as_emit_testbench(struct as_arena *arena, const struct as_config *cfg,
                                 const struct as_emit_inference *inference, struct as_emit_set *set,
                                 struct as_diag *diag);

#endif
