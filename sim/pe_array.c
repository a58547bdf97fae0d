#include "sim/pe_array.h"

#include <string.h>

#define SPAN 512 /* bytes between two moves of the x histories: more than one holds */

void as_pe_array_init(struct as_pe_array *m, struct as_arena *arena, const struct as_config *cfg)
{
    memset(m, 0, sizeof *m);
    m->rows = cfg->rows;
    m->cols = cfg->cols;
    m->stride = (cfg->cols + AS_PE_LANES - 1) / AS_PE_LANES * AS_PE_LANES;
    m->pairs = (cfg->cols + 1) / 2;
    m->history = SPAN + 2 * m->rows + m->stride;
    m->newest = SPAN;
    int pes = m->rows * m->stride;
    m->x_history = AS_NEW(arena, int8_t, m->rows * m->history);
    m->w_q = AS_NEW(arena, int8_t, pes);
    m->p_q = AS_NEW(arena, int16_t, pes);
    m->psum_q = AS_NEW(arena, int32_t, pes + m->stride) + m->stride;
}

static void tick_row(int32_t *restrict psum, const int32_t *restrict above, int16_t *restrict p,
                     const int8_t *restrict x, const int8_t *restrict w, int stride)
{
    for (int b = 0; b < stride; b += AS_PE_LANES) {
        for (int c = b; c < b + AS_PE_LANES; c++) {
            psum[c] = above[c] + p[c];
            p[c] = (int16_t)(x[c] * w[c]);
        }
    }
}

static void tick_weights(struct as_pe_array *m, const struct as_pe_array_in *in)
{
    m->wen_any = m->wen_any << 1 | (in->wen != 0);
    if (in->wen != 0) {
        m->wen_history[m->wen_slot] = in->wen;
        memcpy(m->w_history[m->wen_slot], in->w, (size_t)m->cols);
    }
    uint64_t reached = m->wen_any & ((UINT64_C(1) << m->pairs) - 1);
    for (; reached != 0; reached &= reached - 1) {
        uint32_t j = (uint32_t)__builtin_ctzll(reached);
        uint32_t slot = (m->wen_slot - j) % AS_PE_PAIRS_MAX;
        for (uint64_t rows = m->wen_history[slot]; rows != 0; rows &= rows - 1)
            memcpy(m->w_q + __builtin_ctzll(rows) * m->stride + 2 * j, m->w_history[slot] + 2 * j,
                   2);
    }
    m->wen_slot = (m->wen_slot + 1) % AS_PE_PAIRS_MAX;
}

static void push_x(struct as_pe_array *m, const int8_t *x)
{
    if (m->newest == 0) {
        size_t live = (size_t)(2 * m->rows + m->stride);
        for (int r = 0; r < m->rows; r++)
            memcpy(m->x_history + r * m->history + SPAN, m->x_history + r * m->history, live);
        m->newest = SPAN;
    }
    m->newest -= 2;
    for (int r = 0; r < m->rows; r++)
        memset(m->x_history + r * m->history + m->newest, x[r], 2);
}

void as_pe_array_tick(struct as_pe_array *m, const struct as_pe_array_in *in)
{
    for (int r = m->rows - 1; r >= 0; r--) {
        int at = r * m->stride;
        tick_row(m->psum_q + at, m->psum_q + at - m->stride, m->p_q + at,
                 m->x_history + r * m->history + m->newest + 2 * r, m->w_q + at, m->stride);
    }
    tick_weights(m, in);
    push_x(m, in->x);
}
