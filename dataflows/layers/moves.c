/* Layers that move elements: PAD, CONCATENATION, STRIDED_COPY. */
#include "dataflows/schedule/element_tiles.h"
#include "dataflows/layers/layers.h"
#include "models/arith/fixed_point.h"

/* Every element is its own output. */
static struct as_elementwise begin(struct as_schedule *s, const struct as_layer *layer,
                                   struct as_cost *cost)
{
    struct as_elementwise tiles = as_elementwise_begin(s, layer, cost);
    as_activation value[AS_TABLE_ENTRIES];

    for (int i = 0; i < AS_TABLE_ENTRIES; i++)
        value[i] = (as_activation)as_byte_of(i);
    as_elementwise_table(&tiles, value);
    return tiles;
}

/* ---- PAD: tiles of the input image around which the load unit writes the padding ---- */

struct pad_part {
    int n;         /* of the input; -1: padding only */
    int64_t out;   /* its first pixel and channel in the output */
    bool constant; /* nothing but padding */
};

static enum as_status pad_tile(struct as_elementwise *w, const void *context, int y, int x, int c,
                               struct as_element_tile *tile)
{
    const struct pad_part *part = context;
    const struct as_layer *layer = w->layer;
    const struct as_tensor *in = &w->s->net->tensors[layer->input[0]];
    struct as_strides step = {.c = 1, .x = in->c, .y = (int64_t)in->w * in->c};
    struct as_load_desc load = as_element_tile_load(tile, &step);
    int y0 = part->constant ? in->h : y - layer->pad.before[1];
    int x0 = part->constant ? 0 : x - layer->pad.before[2];

    load.pad = (int8_t)layer->pad.value;
    load.height = in->h;
    load.width = in->w;
    load.y0 = y0;
    load.x0 = x0;
    load.dx_s = part->constant ? 0 : 1;
    load.dy_r = part->constant ? 0 : 1;
    struct as_ref src = {.tensor = layer->input[0]};
    if (!part->constant)
        src.offset = (((int64_t)part->n * in->h + y0) * in->w + x0) * in->c + c;
    else
        load.ds = load.dr = 0;
    tile->out = part->out + ((int64_t)y * w->out->w + x) * w->out->c + c;
    AS_TRY(as_elementwise_operand(w, 0, tile, &load, src));
    as_elementwise_store(w, tile, w->out->c);
    return AS_OK;
}

enum as_status as_map_pad(struct as_schedule *s, const struct as_layer *layer, struct as_cost *cost)
{
    struct as_elementwise tiles = begin(s, layer, cost), *w = &tiles;
    const struct as_tensor *in = &w->s->net->tensors[layer->input[0]], *out = w->out;

    for (int n = 0; n < out->n; n++) {
        int from = n - layer->pad.before[0];
        bool outside = from < 0 || from >= in->n;
        int64_t base = (int64_t)n * out->h * out->w * out->c;
        const struct {
            int c, count;
            bool constant;
        } parts[3] = {{0, layer->pad.before[3], true},
                      {layer->pad.before[3], in->c, outside},
                      {layer->pad.before[3] + in->c, layer->pad.after[3], true}};
        for (int i = 0; i < 3; i++) {
            struct pad_part part = {
                .n = from, .out = base + parts[i].c, .constant = parts[i].constant};
            if (parts[i].count > 0)
                AS_TRY(as_elementwise_each(w, out->h, out->w, parts[i].count, pad_tile, &part));
        }
    }
    return AS_OK;
}

/* ---- CONCATENATION: each input is `outer` runs, set side by side ---- */

struct concat_input {
    int tensor;
    int64_t run, out,
        out_run; /* bytes of its run; of its first byte in the output; between runs there */
};

static enum as_status concat_tile(struct as_elementwise *w, const void *context, int y, int x,
                                  int c, struct as_element_tile *tile)
{
    const struct concat_input *input = context;
    struct as_strides step = {.c = 1, .x = input->run, .y = 0};
    struct as_load_desc load = as_element_tile_load(tile, &step);
    struct as_ref src = {.tensor = input->tensor, .offset = x * input->run + c};

    (void)y;
    tile->out = input->out + x * input->out_run + c;
    AS_TRY(as_elementwise_operand(w, 0, tile, &load, src));
    as_elementwise_store(w, tile, input->out_run);
    return AS_OK;
}

enum as_status as_map_concatenation(struct as_schedule *s, const struct as_layer *layer,
                                    struct as_cost *cost)
{
    struct as_elementwise tiles = begin(s, layer, cost), *w = &tiles;
    const struct as_tensor *out = w->out;
    const int dims[4] = {out->n, out->h, out->w, out->c};
    int64_t outer = 1, inner = 1, at = 0;

    for (int i = 0; i < 4; i++) {
        outer *= i < layer->concatenation.axis ? dims[i] : 1;
        inner *= i > layer->concatenation.axis ? dims[i] : 1;
    }
    for (int i = 0; i < layer->input_count; i++) {
        const struct as_tensor *in = &w->s->net->tensors[layer->input[i]];
        const int in_dims[4] = {in->n, in->h, in->w, in->c};
        struct concat_input input = {.tensor = layer->input[i],
                                     .run = in_dims[layer->concatenation.axis] * inner,
                                     .out = at,
                                     .out_run = dims[layer->concatenation.axis] * inner};
        AS_TRY(as_elementwise_each(w, 1, (int)outer, (int)input.run, concat_tile, &input));
        at += input.run;
    }
    return AS_OK;
}

/* ---- STRIDED_COPY ---- */

static enum as_status strided_tile(struct as_elementwise *w, const void *context, int y, int x,
                                   int c, struct as_element_tile *tile)
{
    const int *count = w->layer->copy.count, *step = w->layer->copy.step, *a = context;
    const struct as_strides strides = {.y = step[1], .x = step[2], .c = step[3]};
    struct as_load_desc load = as_element_tile_load(tile, &strides);
    struct as_ref src = {.tensor = w->layer->input[0],
                         .offset = w->layer->copy.first + (int64_t)*a * step[0] + y * strides.y +
                                   x * strides.x + c * strides.c};

    tile->out = (((int64_t)*a * count[1] + y) * count[2] + x) * count[3] + c;
    AS_TRY(as_elementwise_operand(w, 0, tile, &load, src));
    as_elementwise_store(w, tile, count[3]);
    return AS_OK;
}

enum as_status as_map_strided_copy(struct as_schedule *s, const struct as_layer *layer,
                                   struct as_cost *cost)
{
    struct as_elementwise tiles = begin(s, layer, cost);
    const int *count = layer->copy.count;

    for (int a = 0; a < count[0]; a++)
        AS_TRY(as_elementwise_each(&tiles, count[1], count[2], count[3], strided_tile, &a));
    return AS_OK;
}
