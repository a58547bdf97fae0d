#include "sim/blocks/store_unit.h"

#include <string.h>

#include "sim/blocks/store_softmax.h"

/* A field of the descriptor, and one that counts: the hardware keeps `count_bits` of it. */
#define FIELD(m, name) AS_FIELD(STORE, name, (m)->word_q)
#define COUNT(m, name) (FIELD(m, name) & (m)->count_mask)

/* Channels are accumulator addresses, their elements columns. */
static bool is_by_address(const struct as_store_unit *m)
{
    return m->can_by_address && FIELD(m, by_address);
}

/* Channels go side by side. */
static bool is_side_by_side(const struct as_store_unit *m)
{
    return m->lanes > 1 && FIELD(m, side_by_side);
}

/* Channels beside the one under way. */
static uint32_t beside(const struct as_store_unit *m)
{
    return is_side_by_side(m) ? m->lanes - 1 : 0;
}

static bool writes(const struct as_store_unit *m)
{
    return m->state_q == AS_STORE_RUN || m->state_q == AS_STORE_FLUSH;
}

static as_psum wrap(as_upsum v)
{
    return (as_psum)v;
}

void as_store_unit_init(struct as_store_unit *m, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->shift = (uint32_t)as_word_shift(hw);
    m->width = (uint32_t)hw->mem_width_bytes;
    m->addr_mask = (uint32_t)hw->mem_bytes - 1;
    m->count_bits = (uint32_t)hw->count_bits;
    m->count_mask = (1u << hw->count_bits) - 1;
    m->drain_half = 1u << hw->acc_addr_bits;
    m->param_beats = (uint32_t)hw->param_beats;
    m->cols = (uint32_t)hw->cols;
    m->can_by_address = hw->by_address;
    m->lanes = (uint32_t)hw->requant_lanes;
    as_desc_fetch_init(&m->fetch, (uint32_t)hw->mem_words);
}

void as_store_unit_request(const struct as_store_unit *m, const struct as_store_unit_in *in,
                           struct as_mem_request *req)
{
    bool fetches = m->fetch.iss_q != 0;
    bool write = writes(m) && in->requant.valid;
    req->valid = fetches || write;
    req->write = write;
    req->addr = fetches ? m->fetch.ptr_q : m->oa_q >> m->shift;
    uint32_t strobes = ((2u << beside(m)) - 1) << (m->oa_q & (m->width - 1));
    req->wstrb = strobes & ((1u << m->width) - 1);
    as_word_replicate(&req->wdata, (uint8_t)in->requant.y);
    if (!is_side_by_side(m))
        return;
    for (uint32_t i = 0; i < m->width; i++)
        if (i % m->lanes != 0)
            req->wdata.b[i] = (uint8_t)in->lane_y[i % m->lanes - 1];
}

void as_store_unit_feed(const struct as_store_unit *m, const struct as_store_unit_in *in,
                        struct as_requant_in *requant)
{
    requant->valid = m->state_q == AS_STORE_RUN || (m->state_q == AS_STORE_MUL && !m->mul_sent_q);
    requant->x = wrap(as_store_total(m, in));
    requant->in_float = FIELD(m, in_float);
    requant->m = m->lane_q[0].multiplier;
    requant->shift = m->lane_q[0].shift;
    requant->zp = (as_activation)FIELD(m, zp);
    requant->amin = (as_activation)FIELD(m, amin);
    requant->amax = (as_activation)FIELD(m, amax);
    requant->out_ready = !writes(m) || in->req_ready;
}

void as_store_unit_feed_lane(const struct as_store_unit *m, const struct as_store_unit_in *in,
                             int lane, const struct as_requant_in *first,
                             struct as_requant_in *requant)
{
    const struct as_record *own = &m->lane_q[lane];
    uint32_t col = m->col_q / m->lanes * m->lanes + (uint32_t)lane;
    as_upsum drain = col < m->cols ? (as_upsum)in->drain_data[col] : 0;

    *requant = *first;
    requant->valid = m->state_q == AS_STORE_RUN && is_side_by_side(m);
    requant->x = wrap(drain + own->bias);
    requant->m = own->multiplier;
    requant->shift = own->shift;
}

/* by_address: columns of that group, minus 1. */
static uint32_t last_column(const struct as_store_unit *m, uint32_t group)
{
    return group == COUNT(m, np) ? FIELD(m, ncl) : FIELD(m, nc);
}

void as_store_unit_eval(const struct as_store_unit *m, const struct as_store_unit_in *in,
                        struct as_store_unit_out *out)
{
    bool run = m->state_q == AS_STORE_RUN;
    bool done = m->state_q == AS_STORE_DONE;
    bool sums = m->state_q == AS_STORE_SUM && m->sum_go_q;
    bool feeds = run || (m->state_q == AS_STORE_MUL && !m->mul_sent_q);
    out->busy = m->state_q != AS_STORE_IDLE;
    out->waiting = m->state_q == AS_STORE_WAIT && !FIELD(m, end) && !FIELD(m, loop) &&
                   !(in->acc_full >> FIELD(m, asel) & 1);
    out->x_accept = feeds && in->requant.ready;
    out->y_accept = writes(m) && in->requant.valid && in->req_ready;
    out->side_by_side = is_side_by_side(m);
    uint32_t step = sums || (run && out->x_accept) ? 1 : 0;
    if (step && run && is_by_address(m))
        step = m->col_q == last_column(m, m->kt_q) ? FIELD(m, dk) : 0;
    out->drain_addr = (m->dptr_q + step) & (2 * m->drain_half - 1);
    out->acc_free = (uint8_t)((done ? 1u : 0u) << FIELD(m, asel));
    out->push_m = done && FIELD(m, push_m);
    out->layer_done = done && FIELD(m, layer_done);
}

static void begin(struct as_store_unit *m)
{
    m->pc_q = m->fetch.ptr_q;
    m->dptr_q = m->ktb_q = FIELD(m, asel) * m->drain_half;
    m->col_q = m->kt_q = 0;
    if (FIELD(m, step))
        m->cb_q = (m->cb_q + m->off_q) & m->addr_mask;
    m->oa_q = m->cb_q;
    m->in_cnt_q = m->oq_q = m->op_q = 0;
    m->lane_q[0].bias = 0;
    m->h_q = 0;
    m->sum_go_q = false;
}

/* LOOP: the next iteration, or on behind it. */
static void repeat(struct as_store_unit *m, struct as_desc_fetch_in *fetch)
{
    uint32_t target = COUNT(m, nkt) << m->count_bits | COUNT(m, np);
    if (m->it_q == COUNT(m, nq)) {
        m->it_q = m->off_q = 0;
        return;
    }
    fetch->load = true;
    fetch->ptr = target * AS_STREAM_ALIGN >> m->shift;
    m->it_q = (m->it_q + 1) & m->count_mask;
    m->off_q = (m->off_q + FIELD(m, dst)) & m->addr_mask;
}

/* The first channel base goes straight from the descriptor to where it is used. */
static void capture(struct as_store_unit *m, const struct as_word *data, uint32_t index)
{
    uint32_t words = m->width / 4;
    for (uint32_t i = 0; i < words && index * words + i < AS_STORE_WORDS; i++) {
        uint32_t word = index * words + i;
        m->word_q[word] = as_word_u32(data, (int)i);
        if (word == AS_STORE_WORD_dst)
            m->cb_q = FIELD(m, dst) & m->addr_mask;
    }
}

/* The lanes' records follow each other; a shared one is every lane's.  A lane that is not in use
 * hears the shared ones too. */
static void capture_param(struct as_store_unit *m, const struct as_word *data, uint32_t index)
{
    uint32_t words = m->width / 4, record = m->param_beats * words;
    for (uint32_t i = 0; i < words; i++) {
        uint32_t value = as_word_u32(data, (int)i), at = index * words + i;
        if (!FIELD(m, shared))
            as_record_take(&m->lane_q[at / record], at % record, value);
        for (uint32_t lane = 0; FIELD(m, shared) && lane < m->lanes; lane++)
            as_record_take(&m->lane_q[lane], at, value);
    }
}

/* Beats of the records that the next channels need. */
static uint32_t records(const struct as_store_unit *m)
{
    return m->param_beats * (FIELD(m, shared) ? 1 : 1 + beside(m));
}

/* The next channel: a column of the same k tile, or of the next one (also after the last of all).
 * True after the last. */
static bool advance_column(struct as_store_unit *m)
{
    bool kt_last = m->kt_q == COUNT(m, nkt);
    /* of the channels side by side, the last */
    uint32_t col = m->col_q | beside(m), cb = m->cb_q | beside(m);
    bool col_last = col == (kt_last ? FIELD(m, ncl) : FIELD(m, nc));
    if (col_last) {
        m->col_q = 0;
        m->kt_q = (m->kt_q + 1) & m->count_mask;
        m->cb_q = (cb + FIELD(m, dk)) & m->addr_mask;
        m->ktb_q = m->dptr_q;
    } else {
        m->col_q = col + 1;
        m->cb_q = (cb + 1) & m->addr_mask;
        m->dptr_q = m->ktb_q;
    }
    return col_last && kt_last;
}

/* The same where a channel is an accumulator address. */
static bool advance_address(struct as_store_unit *m)
{
    bool last = (m->ktb_q & (m->drain_half - 1)) == COUNT(m, nkt);
    m->col_q = m->kt_q = 0;
    m->dptr_q = m->ktb_q = (m->ktb_q + 1) & (2 * m->drain_half - 1);
    m->cb_q = (m->cb_q + 1) & m->addr_mask;
    return last;
}

static void end_channel(struct as_store_unit *m, struct as_desc_fetch_in *fetch)
{
    bool last = is_by_address(m) ? advance_address(m) : advance_column(m);
    m->in_cnt_q = 0;
    m->oa_q = m->cb_q;
    if (last) {
        m->state_q = AS_STORE_DONE;
    } else if (FIELD(m, shared)) {
        m->state_q = AS_STORE_GAP;
    } else {
        fetch->go = true;
        fetch->n = records(m);
        m->state_q = AS_STORE_PARAM;
    }
}

static void accept_x(struct as_store_unit *m, const struct as_store_unit_out *out)
{
    if (m->in_cnt_q == as_store_elements(m))
        m->state_q = AS_STORE_FLUSH;
    m->dptr_q = out->drain_addr;
    m->in_cnt_q = (m->in_cnt_q + 1) & (m->drain_half - 1);
    if (!is_by_address(m))
        return;
    if (m->col_q != last_column(m, m->kt_q)) {
        m->col_q++;
        return;
    }
    m->col_q = 0;
    m->kt_q = (m->kt_q + 1) & m->count_mask;
}

static void tick_run(struct as_store_unit *m, const struct as_store_unit_out *out,
                     struct as_desc_fetch_in *fetch)
{
    bool flush = m->state_q == AS_STORE_FLUSH;
    if (out->x_accept)
        accept_x(m, out);
    if (out->y_accept) {
        uint32_t nq = is_by_address(m) ? last_column(m, m->op_q) : COUNT(m, nq);
        bool q_last = m->oq_q == nq;
        bool p_last = m->op_q == COUNT(m, np);
        m->oq_q = q_last ? 0 : m->oq_q + 1;
        if (q_last)
            m->op_q = p_last ? 0 : m->op_q + 1;
        m->oa_q = (m->oa_q + (q_last ? FIELD(m, dp) : FIELD(m, dq))) & m->addr_mask;
        if (q_last && p_last && flush)
            end_channel(m, fetch);
    }
}

void as_store_unit_tick(struct as_store_unit *m, const struct as_store_unit_in *in,
                        const struct as_store_unit_out *out)
{
    struct as_desc_fetch_in fetch = {.req_ready = in->req_ready && !writes(m),
                                     .rsp_valid = in->rsp_valid};
    struct as_desc_fetch_out got = as_desc_fetch_eval(&m->fetch, &fetch);
    bool next = false;
    switch (m->state_q) {
    case AS_STORE_IDLE:
        fetch.ptr = in->pc >> m->shift;
        fetch.load = next = in->start;
        if (in->start)
            m->it_q = m->off_q = 0;
        break;
    case AS_STORE_FETCH:
        if (got.beat)
            capture(m, &in->rsp_data, got.index);
        if (got.last)
            m->state_q = AS_STORE_WAIT;
        break;
    case AS_STORE_WAIT:
        if (FIELD(m, end)) {
            m->state_q = AS_STORE_IDLE;
        } else if (FIELD(m, loop)) {
            repeat(m, &fetch);
            next = true;
        } else if (!out->waiting) {
            begin(m);
            m->state_q = AS_STORE_SUM;
            if (!FIELD(m, softmax)) {
                fetch.load = fetch.go = true;
                fetch.ptr = (FIELD(m, params) & m->addr_mask) >> m->shift;
                fetch.n = records(m);
                m->state_q = AS_STORE_PARAM;
            }
        }
        break;
    case AS_STORE_SUM:
    case AS_STORE_NORM:
    case AS_STORE_MUL:
    case AS_STORE_ADD:
    case AS_STORE_EMPTY:
        as_store_softmax_tick(m, in, out);
        break;
    case AS_STORE_PARAM:
        if (got.beat)
            capture_param(m, &in->rsp_data, got.index);
        if (got.last)
            m->state_q = AS_STORE_RUN;
        break;
    case AS_STORE_GAP:
        m->state_q = AS_STORE_RUN;
        break;
    case AS_STORE_RUN:
    case AS_STORE_FLUSH:
        tick_run(m, out, &fetch);
        break;
    case AS_STORE_DONE:
        fetch.ptr = m->pc_q;
        fetch.load = next = true;
        break;
    }
    if (next) {
        fetch.go = true;
        fetch.n = AS_STORE_WORDS * 4 / m->width;
        m->state_q = AS_STORE_FETCH;
    }
    as_desc_fetch_tick(&m->fetch, &fetch);
}

void as_store_unit_reset(struct as_store_unit *m)
{
    as_desc_fetch_reset(&m->fetch);
    m->state_q = AS_STORE_IDLE;
    m->it_q = m->off_q = 0;
}
