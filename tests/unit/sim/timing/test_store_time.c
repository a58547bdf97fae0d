/* A store's closed forms are what the cycle model does with it alone. */
#include "tests/unit/sim/timing/forms_bench.h"

static struct as_store_desc random_store(const struct as_hw *hw)
{
    int lanes = hw->requant_lanes;
    struct as_store_desc d = {.asel = in_range(0, 1),
                              .shared = in_range(0, 1) != 0,
                              .by_address = hw->by_address && in_range(0, 1) != 0,
                              .side_by_side = lanes > 1 && in_range(0, 1) != 0,
                              .dst = 0x1000,
                              .dq = 4,
                              .params = 0x2000,
                              .nq = in_range(0, 9),
                              .np = in_range(0, 2),
                              .nkt = in_range(0, 2),
                              .nc = in_range(0, hw->cols - 1),
                              .ncl = in_range(0, hw->cols - 1)};

    if (d.by_address) {
        d.side_by_side = false;
        d.nq = 0;
        d.m = d.np * (d.nc + 1) + d.ncl;
        return d;
    }
    if (d.side_by_side) { /* whole groups of lanes */
        d.nc = d.ncl = hw->cols / lanes * lanes - 1;
        d.side_by_side = d.nc > 0;
        d.nc = d.ncl = d.side_by_side ? d.nc : 0;
    }
    d.m = (d.nq + 1) * (d.np + 1) - 1;
    return d;
}

Test(store_time, a_store_alone_reads_and_writes_as_its_closed_forms_say)
{
    static struct as_config configs[2 * BENCH_PRESETS];
    const int64_t fetched =
        4 * (2 * AS_STORE_WORDS + AS_COMPUTE_WORDS + AS_LOAD_LINEAR_WORDS); /* with END of each */
    int count = bench_configs(configs);
    struct bench b;

    srand(3);
    for (int i = 0; i < count; i++) {
        for (int n = 0; n < 20; n++) {
            const struct as_hw *hw = &configs[i].hw;
            struct as_store_desc desc = random_store(hw);
            struct as_timing_store form = as_timing_store_of(hw, &desc);
            uint32_t words[AS_STORE_WORDS];
            int64_t writes = 0, wide = 0;
            int64_t records = -fetched / hw->mem_width_bytes; /* reads but those */
            bench_open(&b, hw);
            bench_put(&b, AS_STREAM_STORE, words, as_store_encode(&desc, words));
            for (int cycle = 0; cycle < 2 || b.s->wires.busy; cycle++) {
                bench_eval(&b, cycle == 0, false, false, true);
                uint32_t events = b.s->wires.perf_in.events;
                writes += events >> AS_PERF_WRITES & 1;
                wide += events >> AS_PERF_SIDE_BY_SIDE_WRITES & 1;
                records += (events >> AS_PERF_REQUESTS & 1) - (events >> AS_PERF_WRITES & 1);
                as_system_tick(b.s);
            }
            int64_t outputs = (int64_t)form.steps * form.elements;
            cr_expect_eq(outputs, writes, "%d of %d writes", (int)outputs, (int)writes);
            cr_expect_eq(form.side_by_side ? outputs : 0, wide, "side by side");
            int64_t read = (int64_t)(form.shared ? 1 : form.steps) * form.records;
            cr_expect_eq(read, records, "%d words of records, the model reads %d", (int)read,
                         (int)records);
            bench_close(&b);
        }
    }
}
