/* Files that people give as a model and that are none that is read: what they are, and what to do.
 */
#ifndef AS_MODELS_IMPORT_FOREIGN_H
#define AS_MODELS_IMPORT_FOREIGN_H

#include "models/importer.h"

/* Refuses such a file in one sentence; AS_OK when it is not known. */
enum as_status as_foreign_refuse(const struct as_source *source, struct as_diag *diag);

/* The same of a folder, known or not. */
enum as_status as_foreign_refuse_folder(struct as_arena *arena, const char *path,
                                        struct as_diag *diag);

#endif
