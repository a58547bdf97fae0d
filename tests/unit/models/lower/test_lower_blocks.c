/* SPACE_TO_BATCH_ND and its like: what becomes a dilated convolution, and what is refused; their
 * values are compared with their oracle by tests/golden/cases and tests/tflm.py. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/import/importers.h"
#include "sim/reference/reference.h"
#include "tests/unit/helpers/tflite_build.h"

enum { H = 7, W = 6, C = 3, K = 4 };
enum { SPACE_TO_DEPTH = 26, BATCH_TO_SPACE_ND = 37, SPACE_TO_BATCH_ND = 38 };

static struct build *b;
static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    b = build_new(3);
    arena = as_arena_new();
}

static void teardown(void)
{
    build_free(b);
    as_arena_free(arena);
}

TestSuite(blocks, .init = setup, .fini = teardown);

static int image(int n, int h, int w, int c)
{
    const int dim[4] = {n, h, w, c};
    return build_activation(b, 4, dim, 0.05f, -11);
}

static int numbers(int rank, const int *dim, const int32_t *value)
{
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= (size_t)dim[i];
    return build_constant(b, 2, rank, dim, value, 4 * count, 0, NULL, 0, 0);
}

static void move(int builtin, int input, const int32_t block[2], const int32_t edge[4], int output)
{
    const int two[2] = {2, 2};
    const int ids[3] = {input, numbers(1, two, block), numbers(2, two, edge)};
    build_op(b, builtin, 1, 0, 0, NULL, 3, ids, output);
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

static const int8_t *run(const struct as_network *net)
{
    int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count), input[H * W * C];

    for (int i = 0; i < net->tensor_count; i++)
        if (net->tensors[i].bytes > 0)
            tensors[i] = as_arena_alloc(arena, net->tensors[i].bytes);
    for (int i = 0; i < H * W * C; i++)
        input[i] = (int8_t)(uint8_t)(i * 37);
    cr_assert_eq(as_reference_run(net, input, tensors, &diag), AS_OK, "%s", diag.text);
    return tensors[net->outputs.port[0].tensor];
}

struct blocks {
    int32_t size[2], edge[4], cut[4];
};

/* A 3x3 convolution of each block's pixels, as Keras writes a dilated one. */
static struct as_network *in_blocks(const struct blocks *p, int stride)
{
    const struct build_window window = {3, 3, stride, stride, 1, 1, VALID};
    int input = image(1, H, W, C);
    int there = image(p->size[0] * p->size[1], (H + p->edge[0] + p->edge[1]) / p->size[0],
                      (W + p->edge[2] + p->edge[3]) / p->size[1], C);

    move(SPACE_TO_BATCH_ND, input, p->size, p->edge, there);
    int conv = build_conv(b, there, &window, 1, K, input);
    int back = image(1, build_dim(b, conv, 1) * p->size[0] - p->cut[0] - p->cut[1],
                     build_dim(b, conv, 2) * p->size[1] - p->cut[2] - p->cut[3], K);
    move(BATCH_TO_SPACE_ND, conv, p->size, p->cut, back);
    return import(input, back);
}

Test(blocks, a_convolution_between_blocks_is_the_one_of_that_dilation)
{
    const struct blocks p = {{3, 2}, {3, 5, 2, 2}, {0, 2, 0, 0}};
    const struct build_window window = {3, 3, 1, 1, 3, 2, SAME};
    struct as_network *net = in_blocks(&p, 1);

    cr_assert(net, "%s", diag.text);
    cr_assert_eq(net->layer_count, 1);
    cr_assert_eq(net->layers[0].conv.dilation_h, 3);
    cr_assert_eq(net->layers[0].conv.dilation_w, 2);
    const int8_t *have = run(net);
    build_free(b);
    b = build_new(3); /* draws the same weights */
    int input = image(1, H, W, C);
    net = import(input, build_conv(b, input, &window, 1, K, input));
    cr_assert(net, "%s", diag.text);
    cr_assert_arr_eq(have, run(net), H * W * K);
}

Test(blocks, what_is_no_dilation_is_copied)
{
    static const struct {
        struct blocks blocks;
        int stride;
    } cases[] = {
        {{{3, 2}, {3, 5, 2, 2}, {4, 0, 0, 0}}, 1}, /* cuts off more than was added */
        {{{3, 2}, {3, 5, 2, 2}, {0, 0, 0, 0}}, 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        build_free(b);
        b = build_new(3);
        struct as_network *net = in_blocks(&cases[i].blocks, cases[i].stride);
        cr_assert(net, "%s", diag.text);
        cr_assert_gt(net->layer_count, 3);
        cr_assert_eq(net->layers[net->layer_count - 1].op, AS_OP_RESHAPE);
    }
}

static void refused(int input, int output, const char *text)
{
    cr_assert_null(import(input, output));
    cr_assert_str_eq(diag.text, text);
}

Test(blocks, sizes_that_do_not_divide_are_refused_with_them)
{
    const int32_t size[2] = {2, 2}, none[4] = {0};
    int input = image(1, H, W, C), output = image(4, 4, 3, C);

    move(SPACE_TO_BATCH_ND, input, size, none, output);
    refused(
        input, output,
        "t: operator 0 SPACE_TO_BATCH_ND 't1': 7x6 with its edges is not made of blocks of 2x2");
}

Test(blocks, a_batch_that_is_not_made_of_blocks_is_refused)
{
    const int32_t size[2] = {2, 2}, none[4] = {0};
    int input = image(6, H, W, C), output = image(1, 2 * H, 2 * W, C);
    move(BATCH_TO_SPACE_ND, input, size, none, output);
    refused(input, output,
            "t: operator 0 BATCH_TO_SPACE_ND 't1': a batch of 6 is not made of blocks of 2x2");
}

Test(blocks, depth_that_is_not_made_of_blocks_is_refused)
{
    const uint32_t two = 2;
    int input = image(1, H, W, C), output = image(1, H, W, C);

    build_op(b, SPACE_TO_DEPTH, 1, 19, 1, &two, 1, &input, output);
    refused(
        input, output,
        "t: operator 0 SPACE_TO_DEPTH 't1': an image of 7x6 with 3 channels is not made of blocks "
        "of 2x2");
}
