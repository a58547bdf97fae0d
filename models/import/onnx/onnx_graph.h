/* Inside models/import/onnx/: the graph being made of an ONNX file.
 *
 * ONNX computes on real numbers between DequantizeLinear and QuantizeLinear; here every real tensor
 * is an int8 tensor and the real value of each byte, until QuantizeLinear makes bytes of it again:
 * a chain of functions of one tensor is one table, whatever it is made of. */
#ifndef AS_MODELS_IMPORT_ONNX_ONNX_GRAPH_H
#define AS_MODELS_IMPORT_ONNX_ONNX_GRAPH_H

#include "base/reasons.h"
#include "models/arith/onnxruntime.h"
#include "models/import/onnx/onnx_model.h"

#define AS_ONNX_MOVES_MAX 4
#define AS_ONNX_PARTS_MAX 16 /* outputs of a Split */

/* Orders of a tensor's dimensions: ONNX's own, and channels last, N, H, W, C, in which a signal of
 * N, C, L is N, 1, L, C. */
enum as_onnx_order { AS_ONNX_OWN, AS_ONNX_LAST, AS_ONNX_ORDERS };

/* An int8 tensor. */
struct as_onnx_codes {
    const char *name;
    int rank, dim[AS_ONNX_RANK_MAX]; /* in ONNX's own order */
    float scale;
    int zero_point;
    int id[AS_ONNX_ORDERS]; /* graph tensors; -1: nobody asked for that order */
    const int8_t *data;     /* of a constant, in ONNX's own order; else NULL */
    /* Its bytes in ONNX's own order are those of this one, and no operator says so yet; else NULL.
     */
    struct as_onnx_codes *flat;
};

enum as_onnx_kind {
    AS_ONNX_NOTHING, /* not computed: its node was refused, or none wrote it */
    AS_ONNX_EDGE,    /* a real input of the network */
    AS_ONNX_CONST,   /* a constant as it is in the file */
    AS_ONNX_CODES,   /* bytes */
    AS_ONNX_REAL,    /* the real value of each byte */
    AS_ONNX_SCALED,  /* a constant behind DequantizeLinear */
    AS_ONNX_WAITING  /* what node `node` writes, when QuantizeLinear says how */
};

/* A function of a byte, and by how much onnxruntime's value may differ. */
struct as_onnx_real {
    float value[256], slack[256];
};

/* What is known of an ONNX value. */
struct as_onnx_form {
    enum as_onnx_kind kind;
    struct as_onnx_codes *codes;     /* CODES, REAL */
    bool of_unsigned;                /* the file has them as uint8 */
    const struct as_onnx_real *real; /* REAL; NULL: scale * (byte - zero_point) */
    float scale;
    int zero_point;
    /* SCALED: constant, scales and zero points (-1: 0) as values of the file; CONST: itself; EDGE:
     * the input */
    int value[3];
    int axis; /* SCALED: of several scales */
    int node; /* WAITING; EDGE: the graph's tensor */
    /* Nodes behind it that change no value, done with the bytes when QuantizeLinear says how. */
    int move_count, moves[AS_ONNX_MOVES_MAX];
    int step_count;
    struct as_ort_step step[AS_ORT_STEPS_MAX]; /* WAITING: functions behind it */
};

/* How a result is quantized. */
struct as_onnx_scale {
    float scale;
    int zero_point; /* of int8 */
    bool of_unsigned;
};

struct as_onnx_maker {
    struct as_arena *arena;
    struct as_reasons *reasons; /* why it cannot run */
    const struct as_onnx_model *model;
    struct as_onnx_form *form; /* [model->value_count] */
    struct as_graph *graph;
    size_t real_bytes;               /* of all functions */
    int tensor_room, operator_room;  /* of the graph, now */
    const struct as_onnx_node *node; /* being translated; for messages */
};

/* ---- onnx_graph.c: tensors and operators of the graph ---- */

/* Notes a reason, "node 3 Conv 'conv1': " and the text; all are told at the end. */
enum as_status as_onnx_refuse(const struct as_onnx_maker *m, enum as_status status, const char *fmt,
                              ...) __attribute__((format(printf, 3, 4)));

/* A new tensor that no operator writes yet. */
struct as_onnx_codes *as_onnx_new_codes(struct as_onnx_maker *m, const char *name, int rank,
                                        const int *dim, float scale, int zero_point);
size_t as_onnx_elements(int rank, const int *dim);
/* The graph tensor of `codes` in that order; an operator makes it where there is none.  -1, and a
 * message, when it has no such order or there is no room. */
int as_onnx_ordered(struct as_onnx_maker *m, struct as_onnx_codes *codes, enum as_onnx_order order);
/* An order that it has. */
enum as_onnx_order as_onnx_order_of(const struct as_onnx_codes *codes);
/* Dimensions in that order; the rank. */
int as_onnx_dims(const struct as_onnx_codes *codes, enum as_onnx_order order,
                 int dim[AS_ONNX_RANK_MAX]);
/* Makes `codes` what the next operator writes, in that order; its graph tensor, -1 when there is no
 * room. */
int as_onnx_written(struct as_onnx_maker *m, struct as_onnx_codes *codes, enum as_onnx_order order);

/* A graph tensor of no quantization; `data` is [bytes], borrowed. */
int as_onnx_tensor(struct as_onnx_maker *m, const char *name, enum as_element element, int rank,
                   const int *dim, const void *data);
void as_onnx_quantize_tensor(struct as_onnx_maker *m, int id, size_t count, const float *scale,
                             const int64_t *zero_point, int axis);
/* A constant of int32 in one dimension. */
int as_onnx_ints(struct as_onnx_maker *m, const char *name, int count, const int32_t *value);
/* An operator from tensors `input` to tensor `output`; NULL, and a message, when one is -1 or there
 * is no room. */
struct as_graph_operator *as_onnx_operator(struct as_onnx_maker *m, const char *name, int inputs,
                                           const int *input, int output);
/* The table of one byte to another, from codes to codes. */
enum as_status as_onnx_table(struct as_onnx_maker *m, struct as_onnx_codes *in,
                             struct as_onnx_codes *out, const int8_t *table);

/* ---- onnx_real.c: functions ---- */

struct as_onnx_real *as_onnx_new_real(struct as_onnx_maker *m);
/* The values of a real tensor. */
const struct as_onnx_real *as_onnx_real(struct as_onnx_maker *m, const struct as_onnx_form *form);
/* Bytes of the real tensor `in`, which is no edge, for value `out`. */
enum as_status as_onnx_quantize(struct as_onnx_maker *m, const struct as_onnx_form *in,
                                const struct as_onnx_scale *scale, int out);
/* The node is a function of one real tensor. */
enum as_status as_onnx_function(struct as_onnx_maker *m);
/* The function of that name, with the node's attributes, behind a real tensor. */
enum as_status as_onnx_apply(struct as_onnx_maker *m, const char *name, struct as_onnx_form *form);
/* The node has two operands. */
enum as_status as_onnx_binary(struct as_onnx_maker *m);
/* Input `input` of the node as one float32; false when it is none. */
bool as_onnx_float(const struct as_onnx_maker *m, size_t input, float *value);

/* ---- onnx_layers.c, onnx_averages.c, onnx_pairs.c: nodes once their outputs have a scale ---- */

/* Operands of a node: real tensors and constants. */
struct as_onnx_operands {
    int count;
    struct as_onnx_form in[3];
    int step_count;
    const struct as_ort_step *step;
    int move_count; /* that stand between it and QuantizeLinear */
    const int *moves;
    bool by_kernel; /* the file has a quantized operator, so that onnxruntime fuses nothing */
};

typedef enum as_status as_onnx_layer(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                                     const struct as_onnx_scale *scale, int out);
as_onnx_layer as_onnx_conv, as_onnx_gemm, as_onnx_matmul, as_onnx_average, as_onnx_average_pool,
    as_onnx_pair;

/* The node and at most one clamp behind it, read by one QuantizeLinear: onnxruntime makes one
 * integer kernel of it. */
bool as_onnx_is_fused(const struct as_onnx_maker *m, const struct as_onnx_operands *in,
                      const struct as_onnx_scale *scale);
enum as_status as_onnx_expect_fused(const struct as_onnx_maker *m,
                                    const struct as_onnx_operands *in,
                                    const struct as_onnx_scale *scale);
/* Operand `i` is the tensor of codes that its scale says. */
enum as_status as_onnx_expect_codes(const struct as_onnx_maker *m,
                                    const struct as_onnx_operands *in, int i);
/* NULL of -1. */
const struct as_onnx_value *as_onnx_value_of(const struct as_onnx_maker *m, int id);
/* Element `i` of a constant of int8 or uint8, as int8. */
int8_t as_onnx_byte_at(const struct as_onnx_value *v, size_t i);
/* Operand `i` is a constant of bytes with `rank` dimensions (0: any). */
enum as_status as_onnx_read_weights(const struct as_onnx_maker *m,
                                    const struct as_onnx_operands *in, int i, int rank,
                                    const struct as_onnx_value **out);
/* Value `out` is new codes of that scale. */
struct as_onnx_codes *as_onnx_result(struct as_onnx_maker *m, int out, int rank, const int *dim,
                                     const struct as_onnx_scale *scale);

/* ---- onnx_moves.c: what changes no value ---- */

typedef enum as_status as_onnx_move(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                    struct as_onnx_codes **out);
as_onnx_move as_onnx_max_pool, as_onnx_reshape, as_onnx_flatten, as_onnx_transpose, as_onnx_squeeze,
    as_onnx_unsqueeze, as_onnx_slice, as_onnx_resize, as_onnx_identity;
/* out[i] is output `i` of the node; at most AS_ONNX_PARTS_MAX. */
enum as_status as_onnx_split_codes(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                   struct as_onnx_codes **out);
enum as_status as_onnx_pad_codes(struct as_onnx_maker *m, struct as_onnx_codes *in, int8_t byte,
                                 struct as_onnx_codes **out);
enum as_status as_onnx_concat_codes(struct as_onnx_maker *m, int count,
                                    struct as_onnx_codes *const *in, const char *name,
                                    struct as_onnx_codes **out);

/* Output sides and padding of a window over an image of one or two sides, from the node's
 * attributes kernel_shape (or `kernel`), strides, dilations, pads, auto_pad, ceil_mode. */
struct as_onnx_window {
    int sides, kernel[2], stride[2], dilation[2], before[2], after[2], out[2];
};
enum as_status as_onnx_read_window(struct as_onnx_maker *m, const struct as_onnx_codes *in,
                                   const int *kernel, struct as_onnx_window *window);
/* Writes it into the attributes of an operator of the graph. */
void as_onnx_put_window(const struct as_onnx_window *window, struct as_graph_operator *op);
/* Integers of a constant input, or of an attribute; at most `max`; -1: there are none. */
int as_onnx_int_list(const struct as_onnx_maker *m, size_t input, const char *attribute, int max,
                     int64_t *list);

#endif
