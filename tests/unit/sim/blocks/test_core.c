/* Laws of the cycle model alone, with numbers computed here from docs/blocks.md. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "gen/config/hw.h"
#include "sim/cosim/probe.h"
#include "tests/unit/helpers/config_make.h"

static uint32_t random_q = 12345;

static uint32_t random_u32(void)
{
    random_q ^= random_q << 13;
    random_q ^= random_q >> 17;
    random_q ^= random_q << 5;
    return random_q;
}

/* ---- the arithmetic, from its definition ---- */

static int32_t srdhm(int32_t a, int32_t b)
{
    int64_t v = ((int64_t)a * b + (INT64_C(1) << 30)) >> 31;
    return v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

static int32_t rdbpot(int32_t x, int n)
{
    int32_t mask = (int32_t)((1u << n) - 1);
    int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> n) + ((x & mask) > threshold ? 1 : 0);
}

static int32_t clamp(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

static int32_t shl(int32_t x, int n)
{
    int32_t limit = (int32_t)((1u << (31 - n)) - 1);
    return x > limit ? INT32_MAX : x < -limit ? INT32_MIN : (int32_t)((uint32_t)x << n);
}

static int32_t recip(int32_t a)
{
    int32_t hd = (int32_t)(((int64_t)a + (INT64_C(1) << 31)) / 2);
    int32_t x = 1515870810 + srdhm(hd, -1010580540);
    for (int i = 0; i < 3; i++)
        x += shl(srdhm(x, (1 << 29) - srdhm(hd, x)), 2);
    return shl(x, 1);
}

/* ---- a system and its streams ---- */

#define AT_LOAD    0x100
#define AT_COMPUTE 0x400
#define AT_STORE   0x600
#define AT_PARAMS  0x800
#define AT_IFMAP   0x1000
#define AT_WEIGHTS 0x2000
#define AT_OUT     0x3000

struct bench {
    struct as_arena *arena;
    struct as_config cfg;
    struct as_system *s;
    uint32_t at[3]; /* end of each stream */
    uint64_t cycle;
};

static void put_words(struct bench *b, uint32_t *at, const uint32_t *words, int count)
{
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 4; k++)
            b->s->memory.bytes[(*at)++] = (uint8_t)(words[i] >> (8 * k));
}

static void bench_open(struct bench *b, struct as_config cfg)
{
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->cfg = cfg;
    b->s = as_system_new(b->arena, &b->cfg.hw);
    b->at[0] = AT_LOAD;
    b->at[1] = AT_COMPUTE;
    b->at[2] = AT_STORE;
}

static void cycle(struct bench *b, bool start, bool stall)
{
    struct as_system_in in = {.start = start,
                              .stall = stall,
                              .pc_load = AT_LOAD,
                              .pc_compute = AT_COMPUTE,
                              .pc_store = AT_STORE};
    as_system_eval(b->s, &in);
    as_system_tick(b->s);
    b->cycle++;
}

/* Ends the three streams and starts them. */
static void bench_start(struct bench *b)
{
    static const uint32_t end[AS_LOAD_WORDS] = {1};
    put_words(b, &b->at[0], end, AS_LOAD_LINEAR_WORDS);
    put_words(b, &b->at[1], end, AS_COMPUTE_WORDS);
    put_words(b, &b->at[2], end, AS_STORE_WORDS);
    cycle(b, true, false);
}

static void bench_run(struct bench *b, bool stalls)
{
    for (int i = 0; i < 100000; i++) {
        cycle(b, false, stalls && random_u32() % 3 == 0);
        if (!b->s->wires.busy)
            return;
    }
    cr_assert_fail("still busy");
}

static uint32_t counts(int a, int b, int c)
{
    return (uint32_t)(a - 1) | (uint32_t)(b - 1) << 10 | (uint32_t)(c - 1) << 20;
}

static void load_linear(struct bench *b, bool weights, bool bytes, uint32_t src, int nc, int ns)
{
    uint32_t words[4] = {(uint32_t)weights << 1 | (uint32_t)bytes << 3 | 1u << 5, src,
                         counts(nc, ns, 1), 0};
    put_words(b, &b->at[0], words, 4);
}

/* Multiplier 2^31 - 1 and shift 0 keep small numbers as they are. */
static void identity_params(struct bench *b, int channels)
{
    uint32_t at = AT_PARAMS;
    for (int k = 0; k < channels; k++) {
        uint32_t record[4] = {(uint32_t)k, 0x7FFFFFFF, 0, 0};
        put_words(b, &at, record, b->cfg.hw.mem_width_bytes == 4 ? 3 : 4);
    }
}

/* ---- memory ---- */

Test(core_model, memory_answers_after_exactly_its_latency_and_interval)
{
    for (int latency = 1; latency <= 64; latency += 21) {
        for (int interval = 1; interval <= 5; interval += 2) {
            struct as_config cfg = test_config_make(4, 4);
            cfg.hw.mem_latency = latency;
            cfg.hw.mem_interval = interval;
            struct as_arena *arena = as_arena_new();
            struct as_memory *m = AS_NEW(arena, struct as_memory, 1);
            as_memory_init(m, arena, &cfg.hw);
            int accepted = 0, answered = 0;
            for (int t = 0; t < 300; t++) {
                struct as_memory_in in = {.req = {.valid = true, .addr = (uint32_t)accepted}};
                struct as_memory_out out;
                as_memory_eval(m, &in, &out);
                cr_assert_eq(out.req_ready, t % interval == 0);
                cr_assert_eq(out.rsp_valid, t >= latency && (t - latency) % interval == 0);
                if (out.rsp_valid) {
                    uint32_t v = ((uint32_t)answered + 1) * UINT32_C(0x9E3779B1);
                    cr_assert_eq(as_word_u32(&out.rsp_data, 0), v ^ v >> 15);
                    answered++;
                }
                accepted += out.req_ready;
                as_memory_tick(m, &in);
            }
            as_arena_free(arena);
        }
    }
}

Test(core_model, memory_shows_a_write_to_the_next_read)
{
    struct as_config cfg = test_config_make(4, 4);
    struct as_arena *arena = as_arena_new();
    struct as_memory *m = AS_NEW(arena, struct as_memory, 1);
    as_memory_init(m, arena, &cfg.hw);
    struct as_memory_in in = {.req = {.valid = true, .write = true, .addr = 3, .wstrb = 4}};
    as_word_replicate(&in.req.wdata, 0xAB);
    as_memory_tick(m, &in);
    in.req.write = false;
    as_memory_tick(m, &in);
    in.req.valid = false;
    struct as_memory_out out;
    as_memory_eval(m, &in, &out);
    uint32_t v = 4 * UINT32_C(0x9E3779B1);
    v ^= v >> 15;
    cr_assert(out.rsp_valid);
    cr_assert_eq(as_word_u32(&out.rsp_data, 0), (v & 0xFF00FFFF) | 0xAB0000);
    as_arena_free(arena);
}

/* ---- requant ---- */

static void requant_matches(int stages)
{
    struct as_config cfg = test_config_make(4, 4);
    cfg.hw.requant_stages = stages;
    struct as_requant m;
    as_requant_init(&m, &cfg.hw);
    for (int n = 0; n < 20000; n++) {
        int32_t x = (int32_t)random_u32() >> (random_u32() & 31);
        struct as_requant_in in = {.x = x,
                                   .m = random_u32() >> 1,
                                   .shift = random_u32() & 31,
                                   .zp = (int8_t)random_u32(),
                                   .amin = -128,
                                   .amax = 127,
                                   .valid = true,
                                   .out_ready = true};
        if (n % 4 == 0)
            in.m = 1u << 30; /* makes ties */
        if (n % 3 == 0) {
            in.amin = -100;
            in.amax = 90;
        }
        int32_t want =
            clamp(rdbpot(srdhm(x, (int32_t)in.m), (int)in.shift) + in.zp, in.amin, in.amax);
        struct as_requant_out out;
        for (int t = 0; t <= 11; t++) {
            as_requant_eval(&m, &in, &out);
            cr_assert_eq(out.valid, t == 11);
            cr_assert_eq(out.srdhm_valid, t == 9);
            cr_assert_eq(out.empty, t == 0);
            if (t == 9 && (in.shift == 0 || x >= 0))
                cr_assert_eq(out.srdhm, srdhm(x, (int32_t)in.m));
            if (t == 11)
                cr_assert_eq(out.y, want, "x %d m %u shift %u: %d, expected %d", x, in.m, in.shift,
                             out.y, want);
            as_requant_tick(&m, &in);
            in.valid = false;
        }
    }
}

Test(core_model, requant_equals_the_formula_after_eleven_cycles)
{
    requant_matches(2);
    requant_matches(4);
    requant_matches(8);
}

Test(core_model, requant_accepts_one_element_every_8_over_stages_cycles)
{
    for (int stages = 2; stages <= 8; stages *= 2) {
        struct as_config cfg = test_config_make(4, 4);
        cfg.hw.requant_stages = stages;
        struct as_requant m;
        as_requant_init(&m, &cfg.hw);
        struct as_requant_in in = {
            .valid = true, .m = 0x7FFFFFFF, .amin = -128, .amax = 127, .out_ready = true};
        int outputs = 0;
        for (int t = 0; t < 400; t++) {
            struct as_requant_out out;
            as_requant_eval(&m, &in, &out);
            if (out.valid)
                cr_assert_eq(out.y, outputs++ % 100);
            as_requant_tick(&m, &in);
            in.x = (in.x + out.ready) % 100;
        }
        /* The ring fills for `stages` cycles of every 8. */
        int cycles = 400 - 11;
        int rest = cycles % 8 < stages ? cycles % 8 : stages;
        cr_assert_eq(outputs, cycles / 8 * stages + rest);
    }
}

Test(core_model, requant_loses_nothing_when_its_output_stalls)
{
    struct as_config cfg = test_config_make(4, 4);
    struct as_requant m;
    as_requant_init(&m, &cfg.hw);
    struct as_requant_in in = {.m = 0x7FFFFFFF, .amin = -128, .amax = 127};
    int sent = 0, got = 0;
    for (int t = 0; t < 5000; t++) {
        in.valid = random_u32() & 1;
        in.out_ready = random_u32() % 4 == 0;
        in.x = sent % 100;
        struct as_requant_out out;
        as_requant_eval(&m, &in, &out);
        if (out.valid && in.out_ready)
            cr_assert_eq(out.y, got++ % 100);
        sent += in.valid && out.ready;
        as_requant_tick(&m, &in);
    }
    cr_assert_gt(got, 500);
}

/* ---- array ---- */

static void psum_leaves_on_time(int rows, int cols)
{
    struct as_config cfg = test_config_make(rows, cols);
    struct as_arena *arena = as_arena_new();
    struct as_pe_array *m = AS_NEW(arena, struct as_pe_array, 1);
    as_pe_array_init(m, arena, &cfg.hw);
    int8_t w[AS_PE_ROWS_MAX][AS_PE_COLS_MAX], x[AS_PE_ROWS_MAX];
    static const int8_t zero[AS_PE_ROWS_MAX];
    for (int r = 0; r < rows; r++) {
        x[r] = (int8_t)(1 + random_u32() % 127);
        for (int c = 0; c < cols; c++)
            w[r][c] = (int8_t)(1 + random_u32() % 127);
    }
    /* The beat is issued in u = 0, row r of the weights in u + r: everything arrives a cycle later.
     */
    int u = 0;
    for (int t = 0; t < u + rows + cols + 10; t++) {
        int row = t - 1;
        bool loads = row >= 0 && row < rows;
        for (int c = 0; c < cols; c++) {
            int32_t want = 0;
            for (int r = 0; r < rows; r++)
                want += x[r] * w[r][c];
            cr_assert_eq(as_pe_array_psum(m)[c], t == u + rows + 3 + c / 2 ? want : 0,
                         "%dx%d cycle %d column %d", rows, cols, t, c);
        }
        struct as_pe_array_in in = {.x = t == u + 1 ? x : zero,
                                    .w = w[loads ? row : 0],
                                    .wen = loads ? UINT64_C(1) << row : 0};
        as_pe_array_tick(m, &in);
    }
    as_arena_free(arena);
}

Test(core_model, psum_of_a_beat_leaves_column_c_rows_3_and_half_c_cycles_later)
{
    static const int sizes[][2] = {{1, 1}, {3, 5}, {4, 4}, {8, 8}, {5, 1}, {1, 7}, {64, 64}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        psum_leaves_on_time(sizes[i][0], sizes[i][1]);
}

/* ---- load ---- */

static void load_gathers_box(int rows, int width, bool stalls)
{
    struct as_config cfg = test_config_make(rows, 4);
    cfg.hw.mem_width = width;
    test_config_derive(&cfg);
    struct bench b;
    bench_open(&b, cfg);
    /* A 4 x 5 image of `rows` channels; the box of 3 x 3 words that begins at (-1, -1), then the
     * one that begins at (-1, 3). */
    int h = 4, w = 5, c = rows;
    for (int i = 0; i < h * w * c; i++)
        b.s->memory.bytes[AT_IFMAP + i] = (uint8_t)random_u32();
    const uint8_t *image = b.s->memory.bytes + AT_IFMAP;
    /* From the last byte of a word: to the next word, the next row, the next box. */
    int32_t ds = 1;
    int32_t dr = (w - 2) * c - (c - 1);
    int32_t dq = 4 * c - (2 * w + 2) * c - (c - 1);
    uint32_t words[AS_LOAD_WORDS] = {1u << 3 | 0x55u << 8,
                                     (uint32_t)(AT_IFMAP - (w + 1) * c),
                                     counts(c, 3, 3),
                                     counts(2, 1, 1),
                                     (uint32_t)ds,
                                     (uint32_t)dr,
                                     (uint32_t)dq,
                                     0,
                                     0x7FFu | 0x7FFu << 16,
                                     (uint32_t)h | (uint32_t)w << 16,
                                     1u | 1u << 16 | 4u << 24,
                                     0};
    put_words(&b, &b.at[0], words, AS_LOAD_WORDS);
    bench_start(&b);
    bench_run(&b, stalls);
    cr_assert_eq(b.s->core.tokens.ibuf_full_q, 1);
    for (int q = 0; q < 2; q++)
        for (int r = 0; r < 3; r++)
            for (int s = 0; s < 3; s++)
                for (int lane = 0; lane < c; lane++) {
                    int y = -1 + r, x = -1 + 4 * q + s;
                    bool inside = y >= 0 && y < h && x >= 0 && x < w;
                    uint8_t want = inside ? image[(y * w + x) * c + lane] : 0x55;
                    int word = (q * 3 + r) * 3 + s;
                    cr_assert_eq(b.s->core.ibuf.mem[word * rows + lane], want,
                                 "rows %d width %d word %d lane %d", rows, width, word, lane);
                }
    as_arena_free(b.arena);
}

Test(core_model, load_gathers_a_padded_box)
{
    load_gathers_box(1, 32, false);
    load_gathers_box(3, 32, true);
    load_gathers_box(4, 64, false);
    load_gathers_box(5, 128, true);
}

Test(core_model, load_moves_whole_words)
{
    for (int width = 32; width <= 128; width *= 2) {
        struct as_config cfg = test_config_make(32, 17);
        cfg.hw.mem_width = width;
        test_config_derive(&cfg);
        struct bench b;
        bench_open(&b, cfg);
        for (uint32_t i = 0; i < 0x800; i++)
            b.s->memory.bytes[AT_IFMAP + i] = (uint8_t)random_u32();
        int wide = cfg.hw.wbuf_beats * cfg.hw.mem_width_bytes;
        load_linear(&b, false, false, AT_IFMAP, 32 / cfg.hw.mem_width_bytes, 9);
        load_linear(&b, true, false, AT_IFMAP + 16, cfg.hw.wbuf_beats, 7);
        bench_start(&b);
        bench_run(&b, false);
        cr_assert_arr_eq(b.s->core.ibuf.mem, b.s->memory.bytes + AT_IFMAP, 9 * 32);
        cr_assert_arr_eq(b.s->core.wbuf.mem, b.s->memory.bytes + AT_IFMAP + 16, (size_t)(7 * wide));
        as_arena_free(b.arena);
    }
}

/* ---- MAC and store ---- */

/* out[k][q] = sum over two reduction tiles of rows elements; one output channel a column. */
static void matmul_is_exact(int rows, int cols, int beats, int width, bool hold, bool stalls)
{
    struct as_config cfg = test_config_make(rows, cols);
    cfg.hw.mem_width = width;
    test_config_derive(&cfg);
    struct bench b;
    bench_open(&b, cfg);
    int tiles = hold ? 1 : 2, wide = cfg.hw.wbuf_beats * cfg.hw.mem_width_bytes;
    uint8_t *mem = b.s->memory.bytes;
    for (int i = 0; i < 2 * beats * rows; i++)
        mem[AT_IFMAP + i] = (uint8_t)(random_u32() % 5 - 2);
    for (int i = 0; i < tiles * rows * wide; i++)
        mem[AT_WEIGHTS + i] = (uint8_t)(random_u32() % 3 - 1);
    load_linear(&b, false, true, AT_IFMAP, rows, 2 * beats);
    load_linear(&b, true, false, AT_WEIGHTS, cfg.hw.wbuf_beats, tiles * rows);
    uint32_t job[AS_COMPUTE_WORDS] = {1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 9 |
                                          (uint32_t)hold << 10,
                                      counts(beats, 1, 1),
                                      counts(2, 1, 1),
                                      1,
                                      (uint32_t)beats,
                                      0,
                                      0,
                                      (uint32_t)(tiles - 1)};
    put_words(&b, &b.at[1], job, AS_COMPUTE_WORDS);
    identity_params(&b, cols);
    uint32_t store[AS_STORE_WORDS] = {0x7Fu << 24 | 0x80u << 16 | 1u << 3 | 1u << 4,
                                      AT_OUT,
                                      counts(beats, 1, 1),
                                      (uint32_t)cols,
                                      0,
                                      AT_PARAMS,
                                      (uint32_t)(cols - 1) | (uint32_t)(beats - 1) << 16,
                                      0};
    put_words(&b, &b.at[2], store, AS_STORE_WORDS);
    bench_start(&b);
    bench_run(&b, stalls);
    for (int k = 0; k < cols; k++)
        for (int q = 0; q < beats; q++) {
            int32_t sum = 0;
            for (int t = 0; t < 2; t++)
                for (int r = 0; r < rows; r++)
                    sum += (int8_t)mem[AT_IFMAP + (t * beats + q) * rows + r] *
                           (int8_t)mem[AT_WEIGHTS + ((hold ? 0 : t) * rows + r) * wide + k];
            cr_assert_eq(b.s->core.acc.drain[q * b.s->core.acc.stride + k], sum);
            cr_assert_eq((int8_t)mem[AT_OUT + q * cols + k], clamp(sum + k, -128, 127),
                         "%dx%d channel %d element %d", rows, cols, k, q);
        }
    cr_assert_eq(b.s->core.tokens.mem_tok_q, 1);
    cr_assert_eq(b.s->core.tokens.acc_claim_q | b.s->core.tokens.acc_full_q, 0);
    cr_assert_eq(b.s->core.tokens.ibuf_full_q | b.s->core.tokens.wbuf_full_q, 0);
    as_arena_free(b.arena);
}

Test(core_model, matmul_equals_nested_loops)
{
    static const int sizes[][2] = {{1, 1}, {3, 5}, {4, 4}, {8, 8}, {1, 6}, {7, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int beats = 1; beats <= 9; beats += 2)
            for (int width = 32; width <= 128; width *= 2)
                for (int flags = 0; flags < 4; flags++)
                    matmul_is_exact(sizes[i][0], sizes[i][1], beats, width, flags & 1, flags >> 1);
}

Test(core_model, store_walks_tiles_of_channels_with_their_strides)
{
    struct bench b;
    bench_open(&b, test_config_make(4, 4));
    /* Two k tiles, 4 + 3 channels of 2 x 3 elements, NHWC with 7 channels; shared parameters. */
    identity_params(&b, 1);
    uint32_t store[AS_STORE_WORDS] = {0x7Fu << 24 | 0x80u << 16 | 5u << 8 | 1u << 5 | 1u << 1,
                                      AT_OUT,
                                      counts(3, 2, 2),
                                      7,
                                      17,
                                      AT_PARAMS,
                                      2u | 3u << 8 | 5u << 16,
                                      1};
    put_words(&b, &b.at[2], store, AS_STORE_WORDS);
    int half = 1 << b.cfg.hw.acc_addr_bits;
    for (int i = 0; i < 12; i++)
        for (int c = 0; c < 4; c++)
            b.s->core.acc.drain[(half + i) * b.s->core.acc.stride + c] = 8 * i + c;
    bench_start(&b);
    b.s->core.tokens.acc_full_q = 2;
    bench_run(&b, true);
    for (int k = 0; k < 7; k++)
        for (int p = 0; p < 2; p++)
            for (int q = 0; q < 3; q++) {
                int element = (k / 4) * 6 + p * 3 + q;
                cr_assert_eq(b.s->memory.bytes[AT_OUT + p * 31 + q * 7 + k],
                             8 * element + k % 4 + 5, "k %d p %d q %d", k, p, q);
            }
    cr_assert_eq(b.s->core.tokens.acc_full_q, 0);
    as_arena_free(b.arena);
}

Test(core_model, store_normalises_a_softmax)
{
    for (int n = 1; n <= 40; n += 13) {
        struct bench b;
        bench_open(&b, test_config_make(4, 4));
        /* An ordinary store first: its shift must not disturb the reciprocal. */
        uint32_t at = AT_PARAMS;
        uint32_t record[3] = {0, 0x7FFFFFFF, 9};
        put_words(&b, &at, record, 3);
        uint32_t plain[AS_STORE_WORDS] = {
            0x7Fu << 24 | 0x80u << 16, AT_OUT, counts(1, 1, 1), 1, 0, AT_PARAMS, 0, 0};
        put_words(&b, &b.at[2], plain, AS_STORE_WORDS);
        uint32_t soft[AS_STORE_WORDS] = {0x7Fu << 24 | 0x80u << 16 | 0x80u << 8 | 1u << 5 |
                                             1u << 2 | 1u << 1,
                                         AT_OUT + 1,
                                         counts(n, 1, 1),
                                         1,
                                         0,
                                         0,
                                         (uint32_t)(n - 1) << 16,
                                         0};
        put_words(&b, &b.at[2], soft, AS_STORE_WORDS);
        int half = 1 << b.cfg.hw.acc_addr_bits;
        int32_t e[64];
        uint32_t sum = 0;
        for (int i = 0; i < n; i++) {
            e[i] = i == n / 2 ? INT32_MAX : (int32_t)(random_u32() >> (1 + random_u32() % 12));
            b.s->core.acc.drain[(half + i) * b.s->core.acc.stride] = e[i];
            sum += (uint32_t)rdbpot(e[i], 12);
        }
        bench_start(&b);
        b.s->core.tokens.acc_full_q = 3;
        bench_run(&b, true);
        int h = __builtin_clz(sum);
        int32_t k = recip((int32_t)((sum << h) - (1u << 31)));
        for (int i = 0; i < n; i++) {
            int32_t want = clamp(rdbpot(srdhm(k, e[i]), 12 - h + 31 - 8) - 128, -128, 127);
            cr_assert_eq((int8_t)b.s->memory.bytes[AT_OUT + 1 + i], want, "n %d element %d", n, i);
        }
        as_arena_free(b.arena);
    }
}

/* ---- lookup ---- */

/* Subtract the maximum, look up: what a softmax does before its sum. */
Test(core_model, lookup_scans_then_indexes_the_difference)
{
    struct bench b;
    bench_open(&b, test_config_make(4, 4));
    enum { n = 10 };
    uint8_t *mem = b.s->memory.bytes;
    int8_t peak = -128;
    for (int i = 0; i < n; i++) {
        mem[AT_IFMAP + i] = (uint8_t)random_u32();
        peak = (int8_t)mem[AT_IFMAP + i] > peak ? (int8_t)mem[AT_IFMAP + i] : peak;
    }
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t at = AT_WEIGHTS + 4 * i, v = i * 77777;
        put_words(&b, &at, &v, 1);
    }
    /* One element a word (align), in lane 0. */
    uint32_t words[4] = {1u << 3 | 1u << 5 | 1u << 6, AT_IFMAP, counts(1, n, 1), 0};
    put_words(&b, &b.at[0], words, 4);
    load_linear(&b, true, false, AT_WEIGHTS, 1, 256);
    uint32_t scan[AS_COMPUTE_WORDS] = {1u << 1 | 1u << 11, counts(n, 1, 1), counts(1, 1, 1), 1};
    uint32_t look[AS_COMPUTE_WORDS] = {1u << 1 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 12,
                                       counts(1, 1, 1), counts(n, 1, 1), 0, 1};
    put_words(&b, &b.at[1], scan, AS_COMPUTE_WORDS);
    put_words(&b, &b.at[1], look, AS_COMPUTE_WORDS);
    bench_start(&b);
    bench_run(&b, false);
    for (int i = 0; i < 8; i++)
        cycle(&b, false, false);
    for (int i = 0; i < n; i++) {
        uint8_t index = (uint8_t)((int8_t)mem[AT_IFMAP + i] - peak);
        cr_assert_eq(b.s->core.acc.drain[i * b.s->core.acc.stride], index * 77777);
    }
    cr_assert_eq(b.s->core.tokens.acc_full_q, 1);
    as_arena_free(b.arena);
}

/* ---- counters ---- */

Test(core_model, counters_are_exact_and_final_18_cycles_after_busy)
{
    struct as_perf m;
    as_perf_init(&m);
    uint32_t want[AS_PERF_COUNT] = {0};
    for (int run = 0; run < 3; run++) {
        memset(want, 0, sizeof want);
        struct as_perf_in in = {.start = true};
        as_perf_tick(&m, &in);
        for (int t = 0; t < 1000 + 7 * run; t++) {
            in = (struct as_perf_in){.busy = true, .events = (random_u32() & 0xFFE) | 1};
            for (int i = 0; i < AS_PERF_USED; i++)
                want[i] += in.events >> i & 1;
            as_perf_tick(&m, &in);
        }
        for (int t = 0; t < AS_PERF_SETTLE_CYCLES; t++) {
            in = (struct as_perf_in){.events = 0xFFF};
            as_perf_tick(&m, &in);
        }
        for (uint32_t i = 0; i < AS_PERF_COUNT; i++) {
            in = (struct as_perf_in){.index = i};
            as_perf_tick(&m, &in);
            cr_assert_eq(as_perf_eval(&m), want[i], "run %d counter %u", run, i);
        }
    }
}

Test(core_model, two_runs_from_the_same_memory_take_the_same_cycles)
{
    uint64_t taken[2];
    for (int run = 0; run < 2; run++) {
        struct bench b;
        random_q = 99;
        bench_open(&b, test_config_make(4, 4));
        load_linear(&b, false, true, AT_IFMAP, 4, 100);
        load_linear(&b, true, false, AT_WEIGHTS, 1, 100);
        bench_start(&b);
        bench_run(&b, true);
        taken[run] = b.cycle;
        as_arena_free(b.arena);
    }
    cr_assert_eq(taken[0], taken[1]);
}

Test(core_model, probes_are_unique_and_at_most_64_bits)
{
    struct as_config cfg = test_config_make(5, 7);
    struct as_arena *arena = as_arena_new();
    int count = as_probe_count(&cfg.hw);
    const struct as_probe *list = as_probe_list(arena, &cfg.hw);
    for (int i = 0; i < count; i++) {
        cr_assert(list[i].width >= 1 && list[i].width <= 64, "%s", list[i].id);
        for (int j = 0; j < i; j++) {
            cr_assert_str_neq(list[i].id, list[j].id);
            cr_assert_str_neq(list[i].path, list[j].path);
        }
    }
    as_arena_free(arena);
}
