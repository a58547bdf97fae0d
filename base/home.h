/* Where the program's data is found (templates, boards, models, the sources of the simulation's
 * shim), and where it keeps what it built. */
#ifndef AS_BASE_HOME_H
#define AS_BASE_HOME_H

#include "base/arena.h"
#include "base/diag.h"

/* The folder of the data: the environment's ARRAYSMITH_HOME; else the nearest folder above the
 * executable that holds the data itself (the source tree around build/arraysmith) or in
 * share/arraysmith (PREFIX around PREFIX/bin/arraysmith).  "." when that is the working directory
 * or when there is none. */
const char *as_home(void);

/* `relative` below as_home(); just `relative` when that is the working directory. */
char *as_home_path(struct as_arena *arena, const char *relative);

/* AS_ERR_IO, with the folders that were looked at, unless as_home() holds all of the data.  For a
 * verb that needs data, before it works. */
enum as_status as_home_check(struct as_diag *diag);

/* The folder for what is built once and used again: the environment's ARRAYSMITH_CACHE; else
 * build/cache of a source tree that may be written to; else $XDG_CACHE_HOME/arraysmith, by default
 * ~/.cache/arraysmith.  It need not exist. */
char *as_cache_folder(struct as_arena *arena);

#endif
