/* How a window layer is cut for an array in which psums stay (KIND output of docs/blocks.md), and
 * what that is expected to cost.
 *
 * An output tile is th x tw pixels of tk k tiles; a k tile is unit_k output channels, one array
 * column each.  The pixels are split into equal blocks, one an array row, whose sums the drain RAM
 * then holds as plain rows of pixels.  unroll.P and unroll.Q say how many array rows there are;
 * which pixels a row works on is a matter of its load, so every tile takes the split that is best
 * for it.  The reduction is cut into chunks of tr x ts taps and tc channels, one load of every
 * array row each. */
#ifndef AS_DATAFLOWS_MAPPER_PSUM_MAPPING_H
#define AS_DATAFLOWS_MAPPER_PSUM_MAPPING_H

#include "dataflows/mapper/weights.h"
#include "dataflows/mapper/order.h"

struct as_psum_map {
    /* units of a k tile */
    int unit_k;   /* output channels */
    int unit_c;   /* input channels: of the layer, or of the groups of those outputs */
    int repeat;   /* k tiles that read the same input channels, when there are several groups */
    int k_tiles;  /* of the layer */
    bool grouped; /* a k tile reads channels of its own */

    bool rows_k; /* pools, whose k tiles all have the same weights: every array row has a k tile of
                    its own and all pixels of the tile */

    int th, tw, tk, tr, ts, tc;
    int jk;                          /* k tiles of a job */
    enum as_dim order[AS_DIM_COUNT]; /* outermost first; what is behind C is not cut */
    bool turns;                      /* the innermost loop runs back and forth */
    bool one_half;                   /* all tiles use the same drain half */
};

/* Mappings that are ranked, the best first; `room` of them. */
#define AS_PSUM_BEST 300

struct as_psum_best {
    int count, room;
    struct {
        struct as_psum_map map;
        struct as_cost cost;
    } at[AS_PSUM_BEST];
};

/* Blocks of a tile: np x nq of tp x tq pixels. */
struct as_psum_split {
    int np, nq, tp, tq;
    bool one_k; /* k tiles are stored one by one: the blocks hold more than the tile, so that what a
                   k tile leaves in the accumulators is longer than its outputs; or there is only
                   room for one */
};

struct as_psum_split as_psum_split_of(const struct as_config *cfg, const struct as_psum_map *map,
                                      int h, int w);

/* Ifmap words that a block's load fills. */
int64_t as_psum_block_words(const struct as_config *cfg, const struct as_conv_shape *w,
                            const struct as_psum_map *map, const struct as_psum_split *split);

/* A tile that is smaller than a full one is emitted row by row when its own split is worse. */
bool as_psum_by_rows(const struct as_config *cfg, const struct as_conv_shape *w,
                     const struct as_psum_map *map, int h, int tile_w);

/* The load unit may move words of a pixel. */
bool as_psum_word_mode(const struct as_config *cfg, const struct as_conv_shape *w,
                       const struct as_psum_map *map);

/* The mappings of least estimated cycles and memory, of which a byte is worth `thrift` cycles; none
 * when none fits. */
void as_psum_choose(const struct as_config *cfg, const struct as_filter *f, int thrift,
                    struct as_psum_best *best);

#endif
