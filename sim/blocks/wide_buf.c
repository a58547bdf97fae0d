#include "sim/blocks/wide_buf.h"

#include <string.h>

#include "sim/blocks/garbage.h"

void as_wide_buf_init(struct as_wide_buf *m, struct as_arena *arena, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->pairs = ((uint32_t)hw->cols + 1) / 2;
    m->pair_bytes = 2 * (uint32_t)hw->rows;
    m->stages = (uint32_t)hw->broadcast;
    m->line_stages = (uint32_t)hw->line_stages;
    m->skew = hw->x_forwarded;
    as_tile_buf_init(&m->buf, arena, hw->wbuf_beats * hw->mem_width_bytes, 1u << hw->wbuf_addr_bits,
                     AS_SEED_WBUF, hw->mem_width_bytes);
}

/* What pair j reads: the issue of n cycles ago. */
static void read_pair(struct as_wide_buf *m, const struct as_wide_buf_in *in, uint32_t j,
                      uint32_t n)
{
    uint32_t at = (m->newest + n - 1) % AS_WIDE_RING;
    bool iss = n == 0 ? in->iss : m->iss_q[at];
    uint32_t addr = n == 0 ? in->addr : m->addr_q[at];
    if (j == 0 && in->lk_v)
        addr = in->lk_addr;
    uint32_t first = j * m->pair_bytes;
    uint32_t bytes = j == m->pairs - 1 ? m->buf.lanes - first : m->pair_bytes;
    memcpy(m->buf.rdata_q + first,
           m->buf.mem + (size_t)(addr & (m->buf.depth - 1)) * m->buf.lanes + first, bytes);
    m->wen_q |= (uint32_t)iss << j;
}

void as_wide_buf_tick(struct as_wide_buf *m, const struct as_wide_buf_in *in)
{
    uint32_t n = m->stages + (in->line ? m->line_stages : 0);
    m->wen_q = 0;
    for (uint32_t j = 0; j < m->pairs; j++, n += m->skew)
        read_pair(m, in, j, n);
    as_tile_buf_write(&m->buf, &in->write, &in->data);
    m->newest = (m->newest - 1) % AS_WIDE_RING;
    m->iss_q[m->newest] = in->iss;
    m->addr_q[m->newest] = (uint16_t)in->addr;
}

void as_wide_buf_reset(struct as_wide_buf *m)
{
    memset(m->iss_q, 0, sizeof m->iss_q);
    m->wen_q = 0;
}
