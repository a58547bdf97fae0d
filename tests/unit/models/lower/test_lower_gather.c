/* GATHER and its like: what is refused; their values are compared with their oracle by
 * tests/golden/cases and tests/tflm.py. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/import/importers.h"
#include "tests/unit/helpers/tflite_build.h"

enum { GATHER = 36, TILE = 69, MIRROR_PAD = 100, BROADCAST_TO = 130 };

static struct build *b;
static struct as_arena *arena;

static void setup(void)
{
    b = build_new(1);
    arena = as_arena_new();
}

static void teardown(void)
{
    build_free(b);
    as_arena_free(arena);
}

TestSuite(gather, .init = setup, .fini = teardown);

/* An operator with these numbers from 2x3x4 to `dim` says `text`, or nothing when it is NULL. */
static void expect(int builtin, int options_type, uint32_t option, int count,
                   const int32_t *numbers, const int dim[3], const char *text)
{
    const int shape[2] = {count / 2, 2}, from[3] = {2, 3, 4};
    int rank = builtin == MIRROR_PAD ? 2 : 1;
    const uint32_t options[2] = {option, 0};
    struct as_network *net;
    struct as_diag diag;
    size_t bytes;

    int input = build_activation(b, 3, from, 0.5f, 3);
    const int ids[2] = {input, build_constant(b, 2, rank, rank == 2 ? shape : &count, numbers,
                                              4 * (size_t)count, 0, NULL, 0, 0)};
    int output = build_activation(b, 3, dim, 0.5f, 3);
    build_op(b, builtin, 1, options_type, options_type ? 2 : 0, options, 2, ids, output);
    build_ports(b, input, output);
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    if (text)
        cr_assert(strstr(diag.text, text), "%s", diag.text);
    else
        cr_assert_not_null(net, "%s", diag.text);
}

Test(gather, indices_are_of_the_axis)
{
    expect(GATHER, 23, 1, 2, (const int32_t[]){2, 0}, (const int[]){2, 2, 4}, NULL);
}

Test(gather, an_index_outside_is_refused)
{
    expect(GATHER, 23, 1, 2, (const int32_t[]){2, 3}, (const int[]){2, 2, 4},
           "GATHER 't2': an index is 3, expected 0..2");
}

Test(gather, another_shape_is_refused)
{
    expect(GATHER, 23, 2, 2, (const int32_t[]){2, 3}, (const int[]){2, 2, 4},
           "GATHER 't2': output has 2 on dimension 1, expected 3");
}

Test(gather, many_places_without_order_are_refused_when_their_matrix_is_too_large)
{
    enum { COUNT = 300000 };
    static int32_t index[COUNT];
    for (int i = 0; i < COUNT; i++)
        index[i] = (int32_t)((int64_t)i * i % 7 % 4);
    expect(GATHER, 23, 2, COUNT, index, (const int[]){2, 3, COUNT},
           "300000 of 4 places without a pattern");
}

Test(gather, a_mirror_reaches_as_far_as_the_image)
{
    expect(MIRROR_PAD, 77, 1, 6, (const int32_t[]){0, 0, 3, 0, 0, 0}, (const int[]){2, 6, 4}, NULL);
}

Test(gather, a_mirror_without_the_edge_reaches_one_less)
{
    expect(MIRROR_PAD, 77, 0, 6, (const int32_t[]){0, 0, 3, 0, 0, 0}, (const int[]){2, 6, 4},
           "MIRROR_PAD 't2': padding before is 3, expected 0..2");
}

Test(gather, multiples_make_the_output)
{
    expect(TILE, 0, 0, 3, (const int32_t[]){1, 2, 1}, (const int[]){2, 3, 4},
           "TILE 't2': output has 3 on dimension 1, expected 6");
}

Test(gather, only_dimensions_of_1_are_broadcast)
{
    expect(BROADCAST_TO, 0, 0, 3, (const int32_t[]){2, 6, 4}, (const int[]){2, 6, 4},
           "BROADCAST_TO 't2': dimension 1 is 3, expected 1 or 6");
}

Test(gather, what_fills_a_constant_is_no_layer)
{
    const int dim[2] = {2, 3}, two = 2;
    const int8_t value = 41;
    const float scale = 0.5f;
    struct as_network *net;
    struct as_diag diag;
    size_t bytes;

    int x = build_activation(b, 2, dim, scale, 3), filled = build_activation(b, 2, dim, scale, 3);
    const int ids[2] = {build_constant(b, 2, 1, &two, dim, sizeof dim, 0, NULL, 0, 0),
                        build_constant(b, 9, 0, NULL, &value, 1, 1, &scale, 3, 0)};
    build_op(b, 94, 1, 0, 0, NULL, 2, ids, filled);
    build_ports(b, x, build_sum_or_product(b, 0, x, filled, x));
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    cr_assert_not_null(net, "%s", diag.text);
    cr_assert_eq(net->layer_count, 1);
    for (int i = 0; i < 6; i++)
        cr_assert_eq(net->tensors[net->layers[0].input[1]].data[i], value);
}
