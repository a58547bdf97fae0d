/* compute_unit: runs MAC and lookup jobs: loads weights, streams ifmap words, and sends a control
 * word along with every beat.
 *
 * Specification: docs/blocks.md, descriptors, compute_unit, desc_fetch.
 * RTL: compute_unit.v.
 * Ports: start and pc (byte address); memory read client; token bits in, claim and free pulses out;
 * read addresses of the tile buffers, their ifmap word in; ctl_q and wen_q to the array.
 * Latency: the control word and wen leave one cycle after their issue. */
#ifndef AS_SIM_BLOCKS_COMPUTE_UNIT_H
#define AS_SIM_BLOCKS_COMPUTE_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/program/descriptor.h"
#include "sim/blocks/desc_fetch.h"
#include "sim/blocks/memory.h"
#include "sim/blocks/pe_output.h"
#include "sim/blocks/tile_buf.h"

enum as_compute_state { AS_COMPUTE_IDLE, AS_COMPUTE_FETCH, AS_COMPUTE_WAIT, AS_COMPUTE_RUN };

/* What accompanies a beat to the accumulators. */
struct as_ctl {
    bool valid;
    bool lookup;
    bool ovr;      /* overwrite the accumulator */
    bool emit;     /* write the drain RAM too */
    bool half : 1; /* of the drain RAM; with `last` in one byte: a word of 8 is copied in one go */
    bool last : 1; /* hand the half to store */
    bool mul;      /* lookup: multiply the accumulator */
    uint16_t addr;
};

/* It as the RTL packs it: the bits of enum as_ctl_bit above an address of `addr_bits`. */
static inline uint64_t as_ctl_bits(const struct as_ctl *ctl, int addr_bits)
{
    uint32_t bits = (uint32_t)ctl->last << AS_CTL_LAST | (uint32_t)ctl->half << AS_CTL_HALF |
                    (uint32_t)ctl->emit << AS_CTL_EMIT | (uint32_t)ctl->ovr << AS_CTL_OVR |
                    (uint32_t)ctl->lookup << AS_CTL_LOOKUP | (uint32_t)ctl->valid << AS_CTL_VALID |
                    (uint32_t)ctl->mul << AS_CTL_MUL;
    return (uint64_t)bits << addr_bits | ctl->addr;
}

/* The fields of the descriptor as the hardware's registers hold them: flags, and unsigned numbers
 * modulo their width. */
struct as_compute_job {
#define AS_JOB_FLAG                                                  bool
#define AS_JOB_COUNT                                                 uint32_t
#define AS_JOB_UINT                                                  uint32_t
#define AS_JOB_SINT                                                  uint32_t
#define AS_COMPUTE_FIELD(name, kind, when, word, low, bits, meaning) AS_JOB_##kind name;
#include "gen/program/descriptors.def"
#undef AS_JOB_FLAG
#undef AS_JOB_COUNT
#undef AS_JOB_UINT
#undef AS_JOB_SINT
};

struct as_compute_unit {
    /* configuration */
    uint32_t shift;
    uint32_t width;
    uint32_t rows;
    uint32_t row_mask; /* of ld_row_q: all ones, at least rows - 1 */
    uint32_t count_bits;
    uint32_t count_mask;
    uint32_t drain_cycles;
    bool output;           /* KIND output */
    bool wide;             /* WIDE */
    bool has_line;         /* LINE */
    bool products;         /* PRODUCTS */
    uint32_t lookup_lanes; /* D */
    uint32_t table_shift;  /* log2 of TP */
    uint32_t kernel_rows;  /* TR */
    uint32_t wide_late;    /* B + (LINE ? TS-1 : 0) + XF * (PAIRS-1) */
    uint32_t ibuf_half;
    uint32_t wbuf_half;
    uint32_t acc_mask;
    /* registers */
    struct as_desc_fetch fetch;
    enum as_compute_state state_q;
    uint32_t word_q[AS_COMPUTE_WORDS];
    struct as_compute_job job; /* the fields of word_q */
    uint32_t it_q;             /* loops of descriptors */
    uint32_t q_q, p_q, c_q, s_q, r_q, k_q;
    uint32_t tb_q, ba_q;
    uint32_t acc_q, kb_q;
    uint32_t wptr_q;
    uint32_t ld_row_q;
    uint32_t lane_q;
    uint32_t drain_q;
    bool ld_busy_q, in_tile_q, gap_q, done_q, red_first_q, first_tile_q;
    bool mode_line_q, mode_dw_q; /* mode_q */
    uint32_t rd_left_q;          /* WIDE */
    /* KIND output */
    uint32_t wkb_q, byte_q;
    uint32_t left_q, row_q, da_q; /* psum rows to issue, the next, its address */
    bool knext_q;
    struct as_mac mac_q;
    uint32_t orow_q;
    struct as_ctl ctl_q;
    uint64_t wen_q; /* bit r: row r */
    bool lk_v_q, lk_first_q;
    uint32_t lk_lane_q;
    uint32_t lk_sub_q;
    as_activation cur_q;
};

struct as_compute_unit_in {
    bool start;
    uint32_t pc;
    uint8_t ibuf_full; /* bit h: half h */
    uint8_t wbuf_full;
    uint8_t acc_claim;
    bool req_ready;
    bool rsp_valid;
    struct as_word rsp_data;
    const uint8_t *ibuf_word; /* AS_TILE_WORD_MAX bytes: what the ibuf shows in this cycle */
};

struct as_compute_unit_out {
    bool req_valid;
    uint32_t req_addr;
    uint8_t claim;
    uint8_t ibuf_free;
    uint8_t wbuf_free;
    uint32_t ibuf_raddr;
    uint32_t wbuf_raddr; /* not WIDE */
    uint32_t lk_addr;    /* of the table, when lk_v_q */
    uint32_t lk_sub;     /* entry of that word */
    bool busy;
    /* for the counters */
    bool mac_beat;
    bool lookup_beat;
    bool wait_ifmap;
    bool wait_weight;
    bool wait_acc;
    bool run_idle;
    bool fetching;
    /* inside */
    bool go_ok;
    bool tile_start;
    bool takes_weights;
    bool ld_start;
    bool ld_issue;
    bool job_end;
    bool row_issue;       /* KIND output: a psum row, row_q or 0 */
    bool tile_last;       /* KIND output: this beat ends a tile */
    as_activation lk_max; /* m of section 7 */
};

void as_compute_unit_init(struct as_compute_unit *m, const struct as_hw *hw);
void as_compute_unit_request(const struct as_compute_unit *m, struct as_mem_request *req);
void as_compute_unit_eval(const struct as_compute_unit *m, const struct as_compute_unit_in *in,
                          struct as_compute_unit_out *out);
void as_compute_unit_tick(struct as_compute_unit *m, const struct as_compute_unit_in *in,
                          const struct as_compute_unit_out *out);
void as_compute_unit_reset(struct as_compute_unit *m);

#endif
