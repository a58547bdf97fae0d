#include "sim/tile_buf.h"

#include <string.h>

#include "sim/garbage.h"

void as_tile_buf_init(struct as_tile_buf *m, struct as_arena *arena, int lanes, int lane_bytes,
                      uint32_t depth, uint32_t seed)
{
    memset(m, 0, sizeof *m);
    m->lanes = lanes;
    m->lane_bytes = lane_bytes;
    m->depth = depth;
    m->word_bytes = (uint32_t)(lanes * lane_bytes);
    m->mem = AS_NEW(arena, uint8_t, (size_t)depth * m->word_bytes + AS_TILE_WORD_MAX);
    for (int n = 0; n < lanes; n++)
        as_garbage_fill(m->mem + n * lane_bytes, m->word_bytes, (size_t)lane_bytes, depth,
                        seed + (uint32_t)n);
}

void as_tile_buf_tick(struct as_tile_buf *m, const struct as_tile_buf_in *in)
{
    const uint8_t *read = m->mem + (size_t)(in->raddr & (m->depth - 1)) * m->word_bytes;
    memcpy(m->rdata_q, read, AS_TILE_WORD_MAX);
    if (in->wen == 0)
        return;
    uint8_t *write = m->mem + (size_t)(in->waddr & (m->depth - 1)) * m->word_bytes;
    uint32_t lane_bytes = (uint32_t)m->lane_bytes;
    for (uint64_t left = in->wen; left != 0; left &= left - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(left) * lane_bytes;
        memcpy(write + at, in->wdata + (at & (in->wdata_bytes - 1)), lane_bytes);
    }
}
