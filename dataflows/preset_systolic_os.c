#include "dataflows/dataflow.h"

const struct as_dataflow as_dataflow_systolic_os = {
    .name = "systolic-os",
    .ifmap = AS_MOVE_FORWARDED,
    .weight = AS_MOVE_FORWARDED,
    .psum = AS_MOVE_STATIONARY,
    .unroll = {4, 0, 4},
    .line_words = 0,
    .known_as = "Gemmini OS, Wei 2017",
    .suits = "long reductions over many pixels",
};
