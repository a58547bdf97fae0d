#include "dataflows/exact.h"

#include <string.h>

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

static bool run(const struct as_schedule *parent,
                enum as_status (*emit)(void *, struct as_schedule *), void *context, uint64_t limit,
                struct as_layer_time *time)
{
    struct as_arena *arena = as_arena_new();
    struct as_config *cfg = AS_NEW(arena, struct as_config, 1);
    struct as_schedule s;
    struct as_diag diag;
    bool good = false;

    as_diag_init(&diag);
    as_schedule_init(&s, arena, parent->cfg, parent->net, &diag);
    s.trial = true;
    s.thrift = parent->thrift;
    memcpy(s.pass_price, parent->pass_price, sizeof s.pass_price);
    as_schedule_begin_layer(&s, parent->layer);
    s.wait_mem = true;
    if (emit(context, &s) == AS_OK && as_schedule_end_layer(&s, true) == AS_OK) {
        struct place place = place_of(&s);
        uint8_t *image = as_arena_alloc(arena, place.data);
        if (with_memory(parent->cfg, place.end, cfg)) {
            as_schedule_encode(&s, place.tensor, place.data, place.stream, image);
            good = as_layer_time_run(cfg, image, place.data, place.stream, limit, time);
        }
    }
    as_arena_free(arena);
    return good;
}

bool as_exact_time(const struct as_schedule *s,
                   enum as_status (*emit)(void *, struct as_schedule *), void *context,
                   uint64_t key, uint64_t limit, struct as_layer_time *time)
{
    struct as_exact_cache *cache = s->exact;

    if (!cache)
        return false;
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
    entry->in_time = run(s, emit, context, limit, &entry->time);
    *time = entry->time;
    return entry->in_time;
}

uint64_t as_exact_score(const struct as_config *cfg, const struct as_layer_time *time,
                        const struct as_cost *cost, int thrift)
{
    return (uint64_t)cfg->goal_cycles * time->cycles + (uint64_t)cfg->goal_bytes * time->bytes +
           (uint64_t)AS_GOAL_ONE * (uint64_t)thrift *
               (cost->descriptors + cost->constants + cost->trail);
}
