#include "sim/blocks/tokens.h"

void as_tokens_tick(struct as_tokens *m, const struct as_tokens_in *in)
{
    if (in->start) {
        as_tokens_init(m);
        return;
    }
    m->ibuf_full_q = (uint8_t)((m->ibuf_full_q & ~in->ibuf_clr) | in->ibuf_set);
    m->wbuf_full_q = (uint8_t)((m->wbuf_full_q & ~in->wbuf_clr) | in->wbuf_set);
    m->acc_claim_q = (uint8_t)((m->acc_claim_q & ~in->acc_free) | in->acc_claim);
    m->acc_full_q = (uint8_t)((m->acc_full_q & ~in->acc_free) | in->acc_push);
    m->mem_tok_q =
        (uint8_t)((m->mem_tok_q + in->push_m - in->take_m) & ((1 << AS_MEM_TOK_BITS) - 1));
}
