/* desc_fetch: docs/blocks.md, 5. */
#include "sim/blocks/desc_fetch.h"

#define COSIM_MODEL struct as_desc_fetch
#include "tests/cosim/cosim.h"

#define WORDS 12 /* the longest descriptor */

struct bench {
    struct as_cosim *c;
    struct as_desc_fetch m;
    uint64_t random;
    struct dut_in in;
    struct as_desc_fetch_out out; /* of the cycle just compared */
};

static void step(struct bench *b)
{
    struct as_desc_fetch_in in = {.load = b->in.load_i,
                                  .ptr = (uint32_t)b->in.ptr_i,
                                  .go = b->in.go_i,
                                  .n = (uint32_t)b->in.n_i,
                                  .cont = b->in.cont_i,
                                  .req_ready = b->in.req_ready_i,
                                  .rsp_valid = b->in.rsp_valid_i};
    struct dut_reg reg;
    b->out = as_desc_fetch_eval(&b->m, &in);
    struct dut_out out = {.ptr_o = b->m.ptr_q,
                          .req_valid_o = b->out.req_valid,
                          .req_addr_o = b->out.req_addr,
                          .last_o = b->out.last};
    for (unsigned k = 0; k < WORDS; k++)
        if (b->out.beat && b->out.index == k / P_WPB)
            out.word_o |= 1u << k;
    as_cosim_reg_of_model(&b->m, &reg);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    as_desc_fetch_tick(&b->m, &in);
    if (b->in.rst_i)
        as_desc_fetch_reset(&b->m);
    as_cosim_tick(b->c);
}

/* From garbage through a reset. */
static void setup(struct bench *b, uint64_t seed)
{
    struct dut_reg reg;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_desc_fetch_init(&b->m, 1u << P_WADDR_W);
    as_cosim_random_reg(&b->random, &reg);
    as_cosim_deposit(b->c, &reg);
    as_cosim_random_in(&b->random, &b->in);
    b->in.rst_i = 1;
    as_cosim_eval(b->c, &b->in);
    as_cosim_tick(b->c);
    as_cosim_registers(b->c, &reg);
    as_cosim_expect_reset(b->c);
    as_cosim_reg_to_model(&reg, &b->m);
    memset(&b->in, 0, sizeof b->in);
}

Test(desc_fetch, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    for (unsigned i = 0; i < as_cosim_rounds(8000); i++) {
        bool outstanding = b.m.rem_q > b.m.iss_q;
        as_cosim_random_in(&b.random, &b.in);
        b.in.n_i = 1 + as_cosim_below(&b.random, WORDS / P_WPB);
        b.in.load_i = as_cosim_percent(&b.random, 20);
        b.in.rst_i = as_cosim_percent(&b.random, 2);
        b.in.go_i = b.m.rem_q == 0 && as_cosim_percent(&b.random, 40);
        /* an engine's own data may come while nothing is fetched */
        b.in.rsp_valid_i = (outstanding || b.m.rem_q == 0) && as_cosim_percent(&b.random, 50);
        step(&b);
    }
    as_cosim_free(b.c);
}

Test(desc_fetch, requests_leave_in_the_cycles_after_go_and_are_as_many_as_asked)
{
    struct bench b;
    setup(&b, 2);
    for (uint32_t n = 1; n <= WORDS / P_WPB; n++) {
        b.in = (struct dut_in){.load_i = 1, .ptr_i = n, .go_i = 1, .n_i = n, .req_ready_i = 1};
        step(&b);
        cr_assert_not(b.out.req_valid, "a request in the cycle of go");
        b.in = (struct dut_in){.req_ready_i = 1};
        for (uint32_t i = 0; i < n; i++) {
            step(&b);
            cr_assert(b.out.req_valid && b.out.req_addr == n + i);
        }
        step(&b);
        cr_assert_not(b.out.req_valid, "a request too many");
        b.in.rsp_valid_i = 1;
        for (uint32_t i = 0; i < n; i++) {
            step(&b);
            cr_assert(b.out.beat && b.out.index == i && b.out.last == (i == n - 1));
        }
        step(&b);
        cr_assert_not(b.out.beat, "a beat that nobody asked for");
    }
    as_cosim_free(b.c);
}

Test(desc_fetch, continuing_keeps_the_address_and_the_word_count)
{
    struct bench b;
    setup(&b, 3);
    b.in = (struct dut_in){.load_i = 1, .ptr_i = 3, .go_i = 1, .n_i = 4 / P_WPB};
    step(&b);
    b.in = (struct dut_in){.req_ready_i = 1};
    for (int i = 0; i < 4 / P_WPB; i++)
        step(&b);
    b.in = (struct dut_in){.rsp_valid_i = 1};
    for (int i = 0; i < 4 / P_WPB; i++)
        step(&b);
    b.in = (struct dut_in){.go_i = 1, .n_i = 8 / P_WPB, .cont_i = 1};
    step(&b);
    b.in = (struct dut_in){.req_ready_i = 1};
    step(&b);
    cr_assert_eq(b.out.req_addr, 3 + 4 / P_WPB);
    b.in = (struct dut_in){.rsp_valid_i = 1};
    step(&b);
    cr_assert(b.out.beat && b.out.index == 4 / P_WPB);
    as_cosim_free(b.c);
}
