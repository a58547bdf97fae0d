/* Tensors of the graph become tensors of the network, or constants of a layer. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "models/lower/lowering.h"

static enum as_status refuse_id(struct as_lowering *l, int id)
{
    int count = l->graph->tensor_count;

    return l->op ? as_lower_refuse(l->op, AS_ERR_PARSE, "tensor %d of %d", id, count)
                 : as_lower_refuse_network(l, AS_ERR_PARSE, "tensor %d of %d", id, count);
}

/* Adds to a total of the whole network; that it is too large is told once. */
static enum as_status count_bytes(struct as_lowering *l, size_t *total, size_t bytes, size_t max,
                                  const char *what)
{
    bool told = *total > max;
    *total += bytes;
    if (*total <= max)
        return AS_OK;
    return told
               ? AS_ERR_RANGE
               : as_lower_refuse_network(l, AS_ERR_RANGE, "%s take more than %zu bytes", what, max);
}

/* A constant is counted each time that it is used. */
enum as_status as_lower_count_constant(struct as_lowering *l, size_t bytes)
{
    return count_bytes(l, &l->constant_bytes, bytes, AS_GRAPH_CONSTANTS_MAX,
                       "weights and other constants");
}

static enum as_status refuse_constant(struct as_lowering *l, int id)
{
    return as_lower_refuse_tensor(l, id, AS_ERR_UNSUPPORTED,
                                  "a constant where an activation is expected");
}

enum as_status as_lower_check_quantization(struct as_lowering *l, int id, int low, int high)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];
    if (t->other_quantization || t->scale_count != 1 || t->zero_point_count != 1)
        return as_lower_refuse_tensor(l, id, AS_ERR_UNSUPPORTED,
                                      "%zu scales and %zu zero points, expected one of each",
                                      t->scale_count, t->zero_point_count);
    float scale = as_graph_scale(t, 0);
    int64_t zero_point = as_graph_zero_point(t, 0);
    if (!isfinite(scale) || scale <= 0.0f)
        return as_lower_refuse_tensor(l, id, AS_ERR_RANGE, "scale %g, expected finite and above 0",
                                      (double)scale);
    if (zero_point < low || zero_point > high)
        return as_lower_refuse_tensor(l, id, AS_ERR_RANGE, "zero point %lld, expected %d..%d",
                                      (long long)zero_point, low, high);
    return AS_OK;
}

static enum as_status check_tensor(struct as_lowering *l, int id, bool constant)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];
    if (t->fault.text)
        return as_lower_refuse_tensor(l, id, t->fault.status, "%s", t->fault.text);
    if (t->element != AS_ELEMENT_INT8)
        return as_lower_refuse_tensor(l, id, AS_ERR_UNSUPPORTED, "type %s (%d), expected INT8",
                                      t->type_name, t->type);
    if (t->data && !constant)
        return refuse_constant(l, id);
    return as_lower_check_quantization(l, id, -128, 127);
}

/* The bytes of an operand of the network. */
static enum as_status take_data(struct as_lowering *l, int id)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];
    if (t->data_bytes != t->elements)
        return as_lower_refuse_tensor(l, id, AS_ERR_RANGE, "%zu bytes, expected %zu", t->data_bytes,
                                      t->elements);
    AS_TRY(as_lower_count_constant(l, t->data_bytes));
    l->net->tensors[id].data =
        memcpy(as_arena_alloc(l->arena, t->data_bytes), t->data, t->data_bytes);
    l->state[id].produced = true;
    return AS_OK;
}

static enum as_status enter_tensor(struct as_lowering *l, int id, bool constant)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];
    int max = AS_GRAPH_RANK_MAX;
    AS_TRY(check_tensor(l, id, constant));
    AS_TRY(count_bytes(l, &l->activation_bytes, t->elements, AS_GRAPH_ELEMENTS_MAX, "activations"));
    l->net->tensors[id] = (struct as_tensor){
        .name = t->name,
        .n = t->rank == max ? t->dim[0] * t->dim[1]
             : t->rank >= 2 ? t->dim[0]
                            : 1,
        .h = t->rank >= AS_LOWER_NHWC ? t->dim[t->rank - 3] : 1,
        .w = t->rank >= 3 ? t->dim[t->rank - 2] : 1,
        .c = t->rank >= 1 ? t->dim[t->rank - 1] : 1,
        .scale = as_graph_scale(t, 0),
        .zero_point = (int)as_graph_zero_point(t, 0),
        .bytes = t->elements,
    };
    return t->data ? take_data(l, id) : AS_OK;
}

enum as_status as_lower_accept(struct as_lowering *l, int id, bool constant)
{
    if (id < 0 || id >= l->graph->network_tensors)
        return refuse_id(l, id);
    struct as_lower_state *state = &l->state[id];
    if (!state->seen) {
        state->seen = true;
        state->status = enter_tensor(l, id, constant);
    } else if (l->net->tensors[id].data && !constant) {
        return refuse_constant(l, id);
    }
    return state->status;
}

static enum as_status check_constant_scales(const struct as_lower_op *op, const char *what,
                                            const struct as_graph_tensor *t)
{
    if (t->other_quantization || t->scale_count != t->zero_point_count ||
        t->scale_count > t->elements)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "%s '%s': %zu scales and %zu zero points",
                               what, t->name, t->scale_count, t->zero_point_count);
    for (size_t i = 0; i < t->scale_count; i++) {
        float scale = as_graph_scale(t, i);
        int64_t zero_point = as_graph_zero_point(t, i);
        if (!isfinite(scale) || scale < 0.0f) /* 0: of a channel that was pruned away */
            return as_lower_refuse(op, AS_ERR_RANGE, "%s '%s': scale %zu is %g, expected 0 or more",
                                   what, t->name, i, (double)scale);
        if (t->element == AS_ELEMENT_INT8 ? zero_point < -128 || zero_point > 127 : zero_point != 0)
            return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                                   "%s '%s': zero point %zu is %lld, expected %s", what, t->name, i,
                                   (long long)zero_point,
                                   t->element == AS_ELEMENT_INT8 ? "-128..127" : "0");
    }
    return AS_OK;
}

enum as_status as_lower_constant(const struct as_lower_op *op, size_t input, const char *what,
                                 enum as_element element, const struct as_graph_tensor **out)
{
    struct as_lowering *l = op->lowering;
    int id = op->op->input[input];
    if (id < 0 || id >= l->graph->tensor_count)
        return refuse_id(l, id);
    const struct as_graph_tensor *t = *out = &l->graph->tensors[id];
    size_t bytes = t->elements * (element == AS_ELEMENT_INT8 ? 1 : 4);
    if (t->fault.text)
        return as_lower_refuse_tensor(l, id, t->fault.status, "%s", t->fault.text);
    if (t->element != element)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "%s '%s' are %s, expected %s", what, t->name,
                               t->type_name, element == AS_ELEMENT_INT8 ? "INT8" : "INT32");
    if (!t->data)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "%s '%s' are not constant", what, t->name);
    if (t->data_bytes != bytes)
        return as_lower_refuse(op, AS_ERR_RANGE, "%s '%s' have %zu bytes, expected %zu", what,
                               t->name, t->data_bytes, bytes);
    AS_TRY(as_lower_count_constant(l, bytes));
    return check_constant_scales(op, what, t);
}

struct as_layer *as_lower_step(const struct as_lower_op *op, struct as_layer **layer,
                               enum as_op kind, int input, const int dim[4], int like)
{
    struct as_network *net = op->lowering->net;
    struct as_layer *step = *layer, *next = &net->layers[net->layer_count++];
    struct as_tensor *t = &net->tensors[net->tensor_count];

    assert(net->layer_count <= op->lowering->layer_room); /* AS_LOWER_STEPS_MAX */
    *t = net->tensors[like];
    t->data = NULL;
    t->n = dim[0];
    t->h = dim[1];
    t->w = dim[2];
    t->c = dim[3];
    t->bytes = (size_t)t->n * (size_t)t->h * (size_t)t->w * (size_t)t->c;
    *next = *step;
    as_layer_init(step, kind, input, net->tensor_count++);
    step->index = next->index++;
    *layer = next;
    return step;
}

int as_lower_copy(const struct as_lower_op *op, struct as_layer **layer, int id, const int dim[4],
                  const struct as_copy *copy)
{
    struct as_layer *step = as_lower_step(op, layer, AS_OP_STRIDED_COPY, id, dim, id);
    step->copy = *copy;
    return step->output;
}

int as_lower_recentre(const struct as_lower_op *op, struct as_layer **layer, int id, int zero_point)
{
    struct as_network *net = op->lowering->net;
    int dim[4];

    if (net->tensors[id].zero_point == zero_point)
        return id;
    as_lower_dimensions(&net->tensors[id], dim);
    int view = as_lower_step(op, layer, AS_OP_RESHAPE, id, dim, id)->output;
    net->tensors[view].zero_point = zero_point;
    return view;
}

void as_lower_end(struct as_layer *layer, int id)
{
    layer->op = AS_OP_RESHAPE;
    layer->input_count = 1;
    layer->input[0] = id;
}

int as_lower_reshape(const struct as_lower_op *op, struct as_layer **layer, int id,
                     const int dim[4])
{
    struct as_network *net = op->lowering->net;
    const struct as_tensor *t = &net->tensors[id];
    if (t->n == dim[0] && t->h == dim[1] && t->w == dim[2] && t->c == dim[3])
        return id;
    if (!t->data)
        return as_lower_step(op, layer, AS_OP_RESHAPE, id, dim, id)->output;
    int view = net->tensor_count++;
    net->tensors[view] = *t;
    net->tensors[view].n = dim[0];
    net->tensors[view].h = dim[1];
    net->tensors[view].w = dim[2];
    net->tensors[view].c = dim[3];
    return view;
}
