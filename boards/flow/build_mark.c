/* Marks: which results of an earlier build are still good. */
#include "boards/flow/build_steps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

struct as_key {
    XXH3_state_t *state;
};

struct as_key *as_key_new(void)
{
    struct as_key *key = malloc(sizeof *key);

    if (key)
        key->state = XXH3_createState();
    if (!key || !key->state)
        abort(); /* out of memory, as in the arena */
    XXH3_64bits_reset(key->state);
    return key;
}

void as_key_text(struct as_key *key, const char *text)
{
    XXH3_64bits_update(key->state, text, strlen(text) + 1);
}

enum as_status as_key_file(struct as_key *key, const char *path, struct as_diag *diag)
{
    char block[65536];
    size_t n;
    FILE *in = fopen(path, "r");

    if (!in)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        XXH3_64bits_update(key->state, block, n);
    bool good = !ferror(in);
    fclose(in);
    return good ? AS_OK : as_fail(diag, AS_ERR_IO, "%s: cannot be read", path);
}

uint64_t as_key_done(struct as_key *key)
{
    uint64_t value = XXH3_64bits_digest(key->state);

    XXH3_freeState(key->state);
    free(key);
    return value;
}

static enum as_status hash_results(const struct as_mark *mark, uint64_t *hash, struct as_diag *diag)
{
    struct as_key *key = as_key_new();
    enum as_status status = AS_OK;

    for (int i = 0; status == AS_OK && mark->results[i]; i++)
        status = as_key_file(key, mark->results[i], diag);
    *hash = as_key_done(key);
    return status;
}

bool as_mark_holds(const struct as_mark *mark, double *seconds)
{
    struct as_diag ignored;
    uint64_t key = 0, saved = 0, hash;
    FILE *in = fopen(mark->path, "r");
    bool good = in && fscanf(in, "%" SCNx64 " %" SCNx64 " %lf", &key, &saved, seconds) == 3 &&
                key == mark->key;

    if (in)
        fclose(in);
    as_diag_init(&ignored);
    return good && hash_results(mark, &hash, &ignored) == AS_OK && hash == saved;
}

enum as_status as_mark_write(struct as_arena *arena, const struct as_mark *mark, double seconds,
                             struct as_diag *diag)
{
    const char *temporary = as_arena_printf(arena, "%s.tmp", mark->path);
    uint64_t hash;

    AS_TRY(hash_results(mark, &hash, diag));
    FILE *out = fopen(temporary, "w");
    bool good =
        out && fprintf(out, "%016" PRIx64 " %016" PRIx64 " %.1f\n", mark->key, hash, seconds) > 0;
    if (!out || fclose(out) != 0 || !good || rename(temporary, mark->path) != 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", mark->path, strerror(errno));
    return AS_OK;
}
