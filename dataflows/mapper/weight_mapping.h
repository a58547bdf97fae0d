/* How a layer is cut for an array in which weights stay.
 *
 * A k tile is up to unit_k output channels, one array column each; what an array row holds is the
 * layout's to say (layout.h).  A chunk of the reduction is one ifmap load and is cut into jobs of
 * job[K] k tiles x job[R] x job[S] x job[C] weight tiles, one fill of the weight buffer each.
 *
 * Where C is not the innermost loop, an output tile is what stays in the accumulators while the
 * loops inside C go round: all of P, Q and K that are inside C.  Its pixels are then cut again,
 * into *parts* of job[P] x job[Q]; else job[P] = tile[P] and job[Q] = tile[Q]. */
#ifndef AS_DATAFLOWS_MAPPER_WEIGHT_MAPPING_H
#define AS_DATAFLOWS_MAPPER_WEIGHT_MAPPING_H

#include "dataflows/mapper/layout.h"
#include "dataflows/mapper/search.h"

/* Jobs of a full chunk along R, S and C, and all of them. */
struct as_chunk_jobs {
    int r, s, c, count;
};

struct as_chunk_jobs as_chunk_jobs_of(const struct as_hw *hw, const struct as_conv_shape *shape,
                                      const struct as_mapping *map);

/* An estimate for as_search. */
bool as_weight_estimate(const struct as_search *search, const struct as_mapping *map,
                        struct as_cost *cost);

/* The `find` of struct as_mapper. */
void as_weight_find(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                    struct as_candidates *list);

extern const struct as_mapper as_weight_mapper;

#endif
