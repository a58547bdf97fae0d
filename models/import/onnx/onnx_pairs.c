/* Add, Sub, Mul of two tensors. */
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/import/onnx/onnx_graph.h"

/* A constant of float32 as bytes that number its values. */
static enum as_status number_values(struct as_onnx_maker *m, struct as_onnx_form *f)
{
    const struct as_onnx_value *v = as_onnx_value_of(m, f->value[0]);
    const float *data = v->data;
    struct as_onnx_real *real = as_onnx_new_real(m);
    int8_t *bytes = as_arena_alloc(m->arena, v->elements + 1);
    size_t count = 0;
    for (size_t i = 0; v->type == AS_ONNX_FLOAT && i < v->elements; i++) {
        size_t n = 0;
        while (n < count && memcmp(&real->value[n], &data[i], sizeof *data) != 0)
            n++;
        if (n == 256)
            break;
        real->value[n] = data[i];
        count = n == count ? n + 1 : count;
        bytes[i] = (int8_t)n;
        if (i + 1 < v->elements)
            continue;
        struct as_onnx_codes *codes = as_onnx_new_codes(m, v->name, v->rank, v->dim, 1.0f, 0);
        codes->data = bytes;
        *f = (struct as_onnx_form){
            .kind = AS_ONNX_REAL, .codes = codes, .real = real, .scale = 1.0f};
        return AS_OK;
    }
    return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                          "constant '%s' is no float32, or has more than 256 different values",
                          v->name);
}

/* Operand `i` as codes: a tensor, or a constant. */
static enum as_status take_operand(struct as_onnx_maker *m, struct as_onnx_form *f, int i)
{
    const struct as_onnx_value *v;
    if (f->move_count > 0 || f->kind == AS_ONNX_EDGE || f->kind == AS_ONNX_WAITING)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "input %d is not quantized, expected the output of DequantizeLinear",
                              i);
    if (f->kind == AS_ONNX_REAL)
        return AS_OK;
    if (f->kind == AS_ONNX_CONST)
        return number_values(m, f);
    const struct as_onnx_operands one = {.count = 1, .in = {*f}};
    AS_TRY(as_onnx_read_weights(m, &one, 0, 0, &v));
    const struct as_onnx_value *s = as_onnx_value_of(m, f->value[1]),
                               *z = as_onnx_value_of(m, f->value[2]);
    if (s->elements != 1 || (z && z->elements != 1) || v->rank > AS_GRAPH_RANK_MAX)
        return as_onnx_refuse(
            m, AS_ERR_UNSUPPORTED,
            "input %d has %zu scales and %d dimensions, expected 1 and at most %d", i, s->elements,
            v->rank, AS_GRAPH_RANK_MAX);
    struct as_onnx_scale scale = {.of_unsigned = v->type == AS_ONNX_UINT8};
    memcpy(&scale.scale, s->data, sizeof scale.scale);
    scale.zero_point = z ? as_onnx_byte_at(z, 0) : scale.of_unsigned ? -128 : 0;
    int8_t *data = as_arena_alloc(m->arena, v->elements);
    for (size_t n = 0; n < v->elements; n++)
        data[n] = as_onnx_byte_at(v, n);
    struct as_onnx_codes *codes =
        as_onnx_new_codes(m, v->name, v->rank, v->dim, scale.scale, scale.zero_point);
    codes->data = data;
    *f = (struct as_onnx_form){.kind = AS_ONNX_REAL,
                               .codes = codes,
                               .scale = scale.scale,
                               .zero_point = scale.zero_point,
                               .of_unsigned = scale.of_unsigned};
    return AS_OK;
}

/* As in NumPy: the last dimensions meet, and one of 1 is read again and again.  `*row`: operand 0
 * is one value where operand 1 has several side by side. */
static bool spread(const struct as_onnx_codes *a, const struct as_onnx_codes *b, int *rank,
                   int dim[AS_ONNX_RANK_MAX], bool *row)
{
    bool decided = false;
    *row = false;
    *rank = a->rank > b->rank ? a->rank : b->rank;
    for (int i = 1; i <= *rank; i++) {
        int x = i <= a->rank ? a->dim[a->rank - i] : 1, y = i <= b->rank ? b->dim[b->rank - i] : 1;
        if (x != y && x != 1 && y != 1)
            return false;
        if (!decided && (x > 1 || y > 1)) {
            decided = true;
            *row = x == 1;
        }
        dim[*rank - i] = x > y ? x : y;
    }
    return true;
}

/* The order in which both operands can meet: channels last where one of them lies so and both have
 * as many dimensions. */
static enum as_onnx_order meeting_order(const struct as_onnx_codes *a,
                                        const struct as_onnx_codes *b)
{
    bool last = as_onnx_order_of(a) == AS_ONNX_LAST || as_onnx_order_of(b) == AS_ONNX_LAST;
    return last && a->rank == b->rank ? AS_ONNX_LAST : AS_ONNX_OWN;
}

static struct as_ort_pair *new_pair(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                                    const struct as_onnx_form *f, const struct as_onnx_scale *scale)
{
    struct as_ort_pair *pair = AS_NEW(m->arena, struct as_ort_pair, 1);
    char first = strncmp(m->node->op, "QLinear", 7) == 0 ? m->node->op[7] : *m->node->op;
    pair->operation = first == 'A' ? AS_ORT_ADD : first == 'S' ? AS_ORT_SUB : AS_ORT_MUL;
    for (int i = 0; i < 2; i++) {
        pair->real[i] = as_onnx_real(m, &f[i])->value;
        pair->scale[i] = f[i].scale;
        pair->zero_point[i] = f[i].zero_point;
    }
    pair->out_scale = scale->scale;
    pair->out_zero_point = scale->zero_point;
    pair->of_unsigned = scale->of_unsigned;
    pair->fused = pair->operation != AS_ORT_SUB && !f[0].real && !f[1].real &&
                  f[0].of_unsigned == scale->of_unsigned &&
                  f[1].of_unsigned == scale->of_unsigned && as_onnx_is_fused(m, in, scale);
    pair->step_count = in->step_count;
    if (in->step_count > 0)
        memcpy(pair->step, in->step, (size_t)in->step_count * sizeof *in->step);
    return pair;
}

/* Both operands are one tensor. */
static enum as_status pair_of_one(struct as_onnx_maker *m, const struct as_ort_pair *pair,
                                  struct as_onnx_codes *codes, struct as_onnx_codes *out)
{
    int8_t *table = as_arena_alloc(m->arena, 256);
    for (int i = 0; i < 256; i++)
        table[i] = as_ort_pair(pair, (int8_t)as_byte_of(i), (int8_t)as_byte_of(i));
    return as_onnx_table(m, codes, out, table);
}

enum as_status as_onnx_pair(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                            const struct as_onnx_scale *scale, int out)
{
    struct as_onnx_form f[2] = {in->in[0], in->in[1]};
    int rank, dim[AS_ONNX_RANK_MAX];
    bool row;
    for (int i = 0; i < 2; i++) {
        AS_TRY(take_operand(m, &f[i], i));
        for (int b = 0; f[i].real && b < 256; b++)
            if (f[i].real->slack[b] > 0.0f)
                return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                                      "input %d is a function that onnxruntime approximates, "
                                      "expected QuantizeLinear and DequantizeLinear behind it",
                                      i);
    }
    struct as_onnx_codes *a = f[0].codes, *b = f[1].codes;
    if (!spread(a, b, &rank, dim, &row))
        return as_onnx_refuse(m, AS_ERR_RANGE,
                              "its inputs '%s' and '%s' have shapes that do not "
                              "meet",
                              a->name, b->name);
    struct as_ort_pair *pair = new_pair(m, in, f, scale);
    pair->swapped = row;
    struct as_onnx_codes *y = as_onnx_result(m, out, rank, dim, scale);
    if (a == b)
        return pair_of_one(m, pair, a, y);
    enum as_onnx_order order = meeting_order(a, b);
    const int ids[2] = {as_onnx_ordered(m, a, order), as_onnx_ordered(m, b, order)};
    if (ids[0] < 0 || ids[1] < 0)
        return AS_ERR_RANGE;
    struct as_graph_operator *op = as_onnx_operator(
        m, pair->operation == AS_ORT_MUL ? "MUL" : "ADD", 2, ids, as_onnx_written(m, y, order));
    if (!op)
        return AS_ERR_RANGE;
    op->pair = pair;
    return AS_OK;
}
