/* Where weights stay: CONV_2D, FULLY_CONNECTED and DEPTHWISE_CONV_2D.
 *
 * A grouped convolution runs as a dense one whose weights are zero between groups.  The images of a
 * batch follow each other. */
#include <string.h>

#include "dataflows/filter.h"
#include "dataflows/layers.h"
#include "dataflows/line_window.h"

struct window_job {
    struct as_schedule *s;
    const struct as_config *cfg;
    const struct as_layer *layer;
    struct as_window w;
    struct as_filter f;
    struct as_mapping m;
    int np, nq, nk;    /* output tiles */
    int nr, ns, nc;    /* reduction chunks */
    int groups, boxes; /* jobs of a full chunk: along k, along the reduction */
    int sr, ss, sc;    /* boxes along r, s and the words */
    size_t *block;     /* [nk][chunk][group][box]: offset of its weights */
    size_t *params;    /* [nk] */
    bool trial;        /* constants are not written, only placed: */
    size_t placed;     /* the end of them */
};

/* Start and size of part `index` of `whole` cut into parts of `size`. */
struct span {
    int start, size;
};

static struct span span_of(int whole, int size, int index)
{
    int start = index * size;
    return (struct span){.start = start, .size = whole - start < size ? whole - start : size};
}

/* One reduction chunk: kernel taps and ibuf words. */
struct chunk {
    struct span r, s, c;
    int index;
    int nr, ns, words; /* as the job loops see it: GATHER folds the taps into words */
};

static struct chunk chunk_of(const struct window_job *j, int r, int s, int c)
{
    struct chunk chunk = {
        .r = span_of(j->w.kernel_h, j->m.tr, r),
        .s = span_of(j->w.kernel_w, j->m.ts, s),
        .c = span_of(j->m.c_words, j->m.tc, c),
        .index = (r * j->ns + s) * j->nc + c,
    };
    bool gather = j->m.kind == AS_MAP_GATHER;
    chunk.nr = gather ? 1 : chunk.r.size;
    chunk.ns = gather ? 1 : chunk.s.size;
    chunk.words =
        gather ? as_chunk_words(j->cfg, &j->w, &j->m, chunk.r.size, chunk.s.size, 1) : chunk.c.size;
    return chunk;
}

/* One job of a chunk: k tiles (from the start of the tile's) and boxes. */
struct box {
    struct span k, r, s, c;
};

/* False when the box is empty, as at the edges of a layer. */
static bool box_of(const struct window_job *j, const struct chunk *chunk, int k_tiles, int group,
                   int box, struct box *out)
{
    int c = box % j->sc, s = box / j->sc % j->ss, r = box / j->sc / j->ss;
    if (group * j->m.jk >= k_tiles || r * j->m.jr >= chunk->nr || s * j->m.js >= chunk->ns ||
        c * j->m.jc >= chunk->words)
        return false;
    out->k = span_of(k_tiles, j->m.jk, group);
    out->r = span_of(chunk->nr, j->m.jr, r);
    out->s = span_of(chunk->ns, j->m.js, s);
    out->c = span_of(chunk->words, j->m.jc, c);
    return true;
}

static int64_t block_index(const struct window_job *j, int k, int chunk, int group, int box)
{
    int64_t chunks = (int64_t)j->nr * j->ns * j->nc;
    return (((int64_t)k * chunks + chunk) * j->groups + group) * j->boxes + box;
}

/* ---- constants ---- */

/* What array row `lane` holds for output channel k of k tile `tile`, in the weight tile of job loop
 * position (r, s, word) of a chunk. */
static int8_t weight(const struct window_job *j, const struct chunk *chunk, int tile, int k, int r,
                     int s, int word, int lane)
{
    const struct as_window *w = &j->w;
    if (j->m.kind == AS_MAP_DEPTHWISE) {
        int channel = tile / j->m.repeat * j->m.unit_c + lane;
        if (lane >= j->m.unit_c || k / w->multiplier != channel)
            return 0;
        return as_filter_at(&j->f, k, chunk->r.start + r, chunk->s.start + s, channel);
    }
    if (j->m.kind == AS_MAP_GATHER) {
        int flat = word * j->cfg->rows + lane;
        int tap = flat / w->in_c;
        if (tap >= chunk->r.size * chunk->s.size)
            return 0;
        return as_filter_at(&j->f, k, chunk->r.start + tap / chunk->s.size,
                            chunk->s.start + tap % chunk->s.size, flat % w->in_c);
    }
    int channel = (chunk->c.start + word) * j->cfg->rows + lane;
    return as_filter_at(&j->f, k, chunk->r.start + r, chunk->s.start + s, channel);
}

static size_t block_bytes(const struct window_job *j, const struct box *b)
{
    return (size_t)(b->k.size * b->r.size * b->s.size * b->c.size * as_tile_words(j->cfg)) *
           as_wbuf_word_bytes(j->cfg);
}

/* The offset of constants; in a trial, where they would go. */
static size_t alloc(struct window_job *j, size_t bytes)
{
    if (!j->trial)
        return as_schedule_alloc(j->s, bytes);
    size_t start = (j->placed + AS_STREAM_ALIGN - 1) / AS_STREAM_ALIGN * AS_STREAM_ALIGN;
    j->placed = start + bytes;
    return start;
}

/* The weight tiles of one job, in the order of its loops: k, r, s, c. */
static size_t write_block(struct window_job *j, const struct chunk *chunk, int k0,
                          const struct box *b)
{
    size_t offset = alloc(j, block_bytes(j, b));
    int n = 0;

    for (int k = 0; k < b->k.size && !j->trial; k++) {
        int tile = k0 + b->k.start + k;
        int channel = tile * j->m.unit_k;
        for (int r = b->r.start; r < b->r.start + b->r.size; r++)
            for (int s = b->s.start; s < b->s.start + b->s.size; s++)
                for (int c = b->c.start; c < b->c.start + b->c.size; c++)
                    for (int lane = 0; lane < j->cfg->rows; lane++, n += lane == j->cfg->rows)
                        for (int col = 0; col < j->m.unit_k && channel + col < j->w.out_k; col++)
                            j->s->data[offset + as_weight_byte(j->cfg, n, lane, col)] =
                                (uint8_t)weight(j, chunk, tile, channel + col, r, s, c, lane);
    }
    return offset;
}

static void write_weights(struct window_job *j)
{
    for (int k = 0; k < j->nk; k++) {
        struct span tiles = span_of(j->m.k_tiles, j->m.tk, k);
        for (int r = 0; r < j->nr; r++)
            for (int s = 0; s < j->ns; s++)
                for (int c = 0; c < j->nc; c++) {
                    struct chunk chunk = chunk_of(j, r, s, c);
                    for (int g = 0; g < j->groups; g++)
                        for (int b = 0; b < j->boxes; b++) {
                            struct box box;
                            if (box_of(j, &chunk, tiles.size, g, b, &box))
                                j->block[block_index(j, k, chunk.index, g, b)] =
                                    write_block(j, &chunk, tiles.start, &box);
                        }
                }
    }
}

/* The first two rows of the array add two products in 16 bits: enough for TFLite's -127..127. */
static enum as_status check_weights(const struct window_job *j)
{
    for (size_t i = 0; i < j->layer->weight_bytes; i++)
        if (j->layer->weights[i] == -128)
            return as_fail(j->s->diag, AS_ERR_UNSUPPORTED,
                           "layer %d %s: weight %zu is -128, expected -127..127 (the symmetric "
                           "range of int8 weights)",
                           j->layer->index, j->layer->name, i);
    return AS_OK;
}

static enum as_status write_params(struct window_job *j)
{
    if (!j->trial && j->cfg->block_sum)
        AS_TRY(check_weights(j));
    for (int k = 0; k < j->nk; k++) {
        struct span channels = span_of(j->w.out_k, j->m.tk * j->m.unit_k, k);
        j->params[k] = alloc(j, (size_t)channels.size * as_param_bytes(j->cfg));
        if (!j->trial)
            AS_TRY(as_filter_params(j->s, &j->f, channels.start, channels.size, j->params[k]));
    }
    return AS_OK;
}

/* ---- descriptors ---- */

struct out_tile {
    int image; /* of the batch */
    int p_index, q_index, k_index;
    struct span p, q, k;
};

/* First input coordinate that a chunk needs along one axis, and its steps. */
static int first_coordinate(int out, int stride, int pad, int tap, int dilation)
{
    return out * stride - pad + tap * dilation;
}

static struct as_load_desc ifmap_load(const struct window_job *j, const struct out_tile *t,
                                      const struct chunk *chunk, int8_t pad, int64_t *offset)
{
    const struct as_window *w = &j->w;
    int y0 = first_coordinate(t->p.start, w->stride_h, w->pad_top, chunk->r.start, w->dilation_h);
    int x0 = first_coordinate(t->q.start, w->stride_w, w->pad_left, chunk->s.start, w->dilation_w);

    if (j->m.kind == AS_MAP_GATHER) {
        int32_t row = w->in_w * w->in_c;
        int32_t s_span = (chunk->s.size - 1) * w->dilation_w * w->in_c;
        int32_t r_span = (chunk->r.size - 1) * w->dilation_h * row;
        int32_t q_span = (t->q.size - 1) * w->stride_w * w->in_c;
        int32_t last = w->in_c - 1;
        *offset = ((int64_t)y0 * w->in_w + x0) * w->in_c;
        return (struct as_load_desc){
            .bytes = true,
            .align = 2,
            .pad = pad,
            .nc = w->in_c - 1,
            .ns = chunk->s.size - 1,
            .nr = chunk->r.size - 1,
            .nq = t->q.size - 1,
            .np = t->p.size - 1,
            .ds = w->dilation_w * w->in_c - last,
            .dr = w->dilation_h * row - s_span - last,
            .dq = w->stride_w * w->in_c - r_span - s_span - last,
            .dp = w->stride_h * row - q_span - r_span - s_span - last,
            .y0 = y0,
            .x0 = x0,
            .height = w->in_h,
            .width = w->in_w,
            .dy_r = w->dilation_h,
            .dy_p = w->stride_h,
            .dx_s = w->dilation_w,
            .dx_q = w->stride_w,
        };
    }
    struct as_box box = {
        .y0 = y0,
        .x0 = x0,
        .ny = as_extent(t->p.size, w->stride_h, chunk->r.size, w->dilation_h),
        .nx = as_extent(t->q.size, w->stride_w, chunk->s.size, w->dilation_w),
        .dy = chunk->r.size == 1 ? w->stride_h : 1,
        .dx = chunk->s.size == 1 ? w->stride_w : 1,
        .pad = pad,
    };
    if (j->m.kind == AS_MAP_DIRECT) {
        box.c0 = chunk->c.start * j->cfg->rows;
        box.channels = chunk->c.size * j->cfg->rows;
        if (box.c0 + box.channels > w->in_c)
            box.channels = w->in_c - box.c0;
    } else {
        box.c0 = t->k.start / j->m.repeat * j->m.unit_c;
        if (as_word_mode(j->cfg, w->in_c, j->m.unit_c) && j->m.repeat == 1) {
            box.channels = t->k.size * j->m.unit_c;
        } else {
            box.unit = j->m.unit_c;
            box.repeat = t->k.size < j->m.repeat ? t->k.size : j->m.repeat;
            box.groups = t->k.size / box.repeat;
        }
    }
    return as_box_load(j->cfg, w, &box, offset);
}

/* Words between neighbouring kernel taps, rows and k tiles of the loaded ifmap tile. */
struct strides {
    int q, p, s, r, k;
};

static struct strides strides_of(const struct window_job *j, const struct out_tile *t,
                                 const struct chunk *chunk)
{
    const struct as_window *w = &j->w;
    if (j->m.kind == AS_MAP_GATHER)
        return (struct strides){.q = chunk->words, .p = t->q.size * chunk->words};
    int pixel = j->m.kind == AS_MAP_DEPTHWISE ? t->k.size : chunk->c.size;
    int row = pixel * as_extent(t->q.size, w->stride_w, chunk->s.size, w->dilation_w);
    return (struct strides){
        .q = pixel * as_loaded_stride(w->stride_w, chunk->s.size),
        .p = row * as_loaded_stride(w->stride_h, chunk->r.size),
        .s = pixel * w->dilation_w,
        .r = row * w->dilation_h,
        .k = j->m.kind == AS_MAP_DEPTHWISE,
    };
}

static struct as_compute_desc compute_of(const struct out_tile *t, const struct strides *stride,
                                         const struct box *b, bool first, bool emit)
{
    int c_span = b->c.size - 1;
    int s_span = (b->s.size - 1) * stride->s;
    int r_span = (b->r.size - 1) * stride->r;
    return (struct as_compute_desc){
        .first = first,
        .emit = emit,
        .nq = t->q.size - 1,
        .np = t->p.size - 1,
        .nk = b->k.size - 1,
        .nc = b->c.size - 1,
        .ns = b->s.size - 1,
        .nr = b->r.size - 1,
        .dq = stride->q,
        .dp = stride->p - (t->q.size - 1) * stride->q,
        .dc = 1,
        .ds = stride->s - c_span,
        .dr = stride->r - s_span - c_span,
        .dk = stride->k - r_span - s_span - c_span,
        .ibase =
            b->r.start * stride->r + b->s.start * stride->s + b->c.start + b->k.start * stride->k,
        .abase = b->k.start * t->p.size * t->q.size,
        .ntiles = b->k.size * b->r.size * b->s.size * b->c.size - 1,
    };
}

/* Of one input image. */
static int64_t image_bytes(const struct as_window *w)
{
    return (int64_t)w->in_h * w->in_w * w->in_c;
}

static enum as_status emit_chunk(struct window_job *j, const struct out_tile *t,
                                 const struct chunk *chunk, bool first, bool last)
{
    const struct as_tensor *in = &j->s->net->tensors[j->layer->input[0]];
    struct strides stride = strides_of(j, t, chunk);
    struct as_job job = {.ifmap_src.tensor = j->layer->input[0]};
    int64_t pixels = ((int64_t)t->image * j->np + t->p_index) * j->nq + t->q_index;

    job.ifmap = ifmap_load(j, t, chunk, (int8_t)in->zero_point, &job.ifmap_src.offset);
    job.ifmap_src.offset += t->image * image_bytes(&j->w);
    job.ifmap_id = pixels * j->nr * j->ns * j->nc + chunk->index;
    if (j->m.kind == AS_MAP_DEPTHWISE)
        job.ifmap_id = job.ifmap_id * j->nk + t->k_index;

    for (int g = 0; g < j->groups; g++) {
        struct box box, next;
        for (int b = 0; b < j->boxes; b++) {
            if (!box_of(j, chunk, t->k.size, g, b, &box))
                continue;
            bool last_box = true;
            for (int n = b + 1; n < j->boxes && last_box; n++)
                last_box = !box_of(j, chunk, t->k.size, g, n, &next);
            job.compute = compute_of(t, &stride, &box, first && b == 0, last && last_box);
            job.weights_id = block_index(j, t->k_index, chunk->index, g, b);
            job.weights = j->block[job.weights_id];
            job.weights_words = (job.compute.ntiles + 1) * as_tile_words(j->cfg);
            AS_TRY(as_schedule_job(j->s, &job));
        }
    }
    return AS_OK;
}

/* The lowest input byte that the loads of an output tile read. */
static int64_t read_low(const struct window_job *j, const struct out_tile *t)
{
    int y = first_coordinate(t->p.start, j->w.stride_h, j->w.pad_top, 0, 1);
    int x = first_coordinate(t->q.start, j->w.stride_w, j->w.pad_left, 0, 1);
    return t->image * image_bytes(&j->w) +
           ((int64_t)(y > 0 ? y : 0) * j->w.in_w + (x > 0 ? x : 0)) * j->w.in_c;
}

static enum as_status emit_tile(struct window_job *j, const struct out_tile *t)
{
    const struct as_tensor *out = &j->s->net->tensors[j->layer->output];
    int chunks = j->nr * j->ns * j->nc;
    int k_channels = j->m.unit_k, channel = t->k.start * k_channels;
    int channels = t->k.size * k_channels;

    for (int i = 0; i < chunks; i++) {
        struct chunk chunk = chunk_of(j, i / j->nc / j->ns, i / j->nc % j->ns, i % j->nc);
        AS_TRY(emit_chunk(j, t, &chunk, i == 0, i == chunks - 1));
    }
    if (channel + channels > j->w.out_k)
        channels = j->w.out_k - channel;

    int row = j->w.out_w * j->w.out_k;
    struct as_store_desc store = {
        .zp = out->zero_point,
        .amin = j->layer->act_min,
        .amax = j->layer->act_max,
        .nq = t->q.size - 1,
        .np = t->p.size - 1,
        .nkt = t->k.size - 1,
        .dq = j->w.out_k,
        .dp = row - (t->q.size - 1) * j->w.out_k,
        .dk = 1,
        .ncl = channels - (t->k.size - 1) * k_channels - 1,
        .nc = k_channels - 1,
        .m = t->p.size * t->q.size - 1,
    };
    int64_t first = ((int64_t)t->image * j->w.out_h + t->p.start) * row +
                    (int64_t)t->q.start * j->w.out_k + channel;
    as_schedule_store(j->s, &store, (struct as_ref){.tensor = j->layer->output, .offset = first},
                      j->params[t->k_index]);
    as_schedule_tile(j->s, read_low(j, t),
                     first + (int64_t)(t->p.size - 1) * row +
                         (int64_t)(t->q.size - 1) * j->w.out_k + channels);
    return AS_OK;
}

static enum as_status emit_image(struct window_job *j, int image)
{
    int count[AS_DIM_COUNT] = {[AS_DIM_P] = j->np, [AS_DIM_Q] = j->nq, [AS_DIM_K] = j->nk};
    const enum as_dim *order = j->m.order;
    int rounds = 0;

    for (int a = 0; a < count[order[0]]; a++)
        for (int b = 0; b < count[order[1]]; b++, rounds++)
            for (int c = 0; c < count[order[2]]; c++) {
                int inner = j->m.turns && rounds % 2 != 0 ? count[order[2]] - 1 - c : c;
                int at[AS_DIM_COUNT] = {0};
                at[order[0]] = a;
                at[order[1]] = b;
                at[order[2]] = inner;
                struct out_tile t = {
                    .image = image,
                    .p_index = at[AS_DIM_P],
                    .q_index = at[AS_DIM_Q],
                    .k_index = at[AS_DIM_K],
                    .p = span_of(j->w.out_h, j->m.tp, at[AS_DIM_P]),
                    .q = span_of(j->w.out_w, j->m.tq, at[AS_DIM_Q]),
                    .k = span_of(j->m.k_tiles, j->m.tk, at[AS_DIM_K]),
                };
                AS_TRY(emit_tile(j, &t));
            }
    return AS_OK;
}

static enum as_status emit_tiles(struct window_job *j)
{
    for (int n = 0; n < j->f.images; n++)
        AS_TRY(emit_image(j, n));
    return AS_OK;
}

/* Emits the layer by the mapping in j->m. */
static enum as_status emit_layer(struct window_job *j)
{
    j->s->one_half = j->m.one_half;
    j->np = as_ceil_div(j->w.out_h, j->m.tp);
    j->nq = as_ceil_div(j->w.out_w, j->m.tq);
    j->nk = as_ceil_div(j->m.k_tiles, j->m.tk);
    j->nr = as_ceil_div(j->w.kernel_h, j->m.tr);
    j->ns = as_ceil_div(j->w.kernel_w, j->m.ts);
    j->nc = as_ceil_div(j->m.c_words, j->m.tc);
    struct chunk full = chunk_of(j, 0, 0, 0);
    j->groups = as_ceil_div(j->m.tk, j->m.jk);
    j->sr = as_ceil_div(full.nr, j->m.jr);
    j->ss = as_ceil_div(full.ns, j->m.js);
    j->sc = as_ceil_div(full.words, j->m.jc);
    j->boxes = j->sr * j->ss * j->sc;
    j->block = AS_NEW(j->s->arena, size_t, block_index(j, j->nk, 0, 0, 0));
    j->params = AS_NEW(j->s->arena, size_t, j->nk);

    AS_TRY(write_params(j));
    write_weights(j);
    return emit_tiles(j);
}

/* Emits the layer on the side: the bytes that its descriptors would take, and those that its output
 * would need to keep its distance from its input. */
static void measure(void *context, const struct as_mapping *map, struct as_cost *cost)
{
    const struct window_job *layer = context;
    struct as_diag diag;
    struct as_schedule s = *layer->s;
    struct window_job j = *layer;

    as_diag_init(&diag);
    s.arena = as_arena_new();
    s.diag = &diag;
    j.s = &s;
    j.m = *map;
    j.trial = true;
    cost->descriptors = UINT32_MAX; /* no load of its expresses it */
    cost->trail = 0;
    if (emit_layer(&j) == AS_OK && as_schedule_end_layer(&s, false) == AS_OK) {
        cost->descriptors = 0;
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            cost->descriptors += as_schedule_bytes(&s, (enum as_stream)k) -
                                 as_schedule_bytes(layer->s, (enum as_stream)k);
        int64_t trail = as_schedule_overlap(&s) - s.spare;
        cost->trail = (uint64_t)(trail > 0 ? trail : 0);
    }
    as_arena_free(s.arena);
}

enum as_status as_weight_window(struct as_schedule *s, const struct as_layer *layer,
                                struct as_cost *cost)
{
    const struct as_config *cfg = s->cfg;
    struct window_job j = {.s = s, .cfg = cfg, .layer = layer, .f = as_filter_of(s->net, layer)};
    j.w = j.f.w;
    const struct as_thrift thrift = {
        .cycles = s->thrift, .arena = s->arena, .measure = measure, .context = &j};

    struct as_line_mapping line;
    struct as_cost line_cost;
    bool found = as_mapping_choose(cfg, &j.w, &thrift, &j.m, cost);
    if (as_line_choose(cfg, &j.f, &line, &line_cost) && (!found || line_cost.total < cost->total)) {
        *cost = line_cost;
        return as_line_emit(s, &j.f, &line);
    }
    if (!found)
        return as_fail(s->diag, AS_ERR_NOFIT,
                       "layer %d %s: no tile of tile.P %d, tile.Q %d, tile.C %d, tile.K %d (0 = "
                       "auto) fits buffers.ifmap %d, buffers.accumulator %d",
                       layer->index, layer->name, cfg->tile_p, cfg->tile_q, cfg->tile_c,
                       cfg->tile_k, cfg->ibuf_words, cfg->acc_words);
    return emit_layer(&j);
}
