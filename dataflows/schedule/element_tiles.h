/* Layers that go through the lookup unit element by element, on column 0 of the accumulators,
 * tile by tile of the output.  They are alike on every dataflow. */
#ifndef AS_DATAFLOWS_SCHEDULE_ELEMENT_TILES_H
#define AS_DATAFLOWS_SCHEDULE_ELEMENT_TILES_H

#include "dataflows/schedule/schedule.h"

#define AS_OPERANDS_MAX 4 /* tables an element goes through */

/* One tile of the output, ny x nx pixels of nc channels, and where its elements come from. */
struct as_element_tile {
    int ny, nx, nc;
    int64_t out; /* byte of its first element in the output */
};

/* What all tiles of a layer share. */
struct as_elementwise {
    struct as_schedule *s;
    const struct as_hw *hw;
    const struct as_layer *layer;
    struct as_cost *cost;
    const struct as_tensor *out;
    int operands;
    int input[AS_OPERANDS_MAX]; /* of the layer, that the operand reads */
    size_t table[AS_OPERANDS_MAX];
    bool mul;
    size_t params;
    int zp, amin, amax;
    int64_t next_id; /* of an ifmap load */
    bool in_place;   /* a tile reads its operands where it writes: the output may lie over one that
                        dies */
};

/* Strides in bytes between neighbours along y, x and channels; 0: the same element again. */
struct as_strides {
    int64_t y, x, c;
};

/* Starts a layer with one operand.  Clamp and zero point come from the layer; the caller sets
 * tables and parameters. */
struct as_elementwise as_elementwise_begin(struct as_schedule *s, const struct as_layer *layer,
                                           struct as_cost *cost);

/* Emits a tile, whose first element is (y, x, c) of those that as_elementwise_each() walks over. */
typedef enum as_status as_element_tile_fn(struct as_elementwise *w, const void *context, int y,
                                          int x, int c, struct as_element_tile *tile);
/* Calls `emit` for tiles that together are ny x nx x nc, each within the limits of buffers and
 * counts. */
enum as_status as_elementwise_each(struct as_elementwise *w, int ny, int nx, int nc,
                                   as_element_tile_fn *emit, const void *context);

/* The load of a tile whose elements lie `step` apart, byte by byte and without a gap in the
 * buffer.
 */
struct as_load_desc as_element_tile_load(const struct as_element_tile *tile,
                                         const struct as_strides *step);
/* The load of `elements` in a row; false when no descriptor holds it. */
bool as_element_linear_load(const struct as_hw *hw, int elements, struct as_load_desc *desc);
/* The job of operand `i`, whose elements `load` brings. */
enum as_status as_elementwise_operand(struct as_elementwise *w, int i,
                                      const struct as_element_tile *tile,
                                      const struct as_load_desc *load, struct as_ref src);
/* Stores the tile: its channels lie together, its pixels `pixel` bytes apart. */
void as_elementwise_store(struct as_elementwise *w, const struct as_element_tile *tile,
                          int64_t pixel);

void as_elementwise_scale(struct as_elementwise *w, int32_t multiplier, int shift);
/* What the table says is the output: twice the value, which the requantizer halves. */
void as_elementwise_table(struct as_elementwise *w, const as_activation value[AS_TABLE_ENTRIES]);

#endif
