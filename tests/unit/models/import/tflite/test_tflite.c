/* Does the .tflite importer read what it should, and refuse all else with the right message? */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/import/tflite/flatbuf.h"
#include "models/import/importers.h"
#include "models/import/tflite/tflite_names.h"
#include "tests/unit/helpers/tflite_builder.h"

enum { INPUT, WEIGHTS, BIAS, MIDDLE, OUTPUT };

static struct builder_tensor activation(const char *name, int h, int w, int c)
{
    return (struct builder_tensor){.rank = 4,
                                   .shape = {1, h, w, c},
                                   .type = 9,
                                   .name = name,
                                   .scale_count = 1,
                                   .zero_point_count = 1,
                                   .scale = {0.5f},
                                   .zero_point = {-3}};
}

/* CONV_2D 4x4x1 -> 4x4x2 with 3x3 SAME, then MAX_POOL_2D 2x2 -> 2x2x2. */
static struct builder_model good(void)
{
    struct builder_model m = {.version = 3,
                              .graph_count = 1,
                              .tensor_count = 5,
                              .op_count = 2,
                              .input_count = 1,
                              .output_count = 1,
                              .input = {INPUT},
                              .output = {OUTPUT}};
    m.tensor[INPUT] = activation("in", 4, 4, 1);
    m.tensor[WEIGHTS] = (struct builder_tensor){.rank = 4,
                                                .shape = {2, 3, 3, 1},
                                                .type = 9,
                                                .data_bytes = 18,
                                                .fill = 7,
                                                .name = "w",
                                                .scale_count = 2,
                                                .zero_point_count = 2,
                                                .scale = {0.5f, 0.25f}};
    m.tensor[BIAS] = (struct builder_tensor){.rank = 1,
                                             .shape = {2},
                                             .type = 2,
                                             .data_bytes = 8,
                                             .fill = 1,
                                             .name = "b",
                                             .scale_count = 2,
                                             .zero_point_count = 2,
                                             .scale = {0.25f, 0.125f}};
    m.tensor[MIDDLE] = activation("mid", 4, 4, 2);
    m.tensor[OUTPUT] = activation("out", 2, 2, 2);
    /* padding, stride_w, stride_h, activation, dilation_w, dilation_h */
    m.op[0] = (struct builder_op){.builtin = 3,
                                  .version = 3,
                                  .options_type = 1,
                                  .option_count = 6,
                                  .option = {0, 1, 1, 1, 1, 1},
                                  .input_count = 3,
                                  .output_count = 1,
                                  .input = {INPUT, WEIGHTS, BIAS},
                                  .output = {MIDDLE}};
    /* padding, stride_w, stride_h, filter_w, filter_h, activation */
    m.op[1] = (struct builder_op){.builtin = 17,
                                  .version = 2,
                                  .options_type = 5,
                                  .option_count = 6,
                                  .option = {1, 2, 2, 2, 2, 0},
                                  .input_count = 1,
                                  .output_count = 1,
                                  .input = {MIDDLE},
                                  .output = {OUTPUT}};
    return m;
}

/* One operator from INPUT to OUTPUT, taken from good(). */
static struct builder_model one_op(struct builder_op op, struct builder_tensor in,
                                   struct builder_tensor out)
{
    struct builder_model m = good();
    m.op_count = 1;
    m.op[0] = op;
    m.tensor[INPUT] = in;
    m.tensor[OUTPUT] = out;
    return m;
}

static struct builder model_bytes;
static struct as_diag diag;

static enum as_status read_bytes(struct as_arena *arena, const uint8_t *data, size_t bytes,
                                 struct as_network **net)
{
    const struct as_source source = {.model = "dir/t.tflite", .data = data, .bytes = bytes};
    as_diag_init(&diag);
    return as_model_read(arena, &source, net, &diag);
}

static enum as_status parse(struct as_arena *arena, const struct builder_model *m,
                            struct as_network **net)
{
    builder_write(&model_bytes, m);
    return read_bytes(arena, model_bytes.data, model_bytes.bytes, net);
}

static struct as_network *accept(struct as_arena *arena, const struct builder_model *m)
{
    struct as_network *net;
    cr_assert_eq(parse(arena, m, &net), AS_OK, "%s", diag.text);
    return net;
}

/* The model is refused with exactly the message `text` after `label`. */
static void refuse_as(const struct builder_model *m, enum as_status status, const char *label,
                      const char *text)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    char want[2048];
    snprintf(want, sizeof want, "%s%s", label, text);
    cr_assert_eq(parse(arena, m, &net), status, "%s", diag.text);
    cr_assert_str_eq(diag.text, want);
    cr_assert_null(net);
    as_arena_free(arena);
}

/* For one reason. */
static void refuse(const struct builder_model *m, enum as_status status, const char *text)
{
    refuse_as(m, status, "dir/t.tflite: ", text);
}

/* For several. */
static void refuse_all(const struct builder_model *m, enum as_status status, const char *text)
{
    refuse_as(m, status, "dir/t.tflite cannot run: ", text);
}

/* ---- what is read ---- */

Test(tflite, conv_and_pool_are_read_in_full)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    struct as_network *net = accept(arena, &m);
    cr_assert_str_eq(net->name, "t");
    cr_assert(net->inputs.count == 1 && net->inputs.port[0].tensor == INPUT);
    cr_assert(net->outputs.count == 1 && net->outputs.port[0].tensor == OUTPUT);
    cr_assert_eq(net->layer_count, 2);
    cr_assert_eq(net->tensors[WEIGHTS].bytes, 0);
    const struct as_tensor *mid = &net->tensors[MIDDLE];
    cr_assert(mid->n == 1 && mid->h == 4 && mid->w == 4 && mid->c == 2 && mid->bytes == 32);
    cr_assert(mid->zero_point == -3 && mid->scale > 0.49f && mid->scale < 0.51f);

    const struct as_layer *conv = &net->layers[0];
    cr_assert(conv->op == AS_OP_CONV_2D && conv->conv.kernel_h == 3 && conv->conv.kernel_w == 3);
    cr_assert(conv->conv.pad_top == 1 && conv->conv.pad_left == 1 && conv->conv.pad_bottom == 1 &&
              conv->conv.pad_right == 1);
    cr_assert(conv->act_min == -3 && conv->act_max == 127);
    cr_assert_eq(conv->macs, 4 * 4 * 2 * 9);
    cr_assert(conv->conv.weight_bytes == 18 && conv->conv.weights[17] == 7 &&
              conv->conv.bias[1] == 0x01010101);
    cr_assert(conv->conv.multiplier[0] == 1 << 30 &&
              conv->conv.shift[0] == 0); /* 0.5 * 0.5 / 0.5 */
    cr_assert(conv->conv.multiplier[1] == 1 << 30 && conv->conv.shift[1] == -1); /* 0.25 */

    const struct as_layer *pool = &net->layers[1];
    cr_assert(pool->op == AS_OP_MAX_POOL_2D && pool->conv.kernel_h == 2 &&
              pool->conv.stride_w == 2);
    cr_assert(pool->conv.pad_top == 0 && pool->conv.pad_bottom == 0 && pool->macs == 0);
    cr_assert(pool->act_min == -128 && pool->act_max == 127);
    as_arena_free(arena);
}

Test(tflite, bias_may_be_missing)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.op[0].input_count = 2;
    cr_assert_eq(accept(arena, &m)->layers[0].conv.bias[1], 0);
    m.op[0].input_count = 3;
    m.op[0].input[2] = -1;
    cr_assert_eq(accept(arena, &m)->layers[0].conv.bias[1], 0);
    as_arena_free(arena);
}

Test(tflite, weight_scale_per_tensor_is_replicated)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.tensor[WEIGHTS].scale_count = m.tensor[WEIGHTS].zero_point_count = 1;
    m.tensor[BIAS].scale_count = m.tensor[BIAS].zero_point_count = 1;
    const struct as_layer *conv = &accept(arena, &m)->layers[0];
    cr_assert(conv->conv.multiplier[0] == conv->conv.multiplier[1] &&
              conv->conv.shift[0] == conv->conv.shift[1]);
    as_arena_free(arena);
}

Test(tflite, a_channel_of_scale_0_has_a_multiplier_of_0)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.tensor[WEIGHTS].scale[1] = m.tensor[BIAS].scale[1] = 0.0f;
    const struct as_layer *conv = &accept(arena, &m)->layers[0];
    cr_assert(conv->conv.multiplier[0] != 0 && conv->conv.multiplier[1] == 0 &&
              conv->conv.shift[1] == 0);
    as_arena_free(arena);
}

Test(tflite, depthwise_multiplier_and_dilation_are_read)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.tensor[WEIGHTS].shape[0] = 1; /* [1][3][3][2] over one input channel */
    m.tensor[WEIGHTS].shape[3] = 2;
    m.tensor[WEIGHTS].quantized_dimension = 3;
    /* padding, stride_w, stride_h, multiplier, activation, dilation_w, dilation_h */
    m.op[0].builtin = 4;
    m.op[0].options_type = 2;
    m.op[0].option_count = 7;
    memcpy(m.op[0].option, (const uint32_t[7]){0, 1, 1, 2, 3, 1, 2}, 28);
    const struct as_layer *l = &accept(arena, &m)->layers[0];
    cr_assert(l->op == AS_OP_DEPTHWISE_CONV_2D && l->conv.depth_multiplier == 2);
    cr_assert(l->conv.dilation_h == 2 && l->conv.dilation_w == 1 && l->conv.pad_top == 2 &&
              l->conv.pad_left == 1);
    cr_assert(l->act_min == -3 && l->act_max == 9); /* RELU6: -3 + 6 / 0.5 */
    cr_assert_eq(l->macs, 4 * 4 * 9 * 2);
    m.tensor[WEIGHTS].quantized_dimension = 0;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 DEPTHWISE_CONV_2D 'mid': weights 'w' are quantized along dimension 0, "
           "expected 3");
    as_arena_free(arena);
}

static struct builder_model fully_connected(void)
{
    struct builder_tensor in = activation("in", 1, 2, 3), out = activation("out", 1, 1, 2);
    struct builder_model m = one_op((struct builder_op){.builtin = 9,
                                                        .version = 4,
                                                        .options_type = 8,
                                                        .option_count = 3,
                                                        .input_count = 3,
                                                        .output_count = 1,
                                                        .input = {INPUT, WEIGHTS, BIAS},
                                                        .output = {OUTPUT}},
                                    in, out);
    m.tensor[WEIGHTS].rank = 2;
    memcpy(m.tensor[WEIGHTS].shape, (const int32_t[2]){2, 6}, 8);
    m.tensor[WEIGHTS].data_bytes = 12;
    m.tensor[OUTPUT].rank = 2;
    memcpy(m.tensor[OUTPUT].shape, (const int32_t[2]){1, 2}, 8);
    return m;
}

Test(tflite, fully_connected_rounds_the_product_of_one_weight_scale)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = fully_connected();
    m.tensor[WEIGHTS].scale[0] = 0.1f;
    m.tensor[INPUT].scale[0] = 0.3f;
    m.tensor[OUTPUT].scale[0] = 0.7f;
    m.tensor[BIAS].scale_count = m.tensor[BIAS].zero_point_count = 0;

    m.tensor[WEIGHTS].scale_count = m.tensor[WEIGHTS].zero_point_count = 1;
    const struct as_layer *l = &accept(arena, &m)->layers[0];
    int e;
    double one = (double)(float)(0.3f * 0.1f) / (double)0.7f,
           each = (double)0.3f * (double)0.1f / (double)0.7f;
    cr_assert_eq(l->conv.multiplier[0], llround(frexp(one, &e) * 0x1p31));
    cr_assert(l->conv.shift[0] == e && l->conv.multiplier[1] == l->conv.multiplier[0] &&
              l->macs == 12);

    m.tensor[WEIGHTS].scale_count = m.tensor[WEIGHTS].zero_point_count = 2;
    l = &accept(arena, &m)->layers[0];
    cr_assert_eq(l->conv.multiplier[0], llround(frexp(each, &e) * 0x1p31));
    as_arena_free(arena);
}

Test(tflite, free_batch_dimension_runs_as_one)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    memcpy(m.tensor[INPUT].signature, (const int32_t[4]){-1, 4, 4, 1}, 16);
    accept(arena, &m);
    memcpy(m.tensor[INPUT].signature, (const int32_t[4]){-1, -1, 4, 1}, 16);
    refuse(&m, AS_ERR_UNSUPPORTED,
           "tensor 0 'in': dimension 1 is dynamic, expected a fixed one (convert the network with "
           "a batch of 1)");
    as_arena_free(arena);
}

Test(tflite, names_are_printable)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.tensor[INPUT].name = "a\n\xff"
                           "b";
    m.tensor[MIDDLE].name = NULL;
    const struct as_network *net = accept(arena, &m);
    cr_assert_str_eq(net->tensors[INPUT].name, "a??b");
    cr_assert_str_eq(net->tensors[MIDDLE].name, "tensor 3");
    as_arena_free(arena);
}

/* ---- operators ---- */

Test(tflite, all_unsupported_operators_are_listed_at_once)
{
    struct builder_model m = good();
    struct builder_op op = m.op[1];
    m.op_count = 4;
    m.op[0] = m.op[1] = m.op[2] = m.op[3] = op;
    m.op[0].builtin = 81;
    m.op[1].builtin = 128;
    m.op[2].builtin = 81;
    m.op[3].builtin = 32;
    m.op[3].custom = "MyOp";
    m.output[0] = OUTPUT;
    refuse_all(
        &m, AS_ERR_UNSUPPORTED,
        "3 reasons\n"
        "  REDUCE_PROD (operators 0 'out', 2 'out'): not supported, expected an operator of "
        "`arraysmith "
        "list layers`\n"
        "  operator 1 CUMSUM 'out': not supported, expected an operator of `arraysmith list "
        "layers`\n"
        "  operator 3 CUSTOM 'MyOp' 'out': not supported, expected an operator of `arraysmith list "
        "layers`");
}

Test(tflite, unsupported_operator_does_not_hide_other_faults)
{
    struct builder_model m = good();
    m.op[0].builtin = 13;
    m.op[1].version = 9;
    refuse_all(
        &m, AS_ERR_UNSUPPORTED,
        "2 reasons\n"
        "  operator 0 LOCAL_RESPONSE_NORMALIZATION 'mid': not supported, expected an operator of "
        "`arraysmith list layers`\n"
        "  operator 1 MAX_POOL_2D 'out': version 9, expected 1..3");
}

Test(tflite, operator_number_past_the_table_is_named_by_number)
{
    struct builder_model m = good();
    m.op[0].builtin = 9999;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 BUILTIN 9999 'mid': not supported, expected an operator of `arraysmith list "
           "layers`");
    cr_assert_null(as_tflite_builtin_name(-1));
    cr_assert_str_eq(as_tflite_builtin_name(126), "BATCH_MATMUL");
    cr_assert_str_eq(as_tflite_type_name(-1), "unknown type");
}

Test(tflite, activation_outside_the_four_is_refused)
{
    struct builder_model m = good();
    m.op[0].option[3] = 4;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 CONV_2D 'mid': fused activation 4, expected NONE, RELU, "
           "RELU_N1_TO_1 or RELU6");
}

Test(tflite, options_of_another_operator_are_refused)
{
    struct builder_model m = good();
    m.op[0].options_type = 2;
    refuse(&m, AS_ERR_PARSE, "operator 0 CONV_2D 'mid': options of type 2, expected 1");
    m.op[0].options_type = 0;
    refuse(&m, AS_ERR_PARSE, "operator 0 CONV_2D 'mid': no options of type 0, expected 1");
}

Test(tflite, options_that_say_nothing_may_be_of_any_type_or_absent)
{
    static const int8_t types[] = {0, 22, 1, 9};
    struct as_arena *arena = as_arena_new();
    struct builder_op pad = {.builtin = 34,
                             .version = 1,
                             .option_count = 1,
                             .option = {77},
                             .input_count = 2,
                             .output_count = 1,
                             .input = {INPUT, WEIGHTS},
                             .output = {OUTPUT}};
    struct builder_model m = one_op(pad, activation("in", 2, 2, 2), activation("out", 2, 2, 2));
    m.tensor[WEIGHTS] =
        (struct builder_tensor){.rank = 2, .shape = {4, 2}, .type = 2, .data_bytes = 32};
    for (size_t i = 0; i < sizeof types; i++) {
        m.op[0].options_type = types[i];
        cr_assert_eq(accept(arena, &m)->layers[0].op, AS_OP_PAD, "options of type %d", types[i]);
    }
    as_arena_free(arena);
}

Test(tflite, a_constant_may_lie_in_buffer_0)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    struct builder_tensor weights = m.tensor[WEIGHTS];
    m.from_buffer_0 = true;
    m.tensor[WEIGHTS] = m.tensor[INPUT];
    m.tensor[INPUT] = weights;
    m.input[0] = m.op[0].input[0] = WEIGHTS;
    m.op[0].input[1] = INPUT;
    cr_assert_eq(accept(arena, &m)->layers[0].conv.weights[17], 7);
    as_arena_free(arena);
}

Test(tflite, stride_and_dilation_are_bounded)
{
    struct builder_model m = good();
    m.op[0].option[1] = 0;
    refuse(&m, AS_ERR_RANGE, "operator 0 CONV_2D 'mid': stride_w is 0, expected 1..4096");
    m = good();
    m.op[0].option[5] = 0xffffffff;
    refuse(&m, AS_ERR_RANGE, "operator 0 CONV_2D 'mid': dilation_h is -1, expected 1..4096");
}

Test(tflite, window_larger_than_the_image_is_refused)
{
    struct builder_model m = good();
    m.op[0].option[0] = 1;
    m.op[0].option[4] = 2;
    refuse(&m, AS_ERR_RANGE,
           "operator 0 CONV_2D 'mid': kernel 3x3 with dilation 1x2 is larger than the "
           "image, 4x4");
}

Test(tflite, output_shape_must_agree)
{
    struct builder_model m = good();
    m.tensor[OUTPUT].shape[1] = 3;
    refuse(&m, AS_ERR_RANGE, "operator 1 MAX_POOL_2D 'out': output is 3x2x2, expected 2x2x2");
}

Test(tflite, groups_must_divide_the_channels)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.tensor[INPUT].shape[3] = 2;
    cr_assert_eq(accept(arena, &m)->layers[0].conv.groups, 2);
    as_arena_free(arena);

    m.tensor[INPUT].shape[3] = 3;
    refuse(&m, AS_ERR_RANGE, "operator 0 CONV_2D 'mid': 2 output channels in 3 groups");
    m = good();
    m.tensor[INPUT].shape[3] = 3;
    m.tensor[WEIGHTS].shape[3] = 2;
    m.tensor[WEIGHTS].data_bytes = 36;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 CONV_2D 'mid': weights 'w' have 4 dimensions and 2 input "
           "channels, expected 4 and 3");
}

/* ---- tensors ---- */

Test(tflite, other_types_are_refused_by_name)
{
    struct builder_model m = good();
    m.tensor[INPUT].type = 3;
    m.tensor[OUTPUT].type = 0;
    refuse_all(
        &m, AS_ERR_UNSUPPORTED,
        "2 reasons\n"
        "  tensor 0 'in': type UINT8 (3), expected INT8, or QUANTIZE between this input and an "
        "INT8 tensor, which the host then runs\n"
        "  tensor 4 'out': type FLOAT32 (0), expected INT8, or DEQUANTIZE between this output "
        "and an INT8 tensor, which the host then runs");
    m = good();
    m.tensor[BIAS].type = 4;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 CONV_2D 'mid': biases 'b' are INT64, expected INT32");
}

Test(tflite, shapes_are_bounded)
{
    struct builder_model m = good();
    m.tensor[INPUT].shape[1] = 0;
    refuse(&m, AS_ERR_RANGE, "tensor 0 'in': dimension 1 is 0, expected 1..268435456");
    m = good();
    m.tensor[INPUT].shape[1] = m.tensor[INPUT].shape[2] = 1 << 20;
    refuse(&m, AS_ERR_RANGE, "tensor 0 'in': more than 268435456 elements");
    m = good();
    m.tensor[INPUT].rank = 6;
    refuse(&m, AS_ERR_UNSUPPORTED, "tensor 0 'in': 6 dimensions, expected 1..5");
    m = good();
    m.tensor[INPUT].rank = 5;
    m.tensor[INPUT].shape[4] = 1;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 CONV_2D 'mid': tensor 0 has 5 dimensions, expected 1..4");
    m = good();
    m.tensor[INPUT].rank = 0;
    refuse(&m, AS_ERR_UNSUPPORTED, "tensor 0 'in': 0 dimensions, expected 1..5");
    m = good();
    m.tensor[INPUT].shape[0] = 2;
    refuse(&m, AS_ERR_RANGE, "operator 0 CONV_2D 'mid': output batch is 1, expected 2");
}

Test(tflite, activation_quantization_is_checked)
{
    struct builder_model m = good();
    m.tensor[MIDDLE].scale[0] = 0.0f;
    refuse(&m, AS_ERR_RANGE,
           "tensor 3 'mid' (operator 0 CONV_2D): scale 0, expected finite and above 0");
    m.tensor[MIDDLE].scale[0] = INFINITY;
    refuse(&m, AS_ERR_RANGE,
           "tensor 3 'mid' (operator 0 CONV_2D): scale inf, expected finite and above 0");
    m = good();
    m.tensor[MIDDLE].zero_point[0] = 128;
    refuse(&m, AS_ERR_RANGE,
           "tensor 3 'mid' (operator 0 CONV_2D): zero point 128, expected -128..127");
    m = good();
    m.tensor[MIDDLE].scale_count = 0;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "tensor 3 'mid' (operator 0 CONV_2D): 0 scales and 1 zero points, expected one of each");
    m = good();
    m.tensor[OUTPUT].zero_point[0] = -4;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 1 MAX_POOL_2D 'out': input scale 0.5 and zero point -3 "
           "differ from the output's 0.5 and -4");
}

Test(tflite, weights_are_checked)
{
    struct builder_model m = good();
    m.tensor[WEIGHTS].zero_point[1] = 5;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 CONV_2D 'mid': weights 'w': zero point 1 is 5, expected 0 but in "
           "FULLY_CONNECTED of one weight scale");
    m.tensor[WEIGHTS].zero_point[1] = 128;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 CONV_2D 'mid': weights 'w': zero point 1 is 128, expected -128..127");
    m = good();
    m.tensor[WEIGHTS].data_bytes = 17;
    refuse(&m, AS_ERR_RANGE, "operator 0 CONV_2D 'mid': weights 'w' have 17 bytes, expected 18");
    m.tensor[WEIGHTS].data_bytes = 0;
    refuse(&m, AS_ERR_UNSUPPORTED, "operator 0 CONV_2D 'mid': weights 'w' are not constant");
    m = good();
    m.tensor[WEIGHTS].scale_count = m.tensor[WEIGHTS].zero_point_count = 3;
    m.tensor[WEIGHTS].scale[2] = 1.0f;
    refuse(&m, AS_ERR_RANGE,
           "operator 0 CONV_2D 'mid': weights 'w' have 3 scales, expected 1 or 2");
    m = good();
    m.tensor[WEIGHTS].scale[1] = -1.0f;
    refuse(&m, AS_ERR_RANGE,
           "operator 0 CONV_2D 'mid': weights 'w': scale 1 is -1, expected 0 or more");
    m = good();
    m.tensor[BIAS].scale[1] = 1.0f;
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 CONV_2D 'mid': bias scale 1 is 1, expected input scale * "
           "weight scale, 0.125");
}

Test(tflite, variable_and_constant_activations_are_refused)
{
    struct builder_model m = good();
    m.tensor[MIDDLE].variable = 1;
    refuse(&m, AS_ERR_UNSUPPORTED, "tensor 3 'mid' (operator 0 CONV_2D): a variable tensor");
    m = good();
    m.tensor[INPUT].data_bytes = 16;
    refuse(&m, AS_ERR_UNSUPPORTED, "tensor 0 'in': a constant where an activation is expected");
}

/* ---- graphs ---- */

Test(tflite, inputs_and_outputs_are_in_the_order_of_the_file)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.tensor[WEIGHTS + 5] = activation("other", 4, 4, 1);
    m.tensor_count = WEIGHTS + 6 > m.tensor_count ? WEIGHTS + 6 : m.tensor_count;
    m.input_count = 2;
    m.input[0] = WEIGHTS + 5;
    m.input[1] = INPUT;
    m.output_count = 2;
    m.output[0] = MIDDLE;
    m.output[1] = OUTPUT;
    struct as_network *net = accept(arena, &m);
    cr_assert(net->inputs.count == 2 && net->outputs.count == 2);
    cr_assert_eq(net->inputs.port[0].tensor, WEIGHTS + 5);
    cr_assert_str_eq(net->inputs.port[0].name, "other");
    cr_assert_eq(net->inputs.port[1].tensor, INPUT);
    cr_assert_eq(net->outputs.port[0].tensor, MIDDLE);
    cr_assert_eq(net->outputs.port[1].tensor, OUTPUT);
    as_arena_free(arena);
}

Test(tflite, one_graph_with_inputs_and_outputs)
{
    struct builder_model m = good();
    m.graph_count = 0;
    refuse(&m, AS_ERR_UNSUPPORTED, "no subgraph, expected 1 or more");
    m = good();
    m.input_count = 2;
    m.input[1] = INPUT;
    refuse(&m, AS_ERR_PARSE, "tensor 0 'in': listed twice as an input");
    m = good();
    m.output_count = 0;
    refuse(&m, AS_ERR_UNSUPPORTED, "the network has 0 outputs, expected 1..16");
    m = good();
    m.output_count = 2;
    m.output[1] = -1;
    refuse(&m, AS_ERR_PARSE, "tensor -1 of 5");
    m = good();
    m.output_count = 2;
    m.output[1] = INPUT;
    refuse(&m, AS_ERR_PARSE, "tensor 0 'in': an output that no operator writes");
    m = good();
    m.op_count = 0;
    refuse(&m, AS_ERR_RANGE, "0 operators, expected 1..4096");
    m = good();
    m.version = 2;
    refuse(&m, AS_ERR_UNSUPPORTED, "schema version 2, expected 3");
}

/* TFLite runs the first, and so do we; of the others nothing has to be right. */
Test(tflite, a_graph_that_nobody_calls_is_not_read)
{
    struct as_arena *arena = as_arena_new();
    struct builder_model m = good();
    m.graph_count = 2;
    cr_assert_eq(accept(arena, &m)->layer_count, 2);
    as_arena_free(arena);
}

Test(tflite, operators_must_be_in_order)
{
    struct builder_model m = good();
    struct builder_op first = m.op[0];
    m.op[0] = m.op[1];
    m.op[1] = first;
    refuse(&m, AS_ERR_PARSE,
           "operator 0 MAX_POOL_2D 'out': no earlier operator writes input tensor 3");
    m = good();
    m.op[1].output[0] = INPUT;
    refuse_all(&m, AS_ERR_PARSE,
               "2 reasons\n"
               "  operator 1 MAX_POOL_2D 'in': output tensor 0 was written before\n"
               "  tensor 4 'out': an output that no operator writes");
}

Test(tflite, tensor_ids_are_bounded)
{
    struct builder_model m = good();
    m.op[0].input[0] = 99;
    refuse(&m, AS_ERR_PARSE, "operator 0 CONV_2D 'mid': tensor 99 of 5");
}

/* ---- ADD, RESHAPE, SOFTMAX ---- */

Test(tflite, add_wants_equal_shapes)
{
    struct as_arena *arena = as_arena_new();
    struct builder_op add = {.builtin = 0,
                             .version = 2,
                             .options_type = 11,
                             .option_count = 2,
                             .input_count = 2,
                             .output_count = 1,
                             .input = {INPUT, INPUT},
                             .output = {OUTPUT}};
    struct builder_model m = one_op(add, activation("in", 2, 2, 2), activation("out", 2, 2, 2));
    const struct as_layer *l = &accept(arena, &m)->layers[0];
    cr_assert(l->input[1] == INPUT && l->sum.multiplier[0] == 1 << 30 && l->sum.shift[0] == 0);
    cr_assert_eq(l->sum.shift[2], -18);

    m.op[0].input[1] = WEIGHTS; /* of two scales */
    refuse(&m, AS_ERR_UNSUPPORTED,
           "tensor 1 'w' (operator 0 ADD): 2 scales and 2 zero points, expected one of each");
    m = one_op(add, activation("in", 2, 2, 2), activation("out", 2, 2, 1));
    refuse(&m, AS_ERR_RANGE, "operator 0 ADD 'out': output is 2x2x1, expected 2x2x2");
    as_arena_free(arena);
}

Test(tflite, reshape_keeps_the_elements)
{
    struct as_arena *arena = as_arena_new();
    struct builder_op reshape = {.builtin = 22,
                                 .version = 1,
                                 .input_count = 1,
                                 .output_count = 1,
                                 .input = {INPUT},
                                 .output = {OUTPUT}};
    struct builder_model m = one_op(reshape, activation("in", 2, 2, 2), activation("out", 1, 1, 8));
    cr_assert_eq(accept(arena, &m)->layers[0].op, AS_OP_RESHAPE);
    m.tensor[OUTPUT].shape[3] = 7;
    refuse(&m, AS_ERR_RANGE, "operator 0 RESHAPE 'out': output has 7 elements, expected 8");
    as_arena_free(arena);
}

Test(tflite, softmax_wants_the_fixed_output_scale)
{
    struct as_arena *arena = as_arena_new();
    const float beta = 1.0f;
    struct builder_op softmax = {.builtin = 25,
                                 .version = 2,
                                 .options_type = 9,
                                 .option_count = 1,
                                 .input_count = 1,
                                 .output_count = 1,
                                 .input = {INPUT},
                                 .output = {OUTPUT}};
    memcpy(&softmax.option[0], &beta, 4);
    struct builder_model m = one_op(softmax, activation("in", 1, 1, 4), activation("out", 1, 1, 4));
    refuse(&m, AS_ERR_UNSUPPORTED,
           "operator 0 SOFTMAX 'out': output scale 0.5 and zero point -3, "
           "expected 1/256 and -128");
    m.tensor[OUTPUT].scale[0] = 0x1p-8f;
    m.tensor[OUTPUT].zero_point[0] = -128;
    const struct as_layer *l = &accept(arena, &m)->layers[0];
    /* 0.5 * 2^26 = 2^25: M = 2^30, L = 26; dmin = -31 */
    cr_assert(l->softmax.multiplier == 1 << 30 && l->softmax.shift == 26);
    cr_assert_eq(l->softmax.diff_min, -31);
    as_arena_free(arena);
}

/* ---- files ---- */

Test(tflite, wrong_identifier_is_not_a_model)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    struct builder_model m = good();
    builder_write(&model_bytes, &m);
    model_bytes.data[4] = 'X';
    cr_assert_eq(read_bytes(arena, model_bytes.data, model_bytes.bytes, &net), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, "dir/t.tflite: not a TFLite file (no identifier TFL3 at byte 4)");
    const struct as_source other = {"x", model_bytes.data, model_bytes.bytes};
    as_diag_init(&diag);
    cr_assert_eq(as_model_read(arena, &other, &net, &diag), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text,
                     "x: its bytes are of no known format; models are read from .onnx, .tflite");
    as_arena_free(arena);
}

Test(tflite, every_truncation_is_refused_with_a_message)
{
    struct builder_model m = good();
    builder_write(&model_bytes, &m);
    for (size_t n = 0; n < model_bytes.bytes; n++) {
        struct as_arena *arena = as_arena_new();
        struct as_network *net;
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, model_bytes.data, n);
        cr_assert_neq(read_bytes(arena, copy, n, &net), AS_OK, "%zu bytes", n);
        cr_assert_gt(diag.count, 0);
        free(copy);
        as_arena_free(arena);
    }
}

Test(flatbuf, offset_past_the_end_names_its_byte)
{
    struct as_flatbuf fb;
    uint8_t data[8] = {0xff, 0xff, 0xff, 0x7f, 'T', 'F', 'L', '3'};
    as_flatbuf_init(&fb, data, sizeof data);
    cr_assert_not(as_flatbuf_root(&fb, "TFL3").present);
    cr_assert(fb.malformed && fb.where == 0);
}
