#include "dataflows/psum_mapping.h"

#include <string.h>

#define LOOP_BODY    64 /* descriptors of a loop, at most */
#define PRODUCT_BITS 15 /* the largest magnitude of a sum of 2^n products is below 2^(n+14) */

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* ---- splits ---- */

/* Takes the split when it needs fewer pixels of a PE, or as many without waste. */
static void consider_split(struct as_psum_split *best, int np, int nq, int tp, int tq, bool waste)
{
    int now = tp * tq, least = best->tp * best->tq;

    if (least == 0 || now < least || (now == least && best->one_k && !waste))
        *best = (struct as_psum_split){.np = np, .nq = nq, .tp = tp, .tq = tq, .one_k = waste};
}

struct as_psum_split as_psum_split_of(const struct as_config *cfg, const struct as_psum_map *map,
                                      int h, int w)
{
    struct as_psum_split best = {0};

    int tp = as_ceil_div(h, cfg->rows), np = as_ceil_div(h, tp);

    if (map->rows_k)
        return (struct as_psum_split){.np = 1, .nq = 1, .tp = h, .tq = w};
    consider_split(&best, np, 1, tp, w, np * tp != h || np != cfg->rows);
    if (h == 1) {
        int tq = as_ceil_div(w, cfg->rows), nq = as_ceil_div(w, tq);
        consider_split(&best, 1, nq, 1, tq, nq * tq != w || nq != cfg->rows);
    }
    for (int nq = 2; h * nq <= cfg->rows; nq++)
        if (w % nq == 0)
            consider_split(&best, h, nq, 1, w / nq, h * nq != cfg->rows);
    if ((int64_t)cfg->rows * best.tp * best.tq * map->tk > cfg->acc_words)
        best.one_k = true;
    return best;
}

bool as_psum_word_mode(const struct as_config *cfg, const struct as_window *w,
                       const struct as_psum_map *map)
{
    int bytes = cfg->mem_width_bytes;
    return w->in_c % bytes == 0 && (!map->grouped || map->unit_c % bytes == 0) &&
           (map->tc % bytes == 0 || map->tc == map->unit_c);
}

int64_t as_psum_block_words(const struct as_config *cfg, const struct as_window *w,
                            const struct as_psum_map *map, const struct as_psum_split *split)
{
    int64_t ny = as_extent(split->tp, w->stride_h, map->tr, w->dilation_h);
    int64_t nx = as_extent(split->tq, w->stride_w, map->ts, w->dilation_w);
    return ny * nx * (map->grouped && !map->rows_k ? map->tk : 1) *
           as_ceil_div(map->tc, cfg->mem_width_bytes);
}

/* The sums and the ifmap of a tile fit. */
static bool fits(const struct as_config *cfg, const struct as_window *w,
                 const struct as_psum_map *map, const struct as_psum_split *split)
{
    int most = as_count_max(cfg);
    int64_t sums =
        (int64_t)cfg->rows * split->tp * split->tq * (split->one_k || map->rows_k ? 1 : map->tk);
    return sums <= cfg->acc_words && as_psum_block_words(cfg, w, map, split) <= cfg->ibuf_words &&
           as_extent(split->tp, w->stride_h, map->tr, w->dilation_h) <= most &&
           as_extent(split->tq, w->stride_w, map->ts, w->dilation_w) <= most;
}

bool as_psum_by_rows(const struct as_config *cfg, const struct as_window *w,
                     const struct as_psum_map *map, int h, int tile_w)
{
    struct as_psum_split whole = as_psum_split_of(cfg, map, h, tile_w);
    struct as_psum_split row = as_psum_split_of(cfg, map, 1, tile_w);

    if (h == 1 || map->rows_k)
        return false;
    return !fits(cfg, w, map, &whole) || h * row.tq < whole.tp * whole.tq;
}

/* ---- cost ---- */

/* Sums over the tiles of one pass over the pixels. */
struct pass {
    int64_t tiles;      /* stores of one k tile group */
    int64_t pixels;     /* of a PE */
    int64_t regular;    /* tiles that store their k tiles together */
    int64_t one_k;      /* and one by one */
    int64_t blocks;     /* loads of array rows, one chunk */
    int64_t load_beats; /* one chunk */
};

static void add_tile(const struct as_config *cfg, const struct as_window *w,
                     const struct as_psum_map *map, int h, int tile_w, int64_t times,
                     struct pass *pass)
{
    if (times == 0)
        return;
    if (as_psum_by_rows(cfg, w, map, h, tile_w)) {
        times *= h;
        h = 1;
    }
    struct as_psum_split split = as_psum_split_of(cfg, map, h, tile_w);
    int64_t beats = as_psum_block_words(cfg, w, map, &split);
    if (!as_psum_word_mode(cfg, w, map))
        beats = beats / as_ceil_div(map->tc, cfg->mem_width_bytes) * map->tc;
    pass->tiles += times;
    pass->pixels += times * split.tp * split.tq;
    if (split.one_k)
        pass->one_k += times;
    else
        pass->regular += times;
    int blocks = map->rows_k ? map->tk : split.np * split.nq;
    pass->blocks += times * blocks;
    pass->load_beats += times * beats * blocks;
}

static struct pass pass_of(const struct as_config *cfg, const struct as_window *w,
                           const struct as_psum_map *map)
{
    struct pass pass = {0};
    int nh = as_ceil_div(w->out_h, map->th), nw = as_ceil_div(w->out_w, map->tw);
    int lh = w->out_h - (nh - 1) * map->th, lw = w->out_w - (nw - 1) * map->tw;

    add_tile(cfg, w, map, map->th, map->tw, (int64_t)(nh - 1) * (nw - 1), &pass);
    add_tile(cfg, w, map, map->th, lw, nh - 1, &pass);
    add_tile(cfg, w, map, lh, map->tw, nw - 1, &pass);
    add_tile(cfg, w, map, lh, lw, 1, &pass);
    return pass;
}

/* Tile loops inside K: the weights of a k group meet so many tiles in a row. */
static bool pixels_inside_k(const struct as_psum_map *map)
{
    return map->order[2] != AS_DIM_K;
}

/* Bytes of descriptors when rows of full tiles repeat in a loop, as far as its body is short. */
static int64_t looped_bytes(const struct as_window *w, const struct as_psum_map *map, int active,
                            int64_t chunks, bool one_k, int64_t groups, bool reread)
{
    int64_t np = as_ceil_div(w->out_h, map->th), nq = as_ceil_div(w->out_w, map->tw);
    int64_t nk = one_k ? map->k_tiles : as_ceil_div(map->k_tiles, map->tk);
    int64_t ifmaps = nq * active * chunks * (reread ? nk : 1);
    int64_t jobs = nq * nk * chunks * (one_k ? 1 : groups);
    int64_t rows = w->out_h % map->th == 0 ? 1 : np < 2 ? np : 2;
    bool long_body = (pixels_inside_k(map) ? (ifmaps + jobs) / nk : ifmaps + jobs) > LOOP_BODY;

    return 4 * (long_body ? np : rows) *
           (ifmaps * AS_LOAD_WORDS + jobs * (AS_LOAD_LINEAR_WORDS + AS_COMPUTE_WORDS) +
            nq * nk * AS_STORE_WORDS);
}

static bool estimate(const struct as_config *cfg, const struct as_filter *f,
                     const struct as_psum_map *map, struct as_cost *cost)
{
    const struct as_window *w = &f->w;
    struct as_psum_split full = as_psum_split_of(cfg, map, map->th, map->tw);

    memset(cost, 0, sizeof *cost);
    if (!fits(cfg, w, map, &full))
        return false;
    struct pass pass = pass_of(cfg, w, map);
    int64_t chunks = (int64_t)as_ceil_div(w->kernel_h, map->tr) *
                     as_ceil_div(w->kernel_w, map->ts) * as_ceil_div(map->unit_c, map->tc);
    int64_t red = (int64_t)w->kernel_h * w->kernel_w * map->unit_c;
    int64_t beats = chunks * max_int(cfg->rows, (int)((red + chunks - 1) / chunks));
    int64_t nk = as_ceil_div(map->k_tiles, map->tk);
    int64_t groups = as_ceil_div(map->tk, map->jk); /* jobs of a chunk */
    int64_t jobs = (pass.regular * groups * nk + pass.one_k * map->k_tiles) * chunks;
    int64_t stores = pass.regular * nk + pass.one_k * map->k_tiles;
    int64_t outputs = (int64_t)w->out_h * w->out_w * w->out_k;
    int64_t channel_runs = pass.tiles * w->out_k;
    bool reread = map->grouped || chunks > 2 || pixels_inside_k(map);
    int64_t ifmaps = reread ? nk : 1;
    int64_t again = chunks > 2 && map->tk > 1 ? map->tk : 1; /* when k tiles go one by one */
    double passes = (double)(pass.regular + pass.one_k * again) / (double)pass.tiles;
    double ifmap_loads = (double)(pass.blocks * chunks * ifmaps) * passes;
    double ifmap_beats = (double)(pass.load_beats * ifmaps) * passes * (double)chunks;
    bool kept = pixels_inside_k(map) ? chunks * groups <= 2 : chunks * groups * nk <= 2;
    int64_t weight_passes = f->pool > 0 || (kept && pass.one_k == 0) ? 1 : pass.tiles;
    int64_t weight_words = f->pool > 0 ? red : map->k_tiles * red;
    int64_t weight_loads = f->pool > 0 ? 1 : kept ? chunks * groups * nk : jobs;
    int64_t descriptors =
        4 * ((int64_t)ifmap_loads * AS_LOAD_WORDS + weight_loads * AS_LOAD_LINEAR_WORDS +
             jobs * AS_COMPUTE_WORDS + stores * AS_STORE_WORDS);
    int64_t record = as_ceil_div(12, cfg->mem_width_bytes);
    int64_t beats_moved = (int64_t)ifmap_beats + weight_words * cfg->wbuf_beats * weight_passes +
                          outputs + channel_runs * record + descriptors / cfg->mem_width_bytes;

    cost->compute =
        (uint64_t)f->images * (uint64_t)((map->rows_k ? nk : map->k_tiles) * pass.pixels * beats +
                                         jobs * as_cost_job(cfg));
    cost->memory =
        (uint64_t)f->images * (uint64_t)(beats_moved * cfg->mem_interval +
                                         (int64_t)ifmap_loads * as_cost_load(cfg, false) +
                                         weight_loads * as_cost_load(cfg, true));
    cost->requant = (uint64_t)f->images *
                    (uint64_t)(outputs * as_cost_output(cfg) + channel_runs * as_cost_channel(cfg));
    int active = map->rows_k ? map->tk : full.np * full.nq;
    cost->fill = (uint64_t)(ifmap_beats / ifmap_loads * active * cfg->mem_interval +
                            active * as_cost_load(cfg, false));
    int channels = min_int((full.one_k ? 1 : map->tk) * map->unit_k, w->out_k);
    cost->tail = (uint64_t)((int64_t)map->th * map->tw * channels * as_cost_output(cfg) +
                            (int64_t)channels * as_cost_channel(cfg) + cfg->rows + cfg->cols);
    cost->first_tile =
        (uint64_t)((full.one_k || map->rows_k ? 1 : map->tk) * beats * full.tp * full.tq +
                   chunks * as_cost_job(cfg));
    cost->descriptors = (uint64_t)looped_bytes(w, map, active, chunks, full.one_k, groups, reread);
    cost->constants =
        (uint64_t)((weight_words * cfg->wbuf_beats + w->out_k * record) * cfg->mem_width_bytes);
    as_cost_sum(cost);
    return true;
}

/* ---- search ---- */

struct search {
    const struct as_config *cfg;
    const struct as_filter *f;
    int thrift;
    struct as_psum_best *best;
};

uint64_t as_psum_rank(const struct as_cost *cost, int thrift)
{
    return cost->total + cost->memory / 8 +
           (uint64_t)thrift * (cost->descriptors + cost->constants + cost->trail);
}

/* Keeps the mapping if it is among the best. */
static void keep(struct search *search, const struct as_psum_map *map, const struct as_cost *cost)
{
    struct as_psum_best *best = search->best;
    int most = search->thrift > 0 ? AS_PSUM_BEST : 1;
    uint64_t now = as_psum_rank(cost, search->thrift);
    int at = best->count < most ? best->count++ : most;

    for (; at > 0 && as_psum_rank(&best->at[at - 1].cost, search->thrift) > now; at--)
        if (at < most)
            best->at[at] = best->at[at - 1];
    if (at < most) {
        best->at[at].map = *map;
        best->at[at].cost = *cost;
    }
}

static void set_units(const struct as_config *cfg, const struct as_filter *f,
                      struct as_psum_map *map)
{
    int bytes = cfg->mem_width_bytes;

    map->repeat = 1;
    map->grouped = f->groups > 1;
    map->unit_k = cfg->cols;
    map->unit_c = f->w.in_c;
    map->k_tiles = as_ceil_div(f->w.out_k, cfg->cols);
    if (f->groups == 1)
        return;
    if (f->out_group <= cfg->cols) {
        int together = min_int(f->groups, cfg->cols / f->out_group);
        for (int n = together; n >= 1 && f->w.in_c % bytes == 0; n--)
            if (n * f->in_group % bytes == 0) { /* loads move words */
                together = n;
                break;
            }
        map->unit_k = together * f->out_group;
        map->unit_c = together * f->in_group;
        map->k_tiles = as_ceil_div(f->groups, together);
        return;
    }
    while (f->out_group % map->unit_k != 0)
        map->unit_k--;
    map->unit_c = f->in_group;
    map->repeat = f->out_group / map->unit_k;
    map->k_tiles = f->groups * map->repeat;
}

/* The next smaller size that cuts `whole` into one part more, or 0. */
static int next_size(int whole, int size)
{
    return size == 1 ? 0 : as_ceil_div(whole, as_ceil_div(whole, size - 1));
}

/* The next smaller size of an edge of a tile: as above, or a multiple of the array rows. */
static int next_edge(const struct as_config *cfg, int whole, int size)
{
    int next = next_size(whole, size);
    int multiple = (size - 1) / cfg->rows * cfg->rows;
    return max_int(next, multiple);
}

static void consider(struct search *search, struct as_psum_map map)
{
    static const enum as_dim orders[][3] = {{AS_DIM_P, AS_DIM_Q, AS_DIM_K},
                                            {AS_DIM_K, AS_DIM_P, AS_DIM_Q}};
    const struct as_config *cfg = search->cfg;
    int64_t red = (int64_t)map.tr * map.ts * map.tc;

    /* a sum of 2^n products of -128 would leave the psum by one */
    if (red >= 1 << (cfg->psum_bits - PRODUCT_BITS) || red > as_weight_room(cfg))
        return;
    map.jk = search->f->pool > 0 ? map.tk : min_int(map.tk, as_weight_room(cfg) / (int)red);
    map.jk = as_ceil_div(map.tk, as_ceil_div(map.tk, map.jk));
    for (int o = 0; o < (cfg->order_count > 0 ? 1 : 2); o++) {
        struct as_cost cost;
        int n = 0;
        memcpy(map.order, orders[o], sizeof map.order);
        for (int i = 0; i < cfg->order_count; i++)
            if (cfg->order[i] != AS_DIM_C)
                map.order[n++] = cfg->order[i];
        if (!estimate(cfg, search->f, &map, &cost))
            continue;
        for (int variant = 0; variant < (search->thrift > 0 ? 4 : 1); variant++) {
            map.turns = !(variant & 1);
            map.one_half = variant >> 1;
            keep(search, &map, &cost);
        }
    }
}

/* All numbers of k tiles of a pixel tile and its chunk. */
static void search_k(struct search *search, struct as_psum_map map)
{
    const struct as_config *cfg = search->cfg;
    int fixed = cfg->tile_k > 0 ? as_ceil_div(cfg->tile_k, map.unit_k) : 0;
    int most = min_int(map.k_tiles, as_count_max(cfg));

    map.tk = 1;
    if (map.rows_k)
        most = min_int(most, cfg->rows);
    struct as_psum_split split = as_psum_split_of(cfg, &map, map.th, map.tw);
    int64_t sums = (int64_t)cfg->rows * split.tp * split.tq;
    if (sums > cfg->acc_words)
        return;
    for (map.tk = fixed > 0 ? min_int(fixed, most) : most; map.tk > 0;
         map.tk = fixed > 0 ? 0 : next_size(map.k_tiles, map.tk)) {
        struct as_psum_map now = map;
        if (now.repeat > 1 && now.tk % now.repeat != 0)
            now.tk = now.tk > now.repeat ? now.tk / now.repeat * now.repeat : 1;
        if (split.one_k || map.rows_k || sums * now.tk <= cfg->acc_words)
            consider(search, now);
    }
}

/* All cuts of the channels of a chunk of some taps. */
static void search_channels(struct search *search, struct as_psum_map map)
{
    const struct as_config *cfg = search->cfg;
    int bytes = cfg->mem_width_bytes;
    int fixed = cfg->tile_c > 0 ? min_int(as_ceil_div(cfg->tile_c, bytes) * bytes, map.unit_c) : 0;

    for (int c = fixed > 0 ? fixed : map.unit_c; c > 0;
         c = fixed > 0 ? 0 : next_size(map.unit_c, c)) {
        map.tc = min_int(as_ceil_div(c, bytes) * bytes, map.unit_c);
        if (map.tc <= as_count_max(cfg))
            search_k(search, map);
    }
}

/* All cuts of the kernel: into some of its rows, or of the taps of one. */
static void search_chunks(struct search *search, struct as_psum_map map)
{
    const struct as_window *w = &search->f->w;
    int most = as_count_max(search->cfg);

    map.ts = w->kernel_w;
    for (map.tr = w->kernel_h; map.tr > 0; map.tr = next_size(w->kernel_h, map.tr))
        if (map.tr <= most && map.ts <= most)
            search_channels(search, map);
    map.tr = 1;
    for (map.ts = next_size(w->kernel_w, w->kernel_w); map.ts > 0;
         map.ts = next_size(w->kernel_w, map.ts))
        if (map.ts <= most)
            search_channels(search, map);
}

void as_psum_choose(const struct as_config *cfg, const struct as_filter *f, int thrift,
                    struct as_psum_best *best)
{
    const struct as_window *w = &f->w;
    struct search search = {.cfg = cfg, .f = f, .thrift = thrift, .best = best};
    struct as_psum_map map = {0};
    int most = as_count_max(cfg);

    best->count = 0;
    set_units(cfg, f, &map);
    for (map.th = min_int(cfg->tile_p > 0 ? cfg->tile_p : w->out_h, min_int(w->out_h, most));
         map.th > 0; map.th = cfg->tile_p > 0 ? 0 : next_edge(cfg, w->out_h, map.th))
        for (map.tw = min_int(cfg->tile_q > 0 ? cfg->tile_q : w->out_w, min_int(w->out_w, most));
             map.tw > 0; map.tw = cfg->tile_q > 0 ? 0 : next_edge(cfg, w->out_w, map.tw))
            for (int rows_k = 0; rows_k < (f->pool > 0 ? 2 : 1); rows_k++) {
                map.rows_k = rows_k != 0;
                if ((int64_t)map.th * map.tw <= cfg->acc_words)
                    search_chunks(&search, map);
            }
}
