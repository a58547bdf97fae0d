/* The fixed-point functions all arithmetic is made of.  Source: docs/arithmetic.md. */
#ifndef AS_MODELS_ARITH_FIXED_POINT_H
#define AS_MODELS_ARITH_FIXED_POINT_H

#include <stdint.h>

#include "models/network.h"

/* Saturating rounding doubling high multiply: (a*b + 2^30) >> 31, ties toward plus infinity. */
int32_t as_srdhm(int32_t a, int32_t b);
/* x / 2^n to the nearest integer, ties away from zero; 0 <= n <= 62. */
int32_t as_rdbpot(int32_t x, int n);
/* Multiplies by m * 2^(shift - 31) with both roundings; a positive shift moves x left in 32 bits.
 */
int32_t as_mbqm(int32_t x, int32_t m, int shift);
/* x times the float32 m * 2^(shift - 31), of which m has the 24 bits of the fraction at its upper
 * end, as float32 computes it: the product rounded to 24 bits, then to an integer, ties to even
 * both times.  Equal to a float32 product for every x that a float32 holds; -62 <= shift <= 30. */
int64_t as_mul_float(int32_t x, int32_t m, int shift);
/* x << n, saturating; 0 <= n <= 30. */
int32_t as_shl_sat(int32_t x, int n);
/* exp(a): `a` has `integer_bits` (4 or 5) before the point, a <= 0; result in Q0.31. */
int32_t as_exp(int32_t a, int integer_bits);
/* 1 / (1 + a): `a` in Q0.31, 0 <= a < 1; result in Q0.31. */
int32_t as_recip(int32_t a);
/* 1 / (1 + exp(-a)) and tanh(a): `a` in Q4.27, result in Q0.31. */
int32_t as_logistic(int32_t a);
int32_t as_tanh(int32_t a);

/* 1 / sqrt(x) = result * 2^(*shift - 31), 1 <= x < 2^29. */
int32_t as_rsqrt(int32_t x, int *shift);

/* The int8 value of table entry `i`, 0..255. */
static inline int as_byte_of(int i)
{
    return i < 128 ? i : i - 256;
}

static inline int8_t as_clamp_i8(int64_t value, int low, int high)
{
    return (int8_t)(value < low ? low : value > high ? high : value);
}

/* Two's complement addition, as an accumulator register does it. */
static inline int32_t as_add_wrap(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

#endif
