#include "models/import/tflite/tflite_kinds.h"

#define BYTE(attr, id)                                                                             \
    {                                                                                              \
        AS_ATTR_##attr, id, AS_TFLITE_BYTE, 0                                                      \
    }
#define INT(attr, id, absent)                                                                      \
    {                                                                                              \
        AS_ATTR_##attr, id, AS_TFLITE_INT, absent                                                  \
    }
#define FLOAT(attr, id)                                                                            \
    {                                                                                              \
        AS_ATTR_##attr, id, AS_TFLITE_FLOAT, 0                                                     \
    }

static const struct as_tflite_kind kinds[] = {
    {.name = "CONV_2D",
     .version_max = 8,
     .options = 1,
     .field = {BYTE(PADDING, 0), INT(STRIDE_W, 1, 0), INT(STRIDE_H, 2, 0), BYTE(ACTIVATION, 3),
               INT(DILATION_W, 4, 1), INT(DILATION_H, 5, 1)}},
    {.name = "DEPTHWISE_CONV_2D",
     .version_max = 7,
     .options = 2,
     .field = {BYTE(PADDING, 0), INT(STRIDE_W, 1, 0), INT(STRIDE_H, 2, 0),
               INT(DEPTH_MULTIPLIER, 3, 0), BYTE(ACTIVATION, 4), INT(DILATION_W, 5, 1),
               INT(DILATION_H, 6, 1)}},
    {.name = "FULLY_CONNECTED",
     .version_max = 14,
     .options = 8,
     .field = {BYTE(ACTIVATION, 0), BYTE(WEIGHTS_FORMAT, 1)}},
    {.name = "AVERAGE_POOL_2D",
     .version_max = 3,
     .options = 5,
     .field = {BYTE(PADDING, 0), INT(STRIDE_W, 1, 0), INT(STRIDE_H, 2, 0), INT(KERNEL_W, 3, 0),
               INT(KERNEL_H, 4, 0), BYTE(ACTIVATION, 5)}},
    {.name = "MAX_POOL_2D",
     .version_max = 3,
     .options = 5,
     .field = {BYTE(PADDING, 0), INT(STRIDE_W, 1, 0), INT(STRIDE_H, 2, 0), INT(KERNEL_W, 3, 0),
               INT(KERNEL_H, 4, 0), BYTE(ACTIVATION, 5)}},
    {.name = "ADD", .version_max = 5, .options = 11, .field = {BYTE(ACTIVATION, 0)}},
    {.name = "SUB", .version_max = 4, .options = 28, .field = {BYTE(ACTIVATION, 0)}},
    {.name = "MUL", .version_max = 7, .options = 21, .field = {BYTE(ACTIVATION, 0)}},
    {.name = "SQUARED_DIFFERENCE", .version_max = 2},
    {.name = "MEAN", .version_max = 3},
    {.name = "SUM", .version_max = 2},
    {.name = "SOFTMAX", .version_max = 3, .options = 9, .field = {FLOAT(BETA, 0)}},
    {.name = "BATCH_MATMUL",
     .version_max = 4,
     .options = 101,
     .field = {BYTE(ADJ_X, 0), BYTE(ADJ_Y, 1)}},
    {.name = "CONCATENATION",
     .version_max = 4,
     .options = 10,
     .field = {INT(AXIS, 0, 0), BYTE(ACTIVATION, 1)}},
    {.name = "PAD", .version_max = 4},
    {.name = "PADV2", .version_max = 4},
    {.name = "SQUEEZE", .version_max = 2},
    {.name = "TRANSPOSE", .version_max = 6},
    {.name = "SLICE", .version_max = 6},
    {.name = "STRIDED_SLICE",
     .version_max = 8,
     .options = 32,
     .field = {INT(BEGIN_MASK, 0, 0), INT(END_MASK, 1, 0), INT(ELLIPSIS_MASK, 2, 0),
               INT(NEW_AXIS_MASK, 3, 0), INT(SHRINK_MASK, 4, 0), BYTE(RELATIVE_ENDS, 5)}},
    {.name = "SPLIT", .version_max = 4, .options = 35, .field = {INT(PARTS, 0, 0)}},
    {.name = "SPLIT_V", .version_max = 2, .options = 79, .field = {INT(PARTS, 0, 0)}},
    {.name = "PACK", .version_max = 4, .options = 59, .field = {INT(PARTS, 0, 0), INT(AXIS, 1, 0)}},
    {.name = "UNPACK",
     .version_max = 4,
     .options = 64,
     .field = {INT(PARTS, 0, 0), INT(AXIS, 1, 0)}},
    {.name = "RESIZE_NEAREST_NEIGHBOR",
     .version_max = 4,
     .options = 74,
     .field = {BYTE(ALIGN_CORNERS, 0), BYTE(HALF_PIXELS, 1)}},
    {.name = "SPACE_TO_BATCH_ND", .version_max = 4},
    {.name = "BATCH_TO_SPACE_ND", .version_max = 4},
    {.name = "SPACE_TO_DEPTH", .version_max = 2, .options = 19, .field = {INT(BLOCK_SIZE, 0, 0)}},
    {.name = "DEPTH_TO_SPACE", .version_max = 2, .options = 94, .field = {INT(BLOCK_SIZE, 0, 0)}},
    {.name = "GATHER",
     .version_max = 7,
     .options = 23,
     .field = {INT(AXIS, 0, 0), INT(BATCH_DIMS, 1, 0)}},
    {.name = "TILE", .version_max = 3},
    {.name = "BROADCAST_TO", .version_max = 3},
    {.name = "FILL", .version_max = 4},
    {.name = "MIRROR_PAD", .version_max = 3, .options = 77, .field = {BYTE(MODE, 0)}},
    {.name = "REVERSE_V2", .version_max = 4},
    {.name = "RESIZE_BILINEAR",
     .version_max = 4,
     .options = 15,
     .field = {BYTE(ALIGN_CORNERS, 2), BYTE(HALF_PIXELS, 3)}},
    {.name = "TRANSPOSE_CONV",
     .version_max = 5,
     .options = 49,
     .field = {BYTE(PADDING, 0), INT(STRIDE_W, 1, 0), INT(STRIDE_H, 2, 0), BYTE(ACTIVATION, 3)}},
    {.name = "REDUCE_MAX", .version_max = 3},
    {.name = "REDUCE_MIN", .version_max = 3},
    {.name = "MAXIMUM", .version_max = 4},
    {.name = "MINIMUM", .version_max = 4},
    {.name = "RELU", .version_max = 3},
    {.name = "RELU6", .version_max = 3},
    {.name = "LEAKY_RELU", .version_max = 2, .options = 75, .field = {FLOAT(ALPHA, 0)}},
    {.name = "GELU", .version_max = 2, .options = 116, .field = {BYTE(ALPHA, 0)}},
    {.name = "ABS", .version_max = 5},
    {.name = "ARG_MAX", .version_max = 3},
    {.name = "ARG_MIN", .version_max = 3},
    {.name = "LOGISTIC", .version_max = 3},
    {.name = "TANH", .version_max = 3},
    {.name = "RSQRT", .version_max = 2},
    {.name = "QUANTIZE", .version_max = 4},
    {.name = "DEQUANTIZE", .version_max = 6},
    {.name = "CALL_ONCE", .version_max = 1, .options = 103, .field = {INT(SUBGRAPH, 0, 0)}},
    {.name = "VAR_HANDLE", .version_max = 1, .options = 111}, /* names: tflite_variables.h */
};

const struct as_tflite_kind *as_tflite_kind_of(const char *name)
{
    static const struct as_tflite_kind other = {.version_max = 1};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return &other;
}
