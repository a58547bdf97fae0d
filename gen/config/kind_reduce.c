/* What the kinds have in common in which the rows of a column add up one psum. */
#include "base/math.h"
#include "gen/config/array_kinds.h"

int as_reduce_latency(const struct as_hw *hw)
{
    return 3 + hw->broadcast + (hw->psum_forwarded ? hw->rows : hw->tree_stages);
}

int as_reduce_drain(const struct as_hw *hw)
{
    return hw->cols;
}

void as_reduce_set_widths(struct as_hw *hw)
{
    hw->psum_bits = hw->activation_bits + hw->weight_bits + as_ceil_log2(hw->rows);
    hw->load_lanes = hw->rows;
    hw->ibuf_lanes = hw->line ? as_max(hw->cols, hw->rows) : hw->rows;
}
