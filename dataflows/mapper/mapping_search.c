/* The choice of a mapping: all sizes that the configuration leaves open are tried. */
#include <stdlib.h>
#include <string.h>

#include "dataflows/mapper/mapping.h"
#include "gen/program/descriptor.h"

/* Cuts a chunk of `tk` k tiles x words into the fewest jobs whose weights fit a half, of `most_k` k
 * tiles at most. */
static void choose_boxes(const struct as_config *cfg, const struct as_conv_shape *w, int most_k,
                         struct as_mapping *map)
{
    int room = as_weight_room(cfg) / as_tile_words(cfg), most = as_count_max(cfg);
    bool gather = map->kind == AS_MAP_GATHER;
    int nr = gather ? 1 : as_ceil_div(map->tr, map->step_r);
    int ns = gather ? 1 : as_ceil_div(map->ts, map->step_s);
    int nc = gather ? as_chunk_words(cfg, w, map, map->tr, map->ts, 1) : map->tc;
    int red = nr * ns * nc;

    map->jk = 1;
    map->jr = nr;
    map->js = ns;
    if (red <= room && nc <= most) {
        map->jc = nc;
        int groups = as_ceil_div(map->tk, as_min(room / red, most_k));
        map->jk = as_ceil_div(map->tk, groups);
        return;
    }
    int64_t fewest = INT64_MAX;
    for (int jr = nr; jr >= 1; jr--) {
        for (int js = ns; js >= 1; js = jr > 1 ? 0 : js - 1) {
            if (jr * js > room)
                continue;
            int parts = as_ceil_div(nc, as_min(room / (jr * js), most));
            int64_t jobs = (int64_t)as_ceil_div(nr, jr) * as_ceil_div(ns, js) * parts;
            if (jobs < fewest) {
                fewest = jobs;
                map->jr = jr;
                map->js = js;
                map->jc = as_ceil_div(nc, parts);
            }
        }
    }
}

static void set_units(const struct as_config *cfg, const struct as_conv_shape *w,
                      struct as_mapping *map)
{
    map->repeat = map->step_r = map->step_s = 1;
    map->c_words = 1;
    switch (map->kind) {
    case AS_MAP_DIRECT:
    case AS_MAP_GATHER:
        map->unit_k = cfg->cols;
        map->unit_c = cfg->rows;
        map->k_tiles = as_ceil_div(w->out_k, cfg->cols);
        map->c_words = map->kind == AS_MAP_DIRECT ? as_ceil_div(w->in_c, cfg->rows) : 1;
        return;
    case AS_MAP_LINE:
        map->unit_k = cfg->cols;
        map->unit_c = cfg->unroll[AS_LOOP_C];
        map->k_tiles = as_ceil_div(w->out_k, cfg->cols);
        map->c_words = as_ceil_div(w->in_c, cfg->unroll[AS_LOOP_C]);
        map->step_r = as_equal_size(w->kernel_h, cfg->unroll[AS_LOOP_R]);
        map->step_s = as_equal_size(w->kernel_w, cfg->unroll[AS_LOOP_S]);
        return;
    case AS_MAP_LINE_DEPTHWISE:
        map->unit_k = map->unit_c = cfg->cols;
        map->k_tiles = as_ceil_div(w->in_c, cfg->cols);
        map->step_r = as_equal_size(w->kernel_h, cfg->unroll[AS_LOOP_R]);
        map->step_s = as_equal_size(w->kernel_w, cfg->unroll[AS_LOOP_S]);
        return;
    case AS_MAP_DEPTHWISE:
        break;
    }
    if (w->multiplier <= cfg->cols) {
        map->unit_c = as_min(as_min(cfg->rows, cfg->cols / w->multiplier), w->in_c);
        map->unit_k = map->unit_c * w->multiplier;
        map->k_tiles = as_ceil_div(w->in_c, map->unit_c);
        return;
    }
    map->unit_c = 1;
    map->unit_k = cfg->cols;
    while (w->multiplier % map->unit_k != 0)
        map->unit_k--;
    map->repeat = w->multiplier / map->unit_k;
    map->k_tiles = w->in_c * map->repeat;
}

/* Candidates that are measured, at most: enough to find the best of those of the published models.
 */
#define MEASURED_MAX 2000

/* The orders of P, Q, K that `auto` tries. */
#define ORDERS     2
#define KINDS      (AS_MAP_LINE_DEPTHWISE + 1)
#define OTHERS_MAX (KINDS * ORDERS * 2)

struct candidate {
    uint64_t bound; /* its rank is not below it */
    int number;     /* in the order in which they were found */
    struct as_mapping map;
    struct as_cost cost;
};

struct search {
    const struct as_config *cfg;
    const struct as_conv_shape *window;
    const struct as_thrift *thrift;
    struct as_mappings *best;
    struct candidate others[OTHERS_MAX]; /* the best of each kind, order, and parts or none */
    bool collects; /* candidates to measure: those that may be better than the best */
    struct candidate *candidates;
    int count, room;
};

static uint64_t rank(const struct search *search, const struct as_cost *cost)
{
    return as_cost_rank(search->cfg, cost, search->thrift->cycles);
}

static bool better(const struct search *search, const struct as_cost *cost,
                   const struct as_cost *than)
{
    uint64_t now = rank(search, cost), best = rank(search, than);
    return now < best || (now == best && cost->descriptors < than->descriptors);
}

/* Bytes of descriptors that no loop saves: a store for each of the k tiles, whose parameters lie
 * apart; a job for each part of a tile; an ifmap load. */
static uint64_t least_descriptors(const struct search *search, const struct as_mapping *map)
{
    bool gather = map->kind == AS_MAP_GATHER;
    int words = as_chunk_words(search->cfg, search->window, map, map->tr, map->ts, map->tc);
    int boxes = gather ? as_ceil_div(words, map->jc)
                       : as_ceil_div(as_ceil_div(map->tr, map->step_r), map->jr) *
                             as_ceil_div(as_ceil_div(map->ts, map->step_s), map->js) *
                             as_ceil_div(map->tc, map->jc);
    int64_t stores = as_ceil_div(map->k_tiles, map->tk);
    int64_t jobs = (int64_t)as_ceil_div(map->tk, map->jk) * boxes;
    return (uint64_t)(4 * (stores * AS_STORE_WORDS + jobs * AS_COMPUTE_WORDS + AS_LOAD_WORDS));
}

static void keep_best(struct search *search, const struct as_mapping *map,
                      const struct as_cost *cost)
{
    struct as_mappings *best = search->best;
    bool k_first = map->order[0] == AS_DIM_K, parts = map->jp < map->tp || map->jq < map->tq;
    struct candidate *other = &search->others[(map->kind * ORDERS + k_first) * 2 + parts];
    int at = best->count < AS_MAPPINGS_BEST ? best->count : AS_MAPPINGS_BEST;

    if (other->number == 0 || better(search, cost, &other->cost))
        *other = (struct candidate){.number = 1, .map = *map, .cost = *cost};
    while (at > 0 && better(search, cost, &best->at[at - 1].cost))
        at--;
    if (at == AS_MAPPINGS_BEST)
        return;
    if (best->count < AS_MAPPINGS_BEST)
        best->count++;
    memmove(&best->at[at + 1], &best->at[at], sizeof best->at[0] * (size_t)(best->count - 1 - at));
    best->at[at].map = *map;
    best->at[at].cost = *cost;
}

static void collect(struct search *search, const struct as_mapping *map, struct as_cost cost)
{
    cost.descriptors = least_descriptors(search, map);
    cost.trail = 0;
    if (!better(search, &cost, &search->best->at[0].cost))
        return;
    if (search->count == search->room) {
        search->room = search->room > 0 ? 2 * search->room : 256;
        struct candidate *larger = AS_NEW(search->thrift->arena, struct candidate, search->room);
        if (search->count > 0)
            memcpy(larger, search->candidates, sizeof *larger * (size_t)search->count);
        search->candidates = larger;
    }
    search->candidates[search->count] = (struct candidate){
        .bound = rank(search, &cost), .number = search->count, .map = *map, .cost = cost};
    search->count++;
}

static int by_bound(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->bound != y->bound)
        return x->bound < y->bound ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* Measures the candidates, the most promising first, until none can be better than the best. */
static void measure_candidates(struct search *search)
{
    const struct as_thrift *thrift = search->thrift;

    if (search->count > 0)
        qsort(search->candidates, (size_t)search->count, sizeof *search->candidates, by_bound);
    for (int i = 0; i < search->count && i < MEASURED_MAX; i++) {
        struct candidate *c = &search->candidates[i];
        if (c->bound > rank(search, &search->best->at[0].cost))
            return;
        thrift->measure(thrift->context, &c->map, &c->cost);
        keep_best(search, &c->map, &c->cost);
    }
}

/* The mapping in its orders; false when it does not fit. */
static bool consider(struct search *search, struct as_mapping map, int most_k)
{
    static const enum as_dim orders[ORDERS][AS_DIM_COUNT] = {
        {AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C}, {AS_DIM_K, AS_DIM_P, AS_DIM_Q, AS_DIM_C}};
    const struct as_config *cfg = search->cfg;
    bool fits = false;

    choose_boxes(cfg, search->window, most_k, &map);
    for (int o = 0; o < (cfg->order_count > 0 ? 1 : ORDERS); o++) {
        struct as_cost cost;
        memcpy(map.order, cfg->order_count > 0 ? cfg->order : orders[o], sizeof map.order);
        for (int variant = 0; variant < (search->collects ? 4 : 1); variant++) {
            map.turns = !(variant & 1);
            map.one_half = variant >> 1;
            if (!as_mapping_estimate(cfg, search->window, &map, &cost))
                continue;
            fits = true;
            if (search->collects)
                collect(search, &map, cost);
            else
                keep_best(search, &map, &cost);
        }
    }
    return fits;
}

/* An output tile whose ifmap does not fit the buffer is cut into parts: rows of it, or less. */
static void consider_parts(struct search *search, struct as_mapping map)
{
    for (map.jp = as_next_size(map.tp, map.tp); map.jp > 0; map.jp = as_next_size(map.tp, map.jp))
        if (consider(search, map, 1))
            return;
    map.jp = 1;
    for (map.jq = as_next_size(map.tq, map.tq); map.jq > 0; map.jq = as_next_size(map.tq, map.jq))
        if (consider(search, map, 1))
            return;
}

/* `dim` is inside C: all of it is in one output tile, and the tile size says how it is cut again.
 */
static bool inside_c(const struct as_config *cfg, enum as_dim dim)
{
    for (int i = cfg->order_count - 1; i >= 0 && cfg->order[i] != AS_DIM_C; i--)
        if (cfg->order[i] == dim)
            return true;
    return false;
}

/* All sizes of the c tiles of an output tile. */
static void search_c(struct search *search, struct as_mapping map, int most_k)
{
    const struct as_config *cfg = search->cfg;
    int fixed_c = cfg->tile[AS_DIM_C] > 0 ? as_ceil_div(cfg->tile[AS_DIM_C], map.unit_c) : 0;
    bool whole = map.jp == map.tp && map.jq == map.tq;
    bool open = cfg->order_count == 0 && cfg->tile[AS_DIM_P] == 0 && cfg->tile[AS_DIM_Q] == 0;

    for (int c = as_first_size(fixed_c, map.c_words); c > 0;
         c = fixed_c > 0 ? 0 : as_next_size(map.c_words, c)) {
        map.tc = c;
        if (!consider(search, map, whole ? most_k : 1) && whole && open)
            consider_parts(search, map);
    }
}

/* All sizes of the k and c tiles of a pixel tile. */
static void search_kc(struct search *search, struct as_mapping map)
{
    const struct as_config *cfg = search->cfg;
    int fixed_k = cfg->tile[AS_DIM_K] > 0 ? as_ceil_div(cfg->tile[AS_DIM_K], map.unit_k) : 0;
    int groups = map.k_tiles / map.repeat; /* repeated k tiles stay together or go one by one */
    int pixels = map.tp * map.tq;

    if (inside_c(cfg, AS_DIM_K)) {
        map.tk = map.k_tiles;
        if ((int64_t)pixels * map.tk <= cfg->acc_words)
            search_c(search, map, fixed_k > 0 ? fixed_k : map.tk);
        return;
    }
    for (int g = as_first_size(as_ceil_div(fixed_k, map.repeat), groups); g > 0;
         g = fixed_k > 0 ? 0 : as_next_size(groups, g)) {
        map.tk = g * map.repeat;
        if (map.repeat > 1 && (pixels * map.tk > cfg->acc_words || fixed_k > 0)) {
            if (fixed_k == 0 && g > 1)
                continue;
            map.tk = fixed_k > map.repeat ? fixed_k / map.repeat * map.repeat : 1;
        }
        if (pixels * map.tk <= cfg->acc_words)
            search_c(search, map, map.tk);
    }
}

static void search_kind(struct search *search, enum as_map_kind kind)
{
    const struct as_config *cfg = search->cfg;
    const struct as_conv_shape *w = search->window;
    bool all_p = inside_c(cfg, AS_DIM_P), all_q = inside_c(cfg, AS_DIM_Q);
    struct as_mapping map = {.kind = kind};

    set_units(cfg, w, &map);
    const int line_taps[2][2] = {{w->kernel_h, w->kernel_w}, {map.step_r, w->kernel_w}};
    const int other_taps[3][2] = {{w->kernel_h, w->kernel_w}, {1, w->kernel_w}, {1, 1}};
    const int(*taps)[2] = as_map_is_line(&map) ? line_taps : other_taps;
    for (int i = 0; i < (as_map_is_line(&map) ? 2 : 3); i++) {
        if (i > 0 && taps[i][0] == taps[i - 1][0] && taps[i][1] == taps[i - 1][1])
            continue;
        map.tr = taps[i][0];
        map.ts = taps[i][1];
        for (map.jp = as_first_size(cfg->tile[AS_DIM_P], w->out_h); map.jp > 0;
             map.jp = cfg->tile[AS_DIM_P] > 0 ? 0 : as_next_size(w->out_h, map.jp))
            for (map.jq = as_first_size(cfg->tile[AS_DIM_Q], w->out_w); map.jq > 0;
                 map.jq = cfg->tile[AS_DIM_Q] > 0 ? 0 : as_next_size(w->out_w, map.jq)) {
                map.tp = all_p ? w->out_h : map.jp;
                map.tq = all_q ? w->out_w : map.jq;
                if ((int64_t)map.tp * map.tq <= cfg->acc_words)
                    search_kc(search, map);
            }
    }
}

/* Block `window` moves by one column a beat; with kernel rows in space, by one row a row. */
static bool line_works(const struct as_config *cfg, const struct as_conv_shape *w)
{
    return cfg->line && w->kernel_h * w->kernel_w > 1 && w->stride_w == 1 && w->dilation_w == 1 &&
           (cfg->unroll[AS_LOOP_R] == 1 || (w->stride_h == 1 && w->dilation_h == 1));
}

static void search_kinds(struct search *search)
{
    const struct as_config *cfg = search->cfg;
    const struct as_conv_shape *w = search->window;

    if (w->multiplier > 0) {
        search_kind(search, AS_MAP_DEPTHWISE);
        if (w->multiplier == 1 && line_works(cfg, w))
            search_kind(search, AS_MAP_LINE_DEPTHWISE);
        return;
    }
    search_kind(search, AS_MAP_DIRECT);
    if (w->in_c % cfg->rows != 0 && (cfg->tile[AS_DIM_C] == 0 || cfg->tile[AS_DIM_C] >= w->in_c))
        search_kind(search, AS_MAP_GATHER);
    if (line_works(cfg, w))
        search_kind(search, AS_MAP_LINE);
}

/* Appends the best of each kind and order that is not among the best. */
static void add_others(struct search *search)
{
    struct as_mappings *best = search->best;

    for (int i = 0; i < OTHERS_MAX; i++) {
        const struct candidate *other = &search->others[i];
        bool known = other->number == 0;
        for (int k = 0; k < best->count && !known; k++)
            known = memcmp(&best->at[k].map, &other->map, sizeof other->map) == 0;
        if (known)
            continue;
        best->at[best->count].map = other->map;
        best->at[best->count++].cost = other->cost;
    }
}

void as_mapping_choose(const struct as_config *cfg, const struct as_conv_shape *window,
                       const struct as_thrift *thrift, struct as_mappings *best)
{
    struct search *search =
        &(struct search){.cfg = cfg, .window = window, .best = best, .thrift = thrift};

    best->count = 0;
    search_kinds(search);
    if (best->count > 0 && thrift->cycles > 0) { /* what was found so far is the one to beat */
        best->count = 1;
        thrift->measure(thrift->context, &best->at[0].map, &best->at[0].cost);
        memset(search->others, 0, sizeof search->others);
        search->collects = true;
        search_kinds(search);
        measure_candidates(search);
    }
    add_others(search);
}
