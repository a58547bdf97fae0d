/* Images as inputs: PNG by libpng, JPEG by libjpeg-turbo.  The file is untrusted: sides are bounded
 * before anything is decoded, and a damaged file is refused. */
#ifndef AS_CLI_IMAGE_H
#define AS_CLI_IMAGE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"

#define AS_IMAGE_SIDE_MAX   16384
#define AS_IMAGE_PIXELS_MAX (1 << 25)

struct as_image {
    int width, height;
    int channels;    /* 1: grey; 2: grey, alpha; 3: RGB; 4: RGB, alpha */
    uint8_t *pixels; /* [height][width][channels] */
};

/* The pixels as they are in the file, 16 bits reduced to 8; neither gamma nor an orientation that a
 * camera noted is applied.  `path` names the file in messages; arena-owned. */
enum as_status as_image_decode(struct as_arena *arena, const uint8_t *bytes, size_t count,
                               const char *path, struct as_image *image, struct as_diag *diag);

#endif
