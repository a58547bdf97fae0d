/* The ifmap stays: the buffers change places. The ifmap buffer holds weights, which the rows take
 * by taps and channels; columns are output pixels. */
#include "gen/config/array_kinds.h"

const struct as_array_kind as_ifmap_kind = {
    .rows = AS_AXIS_TAPS,
    .cols = {2, {AS_LOOP_P, AS_LOOP_Q}, AS_LOOP_Q},
    .stays = AS_OPERAND_IFMAP,
    .row = AS_OPERAND_WEIGHT,
    .col = AS_OPERAND_IFMAP,
    .cols_are_pixels = true,
    .partial_loads = true,
    .latency = as_reduce_latency,
    .drain = as_reduce_drain,
    .set_widths = as_reduce_set_widths,
    .who = "the ifmap stays",
    .rows_are = "reduce channels or kernel taps",
    .cols_are = "output pixels",
    .array = "{C, R, S} x {P, Q}",
    .unusable = "all output channels use the same ifmap, and each PE would hold a copy",
    .bubble = "the array idles between ifmap tiles: try a larger buffers.accumulator, so that more "
              "output channels pass each tile, or fewer rows",
    .partial = "do not divide the layers, or depthwise layers use its diagonal only",
};
