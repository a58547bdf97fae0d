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
