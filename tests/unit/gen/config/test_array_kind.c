/* Laws of the kinds of array: what a kind says follows from the indices of the operands alone. */
#include <criterion/criterion.h>
#include <string.h>

#include "gen/config/array_kind.h"

/* The loops in an operand's index, of which no loop is in all three (docs/presets.md). */
static bool indexes(enum as_operand operand, enum as_loop_index loop)
{
    bool pixel = loop == AS_LOOP_P || loop == AS_LOOP_Q;

    return operand == AS_OPERAND_WEIGHT ? !pixel
           : operand == AS_OPERAND_PSUM ? pixel || loop == AS_LOOP_K
                                        : loop != AS_LOOP_K;
}

Test(array_kind, both_axes_are_in_the_index_of_what_stays_and_of_nothing_else)
{
    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++) {
        const struct as_array_kind *kind = as_array_kind((enum as_stays)stays);
        for (int loop = 0; loop < AS_LOOPS; loop++) {
            bool row = as_axis_has(&kind->rows, (enum as_loop_index)loop);
            bool col = as_axis_has(&kind->cols, (enum as_loop_index)loop);
            cr_assert_not(row && col, "kind %d unrolls loop %d on both axes", stays, loop);
            cr_assert_eq(row || col, indexes(kind->stays, (enum as_loop_index)loop),
                         "kind %d, loop %d", stays, loop);
        }
        for (int other = 0; other < AS_OPERANDS; other++) {
            bool rows = true, cols = true;
            for (int i = 0; i < kind->rows.count; i++)
                rows = rows && indexes((enum as_operand)other, kind->rows.loop[i]);
            for (int i = 0; i < kind->cols.count; i++)
                cols = cols && indexes((enum as_operand)other, kind->cols.loop[i]);
            cr_assert_eq(rows && cols, other == (int)kind->stays, "kind %d, operand %d", stays,
                         other);
        }
    }
}

Test(array_kind, the_rest_of_an_axis_is_a_loop_of_that_axis)
{
    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++) {
        const struct as_array_kind *kind = as_array_kind((enum as_stays)stays);
        cr_assert(as_axis_has(&kind->rows, kind->rows.rest));
        cr_assert(as_axis_has(&kind->cols, kind->cols.rest));
    }
}

Test(array_kind, every_kind_has_words_of_its_own)
{
    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++) {
        const struct as_array_kind *kind = as_array_kind((enum as_stays)stays);
        const char *const words[] = {kind->who,     kind->array,    kind->unusable, kind->bubble,
                                     kind->partial, kind->rows_are, kind->cols_are};
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            cr_assert(words[i] && *words[i], "kind %d, words %zu", stays, i);
        for (int other = 0; other < stays; other++) {
            cr_assert_str_neq(kind->who, as_array_kind((enum as_stays)other)->who);
            cr_assert_str_neq(kind->array, as_array_kind((enum as_stays)other)->array);
        }
    }
}

Test(array_kind, columns_are_pixels_where_channels_of_outputs_are_not_unrolled)
{
    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++) {
        const struct as_array_kind *kind = as_array_kind((enum as_stays)stays);
        cr_assert_eq(kind->cols_are_pixels, !as_axis_has(&kind->cols, AS_LOOP_K));
    }
}

Test(array_kind, the_size_of_an_axis_is_the_product_of_its_unrolls)
{
    const int unroll[AS_LOOPS] = {[AS_LOOP_K] = 2, [AS_LOOP_C] = 3,  [AS_LOOP_P] = 5,
                                  [AS_LOOP_Q] = 7, [AS_LOOP_R] = 11, [AS_LOOP_S] = 13};

    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++) {
        const struct as_array_kind *kind = as_array_kind((enum as_stays)stays);
        int rows = as_axis_size(&kind->rows, unroll), cols = as_axis_size(&kind->cols, unroll);
        for (int loop = 0; loop < AS_LOOPS; loop++) { /* primes: a factor names its loop */
            cr_assert_eq(rows % unroll[loop] == 0,
                         as_axis_has(&kind->rows, (enum as_loop_index)loop));
            cr_assert_eq(cols % unroll[loop] == 0,
                         as_axis_has(&kind->cols, (enum as_loop_index)loop));
            rows /= rows % unroll[loop] == 0 ? unroll[loop] : 1;
            cols /= cols % unroll[loop] == 0 ? unroll[loop] : 1;
        }
        cr_assert_eq(rows, 1);
        cr_assert_eq(cols, 1);
    }
}

Test(array_kind, taps_are_fed_where_weights_of_more_than_one_tap_stay)
{
    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++)
        for (int r = 1; r <= 3; r++)
            for (int s = 1; s <= 3; s++) {
                const int unroll[AS_LOOPS] = {1, 1, 1, 1, 1, 1};
                int taps[AS_LOOPS];
                memcpy(taps, unroll, sizeof taps);
                taps[AS_LOOP_R] = r;
                taps[AS_LOOP_S] = s;
                cr_assert_eq(as_array_feeds_taps(as_array_kind((enum as_stays)stays), taps),
                             stays == AS_STAYS_WEIGHT && (r > 1 || s > 1));
            }
}

/* Whether the operand is indexed by all loops of the axis. */
static bool along(enum as_operand operand, const struct as_axis *axis)
{
    for (int i = 0; i < axis->count; i++)
        if (!indexes(operand, axis->loop[i]))
            return false;
    return true;
}

Test(array_kind, each_axis_is_fed_with_an_operand_of_its_loops)
{
    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++) {
        const struct as_array_kind *kind = as_array_kind((enum as_stays)stays);
        cr_assert_neq(kind->row, AS_OPERAND_PSUM);
        cr_assert_neq(kind->col, AS_OPERAND_PSUM);
        cr_assert_neq(kind->row, kind->col);
        cr_assert(along(kind->row, &kind->rows) && !along(kind->row, &kind->cols));
        cr_assert(along(kind->col, &kind->cols));
        cr_assert_eq(along(kind->col, &kind->rows), kind->col == kind->stays);
        cr_assert_eq(kind->output_kind, kind->stays == AS_OPERAND_PSUM);
    }
}

Test(array_kind, what_stays_is_the_operand_that_is_called_stationary)
{
    for (int stays = 0; stays < AS_ARRAY_KINDS; stays++)
        for (int i = 0; i < 8; i++) { /* each other operand in the two ways in which it moves */
            enum as_move moves[AS_OPERANDS];
            for (int operand = 0; operand < AS_OPERANDS; operand++)
                moves[operand] = i >> operand & 1             ? AS_MOVE_FORWARDED
                                 : operand == AS_OPERAND_PSUM ? AS_MOVE_TREE
                                                              : AS_MOVE_BROADCAST;
            moves[as_array_kind((enum as_stays)stays)->stays] = AS_MOVE_STATIONARY;
            cr_assert_eq(as_stays_of(moves), (enum as_stays)stays);
        }
}
