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

#include "dataflows/schedule/conv_shape.h"
#include "dataflows/schedule/cost.h"
#include "dataflows/schedule/limits.h"
#include "dataflows/schedule/tiling.h"
#include "gen/program/program.h"

enum as_map_kind {
    AS_MAP_DIRECT,    /* ibuf tile [y][x][channel words] */
    AS_MAP_GATHER,    /* ibuf tile [pixel][words of taps x channels]: im2col */
    AS_MAP_DEPTHWISE, /* ibuf tile [y][x][k tile]; the diagonal of the array works */
    AS_MAP_LINE,      /* ibuf tile [y][x][words of unroll.C channels]: block `window` makes taps */
    AS_MAP_LINE_DEPTHWISE /* ibuf tile [y][x][k tile]: and gives each column its own channel */
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

bool as_map_is_line(const struct as_mapping *map);
/* Ibuf lanes that a load of this mapping fills. */
enum as_load_lanes as_map_lanes(const struct as_mapping *map);
/* Rows and columns of beats of `tile` outputs. */
int as_map_beat_rows(const struct as_config *cfg, const struct as_mapping *map, int tile);
int as_map_beat_columns(const struct as_mapping *map, int tile);
/* Rows and columns of input that `tile` outputs and `taps` kernel taps load. */
int as_map_rows(const struct as_config *cfg, const struct as_conv_shape *window,
                const struct as_mapping *map, int tile, int taps);
int as_map_columns(const struct as_conv_shape *window, const struct as_mapping *map, int tile,
                   int taps);

/* Words of the reduction of a chunk with tr x ts taps and tc channel words. */
int as_chunk_words(const struct as_config *cfg, const struct as_conv_shape *window,
                   const struct as_mapping *map, int tr, int ts, int tc);

/* The estimate, a pure function; false when the mapping does not fit the buffers or a descriptor.
 */
bool as_mapping_estimate(const struct as_config *cfg, const struct as_conv_shape *window,
                         const struct as_mapping *map, struct as_cost *cost);

/* For programs that are short of memory: how much of it a mapping takes is then measured. */
struct as_thrift {
    int cycles; /* worth spending to save a byte; 0: none, and nothing else here is used */
    struct as_arena *arena;
    /* Replaces the estimates of cost->descriptors and cost->trail. */
    void (*measure)(void *context, const struct as_mapping *map, struct as_cost *cost);
    void *context;
};

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
void as_mapping_choose(const struct as_config *cfg, const struct as_conv_shape *window,
                       const struct as_thrift *thrift, struct as_mappings *best);

#endif
