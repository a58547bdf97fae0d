/* Layers of two operands, element by element: ADD, SUB, MUL, SQUARED_DIFFERENCE, PRELU. */
#include "models/arith/fixed_point.h"
#include "models/arith/quantization.h"
#include "models/lower/lowering.h"

/* Puts an operand of the output's shape first, brings both to the output's rank, and checks.  Where
 * neither has that shape, one is repeated. */
static enum as_status order_operands(const struct as_lower_op *op, struct as_layer **layer,
                                     bool *swapped)
{
    struct as_operands o;
    AS_TRY(as_lower_operands(op, *layer, &o));
    int a = o.id[0], b = o.id[1];
    bool constant[2] = {as_lower_tensor(op, a)->data, as_lower_tensor(op, b)->data};
    if (constant[0] && constant[1])
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "inputs '%s' and '%s' are both constant, expected at most one",
                               as_lower_tensor(op, a)->name, as_lower_tensor(op, b)->name);
    bool swap = *swapped =
        constant[0] || (!constant[1] && !as_lower_is_whole(&o, 0) &&
                        (as_lower_is_whole(&o, 1) ||
                         as_lower_tensor(op, b)->bytes > as_lower_tensor(op, a)->bytes));
    int first, second;
    AS_TRY(as_lower_repeat(op, layer, &o, swap, &first));
    second = as_lower_reshape(op, layer, swap ? a : b, o.dim[!swap]);
    (*layer)->input[0] = first;
    (*layer)->input[1] = second;
    return as_lower_expect_output(op, *layer, o.whole[0], o.whole[1], o.whole[2], o.whole[3]);
}

typedef bool sum_factors(float s1, float s2, float s_out, struct as_sum *sum);

static enum as_status finish_sum(const struct as_lower_op *op, sum_factors *factors,
                                 struct as_layer *layer)
{
    const struct as_tensor *a = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_lower_tensor(op, layer->input[1]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    if (!factors(a->scale, b->scale, out->scale, &layer->sum))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "scales %g + %g -> %g need a multiplier outside 0..1",
                               (double)a->scale, (double)b->scale, (double)out->scale);
    return as_lower_clamp(op, layer);
}

static enum as_status lower_add(const struct as_lower_op *op, struct as_layer *layer)
{
    bool swapped = false;
    AS_TRY(order_operands(op, &layer, &swapped));
    return op->op->pair ? as_lower_pair(op, swapped, layer) : finish_sum(op, as_quant_add, layer);
}

static enum as_status lower_sub(const struct as_lower_op *op, struct as_layer *layer)
{
    bool swapped = false;
    AS_TRY(order_operands(op, &layer, &swapped));
    AS_TRY(finish_sum(op, as_quant_sub, layer));
    if (swapped) {
        layer->sum.sign[0] = -1;
        layer->sum.sign[1] = 1;
    }
    return AS_OK;
}

static enum as_status lower_mul(const struct as_lower_op *op, struct as_layer *layer)
{
    bool swapped = false;
    AS_TRY(order_operands(op, &layer, &swapped));
    if (op->op->pair)
        return as_lower_pair(op, swapped, layer);
    AS_TRY(as_lower_clamp(op, layer));
    return as_lower_product(op, false, layer);
}

static enum as_status lower_squared_difference(const struct as_lower_op *op, struct as_layer *layer)
{
    bool swapped = false;
    AS_TRY(order_operands(op, &layer, &swapped));
    const struct as_tensor *a = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_lower_tensor(op, layer->input[1]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    if (!as_quant_squared_difference(a->scale, b->scale, out->scale, &layer->sum))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "scales (%g - %g)^2 / %g are above 2^%d",
                               (double)a->scale, (double)b->scale, (double)out->scale,
                               AS_SHIFT_MAX);
    return AS_OK;
}

/* A table over tensor `id`; its values are quantized as tensor `like`. */
static int half(const struct as_lower_op *op, struct as_layer **layer, int id, int like,
                const int8_t *table)
{
    int dim[4];
    as_lower_dimensions(as_lower_tensor(op, id), dim);
    struct as_layer *step = as_lower_step(op, layer, AS_OP_LOOKUP, id, dim, like);
    step->lookup.table = table;
    return step->output;
}

/* PRELU: x where it is positive, x * alpha where not, as a sum of both halves, one of which is
 * always zero; so nothing is rounded twice. */
static enum as_status lower_prelu(const struct as_lower_op *op, struct as_layer *layer)
{
    struct as_arena *arena = op->lowering->arena;
    int8_t *above = as_arena_alloc(arena, 256), *below = as_arena_alloc(arena, 256);
    bool swapped = false;
    AS_TRY(order_operands(op, &layer, &swapped));
    int x = layer->input[0], alpha = layer->input[1], out = layer->output, m_shift, dim[4];
    int32_t m;
    const struct as_tensor *in = as_lower_tensor(op, x), *to = as_lower_tensor(op, out);
    if (swapped || !as_lower_tensor(op, alpha)->data)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "alpha, expected a constant no larger than the input");
    if (!as_quant_multiplier((double)in->scale / (double)to->scale, &m, &m_shift))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "scales %g / %g are above 2^%d",
                               (double)in->scale, (double)to->scale, AS_SHIFT_MAX);
    for (int i = 0; i < 256; i++) {
        int value = as_byte_of(i) - in->zero_point;
        below[i] = as_clamp_i8(value < 0 ? as_byte_of(i) : in->zero_point, -128, 127);
        above[i] = as_clamp_i8(
            (value < 0 ? 0 : as_mbqm(value, m, m_shift)) + (int64_t)to->zero_point, -128, 127);
    }
    int positive = half(op, &layer, x, out, above), negative = half(op, &layer, x, x, below);
    as_lower_dimensions(to, dim);
    struct as_layer *scaled = as_lower_step(op, &layer, AS_OP_MUL, negative, dim, out);
    scaled->input[1] = alpha;
    scaled->input_count = 2;
    if (!as_quant_product(in->scale, as_lower_tensor(op, alpha)->scale, to->scale, false,
                          &scaled->out_multiplier, &scaled->out_shift))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "the scale of alpha, %g, is too large",
                               (double)as_lower_tensor(op, alpha)->scale);
    layer->op = AS_OP_ADD;
    layer->input[0] = positive;
    layer->input[1] = scaled->output;
    return finish_sum(op, as_quant_add, layer);
}

const struct as_lower_row as_lower_elementwise[] = {
    {.name = "ADD",
     .op = AS_OP_ADD,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_add},
    {.name = "MUL",
     .op = AS_OP_MUL,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_mul},
    {.name = "SUB",
     .op = AS_OP_ADD,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_sub},
    {.name = "SQUARED_DIFFERENCE",
     .op = AS_OP_SQUARED_DIFFERENCE,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_squared_difference},
    {.name = "PRELU",
     .op = AS_OP_ADD,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_prelu},
    {.name = NULL},
};
