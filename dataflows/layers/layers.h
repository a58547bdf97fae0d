/* The mappings: what build.c calls for each kind of layer. */
#ifndef AS_DATAFLOWS_LAYERS_LAYERS_H
#define AS_DATAFLOWS_LAYERS_LAYERS_H

#include "dataflows/schedule/schedule.h"

/* Emits the jobs, loads and stores of one layer between begin_layer and end_layer and gives the
 * cycles it expects.  A layer of AS_WORK_NONE has none. */
typedef enum as_status as_map_fn(struct as_schedule *s, const struct as_layer *layer,
                                 struct as_cost *cost);

/* By the layer's operator: the mapping that models/ops.def names. */
as_map_fn as_map_layer;

/* By operator, for all arrays. */
as_map_fn as_map_average_pool, as_map_max_pool, as_map_softmax, as_map_add, as_map_mul,
    as_map_squared_difference, as_map_lookup, as_map_pad, as_map_concatenation, as_map_strided_copy,
    as_map_matmul;

/* AVERAGE_POOL_2D and MEAN where weights stay; mapper/ has those of the other arrays. */
as_map_fn as_weight_average_pool;

#endif
