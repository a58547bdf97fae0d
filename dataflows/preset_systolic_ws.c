#include "dataflows/dataflow.h"

const struct as_dataflow as_dataflow_systolic_ws = {
    .name = "systolic-ws",
    .ifmap = AS_MOVE_FORWARDED,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_FORWARDED,
    .unroll = {4, 4},
    .line_words = 0,
    .known_as = "TPU v1",
    .suits = "dense layers with many channels and pixels",
};
