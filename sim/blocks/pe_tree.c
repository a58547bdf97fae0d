#include "sim/blocks/pe_tree.h"

#include <string.h>

#define LANES 8   /* columns are padded to a multiple of this */
#define SPAN  512 /* elements between two moves of the x histories: more than one holds */

void as_pe_tree_init(struct as_pe_tree *m, struct as_arena *arena, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->rows = hw->rows;
    m->cols = hw->cols;
    m->pairs = (hw->cols + 1) / 2;
    m->stride = (hw->cols + LANES - 1) / LANES * LANES;
    m->front = hw->broadcast;
    m->forwarded = hw->x_forwarded;
    m->stages = hw->tree_stages;
    m->wide = hw->wide;
    m->line = hw->line;
    m->history = SPAN + 2 * (m->front + 1) + m->stride;
    m->newest = SPAN;
    int pes = m->rows * m->stride;
    m->x_history = AS_NEW(arena, as_activation, m->rows * m->history);
    m->xd_past = AS_NEW(arena, as_activation, m->line ? (m->front + 1) * pes : 1);
    m->w_past = AS_NEW(arena, as_weight, AS_TREE_PAST * m->cols);
    m->wen_past = AS_NEW(arena, bool, AS_TREE_PAST);
    m->w_q = AS_NEW(arena, as_weight, pes);
    m->p_q = AS_NEW(arena, as_product, pes);
    m->sum_q = AS_NEW(arena, as_psum, m->stages * m->stride);
}

/* Products enter the trees, the next products are made. */
static void tick_row(as_psum *restrict sum, as_product *restrict p, const as_activation *restrict x,
                     const as_weight *restrict w, int stride)
{
    for (int b = 0; b < stride; b += LANES) {
        for (int c = b; c < b + LANES; c++) {
            sum[c] += p[c];
            p[c] = (as_product)(x[c] * w[c]);
        }
    }
}

/* The same where all columns see one element. */
static void tick_row_broadcast(as_psum *restrict sum, as_product *restrict p, as_activation x,
                               const as_weight *restrict w, int stride)
{
    for (int b = 0; b < stride; b += LANES) {
        for (int c = b; c < b + LANES; c++) {
            sum[c] += p[c];
            p[c] = (as_product)(x * w[c]);
        }
    }
}

static void tick_rows(struct as_pe_tree *m)
{
    const as_activation *xd =
        m->xd_past + (m->xd_slot + m->front) % (m->front + 1) * m->rows * m->stride;
    size_t bytes = sizeof(as_psum) * (size_t)m->stride;

    if (m->stages > 1)
        memmove(m->sum_q + m->stride, m->sum_q, bytes * (size_t)(m->stages - 1));
    memset(m->sum_q, 0, bytes);
    for (int r = 0; r < m->rows; r++) {
        int at = r * m->stride;
        const as_activation *x = m->x_history + r * m->history + m->newest + 2 * m->front;
        if (m->dw_q)
            tick_row(m->sum_q, m->p_q + at, xd + at, m->w_q + at, m->stride);
        else if (m->forwarded)
            tick_row(m->sum_q, m->p_q + at, x, m->w_q + at, m->stride);
        else
            tick_row_broadcast(m->sum_q, m->p_q + at, *x, m->w_q + at, m->stride);
    }
}

static void push_x(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    if (m->newest == 0) {
        size_t live = (size_t)(m->history - SPAN);
        for (int r = 0; r < m->rows; r++)
            memcpy(m->x_history + r * m->history + SPAN, m->x_history + r * m->history,
                   sizeof *m->x_history * live);
        m->newest = SPAN;
    }
    m->newest -= 2;
    for (int r = 0; r < m->rows; r++) {
        as_activation *newest = m->x_history + r * m->history + m->newest;
        newest[0] = newest[1] = in->x[r];
    }
}

/* Registers of xd behind the window move whether a job is dw or not. */
static void push_xd(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    as_activation *xd;

    m->dw_q = in->dw;
    if (!m->line || (!in->dw && m->front == 0))
        return;
    m->xd_slot = m->xd_slot == 0 ? m->front : m->xd_slot - 1;
    xd = m->xd_past + m->xd_slot * m->rows * m->stride;
    for (int r = 0; r < m->rows; r++)
        memcpy(xd + r * m->stride, in->xd + r * m->cols, sizeof *xd * (size_t)m->cols);
}

static void take_wide(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    for (uint64_t pairs = in->wen; pairs != 0; pairs &= pairs - 1) {
        int first = 2 * __builtin_ctzll(pairs);
        for (int c = first; c < m->cols && c < first + 2; c++)
            for (int r = 0; r < m->rows; r++)
                m->w_q[r * m->stride + c] = in->w[c * m->rows + r];
    }
}

/* R = 1: weights and their enable wait like x. */
static void take_narrow(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    uint32_t slot = m->now % AS_TREE_PAST;

    m->wen_past[slot] = in->wen & 1;
    if (in->wen & 1) {
        memcpy(m->w_past + slot * (uint32_t)m->cols, in->w, sizeof *in->w * (size_t)m->cols);
        m->wen_left = (uint32_t)(m->front + m->pairs);
    }
    if (m->wen_left == 0)
        return;
    m->wen_left--;
    for (int c = 0; c < m->cols; c++) {
        uint32_t late = (uint32_t)(m->front + (m->forwarded ? c / 2 : 0));
        uint32_t at = (m->now - late) % AS_TREE_PAST;
        if (m->wen_past[at])
            m->w_q[c] = m->w_past[at * (uint32_t)m->cols + (uint32_t)c];
    }
}

void as_pe_tree_tick(struct as_pe_tree *m, const struct as_pe_tree_in *in)
{
    tick_rows(m);
    if (m->wide)
        take_wide(m, in);
    else
        take_narrow(m, in);
    push_x(m, in);
    push_xd(m, in);
    m->now++;
}
