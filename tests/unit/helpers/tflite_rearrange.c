/* Random layers that only move values: blocks of pixels to the batch or the channels and back. */
#include <string.h>

#include "tests/unit/helpers/tflite_build_parts.h"

/* Numbers of the schema's builtin operators. */
enum {
    DEPTH_TO_SPACE = 5,
    RESIZE_BILINEAR = 23,
    SPACE_TO_DEPTH = 26,
    BATCH_TO_SPACE_ND = 37,
    SPACE_TO_BATCH_ND = 38,
    GATHER = 36,
    TILE = 69,
    MIRROR_PAD = 100,
    REVERSE_V2 = 105,
    QUANTIZE = 114,
    BROADCAST_TO = 130
};

/* SPACE_TO_BATCH_ND or BATCH_TO_SPACE_ND with these blocks and edges of `axes` dimensions, to an
 * output of the batch and these sides. */
static int blocks(struct build *b, int builtin, int input, int axes, const int32_t *block,
                  const int32_t *edge, int batch, const int *side)
{
    const struct tensor *t = &b->tensor[input];
    const int pairs[2] = {axes, 2};
    const int channels = t->dim[axes + 1], rank = axes + 2;
    const int dim[4] = {batch, side[0], axes == 2 ? side[1] : channels, axes == 2 ? channels : 1};

    if (elements_of(4, dim) > b->limits.bytes_max)
        return -1;
    const int ids[3] = {input, int32_constant(b, 1, &axes, block),
                        int32_constant(b, 2, pairs, edge)};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, builtin, 1, 0, 0, NULL, 3, ids, out);
    return out;
}

/* The same values with a zero point of 0. */
static int centred(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int out = build_activation(b, t->rank, t->dim, 2.0f * scale_of(b, input), 0);

    build_op(b, QUANTIZE, 1, 0, 0, NULL, 1, &input, out);
    return out;
}

/* To the batch, there often convolved, and back; some of the edges are cut off again. */
int random_batch_blocks(struct build *b, int input)
{
    /* TensorFlow Lite fills edges with the zero point, and its Micro, which results are compared
     * with, with a number that it never sets (tflite-micro issue 1646): mostly 0. */
    input = zero_of(b, input) == 0 ? input : centred(b, input);
    const struct tensor *t = &b->tensor[input];
    int axes = t->rank - 2, batch = t->dim[0], side[2], width[2];
    int32_t block[2], edge[4], cut[4];

    for (int i = 0; i < axes; i++) {
        block[i] = build_random(b, 1, 3);
        edge[2 * i] = build_random(b, 0, 4);
        edge[2 * i + 1] = build_random(b, 0, 4);
        while ((t->dim[1 + i] + edge[2 * i] + edge[2 * i + 1]) % block[i] != 0)
            edge[2 * i + 1]++;
        side[i] = (t->dim[1 + i] + edge[2 * i] + edge[2 * i + 1]) / block[i];
        batch *= block[i];
    }
    int x = blocks(b, SPACE_TO_BATCH_ND, input, axes, block, edge, batch, side);
    if (x >= 0 && axes == 2 && !chance(b, 3)) {
        const struct build_window w = {
            build_random(b, 1, 3), build_random(b, 1, 3), 1, 1, 1, 1, VALID};
        x = chance(b, 2) ? build_depthwise(b, x, &w, build_random(b, 1, 2))
                         : build_conv(b, x, &w, 1, build_random(b, 1, b->limits.channels_max), -1);
    }
    if (x < 0 || chance(b, 6))
        return x;
    for (int i = 0; i < axes; i++) {
        int size = b->tensor[x].dim[1 + i] * block[i];
        for (int end = 0; end < 2; end++) {
            cut[2 * i + end] = chance(b, 2) ? 0 : build_random(b, 0, 4);
            if (cut[2 * i + end] >= size)
                cut[2 * i + end] = 0;
            size -= cut[2 * i + end];
        }
        width[i] = size;
    }
    return blocks(b, BATCH_TO_SPACE_ND, x, axes, block, cut, b->tensor[input].dim[0], width);
}

/* To the channels or from them. */
int random_depth_blocks(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int size = build_random(b, 1, 3), c = t->dim[3];
    const uint32_t option = (uint32_t)size;
    bool deeper = t->dim[1] % size == 0 && t->dim[2] % size == 0 && chance(b, 2);

    if (!deeper && c % (size * size) != 0)
        return -1;
    const int deep[4] = {t->dim[0], t->dim[1] / size, t->dim[2] / size, c * size * size};
    const int flat[4] = {t->dim[0], t->dim[1] * size, t->dim[2] * size, c / (size * size)};
    int out = output_of(b, 4, deeper ? deep : flat, 0.0f, input);
    build_op(b, deeper ? SPACE_TO_DEPTH : DEPTH_TO_SPACE, 1, deeper ? 19 : 94, 1, &option, 1,
             &input, out);
    return out;
}

/* ---- GATHER, TILE, BROADCAST_TO, MIRROR_PAD, REVERSE_V2 ---- */

/* Along an axis: a few places, or many in order, or many without. */
int random_gather(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int axis = build_random(b, 0, t->rank - 1), size = t->dim[axis], count, pair, rank = t->rank;
    int32_t index[2 * 24];
    int dim[RANK_MAX + 1], at = build_random(b, 0, 23), step = build_random(b, -2, 2);
    bool ordered = chance(b, 2);

    pair = rank < 4 && chance(b, 3) ? 2 : 1; /* of two dimensions */
    count = build_random(b, 1, 24);
    memcpy(dim, t->dim, (size_t)axis * sizeof *dim);
    memcpy(dim + axis + pair, t->dim + axis + 1, (size_t)(rank - axis - 1) * sizeof *dim);
    dim[axis] = pair;
    dim[axis + pair - 1] = count;
    rank += pair - 1;
    for (int i = 0; i < pair * count; i++)
        index[i] = ordered ? (at + 24 * size + i * step) % size : build_random(b, 0, size - 1);
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    const int ids[2] = {input, int32_constant(b, pair, dim + axis, index)};
    const uint32_t options[2] = {(uint32_t)(chance(b, 2) ? axis : axis - t->rank), 0};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, GATHER, 1, 23, 2, options, 2, ids, out);
    return out;
}

/* TILE, which TensorFlow Lite for Microcontrollers does not have, or of a dimension of 1
 * BROADCAST_TO. */
int random_tile(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, dim[RANK_MAX];
    int32_t times[RANK_MAX];
    bool tile = chance(b, 8), more = false;

    memcpy(dim, t->dim, (size_t)rank * sizeof *dim);
    for (int i = 0; i < rank; i++) {
        times[i] = (tile || dim[i] == 1) && chance(b, 2) ? build_random(b, 2, 4) : 1;
        more = more || times[i] > 1;
        dim[i] *= times[i];
    }
    if (!more || elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    const int ids[2] = {input, int32_constant(b, 1, &rank, tile ? times : dim)};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, tile ? TILE : BROADCAST_TO, 2, 0, 0, NULL, 2, ids, out);
    return out;
}

int random_mirror_pad(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, dim[RANK_MAX], pairs[2] = {rank, 2};
    int32_t edge[2 * RANK_MAX];
    const uint32_t mode = (uint32_t)build_random(b, 0, 1);

    memcpy(dim, t->dim, (size_t)rank * sizeof *dim);
    for (int i = 0; i < rank; i++)
        for (int end = 0; end < 2; end++) {
            int most = t->dim[i] - 1 + (int)mode;
            edge[2 * i + end] = chance(b, 2) ? 0 : build_random(b, 0, most < 4 ? most : 4);
            dim[i] += edge[2 * i + end];
        }
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    const int ids[2] = {input, int32_constant(b, 2, pairs, edge)};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, MIRROR_PAD, 1, 77, 1, &mode, 2, ids, out);
    return out;
}

/* An axis backwards by a STRIDED_SLICE, perhaps not all of it. */
static int sliced_backwards(struct build *b, int input)
{
    int rank = build_rank(b, input), axis = build_random(b, 0, rank - 1), mask[3] = {0};
    int begin[RANK_MAX], end[RANK_MAX], stride[RANK_MAX], dim[RANK_MAX];

    for (int i = 0; i < rank; i++) {
        begin[i] = 0;
        dim[i] = end[i] = build_dim(b, input, i);
        stride[i] = 1;
    }
    int size = dim[axis], first = build_random(b, 0, size - 1), last = build_random(b, -1, first);
    stride[axis] = -build_random(b, 1, 3);
    begin[axis] = first == size - 1 ? size + build_random(b, 0, 2) : first;
    end[axis] = last - (last < first - 1 && last >= 0 ? 0 : size);
    last = last < first - 1 && last >= 0 ? last : -1;
    if (chance(b, 3)) {
        mask[0] = 1 << axis;
        first = size - 1;
    }
    if (last < 0)
        mask[1] = 1 << axis;
    dim[axis] = (first - last - stride[axis] - 1) / -stride[axis];
    return build_strided_slice(b, input, begin, end, stride, mask, rank, dim);
}

/* Of neighbouring axes, as TensorFlow Lite has it. */
int random_reverse(struct build *b, int input)
{
    if (chance(b, 3))
        return sliced_backwards(b, input);
    const struct tensor *t = &b->tensor[input];
    int first = build_random(b, 0, t->rank - 1), count = build_random(b, 1, t->rank - first);
    int32_t axes[RANK_MAX];

    for (int i = 0; i < count; i++)
        axes[i] = chance(b, 3) ? first + i - t->rank : first + i;
    const int ids[2] = {input, int32_constant(b, 1, &count, axes)};
    int out = output_of(b, t->rank, t->dim, 0.0f, input);
    build_op(b, REVERSE_V2, 1, 0, 0, NULL, 2, ids, out);
    return out;
}

/* ---- RESIZE_BILINEAR ---- */

/* A side that is a multiple or a part of `size`; with aligned corners of what lies between them. */
static int scaled_side(struct build *b, int size, bool corners)
{
    static const int up[] = {1, 2, 2, 4, 8}, down[] = {1, 2, 3, 4};
    int whole = corners ? size - 1 : size, by = down[build_random(b, 0, 3)];

    if (whole > 0 && chance(b, 3) && whole % by == 0)
        return size - whole + whole / by;
    return size - whole + whole * up[build_random(b, 0, 4)];
}

int random_bilinear(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4], mode = build_random(b, 0, 2), two = 2;
    int32_t size[2];

    memcpy(dim, t->dim, sizeof dim);
    for (int i = 0; i < 2; i++)
        size[i] = dim[1 + i] = scaled_side(b, dim[1 + i], mode == 1);
    if (elements_of(4, dim) > b->limits.bytes_max)
        return -1;
    for (int i = 0; i < 2; i++) /* weights in 1/16 of both axes do not fit */
        if (mode == 2 && dim[1 + i] >= 8 * t->dim[1 + i] && dim[2 - i] > t->dim[2 - i])
            return -1;
    const int ids[2] = {input, int32_constant(b, 1, &two, size)};
    const uint32_t options[4] = {0, 0, mode == 1, mode == 2};
    int out = output_of(b, 4, dim, 0.0f, input);
    build_op(b, RESIZE_BILINEAR, 3, 15, 4, options, 2, ids, out);
    return out;
}
