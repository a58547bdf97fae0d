/* The choice of a mapping where the ifmap stays: all sizes that the configuration leaves open are
 * tried. */
#include "dataflows/mapper/ifmap_mapping.h"

/* All sizes of an output tile with a chunk of the reduction. */
static void search_tiles(struct as_search *search, struct as_mapping map)
{
    const struct as_hw *hw = search->hw;
    const int *fixed = search->wish->tile;
    int units = map.tile[AS_LOOP_R] * map.tile[AS_LOOP_S] * map.tile[AS_LOOP_C];
    int pixels = map.group.width * map.group.height, groups = map.whole[AS_LOOP_Q];
    int max_k = as_min(hw->acc_words, hw->ibuf_words / as_ifmap_tiles(hw, units));
    int max_g = as_min(hw->acc_words / pixels, hw->wbuf_words / as_ifmap_words(hw, units));
    int *k = &map.tile[AS_LOOP_K], *g = &map.tile[AS_LOOP_Q];

    if (fixed[AS_DIM_P] > 0 || fixed[AS_DIM_Q] > 0) {
        int p = fixed[AS_DIM_P] > 0 ? fixed[AS_DIM_P] : search->nest->rows.size;
        int q = fixed[AS_DIM_Q] > 0 ? fixed[AS_DIM_Q] : search->nest->cols.size;
        max_g = as_min(max_g, as_max(1, (int)((int64_t)p * q / pixels)));
    }
    max_k = as_min(max_k, as_count_max(hw));
    max_g = as_min(max_g, as_count_max(hw));
    if (max_k == 0 || max_g == 0)
        return;
    int first_k = as_min(as_first_size(fixed[AS_DIM_K], max_k), map.set_k);
    for (*k = first_k; *k > 0; *k = fixed[AS_DIM_K] > 0 ? 0 : as_next_size(map.set_k, *k)) {
        *g = as_equal_size(groups, as_min(max_g, hw->acc_words / *k));
        as_search_try(search, &map);
        if (*g > 1) {
            *g = as_equal_size(groups, *g - 1);
            as_search_try(search, &map);
        }
    }
}

/* All cuts of the channels of a chunk of some taps. */
static void search_channels(struct as_search *search, struct as_mapping map)
{
    int wish = search->wish->tile[AS_DIM_C], whole = map.whole[AS_LOOP_C];
    int *c = &map.tile[AS_LOOP_C];

    for (*c = as_first_size(as_ceil_div(wish, as_ifmap_unit(search->hw)), whole); *c > 0;
         *c = wish > 0 ? 0 : as_next_size(whole, *c))
        search_tiles(search, map);
}

static void search_chunks(struct as_search *search, struct as_mapping map)
{
    const struct as_conv_shape *w = search->shape;

    while (as_search_next_taps(w, map.tile)) {
        if (as_coordinates_reach(search->hw, map.group.height, w->stride_h, map.tile[AS_LOOP_R],
                                 w->dilation_h) &&
            as_coordinates_reach(search->hw, map.group.width, w->stride_w, map.tile[AS_LOOP_S],
                                 w->dilation_w))
            search_channels(search, map);
    }
}

/* Sets of channel groups: few enough that an array row holds one channel, or one group. */
static void search_sets(struct as_search *search, struct as_mapping map)
{
    const struct as_weights *weights = &search->nest->weights;
    const int sizes[] = {1, search->hw->rows / weights->in_group,
                         search->hw->rows / weights->out_group};

    for (int i = 0; i < (weights->groups > 1 ? 3 : 1); i++) {
        if (sizes[i] < 1 || (i > 0 && sizes[i] == 1) || (i == 2 && sizes[2] == sizes[1]))
            continue;
        map.together = weights->groups > 1 ? as_min(sizes[i], weights->groups) : 1;
        map.sets = as_ceil_div(weights->groups, map.together);
        map.set_c = map.together * weights->in_group;
        map.set_k = map.together * weights->out_group;
        map.whole[AS_LOOP_C] = as_ceil_div(map.set_c, as_ifmap_unit(search->hw));
        map.whole[AS_LOOP_K] = map.set_k;
        search_chunks(search, map);
    }
}

/* All shapes of a group of pixels. */
static void search_groups(struct as_search *search, struct as_mapping map)
{
    const struct as_hw *hw = search->hw;
    int rows = search->nest->rows.size, cols = search->nest->cols.size;
    bool whole_rows = cols == search->shape->out_w;
    struct as_pixel_group *group = &map.group;

    /* along a row, or from one to the next */
    group->width = as_min(hw->cols, cols);
    group->height = 1;
    group->joined = whole_rows && cols % group->width == 0;
    map.whole[AS_LOOP_P] = group->joined ? 1 : rows;
    map.whole[AS_LOOP_Q] = as_ceil_div(cols, group->width) * (group->joined ? rows : 1);
    search_sets(search, map);
    group->down = true;
    if (whole_rows && 2 * cols <= hw->cols && rows > 1) { /* some whole rows */
        group->width = cols;
        group->height = as_min(hw->cols / cols, rows);
        group->joined = true;
        map.whole[AS_LOOP_P] = 1;
        map.whole[AS_LOOP_Q] = as_ceil_div(rows, group->height);
        search_sets(search, map);
    }
    if (hw->cols > 1 && rows > 1) { /* down a column */
        group->width = 1;
        group->height = as_min(hw->cols, rows);
        group->joined = false;
        map.whole[AS_LOOP_P] = as_ceil_div(rows, group->height);
        map.whole[AS_LOOP_Q] = cols;
        search_sets(search, map);
    }
}

static void search_all(struct as_search *search)
{
    const struct as_conv_shape *w = search->shape;
    struct as_mapping map = {
        .unit_k = 1,
        .whole = {[AS_LOOP_R] = w->kernel_h, [AS_LOOP_S] = w->kernel_w},
        .tile = {[AS_LOOP_P] = 1},
    };

    search_groups(search, map);
}

void as_ifmap_find(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                   struct as_candidates *list)
{
    as_search_ranked(nest, wish, limit, as_ifmap_estimate, search_all, list);
}
