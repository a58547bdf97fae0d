/* Inputs and outputs of other types than int8: which operators the host runs, and what is refused.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "models/lower/lower.h"

enum { OUTER, IN, OUT, RESULT, TENSORS };
enum { TAKE, WORK, GIVE, OPERATORS };

static struct as_diag diag;
static struct as_arena *arena;

/* OUTER -QUANTIZE-> IN -RELU-> OUT -DEQUANTIZE-> RESULT */
static struct as_graph graph;
static struct as_graph_operator operators[OPERATORS];
static struct as_graph_tensor tensors[TENSORS];
static const float scale[TENSORS] = {0.5f, 0.5f, 0.5f, 0.25f};
static int64_t zero_point[TENSORS] = {130, 2, 3, 140};
static const float value[4] = {0};
static const int ids[TENSORS] = {OUTER, IN, OUT, RESULT};

static void set_operator(int index, const char *name, int input, int output)
{
    operators[index] = (struct as_graph_operator){.name = name,
                                                  .input_count = 1,
                                                  .input = {input},
                                                  .output_count = 1,
                                                  .output = &ids[output]};
}

static void set_type(int id, enum as_element element)
{
    static const char *const names[] = {"INT8", "UINT8", "INT32", "FLOAT32", "INT64"};
    tensors[id].element = element;
    tensors[id].type_name = names[element];
}

static void setup(void)
{
    static const char *const names[TENSORS] = {"image", "in", "out", "score"};
    arena = as_arena_new();
    as_diag_init(&diag);
    zero_point[OUTER] = 130;
    for (int i = 0; i < TENSORS; i++) {
        tensors[i] = (struct as_graph_tensor){.name = names[i],
                                              .rank = 2,
                                              .dim = {1, 4},
                                              .elements = 4,
                                              .scale = &scale[i],
                                              .scale_count = 1,
                                              .zero_point = &zero_point[i],
                                              .zero_point_count = 1};
        set_type(i, i == OUTER || i == RESULT ? AS_ELEMENT_FLOAT32 : AS_ELEMENT_INT8);
    }
    set_operator(TAKE, "QUANTIZE", OUTER, IN);
    set_operator(WORK, "RELU", IN, OUT);
    set_operator(GIVE, "DEQUANTIZE", OUT, RESULT);
    graph = (struct as_graph){.label = "t",
                              .name = "t",
                              .tensor_count = TENSORS,
                              .network_tensors = TENSORS,
                              .tensors = tensors,
                              .operator_count = OPERATORS,
                              .operators = operators,
                              .input_count = 1,
                              .inputs = &ids[OUTER],
                              .output_count = 1,
                              .outputs = &ids[RESULT]};
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(lower_edges, .init = setup, .fini = teardown);

static void start_again(void)
{
    teardown();
    setup();
}

static void refuse(const char *want)
{
    struct as_network *net;
    cr_assert_neq(as_lower(arena, &graph, &net, &diag), AS_OK);
    cr_assert_null(net);
    cr_assert(strstr(diag.text, want), "%s\nexpected %s", diag.text, want);
    as_diag_init(&diag);
}

static struct as_network *accept(void)
{
    struct as_network *net;
    cr_assert_eq(as_lower(arena, &graph, &net, &diag), AS_OK, "%s", diag.text);
    return net;
}

Test(lower_edges, quantize_and_dequantize_at_the_edge_are_the_host_s)
{
    struct as_network *net = accept();
    cr_assert(net->layer_count == 1 && strcmp(net->layers[0].name, "RELU") == 0);
    const struct as_port *in = &net->inputs.port[0], *out = &net->outputs.port[0];
    cr_assert(in->tensor == IN && in->value == AS_VALUE_FLOAT32);
    cr_assert(out->tensor == OUT && out->value == AS_VALUE_FLOAT32);
    cr_assert_str_eq(in->name, "image");
    cr_assert_str_eq(in->op, "QUANTIZE");
    cr_assert_str_eq(out->op, "DEQUANTIZE");
}

/* The same scale and zero points 128 apart: the byte minus 128, and back. */
Test(lower_edges, uint8_of_the_same_scale_is_int8_and_128)
{
    set_type(OUTER, AS_ELEMENT_UINT8);
    const struct as_port *in = &accept()->inputs.port[0];
    cr_assert_eq(in->value, AS_VALUE_UINT8);
    for (int i = -128; i < 128; i++)
        cr_assert_eq(in->table[(uint8_t)i], i);
}

Test(lower_edges, int8_edges_stay_as_they_are)
{
    operators[TAKE] = operators[WORK];
    graph.operator_count = 1;
    graph.inputs = &ids[IN];
    graph.outputs = &ids[OUT];
    const struct as_network *net = accept();
    cr_assert(net->inputs.port[0].value == AS_VALUE_INT8 && !net->inputs.port[0].op);
    cr_assert(net->outputs.port[0].value == AS_VALUE_INT8 && !net->outputs.port[0].op);
}

Test(lower_edges, floats_that_reach_further_are_refused)
{
    set_operator(TAKE, "RELU", OUTER, IN);
    refuse(
        "t: tensor 0 'image': type FLOAT32 (0), expected INT8, or QUANTIZE between this input and "
        "an INT8 tensor, which the host then runs");
    start_again();
    set_operator(WORK, "RELU", OUTER, OUT); /* reads it as well */
    refuse("tensor 0 'image'");
    start_again();
    set_operator(GIVE, "RELU", OUT, RESULT);
    refuse("tensor 3 'score': type FLOAT32 (0), expected INT8, or DEQUANTIZE");
    start_again();
    set_type(OUTER, AS_ELEMENT_OTHER);
    refuse("tensor 0 'image': type INT64");
    start_again();
    tensors[OUTER].elements = 3;
    refuse("tensor 0 'image'");
}

/* The float output is no tensor of the accelerator, and another operator cannot read it. */
Test(lower_edges, an_output_of_floats_is_read_by_nobody)
{
    static struct as_graph_operator more[OPERATORS + 1];
    memcpy(more, operators, sizeof operators);
    more[OPERATORS] = operators[WORK];
    more[OPERATORS].input[0] = RESULT;
    graph.operators = more;
    graph.operator_count = OPERATORS + 1;
    refuse("tensor 3 'score' (operator 3 RELU): type FLOAT32 (0), expected INT8");
}

Test(lower_edges, uint8_needs_one_scale_and_a_zero_point_of_a_byte)
{
    set_type(OUTER, AS_ELEMENT_UINT8);
    zero_point[OUTER] = 256;
    refuse("tensor 0 'image': zero point 256, expected 0..255");
    zero_point[OUTER] = 130;
    tensors[OUTER].scale_count = 0;
    refuse("tensor 0 'image': 0 scales and 1 zero points, expected one of each");
}

Test(lower_edges, a_network_of_floats_is_told_what_to_do)
{
    operators[WORK].input_count = 2;
    operators[WORK].input[1] = OUTER;
    tensors[OUTER].data = (const uint8_t *)value;
    refuse("t: weights are float32 (operator 0 QUANTIZE, tensor 0 'image'): quantize the network");
}

Test(lower_edges, a_network_of_edges_alone_is_refused)
{
    set_operator(WORK, "DEQUANTIZE", IN, RESULT);
    graph.operator_count = 2;
    refuse("t: the host computes every operator, expected one for the accelerator between inputs "
           "and outputs");
}
