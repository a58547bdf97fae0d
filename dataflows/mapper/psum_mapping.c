#include "dataflows/mapper/psum_mapping.h"

#include <string.h>

#define LOOP_BODY    64 /* descriptors of a loop, at most */
#define PRODUCT_BITS 15 /* the largest magnitude of a sum of 2^n products is below 2^(n+14) */

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

bool as_psum_word_mode(const struct as_config *cfg, const struct as_conv_shape *w,
                       const struct as_psum_map *map)
{
    int bytes = cfg->mem_width_bytes;
    return w->in_c % bytes == 0 && (!map->grouped || map->unit_c % bytes == 0) &&
           (map->tc % bytes == 0 || map->tc == map->unit_c);
}

int64_t as_psum_block_words(const struct as_config *cfg, const struct as_conv_shape *w,
                            const struct as_psum_map *map, const struct as_psum_split *split)
{
    int64_t ny = as_extent(split->tp, w->stride_h, map->tr, w->dilation_h);
    int64_t nx = as_extent(split->tq, w->stride_w, map->ts, w->dilation_w);
    return ny * nx * (map->grouped && !map->rows_k ? map->tk : 1) *
           as_ceil_div(map->tc, cfg->mem_width_bytes);
}

/* The sums and the ifmap of a tile fit. */
static bool fits(const struct as_config *cfg, const struct as_conv_shape *w,
                 const struct as_psum_map *map, const struct as_psum_split *split)
{
    int most = as_count_max(cfg);
    int64_t sums =
        (int64_t)cfg->rows * split->tp * split->tq * (split->one_k || map->rows_k ? 1 : map->tk);
    return sums <= cfg->acc_words && as_psum_block_words(cfg, w, map, split) <= cfg->ibuf_words &&
           as_extent(split->tp, w->stride_h, map->tr, w->dilation_h) <= most &&
           as_extent(split->tq, w->stride_w, map->ts, w->dilation_w) <= most;
}

bool as_psum_by_rows(const struct as_config *cfg, const struct as_conv_shape *w,
                     const struct as_psum_map *map, int h, int tile_w)
{
    struct as_psum_split whole = as_psum_split_of(cfg, map, h, tile_w);
    struct as_psum_split row = as_psum_split_of(cfg, map, 1, tile_w);

    if (h == 1 || map->rows_k)
        return false;
    return !fits(cfg, w, map, &whole) || h * row.tq < whole.tp * whole.tq;
}

/* ---- cost ---- */

/* Tile loops inside K: the weights of a k group meet so many tiles in a row. */
static bool pixels_inside_k(const struct as_psum_map *map)
{
    enum as_dim order[3];

    as_order_without_c(map->order, order);
    return order[2] != AS_DIM_K;
}

/* What all tiles of a layer have in common. */
struct terms {
    int64_t chunks, red; /* of the reduction: chunks, elements */
    int64_t beats;       /* cycles of a pixel of a PE */
    int64_t nk;          /* k groups */
    int64_t groups;      /* jobs of a chunk of a tile */
    bool reread;         /* a pixel tile is loaded again for every k group */
    bool kept;           /* the weights of a k group stay while they are needed */
};

static struct terms terms_of(const struct as_config *cfg, const struct as_filter *f,
                             const struct as_psum_map *map)
{
    const struct as_conv_shape *w = &f->w;
    struct terms t = {
        .chunks = (int64_t)as_ceil_div(w->kernel_h, map->tr) * as_ceil_div(w->kernel_w, map->ts) *
                  as_ceil_div(map->unit_c, map->tc),
        .red = (int64_t)w->kernel_h * w->kernel_w * map->unit_c,
        .nk = as_ceil_div(map->k_tiles, map->tk),
        .groups = as_ceil_div(map->tk, map->jk),
    };
    t.beats = t.chunks * as_max(cfg->rows, (int)((t.red + t.chunks - 1) / t.chunks));
    t.reread = map->grouped || t.chunks > 2 || pixels_inside_k(map);
    t.kept = f->pool > 0 || t.chunks * t.groups * (pixels_inside_k(map) ? 1 : t.nk) <= 2;
    return t;
}

/* Tiles of one size: an edge or not.  A *part* is what one store takes. */
struct kind {
    int64_t tiles, parts;          /* parts of a tile */
    int64_t compute, load, store;  /* cycles of a part; loads by their mean */
    int64_t jobs;                  /* of a part */
    int64_t ifmaps, ifmap_cycles;  /* of a tile */
    int64_t weights, weight_words; /* of a part: loads and what they bring */
    int64_t heads;                 /* parts that follow one of another size */
};

static struct kind kind_of(const struct as_config *cfg, const struct as_filter *f,
                           const struct as_psum_map *map, const struct terms *t, int h, int tile_w,
                           int64_t tiles)
{
    const struct as_conv_shape *w = &f->w;
    struct kind kind = {.tiles = tiles};

    if (tiles == 0)
        return kind;
    if (as_psum_by_rows(cfg, w, map, h, tile_w)) {
        kind.tiles *= h;
        h = 1;
    }
    struct as_psum_split split = as_psum_split_of(cfg, map, h, tile_w);
    int64_t words = as_psum_block_words(cfg, w, map, &split), beats = words;
    if (!as_psum_word_mode(cfg, w, map))
        beats = words / as_ceil_div(map->tc, cfg->mem_width_bytes) * map->tc;
    int64_t blocks = map->rows_k ? map->tk : split.np * split.nq;
    int64_t k = split.one_k ? 1 : map->tk, channels = as_min((int)k * map->unit_k, w->out_k);
    int64_t passes = split.one_k && t->chunks > 2 ? map->k_tiles : t->reread ? t->nk : 1;

    kind.parts = split.one_k ? map->k_tiles : t->nk;
    kind.jobs = t->chunks * (split.one_k ? 1 : t->groups);
    kind.compute =
        (map->rows_k ? 1 : k) * split.tp * split.tq * t->beats + kind.jobs * as_cost_job(cfg);
    kind.store = as_cost_store(cfg, h * tile_w * channels, channels,
                               as_cost_lanes(cfg, map->unit_k, w->out_k));
    kind.ifmaps = t->chunks * blocks * passes;
    kind.ifmap_cycles = kind.ifmaps * (as_cost_load(cfg, false) + beats * cfg->mem_interval);
    if (!t->kept) {
        kind.weights = kind.jobs;
        kind.weight_words = k * t->red;
    }
    kind.load = kind.ifmap_cycles / kind.parts + kind.weights * as_cost_load(cfg, true) +
                kind.weight_words * cfg->wbuf_beats * cfg->mem_interval;
    return kind;
}

/* Bytes of descriptors when rows of full tiles repeat in a loop, as far as its body is short. */
static int64_t looped_bytes(const struct as_conv_shape *w, const struct as_psum_map *map,
                            int active, int64_t chunks, bool one_k, int64_t groups, bool reread)
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

/* Cycles of the tiles of a kind, when load, compute and store each work on another part: an edge
 * among full tiles waits for them. */
static int64_t slots_of(const struct kind *kind, const struct kind *full)
{
    int64_t parts = kind->tiles * kind->parts;
    int64_t own = kind->load > kind->store ? kind->load : kind->store;
    int64_t others = full->load > full->store ? full->load : full->store;

    own = kind->compute > own ? kind->compute : own;
    others = kind->compute > others ? kind->compute : others;
    return parts * own + (others > own ? kind->heads * (others - own) : 0);
}

static bool estimate(const struct as_config *cfg, const struct as_filter *f,
                     const struct as_psum_map *map, struct as_cost *cost)
{
    const struct as_conv_shape *w = &f->w;
    struct as_psum_split full = as_psum_split_of(cfg, map, map->th, map->tw);

    memset(cost, 0, sizeof *cost);
    if (!fits(cfg, w, map, &full))
        return false;
    struct terms t = terms_of(cfg, f, map);
    int64_t nh = as_ceil_div(w->out_h, map->th), nw = as_ceil_div(w->out_w, map->tw);
    int lh = w->out_h - (int)(nh - 1) * map->th, lw = w->out_w - (int)(nw - 1) * map->tw;
    struct kind kinds[4] = {
        kind_of(cfg, f, map, &t, map->th, map->tw, (nh - (lh < map->th)) * (nw - (lw < map->tw))),
        kind_of(cfg, f, map, &t, map->th, lw, lw < map->tw ? nh - (lh < map->th) : 0),
        kind_of(cfg, f, map, &t, lh, map->tw, lh < map->th ? nw - (lw < map->tw) : 0),
        kind_of(cfg, f, map, &t, lh, lw, lh < map->th && lw < map->tw),
    };
    int64_t times = pixels_inside_k(map) ? t.nk : 1; /* all pixels are gone through */
    kinds[1].heads = times * kinds[1].tiles;
    kinds[2].heads = times * (kinds[2].tiles > 0);
    kinds[3].heads = times * kinds[3].tiles;

    int64_t compute = 0, port = 0, stores = 0, jobs = 0, ifmaps = 0, weights = 0, runs = 0;
    for (int i = 0; i < 4; i++) {
        const struct kind *kind = &kinds[i];
        int64_t parts = kind->tiles * kind->parts;
        compute += slots_of(kind, &kinds[0]);
        port += parts * kind->load;
        stores += parts;
        runs += kind->tiles * w->out_k;
        jobs += parts * kind->jobs;
        ifmaps += kind->tiles * kind->ifmaps;
        weights += parts * kind->weights;
    }
    int64_t weight_words = f->pool > 0 ? t.red : map->k_tiles * t.red;
    int64_t record = as_param_beats(cfg);
    int64_t outputs = (int64_t)w->out_h * w->out_w * w->out_k;
    int lanes = as_cost_lanes(cfg, map->unit_k, w->out_k);
    if (t.kept) {
        int64_t loads = f->pool > 0 ? 1 : t.chunks * t.groups * t.nk;
        port +=
            loads * as_cost_load(cfg, true) + weight_words * cfg->wbuf_beats * cfg->mem_interval;
    }
    port += (as_cost_store_accesses(cfg, outputs, runs, lanes) +
             jobs * AS_COMPUTE_WORDS * 4 / cfg->mem_width_bytes +
             stores * AS_STORE_WORDS * 4 / cfg->mem_width_bytes) *
            cfg->mem_interval;

    uint64_t images = (uint64_t)f->images;
    const struct kind *first = &kinds[0];
    int active = map->rows_k ? map->tk : full.np * full.nq;
    cost->compute = images * (uint64_t)compute;
    cost->memory = images * (uint64_t)port;
    cost->requant = images * (uint64_t)as_cost_store(cfg, outputs, runs, lanes);
    cost->fill = (uint64_t)(first->ifmap_cycles / first->ifmaps * active);
    cost->tail = (uint64_t)(first->store + cfg->rows + cfg->cols);
    cost->first_tile = (uint64_t)first->compute;
    cost->descriptors =
        (uint64_t)looped_bytes(w, map, active, t.chunks, full.one_k, t.groups, t.reread);
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

static uint64_t rank(const struct search *search, const struct as_cost *cost)
{
    return as_cost_rank(search->cfg, cost, search->thrift);
}

/* Keeps the mapping if it is among the best. */
static void keep(struct search *search, const struct as_psum_map *map, const struct as_cost *cost)
{
    struct as_psum_best *best = search->best;
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
        int together = as_min(f->groups, cfg->cols / f->out_group);
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

/* The next smaller size of an edge of a tile: as above, or a multiple of the array rows. */
static int next_edge(const struct as_config *cfg, int whole, int size)
{
    int next = as_next_size(whole, size);
    int multiple = (size - 1) / cfg->rows * cfg->rows;
    return as_max(next, multiple);
}

/* The sums of all that is behind C stay in the accumulators: it is one tile, or there is one chunk.
 */
static bool keeps_sums(const struct search *search, const struct as_psum_map *map)
{
    const struct as_conv_shape *w = &search->f->w;
    bool all_k = as_order_inside(map->order, AS_DIM_K) && map->k_tiles > 1;
    int lh = (w->out_h - 1) % map->th + 1, lw = (w->out_w - 1) % map->tw + 1;

    if (terms_of(search->cfg, search->f, map).chunks == 1)
        return true;
    for (int i = 0; i < 4 && all_k && !map->rows_k; i++) {
        int h = i & 1 ? lh : map->th, tile_w = i & 2 ? lw : map->tw;
        bool by_rows = as_psum_by_rows(search->cfg, w, map, h, tile_w);
        if (as_psum_split_of(search->cfg, map, by_rows ? 1 : h, tile_w).one_k)
            return false;
    }
    return !(all_k && map->tk < map->k_tiles) &&
           !(as_order_inside(map->order, AS_DIM_P) && map->th < w->out_h) &&
           !(as_order_inside(map->order, AS_DIM_Q) && map->tw < w->out_w);
}

static void consider(struct search *search, struct as_psum_map map)
{
    static const enum as_dim orders[][AS_DIM_COUNT] = {{AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C},
                                                       {AS_DIM_K, AS_DIM_P, AS_DIM_Q, AS_DIM_C}};
    const struct as_config *cfg = search->cfg;
    int64_t red = (int64_t)map.tr * map.ts * map.tc;

    /* a sum of 2^n products of -128 would leave the psum by one */
    if (red >= 1 << (cfg->psum_bits - PRODUCT_BITS) || red > as_weight_room(cfg))
        return;
    int jobs_k = map.jk > 0 ? as_min(map.jk, map.tk) : map.tk;
    map.jk = search->f->pool > 0 ? map.tk : as_min(jobs_k, as_weight_room(cfg) / (int)red);
    map.jk = as_ceil_div(map.tk, as_ceil_div(map.tk, map.jk));
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

/* All numbers of k tiles of a pixel tile and its chunk. */
static void search_k(struct search *search, struct as_psum_map map)
{
    const struct as_config *cfg = search->cfg;
    int fixed = cfg->tile[AS_DIM_K] > 0 ? as_ceil_div(cfg->tile[AS_DIM_K], map.unit_k) : 0;
    int most = as_min(map.k_tiles, as_count_max(cfg));

    map.tk = 1;
    if (map.rows_k)
        most = as_min(most, cfg->rows);
    struct as_psum_split split = as_psum_split_of(cfg, &map, map.th, map.tw);
    int64_t sums = (int64_t)cfg->rows * split.tp * split.tq;
    if (sums > cfg->acc_words)
        return;
    if (fixed > 0 && cfg->order_count > 0 && as_order_inside(cfg->order, AS_DIM_K)) {
        map.jk = fixed; /* behind C: the jobs of a tile of them all */
        fixed = 0;
    }
    for (map.tk = fixed > 0 ? as_min(fixed, most) : most; map.tk > 0;
         map.tk = fixed > 0 ? 0 : as_next_size(map.k_tiles, map.tk)) {
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
    int fixed = cfg->tile[AS_DIM_C] > 0
                    ? as_min(as_ceil_div(cfg->tile[AS_DIM_C], bytes) * bytes, map.unit_c)
                    : 0;

    for (int c = fixed > 0 ? fixed : map.unit_c; c > 0;
         c = fixed > 0 ? 0 : as_next_size(map.unit_c, c)) {
        map.tc = as_min(as_ceil_div(c, bytes) * bytes, map.unit_c);
        if (map.tc <= as_count_max(cfg))
            search_k(search, map);
    }
}

/* All cuts of the kernel: into some of its rows, or of the taps of one. */
static void search_chunks(struct search *search, struct as_psum_map map)
{
    const struct as_conv_shape *w = &search->f->w;
    int most = as_count_max(search->cfg);

    map.ts = w->kernel_w;
    for (map.tr = w->kernel_h; map.tr > 0; map.tr = as_next_size(w->kernel_h, map.tr))
        if (map.tr <= most && map.ts <= most)
            search_channels(search, map);
    map.tr = 1;
    for (map.ts = as_next_size(w->kernel_w, w->kernel_w); map.ts > 0;
         map.ts = as_next_size(w->kernel_w, map.ts))
        if (map.ts <= most)
            search_channels(search, map);
}

void as_psum_choose(const struct as_config *cfg, const struct as_filter *f, int thrift,
                    struct as_psum_best *best)
{
    const struct as_conv_shape *w = &f->w;
    struct search search = {.cfg = cfg, .f = f, .thrift = thrift, .best = best};
    struct as_psum_map map = {0};
    int most = as_count_max(cfg);

    best->count = 0;
    set_units(cfg, f, &map);
    for (map.th = as_min(cfg->tile[AS_DIM_P] > 0 ? cfg->tile[AS_DIM_P] : w->out_h,
                         as_min(w->out_h, most));
         map.th > 0; map.th = cfg->tile[AS_DIM_P] > 0 ? 0 : next_edge(cfg, w->out_h, map.th))
        for (map.tw = as_min(cfg->tile[AS_DIM_Q] > 0 ? cfg->tile[AS_DIM_Q] : w->out_w,
                             as_min(w->out_w, most));
             map.tw > 0; map.tw = cfg->tile[AS_DIM_Q] > 0 ? 0 : next_edge(cfg, w->out_w, map.tw))
            for (int rows_k = 0; rows_k < (f->pool > 0 ? 2 : 1); rows_k++) {
                map.rows_k = rows_k != 0;
                if ((int64_t)map.th * map.tw <= cfg->acc_words)
                    search_chunks(&search, map);
            }
}
