/* Operators of a .tflite file whose output byte depends on one input byte. */
#include <math.h>

#include "models/arith/lookup.h"
#include "models/import/tflite/tflite_operator.h"

enum { LEAKY_RELU_ALPHA };

/* Checks the output and gives the layer a table to fill. */
static enum as_status begin(struct as_tflite_operator *op, struct as_layer *layer, int8_t **table)
{
    *table = as_arena_alloc(op->reader->arena, 256);
    layer->lookup.table = *table;
    return as_op_expect_output_of(op, layer, as_op_tensor(op, layer->input[0]));
}

static enum as_status refuse_scales(const struct as_tflite_operator *op,
                                    const struct as_layer *layer, const char *expected)
{
    return as_op_refuse(op, AS_ERR_UNSUPPORTED, "scales %g -> %g, expected %s",
                        (double)as_op_tensor(op, layer->input[0])->scale,
                        (double)as_op_tensor(op, layer->output)->scale, expected);
}

enum as_status as_op_read_hard_swish(struct as_tflite_operator *op, struct as_layer *layer)
{
    int8_t *table;
    AS_TRY(begin(op, layer, &table));
    if (!as_lookup_hard_swish(as_op_tensor(op, layer->input[0]), as_op_tensor(op, layer->output),
                              table))
        return refuse_scales(op, layer,
                             "an output scale of 2^-7..2^9 input scales and an input scale above "
                             "2^-22");
    return AS_OK;
}

/* Output steps an input step: `above` the zero point and `below` it. */
static enum as_status read_rescale(struct as_tflite_operator *op, struct as_layer *layer,
                                   double above, double below, float low)
{
    int8_t *table;
    AS_TRY(begin(op, layer, &table));
    if (!as_lookup_rescale(as_op_tensor(op, layer->input[0]), as_op_tensor(op, layer->output),
                           above, below, low, table))
        return refuse_scales(op, layer, "an output scale of at least 2^-22 input scales");
    return AS_OK;
}

enum as_status as_op_read_relu(struct as_tflite_operator *op, struct as_layer *layer)
{
    float s_in = as_op_tensor(op, layer->input[0])->scale;
    double factor = (double)(s_in / as_op_tensor(op, layer->output)->scale);
    return read_rescale(op, layer, factor, factor, 0.0f);
}

enum as_status as_op_read_quantize(struct as_tflite_operator *op, struct as_layer *layer)
{
    double s_in = (double)as_op_tensor(op, layer->input[0])->scale;
    double factor = s_in / (double)as_op_tensor(op, layer->output)->scale;
    return read_rescale(op, layer, factor, factor, -INFINITY);
}

enum as_status as_op_read_leaky_relu(struct as_tflite_operator *op, struct as_layer *layer)
{
    float alpha = as_flatbuf_f32(&op->options, LEAKY_RELU_ALPHA, 0.0f);
    float s_in = as_op_tensor(op, layer->input[0])->scale;
    float s_out = as_op_tensor(op, layer->output)->scale;
    if (!isfinite(alpha) || alpha < 0.0f)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "alpha %g, expected 0 and more", (double)alpha);
    return read_rescale(op, layer, (double)(s_in / s_out), (double)(s_in * alpha / s_out),
                        -INFINITY);
}

enum as_status as_op_read_relu6(struct as_tflite_operator *op, struct as_layer *layer)
{
    int8_t *table;
    AS_TRY(begin(op, layer, &table));
    AS_TRY(as_op_expect_same_quantization(op, layer, 0));
    as_lookup_relu6(as_op_tensor(op, layer->input[0]), as_op_tensor(op, layer->output), table);
    return AS_OK;
}

/* A function whose output scale, 2^-bits, and zero point the operator prescribes. */
static enum as_status read_sigmoid(struct as_tflite_operator *op, struct as_layer *layer,
                                   bool (*fill)(const struct as_tensor *, int8_t *), int bits,
                                   int zero_point)
{
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    float scale = ldexpf(1.0f, -bits);
    int8_t *table;
    AS_TRY(begin(op, layer, &table));
    if (out->scale < scale || out->scale > scale || out->zero_point != zero_point)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "output scale %.9g and zero point %d, expected 1/%d and %d",
                            (double)out->scale, out->zero_point, 1 << bits, zero_point);
    return fill(as_op_tensor(op, layer->input[0]), table)
               ? AS_OK
               : refuse_scales(op, layer, "an input scale of 2^-28..2^3");
}

enum as_status as_op_read_logistic(struct as_tflite_operator *op, struct as_layer *layer)
{
    return read_sigmoid(op, layer, as_lookup_logistic, 8, -128);
}

enum as_status as_op_read_tanh(struct as_tflite_operator *op, struct as_layer *layer)
{
    return read_sigmoid(op, layer, as_lookup_tanh, 7, 0);
}

enum as_status as_op_read_rsqrt(struct as_tflite_operator *op, struct as_layer *layer)
{
    int8_t *table;
    AS_TRY(begin(op, layer, &table));
    return as_lookup_rsqrt(as_op_tensor(op, layer->input[0]), as_op_tensor(op, layer->output),
                           table)
               ? AS_OK
               : refuse_scales(op, layer, "1 / (sqrt(input) * output) in 2^-31..2^10");
}
