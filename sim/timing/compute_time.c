/* The compute engine (docs/blocks.md, 9): a descriptor, a wait, and a job, in which nothing waits.
 */
#include "sim/timing/port.h"

/* ---- a job ---- */

#define MODE_LINE 2
#define MODE_DW   1

/* From the last beat until the store engine sees the drain half full: the array, the pairs of
 * columns, acc_array's two registers of a lookup. */
static int64_t full_after(const struct as_hw *hw, int64_t latency)
{
    int pairs = (hw->cols + 1) / 2;

    return latency + (hw->x_forwarded ? pairs - 1 : 0) + 1;
}

static void lookup_form(const struct as_hw *hw, const struct as_compute_desc *d, int64_t elements,
                        struct as_timing_job *job)
{
    job->beats = elements * (d->nl + 1);
    job->tile = job->first = job->period = job->beats;
    job->last = job->beats - 1;
    job->cycles = job->beats + 1;
    job->full = job->last + full_after(hw, 2);
}

/* Psums stay: a tile's last beat waits until the psums of the tile before are out. */
static void output_form(const struct as_hw *hw, int64_t reduction, int64_t tiles,
                        struct as_timing_job *job)
{
    job->last_waits = true;
    job->tile = job->first = reduction;
    job->period = as_later(reduction, hw->rows);
    job->beats = tiles * reduction;
    job->last = reduction - 1 + (tiles - 1) * job->period;
    job->cycles = job->last + as_later(hw->rows, 1) + 1;
    job->full = job->last + hw->rows - 1 + full_after(hw, hw->latency);
}

/* A tile takes as long as its pixels, two cycles at least, and as its weights need, where it takes
 * weights. */
static void reduce_form(const struct as_hw *hw, const struct as_compute_desc *d, int64_t pixels,
                        int64_t tiles, struct as_timing_job *job)
{
    int64_t plain = as_later(pixels, 2), taking = as_later(plain, hw->wide ? 1 : hw->rows);
    int64_t period = d->hold ? plain : taking;
    int64_t start = tiles == 1 ? 0 : taking + (tiles - 2) * period; /* of the last tile */
    int64_t issued = d->hold ? 0 : start;                           /* the last weights */

    job->tile = pixels;
    job->first = taking;
    job->period = period;
    job->beats = tiles * pixels;
    job->last = start + pixels - 1;
    issued += hw->wide ? 1 + hw->wide_late : hw->rows > 1 ? hw->rows : 0;
    job->cycles = as_later(job->last + 1, issued) + 1;
    job->full = job->last + full_after(hw, job->mode & MODE_LINE ? hw->line_latency : hw->latency);
}

struct as_timing_job as_timing_job_of(const struct as_hw *hw, const struct as_compute_desc *d)
{
    int64_t pixels = (int64_t)(d->nq + 1) * (d->np + 1);
    int64_t reduction = (int64_t)(d->nc + 1) * (d->ns + 1) * (d->nr + 1), k = d->nk + 1;
    struct as_timing_job job = {.lookup = d->lookup,
                                .free_i = d->free_i,
                                .free_w = d->free_w,
                                .push = d->push_a,
                                .emit = d->emit,
                                .isel = (uint8_t)d->isel,
                                .wsel = (uint8_t)d->wsel,
                                .asel = (uint8_t)d->asel};

    if (hw->line && !d->lookup)
        job.mode = (uint8_t)((d->line ? MODE_LINE : 0) | (d->dw ? MODE_DW : 0));
    if (d->lookup)
        lookup_form(hw, d, pixels * reduction * k, &job);
    else if (hw->output_kind)
        output_form(hw, reduction, pixels * k, &job);
    else
        reduce_form(hw, d, pixels, reduction * k, &job);
    return job;
}

int64_t as_timing_beats_before(const struct as_timing_job *job, int64_t cycle)
{
    if (cycle <= 0)
        return 0;
    if (cycle > job->last)
        return job->beats;
    if (cycle < job->first)
        return as_earlier(cycle, job->tile);
    int64_t tiles = (cycle - job->first) / job->period, into = (cycle - job->first) % job->period;
    return (1 + tiles) * job->tile + as_earlier(into, job->tile - job->last_waits);
}

/* ---- the engine ---- */

void as_timing_compute_count(const struct as_timing_run *r, int64_t end,
                             int64_t events[AS_PERF_USED])
{
    const struct as_timing_present *now = &r->present;
    const struct as_timing_job *job = now->job;
    int64_t ifmap = as_later(now->arrived, now->ifmap), both = as_later(ifmap, now->weights);

    events[AS_PERF_FETCH] += as_cycles_before(now->fetched, now->arrived, end);
    if (now->end < AS_NEVER)
        events[AS_PERF_FETCH] += as_cycles_before(now->end + 1, AS_NEVER, end);
    if (!job)
        return;
    events[AS_PERF_WAIT_IFMAP] += as_cycles_before(now->arrived, ifmap, end);
    events[AS_PERF_WAIT_WEIGHT] += as_cycles_before(ifmap, both, end);
    events[AS_PERF_WAIT_ACC] += as_cycles_before(both, now->go, end);
    if (now->go >= AS_NEVER)
        return;
    int64_t beats = as_timing_beats_before(job, end - (now->go + 1));
    events[job->lookup ? AS_PERF_LOOKUP_BEATS : AS_PERF_MAC_BEATS] += beats;
    events[AS_PERF_RUN_IDLE] += as_cycles_before(now->go + 1, now->end + 1, end) - beats;
}

void as_timing_compute_try(struct as_timing_run *r)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_COMPUTE];
    struct as_timing_present *now = &r->present;
    const struct as_timing_job *job = now->job;

    if (e->phase != AS_PHASE_WAIT)
        return;
    now->ifmap = r->ibuf[job->isel].full;
    now->weights = r->wbuf[job->wsel].full;
    int64_t go = as_later(now->arrived, as_later(now->ifmap, now->weights));
    if (job->emit)
        go = as_later(go, r->drain[job->asel].empty);
    if (job->lookup || job->mode != r->mode)
        go = as_later(go, r->drained);
    if (go >= AS_NEVER)
        return;
    now->go = go;
    now->end = go + job->cycles;
    if (!job->lookup) {
        r->mode = job->mode;
        r->drained = go + 1 + job->last + 1 + r->hw->drain_cycles;
    }
    if (job->free_i)
        r->ibuf[job->isel] = (struct as_timing_half){.full = AS_NEVER, .empty = now->end + 1};
    if (job->free_w)
        r->wbuf[job->wsel] = (struct as_timing_half){.full = AS_NEVER, .empty = now->end + 1};
    if (job->push)
        r->drain[job->asel] =
            (struct as_timing_half){.full = go + 1 + job->full, .empty = AS_NEVER};
    e->at++;
    as_timing_fetch(e, now->end + 1, as_timing_words(r->hw, AS_COMPUTE_WORDS));
    as_timing_load_try(r);
    as_timing_store_try(r);
}

void as_timing_compute_granted(struct as_timing_run *r, int64_t last)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_COMPUTE];
    const struct as_timing_job *job = &r->program->jobs[e->at];
    int64_t next = last + r->hw->mem_latency + 1, fetched = r->present.end + 1;

    as_timing_compute_count(r, fetched, r->events);
    r->present = (struct as_timing_present){.fetched = fetched,
                                            .arrived = next,
                                            .ifmap = AS_NEVER,
                                            .weights = AS_NEVER,
                                            .go = AS_NEVER,
                                            .end = AS_NEVER};
    if (job->step.kind == AS_STEP_END) {
        as_timing_arrive(e, AS_PHASE_IDLE, next);
    } else if (job->step.kind == AS_STEP_LOOP) {
        r->present.end = next;
        as_timing_loop(e, &job->step);
        as_timing_fetch(e, next + 1, as_timing_words(r->hw, AS_COMPUTE_WORDS));
    } else {
        r->present.job = job;
        as_timing_arrive(e, AS_PHASE_WAIT, next);
        as_timing_compute_try(r);
    }
}
