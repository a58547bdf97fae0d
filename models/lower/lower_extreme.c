/* The larger or smaller of values: MAXIMUM, MINIMUM, REDUCE_MAX, REDUCE_MIN.  All are maximum pools
 * of values that were brought side by side.  The smaller is the larger of the complements: -1 - x
 * turns the order of bytes round and is its own inverse. */
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/lower/lowering.h"

#define KERNEL_MAX 64 /* of one pool; a longer row is pooled in steps */
#define STEPS_MAX  2  /* before the last: rows of up to 64^3 values */

static bool is_minimum(const struct as_lower_op *op)
{
    return strstr(op->op->name, "MIN") != NULL;
}

static int complement(const struct as_lower_op *op, struct as_layer **layer, int id)
{
    int dim[4];
    int8_t *table = as_arena_alloc(op->lowering->arena, 256);

    for (int i = 0; i < 256; i++)
        table[i] = (int8_t)(-1 - as_byte_of(i));
    as_lower_dimensions(as_lower_tensor(op, id), dim);
    struct as_layer *step = as_lower_step(op, layer, AS_OP_LOOKUP, id, dim, id);
    step->lookup.table = table;
    return step->output;
}

/* The largest of each `height` x `width` block of tensor `id`, which has no others. */
static int pool(const struct as_lower_op *op, struct as_layer **layer, int id, int height,
                int width)
{
    const struct as_tensor *t = as_lower_tensor(op, id);
    const int dim[4] = {t->n, t->h / height, t->w / width, t->c};
    struct as_layer *step = as_lower_step(op, layer, AS_OP_MAX_POOL_2D, id, dim, id);

    step->conv.kernel_h = step->conv.stride_h = height;
    step->conv.kernel_w = step->conv.stride_w = width;
    return step->output;
}

/* ---- MAXIMUM, MINIMUM: two tensors ---- */

/* Of each byte and one constant. */
static void with_constant(const struct as_lower_op *op, int constant, struct as_layer *layer)
{
    int8_t *table = as_arena_alloc(op->lowering->arena, 256);

    for (int i = 0; i < 256; i++) {
        int value = as_byte_of(i);
        table[i] = (int8_t)((value < constant) == is_minimum(op) ? value : constant);
    }
    layer->op = AS_OP_LOOKUP;
    layer->input_count = 1;
    layer->lookup.table = table;
}

/* Whether all values of the constant are the same one. */
static bool is_one_value(const struct as_tensor *t)
{
    return t->data && memcmp(t->data, t->data + 1, t->bytes - 1) == 0;
}

/* The larger of tensors `a` and `b`, of dimensions `dim`. */
static int larger(const struct as_lower_op *op, struct as_layer **layer, int a, int b,
                  const int dim[4])
{
    const int rows[4] = {dim[0] * dim[1], 1, dim[2], dim[3]};
    const int both[4] = {rows[0], 2, rows[2], rows[3]};

    a = as_lower_reshape(op, layer, a, rows);
    b = as_lower_reshape(op, layer, b, rows);
    struct as_layer *join =
        as_lower_step(op, layer, AS_OP_CONCATENATION, a, both, (*layer)->output);
    join->input[1] = b;
    join->input_count = 2;
    join->concatenation.axis = 1;
    return pool(op, layer, join->output, 2, 1);
}

static enum as_status lower_maximum(const struct as_lower_op *op, struct as_layer *layer)
{
    struct as_operands o;
    int ids[2];

    AS_TRY(as_lower_operands(op, layer, &o));
    for (int i = 0; i < 2; i++)
        AS_TRY(as_lower_expect_same_quantization(op, layer, i));
    AS_TRY(as_lower_expect_output(op, layer, o.whole[0], o.whole[1], o.whole[2], o.whole[3]));
    for (int i = 0; i < 2; i++)
        if (is_one_value(as_lower_tensor(op, o.id[i])) && as_lower_is_whole(&o, !i)) {
            layer->input[0] = o.id[!i];
            with_constant(op, as_lower_tensor(op, o.id[i])->data[0], layer);
            return AS_OK;
        }
    for (int i = 0; i < 2; i++) {
        AS_TRY(as_lower_repeat(op, &layer, &o, i, &ids[i]));
        if (is_minimum(op))
            ids[i] = complement(op, &layer, ids[i]);
    }
    int id = larger(op, &layer, ids[0], ids[1], o.whole);
    as_lower_end(layer, is_minimum(op) ? complement(op, &layer, id) : id);
    return AS_OK;
}

/* ---- REDUCE_MAX, REDUCE_MIN: along axes ---- */

/* The least values behind `count` others of tensor `id` as [outer][count][inner]. */
static int lengthen(const struct as_lower_op *op, struct as_layer **layer, int id, int outer,
                    int count, int inner, int more)
{
    const int dim[4] = {outer, 1, count, inner}, longer[4] = {outer, 1, count + more, inner};
    id = as_lower_reshape(op, layer, id, dim);
    struct as_layer *step = as_lower_step(op, layer, AS_OP_PAD, id, longer, id);

    step->pad.after[2] = more;
    step->pad.value = -128;
    return step->output;
}

/* The largest of `count` neighbours among tensor `id` as [outer][count][inner]; its bytes are then
 * [outer][inner].  A row that does not divide is made longer, if `lengthens`. */
static int reduce(const struct as_lower_op *op, struct as_layer **layer, int id, int outer,
                  int count, int inner, bool lengthens)
{
    for (int i = 0; i < STEPS_MAX && count > KERNEL_MAX; i++) {
        int width = KERNEL_MAX;
        while (count % width != 0)
            width--;
        if (lengthens && count / width > KERNEL_MAX && width < KERNEL_MAX / 2) {
            int more = KERNEL_MAX - count % KERNEL_MAX;
            id = lengthen(op, layer, id, outer, count, inner, more);
            count += more;
            width = KERNEL_MAX;
        }
        const int dim[4] = {outer, count / width, width, inner};
        id = as_lower_reshape(op, layer, id, dim);
        if (width > 1)
            id = pool(op, layer, id, 1, width);
        count /= width;
        if (!lengthens)
            break;
    }
    const int rows[4] = {outer, count, 1, inner};
    return pool(op, layer, as_lower_reshape(op, layer, id, rows), count, 1);
}

static enum as_status lower_reduce(const struct as_lower_op *op, struct as_layer *layer)
{
    int id = layer->input[0], rank = as_lower_rank(op, id), dim[AS_GRAPH_RANK_MAX];
    bool reduced[AS_GRAPH_RANK_MAX] = {false};
    size_t left = 1;
    int runs = 0; /* of neighbouring axes */

    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    AS_TRY(as_lower_axes(op, rank, reduced));
    for (int i = 0; i < rank; i++)
        runs += reduced[i] && (i == 0 || !reduced[i - 1]);
    memcpy(dim, as_lower_dims(op, id), (size_t)rank * sizeof *dim);
    for (int i = 0; i < rank; i++)
        left *= reduced[i] ? 1 : (size_t)dim[i];
    if (as_lower_tensor(op, layer->output)->bytes != left)
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %zu values, expected %zu",
                               as_lower_tensor(op, layer->output)->bytes, left);
    if (is_minimum(op))
        id = complement(op, &layer, id);
    for (int last = rank - 1; last >= 0; last--) { /* neighbouring axes at once */
        int first = last, outer = 1, count = 1, inner = 1;
        if (!reduced[last])
            continue;
        while (first > 0 && reduced[first - 1])
            first--;
        for (int i = 0; i < rank; i++)
            *(i < first ? &outer : i <= last ? &count : &inner) *= dim[i];
        if (count > 1)
            id = reduce(op, &layer, id, outer, count, inner, runs == 1);
        for (int i = first; i <= last; i++)
            dim[i] = 1;
        last = first;
    }
    as_lower_end(layer, is_minimum(op) ? complement(op, &layer, id) : id);
    return AS_OK;
}

const struct as_lower_row as_lower_extremes[] = {
    {.name = "MAXIMUM",
     .op = AS_OP_MAX_POOL_2D,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_maximum},
    {.name = "MINIMUM",
     .op = AS_OP_MAX_POOL_2D,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_maximum},
    {.name = "REDUCE_MAX",
     .op = AS_OP_MAX_POOL_2D,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .lower = lower_reduce},
    {.name = "REDUCE_MIN",
     .op = AS_OP_MAX_POOL_2D,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .lower = lower_reduce},
    {.name = NULL},
};
