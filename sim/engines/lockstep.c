/* Cycle model and generated Verilog, driven alike and compared in every cycle. */
#include "sim/cosim/inference.h"
#include "sim/cosim/rtl_build.h"
#include "sim/engines/engine.h"

static enum as_status open_units(struct as_session *session, struct as_arena *arena,
                                 const struct as_run_setup *setup, bool traced,
                                 struct as_diag *diag)
{
    const struct as_rtl_library *library;

    as_dut_model(&session->dut[session->dut_count++], arena, setup->cfg);
    AS_TRY(as_rtl_open(arena, setup->cfg, traced, &library, diag));
    as_dut_rtl(&session->dut[session->dut_count++], arena, library, 0);
    return AS_OK;
}

static enum as_status run_lockstep(struct as_arena *arena, const struct as_run_setup *setup,
                                   struct as_run *run, struct as_diag *diag)
{
    struct as_run_setup twice = *setup;

    if (setup->input_count == 1) { /* what the first inference leaves behind matters too */
        const int8_t **inputs = AS_NEW(arena, const int8_t *, 2);
        int8_t *const **expected = AS_NEW(arena, int8_t *const *, 2);
        inputs[0] = inputs[1] = setup->inputs[0];
        expected[0] = expected[1] = setup->expected[0];
        twice.input_count = 2;
        twice.reset_every = 1; /* it expects what the first gave */
        twice.inputs = inputs;
        twice.expected = expected;
    }
    run->verilator = as_rtl_verilator_version(arena);
    return as_cosim_run(arena, &twice, open_units, run, diag);
}

const struct as_engine as_engine_lockstep = {
    .name = "lockstep",
    .help = "model and Verilog together, every signal compared in every cycle, over at least two "
            "inferences",
    .needs_accelerator = true,
    .honours = AS_OPTION_DATA | AS_OPTION_DATAFLOW | AS_OPTION_STALL | AS_OPTION_TRACE |
               AS_OPTION_WAVE | AS_OPTION_FST | AS_OPTION_PROGRAM,
    .check = as_rtl_check,
    .run = run_lockstep,
};
