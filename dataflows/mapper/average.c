#include "dataflows/mapper/average.h"

#include "models/arith/fixed_point.h"

#define PRESHIFT_MAX 6 /* 1 << 6 is the largest power of two in int8 */

int as_average_span(int start, int out, int tile, int in, int kernel, int stride, int pad,
                    int *count)
{
    int length = 0;
    for (int o = start; o < out && length < tile; o++, length++) {
        int low = o * stride - pad, high = low + kernel;
        int inside = (high < in ? high : in) - (low > 0 ? low : 0);
        if (length > 0 && inside != *count)
            break;
        *count = inside;
    }
    return length;
}

static int32_t average(int32_t sum, int32_t count)
{
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

bool as_average_constants(int count, int preshift, int32_t *multiplier, int *shift)
{
    int64_t bound = INT64_C(128) * count;
    if (count < 1 || bound << preshift > INT32_MAX)
        return false;
    for (int n = 31; n >= 0; n--) {
        double real = 2147483648.0 * (double)(INT64_C(1) << n) / (double)(1 << preshift) / count;
        if (real >= 2147483647.0)
            continue;
        *multiplier = (int32_t)(real + 0.5);
        *shift = n;
        for (int64_t sum = -bound; sum < bound; sum++)
            if (as_mbqm((int32_t)(sum * (1 << preshift)), *multiplier, -n) !=
                average((int32_t)sum, count))
                return false;
        return true;
    }
    return false;
}

bool as_average_next(const struct as_conv_shape *w, struct as_average_region *region)
{
    struct as_span *rows = &region->rows, *cols = &region->cols;

    cols->start += cols->size;
    if (rows->size == 0 || cols->start == w->out_w) {
        rows->start += rows->size;
        cols->start = 0;
        if (rows->start == w->out_h)
            return false;
        rows->size = as_average_span(rows->start, w->out_h, w->out_h, w->in_h, w->kernel_h,
                                     w->stride_h, w->pad_top, &region->rows_in);
    }
    cols->size = as_average_span(cols->start, w->out_w, w->out_w, w->in_w, w->kernel_w, w->stride_w,
                                 w->pad_left, &region->cols_in);
    region->count = region->rows_in * region->cols_in;
    return true;
}

/* All divisors of the layer have exact constants; else *failed is the one that has none. */
static bool divisors_work(const struct as_conv_shape *w, int preshift, int *failed)
{
    struct as_average_region region = {0};
    int32_t multiplier;
    int shift;

    while (as_average_next(w, &region)) {
        *failed = region.count;
        if (!as_average_constants(region.count, preshift, &multiplier, &shift))
            return false;
    }
    return true;
}

enum as_status as_average_preshift(const struct as_schedule *s, const struct as_layer *layer,
                                   int *preshift)
{
    struct as_conv_shape w = as_conv_shape_of(s->net, layer);
    int failed = 0;

    *preshift = PRESHIFT_MAX;
    if (layer->op == AS_OP_MEAN) { /* its multiplier divides */
        *preshift = as_max(layer->out_shift, 0);
        return as_refuse_left_shift(s, *preshift, PRESHIFT_MAX);
    }
    while (*preshift >= 0 && !divisors_work(&w, *preshift, &failed))
        (*preshift)--;
    if (*preshift < 0)
        return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                       "layer %d %s: no multiplier divides by %d exactly for every sum",
                       layer->index, layer->name, failed);
    return AS_OK;
}

size_t as_average_params(struct as_schedule *s, int count, int preshift)
{
    uint8_t *params = as_arena_alloc(s->arena, as_param_bytes(s->hw));
    int shift;
    int32_t multiplier, bias = 0;

    if (s->layer->op == AS_OP_MEAN) {
        int zero_point = s->net->tensors[s->layer->input[0]].zero_point;
        bias = (int32_t)((uint32_t)(-count * zero_point) << preshift);
        multiplier = s->layer->out_multiplier;
        shift = preshift - s->layer->out_shift;
    } else {
        as_average_constants(count, preshift, &multiplier, &shift);
    }
    as_schedule_put_param(s->hw, params, bias, multiplier, shift);
    return as_schedule_share(s, params, as_param_bytes(s->hw));
}
