#include "sim/reference.h"

#include <assert.h>
#include <string.h>

#include "sim/quant.h"

/* A layer with its operands at hand. */
struct operands {
    const struct as_layer *layer;
    const struct as_tensor *in, *out;
    const int8_t *x; /* int8_t [H][W][C] */
    int8_t *y;       /* int8_t [P][Q][K] */
};

static int8_t requantize(const struct operands *o, int32_t acc, int k)
{
    const struct as_layer *l = o->layer;
    int64_t scaled = as_mbqm(acc, l->multiplier[k], l->shift[k]);
    return as_clamp_i8(scaled + o->out->zero_point, l->act_min, l->act_max);
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
    return tap_at(p, l->stride_h, l->pad_top, r, l->dilation_h, o->in->h);
}

static int column_at(const struct operands *o, int q, int s)
{
    const struct as_layer *l = o->layer;
    return tap_at(q, l->stride_w, l->pad_left, s, l->dilation_w, o->in->w);
}

static const int8_t *pixel(const struct operands *o, int h, int w)
{
    return o->x + ((size_t)h * (size_t)o->in->w + (size_t)w) * (size_t)o->in->c;
}

static int8_t *out_pixel(const struct operands *o, int p, int q)
{
    return o->y + ((size_t)p * (size_t)o->out->w + (size_t)q) * (size_t)o->out->c;
}

static int32_t conv_acc(const struct operands *o, int p, int q, int k)
{
    const struct as_layer *l = o->layer;
    const int8_t *weights =
        l->weights + (size_t)k * (size_t)l->kernel_h * (size_t)l->kernel_w * (size_t)o->in->c;
    int32_t acc = l->bias[k];
    for (int r = 0; r < l->kernel_h; r++)
        for (int s = 0; s < l->kernel_w; s++) {
            int h = row_at(o, p, r), w = column_at(o, q, s);
            if (h < 0 || w < 0)
                continue;
            const int8_t *x = pixel(o, h, w);
            const int8_t *row =
                weights + ((size_t)r * (size_t)l->kernel_w + (size_t)s) * (size_t)o->in->c;
            for (int c = 0; c < o->in->c; c++)
                acc = as_add_wrap(acc, row[c] * (x[c] - o->in->zero_point));
        }
    return acc;
}

static int32_t depthwise_acc(const struct operands *o, int p, int q, int k)
{
    const struct as_layer *l = o->layer;
    int c = k / l->depth_multiplier;
    int32_t acc = l->bias[k];
    for (int r = 0; r < l->kernel_h; r++)
        for (int s = 0; s < l->kernel_w; s++) {
            int h = row_at(o, p, r), w = column_at(o, q, s);
            if (h < 0 || w < 0)
                continue;
            size_t tap = (size_t)r * (size_t)l->kernel_w + (size_t)s;
            int8_t weight = l->weights[tap * (size_t)o->out->c + (size_t)k];
            acc = as_add_wrap(acc, weight * (pixel(o, h, w)[c] - o->in->zero_point));
        }
    return acc;
}

static void run_windowed(const struct operands *o,
                         int32_t (*accumulate)(const struct operands *, int, int, int))
{
    for (int p = 0; p < o->out->h; p++)
        for (int q = 0; q < o->out->w; q++)
            for (int k = 0; k < o->out->c; k++)
                out_pixel(o, p, q)[k] = requantize(o, accumulate(o, p, q, k), k);
}

static void run_fully_connected(const struct operands *o)
{
    const struct as_layer *l = o->layer;
    size_t inputs = o->in->bytes;
    for (int k = 0; k < o->out->c; k++) {
        const int8_t *row = l->weights + (size_t)k * inputs;
        int32_t acc = l->bias[k];
        for (size_t c = 0; c < inputs; c++)
            acc = as_add_wrap(acc, row[c] * (o->x[c] - o->in->zero_point));
        o->y[k] = requantize(o, acc, k);
    }
}

static void run_add(const struct operands *o, const struct as_tensor *in2, const int8_t *x2)
{
    const struct as_layer *l = o->layer;
    for (size_t i = 0; i < o->out->bytes; i++) {
        int32_t a = as_mbqm((o->x[i] - o->in->zero_point) * (1 << 20), l->add_multiplier[0],
                            l->add_shift[0]);
        int32_t b =
            as_mbqm((x2[i] - in2->zero_point) * (1 << 20), l->add_multiplier[1], l->add_shift[1]);
        int32_t sum = as_mbqm(a + b, l->add_multiplier[2], l->add_shift[2]);
        o->y[i] = as_clamp_i8((int64_t)sum + o->out->zero_point, l->act_min, l->act_max);
    }
}

static int average_at(const struct operands *o, int p, int q, int c)
{
    const struct as_layer *l = o->layer;
    int64_t sum = 0, count = 0;
    for (int r = 0; r < l->kernel_h; r++)
        for (int s = 0; s < l->kernel_w; s++) {
            int h = row_at(o, p, r), w = column_at(o, q, s);
            if (h < 0 || w < 0)
                continue;
            sum += pixel(o, h, w)[c];
            count++;
        }
    assert(count > 0);
    return (int)(sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count);
}

static int maximum_at(const struct operands *o, int p, int q, int c)
{
    const struct as_layer *l = o->layer;
    int largest = -128;
    for (int r = 0; r < l->kernel_h; r++)
        for (int s = 0; s < l->kernel_w; s++) {
            int h = row_at(o, p, r), w = column_at(o, q, s);
            if (h >= 0 && w >= 0 && pixel(o, h, w)[c] > largest)
                largest = pixel(o, h, w)[c];
        }
    return largest;
}

static void run_pool(const struct operands *o,
                     int (*reduce)(const struct operands *, int, int, int))
{
    const struct as_layer *l = o->layer;
    for (int p = 0; p < o->out->h; p++)
        for (int q = 0; q < o->out->w; q++)
            for (int c = 0; c < o->out->c; c++)
                out_pixel(o, p, q)[c] = as_clamp_i8(reduce(o, p, q, c), l->act_min, l->act_max);
}

/* exp((x - max) * beta * scale) in Q0.31, or -1 for a difference too small to count. */
static int32_t softmax_term(const struct as_layer *l, int difference)
{
    if (difference < l->softmax_diff_min)
        return -1;
    int32_t moved = (int32_t)((uint32_t)difference << l->add_shift[0]);
    return as_softmax_exp(as_srdhm(moved, l->add_multiplier[0]));
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
    int32_t reciprocal = as_softmax_recip((int32_t)fraction);
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

void as_reference_layer(const struct as_network *net, const struct as_layer *layer,
                        int8_t *const *tensors)
{
    const struct operands o = {
        .layer = layer,
        .in = &net->tensors[layer->input[0]],
        .out = &net->tensors[layer->output],
        .x = tensors[layer->input[0]],
        .y = tensors[layer->output],
    };
    switch (layer->op) {
    case AS_OP_CONV_2D:
        run_windowed(&o, conv_acc);
        break;
    case AS_OP_DEPTHWISE_CONV_2D:
        run_windowed(&o, depthwise_acc);
        break;
    case AS_OP_FULLY_CONNECTED:
        run_fully_connected(&o);
        break;
    case AS_OP_ADD:
        run_add(&o, &net->tensors[layer->input[1]], tensors[layer->input[1]]);
        break;
    case AS_OP_AVERAGE_POOL_2D:
        run_pool(&o, average_at);
        break;
    case AS_OP_MAX_POOL_2D:
        run_pool(&o, maximum_at);
        break;
    case AS_OP_RESHAPE:
        memcpy(o.y, o.x, o.out->bytes);
        break;
    case AS_OP_SOFTMAX:
        run_softmax(&o);
        break;
    case AS_OP_COUNT:
        assert(!"an operator");
    }
}

enum as_status as_reference_run(const struct as_network *net, const int8_t *input,
                                int8_t *const *tensors, struct as_diag *diag)
{
    for (int i = 0; i < net->tensor_count; i++)
        if (net->tensors[i].bytes > 0 && !tensors[i])
            return as_fail(diag, AS_ERR_RANGE, "%s: tensor %d '%s' has no buffer", net->name, i,
                           net->tensors[i].name);
    memcpy(tensors[net->input], input, net->tensors[net->input].bytes);
    for (int i = 0; i < net->layer_count; i++)
        as_reference_layer(net, &net->layers[i], tensors);
    return AS_OK;
}
