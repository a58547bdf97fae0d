#include "dataflows/elementwise.h"

#include <string.h>

#include "sim/quant.h"

#define OPERANDS_MAX 2

/* One box of the output, ny x nx pixels of nc channels, and where its elements come from. */
struct box {
    int ny, nx, nc;
    int64_t out; /* byte of its first element in the output */
};

/* What all tiles of a layer share. */
struct work {
    struct as_schedule *s;
    const struct as_config *cfg;
    const struct as_layer *layer;
    struct as_cost *cost;
    const struct as_tensor *out;
    int operands;
    size_t table[OPERANDS_MAX];
    bool mul;
    size_t params;
    int zp, amin, amax;
    int64_t next_id; /* of an ifmap load */
    bool in_place;   /* a tile reads its operands where it writes: the output may lie over one that
                        dies */
};

/* Elements of a tile: whole ibuf words, or part of one where the accumulators are few. */
static int most_elements(const struct as_config *cfg)
{
    int most = as_min(cfg->acc_words, as_count_max(cfg));
    int64_t in_buffer = (int64_t)cfg->ibuf_words * cfg->load_lanes;

    if (in_buffer < most)
        most = (int)in_buffer;
    return most < cfg->load_lanes ? most : most / cfg->load_lanes * cfg->load_lanes;
}

/* ---- loads ---- */

/* Strides in bytes between neighbours along y, x and channels; 0: the same element again. */
struct strides {
    int64_t y, x, c;
};

/* The load of a box whose elements lie `step` apart, byte by byte and without a gap in the buffer.
 */
static struct as_load_desc strided_load(const struct box *box, const struct strides *step)
{
    const int64_t stride[3] = {step->c, step->x, step->y};
    const int count[3] = {box->nc, box->nx, box->ny};
    int first = step->c == 1 ? 0 : 1; /* the innermost loop steps by one byte, always */
    int counts[5] = {1, 1, 1, 1, 1};
    int32_t deltas[5] = {0};
    int64_t span = 0;

    for (int i = 0; i < 3; i++) {
        counts[first + i] = count[i];
        deltas[first + i] = (int32_t)(stride[i] - span);
        span += (count[i] - 1) * stride[i];
    }
    return (struct as_load_desc){.bytes = true,
                                 .height = 1,
                                 .width = 1,
                                 .nc = counts[0] - 1,
                                 .ns = counts[1] - 1,
                                 .nr = counts[2] - 1,
                                 .nq = counts[3] - 1,
                                 .np = counts[4] - 1,
                                 .ds = deltas[1],
                                 .dr = deltas[2],
                                 .dq = deltas[3],
                                 .dp = deltas[4]};
}

/* A contiguous run of elements; false when no descriptor holds it. */
static bool linear_load(const struct as_config *cfg, int elements, struct as_load_desc *desc)
{
    int words = as_ceil_div(elements, cfg->load_lanes);
    bool word_mode = cfg->ibuf_word_mode;
    int per_word = cfg->load_lanes / cfg->mem_width_bytes;

    *desc = (struct as_load_desc){.linear = true, .bytes = !word_mode};
    return as_linear_counts(cfg, word_mode ? words * per_word : elements,
                            (int64_t)cfg->ibuf_words * (word_mode ? per_word : cfg->load_lanes),
                            desc);
}

/* ---- one tile ---- */

/* The job of operand `i`, whose elements `load` brings. */
static enum as_status emit_operand(struct work *w, int i, const struct box *box,
                                   const struct as_load_desc *load, struct as_ref src)
{
    const struct as_config *cfg = w->cfg;
    int n = box->ny * box->nx * box->nc;
    int words = as_ceil_div(n, cfg->load_lanes);
    /* a partial word is a job of its own: every word of a job has the same lanes */
    int whole = n % cfg->load_lanes == 0 || words == 1 ? words : words - 1;
    struct as_job job = {
        .compute = {.lookup = true,
                    .first = i == 0,
                    .emit = i == w->operands - 1,
                    .mul = w->mul && i == 1,
                    .nc = whole - 1,
                    .dc = 1,
                    .nl = as_min(n, cfg->load_lanes) - 1},
        .ifmap_id = w->next_id++,
        .ifmap = *load,
        .ifmap_src = src,
        .weights_id = i,
        .weights = w->table[i],
        .weights_words = 256 / cfg->table_pack,
    };

    AS_TRY(as_schedule_job(w->s, &job));
    int beats = load->bytes ? n : as_ceil_div(n, cfg->mem_width_bytes);
    w->cost->memory += (uint64_t)(beats * cfg->mem_interval + as_cost_load(cfg, load->linear));
    w->cost->compute += (uint64_t)(n + as_cost_job(cfg));
    if (whole == words)
        return AS_OK;
    job.compute.nc = 0;
    job.compute.nl = n % cfg->load_lanes - 1;
    job.compute.ibase = whole;
    job.compute.abase = whole * cfg->load_lanes;
    w->cost->compute += (uint64_t)as_cost_job(cfg);
    return as_schedule_job(w->s, &job);
}

/* Stores the box: its channels lie together, its pixels `pixel` bytes apart. */
static void emit_store(struct work *w, const struct box *box, int64_t pixel)
{
    const struct as_config *cfg = w->cfg;
    int pixels = box->ny * box->nx, n = pixels * box->nc;
    struct as_store_desc store = {
        .shared = true,
        .zp = w->zp,
        .amin = w->amin,
        .amax = w->amax,
        .nq = box->nc - 1,
        .np = pixels - 1,
        .dq = 1,
        .dp = (int32_t)(pixel - (box->nc - 1)),
        .m = n - 1,
    };

    as_schedule_store(w->s, &store, (struct as_ref){.tensor = w->layer->output, .offset = box->out},
                      w->params);
    if (w->in_place)
        as_schedule_tile(w->s, box->out, box->out + n);
    else
        as_schedule_tile(w->s, 0, (int64_t)w->out->bytes);
    w->cost->tail = (uint64_t)as_cost_store(cfg, n, 1, 1);
    w->cost->requant += w->cost->tail;
    w->cost->memory += (uint64_t)(n * cfg->mem_interval);
    w->cost->descriptors += 4 * (AS_LOAD_WORDS + AS_COMPUTE_WORDS + AS_STORE_WORDS);
}

/* Calls `tile` for boxes that together are ny x nx x nc, each within the limits of buffers and
 * counts. */
static enum as_status for_boxes(struct work *w, int ny, int nx, int nc,
                                enum as_status (*tile)(struct work *, const void *, int y, int x,
                                                       int c, struct box *),
                                const void *context)
{
    int most = most_elements(w->cfg);
    int tc = as_min(nc, most), tx = as_min(nx, most / tc);
    int ty = tx == nx ? as_min(ny, most / (tc * tx)) : 1;

    if (tc < nc)
        tx = ty = 1;
    for (int y = 0; y < ny; y += ty)
        for (int x = 0; x < nx; x += tx)
            for (int c = 0; c < nc; c += tc) {
                struct box box = {
                    .ny = as_min(ty, ny - y), .nx = as_min(tx, nx - x), .nc = as_min(tc, nc - c)};
                AS_TRY(tile(w, context, y, x, c, &box));
            }
    return AS_OK;
}

/* ---- ADD, MUL, HARD_SWISH: operands of the output's shape, or broadcast ---- */

struct image {
    int64_t base;                    /* element of the output at which the image begins */
    struct as_ref ref[OPERANDS_MAX]; /* first element of each operand */
    struct strides step[OPERANDS_MAX];
};

static enum as_status compute_tile(struct work *w, const void *context, int y, int x, int c,
                                   struct box *box)
{
    const struct image *image = context;
    const struct as_tensor *out = w->out;

    box->out = image->base + ((int64_t)y * out->w + x) * out->c + c;
    for (int i = 0; i < w->operands; i++) {
        const struct strides *step = &image->step[i];
        struct as_load_desc load = strided_load(box, step);
        struct as_ref src = image->ref[i];
        src.offset += y * step->y + x * step->x + c * step->c;
        AS_TRY(emit_operand(w, i, box, &load, src));
    }
    emit_store(w, box, out->c);
    return AS_OK;
}

/* A dimension of an operand that is 1 where the output's is not is read again and again. */
static struct image image_of(struct work *w, int n)
{
    const struct as_tensor *out = w->out;
    struct image image = {.base = (int64_t)n * out->h * out->w * out->c};

    for (int i = 0; i < w->operands; i++) {
        const struct as_tensor *in = &w->s->net->tensors[w->layer->input[i]];
        image.step[i] = (struct strides){.c = in->c > 1 || out->c == 1 ? 1 : 0,
                                         .x = in->w > 1 ? in->c : 0,
                                         .y = in->h > 1 ? (int64_t)in->w * in->c : 0};
        image.ref[i] =
            (struct as_ref){.tensor = w->layer->input[i],
                            .offset = in->n > 1 ? (int64_t)n * in->h * in->w * in->c : 0};
        if (in->data) {
            image.ref[i].tensor = -1;
            image.ref[i].offset +=
                (int64_t)as_schedule_share(w->s, (const uint8_t *)in->data, in->bytes);
        }
    }
    return image;
}

/* Operands of the output's own shape are runs of bytes like the output itself. */
static enum as_status flat_tile(struct work *w, const void *context, int y, int x, int c,
                                struct box *box)
{
    const struct image *image = context;

    (void)y;
    (void)x;
    box->out = c;
    for (int i = 0; i < w->operands; i++) {
        struct as_load_desc load;
        struct as_ref src = image->ref[i];
        src.offset += c;
        if (!linear_load(w->cfg, box->nc, &load))
            return as_fail(w->s->diag, AS_ERR_NOFIT,
                           "layer %d %s: %d elements in one load, buffers.ifmap holds %d words",
                           w->layer->index, w->layer->name, box->nc, w->cfg->ibuf_words);
        AS_TRY(emit_operand(w, i, box, &load, src));
    }
    emit_store(w, box, 0);
    return AS_OK;
}

static enum as_status compute_images(struct work *w)
{
    bool flat = true;

    for (int i = 0; i < w->operands; i++)
        flat = flat && w->s->net->tensors[w->layer->input[i]].bytes == w->out->bytes;
    if (flat) {
        struct image image = image_of(w, 0);
        w->in_place = true;
        return for_boxes(w, 1, 1, (int)w->out->bytes, flat_tile, &image);
    }
    for (int n = 0; n < w->out->n; n++) {
        struct image image = image_of(w, n);
        AS_TRY(for_boxes(w, w->out->h, w->out->w, w->out->c, compute_tile, &image));
    }
    return AS_OK;
}

/* ---- tables ---- */

static int byte_of(int i)
{
    return i < 128 ? i : i - 256;
}

/* Twice the value, which the requantizer halves. */
static size_t twice_table(struct as_schedule *s, const int8_t value[256])
{
    int32_t table[256];

    for (int i = 0; i < 256; i++)
        table[i] = 2 * value[i];
    return as_schedule_table(s, table);
}

static size_t identity_table(struct as_schedule *s)
{
    int8_t value[256];

    for (int i = 0; i < 256; i++)
        value[i] = (int8_t)byte_of(i);
    return twice_table(s, value);
}

static void set_params(struct work *w, int32_t multiplier, int shift)
{
    size_t bytes = as_param_bytes(w->cfg);
    uint8_t *record = as_arena_alloc(w->s->arena, bytes);

    as_schedule_put_param(w->cfg, record, 0, multiplier, -shift);
    w->params = as_schedule_share(w->s, record, bytes);
}

static void set_halving(struct work *w)
{
    set_params(w, 1 << 30, 0);
    w->zp = 0;
    w->amin = -128;
    w->amax = 127;
}

static enum as_status map_add(struct work *w)
{
    const struct as_layer *layer = w->layer;

    for (int i = 0; i < 3; i++)
        AS_TRY(as_refuse_left_shift(w->s, i == 2 ? "the output" : "an input", layer->add_shift[i]));
    for (int n = 0; n < 2; n++) {
        int zero_point = w->s->net->tensors[layer->input[n]].zero_point;
        int32_t table[256];
        for (int i = 0; i < 256; i++)
            table[i] = as_mbqm((byte_of(i) - zero_point) * (1 << 20), layer->add_multiplier[n],
                               layer->add_shift[n]);
        w->table[n] = as_schedule_table(w->s, table);
    }
    w->operands = 2;
    set_params(w, layer->add_multiplier[2], layer->add_shift[2]);
    return compute_images(w);
}

static enum as_status map_mul(struct work *w)
{
    const struct as_layer *layer = w->layer;

    AS_TRY(as_refuse_products(w->s));
    AS_TRY(as_refuse_left_shift(w->s, "the output", layer->out_shift));
    for (int n = 0; n < 2; n++) {
        int zero_point = w->s->net->tensors[layer->input[n]].zero_point;
        int32_t table[256];
        for (int i = 0; i < 256; i++)
            table[i] = byte_of(i) - zero_point;
        w->table[n] = as_schedule_table(w->s, table);
    }
    w->operands = 2;
    w->mul = true;
    set_params(w, layer->out_multiplier, layer->out_shift);
    return compute_images(w);
}

static enum as_status map_hard_swish(struct work *w)
{
    int8_t value[256];

    for (int i = 0; i < 256; i++)
        value[i] = as_hard_swish(&w->layer->hard_swish, (int8_t)byte_of(i));
    w->table[0] = twice_table(w->s, value);
    set_halving(w);
    return compute_images(w);
}

/* ---- PAD: boxes of the input image around which the load unit writes the padding ---- */

struct pad_region {
    int n;         /* of the input; -1: padding only */
    int64_t out;   /* its first pixel and channel in the output */
    int c0;        /* first channel of the input */
    bool constant; /* nothing but padding */
};

static enum as_status pad_tile(struct work *w, const void *context, int y, int x, int c,
                               struct box *box)
{
    const struct pad_region *region = context;
    const struct as_layer *layer = w->layer;
    const struct as_tensor *in = &w->s->net->tensors[layer->input[0]];
    struct strides step = {.c = 1, .x = in->c, .y = (int64_t)in->w * in->c};
    struct as_load_desc load = strided_load(box, &step);
    int y0 = region->constant ? in->h : y - layer->pad_before[1];
    int x0 = region->constant ? 0 : x - layer->pad_before[2];

    load.pad = (int8_t)layer->pad_value;
    load.height = in->h;
    load.width = in->w;
    load.y0 = y0;
    load.x0 = x0;
    load.dx_s = region->constant ? 0 : 1;
    load.dy_r = region->constant ? 0 : 1;
    struct as_ref src = {.tensor = layer->input[0]};
    if (!region->constant)
        src.offset = (((int64_t)region->n * in->h + y0) * in->w + x0) * in->c + c;
    else
        load.ds = load.dr = 0;
    box->out = region->out + ((int64_t)y * w->out->w + x) * w->out->c + c;
    AS_TRY(emit_operand(w, 0, box, &load, src));
    emit_store(w, box, w->out->c);
    return AS_OK;
}

static enum as_status map_pad(struct work *w)
{
    const struct as_layer *layer = w->layer;
    const struct as_tensor *in = &w->s->net->tensors[layer->input[0]], *out = w->out;

    w->table[0] = identity_table(w->s);
    set_halving(w);
    for (int n = 0; n < out->n; n++) {
        int from = n - layer->pad_before[0];
        bool outside = from < 0 || from >= in->n;
        int64_t base = (int64_t)n * out->h * out->w * out->c;
        const struct {
            int c, count;
            bool constant;
        } parts[3] = {{0, layer->pad_before[3], true},
                      {layer->pad_before[3], in->c, outside},
                      {layer->pad_before[3] + in->c, layer->pad_after[3], true}};
        for (int i = 0; i < 3; i++) {
            struct pad_region region = {
                .n = from, .out = base + parts[i].c, .constant = parts[i].constant};
            if (parts[i].count > 0)
                AS_TRY(for_boxes(w, out->h, out->w, parts[i].count, pad_tile, &region));
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

static enum as_status concat_tile(struct work *w, const void *context, int y, int x, int c,
                                  struct box *box)
{
    const struct concat_input *input = context;
    struct strides step = {.c = 1, .x = input->run, .y = 0};
    struct as_load_desc load = strided_load(box, &step);
    struct as_ref src = {.tensor = input->tensor, .offset = x * input->run + c};

    (void)y;
    box->out = input->out + x * input->out_run + c;
    AS_TRY(emit_operand(w, 0, box, &load, src));
    emit_store(w, box, input->out_run);
    return AS_OK;
}

static enum as_status map_concatenation(struct work *w)
{
    const struct as_layer *layer = w->layer;
    const struct as_tensor *out = w->out;
    const int dims[4] = {out->n, out->h, out->w, out->c};
    int64_t outer = 1, inner = 1, at = 0;

    for (int i = 0; i < 4; i++) {
        outer *= i < layer->axis ? dims[i] : 1;
        inner *= i > layer->axis ? dims[i] : 1;
    }
    w->table[0] = identity_table(w->s);
    set_halving(w);
    for (int i = 0; i < layer->input_count; i++) {
        const struct as_tensor *in = &w->s->net->tensors[layer->input[i]];
        const int in_dims[4] = {in->n, in->h, in->w, in->c};
        struct concat_input input = {.tensor = layer->input[i],
                                     .run = in_dims[layer->axis] * inner,
                                     .out = at,
                                     .out_run = dims[layer->axis] * inner};
        AS_TRY(for_boxes(w, 1, (int)outer, (int)input.run, concat_tile, &input));
        at += input.run;
    }
    return AS_OK;
}

enum as_status as_map_elementwise(struct as_schedule *s, const struct as_layer *layer,
                                  struct as_cost *cost)
{
    struct work w = {.s = s,
                     .cfg = s->cfg,
                     .layer = layer,
                     .cost = cost,
                     .out = &s->net->tensors[layer->output],
                     .operands = 1};
    enum as_status status = AS_OK;

    memset(cost, 0, sizeof *cost);
    w.zp = w.out->zero_point;
    w.amin = layer->act_min;
    w.amax = layer->act_max;
    switch (layer->op) {
    case AS_OP_ADD:
        status = map_add(&w);
        break;
    case AS_OP_MUL:
        status = map_mul(&w);
        break;
    case AS_OP_HARD_SWISH:
        status = map_hard_swish(&w);
        break;
    case AS_OP_PAD:
        status = map_pad(&w);
        break;
    default:
        status = map_concatenation(&w);
        break;
    }
    as_cost_sum(cost);
    return status;
}
