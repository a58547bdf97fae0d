/* pe_output, its out_pair, mul8x2, sel_add and pipe_tree: docs/blocks.md, 8. */
#include "tests/cosim/cosim.h"
#include "tests/cosim/fields.h"

#include "sim/blocks/pe_output.h"

#define PAIRS  ((P_COLS + 1) / 2)
#define BYTE_W AS_SIGNAL_LOG2(P_BYTES)
#define LEVELS AS_SIGNAL_LOG2(P_ROWS)
#define STAGES ((LEVELS + P_TREE - 1) / P_TREE + (LEVELS == 0))
#define PAST   64 /* cycles that are kept: more than one stays inside */
/* Cycles from ctl_valid of a row to its psums on column c. */
#define LATE(c) (4 + P_BCAST - P_WF + STAGES + P_XF * ((c) / 2))
#define INSIDE  (LATE(P_COLS) + P_ROWS + 3) /* cycles until nothing of an input is left */

/* What a cycle reads, the sums with its beat, and those of the last beat that was marked last. */
struct past {
    int row; /* -1: none */
    int32_t sum[P_ROWS][P_COLS], hold[P_ROWS][P_COLS];
};

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct as_pe_output m;
    uint64_t random;
    struct dut_in in;
    struct past past[PAST]; /* of cycle n at n % PAST */
    unsigned now;
    bool defined; /* no reset was among the beats */
};

static struct past *cycle(struct bench *b, unsigned n)
{
    return &b->past[n % PAST];
}

static struct as_mac mac_of(uint64_t bits)
{
    return (struct as_mac){.en = bits >> (BYTE_W + 2) & 1,
                           .first = bits >> (BYTE_W + 1) & 1,
                           .last = bits >> BYTE_W & 1,
                           .byte = (uint8_t)(bits & (P_BYTES - 1))};
}

static uint64_t mac_bits(bool en, bool first, bool last, unsigned byte)
{
    return (uint64_t)((unsigned)en << 2 | (unsigned)first << 1 | last) << BYTE_W | byte;
}

static void remember(struct bench *b)
{
    struct past *p = cycle(b, b->now), *before = cycle(b, b->now - 1);
    struct as_mac mac = mac_of(b->in.mac_i);
    p->row = b->in.ctl_valid_i ? (int)b->in.orow_i : -1;
    for (unsigned i = 0; i < P_ROWS; i++)
        for (unsigned c = 0; c < P_COLS; c++) {
            int8_t x = (int8_t)as_cosim_get(b->in.word_i, 8 * (i * P_BYTES + mac.byte), 8);
            int8_t w = (int8_t)as_cosim_get(b->in.w_i, 8 * c, 8);
            int64_t sum = before->sum[i][c];
            if (mac.en)
                sum = (mac.first ? 0 : sum) + x * w;
            p->sum[i][c] =
                (int32_t)as_cosim_extend(as_cosim_cut((uint64_t)sum, P_PSUM_W), P_PSUM_W, true);
            p->hold[i][c] = mac.en && mac.last ? p->sum[i][c] : before->hold[i][c];
        }
}

/* The definition: row i is what the beats until its read sum to (WF: until i cycles before it). */
static int32_t psum_of(struct bench *b, unsigned read, unsigned c)
{
    int row = cycle(b, read)->row;
    if (row < 0)
        return 0;
    return P_WF ? cycle(b, read - (unsigned)row)->sum[row][c] : cycle(b, read)->hold[row][c];
}

static void tick(struct bench *b)
{
    struct as_pe_output_in in = {.word = (const as_activation *)b->in.word_i,
                                 .w = (const int8_t *)b->in.w_i,
                                 .mac = mac_of(b->in.mac_i),
                                 .read = b->in.ctl_valid_i,
                                 .row = (int)b->in.orow_i};
    remember(b);
    as_pe_output_tick(&b->m, &in);
    if (b->in.rst_i) {
        as_pe_output_reset(&b->m);
        b->defined = false;
    }
    as_cosim_tick(b->c);
    b->now++;
}

static void step(struct bench *b)
{
    struct dut_out out = {.psum_o = {0}};
    struct dut_reg reg = {0};
    for (unsigned c = 0; c < P_COLS; c++) {
        int32_t psum = as_pe_output_psum(&b->m)[c], sum = psum_of(b, b->now - LATE(c), c);
        cr_assert(psum == sum || !b->defined, "cycle %u, column %u: psum %d is not %d", b->now, c,
                  psum, sum);
        as_cosim_put(out.psum_o, c * P_PSUM_W, P_PSUM_W, (uint32_t)psum);
    }
    reg.sum_q = as_cosim_cut((uint64_t)b->m.sum_q[0], P_PSUM_W);
#if !P_WF
    reg.hold_q = as_cosim_cut((uint64_t)b->m.hold_q[0], P_PSUM_W);
#endif
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    tick(b);
}

/* From garbage through a reset; tiles of one beat then set every sum. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.rows = P_ROWS,
                       .cols = P_COLS,
                       .mem_width_bytes = P_BYTES,
                       .broadcast = P_BCAST,
                       .x_forwarded = P_XF,
                       .w_forwarded = P_WF,
                       .tree_stages = STAGES,
                       .psum_bits = P_PSUM_W,
                       .output_kind = true};
    memset(b, 0, sizeof *b);
    b->now = PAST;
    for (unsigned n = 0; n < PAST; n++)
        b->past[n].row = -1;
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_pe_output_init(&b->m, b->arena, &hw);
    for (int i = 0; i <= 2 * INSIDE; i++) {
        b->in.rst_i = i == 0;
        b->in.mac_i = i == 0 || i > INSIDE ? 0 : mac_bits(true, true, true, 0);
        as_cosim_eval(b->c, &b->in);
        tick(b);
    }
    b->defined = true;
    memset(&b->in, 0, sizeof b->in);
}

static void teardown(struct bench *b)
{
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

static void random_inputs(struct bench *b, unsigned ends)
{
    as_cosim_random_in(&b->random, &b->in);
    b->in.orow_i = as_cosim_below(&b->random, P_ROWS);
    b->in.mac_i = mac_bits(as_cosim_percent(&b->random, 80), as_cosim_percent(&b->random, ends),
                           as_cosim_percent(&b->random, ends), as_cosim_below(&b->random, P_BYTES));
    if (as_cosim_percent(&b->random, 30)) /* sums that leave the psum's bits */
        as_cosim_fill(b->in.word_i, P_ROWS * P_BYTES, 0x80);
    if (as_cosim_percent(&b->random, 60))
        as_cosim_fill(b->in.w_i, P_COLS, 0x80);
}

Test(pe_output, block_model_and_definition_agree_on_every_cycle)
{
    static struct bench b;
    setup(&b, 1);
    unsigned ends = 0;
    for (unsigned i = 0; i < as_cosim_rounds(3000); i++) {
        if (i % 100 == 0)
            ends = as_cosim_percent(&b.random, 25) ? 1 : as_cosim_below(&b.random, 60);
        random_inputs(&b, ends);
        step(&b);
    }
    teardown(&b);
}

Test(pe_output, a_reset_drops_the_beats_and_reads_that_are_inside)
{
    static struct bench b;
    setup(&b, 2);
    for (unsigned i = 0; i < as_cosim_rounds(1500); i++) {
        random_inputs(&b, 20);
        b.in.rst_i = as_cosim_percent(&b.random, 3);
        step(&b);
    }
    teardown(&b);
}

/* Tiles of `beats` behind each other, as compute sends them: row i is read i cycles after the last
 * beat.  x of row i is beat + i, the weight of column c is c + 1. */
static void tiles_and_expect(struct bench *b, unsigned beats, unsigned tiles)
{
    unsigned period = beats > P_ROWS ? beats : P_ROWS, pause = period - beats;
    for (unsigned n = 0; n < period * tiles + INSIDE; n++) {
        unsigned tile = n / period, at = n % period;
        bool on = tile < tiles && at >= pause;
        unsigned beat = at - pause;
        memset(&b->in, 0, sizeof b->in);
        unsigned byte = beat % P_BYTES;
        b->in.mac_i = mac_bits(on, on && beat == 0, on && beat == beats - 1, on ? byte : 0);
        for (unsigned i = 0; i < P_ROWS && on; i++)
            as_cosim_put(b->in.word_i, 8 * (i * P_BYTES + byte), 8, (uint8_t)(beat + i));
        for (unsigned c = 0; c < P_COLS; c++)
            as_cosim_put(b->in.w_i, 8 * c, 8, c + 1);
        unsigned since = n + 1 >= period ? (n + 1) % period : P_ROWS; /* the last beat of a tile */
        b->in.ctl_valid_i = since < P_ROWS && n < period * tiles + P_ROWS - 1;
        b->in.orow_i = b->in.ctl_valid_i ? since : 0;
        for (unsigned c = 0; c < P_COLS; c++) {
            unsigned read =
                n - LATE(c) + 1 - period; /* counted from the first tile's read of row 0 */
            bool now = n + 1 >= LATE(c) + period && read / period < tiles && read % period < P_ROWS;
            unsigned row = read % period;
            int32_t sum = (int32_t)((c + 1) * (beats * (beats - 1) / 2 + beats * row));
            cr_assert_eq(as_pe_output_psum(&b->m)[c], now ? sum : 0,
                         "%u beats, cycle %u, column %u", beats, n, c);
        }
        step(b);
    }
}

Test(pe_output, rows_of_psums_leave_one_a_cycle_behind_the_last_beat_of_their_tile)
{
    static struct bench b;
    setup(&b, 3);
    for (unsigned beats = 1; beats < 2 * P_ROWS + 3; beats++)
        tiles_and_expect(&b, beats, 3);
    teardown(&b);
}
