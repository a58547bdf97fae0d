/* The cycle model. */
#include "sim/cosim/inference.h"
#include "sim/engines/engine.h"

static enum as_status open_units(struct as_session *session, struct as_arena *arena,
                                 const struct as_run_setup *setup, bool traced,
                                 struct as_diag *diag)
{
    (void)traced;
    (void)diag;
    as_dut_model(&session->dut[session->dut_count++], arena, setup->cfg);
    return AS_OK;
}

static enum as_status run_model(struct as_arena *arena, const struct as_run_setup *setup,
                                struct as_run *run, struct as_diag *diag)
{
    return as_cosim_run(arena, setup, open_units, run, diag);
}

const struct as_engine as_engine_model = {
    .name = "model",
    .help = "the cycle model (default)",
    .needs_accelerator = true,
    .honours = AS_OPTION_DATA | AS_OPTION_DATAFLOW | AS_OPTION_STALL | AS_OPTION_TRACE |
               AS_OPTION_WAVE | AS_OPTION_PROGRAM,
    .run = run_model,
};
