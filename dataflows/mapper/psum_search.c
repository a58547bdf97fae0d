/* The choice of a mapping where psums stay: all sizes that the configuration leaves open are tried.
 */
#include <string.h>

#include "dataflows/mapper/psum_mapping.h"

static void set_units(const struct as_hw *hw, const struct as_weights *weights,
                      struct as_mapping *map)
{
    int bytes = hw->mem_width_bytes;

    map->repeat = 1;
    map->grouped = weights->groups > 1;
    map->unit_k = hw->cols;
    map->unit_c = weights->shape.in_c;
    map->together = weights->groups;
    map->sets = 1;
    map->set_c = weights->shape.in_c;
    map->set_k = weights->shape.out_k;
    map->whole[AS_LOOP_K] = as_ceil_div(weights->shape.out_k, hw->cols);
    if (weights->groups == 1)
        return;
    if (weights->out_group <= hw->cols) {
        int together = as_min(weights->groups, hw->cols / weights->out_group);
        for (int n = together; n >= 1 && weights->shape.in_c % bytes == 0; n--)
            if (n * weights->in_group % bytes == 0) { /* loads move words */
                together = n;
                break;
            }
        map->unit_k = together * weights->out_group;
        map->unit_c = together * weights->in_group;
        map->whole[AS_LOOP_K] = as_ceil_div(weights->groups, together);
        return;
    }
    while (weights->out_group % map->unit_k != 0)
        map->unit_k--;
    map->unit_c = weights->in_group;
    map->repeat = weights->out_group / map->unit_k;
    map->whole[AS_LOOP_K] = weights->groups * map->repeat;
}

/* The next smaller size of an edge of a tile: one that cuts `whole` into one tile more, or a
 * multiple of the array rows. */
static int next_edge(const struct as_hw *hw, int whole, int size)
{
    int next = as_next_size(whole, size);
    int multiple = (size - 1) / hw->rows * hw->rows;
    return as_max(next, multiple);
}

static void consider(struct as_search *search, struct as_mapping map)
{
    const struct as_hw *hw = search->hw;
    int64_t red = (int64_t)map.tile[AS_LOOP_R] * map.tile[AS_LOOP_S] * map.tile[AS_LOOP_C];

    if (red >= as_products_held(hw->psum_bits) || red > as_weight_room(hw))
        return;
    int jobs_k = map.job[AS_LOOP_K] > 0 ? as_min(map.job[AS_LOOP_K], map.tile[AS_LOOP_K])
                                        : map.tile[AS_LOOP_K];
    map.job[AS_LOOP_K] = search->nest->weights.pool > 0
                             ? map.tile[AS_LOOP_K]
                             : as_min(jobs_k, as_weight_room(hw) / (int)red);
    map.job[AS_LOOP_K] =
        as_ceil_div(map.tile[AS_LOOP_K], as_ceil_div(map.tile[AS_LOOP_K], map.job[AS_LOOP_K]));
    as_search_try(search, &map);
}

/* All numbers of k tiles of a pixel tile and its chunk. */
static void search_k(struct as_search *search, struct as_mapping map)
{
    const struct as_hw *hw = search->hw;
    int fixed = search->wish->tile[AS_DIM_K] > 0
                    ? as_ceil_div(search->wish->tile[AS_DIM_K], map.unit_k)
                    : 0;
    int max_k = as_min(map.whole[AS_LOOP_K], as_count_max(hw));

    map.tile[AS_LOOP_K] = 1;
    if (map.k_by_row)
        max_k = as_min(max_k, hw->rows);
    struct as_psum_split split =
        as_psum_split_of(hw, &map, map.tile[AS_LOOP_P], map.tile[AS_LOOP_Q]);
    int64_t sums = (int64_t)hw->rows * split.tp * split.tq;
    if (sums > hw->acc_words)
        return;
    if (fixed > 0 && as_search_inside(search, AS_DIM_K)) {
        map.job[AS_LOOP_K] = fixed; /* behind C: the jobs of a tile of them all */
        fixed = 0;
    }
    for (map.tile[AS_LOOP_K] = fixed > 0 ? as_min(fixed, max_k) : max_k; map.tile[AS_LOOP_K] > 0;
         map.tile[AS_LOOP_K] =
             fixed > 0 ? 0 : as_next_size(map.whole[AS_LOOP_K], map.tile[AS_LOOP_K])) {
        struct as_mapping now = map;
        if (now.repeat > 1 && now.tile[AS_LOOP_K] % now.repeat != 0)
            now.tile[AS_LOOP_K] = now.tile[AS_LOOP_K] > now.repeat
                                      ? now.tile[AS_LOOP_K] / now.repeat * now.repeat
                                      : 1;
        if (split.one_k || map.k_by_row || sums * now.tile[AS_LOOP_K] <= hw->acc_words)
            consider(search, now);
    }
}

/* All cuts of the channels of a chunk of some taps. */
static void search_channels(struct as_search *search, struct as_mapping map)
{
    const struct as_hw *hw = search->hw;
    int bytes = hw->mem_width_bytes;
    int fixed = search->wish->tile[AS_DIM_C] > 0
                    ? as_min(as_ceil_div(search->wish->tile[AS_DIM_C], bytes) * bytes, map.unit_c)
                    : 0;

    for (int c = fixed > 0 ? fixed : map.unit_c; c > 0;
         c = fixed > 0 ? 0 : as_next_size(map.unit_c, c)) {
        map.tile[AS_LOOP_C] = as_min(as_ceil_div(c, bytes) * bytes, map.unit_c);
        if (map.tile[AS_LOOP_C] <= as_count_max(hw))
            search_k(search, map);
    }
}

static void search_chunks(struct as_search *search, struct as_mapping map)
{
    int count_max = as_count_max(search->hw);

    while (as_search_next_taps(search->shape, map.tile))
        if (map.tile[AS_LOOP_R] <= count_max && map.tile[AS_LOOP_S] <= count_max)
            search_channels(search, map);
}

/* All sizes of pixel tiles. */
static void search_pixels(struct as_search *search, struct as_mapping map)
{
    const struct as_hw *hw = search->hw;
    const struct as_conv_shape *w = search->shape;
    const int *fixed = search->wish->tile;
    int count_max = as_count_max(hw), *p = &map.tile[AS_LOOP_P], *q = &map.tile[AS_LOOP_Q];

    for (*p = as_min(as_first_size(fixed[AS_DIM_P], w->out_h), count_max); *p > 0;
         *p = fixed[AS_DIM_P] > 0 ? 0 : next_edge(hw, w->out_h, *p))
        for (*q = as_min(as_first_size(fixed[AS_DIM_Q], w->out_w), count_max); *q > 0;
             *q = fixed[AS_DIM_Q] > 0 ? 0 : next_edge(hw, w->out_w, *q))
            for (int by_row = 0; by_row < (search->nest->weights.pool > 0 ? 2 : 1); by_row++) {
                map.k_by_row = by_row != 0;
                if ((int64_t)*p * *q <= hw->acc_words)
                    search_chunks(search, map);
            }
}

static void search_all(struct as_search *search)
{
    const struct as_conv_shape *w = search->shape;
    struct as_mapping map = {.whole = {[AS_LOOP_P] = w->out_h,
                                       [AS_LOOP_Q] = w->out_w,
                                       [AS_LOOP_R] = w->kernel_h,
                                       [AS_LOOP_S] = w->kernel_w}};

    set_units(search->hw, &search->nest->weights, &map);
    map.whole[AS_LOOP_C] = map.unit_c;
    search_pixels(search, map);
}

void as_psum_find(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                  struct as_candidates *list)
{
    as_search_ranked(nest, wish, limit, as_psum_estimate, search_all, list);
}
