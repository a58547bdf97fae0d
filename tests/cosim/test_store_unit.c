/* store_unit with desc_fetch and requant: docs/blocks.md, 2, 5 and 11. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"
#include "tests/cosim/fake_memory.h"

#include "sim/blocks/store_unit.h"

#define STREAM      AS_STREAM_STORE
#define MEM_BYTES   (1u << P_ADDR_W)
#define LANE_W      AS_SIGNAL_LOG2(P_BYTES)
#define DRAIN_WORDS (1u << P_ACC_W)                       /* of one half */
#define MOST        (DRAIN_WORDS < 64 ? DRAIN_WORDS : 64) /* elements of the directed tests */
#define BEATS       (32 / P_BYTES)                        /* of a descriptor */
#define PARAM_BEATS (P_RECORD_BEATS)
#define RECORD      (P_BYTES * PARAM_BEATS)
#define REQUANT     11 /* cycles from an element to its output */
#define LIMIT       1000000
#define AT_PARAMS   0x400u
#define AT_OUTPUT   0x800u

/* A descriptor field, which the model holds in its words; ADDRESS: the RTL keeps the memory word.
 */
#define OF_DESC(reg, name)    AS_OF_BITS(reg, m->word_q[AS_STORE_WORD_##name], AS_STORE_LOW_##name)
#define TO_DESC(reg, name)    AS_TO_BITS(reg, m->word_q[AS_STORE_WORD_##name], AS_STORE_LOW_##name)
#define OF_ADDRESS(reg, name) AS_OF_BITS(reg, m->word_q[AS_STORE_WORD_##name], LANE_W)
#define TO_ADDRESS(reg, name) AS_TO_BITS(reg, m->word_q[AS_STORE_WORD_##name], LANE_W)

struct bench {
    struct as_cosim *c;
    struct as_store_unit m;
    struct as_requant rq[P_LANES];
    struct as_fake_memory mem;
    uint8_t byte[MEM_BYTES];
    int32_t drain[2 * DRAIN_WORDS][P_COLS];
    uint32_t drain_addr; /* of the cycle before */
    uint64_t random;
    struct dut_in in;
    struct as_store_unit_out out; /* of the cycle just compared */
    struct as_mem_request req;
    unsigned idle_percent; /* how often a drain half is not full */
    bool compares;
};

static void expect(struct bench *b, const struct as_store_unit_in *in,
                   const struct as_requant_in *x)
{
    const struct as_store_unit *m = &b->m;
    struct dut_out out = {.idle_o = !b->out.busy,
                          .waiting_o = b->out.waiting,
                          .req_valid_o = b->req.valid,
                          .req_write_o = b->req.write,
                          .req_addr_o = b->req.addr,
                          .req_wstrb_o = b->req.wstrb,
                          .free_acc_o = b->out.acc_free,
                          .push_mem_o = b->out.push_m,
                          .layer_done_o = b->out.layer_done,
                          .drain_addr_o = b->out.drain_addr,
                          .x_valid_o = x[0].valid,
                          .x_ready_o = in->requant.ready,
                          .x_o = (uint32_t)x->x,
                          .y_valid_o = in->requant.valid,
                          .y_ready_o = x->out_ready,
                          .empty_o = in->requant.empty,
                          .x_side_by_side_o = x[P_LANES - 1].valid && P_LANES > 1,
                          .side_by_side_o = b->out.y_accept && b->out.side_by_side};
    struct dut_reg all = {0}, *reg = &all;
#include "tests/cosim/signals_of.h"
    reg->in_x_q = (uint32_t)b->rq[0].in_x_q;
#if P_LANES > 1
    reg->in_x0_q = (uint32_t)b->rq[1].in_x_q;
#endif
#if P_LANES > 2
    reg->in_x1_q = (uint32_t)b->rq[2].in_x_q;
    reg->in_x2_q = (uint32_t)b->rq[3].in_x_q;
#endif
    for (int i = 0; i < P_LANES; i++)
        out.y_o |= (uint64_t)(uint8_t)b->rq[i].c_y_q << (8 * i);
    memcpy(out.req_wdata_o, b->req.wdata.b, P_BYTES);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, reg);
}

/* One cycle; start_i, pc_i and rst_i are the caller's. */
static void step(struct bench *b)
{
    struct as_requant_in x[P_LANES];
    as_fake_memory_begin(&b->mem);
    b->in.req_ready_i = b->mem.ready;
    b->in.rsp_valid_i = b->mem.rsp_valid;
    memcpy(b->in.rsp_data_i, b->mem.rsp_data.b, P_BYTES);
    memcpy(b->in.drain_data_i, b->drain[b->drain_addr], sizeof b->in.drain_data_i);
    b->in.acc_full_i = (as_cosim_percent(&b->random, b->idle_percent) ? 0 : 1u) |
                       (as_cosim_percent(&b->random, b->idle_percent) ? 0 : 2u);
    struct as_store_unit_in in = {.start = b->in.start_i,
                                  .pc = (uint32_t)b->in.pc_i << LANE_W,
                                  .acc_full = (uint8_t)b->in.acc_full_i,
                                  .req_ready = b->mem.ready,
                                  .rsp_valid = b->mem.rsp_valid,
                                  .rsp_data = b->mem.rsp_data,
                                  .drain_data = b->drain[b->drain_addr]};
    in.requant.valid = b->rq[0].c_v_q;
    in.requant.y = b->rq[0].c_y_q;
    for (int i = 1; i < P_LANES; i++)
        in.lane_y[i - 1] = b->rq[i].c_y_q;
    as_store_unit_request(&b->m, &in, &b->req);
    as_store_unit_feed(&b->m, &in, &x[0]);
    as_requant_eval(&b->rq[0], &x[0], &in.requant);
    for (int i = 1; i < P_LANES; i++)
        as_store_unit_feed_lane(&b->m, &in, i, &x[0], &x[i]);
    as_store_unit_eval(&b->m, &in, &b->out);
    as_cosim_eval(b->c, &b->in);
    if (b->compares)
        expect(b, &in, x);
    as_store_unit_tick(&b->m, &in, &b->out);
    for (int i = 0; i < P_LANES; i++)
        as_requant_tick(&b->rq[i], &x[i]);
    as_fake_memory_end(&b->mem, b->req.valid, b->req.write, b->req.addr);
    b->drain_addr = b->out.drain_addr;
    if (b->in.rst_i) {
        as_store_unit_reset(&b->m);
        for (int i = 0; i < P_LANES; i++)
            as_requant_reset(&b->rq[i]);
        b->mem.count = 0;
    }
    as_cosim_tick(b->c);
}

/* From garbage through a reset; the requantizer's garbage is behind its input, so it leaves. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.cols = P_COLS,
                       .mem_width_bytes = P_BYTES,
                       .param_beats = P_RECORD_BEATS,
                       .mem_bytes = MEM_BYTES,
                       .mem_words = MEM_BYTES / P_BYTES,
                       .count_bits = P_CNT_W,
                       .acc_addr_bits = P_ACC_W,
                       .by_address = P_BYADDR,
                       .requant_lanes = P_LANES,
                       .requant_float = P_FLOAT,
                       .requant_stages = P_STAGES};
    struct dut_reg all, *reg = &all;
    struct as_store_unit *m = &b->m;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_store_unit_init(m, &hw);
    for (int i = 0; i < P_LANES; i++)
        as_requant_init(&b->rq[i], &hw);
    b->mem = (struct as_fake_memory){.random = &b->random,
                                     .bytes = MEM_BYTES,
                                     .width = P_BYTES,
                                     .depth = 4,
                                     .latency = 1,
                                     .ready_percent = 100,
                                     .answer_percent = 100,
                                     .byte = b->byte};
    for (uint32_t i = 0; i < MEM_BYTES; i++)
        b->byte[i] = (uint8_t)as_cosim_bits(&b->random, 8);
    as_cosim_random_reg(&b->random, reg);
    as_cosim_deposit(b->c, reg);
    as_cosim_random_in(&b->random, &b->in);
    b->in.rst_i = 1;
    as_cosim_eval(b->c, &b->in);
    as_cosim_tick(b->c);
    as_cosim_registers(b->c, reg);
    as_cosim_expect_reset(b->c);
    reg->col_q = 0; /* a column that exists */
    reg->in_x_q = 0;
#if P_LANES > 1
    reg->in_x0_q = 0;
#endif
#if P_LANES > 2
    reg->in_x1_q = reg->in_x2_q = 0;
#endif
    as_cosim_deposit(b->c, reg);
#include "tests/cosim/signals_to.h"
    memset(&b->in, 0, sizeof b->in);
    for (int i = 0; i < P_STAGES + 4; i++)
        step(b);
    b->compares = true;
}

#include "tests/cosim/engine_bench.h"

/* A field's value in its place, and a flag of word 0. */
#define BITS(name, value) ((uint32_t)(value) << AS_STORE_LOW_##name)
#define FLAG(flags, name) ((flags) >> AS_STORE_LOW_##name & 1)
#define NO_CLAMP          (BITS(amin, 0x80) | BITS(amax, 0x7F))

/* Counts minus 1. */
struct shape {
    uint32_t q, p, kt, cols, last_cols;
};

static void put_store(struct bench *b, uint32_t at, const uint32_t word[AS_STORE_WORDS])
{
    for (uint32_t i = 0; i < AS_STORE_WORDS; i++)
        as_fake_memory_put(&b->mem, at + 4 * i, word[i]);
}

/* Deltas and addresses are random; the rest is legal. */
static void random_words(struct bench *b, const struct shape *n, uint32_t flags,
                         uint32_t word[AS_STORE_WORDS])
{
    uint64_t *r = &b->random;
    uint32_t above = (0x3FFu << P_CNT_W & 0x3FF) * 0x100401u; /* bits that mean nothing */
    for (int i = 1; i < AS_STORE_WORDS; i++)
        word[i] = (uint32_t)as_cosim_bits(r, 32);
    word[0] = flags | BITS(zp, as_cosim_bits(r, 24)); /* and the clamp */
    word[2] = BITS(nq, n->q) | BITS(np, n->p) | BITS(nkt, n->kt) | (above & word[2]);
    word[5] &= ~15u;
    word[6] = BITS(ncl, n->last_cols) | BITS(nc, n->cols) | BITS(m, (n->q + 1) * (n->p + 1) - 1);
    if (P_LANES == 1)
        word[2] |= BITS(side_by_side, as_cosim_bits(r, 1)); /* means nothing */
    if (!P_BYADDR)
        word[6] |= BITS(by_address, as_cosim_bits(r, 1)); /* means nothing */
}

/* The same for channels side by side. */
static void random_side_by_side(struct bench *b, struct shape n, uint32_t flags,
                                uint32_t word[AS_STORE_WORDS])
{
    n.cols = (n.cols | (P_LANES - 1)) % P_COLS | (P_LANES - 1);
    n.last_cols = (n.last_cols | (P_LANES - 1)) % P_COLS | (P_LANES - 1);
    if (n.cols >= P_COLS)
        n.cols = P_LANES - 1;
    if (n.last_cols >= P_COLS)
        n.last_cols = P_LANES - 1;
    random_words(b, &n, flags, word);
    word[1] &= ~(P_LANES - 1u);
    word[2] |= BITS(side_by_side, 1);
    word[3] &= ~(P_LANES - 1u);
    word[4] &= ~(P_LANES - 1u);
    word[7] = (word[7] & ~(P_LANES - 1u)) + 1;
}

/* Channels that are accumulator addresses, their elements columns in groups. */
static void random_by_address(struct bench *b, uint32_t flags, uint32_t word[AS_STORE_WORDS])
{
    uint64_t *r = &b->random;
    uint32_t most = DRAIN_WORDS < 12 ? DRAIN_WORDS : 12;
    uint32_t cols = as_cosim_below(r, P_COLS), last_cols = as_cosim_below(r, P_COLS);
    uint32_t groups = as_cosim_below(r, (most - last_cols - 1) / (cols + 1) + 1);
    struct shape n = {.p = groups, .kt = as_cosim_below(r, 4), cols, last_cols};
    random_words(b, &n, flags, word);
    word[2] ^= (uint32_t)as_cosim_bits(r, P_CNT_W); /* nq means nothing */
    word[6] = BITS(ncl, last_cols) | BITS(nc, cols) | BITS(m, groups * (cols + 1) + last_cols) |
              BITS(by_address, 1);
}

/* All flags but end, softmax, loop and step. */
static uint32_t random_flags(uint64_t *random)
{
    return (uint32_t)as_cosim_bits(random, AS_STORE_LOW_loop) & ~(BITS(end, 1) | BITS(softmax, 1));
}

static uint32_t random_stream(struct bench *b)
{
    uint64_t *r = &b->random;
    bool exponentials = as_cosim_percent(r, 40);
    uint32_t pc = (uint32_t)as_cosim_bits(r, P_ADDR_W) & ~15u, at = pc, body = pc;
    uint32_t word[AS_STORE_WORDS];
    for (uint32_t i = 0; i < 2 * DRAIN_WORDS; i++)
        for (uint32_t c = 0; c < P_COLS; c++)
            b->drain[i][c] = (int32_t)(as_cosim_edgy(r) >> (exponentials ? 1 : 0));
    for (unsigned left = as_cosim_below(r, 5); left > 0; left--, at += 32) {
        struct shape n = {.q = as_cosim_below(r, 5), .p = as_cosim_below(r, 3)};
        bool softmax = exponentials && as_cosim_percent(r, 70);
        if (as_cosim_percent(r, 10)) /* a whole half */
            n = (struct shape){.q = DRAIN_WORDS - 1};
        if (!softmax) {
            uint32_t most = DRAIN_WORDS / ((n.q + 1) * (n.p + 1));
            n.kt = as_cosim_below(r, most < 3 ? most : 3);
            n.cols = as_cosim_below(r, P_COLS);
            n.last_cols = as_cosim_below(r, P_COLS);
        }
        if (P_BYADDR && !softmax && as_cosim_percent(r, 50))
            random_by_address(b, random_flags(r), word);
        else if (P_LANES > 1 && !softmax && as_cosim_percent(r, 60))
            random_side_by_side(b, n, random_flags(r), word);
        else
            random_words(b, &n, random_flags(r), word);
        word[0] |= BITS(softmax, softmax) | BITS(step, as_cosim_bits(r, 1));
        word[2] |= BITS(in_float, as_cosim_bits(r, 1));
        put_store(b, at, word);
        if (as_cosim_percent(r, 30)) {
            at += 32;
            random_loop(b, at, body, (uint32_t)as_cosim_bits(r, 32) & ~(P_LANES - 1u));
            body = at + 32;
        }
    }
    as_fake_memory_put(&b->mem, at, BITS(end, 1));
    return pc;
}

Test(store_unit, block_and_model_agree_on_every_cycle)
{
    static struct bench b;
    agree_on_every_cycle(&b, 50, 400);
}

/* Runs one descriptor and END from address 0; the cycles from start to the end of the descriptor.
 * Every write goes where the loops of docs/blocks.md say. */
static unsigned store_cycles(struct bench *b, const struct shape *n,
                             const uint32_t word[AS_STORE_WORDS])
{
    uint32_t q = 0, p = 0, col = 0, kt = 0, base = word[1], addr = base;
    put_store(b, 0, word);
    as_fake_memory_put(&b->mem, 32, BITS(end, 1));
    start(b, 0);
    for (unsigned cycle = 1; cycle < LIMIT; cycle++) {
        step(b);
        if (b->out.acc_free != 0) {
            cr_assert_eq(kt, n->kt + 1, "k tiles");
            cr_assert_eq(b->out.acc_free, 1u << FLAG(word[0], asel));
            cr_assert_eq(b->out.push_m, FLAG(word[0], push_m));
            cr_assert_eq(b->out.layer_done, FLAG(word[0], layer_done));
            while (b->out.busy)
                step(b);
            return cycle;
        }
        if (!b->out.y_accept)
            continue;
        cr_assert_eq(b->req.addr, (addr & (MEM_BYTES - 1)) >> LANE_W);
        cr_assert_eq(b->req.wstrb, 1u << (addr & (P_BYTES - 1)));
        addr += q == n->q ? word[4] : word[3];
        p += q == n->q;
        q = q == n->q ? 0 : q + 1;
        if (p <= n->p)
            continue;
        bool last_col = col == (kt == n->kt ? n->last_cols : n->cols);
        p = 0;
        base += last_col ? word[7] : 1;
        kt += last_col;
        col = last_col ? 0 : col + 1;
        addr = base;
    }
    return 0;
}

/* From the first element of a channel to its last write, in a memory that never stalls. */
static unsigned channel_cycles(uint32_t elements)
{
    return REQUANT + 8 * ((elements - 1) / P_STAGES) + (elements - 1) % P_STAGES;
}

#define SOME_FLAGS (BITS(asel, 1) | BITS(push_m, 1) | BITS(layer_done, 1))

Test(store_unit, a_channel_takes_eight_cycles_for_as_many_elements_as_stages)
{
    static struct bench b;
    uint32_t word[AS_STORE_WORDS];
    setup(&b, 2);
    for (uint32_t elements = 1; elements <= MOST; elements += 1 + elements / 4) {
        for (unsigned latency = 1; latency <= 3; latency++) {
            struct shape n = {.q = elements - 1};
            b.mem.latency = latency;
            random_words(&b, &n, elements << 1 & SOME_FLAGS, word);
            unsigned run = BEATS + PARAM_BEATS + 2 * latency + 2;
            cr_assert_eq(store_cycles(&b, &n, word), run + channel_cycles(elements) + 1,
                         "%u elements, latency %u", elements, latency);
        }
    }
    as_cosim_free(b.c);
}

Test(store_unit, each_channel_reads_its_parameters_but_shared_ones_once)
{
    static struct bench b;
    uint32_t word[AS_STORE_WORDS];
    setup(&b, 3);
    for (uint32_t shared = 0; shared < 2; shared++) {
        for (uint32_t kt = 0; kt < 3; kt++) {
            struct shape n = {.q = 2, .kt = kt, .cols = P_COLS - 1, .last_cols = P_COLS / 2};
            uint32_t channels = kt * P_COLS + P_COLS / 2 + 1;
            random_words(&b, &n, BITS(shared, shared), word);
            unsigned between = shared ? 1 : PARAM_BEATS + 1; /* GAP, or PARAM */
            unsigned run = BEATS + PARAM_BEATS + 4;
            cr_assert_eq(store_cycles(&b, &n, word),
                         run + channels * (channel_cycles(3) + 1) + (channels - 1) * between);
        }
    }
    as_cosim_free(b.c);
}

Test(store_unit, outputs_are_drain_plus_bias_requantized)
{
    static struct bench b;
    uint32_t word[AS_STORE_WORDS];
    setup(&b, 4);
    struct shape n = {.q = 3, .cols = P_COLS - 1, .last_cols = P_COLS - 1};
    random_words(&b, &n, 0, word);
    word[0] = BITS(zp, 5) | NO_CLAMP;
    word[1] = AT_OUTPUT;
    word[5] = AT_PARAMS;
    for (uint32_t c = 0; c < P_COLS; c++) { /* a quarter of drain + 8 c, rounded */
        as_fake_memory_put(&b.mem, AT_PARAMS + c * RECORD, 8 * c);
        as_fake_memory_put(&b.mem, AT_PARAMS + c * RECORD + 4, 1u << 30);
        as_fake_memory_put(&b.mem, AT_PARAMS + c * RECORD + 8, 1);
        for (uint32_t i = 0; i <= n.q; i++)
            b.drain[i][c] = (int32_t)(40 * i);
    }
    put_store(&b, 0, word);
    as_fake_memory_put(&b.mem, 32, BITS(end, 1));
    start(&b, 0);
    uint32_t writes = 0;
    do {
        step(&b);
        if (!b.out.y_accept)
            continue;
        uint32_t c = writes / (n.q + 1), i = writes % (n.q + 1);
        cr_assert_eq(b.req.wdata.b[0], 10 * i + 2 * c + 5);
        writes++;
    } while (b.out.busy);
    cr_assert_eq(writes, P_COLS * (n.q + 1));
    as_cosim_free(b.c);
}

/* Halves, as their ties tell the two rules apart. */
Test(store_unit, a_descriptor_says_how_its_outputs_are_rounded)
{
    static struct bench b;
    uint32_t word[AS_STORE_WORDS];
    setup(&b, 9);
    for (uint32_t in_float = 0; in_float < 2; in_float++) {
        struct shape n = {.q = 3};
        uint32_t i = 0;
        random_words(&b, &n, 0, word);
        word[0] = NO_CLAMP;
        word[1] = AT_OUTPUT;
        word[2] |= BITS(in_float, in_float);
        word[5] = AT_PARAMS;
        as_fake_memory_put(&b.mem, AT_PARAMS, 0);
        as_fake_memory_put(&b.mem, AT_PARAMS + 4, 1u << 30);
        as_fake_memory_put(&b.mem, AT_PARAMS + 8, 0);
        for (uint32_t at = 0; at <= n.q; at++)
            b.drain[at][0] = (int32_t)(2 * at + 1);
        put_store(&b, 0, word);
        as_fake_memory_put(&b.mem, 32, BITS(end, 1));
        start(&b, 0);
        do {
            step(&b);
            if (!b.out.y_accept)
                continue;
            uint32_t up = in_float && P_FLOAT ? i & 1 : 1;
            cr_assert_eq(b.req.wdata.b[0], i + up, "%u halves", 2 * i + 1);
            i++;
        } while (b.out.busy);
        cr_assert_eq(i, n.q + 1);
    }
    as_cosim_free(b.c);
}

/* Two k tiles, the second of one group of lanes: every write is the bytes of a group, each
 * requantized by its own record. */
Test(store_unit, channels_side_by_side_are_one_write)
{
    static struct bench b;
    uint32_t word[AS_STORE_WORDS], writes = 0, cycles = 0;
    const uint32_t whole = P_COLS / P_LANES * P_LANES, groups = whole / P_LANES + 1, elements = 3;
    if (P_LANES == 1)
        cr_skip_test();
    setup(&b, 8);
    struct shape n = {.q = elements - 1, .kt = 1, .cols = whole - 1, .last_cols = P_LANES - 1};
    random_words(&b, &n, 0, word);
    word[0] = NO_CLAMP;
    word[1] = AT_OUTPUT;
    word[2] |= BITS(side_by_side, 1);
    word[3] = 16; /* from element to element */
    word[5] = AT_PARAMS;
    word[7] = 1;                                     /* the second tile's channels follow */
    for (uint32_t c = 0; c < whole + P_LANES; c++) { /* half of drain + 2 c */
        as_fake_memory_put(&b.mem, AT_PARAMS + c * RECORD, 2 * c);
        as_fake_memory_put(&b.mem, AT_PARAMS + c * RECORD + 4, 1u << 30);
        as_fake_memory_put(&b.mem, AT_PARAMS + c * RECORD + 8, 0);
    }
    for (uint32_t i = 0; i < 2 * DRAIN_WORDS; i++)
        for (uint32_t c = 0; c < P_COLS; c++)
            b.drain[i][c] = (int32_t)(16 * (i % DRAIN_WORDS) + 4 * c);
    put_store(&b, 0, word);
    as_fake_memory_put(&b.mem, 32, BITS(end, 1));
    start(&b, 0);
    do {
        step(&b);
        cycles += b.out.acc_free == 0 && writes < groups * elements;
        if (!b.out.y_accept)
            continue;
        uint32_t group = writes / elements, i = writes % elements, first = group * P_LANES;
        uint32_t addr = AT_OUTPUT + first + 16 * i, lane = addr & (P_BYTES - 1);
        cr_assert(b.out.side_by_side);
        cr_assert_eq(b.req.addr, addr >> LANE_W, "write %u", writes);
        cr_assert_eq(b.req.wstrb, ((1u << P_LANES) - 1) << lane, "write %u", writes);
        for (uint32_t l = 0; l < P_LANES; l++) {
            uint32_t c = first + l, col = c < whole ? c : c - whole;
            uint32_t x = 16 * (c < whole ? i : elements + i) + 4 * col;
            cr_assert_eq(b.req.wdata.b[lane + l], x / 2 + c, "write %u, lane %u", writes, l);
        }
        writes++;
    } while (b.out.busy);
    cr_assert_eq(writes, groups * elements);
    cr_assert_eq(cycles,
                 BEATS + 3 + groups * (P_LANES * PARAM_BEATS + channel_cycles(elements) + 2) - 1);
    as_cosim_free(b.c);
}

/* Three channels of two whole groups of columns and a last one of one: every drain word and every
 * address in turn. */
Test(store_unit, by_address_walks_the_columns_of_each_accumulator_address)
{
    static struct bench b;
    uint32_t word[AS_STORE_WORDS], writes = 0;
    const uint32_t groups = 2, elements = groups * P_COLS + 1, dk = 5;
    if (!P_BYADDR || elements > DRAIN_WORDS || groups * dk + 3 > DRAIN_WORDS)
        cr_skip_test();
    setup(&b, 7);
    struct shape n = {.p = groups, .kt = 2, .cols = P_COLS - 1, .last_cols = 0};
    random_words(&b, &n, BITS(shared, 1), word);
    word[0] = BITS(shared, 1) | NO_CLAMP;
    word[1] = AT_OUTPUT;
    word[3] = 3; /* from column to column, from group to group */
    word[4] = 0x40;
    word[5] = AT_PARAMS;
    word[6] = BITS(nc, P_COLS - 1) | BITS(m, elements - 1) | BITS(by_address, 1);
    word[7] = dk;
    as_fake_memory_put(&b.mem, AT_PARAMS, 0);
    as_fake_memory_put(&b.mem, AT_PARAMS + 4, 0x7FFFFFFF);
    as_fake_memory_put(&b.mem, AT_PARAMS + 8, 0);
    for (uint32_t i = 0; i < DRAIN_WORDS; i++)
        for (uint32_t c = 0; c < P_COLS; c++)
            b.drain[i][c] = (int32_t)(i * P_COLS + c) % 100;
    put_store(&b, 0, word);
    as_fake_memory_put(&b.mem, 32, BITS(end, 1));
    start(&b, 0);
    do {
        step(&b);
        if (!b.out.y_accept)
            continue;
        uint32_t k = writes / elements, i = writes % elements;
        uint32_t group = i / P_COLS, col = i % P_COLS;
        uint32_t addr = AT_OUTPUT + k + group * (0x40 + 3 * (P_COLS - 1)) + col * 3;
        cr_assert_eq(b.req.addr, (addr & (MEM_BYTES - 1)) >> LANE_W, "element %u", writes);
        cr_assert_eq(b.req.wstrb, 1u << (addr & (P_BYTES - 1)));
        cr_assert_eq(b.req.wdata.b[0], ((k + group * dk) * P_COLS + col) % 100);
        writes++;
    } while (b.out.busy);
    cr_assert_eq(writes, 3 * elements);
    as_cosim_free(b.c);
}

Test(store_unit, softmax_of_equal_exponentials_is_uniform)
{
    static struct bench b;
    uint32_t word[AS_STORE_WORDS];
    setup(&b, 5);
    const uint32_t most = DRAIN_WORDS < 1u << P_CNT_W ? DRAIN_WORDS : 1u << P_CNT_W;
    for (uint32_t elements = 2; elements <= most; elements *= 2) {
        struct shape n = {.q = elements - 1};
        random_words(&b, &n, 0, word);
        word[0] = BITS(softmax, 1) | BITS(zp, 0x80) | NO_CLAMP; /* zero point -128: 256 is one */
        for (uint32_t i = 0; i < elements; i++)
            b.drain[i][0] = 0x7FFFFFFF;
        put_store(&b, 0, word);
        as_fake_memory_put(&b.mem, 32, BITS(end, 1));
        start(&b, 0);
        uint32_t writes = 0;
        do {
            step(&b);
            if (!b.out.y_accept)
                continue;
            cr_assert_eq((int8_t)b.req.wdata.b[0], (int)(256 / elements) - 128, "of %u", elements);
            writes++;
        } while (b.out.busy);
        cr_assert_eq(writes, elements);
    }
    as_cosim_free(b.c);
}

/* From the start of a softmax row of equal exponentials to its first write. */
static unsigned first_softmax_write(struct bench *b, uint32_t elements, int32_t exponential)
{
    uint32_t word[AS_STORE_WORDS];
    struct shape n = {.q = elements - 1};
    unsigned cycles = 0;
    random_words(b, &n, BITS(softmax, 1), word);
    put_store(b, 0, word);
    as_fake_memory_put(&b->mem, 32, BITS(end, 1));
    for (uint32_t i = 0; i < elements; i++)
        b->drain[i][0] = exponential;
    start(b, 0);
    do {
        step(b);
        cycles++;
    } while (!b->out.y_accept && cycles < LIMIT);
    while (b->out.busy)
        step(b);
    return cycles;
}

Test(store_unit, a_softmax_row_takes_as_long_whatever_its_sum)
{
    static const int32_t exponential[] = {0, 1, 0x00800000, 0x10000000, 0x7FFFFFFF};
    static struct bench b;
    setup(&b, 7);
    for (uint32_t elements = 1; elements <= MOST; elements += 1 + elements / 2)
        for (size_t e = 0; e < sizeof exponential / sizeof exponential[0]; e++)
            cr_assert_eq(first_softmax_write(&b, elements, exponential[e]), BEATS + elements + 112,
                         "%u of %d", elements, exponential[e]);
    as_cosim_free(b.c);
}

Test(store_unit, a_loop_repeats_its_body_and_moves_what_steps_until_it_ends)
{
    static struct bench b;
    static const uint32_t dst[] = {0x100, 0x200, 0, 0x300}; /* moves, stays, LOOP, moves */
    static const uint32_t flags[] = {BITS(step, 1), 0, BITS(loop, 1), BITS(step, 1)};
    static const uint32_t expected[] = {0x100, 0x200, 0x141, 0x200, 0x182, 0x200, 0x300};
    uint32_t word[AS_STORE_WORDS];
    unsigned count = 0;
    setup(&b, 6);
    for (uint32_t i = 0; i < 4; i++) {
        struct shape n = {.q = i == 2 ? 2 : 0};
        random_words(&b, &n, flags[i], word);
        word[1] = i == 2 ? 0x41 : dst[i];
        put_store(&b, 32 * i, word);
    }
    as_fake_memory_put(&b.mem, 128, BITS(end, 1));
    start(&b, 0);
    do {
        step(&b);
        if (!b.out.y_accept)
            continue;
        cr_assert_lt(count, sizeof expected / sizeof expected[0]);
        cr_assert_eq(b.req.addr, expected[count] / P_BYTES);
        cr_assert_eq(b.req.wstrb, 1u << expected[count] % P_BYTES);
        count++;
    } while (b.out.busy);
    cr_assert_eq(count, sizeof expected / sizeof expected[0]);
    as_cosim_free(b.c);
}
