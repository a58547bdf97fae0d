/* ADD and SOFTMAX, on the lookup unit and column 0 of the accumulators. */
#include <string.h>

#include "dataflows/layers.h"
#include "sim/quant.h"

/* ---- ADD: T1[x1] + T2[x2], then the requantizer ---- */

/* Rescaled values of one input, by its byte. */
static size_t add_table(struct as_schedule *s, const struct as_layer *layer, int input)
{
    int zero_point = s->net->tensors[layer->input[input]].zero_point;
    int32_t table[256];

    for (int i = 0; i < 256; i++) {
        int x = i < 128 ? i : i - 256;
        table[i] = as_mbqm((x - zero_point) * (1 << 20), layer->add_multiplier[input],
                           layer->add_shift[input]);
    }
    return as_schedule_table(s, table);
}

static enum as_status refuse_add(const struct as_schedule *s, const struct as_layer *layer)
{
    for (int i = 0; i < 3; i++)
        if (layer->add_shift[i] > 0)
            return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                           "layer %d %s: %s scales by a left shift of %d; the requantizer shifts "
                           "right only",
                           layer->index, layer->name, i == 2 ? "the output" : "an input",
                           layer->add_shift[i]);
    return AS_OK;
}

/* A contiguous run of elements. */
static bool linear_ifmap(const struct as_config *cfg, int elements, struct as_load_desc *desc)
{
    int words = as_ceil_div(elements, cfg->load_lanes);
    bool word_mode = cfg->ibuf_word_mode;
    int per_word = cfg->load_lanes / cfg->mem_width_bytes;

    *desc = (struct as_load_desc){.linear = true, .bytes = !word_mode};
    return as_linear_counts(cfg, word_mode ? words * per_word : elements,
                            (int64_t)cfg->ibuf_words * (word_mode ? per_word : cfg->load_lanes),
                            desc);
}

/* Elements of an ADD tile: whole ibuf words, or part of one where the accumulators are few. */
static int add_tile_elements(const struct as_config *cfg)
{
    int most = cfg->acc_words < as_count_max(cfg) ? cfg->acc_words : as_count_max(cfg);
    int64_t in_buffer = (int64_t)cfg->ibuf_words * cfg->load_lanes;

    if (in_buffer < most)
        most = (int)in_buffer;
    return most < cfg->load_lanes ? most : most / cfg->load_lanes * cfg->load_lanes;
}

enum as_status as_add(struct as_schedule *s, const struct as_layer *layer, struct as_cost *cost)
{
    const struct as_config *cfg = s->cfg;
    const struct as_tensor *out = &s->net->tensors[layer->output];
    int64_t total = (int64_t)out->bytes;
    int most = add_tile_elements(cfg);
    uint8_t *record = as_arena_alloc(s->arena, as_param_bytes(cfg));

    AS_TRY(refuse_add(s, layer));
    memset(cost, 0, sizeof *cost);
    const size_t tables[2] = {add_table(s, layer, 0), add_table(s, layer, 1)};
    as_schedule_put_param(cfg, record, 0, layer->add_multiplier[2], -layer->add_shift[2]);
    size_t params = as_schedule_share(s, record, as_param_bytes(cfg));

    for (int64_t at = 0; at < total; at += most) {
        int n = total - at < most ? (int)(total - at) : most;
        for (int i = 0; i < 2; i++) {
            int words = as_ceil_div(n, cfg->load_lanes);
            struct as_job job = {
                .compute = {.lookup = true,
                            .first = i == 0,
                            .emit = i == 1,
                            .nc = words - 1,
                            .dc = 1,
                            .nl = (n < cfg->load_lanes ? n : cfg->load_lanes) - 1},
                .ifmap_id = 2 * at + i,
                .ifmap_src = {.tensor = layer->input[i], .offset = at},
                .weights_id = i,
                .weights = tables[i],
                .weights_words = as_table_words(cfg),
            };
            if (!linear_ifmap(cfg, n, &job.ifmap))
                return as_fail(s->diag, AS_ERR_NOFIT,
                               "layer %d %s: %d elements in one load, buffers.ifmap holds %d words",
                               layer->index, layer->name, n, cfg->ibuf_words);
            int64_t beats = (int64_t)(job.ifmap.nc + 1) * (job.ifmap.ns + 1);
            uint64_t cycles = (uint64_t)(beats * cfg->mem_interval + as_cost_load(cfg, true));
            cost->memory += cycles;
            cost->fill = cost->fill > 0 ? cost->fill : cycles;
            cost->compute += (uint64_t)(n + as_cost_job(cfg));
            AS_TRY(as_schedule_job(s, &job));
        }
        struct as_store_desc store = {
            .shared = true,
            .zp = out->zero_point,
            .amin = layer->act_min,
            .amax = layer->act_max,
            .nq = n - 1,
            .dq = 1,
            .m = n - 1,
        };
        as_schedule_store(s, &store, (struct as_ref){.tensor = layer->output, .offset = at},
                          params);
        as_schedule_tile(s, at, at + n);
        cost->tail = (uint64_t)(n * as_cost_output(cfg) + as_cost_channel(cfg));
        cost->requant += cost->tail;
        cost->memory += (uint64_t)(n * cfg->mem_interval);
        cost->descriptors += 4 * (2 * AS_LOAD_LINEAR_WORDS + 2 * AS_COMPUTE_WORDS + AS_STORE_WORDS);
    }
    as_cost_sum(cost);
    return AS_OK;
}

/* ---- SOFTMAX: the maximum, exponentials of the differences, then the store unit divides ---- */

/* The sum of so many exponentials, 2^19 each at most, stays below 2^28: the right shift of the
 * quotients, 35 less its leading zeros, then fits five bits. */
#define SOFTMAX_MOST 511

static size_t exp_table(struct as_schedule *s, const struct as_layer *layer)
{
    int32_t table[256];

    for (int diff = -255; diff <= 0; diff++) {
        int32_t value = 0;
        if (diff >= layer->softmax_diff_min) {
            int64_t scaled = diff * (INT64_C(1) << layer->add_shift[0]);
            value = as_softmax_exp(as_srdhm((int32_t)scaled, layer->add_multiplier[0]));
        }
        table[diff & 255] = value;
    }
    return as_schedule_table(s, table);
}

enum as_status as_softmax(struct as_schedule *s, const struct as_layer *layer, struct as_cost *cost)
{
    const struct as_config *cfg = s->cfg;
    const struct as_tensor *out = &s->net->tensors[layer->output];
    int n = out->c, rows = (int)(out->bytes / (size_t)n);
    int most = cfg->acc_words < cfg->ibuf_words ? cfg->acc_words : cfg->ibuf_words;

    int bound = as_count_max(cfg) < SOFTMAX_MOST ? as_count_max(cfg) : SOFTMAX_MOST;
    if (n > bound)
        return as_fail(s->diag, AS_ERR_UNSUPPORTED,
                       "layer %d %s: %d values in a row, expected at most %d", layer->index,
                       layer->name, n, bound);
    if (n > most)
        return as_fail(s->diag, AS_ERR_NOFIT,
                       "layer %d %s: %d values in a row, buffers.accumulator and buffers.ifmap "
                       "hold %d",
                       layer->index, layer->name, n, most);
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
            .weights_words = as_table_words(cfg),
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
        cost->compute += (uint64_t)(2 * (n + as_cost_job(cfg)));
        cost->memory += (uint64_t)(2 * n * cfg->mem_interval + as_cost_load(cfg, true));
        /* the sum, and seven multiplications for its reciprocal */
        cost->tail = (uint64_t)(n + 31 + 7 * 8 + n * as_cost_output(cfg));
        cost->requant += cost->tail;
        cost->fill = (uint64_t)(n * cfg->mem_interval + as_cost_load(cfg, true));
        cost->descriptors += 4 * (AS_LOAD_LINEAR_WORDS + 2 * AS_COMPUTE_WORDS + AS_STORE_WORDS);
    }
    as_cost_sum(cost);
    return AS_OK;
}
