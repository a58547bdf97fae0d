/* What a mapping is expected to cost where psums stay. */
#include <string.h>

#include "dataflows/mapper/order.h"
#include "dataflows/mapper/psum_mapping.h"
#include "gen/program/descriptor.h"

#define LOOP_BODY 64 /* descriptors of a loop, at most */

/* Tile loops inside K: the weights of a k group meet so many tiles in a row. */
static bool pixels_inside_k(const struct as_mapping *map)
{
    enum as_dim order[3];

    as_order_without_c(map->order, order);
    return order[2] != AS_DIM_K;
}

/* What all tiles of a layer have in common. */
struct terms {
    int64_t chunks, elements; /* of the reduction */
    int64_t beats;            /* cycles of a pixel of a PE */
    int64_t nk;               /* k groups */
    int64_t k_jobs;           /* jobs of a chunk of a tile, along K */
    bool pixels_again;        /* a pixel tile is loaded again for every k group */
    bool weights_stay;        /* the weights of a k group stay while they are needed */
};

static struct terms terms_of(const struct as_hw *hw, const struct as_weights *weights,
                             const struct as_mapping *map)
{
    const struct as_conv_shape *w = &weights->shape;
    struct terms t = {
        .chunks = as_chunks(map),
        .elements = (int64_t)w->kernel_h * w->kernel_w * map->unit_c,
        .nk = as_tiles(map, AS_LOOP_K),
        .k_jobs = as_ceil_div(map->tile[AS_LOOP_K], map->job[AS_LOOP_K]),
    };
    t.beats = t.chunks * as_max(hw->rows, (int)((t.elements + t.chunks - 1) / t.chunks));
    t.pixels_again = map->grouped || t.chunks > 2 || pixels_inside_k(map);
    t.weights_stay =
        weights->pool > 0 || t.chunks * t.k_jobs * (pixels_inside_k(map) ? 1 : t.nk) <= 2;
    return t;
}

/*- Tiles of one size.  A layer has up to four, because the last row and column are cut off:
 *
 *     full   full   | right
 *     full   full   | right
 *     --------------+-------
 *     below  below  | corner
 *
 * A *part* of a tile is what one store takes. */
struct same_size {
    int64_t tiles, parts;          /* parts of a tile */
    int64_t compute, load, store;  /* cycles of a part; loads by their mean */
    int64_t jobs;                  /* of a part */
    int64_t ifmaps, ifmap_cycles;  /* of a tile */
    int64_t weights, weight_words; /* of a part: loads and what they bring */
    int64_t after_others;          /* parts that follow one of another size */
};

static struct same_size same_size_of(const struct as_hw *hw, const struct as_weights *weights,
                                     const struct as_mapping *map, const struct terms *t, int h,
                                     int tile_w, int64_t tiles)
{
    const struct as_conv_shape *w = &weights->shape;
    struct same_size of = {.tiles = tiles};

    if (tiles == 0)
        return of;
    if (as_psum_by_rows(hw, w, map, h, tile_w)) {
        of.tiles *= h;
        h = 1;
    }
    struct as_psum_split split = as_psum_split_of(hw, map, h, tile_w);
    int64_t words = as_psum_block_words(hw, w, map, &split), beats = words;
    if (!as_psum_moves_words(hw, w, map))
        beats =
            words / as_ceil_div(map->tile[AS_LOOP_C], hw->mem_width_bytes) * map->tile[AS_LOOP_C];
    int64_t blocks = map->k_by_row ? map->tile[AS_LOOP_K] : split.np * split.nq;
    int64_t k = split.one_k ? 1 : map->tile[AS_LOOP_K],
            channels = as_min((int)k * map->unit_k, w->out_k);
    int64_t passes = split.one_k && t->chunks > 2 ? map->whole[AS_LOOP_K]
                     : t->pixels_again            ? t->nk
                                                  : 1;

    of.parts = split.one_k ? map->whole[AS_LOOP_K] : t->nk;
    of.jobs = t->chunks * (split.one_k ? 1 : t->k_jobs);
    of.compute =
        (map->k_by_row ? 1 : k) * split.tp * split.tq * t->beats + of.jobs * as_cost_job(hw);
    of.store = as_cost_store(hw, h * tile_w * channels, channels,
                             as_cost_lanes(hw, map->unit_k, w->out_k));
    of.ifmaps = t->chunks * blocks * passes;
    of.ifmap_cycles = of.ifmaps * (as_cost_load(hw, false) + beats * hw->mem_interval);
    if (!t->weights_stay) {
        of.weights = of.jobs;
        of.weight_words = k * t->elements;
    }
    of.load = of.ifmap_cycles / of.parts + of.weights * as_cost_load(hw, true) +
              of.weight_words * hw->wbuf_beats * hw->mem_interval;
    return of;
}

/* Bytes of descriptors when rows of full tiles repeat in a loop, as far as its body is short. */
static int64_t looped_bytes(const struct as_conv_shape *w, const struct as_mapping *map, int active,
                            int64_t chunks, bool one_k, int64_t k_jobs, bool pixels_again)
{
    int64_t np = as_tiles(map, AS_LOOP_P), nq = as_tiles(map, AS_LOOP_Q);
    int64_t nk = one_k ? map->whole[AS_LOOP_K] : as_tiles(map, AS_LOOP_K);
    int64_t ifmaps = nq * active * chunks * (pixels_again ? nk : 1);
    int64_t jobs = nq * nk * chunks * (one_k ? 1 : k_jobs);
    int64_t rows = w->out_h % map->tile[AS_LOOP_P] == 0 ? 1 : np < 2 ? np : 2;
    bool long_body = (pixels_inside_k(map) ? (ifmaps + jobs) / nk : ifmaps + jobs) > LOOP_BODY;

    return 4 * (long_body ? np : rows) *
           (ifmaps * AS_LOAD_WORDS + jobs * (AS_LOAD_LINEAR_WORDS + AS_COMPUTE_WORDS) +
            nq * nk * AS_STORE_WORDS);
}

/* Cycles of tiles of one size, when load, compute and store each work on another part: an edge
 * among full tiles waits for them. */
static int64_t slots_of(const struct same_size *size, const struct same_size *full)
{
    int64_t parts = size->tiles * size->parts;
    int64_t own = size->load > size->store ? size->load : size->store;
    int64_t others = full->load > full->store ? full->load : full->store;

    own = size->compute > own ? size->compute : own;
    others = size->compute > others ? size->compute : others;
    return parts * own + (others > own ? size->after_others * (others - own) : 0);
}

/* The sums of all that is behind C stay in the accumulators: it is one tile, or there is one chunk.
 */
static bool keeps_sums(const struct as_search *search, const struct as_mapping *map)
{
    const struct as_conv_shape *w = search->shape;
    bool all_k = as_order_inside(map->order, AS_DIM_K) && map->whole[AS_LOOP_K] > 1;
    int lh = (w->out_h - 1) % map->tile[AS_LOOP_P] + 1,
        lw = (w->out_w - 1) % map->tile[AS_LOOP_Q] + 1;

    if (as_chunks(map) == 1)
        return true;
    for (int i = 0; i < 4 && all_k && !map->k_by_row; i++) {
        int h = i & 1 ? lh : map->tile[AS_LOOP_P], tile_w = i & 2 ? lw : map->tile[AS_LOOP_Q];
        bool by_rows = as_psum_by_rows(search->hw, w, map, h, tile_w);
        if (as_psum_split_of(search->hw, map, by_rows ? 1 : h, tile_w).one_k)
            return false;
    }
    return !(all_k && map->tile[AS_LOOP_K] < map->whole[AS_LOOP_K]) &&
           !(as_order_inside(map->order, AS_DIM_P) && map->tile[AS_LOOP_P] < w->out_h) &&
           !(as_order_inside(map->order, AS_DIM_Q) && map->tile[AS_LOOP_Q] < w->out_w);
}

/* The sizes of the tiles of a layer, full ones first. */
static void find_sizes(const struct as_search *search, const struct as_mapping *map,
                       const struct terms *t, struct same_size sizes[4])
{
    const struct as_hw *hw = search->hw;
    const struct as_weights *weights = &search->nest->weights;
    const struct as_conv_shape *w = search->shape;
    int64_t nh = as_tiles(map, AS_LOOP_P), nw = as_tiles(map, AS_LOOP_Q);
    int th = map->tile[AS_LOOP_P], tw = map->tile[AS_LOOP_Q];
    int lh = w->out_h - (int)(nh - 1) * th, lw = w->out_w - (int)(nw - 1) * tw; /* of the last */
    int64_t full_h = nh - (lh < th), full_w = nw - (lw < tw);
    int64_t times = pixels_inside_k(map) ? t->nk : 1; /* all pixels are gone through */

    sizes[0] = same_size_of(hw, weights, map, t, th, tw, full_h * full_w);
    sizes[1] = same_size_of(hw, weights, map, t, th, lw, lw < tw ? full_h : 0);
    sizes[2] = same_size_of(hw, weights, map, t, lh, tw, lh < th ? full_w : 0);
    sizes[3] = same_size_of(hw, weights, map, t, lh, lw, lh < th && lw < tw);
    sizes[1].after_others = times * sizes[1].tiles;
    sizes[2].after_others = times * (sizes[2].tiles > 0);
    sizes[3].after_others = times * sizes[3].tiles;
}

bool as_psum_estimate(const struct as_search *search, const struct as_mapping *map,
                      struct as_cost *cost)
{
    const struct as_hw *hw = search->hw;
    const struct as_weights *weights = &search->nest->weights;
    const struct as_conv_shape *w = &weights->shape;
    struct as_psum_split full =
        as_psum_split_of(hw, map, map->tile[AS_LOOP_P], map->tile[AS_LOOP_Q]);

    memset(cost, 0, sizeof *cost);
    if (!as_psum_fits(hw, w, map, &full) || !keeps_sums(search, map))
        return false;
    struct terms t = terms_of(hw, weights, map);
    struct same_size sizes[4];
    find_sizes(search, map, &t, sizes);
    int64_t compute = 0, port = 0, stores = 0, jobs = 0, runs = 0;
    for (int i = 0; i < 4; i++) {
        const struct same_size *size = &sizes[i];
        int64_t parts = size->tiles * size->parts;
        compute += slots_of(size, &sizes[0]);
        port += parts * size->load;
        stores += parts;
        runs += size->tiles * w->out_k;
        jobs += parts * size->jobs;
    }
    int64_t weight_words = weights->pool > 0 ? t.elements : map->whole[AS_LOOP_K] * t.elements;
    int64_t record = hw->param_beats;
    int64_t outputs = (int64_t)w->out_h * w->out_w * w->out_k;
    int lanes = as_cost_lanes(hw, map->unit_k, w->out_k);
    if (t.weights_stay) {
        int64_t loads = weights->pool > 0 ? 1 : t.chunks * t.k_jobs * t.nk;
        port += loads * as_cost_load(hw, true) + weight_words * hw->wbuf_beats * hw->mem_interval;
    }
    port += (as_cost_store_accesses(hw, outputs, runs, lanes) +
             jobs * AS_COMPUTE_WORDS * 4 / hw->mem_width_bytes +
             stores * AS_STORE_WORDS * 4 / hw->mem_width_bytes) *
            hw->mem_interval;

    uint64_t images = (uint64_t)weights->images;
    const struct same_size *first = &sizes[0];
    int active = map->k_by_row ? map->tile[AS_LOOP_K] : full.np * full.nq;
    cost->compute = images * (uint64_t)compute;
    cost->memory = images * (uint64_t)port;
    cost->requant = images * (uint64_t)as_cost_store(hw, outputs, runs, lanes);
    cost->fill = (uint64_t)(first->ifmap_cycles / first->ifmaps * active);
    cost->tail = (uint64_t)(first->store + hw->rows + hw->cols);
    cost->first_tile = (uint64_t)first->compute;
    cost->descriptors =
        (uint64_t)looped_bytes(w, map, active, t.chunks, full.one_k, t.k_jobs, t.pixels_again);
    cost->constants =
        (uint64_t)((weight_words * hw->wbuf_beats + w->out_k * record) * hw->mem_width_bytes);
    as_cost_sum(cost);
    return true;
}
