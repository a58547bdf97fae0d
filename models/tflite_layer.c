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
enum { MUL_ACTIVATION };
enum { CONCAT_AXIS, CONCAT_ACTIVATION };
enum { MATMUL_ADJ_X, MATMUL_ADJ_Y };

enum { PADDING_SAME, PADDING_VALID };

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

static bool same_quantization(const struct as_tensor *a, const struct as_tensor *b)
{
    return !(a->scale < b->scale) && !(a->scale > b->scale) && a->zero_point == b->zero_point;
}

/* Of input number `input` and the output. */
static enum as_status expect_same_quantization(const struct as_tflite_operator *op,
                                               const struct as_layer *layer, int input)
{
    const struct as_tensor *in = tensor_of(op, layer->input[input]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (!same_quantization(in, out))
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "input scale %.9g and zero point %d differ from the output's %.9g and %d",
                      (double)in->scale, in->zero_point, (double)out->scale, out->zero_point);
    return AS_OK;
}

static enum as_status expect_output(const struct as_tflite_operator *op,
                                    const struct as_layer *layer, int n, int h, int w, int c)
{
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (out->h != h || out->w != w || out->c != c)
        return refuse(op, AS_ERR_RANGE, "output is %dx%dx%d, expected %dx%dx%d", out->h, out->w,
                      out->c, h, w, c);
    if (out->n != n)
        return refuse(op, AS_ERR_RANGE, "output batch is %d, expected %d", out->n, n);
    return AS_OK;
}

static enum as_status expect_output_of(const struct as_tflite_operator *op,
                                       const struct as_layer *layer, const struct as_tensor *like)
{
    return expect_output(op, layer, like->n, like->h, like->w, like->c);
}

static int rank_of(const struct as_tflite_operator *op, int id)
{
    return op->reader->state[id].rank;
}

/* Place of dimension `i` of `rank` among N, H, W, C. */
static int place_of(int rank, int i)
{
    return i == rank - 1 ? 3 : i == 0 ? 0 : 4 - rank + i;
}

static void dimensions_of(const struct as_tensor *t, int dim[4])
{
    memcpy(dim, (const int[4]){t->n, t->h, t->w, t->c}, 4 * sizeof *dim);
}

static int last_dimension(const struct as_tflite_tensor *t)
{
    return t->rank > 0 ? t->dim[t->rank - 1] : 1;
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
    return expect_output(op, layer, in->n, h, w, channels);
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
    if (t.rank != 4 || in->c % t.dim[3] != 0)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "weights '%s' have %d dimensions and %d input channels, expected 4 and %d",
                      t.name, t.rank, last_dimension(&t), in->c);
    layer->groups = in->c / t.dim[3];
    if (t.dim[0] % layer->groups != 0)
        return refuse(op, AS_ERR_RANGE, "%d output channels in %d groups", t.dim[0], layer->groups);
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
    layer->macs = (uint64_t)out->n * (uint64_t)out->h * (uint64_t)out->w * t.elements;
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
                      t.name, t.rank, t.dim[0], last_dimension(&t), in->c, multiplier);
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
    layer->macs = (uint64_t)out->n * (uint64_t)out->h * (uint64_t)out->w * t.elements;
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
    if (t.rank != 2 || in->bytes % (size_t)t.dim[1] != 0)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "weights '%s' have %d dimensions and %d inputs, expected 2 and %zu", t.name,
                      t.rank, last_dimension(&t), in->bytes);
    size_t rows = in->bytes / (size_t)t.dim[1];
    if (out->bytes != rows * (size_t)t.dim[0] || out->c != t.dim[0])
        return refuse(op, AS_ERR_RANGE, "output is %zu rows of %d, expected %zu of %d",
                      out->bytes / (size_t)out->c, out->c, rows, t.dim[0]);
    AS_TRY(read_activation(op, FC_ACTIVATION, layer));
    AS_TRY(finish_weights(op, &t, 0, t.dim[0], layer));
    layer->macs = rows * t.elements;
    return AS_OK;
}

/* Whether `b` is read as `a` is, dimensions of 1 again and again. */
static bool spreads_over(const struct as_tflite_operator *op, int a, int b)
{
    int have[4], want[4];
    dimensions_of(tensor_of(op, b), have);
    dimensions_of(tensor_of(op, a), want);
    for (int i = 0; i < 4; i++) {
        /* Of fewer dimensions only the last lies where the other tensor has it. */
        bool aligned = rank_of(op, a) == rank_of(op, b) || i == 3;
        if (have[i] != 1 && (have[i] != want[i] || !aligned))
            return false;
    }
    return rank_of(op, b) <= rank_of(op, a);
}

/* Puts the operand of the output's shape first and checks the other. */
static enum as_status read_operands(const struct as_tflite_operator *op, struct as_layer *layer)
{
    int a = layer->input[0], b = layer->input[1];
    bool a_spreads = spreads_over(op, b, a), b_spreads = spreads_over(op, a, b);
    if (!a_spreads && !b_spreads) {
        const struct as_tensor *ta = tensor_of(op, a), *tb = tensor_of(op, b);
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "inputs are %dx%dx%dx%d and %dx%dx%dx%d, expected the same or dimensions of "
                      "1 in one of them",
                      ta->n, ta->h, ta->w, ta->c, tb->n, tb->h, tb->w, tb->c);
    }
    if (!b_spreads || (a_spreads && tensor_of(op, a)->data)) {
        layer->input[0] = b;
        layer->input[1] = a;
    }
    const struct as_tensor *first = tensor_of(op, layer->input[0]);
    if (first->data)
        return refuse(op, AS_ERR_UNSUPPORTED, "the larger input, '%s', is constant", first->name);
    return expect_output_of(op, layer, first);
}

static enum as_status read_add(struct as_tflite_operator *op, struct as_layer *layer)
{
    AS_TRY(read_operands(op, layer));
    AS_TRY(read_activation(op, ADD_ACTIVATION, layer));
    const struct as_tensor *a = tensor_of(op, layer->input[0]);
    const struct as_tensor *b = tensor_of(op, layer->input[1]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (!as_derive_add(a->scale, b->scale, out->scale, layer))
        return refuse(op, AS_ERR_UNSUPPORTED, "scales %g + %g -> %g need a multiplier outside 0..1",
                      (double)a->scale, (double)b->scale, (double)out->scale);
    return AS_OK;
}

static enum as_status finish_product(const struct as_tflite_operator *op, bool rounded,
                                     struct as_layer *layer)
{
    const struct as_tensor *a = tensor_of(op, layer->input[0]);
    const struct as_tensor *b = tensor_of(op, layer->input[1]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (!as_derive_product(a->scale, b->scale, out->scale, rounded, layer))
        return refuse(op, AS_ERR_UNSUPPORTED, "scales %g * %g / %g are above 2^%d",
                      (double)a->scale, (double)b->scale, (double)out->scale, AS_SHIFT_MAX);
    return AS_OK;
}

static enum as_status read_mul(struct as_tflite_operator *op, struct as_layer *layer)
{
    AS_TRY(read_operands(op, layer));
    AS_TRY(read_activation(op, MUL_ACTIVATION, layer));
    return finish_product(op, false, layer);
}

static enum as_status read_pool(struct as_tflite_operator *op, struct as_layer *layer)
{
    AS_TRY(expect_rank_4(op, layer));
    AS_TRY(expect_same_quantization(op, layer, 0));
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
    AS_TRY(expect_same_quantization(op, layer, 0));
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
    AS_TRY(expect_output_of(op, layer, in));
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

/* SQUEEZE, EXPAND_DIMS: the output tensor is the shape. */
static enum as_status read_renaming(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    AS_TRY(expect_same_quantization(op, layer, 0));
    if (in->bytes != out->bytes)
        return refuse(op, AS_ERR_RANGE, "output has %zu elements, expected %zu", out->bytes,
                      in->bytes);
    struct as_tflite_tensor t;
    return op->inputs.count < 2 ? AS_OK : read_constant(op, 1, "axes", AS_TFLITE_INT32, 4, &t);
}

static int32_t constant_i32(const struct as_tflite_tensor *t, size_t index)
{
    int32_t value;
    memcpy(&value, t->data + 4 * index, 4);
    return value;
}

static enum as_status read_transpose(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_tensor t;
    int rank = rank_of(op, layer->input[0]), dim[4], want[4] = {1, 1, 1, 1}, last = -1;
    bool used[AS_TFLITE_RANK_MAX] = {false}, moves = false;
    AS_TRY(expect_same_quantization(op, layer, 0));
    AS_TRY(read_constant(op, 1, "axes", AS_TFLITE_INT32, 4, &t));
    if (t.elements != (size_t)rank || rank_of(op, layer->output) != rank)
        return refuse(op, AS_ERR_RANGE, "%zu axes and %d output dimensions, expected %d of each",
                      t.elements, rank_of(op, layer->output), rank);
    dimensions_of(tensor_of(op, layer->input[0]), dim);
    for (int i = 0; i < rank; i++) {
        int from = constant_i32(&t, (size_t)i);
        if (from < 0 || from >= rank || used[from])
            return refuse(op, AS_ERR_RANGE, "axis %d is %d, expected each of 0..%d once", i, from,
                          rank - 1);
        used[from] = true;
        int size = dim[place_of(rank, from)];
        want[place_of(rank, i)] = size;
        moves |= size > 1 && from < last;
        last = size > 1 ? from : last;
    }
    if (moves)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "it moves data; only dimensions of 1 may change their place");
    return expect_output(op, layer, want[0], want[1], want[2], want[3]);
}

static enum as_status read_pad_value(const struct as_tflite_operator *op, struct as_layer *layer)
{
    layer->pad_value = tensor_of(op, layer->output)->zero_point;
    if (op->inputs.count < 3)
        return AS_OK;
    int id = as_flatbuf_at_i32(&op->inputs, 2);
    AS_TRY(as_tflite_operand(op->reader, id));
    const struct as_tensor *value = tensor_of(op, id);
    if (!value->data || value->bytes != 1 ||
        !same_quantization(value, tensor_of(op, layer->output)))
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "value '%s', expected one constant quantized as the output", value->name);
    layer->pad_value = value->data[0];
    return AS_OK;
}

static enum as_status read_pad(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_tensor t;
    int rank = rank_of(op, layer->input[0]), dim[4];
    AS_TRY(expect_same_quantization(op, layer, 0));
    AS_TRY(read_constant(op, 1, "paddings", AS_TFLITE_INT32, 4, &t));
    if (t.rank != 2 || t.dim[0] != rank || t.dim[1] != 2 || rank_of(op, layer->output) != rank)
        return refuse(op, AS_ERR_RANGE,
                      "%zu paddings and %d output dimensions, expected %dx2 and %d", t.elements,
                      rank_of(op, layer->output), rank, rank);
    dimensions_of(tensor_of(op, layer->input[0]), dim);
    for (int i = 0; i < rank; i++) {
        int place = place_of(rank, i);
        int before = constant_i32(&t, 2 * (size_t)i), after = constant_i32(&t, 2 * (size_t)i + 1);
        AS_TRY(expect_range(op, "padding before", before, 0, AS_TFLITE_ELEMENTS_MAX));
        AS_TRY(expect_range(op, "padding after", after, 0, AS_TFLITE_ELEMENTS_MAX));
        layer->pad_before[place] = before;
        layer->pad_after[place] = after;
        dim[place] += before + after;
    }
    AS_TRY(expect_output(op, layer, dim[0], dim[1], dim[2], dim[3]));
    return read_pad_value(op, layer);
}

static enum as_status read_concatenation(struct as_tflite_operator *op, struct as_layer *layer)
{
    int rank = rank_of(op, layer->output), dim[4], out[4];
    int axis = as_flatbuf_i32(&op->options, CONCAT_AXIS, 0);
    AS_TRY(expect_range(op, "axis", axis, -rank, rank - 1));
    int act = as_flatbuf_i8(&op->options, CONCAT_ACTIVATION, AS_ACT_NONE);
    if (act != AS_ACT_NONE)
        return refuse(op, AS_ERR_UNSUPPORTED, "fused activation %d, expected NONE", act);
    layer->axis = place_of(rank, axis < 0 ? axis + rank : axis);
    dimensions_of(tensor_of(op, layer->output), out);
    int64_t sum = 0;
    for (int i = 0; i < layer->input_count; i++) {
        AS_TRY(expect_same_quantization(op, layer, i));
        dimensions_of(tensor_of(op, layer->input[i]), dim);
        sum += dim[layer->axis];
        for (int d = 0; d < 4; d++)
            if ((d != layer->axis && dim[d] != out[d]) || rank_of(op, layer->input[i]) != rank)
                return refuse(op, AS_ERR_RANGE,
                              "input %d is %dx%dx%dx%d, which does not join on axis %d to an "
                              "output of %dx%dx%dx%d",
                              i, dim[0], dim[1], dim[2], dim[3], layer->axis, out[0], out[1],
                              out[2], out[3]);
    }
    if (sum != out[layer->axis])
        return refuse(op, AS_ERR_RANGE, "inputs have %lld on axis %d, the output %d",
                      (long long)sum, layer->axis, out[layer->axis]);
    return AS_OK;
}

static enum as_status read_mean(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    struct as_tflite_tensor t;
    int rank = rank_of(op, layer->input[0]), dim[4];
    bool reduced[4] = {false};
    AS_TRY(read_constant(op, 1, "axes", AS_TFLITE_INT32, 4, &t));
    for (size_t i = 0; i < t.elements; i++) {
        int axis = constant_i32(&t, i);
        AS_TRY(expect_range(op, "axis", axis, -rank, rank - 1));
        reduced[place_of(rank, axis < 0 ? axis + rank : axis)] = true;
    }
    dimensions_of(in, dim);
    for (int d = 0; d < 4; d++)
        if (dim[d] > 1 && reduced[d] != (d == 1 || d == 2))
            return refuse(op, AS_ERR_UNSUPPORTED,
                          "it reduces other axes than height and width of %dx%dx%dx%d", dim[0],
                          dim[1], dim[2], dim[3]);
    AS_TRY(expect_output(op, layer, in->n, 1, 1, in->c));
    int64_t count = (int64_t)in->h * in->w;
    if (count > AS_TFLITE_MEAN_MAX)
        return refuse(op, AS_ERR_RANGE, "%lld values, expected at most %d", (long long)count,
                      AS_TFLITE_MEAN_MAX);
    layer->kernel_h = in->h;
    layer->kernel_w = in->w;
    const struct as_tensor *out = tensor_of(op, layer->output);
    if (!as_derive_mean(in->scale, out->scale, count, layer))
        return refuse(op, AS_ERR_UNSUPPORTED, "scales %g / %g are above 2^%d", (double)in->scale,
                      (double)out->scale, AS_SHIFT_MAX);
    return AS_OK;
}

static enum as_status read_hard_swish(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = tensor_of(op, layer->input[0]);
    const struct as_tensor *out = tensor_of(op, layer->output);
    AS_TRY(expect_output_of(op, layer, in));
    if (!as_derive_hard_swish(in, out, layer))
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "scales %g -> %g, expected an output scale of 2^-7..2^9 input scales and an "
                      "input scale above 2^-22",
                      (double)in->scale, (double)out->scale);
    return AS_OK;
}

static enum as_status read_batch_matmul(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *a = tensor_of(op, layer->input[0]);
    const struct as_tensor *b = tensor_of(op, layer->input[1]);
    int rank = rank_of(op, layer->input[0]);
    layer->matmul_adj_y = as_flatbuf_i8(&op->options, MATMUL_ADJ_Y, 0) != 0;
    if (as_flatbuf_i8(&op->options, MATMUL_ADJ_X, 0) != 0)
        return refuse(op, AS_ERR_UNSUPPORTED, "adj_x is set, expected false");
    if (rank < 2 || rank_of(op, layer->input[1]) != rank || rank_of(op, layer->output) != rank)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "inputs and output have %d, %d and %d dimensions, expected the same, 2..%d",
                      rank, rank_of(op, layer->input[1]), rank_of(op, layer->output),
                      AS_TFLITE_RANK_MAX);

    /* A matrix has its rows where an image has its batch. */
    int a_rows = rank == 2 ? a->n : a->w, b_rows = rank == 2 ? b->n : b->w;
    layer->matmul_batches = rank == 2 ? 1 : a->n * a->h;
    layer->matmul_rows = a_rows;
    layer->matmul_depth = a->c;
    layer->matmul_columns = layer->matmul_adj_y ? b_rows : b->c;
    if ((rank > 2 && (a->n != b->n || a->h != b->h)) ||
        (layer->matmul_adj_y ? b->c : b_rows) != a->c)
        return refuse(op, AS_ERR_UNSUPPORTED,
                      "inputs of %d x (%dx%d) and %d x (%dx%d)%s do not multiply",
                      layer->matmul_batches, a_rows, a->c, rank == 2 ? 1 : b->n * b->h, b_rows,
                      b->c, layer->matmul_adj_y ? " transposed" : "");
    if (rank == 2)
        AS_TRY(expect_output(op, layer, a_rows, 1, 1, layer->matmul_columns));
    else
        AS_TRY(expect_output(op, layer, a->n, a->h, a_rows, layer->matmul_columns));
    layer->macs = (uint64_t)tensor_of(op, layer->output)->bytes * (uint64_t)a->c;
    return finish_product(op, true, layer);
}

static const struct as_tflite_kind kinds[] = {
    /* builtin, name, op, options: type, optional; inputs: least, most, activations, may be
     * constant; version, reader */
    {3, "CONV_2D", AS_OP_CONV_2D, 1, false, 2, 3, 1, false, 8, read_conv},
    {4, "DEPTHWISE_CONV_2D", AS_OP_DEPTHWISE_CONV_2D, 2, false, 2, 3, 1, false, 7, read_depthwise},
    {9, "FULLY_CONNECTED", AS_OP_FULLY_CONNECTED, 8, false, 2, 3, 1, false, 14,
     read_fully_connected},
    {0, "ADD", AS_OP_ADD, 11, false, 2, 2, 2, true, 5, read_add},
    {1, "AVERAGE_POOL_2D", AS_OP_AVERAGE_POOL_2D, 5, false, 1, 1, 1, false, 3, read_pool},
    {17, "MAX_POOL_2D", AS_OP_MAX_POOL_2D, 5, false, 1, 1, 1, false, 3, read_pool},
    {22, "RESHAPE", AS_OP_RESHAPE, 17, true, 1, 2, 1, false, 1, read_reshape},
    {25, "SOFTMAX", AS_OP_SOFTMAX, 9, false, 1, 1, 1, false, 3, read_softmax},
    {34, "PAD", AS_OP_PAD, 22, true, 2, 2, 1, false, 4, read_pad},
    {60, "PADV2", AS_OP_PAD, 43, true, 3, 3, 1, false, 4, read_pad},
    {2, "CONCATENATION", AS_OP_CONCATENATION, 10, false, 2, AS_INPUTS_MAX, 0, false, 4,
     read_concatenation},
    {40, "MEAN", AS_OP_MEAN, 27, false, 2, 2, 1, false, 3, read_mean},
    {18, "MUL", AS_OP_MUL, 21, false, 2, 2, 2, true, 7, read_mul},
    {117, "HARD_SWISH", AS_OP_HARD_SWISH, 91, true, 1, 1, 1, false, 1, read_hard_swish},
    {126, "BATCH_MATMUL", AS_OP_BATCH_MATMUL, 101, false, 2, 2, 2, false, 4, read_batch_matmul},
    {43, "SQUEEZE", AS_OP_RESHAPE, 30, true, 1, 1, 1, false, 2, read_renaming},
    {70, "EXPAND_DIMS", AS_OP_RESHAPE, 52, true, 2, 2, 1, false, 1, read_renaming},
    {39, "TRANSPOSE", AS_OP_RESHAPE, 26, true, 2, 2, 1, false, 6, read_transpose},
};

const struct as_tflite_kind *as_tflite_kind_find(int builtin)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].builtin == builtin)
            return &kinds[i];
    return NULL;
}

/* The inputs that are tensors of the network, and the output. */
static enum as_status read_tensors(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_reader *r = op->reader;
    size_t count = op->kind->activations ? op->kind->activations : op->inputs.count;
    layer->input_count = (int)count;
    layer->output = as_flatbuf_at_i32(&op->outputs, 0);
    for (int i = 0; i < AS_INPUTS_MAX; i++)
        layer->input[i] = i < layer->input_count ? as_flatbuf_at_i32(&op->inputs, (size_t)i) : -1;
    for (int i = 0; i < layer->input_count; i++) {
        int id = layer->input[i];
        AS_TRY(op->kind->operands ? as_tflite_operand(r, id) : as_tflite_activation(r, id));
        if (!r->state[id].produced)
            return refuse(op, AS_ERR_PARSE, "no earlier operator writes input tensor %d", id);
    }
    AS_TRY(as_tflite_activation(r, layer->output));
    if (r->state[layer->output].produced)
        return refuse(op, AS_ERR_PARSE, "output tensor %d was written before", layer->output);
    return AS_OK;
}

enum as_status as_tflite_layer_read(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_reader *r = op->reader;
    const struct as_tflite_kind *kind = op->kind;
    if (op->inputs.count < kind->inputs_min || op->inputs.count > kind->inputs_max)
        return refuse(op, AS_ERR_UNSUPPORTED, "%zu inputs, expected %zu..%zu", op->inputs.count,
                      kind->inputs_min, kind->inputs_max);
    if (op->outputs.count != 1)
        return refuse(op, AS_ERR_UNSUPPORTED, "%zu outputs, expected 1", op->outputs.count);
    bool absent = kind->options_optional && op->options_type == 0;
    if (!absent && (op->options_type != kind->options_type || !op->options.present))
        return refuse(op, AS_ERR_PARSE, "options of type %d, expected %d", op->options_type,
                      kind->options_type);

    layer->kernel_h = layer->kernel_w = 1;
    layer->stride_h = layer->stride_w = 1;
    layer->dilation_h = layer->dilation_w = 1;
    layer->depth_multiplier = 1;
    layer->groups = 1;
    layer->act_min = -128;
    layer->act_max = 127;
    AS_TRY(read_tensors(op, layer));
    AS_TRY(kind->read(op, layer));
    return r->fb.malformed ? refuse(op, AS_ERR_PARSE, "malformed") : AS_OK;
}
