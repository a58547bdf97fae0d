/* One operator each, on the pieces of tflite_build.c. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/helpers/tflite_build_parts.h"

float scale_of(const struct build *b, int tensor)
{
    return b->tensor[tensor].scale[0];
}

int zero_of(const struct build *b, int tensor)
{
    return (int)b->tensor[tensor].zero_point[0];
}

int output_of(struct build *b, int rank, const int *dim, float scale, int like)
{
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    if (!(scale > 0.0f))
        return build_activation(b, rank, dim, scale_of(b, like), zero_of(b, like));
    int zero = chance(b, 4) ? build_random(b, 0, 1) * 255 - 128 : build_random(b, -128, 127);
    return build_activation(b, rank, dim, scale, zero);
}

uint32_t random_activation(struct build *b)
{
    return chance(b, 2) ? 0 : (uint32_t)build_random(b, 1, 3);
}

int int32_constant(struct build *b, int rank, const int *dim, const int32_t *value)
{
    return build_constant(b, INT32, rank, dim, value, 4 * elements_of(rank, dim), 0, NULL, 0, 0);
}

int byte_constant(struct build *b, int rank, const int *dim, float scale, int zero_point)
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
    int channels = dim[axis], scales = chance(b, 3) || b->weight_zero != 0 ? 1 : channels;
    float *scale = calloc((size_t)channels, sizeof *scale);
    float *bias_scale = calloc((size_t)channels, sizeof *bias_scale);
    int8_t *w = malloc(n);
    int32_t *bias = calloc((size_t)channels, sizeof *bias);
    assert(scale && bias_scale && w && bias);
    for (size_t i = 0; i < n; i++)
        w[i] = (int8_t)build_random(b, -127, 127);
    for (size_t i = 0; i < n && b->gain > 0.0f; i++)
        w[i] = (int8_t)(chance(b, 4) ? b->weight_zero + w[i] % (chance(b, 5) ? 128 : 4)
                                     : b->weight_zero);
    float typical = build_random_scale(b, 0.002f, 0.05f);
    int spread = (int)((b->gain > 0.0f ? 50.0f : 10000.0f) * sqrtf((float)taps));
    for (int k = 0; k < channels; k++) {
        scale[k] = typical * build_random_scale(b, 0.5f, 2.0f);
        bias_scale[k] = scale_of(b, input) * scale[k];
        bias[k] = build_random(b, -spread, spread);
    }
    inputs[0] = input;
    inputs[1] = build_constant(b, INT8, rank, dim, w, n, scales, scale, b->weight_zero, axis);
    inputs[2] = build_constant(b, INT32, 1, &channels, bias, 4 * (size_t)channels, scales,
                               bias_scale, 0, 0);
    free(scale);
    free(bias_scale);
    free(w);
    free(bias);
    if (b->gain > 0.0f)
        return scale_of(b, input) * typical / b->gain;
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

bool window_shape(const struct build *b, int input, const struct build_window *w, int channels,
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
int build_conv(struct build *b, int input, const struct build_window *w, int groups, int channels,
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

int build_transpose_conv(struct build *b, int input, const struct build_window *w, int channels)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4] = {t->dim[0], t->dim[1] * w->stride_h, t->dim[2] * w->stride_w, channels}, ids[3];
    int depth = t->dim[3], taps = w->kernel_h * w->kernel_w * depth;
    if (w->padding == VALID) {
        dim[1] = (t->dim[1] - 1) * w->stride_h + w->kernel_h;
        dim[2] = (t->dim[2] - 1) * w->stride_w + w->kernel_w;
    }
    if (elements_of(4, dim) > b->limits.bytes_max)
        return -1;
    const int weights[4] = {channels, w->kernel_h, w->kernel_w, depth}, four = 4;
    int shape = int32_constant(b, 1, &four, dim);
    float scale = add_weights(b, input, 4, weights, 0, taps, ids);
    int out = output_of(b, 4, dim, scale, -1);
    const int inputs[4] = {shape, ids[1], ids[0], ids[2]};
    const uint32_t options[4] = {(uint32_t)w->padding, (uint32_t)w->stride_w, (uint32_t)w->stride_h,
                                 0};
    build_op(b, 67, 3, 49, 3, options, 4, inputs, out);
    return out;
}

int build_pool(struct build *b, int builtin, int input, const struct build_window *w)
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

/* ADD (0) or MUL (18) of two tensors, the output in the shape of `like`. */
int build_sum_or_product(struct build *b, int builtin, int x, int y, int like)
{
    const struct tensor *t = &b->tensor[like];
    float s_x = scale_of(b, x), s_y = scale_of(b, y), most = fmaxf(s_x, s_y);
    float scale = builtin == 18   ? s_x * s_y * build_random_scale(b, 20.0f, 200.0f)
                  : builtin == 99 ? most * most * build_random_scale(b, 20.0f, 400.0f)
                                  : most * build_random_scale(b, 0.8f, 3.0f);
    if (b->gain > 0.0f)
        scale = builtin == 99 ? most * most / b->gain : s_x * s_y / b->gain;
    int out = output_of(b, t->rank, t->dim, scale, -1);
    const int ids[2] = {x, y};
    const uint32_t options[2] = {random_activation(b), 0};
    const int types[4][3] = {{0, 11, 2}, {41, 28, 2}, {18, 21, 1}, {99, 76, 0}};
    int i = 0;
    while (types[i][0] != builtin)
        i++;
    build_op(b, builtin, builtin == 99 ? 1 : 2, types[i][1], types[i][2], options, 2, ids, out);
    return out;
}

int build_pad(struct build *b, bool valued, int input, const int before[4], const int after[4])
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

int build_softmax(struct build *b, int input)
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

int build_mean(struct build *b, int input, bool keep, float ratio)
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
    float scale = scale_of(b, input) * ratio;
    int out = output_of(b, keep ? t->rank : 2, dim, scale, input);
    const uint32_t option = keep;
    build_op(b, 40, 2, 27, 1, &option, 2, ids, out);
    return out;
}

/* RELU6 keeps the quantization, LOGISTIC and TANH prescribe theirs. */
int build_unary(struct build *b, int builtin, int input)
{
    const struct tensor *t = &b->tensor[input];
    float s_in = scale_of(b, input), scale = s_in * build_random_scale(b, 0.02f, 3.0f);
    float alpha = build_random_scale(b, 0.01f, 1.5f);
    int zero = builtin == 14 ? -128 : 0, out;
    if (builtin == 14 || builtin == 28) {
        if (s_in >= 8.0f)
            return -1;
        out = build_activation(b, t->rank, t->dim, builtin == 14 ? 0x1p-8f : 0x1p-7f, zero);
    } else {
        if (builtin == 76)
            scale = 1.0f / (sqrtf(s_in) * build_random_scale(b, 20.0f, 300.0f));
        if (builtin == 21 || (builtin != 76 && chance(b, 4)))
            scale = 0.0f;
        out = output_of(b, t->rank, t->dim, scale, input);
    }
    uint32_t option;
    memcpy(&option, &alpha, 4);
    build_op(b, builtin, 1,
             builtin == 98    ? 75
             : builtin == 114 ? 89
                              : 0,
             builtin == 98, &option, 1, &input, out);
    return out;
}

int build_rsqrt(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int positive = build_activation(b, t->rank, t->dim, scale_of(b, input), -128);
    build_op(b, 114, 1, 89, 0, NULL, 1, &input, positive);
    return build_unary(b, 76, positive);
}

int build_channel_mean(struct build *b, int input, float ratio)
{
    const struct tensor *t = &b->tensor[input];
    int dim[RANK_MAX];
    memcpy(dim, t->dim, sizeof dim);
    dim[t->rank - 1] = 1;
    const int32_t axis = chance(b, 2) ? -1 : t->rank - 1;
    const int one[1] = {1};
    const int ids[2] = {input, int32_constant(b, 1, one, &axis)};
    const uint32_t keep = 1;
    int out = output_of(b, t->rank, dim, scale_of(b, input) * ratio, input);
    build_op(b, 40, 2, 27, 1, &keep, 2, ids, out);
    return out;
}

int build_hard_swish(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    float scale = chance(b, 4) ? 0.0f : scale_of(b, input) * build_random_scale(b, 0.02f, 2.0f);
    int out = output_of(b, t->rank, t->dim, scale, input);
    build_op(b, 117, 1, chance(b, 2) ? 0 : 91, 0, NULL, 1, &input, out);
    return out;
}

int build_matmul(struct build *b, int x, int y, bool adj_y)
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
    if (b->gain > 0.0f)
        scale = scale_of(b, x) * scale_of(b, y) / b->gain;
    int out = output_of(b, rank, dim, scale, -1);
    const uint32_t options[3] = {0, adj_y, 0};
    const int ids[2] = {x, y};
    build_op(b, 126, 2, 101, 3, options, 2, ids, out);
    return out;
}

int build_depthwise(struct build *b, int input, const struct build_window *w, int multiplier)
{
    int in = build_dim(b, input, 3), dim[4], ids[3];
    if (!window_shape(b, input, w, in * multiplier, dim))
        return -1;
    const int shape[4] = {1, w->kernel_h, w->kernel_w, in * multiplier};
    float scale = add_weights(b, input, 4, shape, 3, w->kernel_h * w->kernel_w, ids);
    if (chance(b, 6))
        ids[2] = -1;
    int out = output_of(b, 4, dim, scale, -1);
    const uint32_t options[7] = {
        (uint32_t)w->padding, (uint32_t)w->stride_w,   (uint32_t)w->stride_h,  (uint32_t)multiplier,
        random_activation(b), (uint32_t)w->dilation_w, (uint32_t)w->dilation_h};
    build_op(b, 4, 4, 2, 7, options, ids[2] < 0 ? 2 : 3, ids, out);
    return out;
}

int build_fully_connected(struct build *b, int input, int units)
{
    int rank = build_rank(b, input), dim[4], ids[3];
    const struct tensor *t = &b->tensor[input];
    int depth = t->dim[rank - 1];
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
    if (chance(b, 6))
        ids[2] = -1;
    int out = output_of(b, rank, dim, scale, -1);
    /* activation, weights format, keep_num_dims */
    const uint32_t options[3] = {random_activation(b), 0, keep && rank > 2};
    build_op(b, 9, 5, 8, 3, options, 3, ids, out);
    return out;
}

int build_rename(struct build *b, int builtin, int options_type, int second, int input, int rank,
                 const int *dim)
{
    const int ids[2] = {input, second};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, builtin, 1, options_type, 0, NULL, second < 0 ? 1 : 2, ids, out);
    return out;
}

int build_reshape(struct build *b, int input, int rank, const int *dim)
{
    const int shape[1] = {rank};
    return build_rename(b, 22, 0, int32_constant(b, 1, shape, dim), input, rank, dim);
}

/* ---- what moves ---- */

int build_transpose(struct build *b, int input, const int *axes)
{
    int rank = build_rank(b, input), dim[RANK_MAX];
    for (int i = 0; i < rank; i++)
        dim[i] = build_dim(b, input, axes[i]);
    const int shape[1] = {rank};
    return build_rename(b, 39, 26, int32_constant(b, 1, shape, axes), input, rank, dim);
}

int build_slice(struct build *b, int input, const int *begin, const int *size)
{
    int rank = build_rank(b, input), dim[RANK_MAX];
    for (int i = 0; i < rank; i++)
        dim[i] = size[i] == -1 ? build_dim(b, input, i) - begin[i] : size[i];
    const int shape[1] = {rank};
    const int ids[3] = {input, int32_constant(b, 1, shape, begin),
                        int32_constant(b, 1, shape, size)};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, 65, 2, 48, 0, NULL, 3, ids, out);
    return out;
}

int build_strided_slice(struct build *b, int input, const int *begin, const int *end,
                        const int *stride, const int mask[3], int rank, const int *dim)
{
    const int shape[1] = {build_rank(b, input)};
    const int ids[4] = {input, int32_constant(b, 1, shape, begin), int32_constant(b, 1, shape, end),
                        int32_constant(b, 1, shape, stride)};
    const uint32_t options[6] = {(uint32_t)mask[0], (uint32_t)mask[1], 0, 0, (uint32_t)mask[2], 0};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, 45, 2, 32, 6, options, 4, ids, out);
    return out;
}

/* The outputs of SPLIT or SPLIT_V, `sizes` of dimension `axis`. */
static void split_outputs(struct build *b, int input, int axis, int parts, const int *sizes,
                          int *outputs)
{
    int rank = build_rank(b, input), dim[RANK_MAX];
    for (int i = 0; i < rank; i++)
        dim[i] = build_dim(b, input, i);
    for (int i = 0; i < parts; i++) {
        dim[axis] = sizes[i];
        outputs[i] = output_of(b, rank, dim, 0.0f, input);
    }
}

void build_split(struct build *b, int input, int axis, int parts, int *outputs)
{
    int sizes[INPUTS_MAX];
    const int ids[2] = {int32_constant(b, 0, NULL, &axis), input};
    const uint32_t option = (uint32_t)parts;
    for (int i = 0; i < parts; i++)
        sizes[i] = build_dim(b, input, axis) / parts;
    split_outputs(b, input, axis, parts, sizes, outputs);
    build_op(b, 49, 2, 35, 1, &option, 2, ids, outputs[0]);
    build_outputs(b, parts, outputs);
}

void build_split_v(struct build *b, int input, int axis, int parts, const int *sizes, int *outputs)
{
    const int ids[3] = {input, int32_constant(b, 1, &parts, sizes),
                        int32_constant(b, 0, NULL, &axis)};
    const uint32_t option = (uint32_t)parts;
    split_outputs(b, input, axis, parts, sizes, outputs);
    build_op(b, 102, 2, 79, 1, &option, 3, ids, outputs[0]);
    build_outputs(b, parts, outputs);
}

int build_concatenation(struct build *b, int axis, int count, const int *inputs)
{
    int rank = build_rank(b, inputs[0]), dim[RANK_MAX];
    for (int i = 0; i < rank; i++)
        dim[i] = build_dim(b, inputs[0], i);
    for (int i = 1; i < count; i++)
        dim[axis] += build_dim(b, inputs[i], axis);
    int out = output_of(b, rank, dim, 0.0f, inputs[0]);
    const uint32_t options[2] = {(uint32_t)(chance(b, 2) ? axis : axis - rank), 0};
    if (out >= 0)
        build_op(b, 2, 2, 10, 2, options, count, inputs, out);
    return out;
}

int build_shuffle(struct build *b, int input, int groups)
{
    static const int axes[5] = {0, 1, 2, 4, 3};
    int dim[5] = {build_dim(b, input, 0), build_dim(b, input, 1), build_dim(b, input, 2), groups,
                  build_dim(b, input, 3) / groups};
    int grouped = build_reshape(b, input, 5, dim);
    int dealt = build_transpose(b, grouped, axes);
    dim[3] *= dim[4];
    return build_reshape(b, dealt, 4, dim);
}
