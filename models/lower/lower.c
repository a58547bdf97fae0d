#include "models/lower/lower.h"

#include <string.h>

#include "models/arith/lookup.h"
#include "models/lower/lowering.h"

static const struct as_lower_row *const families[] = {
    as_lower_convs,       as_lower_pools,   as_lower_elementwise, as_lower_matmuls,
    as_lower_moves,       as_lower_copies,  as_lower_extremes,    as_lower_resizes,
    as_lower_blocks_rows, as_lower_gathers, as_lower_bilinear,
};

#define FAMILIES ((int)(sizeof families / sizeof families[0]))

/* NULL when the operator is not supported. */
static const struct as_lower_row *row_of(const struct as_graph_operator *op)
{
    const char *name = op->name;
    if (op->table)
        return &as_lower_table;
    for (int f = 0; f < FAMILIES; f++)
        for (const struct as_lower_row *row = families[f]; row->name; row++)
            if (strcmp(row->name, name) == 0)
                return row;
    return as_lookup_find(name) ? &as_lower_lookup : NULL;
}

/* NULL when it is none of streaming state. */
static const struct as_lower_state_row *state_row_of(const char *name)
{
    for (const struct as_lower_state_row *row = as_lower_state_rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static const char *join(struct as_arena *arena, const char *list, const char *name)
{
    return as_arena_printf(arena, "%s%s%s", list, *list ? ", " : "", name);
}

const char *as_lower_operators(struct as_arena *arena, enum as_op op)
{
    const char *list = "";
    for (int f = 0; f < FAMILIES; f++)
        for (const struct as_lower_row *row = families[f]; row->name; row++)
            if (row->op == op)
                list = join(arena, list, row->name);
    for (const struct as_lookup *lookup = as_lookups; lookup->name && op == AS_OP_LOOKUP; lookup++)
        list = join(arena, list, lookup->name);
    return list;
}

const char *as_lower_state_operators(struct as_arena *arena)
{
    const char *list = "";
    for (const struct as_lower_state_row *row = as_lower_state_rows; row->name; row++)
        list = join(arena, list, row->name);
    return list;
}

/* ---- operators ---- */

static enum as_status expect_rank(const struct as_lower_op *op, int id)
{
    int max = op->row->any_rank ? AS_GRAPH_RANK_MAX : AS_LOWER_NHWC;
    if (as_lower_rank(op, id) > max)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "tensor %d has %d dimensions, expected 1..%d", id,
                               as_lower_rank(op, id), max);
    return AS_OK;
}

/* One that an earlier operator wrote, of a rank that the operator takes. */
static enum as_status take_input(const struct as_lower_op *op, int id)
{
    struct as_lowering *l = op->lowering;

    AS_TRY(as_lower_accept(l, id, op->row->operands));
    if (!l->state[id].produced)
        return as_lower_refuse(op, AS_ERR_PARSE, "no earlier operator writes input tensor %d", id);
    return expect_rank(op, id);
}

static enum as_status take_output(const struct as_lower_op *op, int id)
{
    struct as_lowering *l = op->lowering;

    AS_TRY(as_lower_accept(l, id, false));
    if (l->state[id].produced)
        return as_lower_refuse(op, AS_ERR_PARSE, "output tensor %d was written before", id);
    return expect_rank(op, id);
}

/* The inputs that are tensors of the network, and the output; what is wrong with each is noted. */
static enum as_status take_tensors(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_lower_row *row = op->row;
    enum as_status first = AS_OK;

    layer->input_count = (int)(row->activations ? row->activations : op->op->input_count);
    layer->output = op->op->output[op->part];
    for (int i = 0; i < layer->input_count; i++) {
        layer->input[i] = op->op->input[row->first + (size_t)i];
        enum as_status status = take_input(op, layer->input[i]);
        first = first == AS_OK ? status : first;
    }
    enum as_status status = take_output(op, layer->output);
    return first == AS_OK ? status : first;
}

/* The next layer of the network, one output of the operator. */
static enum as_status lower_part(const struct as_lower_op *op)
{
    struct as_network *net = op->lowering->net;
    int first = net->layer_count;
    struct as_layer *layer = &net->layers[first];
    as_layer_init(layer, op->row->op, -1, -1);
    layer->index = net->layer_count++;
    layer->name = op->op->name;
    AS_TRY(take_tensors(op, layer));
    int output = layer->output;
    AS_TRY(op->row->lower(op, layer));
    AS_TRY(as_lower_constants(op, first));
    op->lowering->state[output].produced = true;
    return AS_OK;
}

static enum as_status check_counts(const struct as_lower_op *op)
{
    const struct as_lower_row *row = op->row;
    if (op->op->input_count < row->inputs_min || op->op->input_count > row->inputs_max)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "%zu inputs, expected %zu..%zu",
                               op->op->input_count, row->inputs_min, row->inputs_max);
    if (op->op->output_count < 1 || (op->op->output_count > 1 && !row->parts))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "%zu outputs, expected 1",
                               op->op->output_count);
    return AS_OK;
}

static enum as_status refuse_operator(const struct as_lower_op *op)
{
    const char *why = as_lower_why_refused(op->op->name);
    return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "not supported%s %s", why ? ":" : ",",
                           why ? why : "expected an operator of `arraysmith list layers`");
}

static enum as_status lower_operator(struct as_lower_op *op)
{
    const struct as_graph_fault *fault = &op->op->fault;
    const struct as_lower_state_row *state = state_row_of(op->op->name);
    if (!op->row && !state)
        return refuse_operator(op);
    if (fault->text)
        return as_lower_refuse(op, fault->status, "%s", fault->text);
    if (state)
        return state->lower(op);
    AS_TRY(check_counts(op));
    for (; op->part < (int)op->op->output_count; op->part++)
        AS_TRY(lower_part(op));
    return AS_OK;
}

/* Marks tensors that are there: the inputs of the network, and what an operator writes even when it
 * was refused, so that those who read them are not blamed. */
static void mark_written(struct as_lowering *l, const int *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] >= 0 && ids[i] < l->graph->network_tensors)
            l->state[ids[i]].produced = true;
}

/* All of them, whatever is wrong with some: the reasons are told together. */
static void lower_operators(struct as_lowering *l, struct as_origin *origins)
{
    for (int i = 0; i < l->graph->operator_count; i++) {
        const struct as_graph_operator *operator= & l->graph->operators[i];
        struct as_lower_op op = {
            .lowering = l, .row = row_of(operator), .op = operator, .index = i };
        if (l->skipped[i])
            continue;
        l->op = &op;
        origins[i].first = l->net->layer_count;
        lower_operator(&op);
        origins[i].count = l->net->layer_count - origins[i].first;
        if (state_row_of(operator->name) && origins[i].count == 0)
            origins[i].fate = AS_FATE_STATE;
        mark_written(l, operator->output, operator->output_count);
    }
    l->op = NULL;
}

/* Whether input `n` of the operator is a constant, or is none, and of that type. */
static bool has_input(const struct as_graph *graph, const struct as_graph_operator *op, size_t n,
                      bool constant, const char *type_name)
{
    int id = op->input[n];
    return id >= 0 && id < graph->tensor_count && !!graph->tensors[id].data == constant &&
           strcmp(graph->tensors[id].type_name, type_name) == 0;
}

/* What makes it an operator of floats, about input *input; NULL when nothing does. */
static const char *float_kind(const struct as_graph *graph, const struct as_graph_operator *op,
                              size_t *input)
{
    size_t count = op->input_count < AS_GRAPH_INPUTS_MAX ? op->input_count : AS_GRAPH_INPUTS_MAX;
    bool int8_weights = false;

    for (size_t n = 0; n < count; n++)
        int8_weights = int8_weights || has_input(graph, op, n, true, "INT8");
    for (*input = 0; *input < count; (*input)++) {
        if (has_input(graph, op, *input, true, "FLOAT32"))
            return "weights are float32";
        if (has_input(graph, op, *input, true, "FLOAT16"))
            return "weights are float16";
        if (int8_weights && has_input(graph, op, *input, false, "FLOAT32"))
            return "weights are int8 but activations float32, as without a representative dataset";
    }
    return NULL;
}

/* A network of floats is refused in one sentence, and not operator by operator. */
static enum as_status refuse_floats(const struct as_lowering *l)
{
    const struct as_graph *graph = l->graph;

    for (int i = 0; i < graph->operator_count; i++) {
        const struct as_graph_operator *op = &graph->operators[i];
        size_t input;
        const char *kind = float_kind(graph, op, &input);
        if (kind)
            return as_fail(l->diag, AS_ERR_UNSUPPORTED,
                           "%s: %s (operator %d %s, tensor %d '%s'): quantize the network to int8, "
                           "for example by TensorFlow Lite's converter with optimizations = "
                           "[tf.lite.Optimize.DEFAULT], a representative_dataset and supported_ops "
                           "= [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]",
                           graph->label, kind, i, op->name, op->input[input],
                           graph->tensors[op->input[input]].name);
    }
    return AS_OK;
}

/* ---- the network ---- */

static size_t steps_of(const struct as_graph_operator *op)
{
    const struct as_lower_row *row = row_of(op);
    return (size_t)(row && row->steps > 0 ? row->steps : AS_LOWER_STEPS_MAX);
}

/* Layers and tensors at most: each output of an operator, the steps before it, and what keeps the
 * state. */
static struct as_network *new_network(struct as_lowering *l)
{
    const struct as_graph *graph = l->graph;
    struct as_network *net = AS_NEW(l->arena, struct as_network, 1);
    size_t steps = as_lower_state_steps(graph);
    for (int i = 0; i < graph->operator_count; i++)
        steps += graph->operators[i].output_count * (steps_of(&graph->operators[i]) + 1);
    net->name = graph->name;
    l->layer_room = (int)steps + 1;
    net->layers = AS_NEW(l->arena, struct as_layer, l->layer_room);
    net->tensor_count = graph->network_tensors;
    net->tensors = AS_NEW(l->arena, struct as_tensor, (size_t)net->tensor_count + steps);
    for (int i = 0; i < net->tensor_count; i++)
        net->tensors[i].name = "constant";
    return net;
}

/* Operators that are skipped now and were not before have that fate. */
static void note_skipped(const struct as_lowering *l, struct as_origin *origins, enum as_fate fate)
{
    for (int i = 0; i < l->graph->operator_count; i++)
        if (l->skipped[i] && origins[i].fate == AS_FATE_LAYERS)
            origins[i].fate = fate;
}

static struct as_origin *new_origins(struct as_arena *arena, const struct as_graph *graph)
{
    struct as_origin *origins = AS_NEW(arena, struct as_origin, graph->operator_count);

    for (int i = 0; i < graph->operator_count; i++)
        origins[i].op = graph->operators[i].name;
    return origins;
}

enum as_status as_lower(struct as_arena *arena, const struct as_graph *graph,
                        struct as_network **out, struct as_diag *diag)
{
    struct as_lowering l = {.arena = arena, .diag = diag, .graph = graph};

    *out = NULL;
    l.skipped = AS_NEW(arena, bool, graph->operator_count);
    struct as_origin *origins = new_origins(arena, graph);
    l.graph = graph = as_lower_fold(&l, graph);
    note_skipped(&l, origins, AS_FATE_KNOWN);
    l.graph = graph = as_lower_dilate(&l, graph);
    note_skipped(&l, origins, AS_FATE_JOINED);
    l.net = new_network(&l);
    l.net->origins = origins;
    l.net->origin_count = graph->operator_count;
    l.reasons = as_reasons_new(arena);
    l.state = AS_NEW(arena, struct as_lower_state, graph->network_tensors);
    AS_TRY(refuse_floats(&l));
    as_lower_state_begin(&l);
    as_lower_inputs(&l);
    as_lower_outputs(&l);
    mark_written(&l, graph->inputs, graph->input_count);
    note_skipped(&l, origins, AS_FATE_HOST);
    lower_operators(&l, origins);
    as_lower_check_outputs(&l);
    as_lower_check_state(&l);
    const char *prefix = as_arena_printf(arena, "%s: ", graph->label);
    AS_TRY(as_reasons_tell(l.reasons, prefix, graph->label, diag));
    as_lower_state_end(&l);
    if (l.net->layer_count == 0)
        return as_fail(diag, AS_ERR_UNSUPPORTED,
                       "%s: the host computes every operator, expected one for the accelerator "
                       "between inputs and outputs",
                       graph->label);
    *out = l.net;
    return AS_OK;
}
