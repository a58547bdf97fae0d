/* AVERAGE_POOL_2D and MEAN as window layers: which outputs share a divisor, and the requantizer's
 * constants that divide.  All weights are 1 << preshift, so that the sums use the requantizer's
 * bits. */
#ifndef AS_DATAFLOWS_MAPPER_AVERAGE_H
#define AS_DATAFLOWS_MAPPER_AVERAGE_H

#include "dataflows/schedule/schedule.h"

/* The preshift with which every divisor of the layer has constants.  AS_ERR_UNSUPPORTED when there
 * is none. */
enum as_status as_average_preshift(const struct as_schedule *s, const struct as_layer *layer,
                                   int *preshift);
/* The shared parameter record that divides by `count`. */
size_t as_average_params(struct as_schedule *s, int count, int preshift);

/* Constants with which the requantizer divides a sum S of `count` int8 values, given as
 * S << preshift, exactly as AVERAGE_POOL_2D does, for every S; false when there are none. */
bool as_average_constants(int count, int preshift, int32_t *multiplier, int *shift);

/* Outputs of a pool that see the same number of input pixels. */
struct as_average_region {
    struct as_span rows, cols;
    int rows_in, cols_in; /* input rows and columns of an output of them */
    int count;            /* input pixels: the divisor */
};

/* The next region, row by row, in which outputs share a divisor; the first one when *region is 0,
 * false behind the last. */
bool as_average_next(const struct as_conv_shape *shape, struct as_average_region *region);

/* Outputs of one axis of a pool that see the same number of input pixels: the tile that starts at
 * `start`, at most `tile` long.  *count receives that number. */
int as_average_span(int start, int out, int tile, int in, int kernel, int stride, int pad,
                    int *count);

#endif
