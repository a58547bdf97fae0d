#include "models/arith/quantization.h"

#include <math.h>

#include "models/arith/fixed_point.h"

bool as_quant_multiplier(double real, int32_t *m, int *shift)
{
    *m = 0;
    *shift = 0;
    if (!isfinite(real) || real < 0.0)
        return false;

    int exponent;
    double fraction = frexp(real, &exponent);
    int64_t scaled = llround(fraction * 2147483648.0);
    if (scaled == INT64_C(1) << 31) {
        scaled /= 2;
        exponent++;
    }
    if (exponent < -31)
        return true;
    if (exponent > AS_SHIFT_MAX)
        return false;
    *m = (int32_t)scaled;
    *shift = exponent;
    return true;
}

bool as_quant_float(float real, int32_t *m, int *shift)
{
    return as_quant_multiplier((double)real, m, shift);
}

bool as_quant_float_exact(int64_t bound, int32_t m, int shift)
{
    return bound < INT64_C(1) << 24 || m == 0 || shift > -16;
}

/* z + round(v / s), kept within an int. */
static int quantize(float value, float scale, int zero_point)
{
    float steps = roundf(value / scale);
    if (steps > 1024.0f)
        steps = 1024.0f;
    if (steps < -1024.0f)
        steps = -1024.0f;
    return zero_point + (int)steps;
}

void as_quant_clamp(enum as_activation act, float scale, int zero_point, int *act_min, int *act_max)
{
    int low = -128, high = 127;
    if (act == AS_ACT_RELU || act == AS_ACT_RELU6)
        low = quantize(0.0f, scale, zero_point);
    if (act == AS_ACT_RELU6)
        high = quantize(6.0f, scale, zero_point);
    if (act == AS_ACT_RELU_N1_TO_1) {
        low = quantize(-1.0f, scale, zero_point);
        high = quantize(1.0f, scale, zero_point);
    }
    *act_min = low < -128 ? -128 : low;
    *act_max = high > 127 ? 127 : high;
}

bool as_quant_channels(float s_in, const float *s_w, int scale_count, float s_out,
                       bool rounded_product, int channels, int32_t *multiplier, int8_t *shift)
{
    for (int k = 0; k < channels; k++) {
        float w = s_w[scale_count == 1 ? 0 : k];
        double product = (double)s_in * (double)w;
        if (rounded_product)
            product = (double)(float)product;
        int left;
        if (!as_quant_multiplier(product / (double)s_out, &multiplier[k], &left))
            return false;
        shift[k] = (int8_t)left;
    }
    return true;
}

int32_t as_quant_term(const struct as_sum *sum, int n, int value, int zero_point)
{
    if (sum->term[n])
        return sum->term[n][(uint8_t)value];
    return sum->sign[n] *
           as_mbqm((value - zero_point) * (1 << 20), sum->multiplier[n], sum->shift[n]);
}

/* The three factors of a sum. */
static bool sum_factors(const double real[3], struct as_sum *sum)
{
    for (int i = 0; i < 3; i++)
        if (!as_quant_multiplier(real[i], &sum->multiplier[i], &sum->shift[i]))
            return false;
    return true;
}

static bool scales_up(const struct as_sum *sum)
{
    return sum->shift[0] > 0 || sum->shift[1] > 0 || sum->shift[2] > 0;
}

bool as_quant_add(float s1, float s2, float s_out, struct as_sum *sum)
{
    double twice_max = 2.0 * fmax((double)s1, (double)s2);
    const double real[3] = {(double)s1 / twice_max, (double)s2 / twice_max,
                            twice_max / (1048576.0 * (double)s_out)};
    sum->sign[0] = sum->sign[1] = 1;
    return sum_factors(real, sum) && !scales_up(sum);
}

bool as_quant_sub(float s1, float s2, float s_out, struct as_sum *sum)
{
    float twice_max = 2.0f * fmaxf(s1, s2);
    const double real[3] = {(double)(s1 / twice_max), (double)(s2 / twice_max),
                            (double)(twice_max / (1048576.0f * s_out))};
    sum->sign[0] = 1;
    sum->sign[1] = -1;
    return sum_factors(real, sum) && !scales_up(sum);
}

bool as_quant_squared_difference(float s1, float s2, float s_out, struct as_sum *sum)
{
    double twice_max = 2.0 * fmax((double)s1, (double)s2);
    const double real[3] = {(double)s1 / twice_max, (double)s2 / twice_max,
                            twice_max * twice_max / (16384.0 * (double)s_out)};
    return sum_factors(real, sum);
}

bool as_quant_product(float s1, float s2, float s_out, bool rounded_product, int32_t *m, int *shift)
{
    double product = (double)s1 * (double)s2;
    if (rounded_product)
        product = (double)(float)product;
    return as_quant_multiplier(product / (double)s_out, m, shift);
}

bool as_quant_mean(float s_in, float s_out, int64_t count, int32_t *m, int *shift)
{
    if (!as_quant_multiplier((double)s_in / (double)s_out, m, shift))
        return false;
    int more = 63 - __builtin_clzll((unsigned long long)count);
    if (more > 32)
        more = 32;
    if (more > 31 + *shift)
        more = 31 + *shift;
    *m = (int32_t)(((int64_t)*m << more) / count);
    *shift -= more;
    return true;
}

bool as_quant_softmax(float s_in, float beta, struct as_softmax_factor *factor)
{
    double scaled = fmin((double)beta * (double)s_in * 67108864.0, 2147483647.0);
    if (!(scaled > 1.0))
        return false;
    /* A capped factor needs a left shift of 31, one more than a layer's multiplier may. */
    int exponent;
    double fraction = frexp(scaled, &exponent);
    int64_t m = llround(fraction * 2147483648.0);
    if (m == INT64_C(1) << 31) {
        m /= 2;
        exponent++;
    }
    factor->multiplier = (int32_t)m;
    factor->shift = exponent;
    factor->diff_min = -(int32_t)floor(31.0 * 67108864.0 / ldexp(1.0, exponent));
    return true;
}
