/* Where a window lies on an image.  Source: docs/arithmetic.md. */
#ifndef AS_MODELS_ARITH_PADDING_H
#define AS_MODELS_ARITH_PADDING_H

#include <stdbool.h>

/* Outputs of one axis, and the pixels of zero points before and after an image of `in` pixels.
 *   same   SAME padding: in / stride outputs, rounded up; else VALID, without padding
 * False when the dilated kernel is larger than the image (VALID). */
bool as_padding_axis(int in, int kernel, int stride, int dilation, bool same, int *out,
                     int *pad_before, int *pad_after);

#endif
