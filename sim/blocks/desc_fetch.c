#include "sim/blocks/desc_fetch.h"

void as_desc_fetch_tick(struct as_desc_fetch *m, const struct as_desc_fetch_in *in)
{
    bool accept = m->iss_q != 0 && in->req_ready;
    bool beat = in->rsp_valid && m->rem_q != 0;
    if (in->load)
        m->ptr_q = in->ptr & m->addr_mask;
    else if (accept)
        m->ptr_q = (m->ptr_q + 1) & m->addr_mask;
    if (in->go) {
        m->iss_q = in->n;
        m->rem_q = in->n;
        if (!in->cont)
            m->idx_q = 0;
        return;
    }
    if (accept)
        m->iss_q--;
    if (beat) {
        m->rem_q--;
        m->idx_q = (m->idx_q + 1) & AS_FETCH_COUNT_MASK;
    }
}

void as_desc_fetch_reset(struct as_desc_fetch *m)
{
    m->iss_q = m->rem_q = m->idx_q = 0;
}
