/* Window layers on an array in which psums stay: CONV_2D, FULLY_CONNECTED, DEPTHWISE_CONV_2D and
 * AVERAGE_POOL_2D.
 *
 * Every array row owns a block of output pixels, every column an output channel; one element of the
 * reduction a cycle passes all of them.  A row's pixels come from its own lanes of the ifmap
 * buffer, [y][x][k tile][words of channels], the weights from one word of the weight buffer a
 * cycle.  Where channels form groups, a k tile reduces over the channels of its own groups, with
 * weights of 0 where column and channel belong to different ones. */
#include <string.h>

#include "dataflows/mapper/timed_choice.h"
#include "dataflows/mapper/average.h"
#include "dataflows/mapper/mapper.h"
#include "dataflows/mapper/psum_mapping.h"

struct psum_job {
    struct as_schedule *s;
    const struct as_config *cfg;
    struct as_filter f;
    struct as_psum_map m;
    int nk, nr, ns, nc;        /* k tile groups; chunks of the reduction */
    size_t *weights;           /* [nk][chunk]: of the k tiles of a group, one after the other */
    size_t *params;            /* [nk] */
    struct as_span rows, cols; /* outputs that are being emitted, cut into tiles from their start */
    int image;
    int64_t region;               /* number of those outputs among the layer's */
    struct as_sched_load *blocks; /* [array rows] */
    size_t divisor;               /* AVERAGE_POOL: the parameter record of those outputs */
};

struct chunk {
    struct as_span r, s, c;
    int index;
};

static struct chunk chunk_of(const struct psum_job *j, int index)
{
    return (struct chunk){
        .r = as_span_of(j->f.w.kernel_h, j->m.tr, index / j->nc / j->ns),
        .s = as_span_of(j->f.w.kernel_w, j->m.ts, index / j->nc % j->ns),
        .c = as_span_of(j->m.unit_c, j->m.tc, index % j->nc),
        .index = index,
    };
}

static int beats_of(const struct chunk *chunk)
{
    return chunk->r.size * chunk->s.size * chunk->c.size;
}

/* ---- constants ---- */

/* The first input channel of a k tile. */
static int first_channel(const struct psum_job *j, int tile)
{
    return j->m.grouped ? tile / j->m.repeat * j->m.unit_c : 0;
}

static size_t write_chunk(struct psum_job *j, struct as_span tiles, const struct chunk *chunk)
{
    size_t word = as_wbuf_word_bytes(j->cfg);
    size_t bytes = (size_t)(tiles.size * beats_of(chunk)) * word;
    bool pool = j->f.pool > 0; /* its chunks of a size are alike */
    size_t offset = pool ? 0 : as_schedule_alloc(j->s, bytes);
    if (j->s->trial && !pool)
        return offset;
    uint8_t *start = pool ? as_arena_alloc(j->s->arena, bytes) : j->s->data + offset, *at = start;

    for (int k = tiles.start; k < tiles.start + tiles.size; k++)
        for (int r = chunk->r.start; r < chunk->r.start + chunk->r.size; r++)
            for (int s = chunk->s.start; s < chunk->s.start + chunk->s.size; s++)
                for (int c = chunk->c.start; c < chunk->c.start + chunk->c.size; c++, at += word)
                    for (int col = 0; col < j->m.unit_k; col++)
                        at[col] = (uint8_t)as_filter_at(&j->f, k * j->m.unit_k + col, r, s,
                                                        first_channel(j, k) + c);
    return pool ? as_schedule_share(j->s, start, bytes) : offset;
}

static enum as_status write_constants(struct psum_job *j)
{
    int chunks = j->nr * j->ns * j->nc;
    size_t record = as_param_bytes(j->cfg);
    bool pool = j->f.pool > 0;

    for (int k = 0; k < (pool ? 1 : j->nk); k++) {
        struct as_span tiles = as_span_of(j->m.k_tiles, pool ? 1 : j->m.tk, k);
        for (int i = 0; i < chunks; i++) {
            struct chunk chunk = chunk_of(j, i);
            j->weights[k * chunks + i] = write_chunk(j, tiles, &chunk);
        }
        if (pool)
            return AS_OK;
        int first = tiles.start * j->m.unit_k, count = tiles.size * j->m.unit_k;
        if (first + count > j->f.w.out_k)
            count = j->f.w.out_k - first;
        j->params[k] = as_schedule_alloc(j->s, (size_t)count * record);
        AS_TRY(as_filter_params(j->s, &j->f, first, count, j->params[k]));
    }
    return AS_OK;
}

/* ---- descriptors ---- */

struct out_tile {
    struct as_span p, q, k; /* k: of the k tiles whose ifmap is loaded together */
    int k_index;
    int64_t number; /* of its pixels */
    struct as_psum_split split;
};

/* Distances in the loaded words of a block. */
struct strides {
    int word, k, pixel, row; /* word: words of a run of channels */
};

static struct strides strides_of(const struct psum_job *j, const struct out_tile *t,
                                 const struct chunk *chunk)
{
    struct strides d = {.word = as_ceil_div(chunk->c.size, j->cfg->mem_width_bytes)};
    bool together = j->m.grouped && !j->m.rows_k; /* a block has several k tiles */
    d.k = together ? d.word : 0;
    d.pixel = d.word * (together ? t->k.size : 1);
    d.row = d.pixel * as_extent(t->split.tq, j->f.w.stride_w, chunk->s.size, j->f.w.dilation_w);
    return d;
}

/* The load of the block of array row `row`. */
static struct as_sched_load block_load(const struct psum_job *j, const struct out_tile *t,
                                       const struct chunk *chunk, int row)
{
    const struct as_conv_shape *w = &j->f.w;
    const struct as_tensor *in = &j->s->net->tensors[j->f.layer->input[0]];
    bool words = as_psum_word_mode(j->cfg, w, &j->m);
    int beat = words ? j->cfg->mem_width_bytes : 1;
    int run = as_ceil_div(chunk->c.size, beat), last = (run - 1) * beat;
    bool together = j->m.grouped && !j->m.rows_k; /* a block has several k tiles */
    int repeat = t->k.size < j->m.repeat ? t->k.size : j->m.repeat;
    int groups = together ? t->k.size / repeat : 1, block = j->m.rows_k ? 0 : row;
    int nx = as_extent(t->split.tq, w->stride_w, chunk->s.size, w->dilation_w);
    int ny = as_extent(t->split.tp, w->stride_h, chunk->r.size, w->dilation_h);
    int dx = chunk->s.size == 1 ? w->stride_w : 1, dy = chunk->r.size == 1 ? w->stride_h : 1;
    int p = t->p.start + block / t->split.nq * t->split.tp;
    int q = t->q.start + block % t->split.nq * t->split.tq;
    int y0 = p * w->stride_h - w->pad_top + chunk->r.start * w->dilation_h;
    int x0 = q * w->stride_w - w->pad_left + chunk->s.start * w->dilation_w;
    int32_t group_step = j->m.unit_c, pixel = dx * w->in_c, line = dy * w->in_w * w->in_c;
    int32_t in_pixel = (groups - 1) * group_step + last, in_row = (nx - 1) * pixel;
    int64_t image = (int64_t)j->image * w->in_h * w->in_w;

    return (struct as_sched_load){
        .desc =
            {
                .bytes = !words,
                .align = words ? 0 : 1,
                .pad = (int8_t)(j->f.pool > 0 ? 0 : in->zero_point),
                .nc = run - 1,
                .ns = (together ? repeat : 1) - 1,
                .nr = groups - 1,
                .nq = nx - 1,
                .np = ny - 1,
                .ds = -last,
                .dr = group_step - last,
                .dq = pixel - in_pixel,
                .dp = line - in_row - in_pixel,
                .y0 = y0,
                .x0 = x0,
                .height = w->in_h,
                .width = w->in_w,
                .dy_p = dy,
                .dx_q = dx,
                .group = row,
            },
        .src = {.tensor = j->f.layer->input[0],
                .offset = (image + (int64_t)y0 * w->in_w + x0) * w->in_c +
                          first_channel(j, t->k.start + (j->m.rows_k ? row : 0)) + chunk->c.start},
    };
}

/* The job of `k` k tiles, counted from the start of the tile's; its sums begin at `abase`. */
static struct as_compute_desc compute_of(const struct psum_job *j, const struct out_tile *t,
                                         const struct chunk *chunk, struct as_span k, int abase)
{
    const struct as_conv_shape *w = &j->f.w;
    const struct as_psum_split *split = &t->split;
    struct strides d = strides_of(j, t, chunk);
    int last = (chunk->c.size - 1) / j->cfg->mem_width_bytes;
    int step_q = d.pixel * as_loaded_stride(w->stride_w, chunk->s.size);
    int step_p = d.row * as_loaded_stride(w->stride_h, chunk->r.size);
    int s_span = (chunk->s.size - 1) * d.pixel * w->dilation_w, q_span = (split->tq - 1) * step_q;

    return (struct as_compute_desc){
        .first = chunk->index == 0,
        .emit = chunk->index == j->nr * j->ns * j->nc - 1,
        .hold = j->f.pool > 0,
        .nc = chunk->c.size - 1,
        .ns = chunk->s.size - 1,
        .nr = chunk->r.size - 1,
        .nq = split->tq - 1,
        .np = split->tp - 1,
        .nk = (j->m.rows_k ? 1 : k.size) - 1,
        .ds = d.pixel * w->dilation_w - last,
        .dr = d.row * w->dilation_h - s_span - last,
        .dq = step_q,
        .dp = step_p - q_span,
        .dk = d.k - (split->tp - 1) * step_p - q_span,
        .ibase = k.start * d.k,
        .abase = abase,
        .da = split->tp * split->tq,
    };
}

/* The jobs of some k tiles (counted from the start of the tile's) of an output tile. */
static enum as_status emit_jobs(struct psum_job *j, const struct out_tile *t, struct as_span k)
{
    int chunks = j->nr * j->ns * j->nc, sums = j->cfg->rows * t->split.tp * t->split.tq;
    bool pool = j->f.pool > 0;

    for (int i = 0; i < chunks; i++) {
        struct chunk chunk = chunk_of(j, i);
        struct as_job job = {.ifmap_parts = j->blocks,
                             .ifmap_part_count =
                                 j->m.rows_k ? t->k.size : t->split.np * t->split.nq};
        job.ifmap_id =
            (t->number * (j->m.grouped ? j->nk : 1) + (j->m.grouped ? t->k_index : 0)) * chunks + i;
        for (int row = 0; row < job.ifmap_part_count; row++)
            j->blocks[row] = block_load(j, t, &chunk, row);
        for (int at = 0; at < k.size; at += j->m.jk) {
            struct as_span now = {.start = k.start + at,
                                  .size = k.size - at < j->m.jk ? k.size - at : j->m.jk};
            size_t block = pool ? j->weights[i] : j->weights[t->k_index * chunks + i];
            int words = beats_of(&chunk);
            job.compute = compute_of(j, t, &chunk, now, at * sums);
            job.weights =
                block + (size_t)((pool ? 0 : now.start) * words) * as_wbuf_word_bytes(j->cfg);
            job.weights_words = words * (pool ? 1 : now.size);
            job.weights_id = (int64_t)job.weights * as_count_max(j->cfg) + (pool ? 1 : now.size);
            AS_TRY(as_schedule_job(j->s, &job));
        }
    }
    return AS_OK;
}

static int64_t read_low(const struct psum_job *j, const struct out_tile *t)
{
    const struct as_conv_shape *w = &j->f.w;
    int y = t->p.start * w->stride_h - w->pad_top, x = t->q.start * w->stride_w - w->pad_left;
    int64_t image = (int64_t)j->image * w->in_h * w->in_w;
    return (image + (int64_t)(y > 0 ? y : 0) * w->in_w + (x > 0 ? x : 0)) * w->in_c;
}

/* Some k tiles of an output tile: jobs and their store. */
static enum as_status emit_part(struct psum_job *j, const struct out_tile *t, struct as_span k)
{
    const struct as_conv_shape *w = &j->f.w;
    const struct as_layer *layer = j->f.layer;
    bool pool = j->f.pool > 0;
    int row = w->out_w * w->out_k, channel = (t->k.start + k.start) * j->m.unit_k;
    int channels = k.size * j->m.unit_k;

    if (channel + channels > w->out_k)
        channels = w->out_k - channel;
    AS_TRY(emit_jobs(j, t, k));
    struct as_store_desc store = {
        .shared = pool,
        .zp = layer->op == AS_OP_AVERAGE_POOL_2D ? 0 : j->s->net->tensors[layer->output].zero_point,
        .amin = layer->act_min,
        .amax = layer->act_max,
        .nq = t->q.size - 1,
        .np = t->p.size - 1,
        .nkt = k.size - 1,
        .dq = w->out_k,
        .dp = row - (t->q.size - 1) * w->out_k,
        .dk = 1,
        .ncl = channels - (k.size - 1) * j->m.unit_k - 1,
        .nc = j->m.unit_k - 1,
        .m = t->p.size * t->q.size - 1,
    };
    int64_t first = ((int64_t)j->image * w->out_h + t->p.start) * row +
                    (int64_t)t->q.start * w->out_k + channel;
    size_t params =
        pool ? j->divisor
             : j->params[t->k_index] + (size_t)(k.start * j->m.unit_k) * as_param_bytes(j->cfg);
    as_schedule_store(j->s, &store, (struct as_ref){.tensor = layer->output, .offset = first},
                      params);
    as_schedule_tile(j->s, read_low(j, t),
                     first + (int64_t)(t->p.size - 1) * row + (int64_t)(t->q.size - 1) * w->out_k +
                         channels);
    return AS_OK;
}

static enum as_status emit_tile(struct psum_job *j, struct out_tile *t)
{
    t->split = as_psum_split_of(j->cfg, &j->m, t->p.size, t->q.size);
    if (!t->split.one_k)
        return emit_part(j, t, (struct as_span){.size = t->k.size});
    for (int k = 0; k < t->k.size; k++)
        AS_TRY(emit_part(j, t, (struct as_span){.start = k, .size = 1}));
    return AS_OK;
}

/* The tile at a place of the tile loops: whole, or row by row. */
static enum as_status emit_at(struct psum_job *j, int p, int q, int k, int tiles_wide)
{
    struct out_tile t = {
        .p = as_span_of(j->rows.size, j->m.th, p),
        .q = as_span_of(j->cols.size, j->m.tw, q),
        .k = as_span_of(j->m.k_tiles, j->m.tk, k),
        .k_index = k,
    };
    struct as_span rows = {.start = j->rows.start + t.p.start, .size = t.p.size};
    bool by_rows = as_psum_by_rows(j->cfg, &j->f.w, &j->m, rows.size, t.q.size);

    t.q.start += j->cols.start;
    for (int row = 0; row < rows.size; row += t.p.size) {
        t.p = (struct as_span){.start = rows.start + row, .size = by_rows ? 1 : rows.size};
        /* by its first pixel, among those of all regions of all images */
        t.number = ((j->region * j->f.w.out_h + t.p.start) * tiles_wide) + q;
        AS_TRY(emit_tile(j, &t));
    }
    return AS_OK;
}

/* All tiles of the outputs in j->rows x j->cols. */
static enum as_status emit_region(struct psum_job *j)
{
    int count[AS_DIM_COUNT] = {[AS_DIM_P] = as_ceil_div(j->rows.size, j->m.th),
                               [AS_DIM_Q] = as_ceil_div(j->cols.size, j->m.tw),
                               [AS_DIM_K] = j->nk};
    enum as_dim order[3];
    int wide = as_ceil_div(j->f.w.out_w, j->m.tw), at[AS_DIM_COUNT] = {0}, rounds = 0;

    as_order_without_c(j->m.order, order);
    for (int a = 0; a < count[order[0]]; a++)
        for (int b = 0; b < count[order[1]]; b++, rounds++)
            for (int c = 0; c < count[order[2]]; c++) {
                at[order[0]] = a;
                at[order[1]] = b;
                at[order[2]] = j->m.turns && rounds % 2 != 0 ? count[order[2]] - 1 - c : c;
                AS_TRY(emit_at(j, at[AS_DIM_P], at[AS_DIM_Q], at[AS_DIM_K], wide));
            }
    j->region++;
    return AS_OK;
}

/* All outputs of a pool, in regions of the same divisor. */
static enum as_status emit_pool(struct psum_job *j, int preshift)
{
    const struct as_conv_shape *w = &j->f.w;
    int ny, nx;

    for (j->rows.start = 0; j->rows.start < w->out_h; j->rows.start += j->rows.size) {
        j->rows.size = as_average_span(j->rows.start, w->out_h, w->out_h, w->in_h, w->kernel_h,
                                       w->stride_h, w->pad_top, &ny);
        for (j->cols.start = 0; j->cols.start < w->out_w; j->cols.start += j->cols.size) {
            j->cols.size = as_average_span(j->cols.start, w->out_w, w->out_w, w->in_w, w->kernel_w,
                                           w->stride_w, w->pad_left, &nx);
            j->divisor = as_average_params(j->s, ny * nx, preshift);
            AS_TRY(emit_region(j));
        }
    }
    return AS_OK;
}

/* Emits the layer by the mapping in j->m. */
static enum as_status emit_layer(struct psum_job *j, int preshift)
{
    j->s->one_half = j->m.one_half;
    j->nk = as_ceil_div(j->m.k_tiles, j->m.tk);
    j->nr = as_ceil_div(j->f.w.kernel_h, j->m.tr);
    j->ns = as_ceil_div(j->f.w.kernel_w, j->m.ts);
    j->nc = as_ceil_div(j->m.unit_c, j->m.tc);
    j->weights = AS_NEW(j->s->arena, size_t, j->nk * j->nr * j->ns * j->nc);
    j->params = AS_NEW(j->s->arena, size_t, j->nk);
    j->blocks = AS_NEW(j->s->arena, struct as_sched_load, j->cfg->rows);
    AS_TRY(write_constants(j));
    j->rows.size = j->f.w.out_h;
    j->cols.size = j->f.w.out_w;
    for (j->image = 0; j->image < j->f.images; j->image++)
        AS_TRY(j->f.pool > 0 ? emit_pool(j, preshift) : emit_region(j));
    return AS_OK;
}

/* Emits the layer on the side: the bytes that its descriptors would take, and those that its output
 * would need to keep its distance from its input. */
static void measure(const struct psum_job *layer, const struct as_psum_map *map, int preshift,
                    struct as_cost *cost)
{
    struct as_diag diag;
    struct as_schedule s = *layer->s;
    struct psum_job j = *layer;

    as_diag_init(&diag);
    s.arena = as_arena_new();
    s.diag = &diag;
    s.trial = true;
    j.s = &s;
    j.m = *map;
    cost->descriptors = UINT32_MAX;
    if (emit_layer(&j, preshift) == AS_OK && as_schedule_end_layer(&s, false) == AS_OK) {
        cost->descriptors = 0;
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            cost->descriptors += as_schedule_bytes(&s, (enum as_stream)k) -
                                 as_schedule_bytes(layer->s, (enum as_stream)k);
        int64_t trail = as_schedule_overlap(&s) - s.spare;
        cost->trail = (uint64_t)(trail > 0 ? trail : 0);
    }
    as_arena_free(s.arena);
}

struct alone {
    const struct psum_job *job;
    int preshift;
};

static enum as_status emit_alone(void *context, const void *map, struct as_schedule *s)
{
    const struct alone *alone = context;
    struct psum_job j = *alone->job;

    j.s = s;
    memcpy(&j.m, map, sizeof j.m);
    return emit_layer(&j, alone->preshift);
}

/* Appends what is found to the candidates; returns how many there are. */
static int find_mappings(const struct psum_job *j, const struct as_config *cfg, int room,
                         int preshift, struct as_exact_candidate *list, int count)
{
    struct as_psum_best *best = AS_NEW(j->s->arena, struct as_psum_best, 1);

    best->room = room;
    as_psum_choose(cfg, &j->f, j->s->thrift, best);
    for (int i = 0; i < best->count; i++) {
        if (j->s->thrift > 0)
            measure(j, &best->at[i].map, preshift, &best->at[i].cost);
        list[count++] = (struct as_exact_candidate){&best->at[i].map, &best->at[i].cost};
    }
    return count;
}

static enum as_status map_layer(struct psum_job *j, int preshift, struct as_cost *cost)
{
    const struct as_conv_shape *w = &j->f.w;
    struct as_exact_candidate *list =
        AS_NEW(j->s->arena, struct as_exact_candidate, AS_PSUM_BEST + AS_EXACT_LIST);
    struct alone alone = {.job = j, .preshift = preshift};
    const int all[AS_DIM_COUNT] = {[AS_DIM_P] = w->out_h,
                                   [AS_DIM_Q] = w->out_w,
                                   [AS_DIM_K] = as_ceil_div(w->out_k, j->cfg->cols)};
    int count = find_mappings(j, j->cfg, as_exact_room(j->s, AS_PSUM_BEST), preshift, list, 0);

    if (count == 0)
        return as_exact_refuse(j->s, all);
    count = as_exact_sort(j->s, list, count);
    for (int o = 0; as_exact_adds_orders(j->s) && o < AS_ORDERS_MAX; o++) {
        const struct as_config cfg = as_order_config(j->cfg, o);
        count = find_mappings(j, &cfg, AS_EXACT_ORDER, preshift, list, count);
    }
    memcpy(&j->m, list[as_exact_choose(j->s, list, count, emit_alone, &alone, cost)].map,
           sizeof j->m);
    return emit_layer(j, preshift);
}

enum as_status as_psum_conv(struct as_schedule *s, const struct as_layer *layer,
                            struct as_cost *cost)
{
    struct psum_job j = {.s = s, .cfg = s->cfg, .f = as_filter_of(s->net, layer)};

    return map_layer(&j, 0, cost);
}

enum as_status as_psum_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                    struct as_cost *cost)
{
    struct psum_job j = {.s = s, .cfg = s->cfg, .f = as_filter_of(s->net, layer)};
    int preshift;

    AS_TRY(as_average_preshift(s, layer, &preshift));
    j.f.pool = 1 << preshift;
    return map_layer(&j, preshift, cost);
}
