/* Is the reference engine the arithmetic of docs/arithmetic.md, bit for bit? */
#include <criterion/criterion.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/edge.h"
#include "models/import/importers.h"
#include "models/arith/padding.h"
#include "models/arith/quantization.h"
#include "models/network.h"
#include "models/arith/fixed_point.h"
#include "sim/reference/reference.h"

/* ---- fixed point ---- */

Test(quant, srdhm_breaks_ties_toward_plus_infinity)
{
    cr_assert_eq(as_srdhm(1, 1 << 30), 1);   /* +0.5 */
    cr_assert_eq(as_srdhm(-1, 1 << 30), 0);  /* -0.5 */
    cr_assert_eq(as_srdhm(3, 1 << 30), 2);   /* +1.5 */
    cr_assert_eq(as_srdhm(-3, 1 << 30), -1); /* -1.5 */
    cr_assert_eq(as_srdhm(-5, 1 << 30), -2);
    cr_assert_eq(as_srdhm(1000, 1 << 29), 250);
}

Test(quant, srdhm_saturates_only_the_square_of_the_minimum)
{
    cr_assert_eq(as_srdhm(INT32_MIN, INT32_MIN), INT32_MAX);
    cr_assert_eq(as_srdhm(INT32_MIN, INT32_MAX), INT32_MIN + 1);
    cr_assert_eq(as_srdhm(INT32_MAX, INT32_MAX), INT32_MAX - 1);
}

Test(quant, rdbpot_breaks_ties_away_from_zero)
{
    cr_assert_eq(as_rdbpot(5, 1), 3);
    cr_assert_eq(as_rdbpot(-5, 1), -3);
    cr_assert_eq(as_rdbpot(6, 2), 2);
    cr_assert_eq(as_rdbpot(-6, 2), -2);
    cr_assert_eq(as_rdbpot(5, 2), 1);
    cr_assert_eq(as_rdbpot(-5, 2), -1);
    cr_assert_eq(as_rdbpot(-7, 0), -7);
}

Test(quant, rdbpot_holds_at_the_ends_of_its_shift)
{
    cr_assert_eq(as_rdbpot(INT32_MAX, 31), 1);
    cr_assert_eq(as_rdbpot(INT32_MIN, 31), -1);
    cr_assert_eq(as_rdbpot((1 << 30) - 1, 31), 0);
    cr_assert_eq(as_rdbpot(1 << 30, 31), 1);
    cr_assert_eq(as_rdbpot(-(1 << 30), 31), -1);
    cr_assert_eq(as_rdbpot(INT32_MAX, 32), 0);
    cr_assert_eq(as_rdbpot(INT32_MIN, 32), -1);
    cr_assert_eq(as_rdbpot(INT32_MIN, 35), 0);
}

Test(quant, mbqm_rounds_twice)
{
    /* x = 3, factor 1/8: 3/8 would be 0 in one rounding; 1.5 -> 2, then 2/4 = 0.5 -> 1 in two. */
    cr_assert_eq(as_mbqm(3, 1 << 30, -2), 1);
    cr_assert_eq(as_mbqm(-3, 1 << 30, -2), 0); /* -1.5 -> -1, then -1/4 -> 0 */
    cr_assert_eq(as_mbqm(100, 1 << 30, 1), 100);
    cr_assert_eq(as_mbqm(100, 1 << 30, 3), 400);
    cr_assert_eq(as_mbqm(12345, 0, 0), 0);
}

Test(quant, shl_saturates_on_both_sides)
{
    cr_assert_eq(as_shl_sat(1 << 25, 5), 1 << 30);
    cr_assert_eq(as_shl_sat((1 << 26) - 1, 5), ((1 << 26) - 1) * 32);
    cr_assert_eq(as_shl_sat(1 << 26, 5), INT32_MAX);
    cr_assert_eq(as_shl_sat(-(1 << 26), 5), INT32_MIN);
    cr_assert_eq(as_shl_sat(-(1 << 26) + 1, 5), (-(1 << 26) + 1) * 32);
}

Test(quant, softmax_exp_is_near_the_exponential)
{
    cr_assert_eq(as_exp(0, 5), INT32_MAX);
    /* e^-1, e^-0.25, e^-5 in Q0.31, to the accuracy of the polynomial */
    const struct {
        int32_t a;
        double expect;
    } points[] = {
        {-(1 << 26), 790015084.0}, {-(1 << 24), 1672461947.0}, {-5 * (1 << 26), 14469801.9}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        cr_assert_lt(abs(as_exp(points[i].a, 5) - (int32_t)points[i].expect), 8000);
    for (int32_t a = -(31 << 26), last = 0; a < 0; a += 1 << 16) {
        int32_t e = as_exp(a, 5);
        cr_assert(e >= 0 && e >= last - 4096, "at %d", a);
        last = e;
    }
}

Test(quant, softmax_recip_is_near_the_reciprocal)
{
    const struct {
        int32_t a;
        double expect;
    } points[] = {{0, 2147483647.0}, {1 << 30, 1431655765.3}, {INT32_MAX, 1073741824.0}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        cr_assert_lt(llabs((long long)as_recip(points[i].a) - (long long)points[i].expect), 16);
}

/* ---- derived numbers ---- */

Test(derive, multiplier_is_normalised)
{
    int32_t m;
    int shift;
    cr_assert(as_quant_multiplier(1.0, &m, &shift));
    cr_assert(m == 1 << 30 && shift == 1);
    cr_assert(as_quant_multiplier(0.75, &m, &shift));
    cr_assert(m == 1610612736 && shift == 0);
    cr_assert(as_quant_multiplier(1.0 - 0x1p-40, &m, &shift)); /* rounds up to 2^31 */
    cr_assert(m == 1 << 30 && shift == 1);
    cr_assert(as_quant_multiplier(0x1p-32, &m, &shift));
    cr_assert(m == 1 << 30 && shift == -31);
    cr_assert(as_quant_multiplier(0x1p-33, &m, &shift));
    cr_assert(m == 0 && shift == 0);
    cr_assert(as_quant_multiplier(0x1p29, &m, &shift));
    cr_assert(m == 1 << 30 && shift == 30);
    cr_assert_not(as_quant_multiplier(0x1p30, &m, &shift));
    cr_assert_not(as_quant_multiplier(-1.0, &m, &shift));
}

Test(derive, same_puts_the_odd_row_at_the_end)
{
    int out, before, after;
    cr_assert(as_padding_axis(49, 10, 2, 1, true, &out, &before, &after));
    cr_assert(out == 25 && before == 4 && after == 5);
    cr_assert(as_padding_axis(7, 3, 1, 2, true, &out, &before, &after));
    cr_assert(out == 7 && before == 2 && after == 2);
    cr_assert(as_padding_axis(5, 1, 3, 1, true, &out, &before, &after));
    cr_assert(out == 2 && before == 0 && after == 0);
    cr_assert(as_padding_axis(7, 3, 2, 2, false, &out, &before, &after));
    cr_assert(out == 2 && before == 0 && after == 0);
    cr_assert_not(as_padding_axis(4, 3, 1, 2, false, &out, &before, &after));
}

Test(derive, clamp_follows_the_activation)
{
    int low, high;
    as_quant_clamp(AS_ACT_NONE, 0.5f, 3, &low, &high);
    cr_assert(low == -128 && high == 127);
    as_quant_clamp(AS_ACT_RELU, 0.5f, 3, &low, &high);
    cr_assert(low == 3 && high == 127);
    as_quant_clamp(AS_ACT_RELU6, 0.0625f, -28, &low, &high);
    cr_assert(low == -28 && high == 68);
    as_quant_clamp(AS_ACT_RELU6, 0x1p-120f, 100, &low, &high);
    cr_assert(low == 100 && high == 127);
    as_quant_clamp(AS_ACT_RELU_N1_TO_1, 0.4f, 0, &low, &high); /* 2.5 rounds away from zero */
    cr_assert(low == -3 && high == 3);
}

/* ---- layers by hand ---- */

#define ONE ((int32_t)1 << 30) /* with shift 1: the factor 1 */

static const int32_t one_multiplier[8] = {ONE, ONE, ONE, ONE, ONE, ONE, ONE, ONE};
static const int8_t one_shift[8] = {1, 1, 1, 1, 1, 1, 1, 1};
static const int32_t no_bias[8];

static struct as_tensor image(int h, int w, int c, int zero_point)
{
    return (struct as_tensor){"image", 1, h, w, c, 1.0f, zero_point, (size_t)(h * w * c), NULL};
}

static struct as_layer window(enum as_op op, int kernel, int stride, int dilation, int pad)
{
    struct as_layer l;
    as_layer_init(&l, op, 0, 1);
    l.conv.kernel_h = l.conv.kernel_w = kernel;
    l.conv.stride_h = l.conv.stride_w = stride;
    l.conv.dilation_h = l.conv.dilation_w = dilation;
    l.conv.pad_top = l.conv.pad_left = l.conv.pad_bottom = l.conv.pad_right = pad;
    l.conv.bias = no_bias;
    l.conv.multiplier = one_multiplier;
    l.conv.shift = one_shift;
    return l;
}

/* Runs one layer from tensor 0 to tensor 1 and compares. */
static void expect(struct as_layer layer, struct as_tensor in, struct as_tensor out,
                   const int8_t *x, const int8_t *want)
{
    struct as_tensor tensors[2] = {in, out};
    struct as_network net = {.name = "hand",
                             .tensor_count = 2,
                             .tensors = tensors,
                             .layer_count = 1,
                             .layers = &layer,
                             .inputs = as_ports_single(0),
                             .outputs = as_ports_single(1)};
    int8_t x_copy[64], y[64];
    int8_t *buffers[2] = {x_copy, y};
    struct as_diag diag;
    as_diag_init(&diag);
    cr_assert_eq(as_reference_run(&net, x, buffers, &diag), AS_OK);
    for (size_t i = 0; i < out.bytes; i++)
        cr_assert_eq(y[i], want[i], "element %zu is %d, expected %d", i, y[i], want[i]);
}

Test(reference, conv_taps_outside_the_image_add_nothing)
{
    /* zero point 1: x - z = 0 1 / 2 3; an outside tap must not count as -1 */
    struct as_layer l = window(AS_OP_CONV_2D, 3, 1, 1, 1);
    const int8_t weights[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    const int8_t x[4] = {1, 2, 3, 4}, want[4] = {6, 6, 6, 6};
    l.conv.weights = weights;
    expect(l, image(2, 2, 1, 1), image(2, 2, 1, 0), x, want);
}

Test(reference, conv_dilation_skips_rows_and_columns)
{
    struct as_layer l = window(AS_OP_CONV_2D, 2, 1, 2, 0);
    const int8_t weights[4] = {1, 2, 3, 4};
    const int8_t x[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, want[1] = {1 + 6 + 21 + 36};
    l.conv.weights = weights;
    expect(l, image(3, 3, 1, 0), image(1, 1, 1, 0), x, want);
}

Test(reference, conv_valid_with_stride_and_two_channels)
{
    /* input 1x3x2, kernel 1x1 per channel pair, stride 2: columns 0 and 2 */
    struct as_layer l = window(AS_OP_CONV_2D, 1, 2, 1, 0);
    const int8_t weights[4] = {1, 10, -1, 0}; /* [K=2][1][1][C=2] */
    const int8_t x[6] = {1, 2, 50, 60, 3, 4}, want[4] = {21, -1, 43, -3};
    l.conv.weights = weights;
    expect(l, image(1, 3, 2, 0), image(1, 2, 2, 0), x, want);
}

Test(reference, conv_adds_zero_point_and_clamps)
{
    struct as_layer l = window(AS_OP_CONV_2D, 1, 1, 1, 0);
    const int8_t weights[1] = {1};
    const int8_t x[4] = {-100, 3, 50, 127}, want[4] = {-10, -7, 40, 68};
    l.conv.weights = weights;
    l.act_min = -10; /* RELU6 with zero point -10 and 6 / scale = 78 */
    l.act_max = 68;
    expect(l, image(1, 4, 1, 0), image(1, 4, 1, -10), x, want);
}

Test(reference, depthwise_multiplier_two_reads_each_channel_twice)
{
    struct as_layer l = window(AS_OP_DEPTHWISE_CONV_2D, 1, 1, 1, 0);
    const int8_t weights[4] = {1, 2, 3, 4};
    const int8_t x[2] = {5, 7}, want[4] = {5, 10, 21, 28};
    l.conv.weights = weights;
    l.conv.depth_multiplier = 2;
    expect(l, image(1, 1, 2, 0), image(1, 1, 4, 0), x, want);
}

Test(reference, fully_connected_reads_the_image_as_a_row)
{
    struct as_layer l = window(AS_OP_FULLY_CONNECTED, 1, 1, 1, 0);
    const int8_t weights[8] = {1, 1, 1, 1, 1, -1, 1, -1};
    const int32_t bias[2] = {-4, 100};
    const int8_t x[4] = {3, 4, 5, 6}, want[2] = {6, 98}; /* zero point 2 */
    l.conv.weights = weights;
    l.conv.weight_bytes = sizeof weights;
    l.conv.bias = bias;
    expect(l, image(1, 2, 2, 2), image(1, 1, 2, 0), x, want);
}

Test(reference, average_rounds_half_away_from_zero_and_counts_inside_only)
{
    struct as_layer l = window(AS_OP_AVERAGE_POOL_2D, 2, 2, 1, 0);
    const int8_t up[4] = {1, 2, 3, 4}, up_want[1] = {3}; /* 2.5 */
    const int8_t down[4] = {-1, -2, -3, -4}, down_want[1] = {-3};
    expect(l, image(2, 2, 1, 0), image(1, 1, 1, 0), up, up_want);
    expect(l, image(2, 2, 1, 0), image(1, 1, 1, 0), down, down_want);

    /* 3x3 image, SAME, stride 2: the last row and column of windows hold fewer values */
    const int8_t x[9] = {1, 1, 10, 1, 1, 20, 7, 8, 9}, want[4] = {1, 15, 8, 9};
    expect(l, image(3, 3, 1, 0), image(2, 2, 1, 0), x, want);
}

Test(reference, maximum_is_of_the_values_inside)
{
    struct as_layer l = window(AS_OP_MAX_POOL_2D, 3, 1, 1, 1);
    const int8_t x[4] = {-9, -8, -7, -128}, want[4] = {-7, -7, -7, -7};
    expect(l, image(2, 2, 1, 0), image(2, 2, 1, 0), x, want);
    l.act_min = 0;
    const int8_t clamped[4] = {0, 0, 0, 0};
    expect(l, image(2, 2, 1, 0), image(2, 2, 1, 0), x, clamped);
}

Test(reference, add_of_equal_scales_is_the_sum)
{
    struct as_layer l;
    as_layer_init(&l, AS_OP_ADD, 0, 1);
    l.input_count = 2;
    cr_assert(as_quant_add(1.0f, 1.0f, 1.0f, &l.sum));
    cr_assert(l.sum.shift[0] == 0 && l.sum.shift[2] == -18);
    l.input[1] = 0;
    const int8_t x[4] = {1, -5, 100, -100}, want[4] = {2, -10, 127, -128};
    expect(l, image(1, 4, 1, 0), image(1, 4, 1, 0), x, want);
}

Test(reference, softmax_of_equal_values_is_uniform)
{
    struct as_layer l;
    as_layer_init(&l, AS_OP_SOFTMAX, 0, 1);
    cr_assert(as_quant_softmax(0.0625f, 1.0f, &l.softmax));
    const int8_t x[4] = {5, 5, 5, 5}, want[4] = {-64, -64, -64, -64};
    expect(l, image(1, 1, 4, 0), image(1, 1, 4, -128), x, want);
    const int8_t one[1] = {-128}, one_want[1] = {127};
    expect(l, image(1, 1, 1, 0), image(1, 1, 1, -128), one, one_want);
}

Test(reference, softmax_follows_the_exponential)
{
    /* differences of 1.0: e^0 : e^-1 = 0.7311 : 0.2689 = 187.2 : 68.8 of 256; a far value is 0 */
    struct as_layer l;
    as_layer_init(&l, AS_OP_SOFTMAX, 0, 1);
    cr_assert(as_quant_softmax(0.0625f, 1.0f, &l.softmax));
    const int8_t x[3] = {64, 48, -128}, want[3] = {187 - 128, 69 - 128, -128};
    expect(l, image(1, 1, 3, 0), image(1, 1, 3, -128), x, want);
    /* two rows are independent */
    const int8_t rows[4] = {64, 48, 48, 64}, rows_want[4] = {59, -59, -59, 59};
    expect(l, image(1, 2, 2, 0), image(1, 2, 2, -128), rows, rows_want);
}

Test(reference, missing_buffer_is_refused)
{
    struct as_tensor tensors[2] = {image(1, 1, 1, 0), image(1, 1, 1, 0)};
    struct as_layer l;
    as_layer_init(&l, AS_OP_RESHAPE, 0, 1);
    struct as_network net = {.name = "hand",
                             .tensor_count = 2,
                             .tensors = tensors,
                             .layer_count = 1,
                             .layers = &l,
                             .inputs = as_ports_single(0),
                             .outputs = as_ports_single(1)};
    int8_t x[1] = {0};
    int8_t *buffers[2] = {x, NULL};
    struct as_diag diag;
    as_diag_init(&diag);
    cr_assert_eq(as_reference_run(&net, x, buffers, &diag), AS_ERR_RANGE);
    cr_assert_str_eq(diag.text, "hand: tensor 1 'image' has no buffer");
}

/* ---- the golden vectors ---- */

#define DIGITS_INPUTS 10

static const char *shared_root(void)
{
    const char *root = getenv("ARRAYSMITH_SHARED");
    return root && *root ? root : "../shared";
}

/* The bytes of a file, which must be `bytes` of them unless that is 0. */
__attribute__((format(printf, 3, 4))) static uint8_t *read_file(size_t bytes, size_t *length,
                                                                const char *fmt, ...)
{
    char path[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(path, sizeof path, fmt, args);
    va_end(args);
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s cannot be opened", path);
    uint8_t *data = malloc(1 << 20);
    size_t n = fread(data, 1, 1 << 20, file);
    fclose(file);
    cr_assert(bytes == 0 || n == bytes, "%s has %zu bytes, expected %zu", path, n, bytes);
    if (length)
        *length = n;
    return data;
}

static int8_t **allocate_tensors(struct as_arena *arena, const struct as_network *net)
{
    int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count);
    for (int i = 0; i < net->tensor_count; i++)
        if (net->tensors[i].bytes > 0)
            tensors[i] = as_arena_alloc(arena, net->tensors[i].bytes);
    return tensors;
}

static void sha256_hex(const void *data, size_t bytes, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    cr_assert(EVP_Digest(data, bytes, digest, &n, EVP_sha256(), NULL) == 1 && n == 32);
    for (unsigned int i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* Every line of digests.csv for one input against the tensors the reference kept. */
static int check_digests(const char *model, int input, const struct as_network *net,
                         int8_t *const *tensors, const char *csv)
{
    int checked = 0;
    for (const char *line = strchr(csv, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        int in, op, out_index;
        size_t bytes;
        char type[32], want[65], got[65];
        int fields =
            sscanf(line + 1, "%d,%d,%31[^,],%d,%zu,%64s", &in, &op, type, &out_index, &bytes, want);
        cr_assert_eq(fields, 6, "%s/digests.csv: bad line", model);
        if (in != input)
            continue;
        cr_assert_lt(op, net->layer_count);
        const struct as_layer *l = &net->layers[op];
        cr_assert_str_eq(l->name, type);
        cr_assert_eq(net->tensors[l->output].bytes, bytes);
        sha256_hex(tensors[l->output], bytes, got);
        cr_assert_str_eq(got, want, "%s input %03d op %d %s", model, input, op, type);
        checked++;
    }
    return checked;
}

static void check_ops(const char *model, const struct as_network *net, int8_t *const *tensors)
{
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *l = &net->layers[i];
        size_t bytes = net->tensors[l->output].bytes;
        uint8_t *want = read_file(bytes, NULL, "%s/models/%s/ops_000/op%03d_%s.bin", shared_root(),
                                  model, i, l->name);
        for (size_t b = 0; b < bytes; b++)
            cr_assert_eq(tensors[l->output][b], (int8_t)want[b], "%s op %d: byte %zu", model, i, b);
        free(want);
    }
}

static void check_model(const char *model, const char *file, int layers, uint64_t macs)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/models/%s/%s", shared_root(), model, file);
    FILE *present = fopen(path, "rb");
    if (!present)
        cr_skip_test("golden vectors of %s: %s is not there", model, path);
    fclose(present);

    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    struct as_diag diag;
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, path, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(net->layer_count, layers);
    uint64_t total = 0;
    for (int i = 0; i < net->layer_count; i++)
        total += net->layers[i].macs;
    cr_assert_eq(total, macs);
    int8_t **tensors = allocate_tensors(arena, net);

    size_t length;
    uint8_t *bytes = read_file(0, &length, "%s/models/%s/digests.csv", shared_root(), model);
    char *csv = as_arena_printf(arena, "%.*s", (int)length, (const char *)bytes);
    free(bytes);

    for (int input = 0; input < 8; input++) {
        uint8_t *x = read_file(as_ports_bytes(net, &net->inputs), NULL,
                               "%s/models/%s/inputs/%03d.bin", shared_root(), model, input);
        cr_assert_eq(as_reference_run(net, (const int8_t *)x, tensors, &diag), AS_OK);
        free(x);
        size_t out_bytes = as_ports_bytes(net, &net->outputs);
        uint8_t *golden =
            read_file(out_bytes, NULL, "%s/models/%s/golden/%03d.bin", shared_root(), model, input);
        cr_assert_eq(check_digests(model, input, net, tensors, csv), net->layer_count);
        cr_assert(memcmp(golden, tensors[net->outputs.port[0].tensor], out_bytes) == 0,
                  "%s input %03d", model, input);
        free(golden);
        if (input == 0)
            check_ops(model, net, tensors);
    }
    as_arena_free(arena);
}

Test(golden, digits_equals_every_output)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    struct as_diag diag;
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, "digits", &net, &diag), AS_OK, "%s", diag.text);
    int8_t **tensors = allocate_tensors(arena, net);
    for (int input = 0; input < DIGITS_INPUTS; input++) {
        size_t in_bytes = as_ports_bytes(net, &net->inputs);
        size_t out_bytes = as_ports_bytes(net, &net->outputs);
        uint8_t *x = read_file(in_bytes, NULL, "models/digits/inputs/%03d.bin", input);
        uint8_t *golden = read_file(out_bytes, NULL, "models/digits/golden/%03d.bin", input);
        cr_assert_eq(as_reference_run(net, (const int8_t *)x, tensors, &diag), AS_OK);
        cr_assert(memcmp(golden, tensors[net->outputs.port[0].tensor], out_bytes) == 0,
                  "input %03d", input);
        free(golden);
        free(x);
    }
    as_arena_free(arena);
}

#define FRAMES 50 /* of a case with state */

/* FOLDER/NAME.in makes FOLDER/NAME.gold of NAME and `extension`. */
static void check_case(const char *folder, const char *name, const char *extension)
{
    struct as_arena *arena = as_arena_new();
    const char *path = as_arena_printf(arena, "%s/%s%s", folder, name, extension);
    struct as_network *net;
    struct as_diag diag;
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, path, &net, &diag), AS_OK, "%s", diag.text);
    int8_t **tensors = allocate_tensors(arena, net);
    size_t in_bytes = as_edge_bytes(net, &net->inputs);
    size_t out_bytes = as_edge_bytes(net, &net->outputs);
    size_t frames = net->variable_count > 0 ? FRAMES : 1;
    int8_t *in = as_arena_alloc(arena, as_ports_bytes(net, &net->inputs));
    int8_t *out = as_arena_alloc(arena, as_ports_bytes(net, &net->outputs));
    uint8_t *own = as_arena_alloc(arena, out_bytes);
    uint8_t *x = read_file(frames * in_bytes, NULL, "%s/%s.in", folder, name);
    uint8_t *golden = read_file(frames * out_bytes, NULL, "%s/%s.gold", folder, name);
    for (size_t i = 0; i < frames; i++) {
        as_edge_take(net, x + i * in_bytes, in);
        as_state_enter(net, i > 0 ? tensors : NULL, tensors);
        cr_assert_eq(as_reference_run(net, in, tensors, &diag), AS_OK);
        as_ports_gather(net, tensors, out);
        as_edge_give(net, out, own);
        cr_assert(memcmp(golden + i * out_bytes, own, out_bytes) == 0, "%s, frame %zu", path, i);
    }
    free(golden);
    free(x);
    as_arena_free(arena);
}

static void check_cases(const char *folder, const char *extension)
{
    DIR *dir = opendir(folder);
    int count = 0;
    cr_assert(dir, "%s cannot be opened", folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, extension) != 0)
            continue;
        *dot = '\0';
        check_case(folder, entry->d_name, extension);
        count++;
    }
    closedir(dir);
    cr_assert_gt(count, 0);
}

/* What TensorFlow Lite for Microcontrollers makes of networks that were once refused or computed
 * wrongly. */
Test(golden, cases_equal_every_output)
{
    check_cases("tests/golden/cases", ".tflite");
}

/* What onnxruntime makes of networks of tests/ort.py. */
Test(golden, onnx_networks_equal_every_output)
{
    check_cases("tests/golden/onnx", ".onnx");
}

Test(golden, kws_equals_every_tensor)
{
    check_model("kws", "kws_ref_model.tflite", 13, 2656768);
}

Test(golden, vww_equals_every_tensor)
{
    check_model("vww", "vww_96_int8.tflite", 31, 7489664);
}

Test(golden, ic_equals_every_tensor)
{
    check_model("ic", "pretrainedResnet_quant.tflite", 16, 12501632);
}

Test(golden, ad_equals_every_tensor)
{
    check_model("ad", "ad01_int8.tflite", 10, 264192);
}
