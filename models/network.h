/* The layer list: what models/lower/ makes of every model and everything else consumes.
 *
 * Tensors are int8 activations, NHWC, row-major, channels fastest; of the constants of a file only
 * operands of layers that are element-wise or move are tensors here, and carry their bytes.
 * A tensor's quantization is real = scale * (q - zero_point).
 * Source of the arithmetic: docs/arithmetic.md. */
#ifndef AS_MODELS_NETWORK_H
#define AS_MODELS_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"

enum as_op {
#define AS_OP(name, work, mapping, kernel) AS_OP_##name,
#include "models/ops.def"
#undef AS_OP
    AS_OP_COUNT
};

/* Kind of machine work; models/ops.def says what each is. */
enum as_work {
    AS_WORK_NONE,
    AS_WORK_WINDOW,
    AS_WORK_PRODUCT,
    AS_WORK_ELEMENTWISE,
    AS_WORK_LOOKUP,
    AS_WORK_SOFTMAX,
    AS_WORK_MOVE
};

/* How a sum times a layer's factor becomes an integer; docs/arithmetic.md, section 1. */
enum as_rounding {
    AS_ROUNDING_TFLITE, /* in fixed point, twice: as_mbqm() */
    AS_ROUNDING_FLOAT   /* in float32, ties to even, as onnxruntime does: as_mul_float() */
};

#define AS_INPUTS_MAX 8 /* of a layer: CONCATENATION */

struct as_tensor {
    const char *name;   /* for messages; arena-owned, never NULL */
    int n, h, w, c;     /* NHWC; [N][W][C] has h = 1, [N][C] h = w = 1, a vector n = h = w = 1;
                         * the first two of five dimensions are one, n */
    float scale;        /* real units per step */
    int zero_point;     /* -128..127 */
    size_t bytes;       /* n * h * w * c */
    const int8_t *data; /* int8_t [N][H][W][C] of a constant, arena-owned; NULL for an activation */
};

/* Convolution-like: CONV_2D, DEPTHWISE_CONV_2D, pools; MEAN, whose kernel is the image;
 * FULLY_CONNECTED, whose kernel is 1x1. */
struct as_conv {
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left, pad_bottom, pad_right; /* input rows/columns outside the image */
    int depth_multiplier;                         /* DEPTHWISE_CONV_2D: K = C * depth_multiplier */
    int groups; /* CONV_2D: output k reads the C / groups input channels from
                 * k / (K / groups) * (C / groups); 1 for all others */

    /* CONV_2D         int8_t  [K][R][S][C/groups]
     * DEPTHWISE       int8_t  [R][S][K]
     * FULLY_CONNECTED int8_t  [K][C]                         arena-owned, else NULL */
    const int8_t *weights;
    size_t weight_bytes;
    const int8_t *weight_zero_point; /* int8_t [K], subtracted from the weights; NULL: 0 */
    const int32_t *bias;             /* int32_t [K]; zeros when the network has none; else NULL */
    const int32_t *multiplier;       /* int32_t [K] */
    const int8_t *shift;             /* int8_t  [K], positive = left */
};

/* Subtracted from the weights of output k. */
static inline int as_weight_zero_point(const struct as_conv *conv, int k)
{
    return conv->weight_zero_point ? conv->weight_zero_point[k] : 0;
}

/* PAD: values of `value` before and after, in the order N, H, W, C. */
struct as_pad {
    int before[4], after[4];
    int value;
};

/* STRIDED_COPY: the output as [4 counts], in which element (a, b, c, d) is element
 * first + a * step[0] + ... + d * step[3] of the input. */
struct as_copy {
    int count[4], step[4], first;
};

/* BATCH_MATMUL: [batches][rows][depth] x [batches][depth][columns] -> [batches][rows][columns];
 * input 1 is [batches][columns][depth] when adj_y. */
struct as_matmul {
    int batches, rows, depth, columns;
    bool adj_y;
};

/* ADD, SQUARED_DIFFERENCE: factors of input 0, input 1 and output. */
struct as_sum {
    int32_t multiplier[3];
    int shift[3];
    int sign[2]; /* 1 or, for the operand that is subtracted, -1 */
    /* int32_t [256] by the byte: the terms of an ADD whose operands have tables instead of factors
     * and signs; arena-owned, else NULL */
    const int32_t *term[2];
};

/* SOFTMAX: factor of the input, shift L of docs/arithmetic.md, and dmin. */
struct as_softmax_factor {
    int32_t multiplier;
    int shift;
    int32_t diff_min;
};

/* One layer.  Shapes: input [N][H][W][C] -> output [N][P][Q][K].
 * FULLY_CONNECTED reads its input as rows of conv.weight_bytes / K values, whatever its shape.
 * ADD, MUL, SQUARED_DIFFERENCE: input 0 has the output's shape; each dimension of input 1 is the
 * same or 1, which is read again and again; input 1 may be a constant.
 * The fixed-point multipliers are those of docs/arithmetic.md: real factor = m * 2^(shift - 31). */
struct as_layer {
    enum as_op op;
    int index;        /* place in the layer list */
    const char *name; /* the operator's: "SQUEEZE", which like all that moves nothing is RESHAPE */
    int input[AS_INPUTS_MAX]; /* tensor ids; -1 beyond input_count */
    int input_count; /* 1; 2 for ADD, MUL, SQUARED_DIFFERENCE, BATCH_MATMUL; CONCATENATION 2..8 */
    int output;      /* tensor id */

    int act_min, act_max; /* clamp of the output, -128..127 */
    uint64_t macs;        /* every filter tap, padding included */
    /* Of the product that becomes the output: FLOAT only where as_op_has_factor(). */
    enum as_rounding rounding;

    /* MUL, MEAN, BATCH_MATMUL: factor of the whole layer (MEAN: 1 / count included) */
    int32_t out_multiplier;
    int out_shift;

    union { /* by operator */
        struct as_conv conv;
        struct as_pad pad;
        struct {
            int axis; /* 0..3 of N, H, W, C */
        } concatenation;
        struct as_copy copy;
        struct as_matmul matmul;
        struct as_sum sum;
        struct as_softmax_factor softmax;
        struct {
            const int8_t
                *table; /* int8_t [256]: entry i is the output of the byte i; arena-owned */
        } lookup;
    };
};

/* What the model's own inputs and outputs hold. */
enum as_value { AS_VALUE_INT8, AS_VALUE_UINT8, AS_VALUE_FLOAT32, AS_VALUE_INT32, AS_VALUE_COUNT };

/* A tensor as [outer][size][inner] of which the places 0..size-1 of the largest values, or of the
 * smallest, are wanted; of equal ones the first. */
struct as_along {
    int outer, size, inner;
    bool least;
};

#define AS_PORT_RANK_MAX 5

/* LOG_SOFTMAX of rows of `depth` values, 0: none; factor of a difference, and its reciprocal. */
struct as_log_softmax {
    int depth;
    int32_t multiplier, back_multiplier;
    int shift, back_shift;
    int32_t diff_min;
};

/* An input or an output: a tensor of the accelerator, and the model's own values, as many but for
 * INT32, which the host converts where they are no int8 (models/arith/edge.h). */
struct as_port {
    int tensor;                      /* id */
    const char *name;                /* the model's own tensor */
    enum as_value value;             /* the type of the model's own tensor */
    int rank, dim[AS_PORT_RANK_MAX]; /* its shape */
    float scale;                     /* of its values; 0: FLOAT32 and INT32, which are numbers */
    int zero_point;
    const char *op;      /* the operator that the host runs: "QUANTIZE"; NULL: none */
    const float *real;   /* float [256], FLOAT32 output: the value of each byte; NULL: by scale */
    bool ties_to_even;   /* FLOAT32 input: as onnxruntime quantizes, else as TensorFlow Lite */
    const int8_t *table; /* int8_t [256], UINT8 only: the conversion of byte i - 128 */
    struct as_log_softmax log; /* output: the bytes that are converted are these of the tensor's */
    struct as_along along;     /* INT32 output: int32_t [outer][inner] */
};

#define AS_PORTS_MAX 16

struct as_ports {
    int count; /* 1..AS_PORTS_MAX */
    struct as_port port[AS_PORTS_MAX];
};

/* What became of an operator of the model. */
enum as_fate {
    AS_FATE_LAYERS,
    AS_FATE_HOST,  /* the host runs it, at an input or an output */
    AS_FATE_KNOWN, /* its values are known before the network runs */
    AS_FATE_STATE, /* it says what a variable holds, and takes no time */
    AS_FATE_JOINED /* its neighbour does its work */
};

struct as_origin {
    const char *op; /* its name */
    enum as_fate fate;
    int first, count; /* LAYERS: those of the network */
};

/* Memory that lives between inferences.  In front of one it holds the values of `tensor`, behind it
 * those of `next`: no layer before the one that writes `next` is still to read `tensor`, so both
 * may have one place. */
struct as_variable {
    const char *name;
    int tensor, next;      /* ids of as many bytes; one id where nothing changes it */
    const int8_t *initial; /* int8_t [bytes], before the first inference and after a reset */
};

struct as_network {
    const char *name;
    int origin_count;
    const struct as_origin *origins; /* [origin_count], in the model's order */
    int tensor_count;
    struct as_tensor *tensors;
    int layer_count;
    struct as_layer *layers;
    struct as_ports inputs, outputs; /* in the model's order */
    int variable_count;
    struct as_variable *variables;
};

const char *as_op_name(enum as_op op);
enum as_work as_op_work(enum as_op op);
/* Layers of this operator multiply a sum by a factor of their own, `conv.multiplier`,
 * `out_multiplier` or the last one of `sum`. */
bool as_op_has_factor(enum as_op op);
/* Layers of this operator have the member `conv`. */
bool as_op_has_conv(enum as_op op);

/* "1x96x96x3", arena-owned. */
const char *as_shape_text(struct as_arena *arena, const int *dim, int rank);
/* One int8 port, tensor `tensor`. */
struct as_ports as_ports_single(int tensor);
/* Bytes of all ports' tensors, one after the other: the form in which an inference's inputs and
 * outputs are handed on. */
size_t as_ports_bytes(const struct as_network *net, const struct as_ports *ports);
/* Copies between the tensors' buffers, [tensor_count], and that form. */
void as_ports_scatter(const struct as_network *net, const int8_t *bytes, int8_t *const *tensors);
void as_ports_gather(const struct as_network *net, int8_t *const *tensors, int8_t *bytes);

/* Bytes of all variables. */
size_t as_state_bytes(const struct as_network *net);
/* Fills the variables' tensors in front of an inference, of buffers [tensor_count]: with what the
 * inference before, whose buffers are `before`, left, or with the initial values when that is NULL.
 */
void as_state_enter(const struct as_network *net, int8_t *const *before, int8_t *const *tensors);

/* root[tensor_count]: the tensor that owns the bytes of each; a layer without work only renames. */
void as_network_roots(const struct as_network *net, int *root);

/* Makes `layer` one of this operator from tensor `input` to tensor `output`: its name, a clamp that
 * lets all through, a kernel of 1x1 where it has one, all else 0. */
void as_layer_init(struct as_layer *layer, enum as_op op, int input, int output);

#endif
