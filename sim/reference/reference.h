/* The reference engine: plain nested loops, the definition every other realisation is compared
 * with. */
#ifndef AS_SIM_REFERENCE_REFERENCE_H
#define AS_SIM_REFERENCE_REFERENCE_H

#include "models/network.h"

/* One inference; the tensors of variables hold the state in front of it (as_state_enter).
 *   input     int8_t [bytes of the input tensor]   borrowed
 *   tensors   [tensor_count] buffers of the caller, each as large as its tensor; NULL where the
 *             tensor has no bytes; a constant's is not read.  Every tensor is kept, the input's own
 * included. Returns AS_OK, or AS_ERR_RANGE when a buffer is missing. */
enum as_status as_reference_run(const struct as_network *net, const int8_t *input,
                                int8_t *const *tensors, struct as_diag *diag);

/* One layer, reading and writing `tensors` in the same way. */
void as_reference_layer(const struct as_network *net, const struct as_layer *layer,
                        int8_t *const *tensors);

#endif
