#include "models/arith/fixed_point.h"

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

/* x / 2^n to the nearest integer, ties to even; 0 <= n <= 63. */
static uint64_t nearest_even(uint64_t x, int n)
{
    if (n == 0)
        return x;
    uint64_t half = UINT64_C(1) << (n - 1), rest = x & (2 * half - 1);
    uint64_t quotient = (x - rest) / half / 2;
    return quotient + (rest > half || (rest == half && (quotient & 1)) ? 1 : 0);
}

int64_t as_mul_float(int32_t x, int32_t m, int shift)
{
    int64_t product = (int64_t)x * (m >> 7);
    uint64_t magnitude = product < 0 ? (uint64_t)-product : (uint64_t)product;
    int right = 24 - shift;
    int beyond = magnitude == 0 ? 0 : 40 - __builtin_clzll(magnitude); /* of 24 bits */
    if (beyond > 0)
        magnitude = nearest_even(magnitude, beyond) << beyond;
    magnitude = right < 0 ? magnitude << -right : right < 63 ? nearest_even(magnitude, right) : 0;
    return product < 0 ? -(int64_t)magnitude : (int64_t)magnitude;
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

int32_t as_exp(int32_t a, int integer_bits)
{
    static const int32_t factor[7] = {1672461947, 1302514674, 790015084, 290630308,
                                      39332535,   720401,     242};
    const int32_t one_third = 715827883, exp_minus_eighth = 1895147668;
    int quarter = 29 - integer_bits; /* bit of 1/4 */
    if (a == 0)
        return INT32_MAX;

    int32_t m = (a & ((1 << quarter) - 1)) - (1 << quarter);
    int32_t x = as_add_wrap(as_shl_sat(m, integer_bits), 1 << 28);
    int32_t x2 = as_srdhm(x, x);
    int32_t x3 = as_srdhm(x2, x);
    int32_t x4 = as_srdhm(x2, x2);
    int32_t t = as_rdbpot(as_srdhm(as_rdbpot(x4, 2) + x3, one_third) + x2, 1);
    int32_t r = exp_minus_eighth + as_srdhm(exp_minus_eighth, x + t);
    uint32_t rem = (uint32_t)m - (uint32_t)a;
    for (int j = 0; j < integer_bits + 2; j++)
        if (rem >> (quarter + j) & 1)
            r = as_srdhm(r, factor[j]);
    return r;
}

/* 2 / (1 + a) in Q2.29. */
static int32_t twice_recip(int32_t a)
{
    int32_t half = (int32_t)(((int64_t)a + (INT64_C(1) << 31)) / 2);
    int32_t x = 1515870810 + as_srdhm(half, -1010580540);
    for (int i = 0; i < 3; i++)
        x += as_shl_sat(as_srdhm(x, (1 << 29) - as_srdhm(half, x)), 2);
    return x;
}

int32_t as_recip(int32_t a)
{
    return as_shl_sat(twice_recip(a), 1);
}

int32_t as_logistic(int32_t a)
{
    if (a == 0)
        return 1 << 30;
    int32_t y = as_recip(as_exp(a > 0 ? -a : a, 4));
    return a > 0 ? y : INT32_MAX - y;
}

int32_t as_tanh(int32_t a)
{
    if (a == 0)
        return 0;
    /* (1 - e) / (1 + e) = 2 / (1 + e) - 1, e = exp(-2 |a|): twice Q4.27 is Q5.26 */
    int32_t y = as_shl_sat(twice_recip(as_exp(a > 0 ? -a : a, 5)) - (1 << 29), 2);
    return a > 0 ? y : -y;
}

int32_t as_rsqrt(int32_t x, int *shift)
{
    const int32_t half_three = (1 << 28) + (1 << 27), half_sqrt_2 = 1518500250;
    *shift = 0;
    if (x <= 1)
        return INT32_MAX;

    /* x in Q3.28 between 1/8 and 1/2, by an even shift */
    int pairs = (__builtin_clz((unsigned)x) - 1) / 2 - 1;
    int right = 11 - pairs;
    int32_t a = (x << (2 * pairs)) >> 1, half = as_rdbpot(a, 1), y = 1 << 28;
    for (int i = 0; i < 5; i++) {
        int32_t y3 = as_shl_sat(as_srdhm(as_srdhm(y, y), y), 6);
        y = as_shl_sat(as_srdhm(half_three, y) - as_srdhm(half, y3), 3);
    }
    y = as_srdhm(y, half_sqrt_2);
    if (right < 0) {
        y = (int32_t)((uint32_t)y << -right);
        right = 0;
    }
    *shift = -right;
    return y;
}
