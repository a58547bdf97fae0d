#include "sim/blocks/mem_arb.h"

#include <string.h>

void as_mem_arb_init(struct as_mem_arb *m, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->depth = (uint32_t)hw->mem_reads;
    m->shift = (uint32_t)as_word_shift(hw);
}

void as_mem_arb_eval(const struct as_mem_arb *m, const struct as_mem_arb_in *in,
                     struct as_mem_arb_out *out)
{
    int sel = AS_CLIENT_STORE;
    while (sel < AS_CLIENT_HOST && !in->client[sel].valid)
        sel++;
    out->selected = (enum as_client)sel;
    if (sel == AS_CLIENT_STORE) {
        out->mem = in->client[AS_CLIENT_STORE];
    } else {
        bool host = sel == AS_CLIENT_HOST;
        out->mem.valid = !host || in->host.valid;
        out->mem.write = host && in->host.write;
        out->mem.addr = host ? in->host.addr >> m->shift : in->client[sel].addr;
        out->mem.wstrb = 1u << (in->host.addr & ((1u << m->shift) - 1));
        as_word_replicate(&out->mem.wdata, in->host.wdata);
    }
    bool room = m->own_cnt_q < m->depth;
    bool allowed = out->mem.write || room;
    out->mem.valid = out->mem.valid && allowed;
    for (int i = 0; i < AS_CLIENTS; i++) {
        out->ready[i] = false;
        out->rvalid[i] = false;
    }
    out->ready[sel] = allowed && in->mem_ready;
    out->ready[AS_CLIENT_STORE] = in->mem_ready && (in->client[AS_CLIENT_STORE].write || room);
    out->rvalid[m->own_mem[m->own_rd_q]] = in->mem_rsp_valid;
    out->host_rdata = in->mem_rsp_data.b[m->host_lane_q];
}

void as_mem_arb_tick(struct as_mem_arb *m, const struct as_mem_arb_in *in,
                     const struct as_mem_arb_out *out)
{
    bool push = out->mem.valid && in->mem_ready && !out->mem.write;
    if (push) {
        m->own_mem[m->own_wr_q] = (uint8_t)out->selected;
        m->own_wr_q = (m->own_wr_q + 1) & (m->depth - 1);
        m->own_cnt_q++;
        if (out->selected == AS_CLIENT_HOST)
            m->host_lane_q = in->host.addr & ((1u << m->shift) - 1);
    }
    if (in->mem_rsp_valid) {
        m->own_rd_q = (m->own_rd_q + 1) & (m->depth - 1);
        m->own_cnt_q--;
    }
}

void as_mem_arb_reset(struct as_mem_arb *m)
{
    m->own_wr_q = m->own_rd_q = m->own_cnt_q = 0;
}
