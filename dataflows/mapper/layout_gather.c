/* ibuf [pixel][words of taps x channels]: im2col, for layers whose channels do not fill the array
 * rows. */
#include "dataflows/mapper/layout.h"
#include "gen/program/descriptor.h"

static bool works(const struct as_hw *hw, const struct as_layer_wish *wish,
                  const struct as_conv_shape *shape)
{
    int tile_c = wish->tile[AS_DIM_C];

    return shape->multiplier == 0 && shape->in_c % hw->rows != 0 &&
           (tile_c == 0 || tile_c >= shape->in_c);
}

static void set_units(const struct as_hw *hw, const struct as_conv_shape *shape,
                      struct as_mapping *map)
{
    map->unit_k = hw->cols;
    map->unit_c = hw->rows;
    map->whole[AS_LOOP_K] = as_ceil_div(shape->out_k, hw->cols);
}

static int64_t ifmap_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                           const struct as_mapping *map)
{
    const int *tile = map->tile;

    if (shape->in_c > as_count_max(hw) ||
        !as_coordinates_reach(hw, map->job[AS_LOOP_P], shape->stride_h, tile[AS_LOOP_R],
                              shape->dilation_h) ||
        !as_coordinates_reach(hw, map->job[AS_LOOP_Q], shape->stride_w, tile[AS_LOOP_S],
                              shape->dilation_w))
        return 0;
    return (int64_t)map->job[AS_LOOP_P] * map->job[AS_LOOP_Q] *
           as_chunk_words(hw, shape, map, tile[AS_LOOP_R], tile[AS_LOOP_S], tile[AS_LOOP_C]);
}

static int64_t pass_beats(const struct as_hw *hw, const struct as_conv_shape *shape,
                          const struct as_mapping *map, int64_t pixels)
{
    (void)hw;
    (void)map;
    (void)pixels;
    return (int64_t)shape->out_h * shape->out_w * shape->kernel_h * shape->kernel_w * shape->in_c;
}

static int8_t weight(const struct as_nest *nest, const struct as_chunk *chunk, int tile, int k,
                     int r, int s, int word, int lane)
{
    int flat = word * nest->hw->rows + lane, tap = flat / nest->shape.in_c;

    (void)tile;
    (void)r;
    (void)s;
    if (tap >= chunk->r.size * chunk->s.size)
        return 0;
    return as_set_weight(nest, k, chunk->r.start + tap / chunk->s.size,
                         chunk->s.start + tap % chunk->s.size, flat % nest->shape.in_c);
}

static struct as_load_desc load(const struct as_nest *nest, const struct as_tile_part *part,
                                const struct as_chunk *chunk, int64_t *offset)
{
    const struct as_conv_shape *w = &nest->shape;
    int32_t pixel = w->image_c, row = w->in_w * pixel, last = w->in_c - 1;
    int32_t s_span = (chunk->s.size - 1) * w->dilation_w * pixel;
    int32_t r_span = (chunk->r.size - 1) * w->dilation_h * row;
    int32_t q_span = (part->part_q.size - 1) * w->stride_w * pixel;
    int y0 = as_nest_y(nest, part->part_p.start) + chunk->r.start * w->dilation_h;
    int x0 = as_nest_x(nest, part->part_q.start) + chunk->s.start * w->dilation_w;

    *offset = ((int64_t)y0 * w->in_w + x0) * pixel + as_set_channel(nest);
    return (struct as_load_desc){
        .bytes = true,
        .align = 2,
        .pad = as_nest_pad(nest),
        .nc = w->in_c - 1,
        .ns = chunk->s.size - 1,
        .nr = chunk->r.size - 1,
        .nq = part->part_q.size - 1,
        .np = part->part_p.size - 1,
        .ds = w->dilation_w * pixel - last,
        .dr = w->dilation_h * row - s_span - last,
        .dq = w->stride_w * pixel - r_span - s_span - last,
        .dp = w->stride_h * row - q_span - r_span - s_span - last,
        .y0 = y0,
        .x0 = x0,
        .height = w->in_h,
        .width = w->in_w,
        .dy_r = w->dilation_h,
        .dy_p = w->stride_h,
        .dx_s = w->dilation_w,
        .dx_q = w->stride_w,
    };
}

static struct as_ibuf_strides strides(const struct as_nest *nest, const struct as_tile_part *part,
                                      const struct as_chunk *chunk)
{
    int words = as_chunk_words(nest->hw, &nest->shape, &nest->map, chunk->r.size, chunk->s.size, 1);

    return (struct as_ibuf_strides){.q = words, .p = part->part_q.size * words};
}

const struct as_layout as_layout_gather = {
    .lanes = AS_LANES_ALL,
    .folds = true,
    .works = works,
    .set_units = set_units,
    AS_PLAIN_FUNCTIONS,
    .ifmap_words = ifmap_words,
    .pass_beats = pass_beats,
    .weight = weight,
    .load = load,
    .strides = strides,
};
