/* Layers that rename or place tensors: RESHAPE, SQUEEZE, EXPAND_DIMS, PAD, CONCATENATION, PACK. */
#include <string.h>

#include "models/arith/quantization.h"
#include "models/lower/lowering.h"

/* ---- RESHAPE: another name for the same bytes ---- */

static enum as_status expect_same_bytes(const struct as_lower_op *op, const struct as_layer *layer)
{
    size_t have = as_lower_tensor(op, layer->output)->bytes;
    size_t want = as_lower_tensor(op, layer->input[0])->bytes;
    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    if (have != want)
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %zu elements, expected %zu", have,
                               want);
    return AS_OK;
}

static enum as_status lower_reshape(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_graph_tensor *t;
    int rank = as_lower_rank(op, layer->output);
    AS_TRY(expect_same_bytes(op, layer));
    if (op->op->input_count < 2)
        return AS_OK;
    /* The output tensor is the shape; the constant only has to exist, so that it is static. */
    AS_TRY(as_lower_constant(op, 1, "shape", AS_ELEMENT_INT32, &t));
    if (t->rank != 1 || t->elements != (size_t)rank)
        return as_lower_refuse(op, AS_ERR_RANGE, "shape '%s' has %zu dimensions, expected %d",
                               t->name, t->elements, rank);
    return AS_OK;
}

/* SQUEEZE, EXPAND_DIMS: the output tensor is the shape. */
static enum as_status lower_renaming(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_graph_tensor *t;
    AS_TRY(expect_same_bytes(op, layer));
    return op->op->input_count < 2 ? AS_OK : as_lower_constant(op, 1, "axes", AS_ELEMENT_INT32, &t);
}

/* ---- PAD, CONCATENATION ---- */

static enum as_status read_pad_value(const struct as_lower_op *op, struct as_layer *layer)
{
    layer->pad.value = as_lower_tensor(op, layer->output)->zero_point;
    if (op->op->input_count < 3)
        return AS_OK;
    int id = op->op->input[2];
    AS_TRY(as_lower_accept(op->lowering, id, true));
    const struct as_tensor *value = as_lower_tensor(op, id);
    if (!value->data || value->bytes != 1 ||
        !as_same_quantization(value, as_lower_tensor(op, layer->output)))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "value '%s', expected one constant quantized as the output",
                               value->name);
    layer->pad.value = value->data[0];
    return AS_OK;
}

static enum as_status lower_pad(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_graph_tensor *t;
    int rank = as_lower_rank(op, layer->input[0]), dim[4];
    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    AS_TRY(as_lower_constant(op, 1, "paddings", AS_ELEMENT_INT32, &t));
    if (t->rank != 2 || t->dim[0] != rank || t->dim[1] != 2 ||
        as_lower_rank(op, layer->output) != rank)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "%zu paddings and %d output dimensions, expected %dx2 and %d",
                               t->elements, as_lower_rank(op, layer->output), rank, rank);
    as_lower_dimensions(as_lower_tensor(op, layer->input[0]), dim);
    for (int i = 0; i < rank; i++) {
        int place = as_lower_place(rank, i);
        int before = as_graph_i32(t, 2 * (size_t)i), after = as_graph_i32(t, 2 * (size_t)i + 1);
        AS_TRY(as_lower_expect_range(op, "padding before", before, 0, AS_GRAPH_ELEMENTS_MAX));
        AS_TRY(as_lower_expect_range(op, "padding after", after, 0, AS_GRAPH_ELEMENTS_MAX));
        layer->pad.before[place] = before;
        layer->pad.after[place] = after;
        dim[place] += before + after;
    }
    AS_TRY(as_lower_expect_output(op, layer, dim[0], dim[1], dim[2], dim[3]));
    return read_pad_value(op, layer);
}

static enum as_status lower_concatenation(const struct as_lower_op *op, struct as_layer *layer)
{
    int rank = as_lower_rank(op, layer->output), dim[4], out[4];
    int axis = as_lower_attribute(op, AS_ATTR_AXIS);
    AS_TRY(as_lower_expect_range(op, "axis", axis, -rank, rank - 1));
    int act = as_lower_attribute(op, AS_ATTR_ACTIVATION);
    if (act != AS_ACT_NONE)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "fused activation %d, expected NONE", act);
    layer->concatenation.axis = as_lower_place(rank, axis < 0 ? axis + rank : axis);
    as_lower_dimensions(as_lower_tensor(op, layer->output), out);
    int64_t sum = 0;
    for (int i = 0; i < layer->input_count; i++) {
        AS_TRY(as_lower_expect_same_quantization(op, layer, i));
        as_lower_dimensions(as_lower_tensor(op, layer->input[i]), dim);
        sum += dim[layer->concatenation.axis];
        for (int d = 0; d < 4; d++)
            if ((d != layer->concatenation.axis && dim[d] != out[d]) ||
                as_lower_rank(op, layer->input[i]) != rank)
                return as_lower_refuse(
                    op, AS_ERR_RANGE,
                    "input %d is %dx%dx%dx%d, which does not join on axis %d to an "
                    "output of %dx%dx%dx%d",
                    i, dim[0], dim[1], dim[2], dim[3], layer->concatenation.axis, out[0], out[1],
                    out[2], out[3]);
    }
    if (sum != out[layer->concatenation.axis])
        return as_lower_refuse(op, AS_ERR_RANGE, "inputs have %lld on axis %d, the output %d",
                               (long long)sum, layer->concatenation.axis,
                               out[layer->concatenation.axis]);
    return AS_OK;
}

/* Tensors of one shape along a new axis. */
static enum as_status lower_pack(const struct as_lower_op *op, struct as_layer *layer)
{
    int rank = as_lower_rank(op, layer->output), axis = as_lower_attribute(op, AS_ATTR_AXIS);
    const int *dim = as_lower_dims(op, layer->output);
    int count = layer->input_count, ids[AS_INPUTS_MAX], outer = 1, inner = 1;

    AS_TRY(as_lower_expect_range(op, "axis", axis, -rank, rank - 1));
    axis += axis < 0 ? rank : 0;
    if (dim[axis] != count || as_lower_attribute(op, AS_ATTR_PARTS) != count)
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %d on axis %d, expected %d", dim[axis],
                               axis, count);
    for (int i = 0; i < rank; i++)
        *(i < axis ? &outer : &inner) *= i == axis ? 1 : dim[i];
    const int each[4] = {1, outer, 1, inner}, all[4] = {1, outer, count, inner};
    for (int i = 0; i < count; i++) {
        AS_TRY(as_lower_expect_same_quantization(op, layer, i));
        if (as_lower_tensor(op, layer->input[i])->bytes != (size_t)outer * (size_t)inner)
            return as_lower_refuse(op, AS_ERR_RANGE, "input %d has %zu values, expected %d", i,
                                   as_lower_tensor(op, layer->input[i])->bytes, outer * inner);
        ids[i] = layer->input[i];
    }
    for (int i = 0; i < count; i++)
        ids[i] = as_lower_reshape(op, &layer, ids[i], each);
    struct as_layer *join =
        as_lower_step(op, &layer, AS_OP_CONCATENATION, ids[0], all, layer->output);
    join->input_count = count;
    memcpy(join->input, ids, (size_t)count * sizeof *ids);
    join->concatenation.axis = 2;
    as_lower_end(layer, join->output);
    return AS_OK;
}

_Static_assert(AS_GRAPH_INPUTS_MAX >= AS_INPUTS_MAX, "a graph keeps as many inputs as a layer has");

const struct as_lower_row as_lower_moves[] = {
    {.name = "RESHAPE",
     .op = AS_OP_RESHAPE,
     .inputs_min = 1,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .operands = true,
     .lower = lower_reshape},
    {.name = "SQUEEZE",
     .op = AS_OP_RESHAPE,
     .inputs_min = 1,
     .inputs_max = 1,
     .any_rank = true,
     .operands = true,
     .lower = lower_renaming},
    {.name = "EXPAND_DIMS",
     .op = AS_OP_RESHAPE,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .operands = true,
     .lower = lower_renaming},
    {.name = "PAD",
     .op = AS_OP_PAD,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .lower = lower_pad},
    {.name = "PADV2",
     .op = AS_OP_PAD,
     .inputs_min = 3,
     .inputs_max = 3,
     .activations = 1,
     .lower = lower_pad},
    {.name = "CONCATENATION",
     .op = AS_OP_CONCATENATION,
     .inputs_min = 2,
     .inputs_max = AS_INPUTS_MAX,
     .operands = true,
     .lower = lower_concatenation},
    {.name = "PACK",
     .op = AS_OP_CONCATENATION,
     .inputs_min = 1,
     .inputs_max = AS_INPUTS_MAX,
     .any_rank = true,
     .operands = true,
     .lower = lower_pack},
    {.name = NULL},
};
