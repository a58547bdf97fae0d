/* tile_buf and its ram_1r1w: docs/blocks.md, 1 and 6. */
#include "tests/cosim/cosim.h"

#include "sim/tile_buf.h"

#define WORD_BYTES (P_LANES * P_LANE_W / 8)

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_tile_buf m;
    uint64_t random;
    struct dut_in in;
};

static void tick(struct bench *b)
{
    uint8_t wdata[AS_TILE_WORD_MAX] = {0};
    memcpy(wdata, b->in.wdata_i, WORD_BYTES);
    struct as_tile_buf_in in = {.wen = b->in.we_i,
                                .waddr = (uint32_t)b->in.waddr_i,
                                .raddr = (uint32_t)b->in.raddr_i,
                                .wdata = wdata,
                                .wdata_bytes = AS_TILE_WORD_MAX};
    as_cosim_eval(b->c, &b->in);
    as_tile_buf_tick(&b->m, &in);
    as_cosim_tick(b->c);
}

/* The word that was addressed in the last cycle. */
static void compare(struct bench *b)
{
    struct dut_out out;
    memset(&out, 0, sizeof out);
    memcpy(out.rdata_o, b->m.rdata_q, WORD_BYTES);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
}

static void setup(struct bench *b, uint64_t seed)
{
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_tile_buf_init(&b->m, b->arena, P_LANES, P_LANE_W / 8, P_DEPTH, P_SEED);
    tick(b);
}

static void teardown(struct bench *b)
{
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

Test(tile_buf, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    for (unsigned i = 0; i < as_cosim_rounds(5000); i++) {
        as_cosim_random_in(&b.random, &b.in);
        compare(&b);
        tick(&b);
    }
    teardown(&b);
}

Test(tile_buf, starts_with_the_garbage_of_lane_and_address)
{
    struct bench b;
    setup(&b, 2);
    for (uint32_t i = 0; i < P_DEPTH; i++) {
        b.in.raddr_i = i;
        tick(&b);
        b.in.raddr_i = ~i & (P_DEPTH - 1); /* data belongs to the cycle before */
        compare(&b);
        for (uint32_t n = 0; n < P_LANES; n++) {
            uint32_t hash = (i + P_SEED + n) * 0x9E3779B1u;
            hash ^= hash >> 15;
            for (uint32_t k = 0; k < P_LANE_W / 8; k++)
                cr_assert_eq(b.m.rdata_q[n * P_LANE_W / 8 + k], (uint8_t)(hash >> 8 * (k % 4)));
        }
    }
    teardown(&b);
}
