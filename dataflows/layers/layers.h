/* The mappings: what build.c calls for each kind of layer. */
#ifndef AS_DATAFLOWS_LAYERS_LAYERS_H
#define AS_DATAFLOWS_LAYERS_LAYERS_H

#include "dataflows/schedule/schedule.h"

/* Each emits the jobs, loads and stores of one layer between begin_layer and end_layer and gives
 * the cycles it expects. */
enum as_status as_weight_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                      struct as_cost *cost);
enum as_status as_max_pool(struct as_schedule *s, const struct as_layer *layer,
                           struct as_cost *cost);
enum as_status as_softmax(struct as_schedule *s, const struct as_layer *layer,
                          struct as_cost *cost);
enum as_status as_map_add(struct as_schedule *s, const struct as_layer *layer,
                          struct as_cost *cost);
enum as_status as_map_mul(struct as_schedule *s, const struct as_layer *layer,
                          struct as_cost *cost);
enum as_status as_map_squared_difference(struct as_schedule *s, const struct as_layer *layer,
                                         struct as_cost *cost);
enum as_status as_map_lookup(struct as_schedule *s, const struct as_layer *layer,
                             struct as_cost *cost);
enum as_status as_map_pad(struct as_schedule *s, const struct as_layer *layer,
                          struct as_cost *cost);
enum as_status as_map_concatenation(struct as_schedule *s, const struct as_layer *layer,
                                    struct as_cost *cost);
enum as_status as_map_strided_copy(struct as_schedule *s, const struct as_layer *layer,
                                   struct as_cost *cost);

#endif
