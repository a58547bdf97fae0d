/* A memory for the tests of the engines: random stalls and latency, answers in order.  Writes are
 * accepted and forgotten, so that no engine can change its own descriptors. */
#ifndef AS_COSIM_FAKE_MEMORY_H
#define AS_COSIM_FAKE_MEMORY_H

#include "sim/blocks/memory.h"

#define AS_FAKE_QUEUE 64

struct as_fake_memory {
    uint64_t *random;
    uint32_t bytes;         /* a power of two */
    uint32_t width;         /* bytes per word */
    uint32_t depth;         /* reads in flight */
    unsigned latency;       /* cycles from request to answer, at least */
    unsigned ready_percent; /* 100: never stalls */
    unsigned answer_percent;
    uint8_t *byte;
    struct as_word queue[AS_FAKE_QUEUE];
    uint64_t due[AS_FAKE_QUEUE];
    uint32_t first, count;
    uint64_t cycle;
    /* what the engine sees in this cycle */
    bool ready;
    bool rsp_valid;
    struct as_word rsp_data;
};

AS_COSIM_UNUSED static void as_fake_memory_put(struct as_fake_memory *m, uint32_t addr,
                                               uint32_t word)
{
    for (uint32_t i = 0; i < 4; i++)
        m->byte[(addr + i) & (m->bytes - 1)] = (uint8_t)(word >> (8 * i));
}

/* The engine's view of the next cycle; data without an answer is garbage. */
AS_COSIM_UNUSED static void as_fake_memory_begin(struct as_fake_memory *m)
{
    m->ready = m->count < m->depth && as_cosim_percent(m->random, m->ready_percent);
    m->rsp_valid = m->count > 0 && m->due[m->first] <= m->cycle &&
                   as_cosim_percent(m->random, m->answer_percent);
    if (m->rsp_valid) {
        m->rsp_data = m->queue[m->first];
        return;
    }
    memset(&m->rsp_data, 0, sizeof m->rsp_data);
    for (uint32_t i = 0; i < m->width; i++)
        m->rsp_data.b[i] = (uint8_t)as_cosim_bits(m->random, 8);
}

/* The end of the cycle: what the engine asked for. */
AS_COSIM_UNUSED static void as_fake_memory_end(struct as_fake_memory *m, bool valid, bool write,
                                               uint32_t addr)
{
    if (m->rsp_valid) {
        m->first = (m->first + 1) % AS_FAKE_QUEUE;
        m->count--;
    }
    if (valid && m->ready && !write) {
        uint32_t slot = (m->first + m->count++) % AS_FAKE_QUEUE;
        memset(&m->queue[slot], 0, sizeof m->queue[slot]);
        memcpy(m->queue[slot].b, m->byte + ((addr * m->width) & (m->bytes - 1)), m->width);
        m->due[slot] = m->cycle + m->latency;
    }
    m->cycle++;
}

#endif
