/* requant: accumulator -> activation: doubling high multiply, rounding right shift, zero
 * point, clamp; with FLOAT also a product of float32.
 *
 * Specification: docs/blocks.md, requant.  RTL: requant.v.
 * A negative x that will be shifted gets a product one lower, so that rounding half up after the
 * shift rounds its ties away from zero: srdhm is exact when shift is 0 or x >= 0. Ports: stream in
 * (valid, x) -> ready; in_float, m, shift, zp, amin, amax steady while anything is inside;
 * srdhm_valid and srdhm tap the product; stream out (valid, y) <- ready. Latency: x accepted in t
 * gives valid_o in t+11, srdhm_valid in t+9; one element every 8 / requant_stages cycles. */
#ifndef AS_SIM_BLOCKS_REQUANT_H
#define AS_SIM_BLOCKS_REQUANT_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/config/hw.h"

#define AS_REQUANT_NIBBLES    (AS_P_BITS / 4) /* of a multiplier: one a stage and pass */
#define AS_REQUANT_STAGES_MAX 8

struct as_requant {
    int stages;
    uint32_t last_pass; /* AS_REQUANT_NIBBLES / stages - 1 */
    bool can_float;     /* FLOAT */
    bool in_v_q;
    as_psum in_x_q;
    bool v_q[AS_REQUANT_STAGES_MAX];
    uint8_t pass_q[AS_REQUANT_STAGES_MAX];
    as_psum x_q[AS_REQUANT_STAGES_MAX];
    int64_t s_q[AS_REQUANT_STAGES_MAX];  /* AS_REQUANT_BITS bits, signed */
    uint32_t l_q[AS_REQUANT_STAGES_MAX]; /* FLOAT: the product below s_q, AS_FLOAT_BITS bits */
    bool b_v_q;
    bool b_inc_q;
    int32_t b_q; /* AS_X_BITS + 2 bits, signed: the limits tell no more apart */
    /* FLOAT: the fraction behind its first bit */
    bool b_zeros_q, b_ones_q, b_rest_q;
    uint32_t b_near_q; /* AS_NEAR_BITS bits */
    bool c_v_q;
    as_activation c_y_q;
};

struct as_requant_in {
    bool valid;
    as_psum x;
    bool in_float;  /* float_i: round as float32 does */
    uint32_t m;     /* AS_MUL_BITS bits */
    uint32_t shift; /* 0 .. AS_P_BITS - 1 */
    as_activation zp;
    as_activation amin;
    as_activation amax;
    bool out_ready;
};

struct as_requant_out {
    bool ready;
    bool valid;
    as_activation y;
    bool srdhm_valid;
    as_psum srdhm;
    bool empty; /* nothing inside */
};

void as_requant_init(struct as_requant *m, const struct as_hw *hw);
void as_requant_eval(const struct as_requant *m, const struct as_requant_in *in,
                     struct as_requant_out *out);
void as_requant_tick(struct as_requant *m, const struct as_requant_in *in);
void as_requant_reset(struct as_requant *m);

#endif
