#include "dataflows/dataflow.h"

const struct as_dataflow as_dataflow_pipeline = {
    .name = "pipeline",
    .ifmap = AS_MOVE_BROADCAST,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_FORWARDED,
    .unroll = {4, 0, 0, 0, 0, 4},
    .line_words = 64,
    .known_as = "Lin and Chang 2017",
    .suits = "kernels with taps in a row; depthwise",
};
