/* wide_buf: the weight buffer whose words hold the weights of all PEs; each pair of columns reads
 * its part at an address of its own.
 *
 * Specification: docs/blocks.md, tile_buf and wide_buf.  RTL: wide_buf.v.
 * Ports: write of some lanes at one address; weight issue (iss, addr); lookup (lk_v, lk_addr);
 * line -> the bytes of a word, wen of each pair.
 * Latency: pair j shows the address issued in t in t+1+n, n = B + (line ? TS-1 : 0) + XF*j. */
#ifndef AS_SIM_BLOCKS_WIDE_BUF_H
#define AS_SIM_BLOCKS_WIDE_BUF_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/config/hw.h"
#include "sim/blocks/tile_buf.h"

#define AS_WIDE_RING 128 /* a power of two above the largest n */

struct as_wide_buf {
    /* configuration */
    uint32_t pairs;
    uint32_t pair_bytes;  /* of every pair but the last, which has all that remain */
    uint32_t stages;      /* B */
    uint32_t line_stages; /* TS - 1 */
    uint32_t skew;        /* XF */
    /* registers */
    struct as_tile_buf buf; /* the pairs' memories side by side */
    uint32_t newest;        /* h_q[k] is at [(newest + k - 1) % AS_WIDE_RING] */
    bool iss_q[AS_WIDE_RING];
    uint16_t addr_q[AS_WIDE_RING];
    uint32_t wen_q; /* bit j: pair j */
};

struct as_wide_buf_in {
    struct as_tile_write write;
    struct as_word data;
    bool iss;
    uint32_t addr;
    bool lk_v;
    uint32_t lk_addr;
    bool line;
};

void as_wide_buf_init(struct as_wide_buf *m, struct as_arena *arena, const struct as_hw *hw);
void as_wide_buf_tick(struct as_wide_buf *m, const struct as_wide_buf_in *in);
void as_wide_buf_reset(struct as_wide_buf *m);

/* h_q[k], k >= 1: {iss, addr}. */
static inline uint64_t as_wide_buf_history(const struct as_wide_buf *m, uint32_t k, int addr_bits)
{
    uint32_t at = (m->newest + k - 1) % AS_WIDE_RING;
    return (uint64_t)m->iss_q[at] << addr_bits | m->addr_q[at];
}

#endif
