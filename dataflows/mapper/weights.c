#include "dataflows/mapper/weights.h"

struct as_weights as_weights_of(const struct as_network *net, const struct as_layer *layer)
{
    const struct as_tensor *in = &net->tensors[layer->input[0]];
    struct as_weights f = {.layer = layer, .shape = as_conv_shape_of(net, layer), .groups = 1};

    f.images = layer->op == AS_OP_FULLY_CONNECTED ? 1 : in->n;
    if (layer->op == AS_OP_CONV_2D)
        f.groups = layer->conv.groups;
    else if (layer->op != AS_OP_FULLY_CONNECTED)
        f.groups = f.shape.in_c;
    f.in_group = f.shape.in_c / f.groups;
    f.out_group = f.shape.out_k / f.groups;
    return f;
}

struct as_conv_shape as_weights_set(const struct as_weights *weights, int together)
{
    struct as_conv_shape shape = weights->shape;

    shape.images = weights->images;
    shape.sets = as_ceil_div(weights->groups, together);
    shape.in_c = together * weights->in_group;
    shape.out_k = together * weights->out_group;
    return shape;
}

int8_t as_weights_at(const struct as_weights *weights, int k, int r, int s, int c)
{
    const struct as_conv_shape *w = &weights->shape;
    int tap = r * w->kernel_w + s, group = k / weights->out_group;

    if (k >= w->out_k || c >= w->in_c || c / weights->in_group != group)
        return 0;
    if (weights->pool > 0)
        return (int8_t)weights->pool;
    if (weights->layer->op == AS_OP_DEPTHWISE_CONV_2D)
        return weights->layer->conv.weights[(size_t)tap * (size_t)w->out_k + (size_t)k];
    return weights->layer->conv
        .weights[((size_t)k * (size_t)(w->kernel_h * w->kernel_w) + (size_t)tap) *
                     (size_t)weights->in_group +
                 (size_t)(c - group * weights->in_group)];
}

static int32_t folded_bias(const struct as_weights *weights, int k, int zero_point)
{
    int first = k / weights->out_group * weights->in_group;
    int64_t sum = 0;

    for (int r = 0; r < weights->shape.kernel_h; r++)
        for (int s = 0; s < weights->shape.kernel_w; s++)
            for (int c = first; c < first + weights->in_group; c++)
                sum += as_weights_at(weights, k, r, s, c);
    return (int32_t)(uint32_t)(weights->layer->conv.bias[k] - zero_point * sum);
}

void as_weights_params(struct as_schedule *s, const struct as_weights *weights, int channel,
                       int count, size_t offset)
{
    const struct as_layer *l = weights->layer;
    int zero_point = s->net->tensors[l->input[0]].zero_point;

    if (s->trial)
        return;
    for (int k = channel; k < channel + count; k++, offset += as_param_bytes(s->hw))
        as_schedule_put_param(s->hw, s->data + offset, folded_bias(weights, k, zero_point),
                              l->conv.multiplier[k], -l->conv.shift[k]);
}
