/* ARG_MAX, ARG_MIN and LOG_SOFTMAX run on the host at an output, and nowhere else; the bytes of the
 * last are compared with its oracle by tests/golden/cases and tests/tflm.py. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/arith/edge.h"
#include "models/import/importers.h"
#include "tests/unit/helpers/tflite_build.h"

static struct build *b;
static struct as_arena *arena;
static struct as_diag diag;
static int input, scores;

static void setup(void)
{
    const int dim[3] = {2, 3, 2};
    b = build_new(1);
    arena = as_arena_new();
    input = build_activation(b, 3, dim, 0.5f, 3);
    scores = build_activation(b, 3, dim, 0.5f, 3);
    build_op(b, 19, 1, 0, 0, NULL, 1, &input, scores);
}

static void teardown(void)
{
    build_free(b);
    as_arena_free(arena);
}

TestSuite(argument, .init = setup, .fini = teardown);

static int argument(int builtin, int32_t axis, int rank, const int *dim)
{
    const int one = 1;
    const int ids[2] = {scores, build_constant(b, 2, 1, &one, &axis, 4, 0, NULL, 0, 0)};
    int out = build_whole(b, rank, dim);
    build_op(b, builtin, 1, 0, 0, NULL, 2, ids, out);
    return out;
}

static struct as_network *import(int output)
{
    struct as_network *net;
    size_t bytes;

    build_ports(b, input, output);
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    return net;
}

static const int8_t values[12] = {5, 1, 7, 1, 7, 0, -3, -128, -3, 127, -4, 127};

static void expect(int builtin, int32_t axis, int rank, const int *dim, int count,
                   const int32_t *want)
{
    int32_t have[8];
    struct as_network *net = import(argument(builtin, axis, rank, dim));

    cr_assert(net, "%s", diag.text);
    cr_assert_eq(as_edge_bytes(net, &net->outputs), 4 * (size_t)count);
    cr_assert_eq(as_ports_bytes(net, &net->outputs), sizeof values);
    as_edge_give(net, values, have);
    cr_assert_arr_eq(have, want, 4 * (size_t)count);
}

Test(argument, of_equal_values_it_is_the_first)
{
    expect(56, 1, 2, (const int[]){2, 2}, 4, (const int32_t[]){1, 0, 0, 1});
}

Test(argument, the_axis_may_count_from_the_end)
{
    expect(56, -1, 2, (const int[]){2, 3}, 6, (const int32_t[]){0, 0, 0, 0, 1, 1});
}

Test(argument, the_least_is_found_too)
{
    expect(79, 0, 2, (const int[]){3, 2}, 6, (const int32_t[]){1, 1, 1, 0, 1, 0});
}

Test(argument, of_another_shape_it_is_refused)
{
    cr_assert_null(import(argument(56, 1, 2, (const int[]){3, 2})));
    cr_assert(strstr(diag.text, "ARG_MAX 't3': it is of another shape than its output"), "%s",
              diag.text);
}

Test(argument, inside_the_network_it_is_refused)
{
    int at = argument(56, 1, 2, (const int[]){2, 2});
    int out = build_activation(b, 2, (const int[]){2, 2}, 0.5f, 3);
    build_op(b, 53, 1, 0, 0, NULL, 1, &at, out);
    cr_assert_null(import(out));
    cr_assert(strstr(diag.text, "ARG_MAX 't3': not supported: the host runs it at an output"), "%s",
              diag.text);
}

static int log_softmax(float scale)
{
    const int dim[3] = {2, 3, 2};
    int out = build_activation(b, 3, dim, scale, 127);
    build_op(b, 50, 1, 0, 0, NULL, 1, &scores, out);
    return out;
}

/* 5 and 1 are 2 apart: log(1 / (1 + e^-2)) is -0.127, in sixteenths -2. */
Test(argument, the_logarithm_of_softmax_is_of_rows)
{
    static const int8_t rows[12] = {5, 1, 1, 5, 7, 7, 127, -128, 0, 0, 0, 4};
    static const int8_t want[12] = {125, 93, 93, 125, 116, 116, 127, -128, 116, 116, 93, 125};
    int8_t have[12];
    struct as_network *net = import(log_softmax(0.0625f));

    cr_assert(net, "%s", diag.text);
    cr_assert_str_eq(net->outputs.port[0].op, "LOG_SOFTMAX");
    as_edge_give(net, rows, have);
    for (int i = 0; i < 12; i++)
        cr_assert_eq(have[i], want[i], "value %d is %d, expected %d", i, have[i], want[i]);
}

Test(argument, the_logarithm_of_softmax_has_its_own_scale)
{
    cr_assert_null(import(log_softmax(0.125f)));
    cr_assert(strstr(diag.text, "output scale 0.125 and zero point 127, expected 1/16 and 127"),
              "%s", diag.text);
}
