/* SOFTMAX, on the lookup unit and column 0 of the accumulators: the maximum, exponentials of the
 * differences, then the store unit divides. */
#include <string.h>

#include "dataflows/layers/layers.h"
#include "models/arith/fixed_point.h"

static size_t exp_table(struct as_schedule *s, const struct as_layer *layer)
{
    as_psum table[AS_TABLE_ENTRIES];

    for (int diff = 1 - AS_TABLE_ENTRIES; diff <= 0; diff++) {
        int32_t value = 0;
        if (diff >= layer->softmax.diff_min) {
            int64_t scaled = diff * (INT64_C(1) << layer->softmax.shift);
            value = as_exp(as_srdhm((int32_t)scaled, layer->softmax.multiplier), 5);
        }
        table[diff & (AS_TABLE_ENTRIES - 1)] = value;
    }
    return as_schedule_table(s, table);
}

enum as_status as_map_softmax(struct as_schedule *s, const struct as_layer *layer,
                              struct as_cost *cost)
{
    const struct as_hw *hw = s->hw;
    const struct as_tensor *out = &s->net->tensors[layer->output];
    int n = out->c, rows = (int)(out->bytes / (size_t)n);
    int max = hw->acc_words < hw->ibuf_words ? hw->acc_words : hw->ibuf_words;

    if (n > as_count_max(hw))
        return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                       "layer %d %s: %d values in a row, descriptor.count counts to %d",
                       layer->index, layer->name, n, as_count_max(hw));
    if (n > max)
        return as_fail(s->diag, AS_ERR_NOFIT,
                       "layer %d %s: %d values in a row, buffers.accumulator and buffers.ifmap "
                       "hold %d",
                       layer->index, layer->name, n, max);
    memset(cost, 0, sizeof *cost);
    size_t table = exp_table(s, layer);

    for (int row = 0; row < rows; row++) {
        struct as_job job = {
            /* each element in lane 0 of a word of its own */
            .ifmap = {.linear = true, .bytes = true, .align = 1, .ns = n - 1},
            .ifmap_id = row,
            .ifmap_src = {.tensor = layer->input[0], .offset = (int64_t)row * n},
            .weights_id = 0,
            .weights = table,
            .weights_words = as_table_words(hw),
        };
        job.compute = (struct as_compute_desc){.lookup = true, .scan = true, .nq = n - 1, .dq = 1};
        AS_TRY(as_schedule_job(s, &job));
        job.compute = (struct as_compute_desc){
            .lookup = true, .sub = true, .first = true, .emit = true, .nc = n - 1, .dc = 1};
        AS_TRY(as_schedule_job(s, &job));

        struct as_store_desc store = {
            .softmax = true,
            .shared = true,
            .zp = -128,
            .amin = -128,
            .amax = 127,
            .nq = n - 1,
            .dq = 1,
            .m = n - 1,
        };
        as_schedule_store(s, &store,
                          (struct as_ref){.tensor = layer->output, .offset = (int64_t)row * n}, 0);
        as_schedule_tile(s, (int64_t)row * n, (int64_t)(row + 1) * n);
        cost->compute += (uint64_t)(2 * (n + as_cost_job(hw)));
        cost->memory += (uint64_t)(2 * n * hw->mem_interval + as_cost_load(hw, true));
        /* the sum, and seven multiplications for its reciprocal */
        cost->tail = (uint64_t)(n + 31 + 7 * 8 + as_cost_store(hw, n, 0, 1));
        cost->requant += cost->tail;
        cost->fill = (uint64_t)(n * hw->mem_interval + as_cost_load(hw, true));
        cost->descriptors += 4 * (AS_LOAD_LINEAR_WORDS + 2 * AS_COMPUTE_WORDS + AS_STORE_WORDS);
    }
    as_cost_sum(cost);
    return AS_OK;
}
