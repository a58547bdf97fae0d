/* How a layer is cut for an array in which the ifmap stays.
 *
 * The held operand of a PE is a pixel, the beats of a tile are output channels.  Columns are output
 * pixels: a group of them that the columns hold at the same time (struct as_pixel_group).  unroll.P
 * and unroll.Q say how many columns there are; which pixels they hold is a matter of the load.
 *
 * The weight buffer holds *units* of the reduction: a word each, of one element (an array row) or,
 * with WIDE, of R channels of one tap.  A tile of the array is R elements.  Where channels form
 * groups, sets of `together` of them are layers of their own. */
#ifndef AS_DATAFLOWS_MAPPER_IFMAP_MAPPING_H
#define AS_DATAFLOWS_MAPPER_IFMAP_MAPPING_H

#include "dataflows/mapper/search.h"

/* Channels of a unit. */
int as_ifmap_unit(const struct as_hw *hw);
/* Groups are loaded in rows of all columns: one load of a group has every part of a chunk. */
bool as_ifmap_full(const struct as_hw *hw, const struct as_mapping *map);
/* Loads of one group and a chunk of tr x ts taps. */
int as_ifmap_parts(const struct as_hw *hw, const struct as_mapping *map, int tr, int ts);
/* Tiles of the array for a chunk of `units` units, and the weight-buffer words of a group. */
int as_ifmap_tiles(const struct as_hw *hw, int units);
int as_ifmap_words(const struct as_hw *hw, int units);

/* An estimate for as_search.  It refuses what does not keep the sums of the loops behind C. */
bool as_ifmap_estimate(const struct as_search *search, const struct as_mapping *map,
                       struct as_cost *cost);

/* The `find` of struct as_mapper. */
void as_ifmap_find(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                   struct as_candidates *list);

extern const struct as_mapper as_ifmap_mapper;

#endif
