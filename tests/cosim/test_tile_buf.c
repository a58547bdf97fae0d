/* tile_buf and its ram_1r1w: docs/blocks.md, 1 and 6. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/tile_buf.h"

#define WORD 8 /* bytes of a memory word */

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_tile_buf m;
    uint64_t random;
    struct dut_in in;
    struct as_tile_write write;
    struct as_word data;
};

/* A write of some neighbouring lanes, as the load unit makes it. */
static void random_write(struct bench *b)
{
    uint32_t lanes = as_cosim_below(&b->random, P_LANES < WORD ? P_LANES + 1 : WORD + 1);
    b->write.lane = as_cosim_below(&b->random, P_LANES - lanes + 1);
    b->write.lanes = lanes;
    b->write.addr = (uint32_t)b->in.waddr_i;
    memset(b->in.we_i, 0, sizeof b->in.we_i);
    for (uint32_t n = 0; n < WORD; n++)
        b->data.b[n] = (uint8_t)as_cosim_bits(&b->random, 8);
    for (uint32_t n = b->write.lane; n < b->write.lane + lanes; n++) {
        as_cosim_put(b->in.we_i, n, 1, 1);
        as_cosim_put(b->in.wdata_i, 8 * n, 8, b->data.b[n % WORD]);
    }
}

static void tick(struct bench *b)
{
    as_cosim_eval(b->c, &b->in);
    as_tile_buf_tick(&b->m, &b->write, &b->data, (uint32_t)b->in.raddr_i);
    as_cosim_tick(b->c);
}

/* The word that was addressed in the last cycle. */
static void compare(struct bench *b)
{
    struct dut_out out;
    memset(&out, 0, sizeof out);
    memcpy(out.rdata_o, b->m.rdata_q, P_LANES);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
}

static void setup(struct bench *b, uint64_t seed)
{
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_tile_buf_init(&b->m, b->arena, P_LANES, P_DEPTH, P_SEED, WORD);
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
        random_write(&b);
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
            cr_assert_eq(b.m.rdata_q[n], (uint8_t)hash);
        }
    }
    teardown(&b);
}
