/* AVERAGE_POOL_2D where weights stay, and MAX_POOL_2D.
 *
 * An average pool is a depthwise window with one weight for all taps: a diagonal of 1 << preshift,
 * held in the array for the whole layer.  The beats of a tile run over channel words and output
 * columns, the k loop over output rows; the requantizer divides.  Where padding leaves fewer
 * pixels, another divisor applies: such borders are tiles of their own.
 *
 * A max pool is a lookup job: the lookup unit takes the maximum of each window and the table adds
 * twice that maximum to the accumulators of column 0; the requantizer halves it. */
#include <string.h>

#include "dataflows/layers/layers.h"
#include "dataflows/mapper/average.h"
#include "models/arith/fixed_point.h"

/* A pool cut into tiles: tp x tq outputs of `unit`-channel words, `words` of them; AVERAGE_POOL
 * alone cuts the window, into tr x ts taps. */
struct pool {
    struct as_schedule *s;
    const struct as_hw *hw;
    const struct as_layer *layer;
    struct as_conv_shape w;
    int unit;
    int tp, tq, words, tr, ts;
    int p, q, ny, nx; /* the output tile */
    int c, channels;  /* its channels: whole words, or less than one */
    int image;
    int64_t loads;
};

static int pool_words(const struct pool *pool, int tp, int tq, int words, int tr, int ts)
{
    int64_t total = (int64_t)as_extent(tp, pool->w.stride_h, tr, 1) *
                    as_extent(tq, pool->w.stride_w, ts, 1) * words;
    return total <= pool->hw->ibuf_words ? (int)total : 0;
}

/* The largest value of one of the pool's sizes, up to its present one, at which ifmap and
 * accumulators fit; at least 1.  `elements` is the accumulators that a step of it takes. */
static void shrink(const struct pool *pool, int *size, int elements)
{
    while (*size > 1 &&
           (pool_words(pool, pool->tp, pool->tq, pool->words, pool->tr, pool->ts) == 0 ||
            *size * elements > pool->hw->acc_words))
        (*size)--;
}

/* Taps of a job along an axis of the window that does not fit one: of one that no loop counts as
 * many as fit beside `other`. */
static int cut_taps(const struct as_hw *hw, int taps, int other)
{
    int count_max = as_count_max(hw);

    return taps <= count_max ? 1 : as_max(as_min(count_max, hw->ibuf_words / other), 1);
}

/* Tile sizes: all channels of as many outputs as fit, whole rows first; then the window is cut if
 * it may be.  `elements` is the accumulators that a word takes. */
static bool size_pool(struct pool *pool, int elements, bool cut_window)
{
    const struct as_hw *hw = pool->hw;
    const int *fixed = pool->s->wish.tile;
    const struct as_conv_shape *w = &pool->w;
    int count_max = as_count_max(hw);

    pool->tr = w->kernel_h;
    pool->ts = w->kernel_w;
    if (cut_window && (pool->tr > count_max || pool_words(pool, 1, 1, 1, pool->tr, pool->ts) == 0))
        pool->tr = cut_taps(hw, w->kernel_h, w->kernel_w);
    if (cut_window && (pool->ts > count_max || pool_words(pool, 1, 1, 1, pool->tr, pool->ts) == 0))
        pool->ts = cut_taps(hw, w->kernel_w, pool->tr);
    pool->tp = pool->tq = 1;
    pool->words = as_min(as_ceil_div(w->in_c, pool->unit), count_max / pool->unit);
    shrink(pool, &pool->words, elements);
    int limit_q = fixed[AS_DIM_Q] > 0 && fixed[AS_DIM_Q] < count_max ? fixed[AS_DIM_Q] : count_max;
    int limit_p = fixed[AS_DIM_P] > 0 && fixed[AS_DIM_P] < count_max ? fixed[AS_DIM_P] : count_max;
    pool->tq = as_min(w->out_w, limit_q);
    shrink(pool, &pool->tq, elements * pool->words);
    pool->tp = as_min(w->out_h, limit_p);
    shrink(pool, &pool->tp, elements * pool->words * pool->tq);
    while ((pool->tq - 1) * w->stride_w + pool->ts > count_max && pool->tq > 1)
        pool->tq--;
    while ((pool->tp - 1) * w->stride_h + pool->tr > count_max && pool->tp > 1)
        pool->tp--;
    return pool->tr <= count_max && pool->ts <= count_max &&
           pool_words(pool, pool->tp, pool->tq, pool->words, pool->tr, pool->ts) > 0;
}

/* Channels of the tile that starts at pool->c: whole words, or what is left of the last one. */
static int tile_channels(const struct pool *pool)
{
    int left = pool->w.in_c - pool->c;
    if (left < pool->unit)
        return left;
    return as_min(left / pool->unit, pool->words) * pool->unit;
}

/* The load of taps (r, s) .. of the tile. */
static void set_ifmap(const struct pool *pool, struct as_job *job, int r, int nr, int s, int ns,
                      int8_t pad)
{
    const struct as_conv_shape *w = &pool->w;
    struct as_box box = {
        .y0 = pool->p * w->stride_h - w->pad_top + r,
        .x0 = pool->q * w->stride_w - w->pad_left + s,
        .ny = as_extent(pool->ny, w->stride_h, nr, 1),
        .nx = as_extent(pool->nx, w->stride_w, ns, 1),
        .dy = nr == 1 ? w->stride_h : 1,
        .dx = ns == 1 ? w->stride_w : 1,
        .c0 = pool->c,
        .channels = pool->channels,
        .pad = pad,
    };
    if (pool->unit < pool->hw->load_lanes && pool->channels > pool->unit) {
        box.unit = pool->unit;
        box.repeat = 1;
        box.groups = pool->channels / pool->unit;
    }
    job->ifmap = as_box_load(pool->hw, w, &box, &job->ifmap_src.offset);
    job->ifmap_src.tensor = pool->layer->input[0];
    job->ifmap_src.offset += (int64_t)pool->image * w->in_h * w->in_w * w->in_c;
}

static void declare_tile(const struct pool *pool)
{
    const struct as_conv_shape *w = &pool->w;
    int y = pool->p * w->stride_h - w->pad_top, x = pool->q * w->stride_w - w->pad_left;
    int64_t low = ((int64_t)(y > 0 ? y : 0) * w->in_w + (x > 0 ? x : 0)) * w->in_c + pool->c;
    int64_t last = (int64_t)(pool->image * w->out_h + pool->p + pool->ny - 1) * w->out_w + pool->q +
                   pool->nx - 1;
    low += (int64_t)pool->image * w->in_h * w->in_w * w->in_c;
    as_schedule_tile(pool->s, low, last * w->in_c + pool->c + pool->channels);
}

static int64_t first_output(const struct pool *pool)
{
    int64_t row = (int64_t)pool->image * pool->w.out_h + pool->p;
    return (row * pool->w.out_w + pool->q) * pool->w.in_c + pool->c;
}

/* Cost of a job: its beats and its load. */
static void add_job_cost(const struct pool *pool, struct as_cost *cost, int64_t job_beats,
                         const struct as_load_desc *d)
{
    const struct as_hw *hw = pool->hw;
    uint64_t cycles = (uint64_t)(as_load_beats(d) * hw->mem_interval + as_cost_load(hw, false));
    cost->compute += (uint64_t)(job_beats + as_cost_job(hw));
    cost->memory += cycles;
    if (cost->fill == 0)
        cost->fill = cycles;
    cost->descriptors += 4 * (AS_LOAD_WORDS + AS_COMPUTE_WORDS);
}

/* Cost of an output tile's store of so many columns at a time. */
static void add_store_cost(const struct pool *pool, int channels, struct as_cost *cost)
{
    const struct as_hw *hw = pool->hw;
    int lanes = as_cost_lanes(hw, channels, pool->channels);
    int64_t outputs = (int64_t)pool->ny * pool->nx * pool->channels;
    cost->descriptors += 4 * AS_STORE_WORDS;
    cost->memory += (uint64_t)(as_cost_store_accesses(hw, outputs, 0, lanes) * hw->mem_interval);
    cost->tail = (uint64_t)as_cost_store(hw, outputs, 0, lanes);
    cost->requant += (uint64_t)as_cost_store(hw, outputs, channels, lanes);
}

/* ---- average ---- */

static enum as_status average_tile(struct pool *pool, size_t weights, size_t params,
                                   struct as_cost *cost)
{
    const struct as_conv_shape *w = &pool->w;
    int nw = as_ceil_div(pool->channels, pool->unit);
    int lanes = as_min(pool->channels, pool->unit);
    int row_out = w->out_w * w->in_c;

    for (int r = 0; r < w->kernel_h; r += pool->tr)
        for (int s = 0; s < w->kernel_w; s += pool->ts) {
            int nr = as_min(pool->tr, w->kernel_h - r), ns = as_min(pool->ts, w->kernel_w - s);
            int row = as_extent(pool->nx, w->stride_w, ns, 1) * nw;
            int step_q = as_loaded_stride(w->stride_w, ns) * nw;
            struct as_job job = {
                .compute = {.first = r == 0 && s == 0,
                            .emit = r + nr == w->kernel_h && s + ns == w->kernel_w,
                            .hold = true,
                            .nq = nw - 1,
                            .np = pool->nx - 1,
                            .nk = pool->ny - 1,
                            .ns = ns - 1,
                            .nr = nr - 1,
                            .dq = 1,
                            .dp = step_q - (nw - 1),
                            .ds = nw,
                            .dr = row - (ns - 1) * nw,
                            .dk = as_loaded_stride(w->stride_h, nr) * row - (nr - 1) * row -
                                  (ns - 1) * nw},
                .ifmap_id = pool->loads++,
                .weights_id = 0,
                .weights = weights,
                .weights_words = as_tile_words(pool->hw),
            };
            int beats = nw * pool->nx > 1 ? nw * pool->nx : 2;
            set_ifmap(pool, &job, r, nr, s, ns, 0);
            add_job_cost(pool, cost, (int64_t)beats * nr * ns * pool->ny, &job.ifmap);
            AS_TRY(as_schedule_job(pool->s, &job));
        }
    struct as_store_desc store = {
        .shared = true,
        .zp = pool->layer->op == AS_OP_MEAN ? pool->s->net->tensors[pool->layer->output].zero_point
                                            : 0,
        .amin = pool->layer->act_min,
        .amax = pool->layer->act_max,
        .nq = nw - 1,
        .np = pool->nx - 1,
        .nkt = pool->ny - 1,
        .dq = pool->unit,
        .dp = w->in_c - (nw - 1) * pool->unit,
        .dk = row_out - (lanes - 1),
        .ncl = lanes - 1,
        .nc = lanes - 1,
        .m = nw * pool->nx - 1,
    };
    as_schedule_store(pool->s, &store,
                      (struct as_ref){.tensor = pool->layer->output, .offset = first_output(pool)},
                      params);
    declare_tile(pool);
    add_store_cost(pool, lanes, cost);
    return AS_OK;
}

enum as_status as_weight_average_pool(struct as_schedule *s, const struct as_layer *layer,
                                      struct as_cost *cost)
{
    const struct as_hw *hw = s->hw;
    struct pool pool = {.s = s, .hw = hw, .layer = layer, .w = as_conv_shape_of(s->net, layer)};
    const struct as_conv_shape *w = &pool.w;
    int preshift;

    memset(cost, 0, sizeof *cost);
    pool.unit = as_min(hw->rows, hw->cols);
    size_pool(&pool, 1, true);
    AS_TRY(as_average_preshift(s, layer, &preshift));

    size_t tile = (size_t)as_tile_words(hw) * as_wbuf_word_bytes(hw);
    uint8_t *diagonal = as_arena_alloc(s->arena, tile);
    for (int i = 0; i < pool.unit; i++)
        diagonal[as_weight_byte(hw, 0, i, i)] = (uint8_t)(1 << preshift);
    size_t weights = as_schedule_share(s, diagonal, tile);

    int rows = 0, cols = 0;
    for (pool.image = 0; pool.image < s->net->tensors[layer->input[0]].n; pool.image++)
        for (pool.p = 0; pool.p < w->out_h; pool.p += pool.ny) {
            pool.ny = as_average_span(pool.p, w->out_h, pool.tp, w->in_h, w->kernel_h, w->stride_h,
                                      w->pad_top, &rows);
            for (pool.q = 0; pool.q < w->out_w; pool.q += pool.nx) {
                pool.nx = as_average_span(pool.q, w->out_w, pool.tq, w->in_w, w->kernel_w,
                                          w->stride_w, w->pad_left, &cols);
                size_t param = as_average_params(s, rows * cols, preshift);
                for (pool.c = 0; pool.c < w->in_c; pool.c += pool.channels) {
                    pool.channels = tile_channels(&pool);
                    AS_TRY(average_tile(&pool, weights, param, cost));
                }
            }
        }
    as_cost_sum(cost);
    return AS_OK;
}

/* ---- maximum ---- */

static enum as_status max_tile(struct pool *pool, size_t table, size_t params, struct as_cost *cost)
{
    const struct as_conv_shape *w = &pool->w;
    int nw = as_ceil_div(pool->channels, pool->unit);
    int row = as_extent(pool->nx, w->stride_w, w->kernel_w, 1) * nw;
    int step_q = as_loaded_stride(w->stride_w, w->kernel_w) * nw;
    int step_p = as_loaded_stride(w->stride_h, w->kernel_h) * row;
    struct as_job job = {
        .compute = {.lookup = true,
                    .first = true,
                    .emit = true,
                    .nq = w->kernel_w - 1,
                    .np = w->kernel_h - 1,
                    .nc = nw - 1,
                    .ns = pool->nx - 1,
                    .nr = pool->ny - 1,
                    .dq = nw,
                    .dp = row - (w->kernel_w - 1) * nw,
                    .dc = 1,
                    .ds = step_q - (nw - 1),
                    .dr = step_p - (pool->nx - 1) * step_q - (nw - 1),
                    .nl = as_min(pool->channels, pool->unit) - 1},
        .ifmap_id = pool->loads++,
        .weights_id = 0,
        .weights = table,
        .weights_words = as_table_words(pool->hw),
    };
    int64_t outputs = (int64_t)pool->ny * pool->nx * pool->channels;
    set_ifmap(pool, &job, 0, w->kernel_h, 0, w->kernel_w, -128);
    add_job_cost(pool, cost, outputs * w->kernel_h * w->kernel_w, &job.ifmap);
    AS_TRY(as_schedule_job(pool->s, &job));

    struct as_store_desc store = {
        .shared = true,
        .amin = pool->layer->act_min,
        .amax = pool->layer->act_max,
        .nq = pool->channels - 1,
        .np = pool->nx - 1,
        .nkt = pool->ny - 1,
        .dq = 1,
        .dp = w->in_c - (pool->channels - 1),
        .dk = w->out_w * w->in_c,
        .m = pool->channels * pool->nx - 1,
    };
    as_schedule_store(pool->s, &store,
                      (struct as_ref){.tensor = pool->layer->output, .offset = first_output(pool)},
                      params);
    declare_tile(pool);
    add_store_cost(pool, 1, cost);
    return AS_OK;
}

enum as_status as_map_max_pool(struct as_schedule *s, const struct as_layer *layer,
                               struct as_cost *cost)
{
    const struct as_hw *hw = s->hw;
    struct pool pool = {.s = s, .hw = hw, .layer = layer, .w = as_conv_shape_of(s->net, layer)};
    const struct as_conv_shape *w = &pool.w;
    uint8_t *record = as_arena_alloc(s->arena, as_param_bytes(hw));
    as_psum table[AS_TABLE_ENTRIES];

    memset(cost, 0, sizeof *cost);
    pool.unit = as_min(hw->load_lanes, hw->acc_words);
    if (!size_pool(&pool, pool.unit, false))
        return as_fail(
            s->diag, AS_ERR_NOFIT,
            "layer %d %s: the pool window has %d x %d ibuf words; buffers.ifmap holds %d, "
            "descriptor.count counts to %d",
            layer->index, layer->name, w->kernel_h, w->kernel_w, hw->ibuf_words, as_count_max(hw));
    for (int i = 0; i < AS_TABLE_ENTRIES; i++)
        table[i] = 2 * as_byte_of(i);
    size_t twice = as_schedule_table(s, table);
    as_schedule_put_param(hw, record, 0, AS_MUL_HALF, 0);
    size_t params = as_schedule_share(s, record, as_param_bytes(hw));

    for (pool.image = 0; pool.image < s->net->tensors[layer->input[0]].n; pool.image++)
        for (pool.p = 0; pool.p < w->out_h; pool.p += pool.ny) {
            pool.ny = as_min(pool.tp, w->out_h - pool.p);
            for (pool.q = 0; pool.q < w->out_w; pool.q += pool.nx) {
                pool.nx = as_min(pool.tq, w->out_w - pool.q);
                for (pool.c = 0; pool.c < w->in_c; pool.c += pool.channels) {
                    pool.channels = tile_channels(&pool);
                    AS_TRY(max_tile(&pool, twice, params, cost));
                }
            }
        }
    as_cost_sum(cost);
    return AS_OK;
}
