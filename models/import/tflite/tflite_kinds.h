/* What a .tflite file says of each operator: the type of its options, their fields, the versions.
 */
#ifndef AS_MODELS_IMPORT_TFLITE_TFLITE_KINDS_H
#define AS_MODELS_IMPORT_TFLITE_TFLITE_KINDS_H

#include "models/graph.h"

#define AS_TFLITE_FIELDS_MAX 7

/* A field of an options table. */
struct as_tflite_field {
    enum as_attribute attribute;
    int id; /* in the table */
    enum { AS_TFLITE_NONE, AS_TFLITE_BYTE, AS_TFLITE_INT, AS_TFLITE_FLOAT } type;
    int absent; /* value of an absent field */
};

struct as_tflite_kind {
    const char *name; /* as in tflite_names.c */
    int version_max;
    int options; /* the schema's number of their type; 0: they say nothing that matters here and may
                  * be absent or of any type, as TFLite takes them */
    struct as_tflite_field field[AS_TFLITE_FIELDS_MAX];
};

/* The operator of that name.  One without a row of its own has version 1 and no options. */
const struct as_tflite_kind *as_tflite_kind_of(const char *name);

#endif
