#include "base/output.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum as_status refuse(struct as_diag *diag, const char *name, int reason)
{
    return as_fail(diag, AS_ERR_IO, "%s: cannot be written: %s", name, strerror(reason));
}

/* True for what cannot be replaced by a file: devices, pipes, and the names of open files. */
static bool is_stream(const char *path, const struct stat *status)
{
    return !S_ISREG(status->st_mode) || strncmp(path, "/dev/", 5) == 0 ||
           strncmp(path, "/proc/", 6) == 0;
}

static mode_t new_file_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

/* A new file beside out->target. */
static FILE *open_temporary(struct as_output *out, struct as_arena *arena, mode_t mode)
{
    const char *slash = strrchr(out->target, '/');
    int folder = slash ? (int)(slash + 1 - out->target) : 0;

    out->temporary = as_arena_printf(arena, "%.*s.arraysmith-XXXXXX", folder, out->target);
    int fd = mkstemp(out->temporary);
    if (fd < 0)
        return NULL;
    fchmod(fd, mode);
    return fdopen(fd, "wb");
}

enum as_status as_output_open(struct as_output *out, struct as_arena *arena, const char *path,
                              struct as_diag *diag)
{
    struct stat status;
    char real[PATH_MAX];

    *out = (struct as_output){.name = path};
    if (strcmp(path, "-") == 0)
        return as_fail(diag, AS_ERR_IO,
                       "-: a file of this name is not written, expected /dev/stdout for the "
                       "standard output, or ./- for the file");
    if (stat(path, &status) != 0) {
        if (errno != ENOENT || path[0] == '\0')
            return refuse(diag, path, errno);
        out->target = as_arena_strdup(arena, path);
        out->file = open_temporary(out, arena, new_file_mode());
    } else if (S_ISDIR(status.st_mode)) {
        return refuse(diag, path, EISDIR);
    } else if (is_stream(path, &status)) {
        out->target = as_arena_strdup(arena, path);
        out->file = fopen(path, "wb");
    } else {
        if (access(path, W_OK) != 0 || !realpath(path, real))
            return refuse(diag, path, errno);
        out->target = as_arena_strdup(arena, real);
        out->file = open_temporary(out, arena, status.st_mode & 07777);
    }
    return out->file ? AS_OK : refuse(diag, path, errno);
}

/* Why something written earlier was lost: the reason is told to who writes, so one more byte is. */
static int reason_of_loss(FILE *file)
{
    fputc('\n', file);
    return fflush(file) != 0 && errno ? errno : EIO;
}

enum as_status as_output_close(struct as_output *out, struct as_diag *diag)
{
    int reason = 0;

    errno = 0;
    if (fflush(out->file) != 0 || ferror(out->file))
        reason = errno ? errno : reason_of_loss(out->file);
    if (!reason && out->temporary && fsync(fileno(out->file)) != 0)
        reason = errno;
    if (fclose(out->file) != 0 && !reason)
        reason = errno;
    if (!reason && out->temporary && rename(out->temporary, out->target) != 0)
        reason = errno;
    if (reason && out->temporary)
        unlink(out->temporary);
    return reason ? refuse(diag, out->name, reason) : AS_OK;
}

void as_output_discard(struct as_output *out)
{
    fclose(out->file);
    if (out->temporary)
        unlink(out->temporary);
}

enum as_status as_output_check(const char *path, struct as_diag *diag)
{
    struct as_output out;
    struct stat status;

    if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode) && is_stream(path, &status))
        return AS_OK; /* opening a pipe would wait for its reader */
    struct as_arena *arena = as_arena_new();
    enum as_status result = as_output_open(&out, arena, path, diag);
    if (result == AS_OK)
        as_output_discard(&out);
    as_arena_free(arena);
    return result;
}
