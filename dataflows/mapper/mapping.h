/* How a window layer (convolution, fully connected, depthwise) is cut into tiles and jobs for a
 * weight-stationary array, and what that is expected to cost.
 *
 * An output tile is tp x tq pixels of tk k tiles; a k tile is up to `unit_k` output channels, one
 * array column each.  Its reduction is cut into chunks of tr x ts kernel taps and tc ibuf words,
 * one ifmap load each, and a chunk into boxes of jk k tiles x jr x js x jc weight tiles, one job
 * each. */
#ifndef AS_DATAFLOWS_MAPPER_MAPPING_H
#define AS_DATAFLOWS_MAPPER_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "dataflows/mapper/sizes.h"
#include "gen/config/config.h"
#include "gen/program/program.h"
#include "models/network.h"

enum as_map_kind {
    AS_MAP_DIRECT,    /* ibuf tile [y][x][channel words] */
    AS_MAP_GATHER,    /* ibuf tile [pixel][words of taps x channels]: im2col */
    AS_MAP_DEPTHWISE, /* ibuf tile [y][x][k tile]; the diagonal of the array works */
    AS_MAP_LINE,      /* ibuf tile [y][x][words of unroll.C channels]: block `window` makes taps */
    AS_MAP_LINE_DEPTHWISE /* ibuf tile [y][x][k tile]: and gives each column its own channel */
};

/* The loops of a window layer, or of a set of its channel groups.  FULLY_CONNECTED is a 1x1
 * convolution over a row of N pixels.  The stride along an axis with one output is 1. */
struct as_window {
    int in_h, in_w, in_c;
    int out_h, out_w, out_k;
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left;
    int multiplier;   /* DEPTHWISE: output channels per input channel; else 0 */
    int image_c;      /* channels of a pixel in memory */
    int images, sets; /* this is computed images x sets times, with other weights for each set */
};

/* Where the loop C is not the innermost one, an output tile is what stays in the accumulators while
 * the loops inside C go round: all of P, Q and K that are inside C.  They are cut again, into
 * parts of jp x jq pixels and jk k tiles; else jp = tp and jq = tq. */
struct as_mapping {
    enum as_map_kind kind;
    int unit_k;         /* output channels of a k tile */
    int unit_c;         /* input channels of an ibuf word */
    int repeat;         /* DEPTHWISE: k tiles that read the same input channel */
    int k_tiles;        /* of the layer */
    int c_words;        /* DIRECT, LINE: ibuf words of a pixel; else 1 */
    int step_r, step_s; /* kernel taps of a weight tile: LINE kinds; else 1 */
    int tp, tq, tk, tr, ts, tc;
    int jp, jq, jk, jr, js, jc;      /* jr, js: weight tiles */
    enum as_dim order[AS_DIM_COUNT]; /* outermost first */
    bool turns;    /* the innermost of P, Q, K outside C runs back and forth: what both ends share
                      stays in the buffers, but what repeats, repeats less often */
    bool one_half; /* all tiles use the same drain half: so they repeat more often */
};

/* Cycles of a layer, by cause. */
struct as_cost {
    uint64_t compute;     /* array, job overheads included */
    uint64_t memory;      /* port and load engine */
    uint64_t requant;     /* requantizer and store engine */
    uint64_t fill, tail;  /* first load, last store: not overlapped */
    uint64_t first_tile;  /* compute before the first store can start */
    uint64_t descriptors; /* bytes */
    uint64_t constants;   /* bytes of weights and parameters */
    uint64_t trail;       /* bytes that an output over its own input would have to stay below it */
    uint64_t total;       /* the estimate */
};

/* An engine's fixed cost of one descriptor, cycles. */
int as_cost_load(const struct as_config *cfg, bool linear);
int as_cost_job(const struct as_config *cfg);
/* Stores of `runs` channels with `outputs` bytes in all, `lanes` of them side by side: cycles of
 * the store engine, and accesses of the memory port. */
int64_t as_cost_store(const struct as_config *cfg, int64_t outputs, int64_t runs, int lanes);
int64_t as_cost_store_accesses(const struct as_config *cfg, int64_t outputs, int64_t runs,
                               int lanes);
/* Channels that a store takes side by side: of k tiles of `unit` channels, `channels` in all. */
int as_cost_lanes(const struct as_config *cfg, int unit, int channels);
/* Fills in cost->total from the rest. */
void as_cost_sum(struct as_cost *cost);

struct as_window as_window_of(const struct as_network *net, const struct as_layer *layer);

/* Weight-buffer words of a weight tile, and the cycles of one over `pixels` beats, in which the
 * next one is loaded. */
int as_tile_words(const struct as_config *cfg);
int64_t as_tile_cycles(const struct as_config *cfg, int64_t beats);

/* What the fields of a descriptor hold on this accelerator: iterations of a loop, the largest image
 * coordinate. */
int as_count_max(const struct as_config *cfg);
int as_coord_max(const struct as_config *cfg);
/* Words of half a weight buffer that one load can fill. */
int as_weight_room(const struct as_config *cfg);
/* Pixels of input that `tile` outputs and `taps` taps touch along one axis, as loaded. */
int as_extent(int tile, int stride, int taps, int dilation);
/* Distance of neighbouring outputs in the loaded pixels. */
int as_loaded_stride(int stride, int taps);
/* The load unit may move words: a pixel's channels are whole, aligned ibuf words. */
bool as_word_mode(const struct as_config *cfg, int image_channels, int unit_c);

bool as_map_is_line(const struct as_mapping *map);
/* Ibuf lanes that a load of this mapping fills. */
enum as_load_lanes as_map_lanes(const struct as_mapping *map);
int as_lane_count(const struct as_config *cfg, enum as_load_lanes lanes);
/* Rows and columns of beats of `tile` outputs. */
int as_map_beat_rows(const struct as_config *cfg, const struct as_mapping *map, int tile);
int as_map_beat_columns(const struct as_mapping *map, int tile);
/* Rows and columns of input that `tile` outputs and `taps` kernel taps load. */
int as_map_rows(const struct as_config *cfg, const struct as_window *window,
                const struct as_mapping *map, int tile, int taps);
int as_map_columns(const struct as_window *window, const struct as_mapping *map, int tile,
                   int taps);

/* Words of the reduction of a chunk with tr x ts taps and tc channel words. */
int as_chunk_words(const struct as_config *cfg, const struct as_window *window,
                   const struct as_mapping *map, int tr, int ts, int tc);

/* The estimate, a pure function; false when the mapping does not fit the buffers or a descriptor.
 */
bool as_mapping_estimate(const struct as_config *cfg, const struct as_window *window,
                         const struct as_mapping *map, struct as_cost *cost);

/* For programs that are short of memory: how much of it a mapping takes is then measured. */
struct as_thrift {
    int cycles; /* worth spending to save a byte; 0: none, and nothing else here is used */
    struct as_arena *arena;
    /* Replaces the estimates of cost->descriptors and cost->trail. */
    void (*measure)(void *context, const struct as_mapping *map, struct as_cost *cost);
    void *context;
};

/* What mappings are ranked by. */
uint64_t as_mapping_rank(const struct as_config *cfg, const struct as_cost *cost, int thrift);

/* The best mappings by rank, the best first, and behind them the best of each kind and order that
 * is not among them. */
#define AS_MAPPINGS_BEST 24
#define AS_MAPPINGS_MAX  (AS_MAPPINGS_BEST + 20)

struct as_mappings {
    int count;
    struct {
        struct as_mapping map;
        struct as_cost cost;
    } at[AS_MAPPINGS_MAX];
};

/* The mappings of least estimated cycles among those that the configuration leaves open; none when
 * none fits. */
void as_mapping_choose(const struct as_config *cfg, const struct as_window *window,
                       const struct as_thrift *thrift, struct as_mappings *best);

#endif
