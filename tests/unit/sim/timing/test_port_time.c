/* Laws of the timing engine as a whole, with numbers computed here from docs/blocks.md. */
#include <criterion/criterion.h>

#include "sim/timing/timing.h"
#include "tests/unit/helpers/config_make.h"

#define END                                                                                        \
    {                                                                                              \
        .step.kind = AS_STEP_END                                                                   \
    }
#define WORK .step.kind = AS_STEP_WORK

static struct as_timing_load load(int half)
{
    return (struct as_timing_load){WORK, .linear = true, .fills = true, .half = (uint8_t)half,
                                   .beats = 4};
}

static struct as_timing_result run(const struct as_hw *hw, struct as_timing_load *loads,
                                   struct as_timing_job *jobs, struct as_timing_store *stores)
{
    const struct as_timing_program program = {
        .hw = hw, .loads = loads, .jobs = jobs, .stores = stores};
    struct as_timing_result result;

    as_timing_run(&program, NULL, 0, &result);
    return result;
}

Test(port_time, streams_that_are_END_take_their_fetches_and_are_idle)
{
    struct as_config cfg = test_config_make(4, 4);
    struct as_timing_load loads[] = {END};
    struct as_timing_job jobs[] = {END};
    struct as_timing_store stores[] = {END};
    struct as_timing_result result = run(&cfg.hw, loads, jobs, stores);

    cr_assert(result.ends);
    /* 8 + 8 + 4 words from cycle 1 on, the last answer LATENCY after the last grant, DECODE */
    cr_assert_eq(result.total.events[AS_PERF_REQUESTS], 20);
    cr_assert_eq(result.total.events[AS_PERF_CYCLES], 20 + cfg.hw.mem_latency + 1);
    cr_assert_eq(result.bytes, 80);
}

Test(port_time, two_engines_that_wait_for_each_other_are_named_with_their_cycles)
{
    struct as_config cfg = test_config_make(4, 4);
    struct as_timing_load loads[] = {load(0), load(0), END}; /* the ifmap twice, no weights */
    struct as_timing_job jobs[] = {{WORK, .beats = 4, .tile = 4, .first = 4, .period = 4}, END};
    struct as_timing_store stores[] = {END};
    struct as_arena *arena = as_arena_new();

    cr_assert_eq(cfg.hw.mem_latency, 1);
    struct as_timing_result result = run(&cfg.hw, loads, jobs, stores);
    cr_assert_not(result.ends);
    cr_assert_str_eq(as_timing_explain(arena, &result),
                     "load waits at descriptor 1 from cycle 36 on until compute empties half 0 of "
                     "the ifmap buffer; compute waits at descriptor 0 from cycle 18 on until load "
                     "fills half 0 of the weight buffer");
    as_arena_free(arena);
}

Test(port_time, an_engine_that_waits_for_one_which_has_ended_is_named)
{
    struct as_config cfg = test_config_make(4, 4);
    struct as_timing_load loads[] = {{WORK, .linear = true, .wait_mem = true, .beats = 1}, END};
    struct as_timing_job jobs[] = {END};
    struct as_timing_store stores[] = {END};
    struct as_arena *arena = as_arena_new();
    struct as_timing_result result = run(&cfg.hw, loads, jobs, stores);

    cr_assert_not(result.ends);
    cr_assert_str_eq(as_timing_explain(arena, &result),
                     "load waits at descriptor 0 from cycle 23 on until store, which has ended, "
                     "gives a memory token");
    as_arena_free(arena);
}

Test(port_time, ahead_counts_from_the_token_of_the_layer_before)
{
    struct as_config cfg = test_config_make(4, 4);
    struct as_timing_load loads[] = {{WORK, .linear = true, .wait_mem = true, .beats = 10}, END};
    struct as_timing_job jobs[] = {END};
    struct as_timing_store stores[] = {END};
    const struct as_timing_program program = {
        .hw = &cfg.hw, .loads = loads, .jobs = jobs, .stores = stores};
    struct as_layer_time time;

    /* in WAIT from 23, seen in 25, ten beats from 26 to 35, DRAIN two, END of 38 to 41, idle in 44
     */
    cr_assert(as_timing_run_layer(&program, true, 19, &time));
    cr_assert_eq(time.cycles, 19);
    cr_assert_not(as_timing_run_layer(&program, true, 18, &time));
}
