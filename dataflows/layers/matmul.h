/* BATCH_MATMUL: the product of two activations, on every dataflow. */
#ifndef AS_DATAFLOWS_LAYERS_MATMUL_H
#define AS_DATAFLOWS_LAYERS_MATMUL_H

#include "dataflows/schedule/schedule.h"

enum as_status as_map_matmul(struct as_schedule *s, const struct as_layer *layer,
                             struct as_cost *cost);

#endif
