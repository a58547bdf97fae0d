/* The constants of average pools: a requantizer multiplies where the reference divides. */
#include <criterion/criterion.h>

#include "dataflows/mapper/average.h"
#include "models/arith/fixed_point.h"

Test(average, the_requantizer_divides_as_an_average_pool_does)
{
    for (int count = 1; count <= 300; count++) {
        int32_t m;
        int shift;
        cr_assert(as_average_constants(count, 6, &m, &shift), "%d", count);
        for (int32_t sum = -128 * count; sum <= 127 * count; sum++) {
            int32_t want = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
            cr_assert_eq(as_mbqm(sum * 64, m, -shift), want, "%d / %d", sum, count);
        }
    }
}

/* Input pixels that output (p, q) sees, counted one by one. */
static int pixels_of(const struct as_conv_shape *w, int p, int q)
{
    int count = 0;

    for (int r = 0; r < w->kernel_h; r++)
        for (int s = 0; s < w->kernel_w; s++) {
            int y = p * w->stride_h - w->pad_top + r, x = q * w->stride_w - w->pad_left + s;
            count += y >= 0 && y < w->in_h && x >= 0 && x < w->in_w;
        }
    return count;
}

Test(average, regions_have_one_divisor_and_are_all_outputs_once)
{
    for (int in = 1; in <= 9; in++)
        for (int kernel = 1; kernel <= 4; kernel++)
            for (int stride = 1; stride <= 3; stride++) {
                int out = (in + stride - 1) / stride, pad = (kernel - 1) / 2;
                const struct as_conv_shape w = {.in_h = in,
                                                .in_w = in,
                                                .out_h = out,
                                                .out_w = out,
                                                .kernel_h = kernel,
                                                .kernel_w = kernel,
                                                .stride_h = stride,
                                                .stride_w = stride,
                                                .pad_top = pad,
                                                .pad_left = pad};
                struct as_average_region region = {0};
                int seen[9][9] = {{0}};
                while (as_average_next(&w, &region))
                    for (int p = 0; p < region.rows.size; p++)
                        for (int q = 0; q < region.cols.size; q++) {
                            int y = region.rows.start + p, x = region.cols.start + q;
                            seen[y][x]++;
                            cr_assert_eq(region.count, pixels_of(&w, y, x));
                        }
                for (int i = 0; i < out * out; i++)
                    cr_assert_eq(seen[i / out][i % out], 1);
            }
}
