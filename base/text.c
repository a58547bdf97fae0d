#include "base/text.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 64

bool as_ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

int as_edit_distance(const char *a, const char *b)
{
    int n = (int)strnlen(a, WORD_MAX);
    int m = (int)strnlen(b, WORD_MAX);
    int rows[3][WORD_MAX + 1]; /* rows[i % 3][j]: edits from a[0..i) to b[0..j) */

    for (int j = 0; j <= m; j++)
        rows[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i + 2) % 3];
        const int *above2 = rows[(i + 1) % 3];
        int ca = tolower((unsigned char)a[i - 1]);

        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int cb = tolower((unsigned char)b[j - 1]);
            int best = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (ca != cb));

            if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
                cb == tolower((unsigned char)a[i - 2]) && above2[j - 2] + 1 < best)
                best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

const char *as_nearest(const char *word, const char *const *choices, int count)
{
    const char *best = NULL;
    int best_distance = WORD_MAX + 1;

    for (int i = 0; i < count; i++) {
        int distance = as_edit_distance(word, choices[i]);

        if (distance < best_distance) {
            best = choices[i];
            best_distance = distance;
        }
    }
    if (best && best_distance * 2 >= (int)strlen(best))
        return best_distance == 0 ? best : NULL;
    return best;
}
