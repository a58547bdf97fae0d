/* Layers that make an image larger: RESIZE_NEAREST_NEIGHBOR, TRANSPOSE_CONV. */
#include <math.h>
#include <string.h>

#include "models/arith/padding.h"
#include "models/lower/lowering.h"

enum as_status as_lower_expect_values(const struct as_lower_op *op, int n, double h, double w,
                                      int c)
{
    double count = n * h * w * c;

    if (count > AS_GRAPH_ELEMENTS_MAX)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "on the way it has %.0f values, expected at most %d", count,
                               AS_GRAPH_ELEMENTS_MAX);
    return AS_OK;
}

/* ---- RESIZE_NEAREST_NEIGHBOR ---- */

/* The places of `in` that `out` read, as TensorFlow Lite computes them.  Its Micro honours
 * half-pixel centres since 2026 only. */
static enum as_status find_sources(const struct as_lower_op *op, int in, int out, int **index)
{
    bool corners = as_lower_attribute(op, AS_ATTR_ALIGN_CORNERS) != 0;
    bool half = as_lower_attribute(op, AS_ATTR_HALF_PIXELS) != 0;
    float scale = corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;

    AS_TRY(as_lower_new_index(op, out, index));
    for (int i = 0; i < out; i++) {
        float at = ((float)i + (half ? 0.5f : 0.0f)) * scale;
        int source = (int)(corners ? roundf(at) : floorf(at));
        (*index)[i] = source < 0 ? 0 : source >= in ? in - 1 : source;
    }
    return AS_OK;
}

enum as_status as_lower_resize(const struct as_lower_op *op, const struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_graph_tensor *size;

    AS_TRY(as_lower_expect_rank_4(op, layer));
    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    AS_TRY(as_lower_constant(op, 1, "sizes", AS_ELEMENT_INT32, &size));
    if (size->elements != 2)
        return as_lower_refuse(op, AS_ERR_RANGE, "%zu sizes, expected 2", size->elements);
    return as_lower_expect_output(op, layer, in->n, as_graph_i32(size, 0), as_graph_i32(size, 1),
                                  in->c);
}

static enum as_status lower_resize_nearest(const struct as_lower_op *op, struct as_layer *layer)
{
    AS_TRY(as_lower_resize(op, layer));
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    int *across, *down;
    AS_TRY(find_sources(op, in->w, out->w, &across));
    AS_TRY(find_sources(op, in->h, out->h, &down));
    const struct as_gather columns = {
        .outer = in->n * in->h, .size = in->w, .inner = in->c, .count = out->w, .index = across};
    const struct as_gather rows = {
        .outer = in->n, .size = in->h, .inner = out->w * in->c, .count = out->h, .index = down};
    int id = layer->input[0];

    AS_TRY(as_lower_expect_values(op, in->n, in->h, out->w, in->c));
    AS_TRY(as_lower_gather(op, &layer, &columns, &id));
    AS_TRY(as_lower_gather(op, &layer, &rows, &id));
    as_lower_end(layer, id);
    return AS_OK;
}

/* ---- TRANSPOSE_CONV: a convolution of the image with zeros between its values ---- */

/* Tensor `id`, n x h x w x c, with `rows` - 1 lines of zeros after each of its lines and `columns`
 * - 1 after each of its columns. */
static int spread(const struct as_lower_op *op, struct as_layer **layer, int id, int rows,
                  int columns)
{
    const struct as_tensor t = *as_lower_tensor(op, id);

    if (columns > 1) {
        const int in[4] = {t.n * t.h, t.w, 1, t.c}, out[4] = {in[0], in[1], columns, t.c};
        id = as_lower_reshape(op, layer, id, in);
        struct as_layer *pad = as_lower_step(op, layer, AS_OP_PAD, id, out, id);
        pad->pad.after[2] = columns - 1;
        pad->pad.value = t.zero_point;
        id = pad->output;
    }
    if (rows > 1) {
        const int in[4] = {t.n * t.h, 1, t.w * columns, t.c};
        const int out[4] = {in[0], rows, in[2], t.c};
        id = as_lower_reshape(op, layer, id, in);
        struct as_layer *pad = as_lower_step(op, layer, AS_OP_PAD, id, out, id);
        pad->pad.after[1] = rows - 1;
        pad->pad.value = t.zero_point;
        id = pad->output;
    }
    const int whole[4] = {t.n, t.h * rows, t.w * columns, t.c};
    return as_lower_reshape(op, layer, id, whole);
}

/* Weights [K][R][S][C] turned by half a turn. */
static const int8_t *turn(struct as_arena *arena, const struct as_conv *conv, int channels, int c)
{
    int8_t *turned = as_arena_alloc(arena, conv->weight_bytes);
    int taps = conv->kernel_h * conv->kernel_w;

    for (int k = 0; k < channels; k++)
        for (int tap = 0; tap < taps; tap++)
            memcpy(turned + ((size_t)k * (size_t)taps + (size_t)tap) * (size_t)c,
                   conv->weights +
                       ((size_t)k * (size_t)taps + (size_t)(taps - 1 - tap)) * (size_t)c,
                   (size_t)c);
    return turned;
}

/* The padding in front of an axis of the spread image. */
static enum as_status pad_axis(const struct as_lower_op *op, const char *what, int in, int out,
                               int kernel, int stride, int *before, int *after)
{
    bool same = as_lower_attribute(op, AS_ATTR_PADDING) == AS_PADDING_SAME;
    int back, pad_before, pad_after;

    if (!as_padding_axis(out, kernel, stride, 1, same, &back, &pad_before, &pad_after) ||
        back != in)
        return as_lower_refuse(
            op, AS_ERR_RANGE,
            "output %s %d and kernel %d at stride %d do not come from input %s %d", what, out,
            kernel, stride, what, in);
    *before = kernel - 1 - pad_before;
    *after = out - in * stride - *before + kernel - 1;
    if (*after < 0)
        *after = 0; /* the last zeros are not read */
    return AS_OK;
}

static enum as_status lower_transpose_conv(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    const struct as_graph_tensor *shape, *t;
    int max = AS_LOWER_WINDOW_MAX, c = in->c;
    int stride_h = as_lower_attribute(op, AS_ATTR_STRIDE_H);
    int stride_w = as_lower_attribute(op, AS_ATTR_STRIDE_W);

    AS_TRY(as_lower_expect_rank_4(op, layer));
    AS_TRY(as_lower_constant(op, 0, "output shape", AS_ELEMENT_INT32, &shape));
    AS_TRY(as_lower_constant(op, 1, "weights", AS_ELEMENT_INT8, &t));
    if (t->rank != 4 || t->dim[3] != c)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "weights '%s' have %d dimensions, expected 4, the "
                               "last of them %d",
                               t->name, t->rank, c);
    AS_TRY(as_lower_expect_range(op, "padding", as_lower_attribute(op, AS_ATTR_PADDING),
                                 AS_PADDING_SAME, AS_PADDING_VALID));
    AS_TRY(as_lower_expect_range(op, "stride_h", stride_h, 1, max));
    AS_TRY(as_lower_expect_range(op, "stride_w", stride_w, 1, max));
    AS_TRY(as_lower_expect_range(op, "kernel height", t->dim[1], 1, max));
    AS_TRY(as_lower_expect_range(op, "kernel width", t->dim[2], 1, max));
    AS_TRY(as_lower_expect_output(op, layer, in->n, out->h, out->w, t->dim[0]));
    AS_TRY(
        as_lower_expect_values(op, in->n, (double)in->h * stride_h, (double)in->w * stride_w, c));
    layer->conv.kernel_h = t->dim[1];
    layer->conv.kernel_w = t->dim[2];
    AS_TRY(pad_axis(op, "height", in->h, out->h, t->dim[1], stride_h, &layer->conv.pad_top,
                    &layer->conv.pad_bottom));
    AS_TRY(pad_axis(op, "width", in->w, out->w, t->dim[2], stride_w, &layer->conv.pad_left,
                    &layer->conv.pad_right));
    AS_TRY(as_lower_clamp(op, layer));
    AS_TRY(as_lower_weights(op, t, 0, t->dim[0], 3, layer));
    layer->conv.weights = turn(op->lowering->arena, &layer->conv, t->dim[0], c);
    layer->macs = (uint64_t)out->n * (uint64_t)out->h * (uint64_t)out->w * t->elements;
    int id = spread(op, &layer, layer->input[0], stride_h, stride_w);
    layer->input[0] = id;
    return AS_OK;
}

const struct as_lower_row as_lower_resizes[] = {
    {.name = "RESIZE_NEAREST_NEIGHBOR",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .steps = 2 * AS_LOWER_GATHER_STEPS,
     .lower = lower_resize_nearest},
    {.name = "TRANSPOSE_CONV",
     .op = AS_OP_CONV_2D,
     .inputs_min = 3,
     .inputs_max = 4,
     .first = 2,
     .activations = 1,
     .lower = lower_transpose_conv},
    {.name = NULL},
};
