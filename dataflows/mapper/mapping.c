#include "dataflows/mapper/mapping.h"

#include <string.h>

#include "gen/program/descriptor.h"

/* What a mapping amounts to: counts of tiles and chunks, and totals over the layer. */
struct totals {
    int np, nq, nk;     /* output tiles along P, Q, K */
    int nr, ns, nc;     /* reduction chunks */
    int64_t parts;      /* pixel parts of the layer; as many as pixel tiles when C is innermost */
    int groups;         /* parts of an output tile along K */
    int blocks;         /* weight loads of an output tile, when none is reused */
    int64_t red;        /* weight tiles of one k tile: the whole reduction */
    int64_t tile_beats; /* sum over pixel parts of the cycles of one weight tile */
    int64_t load_beats; /* one pass over the input */
};

/* Size of the last of the tiles of `tile` in `whole`. */
static int last_of(int whole, int tile)
{
    return whole - (as_ceil_div(whole, tile) - 1) * tile;
}

bool as_map_is_line(const struct as_mapping *map)
{
    return map->kind == AS_MAP_LINE || map->kind == AS_MAP_LINE_DEPTHWISE;
}

enum as_load_lanes as_map_lanes(const struct as_mapping *map)
{
    return map->kind == AS_MAP_LINE             ? AS_LANES_TAP
           : map->kind == AS_MAP_LINE_DEPTHWISE ? AS_LANES_COLUMNS
                                                : AS_LANES_ALL;
}

int as_map_beat_rows(const struct as_config *cfg, const struct as_mapping *map, int tile)
{
    return as_map_is_line(map) ? tile + cfg->unroll[AS_LOOP_R] - 1 : tile;
}

int as_map_beat_columns(const struct as_mapping *map, int tile)
{
    return as_map_is_line(map) ? as_max(tile + map->step_s - 1, 2) : tile;
}

int as_map_rows(const struct as_config *cfg, const struct as_conv_shape *w,
                const struct as_mapping *map, int tile, int taps)
{
    if (!as_map_is_line(map) || cfg->unroll[AS_LOOP_R] == 1)
        return as_extent(tile, w->stride_h, taps, w->dilation_h);
    return as_map_beat_rows(cfg, map, tile) + (as_ceil_div(taps, map->step_r) - 1) * map->step_r;
}

int as_map_columns(const struct as_conv_shape *w, const struct as_mapping *map, int tile, int taps)
{
    if (!as_map_is_line(map))
        return as_extent(tile, w->stride_w, taps, w->dilation_w);
    return as_map_beat_columns(map, tile) + (as_ceil_div(taps, map->step_s) - 1) * map->step_s;
}

int as_chunk_words(const struct as_config *cfg, const struct as_conv_shape *window,
                   const struct as_mapping *map, int tr, int ts, int tc)
{
    if (map->kind == AS_MAP_GATHER)
        return as_ceil_div(tr * ts * window->in_c, cfg->rows);
    return tr * ts * tc;
}

/* Ibuf words of a full part, 0 when its load does not fit a descriptor. */
static int64_t ifmap_words(const struct as_config *cfg, const struct as_conv_shape *w,
                           const struct as_mapping *map)
{
    int most = as_count_max(cfg);
    if (map->kind == AS_MAP_GATHER) {
        if (w->in_c > most || w->dilation_h > AS_STEP_MAX || w->dilation_w > AS_STEP_MAX)
            return 0;
        return (int64_t)map->jp * map->jq * as_chunk_words(cfg, w, map, map->tr, map->ts, map->tc);
    }
    int ny = as_map_rows(cfg, w, map, map->jp, map->tr);
    int nx = as_map_columns(w, map, map->jq, map->ts);
    bool by_k = map->kind == AS_MAP_DEPTHWISE || map->kind == AS_MAP_LINE_DEPTHWISE;
    int words = by_k ? map->tk : map->tc, lanes = as_lane_count(cfg, as_map_lanes(map));
    bool word_mode = as_moves_words(cfg, lanes, w->image_c, map->unit_c);
    int run = word_mode                       ? words * lanes / cfg->mem_width_bytes
              : map->kind == AS_MAP_DEPTHWISE ? as_max(map->unit_c, map->tk)
                                              : as_min(words * map->unit_c, w->in_c);
    if (ny > most || nx > most || run > most)
        return 0;
    return (int64_t)ny * nx * words;
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
static int64_t weight_tile_cycles(const struct as_config *cfg, const struct as_mapping *map, int p,
                                  int q)
{
    return as_tile_cycles(cfg,
                          (int64_t)as_map_beat_rows(cfg, map, p) * as_map_beat_columns(map, q));
}

/* Sums over all parts along P and Q. */
static void sum_parts(const struct as_config *cfg, const struct as_conv_shape *w,
                      const struct as_mapping *map, struct totals *t)
{
    struct part p[PARTS_MAX], q[PARTS_MAX];
    int64_t pixel_rows = 0, pixel_columns = 0;

    parts_of(w->out_h, map->tp, map->jp, p);
    parts_of(w->out_w, map->tq, map->jq, q);
    for (int a = 0; a < PARTS_MAX; a++) {
        for (int b = 0; b < PARTS_MAX; b++) {
            int64_t count = p[a].count * q[b].count;
            t->parts += count;
            if (count > 0)
                t->tile_beats += count * weight_tile_cycles(cfg, map, p[a].size, q[b].size);
        }
        for (int r = 0; r < w->kernel_h && p[a].count > 0; r += map->tr)
            pixel_rows +=
                p[a].count * as_map_rows(cfg, w, map, p[a].size, as_min(map->tr, w->kernel_h - r));
        for (int s = 0; s < w->kernel_w && q[a].count > 0; s += map->ts)
            pixel_columns +=
                q[a].count * as_map_columns(w, map, q[a].size, as_min(map->ts, w->kernel_w - s));
    }
    if (map->kind == AS_MAP_GATHER) {
        t->load_beats = (int64_t)w->out_h * w->out_w * w->kernel_h * w->kernel_w * w->in_c;
        return;
    }
    int channels = map->kind == AS_MAP_DEPTHWISE ? map->k_tiles * map->unit_c : w->in_c;
    int lanes = as_lane_count(cfg, as_map_lanes(map));
    int beat = as_moves_words(cfg, lanes, w->image_c, map->unit_c) ? cfg->mem_width_bytes : 1;
    t->load_beats = pixel_rows * pixel_columns * as_ceil_div(channels, beat);
}

/* Steps of `step` in chunks of `taps` of the kernel's `whole`. */
static int steps_of(int whole, int taps, int step)
{
    return whole / taps * as_ceil_div(taps, step) + as_ceil_div(whole % taps, step);
}

static struct totals totals_of(const struct as_config *cfg, const struct as_conv_shape *w,
                               const struct as_mapping *map)
{
    struct totals t = {
        .np = as_ceil_div(w->out_h, map->tp),
        .nq = as_ceil_div(w->out_w, map->tq),
        .nk = as_ceil_div(map->k_tiles, map->tk),
        .nr = as_ceil_div(w->kernel_h, map->tr),
        .ns = as_ceil_div(w->kernel_w, map->ts),
        .nc = as_ceil_div(map->c_words, map->tc),
        .groups = as_ceil_div(map->tk, map->jk),
    };
    bool gather = map->kind == AS_MAP_GATHER;
    int words = as_chunk_words(cfg, w, map, map->tr, map->ts, map->tc);
    int boxes = gather ? as_ceil_div(words, map->jc)
                       : as_ceil_div(as_ceil_div(map->tr, map->step_r), map->jr) *
                             as_ceil_div(as_ceil_div(map->ts, map->step_s), map->js) *
                             as_ceil_div(map->tc, map->jc);
    t.blocks = t.nr * t.ns * t.nc * t.groups * boxes;

    if (gather) {
        for (int r = 0; r < w->kernel_h; r += map->tr)
            for (int s = 0; s < w->kernel_w; s += map->ts)
                t.red += as_chunk_words(cfg, w, map, as_min(map->tr, w->kernel_h - r),
                                        as_min(map->ts, w->kernel_w - s), 1);
    } else {
        t.red = (int64_t)steps_of(w->kernel_h, map->tr, map->step_r) *
                steps_of(w->kernel_w, map->ts, map->step_s) * map->c_words;
    }
    sum_parts(cfg, w, map, &t);
    return t;
}

/* The loops P, Q and K, outermost first. */
static void order_without_c(const struct as_mapping *map, enum as_dim order[3])
{
    int n = 0;
    for (int i = 0; i < AS_DIM_COUNT; i++)
        if (map->order[i] != AS_DIM_C)
            order[n++] = map->order[i];
}

/* Pixel tiles visited between two uses of the same weights: those of the loops inside K. */
static int64_t tiles_inside_k(const struct as_mapping *map, const struct totals *t)
{
    enum as_dim order[3];
    int64_t inside = 1;

    order_without_c(map, order);
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
    bool by_k = map->kind == AS_MAP_DEPTHWISE || map->kind == AS_MAP_LINE_DEPTHWISE;

    if (t->parts > pixels) { /* the parts of a tile go round for every chunk */
        bool k_innermost = map->order[AS_DIM_COUNT - 1] == AS_DIM_K;
        int64_t parts = t->parts / pixels, per_chunk = t->blocks / chunks;
        bool reread = !k_innermost && parts > 2 && t->groups > 1;
        bool again = k_innermost ? per_chunk > 2 : per_chunk > t->groups;
        *ifmaps = t->parts * chunks * t->nk * (reread ? t->groups : 1);
        *weights = pixels * distinct * (again ? parts : 1);
        return;
    }
    bool reread = by_k || inside * chunks > 2;
    *ifmaps = pixels * chunks * (reread ? t->nk : 1);
    if (distinct <= 2)
        *weights = distinct;
    else if (inside > 1)
        *weights = (t->blocks <= 2 ? pixels / inside : pixels) * distinct;
    else
        *weights = pixels * distinct - (map->turns && t->blocks <= 2 ? 2 * (pixels - 1) : 0);
}

/* The distance of as_schedule_overlap for these tiles, from the first and the last row of them. */
static int64_t trail_of(const struct as_conv_shape *w, const struct as_mapping *map,
                        const struct totals *t)
{
    int64_t out_row = (int64_t)w->out_w * w->out_k, in_row = (int64_t)w->in_w * w->image_c;
    enum as_dim order[3];
    int64_t trail = 0;

    order_without_c(map, order);
    bool k_inside = t->nk == 1 || order[2] == AS_DIM_K;
    bool rows_outside = t->nq == 1 || order[0] == AS_DIM_P;
    if (!k_inside || !rows_outside)
        return out_row * w->out_h;
    for (int p = 0; p < t->np; p += as_max(t->np - 1, 1)) {
        int64_t written = as_min((p + 1) * map->tp, w->out_h) * out_row;
        int next = t->nq > 1 ? p : p + 1; /* row of tiles that is still to be read */
        int64_t y = (int64_t)next * map->tp * w->stride_h - w->pad_top;
        if (next < t->np && written - (y > 0 ? y : 0) * in_row > trail)
            trail = written - (y > 0 ? y : 0) * in_row;
    }
    return trail;
}

/* Cycles for which the array waits for the only drain half: the store of a tile is under way during
 * what the next one computes before it emits. */
static int64_t half_stall(const struct as_mapping *map, const struct totals *t, int64_t compute,
                          int64_t requant)
{
    int64_t parts = (int64_t)t->nr * t->ns * t->nc;
    if (parts == 1 && map->jk >= map->tk)
        parts = t->blocks;
    int64_t stall = requant - compute + compute / parts;
    return stall > 0 ? stall : 0;
}

/* Everything that a job of this mapping needs exists. */
static bool fits(const struct as_config *cfg, const struct as_conv_shape *w,
                 const struct as_mapping *map)
{
    int64_t pixels = (int64_t)map->tp * map->tq, words = ifmap_words(cfg, w, map);
    int most = as_count_max(cfg);
    bool whole = map->jp == map->tp && map->jq == map->tq;
    int columns = as_map_beat_columns(map, map->jq);

    if (pixels * map->tk > cfg->acc_words || words == 0 || words > cfg->ibuf_words ||
        map->tp > most || map->tq > most || map->tk > most || map->tr > most || map->ts > most)
        return false;
    /* the sums of a part follow each other in the accumulators as the store reads them */
    if (!whole && (map->jk > 1 || (map->jq != map->tq && map->jp > 1)))
        return false;
    if (!as_map_is_line(map))
        return true;
    return (cfg->unroll[AS_LOOP_R] == 1 || columns <= cfg->line_words) && columns <= most &&
           as_map_beat_rows(cfg, map, map->jp) <= most;
}

bool as_mapping_estimate(const struct as_config *cfg, const struct as_conv_shape *window,
                         const struct as_mapping *map, struct as_cost *cost)
{
    memset(cost, 0, sizeof *cost);
    if (!fits(cfg, window, map))
        return false;

    int pixels = map->tp * map->tq;
    struct totals t = totals_of(cfg, window, map);
    int64_t ifmaps, weights;
    count_loads(map, &t, &ifmaps, &weights);
    int64_t tiles = (int64_t)t.np * t.nq * t.nk, chunks = (int64_t)t.nr * t.ns * t.nc;
    int64_t jobs = t.parts * t.nk * t.blocks;
    int64_t outputs = (int64_t)window->out_h * window->out_w * window->out_k;
    int64_t channel_runs = (int64_t)t.np * t.nq * window->out_k;
    int lanes = as_cost_lanes(cfg, map->unit_k, window->out_k);
    int64_t weight_beats = (int64_t)map->k_tiles * t.red * as_tile_words(cfg) * cfg->wbuf_beats;
    int64_t pass_loads = t.parts * chunks;
    bool by_k = map->kind == AS_MAP_DEPTHWISE || map->kind == AS_MAP_LINE_DEPTHWISE;
    int64_t ifmap_beats = t.load_beats * (by_k ? 1 : ifmaps / pass_loads);
    int64_t descriptors = 4 * (ifmaps * AS_LOAD_WORDS + weights * AS_LOAD_LINEAR_WORDS +
                               jobs * AS_COMPUTE_WORDS + tiles * AS_STORE_WORDS);
    int64_t beats = ifmap_beats + weight_beats * weights / ((int64_t)t.nk * t.blocks) +
                    as_cost_store_accesses(cfg, outputs, channel_runs, lanes) +
                    descriptors / cfg->mem_width_bytes;
    int tile_channels = as_min(map->tk * map->unit_k, window->out_k);
    uint64_t times = (uint64_t)window->images * (uint64_t)window->sets;

    cost->compute =
        times * (uint64_t)(map->k_tiles * t.red * t.tile_beats + jobs * as_cost_job(cfg));
    cost->memory =
        times * (uint64_t)(beats * cfg->mem_interval + ifmaps * as_cost_load(cfg, false) +
                           weights * as_cost_load(cfg, true));
    cost->requant = times * (uint64_t)as_cost_store(cfg, outputs, channel_runs, lanes);
    if (map->one_half)
        cost->compute +=
            (uint64_t)half_stall(map, &t, (int64_t)cost->compute, (int64_t)cost->requant);
    cost->fill = (uint64_t)(ifmap_beats / ifmaps * cfg->mem_interval + as_cost_load(cfg, false));
    cost->tail =
        (uint64_t)(as_cost_store(cfg, (int64_t)pixels * tile_channels, tile_channels, lanes) +
                   cfg->rows + cfg->cols);
    cost->first_tile =
        (uint64_t)(map->tk * t.red * weight_tile_cycles(cfg, map, map->jp, map->jq) *
                       as_ceil_div(map->tp, map->jp) * as_ceil_div(map->tq, map->jq) +
                   (int64_t)t.blocks * as_cost_job(cfg));
    cost->descriptors = (uint64_t)descriptors * times;
    cost->constants =
        (uint64_t)window->sets *
        (uint64_t)(weight_beats * cfg->mem_width_bytes +
                   (int64_t)window->out_k * as_param_beats(cfg) * cfg->mem_width_bytes);
    cost->trail = (uint64_t)trail_of(window, map, &t);
    as_cost_sum(cost);
    return true;
}
