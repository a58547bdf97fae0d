/* A job's closed forms are what the cycle model does with it alone. */
#include "tests/unit/sim/timing/forms_bench.h"

static struct as_compute_desc random_job(const struct as_hw *hw)
{
    struct as_compute_desc d = {.lookup = in_range(0, 3) == 0,
                                .push_a = true,
                                .asel = in_range(0, 1),
                                .isel = in_range(0, 1),
                                .wsel = in_range(0, 1),
                                .first = true,
                                .hold = in_range(0, 1) != 0,
                                .nq = in_range(0, 5),
                                .np = in_range(0, 3),
                                .nk = in_range(0, 1),
                                .nc = in_range(0, 2),
                                .ns = in_range(0, 2),
                                .nr = in_range(0, 1)};

    if (d.lookup) {
        d.nl = in_range(0, hw->load_lanes - 1);
        d.hold = false;
        d.mul = hw->products != 0 && in_range(0, 1) != 0;
    } else if (hw->output_kind) {
        d.hold = false;
        d.da = in_range(1, 4);
    } else if (hw->line && in_range(0, 1) != 0) {
        d.line = true;
        d.dw = in_range(0, 1) != 0;
        d.nq = in_range(1, 5);
        d.np = in_range(hw->unroll[AS_LOOP_R] - 1, hw->unroll[AS_LOOP_R] + 2);
        d.vq = d.nq;
    }
    return d;
}

/* What the model does, against every closed form. */
static void check_job(const struct as_hw *hw, const struct as_compute_desc *desc)
{
    struct as_timing_job form = as_timing_job_of(hw, desc);
    uint32_t words[AS_COMPUTE_WORDS];
    int64_t run = 0, beats = 0, last = -1, full = -1, cycle = -1; /* from the first in RUN */
    struct bench b;

    bench_open(&b, hw);
    bench_put(&b, AS_STREAM_COMPUTE, words, as_compute_encode(desc, words));
    for (int i = 0; i < BENCH_CYCLES && (i < 2 || b.s->wires.busy || full < 0); i++) {
        bench_eval(&b, i == 0, true, true, false);
        bool runs = b.s->core.compute.state_q == AS_COMPUTE_RUN;
        uint32_t events = b.s->wires.perf_in.events;
        uint32_t beat = 1u << (desc->lookup ? AS_PERF_LOOKUP_BEATS : AS_PERF_MAC_BEATS);
        if (runs && cycle < 0)
            cycle = 0;
        if (cycle >= 0)
            cr_assert_eq(as_timing_beats_before(&form, cycle), beats, "cycle %d", (int)cycle);
        run += runs;
        beats += (events & beat) != 0;
        last = (events & beat) != 0 ? cycle : last;
        if (full < 0 && b.s->core.tokens.acc_full_q >> desc->asel & 1)
            full = cycle;
        as_system_tick(b.s);
        cycle += cycle >= 0;
    }
    cr_expect_eq(form.beats, beats, "beats");
    cr_expect_eq(form.cycles, run, "cycles %d, the model's %d", (int)form.cycles, (int)run);
    cr_expect_eq(form.last, last, "last beat %d, the model's %d", (int)form.last, (int)last);
    cr_expect_eq(form.full, full, "full from %d, the model's from %d", (int)form.full, (int)full);
    bench_close(&b);
}

Test(compute_time, a_job_alone_takes_the_cycles_of_its_closed_forms)
{
    static struct as_config configs[2 * BENCH_PRESETS];
    int count = bench_configs(configs);

    srand(1);
    for (int i = 0; i < count; i++)
        for (int n = 0; n < 60; n++) {
            struct as_compute_desc desc = random_job(&configs[i].hw);
            check_job(&configs[i].hw, &desc);
        }
}

/* A load of one beat, the first word of a half. */
static int put_load(uint32_t *words, bool to_weights)
{
    const struct as_load_desc desc = {.linear = true, .to_weights = to_weights, .src = 0x800};

    return as_load_encode(&desc, words);
}

/* Two jobs, one behind the other, on both; every counter is the same. */
static void check_pair(const struct as_hw *hw, const struct as_compute_desc pair[2])
{
    uint32_t words[4 * AS_DESC_WORDS_MAX];
    struct as_timing_program forms;
    struct as_timing_result result;
    struct as_layer_run model = {0};
    struct bench b;

    bench_open(&b, hw);
    int count = put_load(words, false);
    bench_put(&b, AS_STREAM_LOAD, words, count + put_load(words + count, true));
    count = as_compute_encode(&pair[0], words);
    bench_put(&b, AS_STREAM_COMPUTE, words, count + as_compute_encode(&pair[1], words + count));
    const uint32_t stream[] = {b.in.pc_load, b.in.pc_compute, b.in.pc_store};
    as_timing_decode(b.arena, hw, b.s->memory.bytes, (uint32_t)hw->mem_bytes, stream, &forms);
    as_timing_run(&forms, NULL, 0, &result);
    for (int i = 0; i < 2 || b.s->wires.busy; i++) {
        bench_eval(&b, i == 0, false, false, false);
        for (uint32_t e = b.s->wires.busy ? b.s->wires.perf_in.events : 0; e != 0; e &= e - 1)
            model.events[__builtin_ctz(e)]++;
        as_system_tick(b.s);
    }
    cr_expect(result.ends);
    for (int i = 0; i < AS_PERF_USED; i++)
        cr_expect_eq(model.events[i], result.total.events[i],
                     "counter %d is %d in the cycle model, %d here", i, (int)model.events[i],
                     (int)result.total.events[i]);
    bench_close(&b);
}

Test(compute_time, lookups_and_other_modes_wait_until_the_array_is_drained)
{
    static struct as_config configs[2 * BENCH_PRESETS];
    int count = bench_configs(configs);

    srand(4);
    for (int i = 0; i < count; i++)
        for (int n = 0; n < 30; n++) {
            struct as_compute_desc pair[2] = {random_job(&configs[i].hw),
                                              random_job(&configs[i].hw)};
            for (int k = 0; k < 2; k++)
                pair[k].isel = pair[k].wsel = pair[k].push_a = 0;
            check_pair(&configs[i].hw, pair);
        }
}
