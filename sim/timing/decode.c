/* The streams of a program as their closed forms. */
#include <assert.h>
#include <string.h>

#include "sim/timing/timing.h"

/* A stream being read: first only counted, then into `out`. */
struct reader {
    enum as_stream stream;
    const struct as_hw *hw;
    const uint8_t *image;
    uint32_t image_bytes;
    uint32_t *at; /* [descriptors]: byte addresses; NULL: not known yet */
    struct as_timing_program *out;
};

/* The number of the descriptor at a byte address, among the first `count`. */
static int32_t number_of(const uint32_t *at, int count, uint32_t address)
{
    int low = 0, high = count;

    while (low < high) {
        int middle = (low + high) / 2;
        if (at[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* END, LOOP or work; `n` descriptors were before it. */
static struct as_timing_step step_of(const struct reader *r, const uint32_t *words, bool end,
                                     bool loops, int n)
{
    struct as_timing_step step = {.kind = end ? AS_STEP_END : loops ? AS_STEP_LOOP : AS_STEP_WORK};
    struct as_loop loop;

    if (step.kind == AS_STEP_LOOP) {
        as_loop_decode(r->stream, words, r->hw->count_bits, &loop);
        step.count = loop.count;
        step.target = r->at ? number_of(r->at, n, loop.target) : 0;
    }
    return step;
}

/* Reads descriptor number `n`; returns its words, and what the stream does at it. */
static int read_one(const struct reader *r, const uint32_t *words, size_t available, int n,
                    struct as_timing_step *step)
{
    struct as_load_desc load;
    struct as_compute_desc compute;
    struct as_store_desc store;
    int used;

    if (r->stream == AS_STREAM_LOAD) {
        used = as_load_decode(words, available, &load);
        *step = step_of(r, words, load.end, load.loop, n);
        if (r->at) {
            r->out->loads[n] = as_timing_load_of(r->hw, &load);
            r->out->loads[n].step = *step;
        }
    } else if (r->stream == AS_STREAM_COMPUTE) {
        used = as_compute_decode(words, available, &compute);
        *step = step_of(r, words, compute.end, compute.loop, n);
        if (r->at) {
            r->out->jobs[n] = as_timing_job_of(r->hw, &compute);
            r->out->jobs[n].step = *step;
        }
    } else {
        used = as_store_decode(words, available, &store);
        *step = step_of(r, words, store.end, store.loop, n);
        if (r->at) {
            r->out->stores[n] = as_timing_store_of(r->hw, &store);
            r->out->stores[n].step = *step;
        }
    }
    return used;
}

/* Reads the stream from byte `at` to its END; returns how many descriptors it has. */
static int read_all(const struct reader *r, uint32_t at)
{
    struct as_timing_step step = {.kind = AS_STEP_WORK};
    uint32_t words[AS_DESC_WORDS_MAX];
    int n = 0;

    while (step.kind != AS_STEP_END) {
        size_t available = (r->image_bytes - at) / 4;
        if (available > AS_DESC_WORDS_MAX)
            available = AS_DESC_WORDS_MAX;
        memcpy(words, r->image + at, 4 * available); /* little-endian, as the image is */
        if (r->at)
            r->at[n] = at;
        int used = read_one(r, words, available, n, &step);
        assert(used > 0);
        at += 4 * (uint32_t)used;
        n++;
    }
    return n;
}

void as_timing_decode(struct as_arena *arena, const struct as_hw *hw, const uint8_t *image,
                      uint32_t image_bytes, const uint32_t stream[AS_STREAM_COUNT],
                      struct as_timing_program *out)
{
    *out = (struct as_timing_program){.hw = hw};
    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        struct reader r = {.stream = (enum as_stream)k,
                           .hw = hw,
                           .image = image,
                           .image_bytes = image_bytes,
                           .out = out};
        int count = read_all(&r, stream[k]);
        if (k == AS_STREAM_LOAD)
            out->loads = AS_NEW(arena, struct as_timing_load, count);
        else if (k == AS_STREAM_COMPUTE)
            out->jobs = AS_NEW(arena, struct as_timing_job, count);
        else
            out->stores = AS_NEW(arena, struct as_timing_store, count);
        r.at = AS_NEW(arena, uint32_t, count);
        read_all(&r, stream[k]);
    }
}
