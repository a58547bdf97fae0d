#include "dataflows/schedule/schedule_time.h"

/* The streams so far. */
struct writer {
    const struct as_schedule *s;
    enum as_stream stream;
    int count;
    struct as_timing_program *out;
};

/* Where the next descriptor says what its stream does. */
static struct as_timing_step *next_step(struct writer *w)
{
    int n = w->count++;

    return w->stream == AS_STREAM_LOAD      ? &w->out->loads[n].step
           : w->stream == AS_STREAM_COMPUTE ? &w->out->jobs[n].step
                                            : &w->out->stores[n].step;
}

/* Descriptor `i` of the schedule's stream. */
static void put_work(struct writer *w, int i)
{
    const struct as_schedule *s = w->s;
    int n = w->count;

    if (w->stream == AS_STREAM_LOAD)
        w->out->loads[n] = as_timing_load_of(s->hw, &s->loads[i].desc);
    else if (w->stream == AS_STREAM_COMPUTE)
        w->out->jobs[n] = as_timing_job_of(s->hw, &s->computes[i]);
    else
        w->out->stores[n] = as_timing_store_of(s->hw, &s->stores[i].desc);
    next_step(w)->kind = AS_STEP_WORK;
}

static void put_loop(struct writer *w, const struct as_desc_loop *loop)
{
    int target = w->count;

    for (int i = loop->first; i < loop->first + loop->length; i++)
        put_work(w, i);
    if (loop->times > 1)
        *next_step(w) = (struct as_timing_step){
            .kind = AS_STEP_LOOP, .count = loop->times - 1, .target = target};
}

void as_schedule_timing(const struct as_schedule *s, struct as_timing_program *out)
{
    *out = (struct as_timing_program){.hw = s->hw};
    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        struct writer w = {.s = s, .stream = (enum as_stream)k, .out = out};
        int count = 1; /* END */
        for (int r = 0; r < s->loop_count[k]; r++)
            count += s->loops[k][r].length + (s->loops[k][r].times > 1);
        if (k == AS_STREAM_LOAD)
            out->loads = AS_NEW(s->arena, struct as_timing_load, count);
        else if (k == AS_STREAM_COMPUTE)
            out->jobs = AS_NEW(s->arena, struct as_timing_job, count);
        else
            out->stores = AS_NEW(s->arena, struct as_timing_store, count);
        for (int r = 0; r < s->loop_count[k]; r++)
            put_loop(&w, &s->loops[k][r]);
        next_step(&w)->kind = AS_STEP_END;
    }
}
