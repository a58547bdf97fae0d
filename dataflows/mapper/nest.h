/* A convolution-like layer while it is mapped: the loop nest of a mapping becomes constants, jobs
 * and stores.  What all kinds of array have in common is here; a kind is a struct as_mapper. */
#ifndef AS_DATAFLOWS_MAPPER_NEST_H
#define AS_DATAFLOWS_MAPPER_NEST_H

#include "dataflows/mapper/candidates.h"
#include "dataflows/mapper/mapping.h"
#include "dataflows/mapper/weights.h"
#include "dataflows/schedule/schedule.h"

struct as_mapper;

struct as_nest {
    struct as_schedule *s;
    const struct as_hw *hw;
    const struct as_mapper *mapper;
    struct as_weights weights;
    struct as_span rows, cols; /* outputs that are emitted: all, or a region of an average pool */
    int preshift;              /* AVERAGE_POOL, MEAN: see average.h */
    size_t divisor;            /* the parameter record of those outputs */

    struct as_mapping map;
    struct as_conv_shape shape; /* of a set of channel groups */
    int chunks;
    int blocks;     /* weight blocks of a chunk of a tile of K */
    size_t *block;  /* [set][tile of K][chunk][blocks]: offset of its constants */
    size_t *params; /* [set][tile of K] */
    int image, set; /* being emitted */
    int64_t region; /* number of the outputs that are being emitted, over images and sets */
    int64_t
        next_id; /* of loads: what was loaded for outputs that were mapped before has lower ones */
    struct as_sched_load *parts; /* loads of a job; the mapper's */
};

/* A kind of array. */
struct as_mapper {
    /* Appends mappings in the order in which they are worth timing, the best estimate first, at
     * most `limit` of them.  `list` may hold others already. */
    void (*find)(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                 struct as_candidates *list);
    /* Sets up what depends on nest->map: nest->blocks, nest->parts. */
    void (*begin)(struct as_nest *nest);
    /* Places and writes the weights of one chunk of tile `k` of K of nest->set: block[blocks]. */
    void (*write_weights)(struct as_nest *nest, int k, const struct as_chunk *chunk, size_t *block);
    /* Emits jobs and stores of the tile at at[] of nest->set and nest->image. */
    enum as_status (*emit_tile)(struct as_nest *nest, const int at[AS_DIM_COUNT]);
    bool params_first;   /* the parameters of a set lie before its weights */
    bool skips_one_tile; /* serpentine: a loop of one tile is not the innermost one */
    bool maps_regions;   /* every region of an average pool gets a mapping of its own */
};

/* Emits the layer, or the outputs rows x cols of it, by nest->map. */
enum as_status as_nest_emit(struct as_nest *nest);
/* Emits it by `map` onto another schedule. */
enum as_status as_nest_emit_on(const struct as_nest *nest, const struct as_mapping *map,
                               struct as_schedule *s);

/* Dry run onto a scratch schedule: learns how many descriptor bytes `map` needs, and how far below
 * its input the output must start to overwrite it safely.  Replaces the estimates of
 * cost->descriptors and cost->overlap. */
void as_nest_measure(const struct as_nest *nest, const struct as_mapping *map,
                     struct as_cost *cost);

/* ---- for the mappers ---- */

/* Output channels of the layer that tile `k` of K of a set has: none behind the last one. */
struct as_span as_nest_channels(const struct as_nest *nest, int set, int k);
/* Number of the weight blocks of a chunk among nest->block. */
int64_t as_nest_block(const struct as_nest *nest, int k, int chunk);
/* First input coordinates of output (p, q): they may lie in the padding. */
int as_nest_y(const struct as_nest *nest, int p);
int as_nest_x(const struct as_nest *nest, int q);
/* Bytes of the input image before the one that is emitted. */
int64_t as_nest_image(const struct as_nest *nest);
/* Value of padding pixels. */
int8_t as_nest_pad(const struct as_nest *nest);

/* Stores what the jobs since the last store computed: *desc has the loops, zero point and clamp are
 * filled in.  Its bytes of the output start at `first` and end before `end`; the loads of the tile
 * read from pixel (y, x) of the input on, which may lie in the padding. */
void as_nest_store(struct as_nest *nest, struct as_store_desc *desc, int64_t first, int64_t end,
                   size_t params, int y, int x);
/* Stores output pixels p x q of the k tiles `k` of the set, which lie one after the other in the
 * accumulators, with the parameter records at `params`. */
void as_nest_store_tile(struct as_nest *nest, struct as_span p, struct as_span q, struct as_span k,
                        size_t params);

#endif
