/* Words: how they end, and the nearest of several, for "did you mean". */
#ifndef AS_BASE_TEXT_H
#define AS_BASE_TEXT_H

#include <stdbool.h>

bool as_ends_with(const char *text, const char *end);

/* Edits (insert, delete, replace, swap of neighbours) from `a` to `b`, letter case ignored.
 * Both are looked at up to their 64th character. */
int as_edit_distance(const char *a, const char *b);

/* The choice with the fewest edits from `word`, the first of equals; NULL when even that one
 * differs in half of its letters or more, so that a suggestion is never a wild guess. */
const char *as_nearest(const char *word, const char *const *choices, int count);

#endif
