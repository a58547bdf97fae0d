/* A struct as_config for a test, without reading a description: the derived fields follow
 * gen/config.h. */
#ifndef AS_TESTS_CONFIG_MAKE_H
#define AS_TESTS_CONFIG_MAKE_H

#include <string.h>

#include "gen/config.h"

static inline int test_log2(int value)
{
    int bits = 0;
    while (1 << bits < value)
        bits++;
    return bits;
}

/* Fills the derived fields from the others. */
static inline void test_config_derive(struct as_config *cfg)
{
    cfg->rows = cfg->unroll_c;
    cfg->cols = cfg->unroll_k;
    cfg->mem_width_bytes = cfg->mem_width / 8;
    cfg->mem_words = cfg->mem_bytes / cfg->mem_width_bytes;
    cfg->addr_bits = test_log2(cfg->mem_bytes);
    cfg->psum_bits = 16 + test_log2(cfg->rows);
    cfg->ibuf_addr_bits = test_log2(2 * cfg->ibuf_words);
    cfg->wbuf_addr_bits = test_log2(2 * cfg->wbuf_words);
    cfg->acc_addr_bits = test_log2(cfg->acc_words);
    int bytes = cfg->cols < 4 ? 4 : cfg->cols;
    cfg->wbuf_beats = (bytes + cfg->mem_width_bytes - 1) / cfg->mem_width_bytes;
    cfg->ibuf_word_mode = cfg->rows % cfg->mem_width_bytes == 0;
}

/* The default accelerator with an array of rows x cols. */
static inline struct as_config test_config_make(int rows, int cols)
{
    struct as_config cfg;
    memset(&cfg, 0, sizeof cfg);
#define AS_PARAM(name, key, dflt, min, max, unit, meaning) cfg.name = dflt;
#define AS_TEXT(name, key, dflt, choices, meaning)         memcpy(cfg.name, dflt, sizeof dflt);
#include "gen/params.def"
#undef AS_PARAM
#undef AS_TEXT
    cfg.unroll_c = rows;
    cfg.unroll_k = cols;
    test_config_derive(&cfg);
    return cfg;
}

#endif
