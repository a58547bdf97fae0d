/* store_unit: drains the accumulators through requant into memory; softmax.
 *
 * Specification: docs/blocks.md, descriptors, store_unit, desc_fetch.
 * RTL: store_unit.v.
 * Ports: start and pc (byte address); memory client that reads and writes; token bits in, free,
 * push_m and layer_done pulses out; drain address out, drain data of all columns in; requant's
 * pins. Latency: drain data belongs to the address of the cycle before; outputs are written in the
 * cycle in which requant shows them and the memory is ready. */
#ifndef AS_SIM_BLOCKS_STORE_UNIT_H
#define AS_SIM_BLOCKS_STORE_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/program/descriptor.h"
#include "gen/program/record.h"
#include "sim/blocks/desc_fetch.h"
#include "sim/blocks/memory.h"
#include "sim/blocks/requant.h"

enum as_store_state {
    AS_STORE_IDLE,
    AS_STORE_FETCH,
    AS_STORE_WAIT,
    AS_STORE_SUM,
    AS_STORE_NORM,
    AS_STORE_MUL,
    AS_STORE_ADD,
    AS_STORE_EMPTY,
    AS_STORE_PARAM,
    AS_STORE_GAP,
    AS_STORE_RUN,
    AS_STORE_FLUSH,
    AS_STORE_DONE
};

#define AS_LANES_MAX 4

struct as_store_unit {
    /* configuration */
    uint32_t shift;
    uint32_t width;
    uint32_t addr_mask;
    uint32_t count_bits;
    uint32_t count_mask;
    uint32_t drain_half; /* drain address bit that selects the half */
    uint32_t param_beats;
    uint32_t cols;
    uint32_t lanes;      /* channels side by side, each with its requant */
    bool can_by_address; /* BYADDR */
    /* registers */
    struct as_desc_fetch fetch;
    enum as_store_state state_q;
    uint32_t word_q[AS_STORE_WORDS];
    uint32_t it_q, off_q; /* loops of descriptors */
    uint32_t pc_q;        /* memory word address */
    uint32_t dptr_q, ktb_q;
    uint32_t col_q, kt_q;
    uint32_t cb_q, oa_q;
    uint32_t in_cnt_q, oq_q, op_q;
    /* parameters of the channel under way in each lane; lane 0's serve softmax too: bias_q, m_q,
     * shift_q of the RTL */
    struct as_record lane_q[AS_LANES_MAX];
    as_upsum sum_q;
    uint32_t h_q;
    as_psum xr_q;
    uint32_t step_q; /* 6: seed; 0, 2, 4: error; 1, 3, 5: correction */
    uint32_t add_q;  /* additions left */
    bool sum_go_q;
    bool mul_sent_q;
};

struct as_store_unit_in {
    bool start;
    uint32_t pc;
    uint8_t acc_full; /* bit h: half h */
    bool req_ready;
    bool rsp_valid;
    struct as_word rsp_data;
    const as_psum *drain_data;              /* [cols] */
    struct as_requant_out requant;          /* of lane 0 */
    as_activation lane_y[AS_LANES_MAX - 1]; /* of the other lanes */
};

struct as_store_unit_out {
    bool busy;
    bool waiting; /* for a drain half */
    uint32_t drain_addr;
    uint8_t acc_free;
    bool push_m;
    bool layer_done;
    bool x_accept;     /* requant takes x in this cycle */
    bool y_accept;     /* the memory takes outputs in this cycle */
    bool side_by_side; /* those of all lanes */
};

void as_store_unit_init(struct as_store_unit *m, const struct as_hw *hw);
/* The memory request: needs of `in` only requant.valid, requant.y and lane_y, which are registers
 * of the requantizers. */
void as_store_unit_request(const struct as_store_unit *m, const struct as_store_unit_in *in,
                           struct as_mem_request *req);
/* What requant gets: needs everything of `in` but in->requant. */
void as_store_unit_feed(const struct as_store_unit *m, const struct as_store_unit_in *in,
                        struct as_requant_in *requant);
/* The same for the requant of lane `lane`, 1 .. lanes - 1, beside lane 0's. */
void as_store_unit_feed_lane(const struct as_store_unit *m, const struct as_store_unit_in *in,
                             int lane, const struct as_requant_in *first,
                             struct as_requant_in *requant);
void as_store_unit_eval(const struct as_store_unit *m, const struct as_store_unit_in *in,
                        struct as_store_unit_out *out);
void as_store_unit_tick(struct as_store_unit *m, const struct as_store_unit_in *in,
                        const struct as_store_unit_out *out);
void as_store_unit_reset(struct as_store_unit *m);

#endif
