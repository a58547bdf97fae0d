/* Random layers and networks, on the pieces of tflite_build.c. */
#include "tests/unit/helpers/tflite_build_parts.h"

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
    [BUILD_SCALED_UP] = "scaled up",
    [BUILD_WEIGHT_ZERO] = "weight zero",
    [BUILD_SIGNAL] = "signal",
    [BUILD_ADD] = "add",
    [BUILD_ADD_SPREAD] = "add spread",
    [BUILD_SUB_SPREAD] = "sub spread",
    [BUILD_SQUARED_DIFFERENCE] = "squared difference",
    [BUILD_AVERAGE_POOL_2D] = "average pool",
    [BUILD_MAX_POOL_2D] = "max pool",
    [BUILD_RESHAPE] = "reshape",
    [BUILD_SOFTMAX] = "softmax",
    [BUILD_PAD] = "pad",
    [BUILD_PADV2] = "padv2",
    [BUILD_CONCATENATION] = "concatenation",
    [BUILD_MEAN] = "mean",
    [BUILD_CHANNEL_MEAN] = "channel mean",
    [BUILD_MUL] = "mul",
    [BUILD_MUL_SPREAD] = "mul spread",
    [BUILD_SQUEEZE_EXCITE] = "squeeze and excite",
    [BUILD_HARD_SWISH] = "hard swish",
    [BUILD_RELU] = "relu",
    [BUILD_RELU6] = "relu6",
    [BUILD_LEAKY_RELU] = "leaky relu",
    [BUILD_LOGISTIC] = "logistic",
    [BUILD_TANH] = "tanh",
    [BUILD_QUANTIZE] = "quantize",
    [BUILD_RSQRT] = "rsqrt",
    [BUILD_BATCH_MATMUL] = "batch matmul",
    [BUILD_ATTENTION] = "attention",
    [BUILD_SQUEEZE] = "squeeze",
    [BUILD_EXPAND_DIMS] = "expand dims",
    [BUILD_TRANSPOSE] = "transpose",
    [BUILD_SLICE] = "slice",
    [BUILD_STRIDED_SLICE] = "strided slice",
    [BUILD_SPLIT] = "split",
    [BUILD_SHUFFLE] = "shuffle",
    [BUILD_RESIZE_NEAREST] = "resize nearest",
    [BUILD_TRANSPOSE_CONV] = "transpose conv",
    [BUILD_REDUCE_SUM] = "reduce sum",
    [BUILD_REDUCE_EXTREME] = "reduce max",
    [BUILD_EXTREME] = "maximum",
    [BUILD_PRELU] = "prelu",
    [BUILD_PACK] = "pack",
    [BUILD_FREE_RESHAPE] = "free reshape",
    [BUILD_BATCH_BLOCKS] = "batch blocks",
    [BUILD_DEPTH_BLOCKS] = "depth blocks",
    [BUILD_STATE] = "state",
    [BUILD_GATHER] = "gather",
    [BUILD_TILE] = "tile",
    [BUILD_MIRROR_PAD] = "mirror pad",
    [BUILD_REVERSE] = "reverse",
    [BUILD_RESIZE_BILINEAR] = "resize bilinear",
    [BUILD_BOTH_WAYS] = "both ways",
    [BUILD_TABLE] = "table",
};

const char *build_kind_name(enum build_kind kind)
{
    return kind_names[kind];
}

static struct build_window random_window(struct build *b, bool dilated)
{
    struct build_window w = {build_random(b, 1, 5),
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

static int random_conv(struct build *b, int input)
{
    struct build_window w = random_window(b, true);
    return build_conv(b, input, &w, 1, build_random(b, 1, b->limits.channels_max), -1);
}

static int random_grouped(struct build *b, int input)
{
    struct build_window w = random_window(b, true);
    int channels = build_dim(b, input, 3), groups = build_random(b, 2, 4);
    while (groups > 1 && channels % groups != 0)
        groups--;
    if (chance(b, 4))
        groups = channels;
    if (groups < 2)
        return -1;
    return build_conv(b, input, &w, groups, groups * build_random(b, 1, 3), -1);
}

static int random_depthwise(struct build *b, int input)
{
    struct build_window w = random_window(b, true);
    return build_depthwise(b, input, &w, chance(b, 2) ? 1 : build_random(b, 2, 4));
}

static int random_fully_connected(struct build *b, int input)
{
    return build_fully_connected(b, input, build_random(b, 1, 2 * b->limits.channels_max));
}

static int random_pool(struct build *b, int builtin, int input)
{
    struct build_window w = random_window(b, false);
    return build_pool(b, builtin, input, &w);
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
    return build_pad(b, valued, input, before, after);
}

static int random_padded_conv(struct build *b, int input)
{
    struct build_window w = random_window(b, false);
    int padded = random_pad(b, false, false, input);
    w.padding = VALID;
    return padded < 0
               ? -1
               : build_conv(b, padded, &w, 1, build_random(b, 1, b->limits.channels_max), -1);
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
    return build_sum_or_product(b, builtin, swapped ? other : input, swapped ? input : other,
                                input);
}

static int random_same(struct build *b, int builtin, int input)
{
    const struct tensor *t = &b->tensor[input];
    int other = input;
    if (t->rank == 4 && !chance(b, 3)) {
        const struct build_window w = {1, 1, 1, 1, 1, 1, SAME};
        other = build_conv(b, input, &w, 1, t->dim[3], -1);
    }
    return build_sum_or_product(b, builtin, chance(b, 2) ? input : other, other, input);
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
    return build_reshape(b, input, rank, dim);
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
    return build_rename(b, 43, 30, -1, input, rank, dim);
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
    return build_rename(b, 70, 52, int32_constant(b, build_random(b, 0, 1), shape, axis), input,
                        t->rank + 1, dim);
}

static int random_transpose(struct build *b, int input)
{
    int rank = build_rank(b, input), axes[RANK_MAX] = {0, 1, 2, 3};
    for (int i = rank - 1; i > 0; i--) {
        int j = build_random(b, 0, i), axis = axes[i];
        axes[i] = axes[j];
        axes[j] = axis;
    }
    return build_transpose(b, input, axes);
}

static int random_slice(struct build *b, int input)
{
    int begin[RANK_MAX] = {0}, size[RANK_MAX], rank = build_rank(b, input);
    for (int i = 0; i < rank; i++) {
        int dim = build_dim(b, input, i);
        begin[i] = chance(b, 2) ? 0 : build_random(b, 0, dim - 1);
        size[i] = chance(b, 2) ? -1 : build_random(b, 1, dim - begin[i]);
    }
    return build_slice(b, input, begin, size);
}

/* Begins and ends from either side, strides, and now and then a dimension that goes. */
static int random_strided_slice(struct build *b, int input)
{
    int begin[RANK_MAX], end[RANK_MAX], stride[RANK_MAX], mask[3] = {0}, dim[RANK_MAX], left = 0;
    int rank = build_rank(b, input);
    for (int i = 0; i < rank; i++) {
        int size = build_dim(b, input, i), first = build_random(b, 0, size - 1);
        int last = build_random(b, first + 1, size);
        stride[i] = chance(b, 2) ? 1 : build_random(b, 1, 3);
        begin[i] = chance(b, 2) ? first : first - size;
        end[i] = last == size ? size + build_random(b, 0, 3) : chance(b, 2) ? last : last - size;
        if (rank - i + left > 2 && chance(b, 5)) {
            mask[2] |= 1 << i;
            stride[i] = 1;
            continue;
        }
        if (chance(b, 3)) {
            mask[0] |= 1 << i;
            first = 0;
        }
        if (chance(b, 3)) {
            mask[1] |= 1 << i;
            last = size;
        }
        dim[left++] = (last - first + stride[i] - 1) / stride[i];
    }
    return build_strided_slice(b, input, begin, end, stride, mask, left, dim);
}

/* The parts in another order. */
static int random_split(struct build *b, int input)
{
    int axis = build_random(b, 0, build_rank(b, input) - 1), size = build_dim(b, input, axis);
    int parts = build_random(b, 2, 4), outputs[INPUTS_MAX], sizes[INPUTS_MAX], rest = size;
    if (size < parts)
        return -1;
    if (size % parts == 0 && chance(b, 2)) {
        build_split(b, input, axis, parts, outputs);
    } else {
        for (int i = 0; i < parts; i++) {
            sizes[i] = i == parts - 1 ? rest : build_random(b, 1, rest - (parts - 1 - i));
            rest -= sizes[i];
        }
        build_split_v(b, input, axis, parts, sizes, outputs);
    }
    int first = outputs[0];
    outputs[0] = outputs[parts - 1];
    outputs[parts - 1] = first;
    return build_concatenation(b, axis, parts, outputs);
}

/* Channels of `groups` groups, dealt in turn: by way of five dimensions. */
static int random_shuffle(struct build *b, int input)
{
    int groups = build_random(b, 2, 4);
    return build_dim(b, input, 3) % groups == 0 ? build_shuffle(b, input, groups) : -1;
}

static int random_concatenation(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, axis = build_random(b, 0, rank - 1), count = build_random(b, 2, 4);
    int ids[INPUTS_MAX];
    if (chance(b, 4))
        count = build_random(b, 2, INPUTS_MAX);
    for (int i = 0; i < count; i++) {
        ids[i] = input;
        if (chance(b, 3) && rank == 4 && axis == 3) {
            const struct build_window w = {1, 1, 1, 1, 1, 1, SAME};
            ids[i] = build_conv(b, input, &w, 1, build_random(b, 1, b->limits.channels_max), input);
        } else if (chance(b, 2)) {
            int before[4] = {0}, after[4] = {0};
            after[axis] = build_random(b, 0, 3);
            ids[i] = build_pad(b, false, input, before, after);
        }
        if (ids[i] < 0)
            return -1;
    }
    return build_concatenation(b, axis, count, ids);
}

static int random_mean(struct build *b, int input, bool keep)
{
    float ratio = chance(b, 4) ? 0.0f : build_random_scale(b, 0.05f, 1.5f);
    return build_mean(b, input, keep, ratio);
}

static int squeeze_excite(struct build *b, int input)
{
    const struct build_window w = {1, 1, 1, 1, 1, 1, SAME};
    int squeezed = random_mean(b, input, true);
    int gate = build_conv(b, squeezed, &w, 1, build_dim(b, input, 3), -1);
    return gate < 0                ? -1
           : build_random(b, 0, 1) ? build_sum_or_product(b, 18, input, gate, input)
                                   : build_sum_or_product(b, 18, gate, input, input);
}

static int random_matmul(struct build *b, int input)
{
    int rank = build_rank(b, input), none[4] = {0}, more[4] = {0}, dim[4];
    if (chance(b, 3))
        return random_turned_matmul(b, input);
    more[rank - 2] = build_random(b, 0, 3);
    for (int i = 0; i < rank; i++)
        dim[i] = build_dim(b, input, i) + more[i];
    int other = chance(b, 3) ? byte_constant(b, rank, dim, build_random_scale(b, 0.005f, 0.2f),
                                             build_random(b, -128, 127))
                             : build_pad(b, false, input, none, more);
    return other < 0 ? -1 : build_matmul(b, input, other, true);
}

static int attention(struct build *b, int input)
{
    int score = build_matmul(b, input, input, true);
    int weights = score < 0 ? -1 : build_softmax(b, score);
    return weights < 0 ? -1 : build_matmul(b, weights, input, false);
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
    case BUILD_SCALED_UP:
        return random_scaled_up(b, input);
    case BUILD_WEIGHT_ZERO:
        return random_weight_zero(b, input);
    case BUILD_SIGNAL:
        return random_signal(b, input);
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
        return build_softmax(b, input);
    case BUILD_PAD:
        return random_pad(b, false, true, input);
    case BUILD_PADV2:
        return random_pad(b, true, true, input);
    case BUILD_CONCATENATION:
        return random_concatenation(b, input);
    case BUILD_MEAN:
        return random_mean(b, input, chance(b, 2));
    case BUILD_MUL:
        return random_same(b, 18, input);
    case BUILD_MUL_SPREAD:
        return random_spread(b, 18, input);
    case BUILD_SQUEEZE_EXCITE:
        return rank == 4 ? squeeze_excite(b, input) : -1;
    case BUILD_HARD_SWISH:
        return build_hard_swish(b, input);
    case BUILD_RELU:
        return build_unary(b, 19, input);
    case BUILD_RELU6:
        return build_unary(b, 21, input);
    case BUILD_LEAKY_RELU:
        return build_unary(b, 98, input);
    case BUILD_LOGISTIC:
        return build_unary(b, 14, input);
    case BUILD_TANH:
        return build_unary(b, 28, input);
    case BUILD_RSQRT:
        return build_rsqrt(b, input);
    case BUILD_SQUARED_DIFFERENCE:
        return random_spread(b, 99, input);
    case BUILD_CHANNEL_MEAN:
        return build_channel_mean(b, input, build_random_scale(b, 0.05f, 1.5f));
    case BUILD_QUANTIZE:
        return build_unary(b, 114, input);
    case BUILD_SUB_SPREAD:
        return random_spread(b, 41, input);
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
    case BUILD_SLICE:
        return random_slice(b, input);
    case BUILD_STRIDED_SLICE:
        return random_strided_slice(b, input);
    case BUILD_SPLIT:
        return random_split(b, input);
    case BUILD_SHUFFLE:
        return rank == 4 ? random_shuffle(b, input) : -1;
    case BUILD_RESIZE_NEAREST:
        return rank == 4 ? random_resize(b, input) : -1;
    case BUILD_TRANSPOSE_CONV:
        return rank == 4 ? random_transpose_conv(b, input) : -1;
    case BUILD_REDUCE_SUM:
        return rank <= 4 ? random_reduce_sum(b, input) : -1;
    case BUILD_REDUCE_EXTREME:
        return random_reduce_extreme(b, input);
    case BUILD_EXTREME:
        return random_extreme(b, input);
    case BUILD_PRELU:
        return rank == 4 ? random_prelu(b, input) : -1;
    case BUILD_PACK:
        return rank <= 4 ? random_pack(b, input) : -1;
    case BUILD_FREE_RESHAPE:
        return random_free_reshape(b, input);
    case BUILD_BATCH_BLOCKS:
        return rank == 3 || rank == 4 ? random_batch_blocks(b, input) : -1;
    case BUILD_DEPTH_BLOCKS:
        return rank == 4 ? random_depth_blocks(b, input) : -1;
    case BUILD_STATE:
        return rank <= 4 ? random_stateful(b, input) : -1;
    case BUILD_GATHER:
        return random_gather(b, input);
    case BUILD_TILE:
        return random_tile(b, input);
    case BUILD_MIRROR_PAD:
        return random_mirror_pad(b, input);
    case BUILD_REVERSE:
        return random_reverse(b, input);
    case BUILD_RESIZE_BILINEAR:
        return rank == 4 ? random_bilinear(b, input) : -1;
    case BUILD_BOTH_WAYS:
        return random_both_ways(b, input);
    case BUILD_TABLE:
        return random_table(b, input);
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

/* Type of an edge, or -1: it stays int8. */
static int random_edge(struct build *b)
{
    static const int types[] = {-1, BUILD_UINT8, BUILD_FLOAT32};
    return types[build_random(b, 0, 2)];
}

static int random_output(struct build *b, int inner)
{
    if (chance(b, 6) && build_rank(b, inner) > 1)
        return build_argument(b, inner);
    if (chance(b, 8))
        inner = build_log_softmax(b, inner);
    int type = random_edge(b);
    if (type < 0)
        return inner;
    int outer = build_outer(b, type, inner);
    build_edge_out(b, inner, outer);
    return outer;
}

/* Sets the ports: what else the operators write may be an output too. */
static void random_edges(struct build *b, int input, int last)
{
    int type = random_edge(b), ops = b->op_count;
    build_ports(b, input, random_output(b, last));
    for (int i = 0; i < ops && b->output_count < 4; i++)
        if (b->op[i].output_count > 0 && !b->op[i].once && b->op[i].output[0] != last &&
            b->tensor[b->op[i].output[0]].type == INT8 && chance(b, 3))
            build_output(b, random_output(b, b->op[i].output[0]));
    if (type >= 0) {
        int outer = build_outer(b, type, input);
        build_edge_in(b, outer, input);
        b->input[0] = outer;
    }
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
    if (chance(b, 5) || (limits->kinds & ~(UINT64_C(1) << BUILD_EXPAND_DIMS)) == 0) {
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
    if (limits->edges && made > 0)
        random_edges(b, input, last);
    else
        build_ports(b, input, last);
    return made;
}
