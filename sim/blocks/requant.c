#include "sim/blocks/requant.h"

#include <string.h>

#define HALF                                                                                       \
    (INT64_C(1) << (AS_P_BITS - 1)) /* one half of the 2^P_W that the product is divided by */
#define QUOTIENT_MAX ((1 << (AS_X_BITS + 1)) - 1)
#define LOW_MASK     ((UINT64_C(1) << AS_FLOAT_BITS) - 1)
#define FLOAT_TOP    (1u << (AS_FLOAT_BITS - 1))
#define ALL_NEAR     ((1u << AS_NEAR_BITS) - 1)
#define ALL_FAR      ((1u << (AS_FLOAT_BITS - AS_NEAR_BITS)) - 1)

void as_requant_init(struct as_requant *m, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->stages = hw->requant_stages;
    m->can_float = hw->requant_float != 0;
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

/* Four add-and-halve steps with the bits of one multiplier nibble, lowest first, before their
 * halving: the floors of the steps add up to one, and drop the lowest nibble. */
static int64_t add_nibble(int64_t s, as_psum x, uint64_t m2, uint32_t nibble)
{
    return s + x * (int64_t)(m2 >> (4 * nibble) & 0xF);
}

/* FLOAT: `low` with the nibble that a sum drops above it. */
static uint32_t keep_nibble(uint32_t low, int64_t sum)
{
    return low >> 4 | (uint32_t)(sum & 0xF) << (AS_FLOAT_BITS - 4);
}

static bool rounds_in_float(const struct as_requant *m, const struct as_requant_in *in)
{
    return m->can_float && in->in_float;
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
    int64_t s = again ? m->s_q[last] : rounds_in_float(m, in) ? 0 : rounding;
    int64_t sum = add_nibble(s, x, m2, pass * stages);
    uint64_t back = LOW_MASK << (4 * stages) & LOW_MASK; /* what a round of the ring filled stays */
    uint32_t low = keep_nibble(m->l_q[last] & (uint32_t)back, sum);
    for (int j = last; j > 0; j--) {
        m->v_q[j] = m->v_q[j - 1];
        m->pass_q[j] = m->pass_q[j - 1];
        m->x_q[j] = m->x_q[j - 1];
        int64_t next =
            add_nibble(m->s_q[j - 1], m->x_q[j], m2, m->pass_q[j] * stages + (uint32_t)j);
        m->s_q[j] = next >> 4;
        if (m->can_float)
            m->l_q[j] = keep_nibble(m->l_q[j - 1], next);
    }
    m->v_q[0] = again || take;
    m->pass_q[0] = pass;
    m->x_q[0] = x;
    m->s_q[0] = sum >> 4;
    if (m->can_float)
        m->l_q[0] = low;
}

/* FLOAT: what lies below the quotient; of a product of float32 its first bit is the rounding bit.
 */
static void shift_fraction(struct as_requant *m, const struct as_requant_in *in)
{
    int last = m->stages - 1;
    uint32_t low = m->l_q[last] & (in->in_float ? UINT32_MAX : FLOAT_TOP - 1);
    uint64_t product = (uint64_t)(as_upsum)m->s_q[last] << AS_FLOAT_BITS | low;
    uint64_t kept = product << 1 >> in->shift; /* bit AS_FLOAT_BITS is 2^-1 */
    uint32_t far = (uint32_t)(kept >> AS_NEAR_BITS) & ALL_FAR;
    if (in->in_float)
        m->b_inc_q = kept >> AS_FLOAT_BITS & 1;
    m->b_zeros_q = far == 0;
    m->b_ones_q = far == ALL_FAR;
    m->b_near_q = (uint32_t)kept & ALL_NEAR;
    m->b_rest_q = kept << in->shift != product << 1;
}

/* FLOAT: what is added to the quotient, so that the product rounded to float32, and that to an
 * integer, both to even, is the sum. */
static bool float_increment(const struct as_requant *m)
{
    bool odd = m->b_q & 1;
    uint32_t size = (uint32_t)(m->b_q < 0 ? ~m->b_q : m->b_q) & ((1u << AS_X_BITS) - 1);
    uint32_t near = odd ? ~m->b_near_q & ALL_NEAR : m->b_near_q;
    uint32_t reach = 1; /* half a unit in the last place of the tie, in 2^-25 */
    while (reach <= size)
        reach <<= 1;
    bool within = near < reach || (near == reach && !odd && !m->b_rest_q);
    bool tie = within && (odd ? m->b_ones_q : m->b_zeros_q);
    return m->b_inc_q ? odd || !tie : odd && tie;
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
    if (m->can_float)
        shift_fraction(m, in);
}

void as_requant_tick(struct as_requant *m, const struct as_requant_in *in)
{
    bool en = enabled(m, in);
    bool take = m->in_v_q && !recirculates(m) && en;
    bool ready = !m->in_v_q || take;
    if (en) {
        bool increment = rounds_in_float(m, in) ? float_increment(m) : m->b_inc_q;
        int32_t y = m->b_q + increment + in->zp;
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
