#include "dataflows/mapper/search.h"

#include <string.h>

#include "dataflows/mapper/order.h"

/* Mappings that are measured where memory is short. */
#define MEASURED_MAX 300

bool as_search_try(struct as_search *search, struct as_mapping *map)
{
    static const enum as_dim orders[AS_SEARCH_ORDERS][AS_DIM_COUNT] = {
        {AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C}, {AS_DIM_K, AS_DIM_P, AS_DIM_Q, AS_DIM_C}};
    const struct as_layer_wish *wish = search->wish;
    bool fits = false;

    for (int o = 0; o < (wish->order_count > 0 ? 1 : AS_SEARCH_ORDERS); o++) {
        memcpy(map->order, wish->order_count > 0 ? wish->order : orders[o], sizeof map->order);
        for (int variant = 0; variant < (search->variants ? 4 : 1); variant++) {
            struct as_cost cost;
            map->serpentine = !(variant & 1);
            map->one_half = variant >> 1;
            if (!search->estimate(search, map, &cost))
                break;
            fits = true;
            search->keep(search, map, &cost);
        }
    }
    return fits;
}

/* Keeps a mapping among search->found by its rank. */
static void keep_ranked(struct as_search *search, const struct as_mapping *map,
                        const struct as_cost *cost)
{
    struct as_candidate candidate = {
        .rank = as_cost_rank(search->hw, search->wish, cost, search->nest->s->byte_price),
        .map = *map,
        .cost = *cost};

    as_candidates_keep(search->found, &candidate);
}

/* Measures what was found and sorts it again, the best first. */
static void measure_found(struct as_search *search)
{
    struct as_candidates *found = search->found;
    int count = found->count;

    found->count = 0;
    for (int i = 0; i < count; i++) { /* sorts in place: what is inserted lies before i */
        struct as_candidate now = found->at[i];
        as_nest_measure(search->nest, &now.map, &now.cost);
        now.rank = as_cost_rank(search->hw, search->wish, &now.cost, search->nest->s->byte_price);
        as_candidates_keep(found, &now);
    }
}

void as_search_ranked(const struct as_nest *nest, const struct as_layer_wish *wish, int limit,
                      as_estimate_fn *estimate, void (*search)(struct as_search *search),
                      struct as_candidates *list)
{
    bool measure = nest->s->byte_price > 0;
    int max = as_min(limit, AS_TIMED_BEST);
    struct as_candidates found = as_candidates_new(nest->s->arena, measure ? MEASURED_MAX : max);
    struct as_search state = {.nest = nest,
                              .hw = nest->hw,
                              .wish = wish,
                              .shape = &nest->weights.shape,
                              .found = &found,
                              .estimate = estimate,
                              .keep = keep_ranked,
                              .variants = measure};

    search(&state);
    if (measure)
        measure_found(&state);
    as_candidates_append(list, &found, max);
}

bool as_search_next_taps(const struct as_conv_shape *shape, int tile[AS_LOOPS])
{
    if (tile[AS_LOOP_R] == 0) {
        tile[AS_LOOP_R] = shape->kernel_h;
        tile[AS_LOOP_S] = shape->kernel_w;
        return true;
    }
    if (tile[AS_LOOP_R] > 1) {
        tile[AS_LOOP_R] = as_next_size(shape->kernel_h, tile[AS_LOOP_R]);
        return true;
    }
    tile[AS_LOOP_S] = as_next_size(shape->kernel_w, tile[AS_LOOP_S]);
    return tile[AS_LOOP_S] > 0;
}

bool as_search_inside(const struct as_search *search, enum as_dim dim)
{
    return search->wish->order_count > 0 && as_order_inside(search->wish->order, dim);
}
