/* Layers that go through the lookup unit element by element, on column 0 of the accumulators: ADD,
 * MUL, HARD_SWISH compute, PAD and CONCATENATION move.  The same on every dataflow. */
#ifndef AS_DATAFLOWS_ELEMENTWISE_H
#define AS_DATAFLOWS_ELEMENTWISE_H

#include "dataflows/schedule.h"

enum as_status as_map_elementwise(struct as_schedule *s, const struct as_layer *layer,
                                  struct as_cost *cost);

#endif
