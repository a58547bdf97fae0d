/* The memory port (docs/blocks.md, 3 and 4): who is granted when, from burst to burst. */
#include <string.h>

#include "sim/timing/port.h"

/* ---- counters ---- */

/* The counters as they stand before cycle `end`. */
static void counters_before(const struct as_timing_run *r, int64_t end,
                            int64_t events[AS_PERF_USED])
{
    memcpy(events, r->events, sizeof r->events);
    as_timing_load_count(r, end, events);
    as_timing_compute_count(r, end, events);
    events[AS_PERF_CYCLES] = end - 1;
}

static void add_difference(struct as_layer_run *layer, const int64_t now[AS_PERF_USED],
                           int64_t before[AS_PERF_USED])
{
    for (int i = 0; i < AS_PERF_USED; i++)
        layer->events[i] += (uint64_t)(now[i] - before[i]);
    memcpy(before, now, sizeof *before * AS_PERF_USED);
}

/* Where the counters of layers go. */
struct layers {
    struct as_layer_run *at;
    int room, count;
    int64_t before[AS_PERF_USED]; /* when the last layer was done */
};

static void end_layer(struct as_timing_run *r, struct layers *layers)
{
    int64_t events[AS_PERF_USED];

    if (layers->count < layers->room) {
        counters_before(r, r->layer_end, events);
        layers->at[layers->count] = (struct as_layer_run){0};
        add_difference(&layers->at[layers->count], events, layers->before);
    }
    layers->count++;
    r->layer_end = AS_NEVER;
}

/* ---- the loop ---- */

static void start(struct as_timing_run *r, const struct as_timing_program *program)
{
    const struct as_hw *hw = program->hw;

    *r = (struct as_timing_run){
        .program = program, .hw = hw, .before = AS_NEVER, .layer_end = AS_NEVER};
    for (int half = 0; half < 2; half++)
        r->ibuf[half].full = r->wbuf[half].full = r->drain[half].full = AS_NEVER;
    as_timing_fetch(&r->engine[AS_STREAM_LOAD], 1, as_timing_words(hw, AS_LOAD_LINEAR_WORDS));
    as_timing_fetch(&r->engine[AS_STREAM_COMPUTE], 1, as_timing_words(hw, AS_COMPUTE_WORDS));
    as_timing_fetch(&r->engine[AS_STREAM_STORE], 1, as_timing_words(hw, AS_STORE_WORDS));
}

/* Grants requests to engine `k`, the first in cycle `grant`, until one before it asks. */
static void grant_burst(struct as_timing_run *r, enum as_stream k, int64_t grant)
{
    const int64_t interval = r->hw->mem_interval;
    struct as_timing_engine *e = &r->engine[k];
    int64_t until = AS_NEVER, n = e->left;

    if (k != AS_STREAM_STORE)
        until = r->engine[AS_STREAM_STORE].asks;
    if (k == AS_STREAM_LOAD)
        until = as_earlier(until, r->engine[AS_STREAM_COMPUTE].asks);
    if (until < AS_NEVER)
        n = as_earlier(n, (until - grant + interval - 1) / interval);
    int64_t last = grant + (n - 1) * interval;
    r->events[AS_PERF_REQUESTS] += n;
    r->slot = last + interval;
    e->left -= n;
    r->others += k != AS_STREAM_LOAD || e->left == 0;
    if (e->left > 0)
        return;
    if (k == AS_STREAM_STORE)
        as_timing_store_granted(r, last);
    else if (k == AS_STREAM_COMPUTE)
        as_timing_compute_granted(r, last);
    else
        as_timing_load_granted(r, last);
}

/* To the end, or past cycle `limit`. */
static void run(struct as_timing_run *r, struct layers *layers, int64_t limit)
{
    const struct as_timing_engine *load = &r->engine[AS_STREAM_LOAD];
    const struct as_timing_engine *compute = &r->engine[AS_STREAM_COMPUTE];
    const struct as_timing_engine *store = &r->engine[AS_STREAM_STORE];

    while (r->slot <= limit) { /* further on it is later still */
        int64_t asks = as_earlier(store->asks, as_earlier(compute->asks, load->asks));
        int64_t grant = as_later(r->slot, asks);
        if (asks >= AS_NEVER)
            return;
        if (r->layer_end <= grant)
            end_layer(r, layers);
        if (store->phase == AS_PHASE_WRITE && r->hw->mem_interval == 1)
            as_timing_write_dense(r);
        else if (store->phase == AS_PHASE_WRITE && store->asks <= grant)
            as_timing_write_sparse(r, grant);
        else
            grant_burst(r,
                        store->asks <= grant     ? AS_STREAM_STORE
                        : compute->asks <= grant ? AS_STREAM_COMPUTE
                                                 : AS_STREAM_LOAD,
                        grant);
    }
}

/* ---- what came of it ---- */

/* The cycle from which on every engine is idle. */
static int64_t idle_from(const struct as_timing_run *r)
{
    int64_t last = 0;

    for (int k = 0; k < AS_STREAM_COUNT; k++)
        last = as_later(last, r->engine[k].arrived + 1);
    return last;
}

static void finish(const struct as_timing_run *r, struct layers *layers,
                   struct as_timing_result *result)
{
    int64_t events[AS_PERF_USED], zero[AS_PERF_USED] = {0};

    *result = (struct as_timing_result){.layer_count = layers->count};
    result->ends = as_timing_ends(r, result->wait);
    counters_before(r, idle_from(r), events);
    add_difference(&result->total, events, zero);
    if (layers->count > 0 && layers->count <= layers->room) /* what follows belongs to the last */
        add_difference(&layers->at[layers->count - 1], events, layers->before);
    result->bytes = r->bytes + (events[AS_PERF_REQUESTS] - events[AS_PERF_WRITES]) *
                                   (int64_t)r->hw->mem_width_bytes;
}

void as_timing_run(const struct as_timing_program *program, struct as_layer_run *layers,
                   int layer_room, struct as_timing_result *result)
{
    struct layers of = {.at = layers, .room = layers ? layer_room : 0};
    struct as_timing_run r;

    start(&r, program);
    run(&r, &of, AS_NEVER);
    finish(&r, &of, result);
}

bool as_timing_run_layer(const struct as_timing_program *program, bool ahead, uint64_t limit,
                         struct as_layer_time *time)
{
    int64_t most = limit < AS_NEVER / 2 ? (int64_t)limit : AS_NEVER / 2;
    struct as_timing_result result;
    struct layers none = {0};
    struct as_timing_run r;

    start(&r, program);
    r.ahead = ahead;
    run(&r, &none, most + AS_TIMING_AHEAD_CYCLES + 1);
    finish(&r, &none, &result);
    int64_t before = ahead ? as_earlier(r.before, AS_TIMING_AHEAD_CYCLES + 1) : 1;
    *time = (struct as_layer_time){.cycles = (uint64_t)as_later(idle_from(&r) - before, 0),
                                   .bytes = (uint64_t)result.bytes};
    if (result.ends && time->cycles <= limit)
        return true;
    time->cycles = limit + 1;
    return false;
}
