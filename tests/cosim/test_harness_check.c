/* Does the harness drive, show, deposit and compare what it says?
 * The block is trivial, so its model is written out here. */
#include "tests/cosim/cosim.h"

#include <criterion/criterion.h>
#include <signal.h>

/* What the registers must hold after one edge. */
static void step(struct dut_reg *reg, const struct dut_in *in)
{
    memcpy(reg->wide_q, in->wide_i, sizeof reg->wide_q);
    reg->long_q = in->rst_i ? 0 : reg->long_q + in->long_i;
    reg->hist_q[2] = reg->hist_q[1];
    reg->hist_q[1] = reg->hist_q[0];
    reg->hist_q[0] = 0x40 | in->step_i;
    reg->count0_q = (reg->count0_q + in->step_i) & 31;
    reg->count1_q = (reg->count1_q + in->step_i) & 31;
}

static void outputs(struct dut_out *out, const struct dut_reg *reg, const struct dut_in *in)
{
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < AS_COSIM_WORDS(P_WIDE_W); i++)
        out->wide_o[i] = in->wide_i[i] ^ reg->wide_q[i];
    out->long_o = reg->long_q;
    out->sum_o = (reg->count0_q + reg->count1_q) & 31;
}

Test(harness_check, block_and_model_agree_on_every_cycle)
{
    uint64_t seed = as_cosim_seed(1), state = seed;
    struct as_cosim *c = as_cosim_new(seed);
    struct dut_reg reg;
    struct dut_in in;
    struct dut_out out;
    uint64_t mem[16] = {0};
    bool written[16] = {false};

    as_cosim_random_reg(&state, &reg);
    as_cosim_deposit(c, &reg);
    for (int cycle = 0; cycle < 1000; cycle++) {
        as_cosim_random_in(&state, &in);
        in.rst_i = as_cosim_percent(&state, 2);
        as_cosim_eval(c, &in);
        outputs(&out, &reg, &in);
        as_cosim_expect_out(c, &out);
        as_cosim_expect_reg(c, &reg);
        mem[in.step_i & 15] = reg.long_q & 0xffffffffffu;
        written[in.step_i & 15] = true;
        step(&reg, &in);
        as_cosim_tick(c);
    }
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t word[2];
        as_cosim_mem_mem_read(c, i, word);
        cr_assert(!written[i] || (word[0] | (uint64_t)word[1] << 32) == mem[i]);
        word[0] = ~i;
        word[1] = 0x5a;
        as_cosim_mem_mem_write(c, i, word);
        uint32_t back[2];
        as_cosim_mem_mem_read(c, i, back);
        cr_assert(back[0] == ~i && back[1] == 0x5a);
    }
    as_cosim_free(c);
}

/* A value wider than its pin is a mistake of the test and stops it. */
Test(harness_check, too_wide_a_value_is_refused, .signal = SIGABRT)
{
    struct as_cosim *c = as_cosim_new(1);
    struct dut_in in;
    memset(&in, 0, sizeof in);
    in.step_i = 32;
    as_cosim_eval(c, &in);
}
