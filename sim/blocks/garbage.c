#include "sim/blocks/garbage.h"

void as_garbage_fill(uint8_t *dst, size_t stride, size_t bytes, size_t depth, uint32_t seed)
{
    for (size_t i = 0; i < depth; i++) {
        uint32_t v = as_garbage_u32((uint32_t)i, seed);
        for (size_t b = 0; b < bytes; b++)
            dst[i * stride + b] = (uint8_t)(v >> (8 * (b & 3)));
    }
}
