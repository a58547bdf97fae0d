/* AS_ROUNDING_FLOAT against float32 itself. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/arith/quantization.h"

/* What onnxruntime computes of a sum: a float32 product, kept to the outputs, ties to even. */
static int in_float(int32_t x, float s)
{
    float p = (float)x * s;
    p = p < -255.0f ? -255.0f : p > 255.0f ? 255.0f : p;
    return (int)lrintf(p);
}

static int kept(int64_t y)
{
    return (int)(y < -255 ? -255 : y > 255 ? 255 : y);
}

static int32_t multiplier;
static int shift;

static void take(float s)
{
    cr_assert(as_quant_float(s, &multiplier, &shift));
    cr_assert_eq(multiplier & 0x7F, 0);
    if (multiplier)
        cr_assert_float_eq(ldexp(multiplier, shift - 31), s, 0.0);
}

static void expect(int32_t x, float s)
{
    int y = kept(as_mul_float(x, multiplier, shift)), wanted = in_float(x, s);
    if (y != wanted)
        cr_assert_fail("%d * %a is %d, float32 gives %d", x, (double)s, y, wanted);
}

/* Sums that float32 holds, around every tie of the outputs. */
static void expect_near_ties(float s)
{
    take(s);
    for (int k = -300; k < 300; k++) {
        double tie = (k + 0.5) / (double)s;
        for (int d = -2; d <= 2; d++)
            if (fabs(tie + d) < 16777216.0)
                expect((int32_t)floor(tie) + d, s);
    }
}

static uint32_t random_state = 1;

static uint32_t random_bits(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8; /* 24 bits */
}

/* A factor with `bits` bits of fraction, in [2^(exponent-1), 2^exponent). */
static float factor(int bits, int exponent)
{
    uint32_t fraction = (random_bits() | 0x800000) & (0xFFFFFFu << (24 - bits));
    return ldexpf((float)fraction, exponent - 24);
}

Test(float_rounding, every_sum_below_2_24_is_what_float32_gives)
{
    /* ties at every odd sum; beside ties; no ties at all */
    const float factors[] = {0.5f, 0x1.000002p-1f, 0x1.fffffep-2f, 0x1.8p-10f, 0x1.555556p-16f};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        take(factors[i]);
        for (int32_t x = -(1 << 24); x <= 1 << 24; x++)
            expect(x, factors[i]);
    }
}

Test(float_rounding, sums_near_a_tie_go_where_float32_goes)
{
    for (int exponent = -31; exponent <= 4; exponent++)
        for (int bits = 1; bits <= 24; bits++)
            for (int i = 0; i < 8; i++)
                expect_near_ties(factor(bits, exponent));
}

/* Of a factor m of 24 bits and a sum x, x * m as near half a step as it may be. */
Test(float_rounding, products_a_last_bit_beside_a_tie_go_where_float32_goes)
{
    long beside = 0;
    for (int i = 0; i < 400000; i++) {
        int exponent = -(int)(random_bits() % 16);
        float s = factor(24, exponent);
        int k = (int)(random_bits() % 256);
        double tie = (k + 0.5) / (double)s;
        int32_t x = (int32_t)nearbyint(tie);
        if (x >= 1 << 24)
            continue;
        take(s);
        double off = fabs(x * (double)s - (k + 0.5));
        beside += off > 0 && off < ldexp(k + 0.5, -24);
        expect(x, s);
        expect(-x, s);
    }
    cr_assert_gt(beside, 100);
}

Test(float_rounding, sums_that_float32_rounds_saturate_where_they_are_said_to_be_exact)
{
    for (int exponent = -31; exponent <= 2; exponent++) {
        take(factor(24, exponent));
        cr_assert(as_quant_float_exact((1 << 24) - 1, multiplier, shift));
        if (!as_quant_float_exact(INT32_MAX, multiplier, shift))
            continue;
        float s = ldexpf((float)multiplier, shift - 31);
        for (int i = 0; i < 2000; i++) {
            int32_t x = (int32_t)((random_bits() << 7 | 1 << 24) + random_bits() % 128);
            expect(x, s);
            expect(-x, s);
        }
    }
    take(0x1.fffffep-17f);
    cr_assert(!as_quant_float_exact(1 << 24, multiplier, shift));
    take(0x1p-16f);
    cr_assert(as_quant_float_exact(1 << 24, multiplier, shift));
}

Test(float_rounding, factors_beyond_reach_are_zero_or_refused)
{
    take(0.0f);
    cr_assert_eq(multiplier, 0);
    take(0x1.fffffep-33f);
    cr_assert_eq(multiplier, 0);
    cr_assert_eq(in_float(INT32_MIN, 0x1.fffffep-33f), 0);
    cr_assert(!as_quant_float(-1.0f, &multiplier, &shift));
    cr_assert(!as_quant_float(NAN, &multiplier, &shift));
    cr_assert(!as_quant_float(INFINITY, &multiplier, &shift));
    cr_assert(!as_quant_float(0x1p31f, &multiplier, &shift));
}
