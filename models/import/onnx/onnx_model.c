#include "models/import/onnx/onnx_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.pb-c.h"

#define FILE_MAX       ((size_t)64 << 20)
#define NODES_MAX      (4 * AS_GRAPH_OPERATORS_MAX) /* most are QuantizeLinear, DequantizeLinear */
#define VALUES_MAX     (4 * AS_GRAPH_TENSORS_MAX)
#define NAME_MAX_BYTES 80
#define OPSET_MIN      11
#define OPSET_MAX      21

struct parser {
    struct as_arena *arena;
    struct as_diag *diag;
    struct as_onnx_model *model;
    const char **names; /* [value_count] as in the file */
    int *slots;         /* hash table of value numbers + 1 */
    size_t slot_count;
};

const char *as_onnx_type_name(int type)
{
    static const char *const names[] = {"no type", "FLOAT", "UINT8",  "INT8", "UINT16",  "INT16",
                                        "INT32",   "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE"};
    return type >= 0 && type < (int)(sizeof names / sizeof names[0]) ? names[type] : "another type";
}

/* ---- memory of the decoder: at most so much, for a small file may name many empty messages ----
 */

struct budget {
    size_t used, max;
    bool exceeded;
};

union header {
    size_t bytes;
    max_align_t align;
};

static void *take(void *data, size_t bytes)
{
    struct budget *budget = data;
    if (bytes > budget->max - budget->used) {
        budget->exceeded = true;
        return NULL;
    }
    union header *block = malloc(sizeof *block + bytes);
    if (!block)
        return NULL;
    block->bytes = bytes;
    budget->used += bytes;
    return block + 1;
}

static void give_back(void *data, void *pointer)
{
    struct budget *budget = data;
    union header *block = pointer;
    if (!block)
        return;
    block--;
    budget->used -= block->bytes;
    free(block);
}

/* ---- names ---- */

static uint32_t hash_of(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h;
}

static const char *printable(struct as_arena *arena, const char *name)
{
    char text[NAME_MAX_BYTES + 1];
    size_t n = 0;
    for (; name[n] && n < NAME_MAX_BYTES; n++)
        text[n] = name[n] >= 32 && name[n] < 127 ? name[n] : '?';
    text[n] = '\0';
    return as_arena_strdup(arena, text);
}

/* The number of the value of this name, which may be new; -1 of no name. */
static int value_of(struct parser *p, const char *name)
{
    if (!name || !*name)
        return -1;
    size_t at = hash_of(name) % p->slot_count;
    for (; p->slots[at]; at = (at + 1) % p->slot_count)
        if (strcmp(p->names[p->slots[at] - 1], name) == 0)
            return p->slots[at] - 1;
    int id = p->model->value_count++;
    p->slots[at] = id + 1;
    p->names[id] = name;
    p->model->value[id] = (struct as_onnx_value){.name = printable(p->arena, name), .rank = -1};
    return id;
}

/* ---- tensors ---- */

static const char *check_dims(struct parser *p, const int64_t *dims, size_t rank,
                              struct as_onnx_value *v)
{
    v->elements = 1;
    v->rank = 0;
    if (rank > AS_ONNX_RANK_MAX)
        return as_arena_printf(p->arena, "%zu dimensions, expected at most %d", rank,
                               AS_ONNX_RANK_MAX);
    for (size_t i = 0; i < rank; i++) {
        if (dims[i] < 0 || dims[i] > AS_GRAPH_ELEMENTS_MAX ||
            v->elements * (size_t)dims[i] > AS_GRAPH_ELEMENTS_MAX)
            return as_arena_printf(p->arena, "dimension %zu is %lld, and %d elements at most", i,
                                   (long long)dims[i], AS_GRAPH_ELEMENTS_MAX);
        v->dim[i] = (int)dims[i];
        v->elements *= (size_t)dims[i];
    }
    v->rank = (int)rank;
    return NULL;
}

static size_t bytes_of(int type)
{
    return type == AS_ONNX_FLOAT || type == AS_ONNX_INT32  ? 4
           : type == AS_ONNX_INT64                         ? 8
           : type == AS_ONNX_INT8 || type == AS_ONNX_UINT8 ? 1
                                                           : 0;
}

/* The elements wherever the file has them. */
static const char *copy_elements(struct parser *p, const AsOnnx__Tensor *t, struct as_onnx_value *v)
{
    size_t size = bytes_of(v->type), n = v->elements;
    if (size == 0)
        return as_arena_printf(p->arena, "type %s", as_onnx_type_name(v->type));
    if (t->has_data_location && t->data_location != 0)
        return "its data lies in another file: save the network with all data in one";
    size_t have = t->has_raw_data            ? t->raw_data.len / size
                  : v->type == AS_ONNX_FLOAT ? t->n_float_data
                  : v->type == AS_ONNX_INT64 ? t->n_int64_data
                                             : t->n_int32_data;
    if (have != n || (t->has_raw_data && t->raw_data.len != n * size))
        return as_arena_printf(p->arena, "%zu elements, expected %zu", have, n);
    uint8_t *data = as_arena_alloc(p->arena, n * size + 1);
    v->data = data;
    if (n == 0)
        return NULL;
    if (t->has_raw_data)
        memcpy(data, t->raw_data.data, n * size);
    else if (v->type == AS_ONNX_FLOAT)
        memcpy(data, t->float_data, n * size);
    else if (v->type == AS_ONNX_INT64)
        memcpy(data, t->int64_data, n * size);
    else if (v->type == AS_ONNX_INT32)
        memcpy(data, t->int32_data, n * size);
    for (size_t i = 0; size == 1 && !t->has_raw_data && i < n; i++)
        data[i] = (uint8_t)t->int32_data[i];
    return NULL;
}

static void read_tensor(struct parser *p, const AsOnnx__Tensor *t, int id)
{
    struct as_onnx_value *v = &p->model->value[id];
    v->type = t->has_data_type ? t->data_type : AS_ONNX_UNKNOWN;
    v->written = true;
    v->fault = check_dims(p, t->dims, t->n_dims, v);
    if (!v->fault)
        v->fault = copy_elements(p, t, v);
}

/* The shape of an input; a free first dimension is a batch of 1. */
static void read_shape(struct parser *p, const AsOnnx__TensorType *type, struct as_onnx_value *v)
{
    int64_t dims[AS_ONNX_RANK_MAX];
    const AsOnnx__Shape *shape = type ? type->shape : NULL;
    v->type = type && type->has_elem_type ? type->elem_type : AS_ONNX_UNKNOWN;
    if (!shape || shape->n_dim > AS_ONNX_RANK_MAX) {
        v->fault = "no shape of known dimensions";
        return;
    }
    for (size_t i = 0; i < shape->n_dim; i++) {
        const AsOnnx__Dimension *d = shape->dim[i];
        dims[i] = d->has_dim_value ? d->dim_value : 0;
        if (dims[i] < 1 && i == 0)
            dims[i] = 1;
        if (dims[i] < 1) {
            v->fault = as_arena_printf(p->arena,
                                       "dimension %zu is not known: export the network with fixed "
                                       "sizes (only the batch may be free, and is 1)",
                                       i);
            return;
        }
    }
    v->fault = check_dims(p, dims, shape->n_dim, v);
}

/* ---- nodes ---- */

static const char *text_of(struct parser *p, const AsOnnx__Attribute *a)
{
    char text[24] = "";
    if (!a->has_s || a->s.len >= sizeof text)
        return "";
    for (size_t i = 0; i < a->s.len; i++)
        text[i] = a->s.data[i] >= 32 && a->s.data[i] < 127 ? (char)a->s.data[i] : '?';
    return as_arena_strdup(p->arena, text);
}

static void read_attribute(struct parser *p, const AsOnnx__Attribute *a,
                           struct as_onnx_attribute *out)
{
    *out = (struct as_onnx_attribute){
        .name = printable(p->arena, a->name ? a->name : ""),
        .number = a->has_i ? (double)a->i : (double)a->f,
        .count = a->n_ints,
        .text = text_of(p, a),
        .tensor = -1,
    };
    if (a->n_ints > 0) {
        int64_t *ints = AS_NEW(p->arena, int64_t, a->n_ints);
        out->ints = memcpy(ints, a->ints, a->n_ints * sizeof *ints);
    }
    if (a->t) {
        out->tensor = p->model->value_count++;
        p->model->value[out->tensor] = (struct as_onnx_value){.name = out->name, .rank = -1};
        p->names[out->tensor] = "";
        read_tensor(p, a->t, out->tensor);
    }
}

static void read_node(struct parser *p, const AsOnnx__Node *from, int index)
{
    struct as_onnx_node *node = &p->model->node[index];
    const char *name = from->name ? from->name : "";
    node->op = printable(p->arena, from->op_type ? from->op_type : "");
    node->domain = printable(p->arena, from->domain ? from->domain : "");
    node->name = printable(p->arena, name);
    node->place = as_arena_printf(p->arena, "node %d %s '%s'", index, node->op, node->name);
    node->input_count = from->n_input;
    node->output_count = from->n_output;
    node->attribute_count = from->n_attribute;
    node->attribute = AS_NEW(p->arena, struct as_onnx_attribute, from->n_attribute + 1);
    for (size_t i = 0; i < from->n_attribute; i++)
        read_attribute(p, from->attribute[i], &node->attribute[i]);
    node->input = AS_NEW(p->arena, int, from->n_input + 1);
    node->output = AS_NEW(p->arena, int, from->n_output + 1);
    for (size_t i = 0; i < from->n_input; i++) {
        node->input[i] = value_of(p, from->input[i]);
        if (node->input[i] >= 0)
            p->model->value[node->input[i]].readers++;
    }
    for (size_t i = 0; i < from->n_output; i++)
        node->output[i] = value_of(p, from->output[i]);
}

/* Nodes come after those whose outputs they read, and a value is written once. */
static enum as_status check_order(const struct parser *p)
{
    struct as_onnx_model *m = p->model;
    for (int n = 0; n < m->node_count; n++) {
        const struct as_onnx_node *node = &m->node[n];
        for (size_t i = 0; i < node->input_count; i++)
            if (node->input[i] >= 0 && !m->value[node->input[i]].written)
                return as_fail(p->diag, AS_ERR_PARSE,
                               "%s: %s: nothing before it writes its input '%s'", m->label,
                               node->place, m->value[node->input[i]].name);
        for (size_t i = 0; i < node->output_count; i++) {
            if (node->output[i] < 0)
                continue;
            if (m->value[node->output[i]].written)
                return as_fail(p->diag, AS_ERR_PARSE, "%s: %s: its output '%s' is written before",
                               m->label, node->place, m->value[node->output[i]].name);
            m->value[node->output[i]].written = true;
        }
    }
    return AS_OK;
}

/* ---- the file ---- */

static enum as_status check_opset(const struct parser *p, const AsOnnx__Model *file)
{
    p->model->opset = 0;
    for (size_t i = 0; i < file->n_opset_import; i++) {
        const AsOnnx__OperatorSet *set = file->opset_import[i];
        if ((!set->domain || !*set->domain) && set->has_version && set->version > 0 &&
            set->version < 1000)
            p->model->opset = (int)set->version;
    }
    if (p->model->opset < OPSET_MIN || p->model->opset > OPSET_MAX)
        return as_fail(p->diag, AS_ERR_UNSUPPORTED, "%s: opset %d, expected %d..%d",
                       p->model->label, p->model->opset, OPSET_MIN, OPSET_MAX);
    return AS_OK;
}

static enum as_status check_counts(struct parser *p, const AsOnnx__Graph *graph)
{
    size_t values = graph->n_initializer + graph->n_input + graph->n_output;
    if (graph->n_node < 1 || graph->n_node > NODES_MAX)
        return as_fail(p->diag, AS_ERR_RANGE, "%s: %zu nodes, expected 1..%d", p->model->label,
                       graph->n_node, NODES_MAX);
    for (size_t i = 0; i < graph->n_node; i++)
        values += graph->node[i]->n_input + graph->node[i]->n_output + graph->node[i]->n_attribute;
    if (values > VALUES_MAX)
        return as_fail(p->diag, AS_ERR_RANGE, "%s: %zu names of tensors, expected at most %d",
                       p->model->label, values, VALUES_MAX);
    p->model->value = AS_NEW(p->arena, struct as_onnx_value, values + 1);
    p->names = AS_NEW(p->arena, const char *, values + 1);
    p->slot_count = 2 * values + 1;
    p->slots = AS_NEW(p->arena, int, p->slot_count);
    return AS_OK;
}

static const char *base_name(struct as_arena *arena, const char *label)
{
    const char *slash = strrchr(label, '/');
    char *name = as_arena_strdup(arena, slash ? slash + 1 : label);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

static enum as_status read_graph(struct parser *p, const AsOnnx__Graph *graph)
{
    struct as_onnx_model *m = p->model;
    AS_TRY(check_counts(p, graph));
    m->input = AS_NEW(p->arena, int, graph->n_input + 1);
    m->output = AS_NEW(p->arena, int, graph->n_output + 1);
    for (size_t i = 0; i < graph->n_initializer; i++) {
        int id = value_of(p, graph->initializer[i]->name);
        if (id >= 0 && !m->value[id].written)
            read_tensor(p, graph->initializer[i], id);
    }
    for (size_t i = 0; i < graph->n_input; i++) {
        int id = value_of(p, graph->input[i]->name);
        if (id < 0 || m->value[id].written) /* up to IR version 3 constants are inputs too */
            continue;
        m->value[id].written = true;
        read_shape(p, graph->input[i]->type ? graph->input[i]->type->tensor_type : NULL,
                   &m->value[id]);
        m->input[m->input_count++] = id;
    }
    m->node_count = (int)graph->n_node;
    m->node = AS_NEW(p->arena, struct as_onnx_node, m->node_count);
    for (int i = 0; i < m->node_count; i++)
        read_node(p, graph->node[i], i);
    for (size_t i = 0; i < graph->n_output; i++) {
        int id = value_of(p, graph->output[i]->name);
        if (id >= 0) {
            m->output[m->output_count++] = id;
            m->value[id].readers++;
        }
    }
    return check_order(p);
}

enum as_status as_onnx_parse(struct as_arena *arena, const struct as_source *source,
                             struct as_onnx_model **out, struct as_diag *diag)
{
    struct as_onnx_model *model = *out = AS_NEW(arena, struct as_onnx_model, 1);
    struct parser p = {.arena = arena, .diag = diag, .model = model};
    struct budget budget = {.max = 8 * source->bytes + (1 << 16)};
    ProtobufCAllocator allocator = {.alloc = take, .free = give_back, .allocator_data = &budget};

    model->label = as_arena_strdup(arena, source->model);
    model->name = base_name(arena, source->model);
    if (source->bytes > FILE_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s: %zu bytes, expected at most %zu", source->model,
                       source->bytes, FILE_MAX);
    AsOnnx__Model *file = as_onnx__model__unpack(&allocator, source->bytes, source->data);
    if (!file && budget.exceeded)
        return as_fail(diag, AS_ERR_RANGE,
                       "%s: its %zu bytes hold so many empty messages that they take more than %zu",
                       source->model, source->bytes, budget.max);
    if (!file)
        return as_fail(diag, AS_ERR_PARSE,
                       "%s: not an ONNX file (its protocol buffer is malformed)", source->model);
    enum as_status status =
        file->graph
            ? check_opset(&p, file)
            : as_fail(diag, AS_ERR_PARSE, "%s: not an ONNX file (it has no graph)", source->model);
    if (status == AS_OK)
        status = read_graph(&p, file->graph);
    as_onnx__model__free_unpacked(file, &allocator);
    return status;
}

int as_onnx_input(const struct as_onnx_node *node, size_t i)
{
    return i < node->input_count ? node->input[i] : -1;
}

const struct as_onnx_attribute *as_onnx_attribute(const struct as_onnx_node *node, const char *name)
{
    for (size_t i = 0; i < node->attribute_count; i++)
        if (strcmp(node->attribute[i].name, name) == 0)
            return &node->attribute[i];
    return NULL;
}

double as_onnx_number(const struct as_onnx_node *node, const char *name, double absent)
{
    const struct as_onnx_attribute *a = as_onnx_attribute(node, name);
    return a ? a->number : absent;
}
