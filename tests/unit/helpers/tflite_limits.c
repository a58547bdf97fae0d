/* Random layers that the machine does not do as they are: multipliers of 1 and more, zero points of
 * weights, sides and steps of more than a descriptor's fields hold. */
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

/* All values as pixels of one row or column, with padding on both sides. */
static int signal_of(struct build *b, int input, bool wide)
{
    int channels = build_random(b, 1, 3), total = (int)b->tensor[input].bytes;
    while (total % channels != 0)
        channels--;
    const int pixels = total / channels, axis = wide ? 2 : 1;
    int dim[4] = {1, 1, 1, channels}, before[4] = {0}, after[4] = {0};
    dim[axis] = pixels;
    int row = build_reshape(b, input, 4, dim);
    before[axis] = build_random(b, 0, 2000);
    after[axis] = build_random(b, 500, 2500);
    return row < 0 ? -1 : build_pad(b, false, row, before, after);
}

int random_signal(struct build *b, int input)
{
    bool wide = chance(b, 2), dilated = chance(b, 3);
    int taps = build_random(b, 1, dilated ? 4 : 40),
        step = build_random(b, 1, chance(b, 2) ? 3 : 60);
    int apart = dilated ? build_random(b, 2, 40) : 1, padding = build_random(b, SAME, VALID);
    struct build_window w = {taps, 1, step, 1, apart, 1, padding};
    if (wide)
        w = (struct build_window){1, taps, 1, step, 1, apart, padding};
    int x = signal_of(b, input, wide);
    if (x < 0)
        return -1;
    switch (build_random(b, 0, dilated ? 1 : 6)) {
    case 0:
        return build_conv(b, x, &w, 1, build_random(b, 1, 3), -1);
    case 1:
        return build_depthwise(b, x, &w, build_random(b, 1, 2));
    case 2:
        return build_pool(b, 1, x, &w);
    case 3:
        return build_mean(b, x, chance(b, 2), build_random_scale(b, 0.02f, 0.5f));
    case 4:
        return build_layer(b, BUILD_MUL_SPREAD, x);
    case 5:
        return build_layer(b, BUILD_REDUCE_EXTREME, x);
    default:
        return build_pool(b, 17, x, &w);
    }
}
