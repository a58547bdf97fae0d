/* The choice of a mapping where weights stay: all sizes that the configuration leaves open are
 * tried. */
#include <stdlib.h>
#include <string.h>

#include "dataflows/mapper/weight_mapping.h"
#include "gen/program/descriptor.h"

/* Mappings that are kept: the best by rank, and behind them the best of each layout and order, with
 * and without parts, that is not among them. */
#define BEST_MAX   24
#define OTHERS_MAX (AS_LAYOUTS * AS_SEARCH_ORDERS * 2)

/* Candidates that are measured where memory is short, at most: enough to find the best of those of
 * the published models. */
#define MEASURED_MAX 2000

/* A mapping that may be better than the best once it is measured. */
struct promise {
    struct as_candidate candidate; /* its rank will not be below the present one */
    int number;                    /* in the order in which they were found */
};

struct weight_search {
    struct as_search base; /* base.found: the best */
    int max_k;             /* k tiles of a job, at most */
    struct as_candidate others[OTHERS_MAX];
    bool known[OTHERS_MAX]; /* others[] that there are */
    struct promise *promises;
    int count, room;
};

static struct weight_search *search_of(struct as_search *base)
{
    return (struct weight_search *)base; /* its first member */
}

static struct as_candidate candidate_of(const struct as_search *search,
                                        const struct as_mapping *map, const struct as_cost *cost)
{
    return (struct as_candidate){
        .rank = as_cost_rank(search->hw, search->wish, cost, search->nest->s->byte_price),
        .tie = cost->descriptors,
        .map = *map,
        .cost = *cost};
}

/* ---- what is kept ---- */

static int layout_number(const struct as_mapping *map)
{
    int number = 0;

    while (as_layouts[number] != map->layout)
        number++;
    return number;
}

static void keep(struct as_search *base, const struct as_mapping *map, const struct as_cost *cost)
{
    struct weight_search *search = search_of(base);
    struct as_candidate now = candidate_of(base, map, cost);
    bool k_first = map->order[0] == AS_DIM_K;
    bool parts =
        map->job[AS_LOOP_P] < map->tile[AS_LOOP_P] || map->job[AS_LOOP_Q] < map->tile[AS_LOOP_Q];
    int kind = (layout_number(map) * AS_SEARCH_ORDERS + k_first) * 2 + parts;

    if (!search->known[kind] || as_candidate_better(&now, &search->others[kind]))
        search->others[kind] = now;
    search->known[kind] = true;
    as_candidates_keep(base->found, &now);
}

/* Appends the best of each kind that is not among the best. */
static void add_others(struct weight_search *search, struct as_candidates *list)
{
    int best = list->count;

    for (int i = 0; i < OTHERS_MAX; i++) {
        const struct as_candidate *other = &search->others[i];
        bool known = !search->known[i];
        for (int k = 0; k < best && !known; k++)
            known = memcmp(&list->at[k].map, &other->map, sizeof other->map) == 0;
        if (!known)
            list->at[list->count++] = *other;
    }
}

/* ---- where memory is short ---- */

/* Bytes of descriptors that no loop saves: a store for each of the k tiles, whose parameters lie
 * apart; a job for each part of a tile; an ifmap load. */
static uint64_t min_descriptors(const struct as_search *search, const struct as_mapping *map)
{
    int64_t stores = as_tiles(map, AS_LOOP_K);
    int64_t jobs = (int64_t)as_ceil_div(map->tile[AS_LOOP_K], map->job[AS_LOOP_K]) *
                   as_chunk_jobs_of(search->hw, search->shape, map).count;

    return (uint64_t)(4 * (stores * AS_STORE_WORDS + jobs * AS_COMPUTE_WORDS + AS_LOAD_WORDS));
}

/* Collects the mapping if its descriptors, at their least, make it better than the best. */
static void collect(struct as_search *base, const struct as_mapping *map,
                    const struct as_cost *cost)
{
    struct weight_search *search = search_of(base);
    struct as_cost lowest = *cost;

    lowest.descriptors = min_descriptors(base, map);
    lowest.overlap = 0;
    struct as_candidate now = candidate_of(base, map, &lowest);
    if (!as_candidate_better(&now, &base->found->at[0]))
        return;
    search->promises = as_schedule_grow(base->nest->s->arena, search->promises, search->count,
                                        &search->room, sizeof search->promises[0]);
    search->promises[search->count] = (struct promise){.candidate = now, .number = search->count};
    search->count++;
}

static int by_rank(const void *a, const void *b)
{
    const struct promise *x = a, *y = b;
    if (x->candidate.rank != y->candidate.rank)
        return x->candidate.rank < y->candidate.rank ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* Measures what was collected, the most promising first, until none can be better than the best. */
static void measure_promises(struct weight_search *search)
{
    struct as_search *base = &search->base;

    if (search->count > 0)
        qsort(search->promises, (size_t)search->count, sizeof *search->promises, by_rank);
    for (int i = 0; i < search->count && i < MEASURED_MAX; i++) {
        struct as_candidate *now = &search->promises[i].candidate;
        if (now->rank > base->found->at[0].rank)
            return;
        as_nest_measure(base->nest, &now->map, &now->cost);
        keep(base, &now->map, &now->cost);
    }
}

/* ---- the search ---- */

/* Cuts a chunk of tile[K] k tiles x words into the fewest jobs whose weights fit a half. */
static void choose_jobs(const struct weight_search *search, struct as_mapping *map)
{
    const struct as_hw *hw = search->base.hw;
    int room = as_weight_room(hw) / as_tile_words(hw), count_max = as_count_max(hw);
    bool folds = map->layout->folds;
    int *job = map->job, *tile = map->tile;
    int nr = folds ? 1 : as_ceil_div(tile[AS_LOOP_R], map->step_r);
    int ns = folds ? 1 : as_ceil_div(tile[AS_LOOP_S], map->step_s);
    int nc = folds
                 ? as_chunk_words(hw, search->base.shape, map, tile[AS_LOOP_R], tile[AS_LOOP_S], 1)
                 : tile[AS_LOOP_C];
    int reduction = nr * ns * nc;

    job[AS_LOOP_K] = 1;
    job[AS_LOOP_R] = nr;
    job[AS_LOOP_S] = ns;
    if (reduction <= room && nc <= count_max) {
        job[AS_LOOP_C] = nc;
        job[AS_LOOP_K] = as_equal_size(tile[AS_LOOP_K], as_min(room / reduction, search->max_k));
        return;
    }
    int64_t fewest = INT64_MAX;
    for (int r = nr; r >= 1; r--) {
        for (int s = ns; s >= 1; s = r > 1 ? 0 : s - 1) {
            if (r * s > room)
                continue;
            int parts = as_ceil_div(nc, as_min(room / (r * s), count_max));
            int64_t jobs = (int64_t)as_ceil_div(nr, r) * as_ceil_div(ns, s) * parts;
            if (jobs < fewest) {
                fewest = jobs;
                job[AS_LOOP_R] = r;
                job[AS_LOOP_S] = s;
                job[AS_LOOP_C] = as_ceil_div(nc, parts);
            }
        }
    }
}

/* The mapping in its orders; false when it does not fit. */
static bool consider(struct weight_search *search, struct as_mapping map, int max_k)
{
    search->max_k = max_k;
    choose_jobs(search, &map);
    return as_search_try(&search->base, &map);
}

/* An output tile whose ifmap does not fit the buffer is cut into parts: rows of it, or less. */
static void consider_parts(struct weight_search *search, struct as_mapping map)
{
    int *p = &map.job[AS_LOOP_P], *q = &map.job[AS_LOOP_Q];
    int rows = map.tile[AS_LOOP_P], columns = map.tile[AS_LOOP_Q];

    for (*p = as_next_size(rows, rows); *p > 0; *p = as_next_size(rows, *p))
        if (consider(search, map, 1))
            return;
    *p = 1;
    for (*q = as_next_size(columns, columns); *q > 0; *q = as_next_size(columns, *q))
        if (consider(search, map, 1))
            return;
}

/* All sizes of the c tiles of an output tile. */
static void search_c(struct weight_search *search, struct as_mapping map, int max_k)
{
    const struct as_layer_wish *wish = search->base.wish;
    int fixed = wish->tile[AS_DIM_C], *c = &map.tile[AS_LOOP_C], all = map.whole[AS_LOOP_C];
    bool whole =
        map.job[AS_LOOP_P] == map.tile[AS_LOOP_P] && map.job[AS_LOOP_Q] == map.tile[AS_LOOP_Q];
    bool open = wish->order_count == 0 && wish->tile[AS_DIM_P] == 0 && wish->tile[AS_DIM_Q] == 0;

    for (*c = as_first_size(as_ceil_div(fixed, map.unit_c), all); *c > 0;
         *c = fixed > 0 ? 0 : as_next_size(all, *c))
        if (!consider(search, map, whole ? max_k : 1) && whole && open)
            consider_parts(search, map);
}

/* All sizes of the k and c tiles of a pixel tile. */
static void search_kc(struct weight_search *search, struct as_mapping map)
{
    const struct as_hw *hw = search->base.hw;
    int fixed = as_ceil_div(search->base.wish->tile[AS_DIM_K], map.unit_k);
    int *k = &map.tile[AS_LOOP_K], all = map.whole[AS_LOOP_K];
    int groups = all / map.repeat; /* repeated k tiles stay together or go one by one */
    int pixels = map.tile[AS_LOOP_P] * map.tile[AS_LOOP_Q];

    if (as_search_inside(&search->base, AS_DIM_K)) {
        *k = all;
        if ((int64_t)pixels * all <= hw->acc_words)
            search_c(search, map, fixed > 0 ? fixed : all);
        return;
    }
    for (int g = as_first_size(as_ceil_div(fixed, map.repeat), groups); g > 0;
         g = fixed > 0 ? 0 : as_next_size(groups, g)) {
        *k = g * map.repeat;
        if (map.repeat > 1 && (pixels * *k > hw->acc_words || fixed > 0)) {
            if (fixed == 0 && g > 1)
                continue;
            *k = fixed > map.repeat ? fixed / map.repeat * map.repeat : 1;
        }
        if (pixels * *k <= hw->acc_words)
            search_c(search, map, *k);
    }
}

/* All sizes of the pixel tiles. */
static void search_pixels(struct weight_search *search, struct as_mapping map)
{
    const struct as_conv_shape *w = search->base.shape;
    const int *fixed = search->base.wish->tile;
    bool all_p = as_search_inside(&search->base, AS_DIM_P);
    bool all_q = as_search_inside(&search->base, AS_DIM_Q);
    int *p = &map.job[AS_LOOP_P], *q = &map.job[AS_LOOP_Q];

    for (*p = as_first_size(fixed[AS_DIM_P], w->out_h); *p > 0;
         *p = fixed[AS_DIM_P] > 0 ? 0 : as_next_size(w->out_h, *p))
        for (*q = as_first_size(fixed[AS_DIM_Q], w->out_w); *q > 0;
             *q = fixed[AS_DIM_Q] > 0 ? 0 : as_next_size(w->out_w, *q)) {
            map.tile[AS_LOOP_P] = all_p ? w->out_h : *p;
            map.tile[AS_LOOP_Q] = all_q ? w->out_w : *q;
            if ((int64_t)map.tile[AS_LOOP_P] * map.tile[AS_LOOP_Q] <= search->base.hw->acc_words)
                search_kc(search, map);
        }
}

static void search_layout(struct weight_search *search, const struct as_layout *layout,
                          int together)
{
    const struct as_conv_shape *w = search->base.shape;
    struct as_mapping map = {.layout = layout,
                             .repeat = 1,
                             .step_r = 1,
                             .step_s = 1,
                             .together = together,
                             .sets = w->sets,
                             .set_c = w->in_c,
                             .set_k = w->out_k,
                             .whole = {[AS_LOOP_C] = 1,
                                       [AS_LOOP_P] = w->out_h,
                                       [AS_LOOP_Q] = w->out_w,
                                       [AS_LOOP_R] = w->kernel_h,
                                       [AS_LOOP_S] = w->kernel_w}};
    int taps[3][2];

    layout->set_units(search->base.hw, w, &map);
    int cuts = layout->cuts(w, &map, taps);
    for (int i = 0; i < cuts; i++) {
        if (i > 0 && taps[i][0] == taps[i - 1][0] && taps[i][1] == taps[i - 1][1])
            continue;
        map.tile[AS_LOOP_R] = taps[i][0];
        map.tile[AS_LOOP_S] = taps[i][1];
        search_pixels(search, map);
    }
}

static void search_layouts(struct weight_search *search, int together)
{
    for (int i = 0; i < AS_LAYOUTS; i++)
        if (as_layouts[i]->works(search->base.hw, search->base.wish, search->base.shape))
            search_layout(search, as_layouts[i], together);
}

/* The best mappings of sets of `together` channel groups: none when none fits. */
static void search_set(const struct as_nest *nest, const struct as_layer_wish *wish, int together,
                       struct as_candidates *found)
{
    const struct as_conv_shape shape = as_weights_set(&nest->weights, together);
    struct weight_search *search = AS_NEW(nest->s->arena, struct weight_search, 1);

    *found = as_candidates_new(nest->s->arena, BEST_MAX + OTHERS_MAX);
    found->room = BEST_MAX;
    search->base = (struct as_search){.nest = nest,
                                      .hw = nest->hw,
                                      .wish = wish,
                                      .shape = &shape,
                                      .found = found,
                                      .estimate = as_weight_estimate,
                                      .keep = keep};
    search_layouts(search, together);
    if (found->count > 0 && nest->s->byte_price > 0) { /* what was found is the one to beat */
        struct as_candidate *best = &found->at[0];
        found->count = 1;
        as_nest_measure(nest, &best->map, &best->cost);
        *best = candidate_of(&search->base, &best->map, &best->cost);
        memset(search->known, 0, sizeof search->known);
        search->base.keep = collect;
        search->base.variants = true;
        search_layouts(search, together);
        measure_promises(search);
    }
    add_others(search, found);
}

/* The candidates within a third of the first. */
static void drop_unlikely(struct as_candidates *list)
{
    uint64_t first = list->at[0].rank;
    int kept = 0;

    for (int i = 0; i < list->count; i++)
        if (list->at[i].rank <= first + first / 3)
            list->at[kept++] = list->at[i];
    list->count = kept;
}

void as_weight_find(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                    struct as_candidates *list)
{
    const struct as_weights *weights = &nest->weights;
    bool depthwise = weights->shape.multiplier > 0; /* mapped as a whole */
    struct as_candidates best = {0};

    for (int together = depthwise ? weights->groups : 1; together <= weights->groups; together++) {
        bool useful = together == 1 || depthwise ||
                      together * weights->in_group <= nest->hw->rows ||
                      together * weights->out_group <= nest->hw->cols;
        struct as_candidates found;
        if (weights->groups % together != 0 || !useful)
            continue;
        search_set(nest, wish, together, &found);
        if (found.count > 0 && (best.count == 0 || found.at[0].rank < best.at[0].rank))
            best = found;
    }
    if (best.count == 0)
        return;
    if (limit == AS_TIMED_MAX)
        drop_unlikely(&best);
    /* those of another number of channel groups together are not worth timing */
    if (list->count == 0 || list->at[0].map.together == best.at[0].map.together)
        as_candidates_append(list, &best, limit);
}
