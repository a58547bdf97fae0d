/* Output files that are replaced as a whole: the bytes go to a temporary file in the same folder,
 * which takes the place of `path` when all of them are on the disk.  Until then, and after any
 * failure, what `path` held is untouched.  Devices and pipes are written as they are;
 * "-" is refused, because some take it for the standard output and some for a file. */
#ifndef AS_BASE_OUTPUT_H
#define AS_BASE_OUTPUT_H

#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"

struct as_output {
    FILE *file;       /* to write to */
    const char *name; /* as the user gave it, for messages */
    char *target;     /* where the bytes belong: links are followed */
    char *temporary;  /* where they are; NULL: in the target itself */
};

/* Opens a file to write, with the rights of the one that it replaces.  Arena-owned; AS_ERR_IO with
 * path and reason. */
enum as_status as_output_open(struct as_output *out, struct as_arena *arena, const char *path,
                              struct as_diag *diag);

/* Completes the file and puts it in place.  AS_ERR_IO with path and reason when any of it could not
 * be written; the temporary file is gone in either case. */
enum as_status as_output_close(struct as_output *out, struct as_diag *diag);

/* Gives up what was written. */
void as_output_discard(struct as_output *out);

/* AS_ERR_IO when as_output_open would fail now: for paths that are written after long work. */
enum as_status as_output_check(const char *path, struct as_diag *diag);

#endif
