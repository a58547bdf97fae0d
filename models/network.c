#include "models/network.h"

#include <string.h>

static const struct {
    const char *name;
    enum as_work work;
} ops[AS_OP_COUNT] = {
#define AS_OP(name, work, mapping, kernel) [AS_OP_##name] = {#name, AS_WORK_##work},
#include "models/ops.def"
#undef AS_OP
};

const char *as_op_name(enum as_op op)
{
    return (unsigned)op < AS_OP_COUNT ? ops[op].name : "unknown";
}

enum as_work as_op_work(enum as_op op)
{
    return (unsigned)op < AS_OP_COUNT ? ops[op].work : AS_WORK_NONE;
}

bool as_op_has_factor(enum as_op op)
{
    enum as_work work = as_op_work(op);
    return work == AS_WORK_PRODUCT || work == AS_WORK_ELEMENTWISE ||
           (work == AS_WORK_WINDOW && op != AS_OP_AVERAGE_POOL_2D && op != AS_OP_MAX_POOL_2D);
}

bool as_op_has_conv(enum as_op op)
{
    return as_op_work(op) == AS_WORK_WINDOW || op == AS_OP_FULLY_CONNECTED;
}

const char *as_shape_text(struct as_arena *arena, const int *dim, int rank)
{
    const char *text = "";

    for (int i = 0; i < rank; i++)
        text = as_arena_printf(arena, "%s%s%d", text, i ? "x" : "", dim[i]);
    return rank > 0 ? text : "scalar";
}

struct as_ports as_ports_single(int tensor)
{
    return (struct as_ports){.count = 1, .port[0] = {.tensor = tensor, .name = "port"}};
}

size_t as_ports_bytes(const struct as_network *net, const struct as_ports *ports)
{
    size_t bytes = 0;
    for (int i = 0; i < ports->count; i++)
        bytes += net->tensors[ports->port[i].tensor].bytes;
    return bytes;
}

void as_ports_scatter(const struct as_network *net, const int8_t *bytes, int8_t *const *tensors)
{
    for (int i = 0; i < net->inputs.count; i++) {
        int id = net->inputs.port[i].tensor;
        memcpy(tensors[id], bytes, net->tensors[id].bytes);
        bytes += net->tensors[id].bytes;
    }
}

void as_ports_gather(const struct as_network *net, int8_t *const *tensors, int8_t *bytes)
{
    for (int i = 0; i < net->outputs.count; i++) {
        int id = net->outputs.port[i].tensor;
        memcpy(bytes, tensors[id], net->tensors[id].bytes);
        bytes += net->tensors[id].bytes;
    }
}

size_t as_state_bytes(const struct as_network *net)
{
    size_t bytes = 0;
    for (int i = 0; i < net->variable_count; i++)
        bytes += net->tensors[net->variables[i].tensor].bytes;
    return bytes;
}

void as_state_enter(const struct as_network *net, int8_t *const *before, int8_t *const *tensors)
{
    for (int i = 0; i < net->variable_count; i++) {
        const struct as_variable *v = &net->variables[i];
        memcpy(tensors[v->tensor], before ? before[v->next] : v->initial,
               net->tensors[v->tensor].bytes);
    }
}

void as_network_roots(const struct as_network *net, int *root)
{
    for (int t = 0; t < net->tensor_count; t++)
        root[t] = t;
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        if (as_op_work(layer->op) == AS_WORK_NONE)
            root[layer->output] = root[layer->input[0]];
    }
}

void as_layer_init(struct as_layer *layer, enum as_op op, int input, int output)
{
    *layer = (struct as_layer){.op = op,
                               .name = as_op_name(op),
                               .input_count = 1,
                               .output = output,
                               .act_min = -128,
                               .act_max = 127};
    layer->input[0] = input;
    for (int i = 1; i < AS_INPUTS_MAX; i++)
        layer->input[i] = -1;
    if (!as_op_has_conv(op))
        return;
    layer->conv.kernel_h = layer->conv.kernel_w = 1;
    layer->conv.stride_h = layer->conv.stride_w = 1;
    layer->conv.dilation_h = layer->conv.dilation_w = 1;
    layer->conv.depth_multiplier = layer->conv.groups = 1;
}
