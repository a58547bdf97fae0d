/* A program: everything an accelerator needs to run one network, and the binary form of it that the
 * models, the RTL and a board execute alike.  Format: docs/program.md.  Descriptors:
 * docs/blocks.md, section 2. */
#ifndef AS_GEN_PROGRAM_PROGRAM_H
#define AS_GEN_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "gen/config/config.h"
#include "base/diag.h"
#include "gen/config/hw.h"

#define AS_PROGRAM_VERSION 3

enum as_stream { AS_STREAM_LOAD, AS_STREAM_COMPUTE, AS_STREAM_STORE, AS_STREAM_COUNT };

/* ---- descriptors: fields as in docs/blocks.md; counts are stored minus 1 ---- */

struct as_load_desc {
    bool end, to_weights, bytes, wait_mem, linear, step;
    bool part; /* a later load completes the half */
    bool loop; /* a LOOP: as_loop_decode tells the rest */
    int half;
    int align;  /* 0 never, 1 after each c run, 2 after each r loop */
    int8_t pad; /* stands for elements outside the image */
    uint32_t src;
    int nc, ns, nr, nq, np;
    int32_t ds, dr, dq, dp; /* byte address deltas */
    int y0, x0;             /* of the first beat */
    int height, width;      /* of the image */
    int dy_r, dy_p, dx_s, dx_q;
    int lanes; /* enum as_load_lanes */
    int word0; /* first word of the half that is written */
    int group; /* array row whose lanes are written; KIND output */
};

/* Ibuf lanes that the beats of a word fill. */
enum as_load_lanes { AS_LANES_ALL, AS_LANES_TAP, AS_LANES_COLUMNS };

struct as_compute_desc {
    bool end, lookup, free_i, free_w, push_a, first, emit, hold, scan, sub, loop;
    bool mul, line, dw;
    int isel, wsel, asel;
    int nq, np, nk, nc, ns, nr;
    int dq, dp;         /* ibuf words, inside a tile */
    int dc, ds, dr, dk; /* ibuf words, between tile bases */
    int ibase, abase;
    int ntiles; /* MAC, KIND reduce: weight tiles to load, minus 1 */
    int da;     /* MAC, KIND output: accumulator addresses between array rows */
    int vq;     /* line: the last q whose psum counts */
    int nl;     /* lookup: lanes per word, minus 1 */
};

struct as_store_desc {
    bool end, softmax, push_m, layer_done, shared, step, loop;
    bool wide;       /* requant.lanes channels at a time: see as_store_may_be_wide */
    bool by_address; /* channels are accumulator addresses, their elements are columns */
    int asel;
    int zp, amin, amax;
    uint32_t dst, params;
    int nq, np, nkt;
    int32_t dq, dp, dk;
    int ncl, nc; /* channels of the last k tile, of the others; minus 1 */
    int m;       /* elements per channel, minus 1 */
};

/* Repeats the descriptors of its stream from `target` on.  One that has `step` moves on with every
 * iteration. */
struct as_loop {
    int count;       /* iterations, minus 1 */
    uint32_t target; /* byte address, a multiple of AS_STREAM_ALIGN */
    uint32_t inc;    /* of src or dst; COMPUTE has none */
    int yinc;        /* of y0; LOAD alone has it */
};

/* Each encoder writes whole words and returns how many: AS_LOAD_LINEAR_WORDS or AS_LOAD_WORDS,
 * AS_COMPUTE_WORDS, AS_STORE_WORDS.  Values outside their field are a programming mistake. */
int as_load_encode(const struct as_load_desc *desc, uint32_t words[AS_LOAD_WORDS]);
int as_compute_encode(const struct as_compute_desc *desc, uint32_t words[AS_COMPUTE_WORDS]);
int as_store_encode(const struct as_store_desc *desc, uint32_t words[AS_STORE_WORDS]);

/* A store of `lanes` channels at a time: they lie in neighbouring columns and in one memory word.
 */
bool as_store_may_be_wide(const struct as_store_desc *desc, int lanes);

/* Each decoder returns the words consumed, or 0 when fewer than those are `available`. */
int as_load_decode(const uint32_t *words, size_t available, struct as_load_desc *desc);
int as_compute_decode(const uint32_t *words, size_t available, struct as_compute_desc *desc);
int as_store_decode(const uint32_t *words, size_t available, struct as_store_desc *desc);

/* The same for a LOOP of one of the streams; its target is spread over two fields of the
 * accelerator's `count_bits`.  Decodes the words that made a decoder set `loop`. */
int as_loop_encode(enum as_stream stream, const struct as_loop *loop, int count_bits,
                   uint32_t words[AS_LOAD_WORDS]);
void as_loop_decode(enum as_stream stream, const uint32_t *words, int count_bits,
                    struct as_loop *loop);

/* ---- programs ---- */

/* One executed layer and its range of each stream's descriptors, numbered as they are executed:
 * those of a loop in every iteration, LOOP itself never. */
struct as_program_layer {
    int index;        /* operator index in the model file */
    const char *name; /* operator */
    uint64_t macs;
    uint64_t ideal_cycles;    /* macs on a full array */
    uint64_t estimate_cycles; /* what the mapper expected */
    uint32_t first[AS_STREAM_COUNT];
    uint32_t count[AS_STREAM_COUNT];
};

struct as_program_tensor {
    const char *name;
    uint32_t address, bytes; /* 0, 0 when the program never stores it */
};

/* The parameters of an accelerator that the meaning of a program depends on. */
enum as_target {
    AS_TARGET_UNROLL_K,
    AS_TARGET_UNROLL_C,
    AS_TARGET_UNROLL_P,
    AS_TARGET_UNROLL_Q,
    AS_TARGET_UNROLL_R,
    AS_TARGET_UNROLL_S,
    AS_TARGET_BLOCK_SUM,
    AS_TARGET_MEM_WIDTH,
    AS_TARGET_MEM_BYTES,
    AS_TARGET_IBUF_WORDS,
    AS_TARGET_WBUF_WORDS,
    AS_TARGET_LINE_WORDS,
    AS_TARGET_ACC_WORDS,
    AS_TARGET_LANES,
    AS_TARGET_COUNT_BITS,
    AS_TARGET_COORD_BITS,
    AS_TARGET_COUNT
};

struct as_program {
    const char *model;
    /* The accelerator it was built for: */
    const char *movement;        /* "ifmap forwarded, weight stationary, psum forwarded" */
    int target[AS_TARGET_COUNT]; /* parameters, by enum as_target */
    uint8_t *image;              /* memory from address 0: streams, constants */
    uint32_t image_bytes;
    uint32_t used_bytes;              /* image and activations */
    uint32_t stream[AS_STREAM_COUNT]; /* byte addresses */
    uint32_t input_address, input_bytes;
    uint32_t output_address, output_bytes;
    int layer_count;
    struct as_program_layer *layers; /* in order of execution */
    int tensor_count;
    struct as_program_tensor *tensors; /* numbered as in the network */
};

/* Notes in the program for which accelerator it is. */
void as_program_aim(struct as_arena *arena, struct as_program *program,
                    const struct as_config *cfg);

/* The binary form, arena-owned. */
void as_program_serialise(struct as_arena *arena, const struct as_program *program, uint8_t **bytes,
                          size_t *count);

/* The program in `data`, copied into the arena.  AS_ERR_PARSE when it is not one, AS_ERR_MISMATCH
 * when it was built for another accelerator than `cfg`, with the parameter and both values. */
enum as_status as_program_parse(struct as_arena *arena, const uint8_t *data, size_t bytes,
                                const char *label, const struct as_config *cfg,
                                struct as_program **out, struct as_diag *diag);

/* Runs the tokens of the three streams, without data: AS_ERR_MISMATCH when a stream would wait for
 * ever, when a descriptor leaves its buffer or the memory, or when tokens are left over. */
enum as_status as_program_check(const struct as_program *program, const struct as_config *cfg,
                                struct as_diag *diag);

/* Cycles that the mapper expected of executed layer `layer`. */
uint64_t as_program_estimate(const struct as_program *program, int layer);

#endif
