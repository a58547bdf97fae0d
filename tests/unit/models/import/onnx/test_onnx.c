/* ONNX files written here byte by byte: what is read of them, and what is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/import/importers.h"
#include "models/import/onnx/onnx.h"

TestSuite(onnx);

/* ---- a writer of protocol buffers ---- */

struct text {
    size_t bytes;
    uint8_t data[4096];
};

static void put(struct text *t, const void *data, size_t bytes)
{
    cr_assert(t->bytes + bytes <= sizeof t->data);
    memcpy(t->data + t->bytes, data, bytes);
    t->bytes += bytes;
}

static void varint(struct text *t, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)((value & 127) | (value > 127 ? 128 : 0));
        put(t, &byte, 1);
        value >>= 7;
    } while (value > 0);
}

static void number(struct text *t, unsigned field, uint64_t value)
{
    varint(t, field << 3);
    varint(t, value);
}

static void block(struct text *t, unsigned field, const void *data, size_t bytes)
{
    varint(t, field << 3 | 2);
    varint(t, bytes);
    put(t, data, bytes);
}

static void string(struct text *t, unsigned field, const char *value)
{
    block(t, field, value, strlen(value));
}

/* ---- a network ---- */

enum { FLOAT = 1, UINT8 = 2, INT8 = 3, INT32 = 6 };

static struct text graph;

static void tensor(const char *name, int type, int rank, const int *dim, const void *data,
                   size_t bytes)
{
    struct text t = {.bytes = 0};
    for (int i = 0; i < rank; i++)
        number(&t, 1, (uint64_t)dim[i]);
    number(&t, 2, (uint64_t)type);
    string(&t, 8, name);
    block(&t, 9, data, bytes);
    block(&graph, 5, t.data, t.bytes);
}

static void scale(const char *name, float value)
{
    tensor(name, FLOAT, 0, NULL, &value, sizeof value);
}

static void zero_point(const char *name, int type, int value)
{
    int8_t byte = (int8_t)value;
    tensor(name, type, 0, NULL, &byte, 1);
}

/* "Conv x w -> y": the operator, its inputs, its output; with an attribute of `count` numbers. */
static void node_with(const char *words, const char *attribute, int count, const int *ints)
{
    struct text t = {.bytes = 0};
    char copy[256], *rest = copy, *op, *word;
    snprintf(copy, sizeof copy, "%s", words);
    op = strtok_r(rest, " ", &rest);
    while ((word = strtok_r(rest, " ", &rest)) && strcmp(word, "->") != 0)
        string(&t, 1, word);
    while ((word = strtok_r(rest, " ", &rest)))
        string(&t, 2, word);
    string(&t, 3, "here");
    string(&t, 4, op);
    if (attribute) {
        struct text a = {.bytes = 0};
        string(&a, 1, attribute);
        for (int i = 0; i < count; i++)
            number(&a, 8, (uint64_t)ints[i]);
        block(&t, 5, a.data, a.bytes);
    }
    block(&graph, 1, t.data, t.bytes);
}

static void node(const char *words)
{
    node_with(words, NULL, 0, NULL);
}

static void edge(unsigned field, const char *name, int type, int rank, const int *dim)
{
    struct text shape = {.bytes = 0}, tensor_type = {.bytes = 0}, t = {.bytes = 0};
    struct text value = {.bytes = 0};
    for (int i = 0; i < rank; i++) {
        struct text d = {.bytes = 0};
        if (dim[i] > 0)
            number(&d, 1, (uint64_t)dim[i]);
        else
            string(&d, 2, "N");
        block(&shape, 1, d.data, d.bytes);
    }
    number(&tensor_type, 1, (uint64_t)type);
    block(&tensor_type, 2, shape.data, shape.bytes);
    block(&t, 1, tensor_type.data, tensor_type.bytes);
    string(&value, 1, name);
    block(&value, 2, t.data, t.bytes);
    block(&graph, field, value.data, value.bytes);
}

static struct text file_of(int opset)
{
    struct text file = {.bytes = 0}, set = {.bytes = 0};
    number(&file, 1, 8);
    block(&file, 7, graph.data, graph.bytes);
    string(&set, 1, "");
    number(&set, 2, (uint64_t)opset);
    block(&file, 8, set.data, set.bytes);
    return file;
}

static struct as_arena *arena;
static struct as_diag diag;

static struct as_network *read_file_of(const struct text *file)
{
    struct as_network *net = NULL;
    const struct as_source source = {.model = "x.onnx", .data = file->data, .bytes = file->bytes};
    arena = as_arena_new();
    as_diag_init(&diag);
    cr_assert_eq(as_model_read(arena, &source, &net, &diag) == AS_OK, diag.count == 0, "%s",
                 diag.text);
    return net;
}

static struct as_network *accept(void)
{
    struct text file = file_of(17);
    struct as_network *net = read_file_of(&file);
    cr_assert(net, "%s", diag.text);
    return net;
}

static void refuse(const char *reason)
{
    struct text file = file_of(17);
    struct as_network *net = read_file_of(&file);
    cr_assert(!net);
    cr_assert(strstr(diag.text, reason), "%s", diag.text);
    as_arena_free(arena);
}

/* x, 1 x 2 x 3 x 3, quantized; weights of 4 x 2 x 1 x 1. */
static void begin(const char *conv)
{
    static const int x[4] = {0, 2, 3, 3}, w[4] = {4, 2, 1, 1}, bias[1] = {4};
    static const int8_t weights[8] = {1, -2, 3, -4, 5, -6, 7, 127};
    static const int32_t biases[4] = {10, -20, 30, 0};
    graph.bytes = 0;
    edge(11, "x", FLOAT, 4, x);
    scale("s", 0.5f);
    scale("s2", 0.25f);
    zero_point("z", UINT8, 3);
    zero_point("zw", INT8, 0);
    tensor("w", INT8, 4, w, weights, sizeof weights);
    tensor("b", INT32, 1, bias, biases, sizeof biases);
    node("QuantizeLinear x s z -> xq");
    node("DequantizeLinear xq s z -> xd");
    node("DequantizeLinear w s2 zw -> wd");
    node("DequantizeLinear b s2 -> bd");
    node(conv);
}

static void end(const char *name)
{
    edge(12, name, FLOAT, 0, NULL);
}

Test(onnx, a_quantized_convolution_is_one_layer_behind_a_transpose)
{
    begin("Conv xd wd bd -> y");
    node("QuantizeLinear y s z -> yq");
    node("DequantizeLinear yq s z -> yd");
    end("yd");
    struct as_network *net = accept();
    cr_assert_eq(net->layer_count, 3); /* the output is in ONNX's order again */
    const struct as_layer *conv = &net->layers[1];
    cr_assert(conv->op == AS_OP_CONV_2D && conv->rounding == AS_ROUNDING_FLOAT);
    cr_assert_eq(conv->conv.bias[1], -20);
    cr_assert_eq(conv->conv.weights[7], 127);
    cr_assert(net->inputs.port[0].value == AS_VALUE_FLOAT32 && net->inputs.port[0].ties_to_even);
    cr_assert_eq(net->tensors[net->inputs.port[0].tensor].zero_point, 3 - 128);
    as_arena_free(arena);
}

Test(onnx, functions_of_one_tensor_are_one_table)
{
    begin("Conv xd wd bd -> y");
    node("QuantizeLinear y s z -> yq");
    node("DequantizeLinear yq s z -> yd");
    node("Sigmoid yd -> a");
    node("Mul a yd -> t");
    node("Neg t -> t2");
    node("QuantizeLinear t2 s z -> tq");
    node("DequantizeLinear tq s z -> o");
    end("o");
    struct as_network *net = accept();
    int tables = 0;
    for (int i = 0; i < net->layer_count; i++)
        tables += net->layers[i].op == AS_OP_LOOKUP;
    cr_assert_eq(tables, 1);
    as_arena_free(arena);
}

Test(onnx, a_function_behind_the_last_bytes_is_the_hosts)
{
    begin("Conv xd wd bd -> y");
    node("QuantizeLinear y s z -> yq");
    node("DequantizeLinear yq s z -> yd");
    node("Neg yd -> o");
    end("o");
    struct as_network *net = accept();
    const struct as_port *out = &net->outputs.port[0];
    cr_assert(out->value == AS_VALUE_FLOAT32 && out->real);
    cr_assert_float_eq(out->real[5], -0.5f * (5 - (3 - 128)), 0.0f);
    as_arena_free(arena);
    begin("Conv xd wd bd -> y");
    node("QuantizeLinear y s z -> yq");
    node("DequantizeLinear yq s z -> yd");
    node("Elu yd -> o");
    end("o");
    refuse("output 'o' is a function that onnxruntime approximates");
    begin("Conv xd wd bd -> y");
    node("QuantizeLinear y s z -> yq");
    node("DequantizeLinear yq s z -> yd");
    node("Neg yd -> o");
    node("QuantizeLinear o s z -> q");
    end("o");
    refuse("output 'o' is a function that other nodes read too");
}

Test(onnx, what_moves_in_front_of_the_first_bytes_moves_bytes)
{
    graph.bytes = 0;
    edge(11, "x", FLOAT, 3, (const int[3]){1, 2, 4});
    scale("s", 0.5f);
    zero_point("z", INT8, 1);
    node("Transpose x -> t");
    node("Relu t -> r");
    node("QuantizeLinear r s z -> q");
    end("q");
    refuse("its input is not quantized");
    graph.bytes = 0;
    edge(11, "x", FLOAT, 3, (const int[3]){1, 2, 4});
    scale("s", 0.5f);
    zero_point("z", INT8, 1);
    node("Transpose x -> t");
    node("QuantizeLinear t s z -> q");
    node("DequantizeLinear q s z -> o");
    end("o");
    struct as_network *net = accept();
    cr_assert_eq(net->layer_count, 1);
    cr_assert_eq(net->layers[0].op, AS_OP_STRIDED_COPY);
    cr_assert_eq(net->tensors[net->layers[0].output].zero_point, 1);
    as_arena_free(arena);
}

static void average(int values)
{
    begin("Conv xd wd bd -> y");
    node("QuantizeLinear y s z -> yq");
    node("DequantizeLinear yq s z -> yd");
    node_with("AveragePool yd -> a", "kernel_shape", 2, (const int[2]){1, values});
    node("QuantizeLinear a s z -> o");
    end("o");
}

Test(onnx, an_average_is_accepted_where_no_order_of_additions_matters)
{
    average(2);
    refuse("the order of its additions decides");
    average(3);
    struct as_network *net = accept();
    const struct as_layer *pool = &net->layers[2];
    cr_assert(pool->op == AS_OP_DEPTHWISE_CONV_2D && pool->rounding == AS_ROUNDING_FLOAT);
    as_arena_free(arena);
}

Test(onnx, what_onnxruntime_computes_on_real_numbers_is_refused)
{
    begin("Conv xd wd bd -> y");
    node("Relu y -> r");
    node("QuantizeLinear r s z -> rq");
    node("DequantizeLinear rq s z -> o");
    end("o");
    refuse("node 4 Conv 'here': onnxruntime computes it on real numbers");
    begin("Conv xd wd bd -> y");
    end("y");
    refuse("output 'y' is not quantized");
    begin("Conv x wd -> y");
    node("QuantizeLinear y s z -> yq");
    end("yq");
    refuse("input 0 is not the output of DequantizeLinear");
}

Test(onnx, operators_that_are_not_known_are_told_by_node)
{
    begin("If xd -> y");
    node("Loop y -> o");
    end("o");
    refuse("node 4 If 'here': If is not supported");
    begin("ReduceMean xd -> y");
    end("y");
    refuse(
        "ReduceMean is not supported: onnxruntime computes it in float32, expected GlobalAverage");
}

Test(onnx, networks_of_floats_and_of_dynamic_scales_are_told_what_to_do)
{
    graph.bytes = 0;
    edge(11, "x", FLOAT, 2, (const int[2]){1, 4});
    node("Relu x -> y");
    end("y");
    refuse("no node quantizes: quantize it to int8");
    graph.bytes = 0;
    edge(11, "x", FLOAT, 2, (const int[2]){1, 4});
    node("DynamicQuantizeLinear x -> y s z");
    end("y");
    refuse("quantize it with quantize_static");
}

Test(onnx, nodes_come_after_what_they_read_and_write_once)
{
    begin("Conv late wd -> y");
    node("Relu xd -> late");
    refuse("nothing before it writes its input 'late'");
    begin("Conv xd wd -> y");
    node("Relu xd -> y");
    refuse("its output 'y' is written before");
}

Test(onnx, versions_and_shapes_are_within_bounds)
{
    struct text file;
    begin("Conv xd wd -> y");
    file = file_of(10);
    cr_assert(!read_file_of(&file));
    cr_assert(strstr(diag.text, "opset 10, expected 11..21"), "%s", diag.text);
    as_arena_free(arena);
    graph.bytes = 0;
    edge(11, "x", FLOAT, 3, (const int[3]){1, 0, 4});
    node("QuantizeLinear x s -> y");
    scale("s", 1.0f);
    end("y");
    refuse("dimension 1 is not known");
}

Test(onnx, every_beginning_of_a_file_is_read_within_it)
{
    begin("Conv xd wd bd -> y");
    node("QuantizeLinear y s z -> yq");
    end("yq");
    struct text file = file_of(17), part = {.bytes = 0};
    for (; part.bytes < file.bytes; part.bytes++) {
        uint8_t *exact = malloc(part.bytes + 1);
        cr_assert(exact);
        memcpy(exact, file.data, part.bytes);
        struct as_network *net;
        const struct as_source source = {.model = "x.onnx", .data = exact, .bytes = part.bytes};
        arena = as_arena_new();
        as_diag_init(&diag);
        if (as_model_read(arena, &source, &net, &diag) != AS_OK)
            cr_assert_gt(diag.count, 0);
        as_arena_free(arena);
        free(exact);
    }
}

Test(onnx, a_small_file_of_many_empty_messages_is_refused)
{
    struct text file = {.bytes = 0};
    number(&file, 1, 8);
    graph.bytes = 0;
    for (int i = 0; i < 2000; i++)
        block(&graph, 5, "", 0);
    block(&file, 7, graph.data, graph.bytes);
    cr_assert(!read_file_of(&file));
    cr_assert(strstr(diag.text, "so many empty messages"), "%s", diag.text);
    as_arena_free(arena);
}
