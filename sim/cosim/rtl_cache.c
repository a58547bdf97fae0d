#include "sim/cosim/rtl_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/files.h"

#define SEAL            "seal"
#define WORKSHOP        ".tmp-" /* in the name of every folder that is no entry */
#define SEAL_BYTES      48
#define LOCK_ATTEMPTS   8
#define HASH_BLOCK_SIZE 65536

/* ---- seals ---- */

/* Hash and length of a file as text; "" when it cannot be read. */
static const char *describe(struct as_arena *arena, const char *path)
{
    FILE *in = fopen(path, "r");
    char *block = as_arena_alloc(arena, HASH_BLOCK_SIZE);
    XXH3_state_t *state = XXH3_createState();
    size_t n, bytes = 0;

    XXH3_64bits_reset(state);
    while (in && (n = fread(block, 1, HASH_BLOCK_SIZE, in)) > 0) {
        XXH3_64bits_update(state, block, n);
        bytes += n;
    }
    unsigned long long hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    if (!in)
        return "";
    fclose(in);
    return as_arena_printf(arena, "%016llx %zu\n", hash, bytes);
}

bool as_rtl_entry_good(struct as_arena *arena, const char *entry)
{
    char seal[SEAL_BYTES + 1];
    FILE *in = fopen(as_arena_printf(arena, "%s/" SEAL, entry), "r");

    if (!in)
        return false;
    seal[fread(seal, 1, SEAL_BYTES, in)] = '\0';
    fclose(in);
    const char *library = describe(arena, as_arena_printf(arena, "%s/" AS_RTL_FILE, entry));
    return *library && strcmp(seal, library) == 0;
}

enum as_status as_rtl_entry_seal(struct as_arena *arena, const char *folder, struct as_diag *diag)
{
    const char *path = as_arena_printf(arena, "%s/" SEAL, folder);
    const char *library = describe(arena, as_arena_printf(arena, "%s/" AS_RTL_FILE, folder));
    FILE *out = fopen(path, "w");

    if (!out)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    bool good = *library && fputs(library, out) >= 0;
    if (fclose(out) != 0 || !good)
        return as_fail(diag, AS_ERR_IO, "%s: cannot be written", path);
    return AS_OK;
}

/* ---- folders ---- */

/* The lock of a folder that still has its name; -1: somebody else's, or gone. */
static int lock_folder(const char *path)
{
    struct stat named, locked;
    int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0 && fstat(lock, &locked) == 0 &&
        stat(path, &named) == 0 && named.st_ino == locked.st_ino)
        return lock;
    if (lock >= 0)
        close(lock);
    return -1;
}

enum as_status as_rtl_workshop_open(struct as_arena *arena, const char *entry, const char **folder,
                                    int *lock, struct as_diag *diag)
{
    /* a sweep of another program may take a folder before it is locked */
    for (int i = 0; i < LOCK_ATTEMPTS; i++) {
        char *path = as_arena_printf(arena, "%s" WORKSHOP "XXXXXX", entry);
        if (!mkdtemp(path))
            return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
        *folder = path;
        *lock = lock_folder(path);
        if (*lock >= 0)
            return AS_OK;
    }
    return as_fail(diag, AS_ERR_IO, "%s" WORKSHOP "*: no such folder could be locked", entry);
}

enum as_status as_rtl_entry_place(struct as_arena *arena, const char *folder, const char *entry,
                                  struct as_diag *diag)
{
    if (rename(folder, entry) == 0 || as_rtl_entry_good(arena, entry))
        return AS_OK;
    as_remove_folder(entry); /* damaged; who has it open keeps it */
    if (rename(folder, entry) == 0 || as_rtl_entry_good(arena, entry))
        return AS_OK;
    return as_fail(diag, AS_ERR_IO, "%s: %s", entry, strerror(errno));
}

void as_rtl_workshop_close(const char *folder, int lock)
{
    as_remove_folder(folder);
    close(lock);
}

void as_rtl_cache_sweep(struct as_arena *arena, const char *entry)
{
    const char *cache = as_arena_printf(arena, "%.*s", (int)(strrchr(entry, '/') - entry), entry);
    DIR *dir = opendir(cache);

    for (struct dirent *found; dir && (found = readdir(dir)) != NULL;) {
        if (!strstr(found->d_name, WORKSHOP))
            continue;
        const char *folder = as_arena_printf(arena, "%s/%s", cache, found->d_name);
        int lock = lock_folder(folder);
        if (lock >= 0)
            as_rtl_workshop_close(folder, lock);
    }
    if (dir)
        closedir(dir);
}
