#include "tests/unit/tflite_build.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENSORS_MAX 256
#define OPS_MAX     128
#define INPUTS_MAX  8
#define OPTIONS_MAX 8
#define RANK_MAX    4

enum { INT32 = 2, INT8 = 9 };
enum { SAME, VALID };

struct tensor {
    int type, rank, dim[RANK_MAX];
    int scale_count, axis;
    float *scale;
    int64_t *zero_point;
    uint8_t *data; /* NULL: an activation */
    size_t bytes;
};

struct op {
    int builtin, version, options_type, option_count, input_count, output;
    uint32_t option[OPTIONS_MAX];
    int input[INPUTS_MAX];
};

struct build {
    uint64_t state;
    int tensor_count, op_count, input, output;
    struct tensor tensor[TENSORS_MAX];
    struct op op[OPS_MAX];
    struct build_limits limits;

    uint8_t *file;
    size_t bytes, room;
};

struct build *build_new(uint64_t seed)
{
    struct build *b = calloc(1, sizeof *b);
    assert(b);
    b->state = seed;
    b->limits = build_limits_default();
    return b;
}

void build_free(struct build *b)
{
    for (int i = 0; i < b->tensor_count; i++) {
        free(b->tensor[i].scale);
        free(b->tensor[i].zero_point);
        free(b->tensor[i].data);
    }
    free(b->file);
    free(b);
}

/* ---- random numbers ---- */

static uint64_t next_random(struct build *b) /* splitmix64 */
{
    uint64_t z = b->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

int build_random(struct build *b, int low, int high)
{
    return low + (int)(next_random(b) % (uint64_t)((int64_t)high - low + 1));
}

float build_random_scale(struct build *b, float low, float high)
{
    float t = (float)(next_random(b) >> 40) / (float)(1 << 24);
    return low * powf(high / low, t);
}

static bool chance(struct build *b, int of)
{
    return build_random(b, 1, of) == 1;
}

/* ---- tensors and operators ---- */

static size_t elements_of(int rank, const int *dim)
{
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= (size_t)dim[i];
    return n;
}

static int add_tensor(struct build *b, int type, int rank, const int *dim, int scale_count,
                      const float *scale, int zero_point)
{
    assert(b->tensor_count < TENSORS_MAX && rank <= RANK_MAX);
    struct tensor *t = &b->tensor[b->tensor_count];
    *t = (struct tensor){.type = type, .rank = rank, .scale_count = scale_count};
    if (rank > 0)
        memcpy(t->dim, dim, (size_t)rank * sizeof *dim);
    t->bytes = elements_of(rank, dim) * (type == INT32 ? 4 : 1);
    t->scale = calloc((size_t)scale_count + 1, sizeof *t->scale);
    t->zero_point = calloc((size_t)scale_count + 1, sizeof *t->zero_point);
    assert(t->scale && t->zero_point);
    if (scale_count > 0)
        memcpy(t->scale, scale, (size_t)scale_count * sizeof *scale);
    t->zero_point[0] = scale_count == 1 ? zero_point : 0;
    return b->tensor_count++;
}

int build_activation(struct build *b, int rank, const int *dim, float scale, int zero_point)
{
    return add_tensor(b, INT8, rank, dim, 1, &scale, zero_point);
}

int build_constant(struct build *b, int type, int rank, const int *dim, const void *data,
                   size_t bytes, int scale_count, const float *scale, int zero_point, int axis)
{
    int id = add_tensor(b, type, rank, dim, scale_count, scale, zero_point);
    struct tensor *t = &b->tensor[id];
    t->axis = axis;
    t->bytes = bytes;
    t->data = malloc(bytes);
    assert(t->data);
    memcpy(t->data, data, bytes);
    return id;
}

int build_rank(const struct build *b, int tensor)
{
    return b->tensor[tensor].rank;
}

int build_dim(const struct build *b, int tensor, int i)
{
    return b->tensor[tensor].dim[i];
}

void build_op(struct build *b, int builtin, int version, int options_type, int option_count,
              const uint32_t *options, int input_count, const int *inputs, int output)
{
    assert(b->op_count < OPS_MAX && input_count <= INPUTS_MAX && option_count <= OPTIONS_MAX);
    struct op *op = &b->op[b->op_count++];
    *op = (struct op){.builtin = builtin,
                      .version = version,
                      .options_type = options_type,
                      .option_count = option_count,
                      .input_count = input_count,
                      .output = output};
    if (option_count > 0)
        memcpy(op->option, options, (size_t)option_count * sizeof *options);
    memcpy(op->input, inputs, (size_t)input_count * sizeof *inputs);
}

void build_ports(struct build *b, int input, int output)
{
    b->input = input;
    b->output = output;
}

/* ---- the file: tables of 4-byte slots, each vtable before its table ---- */

static void put(struct build *b, const void *value, size_t bytes)
{
    while (b->bytes + bytes > b->room) {
        b->room = b->room ? 2 * b->room : 4096;
        b->file = realloc(b->file, b->room);
        assert(b->file);
    }
    if (bytes > 0)
        memcpy(b->file + b->bytes, value, bytes);
    b->bytes += bytes;
}

static void put_u16(struct build *b, int value)
{
    uint16_t half = (uint16_t)value;
    put(b, &half, 2);
}

static void put_u32(struct build *b, size_t value)
{
    uint32_t word = (uint32_t)value;
    put(b, &word, 4);
}

/* Until what follows `ahead` bytes later lies on a multiple of `to`. */
static void align(struct build *b, size_t to, size_t ahead)
{
    while ((b->bytes + ahead) % to != 0)
        put(b, "", 1);
}

static void set(struct build *b, size_t slots, int id, uint32_t value)
{
    memcpy(b->file + slots + 4 * (size_t)id, &value, 4);
}

/* A table behind slot `id` of `slots`; returns the position of its own slots. */
static size_t table(struct build *b, size_t slots, int id, int count, uint32_t absent)
{
    align(b, 4, 0);
    size_t vtable = b->bytes;
    put_u16(b, 4 + 2 * count);
    put_u16(b, 4 + 4 * count);
    for (int i = 0; i < count; i++)
        put_u16(b, absent >> i & 1 ? 0 : 4 + 4 * i);
    align(b, 4, 0);
    set(b, slots, id, (uint32_t)(b->bytes - (slots + 4 * (size_t)id)));
    put_u32(b, b->bytes - vtable);
    size_t own = b->bytes;
    for (int i = 0; i < count; i++)
        put_u32(b, 0);
    return own;
}

static void vector(struct build *b, size_t slots, int id, const void *data, size_t count,
                   size_t stride, size_t to)
{
    align(b, to, 4);
    set(b, slots, id, (uint32_t)(b->bytes - (slots + 4 * (size_t)id)));
    put_u32(b, count);
    put(b, data, count * stride);
}

static size_t offsets(struct build *b, size_t slots, int id, int count)
{
    align(b, 4, 0);
    set(b, slots, id, (uint32_t)(b->bytes - (slots + 4 * (size_t)id)));
    put_u32(b, (size_t)count);
    size_t first = b->bytes;
    for (int i = 0; i < count; i++)
        put_u32(b, 0);
    return first;
}

static void write_tensor(struct build *b, size_t tensors, int i)
{
    const struct tensor *t = &b->tensor[i];
    char name[16];
    snprintf(name, sizeof name, "t%d", i);
    size_t slots = table(b, tensors, i, 5, 0);
    vector(b, slots, 0, t->dim, (size_t)t->rank, 4, 4);
    set(b, slots, 1, (uint32_t)t->type);
    set(b, slots, 2, t->data ? (uint32_t)i + 1 : 0);
    vector(b, slots, 3, name, strlen(name), 1, 4);
    put(b, "", 1); /* a string ends with 0, which its count leaves out */
    size_t quant = table(b, slots, 4, 7, t->scale_count > 0 ? 0x33 : 0x7f);
    if (t->scale_count == 0)
        return;
    vector(b, quant, 2, t->scale, (size_t)t->scale_count, 4, 4);
    vector(b, quant, 3, t->zero_point, (size_t)t->scale_count, 8, 8);
    set(b, quant, 6, (uint32_t)t->axis);
}

static void write_op(struct build *b, size_t ops, int i)
{
    const struct op *op = &b->op[i];
    int32_t output = op->output;
    size_t slots = table(b, ops, i, 5, op->options_type ? 0 : 0x18);
    set(b, slots, 0, (uint32_t)i);
    vector(b, slots, 1, op->input, (size_t)op->input_count, 4, 4);
    vector(b, slots, 2, &output, 1, 4, 4);
    if (op->options_type) {
        set(b, slots, 3, (uint32_t)op->options_type);
        size_t options = table(b, slots, 4, op->option_count, 0);
        for (int j = 0; j < op->option_count; j++)
            set(b, options, j, op->option[j]);
    }
}

const uint8_t *build_finish(struct build *b, size_t *bytes)
{
    int32_t input = b->input, output = b->output;
    b->bytes = 0;
    put_u32(b, 0);
    put(b, "TFL3", 4);
    size_t model = table(b, 0, 0, 5, 1u << 3);
    set(b, model, 0, 3);
    size_t codes = offsets(b, model, 1, b->op_count);
    for (int i = 0; i < b->op_count; i++) {
        int builtin = b->op[i].builtin;
        size_t code = table(b, codes, i, 4, 1u << 1);
        set(b, code, 0, (uint32_t)(builtin > 127 ? 127 : builtin));
        set(b, code, 2, (uint32_t)b->op[i].version);
        set(b, code, 3, (uint32_t)builtin);
    }
    size_t buffers = offsets(b, model, 4, b->tensor_count + 1);
    for (int i = 0; i <= b->tensor_count; i++) {
        const struct tensor *t = i > 0 ? &b->tensor[i - 1] : NULL;
        size_t buffer = table(b, buffers, i, 1, t && t->data ? 0 : 1);
        if (t && t->data)
            vector(b, buffer, 0, t->data, t->bytes, 1, 16);
    }
    size_t graphs = offsets(b, model, 2, 1);
    size_t graph = table(b, graphs, 0, 4, 0);
    size_t tensors = offsets(b, graph, 0, b->tensor_count);
    for (int i = 0; i < b->tensor_count; i++)
        write_tensor(b, tensors, i);
    vector(b, graph, 1, &input, 1, 4, 4);
    vector(b, graph, 2, &output, 1, 4, 4);
    size_t ops = offsets(b, graph, 3, b->op_count);
    for (int i = 0; i < b->op_count; i++)
        write_op(b, ops, i);
    align(b, 16, 0);
    *bytes = b->bytes;
    return b->file;
}

/* ---- random layers ---- */

static const char *const kind_names[BUILD_KIND_COUNT] = {
    [BUILD_CONV_2D] = "conv",
    [BUILD_GROUPED_CONV_2D] = "grouped conv",
    [BUILD_PADDED_CONV_2D] = "padded conv",
    [BUILD_DEPTHWISE_CONV_2D] = "depthwise",
    [BUILD_FULLY_CONNECTED] = "fully connected",
    [BUILD_ADD] = "add",
    [BUILD_ADD_SPREAD] = "add spread",
    [BUILD_AVERAGE_POOL_2D] = "average pool",
    [BUILD_MAX_POOL_2D] = "max pool",
    [BUILD_RESHAPE] = "reshape",
    [BUILD_SOFTMAX] = "softmax",
    [BUILD_PAD] = "pad",
    [BUILD_PADV2] = "padv2",
    [BUILD_CONCATENATION] = "concatenation",
    [BUILD_MEAN] = "mean",
    [BUILD_MUL] = "mul",
    [BUILD_MUL_SPREAD] = "mul spread",
    [BUILD_SQUEEZE_EXCITE] = "squeeze and excite",
    [BUILD_HARD_SWISH] = "hard swish",
    [BUILD_BATCH_MATMUL] = "batch matmul",
    [BUILD_ATTENTION] = "attention",
    [BUILD_SQUEEZE] = "squeeze",
    [BUILD_EXPAND_DIMS] = "expand dims",
    [BUILD_TRANSPOSE] = "transpose",
};

const char *build_kind_name(enum build_kind kind)
{
    return kind_names[kind];
}

static float scale_of(const struct build *b, int tensor)
{
    return b->tensor[tensor].scale[0];
}

static int zero_of(const struct build *b, int tensor)
{
    return (int)b->tensor[tensor].zero_point[0];
}

/* An output of this shape; scale 0 takes the quantization of `like`, else a drawn zero point.
 * -1 when it is too large. */
static int output_of(struct build *b, int rank, const int *dim, float scale, int like)
{
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    if (!(scale > 0.0f))
        return build_activation(b, rank, dim, scale_of(b, like), zero_of(b, like));
    int zero = chance(b, 4) ? build_random(b, 0, 1) * 255 - 128 : build_random(b, -128, 127);
    return build_activation(b, rank, dim, scale, zero);
}

static uint32_t random_activation(struct build *b)
{
    return chance(b, 2) ? 0 : (uint32_t)build_random(b, 1, 3);
}

static int int32_constant(struct build *b, int rank, const int *dim, const int32_t *value)
{
    return build_constant(b, INT32, rank, dim, value, 4 * elements_of(rank, dim), 0, NULL, 0, 0);
}

static int byte_constant(struct build *b, int rank, const int *dim, float scale, int zero_point)
{
    size_t n = elements_of(rank, dim);
    uint8_t *data = malloc(n);
    assert(data);
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)next_random(b);
    int id = build_constant(b, INT8, rank, dim, data, n, 1, &scale, zero_point, 0);
    free(data);
    return id;
}

/* Weights, biases and the scale of an output that such sums spread over. */
static float add_weights(struct build *b, int input, int rank, const int *dim, int axis, int taps,
                         int inputs[3])
{
    size_t n = elements_of(rank, dim);
    int channels = dim[axis], scales = chance(b, 3) ? 1 : channels;
    float *scale = calloc((size_t)channels, sizeof *scale);
    float *bias_scale = calloc((size_t)channels, sizeof *bias_scale);
    int8_t *w = malloc(n);
    int32_t *bias = calloc((size_t)channels, sizeof *bias);
    assert(scale && bias_scale && w && bias);
    for (size_t i = 0; i < n; i++)
        w[i] = (int8_t)build_random(b, -127, 127);
    float typical = build_random_scale(b, 0.002f, 0.05f);
    int spread = (int)(10000.0f * sqrtf((float)taps));
    for (int k = 0; k < channels; k++) {
        scale[k] = typical * build_random_scale(b, 0.5f, 2.0f);
        bias_scale[k] = scale_of(b, input) * scale[k];
        bias[k] = build_random(b, -spread, spread);
    }
    inputs[0] = input;
    inputs[1] = build_constant(b, INT8, rank, dim, w, n, scales, scale, 0, axis);
    inputs[2] = build_constant(b, INT32, 1, &channels, bias, 4 * (size_t)channels, scales,
                               bias_scale, 0, 0);
    if (chance(b, 6))
        inputs[2] = -1; /* none */
    free(scale);
    free(bias_scale);
    free(w);
    free(bias);
    return scale_of(b, input) * typical * 75.0f * 75.0f * sqrtf((float)taps) / 60.0f *
           build_random_scale(b, 0.5f, 2.0f);
}

/* Size of one axis of a window's output, 0 for none. */
static int window_out(int in, int kernel, int stride, int dilation, int padding)
{
    int extent = (kernel - 1) * dilation + 1;
    if (padding == SAME)
        return (in + stride - 1) / stride;
    return in < extent ? 0 : (in - extent) / stride + 1;
}

struct window {
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, padding;
};

static struct window random_window(struct build *b, bool dilated)
{
    struct window w = {build_random(b, 1, 5),
                       build_random(b, 1, 5),
                       build_random(b, 1, 3),
                       build_random(b, 1, 3),
                       1,
                       1,
                       build_random(b, SAME, VALID)};
    if (chance(b, 3))
        w.kernel_h = w.kernel_w = chance(b, 2) ? 1 : 3;
    if (dilated && chance(b, 3))
        w.dilation_h = build_random(b, 1, 3);
    if (dilated && chance(b, 3))
        w.dilation_w = build_random(b, 1, 3);
    return w;
}

/* The output's shape from the input's; false for none. */
static bool window_shape(const struct build *b, int input, const struct window *w, int channels,
                         int dim[4])
{
    dim[0] = build_dim(b, input, 0);
    dim[1] =
        window_out(build_dim(b, input, 1), w->kernel_h, w->stride_h, w->dilation_h, w->padding);
    dim[2] =
        window_out(build_dim(b, input, 2), w->kernel_w, w->stride_w, w->dilation_w, w->padding);
    dim[3] = channels;
    return dim[1] > 0 && dim[2] > 0 && elements_of(4, dim) <= b->limits.bytes_max;
}

/* CONV_2D; `like` >= 0: the output is quantized as that tensor. */
static int conv(struct build *b, int input, const struct window *w, int groups, int channels,
                int like)
{
    int dim[4], ids[3], depth = build_dim(b, input, 3) / groups;
    if (!window_shape(b, input, w, channels, dim))
        return -1;
    const int shape[4] = {channels, w->kernel_h, w->kernel_w, depth};
    float scale = add_weights(b, input, 4, shape, 0, w->kernel_h * w->kernel_w * depth, ids);
    int out = output_of(b, 4, dim, like < 0 ? scale : 0.0f, like);
    const uint32_t options[6] = {(uint32_t)w->padding,    (uint32_t)w->stride_w,
                                 (uint32_t)w->stride_h,   random_activation(b),
                                 (uint32_t)w->dilation_w, (uint32_t)w->dilation_h};
    build_op(b, 3, 5, 1, 6, options, 3, ids, out);
    return out;
}

static int random_conv(struct build *b, int input)
{
    struct window w = random_window(b, true);
    return conv(b, input, &w, 1, build_random(b, 1, b->limits.channels_max), -1);
}

static int random_grouped(struct build *b, int input)
{
    struct window w = random_window(b, true);
    int channels = build_dim(b, input, 3), groups = build_random(b, 2, 4);
    while (groups > 1 && channels % groups != 0)
        groups--;
    if (chance(b, 4))
        groups = channels;
    if (groups < 2)
        return -1;
    return conv(b, input, &w, groups, groups * build_random(b, 1, 3), -1);
}

static int random_depthwise(struct build *b, int input)
{
    struct window w = random_window(b, true);
    int in = build_dim(b, input, 3), multiplier = chance(b, 2) ? 1 : build_random(b, 2, 4);
    int dim[4], ids[3];
    if (!window_shape(b, input, &w, in * multiplier, dim))
        return -1;
    const int shape[4] = {1, w.kernel_h, w.kernel_w, in * multiplier};
    float scale = add_weights(b, input, 4, shape, 3, w.kernel_h * w.kernel_w, ids);
    int out = output_of(b, 4, dim, scale, -1);
    const uint32_t options[7] = {
        (uint32_t)w.padding,  (uint32_t)w.stride_w,   (uint32_t)w.stride_h,  (uint32_t)multiplier,
        random_activation(b), (uint32_t)w.dilation_w, (uint32_t)w.dilation_h};
    build_op(b, 4, 4, 2, 7, options, ids[2] < 0 ? 2 : 3, ids, out);
    return out;
}

static int random_fully_connected(struct build *b, int input)
{
    int rank = build_rank(b, input), dim[4], ids[3];
    const struct tensor *t = &b->tensor[input];
    int depth = t->dim[rank - 1], units = build_random(b, 1, 2 * b->limits.channels_max);
    bool keep = rank > 1 && rank < 4;
    memcpy(dim, t->dim, sizeof dim);
    dim[rank - 1] = units;
    if (!keep) { /* a batch of images, each a row */
        int batch = rank == 4 ? t->dim[0] : 1;
        depth = (int)(t->bytes / (size_t)batch);
        rank = 2;
        dim[0] = batch;
        dim[1] = units;
    }
    if (elements_of(rank, dim) > b->limits.bytes_max || depth > 4096)
        return -1;
    const int shape[2] = {units, depth};
    float scale = add_weights(b, input, 2, shape, 0, depth, ids);
    int out = output_of(b, rank, dim, scale, -1);
    /* activation, weights format, keep_num_dims */
    const uint32_t options[3] = {random_activation(b), 0, keep && rank > 2};
    build_op(b, 9, 5, 8, 3, options, 3, ids, out);
    return out;
}

static int pool(struct build *b, int builtin, int input, const struct window *w)
{
    int dim[4];
    if (!window_shape(b, input, w, build_dim(b, input, 3), dim))
        return -1;
    int out = output_of(b, 4, dim, 0.0f, input);
    const uint32_t options[6] = {(uint32_t)w->padding,  (uint32_t)w->stride_w,
                                 (uint32_t)w->stride_h, (uint32_t)w->kernel_w,
                                 (uint32_t)w->kernel_h, random_activation(b)};
    build_op(b, builtin, 2, 5, 6, options, 1, &input, out);
    return out;
}

static int random_pool(struct build *b, int builtin, int input)
{
    struct window w = random_window(b, false);
    return pool(b, builtin, input, &w);
}

/* ADD (0) or MUL (18) of two tensors, the output in the shape of `like`. */
static int sum_or_product(struct build *b, int builtin, int x, int y, int like)
{
    const struct tensor *t = &b->tensor[like];
    float scale = builtin == 0
                      ? fmaxf(scale_of(b, x), scale_of(b, y)) * build_random_scale(b, 0.8f, 3.0f)
                      : scale_of(b, x) * scale_of(b, y) * build_random_scale(b, 20.0f, 200.0f);
    int out = output_of(b, t->rank, t->dim, scale, -1);
    const int ids[2] = {x, y};
    const uint32_t options[2] = {random_activation(b), 0};
    build_op(b, builtin, 2, builtin == 0 ? 11 : 21, builtin == 0 ? 2 : 1, options, 2, ids, out);
    return out;
}

static int pad(struct build *b, bool valued, int input, const int before[4], const int after[4])
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, dim[4];
    int32_t amount[8];
    for (int i = 0; i < rank; i++) {
        dim[i] = t->dim[i] + before[i] + after[i];
        amount[2 * i] = before[i];
        amount[2 * i + 1] = after[i];
    }
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    const int shape[2] = {rank, 2}, one[1] = {1};
    int ids[3] = {input, int32_constant(b, 2, shape, amount), -1};
    if (valued)
        ids[2] =
            byte_constant(b, build_random(b, 0, 1), one, scale_of(b, input), zero_of(b, input));
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, valued ? 60 : 34, 2,
             chance(b, 2) ? 0
             : valued     ? 43
                          : 22,
             0, NULL, valued ? 3 : 2, ids, out);
    return out;
}

/* On height and width; on all dimensions when `anywhere`. */
static int random_pad(struct build *b, bool valued, bool anywhere, int input)
{
    int before[4] = {0}, after[4] = {0}, rank = build_rank(b, input);
    for (int i = 0; i < rank; i++)
        if (chance(b, 4) ? anywhere : rank == 4 && (i == 1 || i == 2)) {
            before[i] = build_random(b, 0, 3);
            after[i] = build_random(b, 0, 3);
        }
    return pad(b, valued, input, before, after);
}

static int random_padded_conv(struct build *b, int input)
{
    struct window w = random_window(b, false);
    int padded = random_pad(b, false, false, input);
    w.padding = VALID;
    return padded < 0 ? -1 : conv(b, padded, &w, 1, build_random(b, 1, b->limits.channels_max), -1);
}

/* An operand that is the same as `input` or has dimensions of 1. */
static int smaller_operand(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4], rank = t->rank;
    for (int i = 0; i < rank; i++)
        dim[i] = chance(b, 2) ? 1 : t->dim[i];
    if (chance(b, 3)) { /* one value for all, or one for each channel */
        dim[0] = chance(b, 2) ? 1 : t->dim[rank - 1];
        rank = dim[0] == 1 ? build_random(b, 0, 1) : 1;
    }
    return byte_constant(b, rank, dim, scale_of(b, input) * build_random_scale(b, 0.3f, 3.0f),
                         build_random(b, -128, 127));
}

static int random_spread(struct build *b, int builtin, int input)
{
    int other = smaller_operand(b, input);
    bool swapped = chance(b, 3);
    return sum_or_product(b, builtin, swapped ? other : input, swapped ? input : other, input);
}

static int random_same(struct build *b, int builtin, int input)
{
    const struct tensor *t = &b->tensor[input];
    int other = input;
    if (t->rank == 4 && !chance(b, 3)) {
        const struct window w = {1, 1, 1, 1, 1, 1, SAME};
        other = conv(b, input, &w, 1, t->dim[3], -1);
    }
    return sum_or_product(b, builtin, chance(b, 2) ? input : other, other, input);
}

static int rename_tensor(struct build *b, int builtin, int options_type, int second, int input,
                         int rank, const int *dim)
{
    const int ids[2] = {input, second};
    int out = output_of(b, rank, dim, 0.0f, input);
    build_op(b, builtin, 1, options_type, 0, NULL, second < 0 ? 1 : 2, ids, out);
    return out;
}

static int random_reshape(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4] = {1, 1, 1, 1}, rank = build_random(b, 2, 4), rest = (int)t->bytes;
    for (int i = 0; i < rank - 1; i++) {
        dim[i] = build_random(b, 1, i == 0 ? b->limits.batch_max : b->limits.size_max);
        while (rest % dim[i] != 0)
            dim[i]--;
        rest /= dim[i];
    }
    dim[rank - 1] = rest;
    const int shape[1] = {rank};
    return rename_tensor(b, 22, 0, int32_constant(b, 1, shape, dim), input, rank, dim);
}

static int random_squeeze(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4], rank = 0;
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i] != 1)
            dim[rank++] = t->dim[i];
    if (rank == t->rank || rank == 0)
        return -1;
    return rename_tensor(b, 43, 30, -1, input, rank, dim);
}

static int random_expand_dims(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int dim[4], at = build_random(b, 0, t->rank);
    if (t->rank == 4)
        return -1;
    for (int i = 0, from = 0; i <= t->rank; i++)
        dim[i] = i == at ? 1 : t->dim[from++];
    const int shape[1] = {1};
    const int32_t axis[1] = {chance(b, 2) ? at : at - t->rank - 1};
    return rename_tensor(b, 70, 52, int32_constant(b, build_random(b, 0, 1), shape, axis), input,
                         t->rank + 1, dim);
}

static int random_transpose(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int axes[4] = {0, 1, 2, 3}, dim[4];
    for (int tries = 0; tries < 4 && t->rank > 1; tries++) { /* neighbours, one of them of 1 */
        int i = build_random(b, 0, t->rank - 2);
        if (t->dim[axes[i]] == 1 || t->dim[axes[i + 1]] == 1) {
            int a = axes[i];
            axes[i] = axes[i + 1];
            axes[i + 1] = a;
        }
    }
    for (int i = 0; i < t->rank; i++)
        dim[i] = t->dim[axes[i]];
    const int shape[1] = {t->rank};
    return rename_tensor(b, 39, 26, int32_constant(b, 1, shape, axes), input, t->rank, dim);
}

static int softmax(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    const float beta = 1.0f;
    uint32_t option;
    memcpy(&option, &beta, 4);
    if (t->dim[t->rank - 1] > 255) /* of more, some interpreters refuse the reciprocal's shift */
        return -1;
    int out = build_activation(b, t->rank, t->dim, 0x1p-8f, -128);
    build_op(b, 25, 2, 9, 1, &option, 1, &input, out);
    return out;
}

static int random_concatenation(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, axis = build_random(b, 0, rank - 1), count = build_random(b, 2, 4);
    int ids[INPUTS_MAX], dim[4], sum = 0;
    if (chance(b, 4))
        count = build_random(b, 2, INPUTS_MAX);
    memcpy(dim, t->dim, sizeof dim);
    for (int i = 0; i < count; i++) {
        ids[i] = input;
        if (chance(b, 3) && rank == 4 && axis == 3) {
            const struct window w = {1, 1, 1, 1, 1, 1, SAME};
            ids[i] = conv(b, input, &w, 1, build_random(b, 1, b->limits.channels_max), input);
        } else if (chance(b, 2)) {
            int before[4] = {0}, after[4] = {0};
            after[axis] = build_random(b, 0, 3);
            ids[i] = pad(b, false, input, before, after);
        }
        if (ids[i] < 0)
            return -1;
        sum += build_dim(b, ids[i], axis);
    }
    dim[axis] = sum;
    int out = output_of(b, rank, dim, 0.0f, input);
    const uint32_t options[2] = {(uint32_t)(chance(b, 2) ? axis : axis - rank), 0};
    if (out >= 0)
        build_op(b, 2, 2, 10, 2, options, count, ids, out);
    return out;
}

static int mean(struct build *b, int input, bool keep)
{
    const struct tensor *t = &b->tensor[input];
    int first = 1, count = t->rank - 2; /* of [N][H][W][C] or [N][W][C] */
    if (t->rank < 3)
        return -1;
    int dim[4] = {t->dim[0], 1, 1, t->dim[t->rank - 1]};
    int32_t axes[2] = {first, first + 1};
    if (chance(b, 3))
        axes[0] -= t->rank;
    if (!keep || t->rank == 3)
        dim[keep ? 2 : 1] = t->dim[t->rank - 1];
    const int shape[1] = {count};
    const int ids[2] = {input, int32_constant(b, 1, shape, axes)};
    float scale = chance(b, 4) ? 0.0f : scale_of(b, input) * build_random_scale(b, 0.05f, 1.5f);
    int out = output_of(b, keep ? t->rank : 2, dim, scale, input);
    const uint32_t option = keep;
    build_op(b, 40, 2, 27, 1, &option, 2, ids, out);
    return out;
}

static int squeeze_excite(struct build *b, int input)
{
    const struct window w = {1, 1, 1, 1, 1, 1, SAME};
    int squeezed = mean(b, input, true);
    int gate = conv(b, squeezed, &w, 1, build_dim(b, input, 3), -1);
    return gate < 0                ? -1
           : build_random(b, 0, 1) ? sum_or_product(b, 18, input, gate, input)
                                   : sum_or_product(b, 18, gate, input, input);
}

static int hard_swish(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    float scale = chance(b, 4) ? 0.0f : scale_of(b, input) * build_random_scale(b, 0.02f, 2.0f);
    int out = output_of(b, t->rank, t->dim, scale, input);
    build_op(b, 117, 1, chance(b, 2) ? 0 : 91, 0, NULL, 1, &input, out);
    return out;
}

static int matmul(struct build *b, int x, int y, bool adj_y)
{
    const struct tensor *t = &b->tensor[x];
    int dim[4], rank = t->rank;
    assert(rank >= 2 && rank <= RANK_MAX);
    memcpy(dim, t->dim, sizeof dim);
    dim[rank - 1] = build_dim(b, y, adj_y ? rank - 2 : rank - 1);
    if (elements_of(rank, dim) > b->limits.bytes_max)
        return -1;
    float scale = scale_of(b, x) * scale_of(b, y) * 80.0f * sqrtf((float)t->dim[rank - 1]) *
                  build_random_scale(b, 0.5f, 3.0f);
    int out = output_of(b, rank, dim, scale, -1);
    const uint32_t options[3] = {0, adj_y, 0};
    const int ids[2] = {x, y};
    build_op(b, 126, 2, 101, 3, options, 2, ids, out);
    return out;
}

static int random_matmul(struct build *b, int input)
{
    int rank = build_rank(b, input), none[4] = {0}, more[4] = {0};
    more[rank - 2] = build_random(b, 0, 3);
    int other = pad(b, false, input, none, more);
    return other < 0 ? -1 : matmul(b, input, other, true);
}

static int attention(struct build *b, int input)
{
    int score = matmul(b, input, input, true);
    int weights = score < 0 ? -1 : softmax(b, score);
    return weights < 0 ? -1 : matmul(b, weights, input, false);
}

static int try_layer(struct build *b, enum build_kind kind, int input)
{
    int rank = build_rank(b, input);
    switch (kind) {
    case BUILD_CONV_2D:
        return rank == 4 ? random_conv(b, input) : -1;
    case BUILD_GROUPED_CONV_2D:
        return rank == 4 ? random_grouped(b, input) : -1;
    case BUILD_PADDED_CONV_2D:
        return rank == 4 ? random_padded_conv(b, input) : -1;
    case BUILD_DEPTHWISE_CONV_2D:
        return rank == 4 ? random_depthwise(b, input) : -1;
    case BUILD_FULLY_CONNECTED:
        return random_fully_connected(b, input);
    case BUILD_ADD:
        return random_same(b, 0, input);
    case BUILD_ADD_SPREAD:
        return random_spread(b, 0, input);
    case BUILD_AVERAGE_POOL_2D:
        return rank == 4 ? random_pool(b, 1, input) : -1;
    case BUILD_MAX_POOL_2D:
        return rank == 4 ? random_pool(b, 17, input) : -1;
    case BUILD_RESHAPE:
        return random_reshape(b, input);
    case BUILD_SOFTMAX:
        return softmax(b, input);
    case BUILD_PAD:
        return random_pad(b, false, true, input);
    case BUILD_PADV2:
        return random_pad(b, true, true, input);
    case BUILD_CONCATENATION:
        return random_concatenation(b, input);
    case BUILD_MEAN:
        return mean(b, input, chance(b, 2));
    case BUILD_MUL:
        return random_same(b, 18, input);
    case BUILD_MUL_SPREAD:
        return random_spread(b, 18, input);
    case BUILD_SQUEEZE_EXCITE:
        return rank == 4 ? squeeze_excite(b, input) : -1;
    case BUILD_HARD_SWISH:
        return hard_swish(b, input);
    case BUILD_BATCH_MATMUL:
        return rank >= 2 ? random_matmul(b, input) : -1;
    case BUILD_ATTENTION:
        return rank >= 2 ? attention(b, input) : -1;
    case BUILD_SQUEEZE:
        return random_squeeze(b, input);
    case BUILD_EXPAND_DIMS:
        return random_expand_dims(b, input);
    case BUILD_TRANSPOSE:
        return random_transpose(b, input);
    case BUILD_KIND_COUNT:
        break;
    }
    return -1;
}

/* Forgets the tensors and operators beyond these counts. */
static void cut(struct build *b, int tensors, int ops)
{
    while (b->tensor_count > tensors) {
        struct tensor *t = &b->tensor[--b->tensor_count];
        free(t->scale);
        free(t->zero_point);
        free(t->data);
    }
    b->op_count = ops;
}

int build_layer(struct build *b, enum build_kind kind, int input)
{
    int tensors = b->tensor_count, ops = b->op_count;
    int out = try_layer(b, kind, input);
    /* Products of products leave what a float or a multiplier holds. */
    if (out >= 0 && (scale_of(b, out) < 1e-4f || scale_of(b, out) > 1e4f))
        out = -1;
    if (out < 0)
        cut(b, tensors, ops);
    return out;
}

struct build_limits build_limits_default(void)
{
    return (struct build_limits){.kinds = BUILD_ALL_KINDS,
                                 .layers = 6,
                                 .batch_max = 3,
                                 .size_max = 9,
                                 .channels_max = 12,
                                 .bytes_max = 16384};
}

int build_network(struct build *b, const struct build_limits *limits)
{
    b->limits = *limits;
    int dim[4] = {build_random(b, 1, limits->batch_max), build_random(b, 1, limits->size_max),
                  build_random(b, 1, limits->size_max), build_random(b, 1, limits->channels_max)};
    if (chance(b, 2))
        dim[0] = 1;
    int rank = 4, first = 0;
    /* Where a kind alone is drawn that wants fewer dimensions, or now and then. */
    if (chance(b, 5) || (limits->kinds & ~(UINT32_C(1) << BUILD_EXPAND_DIMS)) == 0) {
        rank = build_random(b, 2, 3);
        first = 4 - rank;
    }
    int input = build_activation(b, rank, dim + first, build_random_scale(b, 0.005f, 0.2f),
                                 build_random(b, -128, 127));
    int last = input, made = 0;
    for (int tries = 0; tries < 1000 && made < limits->layers; tries++) {
        enum build_kind kind = (enum build_kind)build_random(b, 0, BUILD_KIND_COUNT - 1);
        if (!(limits->kinds >> kind & 1))
            continue;
        int out = build_layer(b, kind, last);
        if (out < 0)
            continue;
        last = out;
        made++;
    }
    build_ports(b, input, last);
    return made;
}
