#include "dataflows/schedule/schedule.h"
#include "dataflows/schedule/coordinates.h"
#include "gen/program/record.h"

#include <assert.h>
#include <string.h>

#define ROOM_MIN 64

static void empty_buffers(struct as_schedule *s)
{
    for (int half = 0; half < 2; half++)
        s->ibuf[half] = s->wbuf[half] = (struct as_slot){.id = -1, .last_job = -1};
}

void as_schedule_init(struct as_schedule *s, struct as_arena *arena, const struct as_hw *hw,
                      const struct as_mapping_wish *map, const struct as_network *net,
                      struct as_diag *diag)
{
    memset(s, 0, sizeof *s);
    s->arena = arena;
    s->hw = hw;
    s->map = map;
    s->net = net;
    s->diag = diag;
    empty_buffers(s);
}

void *as_schedule_grow(struct as_arena *arena, void *array, int count, int *room, size_t element)
{
    if (count < *room)
        return array;
    *room = *room > 0 ? 2 * *room : ROOM_MIN;
    void *larger = as_arena_alloc(arena, element * (size_t)*room);
    if (count > 0)
        memcpy(larger, array, element * (size_t)count);
    return larger;
}

/* ---- constants ---- */

size_t as_schedule_alloc(struct as_schedule *s, size_t bytes)
{
    size_t start = (s->data_bytes + AS_STREAM_ALIGN - 1) / AS_STREAM_ALIGN * AS_STREAM_ALIGN;
    if (start + bytes > s->data_room && !s->trial) {
        s->data_room = 2 * (start + bytes);
        uint8_t *larger = as_arena_alloc(s->arena, s->data_room);
        if (s->data_bytes > 0)
            memcpy(larger, s->data, s->data_bytes);
        s->data = larger;
    }
    s->data_bytes = start + bytes;
    return start;
}

size_t as_schedule_share(struct as_schedule *s, const uint8_t *data, size_t bytes)
{
    for (int i = 0; i < s->shared_count; i++)
        if (s->shared[i].bytes == bytes && memcmp(s->data + s->shared[i].offset, data, bytes) == 0)
            return s->shared[i].offset;
    size_t offset = as_schedule_alloc(s, bytes);
    if (s->trial)
        return offset;
    memcpy(s->data + offset, data, bytes);
    s->shared = as_schedule_grow(s->arena, s->shared, s->shared_count, &s->shared_room,
                                 sizeof s->shared[0]);
    s->shared[s->shared_count].offset = offset;
    s->shared[s->shared_count].bytes = bytes;
    s->shared_count++;
    return offset;
}

static void put_psum(uint8_t *at, as_psum value)
{
    for (int i = 0; i < AS_P_BYTES; i++)
        at[i] = (uint8_t)((as_upsum)value >> (8 * i));
}

enum as_status as_refuse_left_shift(const struct as_schedule *s, int shift, int most)
{
    if (shift <= most)
        return AS_OK;
    return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                   "layer %d %s: the output scales by a left shift of %d, expected at most %d",
                   s->layer->index, s->layer->name, shift, most);
}

enum as_status as_refuse_products(const struct as_schedule *s)
{
    if (s->hw->products)
        return AS_OK;
    return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                   "layer %d %s: operators.products is 0, expected 1 for products of activations",
                   s->layer->index, s->layer->name);
}

size_t as_weight_byte(const struct as_hw *hw, int n, int row, int col)
{
    size_t word = as_wbuf_word_bytes(hw);

    if (hw->wide)
        return (size_t)n * word + (size_t)(AS_W_BYTES * (col * hw->rows + row));
    return (size_t)(n * hw->rows + row) * word + (size_t)(AS_W_BYTES * col);
}

void as_schedule_put_param(const struct as_hw *hw, uint8_t *at, int32_t bias, int32_t multiplier,
                           int shift)
{
    assert(multiplier >= 0 && shift >= 0 && shift < AS_P_BITS);
    const struct as_record record = {
        .bias = (uint32_t)bias, .multiplier = (uint32_t)multiplier, .shift = (uint32_t)shift};
    memset(at, 0, as_param_bytes(hw));
    as_record_put(&record, at);
}

size_t as_schedule_table(struct as_schedule *s, const as_psum table[AS_TABLE_ENTRIES])
{
    size_t word = as_wbuf_word_bytes(s->hw), bytes = as_table_bytes(s->hw);
    size_t pack = (size_t)s->hw->table_pack;
    uint8_t *at = as_arena_alloc(s->arena, bytes);

    for (size_t i = 0; i < AS_TABLE_ENTRIES; i++)
        put_psum(at + i / pack * word + i % pack * (size_t)AS_P_BYTES, table[i]);
    return as_schedule_share(s, at, bytes);
}

/* ---- loads ---- */

bool as_linear_counts(const struct as_hw *hw, int64_t beats, int64_t capacity,
                      struct as_load_desc *desc)
{
    int count_max = as_count_max(hw);
    for (int64_t s = (beats + count_max - 1) / count_max; s <= count_max; s++) {
        int64_t c = (beats + s - 1) / s;
        if (c <= count_max && s * c <= capacity) {
            desc->nc = (int)c - 1;
            desc->ns = (int)s - 1;
            return true;
        }
    }
    return false;
}

struct as_load_desc as_box_load(const struct as_hw *hw, const struct as_conv_shape *w,
                                const struct as_box *box, int64_t *offset)
{
    struct as_load_desc d = {
        .pad = box->pad, .y0 = box->y0, .x0 = box->x0, .height = w->in_h, .width = w->in_w};
    int32_t pixel = box->dx * w->in_c, row = box->dy * w->in_w * w->in_c;
    int32_t in_row = (box->nx - 1) * pixel;

    *offset = ((int64_t)box->y0 * w->in_w + box->x0) * w->in_c + box->c0;
    if (box->groups > 0) {
        d.bytes = true;
        d.align = 1;
        d.nc = box->unit - 1;
        d.ns = box->repeat - 1;
        d.nr = box->groups - 1;
        d.nq = box->nx - 1;
        d.np = box->ny - 1;
        d.ds = -(box->unit - 1);
        d.dr = 1;
        d.dq = pixel - (box->groups * box->unit - 1);
        d.dp = row - in_row - (box->groups * box->unit - 1);
        d.dx_q = box->dx;
        d.dy_p = box->dy;
        return d;
    }
    int lanes = as_lane_count(hw, box->lanes);
    bool words = lanes % hw->mem_width_bytes == 0 && w->in_c % lanes == 0 && box->c0 % lanes == 0 &&
                 box->channels % lanes == 0;
    int beat = words ? hw->mem_width_bytes : 1;
    d.bytes = !words;
    d.align = words ? 0 : 1;
    d.lanes = box->lanes;
    d.nc = box->channels / beat - 1;
    d.ns = box->nx - 1;
    d.nr = box->ny - 1;
    d.ds = pixel - (box->channels - beat);
    d.dr = row - in_row - (box->channels - beat);
    d.dx_s = box->dx;
    d.dy_r = box->dy;
    return d;
}

static enum as_status emit_load(struct as_schedule *s, const struct as_load_desc *desc,
                                struct as_ref src)
{
    int n = s->count[AS_STREAM_LOAD];
    s->loads =
        as_schedule_grow(s->arena, s->loads, n, &s->room[AS_STREAM_LOAD], sizeof s->loads[0]);
    s->loads[n] = (struct as_sched_load){.desc = *desc, .src = src};
    if (!as_coordinates_fit(s->hw, &s->loads[n].desc))
        return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                       "layer %d %s: a load of %d x %d x %d x %d pixels with padding needs "
                       "coordinates of more than descriptor.coordinate %d bits",
                       s->layer->index, s->layer->name, desc->np + 1, desc->nq + 1, desc->nr + 1,
                       desc->ns + 1, s->hw->coord_bits);
    s->count[AS_STREAM_LOAD]++;
    return AS_OK;
}

/* ---- jobs ---- */

/* The half that holds `id`, or the half to load it into: *hit tells which. */
static int find_half(const struct as_slot slots[2], int64_t id, bool *hit)
{
    for (int half = 0; half < 2; half++) {
        *hit = slots[half].loaded && slots[half].id == id;
        if (*hit)
            return half;
    }
    return slots[1].last_job < slots[0].last_job;
}

/* Frees what a half holds, by the last job that used it. */
static void release(struct as_schedule *s, struct as_slot *slot, bool weights)
{
    if (!slot->loaded)
        return;
    struct as_compute_desc *user = &s->computes[slot->last_job];
    if (weights)
        user->free_w = true;
    else
        user->free_i = true;
    slot->loaded = false;
    slot->id = -1;
}

/* A tensor that is constant lies among the constants. */
static struct as_ref place_of(struct as_schedule *s, struct as_ref src)
{
    const struct as_tensor *t = src.tensor < 0 ? NULL : &s->net->tensors[src.tensor];

    if (t && t->data) {
        src.tensor = -1;
        src.offset += (int64_t)as_schedule_share(s, (const uint8_t *)t->data, t->bytes);
    }
    return src;
}

/* Emits the loads that fill `half`.  The first load of a layer that reads a tensor waits for the
 * layer before. */
static enum as_status load_parts(struct as_schedule *s, const struct as_sched_load *parts,
                                 int count, bool weights, int half)
{
    for (int i = 0; i < count; i++) {
        struct as_load_desc desc = parts[i].desc;
        struct as_ref src = place_of(s, parts[i].src);
        desc.to_weights = weights;
        desc.half = half;
        desc.partial = i + 1 < count;
        desc.wait_mem = s->wait_mem && src.tensor >= 0;
        s->wait_mem = s->wait_mem && !desc.wait_mem;
        AS_TRY(emit_load(s, &desc, src));
    }
    return AS_OK;
}

static enum as_status load_weights(struct as_schedule *s, const struct as_job *job, int half)
{
    struct as_sched_load load = {.desc = {.linear = true},
                                 .src = {.tensor = -1, .offset = (int64_t)job->weights}};
    int beats = s->hw->wbuf_beats;

    release(s, &s->wbuf[half], true);
    s->wbuf[half].loaded = true;
    s->wbuf[half].id = job->weights_id;
    if (job->weight_part_count > 0)
        return load_parts(s, job->weight_parts, job->weight_part_count, true, half);
    if (!as_linear_counts(s->hw, (int64_t)job->weights_words * beats,
                          (int64_t)s->hw->wbuf_words * beats, &load.desc))
        return as_fail(s->diag, AS_ERR_NOFIT,
                       "layer %d %s: one load has %d words of weights; buffers.weight holds %d",
                       s->layer->index, s->layer->name, job->weights_words, s->hw->wbuf_words);
    return load_parts(s, &load, 1, true, half);
}

static enum as_status load_ifmap(struct as_schedule *s, const struct as_job *job, int half)
{
    const struct as_sched_load load = {.desc = job->ifmap, .src = job->ifmap_src};

    release(s, &s->ibuf[half], false);
    s->ibuf[half].loaded = true;
    s->ibuf[half].id = job->ifmap_id;
    if (job->ifmap_part_count > 0)
        return load_parts(s, job->ifmap_parts, job->ifmap_part_count, false, half);
    return load_parts(s, &load, 1, false, half);
}

/* None of a job's weights come from a tensor. */
static bool weights_are_constants(const struct as_job *job)
{
    for (int i = 0; i < job->weight_part_count; i++)
        if (job->weight_parts[i].src.tensor >= 0)
            return false;
    return true;
}

enum as_status as_schedule_job(struct as_schedule *s, const struct as_job *job)
{
    bool have_i, have_w;
    int isel = find_half(s->ibuf, job->ifmap_id, &have_i);
    int wsel = find_half(s->wbuf, job->weights_id, &have_w);
    int n = s->count[AS_STREAM_COMPUTE];
    /* Constants do not wait for the layer before, so they go ahead of the tensor that does. */
    bool weights_first = s->wait_mem && weights_are_constants(job);

    if (!have_w && weights_first)
        AS_TRY(load_weights(s, job, wsel));
    if (!have_i)
        AS_TRY(load_ifmap(s, job, isel));
    if (!have_w && !weights_first)
        AS_TRY(load_weights(s, job, wsel));

    s->computes = as_schedule_grow(s->arena, s->computes, n, &s->room[AS_STREAM_COMPUTE],
                                   sizeof s->computes[0]);
    s->computes[n] = job->compute;
    s->computes[n].isel = isel;
    s->computes[n].wsel = wsel;
    s->computes[n].asel = s->asel;
    s->count[AS_STREAM_COMPUTE]++;
    s->ibuf[isel].last_job = n;
    s->wbuf[wsel].last_job = n;
    return AS_OK;
}

void as_schedule_store(struct as_schedule *s, const struct as_store_desc *desc, struct as_ref dst,
                       size_t params)
{
    int n = s->count[AS_STREAM_STORE];
    s->stores =
        as_schedule_grow(s->arena, s->stores, n, &s->room[AS_STREAM_STORE], sizeof s->stores[0]);
    s->stores[n] = (struct as_sched_store){.desc = *desc, .dst = dst, .params = params};
    s->stores[n].desc.asel = s->asel;
    s->stores[n].desc.in_float = s->layer->rounding == AS_ROUNDING_FLOAT;
    /* tensors begin at multiples of AS_STREAM_ALIGN */
    struct as_store_desc at = *desc;
    at.dst = (uint32_t)dst.offset;
    s->stores[n].desc.side_by_side = as_store_may_be_side_by_side(&at, s->hw->requant_lanes);
    s->count[AS_STREAM_STORE]++;
    s->computes[s->count[AS_STREAM_COMPUTE] - 1].push_a = true;
    s->asel ^= !s->one_half;
}

void as_schedule_tile(struct as_schedule *s, int64_t read_low, int64_t write_high)
{
    int room = s->tile_room;
    s->read_low =
        as_schedule_grow(s->arena, s->read_low, s->tile_count, &room, sizeof s->read_low[0]);
    s->write_high = as_schedule_grow(s->arena, s->write_high, s->tile_count, &s->tile_room,
                                     sizeof s->write_high[0]);
    s->read_low[s->tile_count] = read_low;
    s->write_high[s->tile_count] = write_high;
    s->tile_count++;
}

void as_schedule_begin_layer(struct as_schedule *s, const struct as_layer *layer)
{
    s->layer = layer;
    s->wish = as_mapping_wish_of(s->map, layer->index, (int)layer->op);
    s->wait_mem = s->count[AS_STREAM_STORE] > 0;
    s->tile_count = 0;
    s->one_half = false;
    memcpy(s->first, s->count, sizeof s->first);
}

void as_schedule_restart_layer(struct as_schedule *s)
{
    memcpy(s->first, s->count, sizeof s->first);
    s->read_low = s->write_high = NULL;
    s->tile_count = s->tile_room = 0;
    empty_buffers(s);
}

enum as_status as_schedule_end_layer(struct as_schedule *s, enum as_layer_end end)
{
    for (int half = 0; half < 2; half++) {
        release(s, &s->ibuf[half], false);
        release(s, &s->wbuf[half], true);
    }
    struct as_store_desc *store = &s->stores[s->count[AS_STREAM_STORE] - 1].desc;
    store->layer_done = end != AS_END_STEP;
    store->push_m = end != AS_END_NETWORK;
    return as_schedule_find_loops(s);
}

int64_t as_schedule_overlap(const struct as_schedule *s)
{
    int64_t low = INT64_MAX, distance = 0;
    int64_t high = 0;

    /* suffix minima of the reads, kept in the array of reads itself */
    for (int t = s->tile_count - 1; t >= 0; t--) {
        if (s->read_low[t] < low)
            low = s->read_low[t];
        s->read_low[t] = low;
    }
    for (int t = 0; t + 1 < s->tile_count; t++) {
        if (s->write_high[t] > high)
            high = s->write_high[t];
        if (high - s->read_low[t + 1] > distance)
            distance = high - s->read_low[t + 1];
    }
    return distance;
}
