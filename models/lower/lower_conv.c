/* Layers with weights: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/padding.h"
#include "models/arith/quantization.h"
#include "models/lower/lowering.h"

enum as_status as_lower_expect_rank_4(const struct as_lower_op *op, const struct as_layer *layer)
{
    int in = as_lower_rank(op, layer->input[0]), out = as_lower_rank(op, layer->output);
    if (in != 4 || out != 4)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "input and output have %d and %d dimensions, expected 4", in, out);
    return AS_OK;
}

/* One axis: of `size` pixels `out` places of the window; false when it is larger than they and
 * their padding. */
static bool place_window(const struct as_lower_op *op, int size, int kernel, int stride,
                         int dilation, const enum as_attribute pad[2], int *out, int *before,
                         int *after)
{
    int padding = as_lower_attribute(op, AS_ATTR_PADDING);
    if (padding != AS_PADDING_GIVEN)
        return as_padding_axis(size, kernel, stride, dilation, padding == AS_PADDING_SAME, out,
                               before, after);
    *before = as_lower_attribute(op, pad[0]);
    *after = as_lower_attribute(op, pad[1]);
    int room = size + *before + *after - (kernel - 1) * dilation - 1;
    *out = room / stride + 1;
    return room >= 0;
}

enum as_status as_lower_window(const struct as_lower_op *op, int channels, struct as_layer *layer)
{
    static const enum as_attribute rows[2] = {AS_ATTR_PAD_TOP, AS_ATTR_PAD_BOTTOM};
    static const enum as_attribute columns[2] = {AS_ATTR_PAD_LEFT, AS_ATTR_PAD_RIGHT};
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    int padding = as_lower_attribute(op, AS_ATTR_PADDING), max = AS_LOWER_WINDOW_MAX;
    int h, w;
    if (padding != AS_PADDING_GIVEN)
        AS_TRY(as_lower_expect_range(op, "padding", padding, AS_PADDING_SAME, AS_PADDING_VALID));
    AS_TRY(as_lower_expect_range(op, "kernel height", layer->conv.kernel_h, 1, max));
    AS_TRY(as_lower_expect_range(op, "kernel width", layer->conv.kernel_w, 1, max));
    AS_TRY(as_lower_expect_range(op, "stride_h", layer->conv.stride_h, 1, max));
    AS_TRY(as_lower_expect_range(op, "stride_w", layer->conv.stride_w, 1, max));
    AS_TRY(as_lower_expect_range(op, "dilation_h", layer->conv.dilation_h, 1, max));
    AS_TRY(as_lower_expect_range(op, "dilation_w", layer->conv.dilation_w, 1, max));
    if (!place_window(op, in->h, layer->conv.kernel_h, layer->conv.stride_h, layer->conv.dilation_h,
                      rows, &h, &layer->conv.pad_top, &layer->conv.pad_bottom) ||
        !place_window(op, in->w, layer->conv.kernel_w, layer->conv.stride_w, layer->conv.dilation_w,
                      columns, &w, &layer->conv.pad_left, &layer->conv.pad_right))
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "kernel %dx%d with dilation %dx%d is larger than the image, %dx%d",
                               layer->conv.kernel_h, layer->conv.kernel_w, layer->conv.dilation_h,
                               layer->conv.dilation_w, in->h, in->w);
    return as_lower_expect_output(op, layer, in->n, h, w, channels);
}

/* ---- weights ---- */

/* bias[k]; zeros when the operator has none.  Its scale must be that of the products. */
static enum as_status take_bias(const struct as_lower_op *op, const struct as_graph_tensor *weights,
                                int channels, size_t input, struct as_layer *layer)
{
    int32_t *bias = AS_NEW(op->lowering->arena, int32_t, channels);
    layer->conv.bias = bias;
    if (op->op->input_count <= input || op->op->input[input] == -1)
        return AS_OK;

    const struct as_graph_tensor *t;
    AS_TRY(as_lower_constant(op, input, "biases", AS_ELEMENT_INT32, &t));
    if (t->elements != (size_t)channels || t->rank != 1)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "biases '%s' are %zu in %d dimensions, expected %d in 1", t->name,
                               t->elements, t->rank, channels);
    if (t->scale_count > 1 && t->scale_count != (size_t)channels)
        return as_lower_refuse(op, AS_ERR_RANGE, "biases '%s' have %zu scales, expected 1 or %d",
                               t->name, t->scale_count, channels);
    double s_in = (double)as_lower_tensor(op, layer->input[0])->scale;
    double s_out = (double)as_lower_tensor(op, layer->output)->scale;
    for (int k = 0; k < channels && t->scale_count > 0; k++) {
        double scale = (double)as_graph_scale(t, t->scale_count == 1 ? 0 : (size_t)k);
        double product =
            s_in * (double)as_graph_scale(weights, weights->scale_count == 1 ? 0 : (size_t)k);
        if (fabs(scale - product) > 0.02 * s_out)
            return as_lower_refuse(
                op, AS_ERR_UNSUPPORTED,
                "bias scale %d is %.9g, expected input scale * weight scale, %.9g", k, scale,
                product);
    }
    memcpy(bias, t->data, t->data_bytes);
    return AS_OK;
}

/* The factors as onnxruntime computes them; the sums of a layer must not be so large that float32
 * would round them. */
static enum as_status scale_in_float(const struct as_lower_op *op, const float *scale, size_t count,
                                     int channels, const struct as_layer *layer,
                                     int32_t *multiplier, int8_t *shift)
{
    float s_in = as_lower_tensor(op, layer->input[0])->scale;
    float s_out = as_lower_tensor(op, layer->output)->scale;
    for (int k = 0; k < channels; k++) {
        float factor = s_in * scale[count == 1 ? 0 : k] / s_out;
        int left;
        if (!as_quant_float(factor, &multiplier[k], &left))
            return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                                   "input scale * weight scale / output scale is %g, expected at "
                                   "most 2^%d",
                                   (double)factor, AS_SHIFT_MAX);
        shift[k] = (int8_t)left;
    }
    return AS_OK;
}

/* AS_ROUNDING_FLOAT: no sum of a layer is so large that float32 rounds it and it matters. */
static enum as_status check_sums(const struct as_lower_op *op, int axis, int channels,
                                 const struct as_graph_tensor *t, const struct as_layer *layer)
{
    int zero_point = as_lower_tensor(op, layer->input[0])->zero_point;
    int64_t low = -128 - zero_point, high = 127 - zero_point; /* of an input */
    size_t each = t->elements / (size_t)channels;             /* weights of a channel */
    size_t step = axis == 0 ? 1 : (size_t)channels;
    for (int k = 0; k < channels; k++) {
        const int8_t *w = layer->conv.weights + (axis == 0 ? (size_t)k * each : (size_t)k);
        int64_t least = layer->conv.bias[k], most = least;
        for (size_t i = 0; i < each; i++) {
            int64_t weight = w[i * step] - as_weight_zero_point(&layer->conv, k);
            least += weight * (weight < 0 ? high : low);
            most += weight * (weight < 0 ? low : high);
        }
        AS_TRY(as_lower_expect_float_exact(
            op, as_arena_printf(op->lowering->arena, "channel %d", k),
            most > -least ? most : -least, layer->conv.multiplier[k], layer->conv.shift[k]));
    }
    return AS_OK;
}

/* Factors of the channels, from the scales. */
static enum as_status scale_channels(const struct as_lower_op *op, const struct as_graph_tensor *t,
                                     int axis, int channels, const struct as_layer *layer,
                                     int32_t *multiplier, int8_t *shift)
{
    size_t count = t->scale_count;
    if (count != 1 && count != (size_t)channels)
        return as_lower_refuse(op, AS_ERR_RANGE, "weights '%s' have %zu scales, expected 1 or %d",
                               t->name, count, channels);
    if (count > 1 && t->quantized_dimension != axis)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "weights '%s' are quantized along dimension %d, expected %d",
                               t->name, t->quantized_dimension, axis);
    float *scale = AS_NEW(op->lowering->arena, float, count);
    for (size_t i = 0; i < count; i++)
        scale[i] = as_graph_scale(t, i);
    float s_in = as_lower_tensor(op, layer->input[0])->scale;
    float s_out = as_lower_tensor(op, layer->output)->scale;
    if (as_lower_in_float(op))
        return scale_in_float(op, scale, count, channels, layer, multiplier, shift);
    bool rounded = layer->op == AS_OP_FULLY_CONNECTED && count == 1;
    if (!as_quant_channels(s_in, scale, (int)count, s_out, rounded, channels, multiplier, shift))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "input scale * weight scale / output scale is above 2^%d",
                               AS_SHIFT_MAX);
    return AS_OK;
}

/* TensorFlow Lite subtracts the zero point of weights in FULLY_CONNECTED of one scale alone; its
 * other kernels take them as symmetric and would compute something else than the file says.
 * onnxruntime subtracts them all. */
static enum as_status take_zero_point(const struct as_lower_op *op, const struct as_graph_tensor *t,
                                      int channels, struct as_layer *layer)
{
    bool subtracted =
        as_lower_in_float(op) || (layer->op == AS_OP_FULLY_CONNECTED && t->zero_point_count == 1);
    int8_t *zero_point = as_arena_alloc(op->lowering->arena, (size_t)channels);
    bool any = false;
    for (size_t i = 0; i < t->zero_point_count; i++) {
        if (as_graph_zero_point(t, i) != 0 && !subtracted)
            return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                                   "weights '%s': zero point %zu is %lld, expected 0 but in "
                                   "FULLY_CONNECTED of one weight scale",
                                   t->name, i, (long long)as_graph_zero_point(t, i));
        any = any || as_graph_zero_point(t, i) != 0;
    }
    for (int k = 0; any && k < channels; k++)
        zero_point[k] = (int8_t)as_graph_zero_point(t, t->zero_point_count == 1 ? 0 : (size_t)k);
    layer->conv.weight_zero_point = any ? zero_point : NULL;
    return AS_OK;
}

enum as_status as_lower_weights(const struct as_lower_op *op, const struct as_graph_tensor *t,
                                int axis, int channels, size_t bias, struct as_layer *layer)
{
    struct as_arena *arena = op->lowering->arena;
    int32_t *multiplier = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    if (op->op->multiplier) {
        memcpy(multiplier, op->op->multiplier, (size_t)channels * sizeof *multiplier);
        memcpy(shift, op->op->shift, (size_t)channels * sizeof *shift);
    } else {
        AS_TRY(scale_channels(op, t, axis, channels, layer, multiplier, shift));
    }
    layer->conv.multiplier = multiplier;
    layer->conv.shift = shift;
    layer->conv.weights = memcpy(as_arena_alloc(arena, t->data_bytes), t->data, t->data_bytes);
    layer->conv.weight_bytes = t->data_bytes;
    AS_TRY(take_zero_point(op, t, channels, layer));
    AS_TRY(take_bias(op, t, channels, bias, layer));
    if (!as_lower_in_float(op))
        return AS_OK;
    layer->rounding = AS_ROUNDING_FLOAT;
    return check_sums(op, axis, channels, t, layer);
}

/* ---- operators ---- */

static int last_dimension(const struct as_graph_tensor *t)
{
    return t->rank > 0 ? t->dim[t->rank - 1] : 1;
}

/* What CONV_2D and DEPTHWISE_CONV_2D share; `t` are weights of four dimensions, channels along
 * `axis`. */
static enum as_status finish_conv(const struct as_lower_op *op, const struct as_graph_tensor *t,
                                  int axis, struct as_layer *layer)
{
    layer->conv.kernel_h = t->dim[1];
    layer->conv.kernel_w = t->dim[2];
    layer->conv.stride_h = as_lower_attribute(op, AS_ATTR_STRIDE_H);
    layer->conv.stride_w = as_lower_attribute(op, AS_ATTR_STRIDE_W);
    layer->conv.dilation_h = as_lower_attribute(op, AS_ATTR_DILATION_H);
    layer->conv.dilation_w = as_lower_attribute(op, AS_ATTR_DILATION_W);
    AS_TRY(as_lower_window(op, t->dim[axis], layer));
    AS_TRY(as_lower_clamp(op, layer));
    AS_TRY(as_lower_weights(op, t, axis, t->dim[axis], 2, layer));
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    layer->macs = (uint64_t)out->n * (uint64_t)out->h * (uint64_t)out->w * t->elements;
    return AS_OK;
}

static enum as_status lower_conv(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_graph_tensor *t;
    AS_TRY(as_lower_expect_rank_4(op, layer));
    AS_TRY(as_lower_constant(op, 1, "weights", AS_ELEMENT_INT8, &t));
    if (t->rank != 4 || in->c % t->dim[3] != 0)
        return as_lower_refuse(
            op, AS_ERR_UNSUPPORTED,
            "weights '%s' have %d dimensions and %d input channels, expected 4 and %d", t->name,
            t->rank, last_dimension(t), in->c);
    layer->conv.groups = in->c / t->dim[3];
    if (t->dim[0] % layer->conv.groups != 0)
        return as_lower_refuse(op, AS_ERR_RANGE, "%d output channels in %d groups", t->dim[0],
                               layer->conv.groups);
    return finish_conv(op, t, 0, layer);
}

static enum as_status lower_depthwise(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_graph_tensor *t;
    AS_TRY(as_lower_expect_rank_4(op, layer));
    AS_TRY(as_lower_constant(op, 1, "weights", AS_ELEMENT_INT8, &t));
    int multiplier = as_lower_attribute(op, AS_ATTR_DEPTH_MULTIPLIER);
    if (t->rank != 4 || t->dim[0] != 1 || multiplier < 1 ||
        (int64_t)in->c * multiplier != t->dim[3])
        return as_lower_refuse(
            op, AS_ERR_RANGE,
            "weights '%s' have %d dimensions, %d groups and %d channels, expected 4, 1 "
            "and %d * depth multiplier %d",
            t->name, t->rank, t->dim[0], last_dimension(t), in->c, multiplier);
    layer->conv.depth_multiplier = multiplier;
    return finish_conv(op, t, 3, layer);
}

static enum as_status lower_fully_connected(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    const struct as_graph_tensor *t;
    int format = as_lower_attribute(op, AS_ATTR_WEIGHTS_FORMAT);
    if (format != 0)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "weights format %d, expected 0 (DEFAULT)",
                               format);
    AS_TRY(as_lower_constant(op, 1, "weights", AS_ELEMENT_INT8, &t));
    if (t->rank != 2 || in->bytes % (size_t)t->dim[1] != 0)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "weights '%s' have %d dimensions and %d inputs, expected 2 and %zu",
                               t->name, t->rank, last_dimension(t), in->bytes);
    size_t rows = in->bytes / (size_t)t->dim[1];
    if (out->bytes != rows * (size_t)t->dim[0] || out->c != t->dim[0])
        return as_lower_refuse(op, AS_ERR_RANGE, "output is %zu rows of %d, expected %zu of %d",
                               out->bytes / (size_t)out->c, out->c, rows, t->dim[0]);
    AS_TRY(as_lower_clamp(op, layer));
    AS_TRY(as_lower_weights(op, t, 0, t->dim[0], 2, layer));
    layer->macs = rows * t->elements;
    return AS_OK;
}

const struct as_lower_row as_lower_convs[] = {
    {.name = "CONV_2D",
     .op = AS_OP_CONV_2D,
     .inputs_min = 2,
     .inputs_max = 3,
     .activations = 1,
     .lower = lower_conv},
    {.name = "DEPTHWISE_CONV_2D",
     .op = AS_OP_DEPTHWISE_CONV_2D,
     .inputs_min = 2,
     .inputs_max = 3,
     .activations = 1,
     .lower = lower_depthwise},
    {.name = "FULLY_CONNECTED",
     .op = AS_OP_FULLY_CONNECTED,
     .inputs_min = 2,
     .inputs_max = 3,
     .activations = 1,
     .lower = lower_fully_connected},
    {.name = NULL},
};
