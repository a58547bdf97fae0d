#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/import/tflite/tflite_names.h"
#include "models/import/tflite/tflite_reader.h"

#define NAME_MAX_BYTES 256
#define KINDS_MAX      256 /* kinds of unsupported operators told apart */
#define PORTS_NAMED    4   /* inputs or outputs of a network with too many, in the message */

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

enum as_status as_tflite_refuse(struct as_tflite_reader *r, enum as_status status, const char *fmt,
                                ...)
{
    if (r->fb.malformed)
        return as_fail(r->diag, AS_ERR_PARSE, "%s: malformed flatbuffer at byte %zu", r->label,
                       r->fb.where);
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return as_fail(r->diag, status, "%s: %s", r->label, text);
}

/* A printable copy of a string of the file; `fallback` with `number` when there is none. */
static const char *copy_name(struct as_tflite_reader *r, const struct as_flatbuf_vector *text,
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

/* ---- tensors ---- */

static enum as_status refuse_rank(struct as_tflite_reader *r, int id, const char *name, size_t rank)
{
    return as_tflite_refuse(r, AS_ERR_UNSUPPORTED, "tensor %d '%s': %zu dimensions, expected 1..%d",
                            id, name, rank, AS_TFLITE_RANK_MAX);
}

static enum as_status read_shape(struct as_tflite_reader *r, int id,
                                 const struct as_flatbuf_table *table, struct as_tflite_tensor *t)
{
    struct as_flatbuf_vector shape = as_flatbuf_vector(table, TENSOR_SHAPE, 4);
    struct as_flatbuf_vector signature = as_flatbuf_vector(table, TENSOR_SHAPE_SIGNATURE, 4);
    if (r->fb.malformed || shape.count > AS_TFLITE_RANK_MAX)
        return refuse_rank(r, id, t->name, shape.count);
    t->rank = (int)shape.count;
    t->elements = 1;
    for (int i = 0; i < t->rank; i++) {
        int dim = as_flatbuf_at_i32(&shape, (size_t)i);
        if (r->fb.malformed || dim < 1 || dim > AS_TFLITE_ELEMENTS_MAX)
            return as_tflite_refuse(r, AS_ERR_RANGE,
                                    "tensor %d '%s': dimension %d is %d, expected 1..%d", id,
                                    t->name, i, dim, AS_TFLITE_ELEMENTS_MAX);
        t->dim[i] = dim;
        t->elements *= (size_t)dim;
        if (t->elements > AS_TFLITE_ELEMENTS_MAX)
            return as_tflite_refuse(r, AS_ERR_RANGE, "tensor %d '%s': more than %d elements", id,
                                    t->name, AS_TFLITE_ELEMENTS_MAX);
    }
    /* A free batch dimension runs as the batch of 1 the shape names; nothing else may be free. */
    for (size_t i = 0; i < signature.count && i < shape.count; i++) {
        int dim = as_flatbuf_at_i32(&signature, i);
        if (dim < 0 && (i > 0 || t->dim[0] != 1))
            return as_tflite_refuse(r, AS_ERR_UNSUPPORTED,
                                    "tensor %d '%s': dimension %zu is dynamic", id, t->name, i);
    }
    return AS_OK;
}

static enum as_status read_buffer(struct as_tflite_reader *r, int id,
                                  const struct as_flatbuf_table *table, struct as_tflite_tensor *t)
{
    uint32_t index = as_flatbuf_u32(table, TENSOR_BUFFER, 0);
    if (index == 0 && r->buffers.count == 0)
        return AS_OK;
    if (r->fb.malformed || index >= r->buffers.count)
        return as_tflite_refuse(r, AS_ERR_PARSE, "tensor %d '%s': buffer %u of %zu", id, t->name,
                                index, r->buffers.count);
    struct as_flatbuf_table buffer = as_flatbuf_at_table(&r->buffers, index);
    struct as_flatbuf_vector data = as_flatbuf_vector(&buffer, BUFFER_DATA, 1);
    if (r->fb.malformed || as_flatbuf_u64(&buffer, BUFFER_OFFSET, 0) > 1)
        return as_tflite_refuse(r, AS_ERR_UNSUPPORTED,
                                "tensor %d '%s': its data lies outside the flatbuffer", id,
                                t->name);
    t->data = as_flatbuf_bytes(&data);
    t->data_bytes = data.count;
    return AS_OK;
}

enum as_status as_tflite_tensor_read(struct as_tflite_reader *r, int id, struct as_tflite_tensor *t)
{
    memset(t, 0, sizeof *t);
    if (id < 0 || (size_t)id >= r->tensors.count)
        return as_tflite_refuse(r, AS_ERR_PARSE, "tensor %d of %zu", id, r->tensors.count);

    struct as_flatbuf_table table = as_flatbuf_at_table(&r->tensors, (size_t)id);
    struct as_flatbuf_vector name = as_flatbuf_string(&table, TENSOR_NAME);
    t->name = copy_name(r, &name, "tensor", id);
    t->type = as_flatbuf_i8(&table, TENSOR_TYPE, 0);
    AS_TRY(read_shape(r, id, &table, t));
    if (as_flatbuf_i8(&table, TENSOR_IS_VARIABLE, 0) != 0)
        return as_tflite_refuse(r, AS_ERR_UNSUPPORTED, "tensor %d '%s': a variable tensor", id,
                                t->name);
    if (as_flatbuf_has(&table, TENSOR_SPARSITY))
        return as_tflite_refuse(r, AS_ERR_UNSUPPORTED, "tensor %d '%s': a sparse tensor", id,
                                t->name);

    struct as_flatbuf_table quant = as_flatbuf_child(&table, TENSOR_QUANTIZATION);
    t->scale = as_flatbuf_vector(&quant, QUANT_SCALE, 4);
    t->zero_point = as_flatbuf_vector(&quant, QUANT_ZERO_POINT, 8);
    t->other_quantization = as_flatbuf_i8(&quant, QUANT_DETAILS_TYPE, 0) != 0;
    t->quantized_dimension = as_flatbuf_i32(&quant, QUANT_DIMENSION, 0);
    AS_TRY(read_buffer(r, id, &table, t));
    if (r->fb.malformed)
        return as_tflite_refuse(r, AS_ERR_PARSE, "malformed");
    if (t->rank == 0 && !t->data)
        return refuse_rank(r, id, t->name, 0);
    return AS_OK;
}

/* The bytes of an operand of the network. */
static enum as_status accept_constant(struct as_tflite_reader *r, int id,
                                      const struct as_tflite_tensor *t)
{
    if (t->data_bytes != t->elements)
        return as_tflite_refuse(r, AS_ERR_RANGE, "tensor %d '%s': %zu bytes, expected %zu", id,
                                t->name, t->data_bytes, t->elements);
    r->constant_bytes += t->data_bytes;
    if (r->constant_bytes > AS_TFLITE_CONSTANTS_MAX)
        return as_tflite_refuse(r, AS_ERR_RANGE, "weights take more than %d bytes in all",
                                AS_TFLITE_CONSTANTS_MAX);
    r->net->tensors[id].data =
        memcpy(as_arena_alloc(r->arena, t->data_bytes), t->data, t->data_bytes);
    r->state[id].produced = true;
    return AS_OK;
}

static enum as_status refuse_constant(struct as_tflite_reader *r, int id, const char *name)
{
    return as_tflite_refuse(r, AS_ERR_UNSUPPORTED,
                            "tensor %d '%s': a constant where an activation is expected", id, name);
}

static enum as_status accept_tensor(struct as_tflite_reader *r, int id, bool constant)
{
    struct as_tflite_tensor t;
    AS_TRY(as_tflite_tensor_read(r, id, &t));
    if (t.type != AS_TFLITE_INT8)
        return as_tflite_refuse(r, AS_ERR_UNSUPPORTED,
                                "tensor %d '%s': type %s (%d), expected INT8", id, t.name,
                                as_tflite_type_name(t.type), t.type);
    if (t.data && !constant)
        return refuse_constant(r, id, t.name);
    if (t.other_quantization || t.scale.count != 1 || t.zero_point.count != 1)
        return as_tflite_refuse(r, AS_ERR_UNSUPPORTED,
                                "tensor %d '%s': %zu scales and %zu zero points, expected one of "
                                "each",
                                id, t.name, t.scale.count, t.zero_point.count);
    float scale = as_flatbuf_at_f32(&t.scale, 0);
    int64_t zero_point = as_flatbuf_at_i64(&t.zero_point, 0);
    if (!isfinite(scale) || scale <= 0.0f)
        return as_tflite_refuse(r, AS_ERR_RANGE,
                                "tensor %d '%s': scale %g, expected finite and above 0", id, t.name,
                                (double)scale);
    if (zero_point < -128 || zero_point > 127)
        return as_tflite_refuse(r, AS_ERR_RANGE,
                                "tensor %d '%s': zero point %lld, expected -128..127", id, t.name,
                                (long long)zero_point);
    r->activation_bytes += t.elements;
    if (r->activation_bytes > AS_TFLITE_ELEMENTS_MAX)
        return as_tflite_refuse(r, AS_ERR_RANGE, "activations take more than %d bytes",
                                AS_TFLITE_ELEMENTS_MAX);

    int most = AS_TFLITE_RANK_MAX;
    r->net->tensors[id] = (struct as_tensor){
        .name = t.name,
        .n = t.rank == most ? t.dim[0] * t.dim[1]
             : t.rank >= 2  ? t.dim[0]
                            : 1,
        .h = t.rank >= AS_TFLITE_NHWC ? t.dim[t.rank - 3] : 1,
        .w = t.rank >= 3 ? t.dim[t.rank - 2] : 1,
        .c = t.rank >= 1 ? t.dim[t.rank - 1] : 1,
        .scale = scale,
        .zero_point = (int)zero_point,
        .bytes = t.elements,
    };
    r->state[id].rank = t.rank;
    memcpy(r->state[id].dim, t.dim, sizeof t.dim);
    return t.data ? accept_constant(r, id, &t) : AS_OK;
}

static enum as_status accept(struct as_tflite_reader *r, int id, bool constant)
{
    if (id < 0 || id >= r->net->tensor_count)
        return as_tflite_refuse(r, AS_ERR_PARSE, "tensor %d of %d", id, r->net->tensor_count);
    struct as_tflite_state *state = &r->state[id];
    if (!state->seen) {
        state->seen = true;
        state->status = accept_tensor(r, id, constant);
    } else if (r->net->tensors[id].data && !constant) {
        return refuse_constant(r, id, r->net->tensors[id].name);
    }
    return state->status;
}

enum as_status as_tflite_activation(struct as_tflite_reader *r, int id)
{
    return accept(r, id, false);
}

enum as_status as_tflite_operand(struct as_tflite_reader *r, int id)
{
    return accept(r, id, true);
}

/* ---- operators ---- */

/* Unsupported operators of one name. */
struct kind {
    const char *name;
    int count;
    char indices[512];
    size_t length;
    bool cut; /* indices holds only the first of them */
};

struct kinds {
    int count;
    struct kind list[KINDS_MAX];
};

static void add_unsupported(struct kinds *kinds, const char *name, int index)
{
    int i = 0;
    while (i < kinds->count && strcmp(kinds->list[i].name, name) != 0)
        i++;
    if (i == KINDS_MAX)
        return;
    struct kind *kind = &kinds->list[i];
    if (i == kinds->count) {
        kinds->count++;
        *kind = (struct kind){.name = name};
    }
    kind->count++;
    size_t room = sizeof kind->indices - kind->length;
    int n = snprintf(kind->indices + kind->length, room, "%s%d", kind->length ? ", " : "", index);
    if (!kind->cut && n > 0 && (size_t)n < room) {
        kind->length += (size_t)n;
    } else {
        kind->indices[kind->length] = '\0';
        kind->cut = true;
    }
}

/* The builtin number (the larger of the two fields), its name as a user should read it, version. */
static int read_code(struct as_tflite_reader *r, const struct as_flatbuf_vector *codes,
                     uint32_t index, const char **name, int *version)
{
    struct as_flatbuf_table code = as_flatbuf_at_table(codes, index);
    int deprecated = as_flatbuf_i8(&code, CODE_DEPRECATED, 0);
    int builtin = as_flatbuf_i32(&code, CODE_BUILTIN, 0);
    if (deprecated > builtin)
        builtin = deprecated;
    *version = as_flatbuf_i32(&code, CODE_VERSION, 1);
    *name = as_tflite_builtin_name(builtin);
    if (builtin == BUILTIN_CUSTOM) {
        struct as_flatbuf_vector custom = as_flatbuf_string(&code, CODE_CUSTOM);
        *name = as_arena_printf(r->arena, "CUSTOM '%s'",
                                copy_name(r, &custom, "operator code", (int)index));
    } else if (!*name) {
        *name = as_arena_printf(r->arena, "BUILTIN %d", builtin);
    }
    return builtin;
}

/* Marks tensors that are there: the inputs of the network, and what an operator writes even when it
 * was refused, so that those who read them are not blamed. */
static void mark_written(struct as_tflite_reader *r, const struct as_flatbuf_vector *ids)
{
    for (size_t i = 0; i < ids->count && i < AS_TFLITE_TENSORS_MAX; i++) {
        int id = as_flatbuf_at_i32(ids, i);
        if (id >= 0 && id < r->net->tensor_count)
            r->state[id].produced = true;
    }
}

/* The next layer of the network, one output of the operator. */
static enum as_status read_part(struct as_tflite_operator *op)
{
    struct as_network *net = op->reader->net;
    struct as_layer *layer = &net->layers[net->layer_count];
    as_layer_init(layer, op->kind->op, -1, -1);
    layer->index = net->layer_count++;
    layer->name = op->kind->name;
    AS_TRY(as_tflite_layer_read(op, layer));
    op->reader->state[layer->output].produced = true;
    return AS_OK;
}

static enum as_status read_operator(struct as_tflite_reader *r, struct as_flatbuf_table *table,
                                    const struct as_flatbuf_vector *codes, struct kinds *kinds,
                                    int index)
{
    uint32_t code = as_flatbuf_u32(table, OP_CODE_INDEX, 0);
    struct as_tflite_operator op = {
        .reader = r,
        .index = index,
        .inputs = as_flatbuf_vector(table, OP_INPUTS, 4),
        .outputs = as_flatbuf_vector(table, OP_OUTPUTS, 4),
        .options_type = as_flatbuf_i8(table, OP_OPTIONS_TYPE, 0) & 0xff,
        .options = as_flatbuf_child(table, OP_OPTIONS),
    };
    if (r->fb.malformed || code >= codes->count)
        return as_tflite_refuse(r, AS_ERR_PARSE, "operator %d: operator code %u of %zu", index,
                                code, codes->count);
    int builtin = read_code(r, codes, code, &op.name, &op.version);
    if (r->fb.malformed)
        return as_tflite_refuse(r, AS_ERR_PARSE, "malformed");

    enum as_status status = AS_OK;
    op.kind = as_tflite_kind_find(builtin);
    if (!op.kind)
        add_unsupported(kinds, op.name, index);
    else if (op.version < 1 || op.version > op.kind->version_max)
        status =
            as_tflite_refuse(r, AS_ERR_UNSUPPORTED, "operator %d %s: version %d, expected 1..%d",
                             index, op.name, op.version, op.kind->version_max);
    else
        do
            status = read_part(&op);
        while (status == AS_OK && ++op.part < (int)op.outputs.count);
    mark_written(r, &op.outputs);
    return status;
}

static enum as_status read_operators(struct as_tflite_reader *r,
                                     const struct as_flatbuf_vector *codes,
                                     const struct as_flatbuf_vector *operators)
{
    enum as_status first = AS_OK;
    struct kinds *kinds = AS_NEW(r->arena, struct kinds, 1);
    for (int i = 0; i < (int)operators->count; i++) {
        struct as_flatbuf_table table = as_flatbuf_at_table(operators, (size_t)i);
        enum as_status status = read_operator(r, &table, codes, kinds, i);
        if (r->fb.malformed)
            return AS_ERR_PARSE;
        if (first == AS_OK)
            first = status;
    }
    for (int i = 0; i < kinds->count; i++) {
        const struct kind *kind = &kinds->list[i];
        first = as_tflite_refuse(r, AS_ERR_UNSUPPORTED, "operator%s %s%s: %s is not supported",
                                 kind->count == 1 ? "" : "s", kind->indices,
                                 kind->cut ? ", ..." : "", kind->name);
    }
    return first;
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

/* " ('a', 'b')", the first few tensors of a list. */
static const char *port_names(struct as_tflite_reader *r, const struct as_flatbuf_vector *ids)
{
    const char *list = "";
    for (size_t i = 0; i < ids->count && i < PORTS_NAMED; i++) {
        int id = as_flatbuf_at_i32(ids, i);
        if (id < 0 || (size_t)id >= r->tensors.count)
            return "";
        struct as_flatbuf_table table = as_flatbuf_at_table(&r->tensors, (size_t)id);
        struct as_flatbuf_vector name = as_flatbuf_string(&table, TENSOR_NAME);
        list = as_arena_printf(r->arena, "%s%s'%s'", list, i > 0 ? ", " : "",
                               copy_name(r, &name, "tensor", id));
    }
    return *list
               ? as_arena_printf(r->arena, " (%s%s)", list, ids->count > PORTS_NAMED ? ", ..." : "")
               : "";
}

/* The single id of a graph's input or output list. */
static enum as_status read_port(struct as_tflite_reader *r, const struct as_flatbuf_table *graph,
                                int field, const char *what, int *id)
{
    struct as_flatbuf_vector ids = as_flatbuf_vector(graph, field, 4);
    if (r->fb.malformed || ids.count != 1)
        return as_tflite_refuse(r, AS_ERR_UNSUPPORTED,
                                "the network has %zu %ss%s; one is supported", ids.count, what,
                                port_names(r, &ids));
    *id = as_flatbuf_at_i32(&ids, 0);
    return as_tflite_activation(r, *id);
}

/* Outputs of all operators, at least one of each: as many layers can come of them. */
static enum as_status count_outputs(struct as_tflite_reader *r,
                                    const struct as_flatbuf_vector *operators, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < operators->count; i++) {
        struct as_flatbuf_table table = as_flatbuf_at_table(operators, i);
        struct as_flatbuf_vector outputs = as_flatbuf_vector(&table, OP_OUTPUTS, 4);
        *count += outputs.count > 0 ? outputs.count : 1;
        if (r->fb.malformed || *count > AS_TFLITE_TENSORS_MAX)
            return as_tflite_refuse(r, AS_ERR_RANGE, "operators write more than %d tensors in all",
                                    AS_TFLITE_TENSORS_MAX);
    }
    return AS_OK;
}

static enum as_status read_graph(struct as_tflite_reader *r, const struct as_flatbuf_table *model,
                                 const struct as_flatbuf_table *graph)
{
    struct as_network *net = r->net;
    struct as_flatbuf_vector codes = as_flatbuf_vector(model, MODEL_OPERATOR_CODES, 4);
    struct as_flatbuf_vector operators = as_flatbuf_vector(graph, GRAPH_OPERATORS, 4);
    if (r->fb.malformed || operators.count < 1 || operators.count > AS_TFLITE_OPERATORS_MAX)
        return as_tflite_refuse(r, AS_ERR_RANGE, "%zu operators, expected 1..%d", operators.count,
                                AS_TFLITE_OPERATORS_MAX);
    if (r->tensors.count < 1 || r->tensors.count > AS_TFLITE_TENSORS_MAX)
        return as_tflite_refuse(r, AS_ERR_RANGE, "%zu tensors, expected 1..%d", r->tensors.count,
                                AS_TFLITE_TENSORS_MAX);

    net->tensor_count = (int)r->tensors.count;
    net->tensors = AS_NEW(r->arena, struct as_tensor, net->tensor_count);
    size_t layers_most;
    AS_TRY(count_outputs(r, &operators, &layers_most));
    net->layers = AS_NEW(r->arena, struct as_layer, layers_most);
    r->state = AS_NEW(r->arena, struct as_tflite_state, net->tensor_count);
    for (int i = 0; i < net->tensor_count; i++)
        net->tensors[i].name = "constant";

    enum as_status input = read_port(r, graph, GRAPH_INPUTS, "input", &net->input);
    if (r->fb.malformed)
        return AS_ERR_PARSE;
    struct as_flatbuf_vector inputs = as_flatbuf_vector(graph, GRAPH_INPUTS, 4);
    mark_written(r, &inputs);
    enum as_status layers = read_operators(r, &codes, &operators);
    if (r->fb.malformed)
        return layers;
    enum as_status output = read_port(r, graph, GRAPH_OUTPUTS, "output", &net->output);
    if (layers != AS_OK || input != AS_OK || output != AS_OK)
        return layers != AS_OK ? layers : input != AS_OK ? input : output;
    if (!r->state[net->output].produced || net->output == net->input)
        return as_tflite_refuse(r, AS_ERR_PARSE, "no operator writes the output, tensor %d",
                                net->output);
    return AS_OK;
}

enum as_status as_tflite_parse(struct as_arena *arena, const uint8_t *data, size_t bytes,
                               const char *label, struct as_network **out, struct as_diag *diag)
{
    struct as_tflite_reader r = {.arena = arena, .diag = diag, .label = label};

    *out = NULL;
    if (bytes > AS_FLATBUF_BYTES_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s: %zu bytes, expected at most %zu", label, bytes,
                       AS_FLATBUF_BYTES_MAX);
    if (bytes < 8 || memcmp(data + 4, "TFL3", 4) != 0)
        return as_fail(diag, AS_ERR_PARSE, "%s: not a TFLite file (no identifier TFL3 at byte 4)",
                       label);
    as_flatbuf_init(&r.fb, data, bytes);

    struct as_flatbuf_table model = as_flatbuf_root(&r.fb, "TFL3");
    uint32_t version = as_flatbuf_u32(&model, MODEL_VERSION, 0);
    struct as_flatbuf_vector graphs = as_flatbuf_vector(&model, MODEL_SUBGRAPHS, 4);
    r.buffers = as_flatbuf_vector(&model, MODEL_BUFFERS, 4);
    if (r.fb.malformed || version != 3)
        return as_tflite_refuse(&r, AS_ERR_UNSUPPORTED, "schema version %u, expected 3", version);
    if (graphs.count != 1)
        return as_tflite_refuse(&r, AS_ERR_UNSUPPORTED, "%zu subgraphs, expected 1", graphs.count);

    struct as_flatbuf_table graph = as_flatbuf_at_table(&graphs, 0);
    r.tensors = as_flatbuf_vector(&graph, GRAPH_TENSORS, 4);
    r.net = AS_NEW(arena, struct as_network, 1);
    r.net->name = base_name(arena, label);
    r.net->input = r.net->output = -1;
    AS_TRY(read_graph(&r, &model, &graph));
    *out = r.net;
    return AS_OK;
}

enum as_status as_tflite_load(struct as_arena *arena, const char *path, struct as_network **out,
                              struct as_diag *diag)
{
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    size_t room = 1 << 16, bytes = 0;
    uint8_t *data = malloc(room);
    while (data) {
        bytes += fread(data + bytes, 1, room - bytes, file);
        if (bytes < room || room > AS_FLATBUF_BYTES_MAX)
            break;
        room *= 2;
        uint8_t *larger = realloc(data, room);
        if (!larger)
            free(data);
        data = larger;
    }
    enum as_status status;
    if (!data || ferror(file))
        status = as_fail(diag, AS_ERR_IO, "%s: cannot be read", path);
    else
        status = as_tflite_parse(arena, data, bytes, path, out, diag);
    fclose(file);
    free(data);
    return status;
}
