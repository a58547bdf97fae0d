#include "dataflows/dataflow.h"

const struct as_dataflow as_dataflow_streaming = {
    .name = "streaming",
    .ifmap = AS_MOVE_FORWARDED,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_TREE,
    .unroll = {4, 0, 0, 0, 0, 4},
    .line_words = 64,
    .known_as = "Du 2017",
    .suits = "kernels with taps in a row; depthwise",
};
