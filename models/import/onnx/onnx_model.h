/* An ONNX file as plain data: values by number, nodes in order, constants as little-endian arrays.
 * Inside models/import/onnx/. */
#ifndef AS_MODELS_IMPORT_ONNX_ONNX_MODEL_H
#define AS_MODELS_IMPORT_ONNX_ONNX_MODEL_H

#include "models/importer.h"

#define AS_ONNX_RANK_MAX 8

/* Numbers of TensorProto.DataType that are read. */
enum as_onnx_type {
    AS_ONNX_UNKNOWN = 0,
    AS_ONNX_FLOAT = 1,
    AS_ONNX_UINT8 = 2,
    AS_ONNX_INT8 = 3,
    AS_ONNX_INT32 = 6,
    AS_ONNX_INT64 = 7
};

const char *as_onnx_type_name(int type);

/* What is known of the tensor of one name. */
struct as_onnx_value {
    const char *name; /* printable */
    int type;         /* of inputs and constants */
    int rank;         /* of inputs and constants; -1: not known */
    int dim[AS_ONNX_RANK_MAX];
    size_t elements;   /* of constants */
    const void *data;  /* elements of a constant, aligned, arena-owned; NULL: none */
    bool written;      /* an input, a constant, or the output of an earlier node */
    int readers;       /* how often nodes and the network's outputs name it */
    const char *fault; /* why an input or a constant cannot be used; NULL: it can */
};

struct as_onnx_attribute {
    const char *name; /* as in the file */
    double number;    /* f or i */
    size_t count;
    const int64_t *ints;
    const char *text; /* s, of letters */
    int tensor;       /* value number of t; -1: none */
};

struct as_onnx_node {
    const char *op, *domain, *name, *place; /* "Conv", "", "conv1", "node 3 Conv 'conv1'" */
    size_t input_count, output_count;
    int *input, *output; /* value numbers; -1: none */
    size_t attribute_count;
    struct as_onnx_attribute *attribute;
};

struct as_onnx_model {
    const char *label, *name;
    int opset;
    int value_count;
    struct as_onnx_value *value;
    int node_count;
    struct as_onnx_node *node;
    size_t input_count, output_count;
    int *input, *output; /* value numbers; inputs without those that are constants */
};

/* Reads the file; malformed input and sizes beyond bounds are refused. */
enum as_status as_onnx_parse(struct as_arena *arena, const struct as_source *source,
                             struct as_onnx_model **out, struct as_diag *diag);

/* Value number of input `i`; -1: none. */
int as_onnx_input(const struct as_onnx_node *node, size_t i);
/* NULL when the node has none of that name. */
const struct as_onnx_attribute *as_onnx_attribute(const struct as_onnx_node *node,
                                                  const char *name);
double as_onnx_number(const struct as_onnx_node *node, const char *name, double absent);

#endif
