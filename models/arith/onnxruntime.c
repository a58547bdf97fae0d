#include "models/arith/onnxruntime.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

int8_t as_ort_quantize(float value, float scale, int zero_point)
{
    float low = (float)(-128 - zero_point), high = (float)(127 - zero_point);
    float steps = value / scale;
    steps = steps > low ? steps : low;
    steps = steps < high ? steps : high;
    return (int8_t)((int)rintf(steps) + zero_point);
}

/* ---- functions ---- */

static float relu(float x, float a, float b)
{
    (void)a;
    (void)b;
    return x > 0.0f ? x : 0.0f;
}

static float leaky_relu(float x, float a, float b)
{
    (void)b;
    return x >= 0.0f ? x : a * x;
}

/* As the vector kernel: two polynomials with fused products. */
static float logistic(float x, float a, float b)
{
    (void)a;
    (void)b;
    x = fminf(fmaxf(x, -18.0f), 18.0f);
    float s = x * x;
    float p = fmaf(s, 4.37031012579801e-11f, 1.15627324459942e-07f);
    p = fmaf(p, s, 6.08574864600143e-05f);
    p = fmaf(p, s, 8.51377133304701e-03f);
    p = fmaf(p, s, 2.48287947061529e-01f) * x;
    float q = fmaf(s, 6.10247389755681e-13f, 5.76102136993427e-09f);
    q = fmaf(q, s, 6.29106785017040e-06f);
    q = fmaf(q, s, 1.70198817374094e-03f);
    q = fmaf(q, s, 1.16817656904453e-01f);
    q = fmaf(q, s, 9.93151921023180e-01f);
    return fmaxf(p / q + 0.5f, 0.0f);
}

static float hyperbolic(float x, float a, float b)
{
    (void)a;
    (void)b;
    x = fminf(fmaxf(x, -9.0f), 9.0f);
    float s = x * x;
    float p = fmaf(s, -2.76076847742355e-16f, 2.00018790482477e-13f);
    p = fmaf(p, s, -8.60467152213735e-11f);
    p = fmaf(p, s, 5.12229709037114e-08f);
    p = fmaf(p, s, 1.48572235717979e-05f);
    p = fmaf(p, s, 6.37261928875436e-04f);
    p = fmaf(p, s, 4.89352455891786e-03f) * x;
    float q = fmaf(s, 1.19825839466702e-06f, 1.18534705686654e-04f);
    q = fmaf(q, s, 2.26843463243900e-03f);
    q = fmaf(q, s, 4.89352518554385e-03f);
    return p / q;
}

static float hard_sigmoid(float x, float a, float b)
{
    return fmaxf(0.0f, fminf(1.0f, a * x + b));
}

static float hard_swish(float x, float a, float b)
{
    (void)a;
    (void)b;
    return x * fmaxf(0.0f, fminf(1.0f, x * (1.0f / 6.0f) + 0.5f));
}

static float elu(float x, float a, float b)
{
    (void)b;
    return x >= 0.0f ? x : a * (expf(x) - 1.0f);
}

static float clip(float x, float a, float b)
{
    return fminf(fmaxf(x, a), b);
}

static float negate(float x, float a, float b)
{
    (void)a;
    (void)b;
    return -x;
}

static float magnitude(float x, float a, float b)
{
    (void)a;
    (void)b;
    return fabsf(x);
}

/* With a constant on one side. */
static float plus(float x, float a, float b)
{
    (void)b;
    return x + a;
}

static float minus(float x, float a, float b)
{
    (void)b;
    return x - a;
}

static float times(float x, float a, float b)
{
    (void)b;
    return x * a;
}

static float over(float x, float a, float b)
{
    (void)b;
    return x / a;
}

static const struct as_ort_function functions[] = {
    {.name = "Relu", .at = relu},
    {.name = "Clip", .at = clip},
    {.name = "LeakyRelu", .at = leaky_relu, .attribute = {"alpha"}, .absent = {0.01f}},
    {.name = "Sigmoid", .at = logistic},
    {.name = "Tanh", .at = hyperbolic},
    {.name = "HardSigmoid",
     .at = hard_sigmoid,
     .attribute = {"alpha", "beta"},
     .absent = {0.2f, 0.5f}},
    {.name = "HardSwish", .at = hard_swish},
    {.name = "Elu", .at = elu, .attribute = {"alpha"}, .absent = {1.0f}, .error = AS_ORT_SMALL},
    {.name = "Neg", .at = negate},
    {.name = "Abs", .at = magnitude},
    {.name = "Add", .at = plus},
    {.name = "Sub", .at = minus},
    {.name = "Mul", .at = times},
    {.name = "Div", .at = over},
};

const struct as_ort_function *as_ort_function_at(int n)
{
    return n < (int)(sizeof functions / sizeof functions[0]) ? &functions[n] : NULL;
}

const struct as_ort_function *as_ort_function_find(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}

/* ---- pairs ---- */

/* Both operands, zero points and the quantization in one sum, whose products are fused.  Of
 * `swapped` operands the other one comes last. */
static float fused_sum(const struct as_ort_pair *p, const float raw[2])
{
    int shift = p->of_unsigned ? 128 : 0, first = p->swapped ? 1 : 0, last = 1 - first;
    float ratio[2] = {p->scale[0] / p->out_scale, p->scale[1] / p->out_scale};
    float zero[2] = {(float)(p->zero_point[0] + shift), (float)(p->zero_point[1] + shift)};
    float known = fmaf(ratio[first], zero[first], ratio[last] * zero[last]);
    float fixed = (float)(p->out_zero_point + shift) - known;
    return fmaf(raw[first], ratio[first], fmaf(raw[last], ratio[last], fixed));
}

static int8_t saturated(float steps, int shift)
{
    float value = rintf(steps) - (float)shift;
    return (int8_t)(value < -128.0f ? -128.0f : value > 127.0f ? 127.0f : value);
}

static int8_t fused(const struct as_ort_pair *p, int8_t a, int8_t b)
{
    int shift = p->of_unsigned ? 128 : 0;
    if (p->operation == AS_ORT_ADD)
        return saturated(fused_sum(p, (const float[2]){(float)(a + shift), (float)(b + shift)}),
                         shift);
    float factor = p->scale[0] * p->scale[1] / p->out_scale;
    float product = (float)((a - p->zero_point[0]) * (b - p->zero_point[1])) * factor;
    return saturated(product + (float)(p->out_zero_point + shift), shift);
}

int8_t as_ort_pair(const struct as_ort_pair *p, int8_t a, int8_t b)
{
    if (p->fused)
        return fused(p, a, b);
    float x = p->real[0][(uint8_t)a], y = p->real[1][(uint8_t)b];
    float value = p->operation == AS_ORT_ADD ? x + y : p->operation == AS_ORT_SUB ? x - y : x * y;
    for (int i = 0; i < p->step_count; i++)
        value = p->step[i].function->at(value, p->step[i].a, p->step[i].b);
    return as_ort_quantize(value, p->out_scale, p->out_zero_point);
}
