/* pe_tree, its pe_pair, mul8x2 and pipe_tree: docs/blocks.md, 8. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/pe_tree.h"

#define ARRAY(verb) as_pe_tree_##verb
#define array_model as_pe_tree

#define PAIRS  ((P_COLS + 1) / 2)
#define LEVELS AS_SIGNAL_LOG2(P_ROWS)
#define STAGES ((LEVELS + P_TREE - 1) / P_TREE + (LEVELS == 0))
#define PAST   64 /* cycles of inputs that are kept: more than one stays inside */
/* Cycles from the inputs of a beat to its psum on column c. */
#define LATE(c) (2 + P_BCAST + STAGES + P_XF * ((c) / 2))
#define INSIDE  (LATE(P_COLS) + 3) /* cycles until nothing of an input is left */

/* The inputs of a cycle, and the weights after it. */
struct past {
    bool dw;
    int8_t x[P_ROWS], xd[P_ROWS][P_COLS], weight[P_COLS][P_ROWS];
};

#include "tests/cosim/array_bench.h"

static void remember(struct bench *b)
{
    struct past *p = cycle(b, b->now);
    memcpy(p->weight, cycle(b, b->now - 1)->weight, sizeof p->weight);
    p->dw = b->in.dw_i;
    memcpy(p->x, b->in.x_i, sizeof p->x);
    memcpy(p->xd, b->in.xd_i, sizeof p->xd);
    for (unsigned c = 0; c < P_COLS; c++)
        if (P_WIDE ? b->in.wen_i >> c / 2 & 1 : b->in.wen_i)
            memcpy(p->weight[c], (const int8_t *)b->in.w_i + c * P_ROWS, P_ROWS);
}

/* The definition: the beat of cycle u sees its x or xd, and the weights that reached its pair
 * before or with it. */
static int32_t sum_of(struct bench *b, unsigned u, unsigned c)
{
    int32_t sum = 0;
    unsigned skew = P_XF * (c / 2), w = P_WIDE ? u + P_BCAST + skew : u;
    bool dw = P_LINE && cycle(b, u + skew + P_BCAST)->dw;
    for (unsigned r = 0; r < P_ROWS; r++)
        sum += (dw ? cycle(b, u + skew)->xd[r][c] : cycle(b, u)->x[r]) * cycle(b, w)->weight[c][r];
    return sum;
}

static void regs_of(const struct array_model *m, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
    reg->w0_q = (uint8_t)m->w_q[0];
    reg->p0_q = (uint16_t)m->p_q[0];
#if P_ROWS > 2 && P_COLS > 3
    int far = 2 * m->stride + 2;
    reg->w1_far_q = (uint8_t)m->w_q[far + 1];
    reg->p1_far_q = (uint16_t)m->p_q[far + 1];
#endif
}

static void model_tick(struct bench *b)
{
    struct as_pe_tree_in in = {.x = (const int8_t *)b->in.x_i,
                               .xd = (const int8_t *)b->in.xd_i,
                               .dw = b->in.dw_i,
                               .w = (const int8_t *)b->in.w_i,
                               .wen = b->in.wen_i};
    as_pe_tree_tick(&b->m, &in);
}

static void start(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.rows = P_ROWS,
                       .cols = P_COLS,
                       .broadcast = P_BCAST,
                       .x_forwarded = P_XF,
                       .tree_stages = STAGES,
                       .wide = P_WIDE,
                       .line = P_LINE};
    setup(b, seed, &hw, (UINT64_C(1) << (P_WIDE ? PAIRS : P_ROWS)) - 1);
}

static void random_inputs(struct bench *b, unsigned dense)
{
    uint64_t dw = b->in.dw_i;
    as_cosim_random_in(&b->random, &b->in);
    b->in.dw_i = dw;
    for (unsigned j = 0; j < PAIRS; j++)
        if (!as_cosim_percent(&b->random, dense))
            b->in.wen_i &= ~(UINT64_C(1) << j);
    if (as_cosim_percent(&b->random, 10)) /* the largest sums */
        as_cosim_fill(b->in.x_i, P_ROWS, 0x80);
    if (as_cosim_percent(&b->random, 10))
        as_cosim_fill(b->in.w_i, P_WIDE ? P_ROWS * P_COLS : P_COLS, 0x80);
}

Test(pe_tree, block_model_and_definition_agree_on_every_cycle)
{
    static struct bench b;
    start(&b, 1);
    unsigned dense = 0, changes = 0; /* of dw, also while psums are inside */
    for (unsigned i = 0; i < as_cosim_rounds(3000); i++) {
        if (i % 100 == 0) {
            dense = as_cosim_percent(&b.random, 20) ? 100 : 2 + as_cosim_below(&b.random, 60);
            changes = as_cosim_percent(&b.random, 50) ? 0 : as_cosim_below(&b.random, 10);
        }
        random_inputs(&b, dense);
        b.in.dw_i ^= P_LINE && (i % 100 == 0 || as_cosim_percent(&b.random, changes));
        step(&b);
    }
    teardown(&b);
}

/* One beat with x on all rows; the weights reach each pair with it. */
Test(pe_tree, psum_of_a_beat_with_its_weights_leaves_column_c_in_one_cycle_only)
{
    static struct bench b;
    start(&b, 2);
    for (unsigned n = 0; n < 2 * INSIDE; n++) {
        memset(&b.in, 0, sizeof b.in);
        as_cosim_fill(b.in.x_i, P_ROWS, n == 0 ? 0x85 : 0);
        for (unsigned c = 0; c < P_COLS; c++) {
            if (n == (P_WIDE ? P_BCAST + P_XF * (c / 2) : 0)) {
                b.in.wen_i |= P_WIDE ? UINT64_C(1) << c / 2 : 1;
                for (unsigned r = 0; r < P_ROWS; r++)
                    as_cosim_put(b.in.w_i, 8 * (c * P_ROWS + r), 8, (uint8_t)weight(r, c));
            }
            int32_t sum = 0;
            for (unsigned r = 0; r < P_ROWS; r++)
                sum += -123 * weight(r, c);
            cr_assert_eq(as_pe_tree_psum(&b.m)[c], n == LATE(c) ? sum : 0,
                         "column %u, %u cycles after the beat", c, n);
        }
        step(&b);
    }
    teardown(&b);
}
