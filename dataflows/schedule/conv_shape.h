/* The loops of a convolution-like layer: convolution, fully connected, depthwise, pool. */
#ifndef AS_DATAFLOWS_SCHEDULE_CONV_SHAPE_H
#define AS_DATAFLOWS_SCHEDULE_CONV_SHAPE_H

#include "models/network.h"

/* The loops of a layer, or of a set of its channel groups.  FULLY_CONNECTED is a 1x1 convolution
 * over a row of N pixels.  The stride along an axis with one output is 1. */
struct as_conv_shape {
    int in_h, in_w, in_c;
    int out_h, out_w, out_k;
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left;
    int multiplier;   /* DEPTHWISE: output channels per input channel; else 0 */
    int image_c;      /* channels of a pixel in memory */
    int images, sets; /* this is computed images x sets times, with other weights for each set */
};

struct as_conv_shape as_conv_shape_of(const struct as_network *net, const struct as_layer *layer);

/* Pixels of input that `tile` outputs and `taps` taps touch along one axis, as loaded. */
int as_extent(int tile, int stride, int taps, int dilation);
/* Distance of neighbouring outputs in the loaded pixels. */
int as_loaded_stride(int stride, int taps);

#endif
