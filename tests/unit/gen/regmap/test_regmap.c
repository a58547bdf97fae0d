/* Law of the register map: words that do not overlap, in the order of their offsets, inside it. */
#include <criterion/criterion.h>

#include "gen/regmap/regmap.h"

Test(regmap, registers_are_words_in_order_inside_the_map)
{
    int count;
    const struct as_register *reg = as_registers(&count);

    for (int i = 0; i < count; i++) {
        cr_expect_eq(reg[i].offset % 4, 0, "%s", reg[i].name);
        if (i > 0)
            cr_expect_gt(reg[i].offset, reg[i - 1].offset, "%s", reg[i].name);
    }
    cr_expect_leq(AS_REG_COUNTERS + 4 * AS_REGMAP_COUNTERS, AS_REGMAP_BYTES);
}
