/* What a mapping is expected to cost where the ifmap stays. */
#include <string.h>

#include "dataflows/mapper/ifmap_mapping.h"
#include "dataflows/mapper/order.h"
#include "gen/program/descriptor.h"

int as_ifmap_unit(const struct as_hw *hw)
{
    return hw->wide ? hw->rows : 1;
}

bool as_ifmap_full(const struct as_hw *hw, const struct as_mapping *map)
{
    return map->group.height == 1 && map->group.width == hw->cols;
}

int as_ifmap_parts(const struct as_hw *hw, const struct as_mapping *map, int tr, int ts)
{
    return as_ifmap_full(hw, map) ? 1 : as_min(tr, ts);
}

int as_ifmap_tiles(const struct as_hw *hw, int units)
{
    return hw->wide ? units : as_ceil_div(units, hw->rows);
}

int as_ifmap_words(const struct as_hw *hw, int units)
{
    return as_ifmap_tiles(hw, units) * (hw->wide ? 1 : hw->rows);
}

/* ---- cost ---- */

/* Sums over the chunks of the reduction of a set. */
struct reduction {
    int64_t chunks, tiles, units, parts;
};

static struct reduction reduction_of(const struct as_hw *hw, const struct as_conv_shape *w,
                                     const struct as_mapping *map)
{
    struct reduction sum = {0};

    for (int r = 0; r < w->kernel_h; r += map->tile[AS_LOOP_R])
        for (int s = 0; s < w->kernel_w; s += map->tile[AS_LOOP_S])
            for (int c = 0; c < map->whole[AS_LOOP_C]; c += map->tile[AS_LOOP_C]) {
                int tr = as_min(map->tile[AS_LOOP_R], w->kernel_h - r),
                    ts = as_min(map->tile[AS_LOOP_S], w->kernel_w - s);
                int units = tr * ts * as_min(map->tile[AS_LOOP_C], map->whole[AS_LOOP_C] - c);
                sum.chunks++;
                sum.units += units;
                sum.tiles += as_ifmap_tiles(hw, units);
                sum.parts += as_ifmap_parts(hw, map, tr, ts);
            }
    return sum;
}

static bool fits(const struct as_hw *hw, const struct as_mapping *map)
{
    int count_max = as_count_max(hw),
        units = map->tile[AS_LOOP_R] * map->tile[AS_LOOP_S] * map->tile[AS_LOOP_C];
    int tiles = as_ifmap_tiles(hw, units);
    int64_t words = (int64_t)map->tile[AS_LOOP_Q] * as_ifmap_words(hw, units);

    return words <= hw->wbuf_words && (int64_t)map->tile[AS_LOOP_K] * tiles <= hw->ibuf_words &&
           (int64_t)map->tile[AS_LOOP_Q] * map->tile[AS_LOOP_K] <= hw->acc_words &&
           tiles <= count_max && map->tile[AS_LOOP_K] <= count_max &&
           map->tile[AS_LOOP_Q] <= count_max && map->tile[AS_LOOP_R] <= count_max &&
           map->tile[AS_LOOP_S] <= count_max && map->tile[AS_LOOP_C] <= count_max &&
           (int64_t)map->tile[AS_LOOP_Q] * map->group.width * map->group.height <= hw->acc_words;
}

/* The sums of all that is behind C stay in the accumulators: it is one tile, or there is one chunk.
 */
static bool keeps_sums(const struct as_mapping *map)
{
    bool lines = as_order_inside(map->order, AS_DIM_P),
         tiles = as_order_inside(map->order, AS_DIM_Q);

    if (as_chunks(map) == 1)
        return true;
    if (map->group.joined) /* the tiles of the only line are cut along both */
        lines = tiles = lines || tiles;
    return !(lines && map->whole[AS_LOOP_P] > 1) &&
           !(tiles && map->tile[AS_LOOP_Q] < map->whole[AS_LOOP_Q]) &&
           !(as_order_inside(map->order, AS_DIM_K) && map->tile[AS_LOOP_K] < map->set_k);
}

/* Passes over all pixels, and over all weights, with the two halves of each buffer kept by least
 * recent use. */
struct passes {
    int64_t pixels, weights;
};

static struct passes passes_of(const struct as_mapping *map, int64_t pixel_tiles, int64_t chunks)
{
    int64_t nk = as_tiles(map, AS_LOOP_K);
    enum as_dim order[3];

    as_order_without_c(map->order, order);
    if (order[2] != AS_DIM_K) /* the pixels go round for every k tile */
        return (struct passes){.pixels = pixel_tiles * chunks <= 2 ? 1 : nk,
                               .weights = chunks <= 2 ? 1 : pixel_tiles};
    return (struct passes){.pixels = chunks <= 2 ? 1 : nk,
                           .weights = nk * chunks <= 2 ? 1 : pixel_tiles};
}

bool as_ifmap_estimate(const struct as_search *search, const struct as_mapping *map,
                       struct as_cost *cost)
{
    const struct as_hw *hw = search->hw;
    const struct as_conv_shape *w = search->shape;
    int tk = map->tile[AS_LOOP_K], tg = map->tile[AS_LOOP_Q];

    memset(cost, 0, sizeof *cost);
    if (!fits(hw, map) || !keeps_sums(map))
        return false;
    struct reduction red = reduction_of(hw, w, map);
    int lanes = as_ifmap_full(hw, map) ? hw->cols : map->group.width * map->group.height;
    int min_beats = as_max(as_tile_words(hw), 2); /* beats of a tile of the array */
    int64_t nk = as_tiles(map, AS_LOOP_K);
    int last_tk = map->set_k - (int)(nk - 1) * tk;
    int64_t groups = (int64_t)map->whole[AS_LOOP_P] * map->whole[AS_LOOP_Q];
    int64_t pixel_tiles = (int64_t)map->whole[AS_LOOP_P] * as_tiles(map, AS_LOOP_Q);
    struct passes passes = passes_of(map, pixel_tiles, red.chunks);
    int64_t pixel_loads = map->sets * groups * red.parts * passes.pixels;
    int64_t pixel_beats =
        map->sets * groups * red.units * as_ifmap_unit(hw) * lanes * passes.pixels;
    int64_t weight_bytes = map->sets * red.tiles * hw->rows * map->set_k;
    int beat = hw->ibuf_word_mode ? hw->mem_width_bytes : 1;
    const struct as_traffic traffic = {
        .array_cycles = map->sets * groups * red.tiles *
                        ((nk - 1) * as_max(tk, min_beats) + as_max(last_tk, min_beats)),
        .jobs = map->sets * pixel_tiles * nk * red.chunks,
        .box_loads = pixel_loads,
        .linear_loads = map->sets * nk * red.chunks * passes.weights,
        .load_beats = pixel_beats + weight_bytes / beat * passes.weights,
        .stores = map->sets * pixel_tiles * nk,
        .outputs = (int64_t)search->nest->rows.size * search->nest->cols.size * w->out_k,
        .channel_runs = pixel_tiles * w->out_k,
        .store_lanes = 1,
    };
    int64_t tile_loads = tg * red.parts / red.chunks;

    as_cost_of_traffic(hw, &traffic, search->nest->weights.images, cost);
    cost->fill = (uint64_t)(pixel_beats / pixel_loads * tile_loads * hw->mem_interval +
                            tile_loads * as_cost_load(hw, false));
    cost->tail =
        (uint64_t)(as_cost_store(hw, (int64_t)tg * lanes * tk, tk, 1) + hw->rows + hw->cols);
    cost->first_tile =
        (uint64_t)(tg * red.tiles * as_max(tk, min_beats) + red.chunks * as_cost_job(hw));
    /* bytes that no loop saves: of one tile of every k tile */
    cost->descriptors =
        (uint64_t)(4 * (nk * map->sets * AS_STORE_WORDS + red.chunks * AS_COMPUTE_WORDS +
                        tile_loads * AS_LOAD_WORDS));
    cost->constants = (uint64_t)(weight_bytes + w->out_k * (int64_t)as_param_bytes(hw));
    as_cost_sum(cost);
    return true;
}
