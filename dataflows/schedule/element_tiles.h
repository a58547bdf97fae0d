/* Layers that go through the lookup unit element by element, on column 0 of the accumulators,
 * region by region of the output.  The same on every dataflow. */
#ifndef AS_DATAFLOWS_SCHEDULE_ELEMENT_TILES_H
#define AS_DATAFLOWS_SCHEDULE_ELEMENT_TILES_H

#include "dataflows/schedule/schedule.h"

#define AS_OPERANDS_MAX 4 /* tables an element goes through */

/* One region of the output, ny x nx pixels of nc channels, and where its elements come from. */
struct as_region {
    int ny, nx, nc;
    int64_t out; /* byte of its first element in the output */
};

/* What all regions of a layer share. */
struct as_regions {
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
    bool in_place; /* a region reads its operands where it writes: the output may lie over one that
                      dies */
};

/* Strides in bytes between neighbours along y, x and channels; 0: the same element again. */
struct as_strides {
    int64_t y, x, c;
};

/* Of one operand, clamp and zero point of the layer; the caller sets tables and parameters. */
struct as_regions as_regions_begin(struct as_schedule *s, const struct as_layer *layer,
                                   struct as_cost *cost);

/* Emits a region, whose first element is (y, x, c) of those that as_each_region() walks over. */
typedef enum as_status as_region_fn(struct as_regions *w, const void *context, int y, int x, int c,
                                    struct as_region *region);
/* Calls `emit` for regions that together are ny x nx x nc, each within the limits of buffers and
 * counts. */
enum as_status as_each_region(struct as_regions *w, int ny, int nx, int nc, as_region_fn *emit,
                              const void *context);

/* The load of a region whose elements lie `step` apart, byte by byte and without a gap in the
 * buffer.
 */
struct as_load_desc as_region_load(const struct as_region *region, const struct as_strides *step);
/* The load of `elements` in a row; false when no descriptor holds it. */
bool as_region_linear_load(const struct as_hw *hw, int elements, struct as_load_desc *desc);
/* The job of operand `i`, whose elements `load` brings. */
enum as_status as_region_operand(struct as_regions *w, int i, const struct as_region *region,
                                 const struct as_load_desc *load, struct as_ref src);
/* Stores the region: its channels lie together, its pixels `pixel` bytes apart. */
void as_region_store(struct as_regions *w, const struct as_region *region, int64_t pixel);

void as_regions_scale(struct as_regions *w, int32_t multiplier, int shift);
/* What the table says is the output: twice the value, which the requantizer halves. */
void as_regions_table(struct as_regions *w, const int8_t value[256]);

#endif
