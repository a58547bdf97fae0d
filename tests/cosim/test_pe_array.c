/* pe_array, its pe_pair and mul8x2: docs/blocks.md, 8. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/pe_array.h"

#define ARRAY(verb) as_pe_array_##verb
#define array_model as_pe_array

#define PAIRS ((P_COLS + 1) / 2)
#define PAST  128 /* cycles of inputs that are kept: more than one stays inside */
/* Cycles from the inputs of a beat to its psum on column c. */
#define LATE(c) (2 + P_BCAST + P_ROWS + P_XF * ((c) / 2))
#define INSIDE  (P_BCAST + 2 * P_ROWS + PAIRS + 5) /* cycles until nothing of an input is left */

/* The inputs of a cycle, and the weights after it. */
struct past {
    bool dw;
    int8_t x[P_ROWS], xd[P_ROWS][P_COLS], weight[P_ROWS][P_COLS];
};

#include "tests/cosim/array_bench.h"

static void remember(struct bench *b)
{
    struct past *p = cycle(b, b->now);
    memcpy(p->weight, cycle(b, b->now - 1)->weight, sizeof p->weight);
    p->dw = b->in.dw_i;
    memcpy(p->x, b->in.x_i, sizeof p->x);
    memcpy(p->xd, b->in.xd_i, sizeof p->xd);
    for (unsigned r = 0; r < P_ROWS; r++)
        if (b->in.wen_i >> r & 1)
            memcpy(p->weight[r], b->in.w_i, sizeof p->weight[r]);
}

/* The definition: row r of the beat that came in `u` sees its x or xd, late by r, and the weights
 * that came until r cycles after the beat. */
static int32_t sum_of(struct bench *b, unsigned u, unsigned c)
{
    int32_t sum = 0;
    unsigned skew = P_XF * (c / 2);
    for (unsigned r = 0; r < P_ROWS; r++) {
        int8_t x = cycle(b, P_LINE ? u + r : u)->x[r];
        if (P_LINE && cycle(b, u + r + skew + P_BCAST)->dw)
            x = cycle(b, u + r + skew)->xd[r][c];
        sum += x * cycle(b, u + r)->weight[r][c];
        if (P_BLOCK_SUM && r < 2)
            sum = (int16_t)sum;
    }
    return sum;
}

static void regs_of(const struct array_model *m, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
    for (unsigned r = 0; r < P_ROWS; r++)
        for (unsigned c = 0; c < P_COLS; c++)
            as_cosim_put(reg->psum_link, ((r + 1) * 2 * PAIRS + c) * P_PSUM_W, P_PSUM_W,
                         (uint32_t)m->psum_q[r * (unsigned)m->stride + c]);
    reg->w0_q = (uint8_t)m->w_q[0];
    reg->p0_q = (uint16_t)m->p_q[0];
}

static void model_tick(struct bench *b)
{
    struct as_pe_array_in in = {.x = (const int8_t *)b->in.x_i,
                                .xd = (const int8_t *)b->in.xd_i,
                                .dw = b->in.dw_i,
                                .w = (const int8_t *)b->in.w_i,
                                .wen = b->in.wen_i};
    as_pe_array_tick(&b->m, &in);
}

static void start(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.rows = P_ROWS,
                       .cols = P_COLS,
                       .broadcast = P_BCAST,
                       .x_forwarded = P_XF,
                       .psum_forwarded = true,
                       .line = P_LINE,
                       .block_sum = P_BLOCK_SUM};
    setup(b, seed, &hw, (UINT64_C(1) << P_ROWS) - 1);
}

static void random_inputs(struct bench *b, unsigned dense)
{
    uint64_t dw = b->in.dw_i;
    as_cosim_random_in(&b->random, &b->in);
    b->in.dw_i = dw;
    if (as_cosim_percent(&b->random, 90)) /* one-hot but for some */
        b->in.wen_i = as_cosim_percent(&b->random, dense)
                          ? UINT64_C(1) << as_cosim_below(&b->random, P_ROWS)
                          : 0;
    if (as_cosim_percent(&b->random, 10)) /* the largest sums */
        as_cosim_fill(b->in.x_i, P_ROWS, 0x80);
    if (as_cosim_percent(&b->random, 10))
        as_cosim_fill(b->in.w_i, P_COLS, 0x80);
}

Test(pe_array, block_model_and_definition_agree_on_every_cycle)
{
    static struct bench b;
    start(&b, 1);
    unsigned dense = 0, changes = 0; /* of dw, also while psums are inside */
    for (unsigned i = 0; i < as_cosim_rounds(3000); i++) {
        if (i % 100 == 0) {
            dense = 2 + as_cosim_below(&b.random, 60);
            changes = as_cosim_percent(&b.random, 50) ? 0 : as_cosim_below(&b.random, 10);
        }
        random_inputs(&b, dense);
        b.in.dw_i ^= P_LINE && (i % 100 == 0 || as_cosim_percent(&b.random, changes));
        step(&b);
    }
    teardown(&b);
}

/* A beat with x on all rows, its weights one row a cycle behind it: each column's psum in one cycle
 * only. */
Test(pe_array, psum_of_a_beat_with_its_weights_leaves_column_c_in_one_cycle_only)
{
    static struct bench b;
    start(&b, 2);
    for (unsigned n = 0; n < 2 * INSIDE; n++) {
        memset(&b.in, 0, sizeof b.in);
        for (unsigned r = 0; r < P_ROWS; r++)
            if (n == (P_LINE ? r : 0))
                as_cosim_put(b.in.x_i, 8 * r, 8, 0x85);
        for (unsigned c = 0; c < P_COLS && n < P_ROWS; c++)
            as_cosim_put(b.in.w_i, 8 * c, 8, (uint8_t)weight(n, c));
        b.in.wen_i = n < P_ROWS ? UINT64_C(1) << n : 0;
        for (unsigned c = 0; c < P_COLS; c++) {
            int32_t sum = 0;
            for (unsigned r = 0; r < P_ROWS; r++)
                sum += -123 * weight(r, c);
            cr_assert_eq(as_pe_array_psum(&b.m)[c], n == LATE(c) ? sum : 0,
                         "column %u, %u cycles after the beat", c, n);
        }
        step(&b);
    }
    teardown(&b);
}

/* -128 is a weight but for block sums, for which the mapper refuses it. */
#define LOWEST (P_BLOCK_SUM ? 0x81 : 0x80)

/* All weights the lowest; all elements the lowest, then the highest. */
Test(pe_array, psum_holds_the_largest_sum_and_the_smallest)
{
    static struct bench b;
    start(&b, 3);
    for (int element = -128; element <= 127; element += 255) {
        for (unsigned n = 0; n < 2 * INSIDE; n++) {
            as_cosim_fill(b.in.x_i, P_ROWS, (uint8_t)element);
            as_cosim_fill(b.in.w_i, P_COLS, LOWEST);
            b.in.wen_i = (UINT64_C(1) << P_ROWS) - 1;
            step(&b);
        }
        for (unsigned c = 0; c < P_COLS; c++)
            cr_assert_eq(as_pe_array_psum(&b.m)[c], P_ROWS * element * (int8_t)LOWEST);
    }
    teardown(&b);
}
