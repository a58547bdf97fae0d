#include "models/import/tflite/tflite_operator.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/import/tflite/tflite_names.h"

enum as_status as_op_refuse(const struct as_tflite_operator *op, enum as_status status,
                            const char *fmt, ...)
{
    char text[768];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return as_tflite_refuse(op->reader, status, "operator %d %s: %s", op->index, op->name, text);
}

enum as_status as_op_expect_range(const struct as_tflite_operator *op, const char *what, int value,
                                  int low, int high)
{
    if (op->reader->fb.malformed || value < low || value > high)
        return as_op_refuse(op, AS_ERR_RANGE, "%s is %d, expected %d..%d", what, value, low, high);
    return AS_OK;
}

const struct as_tensor *as_op_tensor(const struct as_tflite_operator *op, int id)
{
    return &op->reader->net->tensors[id];
}

bool as_same_quantization(const struct as_tensor *a, const struct as_tensor *b)
{
    return !(a->scale < b->scale) && !(a->scale > b->scale) && a->zero_point == b->zero_point;
}

enum as_status as_op_expect_same_quantization(const struct as_tflite_operator *op,
                                              const struct as_layer *layer, int input)
{
    const struct as_tensor *in = as_op_tensor(op, layer->input[input]);
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    if (!as_same_quantization(in, out))
        return as_op_refuse(
            op, AS_ERR_UNSUPPORTED,
            "input scale %.9g and zero point %d differ from the output's %.9g and %d",
            (double)in->scale, in->zero_point, (double)out->scale, out->zero_point);
    return AS_OK;
}

enum as_status as_op_expect_output(const struct as_tflite_operator *op,
                                   const struct as_layer *layer, int n, int h, int w, int c)
{
    const struct as_tensor *out = as_op_tensor(op, layer->output);
    if (out->h != h || out->w != w || out->c != c)
        return as_op_refuse(op, AS_ERR_RANGE, "output is %dx%dx%d, expected %dx%dx%d", out->h,
                            out->w, out->c, h, w, c);
    if (out->n != n)
        return as_op_refuse(op, AS_ERR_RANGE, "output batch is %d, expected %d", out->n, n);
    return AS_OK;
}

enum as_status as_op_expect_output_of(const struct as_tflite_operator *op,
                                      const struct as_layer *layer, const struct as_tensor *like)
{
    return as_op_expect_output(op, layer, like->n, like->h, like->w, like->c);
}

int as_op_rank(const struct as_tflite_operator *op, int id)
{
    return op->reader->state[id].rank;
}

int as_op_place(int rank, int i)
{
    return i == rank - 1 ? 3 : i == 0 ? 0 : 4 - rank + i;
}

void as_op_dimensions(const struct as_tensor *t, int dim[4])
{
    memcpy(dim, (const int[4]){t->n, t->h, t->w, t->c}, 4 * sizeof *dim);
}

enum as_status as_op_constant(const struct as_tflite_operator *op, size_t input, const char *what,
                              int type, size_t width, struct as_tflite_tensor *t)
{
    struct as_tflite_reader *r = op->reader;
    AS_TRY(as_tflite_tensor_read(r, as_flatbuf_at_i32(&op->inputs, input), t));
    if (t->type != type)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "%s '%s' are %s, expected %s", what, t->name,
                            as_tflite_type_name(t->type), as_tflite_type_name(type));
    if (!t->data)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "%s '%s' are not constant", what, t->name);
    if (t->data_bytes != t->elements * width)
        return as_op_refuse(op, AS_ERR_RANGE, "%s '%s' have %zu bytes, expected %zu", what, t->name,
                            t->data_bytes, t->elements * width);
    r->constant_bytes += t->data_bytes;
    if (r->constant_bytes > AS_TFLITE_CONSTANTS_MAX)
        return as_op_refuse(op, AS_ERR_RANGE, "weights take more than %d bytes in all",
                            AS_TFLITE_CONSTANTS_MAX);
    if (t->other_quantization || t->scale.count != t->zero_point.count ||
        t->scale.count > t->elements)
        return as_op_refuse(op, AS_ERR_UNSUPPORTED, "%s '%s': %zu scales and %zu zero points", what,
                            t->name, t->scale.count, t->zero_point.count);
    for (size_t i = 0; i < t->scale.count; i++) {
        float scale = as_flatbuf_at_f32(&t->scale, i);
        int64_t zero_point = as_flatbuf_at_i64(&t->zero_point, i);
        if (!isfinite(scale) || scale < 0.0f) /* 0: of a channel that was pruned away */
            return as_op_refuse(op, AS_ERR_RANGE, "%s '%s': scale %zu is %g, expected 0 or more",
                                what, t->name, i, (double)scale);
        if (zero_point != 0)
            return as_op_refuse(op, AS_ERR_UNSUPPORTED,
                                "%s '%s': zero point %zu is %lld, expected 0", what, t->name, i,
                                (long long)zero_point);
    }
    return AS_OK;
}

int32_t as_op_constant_i32(const struct as_tflite_tensor *t, size_t index)
{
    int32_t value;
    memcpy(&value, t->data + 4 * index, 4);
    return value;
}
