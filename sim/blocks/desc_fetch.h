/* desc_fetch: reads the beats of a descriptor or a parameter record; one inside each engine.
 *
 * Specification: docs/blocks.md, desc_fetch.  RTL: desc_fetch.v.
 * Ports: load (ptr), go (n, cont); memory client: req_valid, req_addr <- req_ready, rsp_valid;
 * beat, index, last qualify the response data of the engine.
 * Latency: the first request leaves in the cycle after go; beat is the response's own cycle. */
#ifndef AS_SIM_BLOCKS_DESC_FETCH_H
#define AS_SIM_BLOCKS_DESC_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#define AS_FETCH_COUNT_MASK 15u

struct as_desc_fetch {
    uint32_t addr_mask; /* memory words - 1 */
    uint32_t ptr_q;     /* memory word address */
    uint32_t iss_q;     /* beats to request */
    uint32_t rem_q;     /* beats to receive */
    uint32_t idx_q;
};

struct as_desc_fetch_in {
    bool load;
    uint32_t ptr;
    bool go;
    uint32_t n;
    bool cont;
    bool req_ready;
    bool rsp_valid;
};

struct as_desc_fetch_out {
    bool req_valid;
    uint32_t req_addr;
    bool beat;
    uint32_t index;
    bool last;
};

static inline void as_desc_fetch_init(struct as_desc_fetch *m, uint32_t mem_words)
{
    *m = (struct as_desc_fetch){.addr_mask = mem_words - 1};
}

static inline struct as_desc_fetch_out as_desc_fetch_eval(const struct as_desc_fetch *m,
                                                          const struct as_desc_fetch_in *in)
{
    bool beat = in->rsp_valid && m->rem_q != 0;
    return (struct as_desc_fetch_out){.req_valid = m->iss_q != 0,
                                      .req_addr = m->ptr_q,
                                      .beat = beat,
                                      .index = m->idx_q,
                                      .last = beat && m->rem_q == 1};
}

void as_desc_fetch_tick(struct as_desc_fetch *m, const struct as_desc_fetch_in *in);
void as_desc_fetch_reset(struct as_desc_fetch *m);

#endif
