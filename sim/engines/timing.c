/* The timing engine: the cycle model's counters, without its cycles and without data. */
#include <time.h>

#include "sim/engines/engine.h"
#include "sim/timing/timing.h"

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum as_status run_timing(struct as_arena *arena, const struct as_run_setup *setup,
                                 struct as_run *run, struct as_diag *diag)
{
    const struct as_program *program = setup->program;
    struct as_inference *inference = AS_NEW(arena, struct as_inference, 1);
    struct as_timing_program forms;
    struct as_timing_result result;
    double start = cpu_seconds();

    inference->layers = AS_NEW(arena, struct as_layer_run, program->layer_count);
    as_timing_decode(arena, &setup->cfg->hw, program->image, program->image_bytes, program->stream,
                     &forms);
    as_timing_run(&forms, inference->layers, program->layer_count, &result);
    run->seconds = cpu_seconds() - start;
    if (!result.ends)
        return as_fail(diag, AS_ERR_MISMATCH, "the accelerator does not finish: %s\n  again     %s",
                       as_timing_explain(arena, &result), setup->command);
    inference->total = result.total;
    run->inferences = inference;
    run->inference_count = 1;
    run->cycles = result.total.events[AS_PERF_CYCLES];
    return AS_OK;
}

const struct as_engine as_engine_timing = {
    .name = "timing",
    .help = "the cycles of the model, exact, from closed forms; carries no data",
    .needs_accelerator = true,
    .honours = AS_OPTION_DATAFLOW | AS_OPTION_PROGRAM,
    .run = run_timing,
};
