#include "dataflows/mapper/ifmap_mapping.h"

#include <string.h>

int as_ifmap_unit(const struct as_config *cfg)
{
    return cfg->wide ? cfg->rows : 1;
}

bool as_ifmap_full(const struct as_config *cfg, const struct as_ifmap_map *map)
{
    return map->ly == 1 && map->lx == cfg->cols;
}

int as_ifmap_parts(const struct as_config *cfg, const struct as_ifmap_map *map, int tr, int ts)
{
    return as_ifmap_full(cfg, map) ? 1 : as_min(tr, ts);
}

int as_ifmap_tiles(const struct as_config *cfg, int units)
{
    return cfg->wide ? units : as_ceil_div(units, cfg->rows);
}

int as_ifmap_words(const struct as_config *cfg, int units)
{
    return as_ifmap_tiles(cfg, units) * (cfg->wide ? 1 : cfg->rows);
}

/* ---- cost ---- */

/* Sums over the chunks of the reduction of a set. */
struct reduction {
    int64_t chunks, tiles, units, parts;
};

static struct reduction reduction_of(const struct as_config *cfg, const struct as_conv_shape *w,
                                     const struct as_ifmap_map *map)
{
    struct reduction sum = {0};

    for (int r = 0; r < w->kernel_h; r += map->tr)
        for (int s = 0; s < w->kernel_w; s += map->ts)
            for (int c = 0; c < map->units_c; c += map->tc) {
                int tr = as_min(map->tr, w->kernel_h - r), ts = as_min(map->ts, w->kernel_w - s);
                int units = tr * ts * as_min(map->tc, map->units_c - c);
                sum.chunks++;
                sum.units += units;
                sum.tiles += as_ifmap_tiles(cfg, units);
                sum.parts += as_ifmap_parts(cfg, map, tr, ts);
            }
    return sum;
}

static bool fits(const struct as_config *cfg, const struct as_ifmap_map *map)
{
    int most = as_count_max(cfg), units = map->tr * map->ts * map->tc;
    int tiles = as_ifmap_tiles(cfg, units);
    int64_t words = (int64_t)map->tg * as_ifmap_words(cfg, units);

    return words <= cfg->wbuf_words && (int64_t)map->tk * tiles <= cfg->ibuf_words &&
           (int64_t)map->tg * map->tk <= cfg->acc_words && tiles <= most && map->tk <= most &&
           map->tg <= most && map->tr <= most && map->ts <= most && map->tc <= most &&
           (int64_t)map->tg * map->lx * map->ly <= cfg->acc_words;
}

static bool estimate(const struct as_config *cfg, const struct as_filter *f,
                     const struct as_ifmap_map *map, struct as_cost *cost)
{
    const struct as_conv_shape *w = &f->w;
    int lanes = as_ifmap_full(cfg, map) ? cfg->cols : map->lx * map->ly;

    memset(cost, 0, sizeof *cost);
    if (!fits(cfg, map))
        return false;
    struct reduction red = reduction_of(cfg, w, map);
    int pace = as_max(as_max(map->tk, cfg->wide ? 1 : cfg->rows), 2);
    int last_pace = as_max(map->set_k - (as_ceil_div(map->set_k, map->tk) - 1) * map->tk,
                           as_max(cfg->wide ? 1 : cfg->rows, 2));
    int64_t groups = (int64_t)map->lines * map->line_groups;
    int64_t pixel_tiles = (int64_t)map->lines * as_ceil_div(map->line_groups, map->tg);
    int64_t nk = as_ceil_div(map->set_k, map->tk);
    int64_t jobs = map->sets * pixel_tiles * nk * red.chunks;
    enum as_dim order[3];
    as_order_without_c(map->order, order);
    bool k_outside = order[2] != AS_DIM_K;
    int64_t pixel_passes =
        k_outside ? (pixel_tiles * red.chunks <= 2 ? 1 : nk) : (red.chunks <= 2 ? 1 : nk);
    int64_t weight_passes =
        k_outside ? (red.chunks <= 2 ? 1 : pixel_tiles) : (nk * red.chunks <= 2 ? 1 : pixel_tiles);
    int64_t pixel_loads = map->sets * groups * red.parts * pixel_passes;
    int64_t pixel_beats =
        map->sets * groups * red.units * as_ifmap_unit(cfg) * lanes * pixel_passes;
    int64_t weight_loads = map->sets * nk * red.chunks * weight_passes;
    int64_t weight_bytes = map->sets * red.tiles * cfg->rows * map->set_k;
    int64_t weight_beats =
        weight_bytes / (cfg->ibuf_word_mode ? cfg->mem_width_bytes : 1) * weight_passes;
    int64_t pixels = (int64_t)map->rows.size * map->cols.size, outputs = pixels * w->out_k;
    int64_t channel_runs = pixel_tiles * w->out_k, record = as_param_beats(cfg);
    int64_t descriptors =
        4 * (pixel_loads * AS_LOAD_WORDS + weight_loads * AS_LOAD_LINEAR_WORDS +
             jobs * AS_COMPUTE_WORDS + map->sets * pixel_tiles * nk * AS_STORE_WORDS);
    uint64_t images = (uint64_t)f->images;

    cost->compute =
        images * (uint64_t)(map->sets * groups * red.tiles * ((nk - 1) * pace + last_pace) +
                            jobs * as_cost_job(cfg));
    cost->memory =
        images *
        (uint64_t)((pixel_beats + weight_beats + outputs + channel_runs * record +
                    descriptors / cfg->mem_width_bytes) *
                       cfg->mem_interval +
                   pixel_loads * as_cost_load(cfg, false) + weight_loads * as_cost_load(cfg, true));
    cost->requant = images * (uint64_t)as_cost_store(cfg, outputs, channel_runs, 1);
    int64_t tile_loads = map->tg * red.parts / red.chunks;
    cost->fill = (uint64_t)(pixel_beats / pixel_loads * tile_loads * cfg->mem_interval +
                            tile_loads * as_cost_load(cfg, false));
    cost->tail = (uint64_t)(as_cost_store(cfg, (int64_t)map->tg * lanes * map->tk, map->tk, 1) +
                            cfg->rows + cfg->cols);
    cost->first_tile = (uint64_t)(map->tg * red.tiles * pace + red.chunks * as_cost_job(cfg));
    /* bytes that no loop saves: of one tile of every k tile */
    cost->descriptors =
        (uint64_t)(4 * (nk * map->sets * AS_STORE_WORDS + red.chunks * AS_COMPUTE_WORDS +
                        tile_loads * AS_LOAD_WORDS));
    cost->constants = (uint64_t)(weight_bytes + w->out_k * record * cfg->mem_width_bytes);
    as_cost_sum(cost);
    return true;
}

/* ---- search ---- */

struct search {
    const struct as_config *cfg;
    const struct as_filter *f;
    int thrift;
    struct as_ifmap_best *best;
};

static uint64_t rank(const struct search *search, const struct as_cost *cost)
{
    return as_cost_rank(search->cfg, cost, search->thrift);
}

/* Keeps the mapping if it is among the best. */
static void keep(struct search *search, const struct as_ifmap_map *map, const struct as_cost *cost)
{
    struct as_ifmap_best *best = search->best;
    int most = best->room;
    uint64_t now = rank(search, cost);
    int at = best->count < most ? best->count++ : most;

    for (; at > 0 && rank(search, &best->at[at - 1].cost) > now; at--)
        if (at < most)
            best->at[at] = best->at[at - 1];
    if (at < most) {
        best->at[at].map = *map;
        best->at[at].cost = *cost;
    }
}

/* The sums of all that is behind C stay in the accumulators: it is one tile, or there is one chunk.
 */
static bool keeps_sums(const struct search *search, const struct as_ifmap_map *map)
{
    bool lines = as_order_inside(map->order, AS_DIM_P),
         tiles = as_order_inside(map->order, AS_DIM_Q);

    if (reduction_of(search->cfg, &search->f->w, map).chunks == 1)
        return true;
    if (map->joined) /* the tiles of the only line are cut along both */
        lines = tiles = lines || tiles;
    return !(lines && map->lines > 1) && !(tiles && map->tg < map->line_groups) &&
           !(as_order_inside(map->order, AS_DIM_K) && map->tk < map->set_k);
}

static void consider(struct search *search, struct as_ifmap_map map)
{
    static const enum as_dim orders[][AS_DIM_COUNT] = {{AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C},
                                                       {AS_DIM_K, AS_DIM_P, AS_DIM_Q, AS_DIM_C}};
    const struct as_config *cfg = search->cfg;

    for (int o = 0; o < (cfg->order_count > 0 ? 1 : 2); o++) {
        struct as_cost cost;
        memcpy(map.order, cfg->order_count > 0 ? cfg->order : orders[o], sizeof map.order);
        if (!estimate(cfg, search->f, &map, &cost) || !keeps_sums(search, &map))
            continue;
        for (int variant = 0; variant < (search->thrift > 0 ? 4 : 1); variant++) {
            map.turns = !(variant & 1);
            map.one_half = variant >> 1;
            keep(search, &map, &cost);
        }
    }
}

/* All sizes of an output tile with a chunk of the reduction. */
static void search_tiles(struct search *search, struct as_ifmap_map map)
{
    const struct as_config *cfg = search->cfg;
    int units = map.tr * map.ts * map.tc, tiles = as_ifmap_tiles(cfg, units);
    int most_k = as_min(cfg->acc_words, cfg->ibuf_words / tiles);
    int most_g =
        as_min(cfg->acc_words / (map.lx * map.ly), cfg->wbuf_words / as_ifmap_words(cfg, units));

    if (cfg->tile[AS_DIM_P] > 0 || cfg->tile[AS_DIM_Q] > 0) {
        int p = cfg->tile[AS_DIM_P] > 0 ? cfg->tile[AS_DIM_P] : map.rows.size;
        int q = cfg->tile[AS_DIM_Q] > 0 ? cfg->tile[AS_DIM_Q] : map.cols.size;
        most_g = as_min(most_g, as_max(1, (int)((int64_t)p * q / (map.lx * map.ly))));
    }
    most_k = as_min(most_k, as_count_max(cfg));
    most_g = as_min(most_g, as_count_max(cfg));
    if (most_k == 0 || most_g == 0)
        return;
    int first_k = cfg->tile[AS_DIM_K] > 0 ? as_min(cfg->tile[AS_DIM_K], most_k) : most_k;
    for (map.tk = as_min(map.set_k, first_k); map.tk > 0;
         map.tk = cfg->tile[AS_DIM_K] > 0 ? 0 : as_next_size(map.set_k, map.tk)) {
        int room = as_min(most_g, cfg->acc_words / map.tk);
        map.tg = as_ceil_div(map.line_groups, as_ceil_div(map.line_groups, room));
        consider(search, map);
        if (map.tg > 1) {
            map.tg = as_ceil_div(map.line_groups, as_ceil_div(map.line_groups, map.tg - 1));
            consider(search, map);
        }
    }
}

static void search_channels(struct search *search, struct as_ifmap_map map)
{
    const struct as_config *cfg = search->cfg;
    int fixed = cfg->tile[AS_DIM_C] > 0
                    ? as_min(as_ceil_div(cfg->tile[AS_DIM_C], as_ifmap_unit(cfg)), map.units_c)
                    : 0;

    for (map.tc = fixed > 0 ? fixed : map.units_c; map.tc > 0;
         map.tc = fixed > 0 ? 0 : as_next_size(map.units_c, map.tc))
        search_tiles(search, map);
}

static void search_chunks(struct search *search, struct as_ifmap_map map)
{
    const struct as_conv_shape *w = &search->f->w;

    map.ts = w->kernel_w;
    for (map.tr = w->kernel_h; map.tr > 0; map.tr = as_next_size(w->kernel_h, map.tr))
        search_channels(search, map);
    map.tr = 1;
    for (map.ts = as_next_size(w->kernel_w, w->kernel_w); map.ts > 0;
         map.ts = as_next_size(w->kernel_w, map.ts))
        search_channels(search, map);
}

/* Sets of channel groups: few enough that an array row holds one channel, or one group. */
static void search_sets(struct search *search, struct as_ifmap_map map)
{
    const struct as_filter *f = search->f;
    const int sizes[] = {1, search->cfg->rows / f->in_group, search->cfg->rows / f->out_group};

    for (int i = 0; i < (f->groups > 1 ? 3 : 1); i++) {
        if (sizes[i] < 1 || (i > 0 && sizes[i] == 1) || (i == 2 && sizes[2] == sizes[1]))
            continue;
        map.together = f->groups > 1 ? as_min(sizes[i], f->groups) : 1;
        map.sets = as_ceil_div(f->groups, map.together);
        map.set_c = map.together * f->in_group;
        map.set_k = map.together * f->out_group;
        map.units_c = as_ceil_div(map.set_c, as_ifmap_unit(search->cfg));
        search_chunks(search, map);
    }
}

void as_ifmap_choose(const struct as_config *cfg, const struct as_filter *f, struct as_span rows,
                     struct as_span cols, int thrift, struct as_ifmap_best *best)
{
    struct search search = {.cfg = cfg, .f = f, .thrift = thrift, .best = best};
    struct as_ifmap_map map = {.rows = rows, .cols = cols};
    bool whole_rows = cols.size == f->w.out_w;

    best->count = 0;
    map.lx = as_min(cfg->cols, cols.size); /* along a row, or from one to the next */
    map.ly = 1;
    map.joined = whole_rows && cols.size % map.lx == 0;
    map.lines = map.joined ? 1 : rows.size;
    map.line_groups = as_ceil_div(cols.size, map.lx) * (map.joined ? rows.size : 1);
    search_sets(&search, map);
    map.down = true;
    if (whole_rows && 2 * cols.size <= cfg->cols && rows.size > 1) { /* some whole rows */
        map.lx = cols.size;
        map.ly = as_min(cfg->cols / cols.size, rows.size);
        map.joined = true;
        map.lines = 1;
        map.line_groups = as_ceil_div(rows.size, map.ly);
        search_sets(&search, map);
    }
    if (cfg->cols > 1 && rows.size > 1) { /* down a column */
        map.lx = 1;
        map.ly = as_min(cfg->cols, rows.size);
        map.joined = false;
        map.lines = as_ceil_div(rows.size, map.ly);
        map.line_groups = cols.size;
        search_sets(&search, map);
    }
}
