/* window and its line memories: docs/blocks.md, 8. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/window.h"

#define PAIRS       ((P_COLS + 1) / 2)
#define LATE        (P_PF ? P_ROWS - 1 : P_TS - 1) /* of the latest row */
#define PAST        (LATE + PAIRS)
#define OLDEST_SEED (uint32_t)(600 + 64 * (P_TR - 2))

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_window m;
    uint64_t random;
    struct dut_in in;
};

static struct as_window_in model_in(const struct bench *b)
{
    return (struct as_window_in){.word = (const as_activation *)b->in.word_i,
                                 .beat = b->in.beat_i,
                                 .col = (uint32_t)b->in.col_i,
                                 .line = b->in.line_i,
                                 .dw = true};
}

static void tick(struct bench *b)
{
    struct as_window_in in = model_in(b);
    as_window_eval(&b->m, &in);
    as_window_tick(&b->m, &in);
    as_cosim_eval(b->c, &b->in);
    as_cosim_tick(b->c);
}

/* The outputs of this cycle, model and RTL alike. */
static void compare(struct bench *b)
{
    struct as_window_in in = model_in(b);
    struct dut_out out = {.x_o = {0}};
    struct dut_reg all = {.unused = 0};
    struct dut_reg *const reg AS_COSIM_UNUSED = &all;
    const struct as_window *const m AS_COSIM_UNUSED = &b->m;
    as_window_eval(&b->m, &in);
    for (unsigned i = 0; i < P_ROWS; i++)
        as_cosim_put(out.x_o, 8 * i, 8, (uint8_t)b->m.x[i]);
    for (unsigned i = 0; i < P_ROWS * P_COLS; i++)
        as_cosim_put(out.xd_o, 8 * i, 8, (uint8_t)b->m.xd[i]);
#include "tests/cosim/signals_of.h"
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &all);
}

/* From garbage: what comes from before a job is never written, and its way out is not looked at. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.rows = P_ROWS,
                       .cols = P_COLS,
                       .unroll[AS_LOOP_R] = P_TR,
                       .unroll[AS_LOOP_S] = P_TS,
                       .unroll[AS_LOOP_C] = P_TC,
                       .ibuf_lanes = P_IL,
                       .line_lanes = P_LL,
                       .line_words = P_LINE_WORDS,
                       .psum_forwarded = P_PF,
                       .x_forwarded = P_XF,
                       .line = true};
    memset(b, 0, sizeof *b);
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_window_init(&b->m, b->arena, &hw);
    for (int i = 0; i < PAST + 1; i++)
        tick(b);
}

static void teardown(struct bench *b)
{
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

Test(window, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    unsigned lines = 0, columns = 0;
    for (unsigned i = 0; i < as_cosim_rounds(4000); i++) {
        if (i % 100 == 0) {
            lines = as_cosim_percent(&b.random, 60) ? as_cosim_bits(&b.random, 1) ? 100 : 0
                                                    : as_cosim_below(&b.random, 101);
            columns = 1 + as_cosim_below(&b.random, P_LINE_WORDS);
        }
        as_cosim_random_in(&b.random, &b.in);
        b.in.col_i = as_cosim_below(&b.random, columns);
        b.in.line_i = as_cosim_percent(&b.random, lines);
        if (lines == 0) /* beats of other jobs, whose columns are no line's */
            b.in.col_i = as_cosim_bits(&b.random, P_CNT_W);
        compare(&b);
        tick(&b);
    }
    teardown(&b);
}

Test(window, line_memories_start_with_the_garbage_of_line_and_lane)
{
    struct bench b;
    setup(&b, 2);
    for (uint32_t i = 0; i < P_LINE_WORDS && P_TR > 1; i++) {
        b.in.col_i = i;
        tick(&b);
        b.in.line_i = 1;
        for (int n = 0; n < LATE; n++) { /* tap 0 of row 0 sees the oldest line that late */
            tick(&b);
            compare(&b);
        }
        compare(&b);
        uint32_t hash = (i + OLDEST_SEED) * 0x9E3779B1u;
        hash ^= hash >> 15;
        cr_assert_eq((uint8_t)b.m.x[0], (uint8_t)hash, "column %u", i);
        b.in.line_i = 0;
    }
    teardown(&b);
}

/* An image of WIDTH columns: its pixel in row y, column x, lane n. */
#define WIDTH  (P_TS + 5 > P_LINE_WORDS ? P_LINE_WORDS : P_TS + 5)
#define HEIGHT (P_TR + 3)

static uint8_t pixel(int y, int x, int n)
{
    return (uint8_t)(1 + 61 * y + 7 * x + 29 * n);
}

/* Row (r, s, c) sees pixel (y + r - TR + 1, x + s - TS + 1) of the beat of (y, x), which came
 * `late` cycles ago. */
static void expect_taps(struct bench *b, int cycle, bool dw)
{
    for (int i = 0; i < P_ROWS; i++) {
        int r = i / (P_TS * P_TC), s = i / P_TC % P_TS, c = i % P_TC;
        for (int k = 0; k < (dw ? P_COLS : 1); k++) {
            int beat = cycle - (P_PF ? i + 1 - P_TS : 0) - (dw && P_XF ? k / 2 : 0);
            int y = beat / WIDTH + r - P_TR + 1, x = beat % WIDTH + s - P_TS + 1;
            if (beat < 0 || beat >= WIDTH * HEIGHT || y < 0 || x < 0)
                continue;
            uint8_t seen = (uint8_t)(dw ? b->m.xd[i * P_COLS + k] : b->m.x[i]);
            cr_assert_eq(seen, pixel(y, x, dw ? k : c), "cycle %d, row %d, column %d", cycle, i, k);
        }
    }
}

Test(window, every_row_sees_its_tap_of_the_kernel)
{
    struct bench b;
    setup(&b, 3);
    b.in.line_i = 1;
    for (int n = -1; n < WIDTH * HEIGHT + PAST; n++) {
        b.in.beat_i = n + 1 < WIDTH * HEIGHT;
        b.in.col_i = (uint64_t)((n + 1) % WIDTH);
        for (int lane = 0; lane < P_IL && n >= 0; lane++)
            as_cosim_put(b.in.word_i, 8 * (unsigned)lane, 8, pixel(n / WIDTH, n % WIDTH, lane));
        compare(&b);
        if (n >= 0) {
            expect_taps(&b, n, false);
            expect_taps(&b, n, true);
        }
        tick(&b);
    }
    teardown(&b);
}

Test(window, without_a_line_rows_see_their_lane_of_the_word)
{
    struct bench b;
    uint8_t sent[256][P_IL];
    setup(&b, 4);
    for (unsigned n = 0; n < 256; n++) {
        as_cosim_random_in(&b.random, &b.in);
        b.in.col_i %= P_LINE_WORDS;
        b.in.line_i = 0;
        memcpy(sent[n], b.in.word_i, P_IL);
        compare(&b);
        for (unsigned i = 0; i < P_ROWS && n >= P_ROWS; i++)
            cr_assert_eq((uint8_t)b.m.x[i], sent[P_PF ? n - i : n][i], "cycle %u, row %u", n, i);
        tick(&b);
    }
    teardown(&b);
}
