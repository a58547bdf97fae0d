/* The generated Verilog behind TLM-2.0, in the SystemC platform. */
#include "sim/cosim/rtl_build.h"
#include "sim/engines/engine.h"
#include "sim/systemc/platform_run.h"

static enum as_status check(struct as_arena *arena, struct as_diag *diag)
{
    AS_TRY(as_rtl_check(arena, diag));
    return as_platform_check(arena, diag);
}

static enum as_status run_systemc_rtl(struct as_arena *arena, const struct as_run_setup *setup,
                                      struct as_run *run, struct as_diag *diag)
{
    const struct as_rtl_core_library *library;

    /* compiled here, where progress is shown; the platform finds it in the cache */
    AS_TRY(as_rtl_open_core(arena, setup->cfg, &library, diag));
    run->verilator = as_rtl_verilator_version(arena);
    return as_platform_run(arena, setup, "rtl", run, diag);
}

const struct as_engine as_engine_systemc_rtl = {
    .name = "systemc-rtl",
    .help = "the generated Verilog behind TLM-2.0, in the same platform",
    .needs_accelerator = true,
    .honours = AS_OPTION_DATA | AS_OPTION_DATAFLOW | AS_OPTION_WAVE | AS_OPTION_PROGRAM,
    .check = check,
    .run = run_systemc_rtl,
};
