#include "dataflows/line_window.h"

#include <string.h>

#include "gen/hw.h"

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* ---- sizes ---- */

/* Beats of an output row, and rows of beats of a tile. */
static int beat_columns(const struct as_line_mapping *m)
{
    return m->tq + m->taps_w - 1;
}

static int beat_rows(const struct as_config *cfg, int tp)
{
    return tp + cfg->r - 1;
}

/* Pixels of the ibuf tile. */
static int tile_width(const struct as_config *cfg, const struct as_line_mapping *m, int tq)
{
    return (m->ns - 1) * cfg->s + tq + m->taps_w - 1;
}

static int tile_height(const struct as_config *cfg, const struct as_line_mapping *m, int tp)
{
    return m->nr * cfg->r + tp - 1;
}

/* Ibuf words of a pixel. */
static int pixel_words(const struct as_line_mapping *m)
{
    return m->depthwise ? m->tk : m->tc;
}

/* Weight tiles of a k tile in one chunk. */
static int weight_tiles(const struct as_line_mapping *m)
{
    return m->nr * m->ns * m->tc;
}

static bool applies(const struct as_config *cfg, const struct as_filter *f,
                    struct as_line_mapping *m)
{
    const struct as_window *w = &f->w;

    if (!cfg->line || w->stride_h > 1 || w->stride_w > 1 || w->dilation_h > 1 ||
        w->dilation_w > 1 || (w->kernel_h == 1 && w->kernel_w == 1) || w->multiplier > 1 ||
        (f->groups > 1 && w->multiplier == 0))
        return false;
    m->depthwise = w->multiplier == 1;
    m->unit = m->depthwise ? cfg->cols : cfg->c;
    m->taps_h = min_int(w->kernel_h, cfg->r);
    m->taps_w = min_int(w->kernel_w, cfg->s);
    m->nr = as_ceil_div(w->kernel_h, cfg->r);
    m->ns = as_ceil_div(w->kernel_w, cfg->s);
    m->k_tiles = as_ceil_div(w->out_k, cfg->cols);
    m->c_words = m->depthwise ? 1 : as_ceil_div(w->in_c, cfg->c);
    return true;
}

/* A load moves whole memory words: every ibuf word is some, and so is a pixel. */
static bool word_mode(const struct as_config *cfg, const struct as_window *w,
                      const struct as_line_mapping *m)
{
    return m->unit % cfg->mem_width_bytes == 0 && w->in_c % m->unit == 0;
}

static bool fits(const struct as_config *cfg, const struct as_window *w,
                 const struct as_line_mapping *m)
{
    int most = as_count_max(cfg), width = tile_width(cfg, m, m->tq);
    int height = tile_height(cfg, m, m->tp), words = pixel_words(m);
    int run = min_int(words * m->unit, w->in_c);

    if (word_mode(cfg, w, m))
        run /= cfg->mem_width_bytes;
    return (int64_t)width * height * words <= cfg->ibuf_words && width <= most && height <= most &&
           run <= most && words <= most && m->tk <= most && beat_columns(m) >= 2 &&
           (cfg->r == 1 || beat_columns(m) <= cfg->line_words) &&
           (int64_t)m->tp * m->tq * m->tk <= cfg->acc_words;
}

/* ---- cost ---- */

static void estimate(const struct as_config *cfg, const struct as_filter *f,
                     const struct as_line_mapping *m, struct as_cost *cost)
{
    const struct as_window *w = &f->w;
    int64_t np = as_ceil_div(w->out_h, m->tp), nq = as_ceil_div(w->out_w, m->tq);
    int64_t nk = as_ceil_div(m->k_tiles, m->tk), nc = as_ceil_div(m->c_words, m->tc);
    int64_t images = f->images, tiles = images * np * nq * nk;
    int64_t jobs = tiles * nc * as_ceil_div(m->tk, m->jk);
    int64_t rows = (int64_t)w->out_h + np * (cfg->r - 1); /* of beats */
    int64_t columns = (int64_t)w->out_w + nq * (m->taps_w - 1);
    int64_t red = (int64_t)m->nr * m->ns * m->c_words;
    int64_t full = as_tile_cycles(cfg, (int64_t)beat_rows(cfg, m->tp) * beat_columns(m));
    int64_t beats = rows * columns > full * np * nq ? full * np * nq : rows * columns;
    int64_t outputs = images * w->out_h * w->out_w * w->out_k;
    int64_t channel_runs = images * np * nq * w->out_k;
    bool k_inside = m->order[2] == AS_DIM_K || nk == 1;
    int64_t passes = m->depthwise ? 1 : k_inside && nc <= 2 ? 1 : nk;
    int64_t pixels = images * ((int64_t)w->out_h + np * (m->nr * cfg->r - 1)) *
                     ((int64_t)w->out_w + nq * (tile_width(cfg, m, 1) - 1));
    int64_t ifmap_beats =
        passes * pixels * as_ceil_div(w->in_c, word_mode(cfg, w, m) ? cfg->mem_width_bytes : 1);
    int64_t ifmaps = images * np * nq * nc * (m->depthwise ? nk : passes);
    int64_t weight_beats = m->k_tiles * red * as_tile_words(cfg) * cfg->wbuf_beats;
    int64_t blocks = nk * nc * as_ceil_div(m->tk, m->jk);
    int64_t weights = blocks <= 2 ? blocks : k_inside ? tiles / nk * blocks : blocks;
    int64_t descriptors = 4 * (ifmaps * AS_LOAD_WORDS + weights * AS_LOAD_LINEAR_WORDS +
                               jobs * AS_COMPUTE_WORDS + tiles * AS_STORE_WORDS);
    int tile_channels = min_int(m->tk * cfg->cols, w->out_k);

    memset(cost, 0, sizeof *cost);
    if (beats < full)
        beats = full;
    cost->compute = (uint64_t)(images * m->k_tiles * red * beats + jobs * as_cost_job(cfg));
    cost->memory =
        (uint64_t)((ifmap_beats + weight_beats * weights / blocks + outputs +
                    channel_runs * as_ceil_div(12, cfg->mem_width_bytes) +
                    descriptors / cfg->mem_width_bytes) *
                       cfg->mem_interval +
                   ifmaps * as_cost_load(cfg, false) + weights * as_cost_load(cfg, true));
    cost->requant = (uint64_t)(outputs * as_cost_output(cfg) + channel_runs * as_cost_channel(cfg));
    cost->fill = (uint64_t)(ifmap_beats / ifmaps * cfg->mem_interval + as_cost_load(cfg, false));
    cost->tail = (uint64_t)((int64_t)m->tp * m->tq * tile_channels * as_cost_output(cfg) +
                            (int64_t)tile_channels * as_cost_channel(cfg) + cfg->drain_cycles);
    cost->first_tile = cost->compute / (uint64_t)tiles;
    cost->descriptors = (uint64_t)descriptors;
    cost->constants = (uint64_t)(weight_beats * cfg->mem_width_bytes +
                                 (int64_t)w->out_k * (int64_t)as_param_bytes(cfg));
    as_cost_sum(cost);
}

/* ---- choice ---- */

/* The next smaller size that cuts `whole` into one part more, or 0. */
static int next_size(int whole, int size)
{
    return size == 1 ? 0 : as_ceil_div(whole, as_ceil_div(whole, size - 1));
}

static int first_size(int configured, int whole)
{
    return configured > 0 ? min_int(configured, whole) : whole;
}

struct choice {
    const struct as_config *cfg;
    const struct as_filter *f;
    struct as_line_mapping *best;
    struct as_cost *cost;
    bool found;
};

static void consider(struct choice *choice, struct as_line_mapping m)
{
    static const enum as_dim orders[][3] = {{AS_DIM_P, AS_DIM_Q, AS_DIM_K},
                                            {AS_DIM_K, AS_DIM_P, AS_DIM_Q}};
    const struct as_config *cfg = choice->cfg;
    int room = as_weight_room(cfg) / as_tile_words(cfg);

    if (!fits(cfg, &choice->f->w, &m) || weight_tiles(&m) > room)
        return;
    m.jk = as_ceil_div(m.tk, as_ceil_div(m.tk, room / weight_tiles(&m)));
    for (int o = 0; o < (cfg->order_count > 0 ? 1 : 2); o++) {
        struct as_cost cost;
        int n = 0;
        memcpy(m.order, orders[o], sizeof m.order);
        for (int i = 0; i < cfg->order_count; i++)
            if (cfg->order[i] != AS_DIM_C)
                m.order[n++] = cfg->order[i];
        estimate(cfg, choice->f, &m, &cost);
        if (!choice->found ||
            cost.total + cost.memory / 8 < choice->cost->total + choice->cost->memory / 8) {
            *choice->best = m;
            *choice->cost = cost;
            choice->found = true;
        }
    }
}

static void search_kc(struct choice *choice, struct as_line_mapping m)
{
    const struct as_config *cfg = choice->cfg;
    int fixed_k = cfg->tile_k > 0 ? as_ceil_div(cfg->tile_k, cfg->cols) : 0;
    int fixed_c = cfg->tile_c > 0 && !m.depthwise ? as_ceil_div(cfg->tile_c, cfg->c) : 0;

    for (m.tk = first_size(fixed_k, m.k_tiles); m.tk > 0;
         m.tk = fixed_k > 0 ? 0 : next_size(m.k_tiles, m.tk))
        for (m.tc = first_size(fixed_c, m.c_words); m.tc > 0;
             m.tc = fixed_c > 0 ? 0 : next_size(m.c_words, m.tc))
            consider(choice, m);
}

bool as_line_choose(const struct as_config *cfg, const struct as_filter *filter,
                    struct as_line_mapping *best, struct as_cost *cost)
{
    const struct as_window *w = &filter->w;
    struct choice choice = {.cfg = cfg, .f = filter, .best = best, .cost = cost};
    struct as_line_mapping m = {0};

    if (!applies(cfg, filter, &m))
        return false;
    for (m.tp = first_size(cfg->tile_p, w->out_h); m.tp > 0;
         m.tp = cfg->tile_p > 0 ? 0 : next_size(w->out_h, m.tp))
        for (m.tq = first_size(cfg->tile_q, w->out_w); m.tq > 0;
             m.tq = cfg->tile_q > 0 ? 0 : next_size(w->out_w, m.tq))
            search_kc(&choice, m);
    return choice.found;
}

/* ---- emission ---- */

struct line_job {
    struct as_schedule *s;
    const struct as_config *cfg;
    const struct as_filter *f;
    struct as_line_mapping m;
    int np, nq, nk, nc, groups; /* tiles, chunks, jobs of a chunk */
    size_t *block;              /* [nk][nc][groups] */
    size_t *params;             /* [nk] */
};

struct span {
    int start, size;
};

static struct span span_of(int whole, int size, int index)
{
    int start = index * size;
    return (struct span){.start = start, .size = min_int(size, whole - start)};
}

struct line_tile {
    int image, p_index, q_index, k_index;
    struct span p, q, k;
};

/* The weight of array row `row`, column `col` in weight tile (k tile, r, s, c word) of a chunk. */
static int8_t weight(const struct line_job *j, int k_tile, int r, int s, int word, int row, int col)
{
    const struct as_config *cfg = j->cfg;
    int tap_r = r * cfg->r + row / cfg->c / cfg->s, tap_s = s * cfg->s + row / cfg->c % cfg->s;
    int lane = row % cfg->c, k = k_tile * cfg->cols + col;

    if (tap_r >= j->f->w.kernel_h || tap_s >= j->f->w.kernel_w)
        return 0;
    if (j->m.depthwise)
        return lane == 0 ? as_filter_at(j->f, k, tap_r, tap_s, k) : 0;
    return as_filter_at(j->f, k, tap_r, tap_s, word * cfg->c + lane);
}

static size_t write_block(struct line_job *j, struct span k, struct span c)
{
    const struct as_config *cfg = j->cfg;
    int tiles = k.size * j->m.nr * j->m.ns * c.size, n = 0;
    size_t offset =
        as_schedule_alloc(j->s, (size_t)(tiles * as_tile_words(cfg)) * as_wbuf_word_bytes(cfg));

    for (int t = 0; t < k.size; t++)
        for (int r = 0; r < j->m.nr; r++)
            for (int s = 0; s < j->m.ns; s++)
                for (int w = 0; w < c.size; w++, n++)
                    for (int row = 0; row < cfg->rows; row++)
                        for (int col = 0; col < cfg->cols; col++)
                            j->s->data[offset + as_weight_byte(cfg, n, row, col)] =
                                (uint8_t)weight(j, k.start + t, r, s, c.start + w, row, col);
    return offset;
}

static enum as_status check_weights(const struct line_job *j)
{
    const struct as_layer *layer = j->f->layer;

    for (size_t i = 0; j->cfg->block_sum && i < layer->weight_bytes; i++)
        if (layer->weights[i] == -128)
            return as_fail(
                j->s->diag, AS_ERR_UNSUPPORTED,
                "layer %d %s: weight %zu is -128, expected -127..127 (array.block_sum is 1)",
                layer->index, layer->name, i);
    return AS_OK;
}

static enum as_status write_constants(struct line_job *j)
{
    AS_TRY(check_weights(j));
    for (int k = 0; k < j->nk; k++) {
        struct span tiles = span_of(j->m.k_tiles, j->m.tk, k);
        int first = tiles.start * j->cfg->cols;
        int count = min_int(tiles.size * j->cfg->cols, j->f->w.out_k - first);
        j->params[k] = as_schedule_alloc(j->s, (size_t)count * as_param_bytes(j->cfg));
        AS_TRY(as_filter_params(j->s, j->f, first, count, j->params[k]));
        for (int c = 0; c < j->nc; c++)
            for (int g = 0; g * j->m.jk < tiles.size; g++) {
                struct span part = span_of(tiles.size, j->m.jk, g);
                part.start += tiles.start;
                j->block[(k * j->nc + c) * j->groups + g] =
                    write_block(j, part, span_of(j->m.c_words, j->m.tc, c));
            }
    }
    return AS_OK;
}

/* The box of pixels that a chunk of a tile needs. */
static struct as_load_desc load_of(const struct line_job *j, const struct line_tile *t,
                                   struct span c, int64_t *offset)
{
    const struct as_window *w = &j->f->w;
    const struct as_tensor *in = &j->s->net->tensors[j->f->layer->input[0]];
    struct as_line_mapping m = j->m;
    m.tp = t->p.size;
    m.tq = t->q.size;
    int words = m.depthwise ? t->k.size : c.size;
    int c0 = (m.depthwise ? t->k.start : c.start) * m.unit;
    int channels = min_int(words * m.unit, w->in_c - c0);
    int beat = word_mode(j->cfg, w, &m) ? j->cfg->mem_width_bytes : 1;
    int nx = tile_width(j->cfg, &m, m.tq), ny = tile_height(j->cfg, &m, m.tp);
    int y0 = t->p.start - w->pad_top, x0 = t->q.start - w->pad_left, run = channels - beat;

    *offset = (((int64_t)t->image * w->in_h + y0) * w->in_w + x0) * w->in_c + c0;
    return (struct as_load_desc){
        .bytes = beat == 1,
        .align = beat == 1 ? 1 : 0,
        .lanes = m.depthwise ? AS_LANES_COLUMNS : AS_LANES_TAP,
        .pad = (int8_t)in->zero_point,
        .nc = channels / beat - 1,
        .ns = nx - 1,
        .nr = ny - 1,
        .ds = w->in_c - run,
        .dr = w->in_w * w->in_c - (nx - 1) * w->in_c - run,
        .y0 = y0,
        .x0 = x0,
        .height = w->in_h,
        .width = w->in_w,
        .dx_s = 1,
        .dy_r = 1,
    };
}

/* The job of `jk` k tiles from `k` of the tile on. */
static struct as_compute_desc compute_of(const struct line_job *j, const struct line_tile *t,
                                         struct span c, struct span k)
{
    const struct as_config *cfg = j->cfg;
    const struct as_line_mapping *m = &j->m;
    int words = m->depthwise ? t->k.size : c.size;
    int row = words * tile_width(cfg, m, t->q.size), columns = t->q.size + m->taps_w - 1;
    int tap_s = words * cfg->s, tap_r = row * cfg->r;
    int s_span = (m->ns - 1) * tap_s, r_span = (m->nr - 1) * tap_r;
    struct as_compute_desc d = {
        .line = true,
        .dw = m->depthwise,
        .nq = columns - 1,
        .np = beat_rows(cfg, t->p.size) - 1,
        .nc = c.size - 1,
        .ns = m->ns - 1,
        .nr = m->nr - 1,
        .nk = k.size - 1,
        .dq = words,
        .dp = row - (columns - 1) * words,
        .dc = 1,
        .ds = tap_s - (c.size - 1),
        .dr = tap_r - s_span - (c.size - 1),
        .dk = (m->depthwise ? 1 : 0) - r_span - s_span - (c.size - 1),
        .ibase = m->depthwise ? k.start : 0,
        .abase = k.start * t->p.size * t->q.size,
        .ntiles = k.size * m->nr * m->ns * c.size - 1,
        .vq = t->q.size - 1,
    };
    return d;
}

static enum as_status emit_chunk(struct line_job *j, const struct line_tile *t, int index)
{
    struct span c = span_of(j->m.c_words, j->m.tc, index);
    int64_t pixels = ((int64_t)t->image * j->np + t->p_index) * j->nq + t->q_index;
    struct as_job job = {.ifmap_src.tensor = j->f->layer->input[0]};

    job.ifmap = load_of(j, t, c, &job.ifmap_src.offset);
    job.ifmap_id =
        (pixels * j->nc + index) * (j->m.depthwise ? j->nk : 1) + (j->m.depthwise ? t->k_index : 0);
    for (int g = 0; g * j->m.jk < t->k.size; g++) {
        struct span k = span_of(t->k.size, j->m.jk, g);
        job.compute = compute_of(j, t, c, k);
        job.compute.first = index == 0;
        job.compute.emit = index == j->nc - 1;
        job.weights_id = ((int64_t)t->k_index * j->nc + index) * j->groups + g;
        job.weights = j->block[job.weights_id];
        job.weights_words = (job.compute.ntiles + 1) * as_tile_words(j->cfg);
        AS_TRY(as_schedule_job(j->s, &job));
    }
    return AS_OK;
}

static enum as_status emit_tile(struct line_job *j, const struct line_tile *t)
{
    const struct as_window *w = &j->f->w;
    const struct as_layer *layer = j->f->layer;
    int channel = t->k.start * j->cfg->cols, row = w->out_w * w->out_k;
    int channels = min_int(t->k.size * j->cfg->cols, w->out_k - channel);

    for (int c = 0; c < j->nc; c++)
        AS_TRY(emit_chunk(j, t, c));
    struct as_store_desc store = {
        .zp = j->s->net->tensors[layer->output].zero_point,
        .amin = layer->act_min,
        .amax = layer->act_max,
        .nq = t->q.size - 1,
        .np = t->p.size - 1,
        .nkt = t->k.size - 1,
        .dq = w->out_k,
        .dp = row - (t->q.size - 1) * w->out_k,
        .dk = 1,
        .ncl = channels - (t->k.size - 1) * j->cfg->cols - 1,
        .nc = j->cfg->cols - 1,
        .m = t->p.size * t->q.size - 1,
    };
    int64_t first = ((int64_t)t->image * w->out_h + t->p.start) * row +
                    (int64_t)t->q.start * w->out_k + channel;
    as_schedule_store(j->s, &store, (struct as_ref){.tensor = layer->output, .offset = first},
                      j->params[t->k_index]);
    int y = t->p.start - w->pad_top, x = t->q.start - w->pad_left;
    int64_t read_low =
        (((int64_t)t->image * w->in_h + (y > 0 ? y : 0)) * w->in_w + (x > 0 ? x : 0)) * w->in_c;
    as_schedule_tile(j->s, read_low,
                     first + (int64_t)(t->p.size - 1) * row + (int64_t)(t->q.size - 1) * w->out_k +
                         channels);
    return AS_OK;
}

static enum as_status emit_image(struct line_job *j, int image)
{
    int count[AS_DIM_COUNT] = {[AS_DIM_P] = j->np, [AS_DIM_Q] = j->nq, [AS_DIM_K] = j->nk};
    const enum as_dim *order = j->m.order;
    int rounds = 0;

    for (int a = 0; a < count[order[0]]; a++)
        for (int b = 0; b < count[order[1]]; b++, rounds++)
            for (int c = 0; c < count[order[2]]; c++) {
                int at[AS_DIM_COUNT] = {0};
                at[order[0]] = a;
                at[order[1]] = b;
                /* back and forth: what both ends share stays in the buffers */
                at[order[2]] = rounds % 2 != 0 ? count[order[2]] - 1 - c : c;
                struct line_tile t = {
                    .image = image,
                    .p_index = at[AS_DIM_P],
                    .q_index = at[AS_DIM_Q],
                    .k_index = at[AS_DIM_K],
                    .p = span_of(j->f->w.out_h, j->m.tp, at[AS_DIM_P]),
                    .q = span_of(j->f->w.out_w, j->m.tq, at[AS_DIM_Q]),
                    .k = span_of(j->m.k_tiles, j->m.tk, at[AS_DIM_K]),
                };
                AS_TRY(emit_tile(j, &t));
            }
    return AS_OK;
}

enum as_status as_line_emit(struct as_schedule *s, const struct as_filter *filter,
                            const struct as_line_mapping *map)
{
    struct line_job j = {.s = s, .cfg = s->cfg, .f = filter, .m = *map};

    j.np = as_ceil_div(filter->w.out_h, map->tp);
    j.nq = as_ceil_div(filter->w.out_w, map->tq);
    j.nk = as_ceil_div(map->k_tiles, map->tk);
    j.nc = as_ceil_div(map->c_words, map->tc);
    j.groups = as_ceil_div(map->tk, map->jk);
    j.block = AS_NEW(s->arena, size_t, j.nk * j.nc * j.groups);
    j.params = AS_NEW(s->arena, size_t, j.nk);
    AS_TRY(write_constants(&j));
    for (int n = 0; n < filter->images; n++)
        AS_TRY(emit_image(&j, n));
    return AS_OK;
}
