/* tile_buf: LANES byte memories side by side, written lane by lane, read whole; ifmap buffer and
 * weight buffer, both halves.
 *
 * Specification: docs/blocks.md, tile_buf and wide_buf.  RTL: tile_buf.v.
 * Ports: write of some lanes at one address; read address -> the byte of every lane.
 * Latency 1: the address given in t shows its data in t+1, the old data when written in t. */
#ifndef AS_SIM_BLOCKS_TILE_BUF_H
#define AS_SIM_BLOCKS_TILE_BUF_H

#include <stdint.h>

#include "base/arena.h"
#include "sim/blocks/memory.h"

#define AS_TILE_READABLE 64 /* bytes of rdata_q that can be read, however few lanes there are */
#define AS_TILE_WORD_MAX AS_TILE_READABLE

/* The lanes that take data: lane n takes byte n mod memory word of it. */
struct as_tile_write {
    uint32_t lane;  /* the first */
    uint32_t lanes; /* 0: nothing is written; at most a memory word */
    uint32_t addr;
};

struct as_tile_buf {
    uint32_t lanes;
    uint32_t depth;     /* a power of two */
    uint32_t data_mask; /* bytes of a memory word - 1 */
    uint8_t *mem;       /* [depth][lanes], readable AS_TILE_READABLE past */
    uint8_t *rdata_q;   /* [lanes]; bytes past them mean nothing */
};

/* Lane n starts with the garbage of `seed` + n. */
void as_tile_buf_init(struct as_tile_buf *m, struct as_arena *arena, int lanes, uint32_t depth,
                      uint32_t seed, int data_bytes);
void as_tile_buf_write(struct as_tile_buf *m, const struct as_tile_write *write,
                       const struct as_word *data);
void as_tile_buf_tick(struct as_tile_buf *m, const struct as_tile_write *write,
                      const struct as_word *data, uint32_t raddr);

#endif
