/* The bench that the arrays' tests share: model and Verilog fed alike, a memory of past inputs, and
 * every psum against its definition.
 *
 * The test defines, before this: ARRAY(verb) (its model's functions), struct array_model, PAST
 * (cycles kept), LATE(c) (from a beat's inputs to its psum), INSIDE (until nothing of an input is
 * left) and struct past (what it keeps of a cycle); and after it: remember, sum_of, regs_of,
 * model_tick. */
#ifndef AS_COSIM_ARRAY_BENCH_H
#define AS_COSIM_ARRAY_BENCH_H

struct bench {
    struct as_arena *arena;
    struct as_cosim *c;
    struct array_model m;
    uint64_t random;
    struct dut_in in;
    struct past past[PAST]; /* of cycle n at n % PAST */
    unsigned now;
};

/* Keeps the inputs of cycle b->now. */
static void remember(struct bench *b);
/* The psum of column c for the beat that came in `u`. */
static int32_t sum_of(struct bench *b, unsigned u, unsigned c);
static void regs_of(const struct array_model *m, struct dut_reg *reg);
static void model_tick(struct bench *b);

static struct past *cycle(struct bench *b, unsigned n)
{
    return &b->past[n % PAST];
}

static void tick(struct bench *b)
{
    remember(b);
    model_tick(b);
    as_cosim_tick(b->c);
    b->now++;
}

static void step(struct bench *b)
{
    struct dut_out out = {.psum_o = {0}};
    struct dut_reg reg;
    for (unsigned c = 0; c < P_COLS; c++) {
        int32_t psum = ARRAY(psum)(&b->m)[c], sum = sum_of(b, b->now - LATE(c), c);
        cr_assert_eq(psum, sum, "cycle %u, column %u: psum %d is not %d", b->now, c, psum, sum);
        as_cosim_put(out.psum_o, c * P_PSUM_W, P_PSUM_W, (uint32_t)psum);
    }
    regs_of(&b->m, &reg);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    tick(b);
}

/* Without a reset: zeros in every register push the garbage out; `wen` takes them into all weights.
 */
static void setup(struct bench *b, uint64_t seed, const struct as_hw *hw, uint64_t wen)
{
    memset(b, 0, sizeof *b);
    b->now = PAST;
    b->arena = as_arena_new();
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    ARRAY(init)(&b->m, b->arena, hw);
    b->in.wen_i = wen;
    for (int i = 0; i < INSIDE; i++) {
        as_cosim_eval(b->c, &b->in);
        tick(b);
    }
    memset(&b->in, 0, sizeof b->in);
}

static void teardown(struct bench *b)
{
    as_cosim_free(b->c);
    as_arena_free(b->arena);
}

/* Weights by which PEs differ. */
static int8_t weight(unsigned r, unsigned c)
{
    return (int8_t)(17 * r + 5 * c + 1 - 60);
}

#endif
