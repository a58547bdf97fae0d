/* The exact time of a program, without stepping cycles and without data: the third writing of
 * docs/blocks.md, beside the Verilog and the cycle model.
 *
 * Inside a load, a job or a channel time is a closed form of the descriptor.  The engines meet at
 * two places alone: the memory port, which serves store, compute and load in this order, and the
 * tokens.  So time goes on from one burst of requests to the next.
 *
 * Times are numbers of cycles; the start pulse is in cycle 0.  Then nothing may be under way: the
 * memory accepts a request in cycle 1, and the array is drained. */
#ifndef AS_SIM_TIMING_TIMING_H
#define AS_SIM_TIMING_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "gen/config/hw.h"
#include "gen/program/descriptor.h"
#include "sim/run/run.h"

/* ---- a program ---- */

/* What its stream does at a descriptor. */
struct as_timing_step {
    enum { AS_STEP_END, AS_STEP_LOOP, AS_STEP_WORK } kind;
    int32_t count, target; /* LOOP: iterations - 1, and the number of the descriptor to go to */
};

struct as_timing_load {
    struct as_timing_step step;
    bool linear, to_weights, wait_mem;
    bool fills; /* the half is full afterwards */
    uint8_t half;
    int64_t beats;
};

/* A job's cycles are counted from its first in RUN, which is 0. */
struct as_timing_job {
    struct as_timing_step step;
    bool lookup, free_i, free_w, push, emit;
    uint8_t isel, wsel, asel;
    uint8_t mode;    /* {line, dw} */
    bool last_waits; /* the last beat of a tile is the one that waits, not the first of the next */
    int64_t tile;    /* beats of a tile */
    int64_t first, period; /* cycles of the first tile, of each other */
    int64_t beats, cycles; /* in RUN */
    int64_t last;          /* cycle of the last beat */
    int64_t full;          /* first cycle in which the store engine sees the drain half full */
};

struct as_timing_store {
    struct as_timing_step step;
    bool softmax, push, layer_done;
    bool shared; /* one record for all channels */
    bool side_by_side;
    uint8_t asel;
    int32_t steps;    /* channels, or groups of lanes side by side */
    int32_t elements; /* of each */
    int32_t records;  /* memory words of parameters that a step reads */
};

/* The three streams as their closed forms; the numbers in AS_STEP_LOOP count these. */
struct as_timing_program {
    const struct as_hw *hw;
    struct as_timing_load *loads;
    struct as_timing_job *jobs;
    struct as_timing_store *stores;
};

/* The closed forms of one descriptor that is neither END nor LOOP; step is left to the caller. */
struct as_timing_load as_timing_load_of(const struct as_hw *hw, const struct as_load_desc *desc);
struct as_timing_job as_timing_job_of(const struct as_hw *hw, const struct as_compute_desc *desc);
struct as_timing_store as_timing_store_of(const struct as_hw *hw, const struct as_store_desc *desc);

/* Beats of a job before its cycle `cycle`. */
int64_t as_timing_beats_before(const struct as_timing_job *job, int64_t cycle);

/* Reads the streams at stream[] of `image`, which as_program_check accepts (each ends in the image
 * and every LOOP goes back inside it).  `hw` is borrowed, the rest the arena's. */
void as_timing_decode(struct as_arena *arena, const struct as_hw *hw, const uint8_t *image,
                      uint32_t image_bytes, const uint32_t stream[AS_STREAM_COUNT],
                      struct as_timing_program *out);

/* ---- its time ---- */

/* What an engine may wait for: a half that another fills or empties, a memory token. */
enum as_timing_token {
    AS_TOKEN_IBUF_EMPTY,
    AS_TOKEN_WBUF_EMPTY,
    AS_TOKEN_MEMORY,
    AS_TOKEN_IBUF_FULL,
    AS_TOKEN_WBUF_FULL,
    AS_TOKEN_DRAIN_EMPTY,
    AS_TOKEN_DRAIN_FULL
};

/* An engine that waits and is never served. */
struct as_timing_wait {
    bool waits;
    int descriptor; /* its number in the stream, where LOOP counts */
    int64_t since;  /* in WAIT from this cycle on */
    enum as_timing_token what;
    int half;
};

struct as_timing_result {
    struct as_layer_run total; /* of as many cycles as the engines are busy */
    int64_t bytes;             /* moved between accelerator and memory */
    int layer_count;           /* that were done */
    bool ends;                 /* else the engines in wait[] wait for ever */
    struct as_timing_wait wait[AS_STREAM_COUNT];
};

/* The streams from the start pulse to their ends.  layers[layer_room] receives the counters of each
 * layer, the last one's with what comes after it; NULL: they are not wanted.  Allocates nothing. */
void as_timing_run(const struct as_timing_program *program, struct as_layer_run *layers,
                   int layer_room, struct as_timing_result *result);

/* A layer alone, as a mapper wants to know it. */
struct as_layer_time {
    uint64_t cycles; /* from the memory token that the streams wait for to the end */
    uint64_t bytes;  /* moved between accelerator and memory */
};

/* The time of a layer.  ahead: the layer before ends while the first loads are under way; its
 * memory token comes when the load engine has waited a cycle, in cycle 300 at the latest, and
 * cycles count from when it is seen.  Else they count from the start, as in the first layer of a
 * program.  False when they are more than `limit`, or never end; time->cycles is then just more
 * than that. */
bool as_timing_run_layer(const struct as_timing_program *program, bool ahead, uint64_t limit,
                         struct as_layer_time *time);

/* Who waits for whom, and since when, where result->ends is false; arena-owned. */
const char *as_timing_explain(struct as_arena *arena, const struct as_timing_result *result);

#endif
