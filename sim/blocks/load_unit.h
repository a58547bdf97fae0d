/* load_unit: gathers boxes of memory into the tile buffers.
 *
 * Specification: docs/blocks.md, descriptors, load_unit, desc_fetch.  RTL: load_unit.v.
 * Ports: start and pc (byte address); memory read client; token bits in, set and take pulses out;
 * write ports of both tile buffers.
 * Latency: a response is written to its buffer in its own cycle. */
#ifndef AS_SIM_BLOCKS_LOAD_UNIT_H
#define AS_SIM_BLOCKS_LOAD_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/program/descriptor.h"
#include "sim/blocks/desc_fetch.h"
#include "sim/blocks/memory.h"
#include "sim/blocks/tile_buf.h"

enum as_load_state {
    AS_LOAD_IDLE,
    AS_LOAD_HEAD,
    AS_LOAD_DECODE,
    AS_LOAD_TAIL,
    AS_LOAD_WAIT,
    AS_LOAD_RUN,
    AS_LOAD_DRAIN
};

/* A request under way: what its data becomes. */
struct as_load_tag {
    bool pad;
    bool align;
    uint8_t offset; /* byte within the word */
};

struct as_load_unit {
    /* configuration */
    uint32_t shift;      /* log2 of the memory word in bytes */
    uint32_t width;      /* memory word, bytes */
    uint32_t lanes[4];   /* LN, by the descriptor's lanes */
    uint32_t wbuf_bytes; /* WL */
    uint32_t wbuf_beats;
    uint32_t dlane_mask;
    uint32_t addr_mask;
    uint32_t count_bits;
    uint32_t count_mask;
    uint32_t coord_mask;
    uint32_t ibuf_half; /* address bit that selects the half */
    uint32_t wbuf_half;
    uint32_t dword_mask;
    uint32_t tag_depth;
    bool partial_loads; /* PARTIAL_LOADS */
    bool grouped;       /* KIND output: a row of the array has lanes of its own */
    /* registers */
    struct as_desc_fetch fetch;
    enum as_load_state state_q;
    uint32_t word_q[AS_LOAD_WORDS]; /* the descriptor */
    uint32_t it_q, off_q, yoff_q;   /* loops of descriptors */
    uint32_t c_q, s_q, r_q, q_q, p_q;
    uint32_t addr_q;
    uint32_t yb_q, yr_q, xb_q, xs_q;
    uint32_t dword_q;
    uint32_t dlane_q;
    struct as_load_tag tag_mem[AS_MEMORY_RING];
    uint32_t tag_wr_q, tag_rd_q, tag_cnt_q;
};

struct as_load_unit_in {
    bool start;
    uint32_t pc;
    uint8_t ibuf_full; /* bit h: half h */
    uint8_t wbuf_full;
    bool mem_tok; /* at least one memory token */
    bool req_ready;
    bool rsp_valid;
    struct as_word rsp_data;
};

struct as_load_unit_out {
    bool req_valid;
    uint32_t req_addr;
    bool waiting; /* state WAIT */
    bool busy;
    bool go_ok; /* WAIT ends in this cycle */
    bool take_m;
    uint8_t ibuf_set;
    uint8_t wbuf_set;
    struct as_tile_write ibuf_write;
    struct as_tile_write wbuf_write;
    struct as_word write_data; /* of both; means nothing without a write */
};

void as_load_unit_init(struct as_load_unit *m, const struct as_hw *hw);
/* The memory request: registers only, so that it can be known before the arbiter's answer. */
void as_load_unit_request(const struct as_load_unit *m, struct as_mem_request *req);
void as_load_unit_eval(const struct as_load_unit *m, const struct as_load_unit_in *in,
                       struct as_load_unit_out *out);
void as_load_unit_tick(struct as_load_unit *m, const struct as_load_unit_in *in,
                       const struct as_load_unit_out *out);
void as_load_unit_reset(struct as_load_unit *m);

#endif
