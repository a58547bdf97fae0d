/* Operators of a .tflite file that move elements and compute none. */
#include <string.h>

#include "models/arith/quantization.h"
#include "models/import/tflite/tflite_operator.h"

/* Field numbers of the options tables. */
enum { CONCAT_AXIS, CONCAT_ACTIVATION };
enum {
    SLICE_BEGIN_MASK,
    SLICE_END_MASK,
    SLICE_ELLIPSIS_MASK,
    SLICE_NEW_AXIS_MASK,
    SLICE_SHRINK_MASK,
    SLICE_OFFSET
};
enum { SPLIT_COUNT };

/* ---- RESHAPE: another name for the same bytes ---- */

static enum as_status expect_same_bytes(const struct as_tflite_operator *op,
                                        const struct as_layer *layer)
{
    size_t have = as_op_tensor(op, layer->output)->bytes;
    size_t want = as_op_tensor(op, layer->input[0])->bytes;
    AS_TRY(as_op_expect_same_quantization(op, layer, 0));
    if (have != want)
        return as_op_refuse(op, AS_ERR_RANGE, "output has %zu elements, expected %zu", have, want);
    return AS_OK;
}

enum as_status as_op_read_reshape(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_tensor t;
    int rank = as_op_rank(op, layer->output);
    AS_TRY(expect_same_bytes(op, layer));
    if (op->inputs.count < 2)
        return AS_OK;
    /* The output tensor is the shape; the constant only has to exist, so that it is static. */
    AS_TRY(as_op_constant(op, 1, "shape", AS_TFLITE_INT32, 4, &t));
    if (t.rank != 1 || t.elements != (size_t)rank)
        return as_op_refuse(op, AS_ERR_RANGE, "shape '%s' has %zu dimensions, expected %d", t.name,
                            t.elements, rank);
    return AS_OK;
}

/* SQUEEZE, EXPAND_DIMS: the output tensor is the shape. */
enum as_status as_op_read_renaming(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_tensor t;
    AS_TRY(expect_same_bytes(op, layer));
    return op->inputs.count < 2 ? AS_OK : as_op_constant(op, 1, "axes", AS_TFLITE_INT32, 4, &t);
}

/* ---- STRIDED_COPY ---- */

/* The output as a walk over the input: element (i0, i1, ...) is number first + sum of i * step. */
struct walk {
    int rank;
    int count[AS_TFLITE_RANK_MAX];
    int64_t step[AS_TFLITE_RANK_MAX];
    int64_t first;
};

/* The dimensions of the input in order. */
static struct walk walk_of(const struct as_tflite_operator *op, const struct as_layer *layer)
{
    const struct as_tflite_state *in = &op->reader->state[layer->input[0]];
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
static enum as_status finish_walk(const struct as_tflite_operator *op, const struct walk *walk,
                                  unsigned dropped, struct as_layer *layer)
{
    const struct as_tflite_state *out = &op->reader->state[layer->output];
    int rank = 0;

    AS_TRY(as_op_expect_same_quantization(op, layer, 0));
    for (int i = 0; i < walk->rank; i++) {
        if (dropped >> i & 1)
            continue;
        if (rank < out->rank && out->dim[rank] != walk->count[i])
            return as_op_refuse(op, AS_ERR_RANGE, "output has %d on dimension %d, expected %d",
                                out->dim[rank], rank, walk->count[i]);
        rank++;
    }
    if (rank != out->rank)
        return as_op_refuse(op, AS_ERR_RANGE, "output has %d dimensions, expected %d", out->rank,
                            rank);

    struct walk copy = shortest(walk);
    bool moves = copy.rank > 1 || (copy.rank == 1 && copy.step[0] != 1) ||
                 as_op_tensor(op, layer->output)->bytes != as_op_tensor(op, layer->input[0])->bytes;
    layer->op = moves ? AS_OP_STRIDED_COPY : AS_OP_RESHAPE;
    if (copy.rank > 4)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "it moves data along %d dimensions, expected at most 4", copy.rank);
    layer->copy.first = (int)copy.first;
    for (int i = 0; i < 4; i++) {
        int from = i - (4 - copy.rank);
        layer->copy.count[i] = from >= 0 ? copy.count[from] : 1;
        layer->copy.step[i] = from >= 0 ? (int)copy.step[from] : 0;
    }
    return AS_OK;
}

enum as_status as_op_read_transpose(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct walk in = walk_of(op, layer), walk = in;
    struct as_tflite_tensor t;
    bool used[AS_TFLITE_RANK_MAX] = {false};

    AS_TRY(as_op_constant(op, 1, "axes", AS_TFLITE_INT32, 4, &t));
    if (t.elements != (size_t)in.rank || as_op_rank(op, layer->output) != in.rank)
        return as_op_refuse(op, AS_ERR_RANGE,
                            "%zu axes and %d output dimensions, expected %d of each", t.elements,
                            as_op_rank(op, layer->output), in.rank);
    for (int i = 0; i < in.rank; i++) {
        int from = as_op_constant_i32(&t, (size_t)i);
        if (from < 0 || from >= in.rank || used[from])
            return as_op_refuse(op, AS_ERR_RANGE, "axis %d is %d, expected each of 0..%d once", i,
                                from, in.rank - 1);
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

enum as_status as_op_read_slice(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct walk walk = walk_of(op, layer);
    struct as_tflite_tensor begins, sizes;

    AS_TRY(as_op_constant(op, 1, "begins", AS_TFLITE_INT32, 4, &begins));
    AS_TRY(as_op_constant(op, 2, "sizes", AS_TFLITE_INT32, 4, &sizes));
    if (begins.elements != (size_t)walk.rank || sizes.elements != (size_t)walk.rank)
        return as_op_refuse(op, AS_ERR_RANGE, "%zu begins and %zu sizes, expected %d of each",
                            begins.elements, sizes.elements, walk.rank);
    for (int i = 0; i < walk.rank; i++) {
        int begin = as_op_constant_i32(&begins, (size_t)i);
        int size = as_op_constant_i32(&sizes, (size_t)i);
        AS_TRY(as_op_expect_range(op, "a begin", begin, 0, walk.count[i] - 1));
        if (size == -1)
            size = walk.count[i] - begin;
        AS_TRY(as_op_expect_range(op, "a size", size, 1, walk.count[i] - begin));
        keep(&walk, i, begin, size, 1);
    }
    return finish_walk(op, &walk, 0, layer);
}

/* A begin or an end of a dimension of `count`, which counts from its end when negative. */
static int64_t within(int value, int count)
{
    int64_t at = value < 0 ? (int64_t)value + count : value;

    return at < 0 ? 0 : at > count ? count : at;
}

/* Dimension `i` of a STRIDED_SLICE. */
static enum as_status slice_dimension(const struct as_tflite_operator *op, struct walk *walk, int i,
                                      const int value[3], const bool mask[3])
{
    int count = walk->count[i], stride = value[2];
    int64_t begin = mask[0] ? 0 : within(value[0], count);
    int64_t end = mask[1] ? count : within(value[1], count);

    AS_TRY(as_op_expect_range(op, "a stride", stride, 1, AS_TFLITE_ELEMENTS_MAX));
    if (mask[2]) /* one element, whose dimension goes */
        end = begin + 1;
    if (begin >= count || end <= begin)
        return as_op_refuse(op, AS_ERR_RANGE, "nothing is left of dimension %d: %d to %d of %d", i,
                            (int)begin, (int)end, count);
    keep(walk, i, (int)begin, (int)((end - begin + stride - 1) / stride), stride);
    return AS_OK;
}

enum as_status as_op_read_strided_slice(struct as_tflite_operator *op, struct as_layer *layer)
{
    static const char *const names[3] = {"begins", "ends", "strides"};
    struct walk walk = walk_of(op, layer);
    struct as_tflite_tensor t[3];
    unsigned begin_mask = (unsigned)as_flatbuf_i32(&op->options, SLICE_BEGIN_MASK, 0);
    unsigned end_mask = (unsigned)as_flatbuf_i32(&op->options, SLICE_END_MASK, 0);
    unsigned shrink_mask = (unsigned)as_flatbuf_i32(&op->options, SLICE_SHRINK_MASK, 0);

    if (as_flatbuf_i32(&op->options, SLICE_ELLIPSIS_MASK, 0) != 0 ||
        as_flatbuf_i32(&op->options, SLICE_NEW_AXIS_MASK, 0) != 0 ||
        as_flatbuf_i8(&op->options, SLICE_OFFSET, 0) != 0 || (begin_mask & shrink_mask) != 0)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "it has an ellipsis, a new axis, relative ends or an axis both masked "
                            "and shrunk, expected none");
    for (int i = 0; i < 3; i++) {
        AS_TRY(as_op_constant(op, (size_t)i + 1, names[i], AS_TFLITE_INT32, 4, &t[i]));
        if (t[i].elements > (size_t)walk.rank || t[i].elements != t[0].elements)
            return as_op_refuse(op, AS_ERR_RANGE, "%zu %s, expected %zu, at most %d", t[i].elements,
                                names[i], t[0].elements, walk.rank);
    }
    for (size_t i = 0; i < t[0].elements; i++) {
        const int value[3] = {as_op_constant_i32(&t[0], i), as_op_constant_i32(&t[1], i),
                              as_op_constant_i32(&t[2], i)};
        const bool mask[3] = {begin_mask >> i & 1, end_mask >> i & 1, shrink_mask >> i & 1};
        AS_TRY(slice_dimension(op, &walk, (int)i, value, mask));
    }
    /* bits beyond the axes given mean nothing */
    return finish_walk(op, &walk, shrink_mask & ((1u << t[0].elements) - 1), layer);
}

/* Input number `input`: an axis of the data. */
static enum as_status read_axis(const struct as_tflite_operator *op, size_t input, int rank,
                                int *axis)
{
    struct as_tflite_tensor t;

    AS_TRY(as_op_constant(op, input, "axis", AS_TFLITE_INT32, 4, &t));
    if (t.elements != 1)
        return as_op_refuse(op, AS_ERR_RANGE, "%zu axes, expected 1", t.elements);
    *axis = as_op_constant_i32(&t, 0);
    AS_TRY(as_op_expect_range(op, "axis", *axis, -rank, rank - 1));
    *axis += *axis < 0 ? rank : 0;
    return AS_OK;
}

/* As many outputs as the options say. */
static enum as_status expect_parts(const struct as_tflite_operator *op)
{
    int parts = as_flatbuf_i32(&op->options, SPLIT_COUNT, 0);

    if (parts < 1 || op->outputs.count != (size_t)parts)
        return as_op_refuse(op, AS_ERR_RANGE, "%zu outputs, num_splits is %d", op->outputs.count,
                            parts);
    return AS_OK;
}

enum as_status as_op_read_split(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct walk walk = walk_of(op, layer);
    int axis, parts = (int)op->outputs.count;

    AS_TRY(expect_parts(op));
    AS_TRY(read_axis(op, 0, walk.rank, &axis));
    if (walk.count[axis] % parts != 0)
        return as_op_refuse(op, AS_ERR_RANGE, "%d on axis %d do not split into %d equal parts",
                            walk.count[axis], axis, parts);
    int size = walk.count[axis] / parts;
    keep(&walk, axis, op->part * size, size, 1);
    return finish_walk(op, &walk, 0, layer);
}

enum as_status as_op_read_split_v(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct walk walk = walk_of(op, layer);
    struct as_tflite_tensor sizes;
    int axis;
    int64_t begin = 0, sum = 0, rest = 0;

    AS_TRY(expect_parts(op));
    AS_TRY(read_axis(op, 2, walk.rank, &axis));
    AS_TRY(as_op_constant(op, 1, "sizes", AS_TFLITE_INT32, 4, &sizes));
    if (sizes.elements != op->outputs.count)
        return as_op_refuse(op, AS_ERR_RANGE, "%zu sizes, expected %zu", sizes.elements,
                            op->outputs.count);
    for (size_t i = 0; i < sizes.elements; i++) {
        int size = as_op_constant_i32(&sizes, i);
        AS_TRY(as_op_expect_range(op, "a size", size, -1, walk.count[axis]));
        rest += size == -1;
        sum += size == -1 ? 0 : size;
    }
    if (rest > 1 || sum > walk.count[axis] || (rest == 0 && sum != walk.count[axis]))
        return as_op_refuse(op, AS_ERR_RANGE, "sizes sum to %lld on axis %d, expected %d",
                            (long long)sum, axis, walk.count[axis]);
    int size = 0;
    for (int i = 0; i <= op->part; i++) {
        begin += size;
        size = as_op_constant_i32(&sizes, (size_t)i);
        size = size == -1 ? walk.count[axis] - (int)sum : size;
    }
    if (size == 0)
        return as_op_refuse(op, AS_ERR_RANGE, "part %d has no elements", op->part);
    keep(&walk, axis, (int)begin, size, 1);
    return finish_walk(op, &walk, 0, layer);
}

/* ---- PAD, CONCATENATION ---- */

static enum as_status read_pad_value(const struct as_tflite_operator *op, struct as_layer *layer)
{
    layer->pad.value = as_op_tensor(op, layer->output)->zero_point;
    if (op->inputs.count < 3)
        return AS_OK;
    int id = as_flatbuf_at_i32(&op->inputs, 2);
    AS_TRY(as_tflite_operand(op->reader, id));
    const struct as_tensor *value = as_op_tensor(op, id);
    if (!value->data || value->bytes != 1 ||
        !as_same_quantization(value, as_op_tensor(op, layer->output)))
        return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                            "value '%s', expected one constant quantized as the output",
                            value->name);
    layer->pad.value = value->data[0];
    return AS_OK;
}

enum as_status as_op_read_pad(struct as_tflite_operator *op, struct as_layer *layer)
{
    struct as_tflite_tensor t;
    int rank = as_op_rank(op, layer->input[0]), dim[4];
    AS_TRY(as_op_expect_same_quantization(op, layer, 0));
    AS_TRY(as_op_constant(op, 1, "paddings", AS_TFLITE_INT32, 4, &t));
    if (t.rank != 2 || t.dim[0] != rank || t.dim[1] != 2 || as_op_rank(op, layer->output) != rank)
        return as_op_refuse(op, AS_ERR_RANGE,
                            "%zu paddings and %d output dimensions, expected %dx2 and %d",
                            t.elements, as_op_rank(op, layer->output), rank, rank);
    as_op_dimensions(as_op_tensor(op, layer->input[0]), dim);
    for (int i = 0; i < rank; i++) {
        int place = as_op_place(rank, i);
        int before = as_op_constant_i32(&t, 2 * (size_t)i),
            after = as_op_constant_i32(&t, 2 * (size_t)i + 1);
        AS_TRY(as_op_expect_range(op, "padding before", before, 0, AS_TFLITE_ELEMENTS_MAX));
        AS_TRY(as_op_expect_range(op, "padding after", after, 0, AS_TFLITE_ELEMENTS_MAX));
        layer->pad.before[place] = before;
        layer->pad.after[place] = after;
        dim[place] += before + after;
    }
    AS_TRY(as_op_expect_output(op, layer, dim[0], dim[1], dim[2], dim[3]));
    return read_pad_value(op, layer);
}

enum as_status as_op_read_concatenation(struct as_tflite_operator *op, struct as_layer *layer)
{
    int rank = as_op_rank(op, layer->output), dim[4], out[4];
    int axis = as_flatbuf_i32(&op->options, CONCAT_AXIS, 0);
    AS_TRY(as_op_expect_range(op, "axis", axis, -rank, rank - 1));
    int act = as_flatbuf_i8(&op->options, CONCAT_ACTIVATION, AS_ACT_NONE);
    if (act != AS_ACT_NONE)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "fused activation %d, expected NONE", act);
    layer->concatenation.axis = as_op_place(rank, axis < 0 ? axis + rank : axis);
    as_op_dimensions(as_op_tensor(op, layer->output), out);
    int64_t sum = 0;
    for (int i = 0; i < layer->input_count; i++) {
        AS_TRY(as_op_expect_same_quantization(op, layer, i));
        as_op_dimensions(as_op_tensor(op, layer->input[i]), dim);
        sum += dim[layer->concatenation.axis];
        for (int d = 0; d < 4; d++)
            if ((d != layer->concatenation.axis && dim[d] != out[d]) ||
                as_op_rank(op, layer->input[i]) != rank)
                return as_op_refuse(op, AS_ERR_RANGE,
                                    "input %d is %dx%dx%dx%d, which does not join on axis %d to an "
                                    "output of %dx%dx%dx%d",
                                    i, dim[0], dim[1], dim[2], dim[3], layer->concatenation.axis,
                                    out[0], out[1], out[2], out[3]);
    }
    if (sum != out[layer->concatenation.axis])
        return as_op_refuse(op, AS_ERR_RANGE, "inputs have %lld on axis %d, the output %d",
                            (long long)sum, layer->concatenation.axis,
                            out[layer->concatenation.axis]);
    return AS_OK;
}
