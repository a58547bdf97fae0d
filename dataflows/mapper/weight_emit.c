/* Convolution-like layers on an array in which weights stay. */
#include "dataflows/mapper/weight_mapping.h"

/* A chunk as the loops of its jobs see it: weight tiles along R and S, ibuf words. */
struct chunk {
    struct as_chunk at;
    int r, s, words;
};

static struct chunk chunk_of(const struct as_nest *nest, const struct as_chunk *at)
{
    const struct as_mapping *map = &nest->map;
    struct chunk chunk = {.at = *at, .r = 1, .s = 1, .words = at->c.size};

    if (map->layout->folds) {
        chunk.words = as_chunk_words(nest->hw, &nest->shape, map, at->r.size, at->s.size, 1);
        return chunk;
    }
    chunk.r = as_ceil_div(at->r.size, map->step_r);
    chunk.s = as_ceil_div(at->s.size, map->step_s);
    return chunk;
}

/* Jobs of a full chunk along K. */
static int jobs_of_k(const struct as_mapping *map)
{
    return as_ceil_div(map->tile[AS_LOOP_K], map->job[AS_LOOP_K]);
}

/* What one job of a chunk goes through: k tiles (from the start of the tile's), weight tiles. */
struct job_span {
    struct as_span k, r, s, c;
};

/* Job `number` of a chunk and of the k tiles that stand at `at_k`; false when it is empty, as at
 * the edges of a layer. */
static bool job_span_of(const struct as_nest *nest, const struct as_chunk_jobs *jobs,
                        const struct chunk *chunk, int k_tiles, int at_k, int number,
                        struct job_span *out)
{
    int c = number % jobs->c, s = number / jobs->c % jobs->s, r = number / jobs->c / jobs->s;
    const int *job = nest->map.job;

    if (at_k * job[AS_LOOP_K] >= k_tiles || r * job[AS_LOOP_R] >= chunk->r ||
        s * job[AS_LOOP_S] >= chunk->s || c * job[AS_LOOP_C] >= chunk->words)
        return false;
    out->k = as_span_of(k_tiles, job[AS_LOOP_K], at_k);
    out->r = as_span_of(chunk->r, job[AS_LOOP_R], r);
    out->s = as_span_of(chunk->s, job[AS_LOOP_S], s);
    out->c = as_span_of(chunk->words, job[AS_LOOP_C], c);
    return true;
}

static int weight_tiles(const struct job_span *span)
{
    return span->k.size * span->r.size * span->s.size * span->c.size;
}

/* ---- constants ---- */

/* The weight tiles of one job, in the order of its loops: k, r, s, c.  `first` is the first k tile
 * of the tile. */
static size_t write_job(struct as_nest *nest, const struct chunk *chunk, int first,
                        const struct job_span *span)
{
    const struct as_hw *hw = nest->hw;
    int unit = nest->map.unit_k, n = 0;
    size_t words = (size_t)(weight_tiles(span) * as_tile_words(hw));
    size_t offset = as_schedule_alloc(nest->s, words * as_wbuf_word_bytes(hw));

    if (nest->s->trial)
        return offset;
    for (int k = 0; k < span->k.size; k++) {
        int tile = first + span->k.start + k, channel = tile * unit;
        for (int r = span->r.start; r < span->r.start + span->r.size; r++)
            for (int s = span->s.start; s < span->s.start + span->s.size; s++)
                for (int c = span->c.start; c < span->c.start + span->c.size; c++, n++)
                    for (int lane = 0; lane < hw->rows; lane++)
                        for (int col = 0; col < unit && channel + col < nest->shape.out_k; col++)
                            nest->s->data[offset + as_weight_byte(hw, n, lane, col)] =
                                (uint8_t)nest->map.layout->weight(nest, &chunk->at, tile,
                                                                  channel + col, r, s, c, lane);
    }
    return offset;
}

static void write_weights(struct as_nest *nest, int k, const struct as_chunk *at, size_t *block)
{
    const struct as_mapping *map = &nest->map;
    struct as_span tiles = as_span_of(map->whole[AS_LOOP_K], map->tile[AS_LOOP_K], k);
    struct chunk chunk = chunk_of(nest, at);
    const struct as_chunk_jobs jobs = as_chunk_jobs_of(nest->hw, &nest->shape, map);

    for (int i = 0; i < nest->blocks; i++) {
        struct job_span span;
        if (job_span_of(nest, &jobs, &chunk, tiles.size, i / jobs.count, i % jobs.count, &span))
            block[i] = write_job(nest, &chunk, tiles.start, &span);
    }
}

/* ---- descriptors ---- */

static struct as_compute_desc compute_of(const struct as_nest *nest, const struct as_tile_part *t,
                                         const struct as_ibuf_strides *stride,
                                         const struct job_span *span, bool first, bool emit)
{
    const struct as_layout *layout = nest->map.layout;
    int c_span = span->c.size - 1;
    int s_span = (span->s.size - 1) * stride->s;
    int r_span = (span->r.size - 1) * stride->r;
    int columns = layout->beat_columns(&nest->map, t->part_q.size);

    return (struct as_compute_desc){
        .first = first,
        .emit = emit,
        .line = layout->line,
        .dw = layout->line && layout->by_k,
        .nq = columns - 1,
        .np = layout->beat_rows(nest->hw, &nest->map, t->part_p.size) - 1,
        .nk = span->k.size - 1,
        .nc = span->c.size - 1,
        .ns = span->s.size - 1,
        .nr = span->r.size - 1,
        .dq = stride->q,
        .dp = stride->p - (columns - 1) * stride->q,
        .dc = 1,
        .ds = stride->s - c_span,
        .dr = stride->r - s_span - c_span,
        .dk = stride->k - r_span - s_span - c_span,
        .ibase = span->r.start * stride->r + span->s.start * stride->s + span->c.start +
                 span->k.start * stride->k,
        .abase = (span->k.start * t->p.size + t->part_p.start - t->p.start) * t->q.size +
                 t->part_q.start - t->q.start,
        .ntiles = weight_tiles(span) - 1,
        .vq = layout->line ? t->part_q.size - 1 : 0,
    };
}

/* Number of the ifmap load of a part and a chunk. */
static int64_t load_number(const struct as_nest *nest, const struct as_tile_part *t, int chunk)
{
    const struct as_mapping *map = &nest->map;
    int64_t parts = (int64_t)as_tiles(map, AS_LOOP_P) * as_tiles(map, AS_LOOP_Q) *
                    as_ceil_div(map->tile[AS_LOOP_P], map->job[AS_LOOP_P]) *
                    as_ceil_div(map->tile[AS_LOOP_Q], map->job[AS_LOOP_Q]);
    int64_t number = (nest->region * parts + t->number) * nest->chunks + chunk;

    return map->layout->by_k ? number * as_tiles(map, AS_LOOP_K) + t->tile[AS_DIM_K] : number;
}

/* The jobs of one chunk, one part of the pixels and the k tiles at `at_k`. */
static enum as_status emit_jobs(struct as_nest *nest, const struct as_tile_part *t,
                                const struct chunk *chunk, int at_k)
{
    const struct as_layout *layout = nest->map.layout;
    struct as_ibuf_strides stride = layout->strides(nest, t, &chunk->at);
    struct as_job job = {.ifmap_src.tensor = nest->weights.layer->input[0]};
    const struct as_chunk_jobs jobs = as_chunk_jobs_of(nest->hw, &nest->shape, &nest->map);
    bool last_chunk = chunk->at.index == nest->chunks - 1;
    struct job_span span, next;

    job.ifmap = layout->load(nest, t, &chunk->at, &job.ifmap_src.offset);
    job.ifmap_src.offset += as_nest_image(nest);
    job.ifmap_id = load_number(nest, t, chunk->at.index);
    for (int i = 0; i < jobs.count; i++) {
        if (!job_span_of(nest, &jobs, chunk, t->k.size, at_k, i, &span))
            continue;
        bool last = last_chunk;
        for (int n = i + 1; n < jobs.count && last; n++)
            last = !job_span_of(nest, &jobs, chunk, t->k.size, at_k, n, &next);
        job.compute = compute_of(nest, t, &stride, &span, chunk->at.index == 0 && i == 0, last);
        job.weights_id =
            as_nest_block(nest, t->tile[AS_DIM_K], chunk->at.index) + at_k * jobs.count + i;
        job.weights = nest->block[job.weights_id];
        job.weights_words = weight_tiles(&span) * as_tile_words(nest->hw);
        AS_TRY(as_schedule_job(nest->s, &job));
    }
    return AS_OK;
}

/* The parts of an output tile, in the order of the loops. */
static enum as_status emit_chunk(struct as_nest *nest, struct as_tile_part *t,
                                 const struct chunk *chunk)
{
    const struct as_mapping *map = &nest->map;
    const int *tile = map->tile, *job = map->job;
    int parts_p = as_ceil_div(tile[AS_LOOP_P], job[AS_LOOP_P]);
    int parts_q = as_ceil_div(tile[AS_LOOP_Q], job[AS_LOOP_Q]);
    int count[AS_DIM_COUNT] = {[AS_DIM_P] = as_ceil_div(t->p.size, job[AS_LOOP_P]),
                               [AS_DIM_Q] = as_ceil_div(t->q.size, job[AS_LOOP_Q]),
                               [AS_DIM_K] = jobs_of_k(map),
                               [AS_DIM_C] = 1};
    int total = count[AS_DIM_P] * count[AS_DIM_Q] * count[AS_DIM_K];

    for (int n = 0; n < total; n++) {
        int at[AS_DIM_COUNT] = {0}, rest = n;
        for (int i = AS_DIM_COUNT - 1; i >= 0; i--) {
            at[map->order[i]] = rest % count[map->order[i]];
            rest /= count[map->order[i]];
        }
        int p = at[AS_DIM_P], q = at[AS_DIM_Q];
        t->part_p = as_span_of(t->p.size, job[AS_LOOP_P], p);
        t->part_q = as_span_of(t->q.size, job[AS_LOOP_Q], q);
        t->part_p.start += t->p.start;
        t->part_q.start += t->q.start;
        t->number = t->tile[AS_DIM_P] * as_tiles(map, AS_LOOP_Q) + t->tile[AS_DIM_Q];
        t->number = (t->number * parts_p + p) * parts_q + q;
        AS_TRY(emit_jobs(nest, t, chunk, at[AS_DIM_K]));
    }
    return AS_OK;
}

static enum as_status emit_tile(struct as_nest *nest, const int at[AS_DIM_COUNT])
{
    const struct as_mapping *map = &nest->map;
    struct as_tile_part t = {
        .tile = {[AS_DIM_P] = at[AS_DIM_P], [AS_DIM_Q] = at[AS_DIM_Q], [AS_DIM_K] = at[AS_DIM_K]},
        .p = as_span_of(map->whole[AS_LOOP_P], map->tile[AS_LOOP_P], at[AS_DIM_P]),
        .q = as_span_of(map->whole[AS_LOOP_Q], map->tile[AS_LOOP_Q], at[AS_DIM_Q]),
        .k = as_span_of(map->whole[AS_LOOP_K], map->tile[AS_LOOP_K], at[AS_DIM_K]),
    };

    for (int i = 0; i < nest->chunks; i++) {
        struct as_chunk chunk = as_chunk_of(map, i);
        struct chunk seen = chunk_of(nest, &chunk);
        AS_TRY(emit_chunk(nest, &t, &seen));
    }
    as_nest_store_tile(nest, t.p, t.q, t.k,
                       nest->params[nest->set * as_tiles(map, AS_LOOP_K) + at[AS_DIM_K]]);
    return AS_OK;
}

static void begin(struct as_nest *nest)
{
    nest->blocks =
        jobs_of_k(&nest->map) * as_chunk_jobs_of(nest->hw, &nest->shape, &nest->map).count;
}

const struct as_mapper as_weight_mapper = {
    .find = as_weight_find,
    .begin = begin,
    .write_weights = write_weights,
    .emit_tile = emit_tile,
    .params_first = true,
};
