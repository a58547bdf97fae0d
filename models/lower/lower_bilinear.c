/* RESIZE_BILINEAR: each output value is a sum of four neighbours whose weights, in 1/1024 an axis,
 * repeat after some outputs.  So it is a depthwise convolution with one output channel for each of
 * those, whose channels then become pixels.  Edges are read again. */
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/lower/lowering.h"

#define ONE_BITS   10 /* a pixel is 1024 */
#define ONE        (1 << ONE_BITS)
#define PHASES_MAX 64 /* output channels of one channel */

/* One axis: outputs in blocks of `phases`; block i reads `kernel` inputs from `first` + i * stride
 * on. */
struct axis {
    const char *name;
    int in, out;
    int64_t step, start; /* output y lies at start + y * step, in 1/1024 of an input */
    int phases, stride, first, kernel, blocks;
    int bits;    /* weights are in 1 / 2^bits; 0: every output is one input */
    int *weight; /* [phases][kernel] */
    int heaviest;
};

static int64_t place_of(const struct axis *axis, int y)
{
    return axis->start + y * axis->step;
}

/* The pixel at or before the place, and how far behind it that is. */
static int pixel_of(int64_t place, int *behind)
{
    *behind = (int)(place & (ONE - 1));
    return (int)((place - *behind) / ONE);
}

static int clamped(int pixel, int size)
{
    return pixel < 0 ? 0 : pixel >= size ? size - 1 : pixel;
}

static int divisor_of(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Where the outputs lie, as TensorFlow Lite's integers have it. */
static void place_axis(const struct as_lower_op *op, struct axis *axis)
{
    bool corners = as_lower_attribute(op, AS_ATTR_ALIGN_CORNERS) != 0 && axis->out > 1;
    int in = corners ? axis->in - 1 : axis->in, out = corners ? axis->out - 1 : axis->out;

    axis->step = ((int64_t)ONE * in + out / 2) / out;
    if (as_lower_attribute(op, AS_ATTR_HALF_PIXELS) != 0)
        axis->start = axis->step / 2 - ONE / 2;
    int part = ONE, common = divisor_of(out, in);
    for (int y = 0; y < axis->out; y++) {
        int behind;
        pixel_of(place_of(axis, y), &behind);
        part = divisor_of(part, behind);
    }
    while (part < ONE) {
        part *= 2;
        axis->bits++;
    }
    axis->phases = out / common;
    axis->stride = in / common;
    axis->blocks = (axis->out + axis->phases - 1) / axis->phases;
}

/* The weights of each phase. */
static enum as_status weigh_axis(const struct as_lower_op *op, struct axis *axis)
{
    int behind, last = 0;

    if (axis->bits == 0) { /* it is read one input for each output */
        axis->phases = axis->stride = axis->kernel = axis->heaviest = 1;
        axis->blocks = axis->out;
        axis->weight = AS_NEW(op->lowering->arena, int, 1);
        axis->weight[0] = 1;
        return AS_OK;
    }
    if (axis->phases * axis->step != (int64_t)axis->stride * ONE || axis->phases > PHASES_MAX)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "%s %d becomes %d, in steps of %lld/1024 which do not repeat within "
                               "%d outputs; expected 2, 4 or 8 times as many, or a half",
                               axis->name, axis->in, axis->out, (long long)axis->step, PHASES_MAX);
    axis->first = pixel_of(place_of(axis, 0), &behind);
    for (int p = 0; p < axis->phases; p++) {
        int pixel = pixel_of(place_of(axis, p), &behind) + (behind > 0);
        last = pixel > last ? pixel : last;
    }
    axis->kernel = last - axis->first + 1;
    axis->weight = AS_NEW(op->lowering->arena, int, (size_t)axis->phases *(size_t)axis->kernel);
    for (int p = 0; p < axis->phases; p++) {
        int *weight =
            axis->weight + p * axis->kernel + (pixel_of(place_of(axis, p), &behind) - axis->first);
        weight[0] = (ONE - behind) >> (ONE_BITS - axis->bits);
        if (behind > 0)
            weight[1] = behind >> (ONE_BITS - axis->bits);
        for (int i = 0; i < 1 + (behind > 0); i++)
            axis->heaviest = weight[i] > axis->heaviest ? weight[i] : axis->heaviest;
    }
    return AS_OK;
}

/* How many inputs the kernel meets. */
static int64_t extent_of(const struct axis *axis)
{
    return (int64_t)(axis->blocks - 1) * axis->stride + axis->kernel;
}

/* Those, of [outer][axis->in][inner]; where an output is one input, these. */
static enum as_status read_axis(const struct as_lower_op *op, struct as_layer **layer,
                                const struct axis *axis, int outer, int inner, int *id)
{
    struct as_gather g = {
        .outer = outer, .size = axis->in, .inner = inner, .count = (int)extent_of(axis)};
    bool whole = axis->bits == 0;
    int behind, *index;

    AS_TRY(as_lower_new_index(op, g.count, &index));
    for (int i = 0; i < g.count; i++)
        index[i] = clamped(whole ? pixel_of(place_of(axis, i), &behind) : axis->first + i, g.size);
    g.index = index;
    return as_lower_gather(op, layer, &g, id);
}

/* Bytes of the weights for images of `c` channels. */
static size_t weights_of(const struct axis *rows, const struct axis *columns, int c)
{
    return (size_t)rows->kernel * (size_t)columns->kernel * (size_t)c * (size_t)rows->phases *
           (size_t)columns->phases;
}

/* The convolution of tensor `id`, whose zero point is 0, to n x rows->blocks x columns->blocks
 * pixels with a channel for each phase. */
static int convolve(const struct as_lower_op *op, struct as_layer **layer, int id,
                    const struct axis *rows, const struct axis *columns)
{
    struct as_arena *arena = op->lowering->arena;
    int n = as_lower_tensor(op, id)->n, c = as_lower_tensor(op, id)->c;
    int phases = rows->phases * columns->phases, channels = c * phases, at = 0;
    const int dim[4] = {n, rows->blocks, columns->blocks, channels};
    struct as_layer *step = as_lower_step(op, layer, AS_OP_DEPTHWISE_CONV_2D, id, dim, id);
    struct as_conv *conv = &step->conv;

    conv->kernel_h = rows->kernel;
    conv->kernel_w = columns->kernel;
    conv->stride_h = rows->stride;
    conv->stride_w = columns->stride;
    conv->depth_multiplier = phases;
    conv->weight_bytes = weights_of(rows, columns, c);
    int8_t *weights = as_arena_alloc(arena, conv->weight_bytes);
    for (int r = 0; r < rows->kernel; r++)
        for (int s = 0; s < columns->kernel; s++)
            for (int k = 0; k < channels; k++) {
                int p = k % phases / columns->phases, q = k % columns->phases;
                weights[at++] = (int8_t)(rows->weight[p * rows->kernel + r] *
                                         columns->weight[q * columns->kernel + s]);
            }
    int32_t *multiplier = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    for (int k = 0; k < channels; k++) { /* nothing is rounded but by the shift */
        multiplier[k] = INT32_MAX;
        shift[k] = (int8_t) - (rows->bits + columns->bits);
    }
    conv->weights = weights;
    conv->bias = AS_NEW(arena, int32_t, channels);
    conv->multiplier = multiplier;
    conv->shift = shift;
    step->macs = (uint64_t)n * (uint64_t)rows->blocks * (uint64_t)columns->blocks *
                 (uint64_t)conv->weight_bytes;
    return step->output;
}

/* [n][rows->blocks][columns->blocks][C][rows->phases][columns->phases] becomes the output. */
static int spread_phases(const struct as_lower_op *op, struct as_layer **layer, int id, int c,
                         const struct axis *rows, const struct axis *columns)
{
    int n = as_lower_tensor(op, id)->n, lines = n * rows->blocks, blocks = columns->blocks;
    int run = columns->phases * c, line = blocks * run, all = rows->phases * line;

    id = as_lower_turn(op, layer, id, lines * blocks, c, rows->phases * columns->phases);
    if (rows->phases > 1) {
        const struct as_copy copy = {.count = {lines, rows->phases, blocks, run},
                                     .step = {all, run, rows->phases * run, 1}};
        id = as_lower_copy(
            op, layer, id,
            (const int[4]){n, rows->blocks * rows->phases, blocks * columns->phases, c}, &copy);
    }
    if (rows->blocks * rows->phases == rows->out && blocks * columns->phases == columns->out)
        return id;
    const struct as_copy copy = {.count = {1, n, rows->out, columns->out * c},
                                 .step = {0, rows->blocks * all, line, 1}};
    return as_lower_copy(op, layer, id, (const int[4]){n, rows->out, columns->out, c}, &copy);
}

static enum as_status lower_resize_bilinear(const struct as_lower_op *op, struct as_layer *layer)
{
    AS_TRY(as_lower_resize(op, layer));
    const struct as_tensor in = *as_lower_tensor(op, layer->input[0]);
    const struct as_tensor out = *as_lower_tensor(op, layer->output);
    struct axis rows = {.name = "height", .in = in.h, .out = out.h};
    struct axis columns = {.name = "width", .in = in.w, .out = out.w};
    int id = layer->input[0];

    if (as_lower_attribute(op, AS_ATTR_ALIGN_CORNERS) != 0 &&
        as_lower_attribute(op, AS_ATTR_HALF_PIXELS) != 0)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "aligned corners with half-pixel centres, expected one of them");
    place_axis(op, &rows);
    place_axis(op, &columns);
    AS_TRY(weigh_axis(op, &rows));
    AS_TRY(weigh_axis(op, &columns));
    if (rows.heaviest * columns.heaviest > INT8_MAX || rows.phases * columns.phases > PHASES_MAX)
        return as_lower_refuse(
            op, AS_ERR_UNSUPPORTED,
            "%dx%d becomes %dx%d with weights up to %d/%d in %d phases, expected "
            "at most %d and %d",
            in.h, in.w, out.h, out.w, rows.heaviest * columns.heaviest,
            1 << (rows.bits + columns.bits), rows.phases * columns.phases, INT8_MAX, PHASES_MAX);
    int64_t h = extent_of(&rows), w = extent_of(&columns);
    AS_TRY(as_lower_expect_values(op, in.n, (double)h, (double)w, in.c));
    AS_TRY(as_lower_expect_values(op, in.n, (double)rows.blocks * rows.phases,
                                  (double)columns.blocks * columns.phases, in.c));
    AS_TRY(as_lower_expect_values(op, in.n, in.h, (double)w, in.c));
    AS_TRY(read_axis(op, &layer, &columns, in.n * in.h, in.c, &id));
    AS_TRY(read_axis(op, &layer, &rows, in.n, (int)w * in.c, &id));
    if (rows.bits + columns.bits > 0) {
        AS_TRY(as_lower_count_constant(op->lowering, weights_of(&rows, &columns, in.c)));
        id = as_lower_reshape(op, &layer, id, (const int[4]){in.n, (int)h, (int)w, in.c});
        id = convolve(op, &layer, as_lower_recentre(op, &layer, id, 0), &rows, &columns);
        id = spread_phases(op, &layer, id, in.c, &rows, &columns);
    }
    as_lower_end(layer, id);
    return AS_OK;
}

const struct as_lower_row as_lower_bilinear[] = {
    {.name = "RESIZE_BILINEAR",
     .op = AS_OP_DEPTHWISE_CONV_2D,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .steps = 2 * AS_LOWER_GATHER_STEPS + 8,
     .lower = lower_resize_bilinear},
    {.name = NULL},
};
