/* Does a variable hold between inferences what the operators of a file say?
 *
 * Networks of a few values run frame by frame on the reference engine; what is expected is written
 * down frame by frame.  As in TFLite for Microcontrollers, a variable that CALL_ONCE does not set
 * begins as the zero point of what is assigned to it first. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/import/importers.h"
#include "sim/reference/reference.h"
#include "tests/unit/helpers/tflite_build.h"

#define VALUES 3
#define ZERO   -7
#define FRAMES 4

static const int shape[2] = {1, VALUES}, wide[2] = {1, 2 * VALUES};

static struct build *b;
static struct as_arena *arena;
static struct as_diag diag;
static int x; /* the input */

static void setup(void)
{
    b = build_new(1);
    arena = as_arena_new();
    x = build_activation(b, 2, shape, 0.5f, ZERO);
}

static void teardown(void)
{
    build_free(b);
    as_arena_free(arena);
}

TestSuite(state, .init = setup, .fini = teardown);

static void start_again(void)
{
    teardown();
    setup();
}

static struct as_network *import(int output)
{
    struct as_network *net;
    size_t bytes;

    build_ports(b, x, output);
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    return net;
}

static void refused(int output, const char *text)
{
    cr_assert_null(import(output));
    cr_assert_not_null(strstr(diag.text, text), "%s", diag.text);
}

static int read_of(int handle)
{
    return build_read(b, handle, 2, shape, x);
}

static int relu(int input)
{
    return build_unary(b, 19, input);
}

static int constant(const int *dim, const int8_t *value, size_t bytes)
{
    const float scale = 0.5f;
    return build_constant(b, 9, 2, dim, value, bytes, 1, &scale, ZERO, 0);
}

/* Value i of frame `frame` of the input. */
static int8_t given(int frame, int i)
{
    return (int8_t)(10 * frame + i);
}

/* Runs FRAMES frames; out[frame] are the values of the output, `count` of them. */
static struct as_network *run(int output, int count, int8_t out[FRAMES][2 * VALUES])
{
    struct as_network *net = import(output);
    cr_assert_not_null(net, "%s", diag.text);
    cr_assert_eq(as_ports_bytes(net, &net->outputs), (size_t)count);
    int8_t **tensors = NULL;

    for (int frame = 0; frame < FRAMES; frame++) {
        int8_t **now = AS_NEW(arena, int8_t *, net->tensor_count), input[VALUES];
        for (int i = 0; i < net->tensor_count; i++)
            now[i] = as_arena_alloc(arena, net->tensors[i].bytes + 1);
        for (int i = 0; i < VALUES; i++)
            input[i] = given(frame, i);
        as_state_enter(net, tensors, now);
        cr_assert_eq(as_reference_run(net, input, now, &diag), AS_OK, "%s", diag.text);
        as_ports_gather(net, now, out[frame]);
        tensors = now;
    }
    return net;
}

/* The frame `ago` inferences before each, and `first` before there was one. */
static void expect_delay(int output, int ago, const int8_t *first)
{
    int8_t out[FRAMES][2 * VALUES];
    run(output, VALUES, out);
    for (int frame = 0; frame < FRAMES; frame++)
        for (int i = 0; i < VALUES; i++)
            cr_assert_eq(out[frame][i], frame < ago ? first[i] : given(frame - ago, i),
                         "frame %d, value %d: %d", frame, i, out[frame][i]);
}

static const int8_t zeros[VALUES] = {ZERO, ZERO, ZERO}, drawn[VALUES] = {1, -128, 127};

Test(state, a_variable_survives_until_the_next_inference)
{
    int handle = build_handle(b, 0), before = read_of(handle);
    build_assign(b, handle, x);
    expect_delay(before, 1, zeros);
}

Test(state, call_once_gives_the_first_value)
{
    int handle = build_handle(b, 0), before = read_of(handle);
    build_assign(b, handle, x);
    build_initial(b, 0, constant(shape, drawn, VALUES));
    expect_delay(before, 1, drawn);
}

Test(state, a_read_after_an_assignment_sees_the_new_value)
{
    int handle = build_handle(b, 0);
    read_of(handle);
    build_assign(b, handle, x);
    expect_delay(read_of(build_handle(b, 0)), 0, NULL);
}

Test(state, of_several_assignments_the_last_one_stays)
{
    int handle = build_handle(b, 0), before = read_of(handle);
    build_assign(b, handle, relu(x));
    build_assign(b, handle, x);
    build_initial(b, 0, constant(shape, drawn, VALUES));
    expect_delay(before, 1, drawn);
}

Test(state, without_a_first_value_it_is_the_zero_point_of_what_is_assigned_first)
{
    int handle = build_handle(b, 0), before = read_of(handle), quantized = relu(x);
    build_assign(b, handle, quantized);
    build_assign(b, handle, x);
    struct as_network *net = import(before);
    cr_assert_not_null(net, "%s", diag.text);
    cr_assert_eq(net->variables[0].initial[0], net->tensors[quantized].zero_point);
    cr_assert_neq(net->tensors[quantized].zero_point, ZERO);
}

Test(state, variables_that_take_each_others_values_take_those_in_front_of_the_inference)
{
    int first = build_handle(b, 0), second = build_handle(b, 1);
    int newer = read_of(first), older = read_of(second);
    build_assign(b, second, newer);
    build_assign(b, first, x);
    expect_delay(older, 2, zeros);
}

Test(state, exchanged_variables_return_after_two_inferences)
{
    int8_t out[FRAMES][2 * VALUES];
    int first = build_handle(b, 0), second = build_handle(b, 1);
    int a = read_of(first), c = read_of(second);
    build_assign(b, first, c);
    build_assign(b, second, a);
    build_initial(b, 0, constant(shape, drawn, VALUES));
    build_initial(b, 1, constant(shape, zeros, VALUES));
    run(build_concatenation(b, 1, 2, (const int[2]){a, c}), 2 * VALUES, out);
    for (int frame = 0; frame < FRAMES; frame++) {
        cr_assert_arr_eq(out[frame], frame % 2 ? zeros : drawn, VALUES);
        cr_assert_arr_eq(out[frame] + VALUES, frame % 2 ? drawn : zeros, VALUES);
    }
}

Test(state, a_window_moves_by_a_frame)
{
    static const int begin[2] = {0, VALUES}, size[2] = {1, VALUES};
    int8_t out[FRAMES][2 * VALUES];
    int handle = build_handle(b, 0);
    int window = build_concatenation(b, 1, 2, (const int[2]){read_of(handle), x});
    build_assign(b, handle, build_slice(b, window, begin, size));
    struct as_network *net = run(window, 2 * VALUES, out);
    for (int frame = 0; frame < FRAMES; frame++)
        for (int i = 0; i < 2 * VALUES; i++)
            cr_assert_eq(out[frame][i], i >= VALUES  ? given(frame, i - VALUES)
                                        : frame == 0 ? ZERO
                                                     : given(frame - 1, i));
    cr_assert_eq(net->layer_count, 2, "the slice writes to the variable itself");
    cr_assert_eq(net->variable_count, 1);
    cr_assert_eq(net->variables[0].next, net->layers[1].output);
    cr_assert_eq(as_state_bytes(net), VALUES);
}

/* No layer may write a variable that a later one, or the same, still reads. */
Test(state, what_is_still_read_is_written_by_a_copy_at_the_end)
{
    int handle = build_handle(b, 0), before = read_of(handle);
    build_assign(b, handle, relu(x));
    struct as_network *net = import(build_sum_or_product(b, 0, before, x, x));
    cr_assert_not_null(net, "%s", diag.text);
    const struct as_layer *last = &net->layers[net->layer_count - 1];
    cr_assert_str_eq(last->name, "ASSIGN_VARIABLE");
    cr_assert_eq(net->variables[0].next, last->output);

    start_again();
    handle = build_handle(b, 0);
    int sum = build_sum_or_product(b, 0, read_of(handle), x, x);
    build_assign(b, handle, sum);
    net = import(sum);
    cr_assert_eq(net->layer_count, 2);
    cr_assert_eq(net->variables[0].next, net->layers[1].output);
}

Test(state, one_tensor_may_be_the_value_of_two_variables)
{
    int8_t out[FRAMES][2 * VALUES];
    int first = build_handle(b, 0), second = build_handle(b, 1);
    int joined = build_concatenation(b, 1, 2, (const int[2]){read_of(first), read_of(second)});
    static const int begin[2] = {0, 0}, size[2] = {1, VALUES};
    int copy = build_slice(b, build_concatenation(b, 1, 2, (const int[2]){x, x}), begin, size);
    build_assign(b, first, copy);
    build_assign(b, second, copy);
    run(joined, 2 * VALUES, out);
    for (int frame = 1; frame < FRAMES; frame++)
        for (int i = 0; i < 2 * VALUES; i++)
            cr_assert_eq(out[frame][i], given(frame - 1, i % VALUES));
}

Test(state, what_is_assigned_before_it_is_read_is_no_state)
{
    int handle = build_handle(b, 0);
    build_assign(b, handle, x);
    struct as_network *net = import(relu(read_of(handle)));
    cr_assert_not_null(net, "%s", diag.text);
    cr_assert_eq(net->variable_count, 0);

    start_again();
    build_assign(b, build_handle(b, 0), x);
    net = import(relu(x));
    cr_assert_not_null(net, "%s", diag.text);
    cr_assert_eq(net->variable_count, 0);
}

Test(state, a_variable_that_nobody_assigns_keeps_its_first_value)
{
    int8_t out[FRAMES][2 * VALUES];
    int before = read_of(build_handle(b, 0));
    build_initial(b, 0, constant(shape, drawn, VALUES));
    int joined = build_concatenation(b, 1, 2, (const int[2]){before, x});
    run(joined, 2 * VALUES, out);
    for (int frame = 0; frame < FRAMES; frame++)
        cr_assert_arr_eq(out[frame], drawn, VALUES);
}

/* ---- what is refused ---- */

Test(state, a_variable_has_one_size)
{
    int handle = build_handle(b, 0);
    int window = build_concatenation(b, 1, 2, (const int[2]){read_of(handle), x});
    build_assign(b, handle, window);
    refused(window, "variable 'v0' has 6 values here and 3 where it is first used");

    start_again();
    handle = build_handle(b, 0);
    int before = read_of(handle);
    build_assign(b, handle, x);
    const int8_t more[2 * VALUES] = {0};
    build_initial(b, 0, constant(wide, more, sizeof more));
    refused(before, "variable 'v0' has 3 values here and 6 where it is first used");
}

Test(state, a_handle_comes_from_var_handle)
{
    refused(relu(read_of(x)), "expected the output of an earlier VAR_HANDLE");
}

Test(state, what_is_read_has_a_value)
{
    refused(relu(read_of(build_handle(b, 0))),
            "the value of variable 'v0', which no operator assigns");
}

Test(state, what_is_assigned_is_written_before)
{
    int later = build_activation(b, 2, shape, 0.5f, ZERO), handle = build_handle(b, 0);
    int before = read_of(handle);
    build_assign(b, handle, later);
    refused(before, "no earlier operator writes input tensor");
}

Test(state, a_first_value_is_a_constant)
{
    int handle = build_handle(b, 0), before = read_of(handle);
    build_assign(b, handle, x);
    build_initial(b, 0, x);
    refused(before, "variable 'v0' begins as 't0', INT8 of 0 bytes, expected a constant INT8 of 3");
}

Test(state, call_once_calls_assignments_of_constants_alone)
{
    int y = relu(x);
    relu(x);
    build_once(b);
    refused(y, "it calls operator 0 RELU of subgraph 1, expected VAR_HANDLE and ASSIGN_VARIABLE of "
               "constants");

    start_again();
    y = relu(x);
    build_assign(b, x, constant(shape, drawn, VALUES));
    build_once(b);
    refused(y, "it calls operator 0 ASSIGN_VARIABLE, which has no earlier VAR_HANDLE and constant");
}

Test(state, a_variable_of_floats_is_told_with_what_to_do)
{
    int handle = build_handle(b, 0), y = relu(x), real = build_outer(b, BUILD_FLOAT32, x);
    build_op(b, 143, 1, 0, 0, NULL, 1, &handle, real);
    build_assign(b, handle, real);
    refused(y, "a variable of float32, expected INT8: let TensorFlow Lite's converter quantize "
               "variables too");
}

Test(state, call_once_calls_a_further_graph)
{
    const uint32_t itself = 0, missing = 1;
    build_op(b, 129, 1, 103, 1, &itself, 0, NULL, 0);
    build_outputs(b, 0, NULL);
    refused(relu(x), "it calls subgraph 0, the file has 1");

    start_again();
    build_op(b, 129, 1, 103, 1, &missing, 0, NULL, 0);
    build_outputs(b, 0, NULL);
    refused(relu(x), "it calls subgraph 1, the file has 1");
}

Test(state, first_values_come_before_the_variable_is_used)
{
    const uint32_t graph = 1;
    int y = relu(x), handle = build_handle(b, 0), before = read_of(handle);
    build_assign(b, handle, y);
    build_initial(b, 0, constant(shape, drawn, VALUES));
    build_op(b, 129, 1, 103, 1, &graph, 0, NULL, 0); /* besides that in front of all others */
    build_outputs(b, 0, NULL);
    refused(before, "variable 'v0' gets its first value here, but operator 3 READ_VARIABLE uses it "
                    "before");
}
