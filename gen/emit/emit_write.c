/* Generated files on disk, whole or not at all. */
#include "gen/emit/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK           "GENERATED"
#define MARK_BYTES_MAX 256 /* the mark is in the first lines */

static enum as_status write_file(const char *path, const struct as_emit_file *file,
                                 struct as_diag *diag)
{
    FILE *out = fopen(path, "w");

    if (!out)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    bool good = fwrite(file->text, 1, file->bytes, out) == file->bytes;
    if (fclose(out) != 0 || !good)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    return AS_OK;
}

/* True when `path` does not exist or carries the mark of a generated file. */
static bool may_replace(const char *path)
{
    char head[MARK_BYTES_MAX + 1];
    FILE *in = fopen(path, "r");

    if (!in)
        return errno == ENOENT;
    head[fread(head, 1, MARK_BYTES_MAX, in)] = '\0';
    fclose(in);
    return strstr(head, MARK) != NULL;
}

/* Moves every file of the set from `from` into the existing folder `dir`. */
static enum as_status move_files(struct as_arena *arena, const struct as_emit_set *set,
                                 const char *from, const char *dir, struct as_diag *diag)
{
    for (int i = 0; i < set->count; i++) {
        const char *path = as_arena_printf(arena, "%s/%s", dir, set->file[i].name);
        if (!may_replace(path))
            return as_fail(diag, AS_ERR_IO,
                           "%s exists and was not generated; choose another folder", path);
    }
    for (int i = 0; i < set->count; i++) {
        const char *name = set->file[i].name;
        const char *path = as_arena_printf(arena, "%s/%s", dir, name);
        if (rename(as_arena_printf(arena, "%s/%s", from, name), path) != 0)
            return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    }
    return AS_OK;
}

static enum as_status place(struct as_arena *arena, const struct as_emit_set *set,
                            const char *temporary, const char *dir, struct as_diag *diag)
{
    struct stat status;

    for (int i = 0; i < set->count; i++)
        AS_TRY(write_file(as_arena_printf(arena, "%s/%s", temporary, set->file[i].name),
                          &set->file[i], diag));
    if (stat(dir, &status) == 0) {
        if (!S_ISDIR(status.st_mode))
            return as_fail(diag, AS_ERR_IO, "%s: is not a folder", dir);
        return move_files(arena, set, temporary, dir, diag);
    }
    if (chmod(temporary, 0755) != 0 || rename(temporary, dir) != 0)
        return as_fail(diag, AS_ERR_IO, "%s: %s", dir, strerror(errno));
    return AS_OK;
}

enum as_status as_emit_write(struct as_arena *arena, const struct as_emit_set *set, const char *dir,
                             struct as_diag *diag)
{
    char *name = as_arena_strdup(arena, dir);

    for (size_t n = strlen(name); n > 1 && name[n - 1] == '/'; n--)
        name[n - 1] = '\0';
    char *temporary = as_arena_printf(arena, "%s.tmp-XXXXXX", name);
    if (*name == '\0' || !mkdtemp(temporary))
        return as_fail(diag, AS_ERR_IO, "%s: cannot be created: %s", dir, strerror(errno));
    enum as_status status = place(arena, set, temporary, name, diag);
    for (int i = 0; i < set->count; i++)
        unlink(as_arena_printf(arena, "%s/%s", temporary, set->file[i].name));
    rmdir(temporary);
    return status;
}
