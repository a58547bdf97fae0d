#include "sim/blocks/requant.h"

#include <string.h>

#define HALF                                                                                       \
    (INT64_C(1) << (AS_P_BITS - 1)) /* one half of the 2^P_W that the product is divided by */
#define QUOTIENT_MAX ((1 << (AS_X_BITS + 1)) - 1)

void as_requant_init(struct as_requant *m, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->stages = hw->requant_stages;
    m->last_pass = (uint32_t)(AS_REQUANT_NIBBLES / hw->requant_stages - 1);
}

static bool enabled(const struct as_requant *m, const struct as_requant_in *in)
{
    return !m->c_v_q || in->out_ready;
}

static bool recirculates(const struct as_requant *m)
{
    int last = m->stages - 1;
    return m->v_q[last] && m->pass_q[last] != m->last_pass;
}

static bool is_final(const struct as_requant *m)
{
    int last = m->stages - 1;
    return m->v_q[last] && m->pass_q[last] == m->last_pass;
}

void as_requant_eval(const struct as_requant *m, const struct as_requant_in *in,
                     struct as_requant_out *out)
{
    bool en = enabled(m, in);
    bool any = m->in_v_q || m->b_v_q || m->c_v_q;
    for (int j = 0; j < m->stages; j++)
        any = any || m->v_q[j];
    out->ready = !m->in_v_q || (!recirculates(m) && en);
    out->valid = m->c_v_q;
    out->y = m->c_y_q;
    out->srdhm_valid = is_final(m) && en;
    out->srdhm = (as_psum)(as_upsum)m->s_q[m->stages - 1];
    out->empty = !any;
}

/* Four add-and-halve steps with the bits of one multiplier nibble, lowest first: the floors of the
 * steps add up to one. */
static int64_t add_nibble(int64_t s, as_psum x, uint64_t m2, uint32_t nibble)
{
    int64_t digit = (int64_t)(m2 >> (4 * nibble) & 0xF);
    return (s + x * digit) >> 4;
}

static void tick_multiplier(struct as_requant *m, const struct as_requant_in *in, bool take)
{
    bool again = recirculates(m);
    int last = m->stages - 1;
    uint64_t m2 = (uint64_t)in->m << 1;
    uint32_t stages = (uint32_t)m->stages;
    uint8_t pass = again ? (uint8_t)((m->pass_q[last] + 1) & 3) : 0;
    as_psum x = again ? m->x_q[last] : m->in_x_q;
    int64_t rounding = m->in_x_q < 0 && in->shift != 0 ? -HALF : HALF;
    int64_t s = again ? m->s_q[last] : rounding;
    for (int j = last; j > 0; j--) {
        m->v_q[j] = m->v_q[j - 1];
        m->pass_q[j] = m->pass_q[j - 1];
        m->x_q[j] = m->x_q[j - 1];
        m->s_q[j] = add_nibble(m->s_q[j - 1], m->x_q[j], m2, m->pass_q[j] * stages + (uint32_t)j);
    }
    m->v_q[0] = again || take;
    m->pass_q[0] = pass;
    m->x_q[0] = x;
    m->s_q[0] = add_nibble(s, x, m2, pass * stages);
}

static void tick_shift(struct as_requant *m, const struct as_requant_in *in)
{
    as_psum srdhm = (as_psum)(as_upsum)m->s_q[m->stages - 1];
    as_psum quotient = srdhm >> in->shift;
    m->b_v_q = is_final(m);
    m->b_inc_q = in->shift != 0 && (srdhm >> (in->shift - 1) & 1);
    if (quotient > QUOTIENT_MAX)
        quotient = QUOTIENT_MAX;
    m->b_q = quotient < -QUOTIENT_MAX - 1 ? -QUOTIENT_MAX - 1 : quotient;
}

void as_requant_tick(struct as_requant *m, const struct as_requant_in *in)
{
    bool en = enabled(m, in);
    bool take = m->in_v_q && !recirculates(m) && en;
    bool ready = !m->in_v_q || take;
    if (en) {
        int32_t y = m->b_q + m->b_inc_q + in->zp;
        if (y < in->amin)
            y = in->amin;
        else if (y > in->amax)
            y = in->amax;
        m->c_v_q = m->b_v_q;
        m->c_y_q = (as_activation)y;
        tick_shift(m, in);
        tick_multiplier(m, in, take);
    }
    if (ready) {
        m->in_v_q = in->valid;
        if (in->valid)
            m->in_x_q = in->x;
    }
}

void as_requant_reset(struct as_requant *m)
{
    m->in_v_q = m->b_v_q = m->c_v_q = false;
    memset(m->v_q, 0, sizeof m->v_q);
}
