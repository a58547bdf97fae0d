#include <stdio.h>

#include "sim/cosim/session_parts.h"

#define RESET_CYCLES 2
#define BUSY_FACTOR  64 /* a run this many times its estimate hangs */
#define BUSY_LEAST   1000000

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* What the units show in this cycle goes to the waveform. */
static void record(struct as_session *s, const struct as_pins_in *in, const struct as_pins_out *out)
{
    const void *probes[AS_WAVE_UNITS_MAX];

    if (!as_wave_wants(s->wave, s->cycle))
        return;
    for (int i = 0; i < s->dut_count; i++)
        probes[i] = s->dut[i].probes(s->dut[i].self);
    as_wave_cycle(s->wave, s->cycle, in, out, probes);
}

/* What the first unit shows. */
static struct as_pins_out run_cycle(struct as_session *s, const struct as_pins_in *in)
{
    struct as_pins_out out[2];

    for (int i = 0; i < s->dut_count; i++)
        s->dut[i].eval(s->dut[i].self, in, &out[i]);
    if (!in->rst) /* before its reset a unit may show anything */
        as_session_account(s, &out[0]);
    if (s->dut_count == 2 && s->state == AS_SESSION_GOOD)
        as_session_compare(s, out);
    if (s->wave)
        record(s, in, out);
    if (s->timeline && !in->rst)
        as_timeline_cycle(s->timeline, s->cycle, &out[0], s->dut[0].probes(s->dut[0].self));
    for (int i = 0; i < s->dut_count; i++)
        s->dut[i].tick(s->dut[i].self);
    s->cycle++;
    return out[0];
}

struct as_pins_out as_session_cycle(struct as_session *s, struct as_pins_in *in)
{
    const int percent = s->setup->stall_percent;

    if (percent > 0)
        in->stall = next_random(&s->stall_random) % 100 < (uint64_t)percent;
    return run_cycle(s, in);
}

bool as_session_is_over(const struct as_session *s)
{
    return s->state == AS_SESSION_HANGS || (s->cycle_limit != 0 && s->cycle >= s->cycle_limit) ||
           (s->state == AS_SESSION_DIFFERS && s->cycle > s->differs_at + s->cycles_after);
}

void as_session_open(struct as_session *s, struct as_arena *arena, const struct as_run_setup *setup)
{
    const struct as_pins_in reset = {.rst = 1};
    uint64_t estimate = 0;

    s->arena = arena;
    s->setup = setup;
    s->stall_random = setup->stall_seed;
    s->layers = AS_NEW(arena, struct as_layer_run, setup->program->layer_count);
    for (int i = 0; i < setup->program->layer_count; i++)
        estimate += as_program_estimate(setup->program, i);
    s->busy_limit = (estimate * BUSY_FACTOR + BUSY_LEAST) * 100 /
                    (uint64_t)(100 - (setup->stall_percent < 99 ? setup->stall_percent : 99));
    if (s->dut_count == 2) {
        s->probes = as_probe_list(arena, &setup->cfg->hw);
        s->probe_count = as_probe_count(&setup->cfg->hw);
    }
    for (int i = 0; i < RESET_CYCLES; i++)
        run_cycle(s, &reset);
}

void as_session_close(struct as_session *s)
{
    for (int i = 0; i < s->dut_count; i++)
        s->dut[i].close(s->dut[i].self);
}
