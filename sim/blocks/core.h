/* core: the accelerator without its memory and host link.
 *
 * Specification: docs/blocks.md.  RTL: core.v.
 * Ports: start with the three stream addresses, busy, layer_done; the memory port; the host's byte
 * client of the memory; counter index -> value.
 *
 * A cycle is one as_core_eval, which fills the wires, and one as_core_tick; in reset as_core_reset
 * follows.  All registers start at 0, as in the RTL's simulation. */
#ifndef AS_SIM_BLOCKS_CORE_H
#define AS_SIM_BLOCKS_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/blocks/acc_array.h"
#include "sim/blocks/compute_unit.h"
#include "sim/blocks/load_unit.h"
#include "sim/blocks/mem_arb.h"
#include "sim/blocks/pe_array.h"
#include "sim/blocks/pe_output.h"
#include "sim/blocks/pe_tree.h"
#include "sim/blocks/perf.h"
#include "sim/blocks/requant.h"
#include "sim/blocks/store_unit.h"
#include "sim/blocks/tile_buf.h"
#include "sim/blocks/tokens.h"
#include "sim/blocks/wide_buf.h"
#include "sim/blocks/window.h"

struct as_core {
    struct as_load_unit load;
    struct as_compute_unit compute;
    struct as_store_unit store;
    int lanes;
    struct as_requant requant[AS_LANES_MAX];
    struct as_mem_arb arb;
    struct as_tokens tokens;
    struct as_perf perf;
    struct as_tile_buf ibuf;
    /* what the configuration calls for: one weight buffer, one array, a window or none */
    bool wide, line;
    enum as_core_array { AS_CORE_CHAIN, AS_CORE_TREE, AS_CORE_OUTPUT } array_kind;
    struct as_tile_buf wbuf;
    struct as_wide_buf wide_buf;
    struct as_window window;
    struct as_pe_array array;
    struct as_pe_tree tree;
    struct as_pe_output output;
    struct as_acc_array acc;
};

struct as_core_in {
    bool rst;
    bool start;
    uint32_t pc_load; /* byte addresses */
    uint32_t pc_compute;
    uint32_t pc_store;
    uint32_t stat_index;
    struct as_host_request host;
    bool mem_ready;
    bool mem_rsp_valid;
    struct as_word mem_rsp_data;
};

/* Every pin inside the core in one cycle, and the core's outputs. */
struct as_core_wires {
    struct as_mem_arb_in arb_in;
    struct as_mem_arb_out arb; /* .mem is the core's memory request */
    struct as_load_unit_in load_in;
    struct as_load_unit_out load;
    struct as_compute_unit_in compute_in;
    struct as_compute_unit_out compute;
    struct as_store_unit_in store_in; /* .requant, .lane_y: requant's outputs */
    struct as_store_unit_out store;
    struct as_requant_in requant_in[AS_LANES_MAX];
    struct as_window_in window_in;
    const as_activation *x; /* [rows] of the array; KIND output: the ifmap word */
    struct as_acc_array_in acc_in;
    struct as_tokens_in tokens_in;
    struct as_perf_in perf_in;
    bool busy;
    bool layer_done;
    uint32_t stat_data;
};

/* What the weight buffer shows. */
static inline const uint8_t *as_core_wbuf_data(const struct as_core *m)
{
    return m->wide ? m->wide_buf.buf.rdata_q : m->wbuf.rdata_q;
}

/* What leaves the array: [cols]. */
static inline const as_psum *as_core_psum(const struct as_core *m)
{
    return m->array_kind == AS_CORE_CHAIN  ? as_pe_array_psum(&m->array)
           : m->array_kind == AS_CORE_TREE ? as_pe_tree_psum(&m->tree)
                                           : as_pe_output_psum(&m->output);
}

void as_core_init(struct as_core *m, struct as_arena *arena, const struct as_hw *hw);
void as_core_eval(struct as_core *m, const struct as_core_in *in, struct as_core_wires *w);
void as_core_tick(struct as_core *m, const struct as_core_wires *w);
void as_core_reset(struct as_core *m);

#endif
