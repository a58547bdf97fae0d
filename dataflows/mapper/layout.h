/* Layouts of an array in which weights stay: how the box of input that a chunk needs becomes a
 * load, and what an array row then holds as weights.  One struct of functions each. */
#ifndef AS_DATAFLOWS_MAPPER_LAYOUT_H
#define AS_DATAFLOWS_MAPPER_LAYOUT_H

#include "dataflows/mapper/nest.h"

/* A part of an output tile: what the jobs of one ifmap load compute. */
struct as_tile_part {
    int tile[AS_DIM_COUNT]; /* number of the output tile along P, Q and K */
    struct as_span p, q, k; /* pixels and k tiles of the output tile */
    int number;             /* of the part's pixels among all parts */
    struct as_span part_p, part_q;
};

/* Words between neighbouring beats, weight tiles and k tiles of the loaded ifmap. */
struct as_ibuf_strides {
    int q, p, s, r, k;
};

struct as_layout {
    enum as_load_lanes lanes; /* of an ibuf word that a load fills */
    bool by_k;                /* the ifmap has the channels of the k tiles: DEPTHWISE */
    bool line;                /* the line buffer makes kernel taps of the pixels that pass it */
    bool folds;               /* the taps of a chunk are part of its words: im2col */

    /* Whether layers of this shape can lie so. */
    bool (*works)(const struct as_hw *hw, const struct as_layer_wish *wish,
                  const struct as_conv_shape *shape);
    /* Sets the units of the mapping and the whole of K and C in them. */
    void (*set_units)(const struct as_hw *hw, const struct as_conv_shape *shape,
                      struct as_mapping *map);
    /* The cuts of the kernel into chunks that are tried, rows x columns; returns how many. */
    int (*cuts)(const struct as_conv_shape *shape, const struct as_mapping *map, int taps[3][2]);

    /* Rows and columns of beats of `tile` outputs, and of input that they load with `taps` taps. */
    int (*beat_rows)(const struct as_hw *hw, const struct as_mapping *map, int tile);
    int (*beat_columns)(const struct as_mapping *map, int tile);
    int (*rows)(const struct as_hw *hw, const struct as_conv_shape *shape,
                const struct as_mapping *map, int tile, int taps);
    int (*columns)(const struct as_conv_shape *shape, const struct as_mapping *map, int tile,
                   int taps);
    /* Ibuf words of a full part of a tile; 0 when its load does not fit a descriptor. */
    int64_t (*ifmap_words)(const struct as_hw *hw, const struct as_conv_shape *shape,
                           const struct as_mapping *map);
    /* Beats that load the whole input once, of which `pixels` are loaded. */
    int64_t (*pass_beats)(const struct as_hw *hw, const struct as_conv_shape *shape,
                          const struct as_mapping *map, int64_t pixels);

    /* What array row `lane` holds for output channel k of k tile `tile`, in the weight tile at
     * (r, s, word) of a chunk; channels are those of the set. */
    int8_t (*weight)(const struct as_nest *nest, const struct as_chunk *chunk, int tile, int k,
                     int r, int s, int word, int lane);
    /* The load of the ifmap of a part and a chunk; *offset receives its place in the image. */
    struct as_load_desc (*load)(const struct as_nest *nest, const struct as_tile_part *part,
                                const struct as_chunk *chunk, int64_t *offset);
    struct as_ibuf_strides (*strides)(const struct as_nest *nest, const struct as_tile_part *part,
                                      const struct as_chunk *chunk);
};

/* ibuf [y][x][channel words] */
extern const struct as_layout as_layout_direct;
/* ibuf [pixel][words of taps x channels]: im2col */
extern const struct as_layout as_layout_gather;
/* ibuf [y][x][k tile]; the diagonal of the array works */
extern const struct as_layout as_layout_depthwise;
/* ibuf [y][x][words of unroll.C channels]: the line buffer makes taps */
extern const struct as_layout as_layout_line;
/* ibuf [y][x][k tile]: and gives each column its own channel */
extern const struct as_layout as_layout_line_depthwise;

/* All of them, in the order in which they are tried. */
#define AS_LAYOUTS 5
extern const struct as_layout *const as_layouts[AS_LAYOUTS];

/* ---- what layouts have in common ---- */

/* Words of the reduction of a chunk with tr x ts taps and tc units of C. */
int as_chunk_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                   const struct as_mapping *map, int tr, int ts, int tc);

/* The functions of layouts whose taps are beats of their own: pixel by pixel as they are loaded. */
int as_plain_cuts(const struct as_conv_shape *shape, const struct as_mapping *map, int taps[3][2]);
int as_plain_beat_rows(const struct as_hw *hw, const struct as_mapping *map, int tile);
int as_plain_beat_columns(const struct as_mapping *map, int tile);
int as_plain_rows(const struct as_hw *hw, const struct as_conv_shape *shape,
                  const struct as_mapping *map, int tile, int taps);
int as_plain_columns(const struct as_conv_shape *shape, const struct as_mapping *map, int tile,
                     int taps);

#define AS_PLAIN_FUNCTIONS                                                                         \
    .cuts = as_plain_cuts, .beat_rows = as_plain_beat_rows, .beat_columns = as_plain_beat_columns, \
    .rows = as_plain_rows, .columns = as_plain_columns

/* ibuf words of a box of pixels whose rows have up to `run` beats; 0 when no descriptor holds it */
int64_t as_box_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                     const struct as_mapping *map, int run);
/* Beats of a pixel's words in a run, `words` of them. */
int as_box_run(const struct as_hw *hw, const struct as_conv_shape *shape,
               const struct as_mapping *map, int words);
/* Beats of `pixels` pixels of `channels` channels. */
int64_t as_box_beats(const struct as_hw *hw, const struct as_conv_shape *shape,
                     const struct as_mapping *map, int64_t pixels, int channels);
/* The box of a part and a chunk, without its channels. */
struct as_box as_box_of(const struct as_nest *nest, const struct as_tile_part *part,
                        const struct as_chunk *chunk);
/* The load of a box, whose channels count from those of the set. */
struct as_load_desc as_box_load_set(const struct as_nest *nest, struct as_box box, int64_t *offset);
/* Strides in a box whose pixels have `pixel` words; neighbouring k tiles are `k` words apart. */
struct as_ibuf_strides as_box_strides(const struct as_nest *nest, const struct as_tile_part *part,
                                      const struct as_chunk *chunk, int pixel, int k);

/* The weight of channels of the set that is being emitted; 0 beyond them. */
int8_t as_set_weight(const struct as_nest *nest, int k, int r, int s, int c);
/* First input channel of that set. */
int as_set_channel(const struct as_nest *nest);

#endif
