/* Which mapping a layer gets: by its operator and, where it runs on the array, by what stays there.
 */
#include "dataflows/layers/layers.h"

#include <assert.h>

#include "dataflows/mapper/mapper.h"

struct by_stays {
    as_map_fn *weight, *psum, *ifmap;
};

static enum as_status map_by_stays(const struct by_stays *by, struct as_schedule *s,
                                   const struct as_layer *layer, struct as_cost *cost)
{
    switch (s->cfg->stays) {
    case AS_STAYS_PSUM:
        return by->psum(s, layer, cost);
    case AS_STAYS_IFMAP:
        return by->ifmap(s, layer, cost);
    default:
        return by->weight(s, layer, cost);
    }
}

enum as_status as_map_conv(struct as_schedule *s, const struct as_layer *layer,
                           struct as_cost *cost)
{
    static const struct by_stays by = {as_weight_conv, as_psum_conv, as_ifmap_conv};
    return map_by_stays(&by, s, layer, cost);
}

enum as_status as_map_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                   struct as_cost *cost)
{
    static const struct by_stays by = {as_weight_average_pool, as_psum_average_pool,
                                       as_ifmap_average_pool};
    return map_by_stays(&by, s, layer, cost);
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
