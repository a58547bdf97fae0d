/* Quantization constants: clamps and fixed-point multipliers, which no model file holds and which
 * follow from the scales.  One place, so that one network means one arithmetic.
 * Source: docs/arithmetic.md. */
#ifndef AS_MODELS_ARITH_QUANTIZATION_H
#define AS_MODELS_ARITH_QUANTIZATION_H

#include <stdbool.h>
#include <stdint.h>

#include "models/network.h"

/* Fused activations, numbered as in the .tflite schema. */
enum as_activation { AS_ACT_NONE = 0, AS_ACT_RELU = 1, AS_ACT_RELU_N1_TO_1 = 2, AS_ACT_RELU6 = 3 };

#define AS_SHIFT_MAX        30   /* largest left shift of a multiplier */
#define AS_SOFTMAX_AXIS_MAX 4095 /* the Q12.19 sum of more exponentials may leave 32 bits */

/* real = m * 2^(shift - 31) with m in [2^30, 2^31), or m = 0 when real < 2^-32.
 * False when `real` is not finite, negative, or needs a left shift above AS_SHIFT_MAX. */
bool as_quant_multiplier(double real, int32_t *m, int *shift);

/* The factor of AS_ROUNDING_FLOAT: real = m * 2^(shift - 31) exactly, m a multiple of 2^7 in
 * [2^30, 2^31), or m = 0 when real < 2^-32, which makes every product 0.  False as above. */
bool as_quant_float(float real, int32_t *m, int *shift);
/* float32 itself rounds a sum of 2^24 and more.  True when that changes no output: |sum| <= bound
 * < 2^24, or the factor takes all such sums beyond the outputs (2^8 and more). */
bool as_quant_float_exact(int64_t bound, int32_t m, int shift);

/* Clamp of an output with `scale` and `zero_point`. */
void as_quant_clamp(enum as_activation act, float scale, int zero_point, int *act_min,
                    int *act_max);

/* multiplier[channels] and shift[channels] from `scale_count` (1 or channels) weight scales.
 *   rounded_product   the product s_in * s_w is rounded to float32 first (FULLY_CONNECTED with one
 *                     weight scale)
 * False when a factor has no multiplier. */
bool as_quant_channels(float s_in, const float *s_w, int scale_count, float s_out,
                       bool rounded_product, int channels, int32_t *multiplier, int8_t *shift);

/* What byte `value` of operand `n`, whose zero point that is, adds to the sum of an ADD. */
int32_t as_quant_term(const struct as_sum *sum, int n, int value, int zero_point);

/* Input 0 plus or minus input 1.  False when a shift would be positive. */
bool as_quant_add(float s1, float s2, float s_out, struct as_sum *sum);
bool as_quant_sub(float s1, float s2, float s_out, struct as_sum *sum);
/* The square of the difference; sets no sign. */
bool as_quant_squared_difference(float s1, float s2, float s_out, struct as_sum *sum);

/* s1 * s2 / s_out.
 *   rounded_product   the product is rounded to float32 first (BATCH_MATMUL; not MUL) */
bool as_quant_product(float s1, float s2, float s_out, bool rounded_product, int32_t *m,
                      int *shift);

/* MEAN over `count` values: s_in / s_out / count. */
bool as_quant_mean(float s_in, float s_out, int64_t count, int32_t *m, int *shift);

/* False when beta * s_in is outside what the arithmetic can hold. */
bool as_quant_softmax(float s_in, float beta, struct as_softmax_factor *factor);

#endif
