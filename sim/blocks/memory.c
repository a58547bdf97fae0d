#include "sim/blocks/memory.h"

#include <string.h>

#include "sim/blocks/garbage.h"

int as_word_shift(const struct as_hw *hw)
{
    int shift = 0;
    while ((1 << shift) < hw->mem_width_bytes)
        shift++;
    return shift;
}

void as_memory_init(struct as_memory *m, struct as_arena *arena, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->bytes_per_word = hw->mem_width_bytes;
    m->latency = hw->mem_latency;
    m->interval = hw->mem_interval;
    m->words = (uint32_t)(hw->mem_bytes / hw->mem_width_bytes);
    m->bytes = AS_NEW(arena, uint8_t, hw->mem_bytes);
    as_garbage_fill(m->bytes, 4, 4, (size_t)hw->mem_bytes / 4, AS_SEED_MEMORY);
}

void as_memory_eval(const struct as_memory *m, const struct as_memory_in *in,
                    struct as_memory_out *out)
{
    out->req_ready = !in->stall && m->wait_q == 0;
    out->rsp_valid = m->pipe_valid_q[m->slot];
    out->rsp_data = m->pipe_moves_q[m->slot] ? m->pipe_data_q[m->slot] : m->data_q;
}

void as_memory_tick(struct as_memory *m, const struct as_memory_in *in)
{
    bool accept = in->req.valid && !in->stall && m->wait_q == 0;
    m->pipe_valid_q[m->slot] = false;
    if (m->pipe_moves_q[m->slot]) {
        m->pipe_moves_q[m->slot] = false;
        m->data_q = m->pipe_data_q[m->slot];
    }
    if (accept) {
        size_t width = (size_t)m->bytes_per_word;
        uint8_t *word = m->bytes + (size_t)(in->req.addr & (m->words - 1)) * width;
        if (in->req.write) {
            for (size_t i = 0; i < width; i++)
                if (in->req.wstrb >> i & 1)
                    word[i] = in->req.wdata.b[i];
        } else {
            uint32_t due = (m->slot + (uint32_t)m->latency) % AS_MEMORY_RING;
            m->pipe_valid_q[due] = m->pipe_moves_q[due] = true;
            memcpy(m->pipe_data_q[due].b, word, width);
        }
        m->wait_q = (uint32_t)m->interval - 1;
    } else if (m->wait_q != 0) {
        m->wait_q--;
    }
    m->slot = (m->slot + 1) % AS_MEMORY_RING;
}

void as_memory_reset(struct as_memory *m)
{
    m->wait_q = 0;
    memset(m->pipe_valid_q, 0, sizeof m->pipe_valid_q);
}
