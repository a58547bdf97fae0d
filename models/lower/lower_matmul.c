/* Layers of a transformer's attention: BATCH_MATMUL, SOFTMAX. */
#include <math.h>

#include "models/arith/quantization.h"
#include "models/lower/lowering.h"

/* The matrices of tensor `id`, with rows for columns. */
static int turn_matrices(const struct as_lower_op *op, struct as_layer **layer, int id, int rank)
{
    const struct as_tensor t = *as_lower_tensor(op, id);
    int rows = rank == 2 ? t.n : t.w, outer = rank == 2 ? 1 : t.n * t.h;
    const int flat[4] = {t.c, 1, 1, rows}, images[4] = {t.n, t.h, t.c, rows};

    id = as_lower_turn(op, layer, id, outer, rows, t.c);
    return as_lower_reshape(op, layer, id, rank == 2 ? flat : images);
}

static enum as_status lower_batch_matmul(const struct as_lower_op *op, struct as_layer *layer)
{
    int rank = as_lower_rank(op, layer->input[0]);
    if (rank < 2 || as_lower_rank(op, layer->input[1]) != rank ||
        as_lower_rank(op, layer->output) != rank)
        return as_lower_refuse(
            op, AS_ERR_UNSUPPORTED,
            "inputs and output have %d, %d and %d dimensions, expected the same, 2..%d", rank,
            as_lower_rank(op, layer->input[1]), as_lower_rank(op, layer->output),
            AS_GRAPH_RANK_MAX);
    if (as_lower_attribute(op, AS_ATTR_ADJ_X) != 0) {
        int turned = turn_matrices(op, &layer, layer->input[0], rank);
        layer->input[0] = turned;
    }
    const struct as_tensor *a = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *b = as_lower_tensor(op, layer->input[1]);
    if (a->data && b->data)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "inputs '%s' and '%s' are both constant, expected at most one",
                               a->name, b->name);
    struct as_matmul *m = &layer->matmul;
    m->adj_y = as_lower_attribute(op, AS_ATTR_ADJ_Y) != 0;

    /* A matrix has its rows where an image has its batch. */
    int b_rows = rank == 2 ? b->n : b->w;
    m->batches = rank == 2 ? 1 : a->n * a->h;
    m->rows = rank == 2 ? a->n : a->w;
    m->depth = a->c;
    m->columns = m->adj_y ? b_rows : b->c;
    if ((rank > 2 && (a->n != b->n || a->h != b->h)) || (m->adj_y ? b->c : b_rows) != a->c)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "inputs of %d x (%dx%d) and %d x (%dx%d)%s do not multiply",
                               m->batches, m->rows, a->c, rank == 2 ? 1 : b->n * b->h, b_rows, b->c,
                               m->adj_y ? " transposed" : "");
    if (rank == 2)
        AS_TRY(as_lower_expect_output(op, layer, m->rows, 1, 1, m->columns));
    else
        AS_TRY(as_lower_expect_output(op, layer, a->n, a->h, m->rows, m->columns));
    layer->macs = (uint64_t)as_lower_tensor(op, layer->output)->bytes * (uint64_t)a->c;
    AS_TRY(as_lower_product(op, true, layer));
    if (layer->rounding != AS_ROUNDING_FLOAT)
        return AS_OK;
    return as_lower_expect_float_exact(op, "the layer", (int64_t)m->depth * 255 * 255,
                                       layer->out_multiplier, layer->out_shift);
}

static enum as_status lower_softmax(const struct as_lower_op *op, struct as_layer *layer)
{
    const struct as_tensor *in = as_lower_tensor(op, layer->input[0]);
    const struct as_tensor *out = as_lower_tensor(op, layer->output);
    float beta = (float)op->op->attribute[AS_ATTR_BETA];
    AS_TRY(as_lower_expect_output_of(op, layer, in));
    if (out->scale < 0x1p-8f || out->scale > 0x1p-8f || out->zero_point != -128)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "output scale %.9g and zero point %d, expected 1/256 and -128",
                               (double)out->scale, out->zero_point);
    if (in->c > AS_SOFTMAX_AXIS_MAX)
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED, "%d channels, expected 1..%d", in->c,
                               AS_SOFTMAX_AXIS_MAX);
    if (!isfinite(beta) || beta <= 0.0f || !as_quant_softmax(in->scale, beta, &layer->softmax))
        return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                               "beta %g * input scale %g, expected above 2^-26", (double)beta,
                               (double)in->scale);
    return AS_OK;
}

const struct as_lower_row as_lower_matmuls[] = {
    {.name = "SOFTMAX",
     .op = AS_OP_SOFTMAX,
     .inputs_min = 1,
     .inputs_max = 1,
     .lower = lower_softmax},
    {.name = "BATCH_MATMUL",
     .op = AS_OP_BATCH_MATMUL,
     .inputs_min = 2,
     .inputs_max = 2,
     .operands = true,
     .lower = lower_batch_matmul},
    {.name = NULL},
};
