/* How a convolution-like layer is cut: one loop nest for every kind of array.
 *
 * The loops K C P Q R S are cut at three levels.  `whole` is the layer (or a set of its channel
 * groups); a *tile* is what is worked on before the next output is stored, and the part of the
 * reduction that one fill of the ifmap buffer serves: tile[R] x tile[S] x tile[C] of it are a
 * *chunk*; a *job* is the part of a chunk that one compute descriptor goes through.  Below a job
 * stands what the array takes in a beat, which the kind of array fixes.  Sizes count, by what stays
 * in the array:
 *
 *   loop  weight                      psum                      ifmap
 *   P, Q  output rows and columns     output rows and columns   lines; pixel groups of a line
 *   K     k tiles of unit_k channels  k tiles                   output channels
 *   C     ibuf words (layout)         channels                  units (weight-buffer words)
 *   R, S  kernel taps; of a job:      kernel taps               kernel taps
 *         weight tiles (layout)
 *
 * psum: the pixels of a tile are split into equal blocks, one an array row (psum_mapping.h).
 * ifmap: the columns hold a group of pixels, and the buffers change places (ifmap_mapping.h). */
#ifndef AS_DATAFLOWS_MAPPER_MAPPING_H
#define AS_DATAFLOWS_MAPPER_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "dataflows/schedule/conv_shape.h"
#include "dataflows/schedule/cost.h"
#include "dataflows/schedule/limits.h"
#include "dataflows/schedule/tiling.h"

struct as_layout;

/* Neighbouring output pixels that the columns of the array hold at the same time.  Groups follow
 * each other along *lines*, whose outputs one store descriptor walks. */
struct as_pixel_group {
    int width, height;
    bool down;   /* a group goes down: it is whole rows (joined), or part of a column */
    bool joined; /* there is one line: the pixels of its groups follow each other in memory */
};

struct as_mapping {
    const struct as_layout *layout; /* weight stays: how the operands lie in the buffers */
    int unit_k;                     /* output channels of a unit of K: an array column each */
    int unit_c;         /* input channels of an ibuf word (weight stays), of a k tile (psum) */
    int repeat;         /* k tiles that read the same input channels, where groups have several */
    int step_r, step_s; /* kernel taps of a weight tile */
    bool grouped;       /* psum: a k tile reads channels of its own */
    bool k_by_row;      /* psum, pools: every array row has a k tile of its own and all pixels */
    struct as_pixel_group group; /* ifmap */

    int together;     /* channel groups of a set */
    int sets;         /* of the layer */
    int set_c, set_k; /* input and output channels of a set */

    int whole[AS_LOOPS], tile[AS_LOOPS], job[AS_LOOPS];
    enum as_dim order[AS_DIM_COUNT]; /* of the tiles, outermost first.  The loops behind C go round
                                        for every chunk: their sums stay in the accumulators */
    bool serpentine; /* the innermost loop of P, Q, K outside C runs back and forth: what both ends
                        share stays in the buffers, but what repeats, repeats less often */
    bool one_half;   /* all tiles use the same drain half: so they repeat more often */
};

/* Tiles of a loop. */
static inline int as_tiles(const struct as_mapping *map, enum as_loop_index loop)
{
    return as_ceil_div(map->whole[loop], map->tile[loop]);
}

/* Chunks of the reduction. */
static inline int as_chunks(const struct as_mapping *map)
{
    return as_tiles(map, AS_LOOP_R) * as_tiles(map, AS_LOOP_S) * as_tiles(map, AS_LOOP_C);
}

/* One chunk of the reduction. */
struct as_chunk {
    struct as_span r, s, c;
    int index;
};

struct as_chunk as_chunk_of(const struct as_mapping *map, int index);

#endif
