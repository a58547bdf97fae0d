/* ibuf [y][x][channel words]: an array row holds an input channel of one tap. */
#include "dataflows/mapper/layout.h"

static bool works(const struct as_hw *hw, const struct as_layer_wish *wish,
                  const struct as_conv_shape *shape)
{
    (void)hw;
    (void)wish;
    return shape->multiplier == 0;
}

static void set_units(const struct as_hw *hw, const struct as_conv_shape *shape,
                      struct as_mapping *map)
{
    map->unit_k = hw->cols;
    map->unit_c = hw->rows;
    map->whole[AS_LOOP_K] = as_ceil_div(shape->out_k, hw->cols);
    map->whole[AS_LOOP_C] = as_ceil_div(shape->in_c, hw->rows);
}

static int64_t ifmap_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                           const struct as_mapping *map)
{
    return as_box_words(hw, shape, map, as_box_run(hw, shape, map, map->tile[AS_LOOP_C]));
}

static int64_t pass_beats(const struct as_hw *hw, const struct as_conv_shape *shape,
                          const struct as_mapping *map, int64_t pixels)
{
    return as_box_beats(hw, shape, map, pixels, shape->in_c);
}

static int8_t weight(const struct as_nest *nest, const struct as_chunk *chunk, int tile, int k,
                     int r, int s, int word, int lane)
{
    (void)tile;
    return as_set_weight(nest, k, chunk->r.start + r, chunk->s.start + s,
                         (chunk->c.start + word) * nest->hw->rows + lane);
}

static struct as_load_desc load(const struct as_nest *nest, const struct as_tile_part *part,
                                const struct as_chunk *chunk, int64_t *offset)
{
    struct as_box box = as_box_of(nest, part, chunk);

    box.c0 = chunk->c.start * nest->map.unit_c;
    box.channels = chunk->c.size * nest->map.unit_c;
    return as_box_load_set(nest, box, offset);
}

static struct as_ibuf_strides strides(const struct as_nest *nest, const struct as_tile_part *part,
                                      const struct as_chunk *chunk)
{
    return as_box_strides(nest, part, chunk, chunk->c.size, 0);
}

const struct as_layout as_layout_direct = {
    .lanes = AS_LANES_ALL,
    .works = works,
    .set_units = set_units,
    AS_PLAIN_FUNCTIONS,
    .ifmap_words = ifmap_words,
    .pass_beats = pass_beats,
    .weight = weight,
    .load = load,
    .strides = strides,
};
