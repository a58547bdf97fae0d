/* ADD and MUL that are a function of two bytes: what is accepted gives that function. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/arith/onnxruntime.h"
#include "models/arith/quantization.h"
#include "models/lower/lower.h"

TestSuite(lower_pair);

static uint32_t state = 12345;

static uint32_t below(uint32_t bound)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % bound;
}

static float real[2][256];

static struct as_ort_pair draw(enum as_ort_operation operation)
{
    struct as_ort_pair pair = {.operation = operation,
                               .real = {real[0], real[1]},
                               .out_scale = 0.01f + 0.0001f * (float)below(1000),
                               .out_zero_point = (int)below(256) - 128,
                               .fused = operation != AS_ORT_SUB,
                               .of_unsigned = below(2) == 1,
                               .swapped = below(4) == 0};
    for (int n = 0; n < 2; n++) {
        pair.scale[n] = 0.01f + 0.0001f * (float)below(1000);
        pair.zero_point[n] = (int)below(256) - 128;
        for (int i = 0; i < 256; i++)
            real[n][i] = (float)((int8_t)i - pair.zero_point[n]) * pair.scale[n];
    }
    return pair;
}

/* A graph of the operator between two inputs and the output. */
static struct as_layer lower(struct as_arena *arena, const struct as_ort_pair *pair, bool *good)
{
    static float scale[3];
    static int64_t zero_point[3];
    static const int inputs[2] = {0, 1}, output = 2;
    struct as_graph_tensor tensor[3];
    struct as_graph_operator op = {.name = pair->operation == AS_ORT_MUL ? "MUL" : "ADD",
                                   .input_count = 2,
                                   .input = {0, 1},
                                   .output_count = 1,
                                   .output = &output,
                                   .pair = pair};
    struct as_graph graph = {.arithmetic = AS_ARITHMETIC_ONNXRUNTIME,
                             .label = "x",
                             .name = "x",
                             .tensor_count = 3,
                             .network_tensors = 3,
                             .tensors = tensor,
                             .operator_count = 1,
                             .operators = &op,
                             .input_count = 2,
                             .inputs = inputs,
                             .output_count = 1,
                             .outputs = &output};
    struct as_network *net;
    struct as_diag diag;
    as_diag_init(&diag);
    for (int i = 0; i < 3; i++) {
        scale[i] = i < 2 ? pair->scale[i] : pair->out_scale;
        zero_point[i] = i < 2 ? pair->zero_point[i] : pair->out_zero_point;
        tensor[i] = (struct as_graph_tensor){.name = "t",
                                             .element = AS_ELEMENT_INT8,
                                             .type_name = "INT8",
                                             .rank = 2,
                                             .dim = {1, 4},
                                             .elements = 4,
                                             .scale = &scale[i],
                                             .scale_count = 1,
                                             .zero_point = &zero_point[i],
                                             .zero_point_count = 1};
    }
    *good = as_lower(arena, &graph, &net, &diag) == AS_OK;
    cr_assert(*good || strstr(diag.text, "no terms of its bytes"), "%s", diag.text);
    return *good ? net->layers[0] : (struct as_layer){.index = 0};
}

/* What the layer's arithmetic gives. */
static int8_t layer_at(const struct as_layer *l, const struct as_ort_pair *pair, int a, int b)
{
    bool sum = l->op == AS_OP_ADD;
    int32_t acc = sum ? as_quant_term(&l->sum, 0, a, 0) + as_quant_term(&l->sum, 1, b, 0)
                      : (a - pair->zero_point[0]) * (b - pair->zero_point[1]);
    int32_t m = sum ? l->sum.multiplier[2] : l->out_multiplier;
    cr_assert(acc < 1 << 24 && acc > -(1 << 24));
    return as_clamp_i8(as_mul_float(acc, m, sum ? l->sum.shift[2] : l->out_shift) +
                           pair->out_zero_point,
                       l->act_min, l->act_max);
}

static void check(enum as_ort_operation operation, int draws, int least)
{
    int accepted = 0;
    for (int i = 0; i < draws; i++) {
        struct as_arena *arena = as_arena_new();
        struct as_ort_pair pair = draw(operation);
        bool good;
        struct as_layer layer = lower(arena, &pair, &good);
        for (int a = -128; good && a < 128; a++)
            for (int b = -128; b < 128; b++)
                cr_assert_eq(layer_at(&layer, &pair, a, b),
                             as_ort_pair(&pair, (int8_t)a, (int8_t)b), "draw %d: %d and %d", i, a,
                             b);
        accepted += good;
        as_arena_free(arena);
    }
    cr_assert_geq(accepted, least, "%d of %d", accepted, draws);
}

Test(lower_pair, sums_give_every_byte)
{
    check(AS_ORT_ADD, 60, 55);
}

Test(lower_pair, differences_give_every_byte)
{
    check(AS_ORT_SUB, 60, 55);
}

Test(lower_pair, products_give_every_byte)
{
    check(AS_ORT_MUL, 60, 50);
}

/* Scales of a power of two apart: a quarter of all sums are ties. */
Test(lower_pair, ties_go_to_the_even_byte)
{
    struct as_arena *arena = as_arena_new();
    struct as_ort_pair pair = draw(AS_ORT_ADD);
    bool good;
    pair.scale[0] = pair.scale[1] = 0.125f;
    pair.out_scale = 0.25f;
    pair.out_zero_point = -6; /* even: onnxruntime rounds behind the zero point */
    pair.swapped = false;
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 256; i++)
            real[n][i] = (float)((int8_t)i - pair.zero_point[n]) * pair.scale[n];
    struct as_layer layer = lower(arena, &pair, &good);
    cr_assert(good);
    for (int a = -128; a < 128; a++)
        for (int b = -128; b < 128; b++)
            cr_assert_eq(layer_at(&layer, &pair, a, b), as_ort_pair(&pair, (int8_t)a, (int8_t)b));
    as_arena_free(arena);
}
