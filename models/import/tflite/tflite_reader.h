/* Inside the .tflite importer: what models/import/tflite/tflite.c (the graph) and
 * models/import/tflite/tflite_layer.c (one operator) share. */
#ifndef AS_MODELS_IMPORT_TFLITE_TFLITE_READER_H
#define AS_MODELS_IMPORT_TFLITE_TFLITE_READER_H

#include "models/import/tflite/flatbuf.h"
#include "models/network.h"

#define AS_TFLITE_OPERATORS_MAX 4096
#define AS_TFLITE_TENSORS_MAX   16384
#define AS_TFLITE_ELEMENTS_MAX  (1 << 28) /* of one tensor, and of all activations together */
#define AS_TFLITE_CONSTANTS_MAX (1 << 27) /* bytes of all weights and biases together */
#define AS_TFLITE_WINDOW_MAX    4096      /* kernel, stride, dilation */
#define AS_TFLITE_RANK_MAX      5
#define AS_TFLITE_NHWC          4 /* dimensions of all tensors but those that are only moved */
#define AS_TFLITE_MEAN_MAX      (1 << 23) /* values of one MEAN, whose sum must fit 32 bits */

/* Schema numbers. */
enum { AS_TFLITE_INT32 = 2, AS_TFLITE_INT8 = 9 };

/* What is known of a tensor as an activation. */
struct as_tflite_state {
    bool seen; /* it was checked, with this status */
    enum as_status status;
    bool produced; /* it is the input, or an earlier operator writes it */
    int rank, dim[AS_TFLITE_RANK_MAX];
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
    int dim[AS_TFLITE_RANK_MAX]; /* none of a scalar, rank 0, which only a constant may be */
    size_t elements;
    struct as_flatbuf_vector scale, zero_point;
    bool other_quantization; /* neither none nor scale and zero point */
    int quantized_dimension;
    const uint8_t *data; /* NULL unless constant; unaligned */
    size_t data_bytes;
};

struct as_tflite_kind;

/* An operator being read. */
struct as_tflite_operator {
    struct as_tflite_reader *reader;
    const struct as_tflite_kind *kind;
    int index, version;
    const char *name;
    int part; /* the output being read; 0 but for an operator of several */
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
/* The same, or a constant of the same form, whose bytes the network then holds. */
enum as_status as_tflite_operand(struct as_tflite_reader *r, int id);

enum {
    AS_TFLITE_OPERANDS = 1, /* activations may be constant */
    AS_TFLITE_ANY_RANK = 2, /* tensors may have AS_TFLITE_RANK_MAX dimensions */
    AS_TFLITE_PARTS = 4,    /* any number of outputs, each a layer of its own */
};

/* A supported operator. */
struct as_tflite_kind {
    int builtin; /* the schema's number */
    const char *name;
    enum as_op op;
    int options_type; /* the schema's number; 0: the options say nothing that matters here, and
                       * may be absent or of any type, as TFLite takes them */
    unsigned flags;
    size_t inputs_min, inputs_max;
    size_t first, activations; /* of the inputs, so many from `first` on are; 0: all */
    int version_max;
    enum as_status (*read)(struct as_tflite_operator *op, struct as_layer *layer);
};

/* NULL when the operator is not supported. */
const struct as_tflite_kind *as_tflite_kind_find(int builtin);
/* Fills `layer`, whose op, index and name are set, from part op->part.  Inputs must have been
 * produced.  What moves nothing becomes AS_OP_RESHAPE. */
enum as_status as_tflite_layer_read(struct as_tflite_operator *op, struct as_layer *layer);

#endif
