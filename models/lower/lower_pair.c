/* ADD and MUL that are a function of two bytes (struct as_ort_pair), made of what the machine has:
 * a term of each byte, or a product, and one factor.  All 65,536 pairs are proven, or the operator
 * is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/arith/onnxruntime.h"
#include "models/arith/quantization.h"
#include "models/lower/lowering.h"

#define SUM_BITS   23        /* of a sum: float32 holds it, and half of it */
#define TERM_MAX   (1 << 29) /* two of them are a sum of 32 bits */
#define ROUNDS_MAX 64
#define ULPS       3 /* around a product's factor */

/* What the pairs give, by the bytes of the layer's operands in order. */
struct results {
    int8_t at[256][256];
    int low, high; /* the least and the largest, which the layer's clamp gives */
};

static void fill(const struct as_lower_op *op, bool swapped, struct results *want)
{
    want->low = 127;
    want->high = -128;
    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            int8_t x = (int8_t)as_byte_of(a), y = (int8_t)as_byte_of(b);
            int result = as_ort_pair(op->op->pair, swapped ? y : x, swapped ? x : y);
            want->at[a][b] = (int8_t)result;
            want->low = result < want->low ? result : want->low;
            want->high = result > want->high ? result : want->high;
        }
}

/* ---- sums ---- */

/* Sums for which the layer gives `y`, in steps of 2^-bits; ties are even. */
static void interval(const struct results *want, int y, int zero_point, int bits, int32_t *low,
                     int32_t *high)
{
    int32_t whole = (y - zero_point) * (1 << bits), half = 1 << (bits - 1);
    int odd = (y - zero_point) & 1;
    *low = y == want->low ? INT32_MIN / 4 : whole - half + odd;
    *high = y == want->high ? INT32_MAX / 4 : whole + half - odd;
}

/* Terms that rise for ever are given up. */
static bool set_term(int32_t *term, int64_t value)
{
    if (value < -TERM_MAX || value > TERM_MAX)
        return false;
    *term = (int32_t)value;
    return true;
}

/* Raises terms until every sum is inside its interval; the least solution above what is there, if
 * there is one (longest paths between the terms of one operand and the negated ones of the other).
 * Where a and -b would have to rise for ever there is none. */
static bool fit(const struct results *want, int zero_point, int bits, int32_t *a, int32_t *b)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        bool changed = false;
        for (int i = 0; i < 256; i++)
            for (int j = 0; j < 256; j++) {
                int32_t low, high;
                interval(want, want->at[i][j], zero_point, bits, &low, &high);
                if (a[i] + b[j] < low) {
                    if (!set_term(&a[i], (int64_t)low - b[j]))
                        return false;
                    changed = true;
                } else if (a[i] + b[j] > high) {
                    if (!set_term(&b[j], (int64_t)high - a[i]))
                        return false;
                    changed = true;
                }
            }
        if (!changed)
            return true;
    }
    return false;
}

/* The real terms of an operand, in output steps. */
static void guess(const struct as_ort_pair *pair, int n, int bits, int32_t *term)
{
    double sign = n == 1 && pair->operation == AS_ORT_SUB ? -1.0 : 1.0;
    for (int i = 0; i < 256; i++)
        term[i] =
            (int32_t)lrint(sign * ldexp((double)pair->real[n][i] / (double)pair->out_scale, bits));
}

/* The largest term of both operands, in output steps. */
static double largest(const struct as_ort_pair *pair)
{
    double most[2] = {0.0, 0.0};
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 256; i++)
            most[n] = fmax(most[n], fabs((double)pair->real[n][i] / (double)pair->out_scale));
    return most[0] + most[1];
}

static enum as_status refuse_pair(const struct as_lower_op *op)
{
    const struct as_ort_pair *p = op->op->pair;
    return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                           "no terms of its bytes give onnxruntime's result for all pairs: scales "
                           "%.9g and %.9g to %.9g; expected others",
                           (double)p->scale[0], (double)p->scale[1], (double)p->out_scale);
}

static enum as_status lower_sum(const struct as_lower_op *op, bool swapped,
                                const struct results *want, struct as_layer *layer)
{
    const struct as_ort_pair *pair = op->op->pair;
    int zero_point = as_lower_tensor(op, layer->output)->zero_point, exponent;
    int32_t *term[2];
    frexp(largest(pair), &exponent);
    int bits = SUM_BITS - exponent;
    if (bits < 2 || bits > SUM_BITS)
        bits = bits < 2 ? 0 : SUM_BITS;
    for (int n = 0; n < 2; n++)
        term[n] = AS_NEW(op->lowering->arena, int32_t, 256);
    if (bits == 0)
        return refuse_pair(op);
    for (int n = 0; n < 2; n++)
        guess(pair, swapped ? 1 - n : n, bits, term[n]);
    if (!fit(want, zero_point, bits, term[0], term[1]))
        return refuse_pair(op);
    layer->sum = (struct as_sum){.sign = {1, 1}, .term = {term[0], term[1]}};
    as_quant_float(ldexpf(1.0f, -bits), &layer->sum.multiplier[2], &layer->sum.shift[2]);
    return AS_OK;
}

/* ---- products ---- */

static bool product_is(const struct results *want, const struct as_tensor *const t[3], int32_t m,
                       int shift)
{
    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            int32_t product =
                (as_byte_of(a) - t[0]->zero_point) * (as_byte_of(b) - t[1]->zero_point);
            int64_t y = as_mul_float(product, m, shift) + t[2]->zero_point;
            if (as_clamp_i8(y, want->low, want->high) != want->at[a][b])
                return false;
        }
    return true;
}

/* onnxruntime adds the zero point before it rounds; a factor nearby may round as that does. */
static enum as_status lower_product(const struct as_lower_op *op, const struct results *want,
                                    struct as_layer *layer)
{
    const struct as_ort_pair *pair = op->op->pair;
    const struct as_tensor *const t[3] = {as_lower_tensor(op, layer->input[0]),
                                          as_lower_tensor(op, layer->input[1]),
                                          as_lower_tensor(op, layer->output)};
    float factor = pair->scale[0] * pair->scale[1] / pair->out_scale, up = factor, down = factor;
    for (int i = 0; i <= ULPS; i++) {
        const float nearby[2] = {up, down};
        for (int n = 0; n < 2; n++)
            if (as_quant_float(nearby[n], &layer->out_multiplier, &layer->out_shift) &&
                product_is(want, t, layer->out_multiplier, layer->out_shift))
                return AS_OK;
        up = nextafterf(up, INFINITY);
        down = nextafterf(down, 0.0f);
    }
    return refuse_pair(op);
}

enum as_status as_lower_pair(const struct as_lower_op *op, bool swapped, struct as_layer *layer)
{
    struct results *want = malloc(sizeof *want);
    if (!want)
        return as_lower_refuse(op, AS_ERR_IO, "no memory");
    fill(op, swapped, want);
    enum as_status status = op->op->pair->operation == AS_ORT_MUL
                                ? lower_product(op, want, layer)
                                : lower_sum(op, swapped, want, layer);
    layer->rounding = AS_ROUNDING_FLOAT;
    layer->act_min = want->low;
    layer->act_max = want->high;
    free(want);
    return status;
}
