/* The logarithm of softmax, of int8 values, which the host computes.
 * Source: docs/arithmetic.md, section 13. */
#ifndef AS_MODELS_ARITH_LOG_SOFTMAX_H
#define AS_MODELS_ARITH_LOG_SOFTMAX_H

#include <stdbool.h>
#include <stdint.h>

#include "models/network.h"

/* Rows of `depth` values of that scale; false when its factor is not above 2^-26. */
bool as_log_softmax_prepare(float scale, int depth, struct as_log_softmax *log);

/* What the values of one row share. */
struct as_log_row {
    int most;         /* the largest value */
    int32_t log_sum;  /* of the exponentials of the differences from it, in Q5.26 */
    int32_t diff_min; /* differences up to this give -128 */
};

struct as_log_row as_log_softmax_row(const struct as_log_softmax *log, const int8_t *x);
/* In steps of 1/16 below the zero point, 127. */
int8_t as_log_softmax(const struct as_log_softmax *log, const struct as_log_row *row, int8_t x);

#endif
