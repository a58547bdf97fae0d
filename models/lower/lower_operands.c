/* Two operands as NumPy broadcasts them: the last dimensions meet, and one of 1 is read again and
 * again. */
#include "models/lower/lowering.h"

/* The dimensions of tensor `id` among N, H, W, C as a tensor of `rank` dimensions has them: what it
 * has fewer counts as 1. */
static void align(const struct as_lower_op *op, int id, int rank, int dim[4])
{
    int own = as_lower_rank(op, id);
    for (int i = 0; i < 4; i++)
        dim[i] = 1;
    for (int i = 0; i < own; i++)
        dim[as_lower_place(rank, rank - own + i)] = as_lower_dims(op, id)[i];
}

enum as_status as_lower_operands(const struct as_lower_op *op, const struct as_layer *layer,
                                 struct as_operands *out)
{
    int rank[2], more;

    for (int i = 0; i < 2; i++) {
        out->id[i] = layer->input[i];
        rank[i] = as_lower_rank(op, out->id[i]);
    }
    more = rank[0] > rank[1] ? rank[0] : rank[1];
    for (int i = 0; i < 2; i++)
        align(op, out->id[i], more, out->dim[i]);
    const int *a = out->dim[0], *b = out->dim[1];
    for (int i = 0; i < 4; i++) {
        out->whole[i] = a[i] == 1 ? b[i] : a[i];
        if (a[i] != b[i] && a[i] != 1 && b[i] != 1)
            return as_lower_refuse(
                op, AS_ERR_UNSUPPORTED,
                "inputs are %dx%dx%dx%d and %dx%dx%dx%d, expected the same or dimensions of 1 "
                "where they differ",
                a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]);
    }
    return AS_OK;
}

bool as_lower_is_whole(const struct as_operands *o, int which)
{
    for (int i = 0; i < 4; i++)
        if (o->dim[which][i] != o->whole[i])
            return false;
    return true;
}

enum as_status as_lower_repeat(const struct as_lower_op *op, struct as_layer **layer,
                               const struct as_operands *o, int which, int *id)
{
    const int *dim = o->dim[which];
    double values = 1;

    *id = as_lower_reshape(op, layer, o->id[which], dim);
    for (int i = 0; i < 4; i++)
        values *= o->whole[i];
    AS_TRY(as_lower_expect_values(op, 1, values, 1, 1));
    for (int last = 3; last >= 0; last--) { /* neighbouring dimensions at once */
        int first = last, outer = 1, inner = 1, times = 1;
        if (dim[last] == o->whole[last])
            continue;
        while (first > 0 && dim[first - 1] == 1)
            first--;
        for (int i = 0; i < 4; i++)
            *(i < first ? &outer : i <= last ? &times : &inner) *= i < first ? dim[i] : o->whole[i];
        const struct as_copy copy = {.count = {1, outer, times, inner}, .step = {0, inner, 0, 1}};
        *id = as_lower_copy(op, layer, *id, (const int[4]){1, outer, times, inner}, &copy);
        last = first;
    }
    *id = as_lower_reshape(op, layer, *id, o->whole);
    return AS_OK;
}
