/* Streaming state: variables, memory that lives between inferences.
 *
 * The walk follows each variable's value: READ_VARIABLE is another name for it, ASSIGN_VARIABLE
 * makes a tensor its value.  What is its value at the end has to be in its memory then.  Where the
 * layers that read the old value come before the one that writes the new, that layer writes there
 * itself; else a copy at the end does. */
#include <string.h>

#include "models/lower/lowering.h"

void as_lower_state_begin(struct as_lowering *l)
{
    l->variables = AS_NEW(l->arena, struct as_lower_variable, l->graph->variable_count + 1);
    l->handle = AS_NEW(l->arena, int, l->graph->network_tensors + 1);
    for (int i = 0; i < l->graph->variable_count; i++)
        l->variables[i].first = l->variables[i].tensor = l->variables[i].value = -1;
}

/* ---- what operators mean ---- */

static enum as_status expect_counts(const struct as_lower_op *op, size_t inputs, size_t outputs)
{
    if (op->op->input_count == inputs && op->op->output_count == outputs)
        return AS_OK;
    return as_lower_refuse(op, AS_ERR_PARSE, "%zu inputs and %zu outputs, expected %zu and %zu",
                           op->op->input_count, op->op->output_count, inputs, outputs);
}

/* The name of a variable, in messages. */
static const char *name_of(const struct as_lower_op *op, const struct as_lower_variable *v)
{
    return op->lowering->graph->variables[v - op->lowering->variables];
}

static enum as_status expect_bytes(const struct as_lower_op *op, struct as_lower_variable *v,
                                   size_t bytes)
{
    if (v->bytes == 0)
        v->bytes = bytes;
    if (v->bytes == bytes)
        return AS_OK;
    return as_lower_refuse(op, AS_ERR_RANGE,
                           "variable '%s' has %zu values here and %zu where it is first used",
                           name_of(op, v), bytes, v->bytes);
}

/* The variable whose handle is input 0. */
static enum as_status find_variable(const struct as_lower_op *op, struct as_lower_variable **out)
{
    const struct as_lowering *l = op->lowering;
    int id = op->op->input[0];

    if (id < 0 || id >= l->graph->network_tensors || l->handle[id] == 0)
        return as_lower_refuse(op, AS_ERR_PARSE,
                               "input tensor %d, expected the output of an earlier VAR_HANDLE", id);
    *out = &l->variables[l->handle[id] - 1];
    if ((*out)->first < 0)
        (*out)->first = op->index;
    return AS_OK;
}

/* What many files have wrong, with what to do. */
static enum as_status refuse_float(const struct as_lower_op *op, const struct as_graph_tensor *t)
{
    if (t->element != AS_ELEMENT_FLOAT32)
        return AS_OK;
    return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                           "a variable of float32, expected INT8: let TensorFlow Lite's converter "
                           "quantize variables too, _experimental_variable_quantization = True");
}

static enum as_status lower_handle(const struct as_lower_op *op)
{
    struct as_lowering *l = op->lowering;

    AS_TRY(expect_counts(op, 0, 1));
    int id = op->op->output[0];
    if (id < 0 || id >= l->graph->network_tensors)
        return as_lower_refuse(op, AS_ERR_PARSE, "output tensor %d of %d", id,
                               l->graph->tensor_count);
    l->handle[id] = (int)op->op->attribute[AS_ATTR_VARIABLE] + 1;
    return AS_OK;
}

static enum as_status lower_read(const struct as_lower_op *op)
{
    struct as_lowering *l = op->lowering;
    struct as_network *net = l->net;
    struct as_lower_variable *v = NULL;

    AS_TRY(expect_counts(op, 1, 1));
    AS_TRY(find_variable(op, &v));
    int id = op->op->output[0];
    if (id >= 0 && id < l->graph->network_tensors)
        AS_TRY(refuse_float(op, &l->graph->tensors[id]));
    AS_TRY(as_lower_accept(l, id, false));
    if (l->state[id].produced)
        return as_lower_refuse(op, AS_ERR_PARSE, "output tensor %d was written before", id);
    AS_TRY(expect_bytes(op, v, net->tensors[id].bytes));
    if (v->value < 0) {
        v->tensor = v->value = id;
        return AS_OK;
    }
    struct as_layer *layer = &net->layers[net->layer_count];
    as_layer_init(layer, AS_OP_RESHAPE, v->value, id);
    layer->index = net->layer_count++;
    layer->name = op->op->name;
    return AS_OK;
}

static enum as_status lower_assign(const struct as_lower_op *op)
{
    struct as_lowering *l = op->lowering;
    struct as_lower_variable *v = NULL;

    AS_TRY(expect_counts(op, 2, 0));
    AS_TRY(find_variable(op, &v));
    int id = op->op->input[1];
    if (id >= 0 && id < l->graph->network_tensors)
        AS_TRY(refuse_float(op, &l->graph->tensors[id]));
    AS_TRY(as_lower_accept(l, id, false));
    if (!l->state[id].produced)
        return as_lower_refuse(op, AS_ERR_PARSE, "no earlier operator writes input tensor %d", id);
    AS_TRY(expect_bytes(op, v, l->net->tensors[id].bytes));
    if (!v->assigned)
        v->assigned = &l->graph->tensors[id];
    v->value = id;
    return AS_OK;
}

/* ---- CALL_ONCE: a graph that runs before the first inference ---- */

/* Operator `index` of that graph assigns a constant, whose handle is an output in `handle`. */
static enum as_status initialise(const struct as_lower_op *op, const struct as_graph *graph,
                                 int index, const int *handle)
{
    const struct as_graph_operator *assign = &graph->operators[index];
    int to = assign->input[0], from = assign->input[1];

    if (assign->input_count != 2 || assign->output_count != 0 || to < 0 ||
        to >= graph->tensor_count || handle[to] == 0 || from < 0 || from >= graph->tensor_count)
        return as_lower_refuse(
            op, AS_ERR_PARSE,
            "it calls operator %d %s, which has no earlier VAR_HANDLE and constant", index,
            assign->name);
    struct as_lower_variable *v = &op->lowering->variables[handle[to] - 1];
    const struct as_graph_tensor *t = &graph->tensors[from];
    if (t->fault.text)
        return as_lower_refuse(op, t->fault.status, "variable '%s' begins as '%s': %s",
                               name_of(op, v), t->name, t->fault.text);
    AS_TRY(refuse_float(op, t));
    if (t->element != AS_ELEMENT_INT8 || !t->data || t->data_bytes != t->elements)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "variable '%s' begins as '%s', %s of %zu bytes, expected a constant "
                               "INT8 of %zu bytes",
                               name_of(op, v), t->name, t->type_name, t->data_bytes, t->elements);
    if (v->first >= 0)
        return as_lower_refuse(
            op, AS_ERR_UNSUPPORTED,
            "variable '%s' gets its first value here, but operator %d %s uses it before",
            name_of(op, v), v->first, op->lowering->graph->operators[v->first].name);
    AS_TRY(expect_bytes(op, v, t->elements));
    v->initial = t->data;
    return AS_OK;
}

static enum as_status lower_call_once(const struct as_lower_op *op)
{
    const struct as_lowering *l = op->lowering;
    double number = op->op->attribute[AS_ATTR_SUBGRAPH];

    AS_TRY(expect_counts(op, 0, 0));
    if (number < 1 || number >= l->graph->subgraph_count)
        return as_lower_refuse(op, AS_ERR_PARSE, "it calls subgraph %.0f, the file has %d", number,
                               l->graph->subgraph_count);
    const struct as_graph *graph = l->graph->subgraphs[(int)number];
    int *handle = AS_NEW(l->arena, int, graph->tensor_count);
    for (int i = 0; i < graph->operator_count; i++) {
        const struct as_graph_operator *called = &graph->operators[i];
        if (called->fault.text)
            return as_lower_refuse(op, called->fault.status, "it calls operator %d %s: %s", i,
                                   called->name, called->fault.text);
        if (strcmp(called->name, "VAR_HANDLE") == 0 && called->output_count == 1 &&
            called->output[0] >= 0 && called->output[0] < graph->tensor_count)
            handle[called->output[0]] = (int)called->attribute[AS_ATTR_VARIABLE] + 1;
        else if (strcmp(called->name, "ASSIGN_VARIABLE") == 0)
            AS_TRY(initialise(op, graph, i, handle));
        else
            return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                                   "it calls operator %d %s of subgraph %.0f, expected VAR_HANDLE "
                                   "and ASSIGN_VARIABLE of constants",
                                   i, called->name, number);
    }
    return AS_OK;
}

const struct as_lower_state_row as_lower_state_rows[] = {
    {"CALL_ONCE", lower_call_once},
    {"VAR_HANDLE", lower_handle},
    {"READ_VARIABLE", lower_read},
    {"ASSIGN_VARIABLE", lower_assign},
    {NULL, NULL},
};

/* ---- what is in the variables' memory after an inference ---- */

/* Of each tensor that owns its bytes. */
struct ends {
    struct as_lowering *lowering;
    int *root;      /* [tensor] */
    int *producer;  /* [root]: the layer that writes it; -1: the host does */
    int *last_read; /* [root]: the last layer that reads it; -1: none */
    bool *taken;    /* [root]: it is the new value of a variable, in its memory */
};

size_t as_lower_state_steps(const struct as_graph *graph)
{
    return 2 * (size_t)graph->variable_count + AS_PORTS_MAX;
}

static void find_ends(struct ends *e)
{
    const struct as_network *net = e->lowering->net;

    as_network_roots(net, e->root);
    for (int t = 0; t < net->tensor_count; t++)
        e->producer[t] = e->last_read[t] = -1;
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        if (as_op_work(layer->op) == AS_WORK_NONE)
            continue;
        e->producer[layer->output] = i;
        for (int n = 0; n < layer->input_count; n++)
            e->last_read[e->root[layer->input[n]]] = i;
    }
}

/* A copy of tensor `id` at the end of the network. */
static int add_copy(struct as_lowering *l, int id, const char *name)
{
    struct as_network *net = l->net;
    struct as_layer *layer = &net->layers[net->layer_count];
    int copy = net->tensor_count++;

    net->tensors[copy] = net->tensors[id];
    as_layer_init(layer, AS_OP_STRIDED_COPY, id, copy);
    layer->index = net->layer_count++;
    layer->name = name;
    for (int i = 0; i < 4; i++)
        layer->copy.count[i] = 1;
    layer->copy.count[3] = (int)net->tensors[id].bytes;
    layer->copy.step[3] = 1;
    return copy;
}

/* What the host reads after the inference may not lie in memory that is written by then. */
static void copy_outputs(struct ends *e, const bool *changes)
{
    struct as_network *net = e->lowering->net;

    for (int i = 0; i < net->outputs.count; i++) {
        struct as_port *port = &net->outputs.port[i];
        for (int v = 0; v < net->variable_count; v++)
            if (changes[v] && e->root[port->tensor] == net->variables[v].tensor) {
                port->tensor = add_copy(e->lowering, port->tensor, "READ_VARIABLE");
                break;
            }
    }
}

/* The same of what becomes the value of another variable. */
static void copy_exchanged(struct ends *e, const bool *changes)
{
    struct as_network *net = e->lowering->net;

    for (int v = 0; v < net->variable_count; v++)
        for (int other = 0; other < net->variable_count; other++)
            if (other != v && changes[v] && changes[other] &&
                e->root[net->variables[v].next] == net->variables[other].tensor) {
                net->variables[v].next =
                    add_copy(e->lowering, net->variables[v].next, "READ_VARIABLE");
                break;
            }
}

static void keep_values(struct ends *e, const bool *changes)
{
    struct as_network *net = e->lowering->net;

    for (int i = 0; i < net->variable_count; i++) {
        struct as_variable *v = &net->variables[i];
        int root = e->root[v->next];
        if (!changes[i])
            v->next = v->tensor;
        else if (e->producer[root] > e->last_read[v->tensor] && !e->taken[root])
            e->taken[root] = true;
        else
            v->next = add_copy(e->lowering, v->next, "ASSIGN_VARIABLE");
    }
}

void as_lower_check_state(struct as_lowering *l)
{
    for (int i = 0; i < l->graph->variable_count; i++) {
        const struct as_lower_variable *v = &l->variables[i];
        if (v->tensor >= 0 && !v->initial && !v->assigned)
            as_lower_refuse_tensor(l, v->tensor, AS_ERR_PARSE,
                                   "the value of variable '%s', which no operator assigns",
                                   l->graph->variables[i]);
    }
}

/* The values before the first inference: those of CALL_ONCE, else the zero point of what is
 * assigned, as in TFLite for Microcontrollers. */
static const int8_t *initial_of(struct as_lowering *l, const struct as_lower_variable *v)
{
    int8_t *initial = as_arena_alloc(l->arena, v->bytes);

    if (v->initial)
        return memcpy(initial, v->initial, v->bytes);
    return memset(initial, (int)as_graph_zero_point(v->assigned, 0), v->bytes);
}

/* Those whose value in front of an inference matters. */
static void list_variables(struct as_lowering *l)
{
    struct as_network *net = l->net;

    net->variables = AS_NEW(l->arena, struct as_variable, l->graph->variable_count + 1);
    for (int i = 0; i < l->graph->variable_count; i++) {
        const struct as_lower_variable *from = &l->variables[i];
        if (from->tensor >= 0)
            net->variables[net->variable_count++] =
                (struct as_variable){.name = l->graph->variables[i],
                                     .tensor = from->tensor,
                                     .next = from->value,
                                     .initial = initial_of(l, from)};
    }
}

void as_lower_state_end(struct as_lowering *l)
{
    struct as_network *net = l->net;
    size_t tensors = (size_t)net->tensor_count + as_lower_state_steps(l->graph);
    struct ends e = {.lowering = l,
                     .root = AS_NEW(l->arena, int, tensors),
                     .producer = AS_NEW(l->arena, int, tensors),
                     .last_read = AS_NEW(l->arena, int, tensors),
                     .taken = AS_NEW(l->arena, bool, tensors)};

    list_variables(l);
    bool *changes = AS_NEW(l->arena, bool, net->variable_count + 1);
    find_ends(&e);
    for (int i = 0; i < net->variable_count; i++)
        changes[i] = e.root[net->variables[i].next] != net->variables[i].tensor;
    copy_outputs(&e, changes);
    find_ends(&e);
    copy_exchanged(&e, changes);
    find_ends(&e);
    keep_values(&e, changes);
}
