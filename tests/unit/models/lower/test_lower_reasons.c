/* What stands in the way of a network is told at once, and what is the same is told once. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "models/lower/lower.h"

#define COUNT_MAX 100

static struct as_graph graph;
static struct as_graph_tensor tensors[COUNT_MAX + 1];
static struct as_graph_operator operators[COUNT_MAX];
static int ids[COUNT_MAX + 1];
static char names[COUNT_MAX][20];
static struct as_diag diag;

/* A chain of `count` operators: operator i reads tensor i and writes tensor i + 1. */
static void make_chain(int count)
{
    static const float scale = 0.5f;
    static const int64_t zero_point = 0;

    for (int i = 0; i <= count; i++) {
        ids[i] = i;
        tensors[i] = (struct as_graph_tensor){.name = "t",
                                              .element = AS_ELEMENT_INT8,
                                              .type_name = "INT8",
                                              .rank = 1,
                                              .dim = {4},
                                              .elements = 4,
                                              .scale = &scale,
                                              .scale_count = 1,
                                              .zero_point = &zero_point,
                                              .zero_point_count = 1};
    }
    for (int i = 0; i < count; i++)
        operators[i] = (struct as_graph_operator){.name = "RELU",
                                                  .input_count = 1,
                                                  .input = {i},
                                                  .output_count = 1,
                                                  .output = &ids[i + 1]};
    graph = (struct as_graph){.label = "t",
                              .name = "t",
                              .tensor_count = count + 1,
                              .tensors = tensors,
                              .network_tensors = count + 1,
                              .operator_count = count,
                              .operators = operators,
                              .input_count = 1,
                              .output_count = 1,
                              .inputs = &ids[0],
                              .outputs = &ids[count]};
}

static void refuse(const char *want)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;

    as_diag_init(&diag);
    cr_assert_neq(as_lower(arena, &graph, &net, &diag), AS_OK);
    cr_assert_null(net);
    if (want)
        cr_assert_str_eq(diag.text, want);
    as_arena_free(arena);
}

Test(lower_reasons, one_reason_is_one_line)
{
    make_chain(3);
    operators[1].name = "NOVEL";
    refuse("t: operator 1 NOVEL 't': not supported, expected an operator of `arraysmith list "
           "layers`");
}

Test(lower_reasons, the_same_reason_is_told_once_for_all_operators_of_a_kind)
{
    make_chain(6);
    operators[1].name = operators[3].name = "NOVEL";
    operators[4].name = "OTHER";
    tensors[2].name = "up/a";
    tensors[4].name = "";
    refuse("t cannot run: 2 reasons\n"
           "  NOVEL (operators 1 'up/a', 3): not supported, expected an operator of `arraysmith "
           "list layers`\n"
           "  operator 4 OTHER 't': not supported, expected an operator of `arraysmith list "
           "layers`");
}

Test(lower_reasons, who_reads_what_a_refused_operator_writes_is_not_blamed)
{
    make_chain(4);
    operators[0].name = "NOVEL";
    tensors[1].element = AS_ELEMENT_OTHER;
    tensors[1].type_name = "INT16";
    tensors[1].type = 7;
    refuse("t cannot run: 2 reasons\n"
           "  operator 0 NOVEL 't': not supported, expected an operator of `arraysmith list "
           "layers`\n"
           "  tensor 1 't' (operator 1 RELU): type INT16 (7), expected INT8");
}

Test(lower_reasons, the_same_reason_is_told_once_for_all_tensors)
{
    make_chain(4);
    for (int i = 1; i < 4; i++) {
        tensors[i].element = AS_ELEMENT_OTHER;
        tensors[i].type_name = "INT16";
    }
    refuse("t: tensors 1 't' (operator 0 RELU), 2 't' (operator 1 RELU), 3 't' (operator 2 RELU): "
           "type INT16 (0), expected INT8");
}

Test(lower_reasons, what_is_wrong_with_each_tensor_of_an_operator_is_told)
{
    make_chain(2);
    operators[0].name = "ADD";
    operators[0].input_count = 2;
    operators[0].input[0] = 1;
    operators[0].input[1] = 2;
    refuse("t cannot run: 2 reasons\n"
           "  operator 0 ADD 't': no earlier operator writes input tensor 1\n"
           "  operator 0 ADD 't': no earlier operator writes input tensor 2");
}

Test(lower_reasons, sixteen_are_told_and_the_rest_is_counted)
{
    make_chain(COUNT_MAX);
    for (int i = 0; i < COUNT_MAX; i++) {
        snprintf(names[i], sizeof names[i], "NOVEL_%d", i);
        operators[i].name = names[i];
    }
    refuse(NULL);
    cr_assert_eq(strncmp(diag.text, "t cannot run: 100 reasons\n", 26), 0);
    cr_assert(strstr(diag.text, "NOVEL_15 ") && !strstr(diag.text, "NOVEL_16 "));
    cr_assert_str_eq(strrchr(diag.text, '\n'), "\n  and 84 more");
}

Test(lower_reasons, a_long_list_of_operators_and_a_long_name_are_cut)
{
    static const char name[] = "StatefulPartitionedCall/network/block_1/expand/Relu6;"
                               "StatefulPartitionedCall/network/block_1/expand";
    make_chain(20);
    for (int i = 0; i < 20; i++)
        operators[i].name = "NOVEL";
    tensors[1].name = name;
    refuse("t: NOVEL (operators 0 'StatefulPartitionedCall/network/block_1/expan...', 1 't', "
           "2 't', 3 't', 4, 5, 6, 7, 8, 9, 10, 11 and 8 more): not supported, expected an "
           "operator of `arraysmith list layers`");
}

/* The longest messages leave room for the last line. */
Test(lower_reasons, all_that_is_told_fits_a_message)
{
    static char long_name[2][200];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[0][199] = '\0';
    make_chain(90);
    for (int i = 0; i < 90; i++) {
        snprintf(names[i], sizeof names[i], "NOVEL_%d", i % 18);
        operators[i].name = names[i];
        tensors[i].name = long_name[0];
    }
    refuse(NULL);
    cr_assert_lt(diag.length + 1, sizeof diag.text);
    cr_assert_str_eq(strrchr(diag.text, '\n'), "\n  and 2 more");
}

Test(lower_reasons, floats_behind_int8_weights_are_one_sentence)
{
    static const uint8_t weights[4];
    make_chain(3);
    for (int i = 0; i < 3; i++) {
        tensors[i].element = AS_ELEMENT_FLOAT32;
        tensors[i].type_name = "FLOAT32";
    }
    operators[1].name = "FULLY_CONNECTED";
    operators[1].input_count = 2;
    operators[1].input[1] = 3;
    tensors[3].data = weights;
    tensors[3].data_bytes = 4;
    tensors[1].name = "dense";
    refuse(NULL);
    cr_assert_eq(strncmp(diag.text,
                         "t: weights are int8 but activations float32, as without a representative "
                         "dataset (operator 1 FULLY_CONNECTED, tensor 1 'dense'): quantize",
                         100),
                 0, "%s", diag.text);
    cr_assert_null(strchr(diag.text, '\n'));
}
