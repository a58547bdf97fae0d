/* Laws of words: how they end, and which of several is nearest. */
#include <criterion/criterion.h>

#include "base/text.h"

Test(text, nearest_word_is_near)
{
    const char *const words[] = {"unroll", "memory", "C", "K"};

    cr_assert_str_eq(as_nearest("unrol", words, 4), "unroll");
    cr_assert_str_eq(as_nearest("memroy", words, 4), "memory");
    cr_assert_str_eq(as_nearest("c", words, 4), "C");
    cr_assert_null(as_nearest("X", words, 4));
    cr_assert_null(as_nearest("frequency", words, 4));
    cr_assert_null(as_nearest("unroll", words, 0));
    cr_assert_eq(as_edit_distance("kitten", "sitting"), 3);
    cr_assert_eq(as_edit_distance("abcd", "acbd"), 1);
    cr_assert_eq(as_edit_distance("", "abc"), 3);
}

Test(text, an_end_is_found_at_the_end_only)
{
    cr_assert(as_ends_with("net.tflite", ".tflite"));
    cr_assert(as_ends_with(".v", ".v"));
    cr_assert(as_ends_with("x", ""));
    cr_assert_not(as_ends_with("a.v.tpl", ".v"));
    cr_assert_not(as_ends_with("v", ".v"));
}
