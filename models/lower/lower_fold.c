/* Values that are known before the network runs: SHAPE, and STRIDED_SLICE, PACK and CONCATENATION
 * of constants, all of int32.  Converters write them in front of a RESHAPE to a free batch. */
#include <string.h>

#include "models/lower/lowering.h"

#define VALUES_MAX 64 /* of one tensor; a shape has a few */

struct values {
    size_t count;
    int32_t value[VALUES_MAX];
};

static bool is_vector(const struct as_graph *graph, int id)
{
    return id >= 0 && id < graph->tensor_count && graph->tensors[id].rank <= 1 &&
           graph->tensors[id].element == AS_ELEMENT_INT32;
}

/* The values of input number `input`, a constant of int32. */
static bool read_values(const struct as_graph *graph, const struct as_graph_operator *op,
                        size_t input, struct values *out)
{
    if (input >= op->input_count || input >= AS_GRAPH_INPUTS_MAX)
        return false;
    int id = op->input[input];
    const struct as_graph_tensor *t = &graph->tensors[id < 0 ? 0 : id];

    if (!is_vector(graph, id) || !t->data || t->elements > VALUES_MAX ||
        t->data_bytes != t->elements * sizeof(int32_t))
        return false;
    out->count = t->elements;
    memcpy(out->value, t->data, t->data_bytes);
    return true;
}

static bool fold_shape(const struct as_graph *graph, const struct as_graph_operator *op,
                       struct values *out)
{
    int id = op->input_count == 1 ? op->input[0] : -1;

    if (id < 0 || id >= graph->tensor_count || graph->tensors[id].fault.text)
        return false;
    out->count = (size_t)graph->tensors[id].rank;
    for (size_t i = 0; i < out->count; i++)
        out->value[i] = graph->tensors[id].dim[i];
    return true;
}

/* Of a vector; the shrink mask changes the shape alone. */
static bool fold_strided_slice(const struct as_graph *graph, const struct as_graph_operator *op,
                               struct values *out)
{
    struct values in, begin, end, stride;
    int shrink = (int)op->attribute[AS_ATTR_SHRINK_MASK] & 1;

    if (!read_values(graph, op, 0, &in) || !read_values(graph, op, 1, &begin) ||
        !read_values(graph, op, 2, &end) || !read_values(graph, op, 3, &stride) ||
        begin.count != 1 || end.count != 1 || stride.count != 1 || stride.value[0] < 1 ||
        op->attribute[AS_ATTR_ELLIPSIS_MASK] + op->attribute[AS_ATTR_NEW_AXIS_MASK] +
                op->attribute[AS_ATTR_RELATIVE_ENDS] >
            0)
        return false;
    int64_t count = (int64_t)in.count, from = begin.value[0], to = end.value[0];
    from += from < 0 ? count : 0;
    to += to < 0 ? count : 0;
    if ((int)op->attribute[AS_ATTR_BEGIN_MASK] & 1)
        from = 0;
    if (((int)op->attribute[AS_ATTR_END_MASK] & 1) || to > count)
        to = count;
    if (shrink)
        to = from + 1;
    if (from < 0 || to > count)
        return false;
    for (out->count = 0; from < to; from += stride.value[0])
        out->value[out->count++] = in.value[from];
    return true;
}

static bool fold_joined(const struct as_graph *graph, const struct as_graph_operator *op,
                        struct values *out)
{
    out->count = 0;
    if (op->input_count > AS_GRAPH_INPUTS_MAX)
        return false;
    for (size_t i = 0; i < op->input_count; i++) {
        struct values in;
        if (!read_values(graph, op, i, &in) || out->count + in.count > VALUES_MAX)
            return false;
        memcpy(out->value + out->count, in.value, in.count * sizeof *in.value);
        out->count += in.count;
    }
    return true;
}

static const struct {
    const char *name;
    bool (*fold)(const struct as_graph *graph, const struct as_graph_operator *op,
                 struct values *out);
} rows[] = {
    {"SHAPE", fold_shape},
    {"STRIDED_SLICE", fold_strided_slice},
    {"PACK", fold_joined},
    {"CONCATENATION", fold_joined},
};

static bool fold_operator(const struct as_graph *graph, const struct as_graph_operator *op,
                          struct values *out)
{
    if (op->output_count != 1 || !is_vector(graph, op->output[0]) || op->fault.text)
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, op->name) == 0)
            return rows[i].fold(graph, op, out) &&
                   out->count == graph->tensors[op->output[0]].elements;
    return false;
}

const struct as_graph *as_lower_fold(const struct as_lowering *l, const struct as_graph *graph)
{
    struct as_graph *folded = AS_NEW(l->arena, struct as_graph, 1);
    size_t bytes = (size_t)graph->tensor_count * sizeof *graph->tensors;

    *folded = *graph;
    folded->tensors = memcpy(as_arena_alloc(l->arena, bytes), graph->tensors, bytes);
    for (int i = 0; i < graph->operator_count; i++) {
        const struct as_graph_operator *op = &graph->operators[i];
        struct values values;
        if (!fold_operator(folded, op, &values))
            continue;
        struct as_graph_tensor *t = &folded->tensors[op->output[0]];
        t->data_bytes = values.count * sizeof *values.value;
        t->data = memcpy(as_arena_alloc(l->arena, t->data_bytes), values.value, t->data_bytes);
        t->fault.text = NULL; /* of a tensor without dimensions that was no constant */
        l->skipped[i] = true;
    }
    return folded;
}
