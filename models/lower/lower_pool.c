/* Layers that reduce: AVERAGE_POOL_2D, MAX_POOL_2D, MEAN, SUM. */
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

/* ---- MEAN, SUM ---- */

/* The factor of sums of `count` values as onnxruntime computes it. */
static enum as_status scale_in_float(const struct as_lower_op *op, int64_t count,
                                     struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    float factor = in->scale / (as_lower_tensor(op, layer->output)->scale * (float)count);
    int64_t most =
        127 - in->zero_point > 128 + in->zero_point ? 127 - in->zero_point : 128 + in->zero_point;
    layer->rounding = AS_ROUNDING_FLOAT;
    if (!as_quant_float(factor, &layer->out_multiplier, &layer->out_shift))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "factor %g is above 2^%d", (double)factor,
                               AS_SHIFT_MAX);
    return as_lower_expect_float_exact(op, "the layer", count * most, layer->out_multiplier,
                                       layer->out_shift);
}

/* The factor of sums of `count` values; SUM does not divide by it. */
static enum as_status scale_sum(const struct as_lower_op *op, int64_t count, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    int64_t divisor = strcmp(op->op->name, "SUM") == 0 ? 1 : count;
    if (count > AS_LOWER_MEAN_MAX)
        return as_lower_refuse(op, AS_ERR_RANGE, "%lld values, expected at most %d",
                               (long long)count, AS_LOWER_MEAN_MAX);
    if (as_lower_in_float(op))
        return scale_in_float(op, count, layer);
    if (!as_quant_mean(in->scale, out->scale, divisor, &layer->out_multiplier, &layer->out_shift))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "scales %g / %g are above 2^%d",
                               (double)in->scale, (double)out->scale, AS_SHIFT_MAX);
    return AS_OK;
}

/* Of the channels of each pixel: a dense layer of one output with weights of 1. */
static void sum_channels(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    struct as_arena *arena = op->lowering->arena;
    int32_t *multiplier = AS_NEW(arena, int32_t, 1);
    int8_t *shift = AS_NEW(arena, int8_t, 1), *ones = as_arena_alloc(arena, (size_t)in->c);
    memset(ones, 1, (size_t)in->c);
    *multiplier = layer->out_multiplier;
    *shift = (int8_t)layer->out_shift;
    layer->op = AS_OP_FULLY_CONNECTED; /* of the same rounding */
    layer->conv.weights = ones;
    layer->conv.weight_bytes = (size_t)in->c;
    layer->conv.bias = AS_NEW(arena, int32_t, 1);
    layer->conv.multiplier = multiplier;
    layer->conv.shift = shift;
    layer->macs = in->bytes;
}

/* The input as [outer][count][inner] bytes, of which `count` are summed. */
struct sums {
    int outer, count, inner;
    bool apart; /* there is a dimension that stays between two that are summed */
};

static struct sums sums_of(const int dim[4], const bool reduced[4])
{
    struct sums sums = {.outer = 1, .count = 1, .inner = 1};
    for (int d = 0; d < 4; d++) {
        if (!reduced[d]) {
            *(sums.count > 1 ? &sums.inner : &sums.outer) *= dim[d];
            continue;
        }
        sums.apart = sums.apart || (sums.inner > 1 && dim[d] > 1);
        sums.count *= dim[d];
    }
    return sums;
}

/* The dimensions that stay first, then those that are summed. */
static int move_last(const struct as_lower_op *op, struct as_layer **layer, const int dim[4],
                     const bool reduced[4], struct sums *sums)
{
    int step[4] = {dim[1] * dim[2] * dim[3], dim[2] * dim[3], dim[3], 1}, at = 0;
    struct as_copy copy = {.first = 0};
    for (int summed = 0; summed < 2; summed++)
        for (int d = 0; d < 4; d++)
            if (reduced[d] == summed) {
                copy.count[at] = dim[d];
                copy.step[at++] = step[d];
            }
    sums->outer = sums->outer * sums->inner;
    sums->inner = 1;
    const int moved[4] = {sums->outer, 1, 1, sums->count};
    return as_lower_copy(op, layer, (*layer)->input[0], moved, &copy);
}

/* The layer that sums from tensor `id` to a tensor of that shape: `*layer` itself where its output
 * has it, else one in front of it, which then only renames. */
static struct as_layer *summing(const struct as_lower_op *op, struct as_layer *layer, int id,
                                const int dim[4])
{
    int have[4];
    as_lower_dimensions(as_lower_tensor(op, layer->output), have);
    if (memcmp(have, dim, sizeof have) == 0) {
        layer->input[0] = id;
        return layer;
    }
    struct as_layer *step = as_lower_step(op, &layer, AS_OP_MEAN, id, dim, layer->output);
    step->name = layer->name;
    step->out_multiplier = layer->out_multiplier;
    step->out_shift = layer->out_shift;
    step->rounding = layer->rounding;
    layer->rounding = AS_ROUNDING_TFLITE;
    as_lower_end(layer, step->output);
    return step;
}

static enum as_status lower_sum(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    int rank = as_lower_rank(op, layer->input[0]), dim[4], id;
    bool axes[AS_GRAPH_RANK_MAX] = {false}, reduced[4] = {false};
    AS_TRY(as_lower_axes(op, rank, axes));
    for (int i = 0; i < rank; i++)
        reduced[as_lower_place(rank, i)] = axes[i];
    as_lower_dimensions(in, dim);
    struct sums sums = sums_of(dim, reduced);
    if (out->bytes != in->bytes / (size_t)sums.count)
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %zu values, expected %zu", out->bytes,
                               in->bytes / (size_t)sums.count);
    AS_TRY(scale_sum(op, sums.count, layer));
    id = sums.apart ? move_last(op, &layer, dim, reduced, &sums) : layer->input[0];
    if (sums.inner == 1) {
        bool pixels = !sums.apart && sums.count == in->c; /* keeps the image's shape */
        const int rows[4] = {sums.outer, 1, 1, sums.count}, sum[4] = {sums.outer, 1, 1, 1};
        const int same[4] = {in->n, in->h, in->w, 1};
        id = pixels ? id : as_lower_reshape(op, &layer, id, rows);
        sum_channels(op, summing(op, layer, id, pixels ? same : sum));
        return AS_OK;
    }
    bool image = sums.outer == in->n && sums.inner == in->c; /* whose sides are the kernel's */
    const int whole[4] = {sums.outer, image ? in->h : sums.count, image ? in->w : 1, sums.inner};
    const int sum[4] = {sums.outer, 1, 1, sums.inner};
    id = as_lower_reshape(op, &layer, id, whole);
    layer = summing(op, layer, id, sum);
    layer->conv.kernel_h = whole[1];
    layer->conv.kernel_w = whole[2];
    return AS_OK;
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
     .lower = lower_sum},
    {.name = "SUM",
     .op = AS_OP_MEAN,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .lower = lower_sum},
    {.name = NULL},
};
