#include "dataflows/mapper/mapper.h"

#include <string.h>

#include "dataflows/mapper/average.h"
#include "dataflows/mapper/ifmap_mapping.h"
#include "dataflows/mapper/psum_mapping.h"
#include "dataflows/mapper/timed_choice.h"
#include "dataflows/mapper/weight_mapping.h"

static const struct as_mapper *const mappers[AS_ARRAY_KINDS] = {
    [AS_STAYS_WEIGHT] = &as_weight_mapper,
    [AS_STAYS_PSUM] = &as_psum_mapper,
    [AS_STAYS_IFMAP] = &as_ifmap_mapper,
};

static struct as_nest nest_of(struct as_schedule *s, const struct as_layer *layer)
{
    struct as_nest nest = {.s = s,
                           .hw = s->hw,
                           .mapper = mappers[s->hw->stays],
                           .weights = as_weights_of(s->net, layer)};

    nest.rows.size = nest.weights.shape.out_h;
    nest.cols.size = nest.weights.shape.out_w;
    return nest;
}

static enum as_status map_outputs(struct as_nest *nest, struct as_cost *cost)
{
    AS_TRY(as_timed_choice(nest, cost));
    return as_nest_emit(nest);
}

enum as_status as_map_conv(struct as_schedule *s, const struct as_layer *layer,
                           struct as_cost *cost)
{
    struct as_nest nest = nest_of(s, layer);

    return map_outputs(&nest, cost);
}

/* A mapping for every region of outputs that share a divisor. */
static enum as_status map_regions(struct as_nest *nest, struct as_cost *cost)
{
    struct as_average_region region = {0};

    memset(cost, 0, sizeof *cost);
    while (as_average_next(&nest->weights.shape, &region)) {
        struct as_cost one;
        nest->rows = region.rows;
        nest->cols = region.cols;
        nest->divisor = as_average_params(nest->s, region.count, nest->preshift);
        AS_TRY(map_outputs(nest, &one));
        cost->total += one.total;
        nest->next_id += nest->region * as_tiles(&nest->map, AS_LOOP_P) *
                         as_tiles(&nest->map, AS_LOOP_Q) * nest->chunks;
        nest->region = 0;
    }
    return AS_OK;
}

enum as_status as_map_average_as_conv(struct as_schedule *s, const struct as_layer *layer,
                                      struct as_cost *cost)
{
    struct as_nest nest = nest_of(s, layer);

    AS_TRY(as_average_preshift(s, layer, &nest.preshift));
    nest.weights.pool = 1 << nest.preshift;
    return nest.mapper->maps_regions ? map_regions(&nest, cost) : map_outputs(&nest, cost);
}
