/* The cycle model behind TLM-2.0, in the SystemC platform. */
#include "sim/engines/engine.h"
#include "sim/systemc/platform_run.h"

static enum as_status run_systemc(struct as_arena *arena, const struct as_run_setup *setup,
                                  struct as_run *run, struct as_diag *diag)
{
    return as_platform_run(arena, setup, "model", run, diag);
}

const struct as_engine as_engine_systemc = {
    .name = "systemc",
    .help = "the cycle model behind TLM-2.0, in the SystemC platform of `make systemc`",
    .needs_accelerator = true,
    .honours = AS_OPTION_DATA | AS_OPTION_DATAFLOW | AS_OPTION_WAVE | AS_OPTION_PROGRAM,
    .check = as_platform_check,
    .run = run_systemc,
};
