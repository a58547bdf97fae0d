#include "sim/blocks/tile_buf.h"

#include <string.h>

#include "sim/blocks/garbage.h"

void as_tile_buf_init(struct as_tile_buf *m, struct as_arena *arena, int lanes, uint32_t depth,
                      uint32_t seed, int data_bytes)
{
    memset(m, 0, sizeof *m);
    m->lanes = (uint32_t)lanes;
    m->depth = depth;
    m->data_mask = (uint32_t)data_bytes - 1;
    m->mem = AS_NEW(arena, uint8_t, (size_t)depth * m->lanes + AS_TILE_READABLE);
    m->rdata_q = AS_NEW(arena, uint8_t, m->lanes + AS_TILE_READABLE);
    for (uint32_t n = 0; n < m->lanes; n++)
        as_garbage_fill(m->mem + n, m->lanes, 1, depth, seed + n);
}

void as_tile_buf_write(struct as_tile_buf *m, const struct as_tile_write *write,
                       const struct as_word *data)
{
    uint8_t *word = m->mem + (size_t)(write->addr & (m->depth - 1)) * m->lanes;
    for (uint32_t n = write->lane; n < write->lane + write->lanes && n < m->lanes; n++)
        word[n] = data->b[n & m->data_mask];
}

void as_tile_buf_tick(struct as_tile_buf *m, const struct as_tile_write *write,
                      const struct as_word *data, uint32_t raddr)
{
    const uint8_t *read = m->mem + (size_t)(raddr & (m->depth - 1)) * m->lanes;
    memcpy(m->rdata_q, read, AS_TILE_READABLE);
    if (m->lanes > AS_TILE_READABLE)
        memcpy(m->rdata_q + AS_TILE_READABLE, read + AS_TILE_READABLE, m->lanes - AS_TILE_READABLE);
    as_tile_buf_write(m, write, data);
}
