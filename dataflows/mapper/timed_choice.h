/* The choice of a mapping: a search ranks mappings by estimates, and the best of them are timed by
 * the timing engine, exactly. */
#ifndef AS_DATAFLOWS_MAPPER_TIMED_CHOICE_H
#define AS_DATAFLOWS_MAPPER_TIMED_CHOICE_H

#include "dataflows/mapper/nest.h"
#include "sim/timing/timing.h"

/* Chooses a mapping of the outputs nest->rows x nest->cols; *cost receives its cost, with the
 * cycles that were counted.  The best estimate is taken when the schedule is not timed.
 * AS_ERR_NOFIT when no mapping fits. */
enum as_status as_timed_choice(struct as_nest *nest, struct as_cost *cost);

/* The cost that the mapper minimises, where a byte of memory is worth `byte_price` cycles. */
uint64_t as_timed_score(const struct as_layer_wish *wish, const struct as_layer_time *time,
                        const struct as_cost *cost, int byte_price);

#endif
