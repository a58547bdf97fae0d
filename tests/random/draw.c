#include "tests/random/draw.h"

#include <stdlib.h>
#include <string.h>

#include "gen/config/dataflow.h"
#include "models/arith/padding.h"
#include "models/arith/quantization.h"
#include "models/arith/lookup.h"

#define MEM_BYTES (1 << 20)

/* ---- numbers ---- */

void draw_seed(struct draw *d, uint64_t seed)
{
    d->state = seed ? seed : 1;
    for (int i = 0; i < 8; i++)
        draw_u32(d);
}

uint32_t draw_u32(struct draw *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (uint32_t)((d->state * UINT64_C(0x2545F4914F6CDD1D)) >> 32);
}

int draw_in(struct draw *d, int low, int high)
{
    return low + (int)(draw_u32(d) % (uint32_t)(high - low + 1));
}

bool draw_chance(struct draw *d, int percent)
{
    return draw_in(d, 1, 100) <= percent;
}

/* ---- accelerators ---- */

int draw_dataflows(const char *names[DRAW_DATAFLOWS_MAX])
{
    int count;
    const char *const *presets = as_dataflow_names(&count);

    for (int i = 0; i < count; i++)
        names[i] = presets[i];
    names[count] = "custom";
    return count + 1;
}

static void draw_custom(struct draw *d, struct as_config *cfg)
{
    static const char *const moves[][3] = {
        {"broadcast", "forwarded", "stationary"}, {"forwarded", "broadcast", "stationary"},
        {"broadcast", "broadcast", "stationary"}, {"stationary", "forwarded", "forwarded"},
        {"stationary", "forwarded", "tree"},      {"stationary", "broadcast", "forwarded"},
        {"stationary", "broadcast", "tree"},
    };
    const char *const *move = moves[draw_in(d, 0, 6)];

    strcpy(cfg->hw.move_ifmap, move[0]);
    strcpy(cfg->hw.move_weight, move[1]);
    strcpy(cfg->hw.move_psum, move[2]);
}

/* 1 as often as not, else up to `most`. */
static int small(struct draw *d, int most)
{
    return draw_chance(d, 50) ? 1 : draw_in(d, 2, most);
}

static void draw_unroll(struct draw *d, const struct as_dataflow *row, struct as_config *cfg)
{
    bool psum = strcmp(cfg->hw.move_psum, "stationary") == 0 || row->psum == AS_MOVE_STATIONARY;
    bool ifmap = strcmp(cfg->hw.move_ifmap, "stationary") == 0 || row->ifmap == AS_MOVE_STATIONARY;
    bool taps = row->line_words > 0;

    cfg->hw.unroll_given[AS_LOOP_K] = cfg->hw.unroll_given[AS_LOOP_C] =
        cfg->hw.unroll_given[AS_LOOP_P] = cfg->hw.unroll_given[AS_LOOP_Q] =
            cfg->hw.unroll_given[AS_LOOP_R] = cfg->hw.unroll_given[AS_LOOP_S] = 1;
    if (psum || ifmap) {
        cfg->hw.unroll_given[AS_LOOP_P] = small(d, 4);
        cfg->hw.unroll_given[AS_LOOP_Q] = draw_chance(d, 30) ? 1 : draw_in(d, 2, 4);
    }
    if (!ifmap)
        cfg->hw.unroll_given[AS_LOOP_K] = draw_in(d, 1, 9);
    if (!psum) {
        cfg->hw.unroll_given[AS_LOOP_S] = taps                 ? draw_in(d, 1, 4)
                                          : draw_chance(d, 25) ? draw_in(d, 2, 3)
                                                               : 1;
        cfg->hw.unroll_given[AS_LOOP_R] = draw_chance(d, taps ? 40 : 15) ? draw_in(d, 2, 3) : 1;
        cfg->hw.unroll_given[AS_LOOP_C] = taps                 ? small(d, 4)
                                          : draw_chance(d, 50) ? 4 * draw_in(d, 1, 2)
                                                               : draw_in(d, 1, 9);
    }
}

static void draw_once(struct draw *d, const char *dataflow, struct as_config *cfg)
{
    as_config_default(cfg);
    strcpy(cfg->dataflow, dataflow);
    if (strcmp(dataflow, "custom") == 0)
        draw_custom(d, cfg);
    draw_unroll(d, as_dataflow_find(dataflow), cfg);
    cfg->hw.mem_width = 32 << draw_in(d, 0, 2);
    cfg->hw.mem_bytes = MEM_BYTES;
    cfg->hw.mem_latency = draw_in(d, 1, 7);
    cfg->hw.mem_interval = draw_chance(d, 70) ? 1 : draw_in(d, 2, 4);
    cfg->hw.ibuf_words = 64 << draw_in(d, 0, 3);
    cfg->hw.wbuf_words = 256 << draw_in(d, 0, 1);
    cfg->hw.acc_words = 16 << draw_in(d, 0, 4);
    cfg->hw.requant_stages = 2 << draw_in(d, 0, 2);
    cfg->hw.requant_lanes = 1 << draw_in(d, 0, 2);
    cfg->hw.tree_levels = draw_in(d, 1, 3);
    cfg->hw.broadcast = draw_in(d, 0, 2);
    cfg->hw.psum_limit = draw_chance(d, 50) ? 32 : draw_in(d, 20, 31);
    cfg->hw.line_words = -1;
    cfg->hw.requant_float = draw_in(d, 0, 1);
    cfg->hw.coord_bits = draw_chance(d, 50) ? 11 : draw_in(d, 8, 10);
}

void draw_config(struct draw *d, const char *dataflow, struct as_config *cfg)
{
    struct as_diag diag;

    do {
        as_diag_init(&diag);
        draw_once(d, dataflow, cfg);
    } while (as_config_check(cfg, &diag) != AS_OK);
    struct as_config other = *cfg;
    other.hw.block_sum = draw_chance(d, 40);
    if (as_config_check(&other, &diag) == AS_OK)
        *cfg = other;
}

static int tile_of(struct draw *d, int size)
{
    return draw_chance(d, 60) ? 0 : draw_in(d, 1, size);
}

void draw_mapping(struct draw *d, const struct as_network *net, struct as_config *cfg)
{
    const struct as_layer *layer = &net->layers[0];
    const struct as_tensor *in = &net->tensors[layer->input[0]];
    const struct as_tensor *out = &net->tensors[layer->output];

    cfg->map.all.tile[AS_DIM_P] = tile_of(d, out->h);
    cfg->map.all.tile[AS_DIM_Q] = tile_of(d, out->w);
    cfg->map.all.tile[AS_DIM_C] = tile_of(d, in->c);
    cfg->map.all.tile[AS_DIM_K] = tile_of(d, out->c);
    cfg->map.all.order_count = 0;
    if (draw_chance(d, 50))
        return;
    enum as_dim order[AS_DIM_COUNT] = {AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C};
    /* C stays last more often than not: what accumulators of any size allow */
    for (int i = draw_chance(d, 60) ? 2 : 3; i > 0; i--) {
        int n = draw_in(d, 0, i);
        enum as_dim swap = order[i];
        order[i] = order[n];
        order[n] = swap;
    }
    cfg->map.all.order_count = AS_DIM_COUNT;
    memcpy(cfg->map.all.order, order, sizeof order);
}

/* ---- networks ---- */

const char *draw_kind_name(enum draw_kind kind)
{
    static const char *const names[DRAW_KINDS] = {
        "conv",       "conv 1x1",   "conv dilated", "conv strided",  "conv grouped",
        "conv batch", "depthwise",  "fully conn.",  "average pool",  "max pool",
        "add",        "softmax",    "pad",          "concatenation", "mean",
        "mul",        "hard swish", "batch matmul", "transpose",     "slice"};
    return names[kind];
}

struct maker {
    struct draw *d;
    const struct as_config *cfg;
    struct as_arena *arena;
    struct as_network *net;
    struct as_layer *layer;
    int act_min; /* of the layer, where its operator clamps */
};

static void begin_layer(struct maker *m, enum as_op op)
{
    as_layer_init(m->layer, op, 0, 0);
    m->layer->act_min = m->act_min;
}

static int add_tensor(struct maker *m, int n, int h, int w, int c)
{
    int id = m->net->tensor_count++;

    m->net->tensors[id] =
        (struct as_tensor){.name = as_arena_printf(m->arena, "t%d", id),
                           .n = n,
                           .h = h,
                           .w = w,
                           .c = c,
                           .scale = 0.01f * (float)draw_in(m->d, 1, 20),
                           .zero_point = draw_in(m->d, -128, 127),
                           .bytes = (size_t)n * (size_t)h * (size_t)w * (size_t)c};
    return id;
}

int8_t *draw_input(struct draw *d, struct as_arena *arena, const struct as_network *net)
{
    size_t count = as_ports_bytes(net, &net->inputs);
    int8_t *bytes = as_arena_alloc(arena, count);

    for (size_t i = 0; i < count; i++)
        bytes[i] = (int8_t)draw_u32(d);
    return bytes;
}

/* Sizes: ones, primes, powers of two and what lies between. */
static int size(struct draw *d, int most)
{
    static const int primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23};

    switch (draw_in(d, 0, 5)) {
    case 0:
        return 1;
    case 1: {
        int prime = primes[draw_in(d, 0, 8)];
        return prime <= most ? prime : most;
    }
    case 2: {
        int power = 1 << draw_in(d, 1, 5);
        return power <= most ? power : most;
    }
    default:
        return draw_in(d, 1, most);
    }
}

/* Two times out of five, the next multiple of `unit` that is not much more than `value`. */
static int multiple(struct draw *d, int unit, int value)
{
    int most = 30;
    int up = (value + unit - 1) / unit * unit;

    return draw_chance(d, 40) && up <= most ? up : value;
}

/* Channels that the columns take at a time; channels of an input word. */
static int cols_of(const struct as_config *cfg)
{
    return cfg->hw.stays == AS_STAYS_IFMAP ? 1 : cfg->hw.cols;
}

static int rows_of(const struct as_config *cfg)
{
    return cfg->hw.output_kind ? 1 : cfg->hw.rows;
}

static void set_channels(struct maker *m, size_t weights, int channels, int reduction)
{
    struct as_layer *l = m->layer;
    int32_t *bias = AS_NEW(m->arena, int32_t, channels),
            *mult = AS_NEW(m->arena, int32_t, channels);
    int8_t *shift = AS_NEW(m->arena, int8_t, channels);
    int8_t *w = as_arena_alloc(m->arena, weights + 1);
    int bits = 0;

    while (1 << bits < reduction)
        bits++;
    for (int k = 0; k < channels; k++) {
        bias[k] = draw_in(m->d, -5000, 5000);
        mult[k] = (1 << 30) + (int32_t)(draw_u32(m->d) >> 2);
        /* most outputs inside int8, some far out, some all zero */
        shift[k] = (int8_t) - (draw_chance(m->d, 80) ? draw_in(m->d, 6 + bits / 2, 9 + bits / 2)
                                                     : draw_in(m->d, 0, 31));
    }
    for (size_t i = 0; i < weights; i++)
        w[i] = (int8_t)draw_u32(m->d);
    l->conv.weights = w;
    l->conv.weight_bytes = weights;
    l->conv.bias = bias;
    l->conv.multiplier = mult;
    l->conv.shift = shift;
}

static bool set_window(struct maker *m, int channels)
{
    struct as_layer *l = m->layer;
    const struct as_tensor *in = &m->net->tensors[l->input[0]];
    bool same = draw_chance(m->d, 50);
    int p, q;

    if (!as_padding_axis(in->h, l->conv.kernel_h, l->conv.stride_h, l->conv.dilation_h, same, &p,
                         &l->conv.pad_top, &l->conv.pad_bottom) ||
        !as_padding_axis(in->w, l->conv.kernel_w, l->conv.stride_w, l->conv.dilation_w, same, &q,
                         &l->conv.pad_left, &l->conv.pad_right))
        return false;
    l->output = add_tensor(m, in->n, p, q, channels);
    return true;
}

/* Steps of more than their fields hold, now and then. */
static void step_far(struct maker *m)
{
    struct as_conv *conv = &m->layer->conv;

    if (draw_chance(m->d, 95))
        return;
    conv->stride_h = draw_in(m->d, 1, 30);
    conv->stride_w = draw_in(m->d, 1, 30);
    if (m->layer->op == AS_OP_CONV_2D && conv->dilation_w > 1)
        conv->dilation_w = draw_in(m->d, 16, 30);
}

static bool make_conv(struct maker *m, enum draw_kind kind)
{
    struct draw *d = m->d;
    struct as_layer *l = m->layer;
    const struct as_tensor *in = &m->net->tensors[0];
    int groups = 1, channels = multiple(d, cols_of(m->cfg), size(d, 24));

    if (kind != DRAW_CONV_1X1) {
        l->conv.kernel_h = draw_in(d, 1, 5);
        l->conv.kernel_w = draw_in(d, 1, 6);
    }
    if (kind == DRAW_CONV_STRIDED || draw_chance(d, 10)) {
        l->conv.stride_h = draw_in(d, 1, 3);
        l->conv.stride_w = draw_in(d, 1, 3);
    }
    if (kind == DRAW_CONV_DILATED) {
        l->conv.dilation_h = draw_in(d, 1, 3);
        l->conv.dilation_w = draw_in(d, 1, 3);
    }
    if (kind == DRAW_CONV_GROUPED) {
        groups = draw_in(d, 2, 4);
        if (in->c % groups != 0)
            return false;
        channels = groups * draw_in(d, 1, 7);
    }
    l->conv.groups = groups;
    step_far(m);
    int reduction = l->conv.kernel_h * l->conv.kernel_w * in->c / groups;
    set_channels(m, (size_t)(channels * reduction), channels, reduction);
    return set_window(m, channels);
}

static bool make_depthwise(struct maker *m)
{
    struct draw *d = m->d;
    struct as_layer *l = m->layer;
    int in_c = m->net->tensors[0].c;

    l->conv.kernel_h = draw_in(d, 1, 5);
    l->conv.kernel_w = draw_in(d, 1, 5);
    if (draw_chance(d, 30))
        l->conv.stride_h = l->conv.stride_w = draw_in(d, 1, 3);
    l->conv.depth_multiplier = draw_chance(d, 80) ? 1 : draw_in(d, 2, 4);
    step_far(m);
    int channels = in_c * l->conv.depth_multiplier;
    set_channels(m, (size_t)(channels * l->conv.kernel_h * l->conv.kernel_w), channels,
                 l->conv.kernel_h * l->conv.kernel_w);
    return set_window(m, channels);
}

static bool make_pool(struct maker *m)
{
    struct draw *d = m->d;
    struct as_layer *l = m->layer;
    const struct as_tensor *in = &m->net->tensors[0];

    l->conv.kernel_h = draw_in(d, 1, in->h < 4 ? in->h : 4);
    l->conv.kernel_w = draw_in(d, 1, in->w < 4 ? in->w : 4);
    l->conv.stride_h = draw_in(d, 1, 3);
    l->conv.stride_w = draw_in(d, 1, 3);
    step_far(m);
    return set_window(m, in->c);
}

static bool make_fully_connected(struct maker *m)
{
    const struct as_tensor *in = &m->net->tensors[0];
    int channels = multiple(m->d, cols_of(m->cfg), size(m->d, 40)),
        reduction = in->h * in->w * in->c;

    set_channels(m, (size_t)(channels * reduction), channels, reduction);
    m->layer->output = add_tensor(m, in->n, 1, 1, channels);
    return true;
}

/* The multiplier of a product of two operands, summed `depth` times. */
static void set_product(struct maker *m, int depth)
{
    int bits = 0;

    while (1 << bits < depth)
        bits++;
    m->layer->out_multiplier = (1 << 30) + (int32_t)(draw_u32(m->d) >> 2);
    m->layer->out_shift = -draw_in(m->d, 4 + bits / 2, 8 + bits / 2);
}

/* Multipliers of 1 and more, of some channels or of the whole layer. */
static void scale_up(struct maker *m)
{
    struct as_layer *l = m->layer;
    int most = draw_in(m->d, 1, 3), channels = m->net->tensors[l->output].c;

    if (as_op_has_conv(l->op) && l->conv.weights) {
        int8_t *shift = AS_NEW(m->arena, int8_t, channels);
        for (int k = 0; k < channels; k++)
            shift[k] = draw_chance(m->d, 50) ? (int8_t)draw_in(m->d, 0, most) : l->conv.shift[k];
        l->conv.shift = shift;
    } else {
        l->out_shift = draw_in(m->d, 0, most);
    }
}

/* The input itself, or a constant of the same shape or one that is read again and again. */
static int second_operand(struct maker *m)
{
    struct as_tensor in = m->net->tensors[0];

    if (draw_chance(m->d, 40))
        return 0;
    int n = draw_chance(m->d, 50) ? in.n : 1, h = draw_chance(m->d, 50) ? in.h : 1;
    int w = draw_chance(m->d, 50) ? in.w : 1, c = draw_chance(m->d, 70) ? in.c : 1;
    int id = add_tensor(m, n, h, w, c);
    int8_t *data = as_arena_alloc(m->arena, m->net->tensors[id].bytes);
    for (size_t i = 0; i < m->net->tensors[id].bytes; i++)
        data[i] = (int8_t)draw_u32(m->d);
    m->net->tensors[id].data = data;
    return id;
}

static bool make_pad(struct maker *m)
{
    struct as_layer *l = m->layer;
    struct as_tensor in = m->net->tensors[0];

    for (int i = 0; i < 4; i++) {
        l->pad.before[i] = draw_chance(m->d, i == 1 || i == 2 ? 70 : 15) ? draw_in(m->d, 0, 3) : 0;
        l->pad.after[i] = draw_chance(m->d, i == 1 || i == 2 ? 70 : 15) ? draw_in(m->d, 0, 3) : 0;
    }
    l->act_min = -128;
    l->pad.value = in.zero_point;
    l->output = add_tensor(
        m, in.n + l->pad.before[0] + l->pad.after[0], in.h + l->pad.before[1] + l->pad.after[1],
        in.w + l->pad.before[2] + l->pad.after[2], in.c + l->pad.before[3] + l->pad.after[3]);
    m->net->tensors[l->output].zero_point = in.zero_point;
    m->net->tensors[l->output].scale = in.scale;
    return true;
}

static bool make_concatenation(struct maker *m)
{
    struct as_layer *l = m->layer;
    struct as_tensor in = m->net->tensors[0];
    int dims[4] = {in.n, in.h, in.w, in.c};

    l->act_min = -128;
    l->concatenation.axis = draw_in(m->d, 0, 3);
    l->input_count = draw_in(m->d, 2, 4);
    for (int i = 1; i < l->input_count; i++)
        l->input[i] = 0;
    dims[l->concatenation.axis] *= l->input_count;
    l->output = add_tensor(m, dims[0], dims[1], dims[2], dims[3]);
    m->net->tensors[l->output].zero_point = in.zero_point;
    m->net->tensors[l->output].scale = in.scale;
    return true;
}

static bool make_mean(struct maker *m)
{
    struct as_layer *l = m->layer;
    struct as_tensor in = m->net->tensors[0];

    l->conv.kernel_h = in.h;
    l->conv.kernel_w = in.w;
    l->output = add_tensor(m, in.n, 1, 1, in.c);
    m->net->tensors[l->output].scale = in.scale * (1.0f + 0.01f * (float)draw_in(m->d, 0, 50));
    return as_quant_mean(in.scale, m->net->tensors[l->output].scale, (int64_t)in.h * in.w,
                         &l->out_multiplier, &l->out_shift);
}

/* a is the input's left part, b all of it: [B][M][D] and [B][D][N] as the input's bytes allow. */
static bool make_matmul(struct maker *m)
{
    struct as_layer *l = m->layer;
    struct as_tensor *in = &m->net->tensors[0];
    bool shallow = draw_chance(m->d, 30); /* more to store than to multiply */
    int rows = multiple(m->d, cols_of(m->cfg), draw_in(m->d, 1, shallow ? 40 : 12));

    /* b is the input itself; with as many rows as columns the shapes of a and b agree */
    in->h = 1;
    in->w = rows;
    int depth = draw_chance(m->d, 50) ? rows : draw_in(m->d, 1, 20);
    in->c = !shallow ? depth : draw_chance(m->d, 50) ? rows_of(m->cfg) : draw_in(m->d, 1, 2);
    in->bytes = (size_t)(in->n * in->w * in->c);
    l->matmul.batches = in->n;
    l->matmul.rows = rows;
    l->matmul.depth = in->c;
    l->matmul.columns = rows;
    l->matmul.adj_y = in->c != rows || draw_chance(m->d, 50);
    l->input[1] = 0;
    l->input_count = 2;
    set_product(m, in->c);
    l->act_min = -128;
    l->output = add_tensor(m, in->n, 1, rows, rows);
    return true;
}

/* Dimensions in another order, or a part of each, some of it left out, backwards or repeated. */
static bool make_copy(struct maker *m, bool slice)
{
    struct as_layer *l = m->layer;
    struct as_tensor in = m->net->tensors[0];
    int count[4] = {in.n, in.h, in.w, in.c}, step[4] = {in.h * in.w * in.c, in.w * in.c, in.c, 1};

    begin_layer(m, AS_OP_STRIDED_COPY);
    l->act_min = -128;
    for (int i = 3; i > 0 && !slice; i--) {
        int j = draw_in(m->d, 0, i), c = count[i], s = step[i];
        count[i] = count[j];
        step[i] = step[j];
        count[j] = c;
        step[j] = s;
    }
    for (int i = 0; i < 4 && slice; i++) {
        int begin = draw_chance(m->d, 50) ? 0 : draw_in(m->d, 0, count[i] - 1);
        int by = draw_chance(m->d, 60) ? 1 : draw_in(m->d, 2, 3);
        l->copy.first += begin * step[i];
        count[i] = draw_chance(m->d, 50) ? (count[i] - begin + by - 1) / by
                                         : draw_in(m->d, 1, (count[i] - begin + by - 1) / by);
        step[i] *= by;
        if (draw_chance(m->d, 25)) { /* backwards, or the same again and again */
            l->copy.first += (count[i] - 1) * step[i];
            step[i] = draw_chance(m->d, 60) ? -step[i] : 0;
        }
    }
    memcpy(l->copy.count, count, sizeof count);
    memcpy(l->copy.step, step, sizeof step);
    l->output = add_tensor(m, count[0], count[1], count[2], count[3]);
    m->net->tensors[l->output].zero_point = in.zero_point;
    m->net->tensors[l->output].scale = in.scale;
    return true;
}

static bool make_layer(struct maker *m, enum draw_kind kind)
{
    struct as_layer *l = m->layer;
    int8_t *table = as_arena_alloc(m->arena, 256);
    const struct as_tensor *in = &m->net->tensors[0];

    switch (kind) {
    case DRAW_DEPTHWISE:
        begin_layer(m, AS_OP_DEPTHWISE_CONV_2D);
        return make_depthwise(m);
    case DRAW_FULLY_CONNECTED:
        begin_layer(m, AS_OP_FULLY_CONNECTED);
        return make_fully_connected(m);
    case DRAW_AVERAGE_POOL:
        begin_layer(m, AS_OP_AVERAGE_POOL_2D);
        return make_pool(m);
    case DRAW_MAX_POOL:
        begin_layer(m, AS_OP_MAX_POOL_2D);
        return make_pool(m);
    case DRAW_ADD:
        begin_layer(m, AS_OP_ADD);
        l->input[1] = second_operand(m);
        l->input_count = 2;
        l->output = add_tensor(m, in->n, in->h, in->w, in->c);
        return as_quant_add(0.25f + 0.01f * (float)draw_in(m->d, 0, 50), 0.3f, 0.5f, &l->sum);
    case DRAW_SOFTMAX:
        begin_layer(m, AS_OP_SOFTMAX);
        l->output = add_tensor(m, in->n, in->h, in->w, in->c);
        m->net->tensors[l->output].zero_point = -128;
        return as_quant_softmax(0.01f * (float)draw_in(m->d, 1, 40), 1.0f, &l->softmax);
    case DRAW_PAD:
        begin_layer(m, AS_OP_PAD);
        return make_pad(m);
    case DRAW_CONCATENATION:
        begin_layer(m, AS_OP_CONCATENATION);
        return make_concatenation(m);
    case DRAW_MEAN:
        begin_layer(m, AS_OP_MEAN);
        return make_mean(m);
    case DRAW_MUL:
        begin_layer(m, AS_OP_MUL);
        l->input[1] = second_operand(m);
        l->input_count = 2;
        set_product(m, 1);
        l->output = add_tensor(m, in->n, in->h, in->w, in->c);
        return true;
    case DRAW_HARD_SWISH:
        begin_layer(m, AS_OP_LOOKUP);
        l->act_min = -128;
        l->output = add_tensor(m, in->n, in->h, in->w, in->c);
        l->lookup.table = table;
        return as_lookup_find("HARD_SWISH")->fill(in, &m->net->tensors[l->output], 0.0f, table);
    case DRAW_BATCH_MATMUL:
        begin_layer(m, AS_OP_BATCH_MATMUL);
        return make_matmul(m);
    case DRAW_TRANSPOSE:
        return make_copy(m, false);
    case DRAW_SLICE:
        return make_copy(m, true);
    default:
        begin_layer(m, AS_OP_CONV_2D);
        return make_conv(m, kind);
    }
}

/* The layer's factors become float32s: of few bits, whose products often lie on a tie, or of 24. */
static void round_in_float(struct maker *m)
{
    struct as_layer *l = m->layer;
    int dropped = draw_chance(m->d, 40) ? draw_in(m->d, 8, 30) : 7;
    int32_t kept = (int32_t) ~((1u << dropped) - 1);

    l->rounding = AS_ROUNDING_FLOAT;
    l->out_multiplier &= kept;
    if (l->op == AS_OP_ADD)
        l->sum.multiplier[2] &= kept;
    if (!as_op_has_conv(l->op) || l->op == AS_OP_MEAN)
        return;
    int32_t *mult = AS_NEW(m->arena, int32_t, m->net->tensors[l->output].c);
    for (int k = 0; k < m->net->tensors[l->output].c; k++)
        mult[k] = l->conv.multiplier[k] & kept;
    l->conv.multiplier = mult;
}

/* The input of the layer.  One in four has many images and little to reduce, so that outputs come
 * faster than they are stored. */
static int add_input(struct maker *m, enum draw_kind kind, int pixel, int channels)
{
    struct draw *d = m->d;
    bool batch = kind == DRAW_CONV_BATCH || draw_chance(d, 10);
    bool one_pixel = kind == DRAW_FULLY_CONNECTED || kind == DRAW_MEAN;

    bool window = kind <= DRAW_DEPTHWISE || kind == DRAW_AVERAGE_POOL || kind == DRAW_MAX_POOL;
    if (window && draw_chance(d, 6)) { /* more pixels than some coordinates count */
        int longest = draw_in(d, 100, 600), wide = draw_in(d, 0, 1);
        return add_tensor(m, 1, wide ? 1 : longest, wide ? longest : 1, draw_in(d, 1, 3));
    }
    if (!draw_chance(d, 25))
        return add_tensor(m, batch ? draw_in(d, 2, 3) : 1, size(d, 12),
                          multiple(d, pixel, size(d, 12)), channels);
    int few = one_pixel ? 2 : kind == DRAW_ADD || kind == DRAW_MUL ? 24 : 12;
    if (kind == DRAW_FULLY_CONNECTED)
        channels = draw_in(d, 1, 4);
    else if (kind == DRAW_MEAN)
        channels = draw_in(d, 8, 64);
    return add_tensor(m, draw_in(d, 3, 8), size(d, few), size(d, few), channels);
}

/* The last operand becomes a variable: of its size, what the layer wrote last is kept in it. */
static void keep_state(struct maker *m)
{
    struct as_layer *l = m->layer, *copy = &m->net->layers[m->net->layer_count];
    const struct as_tensor in = m->net->tensors[0], out = m->net->tensors[l->output];
    const int count[4] = {in.n, in.h, in.w, in.c}, whole[4] = {out.n, out.h, out.w, out.c};
    int before = add_tensor(m, in.n, in.h, in.w, in.c);
    int after = add_tensor(m, in.n, in.h, in.w, in.c);
    int8_t *initial = as_arena_alloc(m->arena, in.bytes);

    l->input[l->input_count - 1] = before;
    as_layer_init(copy, AS_OP_STRIDED_COPY, l->output, after);
    copy->index = m->net->layer_count++;
    for (int i = 3, step = 1; i >= 0; step *= whole[i--]) {
        copy->copy.count[i] = count[i];
        copy->copy.step[i] = step;
        copy->copy.first += (whole[i] - count[i]) * step;
    }
    for (size_t i = 0; i < in.bytes; i++)
        initial[i] = (int8_t)draw_u32(m->d);
    m->net->variables = AS_NEW(m->arena, struct as_variable, 1);
    m->net->variables[m->net->variable_count++] =
        (struct as_variable){.name = "drawn", .tensor = before, .next = after, .initial = initial};
}

/* A zero point of each output's weights, or of all. */
static void draw_zero_points(struct maker *m)
{
    int channels = m->net->tensors[m->layer->output].c;
    bool one = draw_chance(m->d, 50);
    int8_t *zero_point = as_arena_alloc(m->arena, (size_t)channels);
    for (int k = 0; k < channels; k++)
        zero_point[k] = one && k > 0 ? zero_point[0] : (int8_t)draw_in(m->d, -128, 127);
    m->layer->conv.weight_zero_point = zero_point;
}

struct as_network *draw_network(struct draw *d, struct as_arena *arena, const struct as_config *cfg,
                                enum draw_kind kind)
{
    struct as_network *net = AS_NEW(arena, struct as_network, 1);
    struct maker m = {.d = d, .cfg = cfg, .arena = arena, .net = net};
    /* elementwise layers meet the array's edges by their channels alone */
    int unit = draw_chance(d, 50)                  ? rows_of(cfg)
               : rows_of(cfg) * cols_of(cfg) <= 30 ? rows_of(cfg) * cols_of(cfg)
                                                   : cols_of(cfg);
    int channels = multiple(d, unit, size(d, 20));
    int pixel = cfg->hw.stays == AS_STAYS_WEIGHT ? 1
                : draw_chance(d, 50) ? cfg->hw.unroll[AS_LOOP_P] * cfg->hw.unroll[AS_LOOP_Q]
                                     : cfg->hw.unroll[AS_LOOP_Q];

    net->name = "drawn";
    net->tensors = AS_NEW(arena, struct as_tensor, 8);
    net->layers = AS_NEW(arena, struct as_layer, 2);
    net->layer_count = 1;
    net->inputs = as_ports_single(add_input(&m, kind, pixel, channels));
    m.layer = &net->layers[0];
    m.act_min = -128;
    if (draw_chance(d, 30) && kind != DRAW_SOFTMAX)
        m.act_min = draw_in(d, -100, 0);
    if (!make_layer(&m, kind))
        return NULL;
    if (draw_chance(d, 8))
        scale_up(&m);
    if (as_op_has_conv(m.layer->op) && m.layer->conv.weights && draw_chance(d, 20))
        draw_zero_points(&m);
    if (cfg->hw.requant_float && as_op_has_factor(m.layer->op) && draw_chance(d, 60))
        round_in_float(&m);
    net->outputs = as_ports_single(m.layer->output);
    if ((kind == DRAW_CONCATENATION || kind == DRAW_ADD) && draw_chance(d, 50) &&
        m.layer->input[m.layer->input_count - 1] == 0)
        keep_state(&m);
    return net;
}
