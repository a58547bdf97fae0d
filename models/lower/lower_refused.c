/* Why operators that people meet are not supported, and what to do instead. */
#include <string.h>

#include "models/lower/lowering.h"

#define NO_KERNEL                                                                                  \
    "TensorFlow Lite for Microcontrollers, whose bytes are the definition, computes it in float "  \
    "only; expected it outside the network, or as an int8 operator of `arraysmith list layers`"
#define NO_BOOLEANS                                                                                \
    "its values are no int8; expected MAXIMUM, MINIMUM, RELU or products with a mask"

#define ONLY_LAST                                                                                  \
    "the host runs it at an output of the network; expected its INT32 output to be one"

static const struct {
    const char *name, *why;
} refused[] = {
    {"UNIDIRECTIONAL_SEQUENCE_LSTM",
     "its cell state and gates are int16, and tensors here are int8; expected the recurrence "
     "unrolled into int8 operators (Keras: LSTM(unroll=True)), or a temporal convolution"},
    {"SVDF", "its state is int16, and tensors here are int8; expected a convolution along time"},
    {"L2_NORMALIZATION",
     "it divides by the root of a sum, which no layer does; expected the normalization outside "
     "the network"},
    {"DIV", "it divides by a tensor, which no layer does; expected MUL by the reciprocal"},
    {"DEQUANTIZE",
     "it is not at an output of the network, so that float32 operators follow, which the converter "
     "did not quantize; expected them as int8, or outside the network"},
    {"ARG_MAX", ONLY_LAST},
    {"ARG_MIN", ONLY_LAST},
    {"LOG_SOFTMAX",
     "the host runs it at an output of the network; expected nothing behind it but DEQUANTIZE or "
     "QUANTIZE"},
    {"EXP", NO_KERNEL},
    {"LOG", NO_KERNEL},
    {"SIN", NO_KERNEL},
    {"COS", NO_KERNEL},
    {"SQRT", NO_KERNEL},
    {"SQUARE", NO_KERNEL},
    {"NEG", NO_KERNEL},
    {"FLOOR", NO_KERNEL},
    {"CEIL", NO_KERNEL},
    {"ROUND", NO_KERNEL},
    {"POW", NO_KERNEL},
    {"FLOOR_DIV", NO_KERNEL},
    {"FLOOR_MOD", NO_KERNEL},
    {"EQUAL", NO_BOOLEANS},
    {"NOT_EQUAL", NO_BOOLEANS},
    {"GREATER", NO_BOOLEANS},
    {"GREATER_EQUAL", NO_BOOLEANS},
    {"LESS", NO_BOOLEANS},
    {"LESS_EQUAL", NO_BOOLEANS},
    {"SELECT", NO_BOOLEANS},
    {"SELECT_V2", NO_BOOLEANS},
};

const char *as_lower_why_refused(const char *name)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(refused[i].name, name) == 0)
            return refused[i].why;
    return NULL;
}
