/* Operators of a .tflite file: options, shapes, constants and derived numbers. */
#include <math.h>
#include <string.h>

#include "models/arith/padding.h"
#include "models/arith/quantization.h"
#include "models/import/tflite/tflite_operator.h"

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
enum { MATMUL_ADJ_X, MATMUL_ADJ_Y };

enum { PADDING_SAME, PADDING_VALID };

static enum as_status expect_rank_4(const struct as_tflite_operator *op,
                                    const struct as_layer *layer)
{
    if (op->reader->state[layer->input[0]].rank != 4 || op->reader->state[layer->output].rank != 4)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "input and output have %d and %d dimensions, "
                            "expected 4",
                            op->reader->state[layer->input[0]].rank,
                            op->reader->state[layer->output].rank);
    return AS_OK;
}

static int last_dimension(const struct as_tflite_tensor *t)
{
    return t->rank > 0 ? t->dim[t->rank - 1] : 1;
}

static enum as_status read_activation(const struct as_tflite_operator *op, int field,
                                      struct as_layer *layer)
{
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    int act = as_flatbuf_i8(&op->options, field, AS_ACT_NONE);
    if (op->reader->fb.malformed || act < AS_ACT_NONE || act > AS_ACT_RELU6)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "fused activation %d, expected NONE, RELU, RELU_N1_TO_1 or RELU6", act);
    as_quant_clamp((enum as_activation)act, out->scale, out->zero_point, &layer->act_min,
                   &layer->act_max);
    return AS_OK;
}

/* The window of an operator whose kernel, stride and dilation are set; checks the output. */
static enum as_status finish_window(const struct as_tflite_operator *op, int padding_field,
                                    int channels, struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    int padding = as_flatbuf_i8(&op->options, padding_field, PADDING_SAME);
    int h, w;
    AS_TRY(as_op_expect_range(op, "padding", padding, PADDING_SAME, PADDING_VALID));
    AS_TRY(as_op_expect_range(op, "kernel height", layer->kernel_h, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(as_op_expect_range(op, "kernel width", layer->kernel_w, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(as_op_expect_range(op, "stride_h", layer->stride_h, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(as_op_expect_range(op, "stride_w", layer->stride_w, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(as_op_expect_range(op, "dilation_h", layer->dilation_h, 1, AS_TFLITE_WINDOW_MAX));
    AS_TRY(as_op_expect_range(op, "dilation_w", layer->dilation_w, 1, AS_TFLITE_WINDOW_MAX));
    bool same = padding == PADDING_SAME;
    if (!as_padding_axis(in->h, layer->kernel_h, layer->stride_h, layer->dilation_h, same, &h,
                         &layer->pad_top, &layer->pad_bottom) ||
        !as_padding_axis(in->w, layer->kernel_w, layer->stride_w, layer->dilation_w, same, &w,
                         &layer->pad_left, &layer->pad_right))
        return as_op_refuse(
            op, AS_ERR_RANGE, "kernel %dx%d with dilation %dx%d is larger than the image, %dx%d",
            layer->kernel_h, layer->kernel_w, layer->dilation_h, layer->dilation_w, in->h, in->w);
    return as_op_expect_output(op, layer, in->n, h, w, channels);
}

/* ---- constants ---- */

/* bias[k]; zeros when the operator has none.  Its scale must be that of the products. */
static enum as_status read_bias(const struct as_tflite_operator *op, const float *s_w,
                                int scale_count, int channels, struct as_layer *layer)
{
    int32_t *bias = AS_NEW(op->reader->arena, int32_t, channels);
    layer->bias = bias;
    if (op->inputs.count < 3 || as_flatbuf_at_i32(&op->inputs, 2) == -1)
        return AS_OK;

    struct as_tflite_tensor t;
    AS_TRY(as_op_constant(op, 2, "biases", AS_TFLITE_INT32, 4, &t));
    if (t.elements != (size_t)channels || t.rank != 1)
        return as_op_refuse(op, AS_ERR_RANGE,
                            "biases '%s' are %zu in %d dimensions, expected %d in 1", t.name,
                            t.elements, t.rank, channels);
    if (t.scale.count > 1 && t.scale.count != (size_t)channels)
        return as_op_refuse(op, AS_ERR_RANGE, "biases '%s' have %zu scales, expected 1 or %d",
                            t.name, t.scale.count, channels);
    double s_in = (double)as_op_tensor(op, layer->input[0])->scale;
    double s_out = (double)as_op_tensor(op, layer->output)->scale;
    for (int k = 0; k < channels && t.scale.count > 0; k++) {
        double scale = (double)as_flatbuf_at_f32(&t.scale, t.scale.count == 1 ? 0 : (size_t)k);
        double product = s_in * (double)s_w[scale_count == 1 ? 0 : k];
        if (fabs(scale - product) > 0.02 * s_out)
            return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                                "bias scale %d is %.9g, expected input scale * weight scale, %.9g",
                                k, scale, product);
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
        return as_op_refuse(op, AS_ERR_RANGE, "weights '%s' have %zu scales, expected 1 or %d",
                            t->name, count, channels);
    if (count > 1 && t->quantized_dimension != axis)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "weights '%s' are quantized along dimension %d, expected %d", t->name,
                            t->quantized_dimension, axis);
    float *scale = AS_NEW(arena, float, count);
    for (size_t i = 0; i < count; i++)
        scale[i] = as_flatbuf_at_f32(&t->scale, i);

    int32_t *multiplier = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    float s_in = as_op_tensor(op, layer->input[0])->scale;
    float s_out = as_op_tensor(op, layer->output)->scale;
    bool rounded = layer->op == AS_OP_FULLY_CONNECTED && count == 1;
    if (!as_quant_channels(s_in, scale, (int)count, s_out, rounded, channels, multiplier, shift))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "input scale * weight scale / output scale is above 2^%d",
                            AS_SHIFT_MAX);
    layer->multiplier = multiplier;
    layer->shift = shift;
    layer->weights = memcpy(as_arena_alloc(arena, t->data_bytes), t->data, t->data_bytes);
    layer->weight_bytes = t->data_bytes;
    return read_bias(op, scale, (int)count, channels, layer);
}

/* ---- operators ---- */

static enum as_status read_conv(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    struct as_tflite_tensor t;
    AS_TRY(expect_rank_4(op, layer));
    AS_TRY(as_op_constant(op, 1, "weights", AS_TFLITE_INT8, 1, &t));
    if (t.rank != 4 || in->c % t.dim[3] != 0)
        return as_op_refuse(
            op, AS_ERR_UNSUPPORTED,
            "weights '%s' have %d dimensions and %d input channels, expected 4 and %d", t.name,
            t.rank, last_dimension(&t), in->c);
    layer->groups = in->c / t.dim[3];
    if (t.dim[0] % layer->groups != 0)
        return as_op_refuse(op, AS_ERR_RANGE, "%d output channels in %d groups", t.dim[0],
                            layer->groups);
    layer->kernel_h = t.dim[1];
    layer->kernel_w = t.dim[2];
    layer->stride_h = as_flatbuf_i32(&op->options, CONV_STRIDE_H, 0);
    layer->stride_w = as_flatbuf_i32(&op->options, CONV_STRIDE_W, 0);
    layer->dilation_h = as_flatbuf_i32(&op->options, CONV_DILATION_H, 1);
    layer->dilation_w = as_flatbuf_i32(&op->options, CONV_DILATION_W, 1);
    AS_TRY(finish_window(op, CONV_PADDING, t.dim[0], layer));
    AS_TRY(read_activation(op, CONV_ACTIVATION, layer));
    AS_TRY(finish_weights(op, &t, 0, t.dim[0], layer));
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    layer->macs = (uint64_t)out->n * (uint64_t)out->h * (uint64_t)out->w * t.elements;
    return AS_OK;
}

static enum as_status read_depthwise(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    struct as_tflite_tensor t;
    AS_TRY(expect_rank_4(op, layer));
    AS_TRY(as_op_constant(op, 1, "weights", AS_TFLITE_INT8, 1, &t));
    int multiplier = as_flatbuf_i32(&op->options, DEPTHWISE_MULTIPLIER, 0);
    if (t.rank != 4 || t.dim[0] != 1 || multiplier < 1 || (int64_t)in->c * multiplier != t.dim[3])
        return as_op_refuse(
            op, AS_ERR_RANGE,
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
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    layer->macs = (uint64_t)out->n * (uint64_t)out->h * (uint64_t)out->w * t.elements;
    return AS_OK;
}

static enum as_status read_fully_connected(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    struct as_tflite_tensor t;
    int format = as_flatbuf_i8(&op->options, FC_WEIGHTS_FORMAT, 0);
    if (format != 0)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "weights format %d, expected 0 (DEFAULT)",
                            format);
    AS_TRY(as_op_constant(op, 1, "weights", AS_TFLITE_INT8, 1, &t));
    if (t.rank != 2 || in->bytes % (size_t)t.dim[1] != 0)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "weights '%s' have %d dimensions and %d inputs, expected 2 and %zu",
                            t.name, t.rank, last_dimension(&t), in->bytes);
    size_t rows = in->bytes / (size_t)t.dim[1];
    if (out->bytes != rows * (size_t)t.dim[0] || out->c != t.dim[0])
        return as_op_refuse(op, AS_ERR_RANGE, "output is %zu rows of %d, expected %zu of %d",
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
    as_op_dimensions(as_op_tensor(op, b), have);
    as_op_dimensions(as_op_tensor(op, a), want);
    for (int i = 0; i < 4; i++) {
        /* Of fewer dimensions only the last lies where the other tensor has it. */
        bool aligned = as_op_rank(op, a) == as_op_rank(op, b) || i == 3;
        if (have[i] != 1 && (have[i] != want[i] || !aligned))
            return false;
    }
    return as_op_rank(op, b) <= as_op_rank(op, a);
}

/* Puts the operand of the output's shape first and checks the other. */
static enum as_status read_operands(const struct as_tflite_operator *op, struct as_layer *layer)
{
    int a = layer->input[0], b = layer->input[1];
    bool a_spreads = spreads_over(op, b, a), b_spreads = spreads_over(op, a, b);
    if (!a_spreads && !b_spreads) {
        const struct as_tensor *ta = as_op_tensor(op, a), *tb = as_op_tensor(op, b);
        return as_op_refuse(
            op, AS_ERR_UNSUPPORTED,
            "inputs are %dx%dx%dx%d and %dx%dx%dx%d, expected the same or dimensions of "
            "1 in one of them",
            ta->n, ta->h, ta->w, ta->c, tb->n, tb->h, tb->w, tb->c);
    }
    if (!b_spreads || (a_spreads && as_op_tensor(op, a)->data)) {
        layer->input[0] = b;
        layer->input[1] = a;
    }
    const struct as_tensor *first = as_op_tensor(op, layer->input[0]);
    if (first->data)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "the larger input, '%s', is constant",
                            first->name);
    return as_op_expect_output_of(op, layer, first);
}

typedef bool derive_sum(float s1, float s2, float s_out, struct as_sum *sum);

static enum as_status finish_sum(const struct as_tflite_operator *op, derive_sum *derive,
                                 struct as_layer *layer)
{
    const struct as_tensor *a = as_op_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_op_tensor(op, layer->input[1]);
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    if (!derive(a->scale, b->scale, out->scale, &layer->sum))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "scales %g + %g -> %g need a multiplier outside 0..1", (double)a->scale,
                            (double)b->scale, (double)out->scale);
    return read_activation(op, ADD_ACTIVATION, layer);
}

static enum as_status read_add(struct as_tflite_operator *op, struct as_layer *layer)
{
    AS_TRY(read_operands(op, layer));
    return finish_sum(op, as_quant_add, layer);
}

static enum as_status read_sub(struct as_tflite_operator *op, struct as_layer *layer)
{
    int first = layer->input[0];
    AS_TRY(read_operands(op, layer));
    AS_TRY(finish_sum(op, as_quant_sub, layer));
    if (layer->input[0] != first) { /* they changed places */
        layer->sum.sign[0] = -1;
        layer->sum.sign[1] = 1;
    }
    return AS_OK;
}

static enum as_status finish_product(const struct as_tflite_operator *op, bool rounded,
                                     struct as_layer *layer)
{
    const struct as_tensor *a = as_op_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_op_tensor(op, layer->input[1]);
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    if (!as_quant_product(a->scale, b->scale, out->scale, rounded, &layer->out_multiplier,
                          &layer->out_shift))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "scales %g * %g / %g are above 2^%d",
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
    AS_TRY(as_op_expect_same_quantization(op, layer, 0));
    layer->kernel_h = as_flatbuf_i32(&op->options, POOL_FILTER_H, 0);
    layer->kernel_w = as_flatbuf_i32(&op->options, POOL_FILTER_W, 0);
    layer->stride_h = as_flatbuf_i32(&op->options, POOL_STRIDE_H, 0);
    layer->stride_w = as_flatbuf_i32(&op->options, POOL_STRIDE_W, 0);
    AS_TRY(finish_window(op, POOL_PADDING, as_op_tensor(op, layer->input[0])->c, layer));
    return read_activation(op, POOL_ACTIVATION, layer);
}

static enum as_status read_softmax(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    float beta = as_flatbuf_f32(&op->options, SOFTMAX_BETA, 0.0f);
    AS_TRY(as_op_expect_output_of(op, layer, in));
    if (out->scale < 0x1p-8f || out->scale > 0x1p-8f || out->zero_point != -128)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "output scale %.9g and zero point %d, expected 1/256 and -128",
                            (double)out->scale, out->zero_point);
    if (in->c > AS_SOFTMAX_AXIS_MAX)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "%d channels, expected 1..%d", in->c,
                            AS_SOFTMAX_AXIS_MAX);
    if (!isfinite(beta) || beta <= 0.0f || !as_quant_softmax(in->scale, beta, &layer->softmax))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "beta %g * input scale %g, expected above 2^-26", (double)beta,
                            (double)in->scale);
    return AS_OK;
}

static enum as_status read_squared_difference(struct as_tflite_operator *op, struct as_layer *layer)
{
    AS_TRY(read_operands(op, layer));
    const struct as_tensor *a = as_op_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_op_tensor(op, layer->input[1]);
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    if (!as_quant_squared_difference(a->scale, b->scale, out->scale, &layer->sum))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "scales (%g - %g)^2 / %g are above 2^%d",
                            (double)a->scale, (double)b->scale, (double)out->scale, AS_SHIFT_MAX);
    return AS_OK;
}

static enum as_status finish_mean(const struct as_tflite_operator *op, int64_t count,
                                  struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    if (count > AS_TFLITE_MEAN_MAX)
        return as_op_refuse(op, AS_ERR_RANGE, "%lld values, expected at most %d", (long long)count,
                            AS_TFLITE_MEAN_MAX);
    if (!as_quant_mean(in->scale, out->scale, count, &layer->out_multiplier, &layer->out_shift))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "scales %g / %g are above 2^%d",
                            (double)in->scale, (double)out->scale, AS_SHIFT_MAX);
    return AS_OK;
}

/* The mean of the channels of each pixel is a dense layer of one output with weights of 1. */
static enum as_status read_channel_mean(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    struct as_arena *arena = op->reader->arena;
    int32_t *multiplier = AS_NEW(arena, int32_t, 1);
    int8_t *shift = AS_NEW(arena, int8_t, 1), *ones = as_arena_alloc(arena, (size_t)in->c);
    AS_TRY(as_op_expect_output(op, layer, in->n, in->h, in->w, 1));
    AS_TRY(finish_mean(op, in->c, layer));
    memset(ones, 1, (size_t)in->c);
    *multiplier = layer->out_multiplier;
    *shift = (int8_t)layer->out_shift;
    layer->op = AS_OP_FULLY_CONNECTED;
    layer->weights = ones;
    layer->weight_bytes = (size_t)in->c;
    layer->bias = AS_NEW(arena, int32_t, 1);
    layer->multiplier = multiplier;
    layer->shift = shift;
    layer->macs = in->bytes;
    return AS_OK;
}

static enum as_status read_mean(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[0]);
    struct as_tflite_tensor t;
    int rank = as_op_rank(op, layer->input[0]), dim[4];
    bool reduced[4] = {false}, image = true, channels = true;
    AS_TRY(as_op_constant(op, 1, "axes", AS_TFLITE_INT32, 4, &t));
    for (size_t i = 0; i < t.elements; i++) {
        int axis = as_op_constant_i32(&t, i);
        AS_TRY(as_op_expect_range(op, "axis", axis, -rank, rank - 1));
        reduced[as_op_place(rank, axis < 0 ? axis + rank : axis)] = true;
    }
    as_op_dimensions(in, dim);
    for (int d = 0; d < 4; d++) {
        image = image && (dim[d] == 1 || reduced[d] == (d == 1 || d == 2));
        channels = channels && (dim[d] == 1 || reduced[d] == (d == 3));
    }
    if (!image && !channels)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "it reduces other axes than height and width, or channels, of "
                            "%dx%dx%dx%d",
                            dim[0], dim[1], dim[2], dim[3]);
    if (!image)
        return read_channel_mean(op, layer);
    AS_TRY(as_op_expect_output(op, layer, in->n, 1, 1, in->c));
    layer->kernel_h = in->h;
    layer->kernel_w = in->w;
    return finish_mean(op, (int64_t)in->h * in->w, layer);
}

static enum as_status read_batch_matmul(struct as_tflite_operator *op, struct as_layer *layer)
{
    const struct as_tensor *a = as_op_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_op_tensor(op, layer->input[1]);
    int rank = as_op_rank(op, layer->input[0]);
    layer->matmul.adj_y = as_flatbuf_i8(&op->options, MATMUL_ADJ_Y, 0) != 0;
    if (as_flatbuf_i8(&op->options, MATMUL_ADJ_X, 0) != 0)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "adj_x is set, expected false");
    if (rank < 2 || as_op_rank(op, layer->input[1]) != rank ||
        as_op_rank(op, layer->output) != rank)
        return as_op_refuse(
            op, AS_ERR_UNSUPPORTED,
            "inputs and output have %d, %d and %d dimensions, expected the same, 2..%d", rank,
            as_op_rank(op, layer->input[1]), as_op_rank(op, layer->output), AS_TFLITE_RANK_MAX);

    /* A matrix has its rows where an image has its batch. */
    int a_rows = rank == 2 ? a->n : a->w, b_rows = rank == 2 ? b->n : b->w;
    layer->matmul.batches = rank == 2 ? 1 : a->n * a->h;
    layer->matmul.rows = a_rows;
    layer->matmul.depth = a->c;
    layer->matmul.columns = layer->matmul.adj_y ? b_rows : b->c;
    if ((rank > 2 && (a->n != b->n || a->h != b->h)) ||
        (layer->matmul.adj_y ? b->c : b_rows) != a->c)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "inputs of %d x (%dx%d) and %d x (%dx%d)%s do not multiply",
                            layer->matmul.batches, a_rows, a->c, rank == 2 ? 1 : b->n * b->h,
                            b_rows, b->c, layer->matmul.adj_y ? " transposed" : "");
    if (rank == 2)
        AS_TRY(as_op_expect_output(op, layer, a_rows, 1, 1, layer->matmul.columns));
    else
        AS_TRY(as_op_expect_output(op, layer, a->n, a->h, a_rows, layer->matmul.columns));
    layer->macs = (uint64_t)as_op_tensor(op, layer->output)->bytes * (uint64_t)a->c;
    return finish_product(op, true, layer);
}

enum {
    PLAIN = 0,
    OPERANDS = AS_TFLITE_OPERANDS,
    ANY_RANK = AS_TFLITE_ANY_RANK,
    PARTS = AS_TFLITE_PARTS,
};

static const struct as_tflite_kind kinds[] = {
    /* builtin, name, op, options type, flags; inputs: least, most, first and count of activations;
     * version, reader.  Options of type 0 are not looked at: nothing in them matters here. */
    {3, "CONV_2D", AS_OP_CONV_2D, 1, PLAIN, 2, 3, 0, 1, 8, read_conv},
    {4, "DEPTHWISE_CONV_2D", AS_OP_DEPTHWISE_CONV_2D, 2, PLAIN, 2, 3, 0, 1, 7, read_depthwise},
    {9, "FULLY_CONNECTED", AS_OP_FULLY_CONNECTED, 8, PLAIN, 2, 3, 0, 1, 14, read_fully_connected},
    {0, "ADD", AS_OP_ADD, 11, OPERANDS, 2, 2, 0, 2, 5, read_add},
    {1, "AVERAGE_POOL_2D", AS_OP_AVERAGE_POOL_2D, 5, PLAIN, 1, 1, 0, 1, 3, read_pool},
    {17, "MAX_POOL_2D", AS_OP_MAX_POOL_2D, 5, PLAIN, 1, 1, 0, 1, 3, read_pool},
    {22, "RESHAPE", AS_OP_RESHAPE, 0, ANY_RANK, 1, 2, 0, 1, 1, as_op_read_reshape},
    {25, "SOFTMAX", AS_OP_SOFTMAX, 9, PLAIN, 1, 1, 0, 1, 3, read_softmax},
    {34, "PAD", AS_OP_PAD, 0, PLAIN, 2, 2, 0, 1, 4, as_op_read_pad},
    {60, "PADV2", AS_OP_PAD, 0, PLAIN, 3, 3, 0, 1, 4, as_op_read_pad},
    {2, "CONCATENATION", AS_OP_CONCATENATION, 10, PLAIN, 2, AS_INPUTS_MAX, 0, 0, 4,
     as_op_read_concatenation},
    {40, "MEAN", AS_OP_MEAN, 0, PLAIN, 2, 2, 0, 1, 3, read_mean},
    {18, "MUL", AS_OP_MUL, 21, OPERANDS, 2, 2, 0, 2, 7, read_mul},
    {41, "SUB", AS_OP_ADD, 28, OPERANDS, 2, 2, 0, 2, 4, read_sub},
    {99, "SQUARED_DIFFERENCE", AS_OP_SQUARED_DIFFERENCE, 0, OPERANDS, 2, 2, 0, 2, 2,
     read_squared_difference},
    {117, "HARD_SWISH", AS_OP_LOOKUP, 0, PLAIN, 1, 1, 0, 1, 1, as_op_read_hard_swish},
    {19, "RELU", AS_OP_LOOKUP, 0, PLAIN, 1, 1, 0, 1, 3, as_op_read_relu},
    {21, "RELU6", AS_OP_LOOKUP, 0, PLAIN, 1, 1, 0, 1, 3, as_op_read_relu6},
    {98, "LEAKY_RELU", AS_OP_LOOKUP, 75, PLAIN, 1, 1, 0, 1, 2, as_op_read_leaky_relu},
    {14, "LOGISTIC", AS_OP_LOOKUP, 0, PLAIN, 1, 1, 0, 1, 3, as_op_read_logistic},
    {28, "TANH", AS_OP_LOOKUP, 0, PLAIN, 1, 1, 0, 1, 3, as_op_read_tanh},
    {76, "RSQRT", AS_OP_LOOKUP, 0, PLAIN, 1, 1, 0, 1, 2, as_op_read_rsqrt},
    {114, "QUANTIZE", AS_OP_LOOKUP, 0, PLAIN, 1, 1, 0, 1, 4, as_op_read_quantize},
    {126, "BATCH_MATMUL", AS_OP_BATCH_MATMUL, 101, PLAIN, 2, 2, 0, 2, 4, read_batch_matmul},
    {43, "SQUEEZE", AS_OP_RESHAPE, 0, ANY_RANK, 1, 1, 0, 1, 2, as_op_read_renaming},
    {70, "EXPAND_DIMS", AS_OP_RESHAPE, 0, ANY_RANK, 2, 2, 0, 1, 1, as_op_read_renaming},
    {39, "TRANSPOSE", AS_OP_STRIDED_COPY, 0, ANY_RANK, 2, 2, 0, 1, 6, as_op_read_transpose},
    {65, "SLICE", AS_OP_STRIDED_COPY, 0, ANY_RANK, 3, 3, 0, 1, 6, as_op_read_slice},
    {45, "STRIDED_SLICE", AS_OP_STRIDED_COPY, 32, ANY_RANK, 4, 4, 0, 1, 8,
     as_op_read_strided_slice},
    {49, "SPLIT", AS_OP_STRIDED_COPY, 35, ANY_RANK | PARTS, 2, 2, 1, 1, 4, as_op_read_split},
    {102, "SPLIT_V", AS_OP_STRIDED_COPY, 79, ANY_RANK | PARTS, 3, 3, 0, 1, 2, as_op_read_split_v},
};

const struct as_tflite_kind *as_tflite_kind_find(int builtin)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].builtin == builtin)
            return &kinds[i];
    return NULL;
}

const char *as_op_operators(struct as_arena *arena, enum as_op op)
{
    const char *text = "";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].op == op)
            text = as_arena_printf(arena, "%s%s%s", text, *text ? ", " : "", kinds[i].name);
    return text;
}

static enum as_status expect_rank(const struct as_tflite_operator *op, int id)
{
    int most = op->kind->flags & AS_TFLITE_ANY_RANK ? AS_TFLITE_RANK_MAX : AS_TFLITE_NHWC;
    if (as_op_rank(op, id) > most)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "tensor %d has %d dimensions, expected 1..%d",
                            id, as_op_rank(op, id), most);
    return AS_OK;
}

/* The inputs that are tensors of the network, and the output. */
static enum as_status read_tensors(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_reader *r = op->reader;
    const struct as_tflite_kind *kind = op->kind;
    bool operands = kind->flags & AS_TFLITE_OPERANDS;
    layer->input_count = (int)(kind->activations ? kind->activations : op->inputs.count);
    layer->output = as_flatbuf_at_i32(&op->outputs, (size_t)op->part);
    for (int i = 0; i < layer->input_count; i++) {
        int id = layer->input[i] = as_flatbuf_at_i32(&op->inputs, kind->first + (size_t)i);
        AS_TRY(operands ? as_tflite_operand(r, id) : as_tflite_activation(r, id));
        if (!r->state[id].produced)
            return as_op_refuse(op, AS_ERR_PARSE, "no earlier operator writes input tensor %d", id);
        AS_TRY(expect_rank(op, id));
    }
    AS_TRY(as_tflite_activation(r, layer->output));
    if (r->state[layer->output].produced)
        return as_op_refuse(op, AS_ERR_PARSE, "output tensor %d was written before", layer->output);
    return expect_rank(op, layer->output);
}

enum as_status as_tflite_layer_read(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_reader *r = op->reader;
    const struct as_tflite_kind *kind = op->kind;
    if (op->inputs.count < kind->inputs_min || op->inputs.count > kind->inputs_max)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "%zu inputs, expected %zu..%zu",
                            op->inputs.count, kind->inputs_min, kind->inputs_max);
    if (op->outputs.count < 1 || (op->outputs.count > 1 && !(kind->flags & AS_TFLITE_PARTS)))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "%zu outputs, expected 1", op->outputs.count);
    if (kind->options_type != 0 && (op->options_type != kind->options_type || !op->options.present))
        return as_op_refuse(op, AS_ERR_PARSE, "%soptions of type %d, expected %d",
                            op->options.present ? "" : "no ", op->options_type, kind->options_type);

    AS_TRY(read_tensors(op, layer));
    AS_TRY(kind->read(op, layer));
    return r->fb.malformed ? as_op_refuse(op, AS_ERR_PARSE, "malformed") : AS_OK;
}
