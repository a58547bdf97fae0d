#include "models/import/onnx/onnx_graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum as_status as_onnx_refuse(const struct as_onnx_maker *m, enum as_status status, const char *fmt,
                              ...)
{
    char text[768];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (m->node)
        as_reasons_add(m->reasons, status, "node", m->node->op, (int)(m->node - m->model->node),
                       as_arena_printf(m->arena, " '%s'", m->node->name), text);
    else
        as_reasons_add(m->reasons, status, "", "", 0, "",
                       as_arena_printf(m->arena, "the network: %s", text));
    return status;
}

size_t as_onnx_elements(int rank, const int *dim)
{
    size_t elements = 1;
    for (int i = 0; i < rank; i++)
        elements *= (size_t)dim[i];
    return elements;
}

/* ---- tensors ---- */

/* Twice the room for elements of `size`, which lie elsewhere then; false when `max` are there. */
static bool grow(struct as_onnx_maker *m, void **list, size_t size, int *room, int max)
{
    int more = *room == 0 ? 16 : 2 * *room;
    if (*room == max)
        return false;
    more = more < max ? more : max;
    void *larger = as_arena_alloc(m->arena, size * (size_t)more);
    if (*room > 0)
        memcpy(larger, *list, size * (size_t)*room);
    *list = larger;
    *room = more;
    return true;
}

static bool grow_tensors(struct as_onnx_maker *m)
{
    void *list = m->graph->tensors;
    bool good = grow(m, &list, sizeof *m->graph->tensors, &m->tensor_room, AS_GRAPH_TENSORS_MAX);
    m->graph->tensors = list;
    return good;
}

static bool grow_operators(struct as_onnx_maker *m)
{
    void *list = m->graph->operators;
    bool good =
        grow(m, &list, sizeof *m->graph->operators, &m->operator_room, AS_GRAPH_OPERATORS_MAX);
    m->graph->operators = list;
    return good;
}

int as_onnx_tensor(struct as_onnx_maker *m, const char *name, enum as_element element, int rank,
                   const int *dim, const void *data)
{
    static const char *const names[] = {"INT8", "UINT8", "INT32", "FLOAT32", "OTHER"};
    struct as_graph *graph = m->graph;
    if (rank > AS_GRAPH_RANK_MAX) {
        as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "tensor '%s' has %d dimensions, expected at most %d",
                       name, rank, AS_GRAPH_RANK_MAX);
        return -1;
    }
    if (graph->tensor_count == m->tensor_room && !grow_tensors(m)) {
        as_onnx_refuse(m, AS_ERR_RANGE, "more than %d tensors", m->tensor_room);
        return -1;
    }
    int id = graph->tensor_count++;
    struct as_graph_tensor *t = &graph->tensors[id];
    *t = (struct as_graph_tensor){.name = name,
                                  .element = element,
                                  .type_name = names[element],
                                  .type = (int)element,
                                  .rank = rank,
                                  .elements = as_onnx_elements(rank, dim),
                                  .data = data};
    memcpy(t->dim, dim, (size_t)rank * sizeof *dim);
    bool byte = element == AS_ELEMENT_INT8 || element == AS_ELEMENT_UINT8;
    t->data_bytes = data ? t->elements * (byte ? 1 : 4) : 0;
    return id;
}

void as_onnx_quantize_tensor(struct as_onnx_maker *m, int id, size_t count, const float *scale,
                             const int64_t *zero_point, int axis)
{
    struct as_graph_tensor *t = &m->graph->tensors[id];
    float *scales = AS_NEW(m->arena, float, count);
    int64_t *zero_points = AS_NEW(m->arena, int64_t, count);
    t->scale = memcpy(scales, scale, count * sizeof *scale);
    t->zero_point = memcpy(zero_points, zero_point, count * sizeof *zero_point);
    t->scale_count = t->zero_point_count = count;
    t->quantized_dimension = axis;
}

int as_onnx_ints(struct as_onnx_maker *m, const char *name, int count, const int32_t *value)
{
    int32_t *copy = AS_NEW(m->arena, int32_t, count);
    memcpy(copy, value, (size_t)count * sizeof *value);
    return as_onnx_tensor(m, name, AS_ELEMENT_INT32, 1, &count, copy);
}

struct as_onnx_codes *as_onnx_new_codes(struct as_onnx_maker *m, const char *name, int rank,
                                        const int *dim, float scale, int zero_point)
{
    struct as_onnx_codes *codes = AS_NEW(m->arena, struct as_onnx_codes, 1);
    codes->name = name;
    codes->rank = rank;
    memcpy(codes->dim, dim, (size_t)rank * sizeof *dim);
    codes->scale = scale;
    codes->zero_point = zero_point;
    codes->id[AS_ONNX_OWN] = codes->id[AS_ONNX_LAST] = -1;
    return codes;
}

/* ---- orders ---- */

enum as_onnx_order as_onnx_order_of(const struct as_onnx_codes *codes)
{
    return codes->id[AS_ONNX_OWN] < 0 && codes->id[AS_ONNX_LAST] >= 0 ? AS_ONNX_LAST : AS_ONNX_OWN;
}

int as_onnx_dims(const struct as_onnx_codes *codes, enum as_onnx_order order,
                 int dim[AS_ONNX_RANK_MAX])
{
    const int *d = codes->dim;
    memcpy(dim, d, sizeof codes->dim);
    if (order == AS_ONNX_OWN)
        return codes->rank;
    bool image = codes->rank == 4;
    const int last[4] = {d[0], image ? d[2] : 1, image ? d[3] : d[2], d[1]};
    memcpy(dim, last, sizeof last);
    return 4;
}

int as_onnx_written(struct as_onnx_maker *m, struct as_onnx_codes *codes, enum as_onnx_order order)
{
    int dim[AS_ONNX_RANK_MAX], rank = as_onnx_dims(codes, order, dim);
    int id = as_onnx_tensor(m, codes->name, AS_ELEMENT_INT8, rank, dim, NULL);
    if (id < 0)
        return -1;
    as_onnx_quantize_tensor(m, id, 1, &codes->scale, &(int64_t){codes->zero_point}, 0);
    return codes->id[order] = id;
}

/* A constant in another order, or as it is. */
static int constant_in(struct as_onnx_maker *m, struct as_onnx_codes *codes,
                       enum as_onnx_order order)
{
    int id = as_onnx_written(m, codes, order), *d = codes->dim;
    if (id < 0)
        return -1;
    size_t elements = as_onnx_elements(codes->rank, d);
    int8_t *data = as_arena_alloc(m->arena, elements + 1);
    size_t image = order == AS_ONNX_LAST ? elements / ((size_t)d[0] * (size_t)d[1]) : 1;
    size_t channels = order == AS_ONNX_LAST ? (size_t)d[1] : 1;
    for (size_t i = 0; i < elements; i++) {
        size_t pixel = i % image, channel = i / image % channels, batch = i / image / channels;
        data[(batch * image + pixel) * channels + channel] = codes->data[i];
    }
    if (order == AS_ONNX_OWN)
        memcpy(data, codes->data, elements);
    m->graph->tensors[id].data = (const uint8_t *)data;
    m->graph->tensors[id].data_bytes = elements;
    return id;
}

static int reshaped(struct as_onnx_maker *m, int from, struct as_onnx_codes *codes,
                    enum as_onnx_order order)
{
    int to = from < 0 ? -1 : as_onnx_written(m, codes, order);
    return as_onnx_operator(m, "RESHAPE", 1, &from, to) ? to : -1;
}

/* A transpose between both orders; a signal has another dimension in one of them. */
static int turned(struct as_onnx_maker *m, struct as_onnx_codes *codes, enum as_onnx_order order)
{
    bool last = order == AS_ONNX_LAST, image = codes->rank == 4;
    const int32_t to_last[4] = {0, 2, 3, 1}, to_own[4] = {0, 3, 1, 2}, signal[3] = {0, 2, 1};
    const int *d = codes->dim;
    int from = as_onnx_ordered(m, codes, last ? AS_ONNX_OWN : AS_ONNX_LAST);
    int axes = as_onnx_ints(m, "axes", codes->rank, !image ? signal : last ? to_last : to_own);
    if (from < 0 || axes < 0)
        return -1;
    if (image) {
        int to = as_onnx_written(m, codes, order);
        return as_onnx_operator(m, "TRANSPOSE", 2, (const int[2]){from, axes}, to) ? to : -1;
    }
    const int flat[3] = {d[0], d[2], d[1]};
    struct as_onnx_codes *step =
        as_onnx_new_codes(m, codes->name, 3, last ? flat : d, codes->scale, codes->zero_point);
    if (last) { /* N, C, L; N, L, C; N, 1, L, C */
        int middle = as_onnx_written(m, step, AS_ONNX_OWN);
        if (!as_onnx_operator(m, "TRANSPOSE", 2, (const int[2]){from, axes}, middle))
            return -1;
        return reshaped(m, middle, codes, order);
    }
    memcpy(step->dim, flat, sizeof flat);
    int middle = reshaped(m, from, step, AS_ONNX_OWN), to = as_onnx_written(m, codes, order);
    return as_onnx_operator(m, "TRANSPOSE", 2, (const int[2]){middle, axes}, to) ? to : -1;
}

int as_onnx_ordered(struct as_onnx_maker *m, struct as_onnx_codes *codes, enum as_onnx_order order)
{
    if (codes->id[order] >= 0)
        return codes->id[order];
    if (order == AS_ONNX_LAST && codes->rank != 3 && codes->rank != 4) {
        as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "'%s' has %d dimensions, expected 3 or 4",
                       codes->name, codes->rank);
        return -1;
    }
    if (codes->data)
        return constant_in(m, codes, order);
    if (order == AS_ONNX_OWN && codes->flat)
        return reshaped(m, as_onnx_ordered(m, codes->flat, AS_ONNX_OWN), codes, order);
    return turned(m, codes, order);
}

/* ---- operators ---- */

struct as_graph_operator *as_onnx_operator(struct as_onnx_maker *m, const char *name, int inputs,
                                           const int *input, int output)
{
    struct as_graph *graph = m->graph;
    for (int i = 0; i < inputs; i++)
        if (input[i] < 0)
            return NULL;
    if (output < 0)
        return NULL;
    if (graph->operator_count == m->operator_room && !grow_operators(m)) {
        as_onnx_refuse(m, AS_ERR_RANGE, "more than %d operators", m->operator_room);
        return NULL;
    }
    struct as_graph_operator *op = &graph->operators[graph->operator_count++];
    int *ids = AS_NEW(m->arena, int, 1);
    *ids = output;
    *op = (struct as_graph_operator){.name = name,
                                     .place = m->node ? m->node->place : NULL,
                                     .input_count = (size_t)inputs,
                                     .output_count = 1,
                                     .output = ids};
    memcpy(op->input, input, (size_t)inputs * sizeof *input);
    return op;
}

enum as_status as_onnx_table(struct as_onnx_maker *m, struct as_onnx_codes *in,
                             struct as_onnx_codes *out, const int8_t *table)
{
    enum as_onnx_order order = as_onnx_order_of(in);
    int from = as_onnx_ordered(m, in, order);
    struct as_graph_operator *op =
        from < 0 ? NULL : as_onnx_operator(m, "TABLE", 1, &from, as_onnx_written(m, out, order));
    if (!op)
        return AS_ERR_RANGE;
    op->table = table;
    return AS_OK;
}
