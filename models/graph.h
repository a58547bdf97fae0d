/* A network as a reader of model files gives it: operators by name with their attributes, tensors
 * with shapes, quantization and constant data.  models/lower/ makes layers of it, so that a reader
 * knows its format and nothing of layers.
 *
 * Operators, attributes and their numbers are TensorFlow Lite's, whose kernels are the oracle; data
 * is NHWC, weights as in struct as_layer.  A reader of another format puts its names into these. */
#ifndef AS_MODELS_GRAPH_H
#define AS_MODELS_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"

struct as_ort_pair; /* models/arith/onnxruntime.h */

#define AS_GRAPH_RANK_MAX      5
#define AS_GRAPH_INPUTS_MAX    8 /* of an operator that are kept; only unsupported ones have more */
#define AS_GRAPH_OPERATORS_MAX 4096
#define AS_GRAPH_TENSORS_MAX   16384     /* also: outputs of all operators together */
#define AS_GRAPH_ELEMENTS_MAX  (1 << 28) /* of one tensor, and of all activations together */
#define AS_GRAPH_CONSTANTS_MAX (1 << 27) /* bytes of all weights and biases together */

/* What is wrong with a part of the file.  It is reported when an operator that is supported needs
 * that part, and else nobody has to know. */
struct as_graph_fault {
    enum as_status status;
    const char *text; /* "version 9, expected 1..3"; which part it is of is said before it; NULL:
                       * nothing is wrong */
};

/* Notes the first fault only. */
void as_graph_blame(struct as_arena *arena, struct as_graph_fault *fault, enum as_status status,
                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

enum as_element {
    AS_ELEMENT_INT8,
    AS_ELEMENT_UINT8,
    AS_ELEMENT_INT32,
    AS_ELEMENT_FLOAT32,
    AS_ELEMENT_OTHER
};

struct as_graph_tensor {
    const char *name; /* printable */
    struct as_graph_fault fault;
    enum as_element element;
    const char *type_name; /* "INT8", for messages; and the format's number of it */
    int type;
    int rank, dim[AS_GRAPH_RANK_MAX]; /* rank 0, a scalar, only of constants */
    size_t elements;
    /* real = scale * (value - zero_point); read by as_graph_scale() and as_graph_zero_point() */
    size_t scale_count, zero_point_count;
    const void *scale, *zero_point; /* float32, int64; unaligned, borrowed from the source */
    bool other_quantization;        /* neither none nor scale and zero point */
    int quantized_dimension;        /* where there are several scales */
    const uint8_t *data;            /* NULL unless constant; unaligned, borrowed from the source */
    size_t data_bytes;
};

static inline float as_graph_scale(const struct as_graph_tensor *t, size_t i)
{
    float value;
    memcpy(&value, (const char *)t->scale + sizeof value * i, sizeof value);
    return value;
}

static inline int64_t as_graph_zero_point(const struct as_graph_tensor *t, size_t i)
{
    int64_t value;
    memcpy(&value, (const char *)t->zero_point + sizeof value * i, sizeof value);
    return value;
}

static inline int32_t as_graph_i32(const struct as_graph_tensor *t, size_t i)
{
    int32_t value;
    memcpy(&value, t->data + sizeof value * i, sizeof value);
    return value;
}

/* What operators have besides tensors; absent ones are 0.  Numbers, also those of floats, are
 * exact. */
enum as_attribute {
    AS_ATTR_ACTIVATION, /* fused: enum as_activation */
    AS_ATTR_PADDING,    /* enum as_padding */
    AS_ATTR_PAD_TOP,    /* rows and columns outside the image, of AS_PADDING_GIVEN */
    AS_ATTR_PAD_BOTTOM,
    AS_ATTR_PAD_LEFT,
    AS_ATTR_PAD_RIGHT,
    AS_ATTR_KERNEL_H, /* of pools; weights have their own */
    AS_ATTR_KERNEL_W,
    AS_ATTR_STRIDE_H,
    AS_ATTR_STRIDE_W,
    AS_ATTR_DILATION_H,
    AS_ATTR_DILATION_W,
    AS_ATTR_DEPTH_MULTIPLIER,
    AS_ATTR_WEIGHTS_FORMAT, /* 0: as they are */
    AS_ATTR_AXIS,           /* CONCATENATION, PACK, UNPACK, GATHER; negative from the end */
    AS_ATTR_BATCH_DIMS,     /* GATHER */
    AS_ATTR_MODE,           /* MIRROR_PAD: 0 REFLECT, 1 SYMMETRIC */
    AS_ATTR_PARTS,          /* SPLIT, SPLIT_V, UNPACK: number of outputs; PACK: of inputs */
    AS_ATTR_ADJ_X,          /* BATCH_MATMUL: the operand is transposed */
    AS_ATTR_ADJ_Y,
    AS_ATTR_BETA,       /* SOFTMAX */
    AS_ATTR_ALPHA,      /* LEAKY_RELU: slope below 0; GELU: 1, by tanh */
    AS_ATTR_BEGIN_MASK, /* STRIDED_SLICE: a bit a dimension */
    AS_ATTR_END_MASK,
    AS_ATTR_ELLIPSIS_MASK,
    AS_ATTR_NEW_AXIS_MASK,
    AS_ATTR_SHRINK_MASK,
    AS_ATTR_RELATIVE_ENDS,
    AS_ATTR_ALIGN_CORNERS, /* RESIZE_NEAREST_NEIGHBOR, RESIZE_BILINEAR */
    AS_ATTR_HALF_PIXELS,
    AS_ATTR_BLOCK_SIZE, /* SPACE_TO_DEPTH, DEPTH_TO_SPACE */
    AS_ATTR_SUBGRAPH,   /* CALL_ONCE: its number */
    AS_ATTR_VARIABLE,   /* VAR_HANDLE: its number */
    AS_ATTR_COUNT
};

/* GIVEN is by AS_ATTR_PAD_...; no byte of a file can say so. */
enum as_padding { AS_PADDING_SAME, AS_PADDING_VALID, AS_PADDING_GIVEN = 256 };

struct as_graph_operator {
    const char *name;  /* "CONV_2D"; of one that is not supported whatever a user should read */
    const char *place; /* of the source, where its own words differ: "node 3 Conv 'a'"; else NULL */
    struct as_graph_fault fault;
    size_t input_count, output_count;
    int input[AS_GRAPH_INPUTS_MAX]; /* tensor ids, in the order of the schema; -1: none */
    const int *output;              /* [output_count] */
    double attribute[AS_ATTR_COUNT];
    /* [K] each: factors of the outputs, of an operator that has them instead of scales; else NULL
     */
    const int32_t *multiplier;
    const int8_t *shift;
    const int8_t *table; /* [256] of TABLE, by the byte; else NULL */
    const float *real;   /* [256] of DEQUANTIZE, by the byte; NULL: by scale and zero point */
    const struct as_ort_pair *pair; /* of ADD and MUL that are a function of two bytes; else NULL */
};

/* Whose arithmetic the operators have. */
enum as_arithmetic { AS_ARITHMETIC_TFLITE, AS_ARITHMETIC_ONNXRUNTIME };

struct as_graph {
    enum as_arithmetic arithmetic;
    const char *label; /* names the source in messages */
    const char *name;
    int tensor_count;
    struct as_graph_tensor *tensors;
    int network_tensors; /* of these, from the first on, are tensors of the network: all, unless the
                          * source has constants that are no tensors */
    int operator_count;
    struct as_graph_operator *operators; /* each after those whose outputs it reads */
    size_t input_count, output_count;
    const int *inputs, *outputs; /* tensor ids */
    /* Memory that lives between inferences, of this graph and all that it calls: its name. */
    int variable_count;
    const char *const *variables;
    /* By the number by which operators call them, those of this graph alone; NULL: not called, or
     * not there.  They share its variables. */
    int subgraph_count;
    const struct as_graph *const *subgraphs;
};

#endif
