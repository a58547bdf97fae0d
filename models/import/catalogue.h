/* The models that come with arraysmith. */
#ifndef AS_MODELS_IMPORT_CATALOGUE_H
#define AS_MODELS_IMPORT_CATALOGUE_H

#include "base/arena.h"

/* The names `arraysmith list models` shows, static. */
void as_builtin_models(const char *const **names, int *count);
/* The file of a built-in model, arena-owned; NULL when there is none of this name. */
const char *as_builtin_path(struct as_arena *arena, const char *name);
/* The names, "a, b", nearest to `wrong` first; arena-owned. */
const char *as_builtin_list(struct as_arena *arena, const char *wrong);

#endif
