/* The weights of a convolution-like layer (convolution, grouped or not; fully connected; depthwise;
 * average pool) seen by all mappings in one way, and the parameter records of its output channels.
 *
 * The array multiplies raw int8 values.  With z the input zero point and padding read as z,
 * sum w (x - z) + bias = sum w x + (bias - z sum w), so a record's bias absorbs z. */
#ifndef AS_DATAFLOWS_MAPPER_WEIGHTS_H
#define AS_DATAFLOWS_MAPPER_WEIGHTS_H

#include "dataflows/schedule/schedule.h"

struct as_weights {
    const struct as_layer *layer;
    struct as_conv_shape shape;
    int images;              /* batch, of FULLY_CONNECTED 1: its pixels are the batch */
    int groups;              /* DEPTHWISE and pools: one an input channel */
    int in_group, out_group; /* channels of a group */
    int pool;                /* AVERAGE_POOL: the one weight of all taps; else 0 */
};

struct as_weights as_weights_of(const struct as_network *net, const struct as_layer *layer);

/* `together` channel groups seen as one convolution, in which weights between groups are 0, and how
 * many such sets there are. */
struct as_conv_shape as_weights_set(const struct as_weights *weights, int together);

/* The weight of output channel k at input channel c of the layer, 0 when that is of another group
 * or there is no such channel. */
int8_t as_weights_at(const struct as_weights *weights, int k, int r, int s, int c);

/* Writes the records of `count` output channels from `channel` on to the constants at `offset`. */
void as_weights_params(struct as_schedule *s, const struct as_weights *weights, int channel,
                       int count, size_t offset);

#endif
