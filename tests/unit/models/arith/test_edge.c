/* The edge between a model's own values and the accelerator's int8. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "models/arith/edge.h"

static struct as_tensor tensor = {.name = "t", .n = 1, .h = 1, .w = 1, .c = 1, .bytes = 1};
static struct as_network net = {.tensor_count = 1, .tensors = &tensor};

static int take_float(float value)
{
    int8_t byte = 0;
    net.inputs = as_ports_single(0);
    net.inputs.port[0].value = AS_VALUE_FLOAT32;
    as_edge_take(&net, &value, &byte);
    return byte;
}

static float give_float(int byte)
{
    int8_t in = (int8_t)byte;
    float value = 0;
    net.outputs = as_ports_single(0);
    net.outputs.port[0].value = AS_VALUE_FLOAT32;
    as_edge_give(&net, &in, &value);
    return value;
}

/* Of q in all steps, and of what lies a little beside the middle between two. */
Test(edge, a_float_becomes_the_nearest_step)
{
    tensor.scale = 0.25f;
    for (tensor.zero_point = -128; tensor.zero_point <= 127; tensor.zero_point += 51)
        for (int q = -128; q <= 127; q++) {
            float value = 0.25f * (float)(q - tensor.zero_point);
            cr_assert_eq(take_float(value), q);
            cr_assert_eq(take_float(value + 0.12f), q);
            cr_assert_eq(take_float(value - 0.12f), q);
            cr_assert_float_eq(give_float(q), value, 0.0f);
        }
}

Test(edge, halves_go_away_from_zero)
{
    tensor.scale = 2.0f;
    tensor.zero_point = 3;
    cr_assert_eq(take_float(1.0f), 4);
    cr_assert_eq(take_float(-1.0f), 2);
    cr_assert_eq(take_float(5.0f), 6);
    cr_assert_eq(take_float(-5.0f), 0);
}

Test(edge, what_is_beyond_saturates_and_what_is_no_number_is_zero)
{
    tensor.scale = 0.01f;
    for (int z = -128; z <= 127; z += 255) {
        tensor.zero_point = z;
        cr_assert_eq(take_float(INFINITY), 127);
        cr_assert_eq(take_float(-INFINITY), -128);
        cr_assert_eq(take_float(3e38f), 127);
        cr_assert_eq(take_float(-3e38f), -128);
        cr_assert_eq(take_float(NAN), z);
    }
}

/* Ports lie one after the other, each in its own type. */
Test(edge, ports_follow_each_other_in_the_model_s_order)
{
    int8_t table[256], bytes[6], back[6];
    struct as_tensor tensors[3] = {{.bytes = 2, .scale = 1.0f}, {.bytes = 1}, {.bytes = 3}};
    struct as_network three = {.tensor_count = 3, .tensors = tensors};
    const float real[2] = {-3.0f, 100.0f};
    uint8_t own[8 + 1 + 3] = {0}, given[sizeof own];

    for (int i = 0; i < 256; i++)
        table[i] = (int8_t)(uint8_t)i; /* same scale, zero points 128 apart */
    three.inputs.count = 3;
    three.inputs.port[0] = (struct as_port){.tensor = 0, .value = AS_VALUE_FLOAT32};
    three.inputs.port[1] = (struct as_port){.tensor = 1, .value = AS_VALUE_UINT8, .table = table};
    three.inputs.port[2] = (struct as_port){.tensor = 2, .value = AS_VALUE_INT8};
    three.outputs = three.inputs;
    memcpy(own, real, sizeof real);
    memcpy(own + 8, (const uint8_t[]){200, 0xff, 0x80, 5}, 4);

    cr_assert_eq(as_edge_bytes(&three, &three.inputs), sizeof own);
    cr_assert_eq(as_ports_bytes(&three, &three.inputs), sizeof bytes);
    as_edge_take(&three, own, bytes);
    cr_assert_arr_eq(bytes, ((const int8_t[]){-3, 100, 72, -1, -128, 5}), 6);
    as_edge_give(&three, bytes, given);
    cr_assert_arr_eq(given, own, sizeof own);
    memcpy(back, bytes, sizeof back);

    struct as_arena *arena = as_arena_new();
    cr_assert_null(as_edge_difference(arena, &three, &three.outputs, given, own, "x"));
    three.outputs.port[1].name = "mask";
    given[8] = 199;
    cr_assert_str_eq(as_edge_difference(arena, &three, &three.outputs, given, own, "golden file"),
                     "mask byte 0 is 199, the golden file has 200");
    as_arena_free(arena);
}
