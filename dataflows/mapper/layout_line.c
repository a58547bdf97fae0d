/* ibuf [y][x][words]: the line buffer makes the taps of pixels that pass it one column a beat.  An
 * array row holds one tap and one of unroll.C channels; DEPTHWISE gives each column its own
 * channel. */
#include "dataflows/mapper/layout.h"

/* The line buffer moves by one column a beat; with kernel rows in space, by one row a row. */
static bool line_works(const struct as_hw *hw, const struct as_conv_shape *shape)
{
    return hw->line && shape->kernel_h * shape->kernel_w > 1 && shape->stride_w == 1 &&
           shape->dilation_w == 1 &&
           (hw->unroll[AS_LOOP_R] == 1 || (shape->stride_h == 1 && shape->dilation_h == 1));
}

static bool works(const struct as_hw *hw, const struct as_layer_wish *wish,
                  const struct as_conv_shape *shape)
{
    (void)wish;
    return shape->multiplier == 0 && line_works(hw, shape);
}

static bool works_depthwise(const struct as_hw *hw, const struct as_layer_wish *wish,
                            const struct as_conv_shape *shape)
{
    (void)wish;
    return shape->multiplier == 1 && line_works(hw, shape);
}

static void set_steps(const struct as_hw *hw, const struct as_conv_shape *shape,
                      struct as_mapping *map)
{
    map->step_r = as_equal_size(shape->kernel_h, hw->unroll[AS_LOOP_R]);
    map->step_s = as_equal_size(shape->kernel_w, hw->unroll[AS_LOOP_S]);
}

static void set_units(const struct as_hw *hw, const struct as_conv_shape *shape,
                      struct as_mapping *map)
{
    map->unit_k = hw->cols;
    map->unit_c = hw->unroll[AS_LOOP_C];
    map->whole[AS_LOOP_K] = as_ceil_div(shape->out_k, map->unit_k);
    map->whole[AS_LOOP_C] = as_ceil_div(shape->in_c, map->unit_c);
    set_steps(hw, shape, map);
}

static void set_units_depthwise(const struct as_hw *hw, const struct as_conv_shape *shape,
                                struct as_mapping *map)
{
    map->unit_k = map->unit_c = hw->cols;
    map->whole[AS_LOOP_K] = as_ceil_div(shape->in_c, hw->cols);
    set_steps(hw, shape, map);
}

/* The whole kernel, or one step of its rows. */
static int cuts(const struct as_conv_shape *shape, const struct as_mapping *map, int taps[3][2])
{
    taps[0][0] = shape->kernel_h;
    taps[0][1] = taps[1][1] = shape->kernel_w;
    taps[1][0] = map->step_r;
    return 2;
}

static int beat_rows(const struct as_hw *hw, const struct as_mapping *map, int tile)
{
    (void)map;
    return tile + hw->unroll[AS_LOOP_R] - 1;
}

static int beat_columns(const struct as_mapping *map, int tile)
{
    return as_max(tile + map->step_s - 1, 2);
}

static int rows(const struct as_hw *hw, const struct as_conv_shape *shape,
                const struct as_mapping *map, int tile, int taps)
{
    if (hw->unroll[AS_LOOP_R] == 1)
        return as_plain_rows(hw, shape, map, tile, taps);
    return beat_rows(hw, map, tile) + (as_ceil_div(taps, map->step_r) - 1) * map->step_r;
}

static int columns(const struct as_conv_shape *shape, const struct as_mapping *map, int tile,
                   int taps)
{
    (void)shape;
    return beat_columns(map, tile) + (as_ceil_div(taps, map->step_s) - 1) * map->step_s;
}

static int64_t ifmap_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                           const struct as_mapping *map)
{
    int words = map->tile[map->layout->by_k ? AS_LOOP_K : AS_LOOP_C];

    return as_box_words(hw, shape, map, as_box_run(hw, shape, map, words));
}

static int64_t pass_beats(const struct as_hw *hw, const struct as_conv_shape *shape,
                          const struct as_mapping *map, int64_t pixels)
{
    return as_box_beats(hw, shape, map, pixels, shape->in_c);
}

/* The tap and the channel of an array row in the weight tile at (r, s) of a chunk; false when the
 * kernel has no such tap. */
static bool tap_of(const struct as_nest *nest, const struct as_chunk *chunk, int r, int s, int lane,
                   int *row, int *column, int *channel)
{
    const int *unroll = nest->hw->unroll;
    int place = lane / unroll[AS_LOOP_C];
    int tap_r = place / unroll[AS_LOOP_S], tap_s = place % unroll[AS_LOOP_S];

    *row = r * nest->map.step_r + tap_r;
    *column = s * nest->map.step_s + tap_s;
    *channel = lane % unroll[AS_LOOP_C];
    if (tap_r >= nest->map.step_r || tap_s >= nest->map.step_s || *row >= chunk->r.size ||
        *column >= chunk->s.size)
        return false;
    *row += chunk->r.start;
    *column += chunk->s.start;
    return true;
}

static int8_t weight(const struct as_nest *nest, const struct as_chunk *chunk, int tile, int k,
                     int r, int s, int word, int lane)
{
    int row, column, channel;

    (void)tile;
    if (!tap_of(nest, chunk, r, s, lane, &row, &column, &channel))
        return 0;
    return as_set_weight(nest, k, row, column,
                         (chunk->c.start + word) * nest->map.unit_c + channel);
}

static int8_t weight_depthwise(const struct as_nest *nest, const struct as_chunk *chunk, int tile,
                               int k, int r, int s, int word, int lane)
{
    int row, column, channel;

    (void)tile;
    (void)word;
    if (!tap_of(nest, chunk, r, s, lane, &row, &column, &channel) || channel != 0)
        return 0;
    return as_set_weight(nest, k, row, column, k);
}

static struct as_load_desc load(const struct as_nest *nest, const struct as_tile_part *part,
                                const struct as_chunk *chunk, int64_t *offset)
{
    struct as_box box = as_box_of(nest, part, chunk);
    struct as_span words = nest->map.layout->by_k ? part->k : chunk->c;

    box.c0 = words.start * nest->map.unit_c;
    box.channels = words.size * nest->map.unit_c;
    return as_box_load_set(nest, box, offset);
}

static struct as_ibuf_strides strides(const struct as_nest *nest, const struct as_tile_part *part,
                                      const struct as_chunk *chunk)
{
    bool by_k = nest->map.layout->by_k;

    return as_box_strides(nest, part, chunk, by_k ? part->k.size : chunk->c.size, by_k);
}

#define LINE_FUNCTIONS                                                                             \
    .line = true, .cuts = cuts, .beat_rows = beat_rows, .beat_columns = beat_columns,              \
    .rows = rows, .columns = columns, .ifmap_words = ifmap_words, .pass_beats = pass_beats,        \
    .load = load, .strides = strides

const struct as_layout as_layout_line = {
    LINE_FUNCTIONS, .lanes = AS_LANES_TAP, .works = works, .set_units = set_units, .weight = weight,
};

const struct as_layout as_layout_line_depthwise = {
    LINE_FUNCTIONS,           .lanes = AS_LANES_COLUMNS,        .by_k = true,
    .works = works_depthwise, .set_units = set_units_depthwise, .weight = weight_depthwise,
};
