/* Laws of the events of a timeline; tests/timeline.py reads whole ones. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cosim/track_events.h"

/* A name of `letters` times "x" and then "\u00e9", which takes two bytes, as it is in the file. */
static size_t written(int letters, char *bytes)
{
    char name[2 * AS_TRACK_TEXT_MAX] = "", *text = NULL;
    size_t count = 0;
    FILE *out = open_memstream(&text, &count);

    memset(name, 'x', (size_t)letters);
    strcat(name, "\xC3\xA9");
    as_track_name(out, 1, name);
    fclose(out);
    char *first = memchr(text, 'x', count);
    cr_assert_not_null(first);
    size_t length = 0;
    while (first[length] == 'x' || first[length] & 0x80)
        length++;
    *bytes = first[length - 1];
    free(text);
    return length;
}

Test(track_events, a_text_is_cut_between_two_characters)
{
    char last;

    cr_assert_eq(written(AS_TRACK_TEXT_MAX - 2, &last), AS_TRACK_TEXT_MAX);
    cr_assert_eq(last, '\xA9');
    cr_assert_eq(written(AS_TRACK_TEXT_MAX - 1, &last), AS_TRACK_TEXT_MAX - 1);
    cr_assert_eq(last, 'x');
    cr_assert_eq(written(AS_TRACK_TEXT_MAX, &last), AS_TRACK_TEXT_MAX);
    cr_assert_eq(last, 'x');
}
