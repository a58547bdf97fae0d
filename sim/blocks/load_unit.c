#include "sim/blocks/load_unit.h"

#include <string.h>

static uint32_t field(const struct as_load_unit *m, int word, int low, uint32_t mask)
{
    return m->word_q[word] >> low & mask;
}

static bool is_end(const struct as_load_unit *m)
{
    return field(m, 0, 0, 1) != 0;
}

static bool is_weight(const struct as_load_unit *m)
{
    return field(m, 0, 1, 1) != 0;
}

static uint32_t half(const struct as_load_unit *m)
{
    return field(m, 0, 2, 1);
}

static bool is_bytes(const struct as_load_unit *m)
{
    return field(m, 0, 3, 1) != 0;
}

static bool waits_mem(const struct as_load_unit *m)
{
    return field(m, 0, 4, 1) != 0;
}

static bool is_linear(const struct as_load_unit *m)
{
    return field(m, 0, 5, 1) != 0;
}

static bool is_loop(const struct as_load_unit *m)
{
    return field(m, 0, 16, 1) != 0;
}

static bool is_step(const struct as_load_unit *m)
{
    return field(m, 0, 17, 1) != 0;
}

static bool is_part(const struct as_load_unit *m)
{
    return m->parts && field(m, 0, 18, 1) != 0;
}

/* LN: ibuf lanes that the beats of a word fill. */
static uint32_t lanes(const struct as_load_unit *m)
{
    return m->lanes[is_linear(m) ? 0 : field(m, 0, 19, 3)];
}

/* G: the first ibuf lane of the array row that is loaded. */
static uint32_t first_lane(const struct as_load_unit *m)
{
    bool grouped = m->grouped && !is_weight(m) && !is_linear(m);
    return grouped ? field(m, 11, 16, (1u << AS_COUNT_BITS) - 1) * m->width : 0;
}

static uint32_t max(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Ones enough for 0 .. values - 1, at least one. */
static uint32_t index_mask(uint32_t values)
{
    uint32_t mask = 1;
    while (mask < values - 1)
        mask = mask << 1 | 1;
    return mask;
}

static void init_lanes(struct as_load_unit *m, const struct as_config *cfg)
{
    uint32_t load_lanes = (uint32_t)cfg->load_lanes, cols = (uint32_t)cfg->cols;
    m->lanes[0] = m->lanes[3] = load_lanes;
    m->lanes[1] = cfg->line ? (uint32_t)cfg->unroll[AS_LOOP_C] : load_lanes;
    m->lanes[2] = cfg->line ? cols : load_lanes;
    m->wbuf_bytes = (uint32_t)cfg->wbuf_bytes;
    m->wbuf_beats = (uint32_t)cfg->wbuf_beats;
    m->dlane_mask = index_mask(max(max(load_lanes, cfg->line ? cols : 1),
                                   max(m->wbuf_beats, cfg->parts ? m->wbuf_bytes : 1)));
}

void as_load_unit_init(struct as_load_unit *m, const struct as_config *cfg)
{
    memset(m, 0, sizeof *m);
    m->shift = (uint32_t)as_word_shift(cfg);
    m->width = (uint32_t)cfg->mem_width_bytes;
    m->parts = cfg->parts;
    m->grouped = cfg->output_kind;
    init_lanes(m, cfg);
    m->addr_mask = (uint32_t)cfg->mem_bytes - 1;
    m->count_bits = (uint32_t)cfg->count_bits;
    m->count_mask = (1u << cfg->count_bits) - 1;
    m->coord_mask = (1u << cfg->coord_bits) - 1;
    m->ibuf_half = 1u << (cfg->ibuf_addr_bits - 1);
    m->wbuf_half = 1u << (cfg->wbuf_addr_bits - 1);
    m->dword_mask = 2 * (m->ibuf_half > m->wbuf_half ? m->ibuf_half : m->wbuf_half) - 1;
    m->tag_depth = (uint32_t)as_owner_depth(cfg);
    as_desc_fetch_init(&m->fetch, (uint32_t)cfg->mem_words);
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
    uint8_t pad = (uint8_t)field(m, 0, 8, 0xFF);
    bool weight = is_weight(m), bytes = is_bytes(m) && (m->parts || !weight);
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
    uint8_t full = is_weight(m) ? in->wbuf_full : in->ibuf_full;
    out->go_ok = out->waiting && !(full >> half(m) & 1) && (!waits_mem(m) || in->mem_tok);
    out->take_m = out->go_ok && waits_mem(m);
    bool done = m->state_q == AS_LOAD_DRAIN && m->tag_cnt_q == 0 && !is_part(m);
    uint8_t set = (uint8_t)((done ? 1u : 0u) << half(m));
    out->ibuf_set = is_weight(m) ? 0 : set;
    out->wbuf_set = is_weight(m) ? set : 0;
    eval_write(m, in, out);
}

static bool r_at_end(const struct as_load_unit *m)
{
    return is_linear(m) || m->r_q == field(m, 2, 20, m->count_mask);
}

/* Steps the loops over an accepted request; true when it was the last of all. */
static bool advance(struct as_load_unit *m)
{
    bool linear = is_linear(m);
    uint32_t step = is_bytes(m) ? 1 : m->width;
    bool c_last = m->c_q == field(m, 2, 0, m->count_mask);
    bool s_last = m->s_q == field(m, 2, 10, m->count_mask);
    bool r_last = r_at_end(m);
    bool q_last = linear || m->q_q == field(m, 3, 0, m->count_mask);
    bool p_last = linear || m->p_q == field(m, 3, 10, m->count_mask);
    uint32_t delta = step;
    m->c_q = c_last ? 0 : m->c_q + 1;
    if (c_last) {
        m->s_q = s_last ? 0 : m->s_q + 1;
        m->xs_q = s_last ? 0 : (m->xs_q + field(m, 10, 16, AS_STEP_MAX)) & m->coord_mask;
        delta = m->word_q[4];
    }
    if (c_last && s_last) {
        m->r_q = r_last ? 0 : m->r_q + 1;
        m->yr_q = r_last ? 0 : (m->yr_q + field(m, 10, 0, AS_STEP_MAX)) & m->coord_mask;
        delta = m->word_q[5];
    }
    if (c_last && s_last && r_last) {
        m->q_q = q_last ? 0 : m->q_q + 1;
        m->xb_q = q_last ? field(m, 8, 16, m->coord_mask)
                         : (m->xb_q + field(m, 10, 24, AS_STEP_MAX)) & m->coord_mask;
        delta = m->word_q[6];
    }
    if (c_last && s_last && r_last && q_last) {
        m->p_q = p_last ? 0 : m->p_q + 1;
        m->yb_q = (m->yb_q + field(m, 10, 8, AS_STEP_MAX)) & m->coord_mask;
        delta = m->word_q[7];
    }
    m->addr_q = (m->addr_q + (linear ? step : delta)) & m->addr_mask;
    return c_last && s_last && r_last && q_last && p_last;
}

static void push_tag(struct as_load_unit *m)
{
    bool c_last = m->c_q == field(m, 2, 0, m->count_mask);
    bool sr_last = m->s_q == field(m, 2, 10, m->count_mask) && r_at_end(m);
    uint32_t align = field(m, 0, 6, 3);
    uint32_t y = (m->yb_q + m->yr_q) & m->coord_mask;
    uint32_t x = (m->xb_q + m->xs_q) & m->coord_mask;
    struct as_load_tag *tag = &m->tag_mem[m->tag_wr_q];
    tag->pad = !is_linear(m) &&
               (y >= field(m, 9, 0, m->coord_mask) || x >= field(m, 9, 16, m->coord_mask));
    tag->offset = (uint8_t)(m->addr_q & (m->width - 1));
    tag->align = (align == 1 && c_last) || (align == 2 && c_last && sr_last);
    m->tag_wr_q = (m->tag_wr_q + 1) & (m->tag_depth - 1);
}

/* The last value of dlane_q in a word. */
static uint32_t last_lane(const struct as_load_unit *m)
{
    if (is_weight(m))
        return (is_bytes(m) ? m->wbuf_bytes : m->wbuf_beats) - 1;
    return (is_bytes(m) ? lanes(m) : lanes(m) / m->width) - 1;
}

static void tick_run(struct as_load_unit *m, const struct as_load_unit_in *in)
{
    bool push = m->state_q == AS_LOAD_RUN && in->req_ready;
    bool pop = pops(m, in);
    if (pop) {
        bool align = is_bytes(m) && m->tag_mem[m->tag_rd_q].align;
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
    if (is_step(m)) {
        m->addr_q = (m->addr_q + m->off_q) & m->addr_mask;
        m->yb_q = (m->yb_q + m->yoff_q) & m->coord_mask;
    }
    m->yr_q = 0;
    m->xb_q = field(m, 8, 16, m->coord_mask);
    m->xs_q = 0;
    uint32_t words = is_weight(m) ? m->wbuf_half : m->ibuf_half;
    bool offset = m->parts && !is_linear(m);
    m->dword_q = half(m) * words + (offset ? field(m, 11, 0, words - 1) : 0);
    m->dlane_q = 0;
}

/* LOOP: the next iteration, or on behind it. */
static void repeat(struct as_load_unit *m, struct as_desc_fetch_in *fetch)
{
    uint32_t target =
        field(m, 2, 20, m->count_mask) << m->count_bits | field(m, 2, 10, m->count_mask);
    if (m->it_q == field(m, 2, 0, m->count_mask)) {
        m->it_q = m->off_q = m->yoff_q = 0;
        return;
    }
    fetch->load = true;
    fetch->ptr = target * AS_STREAM_ALIGN >> m->shift;
    m->it_q = (m->it_q + 1) & m->count_mask;
    m->off_q = (m->off_q + m->word_q[1]) & m->addr_mask;
    m->yoff_q = (m->yoff_q + field(m, 3, 0, m->count_mask)) & m->coord_mask;
}

/* The first address and row go straight from the descriptor to where they are used. */
static void capture(struct as_load_unit *m, const struct as_word *data, uint32_t index)
{
    uint32_t words = m->width / 4;
    for (uint32_t i = 0; i < words && index * words + i < AS_LOAD_WORDS; i++) {
        uint32_t word = index * words + i;
        m->word_q[word] = as_word_u32(data, (int)i);
        if (word == 1)
            m->addr_q = m->word_q[1] & m->addr_mask;
        if (word == 8)
            m->yb_q = field(m, 8, 0, m->coord_mask);
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
        if (is_end(m)) {
            m->state_q = AS_LOAD_IDLE;
        } else if (is_loop(m)) {
            repeat(m, &fetch);
            head = true;
        } else if (is_linear(m)) {
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
