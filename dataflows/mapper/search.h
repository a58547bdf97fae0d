/* What the searches of all kinds of array share. */
#ifndef AS_DATAFLOWS_MAPPER_SEARCH_H
#define AS_DATAFLOWS_MAPPER_SEARCH_H

#include "dataflows/mapper/nest.h"

struct as_search;

/* The estimate of a mapping, a pure function; false when the mapping does not fit the buffers or a
 * descriptor. */
typedef bool as_estimate_fn(const struct as_search *search, const struct as_mapping *map,
                            struct as_cost *cost);

struct as_search {
    const struct as_nest *nest;
    const struct as_hw *hw;
    const struct as_layer_wish *wish;
    const struct as_conv_shape *shape; /* of the layer, or of a set of its channel groups */
    struct as_candidates *found;
    as_estimate_fn *estimate;
    void (*keep)(struct as_search *search, const struct as_mapping *map,
                 const struct as_cost *cost);
    bool variants; /* try serpentine and one_half too: they save descriptors */
};

/* Two orders of the tile loops that `auto` tries: K inside P and Q, and outside. */
#define AS_SEARCH_ORDERS 2

/* Keeps the mapping in its orders and variants; false when it does not fit. */
bool as_search_try(struct as_search *search, struct as_mapping *map);

/* The `find` of struct as_mapper for kinds of array that rank all mappings alike: `search` is what
 * as_search_try is to be called by, for every mapping of the layer.  Where memory is short, what
 * was found is measured and sorted again. */
void as_search_ranked(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                      as_estimate_fn *estimate, void (*search)(struct as_search *search),
                      struct as_candidates *list);

/* The cuts of the kernel into chunks: all of it, some of its rows, then the taps of one row.
 *   tile[]  R and S: the present cut, which becomes the next one; start with R = 0
 *   returns false behind the last one */
bool as_search_next_taps(const struct as_conv_shape *shape, int tile[AS_LOOPS]);

/* `dim` is behind C in the configured order: all of it is in one tile. */
bool as_search_inside(const struct as_search *search, enum as_dim dim);

#endif
