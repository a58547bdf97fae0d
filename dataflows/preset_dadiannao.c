#include "dataflows/dataflow.h"

const struct as_dataflow as_dataflow_dadiannao = {
    .name = "dadiannao",
    .ifmap = AS_MOVE_BROADCAST,
    .weight = AS_MOVE_STATIONARY,
    .psum = AS_MOVE_TREE,
    .unroll = {4, 4},
    .line_words = 0,
    .known_as = "DaDianNao, NVDLA",
    .suits = "few pixels: a weight tile costs no fill",
};
