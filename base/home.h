/* Where the installed folders (boards/, rtl_templates/, models/) are found. */
#ifndef AS_BASE_HOME_H
#define AS_BASE_HOME_H

#include "base/arena.h"

/* The environment's ARRAYSMITH_HOME, else AS_HOME as compiled in, else ".". */
const char *as_home(void);

/* `relative` below as_home(); just `relative` when that is the working directory. */
char *as_home_path(struct as_arena *arena, const char *relative);

#endif
