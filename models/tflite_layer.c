/* One operator of a .tflite file: its options, shapes, constants and derived numbers. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/derive.h"
#include "models/tflite_names.h"
#include "models/tflite_reader.h"

/* Field numbers of the options tables. */
enum {
    CONV_PADDING,
    CONV_STRIDE_W,
    CONV_STRIDE_H,
    CONV_ACTIVATION,
    CONV_DILATION_W,
    CONV_DILATION_H
};
enum {
    DEPTHWISE_PADDING,
    DEPTHWISE_STRIDE_W,
    DEPTHWISE_STRIDE_H,
    DEPTHWISE_MULTIPLIER,
    DEPTHWISE_ACTIVATION,
    DEPTHWISE_DILATION_W,
    DEPTHWISE_DILATION_H
};
enum { POOL_PADDING, POOL_STRIDE_W, POOL_STRIDE_H, POOL_FILTER_W, POOL_FILTER_H, POOL_ACTIVATION };
enum { FC_ACTIVATION, FC_WEIGHTS_FORMAT };
enum { SOFTMAX_BETA };
enum { ADD_ACTIVATION };

enum { PADDING_SAME, PADDING_VALID };

typedef enum as_status read_layer(struct as_tflite_operator *op, struct as_layer *layer);

static read_layer read_conv, read_depthwise, read_fully_connected, read_add, read_pool,
    read_reshape, read_softmax;

static const struct support {
    int builtin;
    int options_type;
    size_t inputs_min, inputs_max;
    int version_max;
    read_layer *read;
} supported[AS_OP_COUNT] = {
    [AS_OP_CONV_2D] = {3, 1, 2, 3, 8, read_conv},
    [AS_OP_DEPTHWISE_CONV_2D] = {4, 2, 2, 3, 7, read_depthwise},
    [AS_OP_FULLY_CONNECTED] = {9, 8, 2, 3, 14, read_fully_connected},
    [AS_OP_ADD] = {0, 11, 2, 2, 5, read_add},
    [AS_OP_AVERAGE_POOL_2D] = {1, 5, 1, 1, 3, read_pool},
    [AS_OP_MAX_POOL_2D] = {17, 5, 1, 1, 3, read_pool},
    [AS_OP_RESHAPE] = {22, 17, 1, 2, 1, read_reshape},
    [AS_OP_SOFTMAX] = {25, 9, 1, 1, 3, read_softmax},
};

bool as_tflite_supported(int builtin, enum as_op *op, int *version_max)
{
    for (int i = 0; i < AS_OP_COUNT; i++)
        if (supported[i].builtin == builtin) {
            *op = (enum as_op)i;
            *version_max = supported[i].version_max;
            return true;
        }
    return false;
}

__attribute__((format(printf, 3, 4))) static enum as_status
refuse(const struct as_tflite_operator *op, enum as_status status, const char *fmt, ...)
{
    char text[768];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return as_tflite_refuse(op->reader, status, "operator %d %s: %s", op->index, op->name, text);
}

static enum as_status expect_range(const struct as_tflite_operator *op, const char *what, int value,
                                   int low, int high)
{
    if (op->reader->fb.malformed || value < low || value > high)
        return refuse(op, AS_ERR_RANGE, "%s is %d, expected %d..%d", what, value, low, high);
    return AS_OK;
}

static const struct as_tensor *tensor_of(const struct as_tflite_operator *op, int id)
{
    return &op->reader->net->tensors[id];
}

static enum as_status expect_rank_4(const struct as_tflite_operator *op,
                                    const struct as_layer *layer)
{
    if (op->reader->state[layer->input[0]].rank != 4 || op->reader->state[layer->output].rank != 4)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "input and output have %d and %d dimensions, "
                      "expected 4",
                      op->reader->state[layer->input[0]].rank,
                      op->reader->state[layer->output].rank);
    return AS_OK;
}

static enum as_status expect_same_quantization(const struct as_tflite_operator *op,
                                               const struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (in->scale < out->scale || in->scale > out->scale || in->zero_point != out->zero_point)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "input scale %.9g and zero point %d differ from the output's %.9g and %d",
                      (double)in->scale, in->zero_point, (double)out->scale, out->zero_point);
    return AS_OK;
}

static enum as_status expect_output(const struct as_tflite_operator *op,
                                    const struct as_layer *layer, int h, int w, int c)
{
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (out->h != h || out->w != w || out->c != c)
        return refuse(op, AS_ERR_RANGE, "output is %dx%dx%d, expected %dx%dx%d", out->h, out->w,
                      out->c, h, w, c);
    return AS_OK;
}

static enum as_status read_activation(const struct as_tflite_operator *op, int field,
                                      struct as_layer *layer)
{
    const struct as_tensor *out = tensor_of(op, layer->output);
    int act = as_flatbuf_i8(&op->options, field, AS_ACT_NONE);
    if (op->reader->fb.malformed || act < AS_ACT_NONE || act > AS_ACT_RELU6)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "fused activation %d, expected NONE, RELU, RELU_N1_TO_1 or RELU6", act);
    as_derive_clamp((enum as_activation)act, out->scale, out->zero_point, &layer->act_min,
                    &layer->act_max);
    return AS_OK;
}

/* The window of an operator whose kernel, stride and dilation are set; checks the output. */
static enum as_status finish_window(const struct as_tflite_operator *op, int padding_field,
                                    int channels, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    int padding = as_flatbuf_i8(&op->options, padding_field, PADDING_SAME);
    int h, w;
    AS_TRY(expect_range(op, "padding", padding, PADDING_SAME, PADDING_VALID));
    AS_TRY(expect_range(op, "kernel height", layer->kernel_h, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(expect_range(op, "kernel width", layer->kernel_w, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(expect_range(op, "stride_h", layer->stride_h, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(expect_range(op, "stride_w", layer->stride_w, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(expect_range(op, "dilation_h", layer->dilation_h, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(expect_range(op, "dilation_w", layer->dilation_w, 1, AS_TFLITE_WINDOW_MAX));
    bool same = padding == PADDING_SAME;
    if (!as_derive_window(in->h, layer->kernel_h, layer->stride_h, layer->dilation_h, same, &h,
                          &layer->pad_top, &layer->pad_bottom) ||
        !as_derive_window(in->w, layer->kernel_w, layer->stride_w, layer->dilation_w, same, &w,
                          &layer->pad_left, &layer->pad_right))
        return refuse(
            op, AS_ERR_RANGE, "kernel %dx%d with dilation %dx%d is larger than the image, %dx%d",
            layer->kernel_h, layer->kernel_w, layer->dilation_h, layer->dilation_w, in->h, in->w);
    return expect_output(op, layer, h, w, channels);
}

/* ---- constants ---- */

static enum as_status read_constant(const struct as_tflite_operator *op, size_t input,
                                    const char *what, int type, size_t width,
                                    struct as_tflite_tensor *t)
{
    struct as_tflite_reader *r = op->reader;
    AS_TRY(as_tflite_tensor_read(r, as_flatbuf_at_i32(&op->inputs, input), t));
    if (t->type != type)
        return refuse(op, AS_ERR_UNSUPPORTED, "%s '%s' are %s, expected %s", what, t->name,
                      as_tflite_type_name(t->type), as_tflite_type_name(type));
    if (!t->data)
        return refuse(op, AS_ERR_UNSUPPORTED, "%s '%s' are not constant", what, t->name);
    if (t->data_bytes != t->elements * width)
        return refuse(op, AS_ERR_RANGE, "%s '%s' have %zu bytes, expected %zu", what, t->name,
                      t->data_bytes, t->elements * width);
    r->constant_bytes += t->data_bytes;
    if (r->constant_bytes > AS_TFLITE_CONSTANTS_MAX)
        return refuse(op, AS_ERR_RANGE, "weights take more than %d bytes in all",
                      AS_TFLITE_CONSTANTS_MAX);
    if (t->other_quantization || t->scale.count != t->zero_point.count ||
        t->scale.count > t->elements)
        return refuse(op, AS_ERR_UNSUPPORTED, "%s '%s': %zu scales and %zu zero points", what,
                      t->name, t->scale.count, t->zero_point.count);
    for (size_t i = 0; i < t->scale.count; i++) {
        float scale = as_flatbuf_at_f32(&t->scale, i);
        int64_t zero_point = as_flatbuf_at_i64(&t->zero_point, i);
        if (!isfinite(scale) || scale <= 0.0f)
            return refuse(op, AS_ERR_RANGE, "%s '%s': scale %zu is %g, expected above 0", what,
                          t->name, i, (double)scale);
        if (zero_point != 0)
            return refuse(op, AS_ERR_UNSUPPORTED, "%s '%s': zero point %zu is %lld, expected 0",
                          what, t->name, i, (long long)zero_point);
    }
    return AS_OK;
}

/* bias[k]; zeros when the operator has none.  Its scale must be that of the products. */
static enum as_status read_bias(const struct as_tflite_operator *op, const float *s_w,
                                int scale_count, int channels, struct as_layer *layer)
{
    int32_t *bias = AS_NEW(op->reader->arena, int32_t, channels);
    layer->bias = bias;
    if (op->inputs.count < 3 || as_flatbuf_at_i32(&op->inputs, 2) == -1)
        return AS_OK;

    struct as_tflite_tensor t;
    AS_TRY(read_constant(op, 2, "biases", AS_TFLITE_INT32, 4, &t));
    if (t.elements != (size_t)channels || t.rank != 1)
        return refuse(op, AS_ERR_RANGE, "biases '%s' are %zu in %d dimensions, expected %d in 1",
                      t.name, t.elements, t.rank, channels);
    if (t.scale.count > 1 && t.scale.count != (size_t)channels)
        return refuse(op, AS_ERR_RANGE, "biases '%s' have %zu scales, expected 1 or %d", t.name,
                      t.scale.count, channels);
    double s_in = (double)tensor_of(op, layer->input[0])->scale;
    double s_out = (double)tensor_of(op, layer->output)->scale;
    for (int k = 0; k < channels && t.scale.count > 0; k++) {
        double scale = (double)as_flatbuf_at_f32(&t.scale, t.scale.count == 1 ? 0 : (size_t)k);
        double product = s_in * (double)s_w[scale_count == 1 ? 0 : k];
        if (fabs(scale - product) > 0.02 * s_out)
            return refuse(op, AS_ERR_UNSUPPORTED,
                          "bias scale %d is %.9g, expected input scale * weight scale, %.9g", k,
                          scale, product);
    }
    memcpy(bias, t.data, t.data_bytes);
    return AS_OK;
}

/* Weights, biases, multipliers and shifts of a layer with `channels` outputs; `t` are its weights,
 * whose shape was checked, with channels along `axis`. */
static enum as_status finish_weights(const struct as_tflite_operator *op,
                                     const struct as_tflite_tensor *t, int axis, int channels,
                                     struct as_layer *layer)
{
    struct as_arena *arena = op->reader->arena;
    size_t count = t->scale.count;
    if (count != 1 && count != (size_t)channels)
        return refuse(op, AS_ERR_RANGE, "weights '%s' have %zu scales, expected 1 or %d", t->name,
                      count, channels);
    if (count > 1 && t->quantized_dimension != axis)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "weights '%s' are quantized along dimension %d, expected %d", t->name,
                      t->quantized_dimension, axis);
    float *scale = AS_NEW(arena, float, count);
    for (size_t i = 0; i < count; i++)
        scale[i] = as_flatbuf_at_f32(&t->scale, i);

    int32_t *multiplier = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    float s_in = tensor_of(op, layer->input[0])->scale;
    float s_out = tensor_of(op, layer->output)->scale;
    bool rounded = layer->op == AS_OP_FULLY_CONNECTED && count == 1;
    if (!as_derive_channels(s_in, scale, (int)count, s_out, rounded, channels, multiplier, shift))
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "input scale * weight scale / output scale is above 2^%d", AS_SHIFT_MAX);
    layer->multiplier = multiplier;
    layer->shift = shift;
    layer->weights = memcpy(as_arena_alloc(arena, t->data_bytes), t->data, t->data_bytes);
    layer->weight_bytes = t->data_bytes;
    return read_bias(op, scale, (int)count, channels, layer);
}

/* ---- operators ---- */

static enum as_status read_conv(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    struct as_tflite_tensor t;
    AS_TRY(expect_rank_4(op, layer));
    AS_TRY(read_constant(op, 1, "weights", AS_TFLITE_INT8, 1, &t));
    if (t.rank != 4 || t.dim[3] != in->c)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "weights '%s' have %d dimensions and %d input channels, expected 4 and %d",
                      t.name, t.rank, t.dim[t.rank - 1], in->c);
    layer->kernel_h = t.dim[1];
    layer->kernel_w = t.dim[2];
    layer->stride_h = as_flatbuf_i32(&op->options, CONV_STRIDE_H, 0);
    layer->stride_w = as_flatbuf_i32(&op->options, CONV_STRIDE_W, 0);
    layer->dilation_h = as_flatbuf_i32(&op->options, CONV_DILATION_H, 1);
    layer->dilation_w = as_flatbuf_i32(&op->options, CONV_DILATION_W, 1);
    AS_TRY(finish_window(op, CONV_PADDING, t.dim[0], layer));
    AS_TRY(read_activation(op, CONV_ACTIVATION, layer));
    AS_TRY(finish_weights(op, &t, 0, t.dim[0], layer));
    const struct as_tensor *out = tensor_of(op, layer->output);
    layer->macs = (uint64_t)out->h * (uint64_t)out->w * t.elements;
    return AS_OK;
}

static enum as_status read_depthwise(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    struct as_tflite_tensor t;
    AS_TRY(expect_rank_4(op, layer));
    AS_TRY(read_constant(op, 1, "weights", AS_TFLITE_INT8, 1, &t));
    int multiplier = as_flatbuf_i32(&op->options, DEPTHWISE_MULTIPLIER, 0);
    if (t.rank != 4 || t.dim[0] != 1 || multiplier < 1 || (int64_t)in->c * multiplier != t.dim[3])
        return refuse(op, AS_ERR_RANGE,
                      "weights '%s' have %d dimensions, %d groups and %d channels, expected 4, 1 "
                      "and %d * depth multiplier %d",
                      t.name, t.rank, t.dim[0], t.dim[t.rank - 1], in->c, multiplier);
    layer->depth_multiplier = multiplier;
    layer->kernel_h = t.dim[1];
    layer->kernel_w = t.dim[2];
    layer->stride_h = as_flatbuf_i32(&op->options, DEPTHWISE_STRIDE_H, 0);
    layer->stride_w = as_flatbuf_i32(&op->options, DEPTHWISE_STRIDE_W, 0);
    layer->dilation_h = as_flatbuf_i32(&op->options, DEPTHWISE_DILATION_H, 1);
    layer->dilation_w = as_flatbuf_i32(&op->options, DEPTHWISE_DILATION_W, 1);
    AS_TRY(finish_window(op, DEPTHWISE_PADDING, t.dim[3], layer));
    AS_TRY(read_activation(op, DEPTHWISE_ACTIVATION, layer));
    AS_TRY(finish_weights(op, &t, 3, t.dim[3], layer));
    const struct as_tensor *out = tensor_of(op, layer->output);
    layer->macs = (uint64_t)out->h * (uint64_t)out->w * t.elements;
    return AS_OK;
}

static enum as_status read_fully_connected(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    struct as_tflite_tensor t;
    int format = as_flatbuf_i8(&op->options, FC_WEIGHTS_FORMAT, 0);
    if (format != 0)
        return refuse(op, AS_ERR_UNSUPPORTED, "weights format %d, expected 0 (DEFAULT)", format);
    AS_TRY(read_constant(op, 1, "weights", AS_TFLITE_INT8, 1, &t));
    if (t.rank != 2 || (size_t)t.dim[1] != in->bytes)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "weights '%s' have %d dimensions and %d inputs, expected 2 and %zu", t.name,
                      t.rank, t.dim[t.rank - 1], in->bytes);
    if (out->bytes != (size_t)t.dim[0] || out->c != t.dim[0])
        return refuse(op, AS_ERR_RANGE, "output is %dx%dx%d, expected %d elements", out->h, out->w,
                      out->c, t.dim[0]);
    AS_TRY(read_activation(op, FC_ACTIVATION, layer));
    AS_TRY(finish_weights(op, &t, 0, t.dim[0], layer));
    layer->macs = t.elements;
    return AS_OK;
}

static enum as_status read_add(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tflite_reader *r = op->reader;
    const struct as_tensor *a = tensor_of(op, layer->input[0]);
    const struct as_tensor *b = tensor_of(op, layer->input[1]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (r->state[layer->input[0]].rank != r->state[layer->input[1]].rank || a->h != b->h ||
        a->w != b->w || a->c != b->c)
        return refuse(op, AS_ERR_UNSUPPORTED, "inputs are %dx%dx%d and %dx%dx%d, expected the same",
                      a->h, a->w, a->c, b->h, b->w, b->c);
    AS_TRY(expect_output(op, layer, a->h, a->w, a->c));
    AS_TRY(read_activation(op, ADD_ACTIVATION, layer));
    if (!as_derive_add(a->scale, b->scale, out->scale, layer))
        return refuse(op, AS_ERR_UNSUPPORTED, "scales %g + %g -> %g need a multiplier outside 0..1",
                      (double)a->scale, (double)b->scale, (double)out->scale);
    return AS_OK;
}

static enum as_status read_pool(struct as_tflite_operator *op, struct as_layer *layer)
{
    AS_TRY(expect_rank_4(op, layer));
    AS_TRY(expect_same_quantization(op, layer));
    layer->kernel_h = as_flatbuf_i32(&op->options, POOL_FILTER_H, 0);
    layer->kernel_w = as_flatbuf_i32(&op->options, POOL_FILTER_W, 0);
    layer->stride_h = as_flatbuf_i32(&op->options, POOL_STRIDE_H, 0);
    layer->stride_w = as_flatbuf_i32(&op->options, POOL_STRIDE_W, 0);
    AS_TRY(finish_window(op, POOL_PADDING, tensor_of(op, layer->input[0])->c, layer));
    return read_activation(op, POOL_ACTIVATION, layer);
}

static enum as_status read_reshape(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    AS_TRY(expect_same_quantization(op, layer));
    if (in->bytes != out->bytes)
        return refuse(op, AS_ERR_RANGE, "output has %zu elements, expected %zu", out->bytes,
                      in->bytes);
    if (op->inputs.count == 2) {
        /* The output tensor is the shape; the constant only has to exist, so that it is static. */
        struct as_tflite_tensor t;
        AS_TRY(read_constant(op, 1, "shape", AS_TFLITE_INT32, 4, &t));
        if (t.rank != 1 || t.elements != (size_t)op->reader->state[layer->output].rank)
            return refuse(op, AS_ERR_RANGE, "shape '%s' has %zu dimensions, expected %d", t.name,
                          t.elements, op->reader->state[layer->output].rank);
    }
    return AS_OK;
}

static enum as_status read_softmax(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    float beta = as_flatbuf_f32(&op->options, SOFTMAX_BETA, 0.0f);
    AS_TRY(expect_output(op, layer, in->h, in->w, in->c));
    if (out->scale < 0x1p-8f || out->scale > 0x1p-8f || out->zero_point != -128)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "output scale %.9g and zero point %d, expected 1/256 and -128",
                      (double)out->scale, out->zero_point);
    if (in->c > AS_SOFTMAX_AXIS_MAX)
        return refuse(op, AS_ERR_UNSUPPORTED, "%d channels, expected 1..%d", in->c,
                      AS_SOFTMAX_AXIS_MAX);
    if (!isfinite(beta) || beta <= 0.0f || !as_derive_softmax(in->scale, beta, layer))
        return refuse(op, AS_ERR_UNSUPPORTED, "beta %g * input scale %g, expected above 2^-26",
                      (double)beta, (double)in->scale);
    return AS_OK;
}

enum as_status as_tflite_layer_read(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_reader *r = op->reader;
    const struct support *s = &supported[layer->op];
    if (op->inputs.count < s->inputs_min || op->inputs.count > s->inputs_max)
        return refuse(op, AS_ERR_UNSUPPORTED, "%zu inputs, expected %zu..%zu", op->inputs.count,
                      s->inputs_min, s->inputs_max);
    if (op->outputs.count != 1)
        return refuse(op, AS_ERR_UNSUPPORTED, "%zu outputs, expected 1", op->outputs.count);
    bool optional = layer->op == AS_OP_RESHAPE && op->options_type == 0;
    if (!optional && (op->options_type != s->options_type || !op->options.present))
        return refuse(op, AS_ERR_PARSE, "options of type %d, expected %d", op->options_type,
                      s->options_type);

    layer->input[0] = as_flatbuf_at_i32(&op->inputs, 0);
    layer->input[1] = layer->op == AS_OP_ADD ? as_flatbuf_at_i32(&op->inputs, 1) : -1;
    layer->output = as_flatbuf_at_i32(&op->outputs, 0);
    layer->kernel_h = layer->kernel_w = 1;
    layer->stride_h = layer->stride_w = 1;
    layer->dilation_h = layer->dilation_w = 1;
    layer->depth_multiplier = 1;
    layer->act_min = -128;
    layer->act_max = 127;
    for (int i = 0; i < (layer->op == AS_OP_ADD ? 2 : 1); i++) {
        AS_TRY(as_tflite_activation(r, layer->input[i]));
        if (!r->state[layer->input[i]].produced)
            return refuse(op, AS_ERR_PARSE, "no earlier operator writes input tensor %d",
                          layer->input[i]);
    }
    AS_TRY(as_tflite_activation(r, layer->output));
    if (r->state[layer->output].produced)
        return refuse(op, AS_ERR_PARSE, "output tensor %d was written before", layer->output);
    AS_TRY(s->read(op, layer));
    return r->fb.malformed ? refuse(op, AS_ERR_PARSE, "malformed") : AS_OK;
}
