/* What a mapping is expected to cost where weights stay. */
#include <string.h>

#include "dataflows/mapper/order.h"
#include "dataflows/mapper/weight_mapping.h"
#include "gen/program/descriptor.h"

/* What a mapping amounts to: counts of tiles and chunks, and totals over the layer. */
struct totals {
    int np, nq, nk;     /* output tiles along P, Q, K */
    int nr, ns, nc;     /* reduction chunks */
    int64_t parts;      /* pixel parts of the layer; as many as pixel tiles when C is innermost */
    int k_jobs;         /* jobs of a chunk and a part along K */
    int blocks;         /* weight loads of an output tile, when none is reused */
    int64_t reduction;  /* weight tiles of one k tile: the whole reduction */
    int64_t tile_beats; /* sum over pixel parts of the cycles of one weight tile */
    int64_t load_beats; /* one pass over the input */
};

/* Size of the last of the tiles of `tile` in `whole`. */
static int last_of(int whole, int tile)
{
    return whole - (as_ceil_div(whole, tile) - 1) * tile;
}

struct as_chunk_jobs as_chunk_jobs_of(const struct as_hw *hw, const struct as_conv_shape *shape,
                                      const struct as_mapping *map)
{
    const int *tile = map->tile, *job = map->job;
    int words = as_chunk_words(hw, shape, map, tile[AS_LOOP_R], tile[AS_LOOP_S], tile[AS_LOOP_C]);
    struct as_chunk_jobs jobs = {.r = 1, .s = 1};

    if (map->layout->folds) {
        jobs.c = as_ceil_div(words, job[AS_LOOP_C]);
    } else {
        jobs.r = as_ceil_div(as_ceil_div(tile[AS_LOOP_R], map->step_r), job[AS_LOOP_R]);
        jobs.s = as_ceil_div(as_ceil_div(tile[AS_LOOP_S], map->step_s), job[AS_LOOP_S]);
        jobs.c = as_ceil_div(tile[AS_LOOP_C], job[AS_LOOP_C]);
    }
    jobs.count = jobs.r * jobs.s * jobs.c;
    return jobs;
}

/* Parts of one size along an axis. */
struct part {
    int size;
    int64_t count;
};

#define PARTS_MAX 4

/* The parts of `sub` in tiles of `tile` in `whole`. */
static void parts_of(int whole, int tile, int sub, struct part parts[PARTS_MAX])
{
    int tiles = as_ceil_div(whole, tile), last = last_of(whole, tile);
    parts[0] = (struct part){sub, (int64_t)(tiles - 1) * (tile / sub)};
    parts[1] = (struct part){tile % sub, tile % sub > 0 ? tiles - 1 : 0};
    parts[2] = (struct part){sub, last / sub};
    parts[3] = (struct part){last % sub, last % sub > 0};
}

/* Cycles of one weight tile over p x q outputs, which hide the next tile's load. */
static int64_t weight_tile_cycles(const struct as_hw *hw, const struct as_mapping *map, int p,
                                  int q)
{
    return as_tile_cycles(hw, (int64_t)map->layout->beat_rows(hw, map, p) *
                                  map->layout->beat_columns(map, q));
}

/* Sums over all parts along P and Q. */
static void sum_parts(const struct as_hw *hw, const struct as_conv_shape *w,
                      const struct as_mapping *map, struct totals *t)
{
    struct part p[PARTS_MAX], q[PARTS_MAX];
    int64_t pixel_rows = 0, pixel_columns = 0;

    parts_of(w->out_h, map->tile[AS_LOOP_P], map->job[AS_LOOP_P], p);
    parts_of(w->out_w, map->tile[AS_LOOP_Q], map->job[AS_LOOP_Q], q);
    for (int a = 0; a < PARTS_MAX; a++) {
        for (int b = 0; b < PARTS_MAX; b++) {
            int64_t count = p[a].count * q[b].count;
            t->parts += count;
            if (count > 0)
                t->tile_beats += count * weight_tile_cycles(hw, map, p[a].size, q[b].size);
        }
        for (int r = 0; r < w->kernel_h && p[a].count > 0; r += map->tile[AS_LOOP_R])
            pixel_rows +=
                p[a].count * map->layout->rows(hw, w, map, p[a].size,
                                               as_min(map->tile[AS_LOOP_R], w->kernel_h - r));
        for (int s = 0; s < w->kernel_w && q[a].count > 0; s += map->tile[AS_LOOP_S])
            pixel_columns +=
                q[a].count * map->layout->columns(w, map, q[a].size,
                                                  as_min(map->tile[AS_LOOP_S], w->kernel_w - s));
    }
    t->load_beats = map->layout->pass_beats(hw, w, map, pixel_rows * pixel_columns);
}

/* Steps of `step` in chunks of `taps` of the kernel's `whole`. */
static int steps_of(int whole, int taps, int step)
{
    return whole / taps * as_ceil_div(taps, step) + as_ceil_div(whole % taps, step);
}

static struct totals totals_of(const struct as_hw *hw, const struct as_conv_shape *w,
                               const struct as_mapping *map)
{
    struct totals t = {
        .np = as_tiles(map, AS_LOOP_P),
        .nq = as_tiles(map, AS_LOOP_Q),
        .nk = as_tiles(map, AS_LOOP_K),
        .nr = as_tiles(map, AS_LOOP_R),
        .ns = as_tiles(map, AS_LOOP_S),
        .nc = as_tiles(map, AS_LOOP_C),
        .k_jobs = as_ceil_div(map->tile[AS_LOOP_K], map->job[AS_LOOP_K]),
    };
    t.blocks = as_chunks(map) * t.k_jobs * as_chunk_jobs_of(hw, w, map).count;

    if (map->layout->folds) {
        for (int r = 0; r < w->kernel_h; r += map->tile[AS_LOOP_R])
            for (int s = 0; s < w->kernel_w; s += map->tile[AS_LOOP_S])
                t.reduction +=
                    as_chunk_words(hw, w, map, as_min(map->tile[AS_LOOP_R], w->kernel_h - r),
                                   as_min(map->tile[AS_LOOP_S], w->kernel_w - s), 1);
    } else {
        t.reduction = (int64_t)steps_of(w->kernel_h, map->tile[AS_LOOP_R], map->step_r) *
                      steps_of(w->kernel_w, map->tile[AS_LOOP_S], map->step_s) *
                      map->whole[AS_LOOP_C];
    }
    sum_parts(hw, w, map, &t);
    return t;
}

/* Pixel tiles visited between two uses of the same weights: those of the loops inside K. */
static int64_t tiles_inside_k(const struct as_mapping *map, const struct totals *t)
{
    enum as_dim order[3];
    int64_t inside = 1;

    as_order_without_c(map->order, order);
    for (int i = 2; i >= 0 && order[i] != AS_DIM_K; i--)
        inside *= order[i] == AS_DIM_P ? t->np : t->nq;
    return inside;
}

/* Loads of ifmap parts and of weight blocks, with the two halves of each buffer kept by least
 * recent use. */
static void count_loads(const struct as_mapping *map, const struct totals *t, int64_t *ifmaps,
                        int64_t *weights)
{
    int64_t pixels = (int64_t)t->np * t->nq, chunks = (int64_t)t->nr * t->ns * t->nc;
    int64_t inside = tiles_inside_k(map, t), distinct = (int64_t)t->nk * t->blocks;

    if (t->parts > pixels) { /* the parts of a tile go round for every chunk */
        bool k_innermost = map->order[AS_DIM_COUNT - 1] == AS_DIM_K;
        int64_t parts = t->parts / pixels, per_chunk = t->blocks / chunks;
        bool pixels_again = !k_innermost && parts > 2 && t->k_jobs > 1;
        bool again = k_innermost ? per_chunk > 2 : per_chunk > t->k_jobs;
        *ifmaps = t->parts * chunks * t->nk * (pixels_again ? t->k_jobs : 1);
        *weights = pixels * distinct * (again ? parts : 1);
        return;
    }
    bool pixels_again = map->layout->by_k || inside * chunks > 2;
    *ifmaps = pixels * chunks * (pixels_again ? t->nk : 1);
    if (distinct <= 2)
        *weights = distinct;
    else if (inside > 1)
        *weights = (t->blocks <= 2 ? pixels / inside : pixels) * distinct;
    else
        *weights = pixels * distinct - (map->serpentine && t->blocks <= 2 ? 2 * (pixels - 1) : 0);
}

/* The distance of as_schedule_overlap for these tiles, from the first and the last row of them. */
static int64_t overlap_of(const struct as_conv_shape *w, const struct as_mapping *map,
                          const struct totals *t)
{
    int64_t out_row = (int64_t)w->out_w * w->out_k, in_row = (int64_t)w->in_w * w->image_c;
    enum as_dim order[3];
    int64_t distance = 0;

    as_order_without_c(map->order, order);
    bool k_inside = t->nk == 1 || order[2] == AS_DIM_K;
    bool rows_outside = t->nq == 1 || order[0] == AS_DIM_P;
    if (!k_inside || !rows_outside)
        return out_row * w->out_h;
    for (int p = 0; p < t->np; p += as_max(t->np - 1, 1)) {
        int64_t written = as_min((p + 1) * map->tile[AS_LOOP_P], w->out_h) * out_row;
        int next = t->nq > 1 ? p : p + 1; /* row of tiles that is still to be read */
        int64_t y = (int64_t)next * map->tile[AS_LOOP_P] * w->stride_h - w->pad_top;
        if (next < t->np && written - (y > 0 ? y : 0) * in_row > distance)
            distance = written - (y > 0 ? y : 0) * in_row;
    }
    return distance;
}

/* Cycles for which the array waits for the only drain half: the store of a tile is under way during
 * what the next one computes before it emits. */
static int64_t half_stall(const struct as_mapping *map, const struct totals *t, int64_t compute,
                          int64_t requant)
{
    int64_t parts = (int64_t)t->nr * t->ns * t->nc;
    if (parts == 1 && map->job[AS_LOOP_K] >= map->tile[AS_LOOP_K])
        parts = t->blocks;
    int64_t stall = requant - compute + compute / parts;
    return stall > 0 ? stall : 0;
}

/* Everything that a job of this mapping needs exists. */
static bool fits(const struct as_hw *hw, const struct as_conv_shape *w,
                 const struct as_mapping *map)
{
    int64_t pixels = (int64_t)map->tile[AS_LOOP_P] * map->tile[AS_LOOP_Q],
            words = map->layout->ifmap_words(hw, w, map);
    int count_max = as_count_max(hw);
    bool whole =
        map->job[AS_LOOP_P] == map->tile[AS_LOOP_P] && map->job[AS_LOOP_Q] == map->tile[AS_LOOP_Q];
    int columns = map->layout->beat_columns(map, map->job[AS_LOOP_Q]);

    if (pixels * map->tile[AS_LOOP_K] > hw->acc_words || words == 0 || words > hw->ibuf_words ||
        map->tile[AS_LOOP_P] > count_max || map->tile[AS_LOOP_Q] > count_max ||
        map->tile[AS_LOOP_K] > count_max || map->tile[AS_LOOP_R] > count_max ||
        map->tile[AS_LOOP_S] > count_max)
        return false;
    /* the sums of a part follow each other in the accumulators as the store reads them */
    if (!whole && (map->job[AS_LOOP_K] > 1 ||
                   (map->job[AS_LOOP_Q] != map->tile[AS_LOOP_Q] && map->job[AS_LOOP_P] > 1)))
        return false;
    if (!map->layout->line)
        return true;
    return (hw->unroll[AS_LOOP_R] == 1 || columns <= hw->line_words) && columns <= count_max &&
           map->layout->beat_rows(hw, map, map->job[AS_LOOP_P]) <= count_max;
}

bool as_weight_estimate(const struct as_search *search, const struct as_mapping *map,
                        struct as_cost *cost)
{
    const struct as_hw *hw = search->hw;
    const struct as_conv_shape *shape = search->shape;

    memset(cost, 0, sizeof *cost);
    if (!fits(hw, shape, map))
        return false;

    struct totals t = totals_of(hw, shape, map);
    int64_t ifmaps, weights;
    count_loads(map, &t, &ifmaps, &weights);
    int64_t tiles = (int64_t)t.np * t.nq * t.nk, chunks = (int64_t)t.nr * t.ns * t.nc;
    int64_t weight_beats =
        (int64_t)map->whole[AS_LOOP_K] * t.reduction * as_tile_words(hw) * hw->wbuf_beats;
    int64_t passes = map->layout->by_k ? 1 : ifmaps / (t.parts * chunks); /* over the input */
    int64_t ifmap_beats = t.load_beats * passes;
    const struct as_traffic traffic = {
        .array_cycles = map->whole[AS_LOOP_K] * t.reduction * t.tile_beats,
        .jobs = t.parts * t.nk * t.blocks,
        .box_loads = ifmaps,
        .linear_loads = weights,
        .load_beats = ifmap_beats + weight_beats * weights / ((int64_t)t.nk * t.blocks),
        .stores = tiles,
        .outputs = (int64_t)shape->out_h * shape->out_w * shape->out_k,
        .channel_runs = (int64_t)t.np * t.nq * shape->out_k,
        .store_lanes = as_cost_lanes(hw, map->unit_k, shape->out_k),
    };
    int64_t pixels = (int64_t)map->tile[AS_LOOP_P] * map->tile[AS_LOOP_Q];
    int channels = as_min(map->tile[AS_LOOP_K] * map->unit_k, shape->out_k); /* of a tile */

    as_cost_of_traffic(hw, &traffic, (int64_t)shape->images * shape->sets, cost);
    if (map->one_half)
        cost->compute +=
            (uint64_t)half_stall(map, &t, (int64_t)cost->compute, (int64_t)cost->requant);
    cost->fill = (uint64_t)(ifmap_beats / ifmaps * hw->mem_interval + as_cost_load(hw, false));
    cost->tail = (uint64_t)(as_cost_store(hw, pixels * channels, channels, traffic.store_lanes) +
                            hw->rows + hw->cols);
    cost->first_tile =
        (uint64_t)(map->tile[AS_LOOP_K] * t.reduction *
                       weight_tile_cycles(hw, map, map->job[AS_LOOP_P], map->job[AS_LOOP_Q]) *
                       as_ceil_div(map->tile[AS_LOOP_P], map->job[AS_LOOP_P]) *
                       as_ceil_div(map->tile[AS_LOOP_Q], map->job[AS_LOOP_Q]) +
                   (int64_t)t.blocks * as_cost_job(hw));
    cost->constants = (uint64_t)shape->sets *
                      (uint64_t)(weight_beats * hw->mem_width_bytes +
                                 (int64_t)shape->out_k * hw->param_beats * hw->mem_width_bytes);
    cost->overlap = (uint64_t)overlap_of(shape, map, &t);
    as_cost_sum(cost);
    return true;
}
