/* GlobalAveragePool, which onnxruntime sums as integers; AveragePool, which it averages as real
 * numbers and which is a layer of integers where that gives the same bytes. */
#include <math.h>
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/arith/quantization.h"
#include "models/import/onnx/onnx_graph.h"

enum as_status as_onnx_average(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                               const struct as_onnx_scale *scale, int out)
{
    static const int32_t axes[2] = {1, 2};
    AS_TRY(as_onnx_expect_fused(m, in, scale));
    AS_TRY(as_onnx_expect_codes(m, in, 0));
    struct as_onnx_codes *x = in->in[0].codes;
    const int dim[4] = {x->dim[0], x->dim[1], 1, 1};
    if (as_onnx_number(m->node, "channels_last", 0) > 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "channels_last, expected 0");
    const int ids[2] = {as_onnx_ordered(m, x, AS_ONNX_LAST), as_onnx_ints(m, "axes", 2, axes)};
    if (ids[0] < 0)
        return AS_ERR_RANGE;
    int to = as_onnx_written(m, as_onnx_result(m, out, x->rank, dim, scale), AS_ONNX_LAST);
    return as_onnx_operator(m, "MEAN", 2, ids, to) ? AS_OK : AS_ERR_RANGE;
}

/* ---- AveragePool ---- */

/* Whether bytes that sum to `sum` above their zero points give byte `y` whatever the order in which
 * onnxruntime adds and rounds; `slack` is how far its average may be off, in steps. */
static bool is_certain(double average, double slack, int zero_point, int64_t y)
{
    double low = rint(average - slack + zero_point), high = rint(average + slack + zero_point);
    low = fmin(fmax(low, -128.0), 127.0);
    high = fmin(fmax(high, -128.0), 127.0);
    return (int64_t)low == y && (int64_t)high == y;
}

/* The factor of a sum of `count` values is proven for all sums. */
static enum as_status prove(struct as_onnx_maker *m, const struct as_onnx_codes *x, int count,
                            float one, const struct as_onnx_scale *scale)
{
    int low = -128 - x->zero_point, high = 127 - x->zero_point, shift;
    double ratio = (double)x->scale / (double)scale->scale;
    double slack = 0x1p-24 * ((count + 4) * 255.0 * ratio + 512.0);
    int32_t factor;
    if (!as_quant_float(x->scale * one / scale->scale, &factor, &shift))
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED, "scales %g / %g", (double)x->scale,
                              (double)scale->scale);
    for (int sum = low * count; sum <= high * count; sum++) {
        int64_t y = as_mul_float(sum, factor, shift) + scale->zero_point;
        if (!is_certain(sum * ratio / count, slack, scale->zero_point, as_clamp_i8(y, -128, 127)))
            return as_onnx_refuse(
                m, AS_ERR_UNSUPPORTED,
                "onnxruntime averages real numbers: %d values that are %d in all give %.9g steps, "
                "so near the middle of two that the order of its additions decides; expected "
                "GlobalAveragePool, or an odd number of values and equal scales",
                count, sum, sum * ratio / count);
    }
    return AS_OK;
}

/* Ones as a depthwise kernel; the factor is in their scale. */
static int ones(struct as_onnx_maker *m, const struct as_onnx_window *w, int channels, float one)
{
    int rows = w->sides > 1 ? w->kernel[0] : 1, columns = w->kernel[w->sides - 1];
    const int dim[4] = {1, rows, columns, channels};
    size_t bytes = as_onnx_elements(4, dim);
    int id = as_onnx_tensor(m, "ones", AS_ELEMENT_INT8, 4, dim,
                            memset(as_arena_alloc(m->arena, bytes), 1, bytes));
    if (id >= 0)
        as_onnx_quantize_tensor(m, id, 1, &one, &(int64_t){0}, 3);
    return id;
}

enum as_status as_onnx_average_pool(struct as_onnx_maker *m, const struct as_onnx_operands *in,
                                    const struct as_onnx_scale *scale, int out)
{
    struct as_onnx_window w;
    AS_TRY(as_onnx_expect_fused(m, in, scale));
    AS_TRY(as_onnx_expect_codes(m, in, 0));
    struct as_onnx_codes *x = in->in[0].codes;
    AS_TRY(as_onnx_read_window(m, x, NULL, &w));
    int count = w.kernel[0] * (w.sides > 1 ? w.kernel[1] : 1), padding = 0;
    for (int i = 0; i < w.sides; i++)
        padding += w.before[i] + w.after[i] + (w.dilation[i] > 1);
    bool included = as_onnx_number(m->node, "count_include_pad", 0) > 0;
    if ((padding > 0 && !included) || count > 4096 ||
        as_onnx_number(m->node, "ceil_mode", 0) + as_onnx_number(m->node, "channels_last", 0) > 0)
        return as_onnx_refuse(m, AS_ERR_UNSUPPORTED,
                              "padding that does not count, dilations, ceil_mode, channels_last or "
                              "a kernel of %d values, expected none and at most 4096",
                              count);
    float one = 1.0f / (float)count;
    AS_TRY(prove(m, x, count, one, scale));
    const int dim[4] = {x->dim[0], x->dim[1], w.out[0], w.sides > 1 ? w.out[1] : 1};
    const int ids[2] = {as_onnx_ordered(m, x, AS_ONNX_LAST), ones(m, &w, x->dim[1], one)};
    if (ids[0] < 0)
        return AS_ERR_RANGE;
    int to = as_onnx_written(m, as_onnx_result(m, out, x->rank, dim, scale), AS_ONNX_LAST);
    struct as_graph_operator *op = as_onnx_operator(m, "DEPTHWISE_CONV_2D", 2, ids, to);
    if (!op)
        return AS_ERR_RANGE;
    as_onnx_put_window(&w, op);
    op->attribute[AS_ATTR_DEPTH_MULTIPLIER] = 1;
    return AS_OK;
}
