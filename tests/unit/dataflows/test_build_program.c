/* Laws of programs: every layer kind on every array shape computes what the reference computes.
 * Programs are executed by program_interp.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataflows/build.h"
#include "models/arith/quantization.h"
#include "sim/reference/reference.h"
#include "tests/unit/helpers/program_interp.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(program, .init = program_setup, .fini = program_teardown, .timeout = 900);

/* Builds, runs with both policies, and once more from the file form; compares with the reference.
 */
static void expect_reference(const struct as_config *cfg, struct as_network *net, const char *what)
{
    struct as_program *program, *parsed;
    int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count);
    uint8_t *file;
    size_t bytes;

    for (int t = 0; t < net->tensor_count; t++)
        tensors[t] = as_arena_alloc(arena, net->tensors[t].bytes);
    if (cfg->hw.requant_float)
        round_in_float(net);
    enum as_status status = as_program_build(arena, cfg, net, &program, &diag);
    if (status == AS_ERR_NOFIT && cfg->hw.mem_bytes < MEM_BYTES_MOST)
        return; /* few bits of count: loops reach little memory */
    cr_assert_eq(status, AS_OK, "%s: %s", what, diag.text);
    as_program_serialise(arena, program, &file, &bytes);
    cr_assert_eq(as_program_parse(arena, file, bytes, "p", &cfg->hw, &parsed, &diag), AS_OK,
                 "%s: %s", what, diag.text);

    struct interp *m = interp_new(arena, &cfg->hw);
    int8_t *got = as_arena_alloc(arena, program->output.bytes);
    for (int round = 0; round < 2; round++) {
        const int8_t *input = random_bytes(program->input.bytes);
        cr_assert_eq(as_reference_run(net, input, tensors, &diag), AS_OK, "%s", diag.text);
        cr_assert(interp_run(m, round == 0 ? program : parsed, input, got,
                             round == 0 ? INTERP_LOADS_EARLY : INTERP_LOADS_LATE),
                  "%s: streams do not end, or the image was overwritten", what);
        const struct as_program_layer *last = &program->layers[program->layer_count - 1];
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            cr_assert_eq((uint32_t)m->executed[k], last->first[k] + last->count[k], "%s", what);
        for (uint32_t i = 0; i < program->output.bytes; i++)
            cr_assert_eq(got[i], tensors[net->outputs.port[0].tensor][i],
                         "%s: output %u is %d, expected %d", what, i, got[i],
                         tensors[net->outputs.port[0].tensor][i]);
    }
}

/* Some job of the network's program is a line job. */
static bool has_line_job(const struct as_config *cfg, const struct as_network *net)
{
    struct as_program *p;
    struct as_compute_desc d = {0};
    uint32_t words[AS_COMPUTE_WORDS];

    if (as_program_build(arena, cfg, net, &p, &diag) != AS_OK)
        return false;
    for (uint32_t at = p->stream[AS_STREAM_COMPUTE]; !d.end && !d.line; at += sizeof words) {
        memcpy(words, p->image + at, sizeof words);
        as_compute_decode(words, AS_COMPUTE_WORDS, &d);
    }
    return d.line;
}

/* `count` networks of `layers` layers of kind `op` (or of any), from seeds 1000 * op + n. */
static void random_networks(enum as_op op, int count, int layers)
{
    for (int n = 0; n < count; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(1000 * (int)op + n + 1) * 2654435761u;
        random_config(&cfg);
        struct as_network *net = new_network(random_in(1, 13), random_in(1, 11), random_in(1, 19));
        bool ok = true;
        for (int i = 0; i < layers && ok; i++)
            ok = grow_network(net, layers == 1 ? op : (enum as_op)random_in(0, AS_OP_RESHAPE));
        bool computes = false;
        for (int i = 0; i < net->layer_count; i++)
            computes |= net->layers[i].op != AS_OP_RESHAPE;
        if (!ok || !computes)
            continue;
        expect_reference(&cfg, net,
                         as_arena_printf(arena,
                                         "%s seed %d: %dx%d width %d ibuf %d acc %d, input "
                                         "%dx%dx%d kernel %dx%d stride %dx%d dilation %dx%d",
                                         as_op_name(net->layers[0].op), n, cfg.hw.rows, cfg.hw.cols,
                                         cfg.hw.mem_width, cfg.hw.ibuf_words, cfg.hw.acc_words,
                                         net->tensors[0].h, net->tensors[0].w, net->tensors[0].c,
                                         net->layers[0].conv.kernel_h, net->layers[0].conv.kernel_w,
                                         net->layers[0].conv.stride_h, net->layers[0].conv.stride_w,
                                         net->layers[0].conv.dilation_h,
                                         net->layers[0].conv.dilation_w));
        as_arena_free(arena);
        arena = as_arena_new();
    }
}

Test(program, convolutions_equal_the_reference)
{
    random_networks(AS_OP_CONV_2D, 200, 1);
}

Test(program, depthwise_convolutions_equal_the_reference)
{
    random_networks(AS_OP_DEPTHWISE_CONV_2D, 200, 1);
}

Test(program, fully_connected_layers_equal_the_reference)
{
    random_networks(AS_OP_FULLY_CONNECTED, 60, 1);
}

Test(program, average_pools_equal_the_reference)
{
    random_networks(AS_OP_AVERAGE_POOL_2D, 150, 1);
}

Test(program, max_pools_equal_the_reference)
{
    for (int n = 0; n < 150; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 40503u;
        random_config(&cfg);
        cfg.hw.ibuf_words = 64; /* a window of 20 words has to fit */
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK);
        struct as_network *net = new_network(random_in(1, 13), random_in(1, 11), random_in(1, 19));
        if (grow_network(net, AS_OP_MAX_POOL_2D))
            expect_reference(&cfg, net, as_arena_printf(arena, "MAX_POOL seed %d", n));
    }
}

Test(program, additions_equal_the_reference)
{
    random_networks(AS_OP_ADD, 60, 1);
}

/* Up to as many values as a descriptor counts: of few kinds, whose sum passes 2^28, and of all. */
Test(program, long_softmax_rows_equal_the_reference)
{
    for (int n = 0; n < 24; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 104729u;
        random_config(&cfg);
        cfg.hw.count_bits = 10;
        cfg.hw.mem_bytes = 1 << 20;
        cfg.hw.ibuf_words = cfg.hw.acc_words = 1024;
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        int channels = n < 4 ? 511 + n : n == 4 ? 1024 : random_in(500, 1024);
        struct as_network *net = new_network(1, random_in(1, 2), channels);
        cr_assert(grow_network(net, AS_OP_SOFTMAX));
        if (n % 2 == 0) /* exponentials near 1 */
            cr_assert(as_quant_softmax(0.0001f, 1.0f, &net->layers[0].softmax));
        expect_reference(&cfg, net, as_arena_printf(arena, "SOFTMAX of %d", channels));
        as_arena_free(arena);
        arena = as_arena_new();
    }
}

Test(program, softmax_rows_equal_the_reference)
{
    for (int n = 0; n < 60; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 7919u;
        random_config(&cfg);
        struct as_network *net = new_network(1, random_in(1, 3), random_in(1, 16));
        if (grow_network(net, AS_OP_SOFTMAX))
            expect_reference(&cfg, net, as_arena_printf(arena, "SOFTMAX seed %d", n));
    }
}

Test(program, chains_of_layers_equal_the_reference)
{
    for (int n = 0; n < 150; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 104729u;
        random_config(&cfg);
        cfg.hw.ibuf_words = cfg.hw.ibuf_words < 64 ? 64 : cfg.hw.ibuf_words;
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK);
        struct as_network *net = new_network(random_in(4, 13), random_in(4, 11), random_in(1, 9));
        bool ok = true, computes = false;
        for (int i = 0; i < 6 && ok; i++) {
            enum as_op op = (enum as_op)random_in(0, AS_OP_RESHAPE);
            computes |= op != AS_OP_RESHAPE;
            ok = grow_network(net, op);
        }
        if (ok && computes)
            expect_reference(&cfg, net, as_arena_printf(arena, "chain seed %d", n));
        as_arena_free(arena);
        arena = as_arena_new();
    }
}

/* Layers of all kinds on arrays in which another operand stays. */
static void random_networks_of(enum as_stays stays)
{
    random_stays = stays;
    random_networks(AS_OP_CONV_2D, 200, 1);
    random_networks(AS_OP_DEPTHWISE_CONV_2D, 150, 1);
    random_networks(AS_OP_FULLY_CONNECTED, 60, 1);
    random_networks(AS_OP_AVERAGE_POOL_2D, 150, 1);
    random_networks(AS_OP_ADD, 60, 1);
    for (int n = 0; n < 100; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 15485863u;
        random_config(&cfg);
        cfg.hw.ibuf_words = 64;
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK);
        struct as_network *net = new_network(random_in(1, 13), random_in(1, 11), random_in(1, 16));
        if (grow_network(net, n % 2 ? AS_OP_MAX_POOL_2D : AS_OP_SOFTMAX))
            expect_reference(&cfg, net, as_arena_printf(arena, "pool or softmax seed %d", n));
    }
}

/* A batch of images, and convolutions whose channels form groups. */
static void batches_and_groups_of(enum as_stays stays)
{
    random_stays = stays;
    for (int n = 0; n < 300; n++) {
        static const enum as_op ops[] = {AS_OP_CONV_2D, AS_OP_CONV_2D, AS_OP_DEPTHWISE_CONV_2D,
                                         AS_OP_AVERAGE_POOL_2D, AS_OP_MAX_POOL_2D};
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 49979687u;
        random_config(&cfg);
        cfg.hw.ibuf_words = cfg.hw.ibuf_words < 64 ? 64 : cfg.hw.ibuf_words;
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        struct as_network *net = new_network(random_in(1, 9), random_in(1, 9), random_in(1, 19));
        struct as_tensor *in = &net->tensors[0];
        int batch = random_in(1, 3);
        in->n = batch;
        in->bytes *= (size_t)batch;
        if (!grow_network(net, ops[n % 5]))
            continue;
        struct as_tensor *out = &net->tensors[net->outputs.port[0].tensor];
        out->n = batch;
        out->bytes *= (size_t)batch;
        set_groups(net, random_in(1, 8));
        expect_reference(&cfg, net,
                         as_arena_printf(arena, "batch %d of %s seed %d: %dx%d", batch,
                                         as_op_name(net->layers[0].op), n, cfg.hw.rows,
                                         cfg.hw.cols));
        as_arena_free(arena);
        arena = as_arena_new();
    }
}

Test(program, batches_and_groups_where_weights_stay_equal_the_reference)
{
    batches_and_groups_of(AS_STAYS_WEIGHT);
}

Test(program, batches_and_groups_where_psums_stay_equal_the_reference)
{
    batches_and_groups_of(AS_STAYS_PSUM);
}

Test(program, batches_and_groups_where_the_ifmap_stays_equal_the_reference)
{
    batches_and_groups_of(AS_STAYS_IFMAP);
}

Test(program, layers_where_psums_stay_equal_the_reference)
{
    random_networks_of(AS_STAYS_PSUM);
}

Test(program, layers_where_the_ifmap_stays_equal_the_reference)
{
    random_networks_of(AS_STAYS_IFMAP);
}

/* In a memory that the fastest program does not fit, now and then. */
Test(program, small_programs_equal_the_reference)
{
    for (int n = 0; n < 150; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 32452843u;
        random_config(&cfg);
        cfg.hw.ibuf_words = cfg.hw.ibuf_words < 64 ? 64 : cfg.hw.ibuf_words;
        cfg.hw.mem_bytes = 4096 << random_in(0, 4);
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK);
        struct as_network *net = new_network(random_in(4, 20), random_in(4, 20), random_in(1, 19));
        bool ok = true;
        for (int i = 0; i < 2 && ok; i++)
            ok = grow_network(net, i == 0 ? AS_OP_CONV_2D : AS_OP_DEPTHWISE_CONV_2D);
        if (ok)
            expect_reference(&cfg, net, as_arena_printf(arena, "small seed %d", n));
        as_arena_free(arena);
        arena = as_arena_new();
    }
}

/* Multipliers of 1 and more, zero points of weights, and weights of -128 where two products are
 * added in 16 bits: the machine has none of them, the program computes them all the same. */
static void rewritten_weights_of(enum as_stays stays)
{
    static const enum as_op ops[] = {AS_OP_CONV_2D, AS_OP_DEPTHWISE_CONV_2D, AS_OP_FULLY_CONNECTED};

    random_stays = stays;
    for (int n = 0; n < 90; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 15487469u;
        random_config(&cfg);
        cfg.hw.ibuf_words = cfg.hw.ibuf_words < 64 ? 64 : cfg.hw.ibuf_words;
        struct as_config sums = cfg;
        sums.hw.block_sum = 1;
        if (as_config_check(&sums, &diag) == AS_OK)
            cfg = sums;
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        struct as_network *net = new_network(random_in(1, 7), random_in(1, 7), random_in(1, 9));
        while (!grow_network(net, ops[n % 3]))
            net = new_network(random_in(1, 7), random_in(1, 7), random_in(1, 9));
        struct as_layer *l = &net->layers[0];
        set_groups(net, random_in(1, 3));
        bool up = random_in(0, 3) > 0;
        for (size_t i = 0; i < l->conv.weight_bytes; i++)
            ((int8_t *)l->conv.weights)[i] = (int8_t)(random_in(0, 3)   ? random_in(-9, 9)
                                                      : random_in(0, 1) ? -128
                                                                        : 127);
        for (int k = 0; k < net->tensors[l->output].c && up; k++)
            ((int8_t *)l->conv.shift)[k] = (int8_t)random_in(-9, random_in(0, 3));
        int channels = net->tensors[l->output].c;
        int8_t *zero_point = as_arena_alloc(arena, (size_t)channels);
        for (int k = 0; k < channels; k++)
            zero_point[k] = (int8_t)random_in(-128, 127);
        l->conv.weight_zero_point = random_in(0, 1) ? zero_point : NULL;
        expect_reference(&cfg, net,
                         as_arena_printf(arena, "%s seed %d: block_sum %d", as_op_name(l->op), n,
                                         cfg.hw.block_sum));
        as_arena_free(arena);
        arena = as_arena_new();
    }
}

Test(program, weights_beyond_int8_where_weights_stay_equal_the_reference)
{
    rewritten_weights_of(AS_STAYS_WEIGHT);
}

Test(program, weights_beyond_int8_where_psums_stay_equal_the_reference)
{
    rewritten_weights_of(AS_STAYS_PSUM);
}

Test(program, weights_beyond_int8_where_the_ifmap_stays_equal_the_reference)
{
    rewritten_weights_of(AS_STAYS_IFMAP);
}

/* Images of more pixels than coordinates count, steps of more than their fields hold. */
static void far_windows_of(enum as_stays stays)
{
    static const enum as_op ops[] = {AS_OP_CONV_2D, AS_OP_DEPTHWISE_CONV_2D, AS_OP_MAX_POOL_2D,
                                     AS_OP_AVERAGE_POOL_2D};

    random_stays = stays;
    for (int n = 0; n < 80; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 32452867u;
        random_config(&cfg);
        cfg.hw.coord_bits = random_in(0, 1) ? 8 : 11;
        cfg.hw.ibuf_words = 512;
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        struct as_network *net = NULL;
        bool made = false;
        while (!made) {
            int longest = random_in(100, 400);
            bool wide = random_in(0, 1);
            net = new_network(wide ? random_in(1, 4) : longest, wide ? longest : random_in(1, 4),
                              random_in(1, 5));
            struct as_layer *l = add_layer(net, ops[n % 4], 0);
            int channels = l->op == AS_OP_CONV_2D ? random_in(1, 9) : net->tensors[0].c;
            l->conv.kernel_h = random_in(1, 4);
            l->conv.kernel_w = random_in(1, 4);
            l->conv.stride_h = random_in(1, 40);
            l->conv.stride_w = random_in(1, 40);
            if (l->op < AS_OP_AVERAGE_POOL_2D) {
                l->conv.dilation_h = random_in(0, 1) ? random_in(16, 60) : 1;
                l->conv.dilation_w = random_in(0, 1) ? random_in(16, 60) : 1;
                set_channels(l,
                             (size_t)(l->conv.kernel_h * l->conv.kernel_w * channels *
                                      (l->op == AS_OP_CONV_2D ? net->tensors[0].c : 1)),
                             channels);
            }
            made = set_window(net, l, channels, random_in(0, 1));
            net->outputs = as_ports_single(l->output);
        }
        const struct as_layer *l = &net->layers[0];
        expect_reference(&cfg, net,
                         as_arena_printf(arena, "%s seed %d: %dx%d stride %dx%d dilation %dx%d",
                                         as_op_name(l->op), n, net->tensors[0].h, net->tensors[0].w,
                                         l->conv.stride_h, l->conv.stride_w, l->conv.dilation_h,
                                         l->conv.dilation_w));
        as_arena_free(arena);
        arena = as_arena_new();
    }
}

Test(program, far_windows_where_weights_stay_equal_the_reference)
{
    far_windows_of(AS_STAYS_WEIGHT);
}

Test(program, far_windows_where_psums_stay_equal_the_reference)
{
    far_windows_of(AS_STAYS_PSUM);
}

Test(program, far_windows_where_the_ifmap_stays_equal_the_reference)
{
    far_windows_of(AS_STAYS_IFMAP);
}

Test(program, a_network_that_only_renames_copies)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    struct as_network *net = new_network(3, 5, 7);

    cr_assert(grow_network(net, AS_OP_RESHAPE));
    cr_assert(grow_network(net, AS_OP_RESHAPE));
    expect_reference(&cfg, net, "two RESHAPE");
}

/* Kernel taps in the array's rows, with a line buffer that feeds them from one pixel or without. */
Test(program, taps_in_the_rows_equal_the_reference)
{
    int lines = 0;

    for (int n = 0; n < 250; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 86028121u;
        random_config(&cfg);
        set_taps(&cfg);
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        struct as_network *net = new_network(random_in(1, 13), random_in(1, 11), random_in(1, 19));
        enum as_op op = n % 2 ? AS_OP_CONV_2D : AS_OP_DEPTHWISE_CONV_2D;
        while (!grow_network(net, op) || (n % 8 && net->layers[0].conv.stride_w > 1))
            net = new_network(random_in(3, 13), random_in(3, 11), random_in(1, 19));
        const struct as_layer *l = &net->layers[0];
        expect_reference(&cfg, net,
                         as_arena_printf(arena,
                                         "taps seed %d: R %d S %d C %d x K %d, line %d, kernel "
                                         "%dx%d",
                                         n, cfg.hw.unroll[AS_LOOP_R], cfg.hw.unroll[AS_LOOP_S],
                                         cfg.hw.unroll[AS_LOOP_C], cfg.hw.cols, cfg.hw.line_words,
                                         l->conv.kernel_h, l->conv.kernel_w));
        lines += has_line_job(&cfg, net);
        as_arena_free(arena);
        arena = as_arena_new();
    }
    cr_assert_gt(lines, 15, "%d line jobs", lines);
}

/* Loops inside C keep their sums in the accumulators, or the layer is refused. */
static void orders_of(enum as_stays stays)
{
    int refused = 0, built = 0;

    random_stays = stays;
    for (int n = 0; n < 200; n++) {
        struct as_config cfg;
        struct as_program *program;
        random_state = (uint32_t)(n + 1) * 67867967u;
        random_config(&cfg);
        cfg.hw.acc_words = (stays == AS_STAYS_PSUM ? 32 : 16) << random_in(0, 6);
        cfg.hw.ibuf_words = 64;
        set_order(&cfg);
        cfg.map.all.tile[AS_DIM_C] = random_in(0, 8);
        cfg.map.all.tile[AS_DIM_P] = random_in(0, 3);
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        struct as_network *net = new_network(random_in(1, 13), random_in(1, 11), random_in(1, 19));
        if (!grow_network(net, n % 3 ? AS_OP_CONV_2D : AS_OP_DEPTHWISE_CONV_2D))
            continue;
        enum as_status status = as_program_build(arena, &cfg, net, &program, &diag);
        if (status == AS_OK) {
            built++;
            expect_reference(&cfg, net, as_arena_printf(arena, "order seed %d", n));
        } else {
            refused++;
            cr_assert(strstr(diag.text, "no tile of tile.P") || strstr(diag.text, "fit"), "%s",
                      diag.text);
        }
        as_arena_free(arena);
        arena = as_arena_new();
        as_diag_init(&diag);
    }
    cr_assert_gt(built, 50);
    cr_assert_gt(refused, 5);
}

Test(program, orders_with_c_outside_equal_the_reference)
{
    orders_of(AS_STAYS_WEIGHT);
}

Test(program, orders_with_c_outside_equal_the_reference_where_psums_stay)
{
    orders_of(AS_STAYS_PSUM);
}

Test(program, orders_with_c_outside_equal_the_reference_where_the_ifmap_stays)
{
    orders_of(AS_STAYS_IFMAP);
}

Test(program, configured_tiles_equal_the_reference)
{
    for (int n = 0; n < 100; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 15485863u;
        random_config(&cfg);
        cfg.hw.ibuf_words = 1024;
        cfg.hw.acc_words = 1024;
        cfg.map.all.tile[AS_DIM_P] = random_in(0, 4);
        cfg.map.all.tile[AS_DIM_Q] = random_in(0, 4);
        cfg.map.all.tile[AS_DIM_C] = random_in(0, 12);
        cfg.map.all.tile[AS_DIM_K] = random_in(0, 12);
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK);
        struct as_network *net = new_network(random_in(1, 13), random_in(1, 11), random_in(1, 19));
        if (grow_network(net, n % 2 == 0 ? AS_OP_CONV_2D : AS_OP_DEPTHWISE_CONV_2D))
            expect_reference(&cfg, net, as_arena_printf(arena, "tiles seed %d", n));
    }
}
