/* The mappings: what build.c calls for each kind of layer. */
#ifndef AS_DATAFLOWS_LAYERS_LAYERS_H
#define AS_DATAFLOWS_LAYERS_LAYERS_H

#include "dataflows/schedule/schedule.h"

/* Each emits the jobs, loads and stores of one layer between begin_layer and end_layer and gives
 * the cycles it expects. */
enum as_status as_weight_window(struct as_schedule *s, const struct as_layer *layer,
                                struct as_cost *cost);
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

/* The same, of an array in which psums stay. */
enum as_status as_psum_window(struct as_schedule *s, const struct as_layer *layer,
                              struct as_cost *cost);
enum as_status as_psum_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                    struct as_cost *cost);
/* And of one in which the ifmap stays. */
enum as_status as_ifmap_window(struct as_schedule *s, const struct as_layer *layer,
                               struct as_cost *cost);
enum as_status as_ifmap_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                     struct as_cost *cost);

/* The lift with which every divisor of an AVERAGE_POOL layer has constants, and the shared record
 * of one divisor. */
enum as_status as_pool_lift(const struct as_schedule *s, const struct as_layer *layer, int *lift);
size_t as_pool_divisor(struct as_schedule *s, int count, int lift);

/* Constants with which the requantizer divides a sum S of `count` int8 values, given as S << lift,
 * exactly as AVERAGE_POOL_2D does, for every S; false when there are none. */
bool as_average_constants(int count, int lift, int32_t *multiplier, int *shift);

/* Outputs of one axis of a pool that see the same number of input pixels: the tile that starts at
 * `start`, at most `tile` long.  *count receives that number. */
int as_pool_run(int start, int out, int tile, int in, int kernel, int stride, int pad, int *count);

#endif
