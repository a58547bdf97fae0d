#include "sim/pe_output.h"

#include <string.h>

/* Cycles from a beat's operands at a PE to the sum that takes their product. */
#define SUM_LATE 2

void as_pe_output_init(struct as_pe_output *m, struct as_arena *arena, const struct as_config *cfg)
{
    memset(m, 0, sizeof *m);
    m->rows = cfg->rows;
    m->cols = cfg->cols;
    m->pairs = (cfg->cols + 1) / 2;
    m->group = cfg->mem_width_bytes;
    m->front = cfg->broadcast;
    m->x_skew = cfg->x_forwarded;
    m->w_skew = cfg->w_forwarded;
    m->stages = cfg->tree_stages;
    m->psum_bits = cfg->psum_bits;
    m->x_past = AS_NEW(arena, int8_t, AS_OUTPUT_RING * m->rows);
    m->w_past = AS_NEW(arena, int8_t, AS_OUTPUT_RING * m->cols);
    m->sum_q = AS_NEW(arena, int32_t, m->rows * m->cols);
    m->hold_q = AS_NEW(arena, int32_t, m->rows * m->cols);
    m->out_q = AS_NEW(arena, int32_t, m->stages * m->cols);
    as_pe_output_reset(m);
}

static uint32_t ring(uint32_t cycle)
{
    return cycle % AS_OUTPUT_RING;
}

static void take_inputs(struct as_pe_output *m, const struct as_pe_output_in *in)
{
    uint32_t at = ring(m->now);

    for (int i = 0; i < m->rows; i++)
        m->x_past[at * (uint32_t)m->rows + (uint32_t)i] =
            (int8_t)in->word[i * m->group + in->mac.byte];
    memcpy(m->w_past + at * (uint32_t)m->cols, in->w, (size_t)m->cols);
    m->mac_past[at] = in->mac;
    m->read_past[at] = in->read ? in->row : -1;
}

/* The rows that are read in this cycle enter the tree. */
static void tick_read(struct as_pe_output *m)
{
    const int32_t *kept = m->w_skew ? m->sum_q : m->hold_q;

    memmove(m->out_q + m->cols, m->out_q, sizeof(int32_t) * (size_t)((m->stages - 1) * m->cols));
    for (int c = 0; c < m->cols; c++) {
        int late = 4 + m->front - m->w_skew + m->x_skew * (c / 2);
        int row = m->read_past[ring(m->now - (uint32_t)late)];
        m->out_q[c] = row < 0 ? 0 : kept[row * m->cols + c];
    }
}

static int32_t fold(const struct as_pe_output *m, int64_t sum)
{
    int drop = 64 - m->psum_bits;
    return (int32_t)((int64_t)((uint64_t)sum << drop) >> drop);
}

static void tick_pe(struct as_pe_output *m, int i, int c, uint32_t late)
{
    uint32_t at = ring(m->now - late - SUM_LATE);
    const struct as_mac *mac = &m->mac_past[at];
    int32_t *sum = &m->sum_q[i * m->cols + c];

    if (!m->w_skew) {
        const struct as_mac *before = &m->mac_past[ring(m->now - late - SUM_LATE - 1)];
        if (before->en && before->last)
            m->hold_q[i * m->cols + c] = *sum;
    }
    if (mac->en) {
        int product = m->x_past[at * (uint32_t)m->rows + (uint32_t)i] *
                      m->w_past[at * (uint32_t)m->cols + (uint32_t)c];
        *sum = fold(m, (mac->first ? 0 : (int64_t)*sum) + product);
    }
}

void as_pe_output_tick(struct as_pe_output *m, const struct as_pe_output_in *in)
{
    take_inputs(m, in);
    tick_read(m);
    for (int i = 0; i < m->rows; i++)
        for (int c = 0; c < m->cols; c++)
            tick_pe(m, i, c, (uint32_t)(m->front + m->w_skew * i + m->x_skew * (c / 2)));
    m->now++;
}

void as_pe_output_reset(struct as_pe_output *m)
{
    memset(m->mac_past, 0, sizeof m->mac_past);
    for (int n = 0; n < AS_OUTPUT_RING; n++)
        m->read_past[n] = -1;
}
