/* Layers whose output byte depends on one input byte: a table of 256, filled here once.
 * Source: docs/arithmetic.md, section 11. */
#ifndef AS_MODELS_ARITH_LOOKUP_H
#define AS_MODELS_ARITH_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "models/network.h"

/* int8_t [256]: entry i is the output of the input byte i, -1 being 255.  Each is false when the
 * scales are outside what the arithmetic can hold. */
bool as_lookup_hard_swish(const struct as_tensor *in, const struct as_tensor *out,
                          int8_t table[256]);
/* Output steps an input step: `above` for positive inputs, `below` for negative ones; at least
 * `low`, a real value, where that is finite. */
bool as_lookup_rescale(const struct as_tensor *in, const struct as_tensor *out, double above,
                       double below, float low, int8_t table[256]);
/* Both tensors have one scale and zero point. */
bool as_lookup_relu6(const struct as_tensor *in, const struct as_tensor *out, int8_t table[256]);
/* 1 / sqrt; of inputs at the zero point and below, which have none, 127. */
bool as_lookup_rsqrt(const struct as_tensor *in, const struct as_tensor *out, int8_t table[256]);
/* The output's scale is 1/256 (its zero point -128), or 1/128 (and 0). */
bool as_lookup_logistic(const struct as_tensor *in, int8_t table[256]);
bool as_lookup_tanh(const struct as_tensor *in, int8_t table[256]);

#endif
