/* Emits the three descriptor streams of a program, layer by layer, with the tokens that keep them
 * together, and collects the constants they refer to.
 *
 * Addresses of tensors are not known while layers are mapped: every descriptor keeps a reference
 * (tensor, offset) that as_schedule_encode resolves after the planner has run.
 *
 * Buffers: each half of the ifmap and weight buffers holds what one load brought.  A job names what
 * it needs; what is still in a half is not loaded again, else the half used longest ago is loaded.
 * A half is freed by the last job that used it.  So a load never waits for a job that itself waits
 * for a later load: what a load replaces was last used by an earlier job than the one it serves. */
#ifndef AS_DATAFLOWS_SCHEDULE_SCHEDULE_H
#define AS_DATAFLOWS_SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataflows/schedule/find_loops.h"
#include "dataflows/schedule/conv_shape.h"
#include "dataflows/schedule/cost.h"
#include "dataflows/schedule/limits.h"
#include "dataflows/schedule/tiling.h"
#include "gen/program/program.h"

/* A place in memory: an offset into a tensor, or into the constants when tensor is -1. */
struct as_ref {
    int tensor;
    int64_t offset;
};

struct as_sched_load {
    struct as_load_desc desc;
    struct as_ref src;
};

struct as_sched_store {
    struct as_store_desc desc;
    struct as_ref dst;
    size_t params; /* offset into the constants */
};

/* What one half of a buffer holds. */
struct as_slot {
    int64_t id;   /* -1: nothing that may be used again */
    int last_job; /* compute descriptor that used it last, -1: none yet */
    bool loaded;  /* not freed yet */
};

struct as_schedule {
    struct as_arena *arena;
    const struct as_hw *hw;
    const struct as_mapping_wish *map;
    struct as_diag *diag;
    const struct as_network *net;
    const struct as_layer *layer; /* being emitted */
    struct as_layer_wish wish;    /* of it */
    int byte_price; /* cycles worth spending to save a byte of memory; 0: memory is free */
    int64_t spare;  /* activation bytes free while this layer runs, because another one sets the
                       peak */
    bool trial;     /* constants are only placed, not written: what they take is all that counts */
    bool timed;     /* mapper/timed_choice.h; else estimates decide */
    int pass_price[2]; /* bytes that one pass of a LOOP has to save; [1]: of jobs */

    struct as_sched_load *loads;
    struct as_compute_desc *computes;
    struct as_sched_store *stores;
    int count[AS_STREAM_COUNT], room[AS_STREAM_COUNT];

    struct as_desc_loop *loops[AS_STREAM_COUNT]; /* the streams with their loops */
    int loop_count[AS_STREAM_COUNT], loop_room[AS_STREAM_COUNT];
    size_t loop_bytes[AS_STREAM_COUNT];

    uint8_t *data; /* constants */
    size_t data_bytes, data_room;
    struct {
        size_t offset, bytes;
    } * shared; /* constants that may be used by several layers */
    int shared_count, shared_room;

    struct as_slot ibuf[2], wbuf[2];
    int asel;
    bool one_half;                  /* asel stays as it is */
    bool wait_mem;                  /* the next ifmap load waits for the layer before */
    int first[AS_STREAM_COUNT];     /* of the layer */
    int64_t *read_low, *write_high; /* of each output tile: see as_schedule_tile */
    int tile_count, tile_room;
};

/* A compute job and what it needs; ids are unique within a layer.  What fills a half of a buffer is
 * one load, of pixels for the ifmap buffer and of constants for the weight buffer, or the loads of
 * `ifmap_parts` or `weight_parts`, of either kind, in their order. */
struct as_job {
    struct as_compute_desc compute; /* halves and frees are filled in */
    int64_t ifmap_id;
    struct as_load_desc ifmap;
    struct as_ref ifmap_src;
    const struct as_sched_load *ifmap_parts; /* [ifmap_part_count]; 0: the one load above */
    int ifmap_part_count;
    int64_t weights_id;
    size_t weights; /* offset into the constants */
    int weights_words;
    const struct as_sched_load *weight_parts; /* [weight_part_count]; 0: those constants */
    int weight_part_count;
};

void as_schedule_init(struct as_schedule *s, struct as_arena *arena, const struct as_hw *hw,
                      const struct as_mapping_wish *map, const struct as_network *net,
                      struct as_diag *diag);

/* An array of `count` elements with room for one more. */
void *as_schedule_grow(struct as_arena *arena, void *array, int count, int *room, size_t element);

/* `bytes` zeroed bytes of constants on a multiple of AS_STREAM_ALIGN; returns the offset. */
size_t as_schedule_alloc(struct as_schedule *s, size_t bytes);
/* The offset of constants equal to `bytes`, which are added when there are none. */
size_t as_schedule_share(struct as_schedule *s, const uint8_t *data, size_t bytes);
/* A parameter record. */
void as_schedule_put_param(const struct as_hw *hw, uint8_t *at, int32_t bias, int32_t multiplier,
                           int shift);
/* Refuses the layer when its output scales by a left shift of more than `most`.  The requantizer
 * shifts right only: the mapping multiplies its sums. */
enum as_status as_refuse_left_shift(const struct as_schedule *s, int shift, int most);
/* Refuses the layer where products of two activations cannot run. */
enum as_status as_refuse_products(const struct as_schedule *s);
/* Where the weight of PE (row, col) is in weight tile `n` of a block. */
size_t as_weight_byte(const struct as_hw *hw, int n, int row, int col);
/* A lookup table as weight-buffer words, shared: the entry of each activation, by its bits. */
size_t as_schedule_table(struct as_schedule *s, const as_psum table[AS_TABLE_ENTRIES]);

void as_schedule_begin_layer(struct as_schedule *s, const struct as_layer *layer);
/* Begins the same layer once more, behind what was emitted of it: nothing is in the buffers. */
void as_schedule_restart_layer(struct as_schedule *s);
/* Loads what the job lacks, then emits it.  AS_ERR_NOFIT when a load cannot be expressed. */
enum as_status as_schedule_job(struct as_schedule *s, const struct as_job *job);
/* Emits the store of the drain half that the jobs since the last store filled. */
void as_schedule_store(struct as_schedule *s, const struct as_store_desc *desc, struct as_ref dst,
                       size_t params);
/* Declares, for every output tile in order, the lowest byte of the input that its loads read and
 * the end of the bytes that its store writes: what as_schedule_overlap is computed from. */
void as_schedule_tile(struct as_schedule *s, int64_t read_low, int64_t write_high);
/* What is complete with the last store of a layer: a step of one, it, or the network. */
enum as_layer_end { AS_END_STEP, AS_END_LAYER, AS_END_NETWORK };
/* Frees the buffers and finds the loops in what the layer emitted. */
enum as_status as_schedule_end_layer(struct as_schedule *s, enum as_layer_end end);

/* The distance that the output keeps from an input that it overwrites: it may lie over an input
 * that dies here when output + distance <= input, because each tile is then written behind what
 * later tiles still read. */
int64_t as_schedule_overlap(const struct as_schedule *s);

/* Counts of a linear load of `beats` out of `capacity`; false when there are none. */
bool as_linear_counts(const struct as_hw *hw, int64_t beats, int64_t capacity,
                      struct as_load_desc *desc);

/* A box of the input image: ny x nx pixels of `channels` channels from c0.
 *   groups > 0: instead, words of `unit` channels, `groups` of them, each `repeat` times. */
struct as_box {
    int y0, x0, ny, nx, dy, dx;
    int c0, channels;
    int groups, unit, repeat;
    enum as_load_lanes lanes;
    int8_t pad;
};

/* The load of a box of `tensor`, and where it starts. */
struct as_load_desc as_box_load(const struct as_hw *hw, const struct as_conv_shape *w,
                                const struct as_box *box, int64_t *offset);

/* Adds the loops of the present layer. */
enum as_status as_schedule_find_loops(struct as_schedule *s);

/* Bytes of the three streams, and the streams with their addresses resolved.
 *   tensor_address [tensor_count]; data_address of the constants
 *   image          receives the streams at stream[] */
size_t as_schedule_bytes(const struct as_schedule *s, enum as_stream stream);
size_t as_schedule_total_bytes(const struct as_schedule *s);
void as_schedule_encode(const struct as_schedule *s, const uint32_t *tensor_address,
                        uint32_t data_address, const uint32_t stream[AS_STREAM_COUNT],
                        uint8_t *image);

#endif
