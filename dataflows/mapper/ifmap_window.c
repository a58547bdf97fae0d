/* Window layers on an array in which the ifmap stays: CONV_2D, FULLY_CONNECTED, DEPTHWISE_CONV_2D
 * and AVERAGE_POOL_2D.
 *
 * The buffers change places: the weight buffer holds pixels, gathered byte by byte so that a word
 * has neighbouring output pixels for one element of the reduction, and the ifmap buffer holds the
 * filter, [output channel][tile of the array][array row], constants that are loaded as they are.
 * An accumulator address is an output channel of a group of pixels, a column one of its pixels. */
#include <string.h>

#include "dataflows/mapper/timed_choice.h"
#include "dataflows/mapper/ifmap_mapping.h"
#include "dataflows/mapper/average.h"
#include "dataflows/mapper/mapper.h"

struct ifmap_job {
    struct as_schedule *s;
    const struct as_config *cfg;
    struct as_filter f;
    struct as_ifmap_map m;
    int nk, nr, ns, nc, line_tiles; /* tiles of k in a set; chunks; tiles of a line */
    size_t *weights;                /* [set][k tile][chunk] */
    size_t *params;                 /* [set][k tile] */
    int image;
    int64_t loads;                /* of pixels before those of m.rows x m.cols of the image */
    struct as_sched_load *pixels; /* [groups of a tile][parts] */
    size_t divisor;               /* AVERAGE_POOL: the parameter record of these outputs */
};

struct chunk {
    struct as_span r, s, c; /* c: units of channels */
    int index, units, parts, tiles, words;
};

static struct chunk chunk_of(const struct ifmap_job *j, int index)
{
    struct chunk chunk = {
        .r = as_span_of(j->f.w.kernel_h, j->m.tr, index / j->nc / j->ns),
        .s = as_span_of(j->f.w.kernel_w, j->m.ts, index / j->nc % j->ns),
        .c = as_span_of(j->m.units_c, j->m.tc, index % j->nc),
        .index = index,
    };
    chunk.units = chunk.r.size * chunk.s.size * chunk.c.size;
    chunk.parts = as_ifmap_parts(j->cfg, &j->m, chunk.r.size, chunk.s.size);
    chunk.tiles = as_ifmap_tiles(j->cfg, chunk.units);
    chunk.words = as_ifmap_words(j->cfg, chunk.units);
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
    return chunk->r.size <= chunk->s.size;
}

static struct unit unit_at(const struct ifmap_job *j, const struct chunk *chunk, int index)
{
    int nr = chunk->r.size, ns = chunk->s.size, nc = chunk->c.size;
    struct unit u = {.r = index / nc / ns, .s = index / nc % ns, .c = index % nc};

    if (!as_ifmap_full(j->cfg, &j->m)) {
        if (parts_along_r(chunk))
            u = (struct unit){.r = index / ns / nc, .c = index / ns % nc, .s = index % ns};
        else
            u = (struct unit){.s = index / nc / nr, .r = index / nc % nr, .c = index % nc};
    }
    u.r += chunk->r.start;
    u.s += chunk->s.start;
    u.c += chunk->c.start;
    return u;
}

/* ---- constants ---- */

/* The filter of output channel k as an array row sees it in a tile of a chunk. */
static int8_t weight(const struct ifmap_job *j, const struct chunk *chunk, int set, int k, int tile,
                     int row)
{
    int index = j->cfg->wide ? tile : tile * j->cfg->rows + row;
    if (index >= chunk->units)
        return 0;
    struct unit u = unit_at(j, chunk, index);
    int channel = u.c * as_ifmap_unit(j->cfg) + (j->cfg->wide ? row : 0);
    if (channel >= j->m.set_c)
        return 0;
    return as_filter_at(&j->f, k, u.r, u.s, set * j->m.set_c + channel);
}

/* Output channels of k tile `tile` of a set, of the layer. */
static struct as_span channels_of(const struct ifmap_job *j, int set, int tile)
{
    int left = j->f.w.out_k - set * j->m.set_k;
    struct as_span span = as_span_of(left < j->m.set_k ? left : j->m.set_k, j->m.tk, tile);
    span.start += set * j->m.set_k;
    return span;
}

static size_t write_chunk(struct ifmap_job *j, const struct chunk *chunk, int set,
                          struct as_span channels)
{
    size_t bytes = (size_t)(channels.size * chunk->tiles * j->cfg->rows);
    if (j->s->trial && j->f.pool == 0)
        return as_schedule_alloc(j->s, bytes);
    uint8_t *start = as_arena_alloc(j->s->arena, bytes), *at = start;

    for (int k = channels.start; k < channels.start + channels.size; k++)
        for (int tile = 0; tile < chunk->tiles; tile++)
            for (int row = 0; row < j->cfg->rows; row++)
                *at++ = (uint8_t)weight(j, chunk, set, k, tile, row);
    if (j->f.pool > 0)
        return as_schedule_share(j->s, start, bytes);
    size_t offset = as_schedule_alloc(j->s, bytes);
    memcpy(j->s->data + offset, start, bytes);
    return offset;
}

static enum as_status write_constants(struct ifmap_job *j)
{
    int chunks = j->nr * j->ns * j->nc;

    for (int set = 0; set < j->m.sets; set++)
        for (int k = 0; k < j->nk; k++) {
            struct as_span channels = channels_of(j, set, k);
            int block = set * j->nk + k;
            if (channels.size <= 0)
                continue;
            for (int i = 0; i < chunks; i++) {
                struct chunk chunk = chunk_of(j, i);
                j->weights[block * chunks + i] = write_chunk(j, &chunk, set, channels);
            }
            if (j->f.pool > 0)
                continue;
            j->params[block] =
                as_schedule_alloc(j->s, (size_t)channels.size * as_param_bytes(j->cfg));
            AS_TRY(as_filter_params(j->s, &j->f, channels.start, channels.size, j->params[block]));
        }
    return AS_OK;
}

/* ---- descriptors ---- */

/* The pixels of a group: its first, and how many there are along both axes. */
struct group {
    int p, q, np, nq;
};

static struct group group_of(const struct ifmap_job *j, int line, int index)
{
    const struct as_ifmap_map *m = &j->m;
    int wide = as_ceil_div(m->cols.size, m->lx);
    struct group g = {.np = 1, .nq = 1};

    if (m->down) {
        struct as_span rows = as_span_of(m->rows.size, m->ly, m->joined ? index : line);
        g.p = rows.start;
        g.np = rows.size;
        g.q = m->joined ? 0 : index;
        g.nq = m->lx;
    } else {
        struct as_span cols = as_span_of(m->cols.size, m->lx, index % wide);
        g.p = m->joined ? index / wide : line;
        g.q = cols.start;
        g.nq = cols.size;
    }
    g.p += m->rows.start;
    g.q += m->cols.start;
    return g;
}

/* What is worked on. */
struct out_tile {
    int set, k, line, tile;
    struct as_span channels, groups; /* groups of the line */
};

/* One load of a group's pixels: part `part` of a chunk. */
static struct as_sched_load pixel_load(const struct ifmap_job *j, const struct out_tile *t,
                                       const struct chunk *chunk, int index, int part)
{
    const struct as_conv_shape *w = &j->f.w;
    const struct as_tensor *in = &j->s->net->tensors[j->f.layer->input[0]];
    struct group g = group_of(j, t->line, t->groups.start + index);
    struct unit u = unit_at(j, chunk, part * (chunk->units / chunk->parts));
    bool full = as_ifmap_full(j->cfg, &j->m);
    int unit = as_ifmap_unit(j->cfg), nx = full ? j->cfg->cols : g.nq;
    int y0 = g.p * w->stride_h - w->pad_top + u.r * w->dilation_h;
    int x0 = g.q * w->stride_w - w->pad_left + u.s * w->dilation_w;
    int32_t row = w->in_w * w->in_c, last = unit - 1;
    int32_t pixel_x = w->stride_w * w->in_c, pixel_y = w->stride_h * row;
    int32_t tap_x = w->dilation_w * w->in_c, tap_y = w->dilation_h * row;
    int32_t in_pixels = (nx - 1) * pixel_x + last; /* from the first to the last byte of a row */
    int64_t image = (int64_t)j->image * w->in_h * w->in_w;
    struct as_load_desc d = {
        .bytes = true,
        .align = full ? 0 : 2,
        .pad = (int8_t)(j->f.pool > 0 ? 0 : in->zero_point),
        .nc = unit - 1,
        .ns = nx - 1,
        .ds = pixel_x - last,
        .dx_s = w->stride_w,
        .y0 = y0,
        .x0 = x0,
        .height = w->in_h,
        .width = w->in_w,
        .word0 = index * chunk->words + part * (chunk->units / chunk->parts),
    };

    if (full) { /* r: channels, q: taps s, p: taps r */
        int32_t in_channels = (chunk->c.size - 1) * unit + in_pixels;
        d.nr = chunk->c.size - 1;
        d.nq = chunk->s.size - 1;
        d.np = chunk->r.size - 1;
        d.dr = unit - in_pixels;
        d.dq = tap_x - in_channels;
        d.dp = tap_y - (chunk->s.size - 1) * tap_x - in_channels;
        d.dx_q = w->dilation_w;
        d.dy_p = w->dilation_h;
    } else {
        int32_t in_group = (g.np - 1) * pixel_y + in_pixels;
        d.nr = g.np - 1;
        d.dr = pixel_y - in_pixels;
        d.dy_r = w->stride_h;
        if (parts_along_r(chunk)) { /* q: taps s, p: channels */
            d.nq = chunk->s.size - 1;
            d.np = chunk->c.size - 1;
            d.dq = tap_x - in_group;
            d.dp = unit - (chunk->s.size - 1) * tap_x - in_group;
            d.dx_q = w->dilation_w;
        } else { /* q: channels, p: taps r */
            d.nq = chunk->c.size - 1;
            d.np = chunk->r.size - 1;
            d.dq = unit - in_group;
            d.dp = tap_y - (chunk->c.size - 1) * unit - in_group;
            d.dy_p = w->dilation_h;
        }
    }
    return (struct as_sched_load){
        .desc = d,
        .src = {.tensor = j->f.layer->input[0],
                .offset = (image + (int64_t)y0 * w->in_w + x0) * w->in_c + t->set * j->m.set_c +
                          u.c * unit},
    };
}

static enum as_status emit_chunk(struct ifmap_job *j, const struct out_tile *t,
                                 const struct chunk *chunk)
{
    const struct as_config *cfg = j->cfg;
    int chunks = j->nr * j->ns * j->nc, block = t->set * j->nk + t->k, n = 0;
    int64_t tile = ((int64_t)t->set * j->m.lines + t->line) * j->line_tiles + t->tile;
    struct as_sched_load filter = {
        .desc = {.linear = true, .bytes = !cfg->ibuf_word_mode},
        .src = {.tensor = -1, .offset = (int64_t)j->weights[block * chunks + chunk->index]}};
    int64_t bytes = (int64_t)t->channels.size * chunk->tiles * cfg->rows;
    int beat = cfg->ibuf_word_mode ? cfg->mem_width_bytes : 1;

    if (!as_linear_counts(cfg, bytes / beat, (int64_t)cfg->ibuf_words * cfg->rows / beat,
                          &filter.desc))
        return as_fail(j->s->diag, AS_ERR_NOFIT,
                       "layer %d %s: %lld bytes of weights in one load, buffers.ifmap holds %d "
                       "words of %d",
                       j->f.layer->index, j->f.layer->name, (long long)bytes, cfg->ibuf_words,
                       cfg->rows);
    for (int g = 0; g < t->groups.size; g++)
        for (int part = 0; part < chunk->parts; part++)
            j->pixels[n++] = pixel_load(j, t, chunk, g, part);
    struct as_job job = {
        .compute =
            {
                .first = chunk->index == 0,
                .emit = chunk->index == chunks - 1,
                .nq = t->channels.size - 1,
                .nc = chunk->tiles - 1,
                .nk = t->groups.size - 1,
                .dq = chunk->tiles,
                .dc = 1,
                .dk = -(chunk->tiles - 1),
                .ntiles = chunk->tiles * t->groups.size - 1,
            },
        .ifmap_id = filter.src.offset,
        .ifmap_parts = &filter,
        .ifmap_part_count = 1,
        .weights_id = j->loads + tile * chunks + chunk->index,
        .weight_parts = j->pixels,
        .weight_part_count = n,
    };
    return as_schedule_job(j->s, &job);
}

/* The lowest input byte that the loads of an output tile read. */
static int64_t read_low(const struct ifmap_job *j, const struct group *first)
{
    const struct as_conv_shape *w = &j->f.w;
    int y = first->p * w->stride_h - w->pad_top, x = first->q * w->stride_w - w->pad_left;
    int64_t image = (int64_t)j->image * w->in_h * w->in_w;
    if (x < 0 || j->m.joined)
        x = 0;
    return (image + (int64_t)(y > 0 ? y : 0) * w->in_w + x) * w->in_c;
}

static enum as_status emit_tile(struct ifmap_job *j, const struct out_tile *t)
{
    const struct as_conv_shape *w = &j->f.w;
    const struct as_layer *layer = j->f.layer;
    struct group first = group_of(j, t->line, t->groups.start);
    struct group last = group_of(j, t->line, t->groups.start + t->groups.size - 1);
    int pixels = first.np * first.nq, last_pixels = last.np * last.nq;
    int row = w->out_w * w->out_k;
    bool pool = j->f.pool > 0, column = j->m.down && !j->m.joined;
    int chunks = j->nr * j->ns * j->nc;

    for (int i = 0; i < chunks; i++) {
        struct chunk chunk = chunk_of(j, i);
        AS_TRY(emit_chunk(j, t, &chunk));
    }
    struct as_store_desc store = {
        .by_address = true,
        .shared = pool,
        .zp = layer->op == AS_OP_AVERAGE_POOL_2D ? 0 : j->s->net->tensors[layer->output].zero_point,
        .amin = layer->act_min,
        .amax = layer->act_max,
        .nkt = t->channels.size - 1,
        .np = t->groups.size - 1,
        .nc = pixels - 1,
        .ncl = last_pixels - 1,
        .m = (t->groups.size - 1) * pixels + last_pixels - 1,
        .dk = t->channels.size,
        .dq = column ? row : w->out_k,
        .dp = column ? w->out_k - (pixels - 1) * row : w->out_k,
    };
    int64_t pixel = ((int64_t)j->image * w->out_h + first.p) * w->out_w + first.q;
    int64_t end =
        ((int64_t)j->image * w->out_h + last.p + last.np - 1) * w->out_w + last.q + last.nq - 1;
    as_schedule_store(
        j->s, &store,
        (struct as_ref){.tensor = layer->output, .offset = pixel * w->out_k + t->channels.start},
        pool ? j->divisor : j->params[t->set * j->nk + t->k]);
    as_schedule_tile(j->s, read_low(j, &first),
                     end * w->out_k + t->channels.start + t->channels.size);
    return AS_OK;
}

/* All output tiles of a set, in the order of the mapping. */
static enum as_status emit_set(struct ifmap_job *j, int set)
{
    const int count[AS_DIM_COUNT] = {
        [AS_DIM_P] = j->m.lines, [AS_DIM_Q] = j->line_tiles, [AS_DIM_K] = j->nk};
    enum as_dim order[3];
    int at[AS_DIM_COUNT] = {0}, total, inner = 0;

    as_order_without_c(j->m.order, order);
    total = count[order[0]] * count[order[1]] * count[order[2]];
    for (int i = 0; i < 3; i++) /* the innermost that goes round more than once */
        inner = count[order[i]] > 1 ? i : inner;
    for (int n = 0; n < total; n++) {
        int rest = n;
        for (int i = 2; i >= 0; i--) {
            at[order[i]] = rest % count[order[i]];
            rest /= count[order[i]];
            if (i == inner && j->m.turns && rest % 2 != 0) /* back and forth */
                at[order[i]] = count[order[i]] - 1 - at[order[i]];
        }
        struct out_tile t = {
            .set = set,
            .k = at[AS_DIM_K],
            .line = at[AS_DIM_P],
            .tile = at[AS_DIM_Q],
            .channels = channels_of(j, set, at[AS_DIM_K]),
            .groups = as_span_of(j->m.line_groups, j->m.tg, at[AS_DIM_Q]),
        };
        if (t.channels.size > 0)
            AS_TRY(emit_tile(j, &t));
    }
    return AS_OK;
}

/* Emits the outputs m.rows x m.cols of all images by the mapping in j->m. */
static enum as_status emit_region(struct ifmap_job *j)
{
    j->s->one_half = j->m.one_half;
    j->nk = as_ceil_div(j->m.set_k, j->m.tk);
    j->nr = as_ceil_div(j->f.w.kernel_h, j->m.tr);
    j->ns = as_ceil_div(j->f.w.kernel_w, j->m.ts);
    j->nc = as_ceil_div(j->m.units_c, j->m.tc);
    j->line_tiles = as_ceil_div(j->m.line_groups, j->m.tg);
    struct chunk full = chunk_of(j, 0);
    j->weights = AS_NEW(j->s->arena, size_t, j->m.sets * j->nk * j->nr * j->ns * j->nc);
    j->params = AS_NEW(j->s->arena, size_t, j->m.sets * j->nk);
    j->pixels = AS_NEW(j->s->arena, struct as_sched_load, j->m.tg * full.parts);
    AS_TRY(write_constants(j));
    for (j->image = 0; j->image < j->f.images; j->image++) {
        for (int set = 0; set < j->m.sets; set++)
            AS_TRY(emit_set(j, set));
        j->loads += (int64_t)j->m.sets * j->m.lines * j->line_tiles * j->nr * j->ns * j->nc;
    }
    return AS_OK;
}

/* Emits the region on the side: the bytes that its descriptors would take, and those that the
 * output would need to keep its distance from the input. */
static void measure(const struct ifmap_job *layer, const struct as_ifmap_map *map,
                    struct as_cost *cost)
{
    struct as_diag diag;
    struct as_schedule s = *layer->s;
    struct ifmap_job j = *layer;

    as_diag_init(&diag);
    /* regions before this one are not its own */
    memcpy(s.first, s.count, sizeof s.first);
    s.read_low = s.write_high = NULL;
    s.tile_count = s.tile_room = 0;
    for (int half = 0; half < 2; half++)
        s.ibuf[half] = s.wbuf[half] = (struct as_slot){.id = -1, .last_job = -1};
    s.arena = as_arena_new();
    s.diag = &diag;
    s.trial = true;
    j.s = &s;
    j.m = *map;
    cost->descriptors = UINT32_MAX;
    if (emit_region(&j) == AS_OK && as_schedule_end_layer(&s, false) == AS_OK) {
        cost->descriptors = 0;
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            cost->descriptors += as_schedule_bytes(&s, (enum as_stream)k) -
                                 as_schedule_bytes(layer->s, (enum as_stream)k);
        int64_t trail = as_schedule_overlap(&s) - s.spare;
        cost->trail = (uint64_t)(trail > 0 ? trail : 0);
    }
    as_arena_free(s.arena);
}

static enum as_status emit_alone(void *context, const void *map, struct as_schedule *s)
{
    struct ifmap_job j = *(const struct ifmap_job *)context;

    j.s = s;
    memcpy(&j.m, map, sizeof j.m);
    return emit_region(&j);
}

/* Appends what is found to the candidates; returns how many there are. */
static int find_mappings(const struct ifmap_job *j, const struct as_config *cfg, int room,
                         struct as_span rows, struct as_span cols, struct as_exact_candidate *list,
                         int count)
{
    struct as_ifmap_best *best = AS_NEW(j->s->arena, struct as_ifmap_best, 1);

    best->room = room;
    as_ifmap_choose(cfg, &j->f, rows, cols, j->s->thrift, best);
    for (int i = 0; i < best->count; i++) {
        if (j->s->thrift > 0)
            measure(j, &best->at[i].map, &best->at[i].cost);
        list[count++] = (struct as_exact_candidate){&best->at[i].map, &best->at[i].cost};
    }
    return count;
}

/* Maps the outputs rows x cols. */
static enum as_status map_region(struct ifmap_job *j, struct as_span rows, struct as_span cols,
                                 struct as_cost *cost)
{
    struct as_exact_candidate *list =
        AS_NEW(j->s->arena, struct as_exact_candidate, AS_IFMAP_BEST + AS_EXACT_LIST);
    const int all[AS_DIM_COUNT] = {
        [AS_DIM_P] = rows.size, [AS_DIM_Q] = cols.size, [AS_DIM_K] = j->f.w.out_k};
    int count = find_mappings(j, j->cfg, as_exact_room(j->s, AS_IFMAP_BEST), rows, cols, list, 0);

    if (count == 0)
        return as_exact_refuse(j->s, all);
    count = as_exact_sort(j->s, list, count);
    for (int o = 0; as_exact_adds_orders(j->s) && o < AS_ORDERS_MAX; o++) {
        const struct as_config cfg = as_order_config(j->cfg, o);
        count = find_mappings(j, &cfg, AS_EXACT_ORDER, rows, cols, list, count);
    }
    memcpy(&j->m, list[as_exact_choose(j->s, list, count, emit_alone, j, cost)].map, sizeof j->m);
    return emit_region(j);
}

enum as_status as_ifmap_conv(struct as_schedule *s, const struct as_layer *layer,
                             struct as_cost *cost)
{
    struct ifmap_job j = {.s = s, .cfg = s->cfg, .f = as_filter_of(s->net, layer)};

    return map_region(&j, (struct as_span){.size = j.f.w.out_h},
                      (struct as_span){.size = j.f.w.out_w}, cost);
}

enum as_status as_ifmap_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                     struct as_cost *cost)
{
    struct ifmap_job j = {.s = s, .cfg = s->cfg, .f = as_filter_of(s->net, layer)};
    const struct as_conv_shape *w = &j.f.w;
    struct as_span rows = {0}, cols;
    int preshift, ny, nx;

    AS_TRY(as_average_preshift(s, layer, &preshift));
    j.f.pool = 1 << preshift;
    memset(cost, 0, sizeof *cost);
    for (; rows.start < w->out_h; rows.start += rows.size) {
        rows.size = as_average_span(rows.start, w->out_h, w->out_h, w->in_h, w->kernel_h,
                                    w->stride_h, w->pad_top, &ny);
        for (cols.start = 0; cols.start < w->out_w; cols.start += cols.size) {
            struct as_cost one;
            cols.size = as_average_span(cols.start, w->out_w, w->out_w, w->in_w, w->kernel_w,
                                        w->stride_w, w->pad_left, &nx);
            j.divisor = as_average_params(s, ny * nx, preshift);
            AS_TRY(map_region(&j, rows, cols, &one));
            cost->total += one.total;
        }
    }
    return AS_OK;
}
