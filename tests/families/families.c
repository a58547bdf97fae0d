/* Writes a small network of each family that the layer list has to carry, with the family's own
 * blocks: drawn weights, few channels, small images.
 *
 *   build/tests/families DIR      DIR/NAME.tflite and DIR/NAME.bin, an input, for each
 *   build/tests/families DIR N    N random networks instead, DIR/random_SEED
 *
 * tests/golden/families/NAME.bin is what TensorFlow Lite for Microcontrollers (the Python package
 * of February 2026) makes of that input.
 *
 * Sources: Howard et al. 2017 (MobileNet), Sandler et al. 2018 (V2: inverted residuals), Howard et
 * al. 2019 (V3: squeeze and excite, h-swish), Iandola et al. 2016 (SqueezeNet: fire modules), Zhang
 * et al. 2018 (ShuffleNet), Ma et al. 2018 (V2), He et al. 2016 (ResNet), Tan and Le 2019
 * (EfficientNet, whose lite form has RELU6 and no squeeze and excite), Dosovitskiy et al. 2021
 * (ViT). */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/helpers/tflite_build.h"

enum {
    ADD = 0,
    AVERAGE_POOL = 1,
    LOGISTIC = 14,
    MAX_POOL = 17,
    MUL = 18,
    RELU = 19,
    SUB = 41,
    SQUARED_DIFFERENCE = 99
};

/* ---- what the families share ---- */

static int conv(struct build *b, int x, int kernel, int stride, int channels)
{
    const struct build_window w = {kernel, kernel, stride, stride, 1, 1, SAME};
    return build_conv(b, x, &w, 1, channels, -1);
}

static int grouped(struct build *b, int x, int groups, int channels)
{
    const struct build_window w = {1, 1, 1, 1, 1, 1, SAME};
    return build_conv(b, x, &w, groups, channels, -1);
}

/* Quantized as `like`, as an operand of CONCATENATION has to be. */
static int conv_like(struct build *b, int x, int kernel, int stride, int channels, int like)
{
    const struct build_window w = {kernel, kernel, stride, stride, 1, 1, SAME};
    return build_conv(b, x, &w, 1, channels, like);
}

static int depthwise(struct build *b, int x, int kernel, int stride)
{
    const struct build_window w = {kernel, kernel, stride, stride, 1, 1, SAME};
    return build_depthwise(b, x, &w, 1);
}

static int pool(struct build *b, int kind, int x, int kernel, int stride)
{
    const struct build_window w = {kernel, kernel, stride, stride, 1, 1, SAME};
    return build_pool(b, kind, x, &w);
}

static int sum(struct build *b, int x, int y)
{
    return build_sum_or_product(b, ADD, x, y, x);
}

static int join(struct build *b, int x, int y)
{
    return build_concatenation(b, 3, 2, (const int[2]){x, y});
}

/* Logits of ten classes. */
static int classify(struct build *b, int x)
{
    return build_fully_connected(b, build_mean(b, x, false, 0.5f), 10);
}

/* 1x1 up, depthwise, 1x1 down; added to its input where the shapes agree. */
static int inverted_residual(struct build *b, int x, int kernel, int stride, int up, int down)
{
    int y = conv(b, depthwise(b, conv(b, x, 1, 1, up), kernel, stride), 1, 1, down);
    return stride == 1 && build_dim(b, x, 3) == down ? sum(b, x, y) : y;
}

/* ---- the families ---- */

static int mobilenet_v1(struct build *b, int x)
{
    x = conv(b, x, 3, 2, 8);
    x = conv(b, depthwise(b, x, 3, 1), 1, 1, 16);
    x = conv(b, depthwise(b, x, 3, 2), 1, 1, 24);
    return classify(b, conv(b, depthwise(b, x, 3, 1), 1, 1, 24));
}

static int mobilenet_v2(struct build *b, int x)
{
    x = conv(b, x, 3, 2, 8);
    x = inverted_residual(b, x, 3, 1, 24, 8);
    x = inverted_residual(b, x, 3, 2, 24, 12);
    x = inverted_residual(b, x, 3, 1, 36, 12);
    return classify(b, conv(b, x, 1, 1, 40));
}

/* The gate of a squeeze and excite block: a hard sigmoid, written as ADD and MUL by constants. */
static int gate(struct build *b, int x)
{
    const float three = 3.0f / 100, sixth = 1.0f / (6 * 100);
    const int8_t hundred = 100;
    int y = conv(b, conv(b, build_mean(b, x, true, 0.5f), 1, 1, 6), 1, 1, build_dim(b, x, 3));
    int c3 = build_constant(b, 9, 0, NULL, &hundred, 1, 1, &three, 0, 0);
    int c6 = build_constant(b, 9, 0, NULL, &hundred, 1, 1, &sixth, 0, 0);
    y = build_sum_or_product(b, MUL, build_sum_or_product(b, ADD, y, c3, y), c6, y);
    return build_sum_or_product(b, MUL, x, y, x);
}

static int mobilenet_v3(struct build *b, int x)
{
    x = build_hard_swish(b, conv(b, x, 3, 2, 8));
    int y = build_hard_swish(b, conv(b, x, 1, 1, 24));
    y = build_hard_swish(b, depthwise(b, y, 5, 1));
    x = sum(b, x, conv(b, gate(b, y), 1, 1, 8));
    x = conv(b, gate(b, depthwise(b, conv(b, x, 1, 1, 20), 3, 2)), 1, 1, 12);
    return classify(b, build_hard_swish(b, conv(b, x, 1, 1, 32)));
}

static int fire(struct build *b, int x, int squeeze, int expand)
{
    int s = conv(b, x, 1, 1, squeeze), e1 = conv(b, s, 1, 1, expand);
    return join(b, e1, conv_like(b, s, 3, 1, expand, e1));
}

static int squeezenet(struct build *b, int x)
{
    x = pool(b, MAX_POOL, conv(b, x, 3, 2, 16), 3, 2);
    x = fire(b, fire(b, x, 4, 16), 8, 16);
    x = fire(b, pool(b, MAX_POOL, x, 3, 2), 8, 20);
    return build_mean(b, conv(b, x, 1, 1, 10), false, 0.5f);
}

/* Grouped 1x1, shuffle, depthwise, grouped 1x1; beside an average pool where it strides. */
static int shuffle_unit(struct build *b, int x, int groups, int stride, int channels)
{
    int in = build_dim(b, x, 3);
    int y = build_shuffle(b, grouped(b, x, groups, 4 * groups), groups);
    y = depthwise(b, y, 3, stride);
    if (stride == 1)
        return sum(b, x, grouped(b, y, groups, in));
    int shortcut = pool(b, AVERAGE_POOL, x, 3, 2);
    const struct build_window w = {1, 1, 1, 1, 1, 1, SAME};
    return build_unary(b, RELU,
                       join(b, shortcut, build_conv(b, y, &w, groups, channels - in, shortcut)));
}

static int shufflenet_v1(struct build *b, int x)
{
    x = pool(b, MAX_POOL, conv(b, x, 3, 2, 12), 3, 2);
    x = shuffle_unit(b, x, 3, 2, 24);
    return classify(b, shuffle_unit(b, x, 3, 1, 24));
}

static int shufflenet_v2(struct build *b, int x)
{
    int half[2];
    x = conv(b, x, 3, 2, 16);
    build_split(b, x, 3, 2, half);
    int y = depthwise(b, conv(b, half[1], 1, 1, 8), 3, 1);
    x = build_shuffle(b, join(b, half[0], conv_like(b, y, 1, 1, 8, half[0])), 2);
    /* the unit that strides keeps both halves whole */
    int left = conv(b, depthwise(b, x, 3, 2), 1, 1, 16);
    y = depthwise(b, conv(b, x, 1, 1, 16), 3, 2);
    x = build_shuffle(b, join(b, left, conv_like(b, y, 1, 1, 16, left)), 2);
    return classify(b, conv(b, x, 1, 1, 40));
}

static int basic_block(struct build *b, int x, int stride, int channels)
{
    int y = conv(b, conv(b, x, 3, stride, channels), 3, 1, channels);
    return sum(b, stride == 1 ? x : conv(b, x, 1, stride, channels), y);
}

static int resnet(struct build *b, int x)
{
    x = pool(b, MAX_POOL, conv(b, x, 7, 2, 8), 3, 2);
    x = basic_block(b, basic_block(b, x, 1, 8), 2, 16);
    int y = conv(b, conv(b, conv(b, x, 1, 1, 8), 3, 1, 8), 1, 1, 16); /* a bottleneck */
    return classify(b, sum(b, x, y));
}

/* x * sigmoid(x), as converters write it. */
static int swish(struct build *b, int x)
{
    return build_sum_or_product(b, MUL, x, build_unary(b, LOGISTIC, x), x);
}

static int mbconv(struct build *b, int x, int kernel, int stride, int up, int down)
{
    int y = swish(b, depthwise(b, swish(b, conv(b, x, 1, 1, up)), kernel, stride));
    int squeezed = swish(b, conv(b, build_mean(b, y, true, 0.5f), 1, 1, 4));
    int excite = build_unary(b, LOGISTIC, conv(b, squeezed, 1, 1, up));
    y = conv(b, build_sum_or_product(b, MUL, y, excite, y), 1, 1, down);
    return stride == 1 && build_dim(b, x, 3) == down ? sum(b, x, y) : y;
}

static int efficientnet(struct build *b, int x)
{
    x = swish(b, conv(b, x, 3, 2, 8));
    x = mbconv(b, x, 3, 1, 16, 8);
    x = mbconv(b, x, 5, 2, 24, 12);
    return classify(b, swish(b, conv(b, x, 1, 1, 40)));
}

static int efficientnet_lite(struct build *b, int x)
{
    x = conv(b, x, 3, 2, 8);
    x = conv(b, depthwise(b, x, 3, 1), 1, 1, 8);
    x = inverted_residual(b, x, 5, 2, 24, 12);
    x = inverted_residual(b, x, 5, 1, 36, 12);
    return classify(b, conv(b, x, 1, 1, 40));
}

/* [1][tokens][heads * depth] -> [1][heads][tokens][depth] */
static int by_head(struct build *b, int x, int heads)
{
    static const int axes[4] = {0, 2, 1, 3};
    const int dim[4] = {1, build_dim(b, x, 1), heads, build_dim(b, x, 2) / heads};
    return build_transpose(b, build_reshape(b, x, 4, dim), axes);
}

static int attention(struct build *b, int x, int heads)
{
    static const int axes[4] = {0, 2, 1, 3};
    int tokens = build_dim(b, x, 1), width = build_dim(b, x, 2);
    int q = by_head(b, build_fully_connected(b, x, width), heads);
    int k = by_head(b, build_fully_connected(b, x, width), heads);
    int v = by_head(b, build_fully_connected(b, x, width), heads);
    int y = build_matmul(b, build_softmax(b, build_matmul(b, q, k, true)), v, false);
    const int dim[3] = {1, tokens, width};
    y = build_reshape(b, build_transpose(b, y, axes), 3, dim);
    return build_fully_connected(b, y, width);
}

/* (x - mean) / sqrt(variance) of the channels of a token, times a constant of each channel. */
static int layer_norm(struct build *b, int x)
{
    int width = build_dim(b, x, 2), mean = build_channel_mean(b, x, 1.0f);
    int variance =
        build_channel_mean(b, build_sum_or_product(b, SQUARED_DIFFERENCE, x, mean, x), 0.5f);
    int y = build_sum_or_product(b, SUB, x, mean, x);
    y = build_sum_or_product(b, MUL, y, build_rsqrt(b, variance), y);
    int8_t gain[64];
    const float scale = 0.01f;
    for (int i = 0; i < width; i++)
        gain[i] = (int8_t)build_random(b, 60, 127);
    int gains = build_constant(b, 9, 1, &width, gain, (size_t)width, 1, &scale, 0, 0);
    return build_sum_or_product(b, MUL, y, gains, y);
}

/* Patches, one block of attention and of two dense layers, the first token classified. */
static int vit(struct build *b, int x)
{
    static const int begin[3] = {0, 0, 0}, size[3] = {1, 1, -1};
    x = conv(b, x, 4, 4, 24);
    const int dim[3] = {1, build_dim(b, x, 1) * build_dim(b, x, 2), 24};
    x = build_reshape(b, x, 3, dim);
    x = sum(b, x, attention(b, layer_norm(b, x), 3));
    int y = build_hard_swish(b, build_fully_connected(b, layer_norm(b, x), 48));
    x = sum(b, x, build_fully_connected(b, y, 24));
    return build_fully_connected(b, build_slice(b, x, begin, size), 10);
}

/* ---- other edges than one int8 input and one int8 output ---- */

/* From tensor x to an output of another type, which stands in for it. */
static int give(struct build *b, int x, int type)
{
    int outer = build_outer(b, type, x);
    build_edge_out(b, x, outer);
    return outer;
}

/* A detector: float32 image; scores, boxes and coarse features, each of another type. */
static void detector(struct build *b, int x)
{
    int image = build_outer(b, BUILD_FLOAT32, x);
    build_edge_in(b, image, x);
    x = conv(b, x, 3, 2, 8);
    int features = conv(b, depthwise(b, x, 3, 2), 1, 1, 12);
    build_ports(b, image, give(b, build_unary(b, LOGISTIC, conv(b, x, 3, 1, 3)), BUILD_FLOAT32));
    build_output(b, give(b, conv(b, features, 3, 1, 8), BUILD_UINT8));
    build_output(b, features);
}

/* A camera's uint8 image and an int8 one of another sensor. */
static void two_sensors(struct build *b, int x)
{
    const int dim[4] = {1, 10, 10, 5};
    int image = build_outer(b, BUILD_UINT8, x), other = build_activation(b, 4, dim, 0.05f, 11);
    build_edge_in(b, image, x);
    int y = conv(b, x, 3, 2, 8);
    y = join(b, y, conv_like(b, other, 1, 1, 6, y));
    build_ports(b, image, give(b, classify(b, y), BUILD_UINT8));
    build_input(b, other);
}

/* ---- state ---- */

#define FRAMES 50 /* of an input for a network with state */

/* The window of frames that a streaming layer sees: those kept of earlier inferences, and the new
 * ones of `x`, of which as many are kept again. */
static int window_of_frames(struct build *b, int variable, int kept, int x)
{
    const int dim[4] = {1, kept, 1, build_dim(b, x, 3)}, stride[4] = {1, 1, 1, 1};
    const int begin[4] = {0, -kept, 0, 0}, mask[3] = {~2, ~0, 0};
    int handle = build_handle(b, variable);
    const int ids[2] = {build_read(b, handle, 4, dim, x), x};
    int all = build_concatenation(b, 1, 2, ids);
    build_assign(b, handle, build_strided_slice(b, all, begin, begin, stride, mask, 4, dim));
    return all;
}

/* A convolution and a depthwise one along time, as Keras exports layers of streams; all frames of
 * its memory classified. */
static void keyword_stream(struct build *b, int image)
{
    static const int8_t first[3 * 8] = {3, -50, 127, -128, 9, 4, 77};
    static const int dim[4] = {1, 3, 1, 8}, frame_dim[4] = {1, 2, 1, 8};
    const float scale = 0.02f;
    int frame = build_activation(b, 4, frame_dim, 0.02f, -7), x = frame;
    (void)image;
    build_initial(b, 0, build_constant(b, 9, 4, dim, first, sizeof first, 1, &scale, -7, 0));
    const struct build_window taps = {3, 1, 2, 1, 1, 1, VALID};
    x = build_conv(b, window_of_frames(b, 0, 3, x), &taps, 1, 12, -1);
    const struct build_window long_taps = {5, 1, 1, 1, 1, 1, VALID};
    x = build_depthwise(b, window_of_frames(b, 1, 4, x), &long_taps, 1);
    build_ports(b, frame, build_fully_connected(b, x, 10));
}

/* ---- the files ---- */

static const struct {
    const char *name;
    int (*make)(struct build *b, int input);        /* returns the output */
    void (*make_ports)(struct build *b, int inner); /* or sets the inputs and outputs itself */
    uint64_t seed;                                  /* whose ten outputs are nearly all different */
} families[] = {
    {"mobilenet_v1", mobilenet_v1, NULL, 7},
    {"mobilenet_v2", mobilenet_v2, NULL, 12},
    {"mobilenet_v3", mobilenet_v3, NULL, 49},
    {"squeezenet", squeezenet, NULL, 24},
    {"shufflenet_v1", shufflenet_v1, NULL, 6},
    {"shufflenet_v2", shufflenet_v2, NULL, 5},
    {"resnet", resnet, NULL, 13},
    {"efficientnet", efficientnet, NULL, 6},
    {"efficientnet_lite", efficientnet_lite, NULL, 5},
    {"vit", vit, NULL, 3},
    {"detector", NULL, detector, 28},
    {"two_sensors", NULL, two_sensors, 37},
    {"keyword_stream", NULL, keyword_stream, 60},
};

static bool write_file(const char *dir, const char *name, const char *ending, const void *data,
                       size_t bytes)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/%s.%s", dir, name, ending);
    FILE *out = fopen(path, "wb");
    if (out && fwrite(data, 1, bytes, out) == bytes && fclose(out) == 0)
        return true;
    perror(path);
    return false;
}

/* Random values for every input: bytes, and floats in the range of an image. */
static size_t draw_frame(struct build *b, uint8_t *input)
{
    size_t bytes = 0;

    for (int i = 0; i < build_input_count(b); i++) {
        size_t more = build_input_bytes(b, i);
        bool real = build_input_type(b, i) == BUILD_FLOAT32;
        for (size_t n = 0; n < more; n += real ? sizeof(float) : 1) {
            int step = build_random(b, -128, 127);
            float value = 0.03f * (float)step + 0.001f;
            if (real)
                memcpy(input + bytes + n, &value, sizeof value);
            else
                input[bytes + n] = (uint8_t)step;
        }
        bytes += more;
    }
    return bytes;
}

static size_t draw_inputs(struct build *b, uint8_t *input, int frames)
{
    size_t bytes = 0;

    for (int i = build_has_state(b) ? frames : 1; i > 0; i--)
        bytes += draw_frame(b, input + bytes);
    return bytes;
}

/* Networks of all kinds of layers, edges and state. */
static bool write_random(const char *dir, int count)
{
    static uint8_t input[1 << 20];
    bool good = true;

    for (int seed = 0; seed < count && good; seed++) {
        struct build *b = build_new((uint64_t)seed);
        struct build_limits limits = build_limits_default();
        char name[32];
        size_t bytes;
        limits.edges = true;
        limits.kinds &= ~(UINT64_C(1) << BUILD_WEIGHT_ZERO); /* TFLM ends the process */
        limits.layers = 1 + seed % 6;
        if (build_network(b, &limits)) {
            const uint8_t *file = build_finish(b, &bytes);
            snprintf(name, sizeof name, "random_%04d", seed);
            good = write_file(dir, name, "tflite", file, bytes) &&
                   write_file(dir, name, "bin", input, draw_inputs(b, input, 2 + seed % 4));
        }
        build_free(b);
    }
    return good;
}

int main(int argc, char **argv)
{
    static const int dim[4] = {1, 20, 20, 3};
    uint8_t input[20 * 20 * 3 * sizeof(float)];

    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: families DIR [N]\n");
        return 2;
    }
    if (argc == 3)
        return write_random(argv[1], atoi(argv[2])) ? 0 : 1;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct build *b = build_new(families[i].seed);
        size_t bytes;
        int x = build_activation(b, 4, dim, 0.02f, -7);
        if (families[i].make)
            build_ports(b, x, families[i].make(b, x));
        else
            families[i].make_ports(b, x);
        const uint8_t *file = build_finish(b, &bytes);
        size_t input_bytes = draw_inputs(b, input, FRAMES);
        if (!write_file(argv[1], families[i].name, "tflite", file, bytes) ||
            !write_file(argv[1], families[i].name, "bin", input, input_bytes))
            return 1;
        build_free(b);
    }
    return 0;
}
