/* Is a layer written as its shape the layer that was meant? */
#include <criterion/criterion.h>

#include "models/import/importers.h"

static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(shape, .init = setup, .fini = teardown);

static const struct as_network *open_shape(const char *model)
{
    struct as_network *net;
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, model, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_str_eq(net->name, model);
    cr_assert(net->layer_count == 1 && net->tensor_count == 2);
    return net;
}

static void refused(const char *model, enum as_status status, const char *text)
{
    struct as_network *net;
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, model, &net, &diag), status, "%s", model);
    cr_assert_str_eq(diag.text, as_arena_printf(arena, "%s: %s", model, text));
}

Test(shape, a_convolution_has_same_padding_and_its_groups)
{
    const struct as_network *net = open_shape("conv:H=7,W=9,C=6,K=4,R=3,S=5,stride=2,group=2,N=3");
    const struct as_layer *l = &net->layers[0];
    const struct as_tensor *in = &net->tensors[net->inputs.port[0].tensor],
                           *out = &net->tensors[net->outputs.port[0].tensor];
    cr_assert_eq(l->op, AS_OP_CONV_2D);
    cr_assert(in->n == 3 && in->h == 7 && in->w == 9 && in->c == 6);
    cr_assert(out->n == 3 && out->h == 4 && out->w == 5 && out->c == 4);
    cr_assert(l->conv.groups == 2 && l->conv.kernel_h == 3 && l->conv.kernel_w == 5 &&
              l->conv.stride_h == 2);
    cr_assert(l->conv.pad_top == 1 && l->conv.pad_left == 2);
    cr_assert_eq(l->conv.weight_bytes, 4 * 3 * 5 * 3);
    cr_assert_eq(l->macs, 3 * 4 * 5 * l->conv.weight_bytes);
}

Test(shape, a_depthwise_layer_has_as_many_outputs_as_inputs)
{
    const struct as_network *net = open_shape("depthwise:H=8,W=8,C=5,R=3,S=3,dilation=2");
    const struct as_layer *l = &net->layers[0];
    cr_assert(l->op == AS_OP_DEPTHWISE_CONV_2D && l->conv.depth_multiplier == 1 &&
              l->conv.dilation_w == 2);
    cr_assert(net->tensors[net->outputs.port[0].tensor].c == 5 && l->conv.weight_bytes == 45);
}

Test(shape, a_dense_layer_has_rows)
{
    const struct as_network *net = open_shape("fc:N=4,C=10,K=3");
    const struct as_layer *l = &net->layers[0];
    cr_assert(l->op == AS_OP_FULLY_CONNECTED && l->conv.weight_bytes == 30 && l->macs == 120);
    cr_assert(net->tensors[net->outputs.port[0].tensor].n == 4 &&
              net->tensors[net->outputs.port[0].tensor].c == 3);
}

Test(shape, a_shape_is_the_same_layer_each_time)
{
    const struct as_layer *a = &open_shape("conv:H=4,W=4,C=8,K=8,R=3,S=3")->layers[0];
    const struct as_layer *b = &open_shape("conv:H=9,W=9,C=8,K=8,R=3,S=3")->layers[0];
    for (size_t i = 0; i < a->conv.weight_bytes; i++)
        cr_assert_eq(a->conv.weights[i], b->conv.weights[i]);
    for (int k = 0; k < 8; k++)
        cr_assert(a->conv.bias[k] == b->conv.bias[k] &&
                  a->conv.multiplier[k] == b->conv.multiplier[k] &&
                  a->conv.multiplier[k] >= 1 << 30 && a->conv.shift[k] == b->conv.shift[k]);
}

Test(shape, wrong_shapes_are_refused_with_the_bound)
{
    refused("conv:H=0", AS_ERR_RANGE, "H=0, expected H=1..65536");
    refused("conv:Z=1", AS_ERR_PARSE,
            "\"Z=1\", expected one of N, H, W, C, K, R, S, stride, dilation, group with = and a "
            "number");
    refused("conv:C=6,K=4,group=4", AS_ERR_RANGE, "group is 4, expected a divisor of C 6 and K 4");
    refused("fc:H=2,C=3", AS_ERR_RANGE, "fc has N, C and K only");
    refused("conv:H=1024,W=1024,C=1024", AS_ERR_RANGE,
            "activations take more than 268435456 bytes");
}
