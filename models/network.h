/* The layer list: what every model importer yields and everything else consumes.
 *
 * Tensors are int8 activations, NHWC, batch 1 unless said otherwise, row-major, channels fastest.
 * A tensor's quantization is real = scale * (q - zero_point).
 * Source of the arithmetic: docs/arithmetic.md. */
#ifndef AS_MODELS_NETWORK_H
#define AS_MODELS_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "gen/arena.h"
#include "gen/diag.h"

enum as_op {
    AS_OP_CONV_2D,
    AS_OP_DEPTHWISE_CONV_2D,
    AS_OP_FULLY_CONNECTED,
    AS_OP_ADD,
    AS_OP_AVERAGE_POOL_2D,
    AS_OP_MAX_POOL_2D,
    AS_OP_RESHAPE,
    AS_OP_SOFTMAX,
    AS_OP_COUNT
};

struct as_tensor {
    const char *name; /* for messages; arena-owned, never NULL */
    int n, h, w, c;   /* NHWC; a [N][C] matrix has h = w = 1; a vector n = h = w = 1 */
    float scale;      /* real units per step */
    int zero_point;   /* -128..127 */
    size_t bytes;     /* n * h * w * c */
};

/* One layer.  Shapes: input [N][H][W][C] -> output [N][P][Q][K].
 * FULLY_CONNECTED has H = W = P = Q = 1 and input viewed as [N][C].
 * The fixed-point multipliers are those of docs/arithmetic.md: real factor = m * 2^(shift - 31). */
struct as_layer {
    enum as_op op;
    int index;        /* operator index in the model file */
    const char *name; /* e.g. "CONV_2D" */
    int input[2];     /* tensor ids; input[1] is -1 except for ADD */
    int output;       /* tensor id */

    /* window: CONV_2D, DEPTHWISE_CONV_2D, pools */
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left, pad_bottom, pad_right; /* input rows/columns outside the image */
    int depth_multiplier;                         /* DEPTHWISE_CONV_2D: K = C * depth_multiplier */

    /* CONV_2D         int8_t  [K][R][S][C]
     * DEPTHWISE       int8_t  [R][S][K]
     * FULLY_CONNECTED int8_t  [K][C]                         arena-owned, else NULL */
    const int8_t *weights;
    size_t weight_bytes;
    const int32_t *bias;       /* int32_t [K]; zeros when the file has none; else NULL */
    const int32_t *multiplier; /* int32_t [K] */
    const int8_t *shift;       /* int8_t  [K], positive = left */

    /* ADD: of input 0, input 1 and output; SOFTMAX: index 0 holds the input multiplier, shift L */
    int32_t add_multiplier[3];
    int add_shift[3];
    int32_t softmax_diff_min; /* SOFTMAX: dmin */

    int act_min, act_max; /* clamp of the output, -128..127 */
    uint64_t macs;        /* every filter tap, padding included */
};

struct as_network {
    const char *name;
    int tensor_count;
    struct as_tensor *tensors;
    int layer_count;
    struct as_layer *layers;
    int input;  /* tensor id */
    int output; /* tensor id */
};

const char *as_op_name(enum as_op op);

/* Reads a .tflite file.  All unsupported operators, types and versions are reported at once. */
enum as_status as_tflite_load(struct as_arena *arena, const char *path, struct as_network **out,
                              struct as_diag *diag);
/* The same from bytes in memory; `label` names the source in messages. */
enum as_status as_tflite_parse(struct as_arena *arena, const uint8_t *data, size_t bytes,
                               const char *label, struct as_network **out, struct as_diag *diag);
/* MODEL as users write it: a path, or a name from the built-in list. */
enum as_status as_model_open(struct as_arena *arena, const char *model, struct as_network **out,
                             struct as_diag *diag);

#endif
