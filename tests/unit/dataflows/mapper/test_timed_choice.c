/* The law of `auto`: no order of the tile loops is faster.  Cycles are those of the cycle model
 * that runs the whole program, not what the mapper believes. */
#include <criterion/criterion.h>
#include <string.h>

#include "dataflows/build.h"
#include "dataflows/mapper/mapper.h"
#include "dataflows/mapper/order.h"
#include "dataflows/mapper/timed_choice.h"
#include "gen/program/program.h"
#include "sim/blocks/system.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(auto_order, .init = program_setup, .fini = program_teardown, .timeout = 300);

struct shape {
    enum as_op op;
    int h, w, c, k, kernel, stride;
};

static const struct shape shapes[] = {
    {AS_OP_CONV_2D, 9, 7, 12, 20, 3, 1},         {AS_OP_CONV_2D, 8, 8, 3, 10, 3, 2},
    {AS_OP_CONV_2D, 5, 6, 40, 24, 1, 1},         {AS_OP_DEPTHWISE_CONV_2D, 9, 9, 13, 13, 3, 1},
    {AS_OP_FULLY_CONNECTED, 1, 1, 90, 33, 1, 1},
};

static struct as_network *network_of(const struct shape *shape)
{
    struct as_network *net = new_network(shape->h, shape->w, shape->c);
    struct as_layer *l = add_layer(net, shape->op, net->outputs.port[0].tensor);
    int in = shape->op == AS_OP_DEPTHWISE_CONV_2D ? 1 : shape->c;

    l->conv.kernel_h = l->conv.kernel_w = shape->kernel;
    l->conv.stride_h = l->conv.stride_w = shape->stride;
    set_channels(l, (size_t)(shape->k * shape->kernel * shape->kernel * in), shape->k);
    cr_assert(set_window(net, l, shape->k, true));
    net->outputs = as_ports_single(l->output);
    return net;
}

/* Cycles of one inference; the mapper's timing of its streams, and the bytes of the counters, are
 * the same. */
static uint64_t cycles_of(const struct as_config *cfg, const struct as_program *program)
{
    struct as_timing_program forms;
    struct as_layer_time time;
    struct as_arena *own = as_arena_new();
    struct as_system *s = as_system_new(own, &cfg->hw);
    struct as_system_in in = {.start = true,
                              .pc_load = program->stream[AS_STREAM_LOAD],
                              .pc_compute = program->stream[AS_STREAM_COMPUTE],
                              .pc_store = program->stream[AS_STREAM_STORE]};
    uint64_t cycles = 0;

    memcpy(s->memory.bytes, program->image, program->image_bytes);
    as_system_eval(s, &in);
    as_system_tick(s);
    in.start = false;
    for (bool busy = true; busy; cycles += busy) {
        as_system_eval(s, &in);
        busy = s->wires.busy;
        as_system_tick(s);
        cr_assert_lt(cycles, 10000000);
    }
    for (int i = 0; i < AS_PERF_SETTLE_CYCLES; i++) {
        as_system_eval(s, &in);
        as_system_tick(s);
    }
    const uint32_t *total = s->core.perf.total;
    uint64_t bytes =
        (uint64_t)(total[AS_PERF_REQUESTS] - total[AS_PERF_WRITES]) *
            (uint64_t)cfg->hw.mem_width_bytes +
        total[AS_PERF_WRITES] +
        (uint64_t)total[AS_PERF_SIDE_BY_SIDE_WRITES] * (uint64_t)(cfg->hw.requant_lanes - 1);
    as_timing_decode(own, &cfg->hw, program->image, program->image_bytes, program->stream, &forms);
    cr_assert(as_timing_run_layer(&forms, false, 10000000, &time));
    cr_assert_eq(time.cycles, cycles);
    cr_assert_eq(time.bytes, bytes, "%llu bytes, the mapper counted %llu",
                 (unsigned long long)bytes, (unsigned long long)time.bytes);
    as_arena_free(own);
    return cycles;
}

/* Cycles of the program with an order, or with auto; 0 when the order is refused. */
static uint64_t cycles_with(const struct as_config *base, const struct as_network *net,
                            const enum as_dim *order)
{
    struct as_config cfg = *base;
    struct as_program *program;

    cfg.map.all.order_count = order ? AS_DIM_COUNT : 0;
    if (order)
        memcpy(cfg.map.all.order, order, sizeof cfg.map.all.order);
    enum as_status status = as_program_build(arena, &cfg, net, &program, &diag);
    if (order && status == AS_ERR_NOFIT) {
        cr_assert(strstr(diag.text, "accumulator") != NULL, "%s", diag.text);
        as_diag_init(&diag);
        return 0;
    }
    cr_assert_eq(status, AS_OK, "%s", diag.text);
    uint64_t cycles = cycles_of(&cfg, program);
    cr_assert_eq(cycles, as_program_estimate(program, 0), "%llu cycles, the mapper timed %llu",
                 (unsigned long long)cycles, (unsigned long long)as_program_estimate(program, 0));
    return cycles;
}

/* 16 PEs or so, by what stays. */
static void set_accelerator(struct as_config *cfg, enum as_stays stays)
{
    as_config_default(cfg);
    cfg->hw.unroll_given[AS_LOOP_C] = cfg->hw.unroll_given[AS_LOOP_K] = 4;
    if (stays != AS_STAYS_WEIGHT)
        set_stays(cfg, stays);
    cfg->hw.psum_limit = 32;
    cfg->hw.mem_bytes = 1 << 18;
    cfg->hw.wbuf_words = 256;
}

/* Loads of a 1x1 convolution of four chunks and several k tiles in an order, from the bench of
 * auto_loses_to_no_order. */
static uint32_t loads_in(enum as_stays stays, const enum as_dim order[AS_DIM_COUNT])
{
    static const struct shape shape = {AS_OP_CONV_2D, 4, 4, 64, 32, 1, 1};
    struct as_config cfg;
    struct as_program *program;

    random_state = 5;
    set_accelerator(&cfg, stays);
    cfg.hw.acc_words = 1024;
    cfg.map.all.tile[AS_DIM_C] = 16;
    cfg.map.all.tile[AS_DIM_P] = cfg.map.all.tile[AS_DIM_Q] = 4;
    cfg.map.all.order_count = AS_DIM_COUNT;
    memcpy(cfg.map.all.order, order, sizeof cfg.map.all.order);
    if (as_order_inside(order, AS_DIM_K) == false)
        cfg.map.all.tile[AS_DIM_K] = 4;
    cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, &cfg, network_of(&shape), &program, &diag), AS_OK, "%s",
                 diag.text);
    return program->layers[0].count[AS_STREAM_LOAD];
}

Test(auto_order, k_behind_c_loads_the_pixels_of_a_chunk_once)
{
    static const enum as_dim last[] = {AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C};
    static const enum as_dim outside[] = {AS_DIM_P, AS_DIM_Q, AS_DIM_C, AS_DIM_K};
    const enum as_stays all[] = {AS_STAYS_WEIGHT, AS_STAYS_PSUM, AS_STAYS_IFMAP};

    for (size_t i = 0; i < 3; i++) {
        uint32_t few = loads_in(all[i], outside), many = loads_in(all[i], last);
        cr_assert_lt(2 * few, many, "stays %zu: %u loads with K behind C, %u with C last", i, few,
                     many);
    }
}

static void auto_loses_to_no_order(enum as_stays stays)
{
    enum as_dim orders[AS_ORDERS_MAX][AS_DIM_COUNT];

    as_orders(orders);
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++)
        for (int acc = 64; acc <= 1024; acc *= 16) {
            struct as_config cfg;
            int fit = 0;
            random_state = (uint32_t)n + 77;
            set_accelerator(&cfg, stays);
            cfg.hw.ibuf_words = 64;
            cfg.hw.requant_lanes = acc == 64 && stays != AS_STAYS_IFMAP ? 2 : 1;
            cfg.hw.acc_words = acc;
            cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
            struct as_network *net = network_of(&shapes[n]);
            uint64_t best = cycles_with(&cfg, net, NULL);
            for (int o = 0; o < AS_ORDERS_MAX; o++) {
                uint64_t cycles = cycles_with(&cfg, net, orders[o]);
                fit += cycles > 0;
                cr_assert(cycles == 0 || best <= cycles,
                          "%s shape %zu, %d accumulators: auto takes %llu cycles, order "
                          "%c%c%c%c %llu",
                          as_op_name(shapes[n].op), n, acc, (unsigned long long)best,
                          AS_DIM_LETTERS[orders[o][0]], AS_DIM_LETTERS[orders[o][1]],
                          AS_DIM_LETTERS[orders[o][2]], AS_DIM_LETTERS[orders[o][3]],
                          (unsigned long long)cycles);
            }
            cr_assert_geq(fit, 6, "shape %zu: C is last in 6 orders, %d fit", n, fit);
        }
}

Test(auto_order, where_weights_stay)
{
    auto_loses_to_no_order(AS_STAYS_WEIGHT);
}

Test(auto_order, where_psums_stay)
{
    auto_loses_to_no_order(AS_STAYS_PSUM);
}

Test(auto_order, where_the_ifmap_stays)
{
    auto_loses_to_no_order(AS_STAYS_IFMAP);
}
