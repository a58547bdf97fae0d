/* mem_arb: four clients share the memory port; fixed priority; responses return in order.
 *
 * Specification: docs/blocks.md, mem_arb.  RTL: mem_arb.v.
 * Ports: client[store, compute, load] word requests -> ready, rvalid; host byte request -> ready,
 * rvalid, rdata; the memory's request, ready and response.
 * Latency: none, everything but the owner FIFO is combinational. */
#ifndef AS_SIM_BLOCKS_MEM_ARB_H
#define AS_SIM_BLOCKS_MEM_ARB_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/blocks/memory.h"

enum as_client { AS_CLIENT_STORE, AS_CLIENT_COMPUTE, AS_CLIENT_LOAD, AS_CLIENT_HOST, AS_CLIENTS };

struct as_host_request {
    bool valid;
    bool write;
    uint8_t wdata;
    uint32_t addr; /* byte address */
};

struct as_mem_arb {
    uint32_t depth; /* OD, a power of two */
    uint32_t shift; /* log2 of the word in bytes */
    uint8_t own_mem[AS_MEMORY_RING];
    uint32_t own_wr_q;
    uint32_t own_rd_q;
    uint32_t own_cnt_q;
    uint32_t host_lane_q;
};

struct as_mem_arb_in {
    struct as_mem_request client[AS_CLIENT_HOST];
    struct as_host_request host;
    bool mem_ready;
    bool mem_rsp_valid;
    struct as_word mem_rsp_data;
};

struct as_mem_arb_out {
    struct as_mem_request mem;
    enum as_client selected; /* the host when no client is valid */
    bool ready[AS_CLIENTS];
    bool rvalid[AS_CLIENTS];
    uint8_t host_rdata;
};

void as_mem_arb_init(struct as_mem_arb *m, const struct as_hw *hw);
void as_mem_arb_eval(const struct as_mem_arb *m, const struct as_mem_arb_in *in,
                     struct as_mem_arb_out *out);
void as_mem_arb_tick(struct as_mem_arb *m, const struct as_mem_arb_in *in,
                     const struct as_mem_arb_out *out);
void as_mem_arb_reset(struct as_mem_arb *m);

#endif
