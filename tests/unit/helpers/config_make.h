/* A struct as_config for a test, without reading a description. */
#ifndef AS_HELPERS_CONFIG_MAKE_H
#define AS_HELPERS_CONFIG_MAKE_H

#include <criterion/criterion.h>

#include "gen/config/config.h"

/* Checks what the test set, and fills the derived fields. */
static inline void test_config_derive(struct as_config *cfg)
{
    struct as_diag diag;

    as_diag_init(&diag);
    cr_assert_eq(as_config_check(cfg, &diag), AS_OK, "%s", diag.text);
}

/* The default accelerator with an array of rows x cols. */
static inline struct as_config test_config_make(int rows, int cols)
{
    struct as_config cfg;

    as_config_default(&cfg);
    cfg.hw.unroll_given[AS_LOOP_C] = rows;
    cfg.hw.unroll_given[AS_LOOP_K] = cols;
    test_config_derive(&cfg);
    return cfg;
}

#endif
