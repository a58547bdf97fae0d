/* perf: docs/blocks.md, 12. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/perf.h"

#define SWEEP_CYCLES (AS_PERF_USED + 1) /* after the last busy cycle */

struct bench {
    struct as_cosim *c;
    struct as_perf m;
    uint64_t random;
    struct dut_in in;
    uint32_t count[AS_PERF_COUNT]; /* what the specification says, counted here */
};

static void step(struct bench *b)
{
    const struct as_perf *m = &b->m;
    struct as_perf_in in = {.rst = b->in.rst_i,
                            .start = b->in.start_i,
                            .busy = b->in.busy_i,
                            .events = (uint32_t)b->in.event_i,
                            .index = (uint32_t)b->in.index_i};
    struct dut_out out = {.data_o = as_perf_eval(m)};
    struct dut_reg all = {0}, *reg = &all;
#include "tests/cosim/signals_of.h"
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &all);
    for (unsigned i = 0; i < AS_PERF_USED; i++)
        b->count[i] = in.start || in.rst ? 0 : b->count[i] + (in.busy && (in.events >> i & 1));
    as_perf_tick(&b->m, &in);
    if (b->in.rst_i)
        as_perf_reset(&b->m);
    as_cosim_tick(b->c);
}

/* A total as if it had been counted. */
static void deposit_total(struct bench *b, uint32_t slot, uint32_t total)
{
    b->m.total[slot] = b->count[slot] = total;
    as_cosim_mem_total_write(b->c, slot, &total);
}

/* From garbage, in registers and totals, through a reset. */
static void setup(struct bench *b, uint64_t seed)
{
    struct dut_reg all, *reg = &all;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_perf_init(&b->m);
    as_cosim_random_reg(&b->random, reg);
    as_cosim_deposit(b->c, reg);
    struct as_perf *m = &b->m;
#include "tests/cosim/signals_to.h"
    for (uint32_t slot = 0; slot < AS_PERF_USED; slot++)
        deposit_total(b, slot, (uint32_t)as_cosim_random(&b->random));
    as_cosim_random_in(&b->random, &b->in);
    b->in.rst_i = 1;
    step(b);
    as_cosim_expect_reset(b->c);
    memset(&b->in, 0, sizeof b->in);
}

static void start(struct bench *b)
{
    b->in = (struct dut_in){.start_i = 1};
    step(b);
    b->in.start_i = 0;
}

/* Events while busy for so many cycles, then some that must not count. */
static void run(struct bench *b, uint32_t cycles, unsigned settle)
{
    for (uint32_t i = 0; i < cycles + settle; i++) {
        b->in.busy_i = i < cycles;
        b->in.event_i = as_cosim_percent(&b->random, 20) ? (1u << AS_PERF_USED) - 1
                                                         : as_cosim_bits(&b->random, AS_PERF_USED);
        b->in.index_i = as_cosim_below(&b->random, 16);
        step(b);
    }
}

static uint32_t read_slot(struct bench *b, uint32_t slot)
{
    b->in.index_i = slot;
    step(b);
    step(b);
    return b->m.rdata_q;
}

Test(perf, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    unsigned busy = 0;
    for (unsigned i = 0; i < as_cosim_rounds(10000); i++) {
        if (i % 128 == 0)
            busy = as_cosim_below(&b.random, 101);
        as_cosim_random_in(&b.random, &b.in);
        b.in.start_i = as_cosim_percent(&b.random, 1);
        b.in.rst_i = as_cosim_percent(&b.random, 1);
        b.in.busy_i = as_cosim_percent(&b.random, busy);
        step(&b);
    }
    as_cosim_free(b.c);
}

Test(perf, totals_are_the_events_while_busy)
{
    struct bench b;
    setup(&b, 2);
    for (uint32_t cycles = 1; cycles <= 60; cycles += as_cosim_below(&b.random, 3) + 1) {
        start(&b);
        run(&b, cycles, AS_PERF_SETTLE_CYCLES);
        b.in.event_i = 0;
        for (uint32_t slot = 0; slot < AS_PERF_COUNT; slot++)
            cr_assert_eq(read_slot(&b, slot), b.count[slot], "%u cycles, slot %u", cycles, slot);
    }
    as_cosim_free(b.c);
}

Test(perf, the_sweep_ends_a_round_after_busy_and_not_before)
{
    struct bench b;
    setup(&b, 3);
    for (uint32_t cycles = 30; cycles < 30 + AS_PERF_USED;
         cycles++) { /* every phase of the sweep */
        start(&b);
        run(&b, cycles, 0);
        b.in = (struct dut_in){.index_i = 15};
        for (unsigned i = 0; i < SWEEP_CYCLES; i++)
            step(&b);
        cr_assert(b.m.sweep_q == 0 && b.m.rdata_q != 0, "the sweep ended early");
        step(&b);
        cr_assert_eq(b.m.rdata_q, 0, "the sweep has not ended");
    }
    as_cosim_free(b.c);
}

Test(perf, totals_of_the_last_run_stay_until_the_next_start)
{
    struct bench b;
    setup(&b, 4);
    start(&b);
    run(&b, 100, 300);
    for (uint32_t slot = 0; slot < AS_PERF_USED; slot++)
        cr_assert_eq(read_slot(&b, slot), b.count[slot]);
    for (uint32_t slot = 0; slot < AS_PERF_USED; slot++) {
        uint32_t word;
        as_cosim_mem_total_read(b.c, slot, &word);
        cr_assert_eq(word, b.count[slot]);
    }
    as_cosim_free(b.c);
}

Test(perf, slots_without_an_event_read_zero_whatever_a_reset_interrupts)
{
    for (uint64_t seed = 100; seed < 140; seed++) {
        struct bench b;
        setup(&b, seed);
        for (uint32_t slot = AS_PERF_USED; slot < AS_PERF_COUNT; slot++)
            cr_assert_eq(read_slot(&b, slot), 0, "slot %u, seed %u", slot, (unsigned)seed);
        as_cosim_free(b.c);
    }
}

/* Every bit of the adders: 2^32 cycles of counting are too many to wait for. */
Test(perf, totals_carry_into_their_highest_bit_and_wrap)
{
    static const uint32_t before[] = {UINT32_C(0x7FFFFFF0), UINT32_C(0xFFFFFFF0),
                                      UINT32_C(0x3FFFFFF8), UINT32_C(0x0FFFFFFC)};
    struct bench b;
    setup(&b, 5);
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        start(&b);
        run(&b, 5, 300);
        for (uint32_t slot = 0; slot < AS_PERF_USED; slot++)
            deposit_total(&b, slot, before[i]);
        run(&b, 100, 300);
        for (uint32_t slot = 0; slot < AS_PERF_USED; slot++) {
            cr_assert_eq(read_slot(&b, slot), b.count[slot], "slot %u", slot);
            cr_assert(b.count[slot] - before[i] >= 16, "too few events");
        }
    }
    as_cosim_free(b.c);
}
