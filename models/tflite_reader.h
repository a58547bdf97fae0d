/* Inside the .tflite importer: what models/tflite.c (the graph) and models/tflite_layer.c (one
 * operator) share. */
#ifndef AS_MODELS_TFLITE_READER_H
#define AS_MODELS_TFLITE_READER_H

#include "models/flatbuf.h"
#include "models/network.h"

#define AS_TFLITE_OPERATORS_MAX 4096
#define AS_TFLITE_TENSORS_MAX   16384
#define AS_TFLITE_ELEMENTS_MAX  (1 << 28) /* of one tensor, and of all activations together */
#define AS_TFLITE_CONSTANTS_MAX (1 << 27) /* bytes of all weights and biases together */
#define AS_TFLITE_WINDOW_MAX    4096      /* kernel, stride, dilation */
#define AS_TFLITE_RANK_MAX      4

/* Schema numbers. */
enum { AS_TFLITE_INT32 = 2, AS_TFLITE_INT8 = 9 };

/* What is known of a tensor as an activation. */
struct as_tflite_state {
    bool seen; /* it was checked, with this status */
    enum as_status status;
    bool produced; /* it is the input, or an earlier operator writes it */
    int rank;
};

struct as_tflite_reader {
    struct as_arena *arena;
    struct as_diag *diag;
    const char *label;
    struct as_flatbuf fb;
    struct as_flatbuf_vector tensors, buffers;
    struct as_network *net;
    struct as_tflite_state *state; /* [tensor_count] */
    size_t activation_bytes, constant_bytes;
};

/* A tensor of the file, bounds and shape checked. */
struct as_tflite_tensor {
    const char *name; /* arena-owned */
    int type;
    int rank;
    int dim[AS_TFLITE_RANK_MAX];
    size_t elements;
    struct as_flatbuf_vector scale, zero_point;
    bool other_quantization; /* neither none nor scale and zero point */
    int quantized_dimension;
    const uint8_t *data; /* NULL unless constant; unaligned */
    size_t data_bytes;
};

/* An operator being read. */
struct as_tflite_operator {
    struct as_tflite_reader *reader;
    int index, version;
    const char *name;
    struct as_flatbuf_vector inputs, outputs;
    int options_type;
    struct as_flatbuf_table options;
};

/* Reports a malformed file where one was met, else `fmt`; returns the status to hand on. */
enum as_status as_tflite_refuse(struct as_tflite_reader *r, enum as_status status, const char *fmt,
                                ...) __attribute__((format(printf, 3, 4)));

enum as_status as_tflite_tensor_read(struct as_tflite_reader *r, int id,
                                     struct as_tflite_tensor *out);
/* Accepts tensor `id` as an int8 activation and enters it in the network; reports it once. */
enum as_status as_tflite_activation(struct as_tflite_reader *r, int id);

/* The operators that are supported; `builtin` is the schema's number.  False when it is none. */
bool as_tflite_supported(int builtin, enum as_op *op, int *version_max);
/* Fills `layer`, whose op, index and name are set.  Inputs must have been produced. */
enum as_status as_tflite_layer_read(struct as_tflite_operator *op, struct as_layer *layer);

#endif
