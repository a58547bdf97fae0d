/* Laws of a run on a unit that misbehaves: whatever it shows at its pins, the run ends with a
 * disagreement that says what was seen and where, and never with a crash.  The unit is the cycle
 * model with pins that a test turns. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/run_inputs.h"
#include "dataflows/build.h"
#include "models/import/importers.h"
#include "sim/cosim/inference.h"

#define MODEL "conv:H=4,W=4,C=3,K=5,R=3,S=3"

static struct as_arena *arena;
static struct as_diag diag;
static struct as_run run;

/* Changes what the unit shows in a cycle. */
typedef void meddle(uint64_t cycle, struct as_pins_out *out);

static struct {
    struct as_dut model;
    meddle *meddle;
    uint64_t cycle;
    bool was_busy;
    uint64_t busy_since, inferences; /* what the model does */
} fake;

static void fake_eval(void *self, const struct as_pins_in *in, struct as_pins_out *out)
{
    (void)self;
    fake.model.eval(fake.model.self, in, out);
    if (out->busy && !fake.was_busy) {
        fake.busy_since = fake.cycle;
        fake.inferences++;
    }
    fake.was_busy = out->busy;
    if (!in->rst)
        fake.meddle(fake.cycle, out);
}

static void fake_tick(void *self)
{
    (void)self;
    fake.model.tick(fake.model.self);
    fake.cycle++;
}

static const uint8_t *fake_memory(const void *self)
{
    (void)self;
    return fake.model.memory(fake.model.self);
}

static void fake_close(void *self)
{
    (void)self;
    fake.model.close(fake.model.self);
}

/* As little as a unit may supply: no probes, no place, no waveform. */
static enum as_status open_fake(struct as_session *session, struct as_arena *memory,
                                const struct as_run_setup *setup, bool traced, struct as_diag *d)
{
    (void)traced;
    (void)d;
    fake.cycle = fake.inferences = 0;
    fake.was_busy = false;
    as_dut_model(&fake.model, memory, setup->cfg);
    session->dut[session->dut_count++] = (struct as_dut){.name = "fake",
                                                         .eval = fake_eval,
                                                         .tick = fake_tick,
                                                         .memory = fake_memory,
                                                         .close = fake_close};
    return AS_OK;
}

/* Two inferences of MODEL on the fake unit. */
static enum as_status run_with(meddle *with)
{
    struct as_config *cfg;
    struct as_network *net;
    struct as_program *program;
    const int8_t *inputs[2];
    int8_t **tensors[2];
    const char *label;

    as_diag_init(&diag);
    cr_assert_eq(as_config_load(arena, "icebreaker", NULL, 0, &cfg, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_model_open(arena, MODEL, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), AS_OK, "%s", diag.text);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(as_default_input(arena, MODEL, net, &inputs[i], &label, &diag), AS_OK);
        cr_assert_eq(as_reference_tensors(arena, net, inputs[i], NULL, &tensors[i], &diag), AS_OK);
    }
    const struct as_run_setup setup = {.cfg = cfg,
                                       .net = net,
                                       .program = program,
                                       .input_count = 2,
                                       .inputs = inputs,
                                       .expected = (int8_t *const *const *)tensors,
                                       .command = "this command"};
    fake.meddle = with;
    run = (struct as_run){0};
    return as_cosim_run(arena, &setup, open_fake, &run, &diag);
}

static void expect_fault(meddle *with, const char *says)
{
    cr_assert_eq(run_with(with), AS_ERR_MISMATCH, "%s", says);
    cr_assert_not_null(strstr(diag.text, says), "no \"%s\" in\n%s", says, diag.text);
    cr_assert_not_null(strstr(diag.text, "fake does what no accelerator does in cycle "), "%s",
                       diag.text);
    cr_assert_not_null(strstr(diag.text, "\n  place     "), "%s", diag.text);
    cr_assert_not_null(strstr(diag.text, "\n  again     this command"), "%s", diag.text);
    cr_assert_eq(run.disagreements, 1);
}

static void setup_arena(void)
{
    arena = as_arena_new();
}

static void free_arena(void)
{
    as_arena_free(arena);
}

TestSuite(misbehaviour, .init = setup_arena, .fini = free_arena, .timeout = 60);

static void nothing(uint64_t cycle, struct as_pins_out *out)
{
    (void)cycle;
    (void)out;
}

Test(misbehaviour, a_unit_that_behaves_agrees)
{
    cr_assert_eq(run_with(nothing), AS_OK, "%s", diag.text);
    cr_assert_eq(run.inference_count, 2);
    cr_assert_eq(run.layers_compared, 2);
    cr_assert_eq(run.disagreements, 0);
}

static void done_at_once(uint64_t cycle, struct as_pins_out *out)
{
    out->layer_done = cycle == 5;
}

static void done_and_busy_at_once(uint64_t cycle, struct as_pins_out *out)
{
    if (cycle == 5)
        out->layer_done = out->busy = 1;
    if (cycle == 6)
        out->layer_done = 1;
}

static void done_between(uint64_t cycle, struct as_pins_out *out)
{
    (void)cycle;
    if (fake.inferences == 1 && !out->busy)
        out->layer_done = 1;
}

static void done_too_often(uint64_t cycle, struct as_pins_out *out)
{
    (void)cycle;
    if (out->busy)
        out->layer_done = 1;
}

static void done_never(uint64_t cycle, struct as_pins_out *out)
{
    (void)cycle;
    out->layer_done = 0;
}

static void busy_again(uint64_t cycle, struct as_pins_out *out)
{
    if (fake.inferences == 2 && !out->busy && cycle % 2)
        out->busy = 1;
}

static void unknown_events(uint64_t cycle, struct as_pins_out *out)
{
    (void)cycle;
    if (out->busy)
        out->events |= 1u << 31;
}

Test(misbehaviour, pins_that_no_accelerator_shows_are_told)
{
    expect_fault(done_at_once, "layer_done_o is 1 before the first start");
    expect_fault(done_between, "layer_done_o is 1 between two inferences");
    expect_fault(done_too_often, "layer_done_o is 1 for layer 2, the program has 1");
    expect_fault(done_never, "busy_o falls after 0 of 1 layer_done_o");
    expect_fault(busy_again, "busy_o rises for inference 3, the host starts 2");
    expect_fault(unknown_events, "events_o is 0x80000");
    expect_fault(done_and_busy_at_once, "layer_done_o is 1 between two inferences");
}

static uint64_t noise;

static void babble(uint64_t cycle, struct as_pins_out *out)
{
    uint64_t z = (noise + cycle) * UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z ^= z >> 27;
    *out = (struct as_pins_out){.rx_ready = z & 1,
                                .tx_valid = z >> 1 & 1,
                                .tx_data = (uint8_t)(z >> 8),
                                .busy = (z >> 16) % 64 == 0,
                                .layer_done = (z >> 24) % 64 == 0,
                                .events = (uint32_t)(z >> 32)};
}

Test(misbehaviour, noise_at_every_pin_is_a_disagreement)
{
    for (noise = 1; noise < 2000; noise += 100)
        cr_assert_eq(run_with(babble), AS_ERR_MISMATCH, "seed %d: %s", (int)noise, diag.text);
}

static void silent(uint64_t cycle, struct as_pins_out *out)
{
    (void)cycle;
    memset(out, 0, sizeof *out);
}

Test(misbehaviour, silence_is_refused)
{
    cr_assert_neq(run_with(silent), AS_OK);
    cr_assert_not_null(strstr(diag.text, "answer"), "%s", diag.text);
}
