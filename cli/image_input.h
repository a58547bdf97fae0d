/* An image as the values of an input: channels, size, and what a pixel means. */
#ifndef AS_CLI_IMAGE_INPUT_H
#define AS_CLI_IMAGE_INPUT_H

#include <stdbool.h>

#include "cli/image.h"
#include "models/network.h"

/* The real values of pixels 0 and 255. */
struct as_image_range {
    bool given;
    double low, high;
};

/* Writes the image, resized where its size is another, as port values of the model's own type and
 * layout (NHWC; NCHW of a shape that can be nothing else) to `own`; `inner` is the port's tensor.
 *
 * Without a range the pixels of an integer input are its type's span: uint8 takes pixels as they
 * are, int8 pixel - 128.  A float32 input takes the range of 0:1, -1:1 and 0:255 that its quantized
 * tensor was made for, and is refused where that is none of them.
 *
 * *note says what was done, "photo.jpg 640x480 -> 96x96, bilinear; ..."; arena-owned. */
enum as_status as_image_give(struct as_arena *arena, const struct as_image *image, const char *path,
                             const struct as_port *port, const struct as_tensor *inner,
                             const struct as_image_range *range, uint8_t *own, const char **note,
                             struct as_diag *diag);

#endif
