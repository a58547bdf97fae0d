#include "sim/blocks/load_unit.h"

#include <string.h>

/* A field of the descriptor, and one that counts: the hardware keeps `count_bits` of it. */
#define FIELD(m, name) AS_FIELD(LOAD, name, (m)->word_q)
#define COUNT(m, name) (FIELD(m, name) & (m)->count_mask)

static bool is_part(const struct as_load_unit *m)
{
    return m->partial_loads && FIELD(m, partial);
}

/* LN: ibuf lanes that the beats of a word fill. */
static uint32_t lanes(const struct as_load_unit *m)
{
    return m->lanes[FIELD(m, linear) ? 0 : FIELD(m, lanes)];
}

/* G: the first ibuf lane of the array row that is loaded. */
static uint32_t first_lane(const struct as_load_unit *m)
{
    bool grouped = m->grouped && !FIELD(m, to_weights) && !FIELD(m, linear);
    return grouped ? FIELD(m, array_row) * m->width : 0;
}

/* Ones enough for 0 .. values - 1, at least one. */
static uint32_t index_mask(uint32_t values)
{
    uint32_t mask = 1;
    while (mask < values - 1)
        mask = mask << 1 | 1;
    return mask;
}

static void init_lanes(struct as_load_unit *m, const struct as_hw *hw)
{
    uint32_t load_lanes = (uint32_t)hw->load_lanes, cols = (uint32_t)hw->cols;
    m->lanes[0] = m->lanes[3] = load_lanes;
    m->lanes[1] = hw->line ? (uint32_t)hw->unroll[AS_LOOP_C] : load_lanes;
    m->lanes[2] = hw->line ? cols : load_lanes;
    m->wbuf_bytes = (uint32_t)hw->wbuf_bytes;
    m->wbuf_beats = (uint32_t)hw->wbuf_beats;
    m->dlane_mask = index_mask((uint32_t)hw->word_fills);
}

void as_load_unit_init(struct as_load_unit *m, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->shift = (uint32_t)as_word_shift(hw);
    m->width = (uint32_t)hw->mem_width_bytes;
    m->partial_loads = hw->partial_loads;
    m->grouped = hw->output_kind;
    init_lanes(m, hw);
    m->addr_mask = (uint32_t)hw->mem_bytes - 1;
    m->count_bits = (uint32_t)hw->count_bits;
    m->count_mask = (1u << hw->count_bits) - 1;
    m->coord_mask = (1u << hw->coord_bits) - 1;
    m->ibuf_half = 1u << (hw->ibuf_addr_bits - 1);
    m->wbuf_half = 1u << (hw->wbuf_addr_bits - 1);
    m->dword_mask = 2 * (m->ibuf_half > m->wbuf_half ? m->ibuf_half : m->wbuf_half) - 1;
    m->tag_depth = (uint32_t)hw->mem_reads;
    as_desc_fetch_init(&m->fetch, (uint32_t)hw->mem_words);
}

void as_load_unit_request(const struct as_load_unit *m, struct as_mem_request *req)
{
    bool fetches = m->fetch.iss_q != 0;
    req->valid = fetches || m->state_q == AS_LOAD_RUN;
    req->write = false;
    req->addr = fetches ? m->fetch.ptr_q : m->addr_q >> m->shift;
}

/* Data requests are answered in RUN and DRAIN, descriptor requests in all other states. */
static bool pops(const struct as_load_unit *m, const struct as_load_unit_in *in)
{
    return in->rsp_valid && (m->state_q == AS_LOAD_RUN || m->state_q == AS_LOAD_DRAIN);
}

/* The head tag's data, and the lanes that take it. */
static void eval_write(const struct as_load_unit *m, const struct as_load_unit_in *in,
                       struct as_load_unit_out *out)
{
    const struct as_load_tag *tag = &m->tag_mem[m->tag_rd_q];
    uint8_t pad = (uint8_t)FIELD(m, pad);
    bool weight = FIELD(m, to_weights), bytes = FIELD(m, bytes) && (m->partial_loads || !weight);
    struct as_tile_write *write = weight ? &out->wbuf_write : &out->ibuf_write;
    out->ibuf_write.lanes = out->wbuf_write.lanes = 0;
    out->ibuf_write.addr = m->dword_q & (2 * m->ibuf_half - 1);
    out->wbuf_write.addr = m->dword_q & (2 * m->wbuf_half - 1);
    if (tag->pad || bytes)
        as_word_replicate(&out->write_data, tag->pad ? pad : in->rsp_data.b[tag->offset]);
    else
        out->write_data = in->rsp_data;
    if (!pops(m, in))
        return;
    write->lanes = bytes ? 1 : m->width;
    write->lane = first_lane(m) + m->dlane_q * write->lanes;
}

void as_load_unit_eval(const struct as_load_unit *m, const struct as_load_unit_in *in,
                       struct as_load_unit_out *out)
{
    struct as_mem_request req;
    as_load_unit_request(m, &req);
    out->req_valid = req.valid;
    out->req_addr = req.addr;
    out->waiting = m->state_q == AS_LOAD_WAIT;
    out->busy = m->state_q != AS_LOAD_IDLE;
    uint8_t full = FIELD(m, to_weights) ? in->wbuf_full : in->ibuf_full;
    out->go_ok =
        out->waiting && !(full >> FIELD(m, half) & 1) && (!FIELD(m, wait_mem) || in->mem_tok);
    out->take_m = out->go_ok && FIELD(m, wait_mem);
    bool done = m->state_q == AS_LOAD_DRAIN && m->tag_cnt_q == 0 && !is_part(m);
    uint8_t set = (uint8_t)((done ? 1u : 0u) << FIELD(m, half));
    out->ibuf_set = FIELD(m, to_weights) ? 0 : set;
    out->wbuf_set = FIELD(m, to_weights) ? set : 0;
    eval_write(m, in, out);
}

static bool r_at_end(const struct as_load_unit *m)
{
    return FIELD(m, linear) || m->r_q == COUNT(m, nr);
}

/* Steps the loops over an accepted request; true when it was the last of all. */
static bool advance(struct as_load_unit *m)
{
    bool linear = FIELD(m, linear);
    uint32_t step = FIELD(m, bytes) ? 1 : m->width;
    bool c_last = m->c_q == COUNT(m, nc);
    bool s_last = m->s_q == COUNT(m, ns);
    bool r_last = r_at_end(m);
    bool q_last = linear || m->q_q == COUNT(m, nq);
    bool p_last = linear || m->p_q == COUNT(m, np);
    uint32_t delta = step;
    m->c_q = c_last ? 0 : m->c_q + 1;
    if (c_last) {
        m->s_q = s_last ? 0 : m->s_q + 1;
        m->xs_q = s_last ? 0 : (m->xs_q + FIELD(m, dx_s)) & m->coord_mask;
        delta = FIELD(m, ds);
    }
    if (c_last && s_last) {
        m->r_q = r_last ? 0 : m->r_q + 1;
        m->yr_q = r_last ? 0 : (m->yr_q + FIELD(m, dy_r)) & m->coord_mask;
        delta = FIELD(m, dr);
    }
    if (c_last && s_last && r_last) {
        m->q_q = q_last ? 0 : m->q_q + 1;
        m->xb_q =
            q_last ? (FIELD(m, x0) & m->coord_mask) : (m->xb_q + FIELD(m, dx_q)) & m->coord_mask;
        delta = FIELD(m, dq);
    }
    if (c_last && s_last && r_last && q_last) {
        m->p_q = p_last ? 0 : m->p_q + 1;
        m->yb_q = (m->yb_q + FIELD(m, dy_p)) & m->coord_mask;
        delta = FIELD(m, dp);
    }
    m->addr_q = (m->addr_q + (linear ? step : delta)) & m->addr_mask;
    return c_last && s_last && r_last && q_last && p_last;
}

static void push_tag(struct as_load_unit *m)
{
    bool c_last = m->c_q == COUNT(m, nc);
    bool sr_last = m->s_q == COUNT(m, ns) && r_at_end(m);
    uint32_t align = FIELD(m, align);
    uint32_t y = (m->yb_q + m->yr_q) & m->coord_mask;
    uint32_t x = (m->xb_q + m->xs_q) & m->coord_mask;
    struct as_load_tag *tag = &m->tag_mem[m->tag_wr_q];
    tag->pad = !FIELD(m, linear) &&
               (y >= (FIELD(m, height) & m->coord_mask) || x >= (FIELD(m, width) & m->coord_mask));
    tag->offset = (uint8_t)(m->addr_q & (m->width - 1));
    tag->align = (align == 1 && c_last) || (align == 2 && c_last && sr_last);
    m->tag_wr_q = (m->tag_wr_q + 1) & (m->tag_depth - 1);
}

/* The last value of dlane_q in a word. */
static uint32_t last_lane(const struct as_load_unit *m)
{
    if (FIELD(m, to_weights))
        return (FIELD(m, bytes) ? m->wbuf_bytes : m->wbuf_beats) - 1;
    return (FIELD(m, bytes) ? lanes(m) : lanes(m) / m->width) - 1;
}

static void tick_run(struct as_load_unit *m, const struct as_load_unit_in *in)
{
    bool push = m->state_q == AS_LOAD_RUN && in->req_ready;
    bool pop = pops(m, in);
    if (pop) {
        bool align = FIELD(m, bytes) && m->tag_mem[m->tag_rd_q].align;
        if (m->dlane_q == last_lane(m) || align) {
            m->dlane_q = 0;
            m->dword_q = (m->dword_q + 1) & m->dword_mask;
        } else {
            m->dlane_q = (m->dlane_q + 1) & m->dlane_mask;
        }
        m->tag_rd_q = (m->tag_rd_q + 1) & (m->tag_depth - 1);
    }
    if (push) {
        push_tag(m);
        if (advance(m))
            m->state_q = AS_LOAD_DRAIN;
    }
    m->tag_cnt_q = m->tag_cnt_q + push - pop;
}

static void begin(struct as_load_unit *m)
{
    m->c_q = m->s_q = m->r_q = m->q_q = m->p_q = 0;
    if (FIELD(m, step)) {
        m->addr_q = (m->addr_q + m->off_q) & m->addr_mask;
        m->yb_q = (m->yb_q + m->yoff_q) & m->coord_mask;
    }
    m->yr_q = 0;
    m->xb_q = FIELD(m, x0) & m->coord_mask;
    m->xs_q = 0;
    uint32_t words = FIELD(m, to_weights) ? m->wbuf_half : m->ibuf_half;
    bool offset = m->partial_loads && !FIELD(m, linear);
    m->dword_q = FIELD(m, half) * words + (offset ? FIELD(m, word0) & (words - 1) : 0);
    m->dlane_q = 0;
}

/* LOOP: the next iteration, or on behind it. */
static void repeat(struct as_load_unit *m, struct as_desc_fetch_in *fetch)
{
    uint32_t target = COUNT(m, nr) << m->count_bits | COUNT(m, ns);
    if (m->it_q == COUNT(m, nc)) {
        m->it_q = m->off_q = m->yoff_q = 0;
        return;
    }
    fetch->load = true;
    fetch->ptr = target * AS_STREAM_ALIGN >> m->shift;
    m->it_q = (m->it_q + 1) & m->count_mask;
    m->off_q = (m->off_q + FIELD(m, src)) & m->addr_mask;
    m->yoff_q = (m->yoff_q + COUNT(m, nq)) & m->coord_mask;
}

/* The first address and row go straight from the descriptor to where they are used. */
static void capture(struct as_load_unit *m, const struct as_word *data, uint32_t index)
{
    uint32_t words = m->width / 4;
    for (uint32_t i = 0; i < words && index * words + i < AS_LOAD_WORDS; i++) {
        uint32_t word = index * words + i;
        m->word_q[word] = as_word_u32(data, (int)i);
        if (word == AS_LOAD_WORD_src)
            m->addr_q = FIELD(m, src) & m->addr_mask;
        if (word == AS_LOAD_WORD_y0)
            m->yb_q = FIELD(m, y0) & m->coord_mask;
    }
}

void as_load_unit_tick(struct as_load_unit *m, const struct as_load_unit_in *in,
                       const struct as_load_unit_out *out)
{
    struct as_desc_fetch_in fetch = {.req_ready = in->req_ready && m->state_q != AS_LOAD_RUN,
                                     .rsp_valid = in->rsp_valid};
    struct as_desc_fetch_out got = as_desc_fetch_eval(&m->fetch, &fetch);
    bool head = false;
    switch (m->state_q) {
    case AS_LOAD_IDLE:
        fetch.load = head = in->start;
        fetch.ptr = in->pc >> m->shift;
        if (in->start)
            m->it_q = m->off_q = m->yoff_q = 0;
        break;
    case AS_LOAD_HEAD:
    case AS_LOAD_TAIL:
        if (got.beat)
            capture(m, &in->rsp_data, got.index);
        if (got.last)
            m->state_q = m->state_q == AS_LOAD_HEAD ? AS_LOAD_DECODE : AS_LOAD_WAIT;
        break;
    case AS_LOAD_DECODE:
        if (FIELD(m, end)) {
            m->state_q = AS_LOAD_IDLE;
        } else if (FIELD(m, loop)) {
            repeat(m, &fetch);
            head = true;
        } else if (FIELD(m, linear)) {
            m->state_q = AS_LOAD_WAIT;
        } else {
            fetch.go = fetch.cont = true;
            fetch.n = (AS_LOAD_WORDS - AS_LOAD_LINEAR_WORDS) * 4 / m->width;
            m->state_q = AS_LOAD_TAIL;
        }
        break;
    case AS_LOAD_WAIT:
        if (out->go_ok) {
            begin(m);
            m->state_q = AS_LOAD_RUN;
        }
        break;
    case AS_LOAD_RUN:
    case AS_LOAD_DRAIN:
        head = m->state_q == AS_LOAD_DRAIN && m->tag_cnt_q == 0;
        tick_run(m, in);
        break;
    }
    if (head) {
        fetch.go = true;
        fetch.n = AS_LOAD_LINEAR_WORDS * 4 / m->width;
        m->state_q = AS_LOAD_HEAD;
    }
    as_desc_fetch_tick(&m->fetch, &fetch);
}

void as_load_unit_reset(struct as_load_unit *m)
{
    as_desc_fetch_reset(&m->fetch);
    m->state_q = AS_LOAD_IDLE;
    m->it_q = m->off_q = m->yoff_q = 0;
    m->tag_wr_q = m->tag_rd_q = m->tag_cnt_q = 0;
}
