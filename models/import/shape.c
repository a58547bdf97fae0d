#include "models/import/shape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/padding.h"

#define WEIGHT_BYTES_MAX (1 << 26)

enum kind { KIND_CONV, KIND_DEPTHWISE, KIND_FC, KIND_COUNT };

static const char *const kinds[KIND_COUNT] = {"conv:", "depthwise:", "fc:"};

enum bound { N, H, W, C, K, R, S, STRIDE, DILATION, GROUP, BOUND_COUNT };

static const struct {
    const char *key;
    int dflt, max;
} bounds[BOUND_COUNT] = {
    {"N", 1, 1024}, {"H", 1, 1024}, {"W", 1, 1024},    {"C", 1, 65536},     {"K", 1, 65536},
    {"R", 1, 64},   {"S", 1, 64},   {"stride", 1, 15}, {"dilation", 1, 15}, {"group", 1, 65536},
};

static int kind_of(const char *model)
{
    for (int i = 0; i < KIND_COUNT; i++)
        if (strncmp(model, kinds[i], strlen(kinds[i])) == 0)
            return i;
    return -1;
}

bool as_is_shape(const char *model)
{
    return kind_of(model) >= 0;
}

static enum as_status take_bound(const char *model, const char *text, size_t length, int *value,
                                 struct as_diag *diag)
{
    for (int i = 0; i < BOUND_COUNT; i++) {
        size_t key = strlen(bounds[i].key);
        if (length <= key + 1 || strncmp(text, bounds[i].key, key) != 0 || text[key] != '=')
            continue;
        char *end;
        long number = strtol(text + key + 1, &end, 10);
        if (end != text + length || number < 1 || number > bounds[i].max)
            return as_fail(diag, AS_ERR_RANGE, "%s: %.*s, expected %s=1..%d", model, (int)length,
                           text, bounds[i].key, bounds[i].max);
        value[i] = (int)number;
        return AS_OK;
    }
    return as_fail(
        diag, AS_ERR_PARSE,
        "%s: \"%.*s\", expected one of N, H, W, C, K, R, S, stride, dilation, group with = and a "
        "number",
        model, (int)length, text);
}

static enum as_status take_bounds(const char *model, const char *text, int *value,
                                  struct as_diag *diag)
{
    for (int i = 0; i < BOUND_COUNT; i++)
        value[i] = bounds[i].dflt;
    while (*text) {
        size_t length = strcspn(text, ",");
        AS_TRY(take_bound(model, text, length, value, diag));
        text += length + (text[length] == ',');
    }
    return AS_OK;
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Weights of -127..127, and a scale that leaves most outputs inside int8. */
static void fill_channels(struct as_arena *arena, struct as_layer *layer, size_t weights,
                          int channels, int reduction)
{
    uint32_t state = 0x2545F491u;
    int8_t *w = as_arena_alloc(arena, weights);
    int32_t *bias = AS_NEW(arena, int32_t, channels), *m = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    int bits = 0;

    while (1 << bits < reduction)
        bits++;
    for (size_t i = 0; i < weights; i++)
        w[i] = (int8_t)((int)(next_random(&state) % 255) - 127);
    for (int k = 0; k < channels; k++) {
        bias[k] = (int32_t)(next_random(&state) % 2001) - 1000;
        m[k] = (1 << 30) + (int32_t)(next_random(&state) >> 2);
        shift[k] = (int8_t) - (6 + bits / 2);
    }
    layer->weights = w;
    layer->weight_bytes = weights;
    layer->bias = bias;
    layer->multiplier = m;
    layer->shift = shift;
}

static int add_tensor(struct as_network *net, const char *name, int n, int h, int w, int c)
{
    net->tensors[net->tensor_count] =
        (struct as_tensor){.name = name,
                           .n = n,
                           .h = h,
                           .w = w,
                           .c = c,
                           .scale = 0.1f,
                           .zero_point = -3,
                           .bytes = (size_t)n * (size_t)h * (size_t)w * (size_t)c};
    return net->tensor_count++;
}

static enum as_status check_shape(const char *model, int kind, const int *b, int64_t weights,
                                  struct as_diag *diag)
{
    if (kind == KIND_FC && (b[H] > 1 || b[W] > 1 || b[R] > 1 || b[S] > 1 || b[GROUP] > 1))
        return as_fail(diag, AS_ERR_RANGE, "%s: fc has N, C and K only", model);
    if (b[C] % b[GROUP] != 0 || b[K] % b[GROUP] != 0)
        return as_fail(diag, AS_ERR_RANGE, "%s: group is %d, expected a divisor of C %d and K %d",
                       model, b[GROUP], b[C], b[K]);
    if (weights > WEIGHT_BYTES_MAX)
        return as_fail(diag, AS_ERR_RANGE, "%s: %lld bytes of weights, expected at most %d", model,
                       (long long)weights, WEIGHT_BYTES_MAX);
    return AS_OK;
}

enum as_status as_shape_open(struct as_arena *arena, const char *model, struct as_network **out,
                             struct as_diag *diag)
{
    static const enum as_op ops[KIND_COUNT] = {AS_OP_CONV_2D, AS_OP_DEPTHWISE_CONV_2D,
                                               AS_OP_FULLY_CONNECTED};
    int b[BOUND_COUNT], p, q, kind = kind_of(model);

    AS_TRY(take_bounds(model, model + strlen(kinds[kind]), b, diag));
    if (kind == KIND_DEPTHWISE)
        b[K] = b[C];
    int reduction = b[R] * b[S] * (kind == KIND_DEPTHWISE ? 1 : b[C] / b[GROUP]);
    int64_t weights = (int64_t)b[K] * reduction;
    AS_TRY(check_shape(model, kind, b, weights, diag));

    struct as_network *net = AS_NEW(arena, struct as_network, 1);
    net->name = as_arena_strdup(arena, model);
    net->tensors = AS_NEW(arena, struct as_tensor, 2);
    net->layers = AS_NEW(arena, struct as_layer, 1);
    net->layer_count = 1;
    struct as_layer *layer = net->layers;
    as_layer_init(layer, ops[kind], 0, 1);
    layer->groups = kind == KIND_CONV ? b[GROUP] : 1;
    layer->kernel_h = b[R];
    layer->kernel_w = b[S];
    layer->stride_h = layer->stride_w = b[STRIDE];
    layer->dilation_h = layer->dilation_w = b[DILATION];
    as_padding_axis(b[H], b[R], b[STRIDE], b[DILATION], true, &p, &layer->pad_top,
                    &layer->pad_bottom);
    as_padding_axis(b[W], b[S], b[STRIDE], b[DILATION], true, &q, &layer->pad_left,
                    &layer->pad_right);
    net->input = add_tensor(net, "input", b[N], b[H], b[W], b[C]);
    net->output = layer->output = add_tensor(net, "output", b[N], p, q, b[K]);
    fill_channels(arena, layer, (size_t)weights, b[K], reduction);
    layer->macs = (uint64_t)weights * (uint64_t)(b[N] * p * q);
    *out = net;
    return AS_OK;
}
