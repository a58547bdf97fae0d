#include "dataflows/mapper/weights.h"

#include <stdio.h>

struct as_filter as_filter_of(const struct as_network *net, const struct as_layer *layer)
{
    const struct as_tensor *in = &net->tensors[layer->input[0]];
    struct as_filter f = {.layer = layer, .w = as_conv_shape_of(net, layer), .groups = 1};

    f.images = layer->op == AS_OP_FULLY_CONNECTED ? 1 : in->n;
    if (layer->op == AS_OP_CONV_2D)
        f.groups = layer->groups;
    else if (layer->op != AS_OP_FULLY_CONNECTED)
        f.groups = f.w.in_c;
    f.in_group = f.w.in_c / f.groups;
    f.out_group = f.w.out_k / f.groups;
    return f;
}

int8_t as_filter_at(const struct as_filter *f, int k, int r, int s, int c)
{
    const struct as_conv_shape *w = &f->w;
    int tap = r * w->kernel_w + s, group = k / f->out_group;

    if (k >= w->out_k || c >= w->in_c || c / f->in_group != group)
        return 0;
    if (f->pool > 0)
        return (int8_t)f->pool;
    if (f->layer->op == AS_OP_DEPTHWISE_CONV_2D)
        return f->layer->weights[(size_t)tap * (size_t)w->out_k + (size_t)k];
    return f->layer->weights[((size_t)k * (size_t)(w->kernel_h * w->kernel_w) + (size_t)tap) *
                                 (size_t)f->in_group +
                             (size_t)(c - group * f->in_group)];
}

static int32_t folded_bias(const struct as_filter *f, int k, int zero_point)
{
    int first = k / f->out_group * f->in_group;
    int64_t sum = 0;

    for (int r = 0; r < f->w.kernel_h; r++)
        for (int s = 0; s < f->w.kernel_w; s++)
            for (int c = first; c < first + f->in_group; c++)
                sum += as_filter_at(f, k, r, s, c);
    return (int32_t)(uint32_t)(f->layer->bias[k] - zero_point * sum);
}

enum as_status as_filter_params(struct as_schedule *s, const struct as_filter *f, int channel,
                                int count, size_t offset)
{
    const struct as_layer *l = f->layer;
    int zero_point = s->net->tensors[l->input[0]].zero_point;

    if (s->trial)
        return AS_OK;
    for (int k = channel; k < channel + count; k++, offset += as_param_bytes(s->cfg)) {
        char channel_name[32];
        snprintf(channel_name, sizeof channel_name, "channel %d", k);
        AS_TRY(as_refuse_left_shift(s, channel_name, l->shift[k]));
        as_schedule_put_param(s->cfg, s->data + offset, folded_bias(f, k, zero_point),
                              l->multiplier[k], -l->shift[k]);
    }
    return AS_OK;
}
