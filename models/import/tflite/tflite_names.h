/* Names of what a .tflite file calls by number, for messages. */
#ifndef AS_MODELS_IMPORT_TFLITE_TFLITE_NAMES_H
#define AS_MODELS_IMPORT_TFLITE_TFLITE_NAMES_H

/* "CONV_2D" for 3; NULL for a number past the newest operator known here. */
const char *as_tflite_builtin_name(int builtin);
/* "INT8" for 9; "unknown type" otherwise. */
const char *as_tflite_type_name(int type);

#endif
