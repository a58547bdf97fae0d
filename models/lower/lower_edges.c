/* The inputs and outputs of the network.  An int8 one is a tensor of the accelerator; one of
 * another type has a QUANTIZE or DEQUANTIZE between itself and the int8 tensor, or an ARG_MAX or
 * ARG_MIN, which the host runs. */
#include <string.h>

#include "models/arith/lookup.h"
#include "models/lower/lowering.h"

_Static_assert(AS_PORT_RANK_MAX == AS_GRAPH_RANK_MAX, "a port has the shape of its tensor");

static enum as_status check_count(struct as_lowering *l, size_t count, const char *what)
{
    if (count < 1 || count > AS_PORTS_MAX)
        return as_lower_refuse_network(l, AS_ERR_UNSUPPORTED,
                                       "the network has %zu %ss, expected 1..%d", count, what,
                                       AS_PORTS_MAX);
    return AS_OK;
}

static bool reads(const struct as_graph_operator *op, int id)
{
    for (size_t i = 0; i < op->input_count && i < AS_GRAPH_INPUTS_MAX; i++)
        if (op->input[i] == id)
            return true;
    return false;
}

static bool writes(const struct as_graph_operator *op, int id)
{
    for (size_t i = 0; i < op->output_count; i++)
        if (op->output[i] == id)
            return true;
    return false;
}

/* The operators that read or write tensor `id`: how many, and the last of them. */
static int count_operators(const struct as_lowering *l, int id,
                           bool (*touches)(const struct as_graph_operator *, int), int *last)
{
    int count = 0;

    for (int i = 0; i < l->graph->operator_count; i++)
        if (touches(&l->graph->operators[i], id)) {
            count++;
            *last = i;
        }
    return count;
}

/* The int8 tensor on the other side of operator `index`, or -1 when that is not `name` between one
 * tensor and one int8 tensor of as many values. */
static int beyond(const struct as_lowering *l, int index, const char *name, int id)
{
    const struct as_graph_operator *op = &l->graph->operators[index];

    if (strcmp(op->name, name) != 0 || op->fault.text || op->input_count != 1 ||
        op->output_count != 1)
        return -1;
    int other = op->input[0] == id ? op->output[0] : op->input[0];
    if (other < 0 || other >= l->graph->network_tensors ||
        l->graph->tensors[other].element != AS_ELEMENT_INT8 ||
        l->graph->tensors[other].elements != l->graph->tensors[id].elements)
        return -1;
    return other;
}

/* The table of a QUANTIZE between uint8 and int8: that of int8, for u - 128 in place of u. */
static enum as_status fill_table(struct as_lowering *l, int id, bool is_input, struct as_port *port)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];
    const struct as_tensor *inner = &l->net->tensors[port->tensor];
    int8_t *table = as_arena_alloc(l->arena, 256);

    AS_TRY(as_lower_check_quantization(l, id, 0, 255));
    struct as_tensor outer = *inner;
    outer.scale = as_graph_scale(t, 0);
    outer.zero_point = (int)as_graph_zero_point(t, 0) - 128;
    const struct as_lookup *quantize = as_lookup_find("QUANTIZE");
    if (!quantize->fill(is_input ? &outer : inner, is_input ? inner : &outer, 0.0f, table))
        return as_lower_refuse_tensor(l, id, AS_ERR_UNSUPPORTED, "scales %g and %g, expected %s",
                                      (double)outer.scale, (double)inner->scale,
                                      quantize->expected);
    port->table = table;
    return AS_OK;
}

static enum as_status refuse_port(struct as_lowering *l, int id, const char *what, const char *name)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];

    return as_lower_refuse_tensor(l, id, AS_ERR_UNSUPPORTED,
                                  "type %s (%d), expected INT8, or %s between this %s and an INT8 "
                                  "tensor, which the host then runs",
                                  t->type_name, t->type, name, what);
}

/* The values of a DEQUANTIZE that has them; NULL when it has none. */
static const float *copy_real(const struct as_lowering *l, const struct as_graph_operator *op)
{
    if (!op->real)
        return NULL;
    return memcpy(AS_NEW(l->arena, float, 256), op->real, 256 * sizeof *op->real);
}

static bool is_argument(const struct as_graph_operator *op)
{
    return strcmp(op->name, "ARG_MAX") == 0 || strcmp(op->name, "ARG_MIN") == 0;
}

/* The port of a tensor that is no int8. */
static enum as_status enter_converted(struct as_lowering *l, int id, bool is_input,
                                      struct as_port *port)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];
    const char *what = is_input ? "input" : "output";
    const char *name = is_input || t->element == AS_ELEMENT_UINT8 ? "QUANTIZE" : "DEQUANTIZE";
    int index = -1;

    if (t->fault.text)
        return as_lower_refuse_tensor(l, id, t->fault.status, "%s", t->fault.text);
    if (!is_input && t->element == AS_ELEMENT_INT32 &&
        count_operators(l, id, writes, &index) == 1 && is_argument(&l->graph->operators[index]))
        return as_lower_argument(l, index, port);
    if (t->element != AS_ELEMENT_FLOAT32 && t->element != AS_ELEMENT_UINT8)
        return refuse_port(l, id, what, name);
    if (count_operators(l, id, is_input ? reads : writes, &index) != 1)
        return refuse_port(l, id, what, name);
    port->tensor = beyond(l, index, name, id);
    if (port->tensor < 0)
        return refuse_port(l, id, what, name);
    port->value = t->element == AS_ELEMENT_UINT8 ? AS_VALUE_UINT8 : AS_VALUE_FLOAT32;
    port->op = l->graph->operators[index].name;
    port->real = copy_real(l, &l->graph->operators[index]);
    port->ties_to_even = l->graph->arithmetic == AS_ARITHMETIC_ONNXRUNTIME;
    l->skipped[index] = true;
    AS_TRY(as_lower_accept(l, port->tensor, false));
    return port->value == AS_VALUE_UINT8 ? fill_table(l, id, is_input, port) : AS_OK;
}

static enum as_status enter_port(struct as_lowering *l, int id, bool is_input, int index,
                                 struct as_port *port)
{
    *port = (struct as_port){
        .tensor = id,
        .name = as_arena_printf(l->arena, "%s %d", is_input ? "input" : "output", index),
    };
    int writer;
    if (id < 0 || id >= l->graph->network_tensors)
        return as_lower_accept(l, id, false); /* which says so */
    const struct as_graph_tensor *t = &l->graph->tensors[id];
    if (*t->name)
        port->name = t->name;
    port->rank = t->rank;
    memcpy(port->dim, t->dim, sizeof port->dim);
    enum as_status status = t->element == AS_ELEMENT_INT8 ? as_lower_accept(l, id, false)
                                                          : enter_converted(l, id, is_input, port);
    if (status == AS_OK && !is_input && count_operators(l, port->tensor, writes, &writer) == 1 &&
        strcmp(l->graph->operators[writer].name, "LOG_SOFTMAX") == 0)
        status = as_lower_log_softmax(l, writer, port);
    if (status == AS_OK && (t->element == AS_ELEMENT_INT8 || t->element == AS_ELEMENT_UINT8)) {
        port->scale = as_graph_scale(t, 0);
        port->zero_point = (int)as_graph_zero_point(t, 0);
    }
    if (status != AS_OK) /* an operator that reads it says no more than this */
        l->state[id] = (struct as_lower_state){.seen = true, .status = status};
    return status;
}

/* What is given twice would be two values of one tensor. */
static enum as_status check_listed_once(struct as_lowering *l)
{
    const int *ids = l->graph->inputs;

    for (size_t i = 0; i < l->graph->input_count; i++)
        for (size_t n = 0; n < i; n++)
            if (ids[i] == ids[n] && ids[i] >= 0 && ids[i] < l->graph->tensor_count)
                return as_lower_refuse_tensor(l, ids[i], AS_ERR_PARSE, "listed twice as an input");
    return AS_OK;
}

enum as_status as_lower_inputs(struct as_lowering *l)
{
    struct as_ports *ports = &l->net->inputs;
    enum as_status first = check_count(l, l->graph->input_count, "input");

    first = first == AS_OK ? check_listed_once(l) : first;

    for (size_t i = 0; i < l->graph->input_count && i < AS_PORTS_MAX; i++) {
        struct as_port *port = &ports->port[ports->count++];
        enum as_status status = enter_port(l, l->graph->inputs[i], true, (int)i, port);
        if (status == AS_OK)
            l->state[port->tensor].produced = true;
        first = first == AS_OK ? status : first;
    }
    return first;
}

enum as_status as_lower_outputs(struct as_lowering *l)
{
    struct as_ports *ports = &l->net->outputs;
    enum as_status first = check_count(l, l->graph->output_count, "output");

    for (size_t i = 0; i < l->graph->output_count && i < AS_PORTS_MAX; i++) {
        enum as_status status =
            enter_port(l, l->graph->outputs[i], false, (int)i, &ports->port[ports->count++]);
        first = first == AS_OK ? status : first;
    }
    return first;
}

enum as_status as_lower_check_outputs(struct as_lowering *l)
{
    for (int i = 0; i < l->net->outputs.count; i++) {
        int id = l->net->outputs.port[i].tensor, index;
        if (id < 0 || id >= l->graph->network_tensors) /* which was told */
            continue;
        if (count_operators(l, id, writes, &index) == 0)
            return as_lower_refuse_tensor(l, id, AS_ERR_PARSE, "an output that no operator writes");
        if (l->net->tensors[id].data)
            return as_lower_refuse_tensor(l, id, AS_ERR_UNSUPPORTED,
                                          "an output that is constant, expected one that follows "
                                          "from an input");
    }
    return AS_OK;
}
