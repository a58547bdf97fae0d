/* Operators whose output byte depends on one input byte: a table of 256, filled here once.  One row
 * and one function each.
 * Source: docs/arithmetic.md, section 11. */
#ifndef AS_MODELS_ARITH_LOOKUP_H
#define AS_MODELS_ARITH_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "models/network.h"

struct as_lookup {
    const char *name; /* of the operator; NULL ends the list */
    /* Fills int8_t [256]: entry i is the output of the input byte i, -1 being 255.  `alpha`, 0 and
     * more, is the slope below 0 of an operator that has one; GELU is approximated by tanh where
     * it is not 0.  False when the scales are outside
     * what the arithmetic can hold. */
    bool (*fill)(const struct as_tensor *in, const struct as_tensor *out, float alpha,
                 int8_t table[256]);
    const char *expected; /* of the scales, for the message then */

    /* The output's quantization that the operator prescribes, if it does. */
    bool same_quantization;       /* that of the input */
    int out_bits, out_zero_point; /* a scale of 2^-out_bits and this zero point */
};

extern const struct as_lookup as_lookups[];
/* NULL when no table is of this name. */
const struct as_lookup *as_lookup_find(const char *name);

#endif
