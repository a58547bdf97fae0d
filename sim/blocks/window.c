#include "sim/blocks/window.h"

#include <string.h>

#include "sim/blocks/garbage.h"

#define SEED_LINE       600
#define SEED_LINE_APART 64

void as_window_init(struct as_window *m, struct as_arena *arena, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->rows = hw->rows;
    m->cols = hw->cols;
    m->kernel_rows = hw->unroll[AS_LOOP_R];
    m->taps = hw->unroll[AS_LOOP_S];
    m->channels = hw->unroll[AS_LOOP_C];
    m->word_bytes = hw->ibuf_lanes;
    m->line_bytes = hw->line_lanes;
    m->line_words = hw->line_words;
    while (m->col_mask + 1 < (uint32_t)m->line_words)
        m->col_mask = m->col_mask << 1 | 1;
    m->lanes = m->word_bytes > m->line_bytes ? m->word_bytes : m->line_bytes;
    m->psum_forwarded = hw->psum_forwarded;
    m->skew = hw->x_forwarded;
    m->xd_always = hw->broadcast > 0;
    m->x = AS_NEW(arena, as_activation, m->rows);
    m->xd = AS_NEW(arena, as_activation, m->rows * m->cols);
    m->past = AS_NEW(arena, as_activation, AS_WINDOW_RING * m->kernel_rows * m->lanes);
    if (m->kernel_rows == 1)
        return;
    size_t line = (size_t)m->line_words * (size_t)m->line_bytes;
    m->memory = AS_NEW(arena, as_activation, (size_t)(m->kernel_rows - 1) * line);
    m->shown_q = AS_NEW(arena, as_activation, (m->kernel_rows - 1) * m->line_bytes);
    for (int l = 0; l < m->kernel_rows - 1; l++)
        for (int n = 0; n < m->line_bytes; n++)
            as_garbage_fill((uint8_t *)(m->memory + (size_t)l * line + n),
                            (size_t)(AS_X_BYTES * m->line_bytes), AS_X_BYTES, (size_t)m->line_words,
                            (uint32_t)(SEED_LINE + SEED_LINE_APART * l + n));
}

/* The sources [TR][lanes] of this cycle or of one in the past. */
static as_activation *sources(const struct as_window *m, uint32_t cycle)
{
    return m->past + (cycle % AS_WINDOW_RING) * (uint32_t)(m->kernel_rows * m->lanes);
}

/* How many cycles late tap s of row i is in a line job. */
static int lateness(const struct as_window *m, int i, int s)
{
    return m->psum_forwarded ? i - s : m->taps - 1 - s;
}

/* xd of row i, whose tap is `late` cycles late in source r. */
static void eval_columns(struct as_window *m, int i, int r, int late)
{
    as_activation *xd = m->xd + i * m->cols;

    if (m->skew == 0) {
        memcpy(xd, sources(m, m->now - (uint32_t)late) + r * m->lanes,
               sizeof *xd * (size_t)m->cols);
        return;
    }
    for (int k = 0; k < m->cols; k++)
        xd[k] = sources(m, m->now - (uint32_t)(late + k / 2))[r * m->lanes + k];
}

void as_window_eval(struct as_window *m, const struct as_window_in *in)
{
    as_activation *now = sources(m, m->now);
    int own = m->kernel_rows - 1; /* the source of the pixel's own row */

    memcpy(now + own * m->lanes, in->word, sizeof *now * (size_t)m->word_bytes);
    for (int l = 0; l < own; l++)
        memcpy(now + (own - 1 - l) * m->lanes, m->shown_q + l * m->line_bytes,
               sizeof *now * (size_t)m->line_bytes);
    for (int r = 0, i = 0; r < m->kernel_rows; r++)
        for (int s = 0; s < m->taps; s++)
            for (int c = 0; c < m->channels; c++, i++) {
                int late = lateness(m, i, s);
                int plain = m->psum_forwarded ? i : 0;
                m->x[i] = (in->line ? sources(m, m->now - (uint32_t)late)[r * m->lanes + c]
                                    : sources(m, m->now - (uint32_t)plain)[own * m->lanes + i]);
                if (in->dw || m->xd_always)
                    eval_columns(m, i, r, late);
            }
}

static void tick_lines(struct as_window *m, const struct as_window_in *in)
{
    size_t line = (size_t)m->line_words * (size_t)m->line_bytes;
    uint32_t next = (in->col & m->col_mask) < (uint32_t)m->line_words ? in->col & m->col_mask : 0;
    size_t line_size = sizeof *m->memory * (size_t)m->line_bytes;
    bool write = m->beat_q && in->line;

    for (int l = m->kernel_rows - 2; l >= 0; l--) {
        as_activation *memory = m->memory + (size_t)l * line;
        as_activation shown[AS_WINDOW_LANES_MAX];
        memcpy(shown, memory + next * (uint32_t)m->line_bytes, line_size);
        if (write) {
            as_activation *at = memory + m->col_q * (uint32_t)m->line_bytes;
            if (l > 0)
                memcpy(at, m->shown_q + (l - 1) * m->line_bytes, line_size);
            else
                for (int n = 0; n < m->line_bytes; n++)
                    at[n] = n < m->word_bytes ? in->word[n] : 0;
        }
        memcpy(m->shown_q + l * m->line_bytes, shown, line_size);
    }
    m->beat_q = in->beat;
    m->col_q = next;
}

void as_window_tick(struct as_window *m, const struct as_window_in *in)
{
    if (m->kernel_rows > 1)
        tick_lines(m, in);
    m->now++;
}
