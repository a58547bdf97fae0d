/* Random layers and networks, on the pieces of tflite_build.c. */
#include "tests/unit/tflite_build_parts.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[BUILD_KIND_COUNT] = {
    [BUILD_CONV_2D] = "conv",
    [BUILD_GROUPED_CONV_2D] = "grouped conv",
    [BUILD_PADDED_CONV_2D] = "padded conv",
    [BUILD_DEPTHWISE_CONV_2D] = "depthwise",
    [BUILD_FULLY_CONNECTED] = "fully connected",
    [BUILD_ADD] = "add",
    [BUILD_ADD_SPREAD] = "add spread",
    [BUILD_AVERAGE_POOL_2D] = "average pool",
    [BUILD_MAX_POOL_2D] = "max pool",
    [BUILD_RESHAPE] = "reshape",
    [BUILD_SOFTMAX] = "softmax",
    [BUILD_PAD] = "pad",
    [BUILD_PADV2] = "padv2",
    [BUILD_CONCATENATION] = "concatenation",
    [BUILD_MEAN] = "mean",
    [BUILD_MUL] = "mul",
    [BUILD_MUL_SPREAD] = "mul spread",
    [BUILD_SQUEEZE_EXCITE] = "squeeze and excite",
    [BUILD_HARD_SWISH] = "hard swish",
    [BUILD_BATCH_MATMUL] = "batch matmul",
    [BUILD_ATTENTION] = "attention",
    [BUILD_SQUEEZE] = "squeeze",
    [BUILD_EXPAND_DIMS] = "expand dims",
    [BUILD_TRANSPOSE] = "transpose",
};

const char *build_kind_name(enum build_kind kind)
{
    return kind_names[kind];
}

static float scale_of(const struct build *b, int tensor)
{
    return b->tensor[tensor].scale[0];
}

static int zero_of(const struct build *b, int tensor)
{
    return (int)b->tensor[tensor].zero_point[0];
}

/* An output of this shape; scale 0 takes the quantization of `like`, else a drawn zero point.
 * -1 when it is too large. */
static int output_of(struct build *b, int rank, const int *dim, float scale, int like)
{
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    if (!(scale > 0.0f))
        return build_activation(b, rank, dim, scale_of(b, like), zero_of(b, like));
    int zero = chance(b, 4) ? build_random(b, 0, 1) * 255 - 128 : build_random(b, -128, 127);
    return build_activation(b, rank, dim, scale, zero);
}

static uint32_t random_activation(struct build *b)
{
    return chance(b, 2) ? 0 : (uint32_t)build_random(b, 1, 3);
}

static int int32_constant(struct build *b, int rank, const int *dim, const int32_t *value)
{
    return build_constant(b, INT32, rank, dim, value, 4 * elements_of(rank, dim), 0, NULL, 0, 0);
}

static int byte_constant(struct build *b, int rank, const int *dim, float scale, int zero_point)
{
    size_t n = elements_of(rank, dim);
    uint8_t *data = malloc(n);
    assert(data);
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)build_random(b, 0, 255);
    int id = build_constant(b, INT8, rank, dim, data, n, 1, &scale, zero_point, 0);
    free(data);
    return id;
}

/* Weights, biases and the scale of an output that such sums spread over. */
static float add_weights(struct build *b, int input, int rank, const int *dim, int axis, int taps,
                         int inputs[3])
{
    size_t n = elements_of(rank, dim);
    int channels = dim[axis], scales = chance(b, 3) ? 1 : channels;
    float *scale = calloc((size_t)channels, sizeof *scale);
    float *bias_scale = calloc((size_t)channels, sizeof *bias_scale);
    int8_t *w = malloc(n);
    int32_t *bias = calloc((size_t)channels, sizeof *bias);
    assert(scale && bias_scale && w && bias);
    for (size_t i = 0; i < n; i++)
        w[i] = (int8_t)build_random(b, -127, 127);
    float typical = build_random_scale(b, 0.002f, 0.05f);
    int spread = (int)(10000.0f * sqrtf((float)taps));
    for (int k = 0; k < channels; k++) {
        scale[k] = typical * build_random_scale(b, 0.5f, 2.0f);
        bias_scale[k] = scale_of(b, input) * scale[k];
        bias[k] = build_random(b, -spread, spread);
    }
    inputs[0] = input;
    inputs[1] = build_constant(b, INT8, rank, dim, w, n, scales, scale, 0, axis);
    inputs[2] = build_constant(b, INT32, 1, &channels, bias, 4 * (size_t)channels, scales,
                               bias_scale, 0, 0);
    if (chance(b, 6))
        inputs[2] = -1; /* none */
    free(scale);
    free(bias_scale);
    free(w);
    free(bias);
    return scale_of(b, input) * typical * 75.0f * 75.0f * sqrtf((float)taps) / 60.0f *
           build_random_scale(b, 0.5f, 2.0f);
}

/* Size of one axis of a window's output, 0 for none. */
static int window_out(int in, int kernel, int stride, int dilation, int padding)
{
    int extent = (kernel - 1) * dilation + 1;
    if (padding == SAME)
        return (in + stride - 1) / stride;
    return in < extent ? 0 : (in - extent) / stride + 1;
}

struct window {
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, padding;
};

static struct window random_window(struct build *b, bool dilated)
{
    struct window w = {build_random(b, 1, 5),
                       build_random(b, 1, 5),
                       build_random(b, 1, 3),
                       build_random(b, 1, 3),
                       1,
                       1,
                       build_random(b, SAME, VALID)};
    if (chance(b, 3))
        w.kernel_h = w.kernel_w = chance(b, 2) ? 1 : 3;
    if (dilated && chance(b, 3))
        w.dilation_h = build_random(b, 1, 3);
    if (dilated && chance(b, 3))
        w.dilation_w = build_random(b, 1, 3);
    return w;
}

/* The output's shape from the input's; false for none. */
static bool window_shape(const struct build *b, int input, const struct window *w, int channels,
                         int dim[4])
{
    dim[0] = build_dim(b, input, 0);
    dim[1] =
        window_out(build_dim(b, input, 1), w->kernel_h, w->stride_h, w->dilation_h, w->padding);
    dim[2] =
        window_out(build_dim(b, input, 2), w->kernel_w, w->stride_w, w->dilation_w, w->padding);
    dim[3] = channels;
    return dim[1] > 0 && dim[2] > 0 && elements_of(4, dim) <= b->limits.bytes_max;
}

/* CONV_2D; `like` >= 0: the output is quantized as that tensor. */
static int conv(struct build *b, int input, const struct window *w, int groups, int channels,
                int like)
{
    int dim[4], ids[3], depth = build_dim(b, input, 3) / groups;
    if (!window_shape(b, input, w, channels, dim))
        return -1;
    const int shape[4] = {channels, w->kernel_h, w->kernel_w, depth};
    float scale = add_weights(b, input, 4, shape, 0, w->kernel_h * w->kernel_w * depth, ids);
    int out = output_of(b, 4, dim, like < 0 ? scale : 0.0f, like);
    const uint32_t options[6] = {(uint32_t)w->padding,    (uint32_t)w->stride_w,
                                 (uint32_t)w->stride_h,   random_activation(b),
                                 (uint32_t)w->dilation_w, (uint32_t)w->dilation_h};
    build_op(b, 3, 5, 1, 6, options, 3, ids, out);
    return out;
}

static int random_conv(struct build *b, int input)
{
    struct window w = random_window(b, true);
    return conv(b, input, &w, 1, build_random(b, 1, b->limits.channels_max), -1);
}

static int random_grouped(struct build *b, int input)
{
    struct window w = random_window(b, true);
    int channels = build_dim(b, input, 3), groups = build_random(b, 2, 4);
    while (groups > 1 && channels % groups != 0)
        groups--;
    if (chance(b, 4))
        groups = channels;
    if (groups < 2)
        return -1;
    return conv(b, input, &w, groups, groups * build_random(b, 1, 3), -1);
}

static int random_depthwise(struct build *b, int input)
{
    struct window w = random_window(b, true);
    int in = build_dim(b, input, 3), multiplier = chance(b, 2) ? 1 : build_random(b, 2, 4);
    int dim[4], ids[3];
    if (!window_shape(b, input, &w, in * multiplier, dim))
        return -1;
    const int shape[4] = {1, w.kernel_h, w.kernel_w, in * multiplier};
    float scale = add_weights(b, input, 4, shape, 3, w.kernel_h * w.kernel_w, ids);
    int out = output_of(b, 4, dim, scale, -1);
    const uint32_t options[7] = {
        (uint32_t)w.padding,  (uint32_t)w.stride_w,   (uint32_t)w.stride_h,  (uint32_t)multiplier,
        random_activation(b), (uint32_t)w.dilation_w, (uint32_t)w.dilation_h};
    build_op(b, 4, 4, 2, 7, options, ids[2] < 0 ? 2 : 3, ids, out);
    return out;
}

static int random_fully_connected(struct build *b, int input)
{
    int rank = build_rank(b, input), dim[4], ids[3];
    const struct tensor *t = &b->tensor[input];
    int depth = t->dim[rank - 1], units = build_random(b, 1, 2 * b->limits.channels_max);
    bool keep = rank > 1 && rank < 4;
    memcpy(dim, t->dim, sizeof dim);
    dim[rank - 1] = units;
    if (!keep) { /* a batch of images, each a row */
        int batch = rank == 4 ? t->dim[0] : 1;
        depth = (int)(t->bytes / (size_t)batch);
        rank = 2;
        dim[0] = batch;
        dim[1] = units;
    }
    if (elements_of(rank, dim) > b->limits.bytes_max || depth > 4096)
        return -1;
    const int shape[2] = {units, depth};
    float scale = add_weights(b, input, 2, shape, 0, depth, ids);
    int out = output_of(b, rank, dim, scale, -1);
    /* activation, weights format, keep_num_dims */
    const uint32_t options[3] = {random_activation(b), 0, keep && rank > 2};
    build_op(b, 9, 5, 8, 3, options, 3, ids, out);
    return out;
}

static int pool(struct build *b, int builtin, int input, const struct window *w)
{
    int dim[4];
    if (!window_shape(b, input, w, build_dim(b, input, 3), dim))
        return -1;
    int out = output_of(b, 4, dim, 0.0f, input);
    const uint32_t options[6] = {(uint32_t)w->padding,  (uint32_t)w->stride_w,
                                 (uint32_t)w->stride_h, (uint32_t)w->kernel_w,
                                 (uint32_t)w->kernel_h, random_activation(b)};
    build_op(b, builtin, 2, 5, 6, options, 1, &input, out);
    return out;
}

static int random_pool(struct build *b, int builtin, int input)
{
    struct window w = random_window(b, false);
    return pool(b, builtin, input, &w);
}

/* ADD (0) or MUL (18) of two tensors, the output in the shape of `like`. */
static int sum_or_product(struct build *b, int builtin, int x, int y, int like)
{
    const struct tensor *t = &b->tensor[like];
    float scale = builtin == 0
                      ? fmaxf(scale_of(b, x), scale_of(b, y)) * build_random_scale(b, 0.8f, 3.0f)
                      : scale_of(b, x) * scale_of(b, y) * build_random_scale(b, 20.0f, 200.0f);
    int out = output_of(b, t->rank, t->dim, scale, -1);
    const int ids[2] = {x, y};
    const uint32_t options[2] = {random_activation(b), 0};
    build_op(b, builtin, 2, builtin == 0 ? 11 : 21, builtin == 0 ? 2 : 1, options, 2, ids, out);
    return out;
}

static int pad(struct build *b, bool valued, int input, const int before[4], const int after[4])
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, dim[4];
    int32_t amount[8];
    for (int i = 0; i < rank; i++) {
        dim[i] = t->dim[i] + before[i] + after[i];
        amount[2 * i] = before[i];
        amount[2 * i + 1] = after[i];
    }
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    const int shape[2] = {rank, 2}, one[1] = {1};
    int ids[3] = {input, int32_constant(b, 2, shape, amount), -1};
    if (valued)
        ids[2] =
            byte_constant(b, build_random(b, 0, 1), one, scale_of(b, input), zero_of(b, input));
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, valued ? 60 : 34, 2,
             chance(b, 2) ? 0
             : valued     ? 43
                          : 22,
             0, NULL, valued ? 3 : 2, ids, out);
    return out;
}

/* On height and width; on all dimensions when `anywhere`. */
static int random_pad(struct build *b, bool valued, bool anywhere, int input)
{
    int before[4] = {0}, after[4] = {0}, rank = build_rank(b, input);
    for (int i = 0; i < rank; i++)
        if (chance(b, 4) ? anywhere : rank == 4 && (i == 1 || i == 2)) {
            before[i] = build_random(b, 0, 3);
            after[i] = build_random(b, 0, 3);
        }
    return pad(b, valued, input, before, after);
}

static int random_padded_conv(struct build *b, int input)
{
    struct window w = random_window(b, false);
    int padded = random_pad(b, false, false, input);
    w.padding = VALID;
    return padded < 0 ? -1 : conv(b, padded, &w, 1, build_random(b, 1, b->limits.channels_max), -1);
}

/* An operand that is the same as `input` or has dimensions of 1. */
static int smaller_operand(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4], rank = t->rank;
    for (int i = 0; i < rank; i++)
        dim[i] = chance(b, 2) ? 1 : t->dim[i];
    if (chance(b, 3)) { /* one value for all, or one for each channel */
        dim[0] = chance(b, 2) ? 1 : t->dim[rank - 1];
        rank = dim[0] == 1 ? build_random(b, 0, 1) : 1;
    }
    return byte_constant(b, rank, dim, scale_of(b, input) * build_random_scale(b, 0.3f, 3.0f),
                         build_random(b, -128, 127));
}

static int random_spread(struct build *b, int builtin, int input)
{
    int other = smaller_operand(b, input);
    bool swapped = chance(b, 3);
    return sum_or_product(b, builtin, swapped ? other : input, swapped ? input : other, input);
}

static int random_same(struct build *b, int builtin, int input)
{
    const struct tensor *t = &b->tensor[input];
    int other = input;
    if (t->rank == 4 && !chance(b, 3)) {
        const struct window w = {1, 1, 1, 1, 1, 1, SAME};
        other = conv(b, input, &w, 1, t->dim[3], -1);
    }
    return sum_or_product(b, builtin, chance(b, 2) ? input : other, other, input);
}

static int rename_tensor(struct build *b, int builtin, int options_type, int second, int input,
                         int rank, const int *dim)
{
    const int ids[2] = {input, second};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, builtin, 1, options_type, 0, NULL, second < 0 ? 1 : 2, ids, out);
    return out;
}

static int random_reshape(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4] = {1, 1, 1, 1}, rank = build_random(b, 2, 4), rest = (int)t->bytes;
    for (int i = 0; i < rank - 1; i++) {
        dim[i] = build_random(b, 1, i == 0 ? b->limits.batch_max : b->limits.size_max);
        while (rest % dim[i] != 0)
            dim[i]--;
        rest /= dim[i];
    }
    dim[rank - 1] = rest;
    const int shape[1] = {rank};
    return rename_tensor(b, 22, 0, int32_constant(b, 1, shape, dim), input, rank, dim);
}

static int random_squeeze(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4], rank = 0;
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i] != 1)
            dim[rank++] = t->dim[i];
    if (rank == t->rank || rank == 0)
        return -1;
    return rename_tensor(b, 43, 30, -1, input, rank, dim);
}

static int random_expand_dims(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4], at = build_random(b, 0, t->rank);
    if (t->rank == 4)
        return -1;
    for (int i = 0, from = 0; i <= t->rank; i++)
        dim[i] = i == at ? 1 : t->dim[from++];
    const int shape[1] = {1};
    const int32_t axis[1] = {chance(b, 2) ? at : at - t->rank - 1};
    return rename_tensor(b, 70, 52, int32_constant(b, build_random(b, 0, 1), shape, axis), input,
                         t->rank + 1, dim);
}

static int random_transpose(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int axes[4] = {0, 1, 2, 3}, dim[4];
    for (int tries = 0; tries < 4 && t->rank > 1; tries++) { /* neighbours, one of them of 1 */
        int i = build_random(b, 0, t->rank - 2);
        if (t->dim[axes[i]] == 1 || t->dim[axes[i + 1]] == 1) {
            int a = axes[i];
            axes[i] = axes[i + 1];
            axes[i + 1] = a;
        }
    }
    for (int i = 0; i < t->rank; i++)
        dim[i] = t->dim[axes[i]];
    const int shape[1] = {t->rank};
    return rename_tensor(b, 39, 26, int32_constant(b, 1, shape, axes), input, t->rank, dim);
}

static int softmax(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    const float beta = 1.0f;
    uint32_t option;
    memcpy(&option, &beta, 4);
    if (t->dim[t->rank - 1] > 255) /* of more, some interpreters refuse the reciprocal's shift */
        return -1;
    int out = build_activation(b, t->rank, t->dim, 0x1p-8f, -128);
    build_op(b, 25, 2, 9, 1, &option, 1, &input, out);
    return out;
}

static int random_concatenation(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, axis = build_random(b, 0, rank - 1), count = build_random(b, 2, 4);
    int ids[INPUTS_MAX], dim[4], sum = 0;
    if (chance(b, 4))
        count = build_random(b, 2, INPUTS_MAX);
    memcpy(dim, t->dim, sizeof dim);
    for (int i = 0; i < count; i++) {
        ids[i] = input;
        if (chance(b, 3) && rank == 4 && axis == 3) {
            const struct window w = {1, 1, 1, 1, 1, 1, SAME};
            ids[i] = conv(b, input, &w, 1, build_random(b, 1, b->limits.channels_max), input);
        } else if (chance(b, 2)) {
            int before[4] = {0}, after[4] = {0};
            after[axis] = build_random(b, 0, 3);
            ids[i] = pad(b, false, input, before, after);
        }
        if (ids[i] < 0)
            return -1;
        sum += build_dim(b, ids[i], axis);
    }
    dim[axis] = sum;
    int out = output_of(b, rank, dim, 0.0f, input);
    const uint32_t options[2] = {(uint32_t)(chance(b, 2) ? axis : axis - rank), 0};
    if (out >= 0)
        build_op(b, 2, 2, 10, 2, options, count, ids, out);
    return out;
}

static int mean(struct build *b, int input, bool keep)
{
    const struct tensor *t = &b->tensor[input];
    int first = 1, count = t->rank - 2; /* of [N][H][W][C] or [N][W][C] */
    if (t->rank < 3)
        return -1;
    int dim[4] = {t->dim[0], 1, 1, t->dim[t->rank - 1]};
    int32_t axes[2] = {first, first + 1};
    if (chance(b, 3))
        axes[0] -= t->rank;
    if (!keep || t->rank == 3)
        dim[keep ? 2 : 1] = t->dim[t->rank - 1];
    const int shape[1] = {count};
    const int ids[2] = {input, int32_constant(b, 1, shape, axes)};
    float scale = chance(b, 4) ? 0.0f : scale_of(b, input) * build_random_scale(b, 0.05f, 1.5f);
    int out = output_of(b, keep ? t->rank : 2, dim, scale, input);
    const uint32_t option = keep;
    build_op(b, 40, 2, 27, 1, &option, 2, ids, out);
    return out;
}

static int squeeze_excite(struct build *b, int input)
{
    const struct window w = {1, 1, 1, 1, 1, 1, SAME};
    int squeezed = mean(b, input, true);
    int gate = conv(b, squeezed, &w, 1, build_dim(b, input, 3), -1);
    return gate < 0                ? -1
           : build_random(b, 0, 1) ? sum_or_product(b, 18, input, gate, input)
                                   : sum_or_product(b, 18, gate, input, input);
}

static int hard_swish(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    float scale = chance(b, 4) ? 0.0f : scale_of(b, input) * build_random_scale(b, 0.02f, 2.0f);
    int out = output_of(b, t->rank, t->dim, scale, input);
    build_op(b, 117, 1, chance(b, 2) ? 0 : 91, 0, NULL, 1, &input, out);
    return out;
}

static int matmul(struct build *b, int x, int y, bool adj_y)
{
    const struct tensor *t = &b->tensor[x];
    int dim[4], rank = t->rank;
    assert(rank >= 2 && rank <= RANK_MAX);
    memcpy(dim, t->dim, sizeof dim);
    dim[rank - 1] = build_dim(b, y, adj_y ? rank - 2 : rank - 1);
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    float scale = scale_of(b, x) * scale_of(b, y) * 80.0f * sqrtf((float)t->dim[rank - 1]) *
                  build_random_scale(b, 0.5f, 3.0f);
    int out = output_of(b, rank, dim, scale, -1);
    const uint32_t options[3] = {0, adj_y, 0};
    const int ids[2] = {x, y};
    build_op(b, 126, 2, 101, 3, options, 2, ids, out);
    return out;
}

static int random_matmul(struct build *b, int input)
{
    int rank = build_rank(b, input), none[4] = {0}, more[4] = {0};
    more[rank - 2] = build_random(b, 0, 3);
    int other = pad(b, false, input, none, more);
    return other < 0 ? -1 : matmul(b, input, other, true);
}

static int attention(struct build *b, int input)
{
    int score = matmul(b, input, input, true);
    int weights = score < 0 ? -1 : softmax(b, score);
    return weights < 0 ? -1 : matmul(b, weights, input, false);
}

static int try_layer(struct build *b, enum build_kind kind, int input)
{
    int rank = build_rank(b, input);
    switch (kind) {
    case BUILD_CONV_2D:
        return rank == 4 ? random_conv(b, input) : -1;
    case BUILD_GROUPED_CONV_2D:
        return rank == 4 ? random_grouped(b, input) : -1;
    case BUILD_PADDED_CONV_2D:
        return rank == 4 ? random_padded_conv(b, input) : -1;
    case BUILD_DEPTHWISE_CONV_2D:
        return rank == 4 ? random_depthwise(b, input) : -1;
    case BUILD_FULLY_CONNECTED:
        return random_fully_connected(b, input);
    case BUILD_ADD:
        return random_same(b, 0, input);
    case BUILD_ADD_SPREAD:
        return random_spread(b, 0, input);
    case BUILD_AVERAGE_POOL_2D:
        return rank == 4 ? random_pool(b, 1, input) : -1;
    case BUILD_MAX_POOL_2D:
        return rank == 4 ? random_pool(b, 17, input) : -1;
    case BUILD_RESHAPE:
        return random_reshape(b, input);
    case BUILD_SOFTMAX:
        return softmax(b, input);
    case BUILD_PAD:
        return random_pad(b, false, true, input);
    case BUILD_PADV2:
        return random_pad(b, true, true, input);
    case BUILD_CONCATENATION:
        return random_concatenation(b, input);
    case BUILD_MEAN:
        return mean(b, input, chance(b, 2));
    case BUILD_MUL:
        return random_same(b, 18, input);
    case BUILD_MUL_SPREAD:
        return random_spread(b, 18, input);
    case BUILD_SQUEEZE_EXCITE:
        return rank == 4 ? squeeze_excite(b, input) : -1;
    case BUILD_HARD_SWISH:
        return hard_swish(b, input);
    case BUILD_BATCH_MATMUL:
        return rank >= 2 ? random_matmul(b, input) : -1;
    case BUILD_ATTENTION:
        return rank >= 2 ? attention(b, input) : -1;
    case BUILD_SQUEEZE:
        return random_squeeze(b, input);
    case BUILD_EXPAND_DIMS:
        return random_expand_dims(b, input);
    case BUILD_TRANSPOSE:
        return random_transpose(b, input);
    case BUILD_KIND_COUNT:
        break;
    }
    return -1;
}

/* Forgets the tensors and operators beyond these counts. */
static void cut(struct build *b, int tensors, int ops)
{
    while (b->tensor_count > tensors) {
        struct tensor *t = &b->tensor[--b->tensor_count];
        free(t->scale);
        free(t->zero_point);
        free(t->data);
    }
    b->op_count = ops;
}

int build_layer(struct build *b, enum build_kind kind, int input)
{
    int tensors = b->tensor_count, ops = b->op_count;
    int out = try_layer(b, kind, input);
    /* Products of products leave what a float or a multiplier holds. */
    if (out >= 0 && (scale_of(b, out) < 1e-4f || scale_of(b, out) > 1e4f))
        out = -1;
    if (out < 0)
        cut(b, tensors, ops);
    return out;
}

struct build_limits build_limits_default(void)
{
    return (struct build_limits){.kinds = BUILD_ALL_KINDS,
                                 .layers = 6,
                                 .batch_max = 3,
                                 .size_max = 9,
                                 .channels_max = 12,
                                 .bytes_max = 16384};
}

int build_network(struct build *b, const struct build_limits *limits)
{
    b->limits = *limits;
    int dim[4] = {build_random(b, 1, limits->batch_max), build_random(b, 1, limits->size_max),
                  build_random(b, 1, limits->size_max), build_random(b, 1, limits->channels_max)};
    if (chance(b, 2))
        dim[0] = 1;
    int rank = 4, first = 0;
    /* Where a kind alone is drawn that wants fewer dimensions, or now and then. */
    if (chance(b, 5) || (limits->kinds & ~(UINT32_C(1) << BUILD_EXPAND_DIMS)) == 0) {
        rank = build_random(b, 2, 3);
        first = 4 - rank;
    }
    int input = build_activation(b, rank, dim + first, build_random_scale(b, 0.005f, 0.2f),
                                 build_random(b, -128, 127));
    int last = input, made = 0;
    for (int tries = 0; tries < 1000 && made < limits->layers; tries++) {
        enum build_kind kind = (enum build_kind)build_random(b, 0, BUILD_KIND_COUNT - 1);
        if (!(limits->kinds >> kind & 1))
            continue;
        int out = build_layer(b, kind, last);
        if (out < 0)
            continue;
        last = out;
        made++;
    }
    build_ports(b, input, last);
    return made;
}
