/* Layers that only move or look up constants are computed here, so that none of them is left. */
#include <string.h>

#include "models/lower/lowering.h"

static bool is_constant(const struct as_network *net, const struct as_layer *layer)
{
    for (int i = 0; i < layer->input_count; i++)
        if (!net->tensors[layer->input[i]].data)
            return false;
    return layer->op == AS_OP_RESHAPE || layer->op == AS_OP_STRIDED_COPY ||
           layer->op == AS_OP_CONCATENATION || layer->op == AS_OP_LOOKUP;
}

static void copy(const struct as_copy *copy, const int8_t *x, int8_t *y)
{
    for (int a = 0; a < copy->count[0]; a++)
        for (int b = 0; b < copy->count[1]; b++)
            for (int c = 0; c < copy->count[2]; c++)
                for (int d = 0; d < copy->count[3]; d++)
                    *y++ = x[copy->first + a * copy->step[0] + b * copy->step[1] +
                             c * copy->step[2] + d * copy->step[3]];
}

static void join(const struct as_network *net, const struct as_layer *layer, int8_t *y)
{
    int dim[4];
    size_t outer = 1;

    as_lower_dimensions(&net->tensors[layer->output], dim);
    for (int i = 0; i < layer->concatenation.axis; i++)
        outer *= (size_t)dim[i];
    for (size_t at = 0; at < outer; at++)
        for (int i = 0; i < layer->input_count; i++) {
            const struct as_tensor *in = &net->tensors[layer->input[i]];
            size_t run = in->bytes / outer;
            memcpy(y, in->data + at * run, run);
            y += run;
        }
}

static void compute(const struct as_network *net, const struct as_layer *layer, int8_t *y)
{
    const struct as_tensor *in = &net->tensors[layer->input[0]];

    if (layer->op == AS_OP_STRIDED_COPY)
        copy(&layer->copy, in->data, y);
    else if (layer->op == AS_OP_CONCATENATION)
        join(net, layer, y);
    else if (layer->op == AS_OP_LOOKUP)
        for (size_t i = 0; i < in->bytes; i++)
            y[i] = layer->lookup.table[(uint8_t)in->data[i]];
    else
        memcpy(y, in->data, in->bytes);
}

enum as_status as_lower_constants(const struct as_lower_op *op, int first)
{
    struct as_network *net = op->lowering->net;
    int kept = first;

    for (int i = first; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        if (!is_constant(net, layer)) {
            net->layers[kept] = *layer;
            net->layers[kept].index = kept;
            kept++;
            continue;
        }
        struct as_tensor *out = &net->tensors[layer->output];
        AS_TRY(as_lower_count_constant(op->lowering, out->bytes));
        int8_t *data = as_arena_alloc(op->lowering->arena, out->bytes);
        compute(net, layer, data);
        out->data = data;
    }
    net->layer_count = kept;
    return AS_OK;
}
