/* Keras and TensorFlow write a dilated convolution as SPACE_TO_BATCH_ND, a convolution of each
 * block's pixels, BATCH_TO_SPACE_ND.  It becomes one convolution with the dilation of the block,
 * whose padding is what the first adds less what the last cuts off; every sum has the same terms.
 */
#include <string.h>

#include "models/lower/lowering.h"

/* The operators around one convolution, by index. */
struct around {
    int before, conv, after;
};

/* The only reader of tensor `id`, which is no output of the network; -1 when there is none. */
static int only_reader(const struct as_graph *graph, int id)
{
    int reader = -1, count = 0;

    for (size_t i = 0; i < graph->output_count; i++)
        count += graph->outputs[i] == id;
    for (int i = 0; i < graph->operator_count; i++) {
        const struct as_graph_operator *op = &graph->operators[i];
        for (size_t n = 0; n < op->input_count && n < AS_GRAPH_INPUTS_MAX; n++)
            if (op->input[n] == id) {
                reader = i;
                count++;
            }
    }
    return count == 1 ? reader : -1;
}

static bool is_named(const struct as_graph *graph, int index, const char *name)
{
    const struct as_graph_operator *op = &graph->operators[index];

    return strcmp(op->name, name) == 0 && !op->fault.text && op->output_count == 1 &&
           op->input_count >= 1 && op->input_count <= AS_GRAPH_INPUTS_MAX;
}

/* What is around the convolution behind operator `index`. */
static bool find_around(const struct as_graph *graph, int index, struct around *found)
{
    found->before = index;
    if (!is_named(graph, index, "SPACE_TO_BATCH_ND"))
        return false;
    found->conv = only_reader(graph, graph->operators[index].output[0]);
    if (found->conv < 0 || (!is_named(graph, found->conv, "CONV_2D") &&
                            !is_named(graph, found->conv, "DEPTHWISE_CONV_2D")))
        return false;
    const struct as_graph_operator *conv = &graph->operators[found->conv];
    if (conv->input[0] != graph->operators[index].output[0])
        return false;
    found->after = only_reader(graph, conv->output[0]);
    return found->after >= 0 && is_named(graph, found->after, "BATCH_TO_SPACE_ND") &&
           graph->operators[found->after].input[0] == conv->output[0];
}

/* An int8 tensor of four dimensions and one scale. */
static bool is_image(struct as_lowering *l, int id)
{
    const struct as_graph_tensor *t = &l->graph->tensors[id];

    return !t->fault.text && t->element == AS_ELEMENT_INT8 && t->rank == AS_LOWER_NHWC &&
           !t->data && as_lower_check_quantization(l, id, -128, 127) == AS_OK;
}

/* Both tensors are images of one quantization. */
static bool are_alike(struct as_lowering *l, int a, int b)
{
    if (a < 0 || b < 0 || a >= l->graph->network_tensors || b >= l->graph->network_tensors ||
        !is_image(l, a) || !is_image(l, b))
        return false;
    const struct as_graph_tensor *x = &l->graph->tensors[a], *y = &l->graph->tensors[b];
    float sx = as_graph_scale(x, 0), sy = as_graph_scale(y, 0);
    return !(sx < sy) && !(sx > sy) && as_graph_zero_point(x, 0) == as_graph_zero_point(y, 0);
}

/* The blocks of operator `index`, which lies between two images alike. */
static bool read_blocks(struct as_lowering *l, int index, struct as_blocks *out)
{
    struct as_lower_op op = {.lowering = l, .op = &l->graph->operators[index], .index = index};

    return op.op->input_count == 3 && are_alike(l, op.op->input[0], op.op->output[0]) &&
           as_lower_blocks(&op, AS_LOWER_NHWC, out) == AS_OK;
}

/* Whether `size` pixels with their edges are `count` blocks of `block`. */
static bool divides(int size, const int edge[2], int block, int count)
{
    return (int64_t)size + edge[0] + edge[1] == (int64_t)block * count;
}

/* Makes the convolution do all three, unless it cannot or the shapes contradict each other, which
 * those operators then say. */
static void join(struct as_lowering *l, const struct around *around,
                 struct as_graph_operator *operators)
{
    const struct as_graph_operator *before = &operators[around->before];
    const struct as_graph_operator *after = &operators[around->after];
    struct as_graph_operator *conv = &operators[around->conv];
    double *attribute = conv->attribute;
    struct as_blocks in, out;

    if (!read_blocks(l, around->before, &in) || !read_blocks(l, around->after, &out) ||
        in.h != out.h || in.w != out.w || (int)attribute[AS_ATTR_STRIDE_H] != 1 ||
        (int)attribute[AS_ATTR_STRIDE_W] != 1 ||
        (int)attribute[AS_ATTR_PADDING] != AS_PADDING_VALID)
        return;
    const int *from = l->graph->tensors[before->input[0]].dim;
    const int *first = l->graph->tensors[before->output[0]].dim;
    const int *last = l->graph->tensors[after->input[0]].dim;
    const int *to = l->graph->tensors[after->output[0]].dim;
    const int block[2] = {in.h, in.w};
    for (int i = 0; i < 2; i++)
        if (in.edge[i][0] < out.edge[i][0] || in.edge[i][1] < out.edge[i][1] ||
            !divides(from[1 + i], in.edge[i], block[i], first[1 + i]) ||
            !divides(to[1 + i], out.edge[i], block[i], last[1 + i]))
            return;
    if ((int64_t)from[0] * in.h * in.w != first[0] || (int64_t)to[0] * in.h * in.w != last[0])
        return;
    conv->input[0] = before->input[0];
    conv->output = after->output;
    attribute[AS_ATTR_DILATION_H] *= in.h;
    attribute[AS_ATTR_DILATION_W] *= in.w;
    attribute[AS_ATTR_PADDING] = AS_PADDING_GIVEN;
    attribute[AS_ATTR_PAD_TOP] = in.edge[0][0] - out.edge[0][0];
    attribute[AS_ATTR_PAD_BOTTOM] = in.edge[0][1] - out.edge[0][1];
    attribute[AS_ATTR_PAD_LEFT] = in.edge[1][0] - out.edge[1][0];
    attribute[AS_ATTR_PAD_RIGHT] = in.edge[1][1] - out.edge[1][1];
    l->skipped[around->before] = l->skipped[around->after] = true;
}

const struct as_graph *as_lower_dilate(const struct as_lowering *lowering,
                                       const struct as_graph *graph)
{
    struct as_lowering l = *lowering;
    struct as_graph *dilated = NULL;
    struct around around;

    /* What does not fit is lowered, or refused, as it stands: these reasons are told to nobody. */
    l.reasons = as_reasons_new(l.arena);
    for (int i = 0; i < graph->operator_count; i++) {
        if (!find_around(graph, i, &around))
            continue;
        if (!dilated) {
            size_t bytes = (size_t)graph->operator_count * sizeof *graph->operators;
            dilated = AS_NEW(l.arena, struct as_graph, 1);
            *dilated = *graph;
            dilated->operators = memcpy(as_arena_alloc(l.arena, bytes), graph->operators, bytes);
            l.graph = graph = dilated;
        }
        join(&l, &around, dilated->operators);
    }
    return graph;
}
