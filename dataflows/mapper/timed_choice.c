#include "dataflows/mapper/timed_choice.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

/* Where the streams, the constants and the tensors of the layer alone lie. */
struct place {
    uint32_t stream[AS_STREAM_COUNT], data, end;
    uint32_t *tensor; /* [tensor_count] */
};

static uint32_t align_up(uint64_t value)
{
    return (uint32_t)((value + AS_STREAM_ALIGN - 1) / AS_STREAM_ALIGN * AS_STREAM_ALIGN);
}

static struct place place_of(const struct as_schedule *s)
{
    const struct as_layer *layer = s->layer;
    struct place place = {.tensor = AS_NEW(s->arena, uint32_t, s->net->tensor_count)};
    uint64_t at = 0;

    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        place.stream[k] = (uint32_t)at;
        at += as_schedule_bytes(s, (enum as_stream)k);
    }
    place.data = align_up(at);
    at = align_up(place.data + s->data_bytes);
    for (int i = 0; i <= layer->input_count; i++) {
        int tensor = i < layer->input_count ? layer->input[i] : layer->output;
        if (tensor < 0)
            continue;
        place.tensor[tensor] = (uint32_t)at;
        at = align_up(at + s->net->tensors[tensor].bytes);
    }
    place.end = (uint32_t)at;
    return place;
}

/* The same accelerator with a memory that has room for the layer. */
static bool with_memory(const struct as_config *cfg, uint32_t bytes, struct as_config *out)
{
    *out = *cfg;
    out->mem_bytes = 4096;
    out->addr_bits = 12;
    while ((uint32_t)out->mem_bytes < bytes && out->addr_bits < 28) {
        out->mem_bytes *= 2;
        out->addr_bits++;
    }
    out->mem_words = out->mem_bytes / out->mem_width_bytes;
    return (uint32_t)out->mem_bytes >= bytes;
}

/* What only the data of a program depends on. */
static void forget_data(struct as_schedule *s)
{
    for (int i = 0; i < s->count[AS_STREAM_LOAD]; i++)
        s->loads[i].desc.pad = 0;
    for (int i = 0; i < s->count[AS_STREAM_STORE]; i++)
        s->stores[i].desc.zp = s->stores[i].desc.amin = s->stores[i].desc.amax = 0;
}

/* Runs what is in `s`, if it did not run already. */
static bool run(struct as_exact_cache *cache, struct as_schedule *s, bool ahead, uint64_t limit,
                struct as_layer_time *time)
{
    struct as_config *cfg = AS_NEW(s->arena, struct as_config, 1);
    struct place place = place_of(s);
    uint8_t *image = as_arena_alloc(s->arena, place.data);

    /* a LOOP holds its target in two counts */
    if ((uint64_t)place.data > (uint64_t)AS_STREAM_ALIGN << (2 * s->cfg->count_bits) ||
        !with_memory(s->cfg, place.end, cfg))
        return false;
    forget_data(s);
    as_schedule_encode(s, place.tensor, place.data, place.stream, image);
    uint64_t key = XXH3_64bits(image, place.data);
    for (int i = 0; i < cache->count; i++) {
        const struct as_exact_entry *entry = &cache->entries[i];
        if (entry->key != key || (!entry->in_time && entry->limit < limit))
            continue;
        *time = entry->time;
        return entry->in_time && time->cycles <= limit;
    }
    cache->entries = as_schedule_grow(cache->arena, cache->entries, cache->count, &cache->room,
                                      sizeof cache->entries[0]);
    struct as_exact_entry *entry = &cache->entries[cache->count++];
    *entry = (struct as_exact_entry){.key = key, .limit = limit};
    entry->in_time =
        as_layer_time_run(cfg, image, place.data, place.stream, ahead, limit, &entry->time);
    *time = entry->time;
    return entry->in_time;
}

/* Times the layer as `emit` emits it on a schedule of its own; programs that differ in nothing but
 * data run once.  False when it takes longer than `limit` cycles. */
static bool time_of(const struct as_schedule *like,
                    enum as_status (*emit)(void *, const void *, struct as_schedule *),
                    void *context, const void *map, uint64_t limit, struct as_layer_time *time)
{
    struct as_arena *arena = as_arena_new();
    struct as_schedule s;
    struct as_diag diag;

    as_diag_init(&diag);
    as_schedule_init(&s, arena, like->cfg, like->net, &diag);
    s.trial = true;
    s.thrift = like->thrift;
    memcpy(s.pass_price, like->pass_price, sizeof s.pass_price);
    as_schedule_begin_layer(&s, like->layer);
    bool ahead = s.wait_mem = like->count[AS_STREAM_STORE] > 0; /* a layer is before it */
    bool good = emit(context, map, &s) == AS_OK && as_schedule_end_layer(&s, true) == AS_OK &&
                run(like->exact, &s, ahead, limit, time);
    as_arena_free(arena);
    return good;
}

uint64_t as_exact_score(const struct as_config *cfg, const struct as_layer_time *time,
                        const struct as_cost *cost, int thrift)
{
    return (uint64_t)cfg->goal_cycles * time->cycles + (uint64_t)cfg->goal_bytes * time->bytes +
           (uint64_t)AS_GOAL_ONE * (uint64_t)thrift *
               (cost->descriptors + cost->constants + cost->trail);
}

int as_exact_room(const struct as_schedule *s, int measured)
{
    return s->thrift > 0 ? measured : s->cfg->order_count > 0 ? AS_EXACT_ORDER : AS_EXACT_BEST;
}

bool as_exact_adds_orders(const struct as_schedule *s)
{
    return s->exact && s->thrift == 0 && s->cfg->order_count == 0;
}

int as_exact_sort(const struct as_schedule *s, struct as_exact_candidate *list, int count)
{
    for (int i = 1; i < count; i++) {
        struct as_exact_candidate now = list[i];
        uint64_t rank = as_cost_rank(s->cfg, now.cost, s->thrift);
        int at = i;
        for (; at > 0 && as_cost_rank(s->cfg, list[at - 1].cost, s->thrift) > rank; at--)
            list[at] = list[at - 1];
        list[at] = now;
    }
    return count < AS_EXACT_BEST ? count : AS_EXACT_BEST;
}

int as_exact_choose(const struct as_schedule *s, const struct as_exact_candidate *list, int count,
                    enum as_status (*emit)(void *context, const void *map, struct as_schedule *s),
                    void *context, struct as_cost *cost)
{
    bool only_cycles = s->thrift == 0 && s->cfg->goal_bytes == 0;
    uint64_t limit = UINT64_MAX - 1, score = UINT64_MAX;
    int chosen = 0;

    *cost = *list[0].cost;
    if (!s->exact || cost->total > AS_EXACT_CYCLES_MAX)
        return 0;
    for (int i = 0; i < count; i++) {
        struct as_layer_time time;
        if (!time_of(s, emit, context, list[i].map, limit, &time))
            continue;
        uint64_t now = as_exact_score(s->cfg, &time, list[i].cost, s->thrift);
        if (now >= score)
            continue;
        score = now;
        chosen = i;
        *cost = *list[i].cost;
        cost->total = time.cycles;
        limit = only_cycles ? time.cycles : limit;
    }
    return chosen;
}

enum as_status as_exact_refuse(const struct as_schedule *s, const int all[AS_DIM_COUNT])
{
    static const enum as_dim dims[] = {AS_DIM_P, AS_DIM_Q, AS_DIM_K};
    static const char *const names[] = {"rows", "columns", "k tiles"};
    const struct as_config *cfg = s->cfg;
    char order[16], sums[80] = "";
    size_t at = 0;

    for (size_t i = 0; i < 3 && cfg->order_count > 0; i++)
        if (as_order_inside(cfg->order, dims[i]))
            at += (size_t)snprintf(sums + at, sizeof sums - at, "%s %d %s", at > 0 ? "," : "",
                                   all[dims[i]], names[i]);
    as_order_text(cfg, order);
    if (at > 0)
        return as_fail(
            s->diag, AS_ERR_NOFIT,
            "layer %d %s: order %s keeps the sums of all%s behind C in one tile; no tile "
            "of tile.P %d, tile.Q %d, tile.C %d, tile.K %d (0 = auto) fits "
            "buffers.accumulator %d, buffers.ifmap %d, buffers.weight %d",
            s->layer->index, s->layer->name, order, sums, cfg->tile[AS_DIM_P], cfg->tile[AS_DIM_Q],
            cfg->tile[AS_DIM_C], cfg->tile[AS_DIM_K], cfg->acc_words, cfg->ibuf_words,
            cfg->wbuf_words);
    return as_fail(s->diag, AS_ERR_NOFIT,
                   "layer %d %s: no tile of tile.P %d, tile.Q %d, tile.C %d, tile.K %d (0 = auto) "
                   "fits buffers.ifmap %d, buffers.weight %d, buffers.accumulator %d",
                   s->layer->index, s->layer->name, cfg->tile[AS_DIM_P], cfg->tile[AS_DIM_Q],
                   cfg->tile[AS_DIM_C], cfg->tile[AS_DIM_K], cfg->ibuf_words, cfg->wbuf_words,
                   cfg->acc_words);
}
