#include "sim/quant.h"

int32_t as_srdhm(int32_t a, int32_t b)
{
    int64_t rounded = ((int64_t)a * b + (INT64_C(1) << 30)) >> 31;
    return (int32_t)(rounded > INT32_MAX ? INT32_MAX : rounded);
}

int32_t as_rdbpot(int32_t x, int n)
{
    int64_t wide = x;
    int64_t mask = (INT64_C(1) << n) - 1;
    int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (int32_t)((wide >> n) + ((wide & mask) > threshold ? 1 : 0));
}

int32_t as_mbqm(int32_t x, int32_t m, int shift)
{
    int left = shift > 0 ? shift : 0;
    int32_t moved = (int32_t)((uint32_t)x << left);
    return as_rdbpot(as_srdhm(moved, m), left - shift);
}

int32_t as_shl_sat(int32_t x, int n)
{
    int64_t limit = (INT64_C(1) << (31 - n)) - 1;
    if (x > limit)
        return INT32_MAX;
    if (x < -limit)
        return INT32_MIN;
    return (int32_t)((uint32_t)x << n);
}

int32_t as_softmax_exp(int32_t a)
{
    static const int32_t factor[7] = {1672461947, 1302514674, 790015084, 290630308,
                                      39332535,   720401,     242};
    const int32_t one_third = 715827883, exp_minus_eighth = 1895147668;
    if (a == 0)
        return INT32_MAX;

    int32_t m = (a & 0xffffff) - 0x1000000;
    int32_t x = as_add_wrap(as_shl_sat(m, 5), 1 << 28);
    int32_t x2 = as_srdhm(x, x);
    int32_t x3 = as_srdhm(x2, x);
    int32_t x4 = as_srdhm(x2, x2);
    int32_t t = as_rdbpot(as_srdhm(as_rdbpot(x4, 2) + x3, one_third) + x2, 1);
    int32_t r = exp_minus_eighth + as_srdhm(exp_minus_eighth, x + t);
    uint32_t rem = (uint32_t)m - (uint32_t)a;
    for (int j = 0; j < 7; j++)
        if (rem >> (24 + j) & 1)
            r = as_srdhm(r, factor[j]);
    return r;
}

int32_t as_softmax_recip(int32_t a)
{
    int32_t half = (int32_t)(((int64_t)a + (INT64_C(1) << 31)) / 2);
    int32_t x = 1515870810 + as_srdhm(half, -1010580540);
    for (int i = 0; i < 3; i++)
        x += as_shl_sat(as_srdhm(x, (1 << 29) - as_srdhm(half, x)), 2);
    return as_shl_sat(x, 1);
}

static int saturate16(int64_t x)
{
    return (int)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

/* Nearest of a*b / 2^15, ties toward plus infinity, in 16 bits. */
static int srdhm16(int a, int b)
{
    return saturate16((a * b + (1 << 14)) >> 15);
}

int8_t as_hard_swish(const struct as_hard_swish *h, int8_t x)
{
    int fine = (x - h->zero_in) * 128;
    int scaled = srdhm16(fine, h->out_multiplier);

    int gate = fine; /* x / 3 in Q0.15 */
    if (h->relu_shift > 0)
        gate = saturate16(gate * (INT64_C(1) << (h->relu_shift - 1)));
    gate = srdhm16(gate, h->relu_multiplier);
    if (h->relu_shift > 0)
        gate = saturate16((int64_t)gate * 2);
    else
        gate = as_rdbpot(gate, -h->relu_shift);
    gate = (gate + (1 << 15)) >> 1; /* relu6(x + 3) / 6 in Q0.15 */

    int product = gate * scaled / (1 << 15); /* toward zero */
    return as_clamp_i8(as_rdbpot(product, -h->out_shift) + h->zero_out, -128, 127);
}
