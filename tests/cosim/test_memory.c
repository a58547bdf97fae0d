/* memory: docs/blocks.md, 3. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/memory.h"

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_memory m;
    uint64_t random;
    struct dut_in in;
    struct as_memory_out out; /* of the cycle just compared */
};

/* One cycle with b->in: compared, then clocked. */
static void step(struct bench *b)
{
    struct as_memory_in in = {.req = {.valid = b->in.req_valid_i,
                                      .write = b->in.req_write_i,
                                      .addr = (uint32_t)b->in.req_addr_i,
                                      .wstrb = (uint32_t)b->in.req_wstrb_i},
                              .stall = b->in.stall_i};
    memcpy(in.req.wdata.b, b->in.req_wdata_i, P_BYTES);
    as_memory_eval(&b->m, &in, &b->out);
    struct dut_out out = {.req_ready_o = b->out.req_ready, .rsp_valid_o = b->out.rsp_valid};
    memcpy(out.rsp_data_o, b->out.rsp_data.b, P_BYTES);
    struct dut_reg reg = {.wait_q = b->m.wait_q};
    for (uint32_t n = 0; n < P_LATENCY; n++)
        reg.valid_q |= (uint64_t)b->m.pipe_valid_q[(b->m.slot + n) % AS_MEMORY_RING]
                       << (P_LATENCY - 1 - n);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    as_memory_tick(&b->m, &in);
    if (b->in.rst_i)
        as_memory_reset(&b->m);
    as_cosim_tick(b->c);
}

static void request(struct bench *b, bool write, uint32_t addr, uint32_t byte, uint32_t wstrb)
{
    memset(&b->in, 0, sizeof b->in);
    b->in.req_valid_i = 1;
    b->in.req_write_i = write;
    b->in.req_addr_i = addr;
    b->in.req_wstrb_i = wstrb;
    memset(b->in.req_wdata_i, (int)byte, sizeof b->in.req_wdata_i);
    step(b);
    b->in.req_valid_i = 0;
}

static void idle(struct bench *b, int cycles)
{
    memset(&b->in, 0, sizeof b->in);
    for (int i = 0; i < cycles; i++)
        step(b);
}

static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.mem_width_bytes = P_BYTES,
                       .mem_bytes = P_WORDS * P_BYTES,
                       .mem_latency = P_LATENCY,
                       .mem_interval = P_INTERVAL};
    struct dut_reg reg;
    struct dut_out out;
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_memory_init(&b->m, b->arena, &hw);
    as_cosim_random_reg(&b->random, &reg);
    as_cosim_deposit(b->c, &reg);
    b->in.rst_i = 1;
    for (int i = 0; i <= P_LATENCY; i++) { /* until every stage shows the same word */
        as_cosim_eval(b->c, &b->in);
        as_cosim_tick(b->c);
    }
    as_cosim_outputs(b->c, &out);
    memcpy(b->m.data_q.b, out.rsp_data_o, P_BYTES);
    b->in.rst_i = 0;
}

static void teardown(struct bench *b)
{
    for (uint32_t i = 0; i < P_WORDS; i++) {
        uint32_t word[P_BYTES / 4];
        as_cosim_mem_mem_read(b->c, i, word);
        cr_assert_eq(memcmp(word, b->m.bytes + (size_t)i * P_BYTES, P_BYTES), 0, "word %u", i);
    }
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

Test(memory, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    for (unsigned i = 0; i < as_cosim_rounds(5000); i++) {
        as_cosim_random_in(&b.random, &b.in);
        b.in.stall_i = as_cosim_percent(&b.random, 25);
        b.in.rst_i = as_cosim_percent(&b.random, 3);
        b.in.req_addr_i &= as_cosim_percent(&b.random, 70) ? 7 : UINT64_MAX;
        step(&b);
    }
    teardown(&b);
}

Test(memory, starts_with_the_garbage_of_its_address)
{
    struct bench b;
    setup(&b, 2);
    for (uint32_t i = 0; i < P_WORDS; i++) {
        uint32_t word[P_BYTES / 4];
        as_cosim_mem_mem_read(b.c, i, word);
        for (uint32_t j = 0; j < P_BYTES / 4; j++) {
            uint32_t hash = (i * (P_BYTES / 4) + j + 1) * 0x9E3779B1u;
            cr_assert_eq(word[j], hash ^ hash >> 15, "word %u", i);
        }
    }
    teardown(&b);
}

Test(memory, read_answers_after_its_latency_and_not_before_or_after)
{
    struct bench b;
    setup(&b, 3);
    request(&b, false, 5, 0, 0);
    for (int n = 1; n <= P_LATENCY + 2; n++) {
        step(&b);
        cr_assert_eq(b.out.rsp_valid, n == P_LATENCY, "%d cycles after the request", n);
    }
    teardown(&b);
}

Test(memory, is_ready_again_after_its_interval_and_not_before)
{
    struct bench b;
    setup(&b, 4);
    request(&b, false, 5, 0, 0);
    for (int n = 1; n <= P_INTERVAL + 2; n++) {
        step(&b);
        cr_assert_eq(b.out.req_ready, n >= P_INTERVAL, "%d cycles after the request", n);
    }
    b.in.stall_i = 1;
    step(&b);
    cr_assert_not(b.out.req_ready, "a stalled memory accepts");
    teardown(&b);
}

Test(memory, write_changes_the_bytes_of_its_strobe_for_the_next_read)
{
    struct bench b;
    setup(&b, 5);
    for (uint32_t i = 0; i < P_BYTES; i++) {
        uint8_t before[P_BYTES];
        memcpy(before, b.m.bytes + 9 * P_BYTES, P_BYTES);
        request(&b, true, 9, 0x30 + i, 1u << i);
        idle(&b, P_INTERVAL - 1);
        request(&b, false, 9, 0, 0);
        idle(&b, P_LATENCY);
        before[i] = (uint8_t)(0x30 + i);
        cr_assert_eq(memcmp(b.out.rsp_data.b, before, P_BYTES), 0);
    }
    teardown(&b);
}
