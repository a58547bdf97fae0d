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

/* One axis of a Slice: begin, end and step of `size`. */
static enum as_status slice_axis(struct as_onnx_maker *m, int size, int64_t begin, int64_t end,
                                 int64_t step, int32_t *first, int32_t *last)
{
    begin += begin < 0 ? size : 0;
    end += end < 0 ? size : 0;
    begin = begin < 0 ? 0 : begin > size ? size : begin;
    end = end < 0 ? 0 : end > size ? size : end;
    if (step < 1 || step > size || begin >= end)
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
    int dim[AS_ONNX_RANK_MAX], count[4], rank = in->rank;
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
        end[i] = dim[i] = in->dim[i];
        step[i] = 1;
    }
    for (int i = 0; i < count[0]; i++) {
        int64_t axis = list[2][i] < 0 ? list[2][i] + rank : list[2][i];
        if (axis < 0 || axis >= rank)
            return as_onnx_refuse(m, AS_ERR_RANGE, "axis %lld of %d dimensions",
                                  (long long)list[2][i], rank);
        AS_TRY(slice_axis(m, in->dim[axis], list[0][i], list[1][i], list[3][i], &begin[axis],
                          &end[axis]));
        step[axis] = (int32_t)list[3][i];
        dim[axis] = (end[axis] - begin[axis] + step[axis] - 1) / step[axis];
    }
    *out = like(m, in, rank, dim);
    int ids[4] = {as_onnx_ordered(m, in, AS_ONNX_OWN), as_onnx_ints(m, "starts", rank, begin),
                  as_onnx_ints(m, "ends", rank, end), as_onnx_ints(m, "steps", rank, step)};
    int to = ids[0] < 0 ? -1 : as_onnx_written(m, *out, AS_ONNX_OWN);
    return as_onnx_operator(m, "STRIDED_SLICE", 4, ids, to) ? AS_OK : AS_ERR_RANGE;
}

/* ---- Concat ---- */

/* Place of ONNX's axis in that order of a tensor of `rank`. */
static int axis_in(enum as_onnx_order order, int rank, int axis)
{
    static const int image[4] = {0, 3, 1, 2}, signal[3] = {0, 3, 2};
    return order == AS_ONNX_OWN ? axis : rank == 4 ? image[axis] : signal[axis];
}

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
