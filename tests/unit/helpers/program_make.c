#include "tests/unit/helpers/program_make.h"

#include <criterion/criterion.h>
#include <string.h>

#include "models/arith/padding.h"
#include "models/arith/quantization.h"

struct as_arena *arena;
struct as_diag diag;
uint32_t random_state;
enum as_stays random_stays;

void program_setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
    random_stays = AS_STAYS_WEIGHT;
}

void program_teardown(void)
{
    as_arena_free(arena);
}

uint32_t random_u32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

int random_in(int low, int high)
{
    return low + (int)(random_u32() % (uint32_t)(high - low + 1));
}

struct as_config config_of(int rows, int cols, int mem_width, int mem_bytes)
{
    struct as_config cfg;
    as_config_default(&cfg);
    cfg.hw.unroll_given[AS_LOOP_C] = rows;
    cfg.hw.unroll_given[AS_LOOP_K] = cols;
    cfg.hw.mem_width = mem_width;
    cfg.hw.mem_bytes = mem_bytes;
    cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
    return cfg;
}

int8_t *random_bytes(size_t count)
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

struct as_network *new_network(int h, int w, int c)
{
    struct as_network *net = AS_NEW(arena, struct as_network, 1);
    net->name = "made";
    net->tensors = AS_NEW(arena, struct as_tensor, 32);
    net->layers = AS_NEW(arena, struct as_layer, 32);
    net->inputs = net->outputs = as_ports_single(add_tensor(net, h, w, c));
    return net;
}

struct as_layer *add_layer(struct as_network *net, enum as_op op, int input)
{
    struct as_layer *l = &net->layers[net->layer_count];
    as_layer_init(l, op, input, 0);
    l->index = net->layer_count++;
    l->input_count = op == AS_OP_ADD ? 2 : 1;
    if (random_in(0, 2) == 0)
        l->act_min = random_in(-100, 0);
    return l;
}

void set_channels(struct as_layer *l, size_t weights, int channels)
{
    int32_t *bias = AS_NEW(arena, int32_t, channels), *m = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    for (int k = 0; k < channels; k++) {
        bias[k] = random_in(-5000, 5000);
        m[k] = (1 << 30) + (int32_t)(random_u32() >> 2);
        shift[k] = (int8_t)-random_in(k == 0 ? 0 : 5, k == 1 ? 31 : 10);
    }
    int8_t *w = random_bytes(weights);
    for (size_t i = 0; i < weights; i++)
        if (w[i] == -128)
            w[i] = -127;
    l->conv.weights = w;
    l->conv.weight_bytes = weights;
    l->conv.bias = bias;
    l->conv.multiplier = m;
    l->conv.shift = shift;
}

void round_in_float(struct as_network *net)
{
    for (int i = 0; i < net->layer_count; i++) {
        struct as_layer *l = &net->layers[i];
        if (!as_op_has_factor(l->op) || (random_state >> (8 + i % 16) & 1))
            continue;
        l->rounding = AS_ROUNDING_FLOAT;
        l->out_multiplier &= ~0x7F;
        if (l->op == AS_OP_ADD)
            l->sum.multiplier[2] &= ~0x7F;
        int32_t *m = (int32_t *)l->conv.multiplier;
        for (int k = 0; as_op_has_conv(l->op) && m && k < net->tensors[l->output].c; k++)
            m[k] &= ~0x7F;
    }
}

bool set_window(struct as_network *net, struct as_layer *l, int channels, bool same)
{
    const struct as_tensor *in = &net->tensors[l->input[0]];
    int p, q;
    if (!as_padding_axis(in->h, l->conv.kernel_h, l->conv.stride_h, l->conv.dilation_h, same, &p,
                         &l->conv.pad_top, &l->conv.pad_bottom) ||
        !as_padding_axis(in->w, l->conv.kernel_w, l->conv.stride_w, l->conv.dilation_w, same, &q,
                         &l->conv.pad_left, &l->conv.pad_right))
        return false;
    l->output = add_tensor(net, p, q, channels);
    return true;
}

bool grow_network(struct as_network *net, enum as_op op)
{
    struct as_tensor in = net->tensors[net->outputs.port[0].tensor];
    struct as_layer *l = add_layer(net, op, net->outputs.port[0].tensor);
    bool same = random_in(0, 1), ok = true;
    int channels;

    l->conv.kernel_h = random_in(1, 5);
    l->conv.kernel_w = random_in(0, 3) == 0 ? l->conv.kernel_h : random_in(1, 4);
    l->conv.stride_h = random_in(1, 3);
    l->conv.stride_w = random_in(1, 3);
    switch (op) {
    case AS_OP_CONV_2D:
        channels = random_in(1, 23);
        l->conv.dilation_h = random_in(0, 3) == 0 ? random_in(2, 3) : 1;
        l->conv.dilation_w = random_in(0, 3) == 0 ? random_in(2, 3) : 1;
        set_channels(l, (size_t)(channels * l->conv.kernel_h * l->conv.kernel_w * in.c), channels);
        ok = set_window(net, l, channels, same);
        break;
    case AS_OP_DEPTHWISE_CONV_2D:
        l->conv.depth_multiplier = random_in(0, 1) == 0 ? 1 : random_in(2, 9);
        channels = in.c * l->conv.depth_multiplier;
        set_channels(l, (size_t)(channels * l->conv.kernel_h * l->conv.kernel_w), channels);
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
        l->input[1] = random_in(0, 1) == 0 ? net->outputs.port[0].tensor : 0;
        if (net->tensors[l->input[1]].bytes != in.bytes)
            l->input[1] = net->outputs.port[0].tensor;
        ok = as_quant_add(0.25f + 0.01f * (float)random_in(0, 50), 0.3f, 0.5f, &l->sum);
        l->output = add_tensor(net, in.h, in.w, in.c);
        break;
    case AS_OP_RESHAPE:
        l->output = add_tensor(net, 1, 1, (int)in.bytes);
        break;
    case AS_OP_SOFTMAX:
    default:
        ok = as_quant_softmax(0.01f * (float)random_in(1, 40), 1.0f, &l->softmax);
        l->act_min = -128;
        l->output = add_tensor(net, in.h, in.w, in.c);
        net->tensors[l->output].zero_point = -128;
        break;
    }
    if (!ok)
        return false;
    net->outputs = as_ports_single(l->output);
    return true;
}

void set_groups(struct as_network *net, int most)
{
    struct as_layer *l = &net->layers[0];
    int in = net->tensors[l->input[0]].c, out = net->tensors[l->output].c;

    if (l->op != AS_OP_CONV_2D)
        return;
    while (in % most != 0 || out % most != 0)
        most--;
    l->conv.groups = most;
    l->conv.weight_bytes /= (size_t)most;
}

void set_stays(struct as_config *cfg, enum as_stays stays)
{
    int rows = cfg->hw.unroll_given[AS_LOOP_C], cols = cfg->hw.unroll_given[AS_LOOP_K];

    strcpy(cfg->dataflow, "custom");
    if (stays == AS_STAYS_PSUM) {
        cfg->hw.unroll_given[AS_LOOP_C] = 0;
        cfg->hw.unroll_given[AS_LOOP_P] = rows % 2 == 0 ? rows / 2 : rows;
        cfg->hw.unroll_given[AS_LOOP_Q] = rows % 2 == 0 ? 2 : 1;
        strcpy(cfg->hw.move_ifmap, random_in(0, 1) ? "forwarded" : "broadcast");
        strcpy(cfg->hw.move_weight, random_in(0, 1) ? "forwarded" : "broadcast");
        strcpy(cfg->hw.move_psum, "stationary");
        cfg->hw.psum_limit = random_in(0, 1) ? 32 : random_in(20, 32);
    } else if (stays == AS_STAYS_IFMAP) {
        cfg->hw.unroll_given[AS_LOOP_K] = 0;
        cfg->hw.unroll_given[AS_LOOP_P] = cols % 2 == 0 ? cols / 2 : cols;
        cfg->hw.unroll_given[AS_LOOP_Q] = cols % 2 == 0 ? 2 : 1;
        strcpy(cfg->hw.move_ifmap, "stationary");
        strcpy(cfg->hw.move_weight, random_in(0, 1) ? "forwarded" : "broadcast");
        strcpy(cfg->hw.move_psum, random_in(0, 1) ? "forwarded" : "tree");
    }
}

void set_taps(struct as_config *cfg)
{
    strcpy(cfg->dataflow, "custom");
    cfg->hw.unroll_given[AS_LOOP_R] = random_in(0, 1) ? 1 : random_in(2, 3);
    cfg->hw.unroll_given[AS_LOOP_S] = random_in(1, 4);
    cfg->hw.unroll_given[AS_LOOP_C] = random_in(0, 1) ? random_in(1, 4) : 4;
    strcpy(cfg->hw.move_ifmap, random_in(0, 1) ? "forwarded" : "broadcast");
    strcpy(cfg->hw.move_weight, "stationary");
    strcpy(cfg->hw.move_psum, random_in(0, 1) ? "forwarded" : "tree");
    cfg->hw.line_given =
        cfg->hw.unroll_given[AS_LOOP_R] * cfg->hw.unroll_given[AS_LOOP_S] > 1 && random_in(0, 3)
            ? random_in(2, 16)
            : 0;
}

void set_order(struct as_config *cfg)
{
    enum as_dim order[AS_DIM_COUNT] = {AS_DIM_P, AS_DIM_Q, AS_DIM_C, AS_DIM_K};

    do {
        for (int i = AS_DIM_COUNT - 1; i > 0; i--) {
            int other = random_in(0, i);
            enum as_dim dim = order[i];
            order[i] = order[other];
            order[other] = dim;
        }
    } while (order[AS_DIM_COUNT - 1] == AS_DIM_C);
    cfg->map.all.order_count = AS_DIM_COUNT;
    memcpy(cfg->map.all.order, order, sizeof order);
}

void random_config(struct as_config *cfg)
{
    static const enum as_dim orders[][4] = {{AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C},
                                            {AS_DIM_K, AS_DIM_Q, AS_DIM_P, AS_DIM_C},
                                            {AS_DIM_P, AS_DIM_K, AS_DIM_Q, AS_DIM_C}};
    as_config_default(cfg);
    cfg->hw.unroll_given[AS_LOOP_C] = random_in(0, 2) == 0 ? 4 * random_in(1, 4) : random_in(1, 17);
    cfg->hw.unroll_given[AS_LOOP_K] = random_in(1, 17);
    if (random_stays != AS_STAYS_WEIGHT)
        set_stays(cfg, random_stays);
    cfg->hw.mem_width = 32 << random_in(0, 2);
    cfg->hw.count_bits = random_in(6, 10);
    cfg->hw.coord_bits = random_in(8, 11);
    cfg->hw.mem_bytes = cfg->hw.count_bits < 9 ? 16 << (2 * cfg->hw.count_bits) : MEM_BYTES_MOST;
    cfg->hw.ibuf_words = 16 << random_in(0, 5);
    cfg->hw.acc_words = 16 << random_in(0, 4);
    if (random_stays == AS_STAYS_PSUM && cfg->hw.acc_words < 32)
        cfg->hw.acc_words = 32; /* a sum of every array row */
    cfg->hw.requant_stages = 2 << random_in(0, 2);
    cfg->hw.requant_float = (int)(random_state >> 20 & 1);
    if (random_in(0, 3) == 0) {
        cfg->map.all.order_count = 4;
        memcpy(cfg->map.all.order, orders[random_in(0, 2)], sizeof cfg->map.all.order);
    }
    cr_assert_eq(as_config_check(cfg, &diag), AS_OK, "%s", diag.text);
    int lanes = 1 << random_in(0, 2);
    if (!cfg->hw.by_address && lanes <= cfg->hw.cols)
        cfg->hw.requant_lanes = lanes;
    cr_assert_eq(as_config_check(cfg, &diag), AS_OK, "%s", diag.text);
}
