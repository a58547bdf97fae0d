#include "sim/blocks/pe_array.h"

#include <string.h>

#define SPAN 512 /* elements between two moves of the x histories: more than one holds */

void as_pe_array_init(struct as_pe_array *m, struct as_arena *arena, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->rows = hw->rows;
    m->cols = hw->cols;
    m->stride = (hw->cols + AS_PE_LANES - 1) / AS_PE_LANES * AS_PE_LANES;
    m->pairs = (hw->cols + 1) / 2;
    m->front = hw->broadcast;
    m->forwarded = hw->x_forwarded;
    m->front_xd = hw->line && hw->broadcast > 0;
    m->block_rows = !hw->block_sum ? 0 : m->rows < 2 ? m->rows : 2;
    m->row_skew = hw->line ? 0 : 1;
    m->history = SPAN + 2 * (m->front + m->rows) + m->stride;
    m->newest = SPAN;
    int pes = m->rows * m->stride;
    m->x_history = AS_NEW(arena, as_activation, m->rows * m->history);
    m->w_q = AS_NEW(arena, as_weight, pes);
    m->p_q = AS_NEW(arena, as_product, pes);
    m->psum_q = AS_NEW(arena, as_psum, pes + m->stride) + m->stride;
    m->xd_past = AS_NEW(arena, as_activation, hw->line ? (m->front + 1) * pes : 1);
}

static void tick_row(as_psum *restrict psum, const as_psum *restrict above, as_product *restrict p,
                     const as_activation *restrict x, const as_weight *restrict w, int stride)
{
    for (int b = 0; b < stride; b += AS_PE_LANES) {
        for (int c = b; c < b + AS_PE_LANES; c++) {
            psum[c] = above[c] + p[c];
            p[c] = (as_product)(x[c] * w[c]);
        }
    }
}

/* The same where all columns see one element. */
static void tick_row_broadcast(as_psum *restrict psum, const as_psum *restrict above,
                               as_product *restrict p, as_activation x, const as_weight *restrict w,
                               int stride)
{
    for (int c = 0; c < stride; c++) {
        psum[c] = above[c] + p[c];
        p[c] = (as_product)(x * w[c]);
    }
}

static void tick_weights(struct as_pe_array *m, const struct as_pe_array_in *in)
{
    m->wen_any = m->wen_any << 1 | (in->wen != 0);
    if (in->wen != 0) {
        m->wen_history[m->wen_slot] = in->wen;
        memcpy(m->w_history[m->wen_slot], in->w, sizeof *in->w * (size_t)m->cols);
    }
    uint64_t reached = m->wen_any >> m->front;
    reached = m->forwarded ? reached & ((UINT64_C(2) << (m->pairs - 1)) - 1) : reached & 1;
    for (; reached != 0; reached &= reached - 1) {
        uint32_t j = (uint32_t)__builtin_ctzll(reached);
        uint32_t slot = (m->wen_slot - j - (uint32_t)m->front) % AS_PE_PAST;
        size_t first = 2 * j, count = m->forwarded ? 2 : (size_t)m->cols;
        for (uint64_t rows = m->wen_history[slot]; rows != 0; rows &= rows - 1)
            memcpy(m->w_q + __builtin_ctzll(rows) * m->stride + first, m->w_history[slot] + first,
                   sizeof *m->w_q * count);
    }
    m->wen_slot = (m->wen_slot + 1) % AS_PE_PAST;
}

static void push_x(struct as_pe_array *m, const as_activation *x)
{
    if (m->newest == 0) {
        size_t live = (size_t)(2 * (m->front + m->rows) + m->stride);
        for (int r = 0; r < m->rows; r++)
            memcpy(m->x_history + r * m->history + SPAN, m->x_history + r * m->history,
                   sizeof *m->x_history * live);
        m->newest = SPAN;
    }
    m->newest -= 2;
    for (int r = 0; r < m->rows; r++) {
        as_activation *newest = m->x_history + r * m->history + m->newest;
        newest[0] = newest[1] = x[r];
    }
}

/* xd of this cycle and of those before: what the multipliers take is the oldest. */
static void push_xd(struct as_pe_array *m, const struct as_pe_array_in *in)
{
    int pes = m->rows * m->stride;

    m->xd_slot = m->xd_slot == 0 ? m->front : m->xd_slot - 1;
    for (int r = 0; r < m->rows; r++)
        memcpy(m->xd_past + m->xd_slot * pes + r * m->stride, in->xd + r * m->cols,
               sizeof *in->xd * (size_t)m->cols);
}

/* All rows, the last first: a row's psums take what the row above it had. */
static void tick_rows(struct as_pe_array *m)
{
    int last = m->rows - 1, x_step = m->history + 2 * m->row_skew;
    as_psum *psum = m->psum_q + last * m->stride;
    const as_activation *x = m->x_history + m->newest + 2 * m->front + last * x_step;

    for (int at = last * m->stride; at >= 0; at -= m->stride, psum -= m->stride, x -= x_step) {
        if (m->forwarded)
            tick_row(psum, psum - m->stride, m->p_q + at, x, m->w_q + at, m->stride);
        else
            tick_row_broadcast(psum, psum - m->stride, m->p_q + at, *x, m->w_q + at, m->stride);
    }
}

/* The same where each PE has an element of its own. */
static void tick_rows_xd(struct as_pe_array *m)
{
    const as_activation *xd =
        m->xd_past + (m->xd_slot + m->front) % (m->front + 1) * m->rows * m->stride;

    for (int at = (m->rows - 1) * m->stride; at >= 0; at -= m->stride) {
        as_psum *psum = m->psum_q + at;
        tick_row(psum, psum - m->stride, m->p_q + at, xd + at, m->w_q + at, m->stride);
    }
}

/* Sums that count fit; those of beats that do not count may not, when the operand that a lookup or
 * an idle array holds is the lowest of all. */
static void cut_block_sums(struct as_pe_array *m)
{
    for (int at = 0; at < m->block_rows * m->stride; at++)
        m->psum_q[at] = (as_product)m->psum_q[at];
}

void as_pe_array_tick(struct as_pe_array *m, const struct as_pe_array_in *in)
{
    if (m->dw_q)
        tick_rows_xd(m);
    else
        tick_rows(m);
    cut_block_sums(m);
    tick_weights(m, in);
    push_x(m, in->x);
    if (m->front_xd || in->dw)
        push_xd(m, in);
    m->dw_q = in->dw;
}
