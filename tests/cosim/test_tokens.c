/* tokens: docs/blocks.md, 4. */
#include "sim/blocks/tokens.h"

#define COSIM_MODEL struct as_tokens
#include "tests/cosim/cosim.h"

struct bench {
    struct as_cosim *c;
    struct as_tokens m;
    uint64_t random;
    struct dut_in in;
};

static void step(struct bench *b)
{
    const struct dut_in *in = &b->in;
    struct as_tokens_in model_in = {.start = in->start_i,
                                    .ibuf_set = (uint8_t)in->set_ibuf_i,
                                    .wbuf_set = (uint8_t)in->set_wbuf_i,
                                    .ibuf_clr = (uint8_t)in->clr_ibuf_i,
                                    .wbuf_clr = (uint8_t)in->clr_wbuf_i,
                                    .acc_claim = (uint8_t)in->claim_acc_i,
                                    .acc_push = (uint8_t)in->set_acc_i,
                                    .acc_free = (uint8_t)in->clr_acc_i,
                                    .push_m = in->push_mem_i,
                                    .take_m = in->take_mem_i};
    struct dut_out out = {.ibuf_full_o = b->m.ibuf_full_q,
                          .wbuf_full_o = b->m.wbuf_full_q,
                          .acc_claim_o = b->m.acc_claim_q,
                          .acc_full_o = b->m.acc_full_q,
                          .mem_ok_o = b->m.mem_tok_q != 0};
    struct dut_reg reg;
    as_cosim_reg_of_model(&b->m, &reg);
    as_cosim_eval(b->c, in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    if (in->rst_i)
        as_tokens_init(&b->m);
    else
        as_tokens_tick(&b->m, &model_in);
    as_cosim_tick(b->c);
}

static void setup(struct bench *b, uint64_t seed)
{
    struct dut_reg reg;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_cosim_random_reg(&b->random, &reg);
    as_cosim_deposit(b->c, &reg);
    as_cosim_reg_to_model(&reg, &b->m);
    as_cosim_random_in(&b->random, &b->in);
    b->in.rst_i = 1;
    step(b);
    memset(&b->in, 0, sizeof b->in);
}

Test(tokens, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    for (unsigned i = 0; i < as_cosim_rounds(5000); i++) {
        as_cosim_random_in(&b.random, &b.in);
        b.in.start_i = as_cosim_percent(&b.random, 5);
        b.in.rst_i = as_cosim_percent(&b.random, 2);
        step(&b);
    }
    as_cosim_free(b.c);
}

Test(tokens, set_wins_over_clear_and_start_over_both)
{
    struct bench b;
    setup(&b, 2);
    b.in = (struct dut_in){.set_ibuf_i = 1,
                           .clr_ibuf_i = 3,
                           .set_wbuf_i = 2,
                           .clr_wbuf_i = 3,
                           .claim_acc_i = 1,
                           .set_acc_i = 2,
                           .clr_acc_i = 3};
    step(&b);
    cr_assert(b.m.ibuf_full_q == 1 && b.m.wbuf_full_q == 2);
    cr_assert(b.m.acc_claim_q == 1 && b.m.acc_full_q == 2);
    b.in.start_i = 1;
    step(&b);
    cr_assert(b.m.ibuf_full_q == 0 && b.m.wbuf_full_q == 0);
    cr_assert(b.m.acc_claim_q == 0 && b.m.acc_full_q == 0);
    step(&b);
    as_cosim_free(b.c);
}

Test(tokens, memory_tokens_are_counted)
{
    struct bench b;
    setup(&b, 3);
    for (int n = 0; n < 15; n++) {
        cr_assert_eq(b.m.mem_tok_q, n);
        b.in.push_mem_i = 1;
        b.in.take_mem_i = 0;
        step(&b);
        b.in.take_mem_i = 1; /* both: no change */
        step(&b);
    }
    b.in.push_mem_i = 0;
    for (int n = 15; n > 0; n--) {
        cr_assert_eq(b.m.mem_tok_q, n);
        step(&b);
    }
    b.in.take_mem_i = 0;
    step(&b);
    cr_assert_eq(b.m.mem_tok_q, 0);
    as_cosim_free(b.c);
}
