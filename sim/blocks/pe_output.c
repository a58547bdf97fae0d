#include "sim/blocks/pe_output.h"

#include <string.h>

#define LANES    8    /* columns are padded to a multiple of this */
#define SPAN     1024 /* elements between two moves of the histories: more than one holds */
#define SUM_LATE 2 /* cycles from a beat's operands at a PE to the sum that takes their product */

void as_pe_output_init(struct as_pe_output *m, struct as_arena *arena, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->rows = hw->rows;
    m->cols = hw->cols;
    m->pairs = (hw->cols + 1) / 2;
    m->stride = (hw->cols + LANES - 1) / LANES * LANES;
    m->group = hw->mem_width_bytes;
    m->front = hw->broadcast;
    m->x_forwarded = hw->x_forwarded;
    m->w_forwarded = hw->w_forwarded;
    m->stages = hw->tree_stages;
    m->drop = AS_P_BITS - hw->psum_bits;
    m->history = SPAN + 2 * (m->front + m->rows + SUM_LATE + 2) + m->stride;
    m->newest = SPAN;
    m->x = AS_NEW(arena, as_activation, m->rows * m->history);
    m->en = AS_NEW(arena, int8_t, m->history);
    m->keep = AS_NEW(arena, int8_t, m->history);
    m->copy = AS_NEW(arena, int8_t, m->history);
    m->w_past = AS_NEW(arena, as_weight, AS_OUTPUT_PAST * m->stride);
    m->w_late = AS_NEW(arena, as_weight, AS_OUTPUT_PAST * m->stride);
    m->sum_q = AS_NEW(arena, as_psum, m->rows * m->stride);
    m->hold_q = AS_NEW(arena, as_psum, m->rows * m->stride);
    m->out_q = AS_NEW(arena, as_psum, m->stages * m->stride);
    as_pe_output_reset(m);
}

static uint32_t past(uint32_t cycle)
{
    return cycle % AS_OUTPUT_PAST;
}

static void push_mask(struct as_pe_output *m, int8_t *history, int value)
{
    memset(history + m->newest, value, 2);
}

static void take_weights(struct as_pe_output *m, const as_weight *w)
{
    uint32_t stride = (uint32_t)m->stride;
    as_weight *late = m->w_late + past(m->now) * stride;

    if (!m->x_forwarded) {
        memcpy(late, w, sizeof *w * (size_t)m->cols);
        return;
    }
    memcpy(m->w_past + past(m->now) * stride, w, sizeof *w * (size_t)m->cols);
    for (uint32_t j = 0; j < (uint32_t)m->pairs; j++)
        memcpy(late + 2 * j, m->w_past + past(m->now - j) * stride + 2 * j, 2 * sizeof *late);
}

static void take_inputs(struct as_pe_output *m, const struct as_pe_output_in *in)
{
    if (m->newest == 0) {
        size_t live = (size_t)(m->history - SPAN);
        int8_t *all[] = {m->en, m->keep, m->copy};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            memcpy(all[i] + SPAN, all[i], live);
        for (int i = 0; i < m->rows; i++)
            memcpy(m->x + i * m->history + SPAN, m->x + i * m->history, sizeof *m->x * live);
        m->newest = SPAN;
    }
    m->newest -= 2;
    for (int i = 0; i < m->rows; i++) {
        as_activation *newest = m->x + i * m->history + m->newest;
        newest[0] = newest[1] = in->word[i * m->group + in->mac.byte];
    }
    push_mask(m, m->en, in->mac.en ? -1 : 0);
    push_mask(m, m->keep, in->mac.first ? 0 : -1);
    push_mask(m, m->copy, in->mac.en && in->mac.last ? -1 : 0);
    int far = m->front + m->rows + m->pairs + SUM_LATE + 2;
    if (in->mac.en)
        m->en_left = far;
    if (in->mac.en && in->mac.last)
        m->copy_left = far;
    take_weights(m, in->w);
    m->read_past[past(m->now)] = (int16_t)(in->read && in->row < m->rows ? in->row : -1);
}

/* The rows that are selected in this cycle enter the tree: 4 + B - WF cycles after ctl. */
static void tick_read(struct as_pe_output *m)
{
    const as_psum *kept = m->w_forwarded ? m->sum_q : m->hold_q;
    uint32_t when = m->now - (uint32_t)(4 + m->front - m->w_forwarded);

    if (m->stages > 1)
        memmove(m->out_q + m->stride, m->out_q,
                sizeof(as_psum) * (size_t)((m->stages - 1) * m->stride));
    for (int j = 0; j < m->pairs; j++) {
        int row = m->read_past[past(when - (uint32_t)(m->x_forwarded ? j : 0))];
        as_psum *out = m->out_q + 2 * j;
        if (row < 0)
            out[0] = out[1] = 0;
        else
            memcpy(out, kept + row * m->stride + 2 * j, 2 * sizeof *out);
    }
}

/* One row of sums; every operand is that of its column's pair. */
static void tick_sums(as_psum *restrict sum, const as_activation *restrict x,
                      const as_weight *restrict w, const int8_t *restrict en,
                      const int8_t *restrict keep, int drop, int stride)
{
    for (int b = 0; b < stride; b += LANES) {
        for (int c = b; c < b + LANES; c++) {
            as_upsum next = (as_upsum)(sum[c] & keep[c]) + (as_upsum)(x[c] * w[c]);
            as_psum folded = (as_psum)(next << drop) >> drop;
            sum[c] = (folded & en[c]) | (sum[c] & ~en[c]);
        }
    }
}

/* The same where all columns see one beat. */
static void tick_sums_broadcast(as_psum *restrict sum, as_activation x, const as_weight *restrict w,
                                int8_t keep, int drop, int stride)
{
    for (int b = 0; b < stride; b += LANES) {
        for (int c = b; c < b + LANES; c++) {
            as_upsum next = (as_upsum)(sum[c] & keep) + (as_upsum)(x * w[c]);
            sum[c] = (as_psum)(next << drop) >> drop;
        }
    }
}

static void tick_copies(struct as_pe_output *m)
{
    int at = m->newest + 2 * (m->front + SUM_LATE + 1);

    if (!m->x_forwarded && m->copy[at])
        memcpy(m->hold_q, m->sum_q, sizeof(as_psum) * (size_t)(m->rows * m->stride));
    for (int c = 0; m->x_forwarded && c < m->cols; c++)
        for (int i = 0; m->copy[at + c] && i < m->rows; i++)
            m->hold_q[i * m->stride + c] = m->sum_q[i * m->stride + c];
}

static void tick_pes(struct as_pe_output *m)
{
    for (int i = 0; i < m->rows; i++) {
        int late = m->front + (m->w_forwarded ? i : 0) + SUM_LATE;
        int at = m->newest + 2 * late;
        const as_activation *x = m->x + i * m->history + at;
        const as_weight *w = m->w_late + past(m->now - (uint32_t)late) * (uint32_t)m->stride;
        as_psum *sum = m->sum_q + i * m->stride;
        if (m->x_forwarded)
            tick_sums(sum, x, w, m->en + at, m->keep + at, m->drop, m->stride);
        else if (m->en[at])
            tick_sums_broadcast(sum, *x, w, m->keep[at], m->drop, m->stride);
    }
}

void as_pe_output_tick(struct as_pe_output *m, const struct as_pe_output_in *in)
{
    take_inputs(m, in);
    tick_read(m);
    if (m->copy_left > 0 && !m->w_forwarded)
        tick_copies(m);
    if (m->en_left > 0)
        tick_pes(m);
    m->copy_left -= m->copy_left > 0;
    m->en_left -= m->en_left > 0;
    m->now++;
}

void as_pe_output_reset(struct as_pe_output *m)
{
    memset(m->en, 0, (size_t)m->history);
    memset(m->copy, 0, (size_t)m->history);
    for (int n = 0; n < AS_OUTPUT_PAST; n++)
        m->read_past[n] = -1;
}
