/* compute_unit with desc_fetch: docs/blocks.md, 2, 5 and 7. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"
#include "tests/cosim/fake_memory.h"

#include "sim/blocks/compute_unit.h"

/* Cycles from the first read of a wide weight buffer for a beat to the last, written again. */

#define STREAM    AS_STREAM_COMPUTE
#define MEM_BYTES ((1u << P_WADDR_W) * P_BYTES)
#define BEATS     (32 / P_BYTES) /* of a descriptor */
#define LIMIT     200000         /* cycles of the longest stream, and more */

/* JOB: a descriptor field, which the model holds in its word and decoded; FLAG: one that a model
 * without the operation clears when it decodes it, so that it is compared with the word. */
#define OF_DESC(reg, name) AS_OF_BITS(reg, m->word_q[AS_COMPUTE_WORD_##name], AS_COMPUTE_LOW_##name)
#define TO_DESC(reg, name) AS_TO_BITS(reg, m->word_q[AS_COMPUTE_WORD_##name], AS_COMPUTE_LOW_##name)
#define OF_JOB(reg, name)  AS_OF_FIELD(reg, m->job.name)
#define TO_JOB(reg, name)  AS_TO_FIELD(reg, m->job.name) TO_DESC(reg, name)

struct bench {
    struct as_cosim *c;
    struct as_compute_unit m;
    struct as_fake_memory mem;
    uint8_t byte[MEM_BYTES];
    uint64_t random;
    struct dut_in in;
    struct as_compute_unit_out out; /* of the cycle just compared */
    unsigned idle_percent;          /* how often a token is missing */
    unsigned beats, rows;           /* MAC beats, weight or psum rows since they were cleared */
};

static void expect(struct bench *b)
{
    const struct as_compute_unit_out *m = &b->out;
    const struct as_ctl *ctl = &b->m.ctl_q;
    struct dut_out out = {.idle_o = !m->busy,
                          .req_valid_o = m->req_valid,
                          .req_addr_o = m->req_addr,
                          .free_ibuf_o = m->ibuf_free,
                          .free_wbuf_o = m->wbuf_free,
                          .claim_acc_o = m->claim,
                          .ibuf_addr_o = m->ibuf_raddr,
                          .wbuf_addr_o = m->wbuf_raddr,
                          .wiss_o = m->ld_start,
                          .waddr_o = b->m.wptr_q,
                          .lk_v_o = b->m.lk_v_q,
                          .lk_addr_o = m->lk_addr,
                          .lk_sub_o = b->m.lk_sub_q,
                          .beat_o = m->mac_beat,
                          .col_o = b->m.q_q,
                          .line_o = b->m.mode_line_q,
                          .dw_o = b->m.mode_dw_q,
                          .wen_o = b->m.wen_q,
                          .orow_o = b->m.orow_q,
                          .mac_beat_o = m->mac_beat,
                          .lookup_beat_o = m->lookup_beat,
                          .wait_ibuf_o = m->wait_ifmap,
                          .wait_wbuf_o = m->wait_weight,
                          .wait_acc_o = m->wait_acc,
                          .bubble_o = m->run_idle,
                          .fetching_o = m->fetching};
    out.ctl_o = as_ctl_bits(ctl, P_ACC_W);
    const struct as_mac *mac = &b->m.mac_q;
    out.mac_o =
        (uint64_t)(mac->en << AS_MAC_EN | mac->first << AS_MAC_FIRST | mac->last << AS_MAC_LAST)
            << AS_SIGNAL_LOG2(P_BYTES) |
        mac->byte;
    as_cosim_expect_out(b->c, &out);
}

static uint64_t random_half_bits(struct bench *b, unsigned percent)
{
    return (as_cosim_percent(&b->random, percent) ? 1u : 0u) |
           (as_cosim_percent(&b->random, percent) ? 2u : 0u);
}

/* One cycle; start_i, pc_i and rst_i are the caller's. */
static void step(struct bench *b)
{
    uint8_t word[AS_TILE_WORD_MAX] = {0};
    struct dut_reg all = {0}, *reg = &all;
    const struct as_compute_unit *m = &b->m;
    as_fake_memory_begin(&b->mem);
    b->in.req_ready_i = b->mem.ready;
    b->in.rsp_valid_i = b->mem.rsp_valid;
    memcpy(b->in.rsp_data_i, b->mem.rsp_data.b, P_BYTES);
    b->in.ibuf_full_i = random_half_bits(b, 100 - b->idle_percent);
    b->in.wbuf_full_i = random_half_bits(b, 100 - b->idle_percent);
    b->in.acc_claim_i = random_half_bits(b, b->idle_percent);
    as_cosim_bits_wide(&b->random, P_LOOKUP * 8, b->in.ibuf_data_i);
    memcpy(word, b->in.ibuf_data_i, P_LOOKUP);
    struct as_compute_unit_in in = {.start = b->in.start_i,
                                    .pc = (uint32_t)b->in.pc_i * P_BYTES,
                                    .ibuf_full = (uint8_t)b->in.ibuf_full_i,
                                    .wbuf_full = (uint8_t)b->in.wbuf_full_i,
                                    .acc_claim = (uint8_t)b->in.acc_claim_i,
                                    .req_ready = b->mem.ready,
                                    .rsp_valid = b->mem.rsp_valid,
                                    .rsp_data = b->mem.rsp_data,
                                    .ibuf_word = word};
    as_compute_unit_eval(&b->m, &in, &b->out);
#include "tests/cosim/signals_of.h"
    reg->mode_q = (uint64_t)(m->mode_line_q << 1 | m->mode_dw_q);
    as_cosim_eval(b->c, &b->in);
    expect(b);
    as_cosim_expect_reg(b->c, &all);
    b->beats += b->out.mac_beat;
    b->rows += b->out.ld_issue || b->out.row_issue;
    if (b->in.start_i)
        b->beats = b->rows = 0;
    as_compute_unit_tick(&b->m, &in, &b->out);
    as_fake_memory_end(&b->mem, b->out.req_valid, false, b->out.req_addr);
    if (b->in.rst_i) {
        as_compute_unit_reset(&b->m);
        b->mem.count = 0;
    }
    as_cosim_tick(b->c);
}

/* From garbage through a reset; a garbage lane number lies within the word. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.rows = P_ROWS,
                       .mem_width_bytes = P_BYTES,
                       .mem_words = 1 << P_WADDR_W,
                       .count_bits = P_CNT_W,
                       .ibuf_addr_bits = P_IBUF_W,
                       .wbuf_addr_bits = P_WBUF_W,
                       .acc_addr_bits = P_ACC_W,
                       .output_kind = P_KIND_OUTPUT,
                       .wide = P_WIDE,
                       .line = P_LINE,
                       .unroll[AS_LOOP_R] = P_TR,
                       .wide_late = P_WIDE_LATE,
                       .load_lanes = P_LOOKUP,
                       .table_pack = P_TP,
                       .products = P_PRODUCTS,
                       .drain_cycles = P_DRAIN};
    struct dut_reg all, *reg = &all;
    struct as_compute_unit *m = &b->m;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_compute_unit_init(m, &hw);
    b->mem = (struct as_fake_memory){.random = &b->random,
                                     .bytes = MEM_BYTES,
                                     .width = P_BYTES,
                                     .depth = 4,
                                     .latency = 1,
                                     .ready_percent = 100,
                                     .answer_percent = 100,
                                     .byte = b->byte};
    as_cosim_random_reg(&b->random, reg);
    as_cosim_deposit(b->c, reg);
    as_cosim_random_in(&b->random, &b->in);
    b->in.rst_i = 1;
    as_cosim_eval(b->c, &b->in);
    as_cosim_tick(b->c);
    as_cosim_registers(b->c, reg);
    as_cosim_expect_reset(b->c);
    cr_assert(!reg->mode_q, "mode_q after a reset");
    reg->lk_lane_q = reg->lane_q = 0;
    reg->d_nl_q = as_cosim_cut(reg->d_vq_q, AS_WIDTH_d_nl_q); /* the same bits of a word */
    if (!P_KIND_OUTPUT) /* registers of the other kind, which a model leaves alone */
        reg->byte_q = reg->row_q = reg->orow_q = 0;
    as_cosim_deposit(b->c, reg);
#include "tests/cosim/signals_to.h"
    m->job.mul = P_PRODUCTS && reg->d_mul_q;
    m->job.line = P_LINE && reg->d_line_q;
    m->job.dw = P_LINE && reg->d_dw_q;
    memset(&b->in, 0, sizeof b->in);
}

#include "tests/cosim/engine_bench.h"

/* A field's value in its place, and a flag of word 0. */
#define BITS(name, value) ((uint32_t)(value) << AS_COMPUTE_LOW_##name)
#define FLAG(flags, name) (((flags) >> AS_COMPUTE_LOW_##name & 1) != 0)

/* Counts minus 1. */
struct loops {
    uint32_t q, p, k, c, s, r;
};

static uint32_t random_count(struct bench *b, uint32_t below)
{
    return as_cosim_percent(&b->random, 30) ? 0 : as_cosim_below(&b->random, below);
}

static void put_job(struct bench *b, uint32_t at, uint32_t flags, const struct loops *n,
                    uint32_t ntiles, uint32_t nl)
{
    uint32_t word[AS_COMPUTE_WORDS];
    uint32_t above = (0x3FFu << P_CNT_W & 0x3FF) * 0x100401u; /* bits that mean nothing */
    word[0] = flags;
    word[1] = BITS(nq, n->q) | BITS(np, n->p) | BITS(nk, n->k) |
              (above & (uint32_t)as_cosim_bits(&b->random, 30));
    word[2] = BITS(nc, n->c) | BITS(ns, n->s) | BITS(nr, n->r) |
              (above & (uint32_t)as_cosim_bits(&b->random, 30));
    for (int i = 3; i < 7; i++)
        word[i] = (uint32_t)as_cosim_bits(&b->random, 32);
    word[7] = P_KIND_OUTPUT ? (uint32_t)as_cosim_bits(&b->random, 16) : ntiles;
    word[7] |= BITS(nl, nl); /* or vq */
    for (uint32_t i = 0; i < AS_COMPUTE_WORDS; i++)
        as_fake_memory_put(&b->mem, at + 4 * i, word[i]);
}

/* `tiles` of `beats`: the reduction or the pixels inside. */
static struct loops tiles_of(uint32_t tiles, uint32_t beats)
{
    return P_KIND_OUTPUT ? (struct loops){.q = tiles - 1, .c = beats - 1}
                         : (struct loops){.q = beats - 1, .c = tiles - 1};
}

static void random_job(struct bench *b, uint32_t at)
{
    uint64_t *r = &b->random;
    bool lookup = as_cosim_percent(r, 35), scan = lookup && as_cosim_percent(r, 25);
    uint32_t flags = (uint32_t)as_cosim_bits(r, 17) &
                     ~(BITS(end, 1) | BITS(lookup, 1) | BITS(scan, 1) | BITS(loop, 1));
    struct loops n = {.q = random_count(b, 5), .p = random_count(b, 4)};
    if (as_cosim_percent(r, 10)) /* one long tile, to the end of the counter */
        n = tiles_of(1, 1u << P_CNT_W);
    else if (!scan)
        n = (struct loops){.q = n.q,
                           .p = n.p,
                           .k = random_count(b, 3),
                           .c = random_count(b, P_KIND_OUTPUT ? 2 * P_BYTES : 4),
                           .s = random_count(b, 3),
                           .r = random_count(b, 3)};
    bool hold = FLAG(flags, hold);
    uint32_t tiles = hold ? 1 : (n.k + 1) * (n.c + 1) * (n.s + 1) * (n.r + 1);
    uint32_t lanes = lookup && !scan ? as_cosim_below(r, P_LOOKUP) : 0;
    if (!lookup) /* nl is vq */
        lanes = as_cosim_percent(r, 50) ? n.q : as_cosim_below(r, n.q + 1);
    flags |= BITS(lookup, lookup) | BITS(scan, scan);
    put_job(b, at, flags, &n, tiles - 1, lanes);
}

static uint32_t random_stream(struct bench *b)
{
    uint32_t pc = (uint32_t)as_cosim_below(&b->random, MEM_BYTES) & ~15u, at = pc, body = pc;
    for (unsigned left = as_cosim_below(&b->random, 6); left > 0; left--, at += 32) {
        random_job(b, at);
        if (as_cosim_percent(&b->random, 30)) {
            at += 32;
            random_loop(b, at, body, 0);
            body = at + 32;
        }
    }
    as_fake_memory_put(&b->mem, at, BITS(end, 1));
    return pc;
}

Test(compute_unit, block_and_model_agree_on_every_cycle)
{
    static struct bench b;
    agree_on_every_cycle(&b, 60, 300);
}

/* A job that frees its halves, then END; the cycles from start to the pulse. */
static unsigned job_cycles(struct bench *b, const struct loops *n, uint32_t ntiles)
{
    put_job(b, 0, BITS(free_i, 1) | BITS(free_w, 1), n, ntiles, 0);
    as_fake_memory_put(&b->mem, 32, BITS(end, 1));
    start(b, 0);
    for (unsigned cycle = 1; cycle < 5000; cycle++) {
        step(b);
        if (b->out.job_end) {
            cr_assert(b->out.ibuf_free == 1 && b->out.wbuf_free == 1);
            while (b->out.busy && cycle++ < 6000)
                step(b);
            return cycle;
        }
    }
    return 0;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* From the end of a job to IDLE: fetching END, WAIT. */
#define TAIL (BEATS + 1 + 1 + 1)

/* Cycles of a tile when another follows. */
static unsigned period_of(unsigned beats)
{
    unsigned rows = P_WIDE ? 1 : P_ROWS;
    return P_KIND_OUTPUT ? larger(beats, rows) : larger(larger(beats, rows), 2);
}

/* Cycles of the last tile: the job ends when its weights are read, its psum rows out. */
static unsigned last_of(unsigned beats)
{
    if (P_KIND_OUTPUT)
        return beats + P_ROWS - 1;
    return larger(beats, P_WIDE ? 1 + P_WIDE_LATE : P_ROWS);
}

Test(compute_unit, a_tile_takes_its_beats_or_its_rows_and_the_next_follows_at_once)
{
    static struct bench b;
    setup(&b, 2);
    for (uint32_t tiles = 1; tiles <= 5; tiles++) {
        for (uint32_t beats = 1; beats <= 2 * P_ROWS + 2; beats++) {
            struct loops n = tiles_of(tiles, beats);
            unsigned run = period_of(beats) * (tiles - 1) + last_of(beats);
            cr_assert_eq(job_cycles(&b, &n, tiles - 1), BEATS + 3 + run + TAIL, "%u tiles of %u",
                         tiles, beats);
            cr_assert(b.beats == beats * tiles && b.rows == (P_WIDE ? 1 : P_ROWS) * tiles);
        }
    }
    as_cosim_free(b.c);
}

/* A lookup behind a MAC job: its first beat. */
Test(compute_unit, a_lookup_waits_until_no_psum_is_under_way)
{
    static struct bench b;
    struct loops one = {.q = 0};
    unsigned last = 0, first = 0;
    setup(&b, 3);
    put_job(&b, 0, 0, &one, 0, 0);
    put_job(&b, 32, BITS(lookup, 1), &one, 0, 0);
    as_fake_memory_put(&b.mem, 64, BITS(end, 1));
    start(&b, 0);
    for (unsigned n = 0; b.out.busy || n == 0; n++) {
        step(&b);
        last = b.out.mac_beat ? n : last;
        first = b.out.lookup_beat ? n : first;
    }
    unsigned fetched = last_of(1) + BEATS + 3; /* WAIT, RUN */
    cr_assert_eq(first - last, larger(P_DRAIN + 2, fetched));
    as_cosim_free(b.c);
}

Test(compute_unit, a_loop_repeats_its_body_as_often_as_it_says)
{
    static struct bench b;
    setup(&b, 4);
    for (uint32_t n = 0; n < 5; n++) {
        struct loops one = {.q = 0};
        unsigned jobs = 0;
        put_job(&b, 0, 0, &one, 0, 0);
        put_job(&b, 32, 0, &one, 0, 0);
        as_fake_memory_put(&b.mem, 64, BITS(loop, 1));
        as_fake_memory_put(&b.mem, 68, BITS(nq, n) | BITS(np, 2)); /* back to the second job */
        as_fake_memory_put(&b.mem, 96, BITS(end, 1));
        start(&b, 0);
        do {
            step(&b);
            jobs += b.out.job_end;
        } while (b.out.busy);
        cr_assert_eq(jobs, 1 + (n + 1));
    }
    as_cosim_free(b.c);
}

/* A job whose addresses are given as strides, and what it must do by definition. */
struct strides {
    uint32_t q, p, k, c, s, r; /* ibuf words; KIND output has no c */
    uint32_t da;               /* accumulator addresses between array rows */
};

struct beat_event {
    uint32_t ibuf, wbuf; /* wbuf: KIND output */
    bool first, last;    /* KIND output */
    uint32_t byte;
};

struct psum_event {
    uint32_t addr, row;
    bool ovr, emit, last;
};

struct trace {
    unsigned beats, psums, weights;
    struct beat_event beat[4096];
    struct psum_event psum[8192];
    uint32_t weight[8192]; /* KIND reduce: words that are issued */
};

/* Deltas are relative to the last address of the inner loop. */
static void put_strided(struct bench *b, uint32_t flags, const struct loops *n,
                        const struct strides *by, uint32_t ibase, uint32_t abase, uint32_t vq)
{
    uint32_t inner = n->q * by->q; /* what the loops inside have moved */
    uint32_t dp = by->p - inner, dc, ds, dr, dk;
    if (P_KIND_OUTPUT) {
        uint32_t word = n->c / P_BYTES;
        dc = (uint32_t)as_cosim_bits(&b->random, 16);
        ds = by->s - word;
        dr = by->r - word - n->s * by->s;
        dk = by->k - inner - n->p * by->p;
    } else {
        dc = by->c;
        ds = by->s - n->c * by->c;
        dr = by->r - n->c * by->c - n->s * by->s;
        dk = by->k - n->c * by->c - n->s * by->s - n->r * by->r;
    }
    put_job(b, 0, flags, n, 0, vq);
    as_fake_memory_put(&b->mem, 12, BITS(dq, by->q & 0xFFFF) | BITS(dp, dp));
    as_fake_memory_put(&b->mem, 16, BITS(dc, dc & 0xFFFF) | BITS(ds, ds));
    as_fake_memory_put(&b->mem, 20, BITS(dr, dr & 0xFFFF) | BITS(dk, dk));
    as_fake_memory_put(&b->mem, 24, BITS(ibase, ibase) | BITS(abase, abase));
    if (P_KIND_OUTPUT)
        as_fake_memory_put(&b->mem, 28, BITS(da, by->da) | BITS(vq, vq));
    as_fake_memory_put(&b->mem, 32, BITS(end, 1));
}

static void add_psum(struct trace *t, uint32_t addr, uint32_t row, bool ovr, bool emit, bool last)
{
    t->psum[t->psums++] = (struct psum_event){
        .addr = addr & ((1u << P_ACC_W) - 1), .row = row, .ovr = ovr, .emit = emit, .last = last};
}

/* KIND reduce: pixels inside, the reduction around them. */
static void expect_reduce(struct trace *t, uint32_t flags, const struct loops *n,
                          const struct strides *by, uint32_t base, uint32_t abase, uint32_t vq)
{
    bool line = P_LINE && FLAG(flags, line);
    uint32_t tiles = (n->k + 1) * (n->r + 1) * (n->s + 1) * (n->c + 1);
    uint32_t mask = (1u << P_IBUF_W) - 1, next = abase;
    for (uint32_t k = 0; k <= n->k; k++) {
        abase = next;
        for (uint32_t r = 0; r <= n->r; r++)
            for (uint32_t s = 0; s <= n->s; s++)
                for (uint32_t c = 0; c <= n->c; c++) {
                    bool zero = !r && !s && !c, end = r == n->r && s == n->s && c == n->c;
                    next = abase;
                    for (uint32_t p = 0; p <= n->p; p++)
                        for (uint32_t q = 0; q <= n->q; q++) {
                            uint32_t word = base + k * by->k + r * by->r + s * by->s + c * by->c +
                                            p * by->p + q * by->q;
                            t->beat[t->beats++] = (struct beat_event){.ibuf = word & mask};
                            if (line && (q > vq || p + 1 < P_TR))
                                continue;
                            add_psum(
                                t, next++, 0, FLAG(flags, first) && zero, FLAG(flags, emit) && end,
                                FLAG(flags, push_a) && end && k == n->k && p == n->p && q == n->q);
                        }
                }
    }
    tiles = FLAG(flags, hold) ? 1 : tiles;
    for (uint32_t i = 0; i < tiles * (P_WIDE ? 1 : P_ROWS); i++)
        t->weight[t->weights++] = (uint32_t)FLAG(flags, wsel) << (P_WBUF_W - 1) | i;
}

/* KIND output: the reduction inside, tiles of outputs around it. */
static void expect_output(struct trace *t, uint32_t flags, const struct loops *n,
                          const struct strides *by, uint32_t base, uint32_t abase)
{
    uint32_t tiles = (n->q + 1) * (n->p + 1), length = (n->r + 1) * (n->s + 1) * (n->c + 1);
    uint32_t mask = (1u << P_IBUF_W) - 1, weight = (uint32_t)FLAG(flags, wsel) << (P_WBUF_W - 1);
    for (uint32_t k = 0; k <= n->k; k++) {
        for (uint32_t tile = 0; tile < tiles; tile++) {
            uint32_t q = tile % (n->q + 1), p = tile / (n->q + 1);
            for (uint32_t i = 0; i < length; i++) {
                uint32_t c = i % (n->c + 1), s = i / (n->c + 1) % (n->s + 1);
                uint32_t r = i / (n->c + 1) / (n->s + 1);
                uint32_t word =
                    base + k * by->k + p * by->p + q * by->q + r * by->r + s * by->s + c / P_BYTES;
                t->beat[t->beats++] =
                    (struct beat_event){.ibuf = word & mask,
                                        .wbuf = (weight + i) & ((1u << P_WBUF_W) - 1),
                                        .first = i == 0,
                                        .last = i == length - 1,
                                        .byte = c % P_BYTES};
            }
            for (uint32_t row = 0; row < P_ROWS; row++)
                add_psum(t, abase + tile + row * by->da, row, FLAG(flags, first), FLAG(flags, emit),
                         FLAG(flags, push_a) && k == n->k && tile == tiles - 1 &&
                             row == P_ROWS - 1);
        }
        abase += tiles + (P_ROWS - 1) * by->da;
        weight += FLAG(flags, hold) ? 0 : length;
    }
}

/* What the model does in a cycle, which the step before compared with the RTL. */
static void record(const struct bench *b, struct trace *t, bool beat_before)
{
    const struct as_compute_unit *m = &b->m;
    if (beat_before && P_KIND_OUTPUT) { /* mac_q goes with the beat of the cycle before */
        t->beat[t->beats - 1].first = m->mac_q.first;
        t->beat[t->beats - 1].last = m->mac_q.last;
        t->beat[t->beats - 1].byte = m->mac_q.byte;
    }
    if (m->ctl_q.valid)
        add_psum(t, m->ctl_q.addr, P_KIND_OUTPUT ? m->orow_q : 0, m->ctl_q.ovr, m->ctl_q.emit,
                 m->ctl_q.last);
}

static void expect_traces_equal(const struct trace *did, const struct trace *must)
{
    cr_assert_eq(did->beats, must->beats);
    cr_assert_eq(did->psums, must->psums);
    cr_assert_eq(did->weights, must->weights);
    for (unsigned i = 0; i < must->beats; i++) {
        const struct beat_event *d = &did->beat[i], *m = &must->beat[i];
        cr_assert(d->ibuf == m->ibuf && d->wbuf == m->wbuf, "beat %u reads %u, %u, not %u, %u", i,
                  d->ibuf, d->wbuf, m->ibuf, m->wbuf);
        cr_assert(d->first == m->first && d->last == m->last && d->byte == m->byte,
                  "beat %u: byte %u, first %d, last %d", i, d->byte, d->first, d->last);
    }
    for (unsigned i = 0; i < must->psums; i++) {
        const struct psum_event *d = &did->psum[i], *m = &must->psum[i];
        cr_assert(d->addr == m->addr && d->row == m->row, "psum %u: address %u, row %u, not %u, %u",
                  i, d->addr, d->row, m->addr, m->row);
        cr_assert(d->ovr == m->ovr && d->emit == m->emit && d->last == m->last,
                  "psum %u: ovr %d, emit %d, last %d", i, d->ovr, d->emit, d->last);
    }
    for (unsigned i = 0; i < must->weights; i++)
        cr_assert_eq(did->weight[i], must->weight[i], "weight row %u", i);
}

Test(compute_unit, beats_and_psums_have_the_addresses_of_their_loops)
{
    static struct bench b;
    static struct trace did, must;
    setup(&b, 5);
    for (unsigned i = 0; i < as_cosim_rounds(40); i++) {
        uint64_t *random = &b.random;
        uint32_t flags =
            (uint32_t)as_cosim_bits(random, 17) & ~(BITS(end, 1) | BITS(lookup, 1) | BITS(loop, 1));
        struct loops n = {.q = random_count(&b, 5),
                          .p = random_count(&b, 5),
                          .k = random_count(&b, 3),
                          .c = random_count(&b, P_KIND_OUTPUT ? 2 * P_BYTES + 3 : 4),
                          .s = random_count(&b, 3),
                          .r = random_count(&b, 3)};
        struct strides by = {.da = as_cosim_below(random, 1u << P_ACC_W)};
        uint32_t *all[] = {&by.q, &by.p, &by.k, &by.c, &by.s, &by.r};
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
            *all[k] = as_cosim_below(random, 1u << P_IBUF_W);
        uint32_t ibase = as_cosim_below(random, 1u << (P_IBUF_W - 1));
        uint32_t abase = as_cosim_below(random, 1u << P_ACC_W);
        uint32_t vq = as_cosim_below(random, n.q + 1);
        uint32_t base = (uint32_t)FLAG(flags, isel) << (P_IBUF_W - 1) | ibase;
        memset(&did, 0, sizeof did);
        memset(&must, 0, sizeof must);
        if (P_KIND_OUTPUT)
            expect_output(&must, flags, &n, &by, base, abase);
        else
            expect_reduce(&must, flags, &n, &by, base, abase, vq);
        put_strided(&b, flags, &n, &by, ibase, abase, vq);
        start(&b, 0);
        bool beat = false;
        do {
            record(&b, &did, beat); /* registers; the step below shows the rest of the cycle */
            uint32_t weight = b.m.wptr_q;
            step(&b);
            beat = b.out.mac_beat;
            if (beat)
                did.beat[did.beats++] = (struct beat_event){
                    .ibuf = b.out.ibuf_raddr, .wbuf = P_KIND_OUTPUT ? b.out.wbuf_raddr : 0};
            if (b.out.ld_issue)
                did.weight[did.weights++] = weight;
        } while (b.out.busy);
        expect_traces_equal(&did, &must);
    }
    as_cosim_free(b.c);
}
