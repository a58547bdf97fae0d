#include "sim/blocks/compute_unit.h"

#include <string.h>

void as_compute_unit_init(struct as_compute_unit *m, const struct as_hw *hw)
{
    memset(m, 0, sizeof *m);
    m->shift = (uint32_t)as_word_shift(hw);
    m->width = (uint32_t)hw->mem_width_bytes;
    m->rows = (uint32_t)hw->rows;
    m->row_mask = 1;
    while (m->row_mask < m->rows - 1)
        m->row_mask = m->row_mask << 1 | 1;
    m->count_bits = (uint32_t)hw->count_bits;
    m->count_mask = (1u << hw->count_bits) - 1;
    m->drain_cycles = (uint32_t)hw->drain_cycles;
    m->output = hw->output_kind;
    m->wide = hw->wide;
    m->has_line = hw->line;
    m->products = hw->products != 0;
    m->lookup_lanes = (uint32_t)hw->load_lanes;
    while (1 << m->table_shift < hw->table_pack)
        m->table_shift++;
    m->kernel_rows = (uint32_t)hw->unroll[AS_LOOP_R];
    m->wide_late = (uint32_t)hw->wide_late;
    m->ibuf_half = 1u << (hw->ibuf_addr_bits - 1);
    m->wbuf_half = 1u << (hw->wbuf_addr_bits - 1);
    m->acc_mask = (1u << hw->acc_addr_bits) - 1;
    as_desc_fetch_init(&m->fetch, (uint32_t)hw->mem_words);
}

void as_compute_unit_request(const struct as_compute_unit *m, struct as_mem_request *req)
{
    req->valid = m->fetch.iss_q != 0;
    req->write = false;
    req->addr = m->fetch.ptr_q;
}

static void eval_wait(const struct as_compute_unit *m, const struct as_compute_unit_in *in,
                      struct as_compute_unit_out *out)
{
    const struct as_compute_job *job = &m->job;
    bool waiting = m->state_q == AS_COMPUTE_WAIT && !job->end && !job->loop;
    bool has_ifmap = in->ibuf_full >> job->isel & 1;
    bool has_weight = in->wbuf_full >> job->wsel & 1;
    bool other_mode = !job->lookup && (job->line != m->mode_line_q || job->dw != m->mode_dw_q);
    bool blocked = (job->emit && (in->acc_claim >> job->asel & 1)) ||
                   ((job->lookup || other_mode) && m->drain_q != 0);
    out->wait_ifmap = waiting && !has_ifmap;
    out->wait_weight = waiting && has_ifmap && !has_weight;
    out->wait_acc = waiting && has_ifmap && has_weight && blocked;
    out->go_ok = waiting && has_ifmap && has_weight && !blocked;
    out->claim = (uint8_t)((out->go_ok && job->push_a ? 1u : 0u) << job->asel);
}

static bool window_last(const struct as_compute_unit *m)
{
    return m->q_q == m->job.nq && m->p_q == m->job.np;
}

static bool reduction_last(const struct as_compute_unit *m)
{
    return m->c_q == m->job.nc && m->s_q == m->job.ns && m->r_q == m->job.nr;
}

static void eval_reduce(const struct as_compute_unit *m, struct as_compute_unit_out *out)
{
    const struct as_compute_job *job = &m->job;
    bool mac = m->state_q == AS_COMPUTE_RUN && !job->lookup;

    out->takes_weights = !(job->hold && !m->first_tile_q);
    out->tile_start = mac && !m->done_q && !m->in_tile_q && !m->gap_q && !m->ld_busy_q;
    out->mac_beat = out->tile_start || (mac && m->in_tile_q);
    out->ld_start = out->tile_start && out->takes_weights;
    out->ld_issue = out->ld_start || (mac && m->ld_busy_q);
}

static void eval_output(const struct as_compute_unit *m, struct as_compute_unit_out *out)
{
    bool mac = m->state_q == AS_COMPUTE_RUN && !m->job.lookup && !m->done_q;
    bool last = reduction_last(m);

    out->mac_beat = mac && !(last && m->left_q != 0);
    out->tile_last = out->mac_beat && last;
    out->row_issue = out->tile_last || m->left_q != 0;
}

static void eval_run(const struct as_compute_unit *m, struct as_compute_unit_out *out)
{
    const struct as_compute_job *job = &m->job;
    bool run = m->state_q == AS_COMPUTE_RUN;

    out->takes_weights = out->tile_start = out->ld_start = out->ld_issue = false;
    out->tile_last = out->row_issue = false;
    if (m->output)
        eval_output(m, out);
    else
        eval_reduce(m, out);
    out->lookup_beat = run && job->lookup && !m->done_q;
    out->job_end = run && m->done_q && !m->ld_busy_q && m->rd_left_q == 0 && m->left_q == 0;
    out->run_idle = run && !out->mac_beat && !out->lookup_beat;
    out->ibuf_free = (uint8_t)((out->job_end && job->free_i ? 1u : 0u) << job->isel);
    out->wbuf_free = (uint8_t)((out->job_end && job->free_w ? 1u : 0u) << job->wsel);
}

void as_compute_unit_eval(const struct as_compute_unit *m, const struct as_compute_unit_in *in,
                          struct as_compute_unit_out *out)
{
    out->req_valid = m->fetch.iss_q != 0;
    out->req_addr = m->fetch.ptr_q;
    out->busy = m->state_q != AS_COMPUTE_IDLE;
    out->fetching = m->state_q == AS_COMPUTE_FETCH;
    eval_wait(m, in, out);
    eval_run(m, out);
    as_activation byte =
        (as_activation)in->ibuf_word[m->lk_lane_q < m->lookup_lanes ? m->lk_lane_q : 0];
    out->lk_max = m->lk_first_q || byte > m->cur_q ? byte : m->cur_q;
    uint32_t index =
        (uint32_t)(m->job.sub ? byte - m->cur_q : out->lk_max) & (AS_TABLE_ENTRIES - 1);
    out->ibuf_raddr = m->ba_q;
    out->lk_addr = (m->job.wsel ? m->wbuf_half : 0) | index >> m->table_shift;
    out->lk_sub = index & ((1u << m->table_shift) - 1);
    out->wbuf_raddr = m->lk_v_q ? out->lk_addr : m->wptr_q;
}

/* Counts have `count_bits` bits in the hardware; what it has no part for is never asked of it. */
static void decode(struct as_compute_unit *m)
{
    const uint32_t *w = m->word_q;
    struct as_compute_job *job = &m->job;

#define CUT_FLAG(value)  (value) != 0
#define CUT_COUNT(value) (value) & m->count_mask
#define CUT_UINT(value)  (value)
#define CUT_SINT(value)  (value)
#define AS_COMPUTE_FIELD(name, kind, when, word, low, bits, meaning)                               \
    job->name = CUT_##kind(AS_FIELD(COMPUTE, name, w));
#include "gen/program/descriptors.def"
    job->mul = job->mul && m->products;
    job->line = job->line && m->has_line;
    job->dw = job->dw && m->has_line;
}

static void capture(struct as_compute_unit *m, const struct as_word *data, uint32_t index)
{
    uint32_t words = m->width / 4;
    for (uint32_t i = 0; i < words && index * words + i < AS_COMPUTE_WORDS; i++)
        m->word_q[index * words + i] = as_word_u32(data, (int)i);
    decode(m);
}

static void begin(struct as_compute_unit *m)
{
    const struct as_compute_job *job = &m->job;
    m->q_q = m->p_q = m->c_q = m->s_q = m->r_q = m->k_q = 0;
    m->tb_q = m->ba_q = (job->isel ? m->ibuf_half : 0) | (job->ibase & (m->ibuf_half - 1));
    m->acc_q = m->kb_q = job->abase & m->acc_mask;
    m->wptr_q = m->wkb_q = job->wsel ? m->wbuf_half : 0;
    m->byte_q = m->left_q = 0;
    m->knext_q = false;
    if (!job->lookup) {
        m->mode_line_q = job->line;
        m->mode_dw_q = job->dw;
    }
    m->ld_row_q = 0;
    m->lane_q = 0;
    m->ld_busy_q = m->in_tile_q = m->gap_q = m->done_q = false;
    m->red_first_q = m->first_tile_q = true;
}

/* LOOP: the next iteration, or on behind it. */
static void repeat(struct as_compute_unit *m, struct as_desc_fetch_in *fetch)
{
    const struct as_compute_job *job = &m->job;
    if (m->it_q == job->nq) {
        m->it_q = 0;
        return;
    }
    fetch->load = true;
    fetch->ptr = (job->nk << m->count_bits | job->np) * AS_STREAM_ALIGN >> m->shift;
    m->it_q = (m->it_q + 1) & m->count_mask;
}

/* Steps c, s, r, k at the end of a tile: the next tile base.  The last tile of all wraps every
 * counter and counts as an advance of k. */
static void advance_tile(struct as_compute_unit *m)
{
    const struct as_compute_job *job = &m->job;
    bool c_last = m->c_q == job->nc;
    bool s_last = m->s_q == job->ns;
    bool r_last = m->r_q == job->nr;
    uint32_t delta = job->dc;
    m->red_first_q = c_last && s_last && r_last;
    m->c_q = c_last ? 0 : m->c_q + 1;
    if (c_last) {
        m->s_q = s_last ? 0 : m->s_q + 1;
        delta = job->ds;
    }
    if (c_last && s_last) {
        m->r_q = r_last ? 0 : m->r_q + 1;
        delta = job->dr;
    }
    if (c_last && s_last && r_last) {
        bool k_last = m->k_q == job->nk;
        m->k_q = k_last ? 0 : m->k_q + 1;
        m->done_q = k_last;
        delta = job->dk;
    }
    m->tb_q = m->ba_q = (m->tb_q + delta) & (2 * m->ibuf_half - 1);
}

/* Steps q and p inside a tile; true at its last beat, where ba_q is left to the caller. */
static bool advance_window(struct as_compute_unit *m)
{
    const struct as_compute_job *job = &m->job;
    bool q_last = m->q_q == job->nq;
    m->first_tile_q = false;
    if (window_last(m)) {
        m->q_q = m->p_q = 0;
        return true;
    }
    m->q_q = q_last ? 0 : m->q_q + 1;
    if (q_last)
        m->p_q++;
    m->ba_q = (m->ba_q + (q_last ? job->dp : job->dq)) & (2 * m->ibuf_half - 1);
    return false;
}

/* The psum of this beat is an output's. */
static bool beat_counts(const struct as_compute_unit *m)
{
    return !m->job.line || (m->q_q <= m->job.vq && m->p_q + 1 >= m->kernel_rows);
}

static void mac_beat(struct as_compute_unit *m)
{
    bool red_last = reduction_last(m);
    uint32_t next = (m->acc_q + (beat_counts(m) ? 1 : 0)) & m->acc_mask;
    m->in_tile_q = true;
    if (!advance_window(m)) {
        m->acc_q = next;
        return;
    }
    m->in_tile_q = false;
    advance_tile(m);
    if (red_last)
        m->kb_q = next;
    m->acc_q = m->kb_q;
}

/* KIND output: the tile after this one, or done. */
static uint32_t next_tile_delta(struct as_compute_unit *m)
{
    const struct as_compute_job *job = &m->job;

    if (m->q_q != job->nq) {
        m->q_q++;
        return job->dq;
    }
    m->q_q = 0;
    if (m->p_q != job->np) {
        m->p_q++;
        return job->dp;
    }
    m->p_q = 0;
    m->done_q = m->k_q == job->nk;
    m->k_q = m->done_q ? 0 : m->k_q + 1;
    return job->dk;
}

/* KIND output: one element of the reduction. */
static void output_beat(struct as_compute_unit *m)
{
    const struct as_compute_job *job = &m->job;
    uint32_t mask = 2 * m->ibuf_half - 1, wmask = 2 * m->wbuf_half - 1;
    bool pixels_last = window_last(m);

    m->wptr_q = (m->wptr_q + 1) & wmask;
    if (m->c_q != job->nc) {
        m->c_q++;
        m->byte_q++;
        if (m->byte_q == m->width) {
            m->byte_q = 0;
            m->ba_q = (m->ba_q + 1) & mask;
        }
        return;
    }
    m->c_q = m->byte_q = 0;
    if (m->s_q != job->ns) {
        m->s_q++;
        m->ba_q = (m->ba_q + job->ds) & mask;
        return;
    }
    m->s_q = 0;
    if (m->r_q != job->nr) {
        m->r_q++;
        m->ba_q = (m->ba_q + job->dr) & mask;
        return;
    }
    m->r_q = 0;
    m->tb_q = m->ba_q = (m->tb_q + next_tile_delta(m)) & mask;
    if (pixels_last && !job->hold)
        m->wkb_q = m->wptr_q;
    else
        m->wptr_q = m->wkb_q;
}

/* KIND output: the psum rows of a finished tile, one a cycle. `k_next`: the beat was the last
 * tile's of a k. */
static void tick_rows(struct as_compute_unit *m, const struct as_compute_unit_out *out, bool k_next)
{
    if (out->tile_last) {
        m->left_q = m->rows - 1;
        m->row_q = 1;
        m->da_q = (m->acc_q + m->job.da) & m->acc_mask;
        m->knext_q = k_next;
        m->acc_q = (m->acc_q + 1) & m->acc_mask;
    } else if (m->left_q != 0) {
        if (m->left_q == 1 && m->knext_q)
            m->acc_q = (m->da_q + 1) & m->acc_mask;
        m->left_q--;
        m->row_q = (m->row_q + 1) & m->row_mask;
        m->da_q = (m->da_q + m->job.da) & m->acc_mask;
    }
}

static void lookup_beat(struct as_compute_unit *m)
{
    if (!advance_window(m))
        return;
    m->acc_q = (m->acc_q + 1) & m->acc_mask;
    if (m->lane_q != m->job.nl) {
        m->lane_q++;
        m->ba_q = m->tb_q;
    } else {
        m->lane_q = 0;
        advance_tile(m);
    }
}

static void tick_loader(struct as_compute_unit *m, const struct as_compute_unit_out *out)
{
    uint32_t row = out->ld_start ? 0 : m->ld_row_q;
    if (m->wide) {
        m->wptr_q = (m->wptr_q + (out->ld_issue ? 1 : 0)) & (2 * m->wbuf_half - 1);
    } else if (out->ld_issue) {
        m->wptr_q = (m->wptr_q + 1) & (2 * m->wbuf_half - 1);
        m->ld_busy_q = row + 1 != m->rows;
        m->ld_row_q = (row + 1) & m->row_mask;
    }
}

/* ---- tick: the registers one cycle behind an issue ---- */

/* The control word of a lookup: a psum leaves with the last element of each window. */
static void issue_lookup(struct as_compute_unit *m, const struct as_compute_unit_out *out,
                         bool job_last)
{
    const struct as_compute_job *job = &m->job;

    m->ctl_q.mul = out->lookup_beat && job->mul;
    m->ctl_q.valid = out->lookup_beat && window_last(m) && !job->scan;
    m->ctl_q.ovr = job->first;
    m->ctl_q.emit = job->emit;
    m->ctl_q.last = out->lookup_beat && job->push_a && job_last;
}

/* KIND reduce: every beat makes a psum; the first and the last tile of a reduction are marked. */
static void issue_reduce(struct as_compute_unit *m, const struct as_compute_unit_out *out,
                         bool job_last)
{
    const struct as_compute_job *job = &m->job;

    m->ctl_q.valid = out->mac_beat && beat_counts(m);
    m->ctl_q.ovr = job->first && m->red_first_q;
    m->ctl_q.emit = job->emit && reduction_last(m);
    m->ctl_q.last = out->mac_beat && job->push_a && job_last;
}

/* KIND output: psums leave row by row: row 0 with the last beat of its tile, the others behind it
 * while the beats of the next tile run. */
static void issue_output(struct as_compute_unit *m, const struct as_compute_unit_out *out,
                         bool job_last)
{
    const struct as_compute_job *job = &m->job;
    bool row_last = out->tile_last ? m->rows == 1 : m->left_q == 1;
    bool tile_ends_job = out->tile_last ? job_last : m->done_q;

    m->ctl_q.valid = out->row_issue;
    m->ctl_q.ovr = job->first;
    m->ctl_q.emit = job->emit;
    m->ctl_q.last = out->row_issue && row_last && tile_ends_job && job->push_a;
    if (m->left_q != 0)
        m->ctl_q.addr = (uint16_t)m->da_q;
}

/* KIND output: what goes to the array with a beat, whatever the job. */
static void issue_mac(struct as_compute_unit *m, const struct as_compute_unit_out *out)
{
    bool first = m->c_q == 0 && m->s_q == 0 && m->r_q == 0;

    m->orow_q = m->left_q != 0 ? m->row_q : 0;
    m->mac_q = (struct as_mac){.en = out->mac_beat,
                               .first = out->mac_beat && first,
                               .last = out->tile_last,
                               .byte = (uint8_t)m->byte_q};
}

/* Lookup: the element's place in the ibuf word that the next cycle shows, and, a cycle later, what
 * became of it: the maximum so far and the entry of the table word. */
static void tick_lookup(struct as_compute_unit *m, const struct as_compute_unit_out *out)
{
    if (m->lk_v_q) {
        if (!m->job.sub) /* `sub` reads the maximum of the last scan and keeps it */
            m->cur_q = out->lk_max;
        m->lk_sub_q = out->lk_sub;
    }
    m->lk_v_q = out->lookup_beat;
    m->lk_first_q = m->q_q == 0 && m->p_q == 0;
    m->lk_lane_q = m->lane_q;
}

/* What is still under way: weight reads of the columns behind, psums in the array. */
static void tick_under_way(struct as_compute_unit *m, const struct as_compute_unit_out *out)
{
    if (m->wide && out->ld_issue)
        m->rd_left_q = m->wide_late;
    else if (m->rd_left_q != 0)
        m->rd_left_q--;
    if (out->mac_beat)
        m->drain_q = m->drain_cycles;
    else if (m->drain_q != 0)
        m->drain_q--;
}

static void tick_issue(struct as_compute_unit *m, const struct as_compute_unit_out *out)
{
    const struct as_compute_job *job = &m->job;
    bool lane_last = !job->lookup || m->lane_q == job->nl;
    bool job_last = window_last(m) && lane_last && reduction_last(m) && m->k_q == job->nk;

    m->ctl_q =
        (struct as_ctl){.lookup = out->lookup_beat, .half = job->asel, .addr = (uint16_t)m->acc_q};
    if (job->lookup)
        issue_lookup(m, out, job_last);
    else if (m->output)
        issue_output(m, out, job_last);
    else
        issue_reduce(m, out, job_last);
    if (m->output)
        issue_mac(m, out);
    m->wen_q = out->ld_issue ? UINT64_C(1) << (out->ld_start ? 0 : m->ld_row_q) : 0;
    tick_lookup(m, out);
    tick_under_way(m, out);
}

/* ---- tick: the job's loops ---- */

static void tick_job(struct as_compute_unit *m, const struct as_compute_unit_out *out)
{
    if (m->job.lookup) {
        if (out->lookup_beat)
            lookup_beat(m);
    } else if (m->output) {
        tick_rows(m, out, window_last(m)); /* before the beat moves the loops on */
        if (out->mac_beat)
            output_beat(m);
    } else {
        tick_loader(m, out);
        /* a tile of one beat takes two cycles: its accumulator is read and written two apart */
        m->gap_q = out->tile_start && window_last(m);
        if (out->mac_beat)
            mac_beat(m);
    }
}

void as_compute_unit_tick(struct as_compute_unit *m, const struct as_compute_unit_in *in,
                          const struct as_compute_unit_out *out)
{
    struct as_desc_fetch_in fetch = {.req_ready = in->req_ready, .rsp_valid = in->rsp_valid};
    struct as_desc_fetch_out got = as_desc_fetch_eval(&m->fetch, &fetch);
    bool next = false; /* the next descriptor is fetched from here on */

    tick_issue(m, out); /* first: it looks at the loops as this cycle's beat saw them */
    switch (m->state_q) {
    case AS_COMPUTE_IDLE:
        fetch.load = next = in->start;
        fetch.ptr = in->pc >> m->shift;
        if (in->start)
            m->it_q = 0;
        break;
    case AS_COMPUTE_FETCH:
        if (got.beat)
            capture(m, &in->rsp_data, got.index);
        if (got.last)
            m->state_q = AS_COMPUTE_WAIT;
        break;
    case AS_COMPUTE_WAIT: /* for tokens; END and LOOP need none */
        if (m->job.end) {
            m->state_q = AS_COMPUTE_IDLE;
        } else if (m->job.loop) {
            repeat(m, &fetch);
            next = true;
        } else if (out->go_ok) {
            begin(m);
            m->state_q = AS_COMPUTE_RUN;
        }
        break;
    case AS_COMPUTE_RUN:
        tick_job(m, out);
        next = out->job_end;
        break;
    }
    if (next) {
        fetch.go = true;
        fetch.n = AS_COMPUTE_WORDS * 4 / m->width;
        m->state_q = AS_COMPUTE_FETCH;
    }
    as_desc_fetch_tick(&m->fetch, &fetch);
}

void as_compute_unit_reset(struct as_compute_unit *m)
{
    as_desc_fetch_reset(&m->fetch);
    m->state_q = AS_COMPUTE_IDLE;
    m->it_q = 0;
    m->ld_busy_q = m->in_tile_q = m->gap_q = m->done_q = false;
    m->ld_row_q = 0;
    m->drain_q = 0;
    m->ctl_q = (struct as_ctl){0};
    m->wen_q = 0;
    m->lk_v_q = false;
    m->mode_line_q = m->mode_dw_q = false;
    m->rd_left_q = m->left_q = 0;
    m->knext_q = false;
    m->mac_q = (struct as_mac){0};
}
