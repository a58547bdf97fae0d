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
    int most = as_count_max(hw),
        units = map->tile[AS_LOOP_R] * map->tile[AS_LOOP_S] * map->tile[AS_LOOP_C];
    int tiles = as_ifmap_tiles(hw, units);
    int64_t words = (int64_t)map->tile[AS_LOOP_Q] * as_ifmap_words(hw, units);

    return words <= hw->wbuf_words && (int64_t)map->tile[AS_LOOP_K] * tiles <= hw->ibuf_words &&
           (int64_t)map->tile[AS_LOOP_Q] * map->tile[AS_LOOP_K] <= hw->acc_words && tiles <= most &&
           map->tile[AS_LOOP_K] <= most && map->tile[AS_LOOP_Q] <= most &&
           map->tile[AS_LOOP_R] <= most && map->tile[AS_LOOP_S] <= most &&
           map->tile[AS_LOOP_C] <= most &&
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

bool as_ifmap_estimate(const struct as_search *search, const struct as_mapping *map,
                       struct as_cost *cost)
{
    const struct as_hw *hw = search->hw;
    const struct as_conv_shape *w = search->shape;
    int lanes = as_ifmap_full(hw, map) ? hw->cols : map->group.width * map->group.height;

    memset(cost, 0, sizeof *cost);
    if (!fits(hw, map) || !keeps_sums(map))
        return false;
    struct reduction red = reduction_of(hw, w, map);
    int pace = as_max(as_max(map->tile[AS_LOOP_K], hw->wide ? 1 : hw->rows), 2);
    int last_pace = as_max(map->set_k - (as_tiles(map, AS_LOOP_K) - 1) * map->tile[AS_LOOP_K],
                           as_max(hw->wide ? 1 : hw->rows, 2));
    int64_t groups = (int64_t)map->whole[AS_LOOP_P] * map->whole[AS_LOOP_Q];
    int64_t pixel_tiles = (int64_t)map->whole[AS_LOOP_P] * as_tiles(map, AS_LOOP_Q);
    int64_t nk = as_tiles(map, AS_LOOP_K);
    int64_t jobs = map->sets * pixel_tiles * nk * red.chunks;
    enum as_dim order[3];
    as_order_without_c(map->order, order);
    bool k_outside = order[2] != AS_DIM_K;
    int64_t pixel_passes =
        k_outside ? (pixel_tiles * red.chunks <= 2 ? 1 : nk) : (red.chunks <= 2 ? 1 : nk);
    int64_t weight_passes =
        k_outside ? (red.chunks <= 2 ? 1 : pixel_tiles) : (nk * red.chunks <= 2 ? 1 : pixel_tiles);
    int64_t pixel_loads = map->sets * groups * red.parts * pixel_passes;
    int64_t pixel_beats = map->sets * groups * red.units * as_ifmap_unit(hw) * lanes * pixel_passes;
    int64_t weight_loads = map->sets * nk * red.chunks * weight_passes;
    int64_t weight_bytes = map->sets * red.tiles * hw->rows * map->set_k;
    int64_t weight_beats =
        weight_bytes / (hw->ibuf_word_mode ? hw->mem_width_bytes : 1) * weight_passes;
    int64_t pixels = (int64_t)search->nest->rows.size * search->nest->cols.size,
            outputs = pixels * w->out_k;
    int64_t channel_runs = pixel_tiles * w->out_k, record = hw->param_beats;
    int64_t descriptors =
        4 * (pixel_loads * AS_LOAD_WORDS + weight_loads * AS_LOAD_LINEAR_WORDS +
             jobs * AS_COMPUTE_WORDS + map->sets * pixel_tiles * nk * AS_STORE_WORDS);
    uint64_t images = (uint64_t)search->nest->weights.images;

    cost->compute =
        images * (uint64_t)(map->sets * groups * red.tiles * ((nk - 1) * pace + last_pace) +
                            jobs * as_cost_job(hw));
    cost->memory = images * (uint64_t)((pixel_beats + weight_beats + outputs +
                                        channel_runs * record + descriptors / hw->mem_width_bytes) *
                                           hw->mem_interval +
                                       pixel_loads * as_cost_load(hw, false) +
                                       weight_loads * as_cost_load(hw, true));
    cost->requant = images * (uint64_t)as_cost_store(hw, outputs, channel_runs, 1);
    int64_t tile_loads = map->tile[AS_LOOP_Q] * red.parts / red.chunks;
    cost->fill = (uint64_t)(pixel_beats / pixel_loads * tile_loads * hw->mem_interval +
                            tile_loads * as_cost_load(hw, false));
    cost->tail =
        (uint64_t)(as_cost_store(hw, (int64_t)map->tile[AS_LOOP_Q] * lanes * map->tile[AS_LOOP_K],
                                 map->tile[AS_LOOP_K], 1) +
                   hw->rows + hw->cols);
    cost->first_tile =
        (uint64_t)(map->tile[AS_LOOP_Q] * red.tiles * pace + red.chunks * as_cost_job(hw));
    /* bytes that no loop saves: of one tile of every k tile */
    cost->descriptors =
        (uint64_t)(4 * (nk * map->sets * AS_STORE_WORDS + red.chunks * AS_COMPUTE_WORDS +
                        tile_loads * AS_LOAD_WORDS));
    cost->constants = (uint64_t)(weight_bytes + w->out_k * record * hw->mem_width_bytes);
    as_cost_sum(cost);
    return true;
}
