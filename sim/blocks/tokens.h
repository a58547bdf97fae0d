/* tokens: who may touch which half of which buffer.
 *
 * Specification: docs/blocks.md, tokens.  RTL: tokens.v.
 * Ports: set and clear pulses of the engines, bit h for half h -> the token registers.
 * Latency 1: a pulse in t shows in t+1.  Set wins over clear, start over both. */
#ifndef AS_SIM_BLOCKS_TOKENS_H
#define AS_SIM_BLOCKS_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#define AS_MEM_TOK_BITS 4

struct as_tokens {
    uint8_t ibuf_full_q; /* bit h: half h */
    uint8_t wbuf_full_q;
    uint8_t acc_claim_q;
    uint8_t acc_full_q;
    uint8_t mem_tok_q;
};

struct as_tokens_in {
    bool start;
    uint8_t ibuf_set; /* load */
    uint8_t wbuf_set;
    uint8_t ibuf_clr; /* compute */
    uint8_t wbuf_clr;
    uint8_t acc_claim;
    uint8_t acc_push; /* acc_array */
    uint8_t acc_free; /* store */
    bool push_m;
    bool take_m; /* load */
};

static inline void as_tokens_init(struct as_tokens *m)
{
    *m = (struct as_tokens){0};
}

void as_tokens_tick(struct as_tokens *m, const struct as_tokens_in *in);

#endif
