/* A .tflite file becomes a graph: the tables of the schema, and nothing of what they mean. */
#include "models/import/tflite/tflite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/import/tflite/flatbuf.h"
#include "models/import/tflite/tflite_kinds.h"
#include "models/import/tflite/tflite_names.h"
#include "models/import/tflite/tflite_variables.h"

#define NAME_MAX_BYTES 256

/* Field numbers of the schema's tables. */
enum { MODEL_VERSION, MODEL_OPERATOR_CODES, MODEL_SUBGRAPHS, MODEL_DESCRIPTION, MODEL_BUFFERS };
enum { GRAPH_TENSORS, GRAPH_INPUTS, GRAPH_OUTPUTS, GRAPH_OPERATORS };
enum { CODE_DEPRECATED, CODE_CUSTOM, CODE_VERSION, CODE_BUILTIN };
enum { OP_CODE_INDEX, OP_INPUTS, OP_OUTPUTS, OP_OPTIONS_TYPE, OP_OPTIONS };
enum {
    TENSOR_SHAPE,
    TENSOR_TYPE,
    TENSOR_BUFFER,
    TENSOR_NAME,
    TENSOR_QUANTIZATION,
    TENSOR_IS_VARIABLE,
    TENSOR_SPARSITY,
    TENSOR_SHAPE_SIGNATURE
};
enum {
    QUANT_MIN,
    QUANT_MAX,
    QUANT_SCALE,
    QUANT_ZERO_POINT,
    QUANT_DETAILS_TYPE,
    QUANT_DETAILS,
    QUANT_DIMENSION
};
enum { BUFFER_DATA, BUFFER_OFFSET };

#define BUILTIN_CUSTOM 32

/* Numbers of the schema's TensorType. */
enum { TYPE_FLOAT32 = 0, TYPE_INT32 = 2, TYPE_UINT8 = 3, TYPE_INT8 = 9 };

struct reader {
    struct as_arena *arena;
    struct as_diag *diag;
    struct as_flatbuf fb;
    struct as_flatbuf_vector tensors, buffers, codes, operators;
    struct as_graph *graph;
    size_t tensor_count, operator_count, output_count; /* of the graphs read so far */
    struct as_tflite_variables variables;
};

/* Reports a malformed file where one was met, else `fmt`; returns the status to hand on. */
__attribute__((format(printf, 3, 4))) static enum as_status
refuse(const struct reader *r, enum as_status status, const char *fmt, ...)
{
    if (r->fb.malformed)
        return as_fail(r->diag, AS_ERR_PARSE, "%s: malformed flatbuffer at byte %zu",
                       r->graph->label, r->fb.where);
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return as_fail(r->diag, status, "%s: %s", r->graph->label, text);
}

/* A printable copy of a string of the file; `fallback` with `number` when there is none. */
static const char *copy_name(struct reader *r, const struct as_flatbuf_vector *text,
                             const char *fallback, int number)
{
    const uint8_t *bytes = as_flatbuf_bytes(text);
    if (!bytes)
        return as_arena_printf(r->arena, "%s %d", fallback, number);
    size_t n = text->count < NAME_MAX_BYTES ? text->count : NAME_MAX_BYTES;
    char *name = as_arena_alloc(r->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        name[i] = bytes[i] >= 32 && bytes[i] < 127 ? (char)bytes[i] : '?';
    return name;
}

/* The first `count` of a vector of tensor ids. */
static int *copy_ids(struct reader *r, const struct as_flatbuf_vector *ids, size_t count)
{
    int *copy = AS_NEW(r->arena, int, count + 1);
    for (size_t i = 0; i < count; i++)
        copy[i] = as_flatbuf_at_i32(ids, i);
    return copy;
}

/* ---- tensors ---- */

/* Notes what is wrong with tensor `id`. */
__attribute__((format(printf, 4, 5))) static void
blame_tensor(struct reader *r, int id, enum as_status status, const char *fmt, ...)
{
    struct as_graph_tensor *t = &r->graph->tensors[id];
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    as_graph_blame(r->arena, &t->fault, status, "%s", text);
}

static void read_shape(struct reader *r, int id, const struct as_flatbuf_table *table)
{
    struct as_graph_tensor *t = &r->graph->tensors[id];
    struct as_flatbuf_vector shape = as_flatbuf_vector(table, TENSOR_SHAPE, 4);
    struct as_flatbuf_vector signature = as_flatbuf_vector(table, TENSOR_SHAPE_SIGNATURE, 4);
    int max = AS_GRAPH_ELEMENTS_MAX;
    if (shape.count > AS_GRAPH_RANK_MAX) {
        blame_tensor(r, id, AS_ERR_UNSUPPORTED, "%zu dimensions, expected 1..%d", shape.count,
                     AS_GRAPH_RANK_MAX);
        return;
    }
    t->rank = (int)shape.count;
    t->elements = 1;
    for (int i = 0; i < t->rank; i++) {
        int dim = t->dim[i] = as_flatbuf_at_i32(&shape, (size_t)i);
        if (dim < 1 || dim > max) {
            blame_tensor(r, id, AS_ERR_RANGE, "dimension %d is %d, expected 1..%d", i, dim, max);
            return;
        }
        t->elements *= (size_t)dim;
        if (t->elements > AS_GRAPH_ELEMENTS_MAX) {
            blame_tensor(r, id, AS_ERR_RANGE, "more than %d elements", max);
            return;
        }
    }
    /* A free batch dimension runs as the batch of 1 the shape names; nothing else may be free. */
    for (size_t i = 0; i < signature.count && i < shape.count; i++)
        if (as_flatbuf_at_i32(&signature, i) < 0 && (i > 0 || t->dim[0] != 1))
            blame_tensor(
                r, id, AS_ERR_UNSUPPORTED,
                "dimension %zu is dynamic, expected a fixed one (convert the network with a "
                "batch of 1)",
                i);
}

static void read_quantization(struct as_graph_tensor *t, const struct as_flatbuf_table *table)
{
    struct as_flatbuf_table quant = as_flatbuf_child(table, TENSOR_QUANTIZATION);
    struct as_flatbuf_vector scale = as_flatbuf_vector(&quant, QUANT_SCALE, 4);
    struct as_flatbuf_vector zero_point = as_flatbuf_vector(&quant, QUANT_ZERO_POINT, 8);
    t->scale = as_flatbuf_bytes(&scale);
    t->scale_count = scale.count;
    t->zero_point = as_flatbuf_bytes(&zero_point);
    t->zero_point_count = zero_point.count;
    t->other_quantization = as_flatbuf_i8(&quant, QUANT_DETAILS_TYPE, 0) != 0;
    t->quantized_dimension = as_flatbuf_i32(&quant, QUANT_DIMENSION, 0);
}

static void read_buffer(struct reader *r, int id, const struct as_flatbuf_table *table)
{
    struct as_graph_tensor *t = &r->graph->tensors[id];
    uint32_t index = as_flatbuf_u32(table, TENSOR_BUFFER, 0);
    if (index == 0 && r->buffers.count == 0)
        return;
    if (index >= r->buffers.count) {
        blame_tensor(r, id, AS_ERR_PARSE, "buffer %u of %zu", index, r->buffers.count);
        return;
    }
    struct as_flatbuf_table buffer = as_flatbuf_at_table(&r->buffers, index);
    struct as_flatbuf_vector data = as_flatbuf_vector(&buffer, BUFFER_DATA, 1);
    if (as_flatbuf_u64(&buffer, BUFFER_OFFSET, 0) > 1)
        blame_tensor(r, id, AS_ERR_UNSUPPORTED, "its data lies outside the flatbuffer");
    t->data = as_flatbuf_bytes(&data);
    t->data_bytes = data.count;
}

static enum as_status read_tensor(struct reader *r, int id)
{
    struct as_graph_tensor *t = &r->graph->tensors[id];
    struct as_flatbuf_table table = as_flatbuf_at_table(&r->tensors, (size_t)id);
    struct as_flatbuf_vector name = as_flatbuf_string(&table, TENSOR_NAME);
    t->name = copy_name(r, &name, "tensor", id);
    t->type = as_flatbuf_i8(&table, TENSOR_TYPE, 0);
    t->type_name = as_tflite_type_name(t->type);
    t->element = t->type == TYPE_INT8      ? AS_ELEMENT_INT8
                 : t->type == TYPE_UINT8   ? AS_ELEMENT_UINT8
                 : t->type == TYPE_INT32   ? AS_ELEMENT_INT32
                 : t->type == TYPE_FLOAT32 ? AS_ELEMENT_FLOAT32
                                           : AS_ELEMENT_OTHER;
    read_shape(r, id, &table);
    if (as_flatbuf_i8(&table, TENSOR_IS_VARIABLE, 0) != 0)
        blame_tensor(r, id, AS_ERR_UNSUPPORTED, "a variable tensor");
    if (as_flatbuf_has(&table, TENSOR_SPARSITY))
        blame_tensor(r, id, AS_ERR_UNSUPPORTED, "a sparse tensor");
    read_quantization(t, &table);
    read_buffer(r, id, &table);
    if (t->rank == 0 && !t->data)
        blame_tensor(r, id, AS_ERR_UNSUPPORTED, "0 dimensions, expected 1..%d", AS_GRAPH_RANK_MAX);
    return r->fb.malformed ? refuse(r, AS_ERR_PARSE, "malformed") : AS_OK;
}

/* ---- operators ---- */

/* The name of an operator as a user should read it (its number is the larger of the two fields). */
static const char *read_code(struct reader *r, uint32_t index, int *version)
{
    struct as_flatbuf_table code = as_flatbuf_at_table(&r->codes, index);
    int deprecated = as_flatbuf_i8(&code, CODE_DEPRECATED, 0);
    int builtin = as_flatbuf_i32(&code, CODE_BUILTIN, 0);
    if (deprecated > builtin)
        builtin = deprecated;
    *version = as_flatbuf_i32(&code, CODE_VERSION, 1);
    const char *name = as_tflite_builtin_name(builtin);
    if (builtin == BUILTIN_CUSTOM) {
        struct as_flatbuf_vector custom = as_flatbuf_string(&code, CODE_CUSTOM);
        name = as_arena_printf(r->arena, "CUSTOM '%s'",
                               copy_name(r, &custom, "operator code", (int)index));
    }
    return name ? name : as_arena_printf(r->arena, "BUILTIN %d", builtin);
}

static double read_field(const struct as_flatbuf_table *options, const struct as_tflite_field *f)
{
    switch (f->type) {
    case AS_TFLITE_BYTE:
        return as_flatbuf_i8(options, f->id, (int8_t)f->absent);
    case AS_TFLITE_FLOAT:
        return (double)as_flatbuf_f32(options, f->id, (float)f->absent);
    default:
        return as_flatbuf_i32(options, f->id, f->absent);
    }
}

static void read_options(struct reader *r, int index, int version,
                         const struct as_flatbuf_table *table)
{
    struct as_graph_operator *op = &r->graph->operators[index];
    const struct as_tflite_kind *kind = as_tflite_kind_of(op->name);
    struct as_flatbuf_table options = as_flatbuf_child(table, OP_OPTIONS);
    int type = as_flatbuf_i8(table, OP_OPTIONS_TYPE, 0) & 0xff;
    if (version < 1 || version > kind->version_max)
        as_graph_blame(r->arena, &op->fault, AS_ERR_UNSUPPORTED, "version %d, expected 1..%d",
                       version, kind->version_max);
    if (kind->options != 0 && (type != kind->options || !options.present))
        as_graph_blame(r->arena, &op->fault, AS_ERR_PARSE, "%soptions of type %d, expected %d",
                       options.present ? "" : "no ", type, kind->options);
    if (op->fault.text)
        return;
    for (int i = 0; i < AS_TFLITE_FIELDS_MAX && kind->field[i].type != AS_TFLITE_NONE; i++)
        op->attribute[kind->field[i].attribute] = read_field(&options, &kind->field[i]);
}

/* The variable that a VAR_HANDLE means. */
static void read_variable(struct reader *r, int index, const struct as_flatbuf_table *table)
{
    struct as_graph_operator *op = &r->graph->operators[index];
    struct as_flatbuf_table options = as_flatbuf_child(table, OP_OPTIONS);
    if (op->fault.text)
        return;
    if (!r->variables.list) {
        r->variables.room = AS_GRAPH_OPERATORS_MAX;
        r->variables.list = AS_NEW(r->arena, struct as_tflite_variable, r->variables.room);
    }
    int number = as_tflite_variable_of(&r->variables, &options);
    if (number < 0)
        as_graph_blame(r->arena, &op->fault, AS_ERR_UNSUPPORTED, "a name of more than %d bytes",
                       AS_TFLITE_VARIABLE_NAME_MAX);
    op->attribute[AS_ATTR_VARIABLE] = number;
}

static enum as_status read_operator(struct reader *r, int index)
{
    struct as_graph_operator *op = &r->graph->operators[index];
    struct as_flatbuf_table table = as_flatbuf_at_table(&r->operators, (size_t)index);
    struct as_flatbuf_vector inputs = as_flatbuf_vector(&table, OP_INPUTS, 4);
    struct as_flatbuf_vector outputs = as_flatbuf_vector(&table, OP_OUTPUTS, 4);
    uint32_t code = as_flatbuf_u32(&table, OP_CODE_INDEX, 0);
    int version;
    if (r->fb.malformed || code >= r->codes.count)
        return refuse(r, AS_ERR_PARSE, "operator %d: operator code %u of %zu", index, code,
                      r->codes.count);
    op->name = read_code(r, code, &version);
    op->input_count = inputs.count;
    for (size_t i = 0; i < inputs.count && i < AS_GRAPH_INPUTS_MAX; i++)
        op->input[i] = as_flatbuf_at_i32(&inputs, i);
    op->output_count = outputs.count;
    op->output = copy_ids(r, &outputs, outputs.count);
    read_options(r, index, version, &table);
    if (strcmp(op->name, "VAR_HANDLE") == 0)
        read_variable(r, index, &table);
    return r->fb.malformed ? refuse(r, AS_ERR_PARSE, "malformed") : AS_OK;
}

/* ---- the file ---- */

static const char *base_name(struct as_arena *arena, const char *label)
{
    const char *slash = strrchr(label, '/');
    char *name = as_arena_strdup(arena, slash ? slash + 1 : label);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

/* Tensors, operators and their outputs are bounded, over all graphs, so that a small file makes no
 * large graph. */
static enum as_status check_counts(struct reader *r)
{
    size_t operators = r->operators.count, tensors = r->tensors.count;
    size_t outputs = r->output_count;
    if (r->fb.malformed || operators < 1 || operators > AS_GRAPH_OPERATORS_MAX - r->operator_count)
        return refuse(r, AS_ERR_RANGE, "%zu operators, expected 1..%zu", operators,
                      AS_GRAPH_OPERATORS_MAX - r->operator_count);
    if (tensors < 1 || tensors > AS_GRAPH_TENSORS_MAX - r->tensor_count)
        return refuse(r, AS_ERR_RANGE, "%zu tensors, expected 1..%zu", tensors,
                      AS_GRAPH_TENSORS_MAX - r->tensor_count);
    for (size_t i = 0; i < r->operators.count; i++) {
        struct as_flatbuf_table table = as_flatbuf_at_table(&r->operators, i);
        struct as_flatbuf_vector ids = as_flatbuf_vector(&table, OP_OUTPUTS, 4);
        outputs += ids.count > 0 ? ids.count : 1;
        if (r->fb.malformed || outputs > AS_GRAPH_TENSORS_MAX)
            return refuse(r, AS_ERR_RANGE, "operators write more than %d tensors in all",
                          AS_GRAPH_TENSORS_MAX);
    }
    r->operator_count += operators;
    r->tensor_count += tensors;
    r->output_count = outputs;
    return AS_OK;
}

static enum as_status read_graph(struct reader *r, const struct as_flatbuf_table *table)
{
    struct as_graph *graph = r->graph;
    struct as_flatbuf_vector inputs = as_flatbuf_vector(table, GRAPH_INPUTS, 4);
    struct as_flatbuf_vector outputs = as_flatbuf_vector(table, GRAPH_OUTPUTS, 4);

    r->tensors = as_flatbuf_vector(table, GRAPH_TENSORS, 4);
    r->operators = as_flatbuf_vector(table, GRAPH_OPERATORS, 4);
    AS_TRY(check_counts(r));
    graph->tensor_count = graph->network_tensors = (int)r->tensors.count;
    graph->tensors = AS_NEW(r->arena, struct as_graph_tensor, graph->tensor_count);
    graph->operator_count = (int)r->operators.count;
    graph->operators = AS_NEW(r->arena, struct as_graph_operator, graph->operator_count);
    graph->input_count = inputs.count;
    graph->inputs = copy_ids(r, &inputs, inputs.count);
    graph->output_count = outputs.count;
    graph->outputs = copy_ids(r, &outputs, outputs.count);
    for (int i = 0; i < graph->tensor_count; i++)
        AS_TRY(read_tensor(r, i));
    for (int i = 0; i < graph->operator_count; i++)
        AS_TRY(read_operator(r, i));
    return AS_OK;
}

/* Of the subgraphs, those that the operators of the first call. */
static enum as_status read_called(struct reader *r, const struct as_flatbuf_vector *graphs)
{
    struct as_graph *main = r->graph;
    const struct as_graph **called = AS_NEW(r->arena, const struct as_graph *, graphs->count);
    for (int i = 0; i < main->operator_count; i++) {
        const struct as_graph_operator *op = &main->operators[i];
        double number = op->attribute[AS_ATTR_SUBGRAPH];
        if (number < 1 || number >= (double)graphs->count || called[(size_t)number])
            continue;
        struct as_flatbuf_table table = as_flatbuf_at_table(graphs, (size_t)number);
        r->graph = AS_NEW(r->arena, struct as_graph, 1);
        r->graph->name = main->name;
        r->graph->label = as_arena_printf(r->arena, "%s: subgraph %d", main->label, (int)number);
        AS_TRY(read_graph(r, &table));
        called[(size_t)number] = r->graph;
    }
    r->graph = main;
    main->subgraphs = called;
    main->subgraph_count = (int)graphs->count;
    return AS_OK;
}

static void name_variables(struct reader *r)
{
    const char **names = AS_NEW(r->arena, const char *, r->variables.count + 1);
    for (int i = 0; i < r->variables.count; i++)
        names[i] = copy_name(r, &r->variables.list[i].name, "variable", i);
    r->graph->variables = names;
    r->graph->variable_count = r->variables.count;
}

static enum as_status read_graphs(struct reader *r, const struct as_flatbuf_vector *graphs)
{
    struct as_flatbuf_table first = as_flatbuf_at_table(graphs, 0);
    AS_TRY(read_graph(r, &first));
    AS_TRY(read_called(r, graphs));
    name_variables(r);
    return AS_OK;
}

bool as_tflite_sniff(const struct as_source *source)
{
    return source->data && source->bytes >= 8 && memcmp(source->data + 4, "TFL3", 4) == 0;
}

enum as_status as_tflite_read(struct as_arena *arena, const struct as_source *source,
                              struct as_graph **out, struct as_diag *diag)
{
    struct reader r = {.arena = arena, .diag = diag};

    if (source->bytes > AS_FLATBUF_BYTES_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s: %zu bytes, expected at most %zu", source->model,
                       source->bytes, AS_FLATBUF_BYTES_MAX);
    if (!as_tflite_sniff(source))
        return as_fail(diag, AS_ERR_PARSE, "%s: not a TFLite file (no identifier TFL3 at byte 4)",
                       source->model);
    as_flatbuf_init(&r.fb, source->data, source->bytes);
    *out = r.graph = AS_NEW(arena, struct as_graph, 1);
    r.graph->label = as_arena_strdup(arena, source->model);
    r.graph->name = base_name(arena, source->model);

    struct as_flatbuf_table model = as_flatbuf_root(&r.fb, "TFL3");
    uint32_t version = as_flatbuf_u32(&model, MODEL_VERSION, 0);
    struct as_flatbuf_vector graphs = as_flatbuf_vector(&model, MODEL_SUBGRAPHS, 4);
    r.buffers = as_flatbuf_vector(&model, MODEL_BUFFERS, 4);
    r.codes = as_flatbuf_vector(&model, MODEL_OPERATOR_CODES, 4);
    if (r.fb.malformed || version != 3)
        return refuse(&r, AS_ERR_UNSUPPORTED, "schema version %u, expected 3", version);
    if (graphs.count < 1)
        return refuse(&r, AS_ERR_UNSUPPORTED, "no subgraph, expected 1 or more");
    return read_graphs(&r, &graphs);
}
