#include "sim/reference/reference.h"

#include <assert.h>
#include <string.h>

#include "base/progress.h"
#include "models/arith/fixed_point.h"
#include "models/arith/quantization.h"

/* A layer with its operands at hand. */
struct operands {
    const struct as_network *net;
    int8_t *const *tensors;
    const struct as_layer *layer;
    const struct as_tensor *in, *in2, *out; /* in2: NULL unless there are two inputs */
    const int8_t *x, *x2;                   /* int8_t [N][H][W][C] */
    int8_t *y;                              /* int8_t [N][P][Q][K] */
};

static const int8_t *bytes_of(const struct as_network *net, int8_t *const *tensors, int id)
{
    return net->tensors[id].data ? net->tensors[id].data : tensors[id];
}

/* Where a value of a tensor lies. */
static size_t index_of(const struct as_tensor *t, int n, int h, int w, int c)
{
    return (((size_t)n * (size_t)t->h + (size_t)h) * (size_t)t->w + (size_t)w) * (size_t)t->c +
           (size_t)c;
}

/* `acc` times a factor, before the clamp. */
static int64_t scaled(const struct operands *o, int32_t acc, int32_t m, int shift)
{
    bool in_float = o->layer->rounding == AS_ROUNDING_FLOAT;
    return (in_float ? as_mul_float(acc, m, shift) : as_mbqm(acc, m, shift)) + o->out->zero_point;
}

/* With the multiplier of channel k. */
static int64_t requantize(const struct operands *o, int32_t acc, int k)
{
    const struct as_layer *l = o->layer;
    return scaled(o, acc, l->conv.multiplier[k], l->conv.shift[k]);
}

/* With the multiplier of the whole layer. */
static int64_t requantize_all(const struct operands *o, int32_t acc)
{
    const struct as_layer *l = o->layer;
    return scaled(o, acc, l->out_multiplier, l->out_shift);
}

/* Row or column `base + tap * dilation` of the image, or -1 outside. */
static int tap_at(int out_index, int stride, int pad, int tap, int dilation, int limit)
{
    int64_t at = (int64_t)out_index * stride - pad + (int64_t)tap * dilation;
    return at >= 0 && at < limit ? (int)at : -1;
}

static int row_at(const struct operands *o, int p, int r)
{
    const struct as_layer *l = o->layer;
    return tap_at(p, l->conv.stride_h, l->conv.pad_top, r, l->conv.dilation_h, o->in->h);
}

static int column_at(const struct operands *o, int q, int s)
{
    const struct as_layer *l = o->layer;
    return tap_at(q, l->conv.stride_w, l->conv.pad_left, s, l->conv.dilation_w, o->in->w);
}

/* The input that tap (r, s) of output (n, p, q) reads at channel 0, or NULL outside the image. */
static const int8_t *tap_of(const struct operands *o, int n, int p, int q, int r, int s)
{
    int h = row_at(o, p, r), w = column_at(o, q, s);
    return h < 0 || w < 0 ? NULL : o->x + index_of(o->in, n, h, w, 0);
}

static int32_t conv_acc(const struct operands *o, int n, int p, int q, int k)
{
    const struct as_layer *l = o->layer;
    int channels = o->in->c / l->conv.groups; /* of one group */
    int first = k / (o->out->c / l->conv.groups) * channels;
    const int8_t *weights = l->conv.weights + (size_t)k * (size_t)l->conv.kernel_h *
                                                  (size_t)l->conv.kernel_w * (size_t)channels;
    int zero_point = as_weight_zero_point(&l->conv, k);
    int32_t acc = l->conv.bias[k];
    for (int r = 0; r < l->conv.kernel_h; r++)
        for (int s = 0; s < l->conv.kernel_w; s++, weights += channels) {
            const int8_t *x = tap_of(o, n, p, q, r, s);
            for (int c = 0; x && c < channels; c++)
                acc = as_add_wrap(acc,
                                  (weights[c] - zero_point) * (x[first + c] - o->in->zero_point));
        }
    return acc;
}

static int32_t depthwise_acc(const struct operands *o, int n, int p, int q, int k)
{
    const struct as_layer *l = o->layer;
    int c = k / l->conv.depth_multiplier;
    int32_t acc = l->conv.bias[k];
    for (int r = 0; r < l->conv.kernel_h; r++)
        for (int s = 0; s < l->conv.kernel_w; s++) {
            const int8_t *x = tap_of(o, n, p, q, r, s);
            size_t tap = (size_t)r * (size_t)l->conv.kernel_w + (size_t)s;
            int weight = l->conv.weights[tap * (size_t)o->out->c + (size_t)k] -
                         as_weight_zero_point(&l->conv, k);
            if (x)
                acc = as_add_wrap(acc, weight * (x[c] - o->in->zero_point));
        }
    return acc;
}

/* Every output in turn; `value` is not yet clamped. */
static void each_output(const struct operands *o,
                        int64_t (*value)(const struct operands *, int n, int p, int q, int k))
{
    int8_t *y = o->y;
    for (int n = 0; n < o->out->n; n++)
        for (int p = 0; p < o->out->h; p++)
            for (int q = 0; q < o->out->w; q++)
                for (int k = 0; k < o->out->c; k++)
                    *y++ = as_clamp_i8(value(o, n, p, q, k), o->layer->act_min, o->layer->act_max);
}

static int64_t conv_at(const struct operands *o, int n, int p, int q, int k)
{
    return requantize(o, conv_acc(o, n, p, q, k), k);
}

static void run_conv(const struct operands *o)
{
    each_output(o, conv_at);
}

static int64_t depthwise_at(const struct operands *o, int n, int p, int q, int k)
{
    return requantize(o, depthwise_acc(o, n, p, q, k), k);
}

static void run_depthwise(const struct operands *o)
{
    each_output(o, depthwise_at);
}

static void run_fully_connected(const struct operands *o)
{
    const struct as_layer *l = o->layer;
    size_t inputs = l->conv.weight_bytes / (size_t)o->out->c;
    int8_t *y = o->y;
    for (const int8_t *x = o->x; x < o->x + o->in->bytes; x += inputs)
        for (int k = 0; k < o->out->c; k++) {
            const int8_t *row = l->conv.weights + (size_t)k * inputs;
            int32_t acc = l->conv.bias[k];
            for (size_t c = 0; c < inputs; c++)
                acc = as_add_wrap(acc, (row[c] - as_weight_zero_point(&l->conv, k)) *
                                           (x[c] - o->in->zero_point));
            *y++ = as_clamp_i8(requantize(o, acc, k), l->act_min, l->act_max);
        }
}

/* What ADD and MUL read for one output, raw; a dimension of 1 of input 1 is read again. */
static int first_byte(const struct operands *o, int n, int p, int q, int k)
{
    return o->x[index_of(o->in, n, p, q, k)];
}

static int second_byte(const struct operands *o, int n, int p, int q, int k)
{
    const struct as_tensor *t = o->in2;
    return o
        ->x2[index_of(t, t->n > 1 ? n : 0, t->h > 1 ? p : 0, t->w > 1 ? q : 0, t->c > 1 ? k : 0)];
}

static int first_at(const struct operands *o, int n, int p, int q, int k)
{
    return first_byte(o, n, p, q, k) - o->in->zero_point;
}

static int second_at(const struct operands *o, int n, int p, int q, int k)
{
    return second_byte(o, n, p, q, k) - o->in2->zero_point;
}

static int64_t add_at(const struct operands *o, int n, int p, int q, int k)
{
    const struct as_sum *sum = &o->layer->sum;
    int32_t a = as_quant_term(sum, 0, first_byte(o, n, p, q, k), o->in->zero_point);
    int32_t b = as_quant_term(sum, 1, second_byte(o, n, p, q, k), o->in2->zero_point);
    return scaled(o, a + b, sum->multiplier[2], sum->shift[2]);
}

static void run_add(const struct operands *o)
{
    each_output(o, add_at);
}

static int64_t squared_difference_at(const struct operands *o, int n, int p, int q, int k)
{
    const struct as_layer *l = o->layer;
    int32_t a = as_mbqm(first_at(o, n, p, q, k) * (1 << 7), l->sum.multiplier[0], l->sum.shift[0]);
    int32_t b = as_mbqm(second_at(o, n, p, q, k) * (1 << 7), l->sum.multiplier[1], l->sum.shift[1]);
    return scaled(o, (a - b) * (a - b), l->sum.multiplier[2], l->sum.shift[2]);
}

static void run_squared_difference(const struct operands *o)
{
    each_output(o, squared_difference_at);
}

static int64_t mul_at(const struct operands *o, int n, int p, int q, int k)
{
    return requantize_all(o, first_at(o, n, p, q, k) * second_at(o, n, p, q, k));
}

static void run_mul(const struct operands *o)
{
    each_output(o, mul_at);
}

static int64_t average_at(const struct operands *o, int n, int p, int q, int c)
{
    const struct as_layer *l = o->layer;
    int64_t sum = 0, count = 0;
    for (int r = 0; r < l->conv.kernel_h; r++)
        for (int s = 0; s < l->conv.kernel_w; s++) {
            const int8_t *x = tap_of(o, n, p, q, r, s);
            if (!x)
                continue;
            sum += x[c];
            count++;
        }
    assert(count > 0);
    return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

static void run_average_pool(const struct operands *o)
{
    each_output(o, average_at);
}

static int64_t maximum_at(const struct operands *o, int n, int p, int q, int c)
{
    const struct as_layer *l = o->layer;
    int largest = -128;
    for (int r = 0; r < l->conv.kernel_h; r++)
        for (int s = 0; s < l->conv.kernel_w; s++) {
            const int8_t *x = tap_of(o, n, p, q, r, s);
            if (x && x[c] > largest)
                largest = x[c];
        }
    return largest;
}

static void run_max_pool(const struct operands *o)
{
    each_output(o, maximum_at);
}

static int64_t mean_at(const struct operands *o, int n, int p, int q, int c)
{
    int32_t sum = 0, count = o->in->h * o->in->w;
    (void)p;
    (void)q;
    for (int h = 0; h < o->in->h; h++)
        for (int w = 0; w < o->in->w; w++)
            sum += o->x[index_of(o->in, n, h, w, c)];
    return requantize_all(o, sum - o->in->zero_point * count);
}

static void run_mean(const struct operands *o)
{
    each_output(o, mean_at);
}

static int64_t pad_at(const struct operands *o, int n, int p, int q, int k)
{
    const int *before = o->layer->pad.before;
    int at[4] = {n - before[0], p - before[1], q - before[2], k - before[3]};
    const int size[4] = {o->in->n, o->in->h, o->in->w, o->in->c};
    for (int d = 0; d < 4; d++)
        if (at[d] < 0 || at[d] >= size[d])
            return o->layer->pad.value;
    return o->x[index_of(o->in, at[0], at[1], at[2], at[3])];
}

static void run_pad(const struct operands *o)
{
    each_output(o, pad_at);
}

static int64_t lookup_at(const struct operands *o, int n, int p, int q, int k)
{
    return o->layer->lookup.table[(uint8_t)o->x[index_of(o->in, n, p, q, k)]];
}

static void run_lookup(const struct operands *o)
{
    each_output(o, lookup_at);
}

static void run_batch_matmul(const struct operands *o)
{
    const struct as_layer *l = o->layer;
    size_t rows = (size_t)l->matmul.rows, depth = (size_t)l->matmul.depth;
    size_t columns = (size_t)l->matmul.columns;
    size_t step = l->matmul.adj_y ? 1 : columns; /* of input 1 along the depth */
    int8_t *y = o->y;
    for (size_t row = 0; row < (size_t)l->matmul.batches * rows; row++)
        for (size_t column = 0; column < columns; column++) {
            const int8_t *a = o->x + row * depth;
            const int8_t *b =
                o->x2 + row / rows * depth * columns + column * (l->matmul.adj_y ? depth : 1);
            int32_t acc = 0;
            for (size_t d = 0; d < depth; d++)
                acc = as_add_wrap(acc,
                                  (a[d] - o->in->zero_point) * (b[d * step] - o->in2->zero_point));
            *y++ = as_clamp_i8(requantize_all(o, acc), l->act_min, l->act_max);
        }
}

static void run_strided_copy(const struct operands *o)
{
    const int *count = o->layer->copy.count, *step = o->layer->copy.step;
    int8_t *y = o->y;

    for (int a = 0; a < count[0]; a++)
        for (int b = 0; b < count[1]; b++)
            for (int c = 0; c < count[2]; c++)
                for (int d = 0; d < count[3]; d++)
                    *y++ = o->x[o->layer->copy.first + a * step[0] + b * step[1] + c * step[2] +
                                d * step[3]];
}

/* Copies each input's runs along the axis to their place among the output's. */
static void run_concatenation(const struct operands *o)
{
    const struct as_layer *l = o->layer;
    const int out[4] = {o->out->n, o->out->h, o->out->w, o->out->c};
    size_t repeats = 1, at = 0;
    for (int d = 0; d < l->concatenation.axis; d++)
        repeats *= (size_t)out[d];
    size_t out_run = o->out->bytes / repeats;
    for (int i = 0; i < l->input_count; i++) {
        const int8_t *x = bytes_of(o->net, o->tensors, l->input[i]);
        size_t run = o->net->tensors[l->input[i]].bytes / repeats;
        for (size_t k = 0; k < repeats; k++)
            memcpy(o->y + k * out_run + at, x + k * run, run);
        at += run;
    }
}

/* exp((x - max) * beta * scale) in Q0.31, or -1 for a difference too small to count. */
static int32_t softmax_term(const struct as_layer *l, int difference)
{
    if (difference < l->softmax.diff_min)
        return -1;
    int32_t moved = (int32_t)((uint32_t)difference << l->softmax.shift);
    return as_exp(as_srdhm(moved, l->softmax.multiplier), 5);
}

static void softmax_row(const struct as_layer *l, const int8_t *x, int8_t *y, int channels)
{
    int max = -128;
    for (int c = 0; c < channels; c++)
        if (x[c] > max)
            max = x[c];

    uint32_t sum = 0; /* Q12.19, at least 1.0 from the maximum itself */
    for (int c = 0; c < channels; c++) {
        int32_t e = softmax_term(l, x[c] - max);
        if (e >= 0)
            sum += (uint32_t)as_rdbpot(e, 12);
    }
    int headroom = __builtin_clz(sum);
    uint32_t fraction = (sum << headroom) - (UINT32_C(1) << 31);
    int32_t reciprocal = as_recip((int32_t)fraction);
    for (int c = 0; c < channels; c++) {
        int32_t e = softmax_term(l, x[c] - max);
        int32_t q = e < 0 ? 0 : as_rdbpot(as_srdhm(reciprocal, e), (12 - headroom) + 31 - 8);
        y[c] = as_clamp_i8((int64_t)q - 128, -128, 127);
    }
}

static void run_softmax(const struct operands *o)
{
    size_t channels = (size_t)o->in->c;
    for (size_t row = 0; row < o->in->bytes / channels; row++)
        softmax_row(o->layer, o->x + row * channels, o->y + row * channels, o->in->c);
}

static void run_reshape(const struct operands *o)
{
    memcpy(o->y, o->x, o->out->bytes);
}

static void (*const kernels[AS_OP_COUNT])(const struct operands *o) = {
#define AS_OP(name, work, mapping, kernel) [AS_OP_##name] = run_##kernel,
#include "models/ops.def"
#undef AS_OP
};

void as_reference_layer(const struct as_network *net, const struct as_layer *layer,
                        int8_t *const *tensors)
{
    struct operands o = {
        .net = net,
        .tensors = tensors,
        .layer = layer,
        .in = &net->tensors[layer->input[0]],
        .out = &net->tensors[layer->output],
        .x = bytes_of(net, tensors, layer->input[0]),
        .y = tensors[layer->output],
    };
    if (layer->input_count == 2) {
        o.in2 = &net->tensors[layer->input[1]];
        o.x2 = bytes_of(net, tensors, layer->input[1]);
    }
    assert(layer->rounding == AS_ROUNDING_TFLITE || as_op_has_factor(layer->op));
    kernels[layer->op](&o);
}

enum as_status as_reference_run(const struct as_network *net, const int8_t *input,
                                int8_t *const *tensors, struct as_diag *diag)
{
    for (int i = 0; i < net->tensor_count; i++)
        if (net->tensors[i].bytes > 0 && !net->tensors[i].data && !tensors[i])
            return as_fail(diag, AS_ERR_RANGE, "%s: tensor %d '%s' has no buffer", net->name, i,
                           net->tensors[i].name);
    as_ports_scatter(net, input, tensors);
    for (int i = 0; i < net->layer_count; i++) {
        as_progress("%s: reference of layer %d of %d", net->name, i + 1, net->layer_count);
        as_reference_layer(net, &net->layers[i], tensors);
    }
    return AS_OK;
}
