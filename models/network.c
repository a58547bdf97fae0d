#include "models/network.h"

static const char *const op_names[AS_OP_COUNT] = {
    [AS_OP_CONV_2D] = "CONV_2D",
    [AS_OP_DEPTHWISE_CONV_2D] = "DEPTHWISE_CONV_2D",
    [AS_OP_FULLY_CONNECTED] = "FULLY_CONNECTED",
    [AS_OP_ADD] = "ADD",
    [AS_OP_AVERAGE_POOL_2D] = "AVERAGE_POOL_2D",
    [AS_OP_MAX_POOL_2D] = "MAX_POOL_2D",
    [AS_OP_RESHAPE] = "RESHAPE",
    [AS_OP_SOFTMAX] = "SOFTMAX",
    [AS_OP_PAD] = "PAD",
    [AS_OP_CONCATENATION] = "CONCATENATION",
    [AS_OP_MEAN] = "MEAN",
    [AS_OP_MUL] = "MUL",
    [AS_OP_LOOKUP] = "LOOKUP",
    [AS_OP_BATCH_MATMUL] = "BATCH_MATMUL",
    [AS_OP_SQUARED_DIFFERENCE] = "SQUARED_DIFFERENCE",
    [AS_OP_STRIDED_COPY] = "STRIDED_COPY",
};

const char *as_op_name(enum as_op op)
{
    return (unsigned)op < AS_OP_COUNT ? op_names[op] : "unknown";
}
