/* The load engine (docs/blocks.md, 7): a descriptor, a wait, and one request a cycle. */
#include "sim/timing/port.h"

struct as_timing_load as_timing_load_of(const struct as_hw *hw, const struct as_load_desc *desc)
{
    int64_t beats = (int64_t)(desc->nc + 1) * (desc->ns + 1);

    if (!desc->linear)
        beats *= (int64_t)(desc->nr + 1) * (desc->nq + 1) * (desc->np + 1);
    return (struct as_timing_load){.linear = desc->linear,
                                   .to_weights = desc->to_weights,
                                   .wait_mem = desc->wait_mem,
                                   .fills = !(hw->partial_loads && desc->partial),
                                   .half = (uint8_t)desc->half,
                                   .beats = beats};
}

static struct as_timing_half *half_of(struct as_timing_run *r, const struct as_timing_load *load)
{
    return load->to_weights ? &r->wbuf[load->half] : &r->ibuf[load->half];
}

/* When the descriptor in WAIT may go on. */
static int64_t may_go(struct as_timing_run *r, const struct as_timing_load *load)
{
    int64_t go = as_later(r->engine[AS_STREAM_LOAD].arrived, half_of(r, load)->empty);

    if (!load->wait_mem)
        return go;
    return r->given == r->taken ? AS_NEVER : as_later(go, r->token[r->taken % AS_TIMING_TOKENS]);
}

void as_timing_load_try(struct as_timing_run *r)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_LOAD];
    const struct as_timing_load *load = &r->program->loads[e->at];

    if (e->phase != AS_PHASE_WAIT)
        return;
    int64_t go = may_go(r, load);
    if (r->ahead && r->before == AS_NEVER &&
        (go > e->arrived || e->arrived > AS_TIMING_AHEAD_CYCLES)) {
        r->before = as_earlier(e->arrived + 2, AS_TIMING_AHEAD_CYCLES + 1);
        r->given = r->taken = 0;
        as_timing_give(r, r->before);
        go = may_go(r, load);
    }
    if (go >= AS_NEVER)
        return;
    r->taken += load->wait_mem;
    r->load_go = go;
    e->phase = AS_PHASE_DATA;
    e->asks = go + 1;
    e->left = load->beats;
}

static void end_data(struct as_timing_run *r, const struct as_timing_load *load, int64_t next)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_LOAD];

    r->events[AS_PERF_LOAD_WAIT] += r->load_go - e->arrived + 1;
    if (load->fills)
        *half_of(r, load) = (struct as_timing_half){.full = next, .empty = AS_NEVER};
    e->at++;
    as_timing_fetch(e, next, as_timing_words(r->hw, AS_LOAD_LINEAR_WORDS));
    as_timing_compute_try(r);
}

void as_timing_load_granted(struct as_timing_run *r, int64_t last)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_LOAD];
    const struct as_timing_load *load = &r->program->loads[e->at];
    int64_t next = last + r->hw->mem_latency + 1; /* after the last answer */

    if (e->phase == AS_PHASE_DATA) {
        end_data(r, load, next + 1); /* DRAIN, once more when the FIFO of tags is empty */
    } else if (e->phase == AS_PHASE_TAIL) {
        as_timing_arrive(e, AS_PHASE_WAIT, next);
        as_timing_load_try(r);
    } else if (load->step.kind == AS_STEP_END) {
        as_timing_arrive(e, AS_PHASE_IDLE, next); /* DECODE */
    } else if (load->step.kind == AS_STEP_LOOP) {
        as_timing_loop(e, &load->step);
        as_timing_fetch(e, next + 1, as_timing_words(r->hw, AS_LOAD_LINEAR_WORDS));
    } else if (load->linear) {
        as_timing_arrive(e, AS_PHASE_WAIT, next + 1);
        as_timing_load_try(r);
    } else {
        e->phase = AS_PHASE_TAIL;
        e->asks = next + 1;
        e->left = as_timing_words(r->hw, AS_LOAD_WORDS - AS_LOAD_LINEAR_WORDS);
    }
}

void as_timing_load_count(const struct as_timing_run *r, int64_t end, int64_t events[AS_PERF_USED])
{
    const struct as_timing_engine *e = &r->engine[AS_STREAM_LOAD];

    if (e->phase == AS_PHASE_WAIT)
        events[AS_PERF_LOAD_WAIT] += as_cycles_before(e->arrived, AS_NEVER, end);
    if (e->phase == AS_PHASE_DATA)
        events[AS_PERF_LOAD_WAIT] += as_cycles_before(e->arrived, r->load_go + 1, end);
}
