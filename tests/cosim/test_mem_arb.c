/* mem_arb and its fifo_small: docs/blocks.md, 3. */
#include "sim/blocks/mem_arb.h"

#define COSIM_MODEL struct as_mem_arb
#include "tests/cosim/cosim.h"

struct bench {
    struct as_cosim *c;
    struct as_mem_arb m;
    uint64_t random;
    struct dut_in in;
    struct as_mem_arb_out out; /* of the cycle just compared */
};

static void model_inputs(const struct dut_in *in, struct as_mem_arb_in *m)
{
    memset(m, 0, sizeof *m);
    m->client[AS_CLIENT_STORE] = (struct as_mem_request){.valid = in->st_valid_i,
                                                         .write = in->st_write_i,
                                                         .addr = (uint32_t)in->st_addr_i,
                                                         .wstrb = (uint32_t)in->st_wstrb_i};
    memcpy(m->client[AS_CLIENT_STORE].wdata.b, in->st_wdata_i, P_BYTES);
    m->client[AS_CLIENT_COMPUTE].valid = in->co_valid_i;
    m->client[AS_CLIENT_COMPUTE].addr = (uint32_t)in->co_addr_i;
    m->client[AS_CLIENT_LOAD].valid = in->ld_valid_i;
    m->client[AS_CLIENT_LOAD].addr = (uint32_t)in->ld_addr_i;
    m->host = (struct as_host_request){.valid = in->ho_valid_i,
                                       .write = in->ho_write_i,
                                       .wdata = (uint8_t)in->ho_wdata_i,
                                       .addr = (uint32_t)in->ho_addr_i};
    m->mem_ready = in->mem_ready_i;
    m->mem_rsp_valid = in->mem_rvalid_i;
    memcpy(m->mem_rsp_data.b, in->mem_rdata_i, P_BYTES);
}

static void step(struct bench *b)
{
    struct as_mem_arb_in in;
    struct as_mem_arb_out *m = &b->out;
    struct dut_reg reg;
    model_inputs(&b->in, &in);
    as_mem_arb_eval(&b->m, &in, m);
    struct dut_out out = {.st_ready_o = m->ready[AS_CLIENT_STORE],
                          .co_ready_o = m->ready[AS_CLIENT_COMPUTE],
                          .ld_ready_o = m->ready[AS_CLIENT_LOAD],
                          .ho_ready_o = m->ready[AS_CLIENT_HOST],
                          .st_rvalid_o = m->rvalid[AS_CLIENT_STORE],
                          .co_rvalid_o = m->rvalid[AS_CLIENT_COMPUTE],
                          .ld_rvalid_o = m->rvalid[AS_CLIENT_LOAD],
                          .ho_rvalid_o = m->rvalid[AS_CLIENT_HOST],
                          .ho_rdata_o = m->host_rdata,
                          .mem_valid_o = m->mem.valid,
                          .mem_write_o = m->mem.write,
                          .mem_addr_o = m->mem.addr,
                          .mem_wstrb_o = m->mem.wstrb};
    memcpy(out.mem_wdata_o, m->mem.wdata.b, P_BYTES);
    as_cosim_reg_of_model(&b->m, &reg);
    as_cosim_eval(b->c, &b->in);
    as_cosim_expect_out(b->c, &out);
    as_cosim_expect_reg(b->c, &reg);
    as_mem_arb_tick(&b->m, &in, m);
    if (b->in.rst_i)
        as_mem_arb_reset(&b->m);
    as_cosim_tick(b->c);
}

/* From garbage through a reset. */
static void setup(struct bench *b, uint64_t seed)
{
    struct as_hw hw = {.mem_width_bytes = P_BYTES, .mem_reads = P_DEPTH};
    struct dut_reg reg;
    memset(b, 0, sizeof *b);
    b->random = as_cosim_seed(seed);
    b->c = as_cosim_new(b->random);
    as_mem_arb_init(&b->m, &hw);
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

Test(mem_arb, block_and_model_agree_on_every_cycle)
{
    struct bench b;
    setup(&b, 1);
    unsigned busy = 0;
    for (unsigned i = 0; i < as_cosim_rounds(8000); i++) {
        if (i % 64 == 0)
            busy = 5 + as_cosim_below(&b.random, 95);
        as_cosim_random_in(&b.random, &b.in);
        b.in.st_valid_i = as_cosim_percent(&b.random, busy / 2);
        b.in.co_valid_i = as_cosim_percent(&b.random, busy / 2);
        b.in.ld_valid_i = as_cosim_percent(&b.random, busy);
        b.in.ho_valid_i = as_cosim_percent(&b.random, busy);
        b.in.rst_i = as_cosim_percent(&b.random, 2);
        b.in.mem_ready_i = as_cosim_percent(&b.random, 70);
        b.in.mem_rvalid_i = b.m.own_cnt_q != 0 && as_cosim_percent(&b.random, 50);
        step(&b);
    }
    as_cosim_free(b.c);
}

Test(mem_arb, the_first_valid_client_in_priority_order_is_granted)
{
    struct bench b;
    setup(&b, 2);
    for (unsigned valid = 0; valid < 16; valid++) {
        b.in = (struct dut_in){.st_valid_i = valid & 1,
                               .co_valid_i = valid >> 1 & 1,
                               .ld_valid_i = valid >> 2 & 1,
                               .ho_valid_i = valid >> 3 & 1,
                               .st_write_i = 1,
                               .ho_write_i = 1,
                               .mem_ready_i = 1,
                               .mem_rvalid_i = b.m.own_cnt_q != 0};
        step(&b);
        cr_assert_eq(b.out.mem.valid, valid != 0);
        for (unsigned i = 0; i < AS_CLIENTS; i++) {
            bool first = (valid & ((2u << i) - 1)) == 1u << i;
            if (i == AS_CLIENT_STORE)
                cr_assert(b.out.ready[i]); /* nobody comes before it: ready without valid */
            else
                cr_assert(b.out.ready[i] == first || (valid == 0 && i == AS_CLIENT_HOST));
        }
    }
    as_cosim_free(b.c);
}

Test(mem_arb, as_many_reads_as_its_depth_are_in_flight_and_writes_pass)
{
    struct bench b;
    setup(&b, 3);
    b.in.ld_valid_i = 1;
    b.in.mem_ready_i = 1;
    for (int n = 0; n < P_DEPTH; n++) {
        step(&b);
        cr_assert(b.out.mem.valid && b.out.ready[AS_CLIENT_LOAD], "read %d", n);
    }
    step(&b);
    cr_assert(!b.out.mem.valid && !b.out.ready[AS_CLIENT_LOAD], "one read too many");
    b.in.st_valid_i = 1;
    b.in.st_write_i = 1;
    step(&b);
    cr_assert(b.out.mem.valid && b.out.ready[AS_CLIENT_STORE], "a write waits for reads");
    b.in.st_valid_i = 0;
    b.in.mem_rvalid_i = 1;
    step(&b);
    cr_assert_not(b.out.mem.valid, "the place is free one cycle later");
    b.in.mem_rvalid_i = 0;
    step(&b);
    cr_assert(b.out.mem.valid);
    as_cosim_free(b.c);
}

Test(mem_arb, answers_go_to_the_clients_in_the_order_of_their_requests)
{
    struct bench b;
    setup(&b, 4);
    enum as_client owner[P_DEPTH];
    for (int n = 0; n < 20 * P_DEPTH; n++) {
        int k = n % P_DEPTH;
        owner[k] = (enum as_client)as_cosim_below(&b.random, AS_CLIENTS);
        b.in = (struct dut_in){.st_valid_i = owner[k] == AS_CLIENT_STORE,
                               .co_valid_i = owner[k] == AS_CLIENT_COMPUTE,
                               .ld_valid_i = owner[k] == AS_CLIENT_LOAD,
                               .ho_valid_i = owner[k] == AS_CLIENT_HOST,
                               .mem_ready_i = 1};
        step(&b);
        b.in = (struct dut_in){.mem_rvalid_i = 1};
        for (int i = 0; k == P_DEPTH - 1 && i < P_DEPTH; i++) {
            step(&b);
            for (unsigned o = 0; o < AS_CLIENTS; o++)
                cr_assert_eq(b.out.rvalid[o], o == owner[i]);
        }
    }
    as_cosim_free(b.c);
}
