/* Random layers that only move values: blocks of pixels to the batch or the channels and back. */
#include <string.h>

#include "tests/unit/helpers/tflite_build_parts.h"

/* Numbers of the schema's builtin operators. */
enum {
    DEPTH_TO_SPACE = 5,
    SPACE_TO_DEPTH = 26,
    BATCH_TO_SPACE_ND = 37,
    SPACE_TO_BATCH_ND = 38,
    QUANTIZE = 114
};

/* SPACE_TO_BATCH_ND or BATCH_TO_SPACE_ND with these blocks and edges of `axes` dimensions, to an
 * output of the batch and these sides. */
static int blocks(struct build *b, int builtin, int input, int axes, const int32_t *block,
                  const int32_t *edge, int batch, const int *side)
{
    const struct tensor *t = &b->tensor[input];
    const int pairs[2] = {axes, 2};
    int dim[4] = {batch}, rank = t->rank;

    memcpy(dim + 1, side, (size_t)axes * sizeof *side);
    dim[rank - 1] = t->dim[rank - 1];
    if (elements_of(rank, dim) > b->limits.bytes_max)
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
