#include "dataflows/schedule/limits.h"

#include "dataflows/schedule/tiling.h"

int as_count_max(const struct as_hw *hw)
{
    return 1 << hw->count_bits;
}

bool as_coordinates_reach(const struct as_hw *hw, int outputs, int stride, int taps, int dilation)
{
    int64_t all = INT64_C(1) << hw->coord_bits;

    if (outputs == 1 || taps == 1) /* in steps of 1: dataflows/schedule/coordinates.h */
        return as_max(outputs, taps) <= all;
    return stride <= AS_STEP_MAX && dilation <= AS_STEP_MAX &&
           (int64_t)(outputs - 1) * stride + (int64_t)(taps - 1) * dilation < all;
}

int as_weight_room(const struct as_hw *hw)
{
    int64_t words = (int64_t)as_count_max(hw) * as_count_max(hw) / hw->wbuf_beats;
    return words < hw->wbuf_words ? (int)words : hw->wbuf_words;
}

int as_tile_words(const struct as_hw *hw)
{
    return hw->wide ? 1 : hw->rows;
}

int64_t as_tile_cycles(const struct as_hw *hw, int64_t beats)
{
    int min = as_max(as_tile_words(hw), 2);
    return beats > min ? beats : min;
}

int as_lane_count(const struct as_hw *hw, enum as_load_lanes lanes)
{
    return lanes == AS_LANES_TAP       ? hw->unroll[AS_LOOP_C]
           : lanes == AS_LANES_COLUMNS ? hw->cols
                                       : hw->load_lanes;
}

bool as_moves_words(const struct as_hw *hw, int lanes, int image_channels, int unit_c)
{
    return lanes % hw->mem_width_bytes == 0 && unit_c == lanes && image_channels % lanes == 0;
}

size_t as_wbuf_word_bytes(const struct as_hw *hw)
{
    return (size_t)hw->wbuf_beats * (size_t)hw->mem_width_bytes;
}

int as_table_words(const struct as_hw *hw)
{
    return AS_TABLE_ENTRIES / hw->table_pack; /* powers of two both */
}

size_t as_table_bytes(const struct as_hw *hw)
{
    return (size_t)as_table_words(hw) * as_wbuf_word_bytes(hw);
}

size_t as_param_bytes(const struct as_hw *hw)
{
    return (size_t)hw->param_beats * (size_t)hw->mem_width_bytes;
}
