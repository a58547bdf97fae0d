/* TensorFlow Lite files. */
#ifndef AS_MODELS_IMPORT_TFLITE_TFLITE_H
#define AS_MODELS_IMPORT_TFLITE_TFLITE_H

#include "models/importer.h"

bool as_tflite_sniff(const struct as_source *source);
enum as_status as_tflite_read(struct as_arena *arena, const struct as_source *source,
                              struct as_graph **out, struct as_diag *diag);

#endif
