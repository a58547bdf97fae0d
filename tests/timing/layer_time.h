/* The time of a layer alone on the cycle model. */
#ifndef AS_TIMING_LAYER_TIME_H
#define AS_TIMING_LAYER_TIME_H

#include "sim/timing/timing.h"

/* Runs the streams at stream[] (load, compute, store) of `image`, which lie in a memory of
 * hw->mem_bytes, as as_timing_run_layer does.  Its token comes when the load unit has waited a
 * cycle. */
void layer_model_time(const struct as_hw *hw, const uint8_t *image, uint32_t image_bytes,
                      const uint32_t stream[AS_STREAM_COUNT], bool ahead,
                      struct as_layer_time *out);

#endif
