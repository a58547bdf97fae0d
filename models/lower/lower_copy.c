/* Strided copies: TRANSPOSE, SLICE, STRIDED_SLICE, SPLIT, SPLIT_V, UNPACK. */
#include "models/lower/lowering.h"

/* The output as a walk over the input: element (i0, i1, ...) is number first + sum of i * step. */
struct walk {
    int rank;
    int count[AS_GRAPH_RANK_MAX];
    int64_t step[AS_GRAPH_RANK_MAX];
    int64_t first;
};

/* The dimensions of the input in order. */
static struct walk walk_of(const struct as_lower_op *op, const struct as_layer *layer)
{
    const struct as_graph_tensor *in = &op->lowering->graph->tensors[layer->input[0]];
    struct walk walk = {.rank = in->rank};
    int64_t step = 1;

    for (int i = in->rank - 1; i >= 0; i--) {
        walk.count[i] = in->dim[i];
        walk.step[i] = step;
        step *= in->dim[i];
    }
    return walk;
}

/* Without dimensions of 1, neighbours that one step covers as one. */
static struct walk shortest(const struct walk *walk)
{
    struct walk out = {.first = walk->first};

    for (int i = 0; i < walk->rank; i++) {
        int last = out.rank - 1;
        if (walk->count[i] == 1)
            continue;
        if (last >= 0 && out.step[last] == walk->step[i] * walk->count[i]) {
            out.count[last] *= walk->count[i];
            out.step[last] = walk->step[i];
            continue;
        }
        out.count[out.rank] = walk->count[i];
        out.step[out.rank++] = walk->step[i];
    }
    return out;
}

/* Checks the output, whose dimensions are those of the walk but the ones in the bits of `dropped`,
 * and writes the walk to the layer. */
static enum as_status finish_walk(const struct as_lower_op *op, const struct walk *walk,
                                  unsigned dropped, struct as_layer *layer)
{
    const struct as_graph_tensor *out = &op->lowering->graph->tensors[layer->output];
    int rank = 0;

    AS_TRY(as_lower_expect_same_quantization(op, layer, 0));
    for (int i = 0; i < walk->rank; i++) {
        if (dropped >> i & 1)
            continue;
        if (rank < out->rank && out->dim[rank] != walk->count[i])
            return as_lower_refuse(op, AS_ERR_RANGE, "output has %d on dimension %d, expected %d",
                                   out->dim[rank], rank, walk->count[i]);
        rank++;
    }
    if (rank != out->rank)
        return as_lower_refuse(op, AS_ERR_RANGE, "output has %d dimensions, expected %d", out->rank,
                               rank);

    struct walk copy = shortest(walk);
    bool moves =
        copy.rank > 1 || (copy.rank == 1 && copy.step[0] != 1) ||
        as_lower_tensor(op, layer->output)->bytes != as_lower_tensor(op, layer->input[0])->bytes;
    layer->op = moves ? AS_OP_STRIDED_COPY : AS_OP_RESHAPE;
    if (copy.rank > 4)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "it moves data along %d dimensions, expected at most 4", copy.rank);
    layer->copy.first = (int)copy.first;
    for (int i = 0; i < 4; i++) {
        int from = i - (4 - copy.rank);
        layer->copy.count[i] = from >= 0 ? copy.count[from] : 1;
        layer->copy.step[i] = from >= 0 ? (int)copy.step[from] : 0;
    }
    return AS_OK;
}

static enum as_status lower_transpose(const struct as_lower_op *op, struct as_layer *layer)
{
    struct walk in = walk_of(op, layer), walk = in;
    const struct as_graph_tensor *t;
    bool used[AS_GRAPH_RANK_MAX] = {false};

    AS_TRY(as_lower_constant(op, 1, "axes", AS_ELEMENT_INT32, &t));
    if (t->elements != (size_t)in.rank || as_lower_rank(op, layer->output) != in.rank)
        return as_lower_refuse(op, AS_ERR_RANGE,
                               "%zu axes and %d output dimensions, expected %d of each",
                               t->elements, as_lower_rank(op, layer->output), in.rank);
    for (int i = 0; i < in.rank; i++) {
        int from = as_graph_i32(t, (size_t)i);
        if (from < 0 || from >= in.rank || used[from])
            return as_lower_refuse(op, AS_ERR_RANGE, "axis %d is %d, expected each of 0..%d once",
                                   i, from, in.rank - 1);
        used[from] = true;
        walk.count[i] = in.count[from];
        walk.step[i] = in.step[from];
    }
    return finish_walk(op, &walk, 0, layer);
}

/* Keeps `count` elements from `begin` on, `stride` apart, of dimension `i`. */
static void keep(struct walk *walk, int i, int begin, int count, int stride)
{
    walk->first += begin * walk->step[i];
    walk->step[i] *= stride;
    walk->count[i] = count;
}

static enum as_status lower_slice(const struct as_lower_op *op, struct as_layer *layer)
{
    struct walk walk = walk_of(op, layer);
    const struct as_graph_tensor *begins, *sizes;

    AS_TRY(as_lower_constant(op, 1, "begins", AS_ELEMENT_INT32, &begins));
    AS_TRY(as_lower_constant(op, 2, "sizes", AS_ELEMENT_INT32, &sizes));
    if (begins->elements != (size_t)walk.rank || sizes->elements != (size_t)walk.rank)
        return as_lower_refuse(op, AS_ERR_RANGE, "%zu begins and %zu sizes, expected %d of each",
                               begins->elements, sizes->elements, walk.rank);
    for (int i = 0; i < walk.rank; i++) {
        int begin = as_graph_i32(begins, (size_t)i);
        int size = as_graph_i32(sizes, (size_t)i);
        AS_TRY(as_lower_expect_range(op, "a begin", begin, 0, walk.count[i] - 1));
        if (size == -1)
            size = walk.count[i] - begin;
        AS_TRY(as_lower_expect_range(op, "a size", size, 1, walk.count[i] - begin));
        keep(&walk, i, begin, size, 1);
    }
    return finish_walk(op, &walk, 0, layer);
}

/* A begin or an end, low..high, of a dimension of `count`, which counts from its end when negative.
 */
static int64_t within(int value, int count, int low, int high)
{
    int64_t at = value < 0 ? (int64_t)value + count : value;

    return at < low ? low : at > high ? high : at;
}

/* Dimension `i` of a STRIDED_SLICE; a negative stride goes from a later begin to an earlier end. */
static enum as_status slice_dimension(const struct as_lower_op *op, struct walk *walk, int i,
                                      const int value[3], const bool mask[3])
{
    int count = walk->count[i], stride = value[2], back = stride < 0, max = AS_GRAPH_ELEMENTS_MAX;
    int low = back ? -1 : 0, high = back ? count - 1 : count;
    int64_t begin = mask[0] ? (back ? high : low) : within(value[0], count, low, high);
    int64_t end = mask[1] ? (back ? low : high) : within(value[1], count, low, high);

    AS_TRY(as_lower_expect_range(op, "a stride", stride, -max, max));
    if (stride == 0)
        return as_lower_refuse(op, AS_ERR_RANGE, "the stride of dimension %d is 0", i);
    if (mask[2]) /* one element, whose dimension goes */
        end = begin + (back ? -1 : 1);
    int64_t span = back ? begin - end : end - begin, by = back ? -stride : stride;
    if (begin < 0 || begin >= count || span < 1)
        return as_lower_refuse(op, AS_ERR_RANGE, "nothing is left of dimension %d: %d to %d of %d",
                               i, (int)begin, (int)end, count);
    keep(walk, i, (int)begin, (int)((span + by - 1) / by), stride);
    return AS_OK;
}

static enum as_status lower_strided_slice(const struct as_lower_op *op, struct as_layer *layer)
{
    static const char *const names[3] = {"begins", "ends", "strides"};
    struct walk walk = walk_of(op, layer);
    const struct as_graph_tensor *t[3];
    unsigned begin_mask = (unsigned)as_lower_attribute(op, AS_ATTR_BEGIN_MASK);
    unsigned end_mask = (unsigned)as_lower_attribute(op, AS_ATTR_END_MASK);
    unsigned shrink_mask = (unsigned)as_lower_attribute(op, AS_ATTR_SHRINK_MASK);

    if (as_lower_attribute(op, AS_ATTR_ELLIPSIS_MASK) != 0 ||
        as_lower_attribute(op, AS_ATTR_NEW_AXIS_MASK) != 0 ||
        as_lower_attribute(op, AS_ATTR_RELATIVE_ENDS) != 0 || (begin_mask & shrink_mask) != 0)
        return as_lower_refuse(
            op, AS_ERR_UNSUPPORTED,
            "it has an ellipsis, a new axis, relative ends or an axis both masked "
            "and shrunk, expected none");
    for (int i = 0; i < 3; i++) {
        AS_TRY(as_lower_constant(op, (size_t)i + 1, names[i], AS_ELEMENT_INT32, &t[i]));
        if (t[i]->elements > (size_t)walk.rank || t[i]->elements != t[0]->elements)
            return as_lower_refuse(op, AS_ERR_RANGE, "%zu %s, expected %zu, at most %d",
                                   t[i]->elements, names[i], t[0]->elements, walk.rank);
    }
    for (size_t i = 0; i < t[0]->elements; i++) {
        const int value[3] = {as_graph_i32(t[0], i), as_graph_i32(t[1], i), as_graph_i32(t[2], i)};
        const bool mask[3] = {begin_mask >> i & 1, end_mask >> i & 1, shrink_mask >> i & 1};
        AS_TRY(slice_dimension(op, &walk, (int)i, value, mask));
    }
    /* bits beyond the axes given mean nothing */
    return finish_walk(op, &walk, shrink_mask & ((1u << t[0]->elements) - 1), layer);
}

/* Input number `input`: an axis of the data. */
static enum as_status read_axis(const struct as_lower_op *op, size_t input, int rank, int *axis)
{
    const struct as_graph_tensor *t;

    AS_TRY(as_lower_constant(op, input, "axis", AS_ELEMENT_INT32, &t));
    if (t->elements != 1)
        return as_lower_refuse(op, AS_ERR_RANGE, "%zu axes, expected 1", t->elements);
    *axis = as_graph_i32(t, 0);
    AS_TRY(as_lower_expect_range(op, "axis", *axis, -rank, rank - 1));
    *axis += *axis < 0 ? rank : 0;
    return AS_OK;
}

/* As many outputs as the options say. */
static enum as_status expect_parts(const struct as_lower_op *op)
{
    int parts = as_lower_attribute(op, AS_ATTR_PARTS);

    if (parts < 1 || op->op->output_count != (size_t)parts)
        return as_lower_refuse(op, AS_ERR_RANGE, "%zu outputs, num_splits is %d",
                               op->op->output_count, parts);
    return AS_OK;
}

static enum as_status lower_split(const struct as_lower_op *op, struct as_layer *layer)
{
    struct walk walk = walk_of(op, layer);
    int axis, parts = (int)op->op->output_count;

    AS_TRY(expect_parts(op));
    AS_TRY(read_axis(op, 0, walk.rank, &axis));
    if (walk.count[axis] % parts != 0)
        return as_lower_refuse(op, AS_ERR_RANGE, "%d on axis %d do not split into %d equal parts",
                               walk.count[axis], axis, parts);
    int size = walk.count[axis] / parts;
    keep(&walk, axis, op->part * size, size, 1);
    return finish_walk(op, &walk, 0, layer);
}

static enum as_status lower_split_v(const struct as_lower_op *op, struct as_layer *layer)
{
    struct walk walk = walk_of(op, layer);
    const struct as_graph_tensor *sizes;
    int axis;
    int64_t begin = 0, sum = 0, rest = 0;

    AS_TRY(expect_parts(op));
    AS_TRY(read_axis(op, 2, walk.rank, &axis));
    AS_TRY(as_lower_constant(op, 1, "sizes", AS_ELEMENT_INT32, &sizes));
    if (sizes->elements != op->op->output_count)
        return as_lower_refuse(op, AS_ERR_RANGE, "%zu sizes, expected %zu", sizes->elements,
                               op->op->output_count);
    for (size_t i = 0; i < sizes->elements; i++) {
        int size = as_graph_i32(sizes, i);
        AS_TRY(as_lower_expect_range(op, "a size", size, -1, walk.count[axis]));
        rest += size == -1;
        sum += size == -1 ? 0 : size;
    }
    if (rest > 1 || sum > walk.count[axis] || (rest == 0 && sum != walk.count[axis]))
        return as_lower_refuse(op, AS_ERR_RANGE, "sizes sum to %lld on axis %d, expected %d",
                               (long long)sum, axis, walk.count[axis]);
    int size = 0;
    for (int i = 0; i <= op->part; i++) {
        begin += size;
        size = as_graph_i32(sizes, (size_t)i);
        size = size == -1 ? walk.count[axis] - (int)sum : size;
    }
    if (size == 0)
        return as_lower_refuse(op, AS_ERR_RANGE, "part %d has no elements", op->part);
    keep(&walk, axis, (int)begin, size, 1);
    return finish_walk(op, &walk, 0, layer);
}

/* Each output is one place of the axis, which goes. */
static enum as_status lower_unpack(const struct as_lower_op *op, struct as_layer *layer)
{
    struct walk walk = walk_of(op, layer);
    int axis = as_lower_attribute(op, AS_ATTR_AXIS);

    AS_TRY(expect_parts(op));
    AS_TRY(as_lower_expect_range(op, "axis", axis, -walk.rank, walk.rank - 1));
    axis += axis < 0 ? walk.rank : 0;
    if (walk.count[axis] != (int)op->op->output_count)
        return as_lower_refuse(op, AS_ERR_RANGE, "%zu outputs, axis %d has %d",
                               op->op->output_count, axis, walk.count[axis]);
    keep(&walk, axis, op->part, 1, 1);
    return finish_walk(op, &walk, 1u << axis, layer);
}

const struct as_lower_row as_lower_copies[] = {
    {.name = "TRANSPOSE",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .activations = 1,
     .any_rank = true,
     .operands = true,
     .lower = lower_transpose},
    {.name = "SLICE",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 3,
     .inputs_max = 3,
     .activations = 1,
     .any_rank = true,
     .operands = true,
     .lower = lower_slice},
    {.name = "STRIDED_SLICE",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 4,
     .inputs_max = 4,
     .activations = 1,
     .any_rank = true,
     .operands = true,
     .lower = lower_strided_slice},
    {.name = "SPLIT",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 2,
     .inputs_max = 2,
     .first = 1,
     .activations = 1,
     .any_rank = true,
     .parts = true,
     .lower = lower_split},
    {.name = "SPLIT_V",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 3,
     .inputs_max = 3,
     .activations = 1,
     .any_rank = true,
     .parts = true,
     .lower = lower_split_v},
    {.name = "UNPACK",
     .op = AS_OP_STRIDED_COPY,
     .inputs_min = 1,
     .inputs_max = 1,
     .any_rank = true,
     .parts = true,
     .lower = lower_unpack},
    {.name = NULL},
};
