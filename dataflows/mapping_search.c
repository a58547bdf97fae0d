/* The choice of a mapping: all sizes that the configuration leaves open are tried. */
#include <stdlib.h>
#include <string.h>

#include "dataflows/mapping.h"
#include "gen/hw.h"

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* Cuts a chunk of `tk` k tiles x words into the fewest jobs whose weights fit a half. */
static void choose_boxes(const struct as_config *cfg, const struct as_window *w,
                         struct as_mapping *map)
{
    int room = as_weight_room(cfg) / as_tile_words(cfg), most = as_count_max(cfg);
    bool gather = map->kind == AS_MAP_GATHER;
    int nr = gather ? 1 : map->tr, ns = gather ? 1 : map->ts;
    int nc = gather ? as_chunk_words(cfg, w, map, map->tr, map->ts, 1) : map->tc;
    int red = nr * ns * nc;

    map->jk = 1;
    map->jr = nr;
    map->js = ns;
    if (red <= room && nc <= most) {
        map->jc = nc;
        int groups = as_ceil_div(map->tk, room / red);
        map->jk = as_ceil_div(map->tk, groups);
        return;
    }
    int64_t fewest = INT64_MAX;
    for (int jr = nr; jr >= 1; jr--) {
        for (int js = ns; js >= 1; js = jr > 1 ? 0 : js - 1) {
            if (jr * js > room)
                continue;
            int parts = as_ceil_div(nc, min_int(room / (jr * js), most));
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

/* The next smaller size that cuts `whole` into one part more, or 0. */
static int next_size(int whole, int size)
{
    if (size == 1)
        return 0;
    return as_ceil_div(whole, as_ceil_div(whole, size - 1));
}

/* The first size to try: the configured one, cut to the layer, or all. */
static int first_size(int configured, int whole)
{
    return configured > 0 ? min_int(configured, whole) : whole;
}

static void set_units(const struct as_config *cfg, const struct as_window *w,
                      struct as_mapping *map)
{
    map->repeat = 1;
    if (map->kind != AS_MAP_DEPTHWISE) {
        map->unit_k = cfg->cols;
        map->unit_c = cfg->rows;
        map->k_tiles = as_ceil_div(w->out_k, cfg->cols);
        map->c_words = map->kind == AS_MAP_DIRECT ? as_ceil_div(w->in_c, cfg->rows) : 1;
        return;
    }
    map->c_words = 1;
    if (w->multiplier <= cfg->cols) {
        map->unit_c = min_int(min_int(cfg->rows, cfg->cols / w->multiplier), w->in_c);
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

struct candidate {
    uint64_t bound; /* its rank is not below it */
    int number;     /* in the order in which they were found */
    struct as_mapping map;
    struct as_cost cost;
};

struct search {
    const struct as_config *cfg;
    const struct as_window *window;
    struct as_mapping *best;
    struct as_cost *cost;
    const struct as_thrift *thrift;
    bool found;
    bool collects; /* candidates to measure: those that may be better than the best */
    struct candidate *candidates;
    int count, room;
};

/* What a mapping is ranked by: the estimate; the memory cycles at an eighth, because the busier the
 * port is, the more the engines wait for one another, which the estimate leaves out; and memory. */
static uint64_t rank(const struct search *search, const struct as_cost *cost)
{
    return cost->total + cost->memory / 8 +
           (uint64_t)search->thrift->cycles * (cost->descriptors + cost->constants + cost->trail);
}

static bool better(const struct search *search, const struct as_cost *cost)
{
    uint64_t now = rank(search, cost), best = rank(search, search->cost);
    return !search->found || now < best ||
           (now == best && cost->descriptors < search->cost->descriptors);
}

/* Bytes of descriptors that no loop saves: a store for each of the k tiles, whose parameters lie
 * apart; a job for each part of a tile; an ifmap load. */
static uint64_t least_descriptors(const struct search *search, const struct as_mapping *map)
{
    bool gather = map->kind == AS_MAP_GATHER;
    int words = as_chunk_words(search->cfg, search->window, map, map->tr, map->ts, map->tc);
    int boxes = gather ? as_ceil_div(words, map->jc)
                       : as_ceil_div(map->tr, map->jr) * as_ceil_div(map->ts, map->js) *
                             as_ceil_div(map->tc, map->jc);
    int64_t stores = as_ceil_div(map->k_tiles, map->tk);
    int64_t jobs = (int64_t)as_ceil_div(map->tk, map->jk) * boxes;
    return (uint64_t)(4 * (stores * AS_STORE_WORDS + jobs * AS_COMPUTE_WORDS + AS_LOAD_WORDS));
}

static void keep_best(struct search *search, const struct as_mapping *map,
                      const struct as_cost *cost)
{
    if (better(search, cost)) {
        *search->best = *map;
        *search->cost = *cost;
        search->found = true;
    }
}

static void collect(struct search *search, const struct as_mapping *map, struct as_cost cost)
{
    cost.descriptors = least_descriptors(search, map);
    cost.trail = 0;
    if (!better(search, &cost))
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
        if (c->bound > rank(search, search->cost))
            return;
        thrift->measure(thrift->context, &c->map, &c->cost);
        keep_best(search, &c->map, &c->cost);
    }
}

static void consider(struct search *search, struct as_mapping map)
{
    static const enum as_dim orders[][3] = {{AS_DIM_P, AS_DIM_Q, AS_DIM_K},
                                            {AS_DIM_K, AS_DIM_P, AS_DIM_Q}};
    const struct as_config *cfg = search->cfg;
    int count = cfg->order_count > 0 ? 1 : 2;

    choose_boxes(cfg, search->window, &map);
    for (int o = 0; o < count; o++) {
        struct as_cost cost;
        int n = 0;
        memcpy(map.order, orders[o], sizeof map.order);
        for (int i = 0; i < cfg->order_count; i++)
            if (cfg->order[i] != AS_DIM_C)
                map.order[n++] = cfg->order[i];
        for (int variant = 0; variant < (search->collects ? 4 : 1); variant++) {
            map.turns = !(variant & 1);
            map.one_half = variant >> 1;
            if (!as_mapping_estimate(cfg, search->window, &map, &cost))
                continue;
            if (search->collects)
                collect(search, &map, cost);
            else
                keep_best(search, &map, &cost);
        }
    }
}

/* All sizes of the k and c tiles of a pixel tile. */
static void search_kc(struct search *search, struct as_mapping map)
{
    const struct as_config *cfg = search->cfg;
    int fixed_k = cfg->tile_k > 0 ? as_ceil_div(cfg->tile_k, map.unit_k) : 0;
    int fixed_c = cfg->tile_c > 0 ? as_ceil_div(cfg->tile_c, cfg->rows) : 0;
    int groups = map.k_tiles / map.repeat; /* repeated k tiles stay together or go one by one */
    int pixels = map.tp * map.tq;

    for (int g = first_size(as_ceil_div(fixed_k, map.repeat), groups); g > 0;
         g = fixed_k > 0 ? 0 : next_size(groups, g)) {
        map.tk = g * map.repeat;
        if (map.repeat > 1 && (pixels * map.tk > cfg->acc_words || fixed_k > 0)) {
            if (fixed_k == 0 && g > 1)
                continue;
            map.tk = fixed_k > map.repeat ? fixed_k / map.repeat * map.repeat : 1;
        }
        if (pixels * map.tk > cfg->acc_words)
            continue;
        for (int c = first_size(fixed_c, map.c_words); c > 0;
             c = fixed_c > 0 ? 0 : next_size(map.c_words, c)) {
            map.tc = c;
            consider(search, map);
        }
    }
}

static void search_kind(struct search *search, enum as_map_kind kind)
{
    const struct as_config *cfg = search->cfg;
    const struct as_window *w = search->window;
    const int taps[3][2] = {{w->kernel_h, w->kernel_w}, {1, w->kernel_w}, {1, 1}};
    struct as_mapping map = {.kind = kind};

    set_units(cfg, w, &map);
    for (int i = 0; i < 3; i++) {
        if (i > 0 && taps[i][0] == taps[i - 1][0] && taps[i][1] == taps[i - 1][1])
            continue;
        map.tr = taps[i][0];
        map.ts = taps[i][1];
        for (map.tp = first_size(cfg->tile_p, w->out_h); map.tp > 0;
             map.tp = cfg->tile_p > 0 ? 0 : next_size(w->out_h, map.tp))
            for (map.tq = first_size(cfg->tile_q, w->out_w); map.tq > 0;
                 map.tq = cfg->tile_q > 0 ? 0 : next_size(w->out_w, map.tq))
                if ((int64_t)map.tp * map.tq <= cfg->acc_words)
                    search_kc(search, map);
    }
}

static void search_kinds(struct search *search)
{
    const struct as_config *cfg = search->cfg;
    const struct as_window *w = search->window;

    if (w->multiplier > 0) {
        search_kind(search, AS_MAP_DEPTHWISE);
        return;
    }
    search_kind(search, AS_MAP_DIRECT);
    if (w->in_c % cfg->rows != 0 && (cfg->tile_c == 0 || cfg->tile_c >= w->in_c))
        search_kind(search, AS_MAP_GATHER);
}

bool as_mapping_choose(const struct as_config *cfg, const struct as_window *window,
                       const struct as_thrift *thrift, struct as_mapping *best,
                       struct as_cost *cost)
{
    struct search search = {
        .cfg = cfg, .window = window, .best = best, .cost = cost, .thrift = thrift};

    search_kinds(&search);
    if (search.found && thrift->cycles > 0) { /* what was found so far is the one to beat */
        thrift->measure(thrift->context, best, cost);
        search.collects = true;
        search_kinds(&search);
        measure_candidates(&search);
    }
    return search.found;
}
