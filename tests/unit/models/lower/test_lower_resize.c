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

Test(lower_resize, whole_multiples_and_divisors_are_copies)
{
    for (int factor = 1; factor <= 4; factor++) {
        make(3, 5, 3 * factor, 5 * factor, false, true);
        cr_assert_not_null(lower(), "%s", diag.text);
        make(3 * factor, 5 * factor, 3, 5, false, false);
        cr_assert_not_null(lower(), "%s", diag.text);
    }
}

Test(lower_resize, other_ratios_are_refused_with_both_sizes)
{
    make(3, 5, 7, 5, false, false);
    cr_assert_null(lower());
    cr_assert(strstr(diag.text, "3x5 becomes 7x5: expected whole multiples"), "%s", diag.text);
    make(6, 6, 2, 2, false, true);
    cr_assert_null(lower());
    cr_assert(strstr(diag.text, "6x6 becomes 2x2 with half-pixel centres"), "%s", diag.text);
}

Test(lower_resize, corners_that_are_aligned_are_copies_only_where_steps_are_whole)
{
    make(5, 5, 3, 3, true, false); /* 0, 2, 4 */
    cr_assert_null(lower());
    make(5, 5, 5, 5, true, false);
    cr_assert_not_null(lower(), "%s", diag.text);
}
