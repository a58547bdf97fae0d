/* Mutates descriptions and feeds them to as_config_parse: whatever the bytes, the answer is a
 * checked configuration or a message, never a crash, a sanitizer report or a word on stderr.
 *
 * usage: fuzz_config SEED COUNT FILE...    the same arguments make the same inputs */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/config.h"
#include "base/yaml.h"

#define FILES_MAX 256
#define INPUT_MAX 8192

static uint64_t state;

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static size_t below(size_t bound)
{
    return bound ? (size_t)(draw() % bound) : 0;
}

/* What a YAML scanner reacts to, and the words of a description. */
static const char *const pieces[] = {
    "{",
    "}",
    "[",
    "]",
    ": ",
    "? ",
    "- ",
    ",",
    "\n",
    "\n  ",
    "#",
    "&a ",
    "*a",
    "!!int",
    "!",
    "|\n ",
    ">\n ",
    "\"",
    "'",
    "\\x00",
    "---",
    "...",
    "%YAML",
    "<<: ",
    "\t",
    "\r\n",
    "\r",
    "\xef\xbb\xbf",
    "\xc3\xa9",
    "\xff",
    "auto",
    "P, Q",
    "order",
    "tile",
    "C: ",
    "unroll",
    "movement",
    "custom",
    "stationary",
    "mapping:\n  - ",
    "layer: ",
    "kind: ",
    "goal: ",
    "0.5",
    "-1",
    "0",
    "99999999999999999999",
    "1e9",
    "0x10",
    "null",
    "~",
    "\"\\u0000\"",
    "[[[[[[[[[[[[",
    "{a: {a: {a: ",
    "@",
    "`",
};

static size_t insert(char *text, size_t bytes, const char *piece, size_t length)
{
    size_t at = below(bytes + 1);

    if (bytes + length > INPUT_MAX)
        return bytes;
    memmove(text + at + length, text + at, bytes - at);
    memcpy(text + at, piece, length);
    return bytes + length;
}

static size_t mutate(char *text, size_t bytes)
{
    char copy[64];
    size_t at = below(bytes);
    size_t length = below(sizeof copy);

    if (length > bytes - at)
        length = bytes - at;
    switch (below(6)) {
    case 0: /* one byte */
        if (bytes > 0)
            text[at] = (char)(below(16) ? 0x20 + below(0x5F) : below(256));
        return bytes;
    case 1: /* one bit */
        if (bytes > 0)
            text[at] = (char)(text[at] ^ 1 << below(8));
        return bytes;
    case 2: /* a piece leaves */
        memmove(text + at, text + at + length, bytes - at - length);
        return bytes - length;
    case 3: /* a piece appears twice */
        memcpy(copy, text + at, length);
        return insert(text, bytes, copy, length);
    case 4: /* the end is cut off */
        return below(8) == 0 ? at : bytes;
    default: {
        const char *piece = pieces[below(sizeof pieces / sizeof pieces[0])];
        return insert(text, bytes, piece, strlen(piece));
    }
    }
}

static size_t read_seed(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");

    if (!file) {
        perror(path);
        exit(2);
    }
    size_t bytes = fread(text, 1, INPUT_MAX, file);
    fclose(file);
    return bytes;
}

int main(int argc, char **argv)
{
    static char seeds[FILES_MAX][INPUT_MAX];
    static size_t lengths[FILES_MAX];
    static char text[INPUT_MAX];
    long accepted = 0;

    if (argc < 4 || argc - 3 > FILES_MAX) {
        fprintf(stderr, "usage: %s SEED COUNT FILE...\n", argv[0]);
        return 2;
    }
    state = strtoull(argv[1], NULL, 10);
    long count = strtol(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++)
        lengths[i - 3] = read_seed(argv[i], seeds[i - 3]);
    for (long i = 0; i < count; i++) {
        size_t from = below((size_t)argc - 3);
        size_t bytes = lengths[from];
        memcpy(text, seeds[from], bytes);
        for (size_t n = 1 + below(1 + below(8)); n > 0; n--)
            bytes = mutate(text, bytes);

        struct as_arena *arena = as_arena_new();
        struct as_config *cfg = NULL;
        struct as_diag diag;
        char *exact = malloc(bytes + !bytes); /* so that a read past the end is seen */
        if (!exact)
            abort();
        memcpy(exact, text, bytes);
        as_diag_init(&diag);
        enum as_status status =
            as_config_parse(arena, "fuzz.yaml", exact, bytes, NULL, 0, &cfg, &diag);
        if ((status == AS_OK) != (diag.count == 0) || (status == AS_OK) != (cfg != NULL)) {
            fprintf(stderr, "input %ld: status %d, %d messages\n", i, (int)status, diag.count);
            return 1;
        }
        if (status == AS_OK && as_config_check(cfg, &diag) != AS_OK) {
            fprintf(stderr, "input %ld: accepted, then refused: %s\n", i, diag.text);
            return 1;
        }
        accepted += status == AS_OK;
        free(exact);
        as_arena_free(arena);
    }
    printf("fuzz_config: %ld inputs, %ld accepted, %ld refused\n", count, accepted,
           count - accepted);
    return 0;
}
