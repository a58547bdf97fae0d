/* Inside models/lower/: what lower.c (the walk over the graph) and the lowerings of single
 * operators, by family, share. */
#ifndef AS_MODELS_LOWER_LOWERING_H
#define AS_MODELS_LOWER_LOWERING_H

#include "base/reasons.h"
#include "models/graph.h"
#include "models/network.h"

#define AS_LOWER_WINDOW_MAX   4096 /* kernel, stride, dilation */
#define AS_LOWER_NHWC         4    /* dimensions of all tensors but those that are only moved */
#define AS_LOWER_STEPS_MAX    16   /* layers in front of the one that an output becomes */
#define AS_LOWER_GATHER_STEPS (AS_INPUTS_MAX + 1)
#define AS_LOWER_MEAN_MAX     (1 << 23) /* values of one MEAN, whose sum must fit 32 bits */

/* What is known of a tensor of the network. */
struct as_lower_state {
    bool seen; /* it was checked, with this status */
    enum as_status status;
    bool produced; /* it is the input, or an earlier operator writes it */
};

/* What is known of a variable of the graph while its operators are walked over. */
struct as_lower_variable {
    int first;    /* operator that reads or assigns it first; -1: none yet */
    int tensor;   /* its value in front of an inference; -1: none has read that yet */
    int value;    /* its value at this place of the walk; -1: that in front of an inference */
    size_t bytes; /* 0: nothing has said it yet */
    const struct as_graph_tensor *assigned; /* what operators assign to it first; NULL: none did */
    const uint8_t *initial;                 /* [bytes] of CALL_ONCE; NULL: none did */
};

struct as_lowering {
    struct as_arena *arena;
    struct as_diag
        *diag; /* told at the end; what is refused on the way is collected in `reasons` */
    struct as_reasons *reasons;
    const struct as_lower_op *op; /* being lowered; NULL: none */
    const struct as_graph *graph;
    struct as_network *net;
    struct as_lower_state *state; /* [graph->network_tensors] */
    bool *skipped;                /* [graph->operator_count]: it becomes no layer, because the host
                                   * runs it or because its values are known */
    struct as_lower_variable *variables; /* [graph->variable_count] */
    int *handle; /* [graph->network_tensors]: the variable that a handle means, + 1; else 0 */
    size_t activation_bytes, constant_bytes;
    int layer_room; /* layers that net->layers has room for, and new tensors net->tensors */
};

/* An operator being lowered. */
struct as_lower_op {
    struct as_lowering *lowering;
    const struct as_lower_row *row;
    const struct as_graph_operator *op;
    int index;
    int part; /* the output being lowered; 0 but for an operator of several */
};

/* A supported operator. */
struct as_lower_row {
    const char *name;
    enum as_op op; /* the layer it becomes; `lower` may choose another */
    /* Inputs: how many, the first of them that is an activation, and how many activations (0: all).
     */
    size_t inputs_min, inputs_max, first, activations;
    bool operands; /* activations may be constant */
    bool any_rank; /* tensors may have AS_GRAPH_RANK_MAX dimensions */
    bool parts;    /* any number of outputs, each a layer of its own */
    int steps;     /* layers at most in front of the one that an output becomes; 0:
                    * AS_LOWER_STEPS_MAX */
    /* Fills `layer`, which is initialised and has its tensors, from part op->part. */
    enum as_status (*lower)(const struct as_lower_op *op, struct as_layer *layer);
};

/* The operators of one family; the last row has no name. */
extern const struct as_lower_row as_lower_convs[], as_lower_pools[], as_lower_elementwise[],
    as_lower_matmuls[], as_lower_moves[], as_lower_copies[], as_lower_extremes[],
    as_lower_resizes[], as_lower_blocks_rows[], as_lower_gathers[], as_lower_bilinear[];
/* All that models/arith/lookup.h has a table for. */
extern const struct as_lower_row as_lower_lookup;
/* TABLE, which has its own. */
extern const struct as_lower_row as_lower_table;

/* Tensor `id` has one scale, finite and above 0, and one zero point, low..high. */
enum as_status as_lower_check_quantization(struct as_lowering *lowering, int id, int low, int high);
/* An ADD or MUL that is a function of two bytes, op->op->pair, becomes one; `swapped`: its operands
 * were.  Proven for every pair of bytes. */
enum as_status as_lower_pair(const struct as_lower_op *op, bool swapped, struct as_layer *layer);
/* Finds the inputs of the network and the operators that the host runs; those tensors are there
 * then. */
enum as_status as_lower_inputs(struct as_lowering *lowering);
enum as_status as_lower_outputs(struct as_lowering *lowering);
/* Operator `index`, ARG_MAX or ARG_MIN, becomes a port; LOG_SOFTMAX in front of one a part of it.
 */
enum as_status as_lower_argument(struct as_lowering *lowering, int index, struct as_port *port);
enum as_status as_lower_log_softmax(struct as_lowering *lowering, int index, struct as_port *port);
/* After the operators: every output is written by one. */
enum as_status as_lower_check_outputs(struct as_lowering *lowering);

/* Operators of streaming state: a row, and what it does in the walk; the last has no name. */
struct as_lower_state_row {
    const char *name;
    enum as_status (*lower)(const struct as_lower_op *op);
};
extern const struct as_lower_state_row as_lower_state_rows[];
void as_lower_state_begin(struct as_lowering *lowering);
/* After the operators: every variable that is read has a value. */
void as_lower_check_state(struct as_lowering *lowering);
/* The variables of the network, and the copies that keep them. */
void as_lower_state_end(struct as_lowering *lowering);
/* Layers and new tensors that this takes at most. */
size_t as_lower_state_steps(const struct as_graph *graph);

/* The graph with the values of tensors that follow from shapes and constants, such as what Keras
 * writes in front of a RESHAPE; skips their operators. */
const struct as_graph *as_lower_fold(const struct as_lowering *lowering,
                                     const struct as_graph *graph);

/* The graph with each CONV_2D and DEPTHWISE_CONV_2D between a SPACE_TO_BATCH_ND and a
 * BATCH_TO_SPACE_ND as one of more dilation; skips those. */
const struct as_graph *as_lower_dilate(const struct as_lowering *lowering,
                                       const struct as_graph *graph);

/* ---- reasons why the network cannot run ---- */

/* Each notes a reason and returns `status`; lowering goes on with the next operator, so that all
 * reasons are told at once.  The text says what is wrong, with values and what is expected; who it
 * is about comes before it: "operator 3 CONV_2D 'conv': ", "tensor 4 'x' (operator 3 CONV_2D): ".
 * The same text about several is told once for all of them. */
enum as_status as_lower_refuse(const struct as_lower_op *op, enum as_status status, const char *fmt,
                               ...) __attribute__((format(printf, 3, 4)));
/* `id` is one of the graph's. */
enum as_status as_lower_refuse_tensor(struct as_lowering *lowering, int id, enum as_status status,
                                      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
enum as_status as_lower_refuse_network(struct as_lowering *lowering, enum as_status status,
                                       const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Why an operator of that name has no row, and what is expected instead; NULL: no more is known. */
const char *as_lower_why_refused(const char *name);

/* ---- checks, which name the operator ---- */

enum as_status as_lower_expect_range(const struct as_lower_op *op, const char *what, int value,
                                     int low, int high);
/* The output is n x h x w x c. */
enum as_status as_lower_expect_output(const struct as_lower_op *op, const struct as_layer *layer,
                                      int n, int h, int w, int c);
/* The output has the shape of `like`. */
enum as_status as_lower_expect_output_of(const struct as_lower_op *op, const struct as_layer *layer,
                                         const struct as_tensor *like);
/* Scale and zero point of input number `input` and the output are the same. */
enum as_status as_lower_expect_same_quantization(const struct as_lower_op *op,
                                                 const struct as_layer *layer, int input);
bool as_same_quantization(const struct as_tensor *a, const struct as_tensor *b);

/* ---- what an operator has ---- */

int as_lower_attribute(const struct as_lower_op *op, enum as_attribute which);
const struct as_tensor *as_lower_tensor(const struct as_lower_op *op, int id);
/* Dimensions of the tensor in the graph; 1..AS_GRAPH_RANK_MAX. */
int as_lower_rank(const struct as_lower_op *op, int id);
const int *as_lower_dims(const struct as_lower_op *op, int id);
/* Input 1, constant axes of input 0, negative from the end: reduced[i] of dimension i. */
enum as_status as_lower_axes(const struct as_lower_op *op, int rank,
                             bool reduced[AS_GRAPH_RANK_MAX]);
/* Place of dimension `i` of `rank`, 1..4, among N, H, W, C. */
int as_lower_place(int rank, int i);
void as_lower_dimensions(const struct as_tensor *t, int dim[4]);
/* The fused activation as the layer's clamp. */
enum as_status as_lower_clamp(const struct as_lower_op *op, struct as_layer *layer);
/* The graph's arithmetic is onnxruntime's, so that products are of float32. */
bool as_lower_in_float(const struct as_lower_op *op);
/* The factor of a whole layer of two operands; see as_quant_product(). */
enum as_status as_lower_product(const struct as_lower_op *op, bool rounded, struct as_layer *layer);

/* AS_ROUNDING_FLOAT: the layer's sums, `bound` in magnitude at most, times (m, shift) are what
 * float32 gives; `what` owns the factor ("channel 3"). */
enum as_status as_lower_expect_float_exact(const struct as_lower_op *op, const char *what,
                                           int64_t bound, int32_t m, int shift);

/* Weights, biases, multipliers and shifts of a layer with `channels` outputs; `t` are its weights,
 * whose shape was checked, with channels along `axis`; input number `bias` are the biases, if any.
 */
enum as_status as_lower_weights(const struct as_lower_op *op, const struct as_graph_tensor *t,
                                int axis, int channels, size_t bias, struct as_layer *layer);
/* Input and output have four dimensions. */
enum as_status as_lower_expect_rank_4(const struct as_lower_op *op, const struct as_layer *layer);
/* The padding of a layer whose kernel, stride and dilation are set; checks the output. */
enum as_status as_lower_window(const struct as_lower_op *op, int channels, struct as_layer *layer);

/* Accepts tensor `id` as an int8 activation, or a constant of the same form where that is allowed,
 * and enters it in the network; reports it once. */
enum as_status as_lower_accept(struct as_lowering *lowering, int id, bool constant);
/* Adds to the bytes of constants, which are bounded. */
enum as_status as_lower_count_constant(struct as_lowering *lowering, size_t bytes);
/* Computes the layers from number `first` on that only move or look up constants. */
enum as_status as_lower_constants(const struct as_lower_op *op, int first);
/* Input number `input` as a constant of that type, for messages called `what`. */
enum as_status as_lower_constant(const struct as_lower_op *op, size_t input, const char *what,
                                 enum as_element element, const struct as_graph_tensor **out);

/* What a SPACE_TO_BATCH_ND or BATCH_TO_SPACE_ND of a tensor of `rank` dimensions has besides it:
 * sizes of a block, and edges of height and width, before and after, that are added or cut off. */
struct as_blocks {
    int h, w, edge[2][2];
};

enum as_status as_lower_blocks(const struct as_lower_op *op, int rank, struct as_blocks *out);

/* An operator that becomes several layers: each is inserted in front of `*layer`, which then lies
 * elsewhere, from tensor `input` to a new tensor of that shape, quantized as tensor `like`. */
struct as_layer *as_lower_step(const struct as_lower_op *op, struct as_layer **layer,
                               enum as_op kind, int input, const int dim[4], int like);
/* The step that copies tensor `id` so; its output. */
int as_lower_copy(const struct as_lower_op *op, struct as_layer **layer, int id, const int dim[4],
                  const struct as_copy *copy);
/* The step that calls the bytes of tensor `id` those of a tensor with that zero point. */
int as_lower_recentre(const struct as_lower_op *op, struct as_layer **layer, int id,
                      int zero_point);

/* A tensor as [outer][size][inner] becomes [outer][count][inner]: place i of `count` is place
 * index[i], 0..size-1. */
struct as_gather {
    int outer, size, inner, count;
    const int *index; /* [count] */
};

/* Room for the indices of an axis, whose places are bounded. */
enum as_status as_lower_new_index(const struct as_lower_op *op, int count, int **index);
/* At most AS_LOWER_GATHER_STEPS steps from tensor `*id` to that one, `*id` then; none where it is
 * the same. */
enum as_status as_lower_gather(const struct as_lower_op *op, struct as_layer **layer,
                               const struct as_gather *gather, int *id);
/* The inputs of an operator of two, with dimensions among N, H, W, C as the one of more has them;
 * those of the output are `whole`. */
struct as_operands {
    int id[2], dim[2][4], whole[4];
};

enum as_status as_lower_operands(const struct as_lower_op *op, const struct as_layer *layer,
                                 struct as_operands *out);
bool as_lower_is_whole(const struct as_operands *operands, int which);
/* Operand `which` in the output's shape, `*id`: repeated along the dimensions that it has not. */
enum as_status as_lower_repeat(const struct as_lower_op *op, struct as_layer **layer,
                               const struct as_operands *operands, int which, int *id);
/* The step, or the reshape, by which the last two of [outer][rows][columns] change places. */
int as_lower_turn(const struct as_lower_op *op, struct as_layer **layer, int id, int outer,
                  int rows, int columns);
/* A tensor between the steps has n * h * w * c values. */
enum as_status as_lower_expect_values(const struct as_lower_op *op, int n, double h, double w,
                                      int c);
/* An operator that resizes an image: its shapes, quantization and constant sizes. */
enum as_status as_lower_resize(const struct as_lower_op *op, const struct as_layer *layer);

/* Makes the last of them one that only renames tensor `id`. */
void as_lower_end(struct as_layer *layer, int id);

/* Tensor `id` in another shape, N, H, W, C: itself where it has that shape.  An activation gets a
 * RESHAPE layer before the one being lowered, which then lies elsewhere. */
int as_lower_reshape(const struct as_lower_op *op, struct as_layer **layer, int id,
                     const int dim[4]);

#endif
