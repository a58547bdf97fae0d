/* A program that does not end: which engine waits for which. */
#include <inttypes.h>

#include "sim/timing/port.h"

/* The engine that sets each token, and what that is called. */
static const struct {
    enum as_stream by;
    const char *text;
} tokens[] = {
    [AS_TOKEN_IBUF_EMPTY] = {AS_STREAM_COMPUTE, "empties half %d of the ifmap buffer"},
    [AS_TOKEN_WBUF_EMPTY] = {AS_STREAM_COMPUTE, "empties half %d of the weight buffer"},
    [AS_TOKEN_MEMORY] = {AS_STREAM_STORE, "gives a memory token"},
    [AS_TOKEN_IBUF_FULL] = {AS_STREAM_LOAD, "fills half %d of the ifmap buffer"},
    [AS_TOKEN_WBUF_FULL] = {AS_STREAM_LOAD, "fills half %d of the weight buffer"},
    [AS_TOKEN_DRAIN_EMPTY] = {AS_STREAM_STORE, "empties half %d of the drain RAM"},
    [AS_TOKEN_DRAIN_FULL] = {AS_STREAM_COMPUTE, "fills half %d of the drain RAM"},
};

static void load_wait(const struct as_timing_run *r, struct as_timing_wait *wait)
{
    const struct as_timing_load *load = &r->program->loads[wait->descriptor];
    const struct as_timing_half *half = load->to_weights ? r->wbuf : r->ibuf;

    wait->half = load->half;
    wait->what = half[load->half].empty < AS_NEVER ? AS_TOKEN_MEMORY
                 : load->to_weights                ? AS_TOKEN_WBUF_EMPTY
                                                   : AS_TOKEN_IBUF_EMPTY;
}

static void compute_wait(const struct as_timing_run *r, struct as_timing_wait *wait)
{
    const struct as_timing_job *job = r->present.job;

    if (r->ibuf[job->isel].full >= AS_NEVER) {
        wait->what = AS_TOKEN_IBUF_FULL;
        wait->half = job->isel;
    } else if (r->wbuf[job->wsel].full >= AS_NEVER) {
        wait->what = AS_TOKEN_WBUF_FULL;
        wait->half = job->wsel;
    } else {
        wait->what = AS_TOKEN_DRAIN_EMPTY;
        wait->half = job->asel;
    }
}

bool as_timing_ends(const struct as_timing_run *r, struct as_timing_wait wait[AS_STREAM_COUNT])
{
    bool ends = true;

    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        const struct as_timing_engine *e = &r->engine[k];
        ends = ends && e->phase == AS_PHASE_IDLE;
        wait[k] = (struct as_timing_wait){
            .waits = e->phase == AS_PHASE_WAIT, .descriptor = e->at, .since = e->arrived};
        if (!wait[k].waits)
            continue;
        if (k == AS_STREAM_LOAD) {
            load_wait(r, &wait[k]);
        } else if (k == AS_STREAM_COMPUTE) {
            compute_wait(r, &wait[k]);
        } else {
            wait[k].what = AS_TOKEN_DRAIN_FULL;
            wait[k].half = r->program->stores[e->at].asel;
        }
    }
    return ends;
}

const char *as_timing_explain(struct as_arena *arena, const struct as_timing_result *result)
{
    const char *text = "";

    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        const struct as_timing_wait *wait = &result->wait[k];
        if (!wait->waits)
            continue;
        enum as_stream by = tokens[wait->what].by;
        char what[64];
        snprintf(what, sizeof what, tokens[wait->what].text, wait->half);
        bool gone = !result->wait[by].waits; /* it has reached its END */
        text = as_arena_printf(
            arena, "%s%s%s waits at descriptor %d from cycle %" PRId64 " on until %s%s %s", text,
            *text ? "; " : "", as_stream_name((enum as_stream)k), wait->descriptor, wait->since,
            as_stream_name(by), gone ? ", which has ended," : "", what);
    }
    return text;
}
