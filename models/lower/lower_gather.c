/* Places of an axis in another order, some left out, some again: GATHER by constant indices, TILE,
 * BROADCAST_TO, FILL, MIRROR_PAD, REVERSE_V2.  An axis is a list of indices; what is regular in it
 * is a copy, the copies are joined, and a list without order is a product with a matrix of zeros
 * and ones. */
#include <string.h>

#include "models/lower/lowering.h"

#define RUNS_MAX   AS_INPUTS_MAX /* copies that are joined */
#define MATRIX_MAX (1 << 20)     /* bytes of a matrix */
#define PLACES_MAX (1 << 20)     /* of an axis */

/* `groups` times `length` places: first + group * group_step + i * step. */
struct run {
    int first, groups, group_step, length, step;
};

/* The longest that begins the list. */
static struct run find_run(const int *index, int count)
{
    struct run run = {.first = index[0], .groups = 1, .length = 1};

    if (count > 1)
        run.step = index[1] - index[0];
    while (run.length < count && index[run.length] - index[run.length - 1] == run.step)
        run.length++;
    if (2 * run.length <= count)
        run.group_step = index[run.length] - index[0];
    for (int at = run.length; at + run.length <= count; at += run.length, run.groups++)
        for (int i = 0; i < run.length; i++)
            if (index[at + i] != index[at - run.length + i] + run.group_step)
                return run;
    return run;
}

/* How many there are, RUNS_MAX + 1 of more. */
static int find_runs(const int *index, int count, struct run run[RUNS_MAX])
{
    int runs = 0;

    for (int at = 0; at < count; runs++) {
        if (runs == RUNS_MAX)
            return RUNS_MAX + 1;
        run[runs] = find_run(index + at, count - at);
        at += run[runs].groups * run[runs].length;
    }
    return runs;
}

static int copy_runs(const struct as_lower_op *op, struct as_layer **layer, int id,
                     const struct as_gather *g, const struct run *run, int runs)
{
    int ids[RUNS_MAX];

    for (int i = 0; i < runs; i++) {
        const struct as_copy copy = {
            .count = {g->outer, run[i].groups, run[i].length, g->inner},
            .step = {g->size * g->inner, run[i].group_step * g->inner, run[i].step * g->inner, 1},
            .first = run[i].first * g->inner,
        };
        const int dim[4] = {1, g->outer, run[i].groups * run[i].length, g->inner};
        ids[i] = as_lower_copy(op, layer, id, dim, &copy);
    }
    if (runs == 1)
        return ids[0];
    const int dim[4] = {1, g->outer, g->count, g->inner};
    struct as_layer *join = as_lower_step(op, layer, AS_OP_CONCATENATION, ids[0], dim, ids[0]);
    join->input_count = runs;
    memcpy(join->input, ids, (size_t)runs * sizeof *ids);
    join->concatenation.axis = 2;
    return join->output;
}

int as_lower_turn(const struct as_lower_op *op, struct as_layer **layer, int id, int outer,
                  int rows, int columns)
{
    const int dim[4] = {1, 1, outer * columns, rows};
    const struct as_copy copy = {.count = {1, outer, columns, rows},
                                 .step = {0, rows * columns, 1, columns}};

    return rows == 1 || columns == 1 ? as_lower_reshape(op, layer, id, dim)
                                     : as_lower_copy(op, layer, id, dim, &copy);
}

/* Each row of `size` values times a matrix; twice the value, halved again, is exact. */
static int multiply(const struct as_lower_op *op, struct as_layer **layer, int id,
                    const struct as_gather *g)
{
    struct as_arena *arena = op->lowering->arena;
    int8_t *weights = as_arena_alloc(arena, (size_t)g->count * (size_t)g->size);
    int32_t *multiplier = AS_NEW(arena, int32_t, g->count);
    int rows = g->outer * g->inner;

    memset(weights, 0, (size_t)g->count * (size_t)g->size);
    for (int i = 0; i < g->count; i++) {
        weights[(size_t)i * (size_t)g->size + (size_t)g->index[i]] = 2;
        multiplier[i] = 1 << 30;
    }
    int zero_point = as_lower_tensor(op, id)->zero_point;
    id = as_lower_recentre(op, layer, as_lower_turn(op, layer, id, g->outer, g->size, g->inner), 0);
    struct as_layer *step = as_lower_step(op, layer, AS_OP_FULLY_CONNECTED, id,
                                          (const int[4]){1, 1, rows, g->count}, id);
    step->conv.weights = weights;
    step->conv.weight_bytes = (size_t)g->count * (size_t)g->size;
    step->conv.bias = AS_NEW(arena, int32_t, g->count);
    step->conv.multiplier = multiplier;
    step->conv.shift = AS_NEW(arena, int8_t, g->count);
    step->macs = (uint64_t)rows * step->conv.weight_bytes;
    id = as_lower_recentre(op, layer, step->output, zero_point);
    return as_lower_turn(op, layer, id, g->outer, g->inner, g->count);
}

static int divisor_of(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* A list that begins again after every part of the axis is that of one part. */
static struct as_gather shortest(const struct as_gather *g)
{
    struct as_gather part = *g;
    int parts = divisor_of(g->size, g->count);

    part.size /= parts;
    part.count /= parts;
    part.outer *= parts;
    for (int i = 0; i < g->count; i++)
        if (g->index[i] != g->index[i % part.count] + i / part.count * part.size)
            return *g;
    for (int i = 0; i < part.count; i++)
        if (g->index[i] >= part.size)
            return *g;
    return part;
}

enum as_status as_lower_gather(const struct as_lower_op *op, struct as_layer **layer,
                               const struct as_gather *gather, int *id)
{
    const struct as_gather g = shortest(gather);
    struct run run[RUNS_MAX];
    int runs = find_runs(g.index, g.count, run);

    if (runs == 1 && run[0].groups == 1 && run[0].length == g.size &&
        (run[0].step == 1 || g.size == 1))
        return AS_OK;
    if (runs > RUNS_MAX && (int64_t)g.size * g.count > MATRIX_MAX)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "%d of %d places without a pattern, expected at most %d runs, or a "
                               "product of both of at most %d",
                               g.count, g.size, RUNS_MAX, MATRIX_MAX);
    if (runs <= RUNS_MAX) {
        *id = copy_runs(op, layer, *id, &g, run, runs);
        return AS_OK;
    }
    AS_TRY(as_lower_count_constant(op->lowering, (size_t)g.size * (size_t)g.count));
    *id = multiply(op, layer, *id, &g);
    return AS_OK;
}

enum as_status as_lower_new_index(const struct as_lower_op *op, int count, int **index)
{
    if (count > PLACES_MAX)
        return as_lower_refuse(op, AS_ERR_RANGE, "an axis of %d places, expected at most %d", count,
                               PLACES_MAX);
    *index = AS_NEW(op->lowering->arena, int, count);
    return AS_OK;
}

/* ---- operators whose axes are gathered one after the other ---- */

/* The dimensions of the input, with ones in front to the output's number of them. */
static enum as_status begin_axes(const struct as_lower_op *op, const struct as_layer *layer,
                                 int dim[AS_GRAPH_RANK_MAX])
{
    int rank = as_lower_rank(op, layer->output), own = as_lower_rank(op, layer->input[0]);

    if (own > rank)
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %d dimensions, expected at least %d",
                               rank, own);
    for (int i = 0; i < rank; i++)
        dim[i] = i < rank - own ? 1 : as_lower_dims(op, layer->input[0])[i - (rank - own)];
    return as_lower_expect_same_quantization(op, layer, 0);
}

/* The gather along axis `axis` to `count` places, and room for their indices. */
static enum as_status new_index(const struct as_lower_op *op, const int *dim, int rank, int axis,
                                int count, struct as_gather *g, int **index)
{
    AS_TRY(as_lower_new_index(op, count, index));
    *g = (struct as_gather){
        .outer = 1, .size = dim[axis], .inner = 1, .index = *index, .count = count};
    for (int i = 0; i < rank; i++)
        *(i < axis ? &g->outer : &g->inner) *= i == axis ? 1 : dim[i];
    return AS_OK;
}

static enum as_status expect_count(const struct as_lower_op *op, const struct as_layer *layer,
                                   int axis, int64_t count)
{
    int have = as_lower_dims(op, layer->output)[axis];

    if (have != count)
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %d on dimension %d, expected %lld",
                               have, axis, (long long)count);
    return AS_OK;
}

static enum as_status lower_gather(const struct as_lower_op *op, struct as_layer *layer)
{
    int id = layer->input[0], rank = as_lower_rank(op, id), out_rank = 0;
    int axis = as_lower_attribute(op, AS_ATTR_AXIS), dim[2 * AS_GRAPH_RANK_MAX];
    const int *in = as_lower_dims(op, id);
    const struct as_graph_tensor *t;
    struct as_gather g;
    int *index = NULL;

    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    AS_TRY(as_lower_constant(op, 1, "indices", AS_ELEMENT_INT32, &t));
    AS_TRY(as_lower_expect_range(op, "axis", axis, -rank, rank - 1));
    axis += axis < 0 ? rank : 0;
    AS_TRY(
        as_lower_expect_range(op, "batch_dims", as_lower_attribute(op, AS_ATTR_BATCH_DIMS), 0, 0));
    for (int i = 0; i < rank; i++)
        if (i != axis)
            dim[out_rank++] = in[i];
        else
            for (int n = 0; n < t->rank; n++)
                dim[out_rank++] = t->dim[n];
    if (out_rank != as_lower_rank(op, layer->output))
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %d dimensions, expected %d",
                               as_lower_rank(op, layer->output), out_rank);
    for (int i = 0; i < out_rank; i++)
        AS_TRY(expect_count(op, layer, i, dim[i]));
    AS_TRY(new_index(op, in, rank, axis, (int)t->elements, &g, &index));
    for (int i = 0; i < g.count; i++) {
        index[i] = as_graph_i32(t, (size_t)i);
        AS_TRY(as_lower_expect_range(op, "an index", index[i], 0, g.size - 1));
    }
    AS_TRY(as_lower_gather(op, &layer, &g, &id));
    as_lower_end(layer, id);
    return AS_OK;
}

/* What the output of an operator that goes axis by axis reads of axis `axis`, which has `size`:
 * count numbers, in `index`.  `t` are its constants. */
typedef void fill_axis(const struct as_lower_op *op, const struct as_graph_tensor *t, int axis,
                       int size, int count, int *index);

/* Axis by axis; the output's dimensions were checked. */
static enum as_status gather_axes(const struct as_lower_op *op, struct as_layer *layer,
                                  const struct as_graph_tensor *t, int dim[AS_GRAPH_RANK_MAX],
                                  fill_axis *fill)
{
    int id = layer->input[0], rank = as_lower_rank(op, layer->output);
    const int *out = as_lower_dims(op, layer->output);
    struct as_gather g;
    int *index = NULL;

    for (int axis = 0; axis < rank; axis++) {
        AS_TRY(new_index(op, dim, rank, axis, out[axis], &g, &index));
        fill(op, t, axis, dim[axis], out[axis], index);
        AS_TRY(as_lower_gather(op, &layer, &g, &id));
        dim[axis] = out[axis];
    }
    as_lower_end(layer, id);
    return AS_OK;
}

/* ---- TILE, BROADCAST_TO ---- */

static void fill_again(const struct as_lower_op *op, const struct as_graph_tensor *t, int axis,
                       int size, int count, int *index)
{
    (void)op;
    (void)t;
    (void)axis;
    for (int i = 0; i < count; i++)
        index[i] = i % size;
}

static enum as_status lower_tile(const struct as_lower_op *op, struct as_layer *layer)
{
    int rank = as_lower_rank(op, layer->output), dim[AS_GRAPH_RANK_MAX];
    bool to_shape = strcmp(op->op->name, "BROADCAST_TO") == 0;
    const struct as_graph_tensor *t;

    AS_TRY(begin_axes(op, layer, dim));
    AS_TRY(as_lower_constant(op, 1, to_shape ? "shape" : "multiples", AS_ELEMENT_INT32, &t));
    if (t->elements != (size_t)rank || (!to_shape && as_lower_rank(op, layer->input[0]) != rank))
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "%zu numbers and %d dimensions, expected %d of "
                               "each",
                               t->elements, as_lower_rank(op, layer->input[0]), rank);
    for (int i = 0; i < rank; i++) {
        int number = as_graph_i32(t, (size_t)i);
        AS_TRY(as_lower_expect_range(op, "a number", number, 1, AS_GRAPH_ELEMENTS_MAX));
        if (to_shape && dim[i] != 1 && dim[i] != number)
            return as_lower_refuse(op, AS_ERR_RANGE, "dimension %d is %d, expected 1 or %d", i,
                                   dim[i], number);
        AS_TRY(expect_count(op, layer, i, to_shape ? number : (int64_t)dim[i] * number));
    }
    return gather_axes(op, layer, NULL, dim, fill_again);
}

/* ---- FILL: one value again and again ---- */

static enum as_status lower_fill(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    const struct as_graph_tensor *t;

    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    AS_TRY(as_lower_constant(op, 0, "dimensions", AS_ELEMENT_INT32, &t));
    if (t->elements != (size_t)as_lower_rank(op, layer->output) ||
        as_lower_tensor(op, layer->input[0])->bytes != 1)
        return as_lower_refuse(op, AS_ERR_RANGE, "%zu dimensions of %zu values, expected %d of one",
                               t->elements, as_lower_tensor(op, layer->input[0])->bytes,
                               as_lower_rank(op, layer->output));
    for (size_t i = 0; i < t->elements; i++)
        AS_TRY(expect_count(op, layer, (int)i, as_graph_i32(t, i)));
    layer->copy = (struct as_copy){.count = {1, 1, 1, (int)out->bytes}};
    return AS_OK;
}

/* ---- MIRROR_PAD ---- */

static void fill_mirrored(const struct as_lower_op *op, const struct as_graph_tensor *t, int axis,
                          int size, int count, int *index)
{
    int before = as_graph_i32(t, 2 * (size_t)axis);
    bool twice = as_lower_attribute(op, AS_ATTR_MODE) != 0; /* the edge itself is in the mirror */

    for (int i = 0; i < count; i++) {
        int at = i - before;
        if (at < 0)
            at = -at - twice;
        if (at >= size)
            at = 2 * (size - 1) - at + twice;
        index[i] = at;
    }
}

static enum as_status lower_mirror_pad(const struct as_lower_op *op, struct as_layer *layer)
{
    int rank = as_lower_rank(op, layer->output), dim[AS_GRAPH_RANK_MAX];
    const struct as_graph_tensor *t;

    AS_TRY(begin_axes(op, layer, dim));
    AS_TRY(as_lower_constant(op, 1, "paddings", AS_ELEMENT_INT32, &t));
    AS_TRY(as_lower_expect_range(op, "mode", as_lower_attribute(op, AS_ATTR_MODE), 0, 1));
    if (t->rank != 2 || t->dim[0] != rank || t->dim[1] != 2 ||
        as_lower_rank(op, layer->input[0]) != rank)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "%zu paddings and %d dimensions, expected %dx2 and %d", t->elements,
                               as_lower_rank(op, layer->input[0]), rank, rank);
    for (int i = 0; i < rank; i++) {
        int most = dim[i] - 1 + (as_lower_attribute(op, AS_ATTR_MODE) != 0);
        int before = as_graph_i32(t, 2 * (size_t)i), after = as_graph_i32(t, 2 * (size_t)i + 1);
        AS_TRY(as_lower_expect_range(op, "padding before", before, 0, most));
        AS_TRY(as_lower_expect_range(op, "padding after", after, 0, most));
        AS_TRY(expect_count(op, layer, i, (int64_t)dim[i] + before + after));
    }
    return gather_axes(op, layer, t, dim, fill_mirrored);
}

/* ---- REVERSE_V2 ---- */

static enum as_status lower_reverse(const struct as_lower_op *op, struct as_layer *layer)
{
    int id = layer->input[0], rank = as_lower_rank(op, id), dim[AS_GRAPH_RANK_MAX];
    bool reversed[AS_GRAPH_RANK_MAX] = {false};
    struct as_gather g;
    int *index = NULL;

    AS_TRY(begin_axes(op, layer, dim));
    AS_TRY(as_lower_axes(op, rank, reversed));
    AS_TRY(as_lower_expect_output_of(op, layer, as_lower_tensor(op, id)));
    for (int axis = 0; axis < rank; axis++) {
        if (!reversed[axis])
            continue;
        AS_TRY(new_index(op, dim, rank, axis, dim[axis], &g, &index));
        for (int i = 0; i < g.count; i++)
            index[i] = g.size - 1 - i;
        AS_TRY(as_lower_gather(op, &layer, &g, &id));
    }
    as_lower_end(layer, id);
    return AS_OK;
}

const struct as_lower_row as_lower_gathers[] = {
    {.name = "GATHER",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .operands = true,
     .lower = lower_gather},
    {.name = "TILE",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .steps = AS_GRAPH_RANK_MAX * AS_LOWER_GATHER_STEPS,
     .operands = true,
     .lower = lower_tile},
    {.name = "BROADCAST_TO",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .steps = AS_GRAPH_RANK_MAX * AS_LOWER_GATHER_STEPS,
     .operands = true,
     .lower = lower_tile},
    {.name = "FILL",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .first = 1,
     .activations = 1,
     .operands = true,
     .any_rank = true,
     .lower = lower_fill},
    {.name = "MIRROR_PAD",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .steps = AS_GRAPH_RANK_MAX * AS_LOWER_GATHER_STEPS,
     .lower = lower_mirror_pad},
    {.name = "REVERSE_V2",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .steps = AS_GRAPH_RANK_MAX * AS_LOWER_GATHER_STEPS,
     .operands = true,
     .lower = lower_reverse},
    {.name = NULL},
};
