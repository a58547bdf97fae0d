/* The generated Verilog in Verilator.  Its registers hold random bits before the reset: what a
 * run gives depends on none of them. */
#include "sim/cosim/inference.h"
#include "sim/cosim/rtl_build.h"
#include "sim/engines/engine.h"

static enum as_status open_units(struct as_session *session, struct as_arena *arena,
                                 const struct as_run_setup *setup, bool traced,
                                 struct as_diag *diag)
{
    const struct as_rtl_library *library;

    AS_TRY(as_rtl_open(arena, setup->cfg, traced, &library, diag));
    as_dut_rtl(&session->dut[session->dut_count++], arena, library, setup->stall_seed + 1);
    return AS_OK;
}

static enum as_status run_rtl(struct as_arena *arena, const struct as_run_setup *setup,
                              struct as_run *run, struct as_diag *diag)
{
    run->verilator = as_rtl_verilator_version(arena);
    return as_cosim_run(arena, setup, open_units, run, diag);
}

const struct as_engine as_engine_rtl = {
    .name = "rtl",
    .help = "the generated Verilog in Verilator, from registers of random bits",
    .needs_accelerator = true,
    .honours = AS_OPTION_DATA | AS_OPTION_DATAFLOW | AS_OPTION_STALL | AS_OPTION_TRACE |
               AS_OPTION_WAVE | AS_OPTION_FST | AS_OPTION_PROGRAM,
    .check = as_rtl_check,
    .run = run_rtl,
};
