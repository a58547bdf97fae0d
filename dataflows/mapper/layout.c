#include "dataflows/mapper/layout.h"

const struct as_layout *const as_layouts[AS_LAYOUTS] = {
    &as_layout_direct, &as_layout_gather,         &as_layout_depthwise,
    &as_layout_line,   &as_layout_line_depthwise,
};

int as_chunk_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                   const struct as_mapping *map, int tr, int ts, int tc)
{
    if (map->layout->folds)
        return as_ceil_div(tr * ts * shape->in_c, hw->rows);
    return tr * ts * tc;
}

/* ---- taps that are beats of their own ---- */

int as_plain_cuts(const struct as_conv_shape *shape, const struct as_mapping *map, int taps[3][2])
{
    (void)map;
    taps[0][0] = shape->kernel_h;
    taps[0][1] = taps[1][1] = shape->kernel_w;
    taps[1][0] = taps[2][0] = taps[2][1] = 1;
    return 3;
}

int as_plain_beat_rows(const struct as_hw *hw, const struct as_mapping *map, int tile)
{
    (void)hw;
    (void)map;
    return tile;
}

int as_plain_beat_columns(const struct as_mapping *map, int tile)
{
    (void)map;
    return tile;
}

int as_plain_rows(const struct as_hw *hw, const struct as_conv_shape *shape,
                  const struct as_mapping *map, int tile, int taps)
{
    (void)hw;
    (void)map;
    return as_extent(tile, shape->stride_h, taps, shape->dilation_h);
}

int as_plain_columns(const struct as_conv_shape *shape, const struct as_mapping *map, int tile,
                     int taps)
{
    (void)map;
    return as_extent(tile, shape->stride_w, taps, shape->dilation_w);
}

/* ---- boxes of pixels ---- */

static bool moves_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                        const struct as_mapping *map)
{
    return as_moves_words(hw, as_lane_count(hw, map->layout->lanes), shape->image_c, map->unit_c);
}

int as_box_run(const struct as_hw *hw, const struct as_conv_shape *shape,
               const struct as_mapping *map, int words)
{
    if (moves_words(hw, shape, map))
        return words * as_lane_count(hw, map->layout->lanes) / hw->mem_width_bytes;
    return as_min(words * map->unit_c, shape->in_c);
}

int64_t as_box_words(const struct as_hw *hw, const struct as_conv_shape *shape,
                     const struct as_mapping *map, int run)
{
    const struct as_layout *layout = map->layout;
    int words = map->tile[layout->by_k ? AS_LOOP_K : AS_LOOP_C], count_max = as_count_max(hw);
    int ny = layout->rows(hw, shape, map, map->job[AS_LOOP_P], map->tile[AS_LOOP_R]);
    int nx = layout->columns(shape, map, map->job[AS_LOOP_Q], map->tile[AS_LOOP_S]);

    return ny > count_max || nx > count_max || run > count_max ? 0 : (int64_t)ny * nx * words;
}

int64_t as_box_beats(const struct as_hw *hw, const struct as_conv_shape *shape,
                     const struct as_mapping *map, int64_t pixels, int channels)
{
    int beat = moves_words(hw, shape, map) ? hw->mem_width_bytes : 1;

    return pixels * as_ceil_div(channels, beat);
}

struct as_box as_box_of(const struct as_nest *nest, const struct as_tile_part *part,
                        const struct as_chunk *chunk)
{
    const struct as_conv_shape *w = &nest->shape;
    const struct as_layout *layout = nest->map.layout;

    return (struct as_box){
        .y0 = as_nest_y(nest, part->part_p.start) + chunk->r.start * w->dilation_h,
        .x0 = as_nest_x(nest, part->part_q.start) + chunk->s.start * w->dilation_w,
        .ny = layout->rows(nest->hw, w, &nest->map, part->part_p.size, chunk->r.size),
        .nx = layout->columns(w, &nest->map, part->part_q.size, chunk->s.size),
        .dy = chunk->r.size == 1 ? w->stride_h : 1,
        .dx = chunk->s.size == 1 && !layout->line ? w->stride_w : 1,
        .lanes = layout->lanes,
        .pad = as_nest_pad(nest),
    };
}

struct as_load_desc as_box_load_set(const struct as_nest *nest, struct as_box box, int64_t *offset)
{
    box.channels = as_min(box.channels, nest->shape.in_c - box.c0);
    box.c0 += as_set_channel(nest);
    return as_box_load(nest->hw, &nest->weights.shape, &box, offset);
}

struct as_ibuf_strides as_box_strides(const struct as_nest *nest, const struct as_tile_part *part,
                                      const struct as_chunk *chunk, int pixel, int k)
{
    const struct as_conv_shape *w = &nest->shape;
    const struct as_mapping *map = &nest->map;
    int row = pixel * map->layout->columns(w, map, part->part_q.size, chunk->s.size);

    return (struct as_ibuf_strides){
        .q = pixel * (map->layout->line ? 1 : as_loaded_stride(w->stride_w, chunk->s.size)),
        .p = row * as_loaded_stride(w->stride_h, chunk->r.size),
        .s = pixel * w->dilation_w * map->step_s,
        .r = row * w->dilation_h * map->step_r,
        .k = k,
    };
}

/* ---- channels of the set ---- */

int as_set_channel(const struct as_nest *nest)
{
    return nest->set * nest->map.set_c;
}

int8_t as_set_weight(const struct as_nest *nest, int k, int r, int s, int c)
{
    if (c >= nest->shape.in_c)
        return 0;
    return as_weights_at(&nest->weights, nest->set * nest->map.set_k + k, r, s,
                         as_set_channel(nest) + c);
}
