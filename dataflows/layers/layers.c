/* Which mapping a layer gets, by its operator. */
#include "dataflows/layers/layers.h"

#include <assert.h>

#include "dataflows/mapper/mapper.h"

/* What a kind of array maps in a way of its own, but for what is like a convolution (mapper/). */
static const struct kind {
    as_map_fn *average_pool;
} kinds[AS_ARRAY_KINDS] = {
    [AS_STAYS_WEIGHT] = {.average_pool = as_weight_average_pool},
    [AS_STAYS_PSUM] = {.average_pool = as_map_average_as_conv},
    [AS_STAYS_IFMAP] = {.average_pool = as_map_average_as_conv},
};

enum as_status as_map_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                   struct as_cost *cost)
{
    return kinds[s->hw->stays].average_pool(s, layer, cost);
}

static as_map_fn *const mappings[AS_OP_COUNT] = {
#define as_map_nothing                     NULL
#define AS_OP(name, work, mapping, kernel) [AS_OP_##name] = as_map_##mapping,
#include "models/ops.def"
#undef AS_OP
#undef as_map_nothing
};

enum as_status as_map_layer(struct as_schedule *s, const struct as_layer *layer,
                            struct as_cost *cost)
{
    assert(as_op_work(layer->op) != AS_WORK_NONE);
    assert(layer->rounding == AS_ROUNDING_TFLITE || as_op_has_factor(layer->op));
    if (layer->rounding == AS_ROUNDING_FLOAT && !s->hw->requant_float)
        return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                       "layer %d %s: requant.float is 0, expected 1 for a layer that rounds as "
                       "float32 does",
                       layer->index, layer->name);
    return mappings[layer->op](s, layer, cost);
}
