/* acc_array: docs/blocks.md, 9. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/acc_array.h"

#define PAIRS  ((P_COLS + 1) / 2)
#define CTL_W  P_CTL_W
#define GROUPS (P_XF ? PAIRS : 1) /* of columns that work in one cycle */
#define WORDS  (1u << P_ACC_W)

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_acc_array m;
    uint64_t random;
    struct dut_in in;
    uint8_t full; /* of the cycle just compared */
};

static struct as_ctl ctl_of_bits(uint64_t bits)
{
    return (struct as_ctl){.mul = P_PRODUCTS && bits >> (P_ACC_W + AS_CTL_MUL) & 1,
                           .valid = bits >> (P_ACC_W + AS_CTL_VALID) & 1,
                           .lookup = bits >> (P_ACC_W + AS_CTL_LOOKUP) & 1,
                           .ovr = bits >> (P_ACC_W + AS_CTL_OVR) & 1,
                           .emit = bits >> (P_ACC_W + AS_CTL_EMIT) & 1,
                           .half = bits >> (P_ACC_W + AS_CTL_HALF) & 1,
                           .last = bits >> (P_ACC_W + AS_CTL_LAST) & 1,
                           .addr = (uint16_t)(bits & (WORDS - 1))};
}

static void regs_of(const struct as_acc_array *m, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
#include "tests/cosim/signals_of.h"
    reg->rdata0 = (uint32_t)m->rdata_q[0];
#if P_COLS > 3
    reg->rdata1 = (uint32_t)m->rdata_q[1];
    reg->rdata2 = (uint32_t)m->rdata_q[2];
    reg->rdata3 = (uint32_t)m->rdata_q[3];
#endif
}

static void tick(struct bench *b)
{
    int32_t psum[P_COLS];
    for (unsigned c = 0; c < P_COLS; c++)
        psum[c] = (int32_t)as_cosim_extend(as_cosim_get(b->in.psum_i, c * P_PSUM_W, P_PSUM_W),
                                           P_PSUM_W, true);
    struct as_acc_array_in in = {.ctl = ctl_of_bits(b->in.ctl_i),
                                 .psum = psum,
                                 .lookup_word = (uint32_t)b->in.table_i,
                                 .line = b->in.line_i,
                                 .drain_addr = (uint32_t)b->in.drain_addr_i};
    as_acc_array_tick(&b->m, &in);
    if (b->in.rst_i)
        as_acc_array_reset(&b->m);
    as_cosim_tick(b->c);
}

static void step(struct bench *b)
{
    struct dut_out out;
    struct dut_reg reg;
    memset(&out, 0, sizeof out);
    b->full = as_acc_array_push(&b->m);
    out.full_o = b->full;
    memcpy(out.drain_data_o, b->m.drain_q, sizeof out.drain_data_o);
    regs_of(&b->m, &reg);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    tick(b);
}

static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.cols = P_COLS,
                       .acc_addr_bits = P_ACC_W,
                       .latency = P_LAT,
                       .line_latency = P_LINE_LAT,
                       .x_forwarded = P_XF};
    struct dut_reg reg;
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_acc_array_init(&b->m, b->arena, &hw);
    memset(&reg, 0, sizeof reg); /* garbage would write the RAMs before the reset */
    as_cosim_deposit(b->c, &reg);
    b->in.rst_i = 1;
    as_cosim_eval(b->c, &b->in);
    tick(b);
    b->in.rst_i = 0;
}

static void teardown(struct bench *b)
{
    for (uint32_t i = 0; i < 2 * WORDS; i++) {
        uint32_t word;
        as_cosim_mem_acc0_read(b->c, i, &word);
        cr_assert_eq(word, i < WORDS ? (uint32_t)b->m.acc[i] : 0, "accumulator %u", i);
    }
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

/* The drain words of `addr`, one cycle later. */
static void drain(struct bench *b, uint32_t addr)
{
    memset(&b->in, 0, sizeof b->in);
    b->in.drain_addr_i = addr;
    step(b);
}

static void fill_psum(struct bench *b, int32_t value)
{
    for (unsigned c = 0; c < P_COLS; c++)
        as_cosim_put(b->in.psum_i, c * P_PSUM_W, P_PSUM_W, (uint32_t)value + c);
}

Test(acc_array, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    unsigned lookups = 0, valids = 0;
    for (unsigned i = 0; i < as_cosim_rounds(6000); i++) {
        if (i % 100 == 0) {
            lookups = as_cosim_percent(&b.random, 50) ? 0 : as_cosim_below(&b.random, 101);
            valids = 30 + as_cosim_below(&b.random, 71);
        }
        as_cosim_random_in(&b.random, &b.in);
        struct as_ctl ctl = ctl_of_bits(b.in.ctl_i);
        ctl.lookup = as_cosim_percent(&b.random, lookups);
        ctl.valid = as_cosim_percent(&b.random, valids);
        ctl.ovr = as_cosim_percent(&b.random, 25);
        ctl.mul = P_PRODUCTS && ctl.lookup && as_cosim_percent(&b.random, 50);
        b.in.ctl_i = as_ctl_bits(&ctl, P_ACC_W);
        b.in.rst_i = as_cosim_percent(&b.random, 1);
        step(&b);
    }
    for (uint32_t i = 0; i < 2 * WORDS; i++)
        drain(&b, i);
    teardown(&b);
}

Test(acc_array, starts_with_the_garbage_of_its_columns)
{
    struct bench b;
    setup(&b, 2);
    for (uint32_t i = 0; i < 2 * WORDS; i++) {
        drain(&b, i);
        for (uint32_t c = 0; c < P_COLS; c++) {
            uint32_t hash = (i + 400 + c) * 0x9E3779B1u;
            cr_assert_eq((uint32_t)b.m.drain_q[c], hash ^ hash >> 15);
        }
    }
    teardown(&b);
}

/* How many cycles after column 0 column c works. */
static unsigned late(unsigned c)
{
    return P_XF ? c / 2 : 0;
}

/* A control word in one cycle; the psum of each cycle n after it is 100 * n + column. */
static void emit_and_expect(struct bench *b, bool lookup, bool line, unsigned first)
{
    struct as_ctl ctl = {.valid = true,
                         .lookup = lookup,
                         .ovr = true,
                         .emit = true,
                         .half = true,
                         .last = true,
                         .addr = 3};
    int32_t before[P_COLS];
    drain(b, WORDS + 3);
    memcpy(before, b->m.drain_q, sizeof before);
    for (unsigned n = 0; n < first + PAIRS + 4; n++) {
        memset(&b->in, 0, sizeof b->in);
        b->in.line_i = line;
        b->in.ctl_i = n == 0 ? as_ctl_bits(&ctl, P_ACC_W) : 0;
        b->in.drain_addr_i = WORDS + 3;
        b->in.table_i = 100 * n;
        fill_psum(b, (int32_t)(100 * n));
        for (unsigned c = 0; c < P_COLS; c++) { /* written at first + late(c), shown two later */
            bool written = n >= first + late(c) + 2 && (c == 0 || !lookup);
            int32_t sum = (int32_t)(100 * (first + late(c)) + c);
            cr_assert_eq(b->m.drain_q[c], written ? sum : before[c], "column %u, cycle %u", c, n);
        }
        step(b);
        cr_assert_eq(b->full, n == first + GROUPS - 1 ? 2 : 0, "cycle %u", n);
    }
}

Test(acc_array, mac_adds_when_its_psum_comes_and_not_before)
{
    struct bench b;
    setup(&b, 3);
    emit_and_expect(&b, false, false, P_LAT - 1);
    emit_and_expect(&b, false, true, P_LINE_LAT - 1);
    teardown(&b);
}

Test(acc_array, lookup_adds_one_cycle_later_in_column_zero_only)
{
    struct bench b;
    setup(&b, 4);
    emit_and_expect(&b, true, false, 1);
    teardown(&b);
}

/* Sums, then factors, of lookups two cycles apart. */
Test(acc_array, a_lookup_may_multiply_by_the_signed_half_words)
{
    static const int32_t entry[] = {-30000, 7, 0x5FFFE, 0x28000, -32768};
    struct bench b;
    int32_t expected = 0;
    setup(&b, 6);
    for (unsigned n = 0; n < 11 && P_PRODUCTS; n++) {
        struct as_ctl ctl = {
            .valid = n % 2 == 0 && n<10, .lookup = true, .ovr = n == 0, .emit = true, .mul = n> 0,
            .addr = 2};
        b.in.ctl_i = as_ctl_bits(&ctl, P_ACC_W);
        b.in.table_i = n == 0 ? 0 : (uint32_t)entry[(n - 1) / 2];
        step(&b);
        if (n % 2 == 0 && n < 10)
            expected = n == 0 ? entry[0] : (int16_t)expected * (int16_t)entry[n / 2];
    }
    drain(&b, 2);
    cr_assert(!P_PRODUCTS || b.m.drain_q[0] == expected, "%d is not %d", b.m.drain_q[0], expected);
    teardown(&b);
}

Test(acc_array, sums_of_one_address_two_cycles_apart_add_up)
{
    struct bench b;
    setup(&b, 5);
    struct as_ctl ctl = {.valid = true, .emit = true, .addr = 1};
    for (unsigned n = 0; n < P_LAT + PAIRS + 20; n++) {
        memset(&b.in, 0, sizeof b.in);
        ctl.ovr = n == 0;
        b.in.ctl_i = n < 10 && n % 2 == 0 ? as_ctl_bits(&ctl, P_ACC_W) : 0;
        fill_psum(&b, 1000);
        step(&b);
    }
    drain(&b, 1);
    for (int c = 0; c < P_COLS; c++)
        cr_assert_eq(b.m.drain_q[c], 5 * (1000 + c));
    teardown(&b);
}
