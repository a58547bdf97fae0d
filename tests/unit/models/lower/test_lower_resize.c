/* RESIZE_NEAREST_NEIGHBOR and TRANSPOSE_CONV: what is refused; their values are compared with their
 * oracle by tests/golden/cases and tests/tflm.py. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/lower/lower.h"

enum { IN, SIZE, OUT, TENSORS };

static struct as_diag diag;
static struct as_arena *arena;
static const float scale = 0.5f;
static const int64_t zero_point = 0;
static const int ids[TENSORS] = {IN, SIZE, OUT};
static int32_t size[2];
static struct as_graph_tensor tensors[TENSORS];
static struct as_graph_operator op;
static struct as_graph graph;

static void set_tensor(int id, const char *name, int h, int w)
{
    tensors[id] = (struct as_graph_tensor){.name = name,
                                           .type_name = "INT8",
                                           .rank = 4,
                                           .dim = {1, h, w, 2},
                                           .elements = 2 * (size_t)h * (size_t)w,
                                           .scale = &scale,
                                           .scale_count = 1,
                                           .zero_point = &zero_point,
                                           .zero_point_count = 1};
}

/* h x w to size[0] x size[1] */
static void make(int h, int w, int out_h, int out_w, bool corners, bool half)
{
    set_tensor(IN, "in", h, w);
    set_tensor(OUT, "out", out_h, out_w);
    size[0] = out_h;
    size[1] = out_w;
    tensors[SIZE] = (struct as_graph_tensor){.name = "size",
                                             .element = AS_ELEMENT_INT32,
                                             .type_name = "INT32",
                                             .rank = 1,
                                             .dim = {2},
                                             .elements = 2,
                                             .data = (const uint8_t *)size,
                                             .data_bytes = sizeof size};
    op = (struct as_graph_operator){
        .name = "RESIZE_NEAREST_NEIGHBOR",
        .input_count = 2,
        .input = {IN, SIZE},
        .output_count = 1,
        .output = &ids[OUT],
        .attribute = {[AS_ATTR_ALIGN_CORNERS] = corners, [AS_ATTR_HALF_PIXELS] = half}};
    graph = (struct as_graph){.label = "t",
                              .name = "t",
                              .tensor_count = TENSORS,
                              .network_tensors = TENSORS,
                              .tensors = tensors,
                              .operator_count = 1,
                              .operators = &op,
                              .input_count = 1,
                              .inputs = &ids[IN],
                              .output_count = 1,
                              .outputs = &ids[OUT]};
}

static struct as_network *lower(void)
{
    struct as_network *net;
    as_diag_init(&diag);
    return as_lower(arena, &graph, &net, &diag) == AS_OK ? net : NULL;
}

static void setup(void)
{
    arena = as_arena_new();
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(lower_resize, .init = setup, .fini = teardown);

static void expect_layers(const char *what, int copies, int joins, int products)
{
    struct as_network *net = lower();
    int count[AS_OP_COUNT] = {0};

    cr_assert_not_null(net, "%s: %s", what, diag.text);
    for (int i = 0; i < net->layer_count; i++)
        count[net->layers[i].op]++;
    cr_assert_eq(count[AS_OP_STRIDED_COPY], copies, "%s: %d copies", what,
                 count[AS_OP_STRIDED_COPY]);
    cr_assert_eq(count[AS_OP_CONCATENATION], joins, "%s: %d joins", what,
                 count[AS_OP_CONCATENATION]);
    cr_assert_eq(count[AS_OP_FULLY_CONNECTED], products, "%s: %d products", what,
                 count[AS_OP_FULLY_CONNECTED]);
}

Test(lower_resize, whole_multiples_and_divisors_are_one_copy_an_axis)
{
    for (int factor = 2; factor <= 4; factor++) {
        make(3, 5, 3 * factor, 5 * factor, false, true);
        expect_layers("larger", 2, 0, 0);
        make(3 * factor, 5 * factor, 3, 5, false, factor % 2 == 0);
        expect_layers("smaller", 2, 0, 0);
    }
    make(5, 5, 3, 3, true, false); /* 0, 2, 4 */
    expect_layers("aligned corners", 2, 0, 0);
    make(3, 5, 3, 5, false, false);
    expect_layers("the same", 0, 0, 0);
}

Test(lower_resize, other_sides_are_copies_that_are_joined_or_a_product)
{
    make(7, 4, 10, 4, false, false); /* 0 0, 1 2 2 3, 4 4, 5 6 */
    expect_layers("a few", 4, 1, 0);
    make(6, 4, 9, 4, false, false); /* 0 0 1 of each two */
    expect_layers("a period", 2, 1, 0);
    make(53, 4, 97, 4, false, false);
    expect_layers("many", 2, 0, 1);
}
