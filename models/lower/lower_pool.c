/* Layers that reduce: AVERAGE_POOL_2D, MAX_POOL_2D, MEAN. */
#include <string.h>

#include "models/arith/quantization.h"
#include "models/lower/lowering.h"

static enum as_status lower_pool(const struct as_lower_op *op, struct as_layer *layer)
{
    AS_TRY(as_lower_expect_rank_4(op, layer));
    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    layer->conv.kernel_h = as_lower_attribute(op, AS_ATTR_KERNEL_H);
    layer->conv.kernel_w = as_lower_attribute(op, AS_ATTR_KERNEL_W);
    layer->conv.stride_h = as_lower_attribute(op, AS_ATTR_STRIDE_H);
    layer->conv.stride_w = as_lower_attribute(op, AS_ATTR_STRIDE_W);
    AS_TRY(as_lower_window(op, as_lower_tensor(op, layer->input[0])->c, layer));
    return as_lower_clamp(op, layer);
}

/* ---- MEAN ---- */

static enum as_status scale_mean(const struct as_lower_op *op, int64_t count,
                                 struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    if (count > AS_LOWER_MEAN_MAX)
        return as_lower_refuse(op, AS_ERR_RANGE, "%lld values, expected at most %d",
                               (long long)count, AS_LOWER_MEAN_MAX);
    if (!as_quant_mean(in->scale, out->scale, count, &layer->out_multiplier, &layer->out_shift))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "scales %g / %g are above 2^%d",
                               (double)in->scale, (double)out->scale, AS_SHIFT_MAX);
    return AS_OK;
}

/* The mean of the channels of each pixel is a dense layer of one output with weights of 1. */
static enum as_status lower_channel_mean(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    struct as_arena *arena = op->lowering->arena;
    int32_t *multiplier = AS_NEW(arena, int32_t, 1);
    int8_t *shift = AS_NEW(arena, int8_t, 1), *ones = as_arena_alloc(arena, (size_t)in->c);
    AS_TRY(as_lower_expect_output(op, layer, in->n, in->h, in->w, 1));
    AS_TRY(scale_mean(op, in->c, layer));
    memset(ones, 1, (size_t)in->c);
    *multiplier = layer->out_multiplier;
    *shift = (int8_t)layer->out_shift;
    layer->op = AS_OP_FULLY_CONNECTED;
    layer->conv.weights = ones;
    layer->conv.weight_bytes = (size_t)in->c;
    layer->conv.bias = AS_NEW(arena, int32_t, 1);
    layer->conv.multiplier = multiplier;
    layer->conv.shift = shift;
    layer->macs = in->bytes;
    return AS_OK;
}

static enum as_status lower_mean(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_graph_tensor *t;
    int rank = as_lower_rank(op, layer->input[0]), dim[4];
    bool reduced[4] = {false}, image = true, channels = true;
    AS_TRY(as_lower_constant(op, 1, "axes", AS_ELEMENT_INT32, &t));
    for (size_t i = 0; i < t->elements; i++) {
        int axis = as_graph_i32(t, i);
        AS_TRY(as_lower_expect_range(op, "axis", axis, -rank, rank - 1));
        reduced[as_lower_place(rank, axis < 0 ? axis + rank : axis)] = true;
    }
    as_lower_dimensions(in, dim);
    for (int d = 0; d < 4; d++) {
        image = image && (dim[d] == 1 || reduced[d] == (d == 1 || d == 2));
        channels = channels && (dim[d] == 1 || reduced[d] == (d == 3));
    }
    if (!image && !channels)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "it reduces other axes than height and width, or channels, of "
                               "%dx%dx%dx%d",
                               dim[0], dim[1], dim[2], dim[3]);
    if (!image)
        return lower_channel_mean(op, layer);
    AS_TRY(as_lower_expect_output(op, layer, in->n, 1, 1, in->c));
    layer->conv.kernel_h = in->h;
    layer->conv.kernel_w = in->w;
    return scale_mean(op, (int64_t)in->h * in->w, layer);
}

const struct as_lower_row as_lower_pools[] = {
    {.name = "AVERAGE_POOL_2D",
     .op = AS_OP_AVERAGE_POOL_2D,
     .inputs_min = 1,
     .inputs_max = 1,
     .lower = lower_pool},
    {.name = "MAX_POOL_2D",
     .op = AS_OP_MAX_POOL_2D,
     .inputs_min = 1,
     .inputs_max = 1,
     .lower = lower_pool},
    {.name = "MEAN",
     .op = AS_OP_MEAN,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .lower = lower_mean},
    {.name = NULL},
};
