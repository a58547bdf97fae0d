/* Nodes that change no value: MaxPool, Reshape, Flatten, Transpose, Squeeze, Unsqueeze, Slice,
 * Concat.  They move the bytes of an int8 tensor, whatever real values those have. */
#include <string.h>

#include "models/import/onnx/onnx_graph.h"

int as_onnx_int_list(const struct as_onnx_maker *m, size_t input, const char *attribute, int max,
                     int64_t *list)
{
    const struct as_onnx_attribute *a = as_onnx_attribute(m->node, attribute);
    int id = as_onnx_input(m->node, input);
    const struct as_onnx_value *v = id < 0 ? NULL : &m->model->value[id];
    size_t count = 0;
    if (v && v->data && !v->fault && (v->type == AS_ONNX_INT64 || v->type == AS_ONNX_INT32)) {
        count = v->elements;
        for (size_t i = 0; i < count && i < (size_t)max; i++)
            list[i] = v->type == AS_ONNX_INT64 ? ((const int64_t *)v->data)[i]
                                               : ((const int32_t *)v->data)[i];
    } else if (!v && a) {
        count = a->count;
        for (size_t i = 0; i < count && i < (size_t)max; i++)
            list[i] = a->ints[i];
    } else {
        return -1;
    }
    return count > (size_t)max ? -1 : (int)count;
}

static struct as_onnx_codes *like(struct as_onnx_maker *m, const struct as_onnx_codes *in, int rank,
                                  const int *dim)
{
    const char *name = m->model->value[m->node->output[0]].name;
    return as_onnx_new_codes(m, name, rank, dim, in->scale, in->zero_point);
}

enum as_status as_onnx_identity(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                struct as_onnx_codes **out)
{
    (void)m;
    *out = in;
    return AS_OK;
}

/* ---- windows ---- */

/* Numbers of the sides, from an attribute; 1 each (pads: 0) when it is absent. */
static enum as_status read_sides(struct as_onnx_maker *m, const char *name, int count, int absent,
                                 int low, int *out)
{
    const struct as_onnx_attribute *a = as_onnx_attribute(m->node, name);
    for (int i = 0; i < count; i++)
        out[i] = absent;
    if (!a)
        return AS_OK;
    if (a->count != (size_t)count)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "%s has %zu numbers, expected %d", name,
                              a->count, count);
    for (int i = 0; i < count; i++) {
        if (a->ints[i] < low || a->ints[i] > 4096)
            return as_onnx_refuse(m, AS_ERR_RANGE, "%s has %lld, expected %d..4096", name,
                                  (long long)a->ints[i], low);
        out[i] = (int)a->ints[i];
    }
    return AS_OK;
}

/* One side; `rule` is auto_pad. */
static enum as_status pad_side(struct as_onnx_maker *m, const char *rule, int size, bool ceil,
                               struct as_onnx_window *w, int i)
{
    int span = (w->kernel[i] - 1) * w->dilation[i] + 1;
    if (strcmp(rule, "SAME_UPPER") == 0 || strcmp(rule, "SAME_LOWER") == 0) {
        int all = ((size - 1) / w->stride[i]) * w->stride[i] + span - size;
        all = all < 0 ? 0 : all;
        w->before[i] = strcmp(rule, "SAME_UPPER") == 0 ? all / 2 : all - all / 2;
        w->after[i] = all - w->before[i];
    } else if (strcmp(rule, "VALID") == 0) {
        w->before[i] = w->after[i] = 0;
    } else if (strcmp(rule, "NOTSET") != 0 && *rule) {
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "auto_pad is '%s'", rule);
    }
    int room = size + w->before[i] + w->after[i] - span;
    if (room < 0)
        return as_onnx_refuse(m, AS_ERR_RANGE, "a kernel of %d is larger than the image of %d",
                              span, size + w->before[i] + w->after[i]);
    w->out[i] = room / w->stride[i] + 1;
    if (ceil && room % w->stride[i] != 0 && w->out[i] * w->stride[i] < size + w->before[i]) {
        w->out[i]++;
        w->after[i] += w->stride[i] - room % w->stride[i];
    }
    return AS_OK;
}

enum as_status as_onnx_read_window(struct as_onnx_maker *m, const struct as_onnx_codes *in,
                                   const int *kernel, struct as_onnx_window *w)
{
    const struct as_onnx_attribute *rule = as_onnx_attribute(m->node, "auto_pad");
    int pads[4], sides = w->sides = in->rank - 2;
    if (sides < 1 || sides > 2)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its input has %d dimensions, expected 3 or 4",
                              in->rank);
    AS_TRY(read_sides(m, "kernel_shape", sides, 0, 1, w->kernel));
    AS_TRY(read_sides(m, "strides", sides, 1, 1, w->stride));
    AS_TRY(read_sides(m, "dilations", sides, 1, 1, w->dilation));
    AS_TRY(read_sides(m, "pads", 2 * sides, 0, 0, pads));
    for (int i = 0; i < sides; i++) {
        if (kernel && w->kernel[i] != 0 && w->kernel[i] != kernel[i])
            return as_onnx_refuse(m, AS_ERR_RANGE, "kernel_shape has %d, the weights %d",
                                  w->kernel[i], kernel[i]);
        w->kernel[i] = kernel ? kernel[i] : w->kernel[i];
        if (w->kernel[i] < 1)
            return as_onnx_refuse(m, AS_ERR_PARSE, "no kernel_shape");
        w->before[i] = pads[i];
        w->after[i] = pads[sides + i];
        AS_TRY(pad_side(m, rule ? rule->text : "", in->dim[2 + i],
                        as_onnx_number(m->node, "ceil_mode", 0) > 0, w, i));
    }
    return AS_OK;
}

void as_onnx_put_window(const struct as_onnx_window *w, struct as_graph_operator *op)
{
    int x = w->sides - 1; /* a signal has one row */
    double *a = op->attribute;
    a[AS_ATTR_PADDING] = AS_PADDING_GIVEN;
    a[AS_ATTR_KERNEL_H] = w->sides > 1 ? w->kernel[0] : 1;
    a[AS_ATTR_STRIDE_H] = w->sides > 1 ? w->stride[0] : 1;
    a[AS_ATTR_DILATION_H] = w->sides > 1 ? w->dilation[0] : 1;
    a[AS_ATTR_PAD_TOP] = w->sides > 1 ? w->before[0] : 0;
    a[AS_ATTR_PAD_BOTTOM] = w->sides > 1 ? w->after[0] : 0;
    a[AS_ATTR_KERNEL_W] = w->kernel[x];
    a[AS_ATTR_STRIDE_W] = w->stride[x];
    a[AS_ATTR_DILATION_W] = w->dilation[x];
    a[AS_ATTR_PAD_LEFT] = w->before[x];
    a[AS_ATTR_PAD_RIGHT] = w->after[x];
}

enum as_status as_onnx_max_pool(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                struct as_onnx_codes **out)
{
    struct as_onnx_window w;
    AS_TRY(as_onnx_read_window(m, in, NULL, &w));
    if (m->node->output_count > 1 || as_onnx_number(m->node, "storage_order", 0) > 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "indices are not given");
    if (w.dilation[0] > 1 || (w.sides > 1 && w.dilation[1] > 1))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "dilations, expected 1");
    int dim[4] = {in->dim[0], in->dim[1], w.out[0], w.sides > 1 ? w.out[1] : 1};
    int from = as_onnx_ordered(m, in, AS_ONNX_LAST);
    *out = like(m, in, in->rank, dim);
    int to = from < 0 ? -1 : as_onnx_written(m, *out, AS_ONNX_LAST);
    struct as_graph_operator *op = as_onnx_operator(m, "MAX_POOL_2D", 1, &from, to);
    if (!op)
        return AS_ERR_RANGE;
    as_onnx_put_window(&w, op);
    return AS_OK;
}

/* ---- shapes ---- */

/* The same bytes in another shape; what makes them so waits until somebody asks. */
static enum as_status rename(struct as_onnx_maker *m, struct as_onnx_codes *in, int rank,
                             const int *dim, struct as_onnx_codes **out)
{
    if (rank < 1 || rank > AS_GRAPH_RANK_MAX ||
        as_onnx_elements(rank, dim) != as_onnx_elements(in->rank, in->dim))
        return as_onnx_refuse(
            m, AS_ERR_RANGE, "%d dimensions and %zu elements, expected 1..%d and %zu", rank,
            as_onnx_elements(rank, dim), AS_GRAPH_RANK_MAX, as_onnx_elements(in->rank, in->dim));
    *out = in;
    if (rank == in->rank && memcmp(dim, in->dim, (size_t)rank * sizeof *dim) == 0)
        return AS_OK;
    *out = like(m, in, rank, dim);
    (*out)->flat = in;
    return AS_OK;
}

enum as_status as_onnx_reshape(struct as_onnx_maker *m, struct as_onnx_codes *in,
                               struct as_onnx_codes **out)
{
    int64_t shape[AS_ONNX_RANK_MAX];
    int dim[AS_ONNX_RANK_MAX], rank = as_onnx_int_list(m, 1, "", AS_ONNX_RANK_MAX, shape),
                               rest = -1;
    size_t known = 1, elements = as_onnx_elements(in->rank, in->dim);
    bool zero = as_onnx_number(m->node, "allowzero", 0) > 0;
    if (rank < 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its shape is no constant, or has more than %d dimensions",
                              AS_ONNX_RANK_MAX);
    for (int i = 0; i < rank; i++) {
        bool copied = shape[i] == 0 && !zero && i < in->rank;
        int64_t side = copied ? in->dim[i] : shape[i];
        if (side == -1 && rest < 0) {
            rest = i;
            side = 1;
        }
        if (side < 1 || (size_t)side > elements || known * (size_t)side > elements)
            return as_onnx_refuse(m, AS_ERR_RANGE, "dimension %d of its shape is %lld", i,
                                  (long long)shape[i]);
        dim[i] = (int)side;
        known *= (size_t)side;
    }
    if (rest >= 0)
        dim[rest] = (int)(elements / known);
    return rename(m, in, rank, dim, out);
}

enum as_status as_onnx_flatten(struct as_onnx_maker *m, struct as_onnx_codes *in,
                               struct as_onnx_codes **out)
{
    int axis = (int)as_onnx_number(m->node, "axis", 1);
    axis += axis < 0 ? in->rank : 0;
    if (axis < 0 || axis > in->rank)
        return as_onnx_refuse(m, AS_ERR_RANGE, "axis %d of %d dimensions", axis, in->rank);
    const int dim[2] = {(int)as_onnx_elements(axis, in->dim),
                        (int)as_onnx_elements(in->rank - axis, in->dim + axis)};
    return rename(m, in, 2, dim, out);
}

/* Axes of the input, of `rank` in all, from input 1 (or the attribute `axes`); none: -1. */
static enum as_status read_axes(struct as_onnx_maker *m, int rank, unsigned *axes, bool *given)
{
    int64_t list[AS_ONNX_RANK_MAX];
    int count = as_onnx_int_list(m, 1, "axes", AS_ONNX_RANK_MAX, list);
    *axes = 0;
    *given = count >= 0;
    if (count < 0 && as_onnx_input(m->node, 1) >= 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its axes are no constant");
    for (int i = 0; i < count; i++) {
        int64_t axis = list[i] < 0 ? list[i] + rank : list[i];
        if (axis < 0 || axis >= rank)
            return as_onnx_refuse(m, AS_ERR_RANGE, "axis %lld of %d dimensions", (long long)list[i],
                                  rank);
        *axes |= 1u << axis;
    }
    return AS_OK;
}

enum as_status as_onnx_squeeze(struct as_onnx_maker *m, struct as_onnx_codes *in,
                               struct as_onnx_codes **out)
{
    int dim[AS_ONNX_RANK_MAX], rank = 0;
    unsigned axes;
    bool given;
    AS_TRY(read_axes(m, in->rank, &axes, &given));
    for (int i = 0; i < in->rank; i++)
        if (given ? !(axes >> i & 1) : in->dim[i] != 1)
            dim[rank++] = in->dim[i];
    return rename(m, in, rank, dim, out);
}

enum as_status as_onnx_unsqueeze(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                 struct as_onnx_codes **out)
{
    int64_t list[AS_ONNX_RANK_MAX];
    int count = as_onnx_int_list(m, 1, "axes", AS_ONNX_RANK_MAX, list), dim[AS_ONNX_RANK_MAX];
    unsigned axes;
    bool given;
    if (count < 0 || in->rank + count > AS_ONNX_RANK_MAX)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its axes are no constant, or too many");
    AS_TRY(read_axes(m, in->rank + count, &axes, &given));
    for (int i = 0, from = 0; i < in->rank + count; i++) {
        bool is_new = (axes >> i & 1) || from == in->rank;
        dim[i] = is_new ? 1 : in->dim[from++];
    }
    return rename(m, in, in->rank + count, dim, out);
}

/* ---- copies ---- */

/* Place of ONNX's axis in that order of a tensor of `rank`. */
static int axis_in(enum as_onnx_order order, int rank, int axis)
{
    static const int image[4] = {0, 3, 1, 2}, signal[3] = {0, 3, 2};
    return order == AS_ONNX_OWN ? axis : rank == 4 ? image[axis] : signal[axis];
}

/* Between N, C, H, W and N, H, W, C: another name where the other order is there. */
static bool turns(const struct as_onnx_codes *in, struct as_onnx_codes *out, const int32_t *perm)
{
    static const int32_t to_last[4] = {0, 2, 3, 1}, to_own[4] = {0, 3, 1, 2};
    if (in->rank == 4 && in->id[AS_ONNX_LAST] >= 0 && memcmp(perm, to_last, sizeof to_last) == 0)
        out->id[AS_ONNX_OWN] = in->id[AS_ONNX_LAST];
    else if (in->rank == 4 && in->id[AS_ONNX_OWN] >= 0 && memcmp(perm, to_own, sizeof to_own) == 0)
        out->id[AS_ONNX_LAST] = in->id[AS_ONNX_OWN];
    else
        return false;
    return true;
}

enum as_status as_onnx_transpose(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                 struct as_onnx_codes **out)
{
    const struct as_onnx_attribute *a = as_onnx_attribute(m->node, "perm");
    int dim[AS_ONNX_RANK_MAX];
    int32_t perm[AS_ONNX_RANK_MAX];
    unsigned seen = 0;
    if (a && a->count != (size_t)in->rank)
        return as_onnx_refuse(m, AS_ERR_RANGE, "perm has %zu numbers, expected %d", a->count,
                              in->rank);
    for (int i = 0; i < in->rank; i++) {
        int64_t from = a ? a->ints[i] : in->rank - 1 - i;
        if (from < 0 || from >= in->rank || (seen >> from & 1))
            return as_onnx_refuse(m, AS_ERR_RANGE, "perm has %lld, expected each of 0..%d once",
                                  (long long)from, in->rank - 1);
        seen |= 1u << from;
        perm[i] = (int32_t)from;
        dim[i] = in->dim[from];
    }
    *out = like(m, in, in->rank, dim);
    if (turns(in, *out, perm))
        return AS_OK;
    int axes = as_onnx_ints(m, "perm", in->rank, perm), from = as_onnx_ordered(m, in, AS_ONNX_OWN);
    int to = from < 0 ? -1 : as_onnx_written(m, *out, AS_ONNX_OWN);
    return as_onnx_operator(m, "TRANSPOSE", 2, (const int[2]){from, axes}, to) ? AS_OK
                                                                               : AS_ERR_RANGE;
}

/* Numbers of the dimensions of `codes` in that order; `absent` of a dimension that only it has. */
static int order_ints(struct as_onnx_maker *m, const char *name, const struct as_onnx_codes *codes,
                      enum as_onnx_order order, const int32_t *value, int32_t absent)
{
    int32_t ordered[AS_ONNX_RANK_MAX];
    int count = order == AS_ONNX_LAST ? 4 : codes->rank;
    for (int i = 0; i < count; i++)
        ordered[i] = absent;
    for (int i = 0; i < codes->rank; i++)
        ordered[axis_in(order, codes->rank, i)] = value[i];
    return as_onnx_ints(m, name, count, ordered);
}

/* What lies from `begin` to `end` in each dimension, in those steps, for value `value`; in the
 * order that `in` has. */
static enum as_status cut(struct as_onnx_maker *m, struct as_onnx_codes *in, const int32_t *begin,
                          const int32_t *end, const int32_t *step, int value,
                          struct as_onnx_codes **out)
{
    enum as_onnx_order order = as_onnx_order_of(in);
    int dim[AS_ONNX_RANK_MAX];
    for (int i = 0; i < in->rank; i++)
        dim[i] = (end[i] - begin[i] + step[i] - 1) / step[i];
    *out =
        as_onnx_new_codes(m, m->model->value[value].name, in->rank, dim, in->scale, in->zero_point);
    int ids[4] = {as_onnx_ordered(m, in, order), order_ints(m, "starts", in, order, begin, 0),
                  order_ints(m, "ends", in, order, end, 1),
                  order_ints(m, "steps", in, order, step, 1)};
    int to = ids[0] < 0 ? -1 : as_onnx_written(m, *out, order);
    return as_onnx_operator(m, "STRIDED_SLICE", 4, ids, to) ? AS_OK : AS_ERR_RANGE;
}

/* One axis of a Slice: begin, end and step of `size`. */
static enum as_status slice_axis(struct as_onnx_maker *m, int size, int64_t begin, int64_t end,
                                 int64_t step, int32_t *first, int32_t *last)
{
    begin += begin < 0 ? size : 0;
    end += end < 0 ? size : 0;
    begin = begin < 0 ? 0 : begin > size ? size : begin;
    end = end < 0 ? 0 : end > size ? size : end;
    if (step < 1 || begin >= end)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "%lld to %lld in steps of %lld of %d, expected steps of 1 and more "
                              "and something left",
                              (long long)begin, (long long)end, (long long)step, size);
    *first = (int32_t)begin;
    *last = (int32_t)end;
    return AS_OK;
}

enum as_status as_onnx_slice(struct as_onnx_maker *m, struct as_onnx_codes *in,
                             struct as_onnx_codes **out)
{
    int64_t list[4][AS_ONNX_RANK_MAX]; /* starts, ends, axes, steps */
    int32_t begin[AS_ONNX_RANK_MAX], end[AS_ONNX_RANK_MAX], step[AS_ONNX_RANK_MAX];
    int count[4], rank = in->rank;
    for (int i = 0; i < 4; i++)
        count[i] = as_onnx_int_list(m, (size_t)i + 1, "", AS_ONNX_RANK_MAX, list[i]);
    for (int i = 2; i < 4; i++)
        if (count[i] < 0 && as_onnx_input(m->node, (size_t)i + 1) < 0)
            for (count[i] = 0; count[i] < count[0]; count[i]++)
                list[i][count[i]] = i == 2 ? count[i] : 1;
    if (count[0] < 0 || count[1] != count[0] || count[2] != count[0] || count[3] != count[0])
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "its starts, ends, axes and steps are no "
                              "constants, or not as many");
    for (int i = 0; i < rank; i++) {
        begin[i] = 0;
        end[i] = in->dim[i];
        step[i] = 1;
    }
    for (int i = 0; i < count[0]; i++) {
        int64_t axis = list[2][i] < 0 ? list[2][i] + rank : list[2][i];
        if (axis < 0 || axis >= rank)
            return as_onnx_refuse(m, AS_ERR_RANGE, "axis %lld of %d dimensions",
                                  (long long)list[2][i], rank);
        AS_TRY(slice_axis(m, in->dim[axis], list[0][i], list[1][i], list[3][i], &begin[axis],
                          &end[axis]));
        step[axis] = list[3][i] < in->dim[axis] ? (int32_t)list[3][i] : in->dim[axis];
    }
    return cut(m, in, begin, end, step, m->node->output[0], out);
}

enum as_status as_onnx_split_codes(struct as_onnx_maker *m, struct as_onnx_codes *in,
                                   struct as_onnx_codes **out)
{
    int64_t list[AS_ONNX_PARTS_MAX], at = 0;
    int axis = (int)as_onnx_number(m->node, "axis", 0), parts = (int)m->node->output_count;
    axis += axis < 0 ? in->rank : 0;
    if (axis < 0 || axis >= in->rank || parts > AS_ONNX_PARTS_MAX)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "axis %d of %d dimensions, %d parts of %d",
                              axis, in->rank, parts, AS_ONNX_PARTS_MAX);
    int size = in->dim[axis], each = (size + parts - 1) / parts;
    if (as_onnx_int_list(m, 1, "split", AS_ONNX_PARTS_MAX, list) != parts) {
        if (as_onnx_input(m->node, 1) >= 0)
            return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "its sizes are no constant of %d", parts);
        for (int i = 0; i < parts; i++)
            list[i] = i + 1 < parts ? each : size - (int64_t)each * (parts - 1);
    }
    for (int i = 0; i < parts; i++) {
        int32_t begin[AS_ONNX_RANK_MAX], end[AS_ONNX_RANK_MAX], step[AS_ONNX_RANK_MAX];
        if (list[i] < 1 || at + list[i] > size || m->node->output[i] < 0)
            return as_onnx_refuse(m, AS_ERR_RANGE, "part %d is %lld of %d", i, (long long)list[i],
                                  size);
        for (int d = 0; d < in->rank; d++) {
            begin[d] = d == axis ? (int32_t)at : 0;
            end[d] = d == axis ? (int32_t)(at + list[i]) : in->dim[d];
            step[d] = 1;
        }
        AS_TRY(cut(m, in, begin, end, step, m->node->output[i], &out[i]));
        at += list[i];
    }
    return AS_OK;
}

/* The constant that Pad puts around: a byte whose value it is. */
enum as_status as_onnx_pad_codes(struct as_onnx_maker *m, struct as_onnx_codes *in, int8_t byte,
                                 struct as_onnx_codes **out)
{
    const struct as_onnx_attribute *mode = as_onnx_attribute(m->node, "mode");
    enum as_onnx_order order = as_onnx_order_of(in);
    int rank = in->rank, dim[AS_ONNX_RANK_MAX];
    int64_t pads[2 * AS_ONNX_RANK_MAX];
    int32_t around[2][AS_ONNX_RANK_MAX], ordered[2 * AS_ONNX_RANK_MAX] = {0};
    if ((mode && strcmp(mode->text, "constant") != 0) || as_onnx_input(m->node, 3) >= 0 ||
        as_onnx_int_list(m, 1, "", 2 * AS_ONNX_RANK_MAX, pads) != 2 * rank)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "mode '%s' or axes or pads that are no constant, expected constant, "
                              "none and %d numbers",
                              mode ? mode->text : "constant", 2 * rank);
    for (int i = 0; i < 2 * rank; i++) {
        if (pads[i] < 0 || pads[i] > 4096)
            return as_onnx_refuse(m, AS_ERR_RANGE, "a pad is %lld, expected 0..4096",
                                  (long long)pads[i]);
        around[i / rank][i % rank] = (int32_t)pads[i];
    }
    for (int i = 0; i < rank; i++) {
        int place = axis_in(order, rank, i);
        ordered[2 * place] = around[0][i];
        ordered[2 * place + 1] = around[1][i];
        dim[i] = in->dim[i] + around[0][i] + around[1][i];
    }
    *out = like(m, in, rank, dim);
    int8_t *value = as_arena_alloc(m->arena, 1);
    *value = byte;
    const int shape[2] = {order == AS_ONNX_LAST ? 4 : rank, 2};
    int32_t *amounts = AS_NEW(m->arena, int32_t, 2 * shape[0]);
    memcpy(amounts, ordered, 2 * (size_t)shape[0] * sizeof *amounts);
    int ids[3] = {as_onnx_ordered(m, in, order),
                  as_onnx_tensor(m, "pads", AS_ELEMENT_INT32, 2, shape, amounts),
                  as_onnx_tensor(m, "value", AS_ELEMENT_INT8, 1, &(int){1}, value)};
    if (ids[2] >= 0)
        as_onnx_quantize_tensor(m, ids[2], 1, &in->scale, &(int64_t){in->zero_point}, 0);
    int to = ids[0] < 0 ? -1 : as_onnx_written(m, *out, order);
    return as_onnx_operator(m, "PADV2", 3, ids, to) ? AS_OK : AS_ERR_RANGE;
}

/* ---- Resize by whole factors to the nearest ---- */

static const char *text_or(const struct as_onnx_maker *m, const char *name, const char *absent)
{
    const struct as_onnx_attribute *a = as_onnx_attribute(m->node, name);
    return a ? a->text : absent;
}

/* Repeats are the same in these ways of counting, of whole factors. */
static bool repeats(const struct as_onnx_maker *m)
{
    const char *place = text_or(m, "coordinate_transformation_mode", "half_pixel");
    const char *nearest = text_or(m, "nearest_mode", "round_prefer_floor");
    bool rounds = strncmp(nearest, "round_prefer_", 13) == 0;
    bool half = strcmp(place, "half_pixel") == 0 || strcmp(place, "pytorch_half_pixel") == 0;
    return strcmp(text_or(m, "mode", "nearest"), "nearest") == 0 &&
           ((half && rounds) ||
            (strcmp(place, "asymmetric") == 0 && strcmp(nearest, "floor") == 0));
}

/* The whole factor of dimension `i`, from the scales or the sizes; 0: none. */
static int factor_of(const struct as_onnx_maker *m, const struct as_onnx_codes *in, int i)
{
    int id = as_onnx_input(m->node, 2);
    const struct as_onnx_value *scales = id < 0 ? NULL : &m->model->value[id];
    int64_t sizes[AS_ONNX_RANK_MAX];
    if (scales && scales->data && !scales->fault && scales->type == AS_ONNX_FLOAT &&
        scales->elements == (size_t)in->rank) {
        float scale = ((const float *)scales->data)[i];
        int whole = scale >= 1.0f && scale <= 64.0f ? (int)scale : 0;
        return (float)whole < scale || (float)whole > scale ? 0 : whole;
    }
    if (as_onnx_int_list(m, 3, "", AS_ONNX_RANK_MAX, sizes) != in->rank || sizes[i] < 1 ||
        sizes[i] % in->dim[i] != 0 || sizes[i] / in->dim[i] > 64)
        return 0;
    return (int)(sizes[i] / in->dim[i]);
}

enum as_status as_onnx_resize(struct as_onnx_maker *m, struct as_onnx_codes *in,
                              struct as_onnx_codes **out)
{
    int dim[AS_ONNX_RANK_MAX];
    bool whole = repeats(m) && in->rank == 4;
    for (int i = 0; whole && i < in->rank; i++) {
        int factor = factor_of(m, in, i);
        dim[i] = in->dim[i] * factor;
        whole = factor > 0 && (i > 1 || factor == 1);
    }
    if (!whole)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "expected mode nearest, height and width by whole factors of at most "
                              "64, half_pixel and round_prefer_floor or asymmetric and floor");
    const int32_t sides[2] = {dim[2], dim[3]};
    *out = like(m, in, 4, dim);
    int ids[2] = {as_onnx_ordered(m, in, AS_ONNX_LAST), as_onnx_ints(m, "sizes", 2, sides)};
    int to = ids[0] < 0 ? -1 : as_onnx_written(m, *out, AS_ONNX_LAST);
    return as_onnx_operator(m, "RESIZE_NEAREST_NEIGHBOR", 2, ids, to) ? AS_OK : AS_ERR_RANGE;
}

/* ---- Concat ---- */

enum as_status as_onnx_concat_codes(struct as_onnx_maker *m, int count,
                                    struct as_onnx_codes *const *in, const char *name,
                                    struct as_onnx_codes **out)
{
    int rank = in[0]->rank, axis = (int)as_onnx_number(m->node, "axis", 0), dim[AS_ONNX_RANK_MAX];
    int ids[AS_GRAPH_INPUTS_MAX];
    enum as_onnx_order order = AS_ONNX_OWN;
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
        return as_onnx_refuse(m, AS_ERR_RANGE, "axis %d of %d dimensions", axis, rank);
    memcpy(dim, in[0]->dim, sizeof dim);
    dim[axis] = 0;
    for (int i = 0; i < count; i++) {
        for (int d = 0; d < rank; d++)
            if (in[i]->rank != rank || (d != axis && in[i]->dim[d] != dim[d]))
                return as_onnx_refuse(m, AS_ERR_RANGE, "input %d does not join on axis %d", i,
                                      axis);
        dim[axis] += in[i]->dim[axis];
        order = as_onnx_order_of(in[i]) == AS_ONNX_LAST ? AS_ONNX_LAST : order;
    }
    for (int i = 0; i < count; i++)
        ids[i] = as_onnx_ordered(m, in[i], order);
    *out = as_onnx_new_codes(m, name, rank, dim, in[0]->scale, in[0]->zero_point);
    struct as_graph_operator *op =
        as_onnx_operator(m, "CONCATENATION", count, ids, as_onnx_written(m, *out, order));
    if (!op)
        return AS_ERR_RANGE;
    op->attribute[AS_ATTR_AXIS] = axis_in(order, rank, axis);
    return AS_OK;
}
