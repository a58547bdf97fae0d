/* RESIZE_BILINEAR: that one shift rounds as its oracle does, and what is refused; its values are
 * compared with the oracle by tests/golden/cases and tests/tflm.py. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/import/importers.h"
#include "tests/unit/helpers/tflite_build.h"

/* TensorFlow Lite's: a sum in 1 / 2^20, halves away from zero. */
static int oracle(int64_t sum)
{
    int64_t half = sum > 0 ? 1 << 19 : -(1 << 19);
    return (int)((sum + half) / (1 << 20));
}

/* Every sum of weights in 1 / 2^bits. */
Test(bilinear, one_multiplier_rounds_every_sum_once)
{
    for (int bits = 1; bits <= 8; bits++)
        for (int sum = -128 * (1 << bits); sum <= 127 * (1 << bits); sum++)
            cr_assert_eq(as_mbqm(sum, INT32_MAX, -bits), oracle((int64_t)sum * (1 << (20 - bits))),
                         "%d / 2^%d", sum, bits);
}

/* From 6 x 6 with these options. */
static void expect(int h, int w, bool corners, bool half, const char *text)
{
    struct build *b = build_new(1);
    struct as_arena *arena = as_arena_new();
    const int from[4] = {1, 6, 6, 2}, to[4] = {1, h, w, 2}, two = 2;
    const int32_t size[2] = {h, w};
    const uint32_t options[4] = {0, 0, corners, half};
    struct as_network *net;
    struct as_diag diag;
    size_t bytes;

    int input = build_activation(b, 4, from, 0.5f, 3);
    const int ids[2] = {input, build_constant(b, 2, 1, &two, size, sizeof size, 0, NULL, 0, 0)};
    int output = build_activation(b, 4, to, 0.5f, 3);
    build_op(b, 23, 3, 15, 4, options, 2, ids, output);
    build_ports(b, input, output);
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    cr_assert(net ? !text : text && strstr(diag.text, text), "%dx%d: %s", h, w, diag.text);
    as_arena_free(arena);
    build_free(b);
}

Test(bilinear, weights_that_are_sixteenths_fit_one_axis_only)
{
    expect(48, 6, false, true, NULL);
    expect(6, 48, false, true, NULL);
    expect(48, 48, false, true,
           "6x6 becomes 48x48 with weights up to 225/256 in 64 phases, "
           "expected at most 127 and 64");
}

Test(bilinear, steps_that_do_not_repeat_are_refused_with_their_size)
{
    expect(18, 6, false, false,
           "height 6 becomes 18, in steps of 341/1024 which do not repeat within 64 outputs");
    expect(6, 7, false, false, "width 6 becomes 7, in steps of 878/1024");
}

Test(bilinear, corners_and_half_pixels_exclude_each_other)
{
    expect(12, 12, true, true, "aligned corners with half-pixel centres, expected one of them");
}
