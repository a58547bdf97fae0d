/* A load's closed forms are what the cycle model does with it alone. */
#include "tests/unit/sim/timing/forms_bench.h"

static struct as_load_desc random_load(const struct as_hw *hw)
{
    return (struct as_load_desc){.linear = in_range(0, 1) != 0,
                                 .to_weights = in_range(0, 1) != 0,
                                 .half = in_range(0, 1),
                                 .partial = hw->partial_loads && in_range(0, 1) != 0,
                                 .src = 0x800,
                                 .nc = in_range(0, 3),
                                 .ns = in_range(0, 2),
                                 .nr = in_range(0, 2),
                                 .nq = in_range(0, 2),
                                 .np = in_range(0, 2),
                                 .height = 8,
                                 .width = 8};
}

Test(load_time, a_load_alone_asks_for_its_beats_and_fills_its_half)
{
    static struct as_config configs[2 * BENCH_PRESETS];
    int count = bench_configs(configs);
    struct bench b;

    srand(2);
    for (int i = 0; i < count; i++) {
        for (int n = 0; n < 20; n++) {
            const struct as_hw *hw = &configs[i].hw;
            struct as_load_desc desc = random_load(hw);
            if (desc.linear) /* the words have no place for these */
                desc.nr = desc.nq = desc.np = desc.height = desc.width = 0;
            struct as_timing_load form = as_timing_load_of(hw, &desc);
            uint32_t words[AS_LOAD_WORDS];
            int64_t beats = 0;
            bool filled = false;
            bench_open(&b, hw);
            bench_put(&b, AS_STREAM_LOAD, words, as_load_encode(&desc, words));
            for (int cycle = 0; cycle < 2 || b.s->wires.busy; cycle++) {
                bench_eval(&b, cycle == 0, false, false, false);
                beats += b.s->core.load.state_q == AS_LOAD_RUN &&
                         (b.s->wires.perf_in.events >> AS_PERF_REQUESTS & 1) != 0;
                uint8_t full =
                    desc.to_weights ? b.s->core.tokens.wbuf_full_q : b.s->core.tokens.ibuf_full_q;
                filled = filled || full != 0;
                as_system_tick(b.s);
            }
            cr_expect_eq(form.beats, beats, "beats %d, the model's %d", (int)form.beats,
                         (int)beats);
            cr_expect_eq(form.fills, filled, "fills");
            bench_close(&b);
        }
    }
}
