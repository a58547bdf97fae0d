/* Between the files of the timing engine: what is under way, and the steps of each engine. */
#ifndef AS_SIM_TIMING_PORT_H
#define AS_SIM_TIMING_PORT_H

#include "sim/timing/timing.h"

#define AS_NEVER (INT64_MAX / 4)

/* WAIT: for tokens that nobody is known to set yet.  FETCH and TAIL read a descriptor, RECORD the
 * parameters of a channel, DATA and WRITE move tensors.  A job in RUN asks for nothing: its engine
 * is in FETCH of the next descriptor, whose first request comes when the job is over. */
enum as_timing_phase {
    AS_PHASE_IDLE,
    AS_PHASE_FETCH,
    AS_PHASE_TAIL,
    AS_PHASE_WAIT,
    AS_PHASE_DATA,
    AS_PHASE_RECORD,
    AS_PHASE_WRITE
};

struct as_timing_engine {
    enum as_timing_phase phase;
    int32_t at, pass; /* number of the descriptor; of the iteration of its loop */
    int64_t asks;     /* requests from this cycle on; AS_NEVER: does not */
    int64_t left;     /* requests of the burst; in WRITE the outputs say */
    int64_t arrived;  /* in WAIT from this cycle on; IDLE: from the next cycle on */
};

/* First cycles in which an engine sees a half full, or empty; AS_NEVER: that is not known. */
struct as_timing_half {
    int64_t full, empty;
};

/* The compute engine's present descriptor, until that of the next one has arrived. */
struct as_timing_present {
    const struct as_timing_job *job; /* NULL: a LOOP or END */
    int64_t fetched;                 /* FETCH from this cycle on */
    int64_t arrived, ifmap, weights; /* WAIT from, its halves full from */
    int64_t go, end;                 /* last cycles of WAIT and RUN */
};

/* Where interval > 1: how a burst of the requantizer began. */
struct as_timing_burst {
    bool known, load_asks;
    int64_t asks, slot, load_left;
    uint32_t others;
};

#define AS_TIMING_TOKENS       16  /* a counter of four bits holds one fewer */
#define AS_TIMING_AHEAD_CYCLES 300 /* in which a layer before is taken to be under way, at most */

struct as_timing_run {
    const struct as_timing_program *program;
    const struct as_hw *hw;
    int64_t slot; /* the memory accepts from this cycle on */
    struct as_timing_engine engine[AS_STREAM_COUNT];
    struct as_timing_half ibuf[2], wbuf[2], drain[2];
    int64_t token[AS_TIMING_TOKENS]; /* from when each memory token is seen */
    uint32_t given, taken;
    int64_t load_go; /* last cycle of WAIT of a load in DATA */
    struct as_timing_present present;
    int64_t drained; /* the array is, from this cycle on */
    uint8_t mode;
    int32_t steps_left, output; /* of the store in RECORD or WRITE; outputs of the step written */
    int64_t base;               /* interval 1: cycle of the step's output 0 */
    struct as_timing_burst burst;
    uint32_t others; /* bursts but those of the store's writes and parts of one load's data */
    bool ahead;
    int64_t before;    /* ahead: from when the token of the layer before is seen */
    int64_t layer_end; /* a layer is done: counters of it are those before this cycle */
    int64_t events[AS_PERF_USED];
    int64_t bytes;
};

static inline int64_t as_later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t as_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Cycles of [from, to) before `end`. */
static inline int64_t as_cycles_before(int64_t from, int64_t to, int64_t end)
{
    return as_later(as_earlier(to, end) - from, 0);
}

/* Begins to read the next descriptor with a burst of `requests`. */
static inline void as_timing_fetch(struct as_timing_engine *e, int64_t from, int64_t requests)
{
    e->phase = AS_PHASE_FETCH;
    e->asks = from;
    e->left = requests;
}

/* Goes on behind a LOOP, or back to its target. */
static inline void as_timing_loop(struct as_timing_engine *e, const struct as_timing_step *loop)
{
    bool back = e->pass != loop->count;

    e->pass = back ? e->pass + 1 : 0;
    e->at = back ? loop->target : e->at + 1;
}

/* Waits for tokens from `cycle` on, or ends there. */
static inline void as_timing_arrive(struct as_timing_engine *e, enum as_timing_phase phase,
                                    int64_t cycle)
{
    e->phase = phase;
    e->arrived = cycle;
    e->asks = AS_NEVER;
}

/* Memory words of descriptors: what a LOAD reads first, the rest of one that is a box, any other.
 */
static inline int64_t as_timing_words(const struct as_hw *hw, int words)
{
    return words * 4 / hw->mem_width_bytes;
}

/* A burst of an engine is complete with the request of cycle `last`. */
void as_timing_load_granted(struct as_timing_run *r, int64_t last);
void as_timing_compute_granted(struct as_timing_run *r, int64_t last);
void as_timing_store_granted(struct as_timing_run *r, int64_t last); /* but a write */

/* An engine in WAIT goes on if what it waits for is known: asked whenever a token is set. */
void as_timing_load_try(struct as_timing_run *r);
void as_timing_compute_try(struct as_timing_run *r);
void as_timing_store_try(struct as_timing_run *r);

/* What the present descriptor counts before cycle `end` and is not in r->events yet. */
void as_timing_load_count(const struct as_timing_run *r, int64_t end, int64_t events[AS_PERF_USED]);
void as_timing_compute_count(const struct as_timing_run *r, int64_t end,
                             int64_t events[AS_PERF_USED]);

/* Writes of the store in WRITE, and what the other engines are granted beside them: at least one
 * write, or one burst.  `grant`: cycle in which the next write is granted, interval > 1. */
void as_timing_write_dense(struct as_timing_run *r);
void as_timing_write_sparse(struct as_timing_run *r, int64_t grant);

/* Whether every engine is idle; else wait[] says what those in WAIT wait for. */
bool as_timing_ends(const struct as_timing_run *r, struct as_timing_wait wait[AS_STREAM_COUNT]);

/* One memory token, seen from `cycle` on. */
static inline void as_timing_give(struct as_timing_run *r, int64_t cycle)
{
    r->token[r->given++ % AS_TIMING_TOKENS] = cycle;
}

#endif
