/* Convolution-like layers on an array in which psums stay.
 *
 * Every array row owns a block of output pixels, every column an output channel; one element of the
 * reduction a cycle passes all of them.  A row's pixels come from its own lanes of the ifmap
 * buffer, [y][x][k tile][words of channels], the weights from one word of the weight buffer a
 * cycle.  Where channels form groups, a k tile reduces over the channels of its own groups, with
 * weights of 0 where column and channel belong to different ones. */
#include "dataflows/mapper/psum_mapping.h"

static int beats_of(const struct as_chunk *chunk)
{
    return chunk->r.size * chunk->s.size * chunk->c.size;
}

/* ---- constants ---- */

/* The first input channel of a k tile. */
static int first_channel(const struct as_mapping *map, int tile)
{
    return map->grouped ? tile / map->repeat * map->unit_c : 0;
}

/* The weights of some k tiles and a chunk, one array column after the other in a word. */
static void fill_words(const struct as_nest *nest, struct as_span tiles,
                       const struct as_chunk *chunk, uint8_t *at)
{
    const struct as_mapping *map = &nest->map;
    size_t word = as_wbuf_word_bytes(nest->hw);

    for (int k = tiles.start; k < tiles.start + tiles.size; k++)
        for (int r = chunk->r.start; r < chunk->r.start + chunk->r.size; r++)
            for (int s = chunk->s.start; s < chunk->s.start + chunk->s.size; s++)
                for (int c = chunk->c.start; c < chunk->c.start + chunk->c.size; c++, at += word)
                    for (int col = 0; col < map->unit_k; col++)
                        at[col] = (uint8_t)as_weights_at(&nest->weights, k * map->unit_k + col, r,
                                                         s, first_channel(map, k) + c);
}

/* The k tiles of a pool have the same weights: those of one are kept for all. */
static void write_pool_weights(struct as_nest *nest, int k, const struct as_chunk *chunk,
                               size_t *block)
{
    size_t bytes = (size_t)beats_of(chunk) * as_wbuf_word_bytes(nest->hw);

    if (k > 0) {
        *block = nest->block[as_nest_block(nest, 0, chunk->index)];
        return;
    }
    uint8_t *words = as_arena_alloc(nest->s->arena, bytes);
    fill_words(nest, (struct as_span){.size = 1}, chunk, words);
    *block = as_schedule_share(nest->s, words, bytes);
}

static void write_weights(struct as_nest *nest, int k, const struct as_chunk *chunk, size_t *block)
{
    const struct as_mapping *map = &nest->map;
    struct as_span tiles = as_span_of(map->whole[AS_LOOP_K], map->tile[AS_LOOP_K], k);

    if (nest->weights.pool > 0) {
        write_pool_weights(nest, k, chunk, block);
        return;
    }
    *block = as_schedule_alloc(nest->s, (size_t)(tiles.size * beats_of(chunk)) *
                                            as_wbuf_word_bytes(nest->hw));
    if (!nest->s->trial)
        fill_words(nest, tiles, chunk, nest->s->data + *block);
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

static struct strides strides_of(const struct as_nest *nest, const struct out_tile *t,
                                 const struct as_chunk *chunk)
{
    const struct as_conv_shape *w = &nest->shape;
    struct strides d = {.word = as_ceil_div(chunk->c.size, nest->hw->mem_width_bytes)};
    bool several = as_psum_block_has_k(&nest->map);

    d.k = several ? d.word : 0;
    d.pixel = d.word * (several ? t->k.size : 1);
    d.row = d.pixel * as_extent(t->split.tq, w->stride_w, chunk->s.size, w->dilation_w);
    return d;
}

/* The load of the block of array row `row`. */
static struct as_sched_load block_load(const struct as_nest *nest, const struct out_tile *t,
                                       const struct as_chunk *chunk, int row)
{
    const struct as_conv_shape *w = &nest->shape;
    const struct as_mapping *map = &nest->map;
    bool words = as_psum_moves_words(nest->hw, w, map), several = as_psum_block_has_k(map);
    int beat = words ? nest->hw->mem_width_bytes : 1;
    int run = as_ceil_div(chunk->c.size, beat), last = (run - 1) * beat;
    int repeat = as_min(t->k.size, map->repeat);
    int groups = several ? t->k.size / repeat : 1, block = map->k_by_row ? 0 : row;
    int nx = as_extent(t->split.tq, w->stride_w, chunk->s.size, w->dilation_w);
    int ny = as_extent(t->split.tp, w->stride_h, chunk->r.size, w->dilation_h);
    int dx = chunk->s.size == 1 ? w->stride_w : 1, dy = chunk->r.size == 1 ? w->stride_h : 1;
    int y0 = as_nest_y(nest, t->p.start + block / t->split.nq * t->split.tp) +
             chunk->r.start * w->dilation_h;
    int x0 = as_nest_x(nest, t->q.start + block % t->split.nq * t->split.tq) +
             chunk->s.start * w->dilation_w;
    int32_t group_step = map->unit_c, pixel = dx * w->in_c, line = dy * w->in_w * w->in_c;
    int32_t in_pixel = (groups - 1) * group_step + last, in_row = (nx - 1) * pixel;

    return (struct as_sched_load){
        .desc =
            {
                .bytes = !words,
                .align = words ? 0 : 1,
                .pad = as_nest_pad(nest),
                .nc = run - 1,
                .ns = (several ? repeat : 1) - 1,
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
                .array_row = row,
            },
        .src = {.tensor = nest->weights.layer->input[0],
                .offset = as_nest_image(nest) + ((int64_t)y0 * w->in_w + x0) * w->in_c +
                          first_channel(map, t->k.start + (map->k_by_row ? row : 0)) +
                          chunk->c.start},
    };
}

/* The job of `k` k tiles, counted from the start of the tile's; its sums begin at `abase`. */
static struct as_compute_desc compute_of(const struct as_nest *nest, const struct out_tile *t,
                                         const struct as_chunk *chunk, struct as_span k, int abase)
{
    const struct as_conv_shape *w = &nest->shape;
    const struct as_psum_split *split = &t->split;
    struct strides d = strides_of(nest, t, chunk);
    int last = (chunk->c.size - 1) / nest->hw->mem_width_bytes;
    int step_q = d.pixel * as_loaded_stride(w->stride_w, chunk->s.size);
    int step_p = d.row * as_loaded_stride(w->stride_h, chunk->r.size);
    int s_span = (chunk->s.size - 1) * d.pixel * w->dilation_w, q_span = (split->tq - 1) * step_q;

    return (struct as_compute_desc){
        .first = chunk->index == 0,
        .emit = chunk->index == nest->chunks - 1,
        .hold = nest->weights.pool > 0,
        .nc = chunk->c.size - 1,
        .ns = chunk->s.size - 1,
        .nr = chunk->r.size - 1,
        .nq = split->tq - 1,
        .np = split->tp - 1,
        .nk = (nest->map.k_by_row ? 1 : k.size) - 1,
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

/* The jobs of a chunk and some k tiles (counted from the start of the tile's). */
static enum as_status emit_chunk(struct as_nest *nest, const struct out_tile *t,
                                 const struct as_chunk *chunk, struct as_span k)
{
    const struct as_mapping *map = &nest->map;
    bool pool = nest->weights.pool > 0;
    int sums = nest->hw->rows * t->split.tp * t->split.tq, words = beats_of(chunk);
    int64_t pixels = map->grouped ? t->number * as_tiles(map, AS_LOOP_K) + t->k_index : t->number;
    size_t block = nest->block[as_nest_block(nest, t->k_index, chunk->index)];
    struct as_job job = {
        .ifmap_id = pixels * nest->chunks + chunk->index,
        .ifmap_parts = nest->parts,
        .ifmap_part_count = map->k_by_row ? t->k.size : t->split.np * t->split.nq,
    };

    for (int row = 0; row < job.ifmap_part_count; row++)
        nest->parts[row] = block_load(nest, t, chunk, row);
    for (int at = 0; at < k.size; at += map->job[AS_LOOP_K]) {
        struct as_span now = {.start = k.start + at,
                              .size = as_min(k.size - at, map->job[AS_LOOP_K])};
        int tiles = pool ? 1 : now.size; /* whose weights are loaded */
        job.compute = compute_of(nest, t, chunk, now, at * sums);
        job.weights =
            block + (size_t)((pool ? 0 : now.start) * words) * as_wbuf_word_bytes(nest->hw);
        job.weights_words = words * tiles;
        job.weights_id = (int64_t)job.weights * as_count_max(nest->hw) + tiles;
        AS_TRY(as_schedule_job(nest->s, &job));
    }
    return AS_OK;
}

/* Some k tiles of an output tile: jobs and their store. */
static enum as_status emit_part(struct as_nest *nest, const struct out_tile *t, struct as_span k)
{
    struct as_span stored = {.start = t->k.start + k.start, .size = k.size};
    size_t record = as_param_bytes(nest->hw);

    for (int i = 0; i < nest->chunks; i++) {
        struct as_chunk chunk = as_chunk_of(&nest->map, i);
        AS_TRY(emit_chunk(nest, t, &chunk, k));
    }
    as_nest_store_tile(nest, t->p, t->q, stored,
                       nest->params[t->k_index] + (size_t)(k.start * nest->map.unit_k) * record);
    return AS_OK;
}

static enum as_status emit_pixels(struct as_nest *nest, struct out_tile *t)
{
    t->split = as_psum_split_of(nest->hw, &nest->map, t->p.size, t->q.size);
    if (!t->split.one_k)
        return emit_part(nest, t, (struct as_span){.size = t->k.size});
    for (int k = 0; k < t->k.size; k++)
        AS_TRY(emit_part(nest, t, (struct as_span){.start = k, .size = 1}));
    return AS_OK;
}

/* A tile: whole, or row by row. */
static enum as_status emit_tile(struct as_nest *nest, const int at[AS_DIM_COUNT])
{
    const struct as_mapping *map = &nest->map;
    const struct as_conv_shape *w = &nest->shape;
    struct out_tile t = {
        .p = as_span_of(map->whole[AS_LOOP_P], map->tile[AS_LOOP_P], at[AS_DIM_P]),
        .q = as_span_of(map->whole[AS_LOOP_Q], map->tile[AS_LOOP_Q], at[AS_DIM_Q]),
        .k = as_span_of(map->whole[AS_LOOP_K], map->tile[AS_LOOP_K], at[AS_DIM_K]),
        .k_index = at[AS_DIM_K],
    };
    struct as_span rows = {.start = nest->rows.start + t.p.start, .size = t.p.size};
    bool by_rows = as_psum_by_rows(nest->hw, w, map, rows.size, t.q.size);
    int tiles_wide = as_ceil_div(w->out_w, map->tile[AS_LOOP_Q]);

    t.q.start += nest->cols.start;
    for (int row = 0; row < rows.size; row += t.p.size) {
        t.p = (struct as_span){.start = rows.start + row, .size = by_rows ? 1 : rows.size};
        t.number = (nest->region * w->out_h + t.p.start) * tiles_wide + at[AS_DIM_Q];
        AS_TRY(emit_pixels(nest, &t));
    }
    return AS_OK;
}

static void begin(struct as_nest *nest)
{
    nest->blocks = 1;
    nest->parts = AS_NEW(nest->s->arena, struct as_sched_load, nest->hw->rows);
}

const struct as_mapper as_psum_mapper = {
    .find = as_psum_find,
    .begin = begin,
    .write_weights = write_weights,
    .emit_tile = emit_tile,
};
