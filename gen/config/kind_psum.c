/* Psums stay: rows are output pixels, columns output channels; each PE adds up an output of its
 * own, which leaves through an or-tree of its column when it is done. */
#include "gen/config/array_kinds.h"

static int latency(const struct as_hw *hw)
{
    return 5 + hw->broadcast + hw->tree_stages - hw->w_forwarded;
}

/* The rows of a column leave one after the other. */
static int drain(const struct as_hw *hw)
{
    return hw->rows + hw->cols;
}

/* A row has a memory word of the ibuf word to itself. */
static void set_widths(struct as_hw *hw)
{
    hw->psum_bits = hw->psum_limit;
    hw->load_lanes = hw->mem_width_bytes;
    hw->ibuf_lanes = hw->rows * hw->mem_width_bytes;
}

const struct as_array_kind as_psum_kind = {
    .rows = {2, {AS_LOOP_P, AS_LOOP_Q}, AS_LOOP_P},
    .cols = {1, {AS_LOOP_K}, AS_LOOP_K},
    .stays = AS_OPERAND_PSUM,
    .row = AS_OPERAND_IFMAP,
    .col = AS_OPERAND_WEIGHT,
    .output_kind = true,
    .partial_loads = true,
    .latency = latency,
    .drain = drain,
    .set_widths = set_widths,
    .who = "psums stay",
    .rows_are = "are output pixels",
    .cols_are = "output channels",
    .array = "{P, Q} x {K}",
    .unusable = "several PEs would each keep a part of one psum",
    .bubble = "the array idles while psums leave it: reductions (C x R x S) are shorter than its "
              "rows, so try fewer rows",
    .partial = "do not divide the layers' outputs, or depthwise layers use one column only",
};
