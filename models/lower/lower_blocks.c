/* Blocks of pixels that go to the batch or to the channels and back: SPACE_TO_BATCH_ND,
 * BATCH_TO_SPACE_ND, SPACE_TO_DEPTH, DEPTH_TO_SPACE.  All are copies; around a convolution they are
 * its dilation (lower_dilation.c). */
#include <string.h>

#include "models/lower/lowering.h"

/* ---- SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND ---- */

enum as_status as_lower_blocks(const struct as_lower_op *op, int rank, struct as_blocks *out)
{
    const struct as_graph_tensor *sizes, *edges;
    int axes = rank - 2;

    *out = (struct as_blocks){.h = 1, .w = 1};
    if (rank < 3 || rank > AS_LOWER_NHWC)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "input has %d dimensions, expected 3 or 4",
                               rank);
    AS_TRY(as_lower_constant(op, 1, "block sizes", AS_ELEMENT_INT32, &sizes));
    AS_TRY(as_lower_constant(op, 2, "edges", AS_ELEMENT_INT32, &edges));
    if (sizes->elements != (size_t)axes || edges->elements != 2 * (size_t)axes)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "%zu block sizes and %zu edges, expected %d and %d", sizes->elements,
                               edges->elements, axes, 2 * axes);
    for (int i = 0; i < axes; i++) {
        int size = as_graph_i32(sizes, (size_t)i);
        AS_TRY(as_lower_expect_range(op, "a block size", size, 1, AS_LOWER_WINDOW_MAX));
        *(i == 0 ? &out->h : &out->w) = size;
        for (int side = 0; side < 2; side++) {
            int edge = out->edge[i][side] = as_graph_i32(edges, 2 * (size_t)i + (size_t)side);
            AS_TRY(as_lower_expect_range(op, "an edge", edge, 0, AS_LOWER_WINDOW_MAX));
        }
    }
    return AS_OK;
}

/* Tensor `id` of that rank with height and width in their places: [N][H][C] has a width of 1. */
static void image_of(const struct as_lower_op *op, int id, int dim[4])
{
    const int *own = as_lower_dims(op, id);
    int rank = as_lower_rank(op, id);

    dim[0] = own[0];
    dim[1] = own[1];
    dim[2] = rank == 4 ? own[2] : 1;
    dim[3] = own[rank - 1];
}

static enum as_status expect_image(const struct as_lower_op *op, int id, const int64_t want[4])
{
    int have[4];

    image_of(op, id, have);
    for (int i = 0; i < 4; i++)
        if (have[i] != want[i])
            return as_lower_refuse(op, AS_ERR_RANGE,
                                   "output is %dx%dx%dx%d, expected %lldx%lldx%lldx%lld", have[0],
                                   have[1], have[2], have[3], (long long)want[0],
                                   (long long)want[1], (long long)want[2], (long long)want[3]);
    return AS_OK;
}

static enum as_status expect_alike(const struct as_lower_op *op, const struct as_layer *layer)
{
    if (as_lower_rank(op, layer->input[0]) != as_lower_rank(op, layer->output))
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %d dimensions, expected %d",
                               as_lower_rank(op, layer->output),
                               as_lower_rank(op, layer->input[0]));
    return as_lower_expect_same_quantization(op, layer, 0);
}

/* The edges of tensor `id`, of that shape, filled with its zero point. */
static int pad_edges(const struct as_lower_op *op, struct as_layer **layer, int id,
                     const struct as_blocks *blocks, int dim[4])
{
    int before = blocks->edge[0][0] + blocks->edge[1][0];

    id = as_lower_reshape(op, layer, id, dim);
    if (before + blocks->edge[0][1] + blocks->edge[1][1] == 0)
        return id;
    for (int i = 0; i < 2; i++)
        dim[1 + i] += blocks->edge[i][0] + blocks->edge[i][1];
    struct as_layer *pad = as_lower_step(op, layer, AS_OP_PAD, id, dim, id);
    for (int i = 0; i < 2; i++) {
        pad->pad.before[1 + i] = blocks->edge[i][0];
        pad->pad.after[1 + i] = blocks->edge[i][1];
    }
    pad->pad.value = as_lower_tensor(op, id)->zero_point;
    return pad->output;
}

static enum as_status lower_space_to_batch(const struct as_lower_op *op, struct as_layer *layer)
{
    int id = layer->input[0], d[4];
    struct as_blocks b;

    AS_TRY(as_lower_blocks(op, as_lower_rank(op, id), &b));
    AS_TRY(expect_alike(op, layer));
    image_of(op, id, d);
    int64_t h = (int64_t)d[1] + b.edge[0][0] + b.edge[0][1];
    int64_t w = (int64_t)d[2] + b.edge[1][0] + b.edge[1][1];
    if (h % b.h != 0 || w % b.w != 0)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "%lldx%lld with its edges is not made of blocks of %dx%d",
                               (long long)h, (long long)w, b.h, b.w);
    AS_TRY(expect_image(op, layer->output,
                        (const int64_t[4]){(int64_t)d[0] * b.h * b.w, h / b.h, w / b.w, d[3]}));
    id = pad_edges(op, &layer, id, &b, d);
    int lines = d[0] * d[1], columns = d[2] / b.w, line = d[2] * d[3];
    if (b.w > 1) { /* [lines][columns][b.w][C] -> [b.w][lines][columns][C] */
        const struct as_copy copy = {.count = {b.w, lines, columns, d[3]},
                                     .step = {d[3], line, b.w * d[3], 1}};
        id = as_lower_copy(op, &layer, id, (const int[4]){b.w * lines, 1, columns, d[3]}, &copy);
    }
    lines = lines / b.h * b.w;
    line = columns * d[3];
    if (b.h > 1) { /* [lines][b.h][line] -> [b.h][lines][line] */
        const struct as_copy copy = {.count = {1, b.h, lines, line},
                                     .step = {0, line, b.h * line, 1}};
        id = as_lower_copy(op, &layer, id, (const int[4]){b.h * lines, 1, columns, d[3]}, &copy);
    }
    as_lower_end(layer, id);
    return AS_OK;
}

static enum as_status lower_batch_to_space(const struct as_lower_op *op, struct as_layer *layer)
{
    int id = layer->input[0], d[4];
    struct as_blocks b;

    AS_TRY(as_lower_blocks(op, as_lower_rank(op, id), &b));
    AS_TRY(expect_alike(op, layer));
    image_of(op, id, d);
    if (d[0] % (b.h * b.w) != 0)
        return as_lower_refuse(op, AS_ERR_RANGE, "a batch of %d is not made of blocks of %dx%d",
                               d[0], b.h, b.w);
    int n = d[0] / (b.h * b.w), line = d[2] * d[3];
    int64_t h = (int64_t)d[1] * b.h - b.edge[0][0] - b.edge[0][1];
    int64_t w = (int64_t)d[2] * b.w - b.edge[1][0] - b.edge[1][1];
    AS_TRY(expect_image(op, layer->output, (const int64_t[4]){n, h, w, d[3]}));
    if (b.h > 1) { /* [b.h][lines][line] -> [lines][b.h][line] */
        int lines = b.w * n * d[1];
        const struct as_copy copy = {.count = {1, lines, b.h, line},
                                     .step = {0, line, lines * line, 1}};
        id = as_lower_copy(op, &layer, id, (const int[4]){lines * b.h, 1, d[2], d[3]}, &copy);
    }
    int lines = n * d[1] * b.h;
    if (b.w > 1) { /* [b.w][lines][columns][C] -> [lines][columns][b.w][C] */
        const struct as_copy copy = {.count = {lines, d[2], b.w, d[3]},
                                     .step = {line, d[3], lines * line, 1}};
        id = as_lower_copy(op, &layer, id, (const int[4]){lines, 1, d[2] * b.w, d[3]}, &copy);
    }
    line *= b.w;
    if (h * w * d[3] < (int64_t)d[1] * b.h * line) {
        const struct as_copy copy = {.count = {1, n, (int)h, (int)w * d[3]},
                                     .step = {0, d[1] * b.h * line, line, 1},
                                     .first = b.edge[0][0] * line + b.edge[1][0] * d[3]};
        id = as_lower_copy(op, &layer, id, (const int[4]){n, (int)h, (int)w, d[3]}, &copy);
    }
    as_lower_end(layer, id);
    return AS_OK;
}

/* ---- SPACE_TO_DEPTH, DEPTH_TO_SPACE ---- */

static enum as_status lower_depth(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    bool deeper = strcmp(op->op->name, "SPACE_TO_DEPTH") == 0;
    int size = as_lower_attribute(op, AS_ATTR_BLOCK_SIZE);

    AS_TRY(as_lower_expect_rank_4(op, layer));
    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    AS_TRY(as_lower_expect_range(op, "block size", size, 1, AS_LOWER_WINDOW_MAX));
    int pixels = size * size;
    if (deeper ? in->h % size != 0 || in->w % size != 0 : in->c % pixels != 0)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "an image of %dx%d with %d channels is not made of blocks of %dx%d",
                               in->h, in->w, in->c, size, size);
    int h = deeper ? in->h / size : in->h, w = deeper ? in->w / size : in->w;
    AS_TRY(as_lower_expect_output(op, layer, in->n, deeper ? h : h * size, deeper ? w : w * size,
                                  deeper ? in->c * pixels : in->c / pixels));
    /* A line of blocks is [size][w][run] in space and [w][size][run] in depth. */
    int run = (deeper ? in->c : in->c / pixels) * size, line = w * size * run;
    layer->copy = deeper ? (struct as_copy){.count = {in->n * h, w, size, run},
                                            .step = {line, run, w * run, 1}}
                         : (struct as_copy){.count = {in->n * h, size, w, run},
                                            .step = {line, run, size * run, 1}};
    return AS_OK;
}

const struct as_lower_row as_lower_blocks_rows[] = {
    {.name = "SPACE_TO_BATCH_ND",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 3,
     .inputs_max = 3,
     .activations = 1,
     .lower = lower_space_to_batch},
    {.name = "BATCH_TO_SPACE_ND",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 3,
     .inputs_max = 3,
     .activations = 1,
     .lower = lower_batch_to_space},
    {.name = "SPACE_TO_DEPTH",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 1,
     .inputs_max = 1,
     .lower = lower_depth},
    {.name = "DEPTH_TO_SPACE",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 1,
     .inputs_max = 1,
     .lower = lower_depth},
    {.name = NULL},
};
