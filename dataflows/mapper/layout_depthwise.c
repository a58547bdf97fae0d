/* ibuf [y][x][k tile], DEPTHWISE: the diagonal of the array works, an input channel a row and its
 * output channels in the columns. */
#include "dataflows/mapper/layout.h"

static bool works(const struct as_hw *hw, const struct as_layer_wish *wish,
                  const struct as_conv_shape *shape)
{
    (void)hw;
    (void)wish;
    return shape->multiplier > 0;
}

static void set_units(const struct as_hw *hw, const struct as_conv_shape *shape,
                      struct as_mapping *map)
{
    if (shape->multiplier <= hw->cols) {
        map->unit_c = as_min(as_min(hw->rows, hw->cols / shape->multiplier), shape->in_c);
        map->unit_k = map->unit_c * shape->multiplier;
        map->whole[AS_LOOP_K] = as_ceil_div(shape->in_c, map->unit_c);
        return;
    }
    map->unit_c = 1;
    map->unit_k = hw->cols;
    while (shape->multiplier % map->unit_k != 0)
        map->unit_k--;
    map->repeat = shape->multiplier / map->unit_k;
    map->whole[AS_LOOP_K] = shape->in_c * map->repeat;
}

static bool moves_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                        const struct as_mapping *map)
{
    return as_moves_words(hw, hw->load_lanes, shape->image_c, map->unit_c);
}

static int64_t ifmap_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                           const struct as_mapping *map)
{
    int tiles = map->tile[AS_LOOP_K];
    int run = moves_words(hw, shape, map) ? as_box_run(hw, shape, map, tiles)
                                          : as_max(map->unit_c, tiles);

    return as_box_words(hw, shape, map, run);
}

static int64_t pass_beats(const struct as_hw *hw, const struct as_conv_shape *shape,
                          const struct as_mapping *map, int64_t pixels)
{
    return as_box_beats(hw, shape, map, pixels, map->whole[AS_LOOP_K] * map->unit_c);
}

static int8_t weight(const struct as_nest *nest, const struct as_chunk *chunk, int tile, int k,
                     int r, int s, int word, int lane)
{
    const struct as_mapping *map = &nest->map;
    int channel = tile / map->repeat * map->unit_c + lane;

    (void)word;
    if (lane >= map->unit_c)
        return 0;
    return as_set_weight(nest, k, chunk->r.start + r, chunk->s.start + s, channel);
}

static struct as_load_desc load(const struct as_nest *nest, const struct as_tile_part *part,
                                const struct as_chunk *chunk, int64_t *offset)
{
    const struct as_mapping *map = &nest->map;
    struct as_box box = as_box_of(nest, part, chunk);

    box.c0 = part->k.start / map->repeat * map->unit_c;
    box.channels = part->k.size * map->unit_c;
    if (!moves_words(nest->hw, &nest->shape, map) || map->repeat > 1) {
        box.unit = map->unit_c;
        box.repeat = as_min(part->k.size, map->repeat);
        box.groups = part->k.size / box.repeat;
    }
    return as_box_load_set(nest, box, offset);
}

static struct as_ibuf_strides strides(const struct as_nest *nest, const struct as_tile_part *part,
                                      const struct as_chunk *chunk)
{
    return as_box_strides(nest, part, chunk, part->k.size, 1);
}

const struct as_layout as_layout_depthwise = {
    .lanes = AS_LANES_ALL,
    .by_k = true,
    .works = works,
    .set_units = set_units,
    AS_PLAIN_FUNCTIONS,
    .ifmap_words = ifmap_words,
    .pass_beats = pass_beats,
    .weight = weight,
    .load = load,
    .strides = strides,
};
