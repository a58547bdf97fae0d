/* A schedule as the memory holds it: loops found, addresses resolved, descriptors encoded. */
#include <string.h>

#include "dataflows/schedule/schedule.h"

/* Words of a LOOP, and of END, in each stream. */
static const int loop_words[] = {AS_LOAD_LINEAR_WORDS, AS_COMPUTE_WORDS, AS_STORE_WORDS};

/* ---- loops ---- */

static struct as_item load_item(const struct as_sched_load *load)
{
    struct as_load_desc desc = load->desc;
    struct as_item item = {.steps = true,
                           .has_y = !desc.linear,
                           .tensor = load->src.tensor,
                           .offset = load->src.offset,
                           .y0 = desc.y0};
    desc.y0 = 0;
    item.word_count = as_load_encode(&desc, item.words);
    return item;
}

static struct as_item store_item(const struct as_sched_store *store)
{
    struct as_store_desc desc = store->desc;
    struct as_item item = {.steps = true, .tensor = store->dst.tensor, .offset = store->dst.offset};
    desc.params = (uint32_t)store->params;
    item.word_count = as_store_encode(&desc, item.words);
    return item;
}

/* Descriptor `i` of a stream. */
static struct as_item item_of(const struct as_schedule *s, enum as_stream stream, int i)
{
    if (stream == AS_STREAM_LOAD)
        return load_item(&s->loads[i]);
    if (stream == AS_STREAM_STORE)
        return store_item(&s->stores[i]);
    struct as_item item = {0};
    item.word_count = as_compute_encode(&s->computes[i], item.words);
    return item;
}

static enum as_status compress(struct as_schedule *s, enum as_stream stream)
{
    int base = s->first[stream], count = s->count[stream] - base, loop_count;
    struct as_item *items = AS_NEW(s->arena, struct as_item, count + 1);
    const struct as_loop_price price = {.bytes = 4 * loop_words[stream],
                                        .passes = s->pass_price[stream == AS_STREAM_COMPUTE],
                                        .times = as_count_max(s->hw),
                                        .yinc_max = as_count_max(s->hw) - 1};

    for (int i = 0; i < count; i++)
        items[i] = item_of(s, stream, base + i);
    struct as_desc_loop *loops = as_find_loops(s->arena, items, count, base, &price, &loop_count);
    if (!as_loops_equal_items(items, count, base, loops, loop_count))
        return as_fail(s->diag, AS_ERR_MISMATCH,
                       "layer %d %s: stream %d executes other descriptors with loops than without",
                       s->layer->index, s->layer->name, (int)stream);
    for (int i = 0; i < loop_count; i++) {
        for (int k = 0; k < loops[i].length; k++)
            s->loop_bytes[stream] += 4 * (size_t)items[loops[i].first - base + k].word_count;
        s->loop_bytes[stream] += loops[i].times > 1 ? 4 * (size_t)loop_words[stream] : 0;
        s->loops[stream] = as_schedule_grow(s->arena, s->loops[stream], s->loop_count[stream],
                                            &s->loop_room[stream], sizeof s->loops[stream][0]);
        s->loops[stream][s->loop_count[stream]++] = loops[i];
    }
    return AS_OK;
}

enum as_status as_schedule_find_loops(struct as_schedule *s)
{
    for (int k = 0; k < AS_STREAM_COUNT; k++)
        AS_TRY(compress(s, (enum as_stream)k));
    return AS_OK;
}

/* ---- words ---- */

/* Where the streams go, and what they refer to. */
struct encoder {
    const struct as_schedule *s;
    const uint32_t *tensor_address;
    uint32_t data_address;
    uint8_t *image;
    uint32_t at;
};

static uint32_t resolve(const struct encoder *e, struct as_ref ref)
{
    uint32_t base = ref.tensor < 0 ? e->data_address : e->tensor_address[ref.tensor];
    return base + (uint32_t)ref.offset;
}

static void put_words(struct encoder *e, const uint32_t *words, int count)
{
    for (int i = 0; i < count; i++, e->at += 4)
        for (int k = 0; k < 4; k++)
            e->image[e->at + (uint32_t)k] = (uint8_t)(words[i] >> (8 * k));
}

/* Descriptor `i` of a stream; returns its words. */
static int encode(const struct encoder *e, enum as_stream stream, int i, bool step,
                  uint32_t words[AS_LOAD_WORDS])
{
    const struct as_schedule *s = e->s;

    if (stream == AS_STREAM_COMPUTE)
        return as_compute_encode(&s->computes[i], words);
    if (stream == AS_STREAM_LOAD) {
        struct as_load_desc desc = s->loads[i].desc;
        desc.src = resolve(e, s->loads[i].src);
        desc.step = step;
        return as_load_encode(&desc, words);
    }
    struct as_store_desc desc = s->stores[i].desc;
    desc.dst = resolve(e, s->stores[i].dst);
    desc.params = e->data_address + (uint32_t)s->stores[i].params;
    desc.step = step;
    return as_store_encode(&desc, words);
}

static void put_loop(struct encoder *e, enum as_stream stream, const struct as_desc_loop *body)
{
    uint32_t words[AS_LOAD_WORDS];
    const struct as_loop loop = {
        .count = body->times - 1, .target = e->at, .inc = (uint32_t)body->inc, .yinc = body->yinc};

    for (int i = body->first; i < body->first + body->length; i++) {
        bool step = false;
        if (body->times > 1) {
            struct as_item now = item_of(e->s, stream, i);
            struct as_item later = item_of(e->s, stream, i + body->length);
            step = as_item_advance(&now, &later).moves;
        }
        put_words(e, words, encode(e, stream, i, step, words));
    }
    if (body->times > 1)
        put_words(e, words, as_loop_encode(stream, &loop, e->s->hw->count_bits, words));
}

static void put_end(struct encoder *e, enum as_stream stream)
{
    const struct as_load_desc load = {.end = true};
    const struct as_compute_desc compute = {.end = true};
    const struct as_store_desc store = {.end = true};
    uint32_t words[AS_LOAD_WORDS];
    int count = stream == AS_STREAM_LOAD      ? as_load_encode(&load, words)
                : stream == AS_STREAM_COMPUTE ? as_compute_encode(&compute, words)
                                              : as_store_encode(&store, words);
    put_words(e, words, count);
}

size_t as_schedule_bytes(const struct as_schedule *s, enum as_stream stream)
{
    return s->loop_bytes[stream] + 4 * (size_t)loop_words[stream]; /* and END */
}

size_t as_schedule_total_bytes(const struct as_schedule *s)
{
    size_t bytes = 0;

    for (int k = 0; k < AS_STREAM_COUNT; k++)
        bytes += as_schedule_bytes(s, (enum as_stream)k);
    return bytes;
}

void as_schedule_encode(const struct as_schedule *s, const uint32_t *tensor_address,
                        uint32_t data_address, const uint32_t stream[AS_STREAM_COUNT],
                        uint8_t *image)
{
    struct encoder e = {
        .s = s, .tensor_address = tensor_address, .data_address = data_address, .image = image};

    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        e.at = stream[k];
        for (int r = 0; r < s->loop_count[k]; r++)
            put_loop(&e, (enum as_stream)k, &s->loops[k][r]);
        put_end(&e, (enum as_stream)k);
    }
}
