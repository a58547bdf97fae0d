/* Real tensors: DequantizeLinear, functions of one tensor, operations of two, QuantizeLinear. */
#include <math.h>
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/import/onnx/onnx_graph.h"

struct as_onnx_real *as_onnx_new_real(struct as_onnx_maker *m)
{
    m->real_bytes += sizeof(struct as_onnx_real);
    return AS_NEW(m->arena, struct as_onnx_real, 1);
}

const struct as_onnx_real *as_onnx_real(struct as_onnx_maker *m, const struct as_onnx_form *form)
{
    if (form->real)
        return form->real;
    struct as_onnx_real *real = as_onnx_new_real(m);
    for (int i = 0; i < 256; i++)
        real->value[i] = (float)(as_byte_of(i) - form->zero_point) * form->scale;
    return real;
}

/* ---- to bytes ---- */

/* The table of `in`; what it may differ by changes no byte. */
static enum as_status fill_table(struct as_onnx_maker *m, const struct as_onnx_form *in,
                                 const struct as_onnx_scale *scale, int8_t table[256])
{
    const struct as_onnx_real *real = as_onnx_real(m, in);
    for (int i = 0; i < 256; i++) {
        float x = real->value[i], slack = real->slack[i];
        table[i] = as_ort_quantize(x, scale->scale, scale->zero_point);
        if (as_ort_quantize(x + slack, scale->scale, scale->zero_point) != table[i] ||
            as_ort_quantize(x - slack, scale->scale, scale->zero_point) != table[i])
            return as_onnx_refuse(
                m, AS_ERR_UNSUPPORTED,
                "its output for byte %d, %.9g, lies so near the middle of two steps of %.9g that "
                "onnxruntime's approximation decides; expected another scale",
                as_byte_of(i), (double)x, (double)scale->scale);
    }
    return AS_OK;
}

static bool changes_nothing(const struct as_onnx_form *in, const struct as_onnx_scale *scale,
                            const int8_t table[256])
{
    for (int i = 0; i < 256; i++)
        if (table[i] != as_byte_of(i))
            return false;
    return !(in->codes->scale < scale->scale) && !(in->codes->scale > scale->scale) &&
           in->codes->zero_point == scale->zero_point;
}

enum as_status as_onnx_quantize(struct as_onnx_maker *m, const struct as_onnx_form *in,
                                const struct as_onnx_scale *scale, int out)
{
    struct as_onnx_form *to = &m->form[out];
    if (in->kind != AS_ONNX_REAL)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its input '%s' is a constant or no real tensor, expected one that "
                              "the network computes",
                              m->model->value[as_onnx_input(m->node, 0)].name);
    int8_t *table = as_arena_alloc(m->arena, 256);
    AS_TRY(fill_table(m, in, scale, table));
    *to = (struct as_onnx_form){
        .kind = AS_ONNX_CODES, .codes = in->codes, .of_unsigned = scale->of_unsigned};
    if (changes_nothing(in, scale, table))
        return AS_OK;
    to->codes = as_onnx_new_codes(m, m->model->value[out].name, in->codes->rank, in->codes->dim,
                                  scale->scale, scale->zero_point);
    return as_onnx_table(m, in->codes, to->codes, table);
}

/* ---- functions ---- */

bool as_onnx_float(const struct as_onnx_maker *m, size_t input, float *value)
{
    int id = as_onnx_input(m->node, input);
    const struct as_onnx_value *v = id < 0 ? NULL : &m->model->value[id];
    if (!v || !v->data || v->fault || v->type != AS_ONNX_FLOAT || v->elements != 1)
        return false;
    memcpy(value, v->data, sizeof *value);
    return true;
}

/* The node's function with its numbers. */
static enum as_status read_step(struct as_onnx_maker *m, const char *name, struct as_ort_step *step)
{
    const struct as_ort_function *f = step->function = as_ort_function_find(name);
    *step = (struct as_ort_step){.function = f};
    float *number[2] = {&step->a, &step->b};
    for (int i = 0; i < 2; i++)
        if (f->attribute[i])
            *number[i] = (float)as_onnx_number(m->node, f->attribute[i], (double)f->absent[i]);
    if (strcmp(f->name, "Clip") != 0)
        return AS_OK;
    step->a = -INFINITY;
    step->b = INFINITY;
    for (size_t i = 0; i < 2; i++)
        if (as_onnx_input(m->node, i + 1) >= 0 && !as_onnx_float(m, i + 1, number[i]))
            return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "bound '%s' is no constant float32",
                                  m->model->value[as_onnx_input(m->node, i + 1)].name);
    return AS_OK;
}

static const struct as_onnx_real *behind(struct as_onnx_maker *m, const struct as_onnx_real *in,
                                         const struct as_ort_step *step)
{
    const struct as_ort_function *f = step->function;
    struct as_onnx_real *out = as_onnx_new_real(m);
    for (int i = 0; i < 256; i++) {
        float x = in->value[i], slack = in->slack[i], y = f->at(x, step->a, step->b);
        float more = fabsf(f->at(x + slack, step->a, step->b) - y);
        float less = fabsf(f->at(x - slack, step->a, step->b) - y);
        out->value[i] = y;
        out->slack[i] = fmaxf(more, less) + fmaxf(fabsf(y), 1.0f) * f->error;
    }
    return out;
}

/* `step` behind what is known of the input; nothing is known of one that was refused. */
static enum as_status put_behind(struct as_onnx_maker *m, const struct as_onnx_form *in,
                                 const struct as_ort_step *step)
{
    struct as_onnx_form *to = &m->form[m->node->output[0]];
    if (in->kind == AS_ONNX_NOTHING)
        return AS_OK;
    if (in->kind != AS_ONNX_REAL && in->kind != AS_ONNX_WAITING)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its input is not quantized, expected the output of "
                              "DequantizeLinear");
    if (in->move_count > 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "a node that moves what is not quantized stands in front of it, "
                              "expected QuantizeLinear and DequantizeLinear between them");
    *to = *in;
    if (in->kind == AS_ONNX_WAITING) {
        if (in->step_count == AS_ORT_STEPS_MAX)
            return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "more than %d functions in a row",
                                  AS_ORT_STEPS_MAX);
        to->step[to->step_count++] = *step;
        return AS_OK;
    }
    to->real = behind(m, as_onnx_real(m, in), step);
    return AS_OK;
}

enum as_status as_onnx_apply(struct as_onnx_maker *m, const char *name, struct as_onnx_form *form)
{
    struct as_ort_step step;
    AS_TRY(read_step(m, name, &step));
    form->real = behind(m, as_onnx_real(m, form), &step);
    return AS_OK;
}

enum as_status as_onnx_function(struct as_onnx_maker *m)
{
    struct as_ort_step step;
    AS_TRY(read_step(m, m->node->op, &step));
    if (as_onnx_input(m->node, 0) < 0)
        return as_onnx_refuse(m, AS_ERR_PARSE, "no input");
    return put_behind(m, &m->form[as_onnx_input(m->node, 0)], &step);
}

/* ---- two operands ---- */

/* The operation on two functions of one tensor. */
static const struct as_onnx_real *combine(struct as_onnx_maker *m, const struct as_onnx_real *a,
                                          const struct as_onnx_real *b)
{
    struct as_onnx_real *out = as_onnx_new_real(m);
    const char *op = m->node->op;
    for (int i = 0; i < 256; i++) {
        float x = a->value[i], y = b->value[i], dx = a->slack[i], dy = b->slack[i];
        if (strcmp(op, "Add") == 0 || strcmp(op, "Sub") == 0) {
            out->value[i] = *op == 'A' ? x + y : x - y;
            out->slack[i] = dx + dy;
        } else if (strcmp(op, "Mul") == 0) {
            out->value[i] = x * y;
            out->slack[i] = fabsf(x) * dy + fabsf(y) * dx + dx * dy;
        } else {
            out->value[i] = x / y;
            out->slack[i] = (dx + fabsf(x / y) * dy) / fabsf(y);
        }
    }
    return out;
}

/* Of one tensor, and not what onnxruntime makes one kernel of. */
static bool of_one_tensor(const struct as_onnx_maker *m, const struct as_onnx_form *a,
                          const struct as_onnx_form *b)
{
    bool kernel = strcmp(m->node->op, "Add") == 0 || strcmp(m->node->op, "Mul") == 0;
    return a->kind == AS_ONNX_REAL && b->kind == AS_ONNX_REAL && a->codes == b->codes &&
           a->move_count + b->move_count == 0 && !(kernel && !a->real && !b->real);
}

/* With a constant real number on one side. */
static enum as_status combine_constant(struct as_onnx_maker *m, int side, float number)
{
    struct as_onnx_form in = m->form[as_onnx_input(m->node, (size_t)(1 - side))];
    struct as_ort_step step = {.function = as_ort_function_find(m->node->op), .a = number};
    if (side == 1)
        return put_behind(m, &in, &step);
    if (in.kind == AS_ONNX_NOTHING)
        return AS_OK;
    if (in.kind != AS_ONNX_REAL)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its input is not quantized");
    struct as_onnx_real *constant = as_onnx_new_real(m);
    for (int i = 0; i < 256; i++)
        constant->value[i] = number;
    m->form[m->node->output[0]] = in;
    m->form[m->node->output[0]].real = combine(m, constant, as_onnx_real(m, &in));
    return AS_OK;
}

enum as_status as_onnx_binary(struct as_onnx_maker *m)
{
    float number;
    if (m->node->input_count != 2 || as_onnx_input(m->node, 0) < 0 || as_onnx_input(m->node, 1) < 0)
        return as_onnx_refuse(m, AS_ERR_PARSE, "%zu inputs, expected 2", m->node->input_count);
    for (int side = 0; side < 2; side++)
        if (as_onnx_float(m, (size_t)side, &number))
            return combine_constant(m, side, number);
    const struct as_onnx_form *a = &m->form[as_onnx_input(m->node, 0)];
    const struct as_onnx_form *b = &m->form[as_onnx_input(m->node, 1)];
    if (a->kind == AS_ONNX_NOTHING || b->kind == AS_ONNX_NOTHING)
        return AS_OK;
    if (of_one_tensor(m, a, b)) {
        m->form[m->node->output[0]] = *a;
        m->form[m->node->output[0]].real = combine(m, as_onnx_real(m, a), as_onnx_real(m, b));
        return AS_OK;
    }
    if (strcmp(m->node->op, "Div") == 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "a division of two tensors");
    m->form[m->node->output[0]] =
        (struct as_onnx_form){.kind = AS_ONNX_WAITING, .node = (int)(m->node - m->model->node)};
    return AS_OK;
}
