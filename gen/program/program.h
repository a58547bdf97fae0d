/* A program: everything an accelerator needs to run one network, and the binary form of it that the
 * models, the RTL and a board execute alike.  Format: docs/program.md.  Descriptors:
 * docs/blocks.md, descriptors. */
#ifndef AS_GEN_PROGRAM_PROGRAM_H
#define AS_GEN_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "gen/config/hw.h"
#include "base/diag.h"
#include "gen/program/descriptor.h"
#include "models/network.h"

#define AS_PROGRAM_VERSION 5

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

/* Where the inputs or outputs of the network lie, in the model's order. */
struct as_program_ports {
    int count;
    uint32_t bytes; /* of all */
    struct as_program_place {
        uint32_t address, bytes;
    } port[AS_PORTS_MAX];
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
    uint8_t *image;              /* memory from address 0: streams, constants, variables */
    uint32_t image_bytes;
    uint32_t state_bytes; /* of them, at the end: the variables, with their initial values */
    uint32_t used_bytes;  /* image and activations */
    uint32_t stream[AS_STREAM_COUNT]; /* byte addresses */
    struct as_program_ports input, output;
    int layer_count;
    struct as_program_layer *layers; /* in order of execution */
    int tensor_count;
    struct as_program_tensor *tensors; /* numbered as in the network */
};

/* Address of the variables: the accelerator writes nothing of the image before them. */
static inline uint32_t as_program_state(const struct as_program *program)
{
    return program->image_bytes - program->state_bytes;
}

/* Notes in the program for which accelerator it is. */
void as_program_set_target(struct as_arena *arena, struct as_program *program,
                           const struct as_hw *hw);

/* Writes how many parameters a program notes and their keys, as the row of docs/program.md. */
void as_program_print_targets(FILE *out);

/* The binary form, arena-owned. */
void as_program_serialise(struct as_arena *arena, const struct as_program *program, uint8_t **bytes,
                          size_t *count);

/* The program in `data`, copied into the arena.  AS_ERR_PARSE when it is not one, AS_ERR_MISMATCH
 * when it was built for another accelerator than `hw`, with the parameter and both values. */
enum as_status as_program_parse(struct as_arena *arena, const uint8_t *data, size_t bytes,
                                const char *label, const struct as_hw *hw, struct as_program **out,
                                struct as_diag *diag);

/* Runs the tokens of the three streams, without data: AS_ERR_MISMATCH when a stream would wait for
 * ever, when a descriptor leaves its buffer or the memory, or when tokens are left over. */
enum as_status as_program_check(const struct as_program *program, const struct as_hw *hw,
                                struct as_diag *diag);

/* Cycles that the mapper expected of executed layer `layer`. */
uint64_t as_program_estimate(const struct as_program *program, int layer);

#endif
