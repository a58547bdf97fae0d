/*- How store normalises a softmax row: exponentials e in column 0 of the drain RAM become
 * e / sum(e), as TFLite computes it (docs/arithmetic.md, section 5).
 *
 *   SUM    adds up the exponentials, each shifted right by 12 and rounded
 *   NORM   shifts the sum left until its top bit is 1; h_q counts by how much.  The sum is now
 *          (1 + a) * 2^31 with a in [0, 1), and sum_q >> 1 is (1 + a) / 2 in Q0.31.  It takes as
 *          many cycles as the least sum needs, the largest exponential alone: time is not data's
 *   MUL,   Newton-Raphson for x = 1 / ((1 + a) / 2) in Q2.29.  Seed: x = 48/17 - 32/17 * (1 + a)/2
 *   ADD    (step 6).  Then three times: error = 1 - x * (1 + a)/2 (even step) and
 *          x += x * error (odd step: the product comes in Q4.27, so that it is added four times)
 *   EMPTY  x / 2 becomes the multiplier, 35 - h_q the shift, or 0 the multiplier where a row of
 *          more than 511 values would need a shift above 31, after which nothing is left; when the
 *          requantizer is empty, the row runs through it as any other channel does
 *
 * The requantizer's multiplier makes the products (its SRDHM result comes back), the one adder of
 * store the sums: no part of the hardware is there for softmax alone but a few registers. */
#include "sim/blocks/store_softmax.h"

#define RECIP_OFFSET    1515870810       /* 48/17 in Q2.29 */
#define RECIP_SLOPE     (-1010580540)    /* -32/17 in Q2.29 */
#define RECIP_ERROR_ONE ((1u << 29) + 1) /* with ~r added: 2^29 - r */
static_assert(AS_P_BITS == 32, "the points of these constants are those of psums of 32 bits");

#define TOP_BIT   (AS_P_BITS - 1)
#define NORM_LAST 12                                 /* shifts that 2^19 needs */
#define MUL_MAX   ((UINT32_C(1) << AS_MUL_BITS) - 1) /* a multiplier of all ones */
#define STEP_SEED 6
#define STEP_LAST 5

uint32_t as_store_total(const struct as_store_unit *m, const struct as_store_unit_in *in)
{
    uint32_t bias = m->lane_q[0].bias;
    if (m->state_q == AS_STORE_MUL && (m->step_q & 1))
        return RECIP_ERROR_ONE + bias;
    if (m->state_q == AS_STORE_MUL || m->state_q == AS_STORE_ADD)
        return (uint32_t)m->xr_q + bias;
    uint32_t drain = (uint32_t)in->drain_data[m->col_q % m->cols];
    return m->state_q == AS_STORE_SUM ? (drain >> 12) + bias + (drain >> 11 & 1) : drain + bias;
}

static void tick_sum(struct as_store_unit *m, const struct as_store_unit_in *in,
                     const struct as_store_unit_out *out)
{
    if (!m->sum_go_q) {
        m->sum_go_q = true;
        return;
    }
    m->sum_q = as_store_total(m, in);
    m->lane_q[0].bias = m->sum_q;
    if (m->in_cnt_q == as_store_elements(m)) {
        m->dptr_q = AS_FIELD(STORE, asel, m->word_q) * m->drain_half;
        m->in_cnt_q = 0;
        m->state_q = AS_STORE_NORM;
    } else {
        m->dptr_q = out->drain_addr;
        m->in_cnt_q++;
    }
}

static void tick_norm(struct as_store_unit *m)
{
    uint32_t sum = m->sum_q;
    if (sum >> TOP_BIT == 0) {
        m->sum_q <<= 1;
        m->h_q++;
    }
    if (m->in_cnt_q++ != NORM_LAST)
        return;
    m->in_cnt_q = 0;
    m->lane_q[0].bias = 0;
    m->xr_q = RECIP_SLOPE;
    m->lane_q[0].multiplier = sum >> 1;
    m->lane_q[0].shift = 0;
    m->step_q = STEP_SEED;
    m->mul_sent_q = false;
    m->state_q = AS_STORE_MUL;
}

/* Newton-Raphson for the reciprocal: the seed, then three times an error term (even steps) and a
 * correction by four times its product (odd steps). */
static void tick_mul(struct as_store_unit *m, const struct as_store_unit_in *in,
                     const struct as_store_unit_out *out)
{
    as_psum r = in->requant.srdhm;
    if (out->x_accept)
        m->mul_sent_q = true;
    if (!in->requant.srdhm_valid)
        return;
    m->mul_sent_q = false;
    m->add_q = m->step_q == STEP_SEED ? 0 : 3;
    m->lane_q[0].bias = (uint32_t)r;
    if (m->step_q == STEP_SEED) {
        m->xr_q = RECIP_OFFSET;
        m->state_q = AS_STORE_ADD;
    } else if (m->step_q & 1) {
        m->lane_q[0].multiplier = m->sum_q >> 1;
        m->state_q = AS_STORE_ADD;
    } else {
        m->lane_q[0].bias = (uint32_t)~r;
        m->lane_q[0].multiplier = (uint32_t)m->xr_q & MUL_MAX;
        m->step_q++;
    }
}

static void tick_add(struct as_store_unit *m, const struct as_store_unit_in *in)
{
    m->xr_q = (int32_t)as_store_total(m, in);
    if (m->add_q == 0) {
        m->lane_q[0].bias = 0;
        m->state_q = m->step_q == STEP_LAST ? AS_STORE_EMPTY : AS_STORE_MUL;
        m->step_q = m->step_q == STEP_SEED ? 0 : m->step_q + 1;
    }
    m->add_q = (m->add_q - 1) & 3;
}

static void tick_empty(struct as_store_unit *m, const struct as_store_unit_in *in)
{
    uint32_t shift = 35 - m->h_q;
    m->lane_q[0].multiplier =
        (uint32_t)m->xr_q >> (AS_MUL_BITS - 1) != 0 ? MUL_MAX : (uint32_t)m->xr_q << 1;
    if (shift >= AS_P_BITS) /* no quotient reaches a half */
        m->lane_q[0].multiplier = 0;
    m->lane_q[0].shift = shift & (AS_P_BITS - 1);
    if (in->requant.empty)
        m->state_q = AS_STORE_RUN;
}

void as_store_softmax_tick(struct as_store_unit *m, const struct as_store_unit_in *in,
                           const struct as_store_unit_out *out)
{
    switch (m->state_q) {
    case AS_STORE_SUM:
        tick_sum(m, in, out);
        break;
    case AS_STORE_NORM:
        tick_norm(m);
        break;
    case AS_STORE_MUL:
        tick_mul(m, in, out);
        break;
    case AS_STORE_ADD:
        tick_add(m, in);
        break;
    case AS_STORE_EMPTY:
        tick_empty(m, in);
        break;
    default:
        break;
    }
}
