/* Files and folders: what several rooms do with them. */
#ifndef AS_BASE_FILES_H
#define AS_BASE_FILES_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"

/* Makes the folder `path` and those above it; AS_ERR_IO names the first one that cannot be made, or
 * that is there and no folder. */
enum as_status as_make_folders(struct as_arena *arena, const char *path, struct as_diag *diag);

/* Removes the folder `path` with all that is in it. */
void as_remove_folder(const char *path);

/* The bytes of the file `path`, at most `max`; arena-owned.  AS_ERR_IO with path and reason. */
enum as_status as_read_file(struct as_arena *arena, const char *path, size_t max, uint8_t **bytes,
                            size_t *count, struct as_diag *diag);

/* For scandir: names in the order of their bytes, so that no locale changes what is written. */
int as_entry_order(const struct dirent **a, const struct dirent **b);

#endif
