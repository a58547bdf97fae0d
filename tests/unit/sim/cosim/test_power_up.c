/* Laws of what programs and a kind start make equal.  Power-up: whatever registers hold before the
 * reset, results, counters and cycles are the same, in the Verilog and in the model.  Programs: at
 * the end of the memory as at its start; a load stream that outlasts the others keeps the
 * accelerator busy. Needs verilator; from the root of the repository. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/run_inputs.h"
#include "dataflows/build.h"
#include "models/import/importers.h"
#include "sim/cosim/inference.h"
#include "sim/cosim/rtl_build.h"

#define MODEL "conv:H=4,W=4,C=3,K=5,R=3,S=3"
#define SEEDS 8

static struct as_arena *arena;
static struct as_diag diag;
static struct as_run run;
static struct as_run_setup setup;
static uint64_t seed; /* of the power-up; 0: zeros */

static void load(const char *accel, const char *override)
{
    static const int8_t *inputs[2];
    static int8_t **tensors[2];
    struct as_config *cfg;
    struct as_network *net;
    struct as_program *program;
    const char *label;

    arena = as_arena_new();
    as_diag_init(&diag);
    cr_assert_eq(as_config_load(arena, accel, &override, override ? 1 : 0, &cfg, &diag), AS_OK,
                 "%s", diag.text);
    cr_assert_eq(as_model_open(arena, MODEL, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), AS_OK, "%s", diag.text);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(as_default_input(arena, MODEL, net, &inputs[i], &label, &diag), AS_OK);
        cr_assert_eq(as_reference_tensors(arena, net, inputs[i], NULL, &tensors[i], &diag), AS_OK);
    }
    setup = (struct as_run_setup){.cfg = cfg,
                                  .net = net,
                                  .program = program,
                                  .input_count = 2,
                                  .inputs = inputs,
                                  .expected = (int8_t *const *const *)tensors,
                                  .command = "this command"};
}

static void add_model(struct as_session *session, struct as_arena *memory)
{
    struct as_dut *dut = &session->dut[session->dut_count++];

    as_dut_model(dut, memory, setup.cfg);
    if (seed != 0)
        as_dut_scramble(dut, seed);
}

static enum as_status add_rtl(struct as_session *session, struct as_arena *memory, bool traced,
                              struct as_diag *d)
{
    const struct as_rtl_library *library;

    AS_TRY(as_rtl_open(memory, setup.cfg, traced, &library, d));
    as_dut_rtl(&session->dut[session->dut_count++], memory, library, seed);
    return AS_OK;
}

static enum as_status open_model(struct as_session *session, struct as_arena *memory,
                                 const struct as_run_setup *of, bool traced, struct as_diag *d)
{
    (void)of;
    (void)traced;
    (void)d;
    add_model(session, memory);
    return AS_OK;
}

static enum as_status open_rtl(struct as_session *session, struct as_arena *memory,
                               const struct as_run_setup *of, bool traced, struct as_diag *d)
{
    (void)of;
    return add_rtl(session, memory, traced, d);
}

static enum as_status open_both(struct as_session *session, struct as_arena *memory,
                                const struct as_run_setup *of, bool traced, struct as_diag *d)
{
    (void)of;
    add_model(session, memory);
    return add_rtl(session, memory, traced, d);
}

/* Cycles of a run in which every layer is right and every counter is what was seen. */
static uint64_t cycles_of(as_open_units *open)
{
    run = (struct as_run){0};
    cr_assert_eq(as_cosim_run(arena, &setup, open, &run, &diag), AS_OK, "power-up %d: %s",
                 (int)seed, diag.text);
    cr_assert_eq(run.layers_compared, 2);
    return run.cycles;
}

static void same_from_every_power_up(const char *override)
{
    load("icebreaker", override);
    seed = 0;
    uint64_t cycles = cycles_of(open_both);
    for (seed = 1; seed <= SEEDS; seed++) {
        cr_assert_eq(cycles_of(open_model), cycles, "model, power-up %d", (int)seed);
        cr_assert_eq(cycles_of(open_rtl), cycles, "RTL, power-up %d", (int)seed);
    }
    as_arena_free(arena);
}

TestSuite(power_up, .timeout = 600);

Test(power_up, no_register_without_a_reset_matters)
{
    same_from_every_power_up(NULL);
}

Test(power_up, no_register_of_a_psum_stationary_array_matters)
{
    same_from_every_power_up("dataflow=systolic-os");
}

/* Where the END of the load stream stands, from its start. */
static uint32_t end_of_loads(const struct as_program *program)
{
    const uint32_t *words = (const uint32_t *)(program->image + program->stream[AS_STREAM_LOAD]);
    size_t at = 0, words_left = (program->image_bytes - program->stream[AS_STREAM_LOAD]) / 4;

    for (struct as_load_desc desc = {0};;) {
        int n = as_load_decode(words + at, words_left - at, &desc);
        cr_assert_gt(n, 0);
        if (desc.end)
            return (uint32_t)at * 4;
        at += (size_t)n;
    }
}

/* A copy of the image for each stream, at the end of the memory, begins it there. */
static struct as_program *move_to_the_end(void)
{
    struct as_program *moved = AS_NEW(arena, struct as_program, 1);
    uint32_t bytes = (uint32_t)setup.cfg->hw.mem_bytes;
    uint32_t room = (setup.program->image_bytes + 63) / 64 * 64;

    *moved = *setup.program;
    cr_assert_leq(moved->used_bytes + AS_STREAM_COUNT * room, bytes);
    moved->image = AS_NEW(arena, uint8_t, bytes);
    moved->image_bytes = bytes;
    memcpy(moved->image, setup.program->image, setup.program->image_bytes);
    for (uint32_t i = 0; i < AS_STREAM_COUNT; i++) {
        uint32_t at = bytes - (i + 1) * room;
        memcpy(moved->image + at, setup.program->image, setup.program->image_bytes);
        moved->stream[i] += at;
    }
    return moved;
}

TestSuite(streams, .timeout = 600);

Test(streams, a_program_runs_at_the_end_of_the_memory_as_at_its_start)
{
    load("icebreaker", NULL);
    setup.program = move_to_the_end();
    cycles_of(open_both);
    as_arena_free(arena);
}

Test(streams, the_accelerator_is_busy_until_the_last_stream_ends)
{
    const int again = 60;
    uint32_t words[AS_DESC_WORDS_MAX];

    load("icebreaker", NULL);
    uint32_t end = end_of_loads(setup.program);
    struct as_program *longer = move_to_the_end();
    uint8_t *at = longer->image + longer->stream[AS_STREAM_LOAD] + end;
    const struct as_loop loop = {.count = again, .target = (uint32_t)(at - longer->image)};
    int n = as_loop_encode(AS_STREAM_LOAD, &loop, setup.cfg->hw.count_bits, words);
    memcpy(at + 4 * n, at, 4 * AS_LOAD_LINEAR_WORDS);
    memcpy(at, words, 4 * (size_t)n);
    setup.program = move_to_the_end();
    cycles_of(open_both);
    uint64_t before = run.inferences[1].total.events[AS_PERF_CYCLES];
    setup.program = longer;
    cycles_of(open_both);
    cr_assert_geq(run.inferences[1].total.events[AS_PERF_CYCLES], before + 2 * (uint64_t)again);
    as_arena_free(arena);
}
