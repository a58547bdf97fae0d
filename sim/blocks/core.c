#include "sim/blocks/core.h"

#include <string.h>

#include "sim/blocks/garbage.h"

void as_core_init(struct as_core *m, struct as_arena *arena, const struct as_hw *hw)
{
    as_load_unit_init(&m->load, hw);
    as_compute_unit_init(&m->compute, hw);
    as_store_unit_init(&m->store, hw);
    m->lanes = hw->requant_lanes;
    for (int i = 0; i < m->lanes; i++)
        as_requant_init(&m->requant[i], hw);
    as_mem_arb_init(&m->arb, hw);
    as_tokens_init(&m->tokens);
    as_perf_init(&m->perf);
    as_tile_buf_init(&m->ibuf, arena, hw->ibuf_lanes, 1u << hw->ibuf_addr_bits, AS_SEED_IBUF,
                     hw->mem_width_bytes);
    m->wide = hw->wide;
    m->line = hw->line;
    m->array_kind = hw->output_kind      ? AS_CORE_OUTPUT
                    : hw->psum_forwarded ? AS_CORE_CHAIN
                                         : AS_CORE_TREE;
    if (m->wide)
        as_wide_buf_init(&m->wide_buf, arena, hw);
    else
        as_tile_buf_init(&m->wbuf, arena, hw->wbuf_beats * hw->mem_width_bytes,
                         1u << hw->wbuf_addr_bits, AS_SEED_WBUF, hw->mem_width_bytes);
    if (m->line)
        as_window_init(&m->window, arena, hw);
    if (m->array_kind == AS_CORE_CHAIN)
        as_pe_array_init(&m->array, arena, hw);
    else if (m->array_kind == AS_CORE_TREE)
        as_pe_tree_init(&m->tree, arena, hw);
    else
        as_pe_output_init(&m->output, arena, hw);
    as_acc_array_init(&m->acc, arena, hw);
}

/* From the registers to the memory request and the grants. */
static void eval_memory(const struct as_core *m, const struct as_core_in *in,
                        struct as_core_wires *w)
{
    w->store_in.requant.valid = m->requant[0].c_v_q;
    w->store_in.requant.y = m->requant[0].c_y_q;
    for (int i = 1; i < m->lanes; i++)
        w->store_in.lane_y[i - 1] = m->requant[i].c_y_q;
    as_store_unit_request(&m->store, &w->store_in, &w->arb_in.client[AS_CLIENT_STORE]);
    as_compute_unit_request(&m->compute, &w->arb_in.client[AS_CLIENT_COMPUTE]);
    as_load_unit_request(&m->load, &w->arb_in.client[AS_CLIENT_LOAD]);
    w->arb_in.host = in->host;
    w->arb_in.mem_ready = in->mem_ready;
    w->arb_in.mem_rsp_valid = in->mem_rsp_valid;
    w->arb_in.mem_rsp_data = in->mem_rsp_data;
    as_mem_arb_eval(&m->arb, &w->arb_in, &w->arb);
}

static void eval_engines(const struct as_core *m, const struct as_core_in *in,
                         struct as_core_wires *w)
{
    w->load_in = (struct as_load_unit_in){.start = in->start,
                                          .pc = in->pc_load,
                                          .ibuf_full = m->tokens.ibuf_full_q,
                                          .wbuf_full = m->tokens.wbuf_full_q,
                                          .mem_tok = m->tokens.mem_tok_q != 0,
                                          .req_ready = w->arb.ready[AS_CLIENT_LOAD],
                                          .rsp_valid = w->arb.rvalid[AS_CLIENT_LOAD],
                                          .rsp_data = in->mem_rsp_data};
    as_load_unit_eval(&m->load, &w->load_in, &w->load);
    w->compute_in = (struct as_compute_unit_in){.start = in->start,
                                                .pc = in->pc_compute,
                                                .ibuf_full = m->tokens.ibuf_full_q,
                                                .wbuf_full = m->tokens.wbuf_full_q,
                                                .acc_claim = m->tokens.acc_claim_q,
                                                .req_ready = w->arb.ready[AS_CLIENT_COMPUTE],
                                                .rsp_valid = w->arb.rvalid[AS_CLIENT_COMPUTE],
                                                .rsp_data = in->mem_rsp_data,
                                                .ibuf_word = m->ibuf.rdata_q};
    as_compute_unit_eval(&m->compute, &w->compute_in, &w->compute);
    struct as_store_unit_in *store = &w->store_in;
    store->start = in->start;
    store->pc = in->pc_store;
    store->acc_full = m->tokens.acc_full_q;
    store->req_ready = w->arb.ready[AS_CLIENT_STORE];
    store->rsp_valid = w->arb.rvalid[AS_CLIENT_STORE];
    store->rsp_data = in->mem_rsp_data;
    store->drain_data = m->acc.drain_q;
    as_store_unit_feed(&m->store, store, &w->requant_in[0]);
    as_requant_eval(&m->requant[0], &w->requant_in[0], &store->requant);
    for (int i = 1; i < m->lanes; i++)
        as_store_unit_feed_lane(&m->store, store, i, &w->requant_in[0], &w->requant_in[i]);
    as_store_unit_eval(&m->store, store, &w->store);
}

static uint32_t perf_events(const struct as_core_wires *w)
{
    bool accepted = w->arb.mem.valid && w->arb_in.mem_ready;
    return 1u << AS_PERF_CYCLES | (uint32_t)w->compute.mac_beat << AS_PERF_MAC_BEATS |
           (uint32_t)w->compute.lookup_beat << AS_PERF_LOOKUP_BEATS |
           (uint32_t)w->compute.wait_ifmap << AS_PERF_WAIT_IFMAP |
           (uint32_t)w->compute.wait_weight << AS_PERF_WAIT_WEIGHT |
           (uint32_t)w->compute.wait_acc << AS_PERF_WAIT_ACC |
           (uint32_t)w->compute.run_idle << AS_PERF_RUN_IDLE |
           (uint32_t)w->compute.fetching << AS_PERF_FETCH |
           (uint32_t)w->load.waiting << AS_PERF_LOAD_WAIT | (uint32_t)accepted << AS_PERF_REQUESTS |
           (uint32_t)(accepted && w->arb.mem.write) << AS_PERF_WRITES |
           (uint32_t)w->store.waiting << AS_PERF_STORE_WAIT |
           (uint32_t)(w->store.y_accept && w->store.side_by_side) << AS_PERF_SIDE_BY_SIDE_WRITES;
}

static_assert(AS_X_BYTES == 1 && AS_W_BYTES == 1, "a lane of a tile buffer is a byte of memory");

static void eval_array(struct as_core *m, struct as_core_wires *w)
{
    w->x = (const as_activation *)m->ibuf.rdata_q;
    if (m->line) {
        w->window_in = (struct as_window_in){.word = w->x,
                                             .beat = w->compute.mac_beat,
                                             .col = m->compute.q_q,
                                             .line = m->compute.mode_line_q,
                                             .dw = m->compute.mode_dw_q};
        as_window_eval(&m->window, &w->window_in);
        w->x = m->window.x;
    }
    w->acc_in = (struct as_acc_array_in){.ctl = m->compute.ctl_q,
                                         .psum = as_core_psum(m),
                                         .line = m->compute.mode_line_q,
                                         .drain_addr = w->store.drain_addr};
    memcpy(&w->acc_in.lookup_word, as_core_wbuf_data(m) + AS_P_BYTES * m->compute.lk_sub_q,
           sizeof w->acc_in.lookup_word);
}

void as_core_eval(struct as_core *m, const struct as_core_in *in, struct as_core_wires *w)
{
    eval_memory(m, in, w);
    eval_engines(m, in, w);
    eval_array(m, w);
    w->tokens_in = (struct as_tokens_in){.start = in->start,
                                         .ibuf_set = w->load.ibuf_set,
                                         .wbuf_set = w->load.wbuf_set,
                                         .ibuf_clr = w->compute.ibuf_free,
                                         .wbuf_clr = w->compute.wbuf_free,
                                         .acc_claim = w->compute.claim,
                                         .acc_push = as_acc_array_push(&m->acc),
                                         .acc_free = w->store.acc_free,
                                         .push_m = w->store.push_m,
                                         .take_m = w->load.take_m};
    w->busy = w->load.busy || w->compute.busy || w->store.busy;
    w->layer_done = w->store.layer_done;
    w->perf_in = (struct as_perf_in){.rst = in->rst,
                                     .start = in->start,
                                     .busy = w->busy,
                                     .events = perf_events(w),
                                     .index = in->stat_index};
    w->stat_data = as_perf_eval(&m->perf);
}

static void tick_array(struct as_core *m, const struct as_core_wires *w)
{
    const struct as_compute_unit *compute = &m->compute;
    const as_weight *weights = (const as_weight *)as_core_wbuf_data(m);

    if (m->array_kind == AS_CORE_CHAIN) {
        const struct as_pe_array_in in = {.x = w->x,
                                          .xd = m->window.xd,
                                          .dw = compute->mode_dw_q,
                                          .w = weights,
                                          .wen = compute->wen_q};
        as_pe_array_tick(&m->array, &in);
    } else if (m->array_kind == AS_CORE_TREE) {
        const struct as_pe_tree_in in = {.x = w->x,
                                         .xd = m->window.xd,
                                         .dw = compute->mode_dw_q,
                                         .w = weights,
                                         .wen = m->wide ? m->wide_buf.wen_q : compute->wen_q};
        as_pe_tree_tick(&m->tree, &in);
    } else {
        const struct as_pe_output_in in = {.word = w->x,
                                           .w = weights,
                                           .mac = compute->mac_q,
                                           .read = compute->ctl_q.valid && !compute->ctl_q.lookup,
                                           .row = (int)compute->orow_q};
        as_pe_output_tick(&m->output, &in);
    }
}

static void tick_weights(struct as_core *m, const struct as_core_wires *w)
{
    if (!m->wide) {
        as_tile_buf_tick(&m->wbuf, &w->load.wbuf_write, &w->load.write_data, w->compute.wbuf_raddr);
        return;
    }
    const struct as_wide_buf_in in = {.write = w->load.wbuf_write,
                                      .data = w->load.write_data,
                                      .iss = w->compute.ld_start,
                                      .addr = m->compute.wptr_q,
                                      .lk_v = m->compute.lk_v_q,
                                      .lk_addr = w->compute.lk_addr,
                                      .line = m->compute.mode_line_q};
    as_wide_buf_tick(&m->wide_buf, &in);
}

/* Wide pins point into the block that drives them, so a block ticks before its drivers:
 * store before acc, acc before array, array before compute and the buffers. */
void as_core_tick(struct as_core *m, const struct as_core_wires *w)
{
    as_store_unit_tick(&m->store, &w->store_in, &w->store);
    as_acc_array_tick(&m->acc, &w->acc_in);
    tick_array(m, w);
    if (m->line)
        as_window_tick(&m->window, &w->window_in);
    tick_weights(m, w);
    as_compute_unit_tick(&m->compute, &w->compute_in, &w->compute);
    as_tile_buf_tick(&m->ibuf, &w->load.ibuf_write, &w->load.write_data, w->compute.ibuf_raddr);
    as_load_unit_tick(&m->load, &w->load_in, &w->load);
    for (int i = 0; i < m->lanes; i++)
        as_requant_tick(&m->requant[i], &w->requant_in[i]);
    as_mem_arb_tick(&m->arb, &w->arb_in, &w->arb);
    as_tokens_tick(&m->tokens, &w->tokens_in);
    as_perf_tick(&m->perf, &w->perf_in);
}

void as_core_reset(struct as_core *m)
{
    as_load_unit_reset(&m->load);
    as_compute_unit_reset(&m->compute);
    as_store_unit_reset(&m->store);
    for (int i = 0; i < m->lanes; i++)
        as_requant_reset(&m->requant[i]);
    as_mem_arb_reset(&m->arb);
    as_tokens_init(&m->tokens);
    as_perf_reset(&m->perf);
    if (m->wide)
        as_wide_buf_reset(&m->wide_buf);
    if (m->array_kind == AS_CORE_OUTPUT)
        as_pe_output_reset(&m->output);
    as_acc_array_reset(&m->acc);
}
