/* What the lowerings of single operators share: checks with messages that name the operator. */
#include <math.h>
#include <string.h>

#include "models/arith/quantization.h"
#include "models/lower/lowering.h"

enum as_status as_lower_expect_range(const struct as_lower_op *op, const char *what, int value,
                                     int low, int high)
{
    if (value < low || value > high)
        return as_lower_refuse(op, AS_ERR_RANGE, "%s is %d, expected %d..%d", what, value, low,
                               high);
    return AS_OK;
}

bool as_same_quantization(const struct as_tensor *a, const struct as_tensor *b)
{
    return !(a->scale < b->scale) && !(a->scale > b->scale) && a->zero_point == b->zero_point;
}

enum as_status as_lower_expect_same_quantization(const struct as_lower_op *op,
                                                 const struct as_layer *layer, int input)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[input]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    if (!as_same_quantization(in, out))
        return as_lower_refuse(
            op, AS_ERR_UNSUPPORTED,
            "input scale %.9g and zero point %d differ from the output's %.9g and %d",
            (double)in->scale, in->zero_point, (double)out->scale, out->zero_point);
    return AS_OK;
}

enum as_status as_lower_expect_output(const struct as_lower_op *op, const struct as_layer *layer,
                                      int n, int h, int w, int c)
{
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    if (out->h != h || out->w != w || out->c != c)
        return as_lower_refuse(op, AS_ERR_RANGE, "output is %dx%dx%d, expected %dx%dx%d", out->h,
                               out->w, out->c, h, w, c);
    if (out->n != n)
        return as_lower_refuse(op, AS_ERR_RANGE, "output batch is %d, expected %d", out->n, n);
    return AS_OK;
}

enum as_status as_lower_expect_output_of(const struct as_lower_op *op, const struct as_layer *layer,
                                         const struct as_tensor *like)
{
    return as_lower_expect_output(op, layer, like->n, like->h, like->w, like->c);
}

/* ---- what an operator has ---- */

int as_lower_attribute(const struct as_lower_op *op, enum as_attribute which)
{
    return (int)op->op->attribute[which];
}

const struct as_tensor *as_lower_tensor(const struct as_lower_op *op, int id)
{
    return &op->lowering->net->tensors[id];
}

int as_lower_rank(const struct as_lower_op *op, int id)
{
    return op->lowering->graph->tensors[id].rank;
}

const int *as_lower_dims(const struct as_lower_op *op, int id)
{
    return op->lowering->graph->tensors[id].dim;
}

enum as_status as_lower_axes(const struct as_lower_op *op, int rank,
                             bool reduced[AS_GRAPH_RANK_MAX])
{
    const struct as_graph_tensor *t;

    AS_TRY(as_lower_constant(op, 1, "axes", AS_ELEMENT_INT32, &t));
    for (size_t i = 0; i < t->elements; i++) {
        int axis = as_graph_i32(t, i);
        AS_TRY(as_lower_expect_range(op, "axis", axis, -rank, rank - 1));
        reduced[axis < 0 ? axis + rank : axis] = true;
    }
    return AS_OK;
}

int as_lower_place(int rank, int i)
{
    return i == rank - 1 ? 3 : i == 0 ? 0 : 4 - rank + i;
}

void as_lower_dimensions(const struct as_tensor *t, int dim[4])
{
    memcpy(dim, (const int[4]){t->n, t->h, t->w, t->c}, 4 * sizeof *dim);
}

enum as_status as_lower_clamp(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    int act = as_lower_attribute(op, AS_ATTR_ACTIVATION);
    if (act < AS_ACT_NONE || act > AS_ACT_RELU6)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "fused activation %d, expected NONE, RELU, RELU_N1_TO_1 or RELU6",
                               act);
    as_quant_clamp((enum as_activation)act, out->scale, out->zero_point, &layer->act_min,
                   &layer->act_max);
    return AS_OK;
}

bool as_lower_in_float(const struct as_lower_op *op)
{
    return op->lowering->graph->arithmetic == AS_ARITHMETIC_ONNXRUNTIME;
}

enum as_status as_lower_product(const struct as_lower_op *op, bool rounded, struct as_layer *layer)
{
    const struct as_tensor *a = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_lower_tensor(op, layer->input[1]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    int32_t *m = &layer->out_multiplier;
    bool in_float = as_lower_in_float(op);
    float factor = a->scale * b->scale / out->scale;
    if (in_float ? !as_quant_float(factor, m, &layer->out_shift)
                 : !as_quant_product(a->scale, b->scale, out->scale, rounded, m, &layer->out_shift))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "scales %g * %g / %g are above 2^%d",
                               (double)a->scale, (double)b->scale, (double)out->scale,
                               AS_SHIFT_MAX);
    layer->rounding = in_float ? AS_ROUNDING_FLOAT : AS_ROUNDING_TFLITE;
    return AS_OK;
}

enum as_status as_lower_expect_float_exact(const struct as_lower_op *op, const char *what,
                                           int64_t bound, int32_t m, int shift)
{
    if (as_quant_float_exact(bound, m, shift))
        return AS_OK;
    return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                           "sums of %s reach %lld, which float32 rounds, and their factor is %.9g; "
                           "expected sums below 2^24 or a factor of at least 2^-16",
                           what, (long long)bound, ldexp((double)m, shift - 31));
}
