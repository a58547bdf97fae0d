#include "sim/pe_tree.h"

#include <string.h>

#define LANES 8 /* columns are padded to a multiple of this */

void as_pe_tree_init(struct as_pe_tree *m, struct as_arena *arena, const struct as_config *cfg)
{
    memset(m, 0, sizeof *m);
    m->rows = cfg->rows;
    m->cols = cfg->cols;
    m->pairs = (cfg->cols + 1) / 2;
    m->stride = (cfg->cols + LANES - 1) / LANES * LANES;
    m->front = cfg->broadcast;
    m->skew = cfg->x_forwarded;
    m->stages = cfg->tree_stages;
    m->wide = cfg->wide;
    m->line = cfg->line;
    int pes = m->rows * m->stride;
    m->x_past = AS_NEW(arena, int8_t, AS_TREE_RING * m->rows);
    m->xd_past = AS_NEW(arena, int8_t, m->line ? AS_TREE_RING * pes : 1);
    m->w_past = AS_NEW(arena, int8_t, AS_TREE_RING * m->stride);
    m->wen_past = AS_NEW(arena, bool, AS_TREE_RING);
    m->x_q = AS_NEW(arena, int8_t, pes);
    m->w_q = AS_NEW(arena, int8_t, pes);
    m->p_q = AS_NEW(arena, int16_t, pes);
    m->sum_q = AS_NEW(arena, int32_t, m->stages * m->stride);
}

static void tick_sums(struct as_pe_tree *m)
{
    memmove(m->sum_q + m->stride, m->sum_q,
            sizeof(int32_t) * (size_t)((m->stages - 1) * m->stride));
    memset(m->sum_q, 0, sizeof(int32_t) * (size_t)m->stride);
    for (int r = 0; r < m->rows; r++) {
        const int16_t *restrict p = m->p_q + r * m->stride;
        int32_t *restrict sum = m->sum_q;
        for (int c = 0; c < m->stride; c++)
            sum[c] += p[c];
    }
}

static void tick_products(struct as_pe_tree *m)
{
    for (int i = 0; i < m->rows * m->stride; i++)
        m->p_q[i] = (int16_t)(m->x_q[i] * m->w_q[i]);
}

static uint32_t ring(uint32_t cycle)
{
    return cycle % AS_TREE_RING;
}

/* What each PE's multiplier takes in this cycle. */
static void tick_x(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    uint32_t pes = (uint32_t)(m->rows * m->stride);

    memcpy(m->x_past + ring(m->now) * (uint32_t)m->rows, in->x, (size_t)m->rows);
    if (m->line && in->dw)
        for (int r = 0; r < m->rows; r++)
            memcpy(m->xd_past + ring(m->now) * pes + r * m->stride, in->xd + r * m->cols,
                   (size_t)m->cols);
    if (in->dw) {
        memcpy(m->x_q, m->xd_past + ring(m->now - (uint32_t)m->front) * pes, pes);
        return;
    }
    for (int r = 0; r < m->rows; r++)
        for (int j = 0; j < m->pairs; j++) {
            uint32_t late = (uint32_t)(m->front + m->skew * j);
            int8_t x = m->x_past[ring(m->now - late) * (uint32_t)m->rows + (uint32_t)r];
            m->x_q[r * m->stride + 2 * j] = m->x_q[r * m->stride + 2 * j + 1] = x;
        }
}

static void tick_weights(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    if (m->wide) {
        for (int c = 0; c < m->cols; c++)
            for (int r = 0; (in->wen >> (c / 2) & 1) != 0 && r < m->rows; r++)
                m->w_q[r * m->stride + c] = in->w[c * m->rows + r];
        return;
    }
    memcpy(m->w_past + ring(m->now) * (uint32_t)m->stride, in->w, (size_t)m->cols);
    m->wen_past[ring(m->now)] = in->wen & 1;
    for (int c = 0; c < m->cols; c++) {
        uint32_t at = ring(m->now - (uint32_t)(m->front + m->skew * (c / 2)));
        if (m->wen_past[at])
            m->w_q[c] = m->w_past[at * (uint32_t)m->stride + (uint32_t)c];
    }
}

void as_pe_tree_tick(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    tick_sums(m);
    tick_products(m);
    tick_x(m, in);
    tick_weights(m, in);
    m->now++;
}
