/* Does the reference engine compute every kind of layer as its formula says, and does the importer
 * refuse what it cannot?
 *
 * What is expected is computed here a second time and in another way: from flat indices, in wide
 * integers with divisions, scattering inputs to outputs where the engine gathers. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/quantization.h"
#include "models/import/importers.h"
#include "models/arith/fixed_point.h"
#include "sim/reference/reference.h"
#include "tests/unit/helpers/tflite_build.h"

/* ---- the arithmetic, again ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/* x * m * 2^(shift - 31), rounded half up to an integer of 2^shift, then half away from zero. */
static int64_t scaled(int64_t x, int32_t m, int shift)
{
    int64_t left = shift > 0 ? INT64_C(1) << shift : 1;
    int64_t high = floor_div((int32_t)(uint32_t)(uint64_t)(x * left) * (int64_t)m + (1 << 30),
                             INT64_C(1) << 31);
    if (shift >= 0)
        return high;
    int64_t unit = INT64_C(1) << -shift, size = llabs(high);
    int64_t rounded = (2 * size + unit) / (2 * unit);
    return high < 0 ? -rounded : rounded;
}

static int8_t finish(int64_t value, const struct as_tensor *out, const struct as_layer *l)
{
    value += out->zero_point;
    if (value > l->act_max)
        value = l->act_max;
    if (value < l->act_min)
        value = l->act_min;
    return (int8_t)value;
}

/* Position i of a tensor as n, h, w, c. */
static void unflatten(const struct as_tensor *t, size_t i, int at[4])
{
    at[3] = (int)(i % (size_t)t->c);
    at[2] = (int)(i / (size_t)t->c % (size_t)t->w);
    at[1] = (int)(i / (size_t)t->c / (size_t)t->w % (size_t)t->h);
    at[0] = (int)(i / (size_t)t->c / (size_t)t->w / (size_t)t->h);
}

static size_t flatten(const struct as_tensor *t, int n, int h, int w, int c)
{
    const int at[4] = {n, h, w, c}, dim[4] = {t->n, t->h, t->w, t->c};
    size_t i = 0;
    for (int d = 0; d < 4; d++)
        i = i * (size_t)dim[d] + (size_t)at[d];
    return i;
}

struct scene {
    const struct as_network *net;
    int8_t *const *tensors;
    const struct as_layer *l;
    const struct as_tensor *in, *in2, *out;
    const int8_t *x, *x2;
    int8_t *want;
};

/* Adds each input value to every output that it reaches through a tap. */
static void expect_conv(const struct scene *s)
{
    const struct as_layer *l = s->l;
    bool depthwise = l->op == AS_OP_DEPTHWISE_CONV_2D;
    int64_t *sum = calloc(s->out->bytes, sizeof *sum);
    int per_group_in = s->in->c / l->conv.groups, per_group_out = s->out->c / l->conv.groups;
    for (size_t i = 0; i < s->in->bytes; i++) {
        int at[4];
        unflatten(s->in, i, at);
        for (int r = 0; r < l->conv.kernel_h; r++)
            for (int t = 0; t < l->conv.kernel_w; t++) {
                int y = at[1] + l->conv.pad_top - r * l->conv.dilation_h;
                int x = at[2] + l->conv.pad_left - t * l->conv.dilation_w;
                if (y < 0 || x < 0 || y % l->conv.stride_h || x % l->conv.stride_w ||
                    y / l->conv.stride_h >= s->out->h || x / l->conv.stride_w >= s->out->w)
                    continue;
                for (int k = 0; k < s->out->c; k++) {
                    size_t weight;
                    if (depthwise) {
                        if (k / l->conv.depth_multiplier != at[3])
                            continue;
                        weight = (size_t)((r * l->conv.kernel_w + t) * s->out->c + k);
                    } else {
                        if (k / per_group_out != at[3] / per_group_in)
                            continue;
                        weight = (size_t)(((k * l->conv.kernel_h + r) * l->conv.kernel_w + t) *
                                              per_group_in +
                                          at[3] % per_group_in);
                    }
                    sum[flatten(s->out, at[0], y / l->conv.stride_h, x / l->conv.stride_w, k)] +=
                        l->conv.weights[weight] * (s->x[i] - s->in->zero_point);
                }
            }
    }
    for (size_t i = 0; i < s->out->bytes; i++) {
        size_t k = i % (size_t)s->out->c;
        s->want[i] = finish(
            scaled(sum[i] + l->conv.bias[k], l->conv.multiplier[k], l->conv.shift[k]), s->out, l);
    }
    free(sum);
}

static void expect_fully_connected(const struct scene *s)
{
    const struct as_layer *l = s->l;
    size_t depth = l->conv.weight_bytes / (size_t)s->out->c;
    for (size_t i = 0; i < s->out->bytes; i++) {
        size_t k = i % (size_t)s->out->c, row = i / (size_t)s->out->c;
        int64_t sum = l->conv.bias[k];
        for (size_t d = depth; d-- > 0;)
            sum +=
                (int64_t)(l->conv.weights[k * depth + d] - as_weight_zero_point(&l->conv, (int)k)) *
                (s->x[row * depth + d] - s->in->zero_point);
        s->want[i] = finish(scaled(sum, l->conv.multiplier[k], l->conv.shift[k]), s->out, l);
    }
}

/* Difference from the zero point of the value of input 1 that output `i` meets. */
static int64_t met(const struct scene *s, size_t i)
{
    int at[4];
    unflatten(s->out, i, at);
    return s->x2[flatten(s->in2, at[0] % s->in2->n, at[1] % s->in2->h, at[2] % s->in2->w,
                         at[3] % s->in2->c)] -
           s->in2->zero_point;
}

static void expect_elementwise(const struct scene *s)
{
    const struct as_layer *l = s->l;
    for (size_t i = 0; i < s->out->bytes; i++) {
        int64_t a = s->x[i] - s->in->zero_point, b = met(s, i), y;
        if (l->op == AS_OP_MUL) {
            y = scaled(a * b, l->out_multiplier, l->out_shift);
        } else if (l->op == AS_OP_SQUARED_DIFFERENCE) {
            int64_t d = scaled(a * 128, l->sum.multiplier[0], l->sum.shift[0]) -
                        scaled(b * 128, l->sum.multiplier[1], l->sum.shift[1]);
            y = scaled(d * d, l->sum.multiplier[2], l->sum.shift[2]);
        } else {
            y = scaled(
                l->sum.sign[0] * scaled(a * (1 << 20), l->sum.multiplier[0], l->sum.shift[0]) +
                    l->sum.sign[1] * scaled(b * (1 << 20), l->sum.multiplier[1], l->sum.shift[1]),
                l->sum.multiplier[2], l->sum.shift[2]);
        }
        s->want[i] = finish(y, s->out, l);
    }
}

static void expect_pool(const struct scene *s)
{
    const struct as_layer *l = s->l;
    for (size_t i = 0; i < s->out->bytes; i++) {
        int at[4], count = 0, sum = 0, most = -128;
        unflatten(s->out, i, at);
        for (size_t j = 0; j < s->in->bytes; j++) { /* every input that lies in the window */
            int from[4];
            unflatten(s->in, j, from);
            int r = from[1] + l->conv.pad_top - at[1] * l->conv.stride_h;
            int t = from[2] + l->conv.pad_left - at[2] * l->conv.stride_w;
            if (from[0] != at[0] || from[3] != at[3] || r < 0 || t < 0 || r >= l->conv.kernel_h ||
                t >= l->conv.kernel_w)
                continue;
            count++;
            sum += s->x[j];
            most = s->x[j] > most ? s->x[j] : most;
        }
        int mean = (2 * abs(sum) + count) / (2 * count);
        int y = l->op == AS_OP_MAX_POOL_2D ? most : sum < 0 ? -mean : mean;
        y = y < l->act_min ? l->act_min : y > l->act_max ? l->act_max : y;
        s->want[i] = (int8_t)y;
    }
}

static void expect_mean(const struct scene *s)
{
    int64_t *sum = calloc(s->out->bytes, sizeof *sum);
    size_t image = (size_t)s->in->h * (size_t)s->in->w * (size_t)s->in->c;
    for (size_t i = 0; i < s->in->bytes; i++)
        sum[i / image * (size_t)s->in->c + i % (size_t)s->in->c] += s->x[i] - s->in->zero_point;
    for (size_t i = 0; i < s->out->bytes; i++)
        s->want[i] = finish(scaled(sum[i], s->l->out_multiplier, s->l->out_shift), s->out, s->l);
    free(sum);
}

static void expect_pad(const struct scene *s)
{
    const int *b = s->l->pad.before;
    memset(s->want, s->l->pad.value, s->out->bytes);
    for (size_t i = 0; i < s->in->bytes; i++) {
        int at[4];
        unflatten(s->in, i, at);
        s->want[flatten(s->out, at[0] + b[0], at[1] + b[1], at[2] + b[2], at[3] + b[3])] = s->x[i];
    }
}

static void expect_concatenation(const struct scene *s)
{
    int start = 0;
    for (int n = 0; n < s->l->input_count; n++) {
        const struct as_tensor *t = &s->net->tensors[s->l->input[n]];
        const int dim[4] = {t->n, t->h, t->w, t->c};
        for (size_t i = 0; i < t->bytes; i++) {
            int at[4];
            unflatten(t, i, at);
            at[s->l->concatenation.axis] += start;
            s->want[flatten(s->out, at[0], at[1], at[2], at[3])] = s->tensors[s->l->input[n]][i];
        }
        start += dim[s->l->concatenation.axis];
    }
}

static void expect_batch_matmul(const struct scene *s)
{
    const struct as_layer *l = s->l;
    int rows = l->matmul.rows, depth = l->matmul.depth, columns = l->matmul.columns;
    for (size_t i = 0; i < s->out->bytes; i++) {
        int column = (int)i % columns, row = (int)i / columns % rows;
        int batch = (int)i / columns / rows;
        int64_t sum = 0;
        for (int d = 0; d < depth; d++) {
            int a = (batch * rows + row) * depth + d;
            int b = l->matmul.adj_y ? (batch * columns + column) * depth + d
                                    : (batch * depth + d) * columns + column;
            sum += (s->x[a] - s->in->zero_point) * (s->x2[b] - s->in2->zero_point);
        }
        s->want[i] = finish(scaled(sum, l->out_multiplier, l->out_shift), s->out, l);
    }
}

/* From the position in the output, by divisions; tests/unit/models/lower/test_lower_copy.c
 * has what the importer makes of files. */
static void expect_strided_copy(const struct scene *s)
{
    const struct as_layer *l = s->l;
    for (size_t i = 0; i < s->out->bytes; i++) {
        size_t rest = i, from = (size_t)l->copy.first;
        for (int d = 3; d >= 0; d--) {
            from += rest % (size_t)l->copy.count[d] * (size_t)l->copy.step[d];
            rest /= (size_t)l->copy.count[d];
        }
        s->want[i] = s->x[from];
    }
}

/* What the tables hold: tests/unit/models/arith/test_lookup.c. */
static void expect_lookup(const struct scene *s)
{
    for (size_t i = 0; i < s->out->bytes; i++)
        s->want[i] = s->l->lookup.table[s->x[i] < 0 ? s->x[i] + 256 : s->x[i]];
}

static void expect_reshape(const struct scene *s)
{
    memcpy(s->want, s->x, s->out->bytes);
}

/* By the kernel's name in models/ops.def; several are one formula here. */
#define expect_depthwise          expect_conv
#define expect_add                expect_elementwise
#define expect_mul                expect_elementwise
#define expect_squared_difference expect_elementwise
#define expect_average_pool       expect_pool
#define expect_max_pool           expect_pool
#define expect_softmax            NULL /* golden vectors only */

static void (*const formulae[AS_OP_COUNT])(const struct scene *s) = {
#define AS_OP(name, work, mapping, kernel) [AS_OP_##name] = expect_##kernel,
#include "models/ops.def"
#undef AS_OP
};

/* ---- random networks ---- */

static struct as_diag diag;

static struct as_network *import(struct as_arena *arena, struct build *b)
{
    struct as_network *net;
    size_t bytes;
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    return net;
}

static void check_layer(const struct as_network *net, const struct as_layer *l,
                        int8_t *const *tensors, const char *what, int seed)
{
    struct scene s = {.net = net,
                      .tensors = tensors,
                      .l = l,
                      .in = &net->tensors[l->input[0]],
                      .out = &net->tensors[l->output],
                      .x = tensors[l->input[0]]};
    if (l->input_count == 2) {
        s.in2 = &net->tensors[l->input[1]];
        s.x2 = s.in2->data ? s.in2->data : tensors[l->input[1]];
    }
    s.want = calloc(s.out->bytes, 1);
    if (formulae[l->op]) {
        formulae[l->op](&s);
        for (size_t i = 0; i < s.out->bytes; i++)
            cr_assert_eq(tensors[l->output][i], s.want[i],
                         "%s, seed %d: layer %d %s, byte %zu is %d, expected %d", what, seed,
                         l->index, l->name, i, tensors[l->output][i], s.want[i]);
    }
    free(s.want);
}

/* Returns the number of layers of each op in ops[]. */
static void check_network(struct build *b, const char *what, int seed, int ops[AS_OP_COUNT])
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net = import(arena, b);
    cr_assert(net, "%s, seed %d: %s", what, seed, diag.text);
    int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count);
    for (int i = 0; i < net->tensor_count; i++)
        if (net->tensors[i].bytes > 0) {
            tensors[i] = as_arena_alloc(arena, net->tensors[i].bytes);
            if (net->tensors[i].data)
                memcpy(tensors[i], net->tensors[i].data, net->tensors[i].bytes);
        }
    int8_t *input = as_arena_alloc(arena, as_ports_bytes(net, &net->inputs));
    for (size_t i = 0; i < as_ports_bytes(net, &net->inputs); i++)
        input[i] = (int8_t)build_random(b, -128, 127);
    cr_assert_eq(as_reference_run(net, input, tensors, &diag), AS_OK, "%s", diag.text);
    for (int i = 0; i < net->layer_count; i++) {
        check_layer(net, &net->layers[i], tensors, what, seed);
        ops[net->layers[i].op]++;
    }
    as_arena_free(arena);
}

Test(layers, every_kind_equals_its_formula)
{
    int ops[AS_OP_COUNT] = {0};
    for (int kind = 0; kind < BUILD_KIND_COUNT; kind++) {
        int made = 0;
        for (int seed = 1; seed <= 60; seed++) {
            struct build *b = build_new((uint64_t)seed);
            struct build_limits limits = build_limits_default();
            limits.kinds = UINT64_C(1) << kind;
            limits.layers = 1;
            if (build_network(b, &limits)) {
                check_network(b, build_kind_name((enum build_kind)kind), seed, ops);
                made++;
            }
            build_free(b);
        }
        cr_assert_gt(made, 10, "%s: %d of 60 seeds made one",
                     build_kind_name((enum build_kind)kind), made);
    }
    for (int op = 0; op < AS_OP_COUNT; op++)
        cr_assert_gt(ops[op], 10, "%s was not tested", as_op_name((enum as_op)op));
}

Test(layers, networks_of_all_kinds_equal_their_formulae)
{
    int ops[AS_OP_COUNT] = {0};
    for (int seed = 100; seed < 400; seed++) {
        struct build *b = build_new((uint64_t)seed);
        struct build_limits limits = build_limits_default();
        limits.edges = seed % 2 == 0;
        if (build_network(b, &limits))
            check_network(b, "network", seed, ops);
        build_free(b);
    }
}

Test(layers, a_seed_gives_the_same_file)
{
    struct build_limits limits = build_limits_default();
    struct build *a = build_new(7), *b = build_new(7);
    size_t a_bytes, b_bytes;
    build_network(a, &limits);
    build_network(b, &limits);
    const uint8_t *file = build_finish(a, &a_bytes), *again = build_finish(b, &b_bytes);
    cr_assert(a_bytes == b_bytes && memcmp(file, again, a_bytes) == 0);
    build_free(a);
    build_free(b);
}

/* ---- numbers worked out by hand ---- */

Test(layers, mean_folds_the_count_into_the_multiplier)
{
    struct as_layer l;
    cr_assert(as_quant_mean(0.5f, 0.5f, 49, &l.out_multiplier, &l.out_shift));
    /* 1.0 = 2^30, shift 1; 49 moves by 5: 2^35 / 49 rounded down, shift -4 */
    cr_assert_eq(l.out_multiplier, (int32_t)((INT64_C(1) << 35) / 49));
    cr_assert_eq(l.out_shift, -4);
    cr_assert(as_quant_mean(0x1p-30f, 1.0f, 49, &l.out_multiplier,
                            &l.out_shift)); /* shift -29 leaves 2 to move */
    cr_assert_eq(l.out_multiplier, (int32_t)((INT64_C(1) << 32) / 49));
    cr_assert_eq(l.out_shift, -31);
}

/* ---- what is refused ---- */

static struct build *b;

static void setup(void)
{
    b = build_new(1);
}

static void teardown(void)
{
    build_free(b);
}

static int image(int n, int h, int w, int c)
{
    const int dim[4] = {n, h, w, c};
    return build_activation(b, 4, dim, 0.5f, 3);
}

static int matrix(int n, int c)
{
    const int dim[2] = {n, c};
    return build_activation(b, 2, dim, 0.5f, 3);
}

static int numbers(int count, const int *value)
{
    return build_constant(b, 2, 1, &count, value, 4 * (size_t)count, 0, NULL, 0, 0);
}

/* One operator from tensor 0 to `output`. */
static struct as_network *single(struct as_arena *arena, int builtin, int options_type,
                                 int option_count, const uint32_t *options, int input_count,
                                 const int *inputs, int output)
{
    build_op(b, builtin, 1, options_type, option_count, options, input_count, inputs, output);
    build_ports(b, 0, output);
    return import(arena, b);
}

static void refused(int builtin, int options_type, int option_count, const uint32_t *options,
                    int input_count, const int *inputs, int output, const char *text)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net =
        single(arena, builtin, options_type, option_count, options, input_count, inputs, output);
    cr_assert_null(net);
    cr_assert_str_eq(diag.text, text);
    as_arena_free(arena);
}

TestSuite(refuse, .init = setup, .fini = teardown);

Test(refuse, concatenation_of_different_scales)
{
    const int dim[4] = {1, 2, 2, 2};
    int x = image(1, 2, 2, 2), y = build_activation(b, 4, dim, 0.25f, 3), out = image(1, 2, 2, 4);
    int more = image(1, 2, 2, 2);
    const int ids[2] = {x, y}, add[2] = {x, x};
    const uint32_t options[2] = {3, 0}, none[2] = {0, 0};
    build_op(b, 0, 1, 11, 2, none, 2, add, y);
    (void)more;
    refused(2, 10, 2, options, 2, ids, out,
            "t: operator 1 CONCATENATION 't2': input scale 0.25 and zero point 3 differ from the "
            "output's 0.5 and 3");
}

Test(refuse, concatenation_of_other_shapes)
{
    int x = image(1, 2, 2, 2), out = image(1, 2, 2, 5);
    const int ids[2] = {x, x};
    const uint32_t options[2] = {3, 0};
    refused(2, 10, 2, options, 2, ids, out,
            "t: operator 0 CONCATENATION 't1': inputs have 4 on axis 3, the output 5");
}

Test(refuse, concatenation_with_an_activation)
{
    int x = image(1, 2, 2, 2), out = image(1, 2, 2, 4);
    const int ids[2] = {x, x};
    const uint32_t options[2] = {3, 1};
    refused(2, 10, 2, options, 2, ids, out,
            "t: operator 0 CONCATENATION 't1': fused activation 1, expected NONE");
}

Test(refuse, negative_padding)
{
    const int amount[8] = {0, 0, -1, 0, 0, 0, 0, 0}, shape[2] = {4, 2};
    int x = image(1, 2, 2, 2), out = image(1, 1, 2, 2);
    const int ids[2] = {x, build_constant(b, 2, 2, shape, amount, sizeof amount, 0, NULL, 0, 0)};
    refused(34, 22, 0, NULL, 2, ids, out,
            "t: operator 0 PAD 't1': padding before is -1, expected 0..268435456");
}

Test(refuse, padding_value_of_another_scale)
{
    const int amount[8] = {0, 0, 1, 0, 0, 0, 0, 0}, shape[2] = {4, 2}, one[1] = {1};
    const float scale = 0.25f;
    int x = image(1, 2, 2, 2), out = image(1, 3, 2, 2);
    const int ids[3] = {x, build_constant(b, 2, 2, shape, amount, sizeof amount, 0, NULL, 0, 0),
                        build_constant(b, 9, 1, one, "a", 1, 1, &scale, 3, 0)};
    refused(60, 43, 0, NULL, 3, ids, out,
            "t: operator 0 PADV2 't1': value 't3', expected one constant quantized as the output");
}

Test(refuse, what_no_layer_is_by_name)
{
    int x = image(1, 2, 2, 2), y = image(1, 2, 2, 2), out = image(1, 2, 2, 2);
    build_op(b, 81, 1, 0, 0, NULL, 1, &x, y);
    refused(
        6, 0, 0, NULL, 1, &y, out,
        "t cannot run: 2 reasons\n"
        "  operator 0 REDUCE_PROD 't1': not supported, expected an operator of `arraysmith list "
        "layers`\n"
        "  operator 1 DEQUANTIZE 't2': not supported: it is not at an output of the network, so "
        "that float32 operators follow, which the converter did not quantize; expected them as "
        "int8, or outside the network");
}

Test(refuse, mul_of_shapes_that_do_not_meet)
{
    const int dim[4] = {1, 2, 3, 2};
    const float scale = 0.5f;
    int x = image(1, 2, 2, 2), out = image(1, 2, 2, 2);
    const int8_t data[12] = {0};
    const int ids[2] = {x, build_constant(b, 9, 4, dim, data, 12, 1, &scale, 0, 0)};
    const uint32_t none = 0;
    refused(
        18, 21, 1, &none, 2, ids, out,
        "t: operator 0 MUL 't1': inputs are 1x2x2x2 and 1x2x3x2, expected the same or dimensions "
        "of 1 where they differ");
}

Test(refuse, sub_subtracts_the_second_operand_wherever_it_goes)
{
    const uint32_t none[2] = {0};
    const struct {
        int small; /* which operand is broadcast; 2: both are one tensor */
        int sign[2];
    } cases[] = {{0, {-1, 1}}, {1, {1, -1}}, {2, {1, -1}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct as_arena *arena = as_arena_new();
        build_free(b);
        b = build_new(1);
        const float scale = 0.5f;
        const int8_t data[2] = {1, 2};
        int x = image(1, 2, 2, 2);
        int y = build_constant(b, 9, 4, (const int[4]){1, 1, 1, 2}, data, 2, 1, &scale, 0, 0);
        const int ids[2] = {cases[i].small == 0 ? y : x, cases[i].small == 1 ? y : x};
        struct as_network *net = single(arena, 41, 28, 2, none, 2, ids, image(1, 2, 2, 2));
        cr_assert(net, "%s", diag.text);
        const struct as_layer *l = &net->layers[0];
        cr_assert_eq(l->op, AS_OP_ADD);
        cr_assert_str_eq(l->name, "SUB");
        cr_assert(l->sum.sign[0] == cases[i].sign[0] && l->sum.sign[1] == cases[i].sign[1], "%zu",
                  i);
        as_arena_free(arena);
    }
}

Test(refuse, mul_of_two_constants)
{
    const int dim[4] = {1, 2, 2, 2};
    const float scale = 0.5f;
    const int8_t data[8] = {0};
    image(1, 1, 1, 2);
    int out = image(1, 2, 2, 2);
    const int ids[2] = {build_constant(b, 9, 4, dim, data, 8, 1, &scale, 0, 0),
                        build_constant(b, 9, 4, dim, data, 8, 1, &scale, 0, 0)};
    const uint32_t none = 0;
    refused(18, 21, 1, &none, 2, ids, out,
            "t: operator 0 MUL 't1': inputs 't2' and 't3' are both constant, expected at most one");
}

Test(refuse, batch_matmul_of_shapes_that_do_not_multiply)
{
    int x = matrix(2, 3), out = matrix(2, 3);
    const int ids[2] = {x, x};
    const uint32_t options[3] = {0, 0, 0};
    refused(126, 101, 3, options, 2, ids, out,
            "t: operator 0 BATCH_MATMUL 't1': inputs of 1 x (2x3) and 1 x (2x3) do not multiply");
}

Test(refuse, axes_that_name_a_dimension_twice)
{
    const int axes[4] = {0, 1, 1, 3};
    int x = image(1, 2, 2, 2), out = image(1, 2, 2, 2);
    const int ids[2] = {x, numbers(4, axes)};
    refused(39, 26, 0, NULL, 2, ids, out,
            "t: operator 0 TRANSPOSE 't1': axis 2 is 1, expected each of 0..3 once");
}

Test(refuse, squeeze_that_loses_elements)
{
    int x = image(1, 2, 2, 2), out = matrix(2, 2);
    refused(43, 30, 0, NULL, 1, &x, out,
            "t: operator 0 SQUEEZE 't1': output has 4 elements, expected 8");
}
