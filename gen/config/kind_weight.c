/* Weights stay: rows take taps and channels of the ifmap, columns are output channels. */
#include "gen/config/array_kinds.h"

const struct as_array_kind as_weight_kind = {
    .rows = AS_AXIS_TAPS,
    .cols = {1, {AS_LOOP_K}, AS_LOOP_K},
    .stays = AS_OPERAND_WEIGHT,
    .row = AS_OPERAND_IFMAP,
    .col = AS_OPERAND_WEIGHT,
    .feeds_taps = true,
    .latency = as_reduce_latency,
    .drain = as_reduce_drain,
    .set_widths = as_reduce_set_widths,
    .who = "weights stay",
    .rows_are = "reduce channels or kernel taps",
    .cols_are = "output channels",
    .array = "{C, R, S} x {K}",
    .unusable = "all output pixels use the same weights, and each PE would hold a copy",
    .bubble = "the array idles between weight tiles: try a larger buffers.accumulator, so that "
              "more pixels pass each tile, or fewer rows",
    .partial = "do not divide the layers, or depthwise layers use its diagonal only",
};
