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
    {"N", 1, 65536},       {"H", 1, 65536},     {"W", 1, 65536}, {"C", 1, 65536},
    {"K", 1, 65536},       {"R", 1, 4096},      {"S", 1, 4096},  {"stride", 1, 4096},
    {"dilation", 1, 4096}, {"group", 1, 65536},
};

static int kind_of(const char *model)
{
    for (int i = 0; i < KIND_COUNT; i++)
        if (strncmp(model, kinds[i], strlen(kinds[i])) == 0)
            return i;
    return -1;
}

bool as_shape_sniff(const struct as_source *source)
{
    return kind_of(source->model) >= 0;
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

enum { INPUT, OUTPUT, WEIGHTS, BIAS, TENSORS };

/* Weights of -127..127, and factors that leave most outputs inside int8. */
static void fill_channels(struct as_arena *arena, struct as_graph *graph, int reduction)
{
    struct as_graph_tensor *weights = &graph->tensors[WEIGHTS], *biases = &graph->tensors[BIAS];
    size_t channels = biases->elements;
    uint32_t state = 0x2545F491u;
    int8_t *w = as_arena_alloc(arena, weights->elements);
    int32_t *bias = AS_NEW(arena, int32_t, channels), *m = AS_NEW(arena, int32_t, channels);
    int8_t *shift = AS_NEW(arena, int8_t, channels);
    int bits = 0;

    while (1 << bits < reduction)
        bits++;
    for (size_t i = 0; i < weights->elements; i++)
        w[i] = (int8_t)((int)(next_random(&state) % 255) - 127);
    for (size_t k = 0; k < channels; k++) {
        bias[k] = (int32_t)(next_random(&state) % 2001) - 1000;
        m[k] = (1 << 30) + (int32_t)(next_random(&state) >> 2);
        shift[k] = (int8_t) - (6 + bits / 2);
    }
    weights->data = (const uint8_t *)w;
    weights->data_bytes = weights->elements;
    biases->data = (const uint8_t *)bias;
    biases->data_bytes = channels * sizeof *bias;
    graph->operators[0].multiplier = m;
    graph->operators[0].shift = shift;
}

static void set_tensor(struct as_graph *graph, int id, const char *name, enum as_element element,
                       int rank, const int *dim)
{
    static const float scale = 0.1f;
    static const int64_t zero_point = -3;
    struct as_graph_tensor *t = &graph->tensors[id];
    bool quantized = id < graph->network_tensors;

    *t = (struct as_graph_tensor){.name = name,
                                  .element = element,
                                  .type_name = element == AS_ELEMENT_INT8 ? "INT8" : "INT32",
                                  .rank = rank,
                                  .elements = 1,
                                  .scale = &scale,
                                  .scale_count = quantized,
                                  .zero_point = &zero_point,
                                  .zero_point_count = quantized};
    for (int i = 0; i < rank; i++) {
        t->dim[i] = dim[i];
        t->elements *= (size_t)dim[i];
    }
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

static void set_tensors(struct as_graph *graph, int kind, const int *b, int p, int q)
{
    int rank = kind == KIND_FC ? 2 : 4;
    const int images[2][4] = {{b[N], b[H], b[W], b[C]}, {b[N], p, q, b[K]}};
    const int rows[2][2] = {{b[N], b[C]}, {b[N], b[K]}};
    const int weights[KIND_COUNT][4] = {
        {b[K], b[R], b[S], b[C] / b[GROUP]}, {1, b[R], b[S], b[K]}, {b[K], b[C]}};

    set_tensor(graph, INPUT, "input", AS_ELEMENT_INT8, rank, rank == 4 ? images[0] : rows[0]);
    set_tensor(graph, OUTPUT, "output", AS_ELEMENT_INT8, rank, rank == 4 ? images[1] : rows[1]);
    set_tensor(graph, WEIGHTS, "weights", AS_ELEMENT_INT8, rank, weights[kind]);
    set_tensor(graph, BIAS, "biases", AS_ELEMENT_INT32, 1, &b[K]);
}

enum as_status as_shape_read(struct as_arena *arena, const struct as_source *source,
                             struct as_graph **out, struct as_diag *diag)
{
    static const char *const names[KIND_COUNT] = {"CONV_2D", "DEPTHWISE_CONV_2D",
                                                  "FULLY_CONNECTED"};
    static const int input = INPUT, output = OUTPUT;
    const char *model = source->model;
    int b[BOUND_COUNT], p, q, pad, kind = kind_of(model);

    AS_TRY(take_bounds(model, model + strlen(kinds[kind]), b, diag));
    if (kind == KIND_DEPTHWISE)
        b[K] = b[C];
    int64_t reduction = (int64_t)b[R] * b[S] * (kind == KIND_DEPTHWISE ? 1 : b[C] / b[GROUP]);
    AS_TRY(check_shape(model, kind, b, b[K] * reduction, diag));
    as_padding_axis(b[H], b[R], b[STRIDE], b[DILATION], true, &p, &pad, &pad);
    as_padding_axis(b[W], b[S], b[STRIDE], b[DILATION], true, &q, &pad, &pad);

    struct as_graph *graph = *out = AS_NEW(arena, struct as_graph, 1);
    graph->label = graph->name = as_arena_strdup(arena, model);
    graph->tensor_count = TENSORS;
    graph->network_tensors = 2; /* the constants are no tensors of the network */
    graph->tensors = AS_NEW(arena, struct as_graph_tensor, TENSORS);
    graph->operator_count = 1;
    graph->operators = AS_NEW(arena, struct as_graph_operator, 1);
    graph->input_count = graph->output_count = 1;
    graph->inputs = &input;
    graph->outputs = &output;
    struct as_graph_operator *op = graph->operators;
    *op = (struct as_graph_operator){.name = names[kind],
                                     .input_count = 3,
                                     .input = {INPUT, WEIGHTS, BIAS},
                                     .output_count = 1,
                                     .output = &output,
                                     .attribute = {[AS_ATTR_PADDING] = AS_PADDING_SAME,
                                                   [AS_ATTR_STRIDE_H] = b[STRIDE],
                                                   [AS_ATTR_STRIDE_W] = b[STRIDE],
                                                   [AS_ATTR_DILATION_H] = b[DILATION],
                                                   [AS_ATTR_DILATION_W] = b[DILATION],
                                                   [AS_ATTR_DEPTH_MULTIPLIER] = 1}};
    set_tensors(graph, kind, b, p, q);
    fill_channels(arena, graph, (int)reduction);
    return AS_OK;
}
