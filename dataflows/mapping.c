#include "dataflows/mapping.h"

#include <string.h>

#include "gen/hw.h"

/* What a mapping amounts to: counts of tiles and chunks, and totals over the layer. */
struct totals {
    int np, nq, nk;     /* output tiles along P, Q, K */
    int nr, ns, nc;     /* reduction chunks */
    int blocks;         /* weight loads of an output tile, when none is reused */
    int64_t red;        /* weight tiles of one k tile: the whole reduction */
    int64_t tile_beats; /* sum over pixel tiles of the cycles of one weight tile */
    int64_t load_beats; /* one pass over the input */
};

int as_ceil_div(int a, int b)
{
    return (a + b - 1) / b;
}

int as_tile_words(const struct as_config *cfg)
{
    return cfg->wide ? 1 : cfg->rows;
}

int64_t as_tile_cycles(const struct as_config *cfg, int64_t beats)
{
    int64_t least = as_tile_words(cfg) > 2 ? as_tile_words(cfg) : 2;
    return beats > least ? beats : least;
}

int as_count_max(const struct as_config *cfg)
{
    return 1 << cfg->count_bits;
}

int as_coord_max(const struct as_config *cfg)
{
    return (1 << (cfg->coord_bits - 1)) - 1;
}

int as_weight_room(const struct as_config *cfg)
{
    int64_t words = (int64_t)as_count_max(cfg) * as_count_max(cfg) / cfg->wbuf_beats;
    return words < cfg->wbuf_words ? (int)words : cfg->wbuf_words;
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* Size of the last of the tiles of `tile` in `whole`. */
static int last_of(int whole, int tile)
{
    return whole - (as_ceil_div(whole, tile) - 1) * tile;
}

int as_extent(int tile, int stride, int taps, int dilation)
{
    return taps == 1 ? tile : (tile - 1) * stride + (taps - 1) * dilation + 1;
}

int as_loaded_stride(int stride, int taps)
{
    return taps == 1 ? 1 : stride;
}

bool as_word_mode(const struct as_config *cfg, int image_channels, int unit_c)
{
    return cfg->ibuf_word_mode && unit_c == cfg->load_lanes &&
           image_channels % cfg->load_lanes == 0;
}

/* The load unit: two fetches of a descriptor, WAIT, DRAIN. */
int as_cost_load(const struct as_config *cfg, bool linear)
{
    int words = linear ? AS_LOAD_LINEAR_WORDS : AS_LOAD_WORDS;
    return words * 4 / cfg->mem_width_bytes + (linear ? 2 : 3) * cfg->mem_latency + 5;
}

/* The compute unit: fetch, WAIT, the first weight tile. */
int as_cost_job(const struct as_config *cfg)
{
    return AS_COMPUTE_WORDS * 4 / cfg->mem_width_bytes + cfg->mem_latency + 5 + cfg->rows;
}

/* The store unit: parameters, and the requantizer running empty. */
int as_cost_channel(const struct as_config *cfg)
{
    return as_ceil_div(12, cfg->mem_width_bytes) * cfg->mem_interval + cfg->mem_latency + 9;
}

int as_cost_output(const struct as_config *cfg)
{
    return max_int(8 / cfg->requant_stages, cfg->mem_interval);
}

void as_cost_sum(struct as_cost *cost)
{
    uint64_t busy = cost->compute > cost->memory ? cost->compute : cost->memory;
    uint64_t stores = cost->first_tile + cost->requant;
    cost->total = cost->fill + (busy + cost->tail > stores ? busy + cost->tail : stores);
}

struct as_window as_window_of(const struct as_network *net, const struct as_layer *layer)
{
    const struct as_tensor *in = &net->tensors[layer->input[0]];
    const struct as_tensor *out = &net->tensors[layer->output];

    if (layer->op == AS_OP_FULLY_CONNECTED) {
        int channels = (int)(layer->weight_bytes / (size_t)out->c);
        int pixels = (int)(in->bytes / (size_t)channels);
        return (struct as_window){.in_h = 1,
                                  .in_w = pixels,
                                  .in_c = channels,
                                  .out_h = 1,
                                  .out_w = pixels,
                                  .out_k = out->c,
                                  .kernel_h = 1,
                                  .kernel_w = 1,
                                  .stride_h = 1,
                                  .stride_w = 1,
                                  .dilation_h = 1,
                                  .dilation_w = 1};
    }
    return (struct as_window){
        .in_h = in->h,
        .in_w = in->w,
        .in_c = in->c,
        .out_h = out->h,
        .out_w = out->w,
        .out_k = out->c,
        .kernel_h = layer->kernel_h,
        .kernel_w = layer->kernel_w,
        .stride_h = out->h > 1 ? layer->stride_h : 1,
        .stride_w = out->w > 1 ? layer->stride_w : 1,
        .dilation_h = layer->dilation_h > 0 ? layer->dilation_h : 1,
        .dilation_w = layer->dilation_w > 0 ? layer->dilation_w : 1,
        .pad_top = layer->pad_top,
        .pad_left = layer->pad_left,
        .multiplier = layer->op == AS_OP_DEPTHWISE_CONV_2D ? layer->depth_multiplier : 0,
    };
}

int as_chunk_words(const struct as_config *cfg, const struct as_window *window,
                   const struct as_mapping *map, int tr, int ts, int tc)
{
    if (map->kind == AS_MAP_GATHER)
        return as_ceil_div(tr * ts * window->in_c, cfg->rows);
    return tr * ts * tc;
}

/* Ibuf words of a full tile, 0 when its load does not fit a descriptor. */
static int64_t ifmap_words(const struct as_config *cfg, const struct as_window *w,
                           const struct as_mapping *map)
{
    int most = as_count_max(cfg);
    if (map->kind == AS_MAP_GATHER) {
        if (w->in_c > most || w->dilation_h > AS_STEP_MAX || w->dilation_w > AS_STEP_MAX)
            return 0;
        return (int64_t)map->tp * map->tq * as_chunk_words(cfg, w, map, map->tr, map->ts, map->tc);
    }
    int ny = as_extent(map->tp, w->stride_h, map->tr, w->dilation_h);
    int nx = as_extent(map->tq, w->stride_w, map->ts, w->dilation_w);
    bool depthwise = map->kind == AS_MAP_DEPTHWISE;
    int words = depthwise ? map->tk : map->tc;
    bool word_mode = as_word_mode(cfg, w->in_c, map->unit_c);
    int run = word_mode   ? words * cfg->rows / cfg->mem_width_bytes
              : depthwise ? max_int(map->unit_c, map->tk)
                          : min_int(words * cfg->rows, w->in_c);
    if (ny > most || nx > most || run > most)
        return 0;
    return (int64_t)ny * nx * words;
}

/* Sum over all tiles and tap chunks of the loaded pixels along one axis. */
static int64_t axis_pixels(int out, int tile, int stride, int kernel, int taps, int dilation)
{
    int64_t sum = 0;
    for (int t = 0; t < kernel; t += taps) {
        int now = min_int(taps, kernel - t);
        sum += (int64_t)(as_ceil_div(out, tile) - 1) * as_extent(tile, stride, now, dilation) +
               as_extent(last_of(out, tile), stride, now, dilation);
    }
    return sum;
}

static struct totals totals_of(const struct as_config *cfg, const struct as_window *w,
                               const struct as_mapping *map)
{
    struct totals t = {
        .np = as_ceil_div(w->out_h, map->tp),
        .nq = as_ceil_div(w->out_w, map->tq),
        .nk = as_ceil_div(map->k_tiles, map->tk),
        .nr = as_ceil_div(w->kernel_h, map->tr),
        .ns = as_ceil_div(w->kernel_w, map->ts),
        .nc = as_ceil_div(map->c_words, map->tc),
    };
    bool gather = map->kind == AS_MAP_GATHER;
    int words = as_chunk_words(cfg, w, map, map->tr, map->ts, map->tc);
    int boxes = gather ? as_ceil_div(words, map->jc)
                       : as_ceil_div(map->tr, map->jr) * as_ceil_div(map->ts, map->js) *
                             as_ceil_div(map->tc, map->jc);
    t.blocks = t.nr * t.ns * t.nc * as_ceil_div(map->tk, map->jk) * boxes;

    if (gather) {
        for (int r = 0; r < w->kernel_h; r += map->tr)
            for (int s = 0; s < w->kernel_w; s += map->ts)
                t.red += as_chunk_words(cfg, w, map, min_int(map->tr, w->kernel_h - r),
                                        min_int(map->ts, w->kernel_w - s), 1);
    } else {
        t.red = (int64_t)w->kernel_h * w->kernel_w * map->c_words;
    }

    int lp = last_of(w->out_h, map->tp), lq = last_of(w->out_w, map->tq);
    t.tile_beats = (int64_t)(t.np - 1) * (t.nq - 1) * as_tile_cycles(cfg, map->tp * map->tq) +
                   (int64_t)(t.np - 1) * as_tile_cycles(cfg, map->tp * lq) +
                   (int64_t)(t.nq - 1) * as_tile_cycles(cfg, lp * map->tq) +
                   as_tile_cycles(cfg, lp * lq);

    if (gather) {
        t.load_beats = (int64_t)w->out_h * w->out_w * w->kernel_h * w->kernel_w * w->in_c;
    } else {
        int channels = map->kind == AS_MAP_DEPTHWISE ? map->k_tiles * map->unit_c : w->in_c;
        int beat = as_word_mode(cfg, w->in_c, map->unit_c) ? cfg->mem_width_bytes : 1;
        t.load_beats =
            axis_pixels(w->out_h, map->tp, w->stride_h, w->kernel_h, map->tr, w->dilation_h) *
            axis_pixels(w->out_w, map->tq, w->stride_w, w->kernel_w, map->ts, w->dilation_w) *
            as_ceil_div(channels, beat);
    }
    return t;
}

/* Pixel tiles visited between two uses of the same weights: those of the loops inside K. */
static int64_t tiles_inside_k(const struct as_mapping *map, const struct totals *t)
{
    int64_t inside = 1;
    for (int i = 2; i >= 0 && map->order[i] != AS_DIM_K; i--)
        inside *= map->order[i] == AS_DIM_P ? t->np : t->nq;
    return inside;
}

/* Loads of ifmap tiles and of weight blocks, with the two halves of each buffer kept by least
 * recent use. */
static void count_loads(const struct as_mapping *map, const struct totals *t, int64_t *ifmaps,
                        int64_t *weights)
{
    int64_t pixels = (int64_t)t->np * t->nq, chunks = (int64_t)t->nr * t->ns * t->nc;
    int64_t inside = tiles_inside_k(map, t), distinct = (int64_t)t->nk * t->blocks;
    bool reread = map->kind == AS_MAP_DEPTHWISE || inside * chunks > 2;

    *ifmaps = pixels * chunks * (reread ? t->nk : 1);
    if (distinct <= 2)
        *weights = distinct;
    else if (inside > 1)
        *weights = (t->blocks <= 2 ? pixels / inside : pixels) * distinct;
    else
        *weights = pixels * distinct - (map->turns && t->blocks <= 2 ? 2 * (pixels - 1) : 0);
}

/* The distance of as_schedule_overlap for these tiles, from the first and the last row of them. */
static int64_t trail_of(const struct as_window *w, const struct as_mapping *map,
                        const struct totals *t)
{
    int64_t out_row = (int64_t)w->out_w * w->out_k, in_row = (int64_t)w->in_w * w->in_c;
    bool k_inside = t->nk == 1 || map->order[2] == AS_DIM_K;
    bool rows_outside = t->nq == 1 || map->order[0] == AS_DIM_P;
    int64_t trail = 0;

    if (!k_inside || !rows_outside)
        return out_row * w->out_h;
    for (int p = 0; p < t->np; p += max_int(t->np - 1, 1)) {
        int64_t written = min_int((p + 1) * map->tp, w->out_h) * out_row;
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

bool as_mapping_estimate(const struct as_config *cfg, const struct as_window *window,
                         const struct as_mapping *map, struct as_cost *cost)
{
    int pixels = map->tp * map->tq, most = as_count_max(cfg);
    int64_t words = ifmap_words(cfg, window, map);

    memset(cost, 0, sizeof *cost);
    if (pixels > cfg->acc_words || pixels * map->tk > cfg->acc_words || words == 0 ||
        words > cfg->ibuf_words || map->tp > most || map->tq > most || map->tk > most ||
        map->tr > most || map->ts > most)
        return false;

    struct totals t = totals_of(cfg, window, map);
    int64_t ifmaps, weights;
    count_loads(map, &t, &ifmaps, &weights);
    int64_t tiles = (int64_t)t.np * t.nq * t.nk, chunks = (int64_t)t.nr * t.ns * t.nc;
    int64_t jobs = tiles * t.blocks;
    int64_t outputs = (int64_t)window->out_h * window->out_w * window->out_k;
    int64_t channel_runs = (int64_t)t.np * t.nq * window->out_k;
    int64_t weight_beats = (int64_t)map->k_tiles * t.red * as_tile_words(cfg) * cfg->wbuf_beats;
    int64_t pass_loads = (int64_t)t.np * t.nq * chunks;
    int64_t ifmap_beats = t.load_beats * (map->kind == AS_MAP_DEPTHWISE ? 1 : ifmaps / pass_loads);
    int64_t descriptors = 4 * (ifmaps * AS_LOAD_WORDS + weights * AS_LOAD_LINEAR_WORDS +
                               jobs * AS_COMPUTE_WORDS + tiles * AS_STORE_WORDS);
    int64_t beats = ifmap_beats + weight_beats * weights / ((int64_t)t.nk * t.blocks) + outputs +
                    channel_runs * as_ceil_div(12, cfg->mem_width_bytes) +
                    descriptors / cfg->mem_width_bytes;
    int tile_channels = min_int(map->tk * map->unit_k, window->out_k);

    cost->compute = (uint64_t)(map->k_tiles * t.red * t.tile_beats + jobs * as_cost_job(cfg));
    cost->memory = (uint64_t)(beats * cfg->mem_interval + ifmaps * as_cost_load(cfg, false) +
                              weights * as_cost_load(cfg, true));
    cost->requant = (uint64_t)(outputs * as_cost_output(cfg) + channel_runs * as_cost_channel(cfg));
    if (map->one_half)
        cost->compute +=
            (uint64_t)half_stall(map, &t, (int64_t)cost->compute, (int64_t)cost->requant);
    cost->fill = (uint64_t)(ifmap_beats / ifmaps * cfg->mem_interval + as_cost_load(cfg, false));
    cost->tail = (uint64_t)((int64_t)pixels * tile_channels * as_cost_output(cfg) +
                            (int64_t)tile_channels * as_cost_channel(cfg) + cfg->rows + cfg->cols);
    cost->first_tile = (uint64_t)(map->tk * t.red * as_tile_cycles(cfg, pixels) +
                                  (int64_t)t.blocks * as_cost_job(cfg));
    cost->descriptors = (uint64_t)descriptors;
    cost->constants = (uint64_t)(weight_beats * cfg->mem_width_bytes +
                                 (int64_t)window->out_k * as_ceil_div(12, cfg->mem_width_bytes) *
                                     cfg->mem_width_bytes);
    cost->trail = (uint64_t)trail_of(window, map, &t);
    as_cost_sum(cost);
    return true;
}
