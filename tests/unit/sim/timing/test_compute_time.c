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
