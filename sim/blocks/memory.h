/* memory: the behavioural main memory, one request and one response port.
 *
 * Specification: docs/blocks.md, memory.  RTL: memory.v.
 * Ports: req (valid, write, word address, data, byte strobes) -> ready; rsp (valid, data); stall.
 * Latency: a read accepted in t shows rsp_valid in t + mem_latency, for one cycle, and its data
 * from then on until the next response.  Accepted requests are at least mem_interval cycles apart.
 */
#ifndef AS_SIM_BLOCKS_MEMORY_H
#define AS_SIM_BLOCKS_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/hw.h"

#define AS_WORD_BYTES_MAX 16
#define AS_MEMORY_RING    128 /* a power of two above the largest latency */

/* One memory word; bytes at and above mem_width_bytes are 0. */
struct as_word {
    uint8_t b[AS_WORD_BYTES_MAX];
};

static inline uint32_t as_word_u32(const struct as_word *word, int i)
{
    const uint8_t *b = word->b + 4 * i;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* A byte on every lane of a word. */
static inline void as_word_replicate(struct as_word *word, uint8_t byte)
{
    for (int i = 0; i < AS_WORD_BYTES_MAX; i++)
        word->b[i] = byte;
}

/* log2 of mem_width_bytes. */
int as_word_shift(const struct as_hw *hw);

struct as_mem_request {
    bool valid;
    bool write;
    uint32_t addr;  /* word address */
    uint32_t wstrb; /* bit i writes byte i */
    struct as_word wdata;
};

struct as_memory {
    int bytes_per_word;
    int latency;
    int interval;
    uint32_t words;
    uint8_t *bytes; /* words * bytes_per_word, address 0 first */
    uint32_t wait_q;
    uint32_t slot;                     /* response shown in this cycle */
    bool pipe_valid_q[AS_MEMORY_RING]; /* pipe_*[slot + n]: shown n cycles from now */
    bool pipe_moves_q[AS_MEMORY_RING]; /* new data, whether or not a reset made it invalid */
    struct as_word pipe_data_q[AS_MEMORY_RING];
    struct as_word data_q; /* shown last */
};

struct as_memory_in {
    struct as_mem_request req;
    bool stall;
};

struct as_memory_out {
    bool req_ready;
    bool rsp_valid;
    struct as_word rsp_data;
};

void as_memory_init(struct as_memory *m, struct as_arena *arena, const struct as_hw *hw);
/* Depends on in->stall only, never on the request. */
void as_memory_eval(const struct as_memory *m, const struct as_memory_in *in,
                    struct as_memory_out *out);
void as_memory_tick(struct as_memory *m, const struct as_memory_in *in);
/* A cycle in reset is a tick and then the reset, which clears only control; so in every block. */
void as_memory_reset(struct as_memory *m);

#endif
