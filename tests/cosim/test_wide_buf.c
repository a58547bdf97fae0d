/* wide_buf with the tile_bufs of its pairs: docs/blocks.md, 1 and 6. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/wide_buf.h"

#define WORD      8 /* bytes of a memory word */
#define PAIRS     ((P_COLS + 1) / 2)
#define LINE_LATE (P_LINE ? P_TS - 1 : 0)

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_wide_buf m;
    uint64_t random;
    struct dut_in in;
    struct as_wide_buf_in model_in;
};

static void random_in(struct bench *b)
{
    struct as_tile_write *write = &b->model_in.write;
    as_cosim_random_in(&b->random, &b->in);
    write->lanes = as_cosim_below(&b->random, P_LANES < WORD ? P_LANES + 1 : WORD + 1);
    write->lane = as_cosim_below(&b->random, P_LANES - write->lanes + 1);
    memset(b->in.we_i, 0, sizeof b->in.we_i);
    for (uint32_t n = 0; n < WORD; n++)
        b->model_in.data.b[n] = (uint8_t)as_cosim_bits(&b->random, 8);
    for (uint32_t n = write->lane; n < write->lane + write->lanes; n++) {
        as_cosim_put(b->in.we_i, n, 1, 1);
        as_cosim_put(b->in.wdata_i, 8 * n, 8, b->model_in.data.b[n % WORD]);
    }
}

static void tick(struct bench *b)
{
    b->model_in.write.addr = (uint32_t)b->in.waddr_i;
    b->model_in.iss = b->in.iss_i;
    b->model_in.addr = (uint32_t)b->in.addr_i;
    b->model_in.line = b->in.line_i;
    b->model_in.lk_v = b->in.lk_v_i;
    b->model_in.lk_addr = (uint32_t)b->in.lk_addr_i;
    as_cosim_eval(b->c, &b->in);
    as_wide_buf_tick(&b->m, &b->model_in);
    if (b->in.rst_i)
        as_wide_buf_reset(&b->m);
    as_cosim_tick(b->c);
}

static void compare(struct bench *b)
{
    struct dut_out out;
    struct dut_reg all, *reg = &all;
    const struct as_wide_buf *m = &b->m;
    memset(&out, 0, sizeof out);
    memset(reg, 0, sizeof *reg);
    memcpy(out.rdata_o, b->m.buf.rdata_q, P_LANES);
    out.wen_o = b->m.wen_q;
#include "tests/cosim/signals_of.h"
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, reg);
}

/* Issues of as many cycles as the history holds, then a reset: both sides know all registers. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.rows = P_ROWS,
                       .cols = P_COLS,
                       .line_stages = P_LINE ? P_TS - 1 : 0,
                       .broadcast = P_BCAST,
                       .line = P_LINE,
                       .x_forwarded = P_XF,
                       .wbuf_beats = P_LANES / WORD,
                       .mem_width_bytes = WORD,
                       .wbuf_addr_bits = P_ADDR_W};
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_wide_buf_init(&b->m, b->arena, &hw);
    for (int i = 0; i <= P_PAST; i++)
        tick(b);
    b->in.rst_i = 1;
    tick(b);
    b->in.rst_i = 0;
}

static void teardown(struct bench *b)
{
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

Test(wide_buf, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    for (unsigned i = 0; i < as_cosim_rounds(5000); i++) {
        random_in(&b);
        b.in.rst_i = as_cosim_percent(&b.random, 2);
        compare(&b);
        tick(&b);
    }
    teardown(&b);
}

/* One issue alone: pair j has the word and its enable n + 1 cycles later, and at no other time. */
static void issue_reaches_every_pair(struct bench *b, bool line)
{
    uint32_t word = as_cosim_below(&b->random, P_DEPTH);
    for (uint32_t t = 0; t <= P_PAST + 1; t++) {
        memset(&b->in, 0, sizeof b->in);
        b->in.line_i = line;
        b->in.iss_i = t == 0;
        b->in.addr_i = t == 0 ? word : word ^ 1;
        b->model_in.write.lanes = 0;
        tick(b);
        for (uint32_t j = 0; j < PAIRS; j++) {
            uint32_t n = j * P_XF + P_BCAST + (line ? LINE_LATE : 0);
            cr_assert_eq(b->m.wen_q >> j & 1, t == n, "pair %u, cycle %u", j, t);
            if (t != n)
                continue;
            uint32_t end = j == PAIRS - 1 ? P_LANES : 2 * P_ROWS * (j + 1);
            for (uint32_t i = 2 * P_ROWS * j; i < end; i++) {
                uint32_t hash = (word + P_SEED + i) * 0x9E3779B1u;
                cr_assert_eq(b->m.buf.rdata_q[i], (uint8_t)(hash ^ hash >> 15));
            }
        }
    }
}

Test(wide_buf, an_issue_reaches_pair_j_with_its_operands_and_shows_garbage_of_lane_and_address)
{
    struct bench b;
    setup(&b, 2);
    for (unsigned i = 0; i < 20; i++)
        issue_reaches_every_pair(&b, P_LINE && i % 2);
    teardown(&b);
}
