/* Random layers that change shapes, or choose among values: RESIZE_NEAREST_NEIGHBOR,
 * TRANSPOSE_CONV, MAXIMUM and its like, PACK and UNPACK, RESHAPE to a shape that the network
 * computes. */
#include <string.h>

#include "tests/unit/helpers/tflite_build_parts.h"

/* Numbers of the schema's builtin operators. */
enum {
    MEAN = 40,
    STRIDED_SLICE = 45,
    LOG_SOFTMAX = 50,
    PRELU = 54,
    ARG_MAX = 56,
    MAXIMUM = 55,
    MINIMUM = 57,
    SUM = 74,
    SHAPE = 77,
    ARG_MIN = 79,
    REDUCE_MAX = 82,
    PACK = 83,
    UNPACK = 88,
    REDUCE_MIN = 89,
    ABS = 101,
    BATCH_MATMUL = 126,
    GELU = 150,
    RESIZE_NEAREST_NEIGHBOR = 97,
    RESHAPE = 22
};

/* A larger image by whole multiples, a smaller one by whole divisors, or of other sides. */
int random_resize(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int32_t size[2];
    int dim[4], two = 2;
    bool whole = !chance(b, 3), larger = whole;

    memcpy(dim, t->dim, sizeof dim);
    for (int i = 0; i < 2; i++) {
        int factor = build_random(b, 1, 3);
        bool shrinks = chance(b, 3) && t->dim[1 + i] % factor == 0;
        larger = larger && (!shrinks || factor == 1);
        size[i] = dim[1 + i] = !whole    ? build_random(b, 1, 2 * t->dim[1 + i])
                               : shrinks ? t->dim[1 + i] / factor
                                         : t->dim[1 + i] * factor;
    }
    if (elements_of(4, dim) > b->limits.bytes_max)
        return -1;
    const int ids[2] = {input, int32_constant(b, 1, &two, size)};
    /* aligned corners; half-pixel centres where the oracle, which ignores them, agrees */
    const uint32_t options[2] = {!whole && chance(b, 2), larger && chance(b, 2)};
    int out = output_of(b, 4, dim, 0.0f, input);
    build_op(b, RESIZE_NEAREST_NEIGHBOR, 3, 74, 2, options, 2, ids, out);
    return out;
}

int random_transpose_conv(struct build *b, int input)
{
    const struct build_window w = {build_random(b, 1, 4),
                                   build_random(b, 1, 4),
                                   build_random(b, 1, 3),
                                   build_random(b, 1, 3),
                                   1,
                                   1,
                                   build_random(b, SAME, VALID)};
    return build_transpose_conv(b, input, &w, build_random(b, 1, b->limits.channels_max));
}

/* Along some axes; `ratio` of the output's scale to the input's, 0: the same quantization. */
static int random_reduction(struct build *b, int builtin, int input, float ratio)
{
    const struct tensor *t = &b->tensor[input];
    int32_t axes[RANK_MAX];
    int count = 0, rank = 0, dim[RANK_MAX], keep = chance(b, 2);

    for (int i = 0; i < t->rank; i++) {
        if (chance(b, 2))
            axes[count++] = chance(b, 3) ? i - t->rank : i;
        else
            dim[rank++] = t->dim[i];
        if (keep && rank <= i)
            dim[rank++] = 1;
    }
    if (count == 0 || rank == 0)
        return -1;
    const int ids[2] = {input, int32_constant(b, 1, &count, axes)};
    const uint32_t option = (uint32_t)keep;
    int out = output_of(b, rank, dim, scale_of(b, input) * ratio, input);
    build_op(b, builtin, builtin == SUM ? 1 : 2, 27, 1, &option, 2, ids, out);
    return out;
}

int random_reduce_extreme(struct build *b, int input)
{
    return random_reduction(b, chance(b, 2) ? REDUCE_MAX : REDUCE_MIN, input, 0.0f);
}

int random_reduce_sum(struct build *b, int input)
{
    if (chance(b, 2))
        return random_reduction(b, SUM, input, build_random_scale(b, 1.1f, 20.0f));
    return random_reduction(b, MEAN, input,
                            chance(b, 3) ? 0.0f : build_random_scale(b, 0.1f, 1.2f));
}

/* Of the input and a convolution of it that is quantized alike. */
int random_extreme(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    const struct build_window w = {1, 1, 1, 1, 1, 1, SAME};
    int other = t->rank == 4 ? build_conv(b, input, &w, 1, t->dim[3], input) : input;
    const int ids[2] = {input, other};

    if (other < 0)
        return -1;
    t = &b->tensor[input];
    int out = output_of(b, t->rank, t->dim, 0.0f, input);
    build_op(b, chance(b, 2) ? MAXIMUM : MINIMUM, 2, 0, 0, NULL, 2, ids, out);
    return out;
}

/* The input with dimensions of 1 in the bits of `mask`. */
static int reduced(struct build *b, int input, int mask)
{
    const struct tensor *t = &b->tensor[input];
    int32_t axes[RANK_MAX];
    int count = 0, dim[RANK_MAX];
    const uint32_t keep = 1;

    for (int i = 0; i < t->rank; i++) {
        dim[i] = mask >> i & 1 ? 1 : t->dim[i];
        if (mask >> i & 1)
            axes[count++] = i;
    }
    if (count == 0)
        return input;
    const int ids[2] = {input, int32_constant(b, 1, &count, axes)};
    int out = output_of(b, t->rank, dim, 0.0f, input);
    build_op(b, REDUCE_MAX, 2, 27, 1, &keep, 2, ids, out);
    return out;
}

/* The larger or smaller of an operand and a constant; sums and products have their own kind. */
static int constant_operand(struct build *b, int input, int mask)
{
    const struct tensor *t = &b->tensor[input];
    int dim[RANK_MAX], first = build_random(b, 0, t->rank);

    for (int i = 0; i < t->rank; i++)
        dim[i] = mask >> i & 1 ? 1 : t->dim[i];
    return byte_constant(b, t->rank - first, dim + first, scale_of(b, input), zero_of(b, input));
}

int random_both_ways(struct build *b, int input)
{
    static const int builtins[] = {0, 41, 18, MAXIMUM, MINIMUM}; /* ADD, SUB, MUL */
    const struct tensor *t = &b->tensor[input];
    int builtin = builtins[build_random(b, 0, 4)], all = (1 << t->rank) - 1, dim[RANK_MAX];
    int mask = build_random(b, 0, all), other = build_random(b, 0, all) & ~mask;
    bool extreme = builtin == MAXIMUM || builtin == MINIMUM;

    memcpy(dim, t->dim, (size_t)t->rank * sizeof *dim);
    int ids[2] = {reduced(b, input, mask), 0};
    ids[1] = extreme && chance(b, 2) ? constant_operand(b, input, other) : reduced(b, input, other);
    if (!extreme)
        return build_sum_or_product(b, builtin, ids[0], ids[1], input);
    t = &b->tensor[input];
    int rank = b->tensor[ids[1]].rank;
    for (int i = 0; i < t->rank - rank; i++) /* which the constant does not have */
        dim[i] = b->tensor[ids[0]].dim[i];
    int out = output_of(b, t->rank, dim, 0.0f, input);
    build_op(b, builtin, 2, 0, 0, NULL, 2, ids, out);
    return out;
}

/* The matrices of the input, turned, times themselves with some more columns. */
int random_turned_matmul(struct build *b, int input)
{
    int rank = build_rank(b, input), none[4] = {0}, more[4] = {0}, dim[RANK_MAX];
    more[rank - 1] = build_random(b, 0, 3);
    int other = build_pad(b, false, input, none, more);
    if (other < 0)
        return -1;
    const struct tensor *t = &b->tensor[input];
    memcpy(dim, t->dim, sizeof dim);
    dim[rank - 2] = t->dim[rank - 1];
    dim[rank - 1] = build_dim(b, other, rank - 1);
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    float scale = scale_of(b, input) * scale_of(b, input) * 300.0f;
    int out = output_of(b, rank, dim, scale * build_random_scale(b, 0.5f, 3.0f), -1);
    const uint32_t options[3] = {1, 0, 0};
    const int ids[2] = {input, other};
    build_op(b, BATCH_MATMUL, 2, 101, 3, options, 2, ids, out);
    return out;
}

/* ABS, or now and then GELU, which TensorFlow Lite for Microcontrollers does not have. */
int random_table(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    bool gelu = chance(b, 6);
    const uint32_t approximate = (uint32_t)build_random(b, 0, 1);
    float ratio = chance(b, 3) ? 0.0f : build_random_scale(b, 0.3f, 2.0f);
    int out = output_of(b, t->rank, t->dim, scale_of(b, input) * ratio, input);

    build_op(b, gelu ? GELU : ABS, 1, gelu ? 116 : 78, gelu, &approximate, 1, &input, out);
    return out;
}

int build_log_softmax(struct build *b, int inner)
{
    const struct tensor *t = &b->tensor[inner];
    int out = build_activation(b, t->rank, t->dim, 0.0625f, 127);

    build_op(b, LOG_SOFTMAX, 1, 0, 0, NULL, 1, &inner, out);
    return out;
}

int build_argument(struct build *b, int inner)
{
    const struct tensor *t = &b->tensor[inner];
    int axis = build_random(b, 0, t->rank - 1), rank = 0, dim[RANK_MAX], one = 1;
    bool least = chance(b, 2);

    for (int i = 0; i < t->rank; i++)
        if (i != axis)
            dim[rank++] = t->dim[i];
    const int ids[2] = {inner, int32_constant(b, build_random(b, 0, 1), &one, &axis)};
    const uint32_t type = INT32;
    int out = build_whole(b, rank, dim);
    build_op(b, least ? ARG_MIN : ARG_MAX, 1, least ? 57 : 40, 1, &type, 2, ids, out);
    return out;
}

int random_pack(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int axis = build_random(b, 0, t->rank - 1), parts = t->dim[axis], rank = 0;
    int dim[RANK_MAX], ids[INPUTS_MAX], outs[INPUTS_MAX];

    if (parts > INPUTS_MAX || t->rank < 2)
        return -1;
    for (int i = 0; i < t->rank; i++)
        if (i != axis)
            dim[rank++] = t->dim[i];
    for (int i = 0; i < parts; i++)
        outs[i] = output_of(b, rank, dim, 0.0f, input);
    const uint32_t apart[2] = {(uint32_t)parts, (uint32_t)axis};
    build_op(b, UNPACK, 2, 64, 2, apart, 1, &input, outs[0]);
    build_outputs(b, parts, outs);

    int to = build_random(b, 0, rank), count = build_random(b, 1, INPUTS_MAX);
    for (int i = 0; i < count; i++)
        ids[i] = outs[build_random(b, 0, parts - 1)];
    memmove(dim + to + 1, dim + to, (size_t)(rank - to) * sizeof *dim);
    dim[to] = count;
    if (elements_of(rank + 1, dim) > b->limits.bytes_max)
        return -1;
    const uint32_t together[2] = {(uint32_t)count, (uint32_t)(chance(b, 2) ? to : to - (rank + 1))};
    int out = output_of(b, rank + 1, dim, 0.0f, input);
    build_op(b, PACK, 2, 59, 2, together, count, ids, out);
    return out;
}

static int numbers(struct build *b, int value)
{
    const int one = 1;
    return int32_constant(b, 1, &one, &value);
}

/* As Keras writes Flatten for a free batch. */
int random_free_reshape(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, two = 2, batch = t->dim[0], rest = (int)t->bytes / batch;
    const int32_t none = 0;
    const int flat[2] = {batch, rest};
    int shape = build_whole(b, 1, &rank), first = build_whole(b, 0, NULL);
    int joined = build_whole(b, 1, &two), count = int32_constant(b, 0, NULL, &rest);

    build_op(b, SHAPE, 1, 0, 0, NULL, 1, &input, shape);
    const int slice[4] = {shape, numbers(b, none), numbers(b, 1), numbers(b, 1)};
    const uint32_t masks[5] = {0, 0, 0, 0, 1};
    build_op(b, STRIDED_SLICE, 1, 32, 5, masks, 4, slice, first);
    const int pair[2] = {first, count};
    const uint32_t along[2] = {2, 0};
    build_op(b, PACK, 1, 59, 2, along, 2, pair, joined);
    const int ids[2] = {input, joined};
    int out = output_of(b, 2, flat, 0.0f, input);
    build_op(b, RESHAPE, 1, 0, 0, NULL, 2, ids, out);
    return out;
}

/* A slope below 0 of each channel. */
int random_prelu(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    const int dim[3] = {1, 1, t->dim[3]};
    int alpha =
        byte_constant(b, 3, dim, build_random_scale(b, 0.002f, 0.02f), build_random(b, -20, 20));
    const int ids[2] = {input, alpha};

    t = &b->tensor[input];
    int out = output_of(b, 4, t->dim, scale_of(b, input) * build_random_scale(b, 1.05f, 2.0f), -1);
    build_op(b, PRELU, 1, 0, 0, NULL, 2, ids, out);
    return out;
}
