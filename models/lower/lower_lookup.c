/* Layers whose output byte depends on one input byte: what models/arith/lookup.h has a table for.
 */
#include "models/arith/lookup.h"

#include <math.h>
#include <string.h>

#include "models/lower/lowering.h"

static enum as_status check_output(const struct as_lower_op *op, const struct as_lookup *lookup,
                                   const struct as_layer *layer)
{
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    float scale = ldexpf(1.0f, -lookup->out_bits);
    AS_TRY(as_lower_expect_output_of(op, layer, as_lower_tensor(op, layer->input[0])));
    if (lookup->same_quantization)
        return as_lower_expect_same_quantization(op, layer, 0);
    if (lookup->out_bits > 0 &&
        (out->scale < scale || out->scale > scale || out->zero_point != lookup->out_zero_point))
        return as_lower_refuse(
            op, AS_ERR_UNSUPPORTED, "output scale %.9g and zero point %d, expected 1/%d and %d",
            (double)out->scale, out->zero_point, 1 << lookup->out_bits, lookup->out_zero_point);
    return AS_OK;
}

static enum as_status lower_lookup(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_lookup *lookup = as_lookup_find(op->op->name);
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    float alpha = (float)op->op->attribute[AS_ATTR_ALPHA];
    int8_t *table = as_arena_alloc(op->lowering->arena, 256);
    AS_TRY(check_output(op, lookup, layer));
    if (!isfinite(alpha) || alpha < 0.0f)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "alpha %g, expected 0 and more",
                               (double)alpha);
    if (!lookup->fill(in, out, alpha, table))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "scales %g -> %g, expected %s",
                               (double)in->scale, (double)out->scale, lookup->expected);
    layer->lookup.table = table;
    return AS_OK;
}

static enum as_status lower_table(const struct as_lower_op *op, struct as_layer *layer)
{
    int8_t *table = as_arena_alloc(op->lowering->arena, 256);
    AS_TRY(as_lower_expect_output_of(op, layer, as_lower_tensor(op, layer->input[0])));
    layer->lookup.table = memcpy(table, op->op->table, 256);
    return AS_OK;
}

const struct as_lower_row as_lower_table = {
    .op = AS_OP_LOOKUP, .inputs_min = 1, .inputs_max = 1, .any_rank = true, .lower = lower_table};

const struct as_lower_row as_lower_lookup = {
    .op = AS_OP_LOOKUP, .inputs_min = 1, .inputs_max = 1, .lower = lower_lookup};
