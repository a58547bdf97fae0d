/* Laws of the network as a machine runs it. */
#include <criterion/criterion.h>

#include "dataflows/rewrite.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(rewrite, .init = program_setup, .fini = program_teardown);

/* FULLY_CONNECTED of 2 outputs from 3 inputs, right shifts, as this machine runs it. */
static const struct as_network *rewritten(const int8_t *weights, int zero_point, int left,
                                          bool block_sum)
{
    const struct as_network *out;
    const struct as_hw hw = {.block_sum = block_sum, .mem_bytes = 1 << 20};
    random_state = 1;
    struct as_network *net = new_network(1, 1, 3);
    struct as_layer *l = add_layer(net, AS_OP_FULLY_CONNECTED, 0);

    set_channels(l, 6, 2);
    l->conv.weights = weights;
    int8_t *zero_points = as_arena_alloc(arena, 2);
    zero_points[0] = zero_points[1] = (int8_t)zero_point;
    l->conv.weight_zero_point = zero_point == 0 ? NULL : zero_points;
    ((int8_t *)l->conv.shift)[1] = (int8_t)left;
    l->output = net->tensor_count++;
    net->tensors[l->output] = (struct as_tensor){.name = "out", .n = 1, .h = 1, .w = 1, .c = 2};
    cr_assert_eq(as_rewrite(arena, &hw, net, &out, &diag), AS_OK, "%s", diag.text);
    return out;
}

/* Copies of the input that the layer reads. */
static int copies(const struct as_network *net)
{
    const struct as_layer *last = &net->layers[net->layer_count - 1];
    return (int)(last->conv.weight_bytes / 6);
}

Test(rewrite, what_the_machine_has_stays_as_it_is)
{
    const int8_t weights[6] = {-128, 127, 0, 1, 2, -128};
    const struct as_network *net = rewritten(weights, 0, 0, true);

    cr_assert_eq(net->layer_count, 1);
    cr_assert_eq(net->layers[0].conv.weights, weights);
    cr_assert_eq(net->layers[0].input[0], 0);
}

Test(rewrite, a_left_shift_that_int8_holds_needs_no_copy)
{
    const int8_t weights[6] = {100, -100, 3, 31, -32, 5};
    const struct as_network *net = rewritten(weights, 0, 2, false);
    const struct as_conv *conv = &net->layers[0].conv;

    cr_assert_eq(net->layer_count, 1);
    cr_assert_eq(conv->weights[0], 100, "channel 0 does not shift");
    cr_assert_eq(conv->weights[3], 124);
    cr_assert_eq(conv->weights[4], -128);
    cr_assert_eq(conv->shift[1], 0);
}

Test(rewrite, copies_are_as_few_as_the_widest_weight_needs)
{
    const int8_t weights[6] = {0, 0, 0, 127, -128, 64};

    cr_assert_eq(copies(rewritten(weights, 0, 1, false)), 2);    /* 254, -256 */
    cr_assert_eq(copies(rewritten(weights, 0, 3, false)), 8);    /* 1016, -1024 */
    cr_assert_eq(copies(rewritten(weights, -127, 0, false)), 2); /* 254 */
    cr_assert_eq(copies(rewritten(weights, -128, 0, false)), 3); /* 255 */
    cr_assert_eq(copies(rewritten(weights, 127, 0, false)), 2);  /* -255 */
}

Test(rewrite, copies_that_no_memory_holds_are_refused)
{
    const struct as_hw hw = {.mem_bytes = 1 << 12};
    const struct as_network *out;
    random_state = 1;
    struct as_network *net = new_network(10, 10, 9);
    struct as_layer *l = add_layer(net, AS_OP_CONV_2D, 0);

    set_channels(l, 18, 2);
    ((int8_t *)l->conv.weights)[0] = 127;
    ((int8_t *)l->conv.shift)[0] = 3;
    cr_assert(set_window(net, l, 2, true));
    cr_assert_eq(as_rewrite(arena, &hw, net, &out, &diag), AS_ERR_NOFIT);
    cr_assert_str_eq(diag.text, "layer 0 CONV_2D: 8 copies of its input and as many of its weights "
                                "take 7344 bytes, memory.bytes is 4096");
}

Test(rewrite, the_weights_of_all_copies_add_up)
{
    const int8_t weights[6] = {-128, 5, 127, 127, -128, -1};
    const struct as_network *net = rewritten(weights, 9, 2, false);
    const struct as_conv *conv = &net->layers[1].conv;
    int n = copies(net);

    cr_assert_eq(net->layers[0].op, AS_OP_STRIDED_COPY);
    cr_assert_eq(net->layers[0].index, net->layers[1].index, "one layer of the program");
    cr_assert_eq((int)net->tensors[net->layers[1].input[0]].bytes, 3 * n);
    for (int k = 0; k < 2; k++)
        for (int c = 0; c < 3; c++) {
            int sum = 0;
            for (int i = 0; i < n; i++)
                sum += conv->weights[(k * n + i) * 3 + c];
            cr_assert_eq(sum, (weights[3 * k + c] - 9) * (k == 1 ? 4 : 1));
        }
}

/* -128 * -128 twice is the one sum that 16 bits do not hold. */
Test(rewrite, two_weights_of_minus_128_in_a_channel_never_meet_in_16_bits)
{
    const int8_t weights[6] = {-128, 3, -128, 0, 0, -128};
    const struct as_network *net = rewritten(weights, 0, 0, true);
    const struct as_conv *conv = &net->layers[net->layer_count - 1].conv;

    cr_assert_eq(copies(net), 2);
    for (size_t i = 0; i < conv->weight_bytes; i++)
        cr_assert_neq(conv->weights[i], -128);
    cr_assert_eq(copies(rewritten(weights, 0, 0, false)), 1);
}
