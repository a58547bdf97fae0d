/* Does what a file says of moved elements arrive: TRANSPOSE, SLICE, STRIDED_SLICE, SPLIT, SPLIT_V?
 *
 * What is expected is taken from the operator's own numbers (axes, begins, sizes), index by index,
 * and compared with what the reference engine makes of the imported layer. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "models/import/importers.h"
#include "sim/reference/reference.h"
#include "tests/unit/helpers/tflite_build.h"

#define RANK 5

static struct build *b;
static struct as_arena *arena;
static struct as_diag diag;

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

TestSuite(move, .init = setup, .fini = teardown);

static int tensor(int rank, const int *dim)
{
    return build_activation(b, rank, dim, 0.5f, 3);
}

static int numbers(int count, const int *value)
{
    return build_constant(b, 2, 1, &count, value, 4 * (size_t)count, 0, NULL, 0, 0);
}

static struct as_network *import(int input, int output)
{
    struct as_network *net;
    size_t bytes;

    build_ports(b, input, output);
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    return net;
}

static void refused(int input, int output, const char *text)
{
    cr_assert_null(import(input, output));
    cr_assert_str_eq(diag.text, text);
}

/* ---- values that tell where they come from ---- */

/* A tensor as nested indices; element (i0, ..) has its row-major number, which is below 256. */
struct grid {
    int rank, dim[RANK];
};

static int number_of(const struct grid *g, const int *at)
{
    int n = 0;
    for (int i = 0; i < g->rank; i++)
        n = n * g->dim[i] + at[i];
    return n;
}

static bool next(const struct grid *g, int *at)
{
    for (int i = g->rank - 1; i >= 0; i--) {
        if (++at[i] < g->dim[i])
            return true;
        at[i] = 0;
    }
    return false;
}

static int elements(const struct grid *g)
{
    int n = 1;
    for (int i = 0; i < g->rank; i++)
        n *= g->dim[i];
    return n;
}

/* Input element that output element `at` should hold. */
typedef int origin_fn(const struct grid *in, const int *at, const void *context);

static void check(const struct grid *in, const struct grid *out, int input, int output,
                  origin_fn *origin, const void *context)
{
    struct as_network *net = import(input, output);
    cr_assert(net, "%s", diag.text);
    int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count);
    for (int i = 0; i < net->tensor_count; i++)
        if (net->tensors[i].bytes > 0)
            tensors[i] = as_arena_alloc(arena, net->tensors[i].bytes);
    int8_t values[256];
    cr_assert_leq(elements(in), 256);
    for (int i = 0; i < 256; i++)
        values[i] = (int8_t)(uint8_t)i;
    cr_assert_eq(as_reference_run(net, values, tensors, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq((int)as_ports_bytes(net, &net->outputs), elements(out));
    int at[RANK] = {0}, i = 0;
    do {
        int want = origin(in, at, context), have = (uint8_t)tensors[net->outputs.port[0].tensor][i];
        cr_assert_eq(have, want, "element %d is input %d, expected %d", i, have, want);
        i++;
    } while (next(out, at));
}

/* ---- TRANSPOSE ---- */

static int transposed(const struct grid *in, const int *at, const void *context)
{
    const int *axes = context;
    int from[RANK];
    for (int i = 0; i < in->rank; i++)
        from[axes[i]] = at[i];
    return number_of(in, from);
}

/* Every permutation of so many different dimensions. */
static void every_permutation(const struct grid *in)
{
    int axes[RANK] = {0}, found = 0, want = 1;
    const struct grid digits = {in->rank, {in->rank, in->rank, in->rank, in->rank, in->rank}};
    for (int i = 2; i <= in->rank; i++)
        want *= i;
    do {
        unsigned seen = 0;
        for (int i = 0; i < in->rank; i++)
            seen |= 1u << axes[i];
        if (seen != (1u << in->rank) - 1)
            continue;
        struct grid out = {.rank = in->rank};
        for (int i = 0; i < in->rank; i++)
            out.dim[i] = in->dim[axes[i]];
        build_free(b);
        b = build_new(1);
        int x = tensor(in->rank, in->dim);
        check(in, &out, x, build_transpose(b, x, axes), transposed, axes);
        found++;
    } while (next(&digits, axes));
    cr_assert_eq(found, want);
}

Test(move, transposes_of_two_to_four_dimensions)
{
    every_permutation(&(struct grid){2, {7, 11}});
    every_permutation(&(struct grid){3, {3, 5, 7}});
    every_permutation(&(struct grid){4, {2, 3, 5, 7}});
    every_permutation(&(struct grid){4, {1, 6, 1, 7}});
}

Test(move, transposes_of_five_dimensions_two_of_one)
{
    every_permutation(&(struct grid){5, {1, 3, 1, 5, 7}});
}

Test(move, neighbours_that_stay_together_count_as_one_dimension)
{
    const int dim[5] = {2, 3, 2, 3, 4}, axes[5] = {0, 1, 2, 4, 3}, back[5] = {4, 3, 2, 1, 0};
    const struct grid in = {5, {2, 3, 2, 3, 4}}, out = {5, {2, 3, 2, 4, 3}};
    int x = tensor(5, dim);
    check(&in, &out, x, build_transpose(b, x, axes), transposed, axes);
    const struct as_layer *l = &import(0, 2)->layers[0];
    cr_assert_eq(l->op, AS_OP_STRIDED_COPY);
    cr_assert(l->copy.count[0] == 1 && l->copy.count[1] == 12 && l->copy.count[2] == 4 &&
              l->copy.count[3] == 3);

    build_free(b);
    b = build_new(1);
    x = tensor(5, dim);
    refused(x, build_transpose(b, x, back),
            "t: operator 0 TRANSPOSE 't2': it moves data along 5 dimensions, expected at most 4");
}

Test(move, a_transpose_that_moves_nothing_is_a_reshape)
{
    const int dim[4] = {1, 2, 3, 2}, axes[4] = {1, 0, 2, 3};
    int x = tensor(4, dim);
    struct as_network *net = import(x, build_transpose(b, x, axes));
    cr_assert(net && net->layers[0].op == AS_OP_RESHAPE, "%s", diag.text);
    cr_assert_str_eq(net->layers[0].name, "TRANSPOSE");
}

/* ---- SLICE, STRIDED_SLICE ---- */

struct range {
    int begin[RANK], stride[RANK];
    int of[RANK]; /* dimension of the input behind dimension i of the output */
    int fixed[RANK];
};

static int sliced(const struct grid *in, const int *at, const void *context)
{
    const struct range *r = context;
    int from[RANK];
    memcpy(from, r->fixed, sizeof from);
    for (int i = 0; i < in->rank; i++)
        if (r->of[i] >= 0)
            from[r->of[i]] = r->begin[r->of[i]] + at[i] * r->stride[r->of[i]];
    return number_of(in, from);
}

Test(move, slices)
{
    const struct grid in = {4, {2, 3, 5, 7}}, out = {4, {1, 2, 5, 3}};
    const int begin[4] = {1, 0, 0, 2}, size[4] = {-1, 2, -1, 3};
    const struct range r = {{1, 0, 0, 2}, {1, 1, 1, 1}, {0, 1, 2, 3}, {0}};
    int x = tensor(4, in.dim);
    check(&in, &out, x, build_slice(b, x, begin, size), sliced, &r);
}

Test(move, strided_slices_count_from_either_end)
{
    /* x[-1, 1:, ::2, 5:0:...] in the words of Python: x[1, 1:3, 0:5:2, 1:100:3] */
    const struct grid in = {4, {2, 3, 5, 7}}, out = {3, {2, 3, 2}};
    const int begin[4] = {-1, 1, 3, -6}, end[4] = {0, 3, 4, 100}, stride[4] = {1, 1, 2, 3};
    const int mask[3] = {1 << 2, 1 << 2, 1 << 0}, dim[3] = {2, 3, 2};
    const struct range r = {{1, 1, 0, 1}, {1, 1, 2, 3}, {1, 2, 3, -1}, {1}};
    int x = tensor(4, in.dim);
    check(&in, &out, x, build_strided_slice(b, x, begin, end, stride, mask, 3, dim), sliced, &r);
}

Test(move, a_negative_stride_goes_backwards)
{
    /* x[::-1, 4:0:-2, -2::-3] in the words of Python */
    const struct grid in = {3, {3, 6, 7}}, out = {3, {3, 2, 2}};
    const int begin[3] = {0, 4, -2}, end[3] = {0, 0, 0}, stride[3] = {-1, -2, -3};
    const int mask[3] = {1 << 0, 1 << 0 | 1 << 2, 0}, dim[3] = {3, 2, 2};
    const struct range r = {{2, 4, 5}, {-1, -2, -3}, {0, 1, 2}, {0}};
    int x = tensor(3, in.dim);
    check(&in, &out, x, build_strided_slice(b, x, begin, end, stride, mask, 3, dim), sliced, &r);
}

Test(move, a_slice_of_everything_is_a_reshape)
{
    const int dim[4] = {1, 2, 3, 2}, begin[4] = {0}, size[4] = {-1, 2, -1, 2};
    int x = tensor(4, dim);
    struct as_network *net = import(x, build_slice(b, x, begin, size));
    cr_assert(net && net->layers[0].op == AS_OP_RESHAPE, "%s", diag.text);
}

/* ---- SPLIT, SPLIT_V ---- */

Test(move, parts_of_a_split_are_layers_of_their_own)
{
    const struct grid in = {4, {2, 3, 4, 6}};
    for (int part = 0; part < 3; part++) {
        const struct grid out = {4, {2, 3, 4, 2}};
        struct range r = {{0, 0, 0, 2 * part}, {1, 1, 1, 1}, {0, 1, 2, 3}, {0}};
        int outputs[8];
        build_free(b);
        b = build_new(1);
        int x = tensor(4, in.dim);
        build_split(b, x, 3, 3, outputs);
        check(&in, &out, x, outputs[part], sliced, &r);
        struct as_network *net = import(x, outputs[part]);
        cr_assert_eq(net->layer_count, 3);
        for (int i = 0; i < 3; i++) {
            cr_assert_eq(net->layers[i].index, i);
            cr_assert_eq(net->layers[i].output, outputs[i]);
        }
    }
}

Test(move, parts_of_a_split_v_have_their_sizes)
{
    const struct grid in = {3, {2, 9, 5}};
    const int sizes[3] = {2, -1, 3}, real[3] = {2, 4, 3}, at[3] = {0, 2, 6};
    for (int part = 0; part < 3; part++) {
        const struct grid out = {3, {2, real[part], 5}};
        struct range r = {{0, at[part], 0}, {1, 1, 1}, {0, 1, 2}, {0}};
        int outputs[8];
        build_free(b);
        b = build_new(1);
        int x = tensor(3, in.dim), axis = -2, parts = 3;
        const int ids[3] = {x, numbers(3, sizes),
                            build_constant(b, 2, 0, NULL, &axis, 4, 0, NULL, 0, 0)};
        for (int i = 0; i < 3; i++)
            outputs[i] = tensor(3, (const int[3]){2, real[i], 5});
        const uint32_t option = (uint32_t)parts;
        build_op(b, 102, 2, 79, 1, &option, 3, ids, outputs[0]);
        build_outputs(b, 3, outputs);
        check(&in, &out, x, outputs[part], sliced, &r);
    }
}

/* ---- what is refused ---- */

Test(move, a_slice_beyond_its_input)
{
    const int dim[2] = {4, 5}, out[2] = {2, 5}, begin[2] = {3, 0}, size[2] = {2, 5};
    int x = tensor(2, dim);
    const int ids[3] = {x, numbers(2, begin), numbers(2, size)};
    int y = tensor(2, out);
    build_op(b, 65, 2, 48, 0, NULL, 3, ids, y);
    refused(x, y, "t: operator 0 SLICE 't3': a size is 2, expected 1..1");
}

Test(move, a_slice_with_another_output)
{
    const int dim[2] = {4, 5}, out[2] = {2, 4}, begin[2] = {2, 0}, size[2] = {2, 5};
    int x = tensor(2, dim);
    const int ids[3] = {x, numbers(2, begin), numbers(2, size)};
    int y = tensor(2, out);
    build_op(b, 65, 2, 48, 0, NULL, 3, ids, y);
    refused(x, y, "t: operator 0 SLICE 't3': output has 4 on dimension 1, expected 5");
}

static void strided(const uint32_t options[6], const int begin[2], const int end[2],
                    const int stride[2], const char *text)
{
    const int dim[2] = {4, 5};
    build_free(b);
    b = build_new(1);
    int x = tensor(2, dim);
    const int ids[4] = {x, numbers(2, begin), numbers(2, end), numbers(2, stride)};
    int y = tensor(2, dim);
    build_op(b, 45, 2, 32, 6, options, 4, ids, y);
    refused(x, y, text);
}

Test(move, strided_slices_of_other_forms)
{
    const int zero[2] = {0}, dim[2] = {4, 5}, one[2] = {1, 1}, back[2] = {1, -1};
    const int none[2] = {1, 0};
    const uint32_t plain[6] = {0}, ellipsis[6] = {0, 0, 1}, axis[6] = {0, 0, 0, 1};
    const uint32_t offset[6] = {0, 0, 0, 0, 0, 1}, both[6] = {2, 0, 0, 0, 2, 0};
    const char *forms =
        "t: operator 0 STRIDED_SLICE 't4': it has an ellipsis, a new axis, relative ends "
        "or an axis both masked and shrunk, expected none";
    strided(ellipsis, zero, dim, one, forms);
    strided(axis, zero, dim, one, forms);
    strided(offset, zero, dim, one, forms);
    strided(both, zero, dim, one, forms);
    strided(plain, zero, dim, back,
            "t: operator 0 STRIDED_SLICE 't4': nothing is left of dimension 1: 0 to 4 of 5");
    strided(plain, zero, dim, none,
            "t: operator 0 STRIDED_SLICE 't4': the stride of dimension 1 is 0");
    strided(plain, dim, dim, one,
            "t: operator 0 STRIDED_SLICE 't4': nothing is left of dimension 0: 4 to 4 of 4");
}

Test(move, a_shrink_bit_beyond_the_axes_given_means_nothing)
{
    /* begins of one axis of two, the bit of the other: as if it were not set */
    const struct grid in = {2, {4, 5}};
    const int begin[1] = {1}, end[1] = {4}, one[1] = {1}, flat[1] = {3}, full[2] = {3, 5};
    const uint32_t options[6] = {0, 0, 0, 0, 2, 0};
    const struct range r = {{1, 0}, {1, 1}, {0, 1}, {0}};
    int x = tensor(2, in.dim);
    const int ids[4] = {x, numbers(1, begin), numbers(1, end), numbers(1, one)};
    int y = tensor(2, full);
    build_op(b, 45, 2, 32, 6, options, 4, ids, y);
    check(&in, &(const struct grid){2, {3, 5}}, x, y, sliced, &r);

    teardown();
    setup();
    x = tensor(2, in.dim);
    const int again[4] = {x, numbers(1, begin), numbers(1, end), numbers(1, one)};
    y = tensor(1, flat);
    build_op(b, 45, 2, 32, 6, options, 4, again, y);
    refused(x, y, "t: operator 0 STRIDED_SLICE 't4': output has 1 dimensions, expected 2");
}

Test(move, an_output_that_two_parts_write)
{
    int x = tensor(2, (const int[2]){4, 4}), y = tensor(2, (const int[2]){4, 2}), axis = 1;
    const int axes = build_constant(b, 2, 0, NULL, &axis, 4, 0, NULL, 0, 0);
    const uint32_t two = 2;
    build_op(b, 49, 2, 35, 1, &two, 2, (const int[2]){axes, x}, y);
    build_outputs(b, 2, (const int[2]){y, y});
    refused(x, y, "t: operator 0 SPLIT 't1': output tensor 1 was written before");
}

Test(move, splits_that_do_not_add_up)
{
    const int dim[2] = {4, 5}, sizes[2] = {2, 2}, one[1] = {1};
    int x = tensor(2, dim), axis = 1, outputs[2];
    const int axes = build_constant(b, 2, 0, NULL, &axis, 4, 0, NULL, 0, 0);
    outputs[0] = tensor(2, (const int[2]){4, 2});
    outputs[1] = tensor(2, (const int[2]){4, 2});
    const uint32_t two = 2, three = 3;
    build_op(b, 49, 2, 35, 1, &two, 2, (const int[2]){axes, x}, outputs[0]);
    build_outputs(b, 2, outputs);
    refused(x, outputs[0], "t: operator 0 SPLIT 't2': 5 on axis 1 do not split into 2 equal parts");

    teardown();
    setup();
    x = tensor(2, dim);
    outputs[0] = tensor(2, (const int[2]){4, 2});
    outputs[1] = tensor(2, (const int[2]){4, 2});
    const int ids[3] = {x, numbers(2, sizes), numbers(1, one)};
    build_op(b, 102, 2, 79, 1, &two, 3, ids, outputs[0]);
    build_outputs(b, 2, outputs);
    refused(x, outputs[0], "t: operator 0 SPLIT_V 't1': sizes sum to 4 on axis 1, expected 5");

    teardown();
    setup();
    x = tensor(2, dim);
    outputs[0] = tensor(2, dim);
    build_op(b, 102, 2, 79, 1, &three, 3, (const int[3]){x, numbers(2, sizes), numbers(1, one)},
             outputs[0]);
    refused(x, outputs[0], "t: operator 0 SPLIT_V 't1': 1 outputs, num_splits is 3");
}
