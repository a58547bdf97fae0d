/* The store engine (docs/blocks.md, 13): a descriptor, a wait, and channel by channel a record of
 * parameters and the outputs, STAGES of them every eight cycles.
 *
 * A write that is not granted freezes the requantizer, so that all later ones come as much later.
 * Where the memory accepts a request a cycle none waits, since store comes first. */
#include "sim/timing/port.h"

#define OUTPUT_LATE 11 /* from the first cycle of RUN to a step's first output */
#define ROUND       8  /* cycles in which the requantizer takes as many elements as stages */
#define NORM        13 /* of softmax: cycles in NORM, and from there to RUN */
#define RECIPROCAL  84

struct as_timing_store as_timing_store_of(const struct as_hw *hw, const struct as_store_desc *d)
{
    bool side_by_side = d->side_by_side && hw->requant_lanes > 1;
    int lanes = side_by_side ? hw->requant_lanes : 1;

    return (struct as_timing_store){.softmax = d->softmax,
                                    .push = d->push_m,
                                    .layer_done = d->layer_done,
                                    .shared = d->shared,
                                    .side_by_side = side_by_side,
                                    .asel = (uint8_t)d->asel,
                                    .steps =
                                        d->by_address && hw->by_address
                                            ? d->nkt + 1
                                            : d->nkt * ((d->nc + 1) / lanes) + (d->ncl + 1) / lanes,
                                    .elements = d->m + 1,
                                    .records = hw->param_beats * (d->shared ? 1 : lanes)};
}

/* ---- the engine ---- */

static const struct as_timing_store *store_of(const struct as_timing_run *r)
{
    return &r->program->stores[r->engine[AS_STREAM_STORE].at];
}

static void begin_write(struct as_timing_run *r, int64_t run)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_STORE];

    e->phase = AS_PHASE_WRITE;
    e->asks = r->base = run + OUTPUT_LATE;
    r->output = 0;
    r->burst.known = false;
}

static void read_record(struct as_timing_run *r, int64_t from)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_STORE];

    e->phase = AS_PHASE_RECORD;
    e->asks = from;
    e->left = store_of(r)->records;
}

void as_timing_store_try(struct as_timing_run *r)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_STORE];
    const struct as_timing_store *store = store_of(r);

    if (e->phase != AS_PHASE_WAIT)
        return;
    int64_t go = as_later(e->arrived, r->drain[store->asel].full);
    if (go >= AS_NEVER)
        return;
    r->events[AS_PERF_STORE_WAIT] += go - e->arrived;
    r->steps_left = store->steps;
    if (store->softmax)
        begin_write(r, go + 1 + 1 + store->elements + NORM + RECIPROCAL);
    else
        read_record(r, go + 1);
}

void as_timing_store_granted(struct as_timing_run *r, int64_t last)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_STORE];
    const struct as_timing_store *store = store_of(r);
    int64_t next = last + r->hw->mem_latency + 1;

    if (e->phase == AS_PHASE_RECORD) {
        begin_write(r, next);
    } else if (store->step.kind == AS_STEP_END) {
        as_timing_arrive(e, AS_PHASE_IDLE, next);
    } else if (store->step.kind == AS_STEP_LOOP) {
        as_timing_loop(e, &store->step);
        as_timing_fetch(e, next + 1, as_timing_words(r->hw, AS_STORE_WORDS));
    } else {
        as_timing_arrive(e, AS_PHASE_WAIT, next);
        as_timing_store_try(r);
    }
}

static void count_writes(struct as_timing_run *r, const struct as_timing_store *store, int64_t n)
{
    r->events[AS_PERF_REQUESTS] += n;
    r->events[AS_PERF_WRITES] += n;
    r->events[AS_PERF_SIDE_BY_SIDE_WRITES] += store->side_by_side ? n : 0;
    r->bytes += n * (store->side_by_side ? r->hw->requant_lanes : 1);
}

/* Interval 1: steps in which nothing happens but what the store engine does and what a load takes
 * of the free cycles are equal.  Passes those before the last at once; the step before them ended
 * in cycle `last`.  Returns the last cycle of what was passed. */
static int64_t pass_equal_steps(struct as_timing_run *r, const struct as_timing_store *store,
                                int64_t last)
{
    struct as_timing_engine *load = &r->engine[AS_STREAM_LOAD];
    int stages = r->hw->requant_stages, top = store->elements - 1;
    int64_t records = store->shared ? 0 : store->records;
    int64_t step = (store->shared ? 2 : records + r->hw->mem_latency + 1) + OUTPUT_LATE +
                   (int64_t)ROUND * (top / stages) + top % stages;
    int64_t free = step - records - store->elements;
    bool loads = load->asks <= last + 1;
    int64_t n = r->steps_left - 1;

    n = as_earlier(n, (r->engine[AS_STREAM_COMPUTE].asks - 1 - last) / step);
    n = as_earlier(n, loads ? (load->left - 1) / free : (load->asks - 1 - last) / step);
    if (n <= 0)
        return last;
    r->steps_left -= (int32_t)n;
    load->left -= loads ? n * free : 0;
    r->events[AS_PERF_REQUESTS] += n * (records + (loads ? free : 0));
    count_writes(r, store, n * store->elements);
    r->slot += n * step;
    return last + n * step;
}

/* The last output of the step was written in cycle `last`. */
static void end_step(struct as_timing_run *r, int64_t last)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_STORE];
    const struct as_timing_store *store = store_of(r);

    if (--r->steps_left > 0) {
        if (r->hw->mem_interval == 1)
            last = pass_equal_steps(r, store, last);
        if (store->shared)
            begin_write(r, last + 2); /* GAP */
        else
            read_record(r, last + 1);
        return;
    }
    int64_t next = last + 2; /* DONE */
    r->drain[store->asel] = (struct as_timing_half){.full = AS_NEVER, .empty = next};
    if (store->push)
        as_timing_give(r, next);
    if (store->layer_done)
        r->layer_end = next;
    e->at++;
    as_timing_fetch(e, next, as_timing_words(r->hw, AS_STORE_WORDS));
    as_timing_compute_try(r);
    as_timing_load_try(r);
}

/* ---- a request a cycle ---- */

/* When output i of the step is written. */
static int64_t output_cycle(const struct as_timing_run *r, int64_t i)
{
    return r->base + ROUND * (i / r->hw->requant_stages) + i % r->hw->requant_stages;
}

/* Outputs of the step before `cycle`. */
static int64_t outputs_before(const struct as_timing_run *r, const struct as_timing_store *store,
                              int64_t cycle)
{
    int64_t into = as_later(cycle - r->base, 0), stages = r->hw->requant_stages;

    return as_earlier(store->elements, into / ROUND * stages + as_earlier(into % ROUND, stages));
}

/* The n-th cycle from `from` on in which no output is written; before the step's last output. */
static int64_t free_cycle(const struct as_timing_run *r, const struct as_timing_store *store,
                          int64_t from, int64_t n)
{
    int stages = r->hw->requant_stages;

    if (from + n <= r->base)
        return from + n - 1;
    int64_t start = as_later(from, r->base); /* counts free cycles from the base on */
    n += from - start + (start - r->base) - outputs_before(r, store, start);
    return r->base + ROUND * ((n - 1) / (ROUND - stages)) + stages + (n - 1) % (ROUND - stages);
}

/* Every output before `cycle` is written, and every request there was free room for. */
static void write_until(struct as_timing_run *r, const struct as_timing_store *store, int64_t cycle)
{
    int32_t before = r->output;

    r->output = (int32_t)outputs_before(r, store, cycle);
    count_writes(r, store, r->output - before);
    r->slot = cycle;
    r->engine[AS_STREAM_STORE].asks = output_cycle(r, r->output);
}

void as_timing_write_dense(struct as_timing_run *r)
{
    const struct as_timing_store *store = store_of(r);
    struct as_timing_engine *compute = &r->engine[AS_STREAM_COMPUTE];
    struct as_timing_engine *load = &r->engine[AS_STREAM_LOAD];
    int64_t last = output_cycle(r, store->elements - 1), until = last + 1;
    int64_t from = as_later(r->slot, as_earlier(compute->asks, load->asks));

    if (from < until) {
        bool computes = compute->asks <= from;
        struct as_timing_engine *e = computes ? compute : load;
        if (!computes)
            until = as_earlier(until, compute->asks);
        int64_t room =
            until - from - (outputs_before(r, store, until) - outputs_before(r, store, from));
        int64_t taken = as_earlier(e->left, room);
        r->events[AS_PERF_REQUESTS] += taken;
        e->left -= taken;
        if (e->left == 0) {
            int64_t granted = free_cycle(r, store, from, taken);
            write_until(r, store, granted + 1);
            if (computes)
                as_timing_compute_granted(r, granted);
            else
                as_timing_load_granted(r, granted);
            return;
        }
    }
    write_until(r, store, until);
    if (r->output == store->elements)
        end_step(r, last);
}

/* ---- a request every few cycles ---- */

/* A burst of outputs begins as the one before it did: it and those that follow are equal, until the
 * compute engine asks, a load comes or goes, or the step's last output is near.  Passes them;
 * returns the cycles that took. */
static int64_t pass_equal_bursts(struct as_timing_run *r, const struct as_timing_store *store,
                                 int64_t grant)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_STORE];
    struct as_timing_engine *load = &r->engine[AS_STREAM_LOAD];
    const struct as_timing_burst *old = &r->burst;
    bool loads = load->asks <= grant;
    int64_t cycles = e->asks - old->asks, loaded = old->load_left - load->left;

    if (!old->known || r->others != old->others || loads != old->load_asks ||
        r->slot - e->asks != old->slot - old->asks)
        return 0;
    int64_t n = (store->elements - 1 - r->output) / r->hw->requant_stages;
    int64_t other = as_earlier(r->engine[AS_STREAM_COMPUTE].asks, loads ? AS_NEVER : load->asks);
    if (loads && loaded > 0)
        n = as_earlier(n, (load->left - 1) / loaded);
    if (other < AS_NEVER)
        n = as_earlier(n, (other - grant) / cycles);
    if (n <= 0)
        return 0;
    r->slot += n * cycles;
    e->asks += n * cycles;
    r->output += (int32_t)n * r->hw->requant_stages;
    count_writes(r, store, n * r->hw->requant_stages);
    if (loads) {
        r->events[AS_PERF_REQUESTS] += n * loaded;
        load->left -= n * loaded;
    }
    return n * cycles;
}

void as_timing_write_sparse(struct as_timing_run *r, int64_t grant)
{
    struct as_timing_engine *e = &r->engine[AS_STREAM_STORE];
    const struct as_timing_engine *load = &r->engine[AS_STREAM_LOAD];
    const struct as_timing_store *store = store_of(r);
    int stages = r->hw->requant_stages;

    if (r->output % stages == 0) {
        grant += pass_equal_bursts(r, store, grant);
        r->burst = (struct as_timing_burst){.known = true,
                                            .load_asks = load->asks <= grant,
                                            .asks = e->asks,
                                            .slot = r->slot,
                                            .load_left = load->left,
                                            .others = r->others};
    }
    count_writes(r, store, 1);
    r->slot = grant + r->hw->mem_interval;
    r->output++;
    e->asks = grant + (r->output % stages != 0 ? 1 : 1 + ROUND - stages);
    if (r->output == store->elements)
        end_step(r, grant);
}
