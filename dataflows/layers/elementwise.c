/* ADD, MUL, SQUARED_DIFFERENCE, LOOKUP: operands of the output's shape, or broadcast. */
#include "dataflows/schedule/element_tiles.h"
#include "dataflows/layers/layers.h"
#include "models/arith/fixed_point.h"
#include "models/arith/quantization.h"

struct image {
    int64_t base;                       /* element of the output at which the image begins */
    struct as_ref ref[AS_OPERANDS_MAX]; /* first element of each operand */
    struct as_strides step[AS_OPERANDS_MAX];
};

static enum as_status compute_tile(struct as_elementwise *w, const void *context, int y, int x,
                                   int c, struct as_element_tile *tile)
{
    const struct image *image = context;
    const struct as_tensor *out = w->out;

    tile->out = image->base + ((int64_t)y * out->w + x) * out->c + c;
    for (int i = 0; i < w->operands; i++) {
        const struct as_strides *step = &image->step[i];
        struct as_load_desc load = as_element_tile_load(tile, step);
        struct as_ref src = image->ref[i];
        src.offset += y * step->y + x * step->x + c * step->c;
        AS_TRY(as_elementwise_operand(w, i, tile, &load, src));
    }
    as_elementwise_store(w, tile, out->c);
    return AS_OK;
}

/* A dimension of an operand that is 1 where the output's is not is read again and again. */
static struct image image_of(struct as_elementwise *w, int n)
{
    const struct as_tensor *out = w->out;
    struct image image = {.base = (int64_t)n * out->h * out->w * out->c};

    for (int i = 0; i < w->operands; i++) {
        const struct as_tensor *in = &w->s->net->tensors[w->layer->input[w->input[i]]];
        image.step[i] = (struct as_strides){.c = in->c > 1 || out->c == 1 ? 1 : 0,
                                            .x = in->w > 1 ? in->c : 0,
                                            .y = in->h > 1 ? (int64_t)in->w * in->c : 0};
        image.ref[i] =
            (struct as_ref){.tensor = w->layer->input[w->input[i]],
                            .offset = in->n > 1 ? (int64_t)n * in->h * in->w * in->c : 0};
    }
    return image;
}

/* Operands of the output's own shape are runs of bytes like the output itself. */
static enum as_status flat_tile(struct as_elementwise *w, const void *context, int y, int x, int c,
                                struct as_element_tile *tile)
{
    const struct image *image = context;

    (void)y;
    (void)x;
    tile->out = c;
    for (int i = 0; i < w->operands; i++) {
        struct as_load_desc load;
        struct as_ref src = image->ref[i];
        src.offset += c;
        if (!as_element_linear_load(w->hw, tile->nc, &load))
            return as_fail(w->s->diag, AS_ERR_NOFIT,
                           "layer %d %s: one load has %d elements; buffers.ifmap holds %d words",
                           w->layer->index, w->layer->name, tile->nc, w->hw->ibuf_words);
        AS_TRY(as_elementwise_operand(w, i, tile, &load, src));
    }
    as_elementwise_store(w, tile, 0);
    return AS_OK;
}

static enum as_status compute_images(struct as_elementwise *w)
{
    bool flat = true;

    for (int i = 0; i < w->operands; i++)
        flat = flat && w->s->net->tensors[w->layer->input[w->input[i]]].bytes == w->out->bytes;
    if (flat) {
        struct image image = image_of(w, 0);
        w->in_place = true;
        return as_elementwise_each(w, 1, 1, (int)w->out->bytes, flat_tile, &image);
    }
    for (int n = 0; n < w->out->n; n++) {
        struct image image = image_of(w, n);
        AS_TRY(as_elementwise_each(w, w->out->h, w->out->w, w->out->c, compute_tile, &image));
    }
    return AS_OK;
}

enum as_status as_map_add(struct as_schedule *s, const struct as_layer *layer, struct as_cost *cost)
{
    struct as_elementwise tiles = as_elementwise_begin(s, layer, cost), *w = &tiles;

    for (int n = 0; n < 2; n++) {
        int zero_point = w->s->net->tensors[layer->input[n]].zero_point;
        as_psum table[AS_TABLE_ENTRIES];
        for (int i = 0; i < AS_TABLE_ENTRIES; i++)
            table[i] = as_quant_term(&layer->sum, n, as_byte_of(i), zero_point);
        w->table[n] = as_schedule_table(w->s, table);
    }
    w->operands = 2;
    as_elementwise_scale(w, layer->sum.multiplier[2], layer->sum.shift[2]);
    return compute_images(w);
}

/* A left shift of the output: the requantizer shifts right only, so that the tables do it. */
static as_psum scaled_up(as_psum value, int shift)
{
    return (as_psum)((as_upsum)value << as_max(shift, 0));
}

enum as_status as_map_mul(struct as_schedule *s, const struct as_layer *layer, struct as_cost *cost)
{
    struct as_elementwise tiles = as_elementwise_begin(s, layer, cost), *w = &tiles;

    AS_TRY(as_refuse_products(w->s));
    for (int n = 0; n < 2; n++) {
        int zero_point = w->s->net->tensors[layer->input[n]].zero_point;
        as_psum table[AS_TABLE_ENTRIES];
        for (int i = 0; i < AS_TABLE_ENTRIES; i++)
            table[i] = scaled_up(as_byte_of(i) - zero_point, n == 0 ? layer->out_shift : 0);
        w->table[n] = as_schedule_table(w->s, table);
    }
    w->operands = 2;
    w->mul = true;
    as_elementwise_scale(w, layer->out_multiplier, as_min(layer->out_shift, 0));
    return compute_images(w);
}

/* a^2 - 2ab + b^2: -2a, times b, plus the squares, each a table of one operand. */
enum as_status as_map_squared_difference(struct as_schedule *s, const struct as_layer *layer,
                                         struct as_cost *cost)
{
    struct as_elementwise tiles = as_elementwise_begin(s, layer, cost), *w = &tiles;

    AS_TRY(as_refuse_products(w->s));
    for (int n = 0; n < 2; n++) {
        int zero_point = w->s->net->tensors[layer->input[n]].zero_point;
        as_psum factor[AS_TABLE_ENTRIES], square[AS_TABLE_ENTRIES];
        for (int i = 0; i < AS_TABLE_ENTRIES; i++) {
            int32_t value = as_mbqm((as_byte_of(i) - zero_point) * (1 << 7),
                                    layer->sum.multiplier[n], layer->sum.shift[n]);
            factor[i] = n == 0 ? scaled_up(-2 * value, layer->sum.shift[2]) : value;
            square[i] = scaled_up(value * value, layer->sum.shift[2]);
        }
        w->table[n] = as_schedule_table(w->s, factor);
        w->table[n + 2] = as_schedule_table(w->s, square);
    }
    w->operands = 4;
    w->mul = true;
    as_elementwise_scale(w, layer->sum.multiplier[2], as_min(layer->sum.shift[2], 0));
    return compute_images(w);
}

enum as_status as_map_lookup(struct as_schedule *s, const struct as_layer *layer,
                             struct as_cost *cost)
{
    struct as_elementwise tiles = as_elementwise_begin(s, layer, cost);

    as_elementwise_table(&tiles, layer->lookup.table);
    return compute_images(&tiles);
}
