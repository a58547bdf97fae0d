/* The contents of a memory that nobody has written yet: the same in model and RTL.
 * Specification: docs/blocks.md, memories. */
#ifndef AS_SIM_BLOCKS_GARBAGE_H
#define AS_SIM_BLOCKS_GARBAGE_H

#include <stddef.h>
#include <stdint.h>

enum as_garbage_seed {
    AS_SEED_MEMORY = 1,
    AS_SEED_IBUF = 100,  /* + lane */
    AS_SEED_WBUF = 200,  /* + lane */
    AS_SEED_ACC = 300,   /* + column */
    AS_SEED_DRAIN = 400, /* + column */
    AS_SEED_PERF = 500
};

/* 32-bit word number `index` of a memory with that seed. */
static inline uint32_t as_garbage_u32(uint32_t index, uint32_t seed)
{
    uint32_t v = (index + seed) * UINT32_C(0x9E3779B1);
    return v ^ (v >> 15);
}

/* Fills `depth` words of `bytes` bytes; word i starts at dst + i * stride.  One byte takes the low
 * eight bits of the 32-bit word, more than four bytes repeat it (little endian). */
void as_garbage_fill(uint8_t *dst, size_t stride, size_t bytes, size_t depth, uint32_t seed);

#endif
