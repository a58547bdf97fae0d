/* Builds programs and prints a digest of the bytes of each: a change of shape must not change them.
 *
 *   program_digests < CASES        a case a line: MODEL ACCEL [KEY=VALUE ...]
 *   stdout                         XXH3 digest of what the program says, its bytes, the case
 *
 * The form of the file does not count, so that another version of it changes no digest.
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

static void add(XXH3_state_t *state, uint64_t value)
{
    XXH3_64bits_update(state, &value, sizeof value);
}

static void add_places(XXH3_state_t *state, const struct as_program_ports *ports)
{
    for (int i = 0; i < ports->count; i++) {
        add(state, ports->port[i].address);
        add(state, ports->port[i].bytes);
    }
}

/* Places, layers, tensors and the image. */
static uint64_t digest(const struct as_program *p)
{
    XXH3_state_t *state = XXH3_createState();

    XXH3_64bits_reset(state);
    add(state, p->used_bytes);
    for (int k = 0; k < AS_STREAM_COUNT; k++)
        add(state, p->stream[k]);
    add_places(state, &p->input);
    add_places(state, &p->output);
    for (int i = 0; i < p->layer_count; i++) {
        const struct as_program_layer *layer = &p->layers[i];
        add(state, (uint64_t)layer->index);
        add(state, layer->macs);
        add(state, layer->ideal_cycles);
        add(state, layer->estimate_cycles);
        for (int k = 0; k < AS_STREAM_COUNT; k++) {
            add(state, layer->first[k]);
            add(state, layer->count[k]);
        }
        XXH3_64bits_update(state, layer->name, strlen(layer->name));
    }
    for (int i = 0; i < p->tensor_count; i++) {
        add(state, p->tensors[i].address);
        add(state, p->tensors[i].bytes);
        XXH3_64bits_update(state, p->tensors[i].name, strlen(p->tensors[i].name));
    }
    XXH3_64bits_update(state, p->image, p->image_bytes);
    uint64_t value = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return value;
}

static void print_digest(char **words, int count, const char *line)
{
    struct as_arena *arena = as_arena_new();
    struct as_diag diag;
    struct as_config *cfg = NULL;
    struct as_network *net = NULL;
    struct as_program *program = NULL;

    as_diag_init(&diag);
    if (as_config_load(arena, words[1], (const char *const *)words + 2, count - 2, &cfg, &diag) ==
            AS_OK &&
        as_model_open(arena, words[0], &net, &diag) == AS_OK &&
        as_program_build(arena, cfg, net, &program, &diag) == AS_OK) {
        printf("%016llx %7u  %s\n", (unsigned long long)digest(program), program->image_bytes,
               line);
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
