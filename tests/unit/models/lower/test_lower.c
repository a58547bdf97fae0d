/* What lowering makes of graphs, whatever the format they come from. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "models/lower/lower.h"
#include "sim/reference/reference.h"

enum { A, B, OUT, TENSORS };

static struct as_diag diag;

/* One operator of two operands, of which the second may be constant. */
struct pair {
    struct as_graph graph;
    struct as_graph_operator op;
    struct as_graph_tensor tensor[TENSORS];
    int8_t data[2][256]; /* of the operands */
};

static const float scale[TENSORS] = {0.5f, 0.25f, 1.0f};
static const int64_t zero_point[TENSORS] = {3, -5, 7};

static void set_tensor(struct pair *p, int id, const char *name, int rank, const int *dim)
{
    struct as_graph_tensor *t = &p->tensor[id];
    *t = (struct as_graph_tensor){.name = name,
                                  .type_name = "INT8",
                                  .rank = rank,
                                  .elements = 1,
                                  .scale = &scale[id],
                                  .scale_count = 1,
                                  .zero_point = &zero_point[id],
                                  .zero_point_count = 1};
    for (int i = 0; i < rank; i++)
        t->elements *= (size_t)(t->dim[i] = dim[i]);
}

static void make_constant(struct pair *p, int id)
{
    p->tensor[id].data = (const uint8_t *)p->data[id];
    p->tensor[id].data_bytes = p->tensor[id].elements;
}

/* From tensor A, which is the network's input, and B, a constant, to OUT; `b_first` swaps them. */
static void make_pair(struct pair *p, const char *name, bool b_first)
{
    static const int input = A, output = OUT;
    p->op = (struct as_graph_operator){
        .name = name, .input_count = 2, .input = {A, B}, .output_count = 1, .output = &output};
    if (b_first) {
        p->op.input[0] = B;
        p->op.input[1] = A;
    }
    p->graph = (struct as_graph){.label = "t",
                                 .name = "t",
                                 .tensor_count = TENSORS,
                                 .network_tensors = TENSORS,
                                 .tensors = p->tensor,
                                 .operator_count = 1,
                                 .operators = &p->op,
                                 .input_count = 1,
                                 .inputs = &input,
                                 .output_count = 1,
                                 .outputs = &output};
    for (int i = 0; i < 256; i++) {
        p->data[A][i] = (int8_t)(i * 37 + 11);
        p->data[B][i] = (int8_t)(i * 91 + 5);
    }
}

/* What the reference makes of the data; false when the network is refused. */
static bool run(struct pair *p, int8_t out[256])
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    as_diag_init(&diag);
    bool good = as_lower(arena, &p->graph, &net, &diag) == AS_OK;
    if (good) {
        int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count);
        for (int i = 0; i < net->tensor_count; i++)
            tensors[i] = as_arena_alloc(arena, net->tensors[i].bytes + 1);
        cr_assert_eq(as_reference_run(net, p->data[A], tensors, &diag), AS_OK, "%s", diag.text);
        memcpy(out, tensors[net->outputs.port[0].tensor], as_ports_bytes(net, &net->outputs));
    }
    as_arena_free(arena);
    return good;
}

/* As NumPy has it: the last dimensions meet, and an operand of fewer dimensions counts as one with
 * ones in front; whichever operand it is, constant or not. */
Test(lower, operands_of_fewer_dimensions_meet_the_last_ones)
{
    static const char *const names[] = {"ADD", "SUB", "MUL", "SQUARED_DIFFERENCE"};
    static const int full[4] = {2, 3, 4, 5}, ones[4] = {1, 1, 1, 1};
    static const int spread[4][4] = {{2, 3, 4, 5}, {1, 3, 1, 5}, {1, 1, 4, 1}, {1, 1, 1, 1}};
    int count = 0;
    for (int n = 0; n < 4; n++)
        for (int rank = 1; rank <= 4; rank++)           /* of the output */
            for (int fewer = 1; fewer <= rank; fewer++) /* of B */
                for (int s = 0; s < 4; s++)
                    for (int order = 0; order < 2; order++) {
                        struct pair p, same;
                        int8_t have[256], want[256];
                        int dim[4]; /* of B with ones in front */
                        memcpy(dim, ones, sizeof dim);
                        memcpy(dim + 4 - fewer, spread[s] + 4 - fewer, (size_t)fewer * sizeof *dim);
                        make_pair(&p, names[n], order == 1);
                        set_tensor(&p, A, "a", rank, full + 4 - rank);
                        set_tensor(&p, OUT, "out", rank, full + 4 - rank);
                        same = p;
                        same.graph.tensors = same.tensor;
                        same.graph.operators = &same.op;
                        set_tensor(&p, B, "b", fewer, dim + 4 - fewer);
                        set_tensor(&same, B, "b", rank, dim + 4 - rank);
                        make_constant(&p, B);
                        make_constant(&same, B);
                        cr_assert(run(&p, have), "%s", diag.text);
                        cr_assert(run(&same, want), "%s", diag.text);
                        cr_assert(memcmp(have, want, p.tensor[OUT].elements) == 0,
                                  "%s, %d and %d dimensions, spread %d, order %d", names[n], rank,
                                  fewer, s, order);
                        count++;
                    }
    cr_assert_eq(count, 4 * 10 * 4 * 2);
}

/* An activation of fewer dimensions needs a reshape of its own, which is a layer without work. */
Test(lower, an_activation_of_fewer_dimensions_is_reshaped_first)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    struct pair p;
    /* the input as [6][6][3], then added to itself as [1][6][6][3] */
    static const int middle = B, last = OUT;
    make_pair(&p, "ADD", false);
    set_tensor(&p, A, "a", 4, (const int[4]){1, 6, 6, 3});
    set_tensor(&p, B, "middle", 3, (const int[3]){6, 6, 3});
    set_tensor(&p, OUT, "out", 4, (const int[4]){1, 6, 6, 3});
    p.tensor[B].scale = &scale[A];
    p.tensor[B].zero_point = &zero_point[A];
    struct as_graph_operator two[2] = {p.op, p.op};
    two[0].name = "RESHAPE";
    two[0].input_count = 1;
    two[0].output = &middle;
    two[1].input[0] = B;
    two[1].input[1] = A;
    two[1].output = &last;
    p.graph.operators = two;
    p.graph.operator_count = 2;
    as_diag_init(&diag);
    cr_assert_eq(as_lower(arena, &p.graph, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(net->layer_count, 3);
    for (int i = 0; i < 3; i++)
        cr_assert(net->layers[i].index == i && (net->layers[i].op == AS_OP_RESHAPE) == (i < 2));
    const struct as_tensor *view = &net->tensors[net->layers[1].output];
    cr_assert(view->n == 1 && view->h == 6 && view->w == 6 && view->c == 3 && view->bytes == 108);
    cr_assert_eq(net->layers[2].input[0], net->layers[1].output);
    as_arena_free(arena);
}

Test(lower, shapes_that_do_not_meet_are_refused_as_they_meet)
{
    struct pair p;
    int8_t out[256];
    make_pair(&p, "MUL", false);
    set_tensor(&p, A, "a", 4, (const int[4]){1, 6, 5, 3});
    set_tensor(&p, B, "b", 2, (const int[2]){6, 3});
    set_tensor(&p, OUT, "out", 4, (const int[4]){1, 6, 5, 3});
    make_constant(&p, B);
    cr_assert_not(run(&p, out));
    cr_assert_str_eq(diag.text,
                     "t: operator 0 MUL 'out': inputs are 1x6x5x3 and 1x1x6x3, expected the "
                     "same or dimensions of 1 where they differ");
}

/* Factors that a source gives are taken as they are; constants may be no tensors of the network. */
Test(lower, given_factors_need_no_scales)
{
    static const int32_t multiplier[2] = {1 << 30, 1234567891};
    static const int8_t shift[2] = {-3, -9};
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    struct pair p;
    make_pair(&p, "FULLY_CONNECTED", false);
    set_tensor(&p, A, "a", 2, (const int[2]){1, 3});
    set_tensor(&p, B, "w", 2, (const int[2]){2, 3});
    set_tensor(&p, OUT, "out", 2, (const int[2]){1, 2});
    make_constant(&p, B);
    p.tensor[B].scale_count = p.tensor[B].zero_point_count = 0;
    p.op.multiplier = multiplier;
    p.op.shift = shift;
    as_diag_init(&diag);
    cr_assert_eq(as_lower(arena, &p.graph, &net, &diag), AS_OK, "%s", diag.text);
    const struct as_layer *l = &net->layers[0];
    cr_assert(l->conv.multiplier[1] == 1234567891 && l->conv.shift[0] == -3 &&
              l->conv.weights[5] == p.data[B][5]);
    as_arena_free(arena);
}

Test(lower, a_fault_is_told_when_a_supported_operator_needs_its_part)
{
    struct pair p;
    int8_t out[256];
    make_pair(&p, "NOVEL", false);
    set_tensor(&p, A, "a", 1, (const int[1]){4});
    set_tensor(&p, B, "b", 1, (const int[1]){4});
    set_tensor(&p, OUT, "out", 1, (const int[1]){4});
    p.tensor[B].fault = (struct as_graph_fault){AS_ERR_RANGE, "odd"};
    p.op.fault = (struct as_graph_fault){AS_ERR_RANGE, "odd"};
    cr_assert_not(run(&p, out));
    cr_assert_str_eq(diag.text, "t: operator 0 NOVEL 'out': not supported, expected an operator of "
                                "`arraysmith list layers`");
    p.op.name = "ADD";
    cr_assert_not(run(&p, out));
    cr_assert_str_eq(diag.text, "t: operator 0 ADD 'out': odd");
    p.op.fault.text = NULL;
    cr_assert_not(run(&p, out));
    cr_assert_str_eq(diag.text, "t: tensor 1 'b' (operator 0 ADD): odd");
}
