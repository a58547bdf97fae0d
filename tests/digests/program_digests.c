/* Builds programs and prints a digest of the bytes of each: a change of shape must not change them.
 *
 *   program_digests < CASES        a case a line: MODEL ACCEL [KEY=VALUE ...]
 *   stdout                         XXH3 digest of the serialised program, its bytes, the case
 *
 * A case that is refused prints "refused" in place of the digest, and is no failure here: the
 * comparison with tests/digests/programs.txt tells. */
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "dataflows/build.h"
#include "gen/config/config.h"
#include "gen/program/program.h"
#include "models/import/importers.h"

#define WORDS_MAX 64

static void print_digest(char **words, int count, const char *line)
{
    struct as_arena *arena = as_arena_new();
    struct as_diag diag;
    struct as_config *cfg = NULL;
    struct as_network *net = NULL;
    struct as_program *program = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;

    as_diag_init(&diag);
    if (as_config_load(arena, words[1], (const char *const *)words + 2, count - 2, &cfg, &diag) ==
            AS_OK &&
        as_model_open(arena, words[0], &net, &diag) == AS_OK &&
        as_program_build(arena, cfg, net, &program, &diag) == AS_OK) {
        as_program_serialise(arena, program, &bytes, &size);
        printf("%016llx %7zu  %s\n", (unsigned long long)XXH3_64bits(bytes, size), size, line);
    } else {
        printf("%-16s %7s  %s\n", "refused", "", line);
    }
    fflush(stdout);
    as_arena_free(arena);
}

int main(void)
{
    char line[4096], copy[4096];
    char *words[WORDS_MAX];

    while (fgets(line, sizeof line, stdin)) {
        int count = 0;
        line[strcspn(line, "\n")] = '\0';
        memcpy(copy, line, sizeof copy);
        for (char *word = strtok(copy, " "); word && count < WORDS_MAX; word = strtok(NULL, " "))
            words[count++] = word;
        if (count >= 2)
            print_digest(words, count, line);
    }
    return 0;
}
