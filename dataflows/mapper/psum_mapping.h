/* How a layer is cut for an array in which psums stay (KIND output of docs/blocks.md).
 *
 * A k tile is unit_k output channels, one array column each.  The pixels of a tile are split into
 * equal blocks, one an array row, whose sums the drain RAM then holds as plain rows of pixels.
 * unroll.P and unroll.Q say how many array rows there are; which pixels a row works on is a matter
 * of its load, so every tile takes the split that is best for it.  A chunk of the reduction is one
 * load of every array row. */
#ifndef AS_DATAFLOWS_MAPPER_PSUM_MAPPING_H
#define AS_DATAFLOWS_MAPPER_PSUM_MAPPING_H

#include "dataflows/mapper/search.h"

/* Blocks of a tile: np x nq of tp x tq pixels. */
struct as_psum_split {
    int np, nq, tp, tq;
    bool one_k; /* k tiles are stored one by one: the blocks hold more than the tile, so that what a
                   k tile leaves in the accumulators is longer than its outputs; or there is only
                   room for one */
};

struct as_psum_split as_psum_split_of(const struct as_hw *hw, const struct as_mapping *map, int h,
                                      int w);

/* A block of a tile holds the channels of several k tiles. */
bool as_psum_block_has_k(const struct as_mapping *map);

/* Ifmap words that a block's load fills. */
int64_t as_psum_block_words(const struct as_hw *hw, const struct as_conv_shape *w,
                            const struct as_mapping *map, const struct as_psum_split *split);

/* The sums and the ifmap of a tile with this split fit. */
bool as_psum_fits(const struct as_hw *hw, const struct as_conv_shape *w,
                  const struct as_mapping *map, const struct as_psum_split *split);

/* A tile that is smaller than a full one is emitted row by row when its own split is worse. */
bool as_psum_by_rows(const struct as_hw *hw, const struct as_conv_shape *w,
                     const struct as_mapping *map, int h, int tile_w);

/* The load unit may move words of a pixel. */
bool as_psum_moves_words(const struct as_hw *hw, const struct as_conv_shape *w,
                         const struct as_mapping *map);

/* An estimate for as_search.  It refuses what does not keep the sums of the loops behind C. */
bool as_psum_estimate(const struct as_search *search, const struct as_mapping *map,
                      struct as_cost *cost);

/* The `find` of struct as_mapper. */
void as_psum_find(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                  struct as_candidates *list);

extern const struct as_mapper as_psum_mapper;

#endif
