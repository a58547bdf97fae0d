/* The C half of the co-simulation harness, included by cosim.h: seeds, random numbers, comparison,
 * and copying between a model's structs and the pins.  Static, because it belongs to one test. */
#ifndef AS_COSIM_COMPARE_H
#define AS_COSIM_COMPARE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AS_COSIM_UNUSED __attribute__((unused))

/* COSIM_SEED from the environment, else `fallback`. */
AS_COSIM_UNUSED static uint64_t as_cosim_seed(uint64_t fallback)
{
    const char *text = getenv("COSIM_SEED");
    return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 0) : fallback;
}

/* How often a random test repeats: `quick` times COSIM_EFFORT (1 unless set). */
AS_COSIM_UNUSED static unsigned as_cosim_rounds(unsigned quick)
{
    const char *text = getenv("COSIM_EFFORT");
    unsigned long effort = text != NULL && text[0] != '\0' ? strtoul(text, NULL, 0) : 1;
    return quick * (unsigned)effort;
}

/* splitmix64: every seed is a good one. */
AS_COSIM_UNUSED static uint64_t as_cosim_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 0 .. n-1. */
AS_COSIM_UNUSED static uint32_t as_cosim_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((as_cosim_random(state) >> 32) * n >> 32);
}

AS_COSIM_UNUSED static bool as_cosim_percent(uint64_t *state, unsigned percent)
{
    return as_cosim_below(state, 100) < percent;
}

AS_COSIM_UNUSED static uint64_t as_cosim_bits(uint64_t *state, unsigned width)
{
    uint64_t r = as_cosim_random(state);
    return width >= 64 ? r : r & (((uint64_t)1 << width) - 1);
}

AS_COSIM_UNUSED static void as_cosim_bits_wide(uint64_t *state, unsigned width, uint32_t *word)
{
    for (unsigned done = 0; done < width; done += 32)
        word[done / 32] = (uint32_t)as_cosim_bits(state, width - done < 32 ? width - done : 32);
}

/* Ends the test with what a reader needs: where, what, both values, and how to see it again. */
AS_COSIM_UNUSED static void as_cosim_disagree(const struct as_cosim *c, const char *signal,
                                              const char *rtl, const char *model)
{
    const struct criterion_test *t = criterion_current_test;
    cr_assert_fail("cycle %llu: %s is %s in the RTL and %s in the model (seed %llu)\n"
                   "rerun with a waveform: COSIM_TRACE=1 COSIM_SEED=%llu tests/cosim/block.sh run "
                   "%s %s --filter '%s/%s'",
                   (unsigned long long)as_cosim_cycle(c), signal, rtl, model,
                   (unsigned long long)as_cosim_seed_of(c), (unsigned long long)as_cosim_seed_of(c),
                   COSIM_BLOCK, COSIM_VARIANT, t->category, t->name);
}

AS_COSIM_UNUSED static void as_cosim_expect(const struct as_cosim *c, const char *signal, int index,
                                            uint64_t rtl, uint64_t model)
{
    if (rtl == model)
        return;
    char name[128], a[32], b[32];
    (void)snprintf(name, sizeof name, index < 0 ? "%s" : "%s[%d]", signal, index);
    (void)snprintf(a, sizeof a, "0x%llx", (unsigned long long)rtl);
    (void)snprintf(b, sizeof b, "0x%llx", (unsigned long long)model);
    as_cosim_disagree(c, name, a, b);
}

AS_COSIM_UNUSED static void as_cosim_expect_wide(const struct as_cosim *c, const char *signal,
                                                 unsigned words, const uint32_t *rtl,
                                                 const uint32_t *model)
{
    if (memcmp(rtl, model, words * sizeof *rtl) == 0)
        return;
    char text[2][1024];
    for (int side = 0; side < 2; side++) {
        const uint32_t *value = side == 0 ? rtl : model;
        size_t at = (size_t)snprintf(text[side], sizeof text[side], "0x");
        for (unsigned i = words; i-- > 0 && at + 9 < sizeof text[side];)
            at += (size_t)snprintf(text[side] + at, sizeof text[side] - at, "%08x", value[i]);
    }
    as_cosim_disagree(c, signal, text[0], text[1]);
}

#define AS_COSIM_WORDS_OF(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

/* Every output of the settled block against the expected values. */
AS_COSIM_UNUSED static void as_cosim_expect_out(const struct as_cosim *c,
                                                const struct dut_out *expected)
{
    struct dut_out out;
    as_cosim_outputs(c, &out);
    (void)expected;
#undef PIN_OUT
#undef PIN_OUT_WIDE
#define PIN_OUT(name, width) as_cosim_expect(c, #name, -1, out.name, expected->name);
#define PIN_OUT_WIDE(name, width)                                                                  \
    as_cosim_expect_wide(c, #name, AS_COSIM_WORDS_OF(out.name), out.name, expected->name);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

/* Every register against the expected values. */
AS_COSIM_UNUSED static void as_cosim_expect_reg(const struct as_cosim *c,
                                                const struct dut_reg *expected)
{
    struct dut_reg reg;
    as_cosim_registers(c, &reg);
    (void)expected;
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#undef PEEK_WIRE
#define PEEK(name, signal, width)      as_cosim_expect(c, #name, -1, reg.name, expected->name);
#define PEEK_WIRE(name, signal, width) as_cosim_expect(c, #name, -1, reg.name, expected->name);
#define PEEK_WIDE(name, signal, width)                                                             \
    as_cosim_expect_wide(c, #name, AS_COSIM_WORDS_OF(reg.name), reg.name, expected->name);
#define PEEK_ARRAY(name, signal, width, n)                                                         \
    for (int i = 0; i < (int)(n); i++)                                                             \
        as_cosim_expect(c, #name, i, reg.name[i], expected->name[i]);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

#ifdef COSIM_SIGNALS
/* Every register that sim/blocks/NAME.signals says a reset clears. */
AS_COSIM_UNUSED static void as_cosim_expect_reset(const struct as_cosim *c)
{
    struct dut_reg reg;
    as_cosim_registers(c, &reg);
#define ZERO(name) as_cosim_expect(c, #name " after a reset", -1, reg.name, 0);
#define ZEROS(name)                                                                                \
    as_cosim_expect_wide(c, #name " after a reset", AS_COSIM_WORDS_OF(reg.name), reg.name,         \
                         (const uint32_t[AS_COSIM_WORDS_OF(reg.name)]){0});
#include "sim/blocks/signals.h"
#include COSIM_SIGNALS
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"
}
#endif

/* Random bits in every register: a start from garbage for both sides. */
AS_COSIM_UNUSED static void as_cosim_random_reg(uint64_t *state, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
    (void)state;
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#define PEEK(name, signal, width)      reg->name = as_cosim_bits(state, width);
#define PEEK_WIDE(name, signal, width) as_cosim_bits_wide(state, width, reg->name);
#define PEEK_ARRAY(name, signal, width, n)                                                         \
    for (int i = 0; i < (int)(n); i++)                                                             \
        reg->name[i] = as_cosim_bits(state, width);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

/* Random bits on every input but the reset, which is low. */
AS_COSIM_UNUSED static void as_cosim_random_in(uint64_t *state, struct dut_in *in)
{
    memset(in, 0, sizeof *in);
    (void)state;
#undef PIN_IN
#undef PIN_IN_WIDE
#define PIN_IN(name, width)      in->name = as_cosim_bits(state, width);
#define PIN_IN_WIDE(name, width) as_cosim_bits_wide(state, width, in->name);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

#ifdef COSIM_MODEL_IN
AS_COSIM_UNUSED static void as_cosim_in_to_model(const struct dut_in *in, COSIM_MODEL_IN *m)
{
#undef PIN_IN
#undef PIN_IN_WIDE
#define PIN_IN(name, width)      m->name = (__typeof__(m->name))in->name;
#define PIN_IN_WIDE(name, width) memcpy(m->name, in->name, sizeof in->name);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}
#endif

#ifdef COSIM_MODEL_OUT
AS_COSIM_UNUSED static void as_cosim_out_of_model(const COSIM_MODEL_OUT *m, struct dut_out *out)
{
    memset(out, 0, sizeof *out);
#undef PIN_OUT
#undef PIN_OUT_WIDE
#define PIN_OUT(name, width)      out->name = (uint64_t)m->name & (UINT64_MAX >> (64 - (width)));
#define PIN_OUT_WIDE(name, width) memcpy(out->name, m->name, sizeof out->name);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}
#endif

#ifdef COSIM_MODEL
/* A signed field of the model is compared in the register's width. */
AS_COSIM_UNUSED static void as_cosim_reg_of_model(const COSIM_MODEL *m, struct dut_reg *reg)
{
    memset(reg, 0, sizeof *reg);
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#define PEEK(name, signal, width)      reg->name = (uint64_t)m->name & (UINT64_MAX >> (64 - (width)));
#define PEEK_WIDE(name, signal, width) memcpy(reg->name, m->name, sizeof reg->name);
#define PEEK_ARRAY(name, signal, width, n)                                                         \
    for (int i = 0; i < (int)(n); i++)                                                             \
        reg->name[i] = (uint64_t)m->name[i] & (UINT64_MAX >> (64 - (width)));
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}

/* The model's fields must be unsigned (or sign-extended by the caller afterwards). */
AS_COSIM_UNUSED static void as_cosim_reg_to_model(const struct dut_reg *reg, COSIM_MODEL *m)
{
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#define PEEK(name, signal, width)      m->name = (__typeof__(m->name))reg->name;
#define PEEK_WIDE(name, signal, width) memcpy(m->name, reg->name, sizeof reg->name);
#define PEEK_ARRAY(name, signal, width, n)                                                         \
    for (int i = 0; i < (int)(n); i++)                                                             \
        m->name[i] = (__typeof__(m->name[i]))reg->name[i];
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
}
#endif

#endif
