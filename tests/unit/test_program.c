/* Laws of programs: what is written down is what is read back; live tensors keep their bytes; every
 * layer kind on every array shape computes what the reference computes; what cannot be built is
 * refused with its reason.  Programs are executed by program_interp.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataflows/plan.h"
#include "dataflows/systolic_ws.h"
#include "models/derive.h"
#include "models/network.h"
#include "sim/quant.h"
#include "sim/reference.h"
#include "tests/unit/program_interp.h"

static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
}

static void teardown(void)
{
    as_arena_free(arena);
}

#define MEM_BYTES_MOST (1 << 22) /* of a random accelerator */

TestSuite(program, .init = setup, .fini = teardown, .timeout = 120);
TestSuite(program_goldens, .init = setup, .fini = teardown, .timeout = 300);

static uint32_t random_state;

static uint32_t random_u32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static int random_in(int low, int high)
{
    return low + (int)(random_u32() % (uint32_t)(high - low + 1));
}

static struct as_config config_of(int rows, int cols, int mem_width, int mem_bytes)
{
    struct as_config cfg;
    as_config_default(&cfg);
    cfg.unroll_c = rows;
    cfg.unroll_k = cols;
    cfg.mem_width = mem_width;
    cfg.mem_bytes = mem_bytes;
    cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
    return cfg;
}

/* ---- descriptors ---- */

Test(program, a_load_descriptor_survives_its_words)
{
    random_state = 1;
    for (int i = 0; i < 2000; i++) {
        struct as_load_desc in = {.to_weights = random_in(0, 1),
                                  .half = random_in(0, 1),
                                  .bytes = random_in(0, 1),
                                  .wait_mem = random_in(0, 1),
                                  .linear = i % 2,
                                  .align = random_in(0, 2),
                                  .pad = (int8_t)random_in(-128, 127),
                                  .src = random_u32(),
                                  .nc = random_in(0, 1023),
                                  .ns = random_in(0, 1023),
                                  .nr = random_in(0, 1023),
                                  .nq = random_in(0, 1023),
                                  .np = random_in(0, 1023)};
        if (!in.linear) {
            in.ds = (int32_t)random_u32();
            in.dr = (int32_t)random_u32();
            in.dq = (int32_t)random_u32();
            in.dp = (int32_t)random_u32();
            in.y0 = random_in(-1024, 1023);
            in.x0 = random_in(-1024, 1023);
            in.height = random_in(1, 1023);
            in.width = random_in(1, 1023);
            in.dy_r = random_in(0, 15);
            in.dy_p = random_in(0, 15);
            in.dx_s = random_in(0, 15);
            in.dx_q = random_in(0, 15);
        }
        uint32_t words[AS_LOAD_WORDS], again[AS_LOAD_WORDS];
        struct as_load_desc out;
        int n = as_load_encode(&in, words);
        cr_assert_eq(n, in.linear ? AS_LOAD_LINEAR_WORDS : AS_LOAD_WORDS);
        cr_assert_eq(as_load_decode(words, (size_t)n - 1, &out), 0);
        cr_assert_eq(as_load_decode(words, (size_t)n, &out), n);
        cr_assert_eq(as_load_encode(&out, again), n);
        cr_assert_arr_eq(words, again, sizeof words);
        cr_assert(out.y0 == in.y0 && out.x0 == in.x0 && out.pad == in.pad && out.np == in.np);
    }
}

Test(program, a_compute_descriptor_survives_its_words)
{
    random_state = 2;
    for (int i = 0; i < 2000; i++) {
        struct as_compute_desc in = {.lookup = random_in(0, 1),
                                     .free_i = random_in(0, 1),
                                     .free_w = random_in(0, 1),
                                     .push_a = random_in(0, 1),
                                     .first = random_in(0, 1),
                                     .emit = random_in(0, 1),
                                     .hold = random_in(0, 1),
                                     .scan = random_in(0, 1),
                                     .sub = random_in(0, 1),
                                     .isel = random_in(0, 1),
                                     .wsel = random_in(0, 1),
                                     .asel = random_in(0, 1),
                                     .nq = random_in(0, 1023),
                                     .nk = random_in(0, 1023),
                                     .ns = random_in(0, 1023),
                                     .dq = random_in(-32768, 32767),
                                     .dk = random_in(-32768, 32767),
                                     .dr = random_in(-32768, 32767),
                                     .ibase = random_in(0, 32767),
                                     .abase = random_in(0, 8191),
                                     .ntiles = random_in(0, 32767),
                                     .nl = random_in(0, 63)};
        uint32_t words[AS_COMPUTE_WORDS], again[AS_COMPUTE_WORDS];
        struct as_compute_desc out;
        cr_assert_eq(as_compute_encode(&in, words), AS_COMPUTE_WORDS);
        cr_assert_eq(as_compute_decode(words, AS_COMPUTE_WORDS - 1, &out), 0);
        cr_assert_eq(as_compute_decode(words, AS_COMPUTE_WORDS, &out), AS_COMPUTE_WORDS);
        as_compute_encode(&out, again);
        cr_assert_arr_eq(words, again, sizeof words);
        cr_assert(out.dq == in.dq && out.dk == in.dk && out.ibase == in.ibase && out.nl == in.nl);
    }
}

Test(program, a_store_descriptor_survives_its_words)
{
    random_state = 3;
    for (int i = 0; i < 2000; i++) {
        struct as_store_desc in = {.softmax = random_in(0, 1),
                                   .push_m = random_in(0, 1),
                                   .layer_done = random_in(0, 1),
                                   .shared = random_in(0, 1),
                                   .asel = random_in(0, 1),
                                   .zp = random_in(-128, 127),
                                   .amin = random_in(-128, 127),
                                   .amax = random_in(-128, 127),
                                   .dst = random_u32(),
                                   .params = random_u32(),
                                   .nq = random_in(0, 1023),
                                   .np = random_in(0, 1023),
                                   .nkt = random_in(0, 1023),
                                   .dq = (int32_t)random_u32(),
                                   .dp = (int32_t)random_u32(),
                                   .dk = (int32_t)random_u32(),
                                   .ncl = random_in(0, 63),
                                   .nc = random_in(0, 63),
                                   .m = random_in(0, 65535)};
        uint32_t words[AS_STORE_WORDS], again[AS_STORE_WORDS];
        struct as_store_desc out;
        cr_assert_eq(as_store_encode(&in, words), AS_STORE_WORDS);
        cr_assert_eq(as_store_decode(words, AS_STORE_WORDS - 1, &out), 0);
        cr_assert_eq(as_store_decode(words, AS_STORE_WORDS, &out), AS_STORE_WORDS);
        as_store_encode(&out, again);
        cr_assert_arr_eq(words, again, sizeof words);
        cr_assert(out.zp == in.zp && out.amin == in.amin && out.m == in.m && out.dk == in.dk);
    }
}

Test(program, linear_counts_cover_every_length_of_a_half)
{
    struct as_config cfg;
    as_config_default(&cfg);
    for (int words_log2 = 8; words_log2 <= 15; words_log2++)
        for (int beats = 1; beats <= 16; beats++) {
            int64_t capacity = (int64_t)beats << words_log2;
            for (int64_t n = 1; n <= capacity; n += n < 3000 || n > capacity - 50 ? 1 : 977) {
                struct as_load_desc d;
                cr_assert(as_linear_counts(&cfg, n, capacity, &d), "%lld of %lld", (long long)n,
                          (long long)capacity);
                int64_t total = (int64_t)(d.nc + 1) * (d.ns + 1);
                cr_assert(total >= n && total <= capacity && d.nc < 1024 && d.ns < 1024);
            }
        }
}

/* ---- average pools ---- */

Test(program, the_requantizer_divides_as_an_average_pool_does)
{
    for (int count = 1; count <= 300; count++) {
        int32_t m;
        int shift;
        cr_assert(as_average_constants(count, 6, &m, &shift), "%d", count);
        for (int32_t sum = -128 * count; sum <= 127 * count; sum++) {
            int32_t want = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
            cr_assert_eq(as_mbqm(sum * 64, m, -shift), want, "%d / %d", sum, count);
        }
    }
}

/* ---- planner ---- */

Test(program, the_planner_never_overlaps_live_tensors)
{
    random_state = 4;
    for (int round = 0; round < 300; round++) {
        struct as_plan_item items[24];
        struct as_plan_pair pairs[24];
        int count = random_in(1, 24), pair_count = 0;
        int64_t end = 0;
        for (int i = 0; i < count; i++) {
            int death = random_in(i, i + 3);
            items[i] = (struct as_plan_item){
                .bytes = (uint32_t)random_in(1, 5000), .birth = i, .death = death};
            if (i > 0 && items[i - 1].death == i)
                pairs[pair_count++] =
                    (struct as_plan_pair){.out = i, .in = i - 1, .distance = random_in(0, 800)};
        }
        int64_t top = as_plan_place(arena, items, count, pairs, pair_count, 1000, 12000);
        for (int a = 0; a < count; a++) {
            cr_assert(items[a].address >= 1000 && items[a].address % AS_STREAM_ALIGN == 0);
            if (items[a].address + items[a].bytes > end)
                end = items[a].address + items[a].bytes;
            for (int b = 0; b < a; b++) {
                bool apart = items[a].address + items[a].bytes <= items[b].address ||
                             items[b].address + items[b].bytes <= items[a].address ||
                             items[a].death < items[b].birth || items[b].death < items[a].birth;
                for (int p = 0; p < pair_count; p++)
                    if (pairs[p].out == a && pairs[p].in == b)
                        apart |= items[a].address + pairs[p].distance <= items[b].address;
                cr_assert(apart, "round %d: items %d and %d", round, a, b);
            }
        }
        cr_assert_eq(end, top);
    }
}

Test(program, the_planner_uses_the_declared_overlap)
{
    struct as_plan_item items[2] = {{.bytes = 1600, .birth = 0, .death = 1},
                                    {.bytes = 1600, .birth = 1, .death = 2}};
    const struct as_plan_pair pair = {.out = 1, .in = 0, .distance = 100};
    cr_assert_eq(as_plan_place(arena, items, 2, &pair, 1, 0, 0), 1600 + 112);
    cr_assert_eq(as_plan_place(arena, items, 2, NULL, 0, 0, 0), 3200);
}

/* ---- networks made here ---- */

static int8_t *random_bytes(size_t count)
{
    int8_t *bytes = as_arena_alloc(arena, count + 1);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (int8_t)random_u32();
    return bytes;
}

static int add_tensor(struct as_network *net, int h, int w, int c)
{
    int id = net->tensor_count++;
    net->tensors[id] = (struct as_tensor){.name = as_arena_printf(arena, "t%d", id),
                                          .n = 1,
                                          .h = h,
                                          .w = w,
                                          .c = c,
                                          .scale = 0.5f,
                                          .zero_point = random_in(-128, 127),
                                          .bytes = (size_t)h * (size_t)w * (size_t)c};
    return id;
}

static struct as_network *new_network(int h, int w, int c)
{
    struct as_network *net = AS_NEW(arena, struct as_network, 1);
    net->name = "made";
    net->tensors = AS_NEW(arena, struct as_tensor, 32);
    net->layers = AS_NEW(arena, struct as_layer, 32);
    net->input = net->output = add_tensor(net, h, w, c);
    return net;
}

static struct as_layer *add_layer(struct as_network *net, enum as_op op, int input)
{
    struct as_layer *l = &net->layers[net->layer_count];
    *l = (struct as_layer){.op = op,
                           .index = net->layer_count++,
                           .name = as_op_name(op),
                           .input = {input, -1},
                           .kernel_h = 1,
                           .kernel_w = 1,
                           .stride_h = 1,
                           .stride_w = 1,
                           .dilation_h = 1,
                           .dilation_w = 1,
                           .depth_multiplier = 1,
                           .act_min = -128,
                           .act_max = 127};
    if (random_in(0, 2) == 0)
        l->act_min = random_in(-100, 0);
    return l;
}

static void set_channels(struct as_layer *l, size_t weights, int channels)
{
    int32_t *bias = AS_NEW(arena, int32_t, channels), *m = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    for (int k = 0; k < channels; k++) {
        bias[k] = random_in(-5000, 5000);
        m[k] = (1 << 30) + (int32_t)(random_u32() >> 2);
        shift[k] = (int8_t)-random_in(k == 0 ? 0 : 5, k == 1 ? 31 : 10);
    }
    l->weights = random_bytes(weights);
    l->weight_bytes = weights;
    l->bias = bias;
    l->multiplier = m;
    l->shift = shift;
}

static bool set_window(struct as_network *net, struct as_layer *l, int channels, bool same)
{
    const struct as_tensor *in = &net->tensors[l->input[0]];
    int p, q;
    if (!as_derive_window(in->h, l->kernel_h, l->stride_h, l->dilation_h, same, &p, &l->pad_top,
                          &l->pad_bottom) ||
        !as_derive_window(in->w, l->kernel_w, l->stride_w, l->dilation_w, same, &q, &l->pad_left,
                          &l->pad_right))
        return false;
    l->output = add_tensor(net, p, q, channels);
    return true;
}

/* A random layer on the network's output; false when the draw makes no layer. */
static bool grow_network(struct as_network *net, enum as_op op)
{
    struct as_tensor in = net->tensors[net->output];
    struct as_layer *l = add_layer(net, op, net->output);
    bool same = random_in(0, 1), ok = true;
    int channels;

    l->kernel_h = random_in(1, 5);
    l->kernel_w = random_in(0, 3) == 0 ? l->kernel_h : random_in(1, 4);
    l->stride_h = random_in(1, 3);
    l->stride_w = random_in(1, 3);
    switch (op) {
    case AS_OP_CONV_2D:
        channels = random_in(1, 23);
        l->dilation_h = random_in(0, 3) == 0 ? random_in(2, 3) : 1;
        l->dilation_w = random_in(0, 3) == 0 ? random_in(2, 3) : 1;
        set_channels(l, (size_t)(channels * l->kernel_h * l->kernel_w * in.c), channels);
        ok = set_window(net, l, channels, same);
        break;
    case AS_OP_DEPTHWISE_CONV_2D:
        l->depth_multiplier = random_in(0, 1) == 0 ? 1 : random_in(2, 9);
        channels = in.c * l->depth_multiplier;
        set_channels(l, (size_t)(channels * l->kernel_h * l->kernel_w), channels);
        ok = set_window(net, l, channels, same);
        break;
    case AS_OP_AVERAGE_POOL_2D:
    case AS_OP_MAX_POOL_2D:
        ok = set_window(net, l, in.c, same);
        break;
    case AS_OP_FULLY_CONNECTED:
        channels = random_in(1, 40);
        set_channels(l, (size_t)channels * in.bytes, channels);
        l->output = add_tensor(net, 1, 1, channels);
        break;
    case AS_OP_ADD:
        l->input[1] = random_in(0, 1) == 0 ? net->output : 0;
        if (net->tensors[l->input[1]].bytes != in.bytes)
            l->input[1] = net->output;
        ok = as_derive_add(0.25f + 0.01f * (float)random_in(0, 50), 0.3f, 0.5f, l);
        l->output = add_tensor(net, in.h, in.w, in.c);
        break;
    case AS_OP_RESHAPE:
        l->output = add_tensor(net, 1, 1, (int)in.bytes);
        break;
    case AS_OP_SOFTMAX:
    case AS_OP_COUNT:
        ok = as_derive_softmax(0.01f * (float)random_in(1, 40), 1.0f, l);
        l->act_min = -128;
        l->output = add_tensor(net, in.h, in.w, in.c);
        net->tensors[l->output].zero_point = -128;
        break;
    }
    if (!ok)
        return false;
    net->output = l->output;
    return true;
}

static void random_config(struct as_config *cfg)
{
    static const enum as_dim orders[][4] = {{AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C},
                                            {AS_DIM_K, AS_DIM_Q, AS_DIM_P, AS_DIM_C},
                                            {AS_DIM_P, AS_DIM_K, AS_DIM_Q, AS_DIM_C}};
    as_config_default(cfg);
    cfg->unroll_c = random_in(0, 2) == 0 ? 4 * random_in(1, 4) : random_in(1, 17);
    cfg->unroll_k = random_in(1, 17);
    cfg->mem_width = 32 << random_in(0, 2);
    cfg->count_bits = random_in(6, 10);
    cfg->coord_bits = random_in(8, 11);
    cfg->mem_bytes = cfg->count_bits < 9 ? 16 << (2 * cfg->count_bits) : MEM_BYTES_MOST;
    cfg->ibuf_words = 16 << random_in(0, 5);
    cfg->acc_words = 16 << random_in(0, 4);
    cfg->requant_stages = 2 << random_in(0, 2);
    if (random_in(0, 3) == 0) {
        cfg->order_count = 4;
        memcpy(cfg->order, orders[random_in(0, 2)], sizeof cfg->order);
    }
    cr_assert_eq(as_config_check(cfg, &diag), AS_OK, "%s", diag.text);
}

/* Builds, runs with both policies, and once more from the file form; compares with the reference.
 */
static void expect_reference(const struct as_config *cfg, const struct as_network *net,
                             const char *what)
{
    struct as_program *program, *parsed;
    int8_t **tensors = AS_NEW(arena, int8_t *, net->tensor_count);
    uint8_t *file;
    size_t bytes;

    for (int t = 0; t < net->tensor_count; t++)
        tensors[t] = as_arena_alloc(arena, net->tensors[t].bytes);
    enum as_status status = as_program_build(arena, cfg, net, &program, &diag);
    if (status == AS_ERR_NOFIT && cfg->mem_bytes < MEM_BYTES_MOST)
        return; /* few bits of count: loops reach little memory */
    cr_assert_eq(status, AS_OK, "%s: %s", what, diag.text);
    as_program_serialise(arena, program, &file, &bytes);
    cr_assert_eq(as_program_parse(arena, file, bytes, "p", cfg, &parsed, &diag), AS_OK, "%s: %s",
                 what, diag.text);

    struct interp *m = interp_new(arena, cfg);
    int8_t *got = as_arena_alloc(arena, program->output_bytes);
    for (int round = 0; round < 2; round++) {
        const int8_t *input = random_bytes(program->input_bytes);
        cr_assert_eq(as_reference_run(net, input, tensors, &diag), AS_OK, "%s", diag.text);
        cr_assert(interp_run(m, round == 0 ? program : parsed, input, got,
                             round == 0 ? INTERP_LOADS_EARLY : INTERP_LOADS_LATE),
                  "%s: streams do not end, or the image was overwritten", what);
        const struct as_program_layer *last = &program->layers[program->layer_count - 1];
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            cr_assert_eq((uint32_t)m->executed[k], last->first[k] + last->count[k], "%s", what);
        for (uint32_t i = 0; i < program->output_bytes; i++)
            cr_assert_eq(got[i], tensors[net->output][i], "%s: output %u is %d, expected %d", what,
                         i, got[i], tensors[net->output][i]);
    }
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
                                         as_op_name(net->layers[0].op), n, cfg.rows, cfg.cols,
                                         cfg.mem_width, cfg.ibuf_words, cfg.acc_words,
                                         net->tensors[0].h, net->tensors[0].w, net->tensors[0].c,
                                         net->layers[0].kernel_h, net->layers[0].kernel_w,
                                         net->layers[0].stride_h, net->layers[0].stride_w,
                                         net->layers[0].dilation_h, net->layers[0].dilation_w));
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
        cfg.ibuf_words = 64; /* a window of 20 words has to fit */
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
        cfg.ibuf_words = cfg.ibuf_words < 64 ? 64 : cfg.ibuf_words;
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

Test(program, configured_tiles_equal_the_reference)
{
    for (int n = 0; n < 100; n++) {
        struct as_config cfg;
        random_state = (uint32_t)(n + 1) * 15485863u;
        random_config(&cfg);
        cfg.ibuf_words = 1024;
        cfg.acc_words = 1024;
        cfg.tile_p = random_in(0, 4);
        cfg.tile_q = random_in(0, 4);
        cfg.tile_c = random_in(0, 12);
        cfg.tile_k = random_in(0, 12);
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK);
        struct as_network *net = new_network(random_in(1, 13), random_in(1, 11), random_in(1, 19));
        if (grow_network(net, n % 2 == 0 ? AS_OP_CONV_2D : AS_OP_DEPTHWISE_CONV_2D))
            expect_reference(&cfg, net, as_arena_printf(arena, "tiles seed %d", n));
    }
}

/* ---- refusals ---- */

static void expect_refusal(const struct as_config *cfg, const struct as_network *net,
                           enum as_status status, const char *message)
{
    struct as_program *program = NULL;
    as_diag_init(&diag);
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), status, "%s", diag.text);
    cr_assert(strstr(diag.text, message) != NULL, "%s", diag.text);
    cr_assert_null(program);
}

Test(program, a_left_shift_is_refused_with_layer_channel_and_factor)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    random_state = 9;
    struct as_network *net = new_network(1, 1, 6);
    cr_assert(grow_network(net, AS_OP_FULLY_CONNECTED));
    struct as_layer *l = &net->layers[0];
    ((int8_t *)l->shift)[0] = 2;
    ((int32_t *)l->multiplier)[0] = 1 << 30;
    expect_refusal(&cfg, net, AS_ERR_UNSUPPORTED,
                   "layer 0 FULLY_CONNECTED: channel 0 scales by 2, a left shift of 2");
}

Test(program, a_network_larger_than_the_memory_is_refused_with_the_bytes_that_lack)
{
    struct as_config cfg = config_of(4, 4, 32, 4096);
    random_state = 10;
    struct as_network *net = new_network(13, 11, 19);
    while (!grow_network(net, AS_OP_CONV_2D))
        net = new_network(13, 11, 19);
    expect_refusal(&cfg, net, AS_ERR_NOFIT, "made does not fit memory.bytes 4096: ");
}

Test(program, what_no_descriptor_expresses_is_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    random_state = 11;
    struct as_network *net = new_network(1, 1, 600);
    cr_assert(grow_network(net, AS_OP_SOFTMAX));
    expect_refusal(&cfg, net, AS_ERR_UNSUPPORTED,
                   "layer 0 SOFTMAX: 600 values in a row, expected at most 511");
    net = new_network(1, 1, 200);
    cr_assert(grow_network(net, AS_OP_SOFTMAX));
    expect_refusal(&cfg, net, AS_ERR_NOFIT, "layer 0 SOFTMAX: 200 values in a row");
    net = new_network(1100, 2, 1);
    while (!grow_network(net, AS_OP_CONV_2D))
        net = new_network(1100, 2, 1);
    expect_refusal(&cfg, net, AS_ERR_UNSUPPORTED, "input height is 1100, expected at most 1023");
    cfg.tile_p = cfg.tile_q = 64;
    net = new_network(64, 64, 1);
    struct as_layer *l = add_layer(net, AS_OP_CONV_2D, 0);
    set_channels(l, 1, 1);
    cr_assert(set_window(net, l, 1, true));
    net->output = l->output;
    expect_refusal(&cfg, net, AS_ERR_NOFIT, "no tile of tile.P 64, tile.Q 64");
}

static struct as_program *small_program(const struct as_config *cfg, uint8_t **file, size_t *bytes)
{
    struct as_program *program;
    random_state = 12;
    struct as_network *net = new_network(5, 5, 6);
    cr_assert(grow_network(net, AS_OP_CONV_2D));
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), AS_OK, "%s", diag.text);
    as_program_serialise(arena, program, file, bytes);
    return program;
}

Test(program, a_file_of_another_accelerator_is_refused_by_name_and_value)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20), other = config_of(8, 4, 32, 1 << 20);
    struct as_program *parsed = NULL;
    uint8_t *file;
    size_t bytes;
    small_program(&cfg, &file, &bytes);
    cr_assert_eq(as_program_parse(arena, file, bytes, "a.prog", &other, &parsed, &diag),
                 AS_ERR_MISMATCH);
    cr_assert_str_eq(diag.text, "a.prog: built for unroll.C 4, the accelerator's is 8");
}

Test(program, every_cut_and_every_flipped_byte_of_a_file_is_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    struct as_program *parsed = NULL;
    uint8_t *file;
    size_t bytes;
    small_program(&cfg, &file, &bytes);
    for (size_t n = 0; n < bytes; n++) {
        uint8_t *cut = malloc(n + 1); /* exactly as long: a sanitizer sees any read past it */
        memcpy(cut, file, n);
        as_diag_init(&diag);
        cr_assert_neq(as_program_parse(arena, cut, n, "cut", &cfg, &parsed, &diag), AS_OK);
        free(cut);
        if (n >= 12 && n < 16)
            continue; /* reserved */
        file[n] ^= 0x41;
        as_diag_init(&diag);
        cr_assert_neq(as_program_parse(arena, file, bytes, "flip", &cfg, &parsed, &diag), AS_OK,
                      "byte %zu", n);
        file[n] ^= 0x41;
    }
}

Test(program, a_stream_that_waits_for_ever_is_found)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    uint8_t *file;
    size_t bytes;
    struct as_program *program = small_program(&cfg, &file, &bytes);
    cr_assert_eq(as_program_check(program, &cfg, &diag), AS_OK, "%s", diag.text);
    program->image[program->stream[AS_STREAM_LOAD]] |= 1 << 4; /* waits for a memory token */
    cr_assert_eq(as_program_check(program, &cfg, &diag), AS_ERR_MISMATCH);
    cr_assert(strstr(diag.text, "load descriptor 0 waits for ever") != NULL, "%s", diag.text);
}

/* ---- published models ---- */

static int8_t *read_file(const char *path, size_t bytes)
{
    int8_t *data = as_arena_alloc(arena, bytes);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fread(data, 1, bytes, file), bytes, "%s", path);
    fclose(file);
    return data;
}

/* Runs the first `inputs` golden vectors on the arrays that the models are tried on. */
static void expect_goldens(const char *model, const char *file, int inputs)
{
    static const int shapes[][4] = {
        {4, 4, 32, 1 << 20}, {8, 8, 64, 1 << 20}, {3, 5, 32, 1 << 20}, {16, 16, 128, 1 << 20},
        {5, 3, 32, 1 << 20}, {1, 1, 32, 1 << 21}, {2, 7, 32, 1 << 20}};
    const char *shared = getenv("ARRAYSMITH_SHARED");
    if (!shared)
        shared = "../shared";
    const char *path = as_arena_printf(arena, "%s/models/%s/%s", shared, model, file);
    if (access(path, R_OK) != 0)
        cr_skip_test("%s is absent: set ARRAYSMITH_SHARED", path);

    struct as_network *net;
    cr_assert_eq(as_tflite_load(arena, path, &net, &diag), AS_OK, "%s", diag.text);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        struct as_config cfg = config_of(shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3]);
        struct as_program *p;
        cr_assert_eq(as_program_build(arena, &cfg, net, &p, &diag), AS_OK, "%s", diag.text);
        struct interp *m = interp_new(arena, &cfg);
        int8_t *got = as_arena_alloc(arena, p->output_bytes);
        for (int i = 0; i < inputs; i++) {
            const char *in =
                as_arena_printf(arena, "%s/models/%s/inputs/%03d.bin", shared, model, i);
            const char *out =
                as_arena_printf(arena, "%s/models/%s/golden/%03d.bin", shared, model, i);
            const int8_t *want = read_file(out, p->output_bytes);
            cr_assert(interp_run(m, p, read_file(in, p->input_bytes), got,
                                 i % 2 == 0 ? INTERP_LOADS_LATE : INTERP_LOADS_EARLY));
            cr_assert_arr_eq(got, want, p->output_bytes, "%s %dx%d input %d", model, cfg.rows,
                             cfg.cols, i);
        }
    }
}

Test(program_goldens, kws)
{
    expect_goldens("kws", "kws_ref_model.tflite", 2);
}

Test(program_goldens, ic)
{
    expect_goldens("ic", "pretrainedResnet_quant.tflite", 2);
}

Test(program_goldens, vww)
{
    expect_goldens("vww", "vww_96_int8.tflite", 2);
}

Test(program_goldens, ad)
{
    expect_goldens("ad", "ad01_int8.tflite", 2);
}

Test(program_goldens, kws_layers_keep_the_array_busy)
{
    const char *shared = getenv("ARRAYSMITH_SHARED");
    const char *path =
        as_arena_printf(arena, "%s/models/kws/kws_ref_model.tflite", shared ? shared : "../shared");
    if (access(path, R_OK) != 0)
        cr_skip_test("%s is absent: set ARRAYSMITH_SHARED", path);
    struct as_network *net;
    struct as_program *p;
    struct as_config cfg = config_of(4, 4, 32, 131072);
    cr_assert_eq(as_tflite_load(arena, path, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, &cfg, net, &p, &diag), AS_OK, "%s", diag.text);
    for (int i = 2; i <= 8; i += 2) { /* 64 -> 64 channels, 1x1, 25x5 pixels */
        cr_assert_eq(p->layers[i].ideal_cycles, 32000);
        cr_assert_leq(as_program_estimate(p, i), 36000);
        cr_assert_leq(as_program_estimate(p, i - 1), 20000); /* depthwise 3x3 */
    }
}
