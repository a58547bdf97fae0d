/* Convolution-like layers on each kind of array: CONV_2D, FULLY_CONNECTED and DEPTHWISE_CONV_2D,
 * and AVERAGE_POOL_2D and MEAN where they are mapped like them. */
#ifndef AS_DATAFLOWS_MAPPER_MAPPER_H
#define AS_DATAFLOWS_MAPPER_MAPPER_H

#include "dataflows/schedule/schedule.h"

/* Each chooses a mapping, emits the jobs, loads and stores of one layer between begin_layer and
 * end_layer and gives the cycles it expects. */
enum as_status as_map_conv(struct as_schedule *s, const struct as_layer *layer,
                           struct as_cost *cost);
/* AVERAGE_POOL_2D and MEAN as such layers: not where weights stay, see layers/pool.c. */
enum as_status as_map_average_as_conv(struct as_schedule *s, const struct as_layer *layer,
                                      struct as_cost *cost);

#endif
