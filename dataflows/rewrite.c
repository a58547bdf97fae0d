#include "dataflows/rewrite.h"

#include <assert.h>
#include <string.h>

/* int8 weights that one weight may be the sum of; each is a copy of the layer's input. */
#define PIECES_MAX 256

#define WEIGHT_MAX 127

struct rewrite {
    struct as_arena *arena;
    const struct as_hw *hw;
    const struct as_network *given;
    struct as_network *net;
    struct as_diag *diag;
};

/* ---- weights ---- */

/* A layer's weights [K][taps][channels of a group], wherever they lie. */
struct filter {
    const struct as_layer *layer;
    int outputs, groups, taps, channels;
};

static struct filter filter_of(const struct as_network *net, const struct as_layer *layer)
{
    const struct as_conv *conv = &layer->conv;
    struct filter f = {.layer = layer,
                       .outputs = net->tensors[layer->output].c,
                       .groups = 1,
                       .taps = 1,
                       .channels = 1};
    if (layer->op != AS_OP_FULLY_CONNECTED)
        f.taps = conv->kernel_h * conv->kernel_w;
    if (layer->op == AS_OP_CONV_2D)
        f.groups = conv->groups;
    if (layer->op == AS_OP_DEPTHWISE_CONV_2D)
        f.groups = net->tensors[layer->input[0]].c;
    else
        f.channels = (int)(conv->weight_bytes / (size_t)f.outputs / (size_t)f.taps);
    return f;
}

static int left_shift(const struct as_layer *layer, int k)
{
    return layer->conv.shift[k] > 0 ? layer->conv.shift[k] : 0;
}

/* The weight that a multiplier below 1 goes with. */
static int64_t weight_at(const struct filter *f, int k, int tap, int c)
{
    const struct as_conv *conv = &f->layer->conv;
    size_t at = f->layer->op == AS_OP_DEPTHWISE_CONV_2D
                    ? (size_t)tap * (size_t)f->outputs + (size_t)k
                    : ((size_t)k * (size_t)f->taps + (size_t)tap) * (size_t)f->channels + (size_t)c;
    return (conv->weights[at] - as_weight_zero_point(conv, k)) *
           (INT64_C(1) << left_shift(f->layer, k));
}

/* What the weights of one channel ask for. */
struct extent {
    int64_t low, high;
    int lowest; /* weights that -127 does not hold */
};

static struct extent extent_of(const struct filter *f, int k)
{
    struct extent e = {0};

    for (int tap = 0; tap < f->taps; tap++)
        for (int c = 0; c < f->channels; c++) {
            int64_t weight = weight_at(f, k, tap, c);
            e.low = weight < e.low ? weight : e.low;
            e.high = weight > e.high ? weight : e.high;
            e.lowest += weight < -WEIGHT_MAX;
        }
    return e;
}

/* The array's first two rows may add their products in 16 bits, which hold all but that of two
 * weights of -128. */
static bool meets_itself(const struct extent *e)
{
    return e->lowest > 1 || e->low < -WEIGHT_MAX - 1;
}

/* The least int8 weight, and how many of them make up every weight; *widest is the channel that
 * takes most. */
static int64_t pieces_of(const struct filter *f, const struct as_hw *hw, int *least, int *widest)
{
    int64_t pieces = 1;

    *least = -WEIGHT_MAX - 1;
    *widest = 0;
    for (int k = 0; k < f->outputs && hw->block_sum; k++) {
        struct extent e = extent_of(f, k);
        if (meets_itself(&e))
            *least = -WEIGHT_MAX;
    }
    for (int k = 0; k < f->outputs; k++) {
        struct extent e = extent_of(f, k);
        int64_t up = (e.high + WEIGHT_MAX - 1) / WEIGHT_MAX, down = (e.low + *least + 1) / *least;
        int64_t most = up > down ? up : down;
        *widest = most > pieces ? k : *widest;
        pieces = most > pieces ? most : pieces;
    }
    return pieces;
}

/* [K][taps][pieces][channels], or [taps][K] of a single piece of DEPTHWISE_CONV_2D. */
static int8_t *cut(struct as_arena *arena, const struct filter *f, int pieces, int least,
                   bool channels_last)
{
    size_t outputs = (size_t)f->outputs, taps = (size_t)f->taps, channels = (size_t)f->channels;
    size_t n = (size_t)pieces;
    int8_t *weights = as_arena_alloc(arena, outputs * taps * n * channels);

    for (size_t k = 0; k < outputs; k++)
        for (size_t tap = 0; tap < taps; tap++)
            for (size_t c = 0; c < channels; c++) {
                int64_t left = weight_at(f, (int)k, (int)tap, (int)c);
                for (size_t i = 0; i < n; i++) {
                    int64_t piece = left > WEIGHT_MAX ? WEIGHT_MAX : left < least ? least : left;
                    size_t at = ((k * taps + tap) * n + i) * channels + c;
                    weights[channels_last ? tap * outputs + k : at] = (int8_t)piece;
                    left -= piece;
                }
                assert(left == 0);
            }
    return weights;
}

/* ---- layers ---- */

/* Each pixel's channels `pieces` times: those of a group side by side, then the next group's. */
static int copy_input(struct rewrite *r, const struct filter *f, int pieces)
{
    struct as_network *net = r->net;
    const struct as_layer *layer = f->layer;
    const struct as_tensor *in = &net->tensors[layer->input[0]];
    struct as_tensor *out = &net->tensors[net->tensor_count];
    int group = f->channels, pixel = f->groups * group, pixels = (int)(in->bytes / (size_t)pixel);
    struct as_copy copy = {{pixels, f->groups, pieces, group}, {pixel, group, 0, 1}, 0};

    if (f->groups == 1)
        copy = (struct as_copy){{1, pixels, pieces, group}, {0, pixel, 0, 1}, 0};
    else if (group == 1)
        copy = (struct as_copy){{1, pixels, f->groups, pieces}, {0, pixel, 1, 0}, 0};
    *out = *in;
    if (layer->op == AS_OP_FULLY_CONNECTED) {
        out->n = pixels;
        out->h = out->w = 1;
    }
    out->c = pixel * pieces;
    out->bytes = in->bytes * (size_t)pieces;
    struct as_layer *step = &net->layers[net->layer_count++];
    as_layer_init(step, AS_OP_STRIDED_COPY, layer->input[0], net->tensor_count);
    step->index = layer->index;
    step->name = layer->name;
    step->copy = copy;
    return net->tensor_count++;
}

/* Biases and shifts that go with multipliers below 1. */
static void scale_down(struct rewrite *r, const struct filter *f, struct as_conv *conv)
{
    int32_t *bias = AS_NEW(r->arena, int32_t, f->outputs);
    int8_t *shift = AS_NEW(r->arena, int8_t, f->outputs);

    for (int k = 0; k < f->outputs; k++) {
        int left = left_shift(f->layer, k);
        bias[k] = (int32_t)((uint32_t)f->layer->conv.bias[k] << left);
        shift[k] = (int8_t)(f->layer->conv.shift[k] - left);
    }
    conv->bias = bias;
    conv->shift = shift;
}

/* Whether the machine has the layer's weights and multipliers as they are. */
static bool is_plain(const struct filter *f, int64_t pieces)
{
    bool plain = pieces == 1 && !f->layer->conv.weight_zero_point;

    for (int k = 0; k < f->outputs; k++)
        plain = plain && left_shift(f->layer, k) == 0;
    return plain;
}

static enum as_status add_weighted(struct rewrite *r, const struct as_layer *given)
{
    const struct filter f = filter_of(r->given, given);
    int least, widest;
    int64_t pieces = pieces_of(&f, r->hw, &least, &widest);
    bool depthwise = given->op == AS_OP_DEPTHWISE_CONV_2D;
    struct as_layer layer = *given;

    if (pieces > PIECES_MAX)
        return as_fail(r->diag, AS_ERR_UNSUPPORTED,
                       "layer %d %s: channel %d scales by a left shift of %d: its weights become "
                       "sums of %lld weights of int8, expected at most %d",
                       given->index, given->name, widest, left_shift(given, widest),
                       (long long)pieces, PIECES_MAX);
    int64_t bytes =
        pieces * (int64_t)(r->given->tensors[given->input[0]].bytes + given->conv.weight_bytes);
    if (pieces > 1 && bytes > r->hw->mem_bytes)
        return as_fail(r->diag, AS_ERR_NOFIT,
                       "layer %d %s: %lld copies of its input and as many of its weights take %lld "
                       "bytes, memory.bytes is %d",
                       given->index, given->name, (long long)pieces, (long long)bytes,
                       r->hw->mem_bytes);
    if (!is_plain(&f, pieces)) {
        int n = (int)pieces;
        layer.input[0] = n > 1 ? copy_input(r, &f, n) : given->input[0];
        layer.op = depthwise && n > 1 ? AS_OP_CONV_2D : given->op;
        layer.conv.groups = depthwise && n > 1 ? f.groups : given->conv.groups;
        layer.conv.weights = cut(r->arena, &f, n, least, depthwise && n == 1);
        layer.conv.weight_bytes *= (size_t)n;
        layer.conv.weight_zero_point = NULL;
        scale_down(r, &f, &layer.conv);
    }
    r->net->layers[r->net->layer_count++] = layer;
    return AS_OK;
}

/* Where all layers rename, the last one moves the bytes instead. */
static void add_work(struct as_network *net)
{
    int i = 0;

    while (i < net->layer_count && as_op_work(net->layers[i].op) == AS_WORK_NONE)
        i++;
    if (i < net->layer_count || i == 0)
        return;
    struct as_layer *last = &net->layers[i - 1];
    last->op = AS_OP_STRIDED_COPY;
    last->copy =
        (struct as_copy){{1, 1, 1, (int)net->tensors[last->output].bytes}, {0, 0, 0, 1}, 0};
}

enum as_status as_rewrite(struct as_arena *arena, const struct as_hw *hw,
                          const struct as_network *net, const struct as_network **out,
                          struct as_diag *diag)
{
    size_t layers = (size_t)net->layer_count, tensors = (size_t)net->tensor_count;
    struct as_network *own = AS_NEW(arena, struct as_network, 1);
    struct rewrite r = {.arena = arena, .hw = hw, .given = net, .net = own, .diag = diag};

    *own = *net;
    own->layer_count = 0;
    own->layers = AS_NEW(arena, struct as_layer, 2 * layers);
    own->tensors = AS_NEW(arena, struct as_tensor, tensors + layers);
    memcpy(own->tensors, net->tensors, tensors * sizeof *net->tensors);
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        if (as_op_has_conv(layer->op) && layer->conv.weights)
            AS_TRY(add_weighted(&r, layer));
        else
            own->layers[own->layer_count++] = *layer;
    }
    add_work(own);
    *out = own;
    return AS_OK;
}
