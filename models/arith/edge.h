/* The edge of a network: the model's own inputs and outputs, and the int8 tensors in their place.
 * QUANTIZE, DEQUANTIZE, ARG_MAX and ARG_MIN at the edge are run here, by the host.
 * Source of the arithmetic: docs/arithmetic.md. */
#ifndef AS_MODELS_ARITH_EDGE_H
#define AS_MODELS_ARITH_EDGE_H

#include "models/network.h"

const char *as_value_name(enum as_value value); /* "float32" */

/* Bytes of the model's own values of all ports, one port after the other. */
size_t as_edge_bytes(const struct as_network *net, const struct as_ports *ports);

/* The model's own inputs -> int8, [as_ports_bytes(net, &net->inputs)].  FLOAT32 values that are no
 * number become the zero point. */
void as_edge_take(const struct as_network *net, const void *own, int8_t *bytes);
/* int8 outputs, [as_ports_bytes(net, &net->outputs)] -> the model's own. */
void as_edge_give(const struct as_network *net, const int8_t *bytes, void *own);

/* Where the model's own outputs `have` differ first from `want`, in words, arena-owned: "byte 3 is
 * 5, the golden file has 6"; NULL when they are equal. */
const char *as_edge_difference(struct as_arena *arena, const struct as_network *net,
                               const struct as_ports *ports, const uint8_t *have,
                               const uint8_t *want, const char *whose);

#endif
