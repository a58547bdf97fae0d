/* tile_buf: LANES memories of LANE_BYTES bytes; ifmap buffer (rows x 1) and weight buffer
 * (wbuf_beats x mem_width_bytes), both halves.
 *
 * Specification: docs/blocks.md section 6.  RTL: tile_buf.v.
 * Ports: write enable a lane, write address, data of a lane; read address -> data.
 * Latency 1: the address given in t shows its data in t+1, the old data when written in t. */
#ifndef AS_SIM_TILE_BUF_H
#define AS_SIM_TILE_BUF_H

#include <stdint.h>

#include "gen/arena.h"

#define AS_TILE_WORD_MAX 64 /* bytes of one word over all lanes */

struct as_tile_buf {
    int lanes;
    int lane_bytes;
    uint32_t depth; /* a power of two */
    uint32_t word_bytes;
    uint8_t *mem;                      /* [depth][lanes][lane_bytes], readable 64 bytes past */
    uint8_t rdata_q[AS_TILE_WORD_MAX]; /* bytes past word_bytes mean nothing */
};

struct as_tile_buf_in {
    uint64_t wen; /* bit n: lane n */
    uint32_t waddr;
    uint32_t raddr;
    /* Lane n writes bytes n*lane_bytes mod wdata_bytes and up of wdata. */
    const uint8_t *wdata;
    uint32_t wdata_bytes; /* a power of two */
};

/* Lane n starts with the garbage of `seed` + n. */
void as_tile_buf_init(struct as_tile_buf *m, struct as_arena *arena, int lanes, int lane_bytes,
                      uint32_t depth, uint32_t seed);
void as_tile_buf_tick(struct as_tile_buf *m, const struct as_tile_buf_in *in);

#endif
