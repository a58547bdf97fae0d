/* Convolution-like layers on an array in which the ifmap stays.
 *
 * The buffers change places: the weight buffer holds pixels, gathered byte by byte so that a word
 * has neighbouring output pixels for one element of the reduction, and the ifmap buffer holds the
 * weights, [output channel][tile of the array][array row], constants that are loaded as they are.
 * An accumulator address is an output channel of a group of pixels, a column one of its pixels. */
#include <string.h>

#include "dataflows/mapper/ifmap_mapping.h"

struct chunk {
    struct as_chunk at; /* c: units of channels */
    int units, parts, tiles, words;
};

static struct chunk chunk_of(const struct as_nest *nest, const struct as_chunk *at)
{
    struct chunk chunk = {.at = *at};

    chunk.units = at->r.size * at->s.size * at->c.size;
    chunk.parts = as_ifmap_parts(nest->hw, &nest->map, at->r.size, at->s.size);
    chunk.tiles = as_ifmap_tiles(nest->hw, chunk.units);
    chunk.words = as_ifmap_words(nest->hw, chunk.units);
    return chunk;
}

/* ---- the order of units ---- */

struct unit {
    int r, s, c;
};

/* A full group is loaded in the order r, s, c; another one in parts: taps r of [c][s], or taps s of
 * [r][c]; fewer of them. */
static bool parts_along_r(const struct chunk *chunk)
{
    return chunk->at.r.size <= chunk->at.s.size;
}

static struct unit unit_at(const struct as_nest *nest, const struct chunk *chunk, int index)
{
    int nr = chunk->at.r.size, ns = chunk->at.s.size, nc = chunk->at.c.size;
    struct unit u = {.r = index / nc / ns, .s = index / nc % ns, .c = index % nc};

    if (!as_ifmap_full(nest->hw, &nest->map)) {
        if (parts_along_r(chunk))
            u = (struct unit){.r = index / ns / nc, .c = index / ns % nc, .s = index % ns};
        else
            u = (struct unit){.s = index / nc / nr, .r = index / nc % nr, .c = index % nc};
    }
    u.r += chunk->at.r.start;
    u.s += chunk->at.s.start;
    u.c += chunk->at.c.start;
    return u;
}

/* ---- constants ---- */

/* The weight of output channel k that an array row sees in a tile of a chunk. */
static int8_t weight(const struct as_nest *nest, const struct chunk *chunk, int k, int tile,
                     int row)
{
    const struct as_hw *hw = nest->hw;
    int index = hw->wide ? tile : tile * hw->rows + row;
    if (index >= chunk->units)
        return 0;
    struct unit u = unit_at(nest, chunk, index);
    int channel = u.c * as_ifmap_unit(hw) + (hw->wide ? row : 0);
    if (channel >= nest->map.set_c)
        return 0;
    return as_weights_at(&nest->weights, k, u.r, u.s, nest->set * nest->map.set_c + channel);
}

static void write_weights(struct as_nest *nest, int k_tile, const struct as_chunk *at,
                          size_t *block)
{
    struct as_span channels = as_nest_channels(nest, nest->set, k_tile);
    struct chunk chunk = chunk_of(nest, at);
    size_t bytes = (size_t)(channels.size * chunk.tiles * nest->hw->rows);
    bool pool = nest->weights.pool > 0; /* many of its tiles have the same weights */

    if (!pool)
        *block = as_schedule_alloc(nest->s, bytes);
    if (!pool && nest->s->trial)
        return;
    uint8_t *start = pool ? as_arena_alloc(nest->s->arena, bytes) : nest->s->data + *block;
    uint8_t *next = start;
    for (int k = channels.start; k < channels.start + channels.size; k++)
        for (int tile = 0; tile < chunk.tiles; tile++)
            for (int row = 0; row < nest->hw->rows; row++)
                *next++ = (uint8_t)weight(nest, &chunk, k, tile, row);
    if (pool)
        *block = as_schedule_share(nest->s, start, bytes);
}

/* ---- groups of pixels ---- */

/* The pixels of a group: its first, and how many there are along both axes. */
struct group {
    int p, q, np, nq;
};

static struct group group_of(const struct as_nest *nest, int line, int index)
{
    const struct as_pixel_group *m = &nest->map.group;
    int wide = as_ceil_div(nest->cols.size, m->width);
    struct group g = {.np = 1, .nq = 1};

    if (m->down) {
        struct as_span rows = as_span_of(nest->rows.size, m->height, m->joined ? index : line);
        g.p = rows.start;
        g.np = rows.size;
        g.q = m->joined ? 0 : index;
        g.nq = m->width;
    } else {
        struct as_span cols = as_span_of(nest->cols.size, m->width, index % wide);
        g.p = m->joined ? index / wide : line;
        g.q = cols.start;
        g.nq = cols.size;
    }
    g.p += nest->rows.start;
    g.q += nest->cols.start;
    return g;
}

/* ---- descriptors ---- */

/* What is worked on. */
struct out_tile {
    int k, line, tile;
    struct as_span channels, groups; /* groups of the line */
};

/* Bytes from a pixel of the input to the next one, for outputs and for taps. */
struct pixel_steps {
    int32_t out_x, out_y, tap_x, tap_y;
};

static struct pixel_steps pixel_steps_of(const struct as_conv_shape *w)
{
    int32_t row = w->in_w * w->image_c;

    return (struct pixel_steps){.out_x = w->stride_w * w->image_c,
                                .out_y = w->stride_h * row,
                                .tap_x = w->dilation_w * w->image_c,
                                .tap_y = w->dilation_h * row};
}

/* The outer loops of the load of a full group: r: channels, q: taps s, p: taps r.  `in_pixels`
 * bytes lie between the first and the last one of a row of pixels. */
static void loop_full(const struct as_conv_shape *w, const struct as_chunk *at, int unit,
                      int32_t in_pixels, struct as_load_desc *d)
{
    struct pixel_steps step = pixel_steps_of(w);
    int32_t in_channels = (at->c.size - 1) * unit + in_pixels;

    d->nr = at->c.size - 1;
    d->nq = at->s.size - 1;
    d->np = at->r.size - 1;
    d->dr = unit - in_pixels;
    d->dq = step.tap_x - in_channels;
    d->dp = step.tap_y - (at->s.size - 1) * step.tap_x - in_channels;
    d->dx_q = w->dilation_w;
    d->dy_p = w->dilation_h;
}

/* The outer loops of the load of a part of another group: r: its rows, then taps and channels. */
static void loop_part(const struct as_conv_shape *w, const struct chunk *chunk, int unit, int rows,
                      int32_t in_pixels, struct as_load_desc *d)
{
    struct pixel_steps step = pixel_steps_of(w);
    const struct as_chunk *at = &chunk->at;
    int32_t in_group = (rows - 1) * step.out_y + in_pixels;

    d->nr = rows - 1;
    d->dr = step.out_y - in_pixels;
    d->dy_r = w->stride_h;
    if (parts_along_r(chunk)) { /* q: taps s, p: channels */
        d->nq = at->s.size - 1;
        d->np = at->c.size - 1;
        d->dq = step.tap_x - in_group;
        d->dp = unit - (at->s.size - 1) * step.tap_x - in_group;
        d->dx_q = w->dilation_w;
    } else { /* q: channels, p: taps r */
        d->nq = at->c.size - 1;
        d->np = at->r.size - 1;
        d->dq = unit - in_group;
        d->dp = step.tap_y - (at->c.size - 1) * unit - in_group;
        d->dy_p = w->dilation_h;
    }
}

/* One load of a group's pixels: part `part` of a chunk. */
static struct as_sched_load pixel_load(const struct as_nest *nest, const struct out_tile *t,
                                       const struct chunk *chunk, int index, int part)
{
    const struct as_conv_shape *w = &nest->shape;
    struct group g = group_of(nest, t->line, t->groups.start + index);
    struct unit u = unit_at(nest, chunk, part * (chunk->units / chunk->parts));
    bool full = as_ifmap_full(nest->hw, &nest->map);
    int unit = as_ifmap_unit(nest->hw), nx = full ? nest->hw->cols : g.nq;
    int y0 = as_nest_y(nest, g.p) + u.r * w->dilation_h;
    int x0 = as_nest_x(nest, g.q) + u.s * w->dilation_w;
    int32_t pixel = w->stride_w * w->image_c, last = unit - 1;
    int32_t in_pixels = (nx - 1) * pixel + last; /* from the first to the last byte of a row */
    struct as_load_desc d = {
        .bytes = true,
        .align = full ? 0 : 2,
        .pad = as_nest_pad(nest),
        .nc = unit - 1,
        .ns = nx - 1,
        .ds = pixel - last,
        .dx_s = w->stride_w,
        .y0 = y0,
        .x0 = x0,
        .height = w->in_h,
        .width = w->in_w,
        .word0 = index * chunk->words + part * (chunk->units / chunk->parts),
    };

    if (full)
        loop_full(w, &chunk->at, unit, in_pixels, &d);
    else
        loop_part(w, chunk, unit, g.np, in_pixels, &d);
    return (struct as_sched_load){
        .desc = d,
        .src = {.tensor = nest->weights.layer->input[0],
                .offset = as_nest_image(nest) + ((int64_t)y0 * w->in_w + x0) * w->image_c +
                          nest->set * nest->map.set_c + u.c * unit},
    };
}

static enum as_status emit_chunk(struct as_nest *nest, const struct out_tile *t,
                                 const struct as_chunk *at)
{
    const struct as_hw *hw = nest->hw;
    const struct as_mapping *map = &nest->map;
    const struct as_layer *layer = nest->weights.layer;
    struct chunk chunk = chunk_of(nest, at);
    int64_t tile =
        (nest->region * map->whole[AS_LOOP_P] + t->line) * as_tiles(map, AS_LOOP_Q) + t->tile;
    struct as_sched_load weights = {
        .desc = {.linear = true, .bytes = !hw->ibuf_word_mode},
        .src = {.tensor = -1,
                .offset = (int64_t)nest->block[as_nest_block(nest, t->k, at->index)]}};
    int64_t bytes = (int64_t)t->channels.size * chunk.tiles * hw->rows;
    int beat = hw->ibuf_word_mode ? hw->mem_width_bytes : 1, n = 0;

    if (!as_linear_counts(hw, bytes / beat, (int64_t)hw->ibuf_words * hw->rows / beat,
                          &weights.desc))
        return as_fail(nest->s->diag, AS_ERR_NOFIT,
                       "layer %d %s: one load has %lld bytes of weights; buffers.ifmap holds %d "
                       "words of %d",
                       layer->index, layer->name, (long long)bytes, hw->ibuf_words, hw->rows);
    for (int g = 0; g < t->groups.size; g++)
        for (int part = 0; part < chunk.parts; part++)
            nest->parts[n++] = pixel_load(nest, t, &chunk, g, part);
    struct as_job job = {
        .compute =
            {
                .first = at->index == 0,
                .emit = at->index == nest->chunks - 1,
                .nq = t->channels.size - 1,
                .nc = chunk.tiles - 1,
                .nk = t->groups.size - 1,
                .dq = chunk.tiles,
                .dc = 1,
                .dk = -(chunk.tiles - 1),
                .ntiles = chunk.tiles * t->groups.size - 1,
            },
        .ifmap_id = weights.src.offset,
        .ifmap_parts = &weights,
        .ifmap_part_count = 1,
        .weights_id = nest->next_id + tile * nest->chunks + at->index,
        .weight_parts = nest->parts,
        .weight_part_count = n,
    };
    return as_schedule_job(nest->s, &job);
}

/* The store of an output tile, whose groups follow each other along a line. */
static void emit_store(struct as_nest *nest, const struct out_tile *t)
{
    const struct as_conv_shape *w = &nest->shape;
    const struct as_pixel_group *shape = &nest->map.group;
    struct group first = group_of(nest, t->line, t->groups.start);
    struct group last = group_of(nest, t->line, t->groups.start + t->groups.size - 1);
    int pixels = first.np * first.nq, last_pixels = last.np * last.nq;
    int pixel = nest->weights.shape.out_k, row = w->out_w * pixel; /* bytes of them */
    bool column = shape->down && !shape->joined;
    struct as_store_desc desc = {
        .by_address = true,
        .nkt = t->channels.size - 1,
        .np = t->groups.size - 1,
        .nc = pixels - 1,
        .ncl = last_pixels - 1,
        .m = (t->groups.size - 1) * pixels + last_pixels - 1,
        .dk = t->channels.size,
        .dq = column ? row : pixel,
        .dp = column ? pixel - (pixels - 1) * row : pixel,
    };
    int64_t image = (int64_t)nest->image * w->out_h;
    int64_t start = (image + first.p) * w->out_w + first.q;
    int64_t end = (image + last.p + last.np - 1) * w->out_w + last.q + last.nq - 1;

    as_nest_store(nest, &desc, start * pixel + t->channels.start,
                  end * pixel + t->channels.start + t->channels.size,
                  nest->params[nest->set * as_tiles(&nest->map, AS_LOOP_K) + t->k],
                  as_nest_y(nest, first.p), shape->joined ? 0 : as_nest_x(nest, first.q));
}

static enum as_status emit_tile(struct as_nest *nest, const int at[AS_DIM_COUNT])
{
    const struct as_mapping *map = &nest->map;
    struct out_tile t = {
        .k = at[AS_DIM_K],
        .line = at[AS_DIM_P],
        .tile = at[AS_DIM_Q],
        .channels = as_nest_channels(nest, nest->set, at[AS_DIM_K]),
        .groups = as_span_of(map->whole[AS_LOOP_Q], map->tile[AS_LOOP_Q], at[AS_DIM_Q]),
    };

    if (t.channels.size <= 0) /* the last set has fewer */
        return AS_OK;
    for (int i = 0; i < nest->chunks; i++) {
        struct as_chunk chunk = as_chunk_of(map, i);
        AS_TRY(emit_chunk(nest, &t, &chunk));
    }
    emit_store(nest, &t);
    return AS_OK;
}

static void begin(struct as_nest *nest)
{
    struct as_chunk first = as_chunk_of(&nest->map, 0);

    nest->blocks = 1;
    nest->parts = AS_NEW(nest->s->arena, struct as_sched_load,
                         nest->map.tile[AS_LOOP_Q] * chunk_of(nest, &first).parts);
}

const struct as_mapper as_ifmap_mapper = {
    .find = as_ifmap_find,
    .begin = begin,
    .write_weights = write_weights,
    .emit_tile = emit_tile,
    .skips_one_tile = true,
    .maps_regions = true,
};
