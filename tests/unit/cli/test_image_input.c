/* Does an image become the values that a network was trained with: size, channels, meaning? */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "cli/image_input.h"

static struct as_diag diag;
static struct as_arena *arena;
static struct as_port port;
static struct as_tensor inner;
static struct as_image_range range;
static uint8_t own[256];
static const char *note;

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
    inner = (struct as_tensor){.scale = 1.0f / 255, .zero_point = -128};
    port = (struct as_port){.name = "x", .value = AS_VALUE_FLOAT32};
    range = (struct as_image_range){0};
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(image_input, .init = setup, .fini = teardown);

static void set_shape(int rank, int a, int b, int c, int d)
{
    const int dim[4] = {a, b, c, d};
    port.rank = rank;
    memcpy(port.dim, dim, sizeof dim);
}

static enum as_status give(const struct as_image *image)
{
    return as_image_give(arena, image, "photo", &port, &inner, &range, own, &note, &diag);
}

static float real(int i)
{
    float value;
    memcpy(&value, own + 4 * i, 4);
    return value;
}

static uint8_t grey[6] = {10, 200, 33, 90, 7, 255};
static const struct as_image six = {3, 2, 1, grey};

/* The values are those of tf.image.resize() in TensorFlow 2.21. */
Test(image_input, another_size_is_what_tensorflow_makes_of_it)
{
    static const struct {
        int h, w;
        float want[20];
    } sizes[] = {
        {4, 5, {10,      86.0000076f, 200,         99.7999725f, 33,          30,     78.7000046f,
                151.75f, 113.799988f, 88.5f,       70,          64.0999985f, 55.25f, 141.800018f,
                199.5f,  90,          56.7999954f, 7,           155.800034f, 255}},
        {1, 2, {63.375f, 133.875f}},
        {2, 3, {10, 200, 33, 90, 7, 255}},
        {5, 1, {200, 180.699997f, 103.5f, 26.3000031f, 7}},
    };
    range = (struct as_image_range){true, 0, 255};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        set_shape(4, 1, sizes[i].h, sizes[i].w, 1);
        cr_assert_eq(give(&six), AS_OK, "%s", diag.text);
        for (int n = 0; n < sizes[i].h * sizes[i].w; n++)
            cr_assert(!(real(n) < sizes[i].want[n]) && !(real(n) > sizes[i].want[n]),
                      "%zu, %d: %.9g", i, n, (double)real(n));
    }
    cr_assert_str_eq(note, "photo 3x2 -> 1x5, bilinear; pixels 0..255 are 0..255, as float32");
}

Test(image_input, integers_are_filled_by_the_pixels)
{
    set_shape(4, 1, 2, 3, 1);
    port.scale = 0.5f;
    port.value = AS_VALUE_UINT8;
    port.zero_point = 10;
    cr_assert_eq(give(&six), AS_OK);
    cr_assert_eq(memcmp(own, grey, 6), 0);
    cr_assert_str_eq(note, "photo 3x2; uint8 is the pixel, which is -5..122.5");
    port.value = AS_VALUE_INT8;
    port.zero_point = -128;
    cr_assert_eq(give(&six), AS_OK);
    for (int i = 0; i < 6; i++)
        cr_assert_eq((int8_t)own[i], grey[i] - 128);
    cr_assert_str_eq(note, "photo 3x2; int8 is the pixel - 128, which is 0..127.5");
}

Test(image_input, a_range_is_quantized_as_the_input_is_and_clamped)
{
    set_shape(4, 1, 2, 3, 1);
    range = (struct as_image_range){true, -1, 1};
    port.value = AS_VALUE_INT8;
    port.scale = 0.01f;
    port.zero_point = 3;
    cr_assert_eq(give(&six), AS_OK);
    for (int i = 0; i < 6; i++) {
        float value = (float)(-1 + grey[i] * 2.0 / 255);
        double want = fmin(fmax(round((double)value / 0.01f) + 3, -128), 127);
        cr_assert_eq((int8_t)own[i], (int)want, "%d", i);
    }
    cr_assert_str_eq(note, "photo 3x2; pixels 0..255 are -1..1, as int8");
}

Test(image_input, the_range_of_floats_is_the_usual_one_that_the_network_was_quantized_for)
{
    static const struct {
        float scale;
        int zero_point;
        const char *note;
    } tensors[] = {
        {1.0f / 255, -128, "pixels 0..255 are 0..1, as float32"},
        {0.99f / 255, -128, "pixels 0..255 are 0..1, as float32"},
        {2.0f / 255, -1, "pixels 0..255 are -1..1, as float32"},
        {2.0f / 255, 0, "pixels 0..255 are -1..1, as float32"},
        {1.0f, -128, "pixels 0..255 are 0..255, as float32"},
    };
    set_shape(4, 1, 2, 3, 1);
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        inner.scale = tensors[i].scale;
        inner.zero_point = tensors[i].zero_point;
        cr_assert_eq(give(&six), AS_OK, "%s", diag.text);
        cr_assert(strstr(note, tensors[i].note), "%s", note);
    }
    inner.scale = 4.6f / 255;
    inner.zero_point = -12;
    cr_assert_eq(give(&six), AS_ERR_RANGE);
    cr_assert_str_eq(diag.text, "photo: what pixels 0 and 255 are for input 'x' does not follow "
                                "from its quantization, -2.093..2.507; expected `run --image-range "
                                "LOW:HIGH`, such as 0:1, -1:1 or 0:255");
}

/* Grey to colours, colours to grey as BT.601, alpha made and dropped. */
Test(image_input, channels_become_those_of_the_input)
{
    static uint8_t pixels[4][4] = {{77}, {77, 9}, {200, 100, 50}, {200, 100, 50, 9}};
    static const uint8_t want[4][3][4] = {
        {{77}, {77, 77, 77}, {77, 77, 77, 255}},
        {{77}, {77, 77, 77}, {77, 77, 77, 9}},
        {{124}, {200, 100, 50}, {200, 100, 50, 255}},
        {{124}, {200, 100, 50}, {200, 100, 50, 9}},
    };
    static const int channels[3] = {1, 3, 4};
    port.value = AS_VALUE_UINT8;
    for (int i = 0; i < 4; i++)
        for (int n = 0; n < 3; n++) {
            const struct as_image image = {1, 1, i + 1, pixels[i]};
            set_shape(4, 1, 1, 1, channels[n]);
            cr_assert_eq(give(&image), AS_OK);
            cr_assert_eq(memcmp(own, want[i][n], (size_t)channels[n]), 0, "%d to %d", i + 1,
                         channels[n]);
        }
}

Test(image_input, shapes_of_images_are_found_and_others_refused)
{
    static uint8_t pixels[18];
    const struct as_image image = {3, 2, 3, pixels};
    for (int i = 0; i < 18; i++)
        pixels[i] = (uint8_t)i;
    port.value = AS_VALUE_UINT8;
    set_shape(3, 2, 3, 3, 0);
    cr_assert_eq(give(&image), AS_OK);
    cr_assert_eq(memcmp(own, pixels, 18), 0);
    set_shape(3, 1, 2, 3, 0); /* which is [H][W][C] with one line */
    cr_assert_eq(give(&image), AS_OK);
    cr_assert(strstr(note, "3x2 -> 2x1, bilinear"), "%s", note);
    set_shape(3, 1, 2, 5, 0);
    cr_assert_eq(give(&six), AS_OK);
    cr_assert(strstr(note, "3x2 -> 5x2, bilinear"), "%s", note);
    set_shape(4, 1, 3, 2, 5); /* NCHW */
    cr_assert_eq(give(&image), AS_OK);
    cr_assert(own[0] == 0 && own[10] == 1 && own[20] == 2);

    static const int shapes[][5] = {{4, 2, 2, 3, 3}, {4, 1, 2, 3, 2}, {2, 1, 490},
                                    {1, 490},        {3, 2, 3, 2},    {0}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        set_shape(shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3], shapes[i][4]);
        as_diag_init(&diag);
        cr_assert_eq(give(&image), AS_ERR_UNSUPPORTED, "%zu", i);
        cr_assert(strstr(diag.text, "photo: an image, and input 'x' is of shape "));
    }
    set_shape(2, 1, 490, 0, 0);
    as_diag_init(&diag);
    give(&image);
    cr_assert_str_eq(diag.text, "photo: an image, and input 'x' is of shape 1x490; expected one of "
                                "an image, 1xHxWxC with C 1, 3 or 4");
}
