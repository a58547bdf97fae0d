/* Nodes with weights: Conv, Gemm, MatMul, between DequantizeLinear and QuantizeLinear or as
 * QLinearConv and the like; and what all layers share. */
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/import/onnx/onnx_graph.h"

/* ---- what onnxruntime makes an integer kernel of ---- */

/* A clamp that quantization does anyway. */
static bool does_nothing(const struct as_ort_step *step, const struct as_onnx_scale *scale)
{
    float low = scale->scale * (float)(-128 - scale->zero_point);
    float high = scale->scale * (float)(127 - scale->zero_point);
    return step->function->at(low, step->a, step->b) <= low &&
           step->function->at(high, step->a, step->b) >= high &&
           (strcmp(step->function->name, "Relu") == 0 || strcmp(step->function->name, "Clip") == 0);
}

/* onnxruntime quantizes in front of these what it would quantize behind them. */
static bool lets_pass(const struct as_onnx_maker *m, int node)
{
    static const char *const names[] = {"MaxPool",   "Reshape", "Transpose", "Squeeze",
                                        "Unsqueeze", "Slice",   "Identity"};
    const struct as_onnx_node *n = &m->model->node[node];
    bool passes = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        passes = passes || strcmp(n->op, names[i]) == 0;
    return passes && m->model->value[n->output[0]].readers == 1;
}

/* The node and at most one clamp behind it, read by one QuantizeLinear. */
bool as_onnx_is_fused(const struct as_onnx_maker *m, const struct as_onnx_operands *in,
                      const struct as_onnx_scale *scale)
{
    if (in->by_kernel)
        return true;
    for (int i = 0; i < in->move_count; i++)
        if (!lets_pass(m, in->moves[i]))
            return false;
    return m->model->value[m->node->output[0]].readers == 1 && in->step_count <= 1 &&
           (in->step_count == 0 || does_nothing(&in->step[0], scale));
}

enum as_status as_onnx_expect_fused(const struct as_onnx_maker *m,
                                    const struct as_onnx_operands *in,
                                    const struct as_onnx_scale *scale)
{
    if (as_onnx_is_fused(m, in, scale))
        return AS_OK;
    return as_onnx_refuse(
        m, AS_ERR_UNSUPPORTED,
        "onnxruntime computes it on real numbers, because its output is not "
        "quantized by one QuantizeLinear alone, or %s stands between that changes "
        "values; expected DequantizeLinear, %s, QuantizeLinear",
        in->step_count > 0 ? in->step[0].function->name : "something", m->node->op);
}

/* Operand `i` is the tensor of codes that its scale says. */
enum as_status as_onnx_expect_codes(const struct as_onnx_maker *m,
                                    const struct as_onnx_operands *in, int i)
{
    const struct as_onnx_form *f = &in->in[i];
    if (f->kind != AS_ONNX_REAL || f->real || f->move_count > 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "input %d is not the output of DequantizeLinear, expected that", i);
    if (f->scale < f->codes->scale || f->scale > f->codes->scale ||
        f->zero_point != f->codes->zero_point)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "'%s' is quantized by %.9g and %d and read as %.9g and %d, expected "
                              "the same",
                              f->codes->name, (double)f->codes->scale, f->codes->zero_point,
                              (double)f->scale, f->zero_point);
    return AS_OK;
}

/* ---- constants ---- */

const struct as_onnx_value *as_onnx_value_of(const struct as_onnx_maker *m, int id)
{
    return id < 0 ? NULL : &m->model->value[id];
}

int8_t as_onnx_byte_at(const struct as_onnx_value *v, size_t i)
{
    uint8_t byte = ((const uint8_t *)v->data)[i];
    return (int8_t)(v->type == AS_ONNX_UINT8 ? byte ^ 0x80 : byte);
}

/* Operand `i` is a constant of bytes with `rank` dimensions (0: any). */
enum as_status as_onnx_read_weights(const struct as_onnx_maker *m,
                                    const struct as_onnx_operands *in, int i, int rank,
                                    const struct as_onnx_value **out)
{
    const struct as_onnx_form *f = &in->in[i];
    const struct as_onnx_value *v = *out =
        f->kind == AS_ONNX_SCALED ? as_onnx_value_of(m, f->value[0]) : NULL;
    if (!v || (v->type != AS_ONNX_INT8 && v->type != AS_ONNX_UINT8) || v->elements == 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its weights are no constant of int8 or uint8 behind "
                              "DequantizeLinear");
    if (rank > 0 && v->rank != rank)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "weights '%s' have %d dimensions, expected %d",
                              v->name, v->rank, rank);
    return AS_OK;
}

/* Scales and zero points of weights, one or one for each of `channels` along `axis`, to tensor `id`
 * along its dimension `to`. */
static enum as_status scale_weights(struct as_onnx_maker *m, const struct as_onnx_form *f, int axis,
                                    int channels, int id, int to)
{
    const struct as_onnx_value *w = as_onnx_value_of(m, f->value[0]),
                               *s = as_onnx_value_of(m, f->value[1]);
    const struct as_onnx_value *z = as_onnx_value_of(m, f->value[2]);
    size_t count = s->elements;
    if (count != 1 && (count != (size_t)channels || (f->axis != axis && w->rank > 1)))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "weights '%s' have %zu scales along axis %d, expected 1 or %d along "
                              "axis %d",
                              w->name, count, f->axis, channels, axis);
    if (z && z->elements != 1 && z->elements != count)
        return as_onnx_refuse(m, AS_ERR_RANGE, "weights '%s' have %zu scales and %zu zero points",
                              w->name, count, z->elements);
    int64_t *zero = AS_NEW(m->arena, int64_t, count);
    for (size_t i = 0; i < count; i++)
        zero[i] = z                          ? as_onnx_byte_at(z, z->elements == 1 ? 0 : i)
                  : w->type == AS_ONNX_UINT8 ? -128
                                             : 0;
    as_onnx_quantize_tensor(m, id, count, s->data, zero, to);
    return AS_OK;
}

/* Operand `i` as a tensor of biases; 0 when there is none. */
static enum as_status read_bias(struct as_onnx_maker *m, const struct as_onnx_operands *in, int i,
                                int channels, int *id)
{
    *id = -1;
    if (i >= in->count || in->in[i].kind == AS_ONNX_NOTHING)
        return AS_OK;
    const struct as_onnx_form *f = &in->in[i];
    const struct as_onnx_value *v = f->kind == AS_ONNX_SCALED || f->kind == AS_ONNX_CONST
                                        ? as_onnx_value_of(m, f->value[0])
                                        : NULL;
    if (!v || v->type != AS_ONNX_INT32 || v->elements != (size_t)channels)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its biases are no constant of %d int32 behind DequantizeLinear",
                              channels);
    *id = as_onnx_tensor(m, v->name, AS_ELEMENT_INT32, 1, &channels, v->data);
    return *id < 0 ? AS_ERR_RANGE : AS_OK;
}

static struct as_graph_operator *weighted(struct as_onnx_maker *m, const char *name, int in,
                                          int weights, int bias, int out)
{
    const int ids[3] = {in, weights, bias};
    return as_onnx_operator(m, name, bias < 0 ? 2 : 3, ids, out);
}

struct as_onnx_codes *as_onnx_result(struct as_onnx_maker *m, int out, int rank, const int *dim,
                                     const struct as_onnx_scale *scale)
{
    struct as_onnx_codes *codes =
        as_onnx_new_codes(m, m->model->value[out].name, rank, dim, scale->scale, scale->zero_point);
    m->form[out] = (struct as_onnx_form){
        .kind = AS_ONNX_CODES, .codes = codes, .of_unsigned = scale->of_unsigned};
    return codes;
}

/* ---- Conv ---- */

/* [K][C/groups][R][S] as [K][R][S][C/groups], or of a depthwise layer as [1][R][S][K]. */
static int turn_kernel(struct as_onnx_maker *m, const struct as_onnx_value *w, bool depthwise)
{
    int k = w->dim[0], c = w->dim[1], r = w->rank == 4 ? w->dim[2] : 1, s = w->dim[w->rank - 1];
    const int dense[4] = {k, r, s, c}, deep[4] = {1, r, s, k};
    int8_t *data = as_arena_alloc(m->arena, w->elements);
    size_t taps = (size_t)r * (size_t)s, at = 0;
    for (int i = 0; i < k; i++)
        for (int j = 0; j < c; j++)
            for (size_t tap = 0; tap < taps; tap++, at++) {
                size_t to = depthwise ? tap * (size_t)k + (size_t)i
                                      : ((size_t)i * taps + tap) * (size_t)c + (size_t)j;
                data[to] = as_onnx_byte_at(w, at);
            }
    return as_onnx_tensor(m, w->name, AS_ELEMENT_INT8, 4, depthwise ? deep : dense, data);
}

enum as_status as_onnx_conv(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                            const struct as_onnx_scale *scale, int out)
{
    const struct as_onnx_value *w;
    struct as_onnx_window window;
    int groups = (int)as_onnx_number(m->node, "group", 1), bias;
    AS_TRY(as_onnx_expect_fused(m, in, scale));
    AS_TRY(as_onnx_expect_codes(m, in, 0));
    struct as_onnx_codes *x = in->in[0].codes;
    AS_TRY(as_onnx_read_weights(m, in, 1, x->rank, &w));
    AS_TRY(as_onnx_read_window(m, x, w->dim + 2, &window));
    if (groups < 1 || x->dim[1] % groups != 0 || w->dim[1] != x->dim[1] / groups ||
        w->dim[0] % groups != 0)
        return as_onnx_refuse(m, AS_ERR_RANGE,
                              "%d groups of %d input channels, %d output channels, weights for %d "
                              "input channels",
                              groups, x->dim[1], w->dim[0], w->dim[1]);
    bool depthwise = groups > 1 && groups == x->dim[1];
    int k = w->dim[0], dim[4] = {x->dim[0], k, window.out[0], window.sides > 1 ? window.out[1] : 1};
    AS_TRY(read_bias(m, in, 2, k, &bias));
    int kernel = turn_kernel(m, w, depthwise), from = as_onnx_ordered(m, x, AS_ONNX_LAST);
    if (kernel < 0 || from < 0)
        return AS_ERR_RANGE;
    AS_TRY(scale_weights(m, &in->in[1], 0, k, kernel, depthwise ? 3 : 0));
    struct as_onnx_codes *y = as_onnx_result(m, out, x->rank, dim, scale);
    int to = as_onnx_written(m, y, AS_ONNX_LAST);
    struct as_graph_operator *op =
        weighted(m, depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", from, kernel, bias, to);
    if (!op)
        return AS_ERR_RANGE;
    as_onnx_put_window(&window, op);
    op->attribute[AS_ATTR_DEPTH_MULTIPLIER] = depthwise ? k / groups : 1;
    return AS_OK;
}

/* ---- Gemm, MatMul ---- */

/* Weights as [outputs][inputs].  Where the inputs are the flat image of `image`, C, H, W, in
 * channels last, they are put in that order. */
static int turn_matrix(struct as_onnx_maker *m, const struct as_onnx_value *w, bool inputs_last,
                       const struct as_onnx_codes *image)
{
    size_t inputs = (size_t)w->dim[inputs_last ? 1 : 0];
    size_t outputs = (size_t)w->dim[inputs_last ? 0 : 1];
    size_t channels = image ? (size_t)image->dim[1] : 1, pixels = inputs / channels;
    int8_t *data = as_arena_alloc(m->arena, w->elements);
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++) {
            size_t to = image ? i % pixels * channels + i / pixels : i;
            data[o * inputs + to] =
                as_onnx_byte_at(w, inputs_last ? o * inputs + i : i * outputs + o);
        }
    const int dim[2] = {(int)outputs, (int)inputs};
    return as_onnx_tensor(m, w->name, AS_ELEMENT_INT8, 2, dim, data);
}

/* The image whose flat form `codes` is, when only its channels-last order is there. */
static const struct as_onnx_codes *image_of(const struct as_onnx_codes *codes)
{
    const struct as_onnx_codes *image = codes->flat;
    bool flat = image && codes->id[AS_ONNX_OWN] < 0 && codes->rank == 2 && image->rank > 2 &&
                codes->dim[0] == image->dim[0] && !image->data;
    return flat && image->id[AS_ONNX_LAST] >= 0 && image->id[AS_ONNX_OWN] < 0 ? image : NULL;
}

static enum as_status dense(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                            const struct as_onnx_scale *scale, bool inputs_last, int out)
{
    const struct as_onnx_value *w;
    struct as_onnx_codes *x = in->in[0].codes;
    int bias, dim[AS_ONNX_RANK_MAX];
    AS_TRY(as_onnx_read_weights(m, in, 1, 2, &w));
    int outputs = w->dim[inputs_last ? 0 : 1], inputs = w->dim[inputs_last ? 1 : 0];
    if (x->dim[x->rank - 1] != inputs)
        return as_onnx_refuse(m, AS_ERR_RANGE, "its input has rows of %d, its weights %d inputs",
                              x->dim[x->rank - 1], inputs);
    AS_TRY(read_bias(m, in, 2, outputs, &bias));
    const struct as_onnx_codes *image = image_of(x);
    int from = image ? image->id[AS_ONNX_LAST] : as_onnx_ordered(m, x, AS_ONNX_OWN);
    int matrix = turn_matrix(m, w, inputs_last, image);
    if (matrix < 0 || from < 0)
        return AS_ERR_RANGE;
    AS_TRY(scale_weights(m, &in->in[1], inputs_last ? 0 : 1, outputs, matrix, 0));
    memcpy(dim, x->dim, sizeof dim);
    dim[x->rank - 1] = outputs;
    int to = as_onnx_written(m, as_onnx_result(m, out, x->rank, dim, scale), AS_ONNX_OWN);
    return weighted(m, "FULLY_CONNECTED", from, matrix, bias, to) ? AS_OK : AS_ERR_RANGE;
}

enum as_status as_onnx_gemm(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                            const struct as_onnx_scale *scale, int out)
{
    double alpha = as_onnx_number(m->node, "alpha", 1), beta = as_onnx_number(m->node, "beta", 1);
    AS_TRY(as_onnx_expect_fused(m, in, scale));
    AS_TRY(as_onnx_expect_codes(m, in, 0));
    if (alpha < 1 || alpha > 1 || ((beta < 1 || beta > 1) && in->count > 2) ||
        as_onnx_number(m->node, "transA", 0) > 0 || in->in[0].codes->rank != 2)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "alpha %g, beta %g, transA %d and %d dimensions, expected 1, 1, 0 "
                              "and 2",
                              alpha, beta, (int)as_onnx_number(m->node, "transA", 0),
                              in->in[0].codes->rank);
    return dense(m, in, scale, as_onnx_number(m->node, "transB", 0) > 0, out);
}

/* Of two activations. */
static enum as_status products(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                               const struct as_onnx_scale *scale, int out)
{
    AS_TRY(as_onnx_expect_codes(m, in, 1));
    struct as_onnx_codes *a = in->in[0].codes, *b = in->in[1].codes;
    int rank = a->rank, dim[AS_ONNX_RANK_MAX];
    if (rank < 2 || b->rank != rank || a->dim[rank - 1] != b->dim[rank - 2])
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "inputs of %d and %d dimensions that do not multiply, expected as "
                              "many",
                              rank, b->rank);
    memcpy(dim, a->dim, sizeof dim);
    dim[rank - 1] = b->dim[rank - 1];
    const int ids[2] = {as_onnx_ordered(m, a, AS_ONNX_OWN), as_onnx_ordered(m, b, AS_ONNX_OWN)};
    int to = as_onnx_written(m, as_onnx_result(m, out, rank, dim, scale), AS_ONNX_OWN);
    return as_onnx_operator(m, "BATCH_MATMUL", 2, ids, to) ? AS_OK : AS_ERR_RANGE;
}

enum as_status as_onnx_matmul(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                              const struct as_onnx_scale *scale, int out)
{
    AS_TRY(as_onnx_expect_fused(m, in, scale));
    AS_TRY(as_onnx_expect_codes(m, in, 0));
    return in->in[1].kind == AS_ONNX_REAL ? products(m, in, scale, out)
                                          : dense(m, in, scale, false, out);
}
