/* Laws of whole-number arithmetic, each stated in another way than the function computes it. */
#include <criterion/criterion.h>

#include "base/math.h"

#define MANY 5000

Test(math, a_quotient_rounded_up_is_the_least_that_covers)
{
    for (int a = 0; a < 300; a++)
        for (int b = 1; b < 70; b++) {
            int q = as_ceil_div(a, b);
            cr_assert_geq(q * b, a, "%d / %d gives %d", a, b, q);
            cr_assert(q == 0 ? a == 0 : (q - 1) * b < a, "%d / %d gives %d", a, b, q);
        }
}

Test(math, the_logarithm_is_the_number_of_bits_that_count_so_many)
{
    for (int value = 1; value < MANY; value++) {
        int n = as_ceil_log2(value);
        cr_assert_geq(1 << n, value);
        cr_assert(n == 0 || 1 << (n - 1) < value);
    }
    cr_assert_eq(as_ceil_log2(0), 0);
    cr_assert_eq(as_ceil_log2(1 << 30), 30);
    cr_assert_eq(as_ceil_log2((1 << 30) + 1), 30, "30 is the most it says");
}

Test(math, powers_of_two_are_what_doubling_reaches)
{
    int power = 1;

    for (int value = 1; value < MANY; value++) {
        if (value == 2 * power)
            power = value;
        cr_assert_eq(as_is_power_of_two(value), value == power, "%d", value);
        cr_assert_eq(as_power_of_two_up_to(value), power, "%d", value);
    }
    cr_assert_not(as_is_power_of_two(0));
    cr_assert_not(as_is_power_of_two(-4));
    cr_assert_eq(as_power_of_two_up_to(0), 1);
    cr_assert_eq(as_power_of_two_up_to(-7), 1);
    cr_assert_eq(as_power_of_two_up_to(2147483647), 1 << 30);
}

Test(math, least_and_greatest_are_one_of_the_two_in_order)
{
    for (int a = -9; a < 9; a++)
        for (int b = -9; b < 9; b++) {
            cr_assert_leq(as_min(a, b), as_max(a, b));
            cr_assert_eq(as_min(a, b) + as_max(a, b), a + b);
        }
}
