#include "dataflows/mapper/timed_choice.h"

#include <stdio.h>
#include <string.h>

#include "dataflows/mapper/order.h"
#include "dataflows/schedule/schedule_time.h"

/* Times what is in `s`; false when it takes longer than `limit` cycles, or needs a LOOP whose
 * target its two counts cannot hold. */
static bool run(const struct as_schedule *s, bool ahead, uint64_t limit, struct as_layer_time *time)
{
    struct as_timing_program forms;

    if (as_schedule_total_bytes(s) > (uint64_t)AS_STREAM_ALIGN << (2 * s->hw->count_bits))
        return false;
    as_schedule_timing(s, &forms);
    return as_timing_run_layer(&forms, ahead, limit, time);
}

/* Times the layer by `map` on a schedule of its own.  False when it takes longer than `limit`
 * cycles. */
static bool time_of(const struct as_nest *nest, const struct as_mapping *map, uint64_t limit,
                    struct as_layer_time *time)
{
    const struct as_schedule *like = nest->s;
    struct as_arena *arena = as_arena_new();
    struct as_schedule s;
    struct as_diag diag;

    as_diag_init(&diag);
    as_schedule_init(&s, arena, like->hw, like->map, like->net, &diag);
    s.trial = true;
    s.byte_price = like->byte_price;
    memcpy(s.pass_price, like->pass_price, sizeof s.pass_price);
    as_schedule_begin_layer(&s, like->layer);
    bool ahead = s.wait_mem = like->count[AS_STREAM_STORE] > 0; /* a layer is before it */
    bool good = as_nest_emit_on(nest, map, &s) == AS_OK &&
                as_schedule_end_layer(&s, AS_END_NETWORK) == AS_OK && run(&s, ahead, limit, time);
    as_arena_free(arena);
    return good;
}

uint64_t as_timed_score(const struct as_layer_wish *wish, const struct as_layer_time *time,
                        const struct as_cost *cost, int byte_price)
{
    return (uint64_t)wish->goal_cycles * time->cycles + (uint64_t)wish->goal_bytes * time->bytes +
           (uint64_t)AS_GOAL_ONE * (uint64_t)byte_price *
               (cost->descriptors + cost->constants + cost->overlap);
}

/* Times the candidates in their order; returns the best. */
static const struct as_candidate *time_all(const struct as_nest *nest,
                                           const struct as_candidates *list, struct as_cost *cost)
{
    const struct as_schedule *s = nest->s;
    bool only_cycles = s->byte_price == 0 && s->wish.goal_bytes == 0;
    uint64_t limit = UINT64_MAX - 1, score = UINT64_MAX;
    const struct as_candidate *chosen = &list->at[0];

    *cost = chosen->cost;
    if (!s->timed)
        return chosen;
    for (int i = 0; i < list->count; i++) {
        const struct as_candidate *candidate = &list->at[i];
        struct as_layer_time time = {0};
        bool in_time = time_of(nest, &candidate->map, limit, &time);
        uint64_t now = as_timed_score(&s->wish, &time, &candidate->cost, s->byte_price);
        if (!in_time || now >= score)
            continue;
        score = now;
        chosen = candidate;
        *cost = candidate->cost;
        cost->total = time.cycles;
        limit = only_cycles ? time.cycles : limit;
    }
    return chosen;
}

/* Refuses the layer, of which no mapping fits. */
static enum as_status refuse(const struct as_nest *nest)
{
    const struct as_hw *hw = nest->hw;
    const struct as_layer_wish *wish = &nest->s->wish;
    const struct as_layer *layer = nest->weights.layer;
    const struct {
        enum as_dim dim;
        const char *name;
        int count;
    } loops[] = {{AS_DIM_P, "rows", nest->rows.size},
                 {AS_DIM_Q, "columns", nest->cols.size},
                 {AS_DIM_K, "output channels", nest->weights.shape.out_k}};
    char order[16], sums[96] = "", kept[160] = "";
    size_t at = 0;

    for (size_t i = 0; i < 3 && wish->order_count > 0; i++)
        if (as_order_inside(wish->order, loops[i].dim))
            at += (size_t)snprintf(sums + at, sizeof sums - at, "%s %d %s", at > 0 ? "," : "",
                                   loops[i].count, loops[i].name);
    if (at > 0)
        snprintf(kept, sizeof kept, "order %s keeps the sums of all%s behind C in one tile; ",
                 as_order_text(wish, order), sums);
    return as_fail(
        nest->s->diag, AS_ERR_NOFIT,
        "layer %d %s: %sno tile of tile.P %d, tile.Q %d, tile.C %d, tile.K %d (0 = auto) "
        "fits buffers.ifmap %d, buffers.weight %d, buffers.accumulator %d",
        layer->index, layer->name, kept, wish->tile[AS_DIM_P], wish->tile[AS_DIM_Q],
        wish->tile[AS_DIM_C], wish->tile[AS_DIM_K], hw->ibuf_words, hw->wbuf_words, hw->acc_words);
}

/* Appends the best of each order. */
static void add_orders(const struct as_nest *nest, struct as_candidates *list)
{
    enum as_dim orders[AS_ORDERS_MAX][AS_DIM_COUNT];

    as_orders(orders);
    for (int o = 0; o < AS_ORDERS_MAX; o++) {
        struct as_layer_wish wish = nest->s->wish;
        wish.order_count = AS_DIM_COUNT;
        memcpy(wish.order, orders[o], sizeof wish.order);
        nest->mapper->find(nest, &wish, AS_TIMED_OF_ORDER, list);
    }
}

enum as_status as_timed_choice(struct as_nest *nest, struct as_cost *cost)
{
    const struct as_schedule *s = nest->s;
    bool fixed = s->wish.order_count > 0, fast = s->byte_price == 0;
    struct as_candidates list =
        as_candidates_new(s->arena, AS_TIMED_MAX + AS_TIMED_OF_ORDER * AS_ORDERS_MAX);

    nest->mapper->find(nest, &s->wish, fixed && fast ? AS_TIMED_OF_ORDER : AS_TIMED_MAX, &list);
    if (list.count == 0)
        return refuse(nest);
    if (s->timed && fast && !fixed)
        add_orders(nest, &list);
    nest->map = time_all(nest, &list, cost)->map;
    return AS_OK;
}
