/* Which mapping a layer gets, by its operator. */
#include "dataflows/layers/layers.h"

#include <assert.h>

#include "dataflows/mapper/mapper.h"

enum as_status as_map_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                   struct as_cost *cost)
{
    return s->hw->stays == AS_STAYS_WEIGHT ? as_weight_average_pool(s, layer, cost)
                                           : as_map_average_as_conv(s, layer, cost);
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
    return mappings[layer->op](s, layer, cost);
}
