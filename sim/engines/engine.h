/* An engine: one way to run a network.  One file an engine; engines.def lists them. */
#ifndef AS_SIM_ENGINES_ENGINE_H
#define AS_SIM_ENGINES_ENGINE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "sim/run/run.h"

/* Options of `run` that an engine may be unable to honour.  One that is given and not honoured is
 * refused before anything runs. */
enum as_engine_option {
    AS_OPTION_DATA = 1 << 0,     /* --input, --output, --golden: it carries the tensors' values */
    AS_OPTION_DATAFLOW = 1 << 1, /* --dataflow */
    AS_OPTION_STALL = 1 << 2,    /* --stall-percent, --stall-seed */
    AS_OPTION_WAVE = 1 << 3,     /* --wave FILE.vcd, --wave-window */
    AS_OPTION_FST = 1 << 4,      /* --wave FILE.fst */
    AS_OPTION_TRACE = 1 << 5,    /* --trace */
    AS_OPTION_PROGRAM = 1 << 6   /* --program, --save-program: it executes one */
};

struct as_engine {
    const char *name;
    const char *help;       /* a line of `run --help` */
    bool needs_accelerator; /* the setup has cfg and program; else an accelerator is only checked */
    unsigned honours;       /* of enum as_engine_option */

    /* Whether this machine has what the engine needs: asked before any work.  NULL: nothing. */
    enum as_status (*check)(struct as_arena *arena, struct as_diag *diag);

    /* Runs setup->input_count inferences, or more of the same; fills `run` in as far as it goes.
     * AS_ERR_MISMATCH when it finds the accelerator wrong, with a message that says where.  Outputs
     * are the caller's to judge. */
    enum as_status (*run)(struct as_arena *arena, const struct as_run_setup *setup,
                          struct as_run *run, struct as_diag *diag);
};

/* Every engine, in the order of engines.def. */
const struct as_engine *const *as_engines(int *count);

/* NULL: there is none of that name. */
const struct as_engine *as_engine_find(const char *name);

#endif
