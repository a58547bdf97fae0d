/* Where weights stay: CONV_2D, FULLY_CONNECTED and DEPTHWISE_CONV_2D. */
#include <string.h>

#include "dataflows/mapper/mapping.h"
#include "dataflows/mapper/timed_choice.h"
#include "dataflows/mapper/weights.h"
#include "dataflows/mapper/mapper.h"

struct window_job {
    struct as_schedule *s;
    const struct as_config *cfg;
    const struct as_layer *layer;
    struct as_filter f;
    struct as_conv_shape w; /* of one set of channel groups */
    int together;           /* channel groups in a set */
    int set, image;
    struct as_mapping m;
    int np, nq, nk;    /* output tiles */
    int nr, ns, nc;    /* reduction chunks */
    int pp, pq;        /* parts of an output tile along P and Q, at most */
    int groups, boxes; /* jobs of a full chunk: along k, along the reduction */
    int sr, ss, sc;    /* boxes along r, s and the words */
    size_t *block;     /* [set][nk][chunk][group][box]: offset of its weights */
    size_t *params;    /* [set][nk] */
};

/* One reduction chunk: kernel taps and ibuf words. */
struct chunk {
    struct as_span r, s, c;
    int index;
    int nr, ns, words; /* weight tiles, as the job loops see them: GATHER folds taps into words */
};

static struct chunk chunk_of(const struct window_job *j, int r, int s, int c)
{
    struct chunk chunk = {
        .r = as_span_of(j->w.kernel_h, j->m.tr, r),
        .s = as_span_of(j->w.kernel_w, j->m.ts, s),
        .c = as_span_of(j->m.c_words, j->m.tc, c),
        .index = (r * j->ns + s) * j->nc + c,
    };
    bool gather = j->m.kind == AS_MAP_GATHER;
    chunk.nr = gather ? 1 : as_ceil_div(chunk.r.size, j->m.step_r);
    chunk.ns = gather ? 1 : as_ceil_div(chunk.s.size, j->m.step_s);
    chunk.words =
        gather ? as_chunk_words(j->cfg, &j->w, &j->m, chunk.r.size, chunk.s.size, 1) : chunk.c.size;
    return chunk;
}

/* One job of a chunk: k tiles (from the start of the tile's) and boxes. */
struct box {
    struct as_span k, r, s, c;
};

/* False when the box is empty, as at the edges of a layer. */
static bool box_of(const struct window_job *j, const struct chunk *chunk, int k_tiles, int group,
                   int box, struct box *out)
{
    int c = box % j->sc, s = box / j->sc % j->ss, r = box / j->sc / j->ss;
    if (group * j->m.jk >= k_tiles || r * j->m.jr >= chunk->nr || s * j->m.js >= chunk->ns ||
        c * j->m.jc >= chunk->words)
        return false;
    out->k = as_span_of(k_tiles, j->m.jk, group);
    out->r = as_span_of(chunk->nr, j->m.jr, r);
    out->s = as_span_of(chunk->ns, j->m.js, s);
    out->c = as_span_of(chunk->words, j->m.jc, c);
    return true;
}

static int64_t block_index(const struct window_job *j, int k, int chunk, int group, int box)
{
    int64_t chunks = (int64_t)j->nr * j->ns * j->nc;
    return ((((int64_t)j->set * j->nk + k) * chunks + chunk) * j->groups + group) * j->boxes + box;
}

/* ---- constants ---- */

/* First channels of the set that is being emitted. */
static int first_in(const struct window_job *j)
{
    return j->set * j->together * j->f.in_group;
}

static int first_out(const struct window_job *j)
{
    return j->set * j->together * j->f.out_group;
}

/* The filter value of channels of the set; 0 beyond them. */
static int8_t filter(const struct window_job *j, int k, int r, int s, int c)
{
    return c < j->w.in_c ? as_filter_at(&j->f, first_out(j) + k, r, s, first_in(j) + c) : 0;
}

/* What array row `lane` holds for output channel k of k tile `tile`, in the weight tile of job loop
 * position (r, s, word) of a chunk. */
static int8_t weight(const struct window_job *j, const struct chunk *chunk, int tile, int k, int r,
                     int s, int word, int lane)
{
    const struct as_config *cfg = j->cfg;
    if (as_map_is_line(&j->m)) {
        int tap_r = lane / cfg->unroll[AS_LOOP_C] / cfg->unroll[AS_LOOP_S],
            tap_s = lane / cfg->unroll[AS_LOOP_C] % cfg->unroll[AS_LOOP_S],
            c = lane % cfg->unroll[AS_LOOP_C];
        int row = r * j->m.step_r + tap_r, column = s * j->m.step_s + tap_s;
        if (tap_r >= j->m.step_r || tap_s >= j->m.step_s || row >= chunk->r.size ||
            column >= chunk->s.size)
            return 0;
        row += chunk->r.start;
        column += chunk->s.start;
        if (j->m.kind == AS_MAP_LINE_DEPTHWISE)
            return c == 0 ? filter(j, k, row, column, k) : 0;
        return filter(j, k, row, column, (chunk->c.start + word) * cfg->unroll[AS_LOOP_C] + c);
    }
    if (j->m.kind == AS_MAP_DEPTHWISE) {
        int channel = tile / j->m.repeat * j->m.unit_c + lane;
        return lane < j->m.unit_c ? filter(j, k, chunk->r.start + r, chunk->s.start + s, channel)
                                  : 0;
    }
    if (j->m.kind == AS_MAP_GATHER) {
        int flat = word * cfg->rows + lane;
        int tap = flat / j->w.in_c;
        if (tap >= chunk->r.size * chunk->s.size)
            return 0;
        return filter(j, k, chunk->r.start + tap / chunk->s.size,
                      chunk->s.start + tap % chunk->s.size, flat % j->w.in_c);
    }
    return filter(j, k, chunk->r.start + r, chunk->s.start + s,
                  (chunk->c.start + word) * cfg->rows + lane);
}

/* The weight tiles of one job, in the order of its loops: k, r, s, c. */
static size_t write_block(struct window_job *j, const struct chunk *chunk, int k0,
                          const struct box *b)
{
    int tiles = b->k.size * b->r.size * b->s.size * b->c.size, n = 0;
    size_t offset = as_schedule_alloc(j->s, (size_t)(tiles * as_tile_words(j->cfg)) *
                                                as_wbuf_word_bytes(j->cfg));

    if (j->s->trial)
        return offset;
    for (int k = 0; k < b->k.size; k++) {
        int tile = k0 + b->k.start + k;
        int channel = tile * j->m.unit_k;
        for (int r = b->r.start; r < b->r.start + b->r.size; r++)
            for (int s = b->s.start; s < b->s.start + b->s.size; s++)
                for (int c = b->c.start; c < b->c.start + b->c.size; c++, n++)
                    for (int lane = 0; lane < j->cfg->rows; lane++)
                        for (int col = 0; col < j->m.unit_k && channel + col < j->w.out_k; col++)
                            j->s->data[offset + as_weight_byte(j->cfg, n, lane, col)] =
                                (uint8_t)weight(j, chunk, tile, channel + col, r, s, c, lane);
    }
    return offset;
}

/* Of the set. */
static void write_weights(struct window_job *j)
{
    for (int k = 0; k < j->nk; k++) {
        struct as_span tiles = as_span_of(j->m.k_tiles, j->m.tk, k);
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

/* Two products in 16 bits, as the first two rows of the array may add them: enough for TFLite's
 * -127..127. */
static enum as_status check_weights(const struct window_job *j)
{
    for (size_t i = 0; i < j->layer->weight_bytes && j->cfg->block_sum; i++)
        if (j->layer->weights[i] == -128)
            return as_fail(j->s->diag, AS_ERR_UNSUPPORTED,
                           "layer %d %s: weight %zu is -128, expected -127..127 (the symmetric "
                           "range of int8 weights), or array.block_sum 0",
                           j->layer->index, j->layer->name, i);
    return AS_OK;
}

/* Of the set. */
static enum as_status write_params(struct window_job *j)
{
    for (int k = 0; k < j->nk; k++) {
        struct as_span channels = as_span_of(j->w.out_k, j->m.tk * j->m.unit_k, k);
        size_t offset = as_schedule_alloc(j->s, (size_t)channels.size * as_param_bytes(j->cfg));
        j->params[j->set * j->nk + k] = offset;
        AS_TRY(as_filter_params(j->s, &j->f, first_out(j) + channels.start, channels.size, offset));
    }
    return AS_OK;
}

/* ---- descriptors ---- */

/* An output tile, and a part of it. */
struct out_tile {
    int p_index, q_index, k_index;
    struct as_span p, q, k;
    int part; /* number of its pixels among all parts */
    struct as_span part_p, part_q;
};

/* First input coordinate that a chunk needs along one axis, and its steps. */
static int first_coordinate(int out, int stride, int pad, int tap, int dilation)
{
    return out * stride - pad + tap * dilation;
}

static struct as_load_desc ifmap_load(const struct window_job *j, const struct out_tile *t,
                                      const struct chunk *chunk, int8_t pad, int64_t *offset)
{
    const struct as_conv_shape *w = &j->w, *image = &j->f.w;
    int y0 =
        first_coordinate(t->part_p.start, w->stride_h, w->pad_top, chunk->r.start, w->dilation_h);
    int x0 =
        first_coordinate(t->part_q.start, w->stride_w, w->pad_left, chunk->s.start, w->dilation_w);

    if (j->m.kind == AS_MAP_GATHER) {
        int32_t pixel = image->in_c, row = w->in_w * pixel;
        int32_t s_span = (chunk->s.size - 1) * w->dilation_w * pixel;
        int32_t r_span = (chunk->r.size - 1) * w->dilation_h * row;
        int32_t q_span = (t->part_q.size - 1) * w->stride_w * pixel;
        int32_t last = w->in_c - 1;
        *offset = ((int64_t)y0 * w->in_w + x0) * pixel + first_in(j);
        return (struct as_load_desc){
            .bytes = true,
            .align = 2,
            .pad = pad,
            .nc = w->in_c - 1,
            .ns = chunk->s.size - 1,
            .nr = chunk->r.size - 1,
            .nq = t->part_q.size - 1,
            .np = t->part_p.size - 1,
            .ds = w->dilation_w * pixel - last,
            .dr = w->dilation_h * row - s_span - last,
            .dq = w->stride_w * pixel - r_span - s_span - last,
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
    bool line = as_map_is_line(&j->m);
    struct as_box box = {
        .y0 = y0,
        .x0 = x0,
        .ny = as_map_rows(j->cfg, w, &j->m, t->part_p.size, chunk->r.size),
        .nx = as_map_columns(w, &j->m, t->part_q.size, chunk->s.size),
        .dy = chunk->r.size == 1 ? w->stride_h : 1,
        .dx = chunk->s.size == 1 && !line ? w->stride_w : 1,
        .lanes = as_map_lanes(&j->m),
        .pad = pad,
    };
    if (j->m.kind == AS_MAP_DIRECT || j->m.kind == AS_MAP_LINE) {
        box.c0 = chunk->c.start * j->m.unit_c;
        box.channels = chunk->c.size * j->m.unit_c;
    } else {
        box.c0 = t->k.start / j->m.repeat * j->m.unit_c;
        box.channels = t->k.size * j->m.unit_c;
        if (!line && !(as_moves_words(j->cfg, j->cfg->load_lanes, image->in_c, j->m.unit_c) &&
                       j->m.repeat == 1)) {
            box.unit = j->m.unit_c;
            box.repeat = t->k.size < j->m.repeat ? t->k.size : j->m.repeat;
            box.groups = t->k.size / box.repeat;
        }
    }
    if (box.c0 + box.channels > w->in_c)
        box.channels = w->in_c - box.c0;
    box.c0 += first_in(j);
    return as_box_load(j->cfg, image, &box, offset);
}

/* Words between neighbouring beats, weight tiles and k tiles of the loaded ifmap tile. */
struct strides {
    int q, p, s, r, k;
};

static struct strides strides_of(const struct window_job *j, const struct out_tile *t,
                                 const struct chunk *chunk)
{
    const struct as_conv_shape *w = &j->w;
    bool line = as_map_is_line(&j->m);
    bool by_k = j->m.kind == AS_MAP_DEPTHWISE || j->m.kind == AS_MAP_LINE_DEPTHWISE;
    if (j->m.kind == AS_MAP_GATHER)
        return (struct strides){.q = chunk->words, .p = t->part_q.size * chunk->words};
    int pixel = by_k ? t->k.size : chunk->c.size;
    int row = pixel * as_map_columns(w, &j->m, t->part_q.size, chunk->s.size);
    return (struct strides){
        .q = pixel * (line ? 1 : as_loaded_stride(w->stride_w, chunk->s.size)),
        .p = row * as_loaded_stride(w->stride_h, chunk->r.size),
        .s = pixel * w->dilation_w * j->m.step_s,
        .r = row * w->dilation_h * j->m.step_r,
        .k = by_k,
    };
}

static struct as_compute_desc compute_of(const struct window_job *j, const struct out_tile *t,
                                         const struct strides *stride, const struct box *b,
                                         bool first, bool emit)
{
    int c_span = b->c.size - 1;
    int s_span = (b->s.size - 1) * stride->s;
    int r_span = (b->r.size - 1) * stride->r;
    int columns = as_map_beat_columns(&j->m, t->part_q.size);
    bool line = as_map_is_line(&j->m);
    return (struct as_compute_desc){
        .first = first,
        .emit = emit,
        .line = line,
        .dw = j->m.kind == AS_MAP_LINE_DEPTHWISE,
        .nq = columns - 1,
        .np = as_map_beat_rows(j->cfg, &j->m, t->part_p.size) - 1,
        .nk = b->k.size - 1,
        .nc = b->c.size - 1,
        .ns = b->s.size - 1,
        .nr = b->r.size - 1,
        .dq = stride->q,
        .dp = stride->p - (columns - 1) * stride->q,
        .dc = 1,
        .ds = stride->s - c_span,
        .dr = stride->r - s_span - c_span,
        .dk = stride->k - r_span - s_span - c_span,
        .ibase =
            b->r.start * stride->r + b->s.start * stride->s + b->c.start + b->k.start * stride->k,
        .abase = (b->k.start * t->p.size + t->part_p.start - t->p.start) * t->q.size +
                 t->part_q.start - t->q.start,
        .ntiles = b->k.size * b->r.size * b->s.size * b->c.size - 1,
        .vq = line ? t->part_q.size - 1 : 0,
    };
}

/* The jobs of one chunk, one part of the pixels and one group of k tiles. */
static enum as_status emit_boxes(struct window_job *j, const struct out_tile *t,
                                 const struct chunk *chunk, int group, bool last)
{
    const struct as_tensor *in = &j->s->net->tensors[j->layer->input[0]];
    struct strides stride = strides_of(j, t, chunk);
    struct as_job job = {.ifmap_src.tensor = j->layer->input[0]};
    int64_t chunks = (int64_t)j->nr * j->ns * j->nc;
    struct box box, next;

    job.ifmap = ifmap_load(j, t, chunk, (int8_t)in->zero_point, &job.ifmap_src.offset);
    job.ifmap_src.offset += (int64_t)j->image * j->w.in_h * j->w.in_w * j->f.w.in_c;
    job.ifmap_id = ((int64_t)j->image * j->w.sets + j->set) * j->np * j->nq * j->pp * j->pq;
    job.ifmap_id = (job.ifmap_id + t->part) * chunks + chunk->index;
    if (j->m.kind == AS_MAP_DEPTHWISE || j->m.kind == AS_MAP_LINE_DEPTHWISE)
        job.ifmap_id = job.ifmap_id * j->nk + t->k_index;

    for (int b = 0; b < j->boxes; b++) {
        if (!box_of(j, chunk, t->k.size, group, b, &box))
            continue;
        bool last_box = true;
        for (int n = b + 1; n < j->boxes && last_box; n++)
            last_box = !box_of(j, chunk, t->k.size, group, n, &next);
        job.compute =
            compute_of(j, t, &stride, &box, chunk->index == 0 && b == 0, last && last_box);
        job.weights_id = block_index(j, t->k_index, chunk->index, group, b);
        job.weights = j->block[job.weights_id];
        job.weights_words = (job.compute.ntiles + 1) * as_tile_words(j->cfg);
        AS_TRY(as_schedule_job(j->s, &job));
    }
    return AS_OK;
}

/* The parts of an output tile, in the order of the loops. */
static enum as_status emit_chunk(struct window_job *j, struct out_tile *t,
                                 const struct chunk *chunk, bool last)
{
    int count[AS_DIM_COUNT] = {[AS_DIM_P] = as_ceil_div(t->p.size, j->m.jp),
                               [AS_DIM_Q] = as_ceil_div(t->q.size, j->m.jq),
                               [AS_DIM_K] = j->groups,
                               [AS_DIM_C] = 1};
    const enum as_dim *order = j->m.order;
    int at[AS_DIM_COUNT] = {0};

    for (at[order[0]] = 0; at[order[0]] < count[order[0]]; at[order[0]]++)
        for (at[order[1]] = 0; at[order[1]] < count[order[1]]; at[order[1]]++)
            for (at[order[2]] = 0; at[order[2]] < count[order[2]]; at[order[2]]++)
                for (at[order[3]] = 0; at[order[3]] < count[order[3]]; at[order[3]]++) {
                    int p = at[AS_DIM_P], q = at[AS_DIM_Q];
                    t->part_p = as_span_of(t->p.size, j->m.jp, p);
                    t->part_q = as_span_of(t->q.size, j->m.jq, q);
                    t->part_p.start += t->p.start;
                    t->part_q.start += t->q.start;
                    t->part = ((t->p_index * j->nq + t->q_index) * j->pp + p) * j->pq + q;
                    AS_TRY(emit_boxes(j, t, chunk, at[AS_DIM_K], last));
                }
    return AS_OK;
}

/* The lowest input byte that the loads of an output tile read. */
static int64_t read_low(const struct window_job *j, const struct out_tile *t)
{
    int y = first_coordinate(t->p.start, j->w.stride_h, j->w.pad_top, 0, 1);
    int x = first_coordinate(t->q.start, j->w.stride_w, j->w.pad_left, 0, 1);
    int64_t row = (int64_t)j->image * j->w.in_h + (y > 0 ? y : 0);
    return (row * j->w.in_w + (x > 0 ? x : 0)) * j->f.w.in_c;
}

static enum as_status emit_tile(struct window_job *j, struct out_tile *t)
{
    const struct as_tensor *out = &j->s->net->tensors[j->layer->output];
    int chunks = j->nr * j->ns * j->nc, pixel = j->f.w.out_k;
    int k_channels = j->m.unit_k, channel = t->k.start * k_channels;
    int channels = t->k.size * k_channels;

    for (int i = 0; i < chunks; i++) {
        struct chunk chunk = chunk_of(j, i / j->nc / j->ns, i / j->nc % j->ns, i % j->nc);
        AS_TRY(emit_chunk(j, t, &chunk, i == chunks - 1));
    }
    if (channel + channels > j->w.out_k)
        channels = j->w.out_k - channel;

    int row = j->w.out_w * pixel;
    struct as_store_desc store = {
        .zp = out->zero_point,
        .amin = j->layer->act_min,
        .amax = j->layer->act_max,
        .nq = t->q.size - 1,
        .np = t->p.size - 1,
        .nkt = t->k.size - 1,
        .dq = pixel,
        .dp = row - (t->q.size - 1) * pixel,
        .dk = 1,
        .ncl = channels - (t->k.size - 1) * k_channels - 1,
        .nc = k_channels - 1,
        .m = t->p.size * t->q.size - 1,
    };
    int64_t first = ((int64_t)j->image * j->w.out_h + t->p.start) * row +
                    (int64_t)t->q.start * pixel + first_out(j) + channel;
    as_schedule_store(j->s, &store, (struct as_ref){.tensor = j->layer->output, .offset = first},
                      j->params[j->set * j->nk + t->k_index]);
    as_schedule_tile(j->s, read_low(j, t),
                     first + (int64_t)(t->p.size - 1) * row + (int64_t)(t->q.size - 1) * pixel +
                         channels);
    return AS_OK;
}

/* The output tiles of a set and an image. */
static enum as_status emit_tiles(struct window_job *j)
{
    int count[AS_DIM_COUNT] = {[AS_DIM_P] = j->np, [AS_DIM_Q] = j->nq, [AS_DIM_K] = j->nk};
    enum as_dim order[3];
    int rounds = 0, n = 0;

    for (int i = 0; i < AS_DIM_COUNT; i++)
        if (j->m.order[i] != AS_DIM_C)
            order[n++] = j->m.order[i];
    for (int a = 0; a < count[order[0]]; a++)
        for (int b = 0; b < count[order[1]]; b++, rounds++)
            for (int c = 0; c < count[order[2]]; c++) {
                int inner = j->m.turns && rounds % 2 != 0 ? count[order[2]] - 1 - c : c;
                int at[AS_DIM_COUNT] = {0};
                at[order[0]] = a;
                at[order[1]] = b;
                at[order[2]] = inner;
                struct out_tile t = {
                    .p_index = at[AS_DIM_P],
                    .q_index = at[AS_DIM_Q],
                    .k_index = at[AS_DIM_K],
                    .p = as_span_of(j->w.out_h, j->m.tp, at[AS_DIM_P]),
                    .q = as_span_of(j->w.out_w, j->m.tq, at[AS_DIM_Q]),
                    .k = as_span_of(j->m.k_tiles, j->m.tk, at[AS_DIM_K]),
                };
                AS_TRY(emit_tile(j, &t));
            }
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
    j->pp = as_ceil_div(j->m.tp, j->m.jp);
    j->pq = as_ceil_div(j->m.tq, j->m.jq);
    struct chunk full = chunk_of(j, 0, 0, 0);
    j->groups = as_ceil_div(j->m.tk, j->m.jk);
    j->sr = as_ceil_div(full.nr, j->m.jr);
    j->ss = as_ceil_div(full.ns, j->m.js);
    j->sc = as_ceil_div(full.words, j->m.jc);
    j->boxes = j->sr * j->ss * j->sc;
    j->set = j->w.sets;
    j->block = AS_NEW(j->s->arena, size_t, block_index(j, 0, 0, 0, 0));
    j->params = AS_NEW(j->s->arena, size_t, j->w.sets * j->nk);

    for (j->set = 0; j->set < j->w.sets; j->set++) {
        AS_TRY(write_params(j));
        write_weights(j);
    }
    for (j->image = 0; j->image < j->w.images; j->image++)
        for (j->set = 0; j->set < j->w.sets; j->set++)
            AS_TRY(emit_tiles(j));
    return AS_OK;
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
    s.trial = true;
    j.s = &s;
    j.m = *map;
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

/* ---- choice ---- */

/* Sees `together` channel groups as one convolution, in which weights between groups are 0. */
static void set_together(struct window_job *j, int together)
{
    j->together = together;
    j->w = j->f.w;
    j->w.images = j->f.images;
    if (j->w.multiplier > 0) /* DEPTHWISE is mapped as a whole */
        j->together = j->f.groups;
    j->w.sets = j->f.groups / j->together;
    j->w.in_c = j->together * j->f.in_group;
    j->w.out_k = j->together * j->f.out_group;
}

static enum as_status refuse(const struct window_job *j)
{
    const struct as_config *cfg = j->cfg;
    const struct as_layer *layer = j->layer;
    char order[AS_DIM_COUNT + 1] = "";

    if (cfg->order_count > 0 && cfg->order[AS_DIM_COUNT - 1] != AS_DIM_C) {
        for (int i = 0; i < AS_DIM_COUNT; i++)
            order[i] = AS_DIM_LETTERS[cfg->order[i]];
        return as_fail(
            j->s->diag, AS_ERR_NOFIT,
            "layer %d %s: in order %s all sums of the loops inside C, %d x %d pixels and "
            "%d channels at most, stay in buffers.accumulator %d, cut into whole rows "
            "and one k tile; no tile of tile.P %d, tile.Q %d, tile.C %d, tile.K %d (0 = "
            "auto) fits it and buffers.ifmap %d",
            layer->index, layer->name, order, j->w.out_h, j->w.out_w, j->w.out_k, cfg->acc_words,
            cfg->tile[AS_DIM_P], cfg->tile[AS_DIM_Q], cfg->tile[AS_DIM_C], cfg->tile[AS_DIM_K],
            cfg->ibuf_words);
    }
    return as_fail(j->s->diag, AS_ERR_NOFIT,
                   "layer %d %s: no tile of tile.P %d, tile.Q %d, tile.C %d, tile.K %d (0 = "
                   "auto) fits buffers.ifmap %d, buffers.accumulator %d",
                   layer->index, layer->name, cfg->tile[AS_DIM_P], cfg->tile[AS_DIM_Q],
                   cfg->tile[AS_DIM_C], cfg->tile[AS_DIM_K], cfg->ibuf_words, cfg->acc_words);
}

static enum as_status emit_alone(void *context, const void *map, struct as_schedule *s)
{
    struct window_job j = *(const struct window_job *)context;

    j.s = s;
    memcpy(&j.m, map, sizeof j.m);
    return emit_layer(&j);
}

/* Appends what is found to the candidates; returns how many there are, all of the same number of
 * channel groups together: the best one's, which j->together becomes. */
static int find_mappings(struct window_job *j, const struct as_config *cfg,
                         struct as_exact_candidate *list, int count)
{
    struct as_mappings *best = AS_NEW(j->s->arena, struct as_mappings, 1);
    struct as_mappings *most = AS_NEW(j->s->arena, struct as_mappings, 1);
    const struct as_thrift thrift = {
        .cycles = j->s->thrift, .arena = j->s->arena, .measure = measure, .context = j};
    int chosen = 1;

    for (int together = 1; together <= j->f.groups; together++) {
        bool useful = together == 1 || together * j->f.in_group <= cfg->rows ||
                      together * j->f.out_group <= cfg->cols;
        if (j->f.groups % together != 0 || !useful)
            continue;
        set_together(j, together);
        as_mapping_choose(cfg, &j->w, &thrift, best);
        if (best->count > 0 &&
            (most->count == 0 || as_cost_rank(cfg, &best->at[0].cost, thrift.cycles) <
                                     as_cost_rank(cfg, &most->at[0].cost, thrift.cycles))) {
            chosen = together;
            *most = *best;
        }
        if (j->w.multiplier > 0)
            break;
    }
    set_together(j, chosen);
    for (int i = 0; i < most->count; i++)
        list[count++] = (struct as_exact_candidate){&most->at[i].map, &most->at[i].cost};
    return count;
}

/* The candidates within a third of the first. */
static int drop_others(const struct window_job *j, struct as_exact_candidate *list, int count)
{
    uint64_t first = as_cost_rank(j->cfg, list[0].cost, j->s->thrift);
    int kept = 0;

    for (int i = 0; i < count; i++)
        if (as_cost_rank(j->cfg, list[i].cost, j->s->thrift) <= first + first / 3)
            list[kept++] = list[i];
    return kept;
}

/* The best of each order, behind the candidates that there are. */
static int add_orders(const struct window_job *j, struct as_exact_candidate *list, int count)
{
    for (int o = 0; o < AS_ORDERS_MAX; o++) {
        const struct as_config cfg = as_order_config(j->cfg, o);
        struct window_job other = *j;
        int end = find_mappings(&other, &cfg, list, count);
        if (other.together == j->together)
            count = end < count + AS_EXACT_ORDER ? end : count + AS_EXACT_ORDER;
    }
    return count;
}

enum as_status as_weight_conv(struct as_schedule *s, const struct as_layer *layer,
                              struct as_cost *cost)
{
    struct window_job j = {.s = s, .cfg = s->cfg, .layer = layer};
    struct as_exact_candidate *list =
        AS_NEW(s->arena, struct as_exact_candidate, 2 * AS_MAPPINGS_MAX + AS_EXACT_LIST);

    j.f = as_filter_of(s->net, layer);
    AS_TRY(check_weights(&j));
    int count = find_mappings(&j, s->cfg, list, 0);
    if (count == 0)
        return refuse(&j);
    if (s->thrift == 0 && s->cfg->order_count > 0)
        count = count < AS_EXACT_ORDER ? count : AS_EXACT_ORDER;
    else
        count = drop_others(&j, list, count);
    if (as_exact_adds_orders(s))
        count = add_orders(&j, list, count);
    memcpy(&j.m, list[as_exact_choose(s, list, count, emit_alone, &j, cost)].map, sizeof j.m);
    return emit_layer(&j);
}
