/* The walk over an ONNX network: what each node makes of what is known of its inputs. */
#include "models/import/onnx/onnx.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "models/import/onnx/onnx_graph.h"

/* A kind of node. */
struct row {
    const char *op, *domain;
    enum as_status (*node)(struct as_onnx_maker *m); /* all of it; or */
    as_onnx_move *move;                              /* the bytes of input 0 elsewhere; or */
    as_onnx_layer *layer;                            /* when the output's scale is known */
    /* Of a quantized operator: inputs that are tensors, each with scale and zero point behind it,
     * and where scale and zero point of the output and the biases are; of others 0. */
    int tensors, scale, bias;
};

static enum as_status quantize(struct as_onnx_maker *m), dequantize(struct as_onnx_maker *m);
static enum as_status wait(struct as_onnx_maker *m), concat(struct as_onnx_maker *m);
static enum as_status quantized_concat(struct as_onnx_maker *m);
static enum as_status quantized_function(struct as_onnx_maker *m);
static enum as_status constant(struct as_onnx_maker *m);
static enum as_status split(struct as_onnx_maker *m), pad(struct as_onnx_maker *m);
static as_onnx_layer join_waiting;
static as_onnx_move pad_bytes;

#define MICROSOFT "com.microsoft"

static const struct row rows[] = {
    {.op = "QuantizeLinear", .domain = "", .node = quantize},
    {.op = "DequantizeLinear", .domain = "", .node = dequantize},
    {.op = "QuantizeLinear", .domain = MICROSOFT, .node = quantize},
    {.op = "DequantizeLinear", .domain = MICROSOFT, .node = dequantize},
    {.op = "Constant", .domain = "", .node = constant},
    {.op = "Conv", .domain = "", .node = wait, .layer = as_onnx_conv},
    {.op = "Gemm", .domain = "", .node = wait, .layer = as_onnx_gemm},
    {.op = "MatMul", .domain = "", .node = wait, .layer = as_onnx_matmul},
    {.op = "GlobalAveragePool", .domain = "", .node = wait, .layer = as_onnx_average},
    {.op = "AveragePool", .domain = "", .node = wait, .layer = as_onnx_average_pool},
    {.op = "Add", .domain = "", .node = as_onnx_binary, .layer = as_onnx_pair},
    {.op = "Sub", .domain = "", .node = as_onnx_binary, .layer = as_onnx_pair},
    {.op = "Mul", .domain = "", .node = as_onnx_binary, .layer = as_onnx_pair},
    {.op = "Div", .domain = "", .node = as_onnx_binary},
    {.op = "Concat", .domain = "", .node = concat, .layer = join_waiting},
    {.op = "MaxPool", .domain = "", .move = as_onnx_max_pool},
    {.op = "Reshape", .domain = "", .move = as_onnx_reshape},
    {.op = "Flatten", .domain = "", .move = as_onnx_flatten},
    {.op = "Transpose", .domain = "", .move = as_onnx_transpose},
    {.op = "Squeeze", .domain = "", .move = as_onnx_squeeze},
    {.op = "Unsqueeze", .domain = "", .move = as_onnx_unsqueeze},
    {.op = "Slice", .domain = "", .move = as_onnx_slice},
    {.op = "Resize", .domain = "", .move = as_onnx_resize},
    {.op = "Split", .domain = "", .node = split},
    {.op = "Pad", .domain = "", .node = pad, .move = pad_bytes},
    {.op = "Identity", .domain = "", .move = as_onnx_identity},
    {.op = "Dropout", .domain = "", .move = as_onnx_identity},
    {.op = "QLinearConv", .domain = "", .layer = as_onnx_conv, .tensors = 2, .scale = 6, .bias = 8},
    {.op = "QLinearMatMul", .domain = "", .layer = as_onnx_matmul, .tensors = 2, .scale = 6},
    {.op = "QGemm",
     .domain = MICROSOFT,
     .layer = as_onnx_gemm,
     .tensors = 2,
     .scale = 7,
     .bias = 6},
    {.op = "QLinearAdd", .domain = MICROSOFT, .layer = as_onnx_pair, .tensors = 2, .scale = 6},
    {.op = "QLinearMul", .domain = MICROSOFT, .layer = as_onnx_pair, .tensors = 2, .scale = 6},
    {.op = "QLinearGlobalAveragePool",
     .domain = MICROSOFT,
     .layer = as_onnx_average,
     .tensors = 1,
     .scale = 3},
    {.op = "QLinearAveragePool",
     .domain = MICROSOFT,
     .layer = as_onnx_average_pool,
     .tensors = 1,
     .scale = 3},
    {.op = "QLinearConcat", .domain = MICROSOFT, .node = quantized_concat},
    {.op = "QLinearSigmoid", .domain = MICROSOFT, .node = quantized_function},
    {.op = "QLinearLeakyRelu", .domain = MICROSOFT, .node = quantized_function},
};

static const char *list_once(struct as_arena *arena, const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strstr(list, name); at; at = strstr(at + 1, name))
        if ((at == list || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
            return list;
    return as_arena_printf(arena, "%s%s%s", list, *list ? ", " : "", name);
}

const char *as_onnx_operators(struct as_arena *arena)
{
    const char *list = "";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        list = list_once(arena, list, rows[i].op);
    for (int i = 0; as_ort_function_at(i); i++)
        list = list_once(arena, list, as_ort_function_at(i)->name);
    return list;
}

static const struct row *row_of(const struct as_onnx_node *node)
{
    const char *domain = strcmp(node->domain, "ai.onnx") == 0 ? "" : node->domain;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].op, node->op) == 0 && strcmp(rows[i].domain, domain) == 0)
            return &rows[i];
    return NULL;
}

/* ---- scales ---- */

static const struct as_onnx_value *constant_of(const struct as_onnx_maker *m, int id)
{
    const struct as_onnx_value *v = id < 0 ? NULL : &m->model->value[id];
    return v && v->data && !v->fault ? v : NULL;
}

static enum as_status expect_scales(const struct as_onnx_maker *m, int scale, int zero_point)
{
    const struct as_onnx_value *s = constant_of(m, scale), *z = constant_of(m, zero_point);
    if (!s || s->type != AS_ONNX_FLOAT || s->elements < 1)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "scale '%s' is no constant of float32",
                              scale < 0 ? "" : m->model->value[scale].name);
    if (zero_point >= 0 && (!z || z->elements < 1))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "zero point '%s' is no constant",
                              m->model->value[zero_point].name);
    for (size_t i = 0; i < s->elements; i++) {
        float value = ((const float *)s->data)[i];
        if (!isfinite(value) || value <= 0.0f)
            return as_onnx_refuse(m, AS_ERR_RANGE, "scale '%s' is %g, expected finite and above 0",
                                  s->name, (double)value);
    }
    return AS_OK;
}

/* One scale and one zero point of int8 or uint8. */
static enum as_status read_scale(const struct as_onnx_maker *m, int scale, int zero_point,
                                 struct as_onnx_scale *out)
{
    AS_TRY(expect_scales(m, scale, zero_point));
    const struct as_onnx_value *s = constant_of(m, scale), *z = constant_of(m, zero_point);
    int type = z ? z->type : AS_ONNX_UINT8;
    if (s->elements != 1 || (z && z->elements != 1) ||
        (type != AS_ONNX_UINT8 && type != AS_ONNX_INT8))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "%zu scales and zero points of %s, expected 1 of INT8 or UINT8",
                              s->elements, as_onnx_type_name(type));
    memcpy(&out->scale, s->data, sizeof out->scale);
    out->of_unsigned = type == AS_ONNX_UINT8;
    uint8_t byte = z ? *(const uint8_t *)z->data : 0;
    out->zero_point = out->of_unsigned ? byte - 128 : (int8_t)byte;
    return AS_OK;
}

/* ---- inputs of the network ---- */

/* Bytes that are an input of the network, whose scale the node that reads them says. */
static enum as_status take_input(struct as_onnx_maker *m, int id, const struct as_onnx_scale *scale)
{
    struct as_onnx_form *f = &m->form[id];
    const struct as_onnx_value *v = &m->model->value[id];
    if (f->kind != AS_ONNX_EDGE || (v->type != AS_ONNX_INT8 && v->type != AS_ONNX_UINT8))
        return AS_OK;
    struct as_onnx_codes *codes =
        as_onnx_new_codes(m, v->name, v->rank, v->dim, scale->scale, scale->zero_point);
    bool of_unsigned = v->type == AS_ONNX_UINT8;
    int64_t zero_point = scale->zero_point + (of_unsigned ? 128 : 0);
    as_onnx_quantize_tensor(m, f->node, 1, &scale->scale, &zero_point, 0);
    codes->id[AS_ONNX_OWN] = f->node;
    if (of_unsigned &&
        !as_onnx_operator(m, "QUANTIZE", 1, &f->node, as_onnx_written(m, codes, AS_ONNX_OWN)))
        return AS_ERR_RANGE;
    *f = (struct as_onnx_form){.kind = AS_ONNX_CODES, .codes = codes, .of_unsigned = of_unsigned};
    return AS_OK;
}

/* What is known of value `id`, read with scale `scale` and `zero_point`, as a real tensor or a
 * constant; `axis` where there are several. */
static enum as_status read_scaled(struct as_onnx_maker *m, int id, int scale, int zero_point,
                                  int axis, struct as_onnx_form *out)
{
    struct as_onnx_scale read;
    *out = (struct as_onnx_form){.kind = AS_ONNX_NOTHING};
    if (id < 0)
        return as_onnx_refuse(m, AS_ERR_PARSE, "an input is missing");
    if (m->form[id].kind == AS_ONNX_CONST) {
        AS_TRY(expect_scales(m, scale, zero_point));
        *out = (struct as_onnx_form){
            .kind = AS_ONNX_SCALED, .value = {id, scale, zero_point}, .axis = axis};
        return AS_OK;
    }
    if (m->form[id].kind == AS_ONNX_NOTHING)
        return AS_OK;
    AS_TRY(read_scale(m, scale, zero_point, &read));
    AS_TRY(take_input(m, id, &read));
    const struct as_onnx_form *f = &m->form[id];
    if (f->kind != AS_ONNX_CODES || f->of_unsigned != read.of_unsigned)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "'%s' is no tensor of %s, expected one that QuantizeLinear or a "
                              "quantized operator writes",
                              m->model->value[id].name, read.of_unsigned ? "UINT8" : "INT8");
    *out = *f;
    out->kind = AS_ONNX_REAL;
    out->scale = read.scale;
    out->zero_point = read.zero_point;
    return AS_OK;
}

/* ---- nodes ---- */

static enum as_status constant(struct as_onnx_maker *m)
{
    const struct as_onnx_attribute *a = as_onnx_attribute(m->node, "value");
    int id = m->node->output[0];
    struct as_onnx_value *v = &m->model->value[id];
    if (!a || a->tensor < 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "it has no tensor as its value");
    struct as_onnx_value from = m->model->value[a->tensor];
    from.name = v->name;
    from.readers = v->readers;
    *v = from;
    m->form[id] = (struct as_onnx_form){.kind = AS_ONNX_CONST, .value = {id, -1, -1}};
    return v->fault ? as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "%s", v->fault) : AS_OK;
}

static enum as_status dequantize(struct as_onnx_maker *m)
{
    int axis = (int)as_onnx_number(m->node, "axis", 1), id = as_onnx_input(m->node, 0);
    if (as_onnx_number(m->node, "block_size", 0) > 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "block_size, expected none");
    if (axis < 0 && id >= 0)
        axis += m->model->value[id].rank;
    return read_scaled(m, id, as_onnx_input(m->node, 1), as_onnx_input(m->node, 2), axis,
                       &m->form[m->node->output[0]]);
}

/* A node whose output's scale a QuantizeLinear says later. */
static enum as_status wait(struct as_onnx_maker *m)
{
    for (size_t i = 0; i < m->node->input_count; i++)
        if (m->node->input[i] >= 0 && m->form[m->node->input[i]].kind == AS_ONNX_NOTHING)
            return AS_OK; /* which was refused */
    m->form[m->node->output[0]] =
        (struct as_onnx_form){.kind = AS_ONNX_WAITING, .node = (int)(m->node - m->model->node)};
    return AS_OK;
}

/* The layer of a node that waited for `scale`, for value `out`. */
static enum as_status end_wait(struct as_onnx_maker *m, const struct as_onnx_form *waiting,
                               const struct as_onnx_scale *scale, int out)
{
    struct as_onnx_operands in = {.step_count = waiting->step_count,
                                  .step = waiting->step,
                                  .move_count = waiting->move_count,
                                  .moves = waiting->moves};
    const struct as_onnx_node *reader = m->node;
    m->node = &m->model->node[waiting->node];
    for (size_t i = 0; i < m->node->input_count && i < 3; i++, in.count++)
        if (m->node->input[i] >= 0)
            in.in[i] = m->form[m->node->input[i]];
    enum as_status status = row_of(m->node)->layer(m, &in, scale, out);
    m->node = reader;
    return status;
}

/* Bytes of an input of the network, which the host makes; each input is quantized in one way. */
static enum as_status quantize_input(struct as_onnx_maker *m, int id,
                                     const struct as_onnx_scale *scale, struct as_onnx_codes **out)
{
    struct as_onnx_form *f = &m->form[id];
    const struct as_onnx_value *v = &m->model->value[id];
    *out = f->codes;
    if (f->codes && (f->codes->scale < scale->scale || f->codes->scale > scale->scale ||
                     f->codes->zero_point != scale->zero_point))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "input '%s' is quantized with scale %.9g and with %.9g, expected one",
                              v->name, (double)f->codes->scale, (double)scale->scale);
    if (f->codes)
        return AS_OK;
    *out = f->codes =
        as_onnx_new_codes(m, v->name, v->rank, v->dim, scale->scale, scale->zero_point);
    int to = as_onnx_written(m, *out, AS_ONNX_OWN);
    return as_onnx_operator(m, "QUANTIZE", 1, &f->node, to) ? AS_OK : AS_ERR_RANGE;
}

/* What stands between value `out` and what is quantized there: the same moves of its bytes. */
static enum as_status move_bytes(struct as_onnx_maker *m, const struct as_onnx_form *in, int out)
{
    const struct as_onnx_node *reader = m->node;
    struct as_onnx_codes *codes = m->form[out].codes;
    enum as_status status = AS_OK;
    for (int i = 0; status == AS_OK && i < in->move_count; i++) {
        m->node = &m->model->node[in->moves[i]];
        status = row_of(m->node)->move(m, codes, &codes);
    }
    m->node = reader;
    m->form[out].codes = codes;
    return status;
}

static enum as_status quantize_edge(struct as_onnx_maker *m, const struct as_onnx_form *in,
                                    const struct as_onnx_scale *scale, int out)
{
    struct as_onnx_codes *codes;
    AS_TRY(quantize_input(m, in->value[0], scale, &codes));
    m->form[out] = (struct as_onnx_form){
        .kind = AS_ONNX_CODES, .codes = codes, .of_unsigned = scale->of_unsigned};
    return AS_OK;
}

static enum as_status quantize(struct as_onnx_maker *m)
{
    struct as_onnx_scale scale;
    int id = as_onnx_input(m->node, 0);
    if (id < 0)
        return as_onnx_refuse(m, AS_ERR_PARSE, "no input");
    const struct as_onnx_form in = m->form[id];
    if (in.kind == AS_ONNX_NOTHING)
        return AS_OK;
    AS_TRY(read_scale(m, as_onnx_input(m->node, 1), as_onnx_input(m->node, 2), &scale));
    int out = m->node->output[0];
    if (in.kind == AS_ONNX_WAITING)
        AS_TRY(end_wait(m, &in, &scale, out));
    else if (in.kind == AS_ONNX_EDGE)
        AS_TRY(quantize_edge(m, &in, &scale, out));
    else
        AS_TRY(as_onnx_quantize(m, &in, &scale, out));
    return move_bytes(m, &in, out);
}

/* A quantized operator: QLinearConv and the like. */
static enum as_status run_kernel(struct as_onnx_maker *m, const struct row *row)
{
    struct as_onnx_operands in = {.by_kernel = true};
    struct as_onnx_scale scale;
    for (int i = 0; i < row->tensors; i++, in.count++) {
        size_t at = 3 * (size_t)i;
        int id = as_onnx_input(m->node, at), rank = id < 0 ? 0 : m->model->value[id].rank;
        int scales = as_onnx_input(m->node, at + 1);
        bool conv = row->layer == as_onnx_conv, last = as_onnx_number(m->node, "transB", 0) > 0;
        AS_TRY(read_scaled(m, id, scales, as_onnx_input(m->node, at + 2),
                           conv || last ? 0 : rank - 1, &in.in[i]));
        if (in.in[i].kind == AS_ONNX_NOTHING)
            return AS_OK;
    }
    int bias = row->bias ? as_onnx_input(m->node, (size_t)row->bias) : -1;
    if (bias >= 0)
        in.in[in.count++] = (struct as_onnx_form){.kind = AS_ONNX_CONST, .value = {bias, -1, -1}};
    AS_TRY(read_scale(m, as_onnx_input(m->node, (size_t)row->scale),
                      as_onnx_input(m->node, (size_t)row->scale + 1), &scale));
    return row->layer(m, &in, &scale, m->node->output[0]);
}

static enum as_status quantized_function(struct as_onnx_maker *m)
{
    struct as_onnx_form in;
    struct as_onnx_scale scale;
    AS_TRY(read_scaled(m, as_onnx_input(m->node, 0), as_onnx_input(m->node, 1),
                       as_onnx_input(m->node, 2), 0, &in));
    if (in.kind != AS_ONNX_REAL)
        return AS_OK;
    AS_TRY(read_scale(m, as_onnx_input(m->node, 3), as_onnx_input(m->node, 4), &scale));
    AS_TRY(as_onnx_apply(m, m->node->op + strlen("QLinear"), &in));
    return as_onnx_quantize(m, &in, &scale, m->node->output[0]);
}

/* ---- Concat ---- */

/* `count` real tensors, quantized alike and joined: value `out`. */
static enum as_status join(struct as_onnx_maker *m, int count, const struct as_onnx_form *in,
                           const struct as_onnx_scale *scale, int out)
{
    struct as_onnx_codes *codes[AS_GRAPH_INPUTS_MAX], *joined;
    for (int i = 0; i < count; i++) {
        if (in[i].kind != AS_ONNX_REAL || in[i].move_count > 0)
            return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                                  "input %d is not quantized, expected the output of "
                                  "DequantizeLinear",
                                  i);
        AS_TRY(as_onnx_quantize(m, &in[i], scale, out));
        codes[i] = m->form[out].codes;
    }
    AS_TRY(as_onnx_concat_codes(m, count, codes, m->model->value[out].name, &joined));
    m->form[out].codes = joined;
    return AS_OK;
}

static enum as_status check_join(const struct as_onnx_maker *m, size_t count)
{
    if (count < 1 || count > AS_GRAPH_INPUTS_MAX)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "%zu inputs, expected 1..%d", count,
                              AS_GRAPH_INPUTS_MAX);
    return AS_OK;
}

/* Scale and zero point of the output, then those of every input behind it. */
static enum as_status quantized_concat(struct as_onnx_maker *m)
{
    struct as_onnx_form in[AS_GRAPH_INPUTS_MAX];
    struct as_onnx_scale scale;
    size_t count = m->node->input_count / 3;
    AS_TRY(check_join(m, count));
    AS_TRY(read_scale(m, as_onnx_input(m->node, 0), as_onnx_input(m->node, 1), &scale));
    for (size_t i = 0; i < count; i++) {
        AS_TRY(read_scaled(m, as_onnx_input(m->node, 3 * i + 2), as_onnx_input(m->node, 3 * i + 3),
                           as_onnx_input(m->node, 3 * i + 4), 0, &in[i]));
        if (in[i].kind == AS_ONNX_NOTHING)
            return AS_OK;
    }
    return join(m, (int)count, in, &scale, m->node->output[0]);
}

static enum as_status join_waiting(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                                   const struct as_onnx_scale *scale, int out)
{
    struct as_onnx_form forms[AS_GRAPH_INPUTS_MAX];
    (void)in;
    for (size_t i = 0; i < m->node->input_count; i++)
        forms[i] = m->form[m->node->input[i]];
    return join(m, (int)m->node->input_count, forms, scale, out);
}

/* Of bytes at once; of real tensors when the scale is known. */
static enum as_status concat(struct as_onnx_maker *m)
{
    struct as_onnx_codes *codes[AS_GRAPH_INPUTS_MAX], *joined;
    size_t count = m->node->input_count, bytes = 0;
    AS_TRY(check_join(m, count));
    for (size_t i = 0; i < count; i++) {
        int id = as_onnx_input(m->node, i);
        if (id < 0)
            return as_onnx_refuse(m, AS_ERR_PARSE, "input %zu is missing", i);
        if (m->form[id].kind == AS_ONNX_NOTHING)
            return AS_OK;
        codes[i] = m->form[id].codes;
        bytes += m->form[id].kind == AS_ONNX_CODES;
    }
    if (bytes < count)
        return wait(m);
    m->form[m->node->output[0]] = m->form[as_onnx_input(m->node, 0)];
    AS_TRY(as_onnx_concat_codes(m, (int)count, codes, m->model->value[m->node->output[0]].name,
                                &joined));
    m->form[m->node->output[0]].codes = joined;
    return AS_OK;
}

/* ---- Split, Pad ---- */

/* The move waits until there are bytes. */
static enum as_status move_later(struct as_onnx_maker *m, struct as_onnx_form form)
{
    if (form.move_count == AS_ONNX_MOVES_MAX)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "more than %d nodes stand between a tensor and its QuantizeLinear",
                              AS_ONNX_MOVES_MAX);
    form.moves[form.move_count++] = (int)(m->node - m->model->node);
    m->form[m->node->output[0]] = form;
    return AS_OK;
}

/* What is known of input 0, which is bytes or a real tensor; NOTHING: it was refused, or is now. */
static enum as_status take_moved(struct as_onnx_maker *m, struct as_onnx_form *form)
{
    int id = as_onnx_input(m->node, 0);
    *form = (struct as_onnx_form){.kind = AS_ONNX_NOTHING};
    if (id < 0)
        return as_onnx_refuse(m, AS_ERR_PARSE, "no input");
    *form = m->form[id];
    bool good = form->kind == AS_ONNX_CODES || form->kind == AS_ONNX_REAL;
    if ((!good || form->move_count > 0) && form->kind != AS_ONNX_NOTHING)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its input '%s' is not quantized, expected the output of "
                              "DequantizeLinear or bytes",
                              m->model->value[id].name);
    return AS_OK;
}

static enum as_status split(struct as_onnx_maker *m)
{
    struct as_onnx_codes *part[AS_ONNX_PARTS_MAX];
    struct as_onnx_form form;
    AS_TRY(take_moved(m, &form));
    if (form.kind == AS_ONNX_NOTHING)
        return AS_OK;
    AS_TRY(as_onnx_split_codes(m, form.codes, part));
    for (size_t i = 0; i < m->node->output_count; i++) {
        m->form[m->node->output[i]] = form;
        m->form[m->node->output[i]].codes = part[i];
    }
    return AS_OK;
}

/* The byte that is written in the file, of type uint8 or int8. */
static enum as_status constant_byte(const struct as_onnx_maker *m, int id, bool of_unsigned,
                                    int8_t *byte)
{
    const struct as_onnx_value *v = constant_of(m, id);
    if (!v || v->elements != 1 || v->type != (of_unsigned ? AS_ONNX_UINT8 : AS_ONNX_INT8))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its value is no constant of one byte");
    *byte = (int8_t)(*(const uint8_t *)v->data ^ (of_unsigned ? 0x80 : 0));
    return AS_OK;
}

/* The byte that stands for what Pad puts around `form`; a real one must be the value of one. */
static enum as_status pad_byte(struct as_onnx_maker *m, const struct as_onnx_form *form,
                               int8_t *byte)
{
    int id = as_onnx_input(m->node, 2);
    float wanted = 0.0f;
    if (form->kind == AS_ONNX_CODES && id < 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "no value, expected one");
    if (form->kind == AS_ONNX_CODES)
        return constant_byte(m, id, form->of_unsigned, byte);
    if (id >= 0 && m->form[id].kind == AS_ONNX_SCALED) /* a byte behind DequantizeLinear */
        return constant_byte(m, m->form[id].value[0], form->of_unsigned, byte);
    if (id >= 0 && !as_onnx_float(m, 2, &wanted))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its value is no constant float32");
    const struct as_onnx_real *real = as_onnx_real(m, form);
    for (int i = 0; i < 256; i++)
        if (!(real->value[i] < wanted) && !(real->value[i] > wanted) && real->slack[i] <= 0.0f) {
            *byte = (int8_t)i;
            return AS_OK;
        }
    return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its value %g is that of no byte", (double)wanted);
}

/* Of bytes; a value of float32 is quantized as they are. */
static enum as_status pad_bytes(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                struct as_onnx_codes **out)
{
    float value = 0.0f;
    if (as_onnx_input(m->node, 2) >= 0 && !as_onnx_float(m, 2, &value))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its value is no constant float32");
    return as_onnx_pad_codes(m, in, as_ort_quantize(value, in->scale, in->zero_point), out);
}

static enum as_status pad(struct as_onnx_maker *m)
{
    struct as_onnx_form form;
    int8_t byte = 0;
    int id = as_onnx_input(m->node, 0);
    if (id >= 0 && (m->form[id].kind == AS_ONNX_EDGE || m->form[id].kind == AS_ONNX_WAITING ||
                    m->form[id].move_count > 0))
        return move_later(m, m->form[id]);
    AS_TRY(take_moved(m, &form));
    if (form.kind == AS_ONNX_NOTHING)
        return AS_OK;
    AS_TRY(pad_byte(m, &form, &byte));
    AS_TRY(as_onnx_pad_codes(m, form.codes, byte, &form.codes));
    m->form[m->node->output[0]] = form;
    return AS_OK;
}

/* ---- the walk ---- */

/* The largest of several bytes has the largest value. */
static bool rises(const struct as_onnx_form *form)
{
    for (int i = -128; form->real && i < 127; i++)
        if (form->real->value[(uint8_t)i] > form->real->value[(uint8_t)(i + 1)])
            return false;
    return true;
}

static enum as_status move(struct as_onnx_maker *m, as_onnx_move *function)
{
    int id = as_onnx_input(m->node, 0);
    struct as_onnx_codes *out;
    if (id < 0)
        return as_onnx_refuse(m, AS_ERR_PARSE, "no input");
    struct as_onnx_form form = m->form[id];
    if (form.kind == AS_ONNX_NOTHING)
        return AS_OK;
    bool falls = form.kind == AS_ONNX_REAL && function == as_onnx_max_pool && !rises(&form);
    if (form.kind == AS_ONNX_EDGE || form.kind == AS_ONNX_WAITING || form.move_count > 0 || falls)
        return move_later(m, form);
    if (form.kind != AS_ONNX_CODES && form.kind != AS_ONNX_REAL)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its input '%s' is not quantized, expected the output of "
                              "DequantizeLinear or bytes",
                              m->model->value[id].name);
    AS_TRY(function(m, form.codes, &out));
    form.codes = out;
    m->form[m->node->output[0]] = form;
    return AS_OK;
}

#define DYNAMIC ": scales that the network computes; quantize it with quantize_static"

/* What to do about nodes that no row is for. */
static const char *const advices[][2] = {
    {"DynamicQuantizeLinear", DYNAMIC},
    {"MatMulInteger", DYNAMIC},
    {"ConvInteger", DYNAMIC},
    {"ReduceMean", ": onnxruntime computes it in float32, expected GlobalAveragePool, which "
                   "torch.onnx.export writes with dynamo=False"},
    {"Softmax",
     ": onnxruntime computes it in float32; cut it off, it changes no order of the scores"},
};

static const char *advice(const struct as_onnx_node *node)
{
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
        if (strcmp(advices[i][0], node->op) == 0)
            return advices[i][1];
    return "";
}

static enum as_status translate_node(struct as_onnx_maker *m)
{
    const struct row *row = row_of(m->node);
    if (m->node->output_count < 1 || m->node->output[0] < 0)
        return as_onnx_refuse(m, AS_ERR_PARSE, "no output");
    if (!row && !*m->node->domain && as_ort_function_find(m->node->op))
        return as_onnx_function(m);
    if (!row)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "%s%s%s is not supported%s", m->node->domain,
                              *m->node->domain ? "." : "", m->node->op, advice(m->node));
    return row->node ? row->node(m) : row->move ? move(m, row->move) : run_kernel(m, row);
}

/* A network of floats is refused in one sentence, and not node by node. */
static enum as_status refuse_floats(const struct as_onnx_maker *m)
{
    for (size_t i = 0; i < m->model->input_count; i++)
        if (m->model->value[m->model->input[i]].type != AS_ONNX_FLOAT)
            return AS_OK;
    for (int i = 0; i < m->model->node_count; i++)
        if (strstr(m->model->node[i].op, "Quantize") ||
            strncmp(m->model->node[i].op, "QLinear", 7) == 0 ||
            strcmp(advice(&m->model->node[i]), DYNAMIC) == 0)
            return AS_OK;
    return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                          "no node quantizes: quantize it to int8, for example by "
                          "onnxruntime.quantization.quantize_static with a CalibrationDataReader");
}

/* Every node, so that all that is wrong is told; but functions take no more than a few times the
 * file's bytes. */
static enum as_status translate(struct as_onnx_maker *m, size_t bytes)
{
    enum as_status first = AS_OK;
    for (int i = 0; i < m->model->node_count; i++) {
        if (m->real_bytes > 6 * bytes + (1 << 18))
            return as_onnx_refuse(m, AS_ERR_RANGE,
                                  "more functions than a file of %zu bytes may have", bytes);
        m->node = &m->model->node[i];
        enum as_status status = translate_node(m);
        if (status != AS_OK)
            for (size_t n = 0; n < m->node->output_count; n++)
                if (m->node->output[n] >= 0)
                    m->form[m->node->output[n]] = (struct as_onnx_form){.kind = AS_ONNX_NOTHING};
        first = first == AS_OK ? status : first;
    }
    m->node = NULL;
    return first;
}

/* ---- edges ---- */

static enum as_status enter_inputs(struct as_onnx_maker *m, int *ids)
{
    for (size_t i = 0; i < m->model->input_count; i++) {
        int id = m->model->input[i];
        const struct as_onnx_value *v = &m->model->value[id];
        enum as_element element = v->type == AS_ONNX_INT8    ? AS_ELEMENT_INT8
                                  : v->type == AS_ONNX_UINT8 ? AS_ELEMENT_UINT8
                                                             : AS_ELEMENT_FLOAT32;
        if (v->fault || (element == AS_ELEMENT_FLOAT32 && v->type != AS_ONNX_FLOAT) || v->rank < 1)
            return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "input '%s': %s", v->name,
                                  v->fault ? v->fault
                                           : as_arena_printf(m->arena, "type %s and %d dimensions",
                                                             as_onnx_type_name(v->type), v->rank));
        ids[i] = as_onnx_tensor(m, v->name, element, v->rank, v->dim, NULL);
        if (ids[i] < 0)
            return AS_ERR_RANGE;
        m->form[id] =
            (struct as_onnx_form){.kind = AS_ONNX_EDGE, .node = ids[i], .value = {id, -1, -1}};
    }
    return AS_OK;
}

/* The graph's tensor of output `id`: bytes, or the real values that the host makes of them. */
static int leave(struct as_onnx_maker *m, int id)
{
    const struct as_onnx_form *f = &m->form[id];
    const char *name = m->model->value[id].name;
    bool real = f->kind == AS_ONNX_REAL;
    if ((!real && f->kind != AS_ONNX_CODES) || f->move_count > 0) {
        as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                       "output '%s' is not quantized, expected bytes, the output of "
                       "DequantizeLinear or a function of it (cut off what follows the last "
                       "quantized node, such as Softmax)",
                       name);
        return -1;
    }
    struct as_onnx_codes *codes = f->codes;
    int from = as_onnx_ordered(m, codes, AS_ONNX_OWN);
    if (from < 0 || (!real && !f->of_unsigned))
        return from;
    int to = as_onnx_tensor(m, name, real ? AS_ELEMENT_FLOAT32 : AS_ELEMENT_UINT8, codes->rank,
                            codes->dim, NULL);
    if (to < 0)
        return -1;
    as_onnx_quantize_tensor(m, to, 1, &codes->scale, &(int64_t){codes->zero_point + 128}, 0);
    struct as_graph_operator *op =
        as_onnx_operator(m, real ? "DEQUANTIZE" : "QUANTIZE", 1, &from, to);
    if (op && real)
        op->real = as_onnx_real(m, f)->value;
    return op ? to : -1;
}

/* A function is an output if its very value is known: it is not approximated, and nobody else reads
 * it, for whom onnxruntime might quantize it. */
static enum as_status check_output(struct as_onnx_maker *m, int id)
{
    const struct as_onnx_form *f = &m->form[id];
    if (f->kind == AS_ONNX_REAL && f->real && m->model->value[id].readers > 1)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "output '%s' is a function that other nodes read too, expected "
                              "QuantizeLinear and DequantizeLinear behind it",
                              m->model->value[id].name);
    for (int i = 0; f->kind == AS_ONNX_REAL && f->real && i < 256; i++)
        if (f->real->slack[i] > 0.0f)
            return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                                  "output '%s' is a function that onnxruntime approximates, "
                                  "expected QuantizeLinear behind it",
                                  m->model->value[id].name);
    return AS_OK;
}

static struct as_graph *new_graph(const struct as_onnx_maker *m)
{
    struct as_graph *graph = AS_NEW(m->arena, struct as_graph, 1);
    graph->arithmetic = AS_ARITHMETIC_ONNXRUNTIME;
    graph->label = m->model->label;
    graph->name = m->model->name;
    return graph;
}

bool as_onnx_sniff(const struct as_source *source)
{
    /* A model begins with its IR version, field 1, of one byte. */
    return source->data && source->bytes > 4 && source->data[0] == 0x08 && source->data[1] > 2 &&
           source->data[1] < 32 && (source->data[2] == 0x12 || source->data[2] == 0x3a);
}

static enum as_status make_graph(struct as_onnx_maker *m, size_t source_bytes)
{
    const struct as_onnx_model *model = m->model;
    struct as_graph *graph = m->graph;
    int *inputs = AS_NEW(m->arena, int, model->input_count + 1);
    int *outputs = AS_NEW(m->arena, int, model->output_count + 1);
    for (int i = 0; i < model->value_count; i++)
        if (model->value[i].data && !model->value[i].fault)
            m->form[i] = (struct as_onnx_form){.kind = AS_ONNX_CONST, .value = {i, -1, -1}};
    AS_TRY(refuse_floats(m));
    AS_TRY(enter_inputs(m, inputs));
    AS_TRY(translate(m, source_bytes));
    for (size_t i = 0; i < model->output_count; i++) {
        AS_TRY(check_output(m, model->output[i]));
        outputs[i] = leave(m, model->output[i]);
        if (outputs[i] < 0)
            return AS_ERR_UNSUPPORTED;
    }
    graph->input_count = model->input_count;
    graph->inputs = inputs;
    graph->output_count = model->output_count;
    graph->outputs = outputs;
    graph->network_tensors = graph->tensor_count;
    return AS_OK;
}

enum as_status as_onnx_read(struct as_arena *arena, const struct as_source *source,
                            struct as_graph **out, struct as_diag *diag)
{
    struct as_onnx_maker m = {.arena = arena, .reasons = as_reasons_new(arena)};
    struct as_onnx_model *model;
    AS_TRY(as_onnx_parse(arena, source, &model, diag));
    m.model = model;
    m.form = AS_NEW(arena, struct as_onnx_form, model->value_count + 1);
    m.graph = *out = new_graph(&m);
    enum as_status status = make_graph(&m, source->bytes);
    const char *prefix = as_arena_printf(arena, "%s: ", model->label);
    AS_TRY(as_reasons_tell(m.reasons, prefix, model->label, diag));
    assert(status == AS_OK); /* what is refused has its reason */
    return AS_OK;
}
