#include "base/files.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum as_status as_make_folders(struct as_arena *arena, const char *path, struct as_diag *diag)
{
    char *part = as_arena_strdup(arena, path);
    struct stat status;

    for (char *c = part; *part; c++) {
        char kept = *c;
        if (c == part || (kept != '/' && kept != '\0'))
            continue;
        *c = '\0';
        /* What is there already may lie on a read-only disk, where mkdir fails otherwise. */
        if (mkdir(part, 0777) != 0 && stat(part, &status) != 0)
            return as_fail(diag, AS_ERR_IO, "%s: the folder cannot be made: %s", part,
                           strerror(errno));
        if (stat(part, &status) == 0 && !S_ISDIR(status.st_mode))
            return as_fail(diag, AS_ERR_IO, "%s: is a file, expected a folder", part);
        if (kept == '\0')
            break;
        *c = kept;
    }
    return AS_OK;
}

enum as_status as_read_file(struct as_arena *arena, const char *path, size_t max, uint8_t **bytes,
                            size_t *count, struct as_diag *diag)
{
    FILE *in = fopen(path, "rb");
    struct stat status;

    if (!in)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    bool file = fstat(fileno(in), &status) == 0 && S_ISREG(status.st_mode);
    if (!file || (size_t)status.st_size > max) {
        fclose(in);
        return file ? as_fail(diag, AS_ERR_IO, "%s: %lld bytes, expected at most %zu", path,
                              (long long)status.st_size, max)
                    : as_fail(diag, AS_ERR_IO, "%s: is no file", path);
    }
    *bytes = as_arena_alloc(arena, (size_t)status.st_size + 1);
    *count = fread(*bytes, 1, (size_t)status.st_size, in);
    bool failed = ferror(in);
    fclose(in);
    return failed ? as_fail(diag, AS_ERR_IO, "%s: cannot be read", path) : AS_OK;
}

int as_entry_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

void as_remove_folder(const char *path)
{
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
