/* Makes .tflite files of any size: layer by layer, or at random from a seed.
 *
 * tflite_builder.h is for files that are wrong in one chosen place; what is made here is right, so
 * that the importer, the reference and an independent interpreter all accept it. */
#ifndef AS_HELPERS_TFLITE_BUILD_H
#define AS_HELPERS_TFLITE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything that a layer may be in a random network. */
enum build_kind {
    BUILD_CONV_2D, /* with dilation, SAME or VALID */
    BUILD_GROUPED_CONV_2D,
    BUILD_PADDED_CONV_2D, /* PAD, then a VALID CONV_2D */
    BUILD_DEPTHWISE_CONV_2D,
    BUILD_FULLY_CONNECTED,
    BUILD_SCALED_UP,   /* a sum or product with a multiplier of 1 to 32 */
    BUILD_WEIGHT_ZERO, /* FULLY_CONNECTED with a zero point of weights */
    BUILD_SIGNAL,      /* a row or column of thousands of pixels, and a window with a large step */
    BUILD_ADD,         /* of two activations of one shape */
    BUILD_ADD_SPREAD,  /* the second operand is smaller or constant */
    BUILD_SUB_SPREAD,
    BUILD_SQUARED_DIFFERENCE,
    BUILD_AVERAGE_POOL_2D,
    BUILD_MAX_POOL_2D,
    BUILD_RESHAPE,
    BUILD_SOFTMAX,
    BUILD_PAD,
    BUILD_PADV2,
    BUILD_CONCATENATION,
    BUILD_MEAN,
    BUILD_CHANNEL_MEAN,
    BUILD_MUL,
    BUILD_MUL_SPREAD,     /* as ADD_SPREAD */
    BUILD_SQUEEZE_EXCITE, /* MEAN, 1x1 CONV_2D, MUL by the result */
    BUILD_HARD_SWISH,
    BUILD_RELU,
    BUILD_RELU6,
    BUILD_LEAKY_RELU,
    BUILD_LOGISTIC,
    BUILD_TANH,
    BUILD_QUANTIZE,
    BUILD_RSQRT,
    BUILD_BATCH_MATMUL,
    BUILD_ATTENTION, /* BATCH_MATMUL with adj_y, SOFTMAX, BATCH_MATMUL without */
    BUILD_SQUEEZE,
    BUILD_EXPAND_DIMS,
    BUILD_TRANSPOSE,
    BUILD_SLICE,
    BUILD_STRIDED_SLICE,
    BUILD_SPLIT,   /* or SPLIT_V, then CONCATENATION */
    BUILD_SHUFFLE, /* RESHAPE to five dimensions, TRANSPOSE, RESHAPE */
    BUILD_RESIZE_NEAREST,
    BUILD_TRANSPOSE_CONV,
    BUILD_REDUCE_SUM,     /* MEAN or SUM along some axes */
    BUILD_REDUCE_EXTREME, /* REDUCE_MAX or REDUCE_MIN along some axes */
    BUILD_EXTREME,        /* MAXIMUM or MINIMUM of two activations */
    BUILD_PRELU,          /* a slope of each channel */
    BUILD_PACK,           /* UNPACK along an axis, PACK along another, some in another order */
    BUILD_FREE_RESHAPE,   /* RESHAPE to a shape that SHAPE, STRIDED_SLICE and PACK make */
    BUILD_BATCH_BLOCKS,   /* SPACE_TO_BATCH_ND, a convolution or none, BATCH_TO_SPACE_ND */
    BUILD_DEPTH_BLOCKS,   /* SPACE_TO_DEPTH or DEPTH_TO_SPACE */
    BUILD_STATE,          /* variables: windows, sums and delays of frames */
    BUILD_GATHER,
    BUILD_TILE, /* TILE or BROADCAST_TO */
    BUILD_MIRROR_PAD,
    BUILD_REVERSE, /* REVERSE_V2, or a STRIDED_SLICE of a negative stride */
    BUILD_RESIZE_BILINEAR,
    BUILD_BOTH_WAYS, /* two operands, each with dimensions of 1 where the other has more */
    BUILD_TABLE,     /* ABS or GELU */
    BUILD_KIND_COUNT
};

#define BUILD_ALL_KINDS ((UINT64_C(1) << BUILD_KIND_COUNT) - 1)

const char *build_kind_name(enum build_kind kind);

struct build; /* a file in the making */

struct build *build_new(uint64_t seed);
void build_free(struct build *b);

/* The builder's generator; `low` and `high` included. */
int build_random(struct build *b, int low, int high);
float build_random_scale(struct build *b, float low,
                         float high); /* about as often in every octave */

/* ---- piece by piece: every function returns the id of the tensor it makes ---- */

int build_activation(struct build *b, int rank, const int *dim, float scale, int zero_point);
/* `data` of `bytes` bytes is copied.  type: 9 int8, 2 int32.  scale_count 0: not quantized; else
 * the zero points are 0 but for a single scale, which takes `zero_point`. */
int build_constant(struct build *b, int type, int rank, const int *dim, const void *data,
                   size_t bytes, int scale_count, const float *scale, int zero_point, int axis);
/* int32 values that an operator writes. */
int build_whole(struct build *b, int rank, const int *dim);
int build_rank(const struct build *b, int tensor);
int build_dim(const struct build *b, int tensor, int i); /* from 0 */

/* An operator writing `output`; options are 4-byte slots, of which bytes and booleans take the low
 * one; options_type 0: none.  Numbers are those of the schema. */
void build_op(struct build *b, int builtin, int version, int options_type, int option_count,
              const uint32_t *options, int input_count, const int *inputs, int output);
/* Further outputs of the last operator: all of them, `outputs[0]` again included. */
void build_outputs(struct build *b, int count, const int *outputs);
void build_ports(struct build *b, int input, int output);
/* A further input or output. */
void build_input(struct build *b, int input);
void build_output(struct build *b, int output);
int build_input_count(const struct build *b);
int build_input_type(const struct build *b, int input); /* of the schema */
size_t build_input_bytes(const struct build *b, int input);

/* ---- the edge: tensors of another type, and the operator between them and an int8 tensor ---- */

enum { BUILD_FLOAT32 = 0, BUILD_UINT8 = 3 };

/* A tensor of that type in the shape of `inner`; UINT8 takes a drawn quantization near its. */
int build_outer(struct build *b, int type, int inner);
/* QUANTIZE of it to `inner`; QUANTIZE or DEQUANTIZE of `inner` to it. */
void build_edge_in(struct build *b, int outer, int inner);
void build_edge_out(struct build *b, int inner, int outer);

/* ---- variables, memory that lives between inferences; numbered from 0, named by their number ----
 */

int build_handle(struct build *b, int variable);
/* Its value there, quantized as `like`. */
int build_read(struct build *b, int handle, int rank, const int *dim, int like);
void build_assign(struct build *b, int handle, int value);
/* Operators of a further graph, which CALL_ONCE calls first: the last one that was made moves
 * there; the constant is assigned there. */
void build_once(struct build *b);
void build_initial(struct build *b, int variable, int constant);
bool build_has_state(const struct build *b);

/* ---- operator by operator: weights, scales and fused activations are drawn; every function
 * returns the output, or -1 where the shape has none or is larger than the limits ---- */

enum { SAME, VALID };

struct build_window {
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, padding;
};

/* `like` >= 0: the output is quantized as that tensor. */
int build_conv(struct build *b, int input, const struct build_window *w, int groups, int channels,
               int like);
int build_transpose_conv(struct build *b, int input, const struct build_window *w, int channels);
int build_depthwise(struct build *b, int input, const struct build_window *w, int multiplier);
int build_fully_connected(struct build *b, int input, int units);
/* AVERAGE_POOL_2D (1) or MAX_POOL_2D (17). */
int build_pool(struct build *b, int builtin, int input, const struct build_window *w);
/* ADD (0), SUB (41), MUL (18) or SQUARED_DIFFERENCE (99) of two tensors, the output in the shape of
 * `like`. */
int build_sum_or_product(struct build *b, int builtin, int x, int y, int like);
int build_pad(struct build *b, bool valued, int input, const int before[4], const int after[4]);
/* `ratio` of the output's scale to the input's; 0: the same quantization. */
int build_mean(struct build *b, int input, bool keep, float ratio);
int build_channel_mean(struct build *b, int input, float ratio);
int build_softmax(struct build *b, int input);
/* RELU (19), RELU6 (21), LEAKY_RELU (98), LOGISTIC (14), TANH (28), RSQRT (76, of a zero
 * point of -128) or QUANTIZE (114). */
int build_unary(struct build *b, int builtin, int input);
/* QUANTIZE to a zero point of -128, as values at least 0 have, and RSQRT. */
int build_rsqrt(struct build *b, int input);
int build_hard_swish(struct build *b, int input);
int build_matmul(struct build *b, int x, int y, bool adj_y);
int build_concatenation(struct build *b, int axis, int count, const int *inputs);
/* RESHAPE and its like; `second` >= 0: a constant input. */
int build_rename(struct build *b, int builtin, int options_type, int second, int input, int rank,
                 const int *dim);
int build_reshape(struct build *b, int input, int rank, const int *dim);
int build_transpose(struct build *b, int input, const int *axes);
int build_slice(struct build *b, int input, const int *begin, const int *size);
/* mask: begin, end, shrink; `rank` and `dim` are the output's. */
int build_strided_slice(struct build *b, int input, const int *begin, const int *end,
                        const int *stride, const int mask[3], int rank, const int *dim);
void build_split(struct build *b, int input, int axis, int parts, int *outputs);
void build_split_v(struct build *b, int input, int axis, int parts, const int *sizes, int *outputs);
/* Channels of `groups` groups, dealt in turn, by way of five dimensions. */
int build_shuffle(struct build *b, int input, int groups);

/* ---- at random ---- */

/* A layer of this kind on `input`, its shapes, quantization and constants drawn; returns its
 * output, or -1 when the kind does not apply to that shape. */
int build_layer(struct build *b, enum build_kind kind, int input);

struct build_limits {
    uint64_t kinds; /* bit (1 << enum build_kind) for each that may be drawn */
    int layers;     /* draws; a draw may make several operators */
    int batch_max;  /* of the input */
    int size_max;   /* height and width of the input */
    int channels_max;
    size_t bytes_max; /* of one tensor; larger outputs are not drawn */
    bool edges;       /* further outputs; float32 and uint8 ones, and such an input */
};

/* Defaults: all kinds, 1..6 layers, small sizes. */
struct build_limits build_limits_default(void);
/* A network of such layers from one input to the last output.  The same seed and limits give the
 * same bytes.  Returns the layers drawn, 0 when no kind applies. */
int build_network(struct build *b, const struct build_limits *limits);

/* The finished file; owned by the builder. */
const uint8_t *build_finish(struct build *b, size_t *bytes);

#endif
