/* Random layers that the machine does not do as they are: multipliers of 1 and more, zero points of
 * weights. */
#include "tests/unit/helpers/tflite_build_parts.h"

static int scaled_up(struct build *b, int input)
{
    static const enum build_kind kinds[] = {
        BUILD_CONV_2D,        BUILD_GROUPED_CONV_2D, BUILD_DEPTHWISE_CONV_2D, BUILD_FULLY_CONNECTED,
        BUILD_TRANSPOSE_CONV, BUILD_MUL_SPREAD,      BUILD_BATCH_MATMUL};

    switch (build_random(b, 0, 9)) {
    case 0:
        return build_mean(b, input, chance(b, 2), 1.0f / b->gain);
    case 1:
        return build_channel_mean(b, input, 1.0f / b->gain);
    default:
        return build_layer(b, kinds[build_random(b, 0, 6)], input);
    }
}

int random_scaled_up(struct build *b, int input)
{
    b->gain = build_random_scale(b, 0.7f, 16.0f);
    int out = scaled_up(b, input);
    b->gain = 0.0f;
    return out;
}

int random_weight_zero(struct build *b, int input)
{
    b->weight_zero = chance(b, 4) ? 1 - 2 * build_random(b, 0, 1) : build_random(b, -128, 127);
    b->gain = chance(b, 3) ? build_random_scale(b, 0.1f, 2.0f) : 0.0f;
    int out = build_layer(b, BUILD_FULLY_CONNECTED, input);
    b->weight_zero = 0;
    b->gain = 0.0f;
    return out;
}
