/* Models as users write them. */
#ifndef AS_MODELS_IMPORT_IMPORTERS_H
#define AS_MODELS_IMPORT_IMPORTERS_H

#include "models/importer.h"
#include "models/network.h"

/* Whether a word is meant as a model: a file or what looks like the path of one, a built-in name, a
 * shape. */
bool as_model_is(const char *word);
/* The operators of a format that has its own names, and the extension of its files; NULL behind the
 * last such format, which are counted from 0. */
const char *as_model_operators(struct as_arena *arena, int format, const char **extension);
/* MODEL as users write it: a shape, a path, or a name from the built-in list. */
enum as_status as_model_open(struct as_arena *arena, const char *model, struct as_network **out,
                             struct as_diag *diag);
/* A model whose bytes are at hand. */
enum as_status as_model_read(struct as_arena *arena, const struct as_source *source,
                             struct as_network **out, struct as_diag *diag);

#endif
