#include "dataflows/schedule/element_tiles.h"

#include <string.h>

/* Elements of a tile: whole ibuf words, or part of one where the accumulators are few. */
static int max_elements(const struct as_hw *hw)
{
    int max = as_min(hw->acc_words, as_count_max(hw));
    int64_t in_buffer = (int64_t)hw->ibuf_words * hw->load_lanes;

    if (in_buffer < max)
        max = (int)in_buffer;
    return max < hw->load_lanes ? max : max / hw->load_lanes * hw->load_lanes;
}

/* ---- loads ---- */

struct as_load_desc as_element_tile_load(const struct as_element_tile *tile,
                                         const struct as_strides *step)
{
    const int64_t stride[3] = {step->c, step->x, step->y};
    const int count[3] = {tile->nc, tile->nx, tile->ny};
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

bool as_element_linear_load(const struct as_hw *hw, int elements, struct as_load_desc *desc)
{
    int words = as_ceil_div(elements, hw->load_lanes);
    bool word_mode = hw->ibuf_word_mode;
    int per_word = hw->load_lanes / hw->mem_width_bytes;

    *desc = (struct as_load_desc){.linear = true, .bytes = !word_mode};
    return as_linear_counts(hw, word_mode ? words * per_word : elements,
                            (int64_t)hw->ibuf_words * (word_mode ? per_word : hw->load_lanes),
                            desc);
}

/* ---- one tile ---- */

enum as_status as_elementwise_operand(struct as_elementwise *w, int i,
                                      const struct as_element_tile *tile,
                                      const struct as_load_desc *load, struct as_ref src)
{
    const struct as_hw *hw = w->hw;
    int n = tile->ny * tile->nx * tile->nc;
    int words = as_ceil_div(n, hw->load_lanes);
    /* a partial word is a job of its own: every word of a job has the same lanes */
    int whole = n % hw->load_lanes == 0 || words == 1 ? words : words - 1;
    struct as_job job = {
        .compute = {.lookup = true,
                    .first = i == 0,
                    .emit = i == w->operands - 1,
                    .mul = w->mul && i == 1,
                    .nc = whole - 1,
                    .dc = 1,
                    .nl = as_min(n, hw->load_lanes) - 1},
        .ifmap_id = w->next_id++,
        .ifmap = *load,
        .ifmap_src = src,
        .weights_id = i,
        .weights = w->table[i],
        .weights_words = as_table_words(hw),
    };

    AS_TRY(as_schedule_job(w->s, &job));
    int beats = load->bytes ? n : as_ceil_div(n, hw->mem_width_bytes);
    w->cost->memory += (uint64_t)(beats * hw->mem_interval + as_cost_load(hw, load->linear));
    w->cost->compute += (uint64_t)(n + as_cost_job(hw));
    if (whole == words)
        return AS_OK;
    job.compute.nc = 0;
    job.compute.nl = n % hw->load_lanes - 1;
    job.compute.ibase = whole;
    job.compute.abase = whole * hw->load_lanes;
    w->cost->compute += (uint64_t)as_cost_job(hw);
    return as_schedule_job(w->s, &job);
}

void as_elementwise_store(struct as_elementwise *w, const struct as_element_tile *tile,
                          int64_t pixel)
{
    const struct as_hw *hw = w->hw;
    int pixels = tile->ny * tile->nx, n = pixels * tile->nc;
    struct as_store_desc store = {
        .shared = true,
        .zp = w->zp,
        .amin = w->amin,
        .amax = w->amax,
        .nq = tile->nc - 1,
        .np = pixels - 1,
        .dq = 1,
        .dp = (int32_t)(pixel - (tile->nc - 1)),
        .m = n - 1,
    };

    as_schedule_store(w->s, &store,
                      (struct as_ref){.tensor = w->layer->output, .offset = tile->out}, w->params);
    if (w->in_place)
        as_schedule_tile(w->s, tile->out, tile->out + n);
    else
        as_schedule_tile(w->s, 0, (int64_t)w->out->bytes);
    w->cost->tail = (uint64_t)as_cost_store(hw, n, 1, 1);
    w->cost->requant += w->cost->tail;
    w->cost->memory += (uint64_t)(n * hw->mem_interval);
    w->cost->descriptors += 4 * (AS_LOAD_WORDS + AS_COMPUTE_WORDS + AS_STORE_WORDS);
}

enum as_status as_elementwise_each(struct as_elementwise *w, int ny, int nx, int nc,
                                   as_element_tile_fn *emit, const void *context)
{
    int max = max_elements(w->hw);
    int tc = as_min(nc, max), tx = as_min(nx, max / tc);
    int ty = tx == nx ? as_min(ny, max / (tc * tx)) : 1;

    if (tc < nc)
        tx = ty = 1;
    for (int y = 0; y < ny; y += ty)
        for (int x = 0; x < nx; x += tx)
            for (int c = 0; c < nc; c += tc) {
                struct as_element_tile tile = {
                    .ny = as_min(ty, ny - y), .nx = as_min(tx, nx - x), .nc = as_min(tc, nc - c)};
                AS_TRY(emit(w, context, y, x, c, &tile));
            }
    as_cost_sum(w->cost);
    return AS_OK;
}

/* ---- what a tile computes ---- */

void as_elementwise_scale(struct as_elementwise *w, int32_t multiplier, int shift)
{
    size_t bytes = as_param_bytes(w->hw);
    uint8_t *record = as_arena_alloc(w->s->arena, bytes);

    as_schedule_put_param(w->hw, record, 0, multiplier, -shift);
    w->params = as_schedule_share(w->s, record, bytes);
}

void as_elementwise_table(struct as_elementwise *w, const as_activation value[AS_TABLE_ENTRIES])
{
    as_psum table[AS_TABLE_ENTRIES];

    for (int i = 0; i < AS_TABLE_ENTRIES; i++)
        table[i] = 2 * value[i];
    w->table[0] = as_schedule_table(w->s, table);
    as_elementwise_scale(w, AS_MUL_HALF, 0);
    w->zp = 0;
    w->amin = AS_X_MIN;
    w->amax = AS_X_MAX;
}

struct as_elementwise as_elementwise_begin(struct as_schedule *s, const struct as_layer *layer,
                                           struct as_cost *cost)
{
    const struct as_tensor *out = &s->net->tensors[layer->output];

    memset(cost, 0, sizeof *cost);
    return (struct as_elementwise){.s = s,
                                   .hw = s->hw,
                                   .layer = layer,
                                   .cost = cost,
                                   .out = out,
                                   .operands = 1,
                                   .input = {0, 1, 0, 1},
                                   .zp = out->zero_point,
                                   .amin = layer->act_min,
                                   .amax = layer->act_max};
}
