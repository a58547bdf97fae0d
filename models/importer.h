/* A reader of one format of model files: one row of models/import/importers.c, and one folder or
 * file of models/import/.  It gives a graph; models/lower/ makes layers of it. */
#ifndef AS_MODELS_IMPORTER_H
#define AS_MODELS_IMPORTER_H

#include "models/graph.h"

/* What is to be read. */
struct as_source {
    const char *model;   /* MODEL as the user wrote it; names the source in messages */
    const uint8_t *data; /* the bytes of the file of this name; NULL of a name that is none */
    size_t bytes;
};

struct as_importer {
    const char *name;
    const char *extension; /* ".tflite": a file of this name is of this format whatever is in it;
                            * NULL: the format has none */
    /* Whether the source is of this format: asked of the name alone before a file is opened, and
     * then with the file's bytes. */
    bool (*sniff)(const struct as_source *source);
    /* The graph may point into the source, whose bytes stay until it was lowered.  Malformed input
     * is refused; what is unsupported is noted in the graph, so that all of it is reported. */
    enum as_status (*read)(struct as_arena *arena, const struct as_source *source,
                           struct as_graph **out, struct as_diag *diag);
    /* The operators that it reads, with commas between; NULL: those of models/lower/. */
    const char *(*operators)(struct as_arena *arena);
};

#endif
