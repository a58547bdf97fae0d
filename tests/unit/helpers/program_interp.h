/* Executes a program descriptor by descriptor, in the order its tokens allow, without time: the
 * meaning of docs/blocks.md, descriptors, written down a second time and as plainly as possible. */
#ifndef AS_HELPERS_PROGRAM_INTERP_H
#define AS_HELPERS_PROGRAM_INTERP_H

#include "gen/program/program.h"

struct interp {
    const struct as_hw *hw;
    uint8_t *memory; /* [mem_bytes] */
    int8_t *ibuf;    /* [2 * ibuf_words][ibuf_lanes] */
    uint8_t *wbuf;   /* [2 * wbuf_words][wbuf_beats * mem_width_bytes] */
    int32_t *acc;    /* [cols][acc_words] */
    int32_t *drain;  /* [cols][2 * acc_words] */
    int8_t peak;     /* maximum found by lookups */
    uint32_t at[AS_STREAM_COUNT];
    int executed[AS_STREAM_COUNT]; /* descriptors, those of a loop in every iteration */
    int it[AS_STREAM_COUNT];       /* iterations of the loop that are done */
    uint32_t off[AS_STREAM_COUNT];
    int yoff;
    bool ended[AS_STREAM_COUNT];
    bool ibuf_full[2], wbuf_full[2], acc_claim[2], acc_full[2];
    int mem_tokens;
    uint64_t weight_tile_cycles; /* sum over tiles of the cycles that docs/blocks.md says */
    int overflows;               /* psums that their width does not hold */
};

/* Memories filled with garbage. */
struct interp *interp_new(struct as_arena *arena, const struct as_hw *hw);

/* Which engine advances when several may. */
enum interp_policy {
    INTERP_LOADS_EARLY, /* load as far ahead as the tokens allow */
    INTERP_LOADS_LATE   /* stores before computes before loads */
};

/* One inference: writes the image and the input, runs, reads the output.  False when the streams do
 * not all reach their END. */
bool interp_run(struct interp *m, const struct as_program *program, const int8_t *input,
                int8_t *output, enum interp_policy policy);

#endif
