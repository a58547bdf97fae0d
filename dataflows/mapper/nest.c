#include "dataflows/mapper/nest.h"

#include <string.h>

#include "dataflows/mapper/average.h"
#include "dataflows/mapper/order.h"

struct as_chunk as_chunk_of(const struct as_mapping *map, int index)
{
    int ns = as_tiles(map, AS_LOOP_S), nc = as_tiles(map, AS_LOOP_C);
    const int *whole = map->whole, *tile = map->tile;

    return (struct as_chunk){
        .r = as_span_of(whole[AS_LOOP_R], tile[AS_LOOP_R], index / nc / ns),
        .s = as_span_of(whole[AS_LOOP_S], tile[AS_LOOP_S], index / nc % ns),
        .c = as_span_of(whole[AS_LOOP_C], tile[AS_LOOP_C], index % nc),
        .index = index,
    };
}

struct as_span as_nest_channels(const struct as_nest *nest, int set, int k)
{
    const struct as_mapping *map = &nest->map;
    int first = set * map->set_k, left = nest->weights.shape.out_k - first;
    struct as_span span =
        as_span_of(as_min(left, map->set_k), map->tile[AS_LOOP_K] * map->unit_k, k);

    span.start += first;
    return span;
}

int64_t as_nest_block(const struct as_nest *nest, int k, int chunk)
{
    int64_t tile = (int64_t)nest->set * as_tiles(&nest->map, AS_LOOP_K) + k;
    return (tile * nest->chunks + chunk) * nest->blocks;
}

int as_nest_y(const struct as_nest *nest, int p)
{
    return p * nest->shape.stride_h - nest->shape.pad_top;
}

int as_nest_x(const struct as_nest *nest, int q)
{
    return q * nest->shape.stride_w - nest->shape.pad_left;
}

int64_t as_nest_image(const struct as_nest *nest)
{
    const struct as_conv_shape *shape = &nest->shape;
    return (int64_t)nest->image * shape->in_h * shape->in_w * shape->image_c;
}

int8_t as_nest_pad(const struct as_nest *nest)
{
    const struct as_layer *layer = nest->weights.layer;
    return (int8_t)(nest->weights.pool > 0 ? 0 : nest->s->net->tensors[layer->input[0]].zero_point);
}

/* ---- stores ---- */

void as_nest_store(struct as_nest *nest, struct as_store_desc *desc, int64_t first, int64_t end,
                   size_t params, int y, int x)
{
    const struct as_conv_shape *shape = &nest->shape;
    const struct as_layer *layer = nest->weights.layer;
    int64_t pixel = (int64_t)as_max(y, 0) * shape->in_w + as_max(x, 0);

    desc->shared = nest->weights.pool > 0;
    desc->zp =
        layer->op == AS_OP_AVERAGE_POOL_2D ? 0 : nest->s->net->tensors[layer->output].zero_point;
    desc->amin = layer->act_min;
    desc->amax = layer->act_max;
    as_schedule_store(nest->s, desc, (struct as_ref){.tensor = layer->output, .offset = first},
                      nest->weights.pool > 0 ? nest->divisor : params);
    as_schedule_tile(nest->s, as_nest_image(nest) + pixel * shape->image_c, end);
}

void as_nest_store_tile(struct as_nest *nest, struct as_span p, struct as_span q, struct as_span k,
                        size_t params)
{
    const struct as_conv_shape *shape = &nest->shape;
    int unit = nest->map.unit_k, channel = k.start * unit;
    int channels = as_min(k.size * unit, shape->out_k - channel);
    int pixel = nest->weights.shape.out_k, row = shape->out_w * pixel; /* bytes of them */
    struct as_store_desc desc = {
        .nq = q.size - 1,
        .np = p.size - 1,
        .nkt = k.size - 1,
        .dq = pixel,
        .dp = row - (q.size - 1) * pixel,
        .dk = 1,
        .ncl = channels - (k.size - 1) * unit - 1,
        .nc = unit - 1,
        .m = p.size * q.size - 1,
    };
    int64_t first = ((int64_t)nest->image * shape->out_h + p.start) * row +
                    (int64_t)q.start * pixel + nest->set * nest->map.set_k + channel;
    int64_t end = first + (int64_t)(p.size - 1) * row + (int64_t)(q.size - 1) * pixel + channels;

    as_nest_store(nest, &desc, first, end, params, as_nest_y(nest, p.start),
                  as_nest_x(nest, q.start));
}

/* ---- constants ---- */

/* The parameter records of a tile of K of the present set. */
static void write_params(struct as_nest *nest, int k)
{
    struct as_span channels = as_nest_channels(nest, nest->set, k);
    size_t offset = as_schedule_alloc(nest->s, (size_t)channels.size * as_param_bytes(nest->hw));

    nest->params[nest->set * as_tiles(&nest->map, AS_LOOP_K) + k] = offset;
    as_weights_params(nest->s, &nest->weights, channels.start, channels.size, offset);
}

static void write_weights(struct as_nest *nest, int k)
{
    for (int i = 0; i < nest->chunks; i++) {
        struct as_chunk chunk = as_chunk_of(&nest->map, i);
        nest->mapper->write_weights(nest, k, &chunk, &nest->block[as_nest_block(nest, k, i)]);
    }
}

/* The constants of the present set, without those of tiles of K that it does not have.  Those of
 * pools are shared by all regions. */
static void write_constants(struct as_nest *nest)
{
    bool params = nest->weights.pool == 0, first = nest->mapper->params_first;
    int nk = as_tiles(&nest->map, AS_LOOP_K);

    for (int k = 0; k < nk && params && first; k++)
        write_params(nest, k);
    for (int k = 0; k < nk; k++) {
        if (as_nest_channels(nest, nest->set, k).size <= 0)
            continue;
        write_weights(nest, k);
        if (params && !first)
            write_params(nest, k);
    }
}

/* ---- tiles ---- */

/* All tiles of the present set, in the order of the mapping. */
static enum as_status emit_tiles(struct as_nest *nest)
{
    const struct as_mapping *map = &nest->map;
    const int count[AS_DIM_COUNT] = {[AS_DIM_P] = as_tiles(map, AS_LOOP_P),
                                     [AS_DIM_Q] = as_tiles(map, AS_LOOP_Q),
                                     [AS_DIM_K] = as_tiles(map, AS_LOOP_K)};
    enum as_dim order[3];
    int inner = nest->mapper->skips_one_tile ? 0 : 2;

    as_order_without_c(map->order, order);
    for (int i = 0; i < 3; i++)
        inner = count[order[i]] > 1 && i > inner ? i : inner;
    int total = count[order[0]] * count[order[1]] * count[order[2]];
    for (int n = 0; n < total; n++) {
        int rest = n, at[AS_DIM_COUNT] = {0};
        for (int i = 2; i >= 0; i--) {
            at[order[i]] = rest % count[order[i]];
            rest /= count[order[i]];
            if (i == inner && map->serpentine && rest % 2 != 0)
                at[order[i]] = count[order[i]] - 1 - at[order[i]];
        }
        AS_TRY(nest->mapper->emit_tile(nest, at));
    }
    return AS_OK;
}

/* The outputs of an average pool, region by region of one divisor. */
static enum as_status emit_pool_regions(struct as_nest *nest)
{
    struct as_average_region region = {0};

    while (as_average_next(&nest->shape, &region)) {
        nest->rows = region.rows;
        nest->cols = region.cols;
        nest->map.whole[AS_LOOP_P] = region.rows.size;
        nest->map.whole[AS_LOOP_Q] = region.cols.size;
        nest->divisor = as_average_params(nest->s, region.count, nest->preshift);
        AS_TRY(emit_tiles(nest));
        nest->region++;
    }
    return AS_OK;
}

static enum as_status emit_outputs(struct as_nest *nest)
{
    if (nest->weights.pool > 0 && !nest->mapper->maps_regions)
        return emit_pool_regions(nest);
    AS_TRY(emit_tiles(nest));
    nest->region++;
    return AS_OK;
}

enum as_status as_nest_emit(struct as_nest *nest)
{
    int sets = nest->map.sets, nk = as_tiles(&nest->map, AS_LOOP_K);

    nest->s->one_half = nest->map.one_half;
    nest->shape = as_weights_set(&nest->weights, nest->map.together);
    nest->chunks = as_chunks(&nest->map);
    nest->mapper->begin(nest);
    nest->block = AS_NEW(nest->s->arena, size_t, sets * nk * nest->chunks * nest->blocks);
    nest->params = AS_NEW(nest->s->arena, size_t, sets * nk);
    for (nest->set = 0; nest->set < sets; nest->set++)
        write_constants(nest);
    for (nest->image = 0; nest->image < nest->shape.images; nest->image++)
        for (nest->set = 0; nest->set < sets; nest->set++)
            AS_TRY(emit_outputs(nest));
    return AS_OK;
}

enum as_status as_nest_emit_on(const struct as_nest *nest, const struct as_mapping *map,
                               struct as_schedule *s)
{
    struct as_nest copy = *nest;

    copy.s = s;
    copy.map = *map;
    return as_nest_emit(&copy);
}

void as_nest_measure(const struct as_nest *nest, const struct as_mapping *map, struct as_cost *cost)
{
    struct as_diag diag;
    struct as_schedule s = *nest->s;
    uint64_t before = as_schedule_total_bytes(nest->s);

    as_diag_init(&diag);
    s.arena = as_arena_new();
    s.diag = &diag;
    s.trial = true;
    as_schedule_restart_layer(&s);  /* other regions of the layer are not its own */
    cost->descriptors = UINT32_MAX; /* of a mapping with a load that no descriptor expresses */
    cost->overlap = 0;
    if (as_nest_emit_on(nest, map, &s) == AS_OK &&
        as_schedule_end_layer(&s, AS_END_LAYER) == AS_OK) {
        int64_t overlap = as_schedule_overlap(&s) - s.spare;
        cost->descriptors = as_schedule_total_bytes(&s) - before;
        cost->overlap = (uint64_t)(overlap > 0 ? overlap : 0);
    }
    as_arena_free(s.arena);
}
