#include "dataflows/schedule/limits.h"

#include "dataflows/schedule/tiling.h"

#define PARAM_RECORD_BYTES 12 /* bias, multiplier, shift */

int as_count_max(const struct as_config *cfg)
{
    return 1 << cfg->count_bits;
}

int as_coord_max(const struct as_config *cfg)
{
    return (1 << (cfg->coord_bits - 1)) - 1;
}

int as_weight_room(const struct as_config *cfg)
{
    int64_t words = (int64_t)as_count_max(cfg) * as_count_max(cfg) / cfg->wbuf_beats;
    return words < cfg->wbuf_words ? (int)words : cfg->wbuf_words;
}

int as_tile_words(const struct as_config *cfg)
{
    return cfg->wide ? 1 : cfg->rows;
}

int64_t as_tile_cycles(const struct as_config *cfg, int64_t beats)
{
    int least = as_max(as_tile_words(cfg), 2);
    return beats > least ? beats : least;
}

int as_lane_count(const struct as_config *cfg, enum as_load_lanes lanes)
{
    return lanes == AS_LANES_TAP       ? cfg->unroll[AS_LOOP_C]
           : lanes == AS_LANES_COLUMNS ? cfg->cols
                                       : cfg->load_lanes;
}

bool as_moves_words(const struct as_config *cfg, int lanes, int image_channels, int unit_c)
{
    return lanes % cfg->mem_width_bytes == 0 && unit_c == lanes && image_channels % lanes == 0;
}

size_t as_wbuf_word_bytes(const struct as_config *cfg)
{
    return (size_t)cfg->wbuf_beats * (size_t)cfg->mem_width_bytes;
}

int as_param_beats(const struct as_config *cfg)
{
    return as_ceil_div(PARAM_RECORD_BYTES, cfg->mem_width_bytes);
}

size_t as_param_bytes(const struct as_config *cfg)
{
    return (size_t)as_param_beats(cfg) * (size_t)cfg->mem_width_bytes;
}
