/* requant and its sel_add: docs/blocks.md, 10. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include <math.h>

#include "sim/blocks/requant.h"

#define LATENCY 11 /* from the accepted element to its output */
#define ROUNDS  (8 / P_STAGES)
#define QUEUE   64

struct bench {
    struct as_cosim *c;
    struct as_requant m;
    uint64_t random;
    struct dut_in in;
    struct as_requant_out out; /* of the cycle just compared */
    int8_t expected[QUEUE];    /* outputs to come, by definition */
    int32_t expected_product[QUEUE];
    unsigned sent, received, products;
};

static void regs_of(const struct as_requant *m, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
#include "tests/cosim/signals_of.h"
}

static void regs_to(struct as_requant *m, const struct dut_reg *reg)
{
#include "tests/cosim/signals_to.h"
}

static bool in_float(const struct dut_in *in)
{
    return P_FLOAT && in->float_i;
}

/* The float32 that m and shift are. */
static float factor(const struct dut_in *in)
{
    return ldexpf((float)in->m_i, -31 - (int)in->shift_i);
}

static int8_t definition_in_float(const struct dut_in *in, int32_t x)
{
    float product = (float)x * factor(in);
    int32_t low = (int8_t)in->amin_i, high = (int8_t)in->amax_i;
    int32_t y = (int32_t)lrintf(fmaxf(fminf(product, 512.0f), -512.0f)) + (int8_t)in->zp_i;
    return (int8_t)(y < low ? low : y > high ? high : y);
}

/* TFLite's MultiplyByQuantizedMultiplier, zero point and clamp, from their definition. */
static int8_t definition(const struct dut_in *in, int32_t x)
{
    if (in_float(in))
        return definition_in_float(in, x);
    int n = (int)in->shift_i;
    int32_t zp = (int8_t)in->zp_i, low = (int8_t)in->amin_i, high = (int8_t)in->amax_i;
    int32_t product = (int32_t)(((int64_t)x * (int64_t)in->m_i + (INT64_C(1) << 30)) >> 31);
    int32_t mask = (int32_t)((1u << n) - 1);
    int32_t threshold = (mask >> 1) + (product < 0);
    int64_t y = (int64_t)(product >> n) + ((product & mask) > threshold) + zp;
    return (int8_t)(y < low ? low : y > high ? high : y);
}

/* Compares with the definition too: what leaves is what entered, in order. */
static void step(struct bench *b)
{
    struct as_requant_in in = {.valid = b->in.valid_i,
                               .x = (int32_t)(uint32_t)b->in.x_i,
                               .in_float = b->in.float_i,
                               .m = (uint32_t)b->in.m_i,
                               .shift = (uint32_t)b->in.shift_i,
                               .zp = (int8_t)b->in.zp_i,
                               .amin = (int8_t)b->in.amin_i,
                               .amax = (int8_t)b->in.amax_i,
                               .out_ready = b->in.out_ready_i};
    struct dut_reg reg;
    as_requant_eval(&b->m, &in, &b->out);
    regs_of(&b->m, &reg);
    struct dut_out out = {.ready_o = b->out.ready,
                          .valid_o = b->out.valid,
                          .y_o = (uint8_t)b->out.y,
                          .srdhm_valid_o = b->out.srdhm_valid,
                          .srdhm_o = (uint32_t)b->out.srdhm,
                          .empty_o = b->out.empty};
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    if (b->out.srdhm_valid) {
        unsigned slot = b->products++ % QUEUE;
        cr_assert_eq(b->out.srdhm, b->expected_product[slot]);
    }
    if (b->out.valid && in.out_ready)
        cr_assert_eq(b->out.y, b->expected[b->received++ % QUEUE]);
    if (in.valid && b->out.ready) {
        bool whole = in_float(&b->in);
        int64_t product = (int64_t)in.x * in.m + (whole ? 0 : INT64_C(1) << 30);
        bool lower = in.x < 0 && in.shift != 0 && !whole;
        b->expected_product[b->sent % QUEUE] = (int32_t)((product >> 31) - lower);
        b->expected[b->sent++ % QUEUE] = definition(&b->in, in.x);
    }
    as_requant_tick(&b->m, &in);
    if (b->in.rst_i)
        as_requant_reset(&b->m);
    as_cosim_tick(b->c);
}

/* From garbage through a reset; a pass number that no element has has no meaning. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.requant_stages = P_STAGES, .requant_float = P_FLOAT};
    struct dut_reg reg;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_requant_init(&b->m, &hw);
    as_cosim_random_reg(&b->random, &reg);
    as_cosim_deposit(b->c, &reg);
    as_cosim_random_in(&b->random, &b->in);
    b->in.rst_i = 1;
    as_cosim_eval(b->c, &b->in);
    as_cosim_tick(b->c);
    as_cosim_registers(b->c, &reg);
    as_cosim_expect_reset(b->c);
    cr_assert(!reg.again_q[0], "again_q after a reset");
    for (unsigned j = 0; j < P_STAGES; j++)
        as_cosim_put(reg.s_q, 33 * j + 30, 3, 0); /* elements never overflow */
    if (ROUNDS == 1)
        memset(reg.pass_q, 0, sizeof reg.pass_q);
    as_cosim_deposit(b->c, &reg);
    regs_to(&b->m, &reg);
    memset(&b->in, 0, sizeof b->in);
}

static void random_parameters(struct bench *b)
{
    b->in.m_i = as_cosim_edgy(&b->random) & 0x7FFFFFFF;
    if (as_cosim_percent(&b->random, 50))
        b->in.m_i |= 0x40000000;
    b->in.shift_i = as_cosim_percent(&b->random, 25) ? 0 : as_cosim_below(&b->random, 32);
    b->in.float_i = as_cosim_bits(&b->random, 1);
    if (in_float(&b->in))
        b->in.m_i &= ~0x7Fu;
    b->in.zp_i = as_cosim_bits(&b->random, 8);
    b->in.amin_i = as_cosim_percent(&b->random, 50) ? 0x80 : as_cosim_bits(&b->random, 8);
    b->in.amax_i = as_cosim_percent(&b->random, 50) ? 0x7F : as_cosim_bits(&b->random, 8);
}

/* An element that a float32 holds: near a tie of the outputs, or any. */
static uint32_t random_x_in_float(struct bench *b)
{
    double tie = (as_cosim_below(&b->random, 260) + 0.5) / (double)factor(&b->in);
    int32_t x = (int32_t)as_cosim_edgy(&b->random);
    if (as_cosim_percent(&b->random, 80) && tie < 16777216.0)
        x = (int32_t)nearbyint(tie) + (int32_t)as_cosim_below(&b->random, 3) - 1;
    x = (int32_t)fmaxf(fminf((float)x, 0x1.fffffep30f), -0x1p31f);
    return as_cosim_percent(&b->random, 50) ? (uint32_t)x : 0u - (uint32_t)x;
}

/* An element near a tie of the rounding shift, or any. */
static uint32_t random_x(struct bench *b)
{
    if (in_float(&b->in))
        return random_x_in_float(b);
    if (as_cosim_percent(&b->random, 60))
        return as_cosim_edgy(&b->random);
    uint32_t tie = ((as_cosim_below(&b->random, 512) << 1) + 1) << b->in.shift_i >> 1;
    tie += as_cosim_below(&b->random, 3) - 1;
    return as_cosim_percent(&b->random, 50) ? tie : 0u - tie;
}

static void random_run(struct bench *b, unsigned cycles, unsigned valid, unsigned out_ready)
{
    bool kept = false; /* valid and x hold until ready */
    for (unsigned i = 0; i < cycles || b->sent != b->received; i++) {
        if (!kept)
            b->in.x_i = random_x(b);
        b->in.valid_i = i < cycles && (kept || as_cosim_percent(&b->random, valid));
        b->in.out_ready_i = as_cosim_percent(&b->random, out_ready);
        step(b);
        kept = b->in.valid_i && !b->out.ready;
    }
    cr_assert(b->sent == b->received && b->sent == b->products, "an element was lost");
}

Test(requant, block_and_model_agree_on_every_cycle_and_with_the_definition)
{
    struct bench b;
    setup(&b, 1);
    for (unsigned i = 0; i < as_cosim_rounds(250); i++) {
        random_parameters(&b);
        random_run(&b, 40, 30 + as_cosim_below(&b.random, 71), 40 + as_cosim_below(&b.random, 61));
    }
    as_cosim_free(b.c);
}

Test(requant, every_shift_rounds_ties_away_from_zero)
{
    struct bench b;
    setup(&b, 2);
    for (unsigned shift = 0; shift < 32; shift++) {
        random_parameters(&b);
        b.in.float_i = 0;
        b.in.m_i = 0x7FFFFFFF; /* the product is x, but for the largest */
        b.in.shift_i = shift;
        b.in.amin_i = 0x80;
        b.in.amax_i = 0x7F;
        random_run(&b, as_cosim_rounds(80), 100, 100);
    }
    as_cosim_free(b.c);
}

/* Factors of 1 to 24 bits at every shift: exact ties, and products a last bit beside one. */
Test(requant, a_product_of_float32_is_rounded_twice_to_even)
{
    struct bench b;
    if (!P_FLOAT)
        cr_skip_test();
    setup(&b, 6);
    for (unsigned shift = 0; shift < 32; shift++)
        for (unsigned bits = 1; bits <= 24; bits++) {
            random_parameters(&b);
            b.in.float_i = 1;
            b.in.m_i |= 0x40000000;
            b.in.m_i &= 0x7FFFFFFF & ~0u << (31 - bits);
            b.in.shift_i = shift;
            b.in.amin_i = 0x80;
            b.in.amax_i = 0x7F;
            random_run(&b, as_cosim_rounds(80), 100, 100);
        }
    as_cosim_free(b.c);
}

Test(requant, output_comes_eleven_cycles_after_its_element_and_the_product_nine)
{
    struct bench b;
    setup(&b, 3);
    random_parameters(&b);
    b.in.valid_i = 1;
    b.in.x_i = 12345;
    b.in.out_ready_i = 1;
    step(&b);
    b.in.valid_i = 0;
    for (int n = 1; n <= LATENCY + 2; n++) {
        step(&b);
        cr_assert_eq(b.out.valid, n == LATENCY, "%d cycles after its element", n);
        cr_assert_eq(b.out.srdhm_valid, n == LATENCY - 2, "%d cycles after its element", n);
        cr_assert_eq(b.out.empty, n > LATENCY, "%d cycles after its element", n);
    }
    as_cosim_free(b.c);
}

Test(requant, an_element_is_taken_every_eighth_part_of_stages)
{
    struct bench b;
    setup(&b, 4);
    random_parameters(&b);
    b.in.valid_i = 1;
    b.in.out_ready_i = 1;
    unsigned before = 0;
    for (unsigned i = 0; i < 8 * 30; i++) {
        b.in.x_i = random_x(&b);
        step(&b);
        if (i % 8 == 7 && i > 16) {
            cr_assert_eq(b.sent - before, P_STAGES, "in eight cycles");
            before = b.sent;
        } else if (i % 8 == 7) {
            before = b.sent;
        }
    }
    as_cosim_free(b.c);
}

Test(requant, stalled_output_holds_and_nothing_moves)
{
    struct bench b;
    setup(&b, 5);
    random_parameters(&b);
    b.in.valid_i = 1;
    for (int i = 0; i < 60; i++) {
        b.in.x_i = random_x(&b);
        step(&b);
    }
    cr_assert(b.out.valid && !b.out.ready && b.received == 0);
    b.in.valid_i = 0;
    b.in.out_ready_i = 1;
    for (int i = 0; i < 40; i++)
        step(&b);
    cr_assert_eq(b.sent, b.received);
    as_cosim_free(b.c);
}
