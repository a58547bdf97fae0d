#include "models/arith/lookup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/quantization.h"
#include "models/arith/fixed_point.h"

#define INPUT_SHIFT_MAX 22 /* a difference of two bytes, moved so far, fits 31 bits */

/* ---- HARD_SWISH, in 16 bits ---- */

struct hard_swish {
    int out_multiplier, out_shift;   /* of s_in / 2^7 -> s_out; shift -15..0 */
    int relu_multiplier, relu_shift; /* of s_in / 2^7 -> 3 / 2^15; shift -15..30 */
};

/* A 16-bit multiplier from a 32-bit one. */
static int narrow_multiplier(int32_t m)
{
    return m >= INT32_MAX - (1 << 15) ? INT16_MAX : (m + (1 << 15)) >> 16;
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

/* Of the difference from the input's zero point; above the output's. */
static int hard_swish(const struct hard_swish *h, int x)
{
    int fine = x * 128;
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
    return as_rdbpot(product, -h->out_shift);
}

static bool fill_hard_swish(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                            int8_t table[256])
{
    (void)alpha;
    struct hard_swish h;
    float fine = (1.0f / 128.0f) * in->scale;
    int32_t m;

    if (!as_quant_multiplier((double)(fine / out->scale), &m, &h.out_shift))
        return false;
    h.out_multiplier = narrow_multiplier(m);
    if (!as_quant_multiplier((double)(fine / (3.0f / 32768.0f)), &m, &h.relu_shift))
        return false;
    h.relu_multiplier = narrow_multiplier(m);
    if (h.out_shift > 0 || h.out_shift < -15 || h.relu_shift < -15)
        return false;
    for (int i = 0; i < 256; i++)
        table[i] = as_clamp_i8(hard_swish(&h, as_byte_of(i) - in->zero_point) + out->zero_point,
                               -128, 127);
    return true;
}

/* ---- RELU, LEAKY_RELU, QUANTIZE, RELU6 ---- */

/* Output steps an input step: `above` for positive inputs, `below` for negative ones; at least
 * `low`, a real value, where that is finite. */
static bool rescale(const struct as_tensor *in, const struct as_tensor *out, double above,
                    double below, float low, int8_t table[256])
{
    int32_t m, m_below;
    int shift, shift_below, min = -128;

    if (!as_quant_multiplier(above, &m, &shift) ||
        !as_quant_multiplier(below, &m_below, &shift_below) || shift > INPUT_SHIFT_MAX ||
        shift_below > INPUT_SHIFT_MAX)
        return false;
    if (isfinite(low))
        min = out->zero_point + (int)roundf(low / out->scale);
    for (int i = 0; i < 256; i++) {
        int x = as_byte_of(i) - in->zero_point;
        int32_t y = x < 0 ? as_mbqm(x, m_below, shift_below) : as_mbqm(x, m, shift);
        table[i] = as_clamp_i8((int64_t)y + out->zero_point, min < -128 ? -128 : min, 127);
    }
    return true;
}

static bool fill_relu(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                      int8_t table[256])
{
    double factor = (double)(in->scale / out->scale);
    (void)alpha;
    return rescale(in, out, factor, factor, 0.0f, table);
}

static bool fill_quantize(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                          int8_t table[256])
{
    double factor = (double)in->scale / (double)out->scale;
    (void)alpha;
    return rescale(in, out, factor, factor, -INFINITY, table);
}

static bool fill_leaky_relu(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                            int8_t table[256])
{
    return rescale(in, out, (double)(in->scale / out->scale),
                   (double)(in->scale * alpha / out->scale), -INFINITY, table);
}

static bool fill_relu6(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                       int8_t table[256])
{
    int low, high;

    (void)out;
    (void)alpha;
    as_quant_clamp(AS_ACT_RELU6, in->scale, in->zero_point, &low, &high);
    for (int i = 0; i < 256; i++)
        table[i] = as_clamp_i8(as_byte_of(i), low, high);
    return true;
}

/* ---- LOGISTIC, TANH: the input in Q4.27 ---- */

/* `bits` of the function's value below the point are kept. */
static bool sigmoid(const struct as_tensor *in, int32_t (*function)(int32_t), int bits, int zero,
                    int8_t table[256])
{
    int shift;
    double fraction = frexp((double)in->scale * 0x1p27, &shift);
    int64_t m = llround(fraction * 0x1p31);

    if (m == INT64_C(1) << 31) {
        m /= 2;
        shift++;
    }
    if (shift < 0 || shift > 30)
        return false;
    int64_t radius = (INT64_C(15) << 27) >> shift; /* from here on it is flat */
    for (int i = 0; i < 256; i++) {
        int x = as_byte_of(i) - in->zero_point;
        int64_t y = x < 0 ? -128 : 127;
        if (x > -radius && x < radius)
            y = as_rdbpot(function(as_mbqm(x, (int32_t)m, shift)), 31 - bits) + zero;
        table[i] = as_clamp_i8(y, -128, 127);
    }
    return true;
}

static bool fill_logistic(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                          int8_t table[256])
{
    (void)out;
    (void)alpha;
    return sigmoid(in, as_logistic, 8, -128, table);
}

static bool fill_tanh(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                      int8_t table[256])
{
    (void)out;
    (void)alpha;
    return sigmoid(in, as_tanh, 7, 0, table);
}

/* ---- RSQRT ---- */

/* Of inputs at the zero point and below, which have none, 127. */
static bool fill_rsqrt(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                       int8_t table[256])
{
    (void)alpha;
    int32_t m;
    int shift;
    double factor = (double)(1.0f / (sqrtf(in->scale) * out->scale));

    if (!as_quant_multiplier(factor, &m, &shift) || m == 0 || shift > 10)
        return false;
    for (int i = 0; i < 256; i++) {
        int x = as_byte_of(i) - in->zero_point, fine_shift;
        table[i] = 127;
        if (x <= 0)
            continue;
        int32_t root = as_rsqrt(x, &fine_shift);
        int32_t fine = as_mbqm(1, root, fine_shift + 20); /* 2^20 / sqrt(x) */
        table[i] = as_clamp_i8((int64_t)as_mbqm(fine, m, shift - 20) + out->zero_point, -128, 127);
    }
    return true;
}

/* ---- ABS ---- */

static bool fill_abs(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                     int8_t table[256])
{
    bool same = !(in->scale < out->scale) && !(in->scale > out->scale);
    int32_t m;
    int shift;

    (void)alpha;
    if (!as_quant_multiplier((double)in->scale / (double)out->scale, &m, &shift) ||
        shift > INPUT_SHIFT_MAX)
        return false;
    for (int i = 0; i < 256; i++) {
        int x = abs(as_byte_of(i) - in->zero_point);
        table[i] =
            as_clamp_i8((int64_t)(same ? x : as_mbqm(x, m, shift)) + out->zero_point, -128, 127);
    }
    return true;
}

/* ---- ELU, GELU, in float32 ---- */

static bool fill_float(const struct as_tensor *in, const struct as_tensor *out,
                       float (*function)(float), int8_t table[256])
{
    float steps = 1.0f / out->scale;

    if (!(steps < 0x1p30f &&
          in->scale * 256.0f * steps < 0x1p30f)) /* so that rounded fits 32 bits */
        return false;
    for (int i = 0; i < 256; i++) {
        float x = in->scale * (float)(as_byte_of(i) - in->zero_point);
        float y = roundf(function(x) * steps);
        table[i] = as_clamp_i8((int64_t)(y + (float)out->zero_point), -128, 127);
    }
    return true;
}

/* exp(x) - 1 of negative inputs; the others as they are. */
static float elu(float x)
{
    return x < 0.0f ? expm1f(x) : x;
}

static bool fill_elu(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                     int8_t table[256])
{
    (void)alpha;
    return fill_float(in, out, elu, table);
}

static float gelu(float x)
{
    return 0.5f * x * erfcf(x * (float)-0.70710678118654752440);
}

static float gelu_by_tanh(float x)
{
    const float root = (float)0.79788456080286535588; /* sqrt(2 / pi) */
    return 0.5f * x * (1.0f + tanhf(root * (x + 0.044715f * x * x * x)));
}

static bool fill_gelu(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                      int8_t table[256])
{
    return fill_float(in, out, alpha > 0.0f ? gelu_by_tanh : gelu, table);
}

/* ---- the operators ---- */

const struct as_lookup as_lookups[] = {
    {.name = "HARD_SWISH",
     .fill = fill_hard_swish,
     .expected = "an output scale of 2^-7..2^9 input scales and an input scale above 2^-22"},
    {.name = "RELU",
     .fill = fill_relu,
     .expected = "an output scale of at least 2^-22 input scales"},
    {.name = "RELU6", .fill = fill_relu6, .same_quantization = true},
    {.name = "LEAKY_RELU",
     .fill = fill_leaky_relu,
     .expected = "an output scale of at least 2^-22 input scales"},
    {.name = "LOGISTIC",
     .fill = fill_logistic,
     .out_bits = 8,
     .out_zero_point = -128,
     .expected = "an input scale of 2^-28..2^3"},
    {.name = "TANH", .fill = fill_tanh, .out_bits = 7, .expected = "an input scale of 2^-28..2^3"},
    {.name = "RSQRT", .fill = fill_rsqrt, .expected = "1 / (sqrt(input) * output) in 2^-31..2^10"},
    {.name = "QUANTIZE",
     .fill = fill_quantize,
     .expected = "an output scale of at least 2^-22 input scales"},
    {.name = "ELU",
     .fill = fill_elu,
     .expected = "an output scale above 2^-30 and above 2^-22 input scales"},
    {.name = "GELU",
     .fill = fill_gelu,
     .expected = "an output scale above 2^-30 and above 2^-22 input scales"},
    {.name = "ABS", .fill = fill_abs, .expected = "an output scale of at least 2^-22 input scales"},
    {.name = NULL},
};

const struct as_lookup *as_lookup_find(const char *name)
{
    for (const struct as_lookup *lookup = as_lookups; lookup->name; lookup++)
        if (strcmp(lookup->name, name) == 0)
            return lookup;
    return NULL;
}
