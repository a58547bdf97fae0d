/* The exact time of a few descriptor streams on the cycle model, whatever their data: timing does
 * not depend on data, except that of SOFTMAX. */
#ifndef AS_SIM_BLOCKS_LAYER_TIME_H
#define AS_SIM_BLOCKS_LAYER_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/config/hw.h"

struct as_layer_time {
    uint64_t cycles; /* from the memory token that the streams wait for to the end */
    uint64_t bytes;  /* moved between accelerator and memory */
};

/* Runs the streams at stream[] (load, compute, store) of `image`, which lie in a memory of
 * hw->mem_bytes.  The token of a layer before comes when the load unit asks for it, so that what
 * may be loaded ahead is.  Without `ahead` nothing waits for a token, and cycles count from the
 * start, as in the first layer of a program.  False when it takes longer than `limit` cycles. */
bool as_layer_time_run(const struct as_hw *hw, const uint8_t *image, uint32_t image_bytes,
                       const uint32_t stream[3], bool ahead, uint64_t limit,
                       struct as_layer_time *out);

#endif
