/* The variables of a .tflite file: memory that lives between inferences, identified by the names
 * in the options of VAR_HANDLE. */
#ifndef AS_MODELS_IMPORT_TFLITE_TFLITE_VARIABLES_H
#define AS_MODELS_IMPORT_TFLITE_TFLITE_VARIABLES_H

#include "base/arena.h"
#include "models/import/tflite/flatbuf.h"

struct as_tflite_variable {
    bool any_container; /* its container is not named */
    struct as_flatbuf_vector container, name;
};

struct as_tflite_variables {
    int count, room; /* the caller makes `list`, a variable an operator at most */
    struct as_tflite_variable *list;
};

#define AS_TFLITE_VARIABLE_NAME_MAX                                                                \
    1024 /* bytes of a name, so that names are compared in no time */

/* The number of the variable that these options of VAR_HANDLE name, a new one if no earlier options
 * do; -1: a name is too long.  As in TFLite for Microcontrollers, options without a container mean
 * that of any. */
int as_tflite_variable_of(struct as_tflite_variables *variables,
                          const struct as_flatbuf_table *options);

#endif
