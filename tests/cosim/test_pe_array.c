/* pe_array, its pe_pair and mul8x2: docs/blocks.md, 8. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/pe_array.h"

#define PAIRS ((P_COLS + 1) / 2)

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_pe_array m;
    uint64_t random;
    struct dut_in in;
};

/* x in front of pair j of row r: that of r + j cycles ago. */
static void links_of(const struct as_pe_array *m, const struct dut_in *in, struct dut_reg *reg)
{
    for (unsigned r = 0; r < P_ROWS; r++) {
        const int8_t *x = m->x_history + (int)r * m->history + m->newest;
        for (unsigned j = 0; j <= PAIRS; j++) {
            unsigned ago = r + j, at = r * (PAIRS + 1) + j;
            uint8_t byte = (uint8_t)as_cosim_get(in->x_i, 8 * r, 8);
            if (ago != 0)
                byte = (uint8_t)x[2 * (ago - 1)];
            as_cosim_put(reg->x_link, 8 * at, 8, byte);
        }
    }
}

static void regs_of(const struct as_pe_array *m, const struct dut_in *in, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
    links_of(m, in, reg);
    for (unsigned r = 0; r < P_ROWS; r++)
        for (unsigned c = 0; c < P_COLS; c++)
            as_cosim_put(reg->psum_link, ((r + 1) * 2 * PAIRS + c) * P_PSUM_W, P_PSUM_W,
                         (uint32_t)m->psum_q[r * (unsigned)m->stride + c]);
    reg->w0_q = (uint8_t)m->w_q[0];
    reg->p0_q = (uint16_t)m->p_q[0];
}

static void tick(struct bench *b)
{
    struct as_pe_array_in in = {
        .x = (const int8_t *)b->in.x_i, .w = (const int8_t *)b->in.w_i, .wen = b->in.wen_i};
    as_pe_array_tick(&b->m, &in);
    as_cosim_tick(b->c);
}

static void step(struct bench *b)
{
    struct dut_out out = {.psum_o = {0}};
    struct dut_reg reg;
    for (unsigned c = 0; c < P_COLS; c++)
        as_cosim_put(out.psum_o, c * P_PSUM_W, P_PSUM_W, (uint32_t)as_pe_array_psum(&b->m)[c]);
    regs_of(&b->m, &b->in, &reg);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    tick(b);
}

/* Without a reset: zeros in every register push the garbage out. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_config cfg = {.rows = P_ROWS, .cols = P_COLS};
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_pe_array_init(&b->m, b->arena, &cfg);
    b->in.wen_i = (UINT64_C(1) << P_ROWS) - 1;
    for (int i = 0; i < 3 * P_ROWS + PAIRS + 4; i++) {
        as_cosim_eval(b->c, &b->in);
        tick(b);
    }
    memset(&b->in, 0, sizeof b->in);
}

static void teardown(struct bench *b)
{
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

static int8_t weight(unsigned r, unsigned c)
{
    return (int8_t)(17 * r + 5 * c + 1 - 60);
}

/* A weight a column, a row in each cycle, then enough cycles to reach the last pair. */
static void load_weights(struct bench *b)
{
    for (unsigned r = 0; r < P_ROWS; r++) {
        for (unsigned c = 0; c < P_COLS; c++)
            as_cosim_put(b->in.w_i, 8 * c, 8, (uint8_t)weight(r, c));
        b->in.wen_i = UINT64_C(1) << r;
        step(b);
    }
    memset(&b->in, 0, sizeof b->in);
    for (int j = 0; j < PAIRS; j++)
        step(b);
}

static int32_t sum_of(unsigned c, int8_t x)
{
    int32_t sum = 0;
    for (unsigned r = 0; r < P_ROWS; r++)
        sum += x * weight(r, c);
    return sum;
}

static void put_x(struct bench *b, int8_t x)
{
    for (unsigned r = 0; r < P_ROWS; r++)
        as_cosim_put(b->in.x_i, 8 * r, 8, (uint8_t)x);
}

/* Each column's psum in one cycle only, counted from a beat `after` cycles ago, and zero around it.
 */
static void expect_psums(struct bench *b, int8_t x, unsigned after)
{
    for (unsigned n = after; n < 2 * P_ROWS + PAIRS + 5; n++) {
        for (unsigned c = 0; c < P_COLS; c++) {
            bool now = n == P_ROWS + 2 + c / 2;
            cr_assert_eq(as_pe_array_psum(&b->m)[c], now ? sum_of(c, x) : 0,
                         "column %u, %u cycles after the beat", c, n);
        }
        step(b);
    }
}

/* x on all rows in one cycle. */
static void beat_and_expect(struct bench *b, int8_t x)
{
    put_x(b, x);
    step(b);
    memset(&b->in, 0, sizeof b->in);
    expect_psums(b, x, 1);
}

Test(pe_array, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    unsigned dense = 0;
    for (unsigned i = 0; i < as_cosim_rounds(3000); i++) {
        if (i % 100 == 0)
            dense = 2 + as_cosim_below(&b.random, 60);
        as_cosim_random_in(&b.random, &b.in);
        if (as_cosim_percent(&b.random, 90)) /* one-hot but for some */
            b.in.wen_i = as_cosim_percent(&b.random, dense)
                             ? UINT64_C(1) << as_cosim_below(&b.random, P_ROWS)
                             : 0;
        if (as_cosim_percent(&b.random, 5)) { /* the largest sums */
            for (unsigned r = 0; r < P_ROWS; r++)
                as_cosim_put(b.in.x_i, 8 * r, 8, 0x80);
            for (unsigned c = 0; c < P_COLS; c++)
                as_cosim_put(b.in.w_i, 8 * c, 8, 0x81);
        }
        for (unsigned c = 0; c < P_COLS; c++) /* weights are -127..127 */
            if (as_cosim_get(b.in.w_i, 8 * c, 8) == 0x80)
                as_cosim_put(b.in.w_i, 8 * c, 8, 0x81);
        step(&b);
    }
    teardown(&b);
}

Test(pe_array, psum_leaves_column_c_after_rows_plus_two_plus_half_c_and_not_before)
{
    struct bench b;
    setup(&b, 2);
    load_weights(&b);
    beat_and_expect(&b, 7);
    beat_and_expect(&b, -128);
    teardown(&b);
}

Test(pe_array, weights_are_active_for_the_beat_that_enters_with_their_first_row)
{
    struct bench b;
    setup(&b, 3);
    for (unsigned r = 0; r < P_ROWS; r++) {
        put_x(&b, r == 0 ? 5 : 0);
        for (unsigned c = 0; c < P_COLS; c++)
            as_cosim_put(b.in.w_i, 8 * c, 8, (uint8_t)weight(r, c));
        b.in.wen_i = UINT64_C(1) << r;
        step(&b);
    }
    memset(&b.in, 0, sizeof b.in);
    expect_psums(&b, 5, P_ROWS);
    beat_and_expect(&b, 9); /* and they stay */
    teardown(&b);
}
