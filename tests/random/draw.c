#include "tests/random/draw.h"

#include <stdlib.h>
#include <string.h>

#include "dataflows/dataflow.h"
#include "models/derive.h"

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

    strcpy(cfg->move_ifmap, move[0]);
    strcpy(cfg->move_weight, move[1]);
    strcpy(cfg->move_psum, move[2]);
}

/* 1 as often as not, else up to `most`. */
static int small(struct draw *d, int most)
{
    return draw_chance(d, 50) ? 1 : draw_in(d, 2, most);
}

static void draw_unroll(struct draw *d, const struct as_dataflow *row, struct as_config *cfg)
{
    bool psum = strcmp(cfg->move_psum, "stationary") == 0 || row->psum == AS_MOVE_STATIONARY;
    bool ifmap = strcmp(cfg->move_ifmap, "stationary") == 0 || row->ifmap == AS_MOVE_STATIONARY;
    bool taps = row->line_words > 0;

    cfg->unroll_k = cfg->unroll_c = cfg->unroll_p = cfg->unroll_q = cfg->unroll_r = cfg->unroll_s =
        1;
    if (psum || ifmap) {
        cfg->unroll_p = small(d, 4);
        cfg->unroll_q = draw_in(d, 1, 4);
    }
    if (!ifmap)
        cfg->unroll_k = draw_in(d, 1, 9);
    if (!psum) {
        cfg->unroll_s = taps ? draw_in(d, 1, 4) : draw_chance(d, 25) ? draw_in(d, 2, 3) : 1;
        cfg->unroll_r = draw_chance(d, taps ? 40 : 15) ? draw_in(d, 2, 3) : 1;
        cfg->unroll_c = taps                 ? small(d, 4)
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
    cfg->mem_width = 32 << draw_in(d, 0, 2);
    cfg->mem_bytes = MEM_BYTES;
    cfg->mem_latency = draw_in(d, 1, 7);
    cfg->mem_interval = draw_chance(d, 70) ? 1 : draw_in(d, 2, 4);
    cfg->ibuf_words = 64 << draw_in(d, 0, 3);
    cfg->wbuf_words = 256 << draw_in(d, 0, 1);
    cfg->acc_words = 32 << draw_in(d, 0, 3);
    cfg->requant_stages = 2 << draw_in(d, 0, 2);
    cfg->tree_levels = draw_in(d, 1, 3);
    cfg->broadcast = draw_in(d, 0, 2);
    cfg->psum_limit = draw_chance(d, 50) ? 32 : draw_in(d, 20, 31);
    cfg->line_words = -1;
}

void draw_config(struct draw *d, const char *dataflow, struct as_config *cfg)
{
    struct as_diag diag;

    do {
        as_diag_init(&diag);
        draw_once(d, dataflow, cfg);
    } while (as_config_check(cfg, &diag) != AS_OK);
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

    cfg->tile_p = tile_of(d, out->h);
    cfg->tile_q = tile_of(d, out->w);
    cfg->tile_c = tile_of(d, in->c);
    cfg->tile_k = tile_of(d, out->c);
    cfg->order_count = 0;
    if (draw_chance(d, 50))
        return;
    enum as_dim order[AS_DIM_COUNT] = {AS_DIM_P, AS_DIM_Q, AS_DIM_K, AS_DIM_C};
    for (int i = 2; i > 0; i--) { /* C stays last: what accumulators of any size allow */
        int n = draw_in(d, 0, i);
        enum as_dim swap = order[i];
        order[i] = order[n];
        order[n] = swap;
    }
    cfg->order_count = AS_DIM_COUNT;
    memcpy(cfg->order, order, sizeof order);
}

/* ---- networks ---- */

const char *draw_kind_name(enum draw_kind kind)
{
    static const char *const names[DRAW_KINDS] = {
        "conv",       "conv 1x1",   "conv dilated", "conv strided",  "conv grouped",
        "conv batch", "depthwise",  "fully conn.",  "average pool",  "max pool",
        "add",        "softmax",    "pad",          "concatenation", "mean",
        "mul",        "hard swish", "batch matmul"};
    return names[kind];
}

struct maker {
    struct draw *d;
    struct as_arena *arena;
    struct as_network *net;
    struct as_layer *layer;
};

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
    size_t count = net->tensors[net->input].bytes;
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
    for (size_t i = 0; i < weights; i++) {
        w[i] = (int8_t)draw_u32(m->d);
        if (w[i] == -128)
            w[i] = -127;
    }
    l->weights = w;
    l->weight_bytes = weights;
    l->bias = bias;
    l->multiplier = mult;
    l->shift = shift;
}

static bool set_window(struct maker *m, int channels)
{
    struct as_layer *l = m->layer;
    const struct as_tensor *in = &m->net->tensors[l->input[0]];
    bool same = draw_chance(m->d, 50);
    int p, q;

    if (!as_derive_window(in->h, l->kernel_h, l->stride_h, l->dilation_h, same, &p, &l->pad_top,
                          &l->pad_bottom) ||
        !as_derive_window(in->w, l->kernel_w, l->stride_w, l->dilation_w, same, &q, &l->pad_left,
                          &l->pad_right))
        return false;
    l->output = add_tensor(m, in->n, p, q, channels);
    return true;
}

static bool make_conv(struct maker *m, enum draw_kind kind)
{
    struct draw *d = m->d;
    struct as_layer *l = m->layer;
    const struct as_tensor *in = &m->net->tensors[0];
    int groups = 1, channels = size(d, 24);

    if (kind != DRAW_CONV_1X1) {
        l->kernel_h = draw_in(d, 1, 5);
        l->kernel_w = draw_in(d, 1, 6);
    }
    if (kind == DRAW_CONV_STRIDED || draw_chance(d, 10)) {
        l->stride_h = draw_in(d, 1, 3);
        l->stride_w = draw_in(d, 1, 3);
    }
    if (kind == DRAW_CONV_DILATED) {
        l->dilation_h = draw_in(d, 1, 3);
        l->dilation_w = draw_in(d, 1, 3);
    }
    if (kind == DRAW_CONV_GROUPED) {
        groups = draw_in(d, 2, 4);
        if (in->c % groups != 0)
            return false;
        channels = groups * draw_in(d, 1, 7);
    }
    l->groups = groups;
    int reduction = l->kernel_h * l->kernel_w * in->c / groups;
    set_channels(m, (size_t)(channels * reduction), channels, reduction);
    return set_window(m, channels);
}

static bool make_depthwise(struct maker *m)
{
    struct draw *d = m->d;
    struct as_layer *l = m->layer;
    int in_c = m->net->tensors[0].c;

    l->kernel_h = draw_in(d, 1, 5);
    l->kernel_w = draw_in(d, 1, 5);
    if (draw_chance(d, 30))
        l->stride_h = l->stride_w = draw_in(d, 1, 3);
    l->depth_multiplier = draw_chance(d, 80) ? 1 : draw_in(d, 2, 4);
    int channels = in_c * l->depth_multiplier;
    set_channels(m, (size_t)(channels * l->kernel_h * l->kernel_w), channels,
                 l->kernel_h * l->kernel_w);
    return set_window(m, channels);
}

static bool make_pool(struct maker *m)
{
    struct draw *d = m->d;
    struct as_layer *l = m->layer;
    const struct as_tensor *in = &m->net->tensors[0];

    l->kernel_h = draw_in(d, 1, in->h < 4 ? in->h : 4);
    l->kernel_w = draw_in(d, 1, in->w < 4 ? in->w : 4);
    l->stride_h = draw_in(d, 1, 3);
    l->stride_w = draw_in(d, 1, 3);
    return set_window(m, in->c);
}

static bool make_fully_connected(struct maker *m)
{
    const struct as_tensor *in = &m->net->tensors[0];
    int channels = size(m->d, 40), reduction = in->h * in->w * in->c;

    set_channels(m, (size_t)(channels * reduction), channels, reduction);
    m->layer->output = add_tensor(m, in->n, 1, 1, channels);
    return true;
}

static bool make_layer(struct maker *m, enum draw_kind kind)
{
    struct as_layer *l = m->layer;
    const struct as_tensor *in = &m->net->tensors[0];

    switch (kind) {
    case DRAW_DEPTHWISE:
        l->op = AS_OP_DEPTHWISE_CONV_2D;
        return make_depthwise(m);
    case DRAW_FULLY_CONNECTED:
        l->op = AS_OP_FULLY_CONNECTED;
        return make_fully_connected(m);
    case DRAW_AVERAGE_POOL:
        l->op = AS_OP_AVERAGE_POOL_2D;
        return make_pool(m);
    case DRAW_MAX_POOL:
        l->op = AS_OP_MAX_POOL_2D;
        return make_pool(m);
    case DRAW_ADD:
        l->op = AS_OP_ADD;
        l->input[1] = 0;
        l->output = add_tensor(m, in->n, in->h, in->w, in->c);
        return as_derive_add(0.25f + 0.01f * (float)draw_in(m->d, 0, 50), 0.3f, 0.5f, l);
    case DRAW_SOFTMAX:
        l->op = AS_OP_SOFTMAX;
        l->output = add_tensor(m, in->n, in->h, in->w, in->c);
        m->net->tensors[l->output].zero_point = -128;
        return as_derive_softmax(0.01f * (float)draw_in(m->d, 1, 40), 1.0f, l);
    default:
        l->op = AS_OP_CONV_2D;
        return make_conv(m, kind);
    }
}

struct as_network *draw_network(struct draw *d, struct as_arena *arena, enum draw_kind kind)
{
    struct as_network *net = AS_NEW(arena, struct as_network, 1);
    struct maker m = {.d = d, .arena = arena, .net = net};
    bool batch = kind == DRAW_CONV_BATCH || draw_chance(d, 10);

    net->name = "drawn";
    net->tensors = AS_NEW(arena, struct as_tensor, 4);
    net->layers = AS_NEW(arena, struct as_layer, 1);
    net->layer_count = 1;
    net->input =
        add_tensor(&m, batch ? draw_in(d, 2, 3) : 1, size(d, 12), size(d, 12), size(d, 20));
    m.layer = &net->layers[0];
    *m.layer = (struct as_layer){.kernel_h = 1,
                                 .kernel_w = 1,
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .dilation_h = 1,
                                 .dilation_w = 1,
                                 .depth_multiplier = 1,
                                 .input = {0, -1},
                                 .act_min = -128,
                                 .act_max = 127};
    if (draw_chance(d, 30) && kind != DRAW_SOFTMAX)
        m.layer->act_min = draw_in(d, -100, 0);
    if (!make_layer(&m, kind))
        return NULL;
    m.layer->name = as_op_name(m.layer->op);
    net->output = m.layer->output;
    return net;
}
