#include "dataflows/systolic_ws.h"

enum as_status as_ifmap_window(struct as_schedule *s, const struct as_layer *layer,
                               struct as_cost *cost)
{
    (void)cost;
    return as_fail(s->diag, AS_ERR_UNSUPPORTED, "layer %d %s: no mapping", layer->index,
                   layer->name);
}

enum as_status as_ifmap_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                     struct as_cost *cost)
{
    return as_ifmap_window(s, layer, cost);
}
