#include "sim/blocks/acc_array.h"

#include <string.h>

#include "sim/blocks/garbage.h"
#include "sim/blocks/pe_array.h"

void as_acc_array_init(struct as_acc_array *m, struct as_arena *arena, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->forwarded = hw->x_forwarded;
    m->delay = (uint32_t)hw->latency - 3;
    m->line_delay = (uint32_t)hw->line_latency - 3;
    m->cols = hw->cols;
    m->pairs = (hw->cols + 1) / 2;
    m->stride = (hw->cols + AS_PE_LANES - 1) / AS_PE_LANES * AS_PE_LANES;
    m->words = 1u << hw->acc_addr_bits;
    m->drain_half = m->words;
    size_t words = m->words;
    size_t stride = (size_t)m->stride;
    m->acc = AS_NEW(arena, as_psum, words * (size_t)m->cols);
    m->drain = AS_NEW(arena, as_psum, 2 * words * stride);
    m->rdata_q = AS_NEW(arena, as_psum, stride);
    m->drain_q = AS_NEW(arena, as_psum, stride);
    for (int c = 0; c < m->cols; c++) {
        as_garbage_fill((uint8_t *)(m->acc + (size_t)c * words), AS_P_BYTES, AS_P_BYTES, words,
                        AS_SEED_ACC + (uint32_t)c);
        as_garbage_fill((uint8_t *)(m->drain + c), AS_P_BYTES * stride, AS_P_BYTES, 2 * words,
                        AS_SEED_DRAIN + (uint32_t)c);
    }
}

void as_acc_array_tick(struct as_acc_array *m, const struct as_acc_array_in *in)
{
    struct as_ctl rd = m->dly_q[(m->newest + (in->line ? m->line_delay : m->delay)) % AS_ACC_RING];
    if (in->ctl.lookup)
        rd = in->ctl;
    memcpy(m->drain_q, m->drain + (size_t)(in->drain_addr & (2 * m->words - 1)) * (size_t)m->stride,
           sizeof(as_psum) * (size_t)m->stride);
    for (int c = m->cols - 1; c >= 0; c--) {
        const struct as_ctl *e = as_acc_array_entry(m, c / 2);
        const struct as_ctl *next = c < 2 || !m->forwarded ? &rd : as_acc_array_entry(m, c / 2 - 1);
        as_psum *ram = m->acc + (size_t)c * m->words;
        as_psum rdata = next->ovr ? 0 : ram[next->addr];
        if (e->valid && (c == 0 || !e->lookup)) {
            as_psum sum = as_acc_array_sum(m, in, c);
            ram[e->addr] = sum;
            if (e->emit)
                m->drain[((e->half ? m->drain_half : 0) | e->addr) * (size_t)m->stride +
                         (size_t)c] = sum;
        }
        m->rdata_q[c] = rdata;
    }
    m->newest = (m->newest - 1) % AS_ACC_RING;
    struct as_ctl delayed = in->ctl;
    delayed.valid = delayed.valid && !delayed.lookup;
    delayed.last = delayed.last && !delayed.lookup;
    delayed.mul = delayed.mul && !delayed.lookup;
    m->dly_q[m->newest] = delayed;
    m->e_q[m->newest] = rd;
}

void as_acc_array_reset(struct as_acc_array *m)
{
    memset(m->dly_q, 0, sizeof m->dly_q);
    memset(m->e_q, 0, sizeof m->e_q);
}
