/* load_unit with desc_fetch and fifo_small: docs/blocks.md, 2, 5 and 6. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"
#include "tests/cosim/fake_memory.h"

#include "sim/blocks/load_unit.h"

#define STREAM    AS_STREAM_LOAD
#define MEM_BYTES (1u << P_ADDR_W)
#define LANE_W    AS_SIGNAL_LOG2(P_BYTES)
#define WORD_MODE (P_FILL % P_BYTES == 0)
#define GROUPS    (P_KIND_OUTPUT ? P_LANES / P_BYTES : 1)
#define WBUF_WORD (P_WBUF_BEATS * P_BYTES)
#define LIMIT     200000 /* cycles of the longest stream, and more */

/* A descriptor field, which the model holds in its words. */
#define OF_DESC(reg, name) AS_OF_BITS(reg, m->word_q[AS_LOAD_WORD_##name], AS_LOAD_LOW_##name)
#define TO_DESC(reg, name) AS_TO_BITS(reg, m->word_q[AS_LOAD_WORD_##name], AS_LOAD_LOW_##name)

struct bench {
    struct as_cosim *c;
    struct as_load_unit m;
    struct as_fake_memory mem;
    uint8_t byte[MEM_BYTES];
    uint64_t random;
    struct dut_in in;
    struct as_load_unit_out out; /* of the cycle just compared */
    unsigned idle_percent;       /* how often a half or the memory is not free */
    uint32_t writes;             /* beats to either buffer */
};

static void regs_of(const struct as_load_unit *m, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
#include "tests/cosim/signals_of.h"
    for (unsigned i = 0; i < P_TAGS; i++)
        reg->tag_mem[i] = (uint64_t)m->tag_mem[i].pad << (LANE_W + 1) |
                          (uint64_t)m->tag_mem[i].align << LANE_W | m->tag_mem[i].offset;
}

static void regs_to(struct as_load_unit *m, const struct dut_reg *reg)
{
#include "tests/cosim/signals_to.h"
    for (unsigned i = 0; i < P_TAGS; i++)
        m->tag_mem[i] = (struct as_load_tag){.pad = reg->tag_mem[i] >> (LANE_W + 1) & 1,
                                             .align = reg->tag_mem[i] >> LANE_W & 1,
                                             .offset = reg->tag_mem[i] & (P_BYTES - 1)};
}

/* The enables of one buffer's lanes. */
static void put_enables(const struct as_tile_write *write, unsigned lanes, uint32_t *enable)
{
    memset(enable, 0, sizeof *enable * AS_COSIM_WORDS(lanes));
    cr_assert_leq(write->lane + write->lanes, lanes);
    for (unsigned n = write->lane; n < write->lane + write->lanes; n++)
        as_cosim_put(enable, n, 1, 1);
}

static void expect_outputs(struct bench *b)
{
    const struct as_load_unit_out *m = &b->out;
    struct dut_out rtl, out;
    as_cosim_outputs(b->c, &rtl);
    out = rtl;
    out.idle_o = !m->busy;
    out.waiting_o = m->waiting;
    out.req_valid_o = m->req_valid;
    out.req_addr_o = m->req_addr;
    out.set_ibuf_o = m->ibuf_set;
    out.set_wbuf_o = m->wbuf_set;
    out.take_mem_o = m->take_m;
    out.wr_addr_o = b->m.dword_q;
    put_enables(&m->ibuf_write, P_LANES, out.wr_ien_o);
    put_enables(&m->wbuf_write, WBUF_WORD, out.wr_wen_o);
    memcpy(out.wr_data_o, m->write_data.b, P_BYTES);
    as_cosim_expect_out(b->c, &out);
    cr_assert_eq(m->ibuf_write.addr, b->m.dword_q & ((1u << P_IBUF_W) - 1));
    cr_assert_eq(m->wbuf_write.addr, b->m.dword_q & ((1u << P_WBUF_W) - 1));
}

/* One cycle; start_i, pc_i and rst_i are the caller's. */
static void step(struct bench *b)
{
    struct dut_reg reg;
    as_fake_memory_begin(&b->mem);
    b->in.req_ready_i = b->mem.ready;
    b->in.rsp_valid_i = b->mem.rsp_valid;
    memcpy(b->in.rsp_data_i, b->mem.rsp_data.b, P_BYTES);
    for (int bit = 1; bit <= 2; bit++) {
        b->in.ibuf_full_i &= ~(uint64_t)bit;
        b->in.wbuf_full_i &= ~(uint64_t)bit;
        b->in.ibuf_full_i |= as_cosim_percent(&b->random, b->idle_percent) ? (unsigned)bit : 0;
        b->in.wbuf_full_i |= as_cosim_percent(&b->random, b->idle_percent) ? (unsigned)bit : 0;
    }
    b->in.mem_ok_i = !as_cosim_percent(&b->random, b->idle_percent);
    struct as_load_unit_in in = {.start = b->in.start_i,
                                 .pc = (uint32_t)b->in.pc_i << LANE_W,
                                 .ibuf_full = (uint8_t)b->in.ibuf_full_i,
                                 .wbuf_full = (uint8_t)b->in.wbuf_full_i,
                                 .mem_tok = b->in.mem_ok_i,
                                 .req_ready = b->mem.ready,
                                 .rsp_valid = b->mem.rsp_valid,
                                 .rsp_data = b->mem.rsp_data};
    as_load_unit_eval(&b->m, &in, &b->out);
    regs_of(&b->m, &reg);
    as_cosim_eval(b->c, &b->in);
    expect_outputs(b);
    as_cosim_expect_reg(b->c, &reg);
    b->writes += (b->out.ibuf_write.lanes | b->out.wbuf_write.lanes) != 0;
    as_load_unit_tick(&b->m, &in, &b->out);
    if (b->in.rst_i)
        as_load_unit_reset(&b->m);
    as_fake_memory_end(&b->mem, b->out.req_valid, false, b->out.req_addr);
    if (b->in.rst_i)
        b->mem.count = 0;
    as_cosim_tick(b->c);
}

/* From garbage through a reset. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.unroll[AS_LOOP_C] = P_TC,
                       .cols = P_COLS,
                       .load_lanes = P_FILL,
                       .ibuf_lanes = P_LANES,
                       .output_kind = P_KIND_OUTPUT,
                       .line = P_LINE,
                       .partial_loads = P_PARTIAL_LOADS,
                       .wbuf_bytes = P_WBUF_FILL,
                       .word_fills = P_WORD_FILLS,
                       .mem_width_bytes = P_BYTES,
                       .mem_bytes = MEM_BYTES,
                       .mem_words = MEM_BYTES / P_BYTES,
                       .mem_reads = P_TAGS,
                       .count_bits = P_CNT_W,
                       .coord_bits = P_COORD_W,
                       .ibuf_addr_bits = P_IBUF_W,
                       .wbuf_addr_bits = P_WBUF_W,
                       .wbuf_beats = P_WBUF_BEATS,
                       .ibuf_word_mode = WORD_MODE};
    struct dut_reg reg;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_load_unit_init(&b->m, &hw);
    b->mem = (struct as_fake_memory){.random = &b->random,
                                     .bytes = MEM_BYTES,
                                     .width = P_BYTES,
                                     .depth = P_TAGS,
                                     .latency = 1,
                                     .ready_percent = 100,
                                     .answer_percent = 100,
                                     .byte = b->byte};
    for (uint32_t i = 0; i < MEM_BYTES; i++)
        b->byte[i] = (uint8_t)as_cosim_bits(&b->random, 8);
    as_cosim_random_reg(&b->random, &reg);
    as_cosim_deposit(b->c, &reg);
    as_cosim_random_in(&b->random, &b->in);
    b->in.rst_i = 1;
    as_cosim_eval(b->c, &b->in);
    as_cosim_tick(b->c);
    as_cosim_registers(b->c, &reg);
    as_cosim_expect_reset(b->c);
    regs_to(&b->m, &reg);
    memset(&b->in, 0, sizeof b->in);
}

#include "tests/cosim/engine_bench.h"

/* A field's value in its place. */
#define BITS(name, value) ((uint32_t)(value) << AS_LOAD_LOW_##name)

/* A count field: small, but sometimes as wide as it goes; bits above CNT_W mean nothing. */
static uint32_t random_count(struct bench *b, uint32_t below)
{
    uint32_t above = (uint32_t)as_cosim_bits(&b->random, 10) << P_CNT_W & 0x3FF;
    return as_cosim_below(&b->random, below) | above;
}

/* LN of docs/blocks.md. */
static const uint32_t lanes_of[] = {P_FILL, P_TC, P_COLS};

/* Writes a random descriptor; returns its size in bytes. */
static uint32_t random_descriptor(struct bench *b, uint32_t at, bool end)
{
    uint64_t *r = &b->random;
    bool linear = as_cosim_percent(r, 30), weight = as_cosim_percent(r, 30);
    uint32_t code = P_LINE ? as_cosim_below(r, 3) : 0;
    bool words = weight || (WORD_MODE && (linear || code == 0 || lanes_of[code] % P_BYTES == 0));
    bool bytes = !words || ((!weight || P_PARTIAL_LOADS) && as_cosim_percent(r, 60));
    uint32_t few = linear ? (1u << P_CNT_W) / 4 : 3, size = linear ? 16 : 48;
    uint32_t word[AS_LOAD_WORDS];
    word[0] = BITS(end, end) | BITS(to_weights, weight) | BITS(half, as_cosim_bits(r, 1)) |
              BITS(bytes, bytes) | BITS(wait_mem, as_cosim_bits(r, 1)) | BITS(linear, linear) |
              BITS(align, bytes ? as_cosim_below(r, 3) : 0) | BITS(pad, as_cosim_bits(r, 8)) |
              BITS(step, as_cosim_bits(r, 1)) |
              BITS(partial, P_PARTIAL_LOADS ? as_cosim_bits(r, 1) : 0) | BITS(lanes, code);
    word[1] = (uint32_t)as_cosim_bits(r, 32);
    word[2] = BITS(nc, random_count(b, few)) | BITS(ns, random_count(b, 3)) |
              BITS(nr, random_count(b, 4));
    word[3] = BITS(nq, random_count(b, 4)) | BITS(np, random_count(b, 4));
    for (int i = 4; i < 8; i++)
        word[i] = (uint32_t)as_cosim_bits(r, 32);
    for (int i = 8; i < 10; i++) { /* around the border of a small image, or anywhere */
        uint32_t y = as_cosim_below(r, 20), x = as_cosim_below(r, 20);
        y -= i == 8 ? 6 : 0;
        x -= i == 8 ? 6 : 0;
        word[i] = BITS(y0, y & 0x7FF) | BITS(x0, x & 0x7FF);
        if (as_cosim_percent(r, 20))
            word[i] = (uint32_t)as_cosim_bits(r, 32) & 0x07FF07FF;
    }
    word[10] = (uint32_t)as_cosim_bits(r, 32) & 0x0F0F0F0F;
    word[11] = P_PARTIAL_LOADS ? (uint32_t)as_cosim_bits(r, 16) : 0;
    word[11] |= BITS(array_row, as_cosim_below(r, GROUPS));
    for (uint32_t i = 0; i < size / 4; i++)
        as_fake_memory_put(&b->mem, at + 4 * i, word[i]);
    return size;
}

/* Writes a LOOP to `target`; returns its size in bytes. */
static uint32_t random_stream(struct bench *b)
{
    uint32_t pc = (uint32_t)as_cosim_bits(&b->random, P_ADDR_W) & ~15u, at = pc, body = pc;
    for (unsigned left = as_cosim_below(&b->random, 6); left > 0; left--) {
        at += random_descriptor(b, at, false);
        if (as_cosim_percent(&b->random, 30))
            body = at += random_loop(b, at, body, (uint32_t)as_cosim_bits(&b->random, 32));
    }
    random_descriptor(b, at, true);
    return pc;
}

Test(load_unit, block_and_model_agree_on_every_cycle)
{
    static struct bench b;
    agree_on_every_cycle(&b, 60, 300);
}

/* A linear descriptor of n weight words; returns the cycle after start in which the half is full.
 */
static unsigned fill_cycle(struct bench *b, uint32_t n)
{
    as_fake_memory_put(&b->mem, 0, BITS(to_weights, 1) | BITS(linear, 1));
    as_fake_memory_put(&b->mem, 4, 0x40);
    as_fake_memory_put(&b->mem, 8, n - 1);
    as_fake_memory_put(&b->mem, 12, 0);
    as_fake_memory_put(&b->mem, 16, BITS(end, 1));
    start(b, 0);
    for (unsigned cycle = 1; cycle < LIMIT / 40; cycle++) {
        step(b);
        if (b->out.wbuf_set != 0)
            return cycle;
    }
    return 0;
}

static void finish(struct bench *b)
{
    for (unsigned n = 0; b->out.busy && n < LIMIT; n++)
        step(b);
    cr_assert_not(b->out.busy);
}

Test(load_unit, a_run_takes_its_beats_its_descriptor_and_twice_the_latency)
{
    static struct bench b;
    setup(&b, 2);
    for (unsigned latency = 1; latency < P_TAGS; latency++) {
        for (uint32_t n = 1; n < (1u << P_CNT_W) - 1; n += 1 + n / 2) {
            b.mem.latency = latency;
            b.writes = 0;
            cr_assert_eq(fill_cycle(&b, n), 16 / P_BYTES + 3 + 2 * latency + n);
            cr_assert_eq(b.writes, n);
            finish(&b);
        }
    }
    as_cosim_free(b.c);
}

Test(load_unit, waits_until_its_half_is_free_and_not_longer)
{
    static struct bench b;
    setup(&b, 3);
    b.idle_percent = 100;
    fill_cycle(&b, 1);
    cr_assert(b.out.waiting && b.m.state_q == AS_LOAD_WAIT);
    b.idle_percent = 0;
    step(&b);
    step(&b);
    cr_assert_not(b.out.waiting);
    finish(&b);
    as_cosim_free(b.c);
}

Test(load_unit, end_returns_to_idle_without_a_request_more)
{
    static struct bench b;
    setup(&b, 4);
    as_fake_memory_put(&b.mem, 0x20, BITS(end, 1));
    start(&b, 0x20);
    unsigned busy = 0;
    do {
        step(&b);
        busy += b.out.busy;
    } while (b.out.busy);
    cr_assert_eq(busy, 16 / P_BYTES + 2); /* one request a cycle, the last answer, DECODE */
    cr_assert_eq(b.writes, 0);
    as_cosim_free(b.c);
}

Test(load_unit, a_loop_repeats_its_body_and_moves_what_steps_until_it_ends)
{
    static struct bench b;
    enum { STAYS = BITS(to_weights, 1) | BITS(linear, 1) };
    static const uint32_t stream[] = {STAYS | BITS(step, 1),
                                      0x100,
                                      0,
                                      0, /* one weight word, moving */
                                      STAYS,
                                      0x200,
                                      0,
                                      0, /* one that stays */
                                      BITS(loop, 1),
                                      0x40,
                                      2,
                                      0, /* twice more from address 0, 0x40 apart */
                                      STAYS | BITS(step, 1),
                                      0x300,
                                      0,
                                      0, /* the movement has ended */
                                      BITS(end, 1),
                                      0,
                                      0,
                                      0};
    static const uint32_t expected[] = {0x100, 0x200, 0x140, 0x200, 0x180, 0x200, 0x300};
    unsigned count = 0;
    setup(&b, 5);
    for (uint32_t i = 0; i < sizeof stream / sizeof stream[0]; i++)
        as_fake_memory_put(&b.mem, 4 * i, stream[i]);
    start(&b, 0);
    do {
        bool data = b.m.state_q == AS_LOAD_RUN;
        step(&b);
        if (data && b.mem.ready && count < sizeof expected / sizeof expected[0])
            cr_assert_eq(b.out.req_addr, expected[count] / P_BYTES, "beat %u", count);
        count += data && b.mem.ready;
    } while (b.out.busy);
    cr_assert_eq(count, sizeof expected / sizeof expected[0]);
    as_cosim_free(b.c);
}
