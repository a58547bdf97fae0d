/* What tflite_build.c, tflite_ops.c and tflite_random.c share of a file in the making. */
#ifndef AS_HELPERS_TFLITE_BUILD_PARTS_H
#define AS_HELPERS_TFLITE_BUILD_PARTS_H

#include "tests/unit/helpers/tflite_build.h"

#define TENSORS_MAX 256
#define OPS_MAX     128
#define INPUTS_MAX  8
#define PORTS_MAX   16
#define OPTIONS_MAX 8
#define RANK_MAX    5

enum { FLOAT32 = 0, INT32 = 2, UINT8 = 3, INT8 = 9, RESOURCE = 13 };

struct tensor {
    int type, rank, dim[RANK_MAX];
    int scale_count, axis;
    float *scale;
    int64_t *zero_point;
    uint8_t *data; /* NULL: an activation */
    size_t bytes;
};

struct op {
    int builtin, version, options_type, option_count, input_count, output_count;
    uint32_t option[OPTIONS_MAX];
    int input[INPUTS_MAX], output[INPUTS_MAX];
    int variable; /* of VAR_HANDLE */
    bool once;    /* of the graph that CALL_ONCE calls */
};

struct build {
    uint64_t state;
    int tensor_count, op_count, variable_count;
    int input_count, output_count;
    int32_t input[PORTS_MAX], output[PORTS_MAX];
    struct tensor tensor[TENSORS_MAX];
    struct op op[OPS_MAX];
    struct build_limits limits;
    float gain;      /* above 0: factor of sums and products, and few, small weights */
    int weight_zero; /* zero point of weights */

    uint8_t *file;
    size_t bytes, room;
};

static inline bool chance(struct build *b, int of)
{
    return build_random(b, 1, of) == 1;
}

static inline size_t elements_of(int rank, const int *dim)
{
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= (size_t)dim[i];
    return n;
}

float scale_of(const struct build *b, int tensor);
int zero_of(const struct build *b, int tensor);
/* An output of this shape; scale 0 takes the quantization of `like`, else a drawn zero point.
 * -1 when it is too large. */
int output_of(struct build *b, int rank, const int *dim, float scale, int like);
uint32_t random_activation(struct build *b);
int int32_constant(struct build *b, int rank, const int *dim, const int32_t *value);
int byte_constant(struct build *b, int rank, const int *dim, float scale, int zero_point);
/* The output's shape from the input's; false for none. */
bool window_shape(const struct build *b, int input, const struct build_window *w, int channels,
                  int dim[4]);

/* Of tflite_limits.c. */
int random_scaled_up(struct build *b, int input);
int random_weight_zero(struct build *b, int input);
int random_signal(struct build *b, int input);

/* Random layers of tflite_shapes.c. */
int random_resize(struct build *b, int input);
int random_transpose_conv(struct build *b, int input);
int random_reduce_sum(struct build *b, int input);
int random_reduce_extreme(struct build *b, int input);
int random_extreme(struct build *b, int input);
int random_both_ways(struct build *b, int input);
int build_log_softmax(struct build *b, int inner);
/* ARG_MAX or ARG_MIN of it, along an axis. */
int build_argument(struct build *b, int inner);
int random_turned_matmul(struct build *b, int input);
int random_table(struct build *b, int input);
int random_prelu(struct build *b, int input);
int random_pack(struct build *b, int input);
int random_free_reshape(struct build *b, int input);
/* Of tflite_state.c. */
int random_stateful(struct build *b, int input);

/* Of tflite_rearrange.c. */
int random_batch_blocks(struct build *b, int input);
int random_depth_blocks(struct build *b, int input);
int random_gather(struct build *b, int input);
int random_tile(struct build *b, int input);
int random_mirror_pad(struct build *b, int input);
int random_reverse(struct build *b, int input);
int random_bilinear(struct build *b, int input);

#endif
