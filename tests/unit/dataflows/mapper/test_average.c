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
