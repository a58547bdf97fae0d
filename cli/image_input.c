#include "cli/image_input.h"

#include <math.h>
#include <string.h>

#include "models/arith/edge.h"
#include "models/arith/fixed_point.h"

/* What an input takes of an image. */
struct target {
    int height, width, channels;
    bool planar; /* [channels][height][width] */
};

static bool are_channels(int n)
{
    return n == 1 || n == 3 || n == 4;
}

static bool find_target(const struct as_port *port, struct target *t)
{
    const int *dim = port->dim;

    if (port->rank == 3 && are_channels(dim[2]))
        *t = (struct target){dim[0], dim[1], dim[2], false};
    else if (port->rank == 3 && dim[0] == 1)
        *t = (struct target){dim[1], dim[2], 1, false};
    else if (port->rank == 4 && dim[0] == 1 && are_channels(dim[3]))
        *t = (struct target){dim[1], dim[2], dim[3], false};
    else if (port->rank == 4 && dim[0] == 1 && are_channels(dim[1]))
        *t = (struct target){dim[2], dim[3], dim[1], true};
    else
        return false;
    return true;
}

/* ---- pixels ---- */

/* Channel `c` of `channels` of a pixel; grey of colours as ITU-R BT.601 weighs them, the alpha of
 * an image that has none is 255, and one that is not asked for is dropped. */
static float channel_of(const struct as_image *image, const uint8_t *pixel, int c, int channels)
{
    bool colour = image->channels >= 3;

    if (c == 3)
        return image->channels % 2 == 0 ? pixel[image->channels - 1] : 255;
    if (!colour)
        return pixel[0];
    if (channels >= 3)
        return pixel[c];
    return (float)((19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2] + 32768) >> 16);
}

/* Where output `i` of `out` lies among `in` inputs, between *a and *a + 1 or on *a at the edge: as
 * tf.image.resize places it, by centres of pixels and without antialiasing. */
static float place(int i, int in, int out, int *a, int *b)
{
    float scale = (float)in / (float)out;
    float at = ((float)i + 0.5f) * scale - 0.5f, below = floorf(at);

    *a = below > 0 ? (int)below : 0;
    *b = (int)ceilf(at) < in - 1 ? (int)ceilf(at) : in - 1;
    *b = *b < 0 ? 0 : *b;
    return at - below;
}

static float sample(const struct as_image *image, const struct target *t, int y, int x, int c)
{
    int top, bottom, left, right;
    float dy = place(y, image->height, t->height, &top, &bottom);
    float dx = place(x, image->width, t->width, &left, &right);
    const int rows[2] = {top, bottom}, columns[2] = {left, right};
    float line[2];

    for (int r = 0; r < 2; r++) {
        float value[2];
        for (int i = 0; i < 2; i++) {
            size_t at = (size_t)rows[r] * (size_t)image->width + (size_t)columns[i];
            value[i] =
                channel_of(image, image->pixels + at * (size_t)image->channels, c, t->channels);
        }
        line[r] = value[0] + (value[1] - value[0]) * dx;
    }
    return line[0] + (line[1] - line[0]) * dy;
}

/* ---- values ---- */

/* Whether the quantized tensor reaches from `low` to `high`, to a fiftieth. */
static bool spans(const struct as_tensor *t, double low, double high)
{
    double slack = (high - low) / 50, scale = (double)t->scale;

    return fabs(scale * (-128 - t->zero_point) - low) <= slack &&
           fabs(scale * (127 - t->zero_point) - high) <= slack;
}

/* The range of a float32 input that was given none. */
static bool guess_range(const struct as_tensor *t, struct as_image_range *range)
{
    static const double usual[][2] = {{0, 1}, {-1, 1}, {0, 255}};

    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (spans(t, usual[i][0], usual[i][1])) {
            *range = (struct as_image_range){true, usual[i][0], usual[i][1]};
            return true;
        }
    return false;
}

/* One value of the port, of a pixel 0..255. */
static void put(const struct as_port *port, const struct as_image_range *range, float pixel,
                uint8_t *own, size_t index)
{
    bool is_signed = port->value == AS_VALUE_INT8;
    int low = is_signed ? -128 : 0;
    float real = (float)(range->low + (double)pixel * (range->high - range->low) / 255);

    if (port->value == AS_VALUE_FLOAT32) {
        memcpy(own + index * sizeof real, &real, sizeof real);
        return;
    }
    double value = range->given ? round((double)real / (double)port->scale) + port->zero_point
                                : round((double)pixel) + low;
    value = value < low ? low : value > low + 255 ? low + 255 : value;
    own[index] = (uint8_t)(int)value;
}

static const char *note_text(struct as_arena *arena, const struct as_image *image, const char *path,
                             const struct target *t, const struct as_port *port,
                             const struct as_image_range *range)
{
    const char *type = as_value_name(port->value);
    const char *size = image->width == t->width && image->height == t->height
                           ? as_arena_printf(arena, "%s %dx%d", path, t->width, t->height)
                           : as_arena_printf(arena, "%s %dx%d -> %dx%d, bilinear", path,
                                             image->width, image->height, t->width, t->height);

    if (range->given)
        return as_arena_printf(arena, "%s; pixels 0..255 are %g..%g, as %s", size, range->low,
                               range->high, type);
    int low = port->value == AS_VALUE_INT8 ? -128 : 0;
    double scale = (double)port->scale;
    return as_arena_printf(arena, "%s; %s is the pixel%s, which is %.4g..%.4g", size, type,
                           low ? " - 128" : "", scale * (low - port->zero_point),
                           scale * (low + 255 - port->zero_point));
}

enum as_status as_image_give(struct as_arena *arena, const struct as_image *image, const char *path,
                             const struct as_port *port, const struct as_tensor *inner,
                             const struct as_image_range *given, uint8_t *own, const char **note,
                             struct as_diag *diag)
{
    struct as_image_range range = given ? *given : (struct as_image_range){0};
    struct target t;

    if (!find_target(port, &t))
        return as_fail(diag, AS_ERR_UNSUPPORTED,
                       "%s: an image, and input '%s' is of shape %s; expected one of an image, "
                       "1xHxWxC with C 1, 3 or 4",
                       path, port->name, as_shape_text(arena, port->dim, port->rank));
    if (port->value == AS_VALUE_FLOAT32 && !range.given && !guess_range(inner, &range))
        return as_fail(
            diag, AS_ERR_RANGE,
            "%s: what pixels 0 and 255 are for input '%s' does not follow from its "
            "quantization, %.4g..%.4g; expected `run --image-range LOW:HIGH`, such as 0:1, "
            "-1:1 or 0:255",
            path, port->name, (double)inner->scale * (-128 - inner->zero_point),
            (double)inner->scale * (127 - inner->zero_point));
    for (int y = 0; y < t.height; y++)
        for (int x = 0; x < t.width; x++)
            for (int c = 0; c < t.channels; c++) {
                int index = t.planar ? (c * t.height + y) * t.width + x
                                     : (y * t.width + x) * t.channels + c;
                put(port, &range, sample(image, &t, y, x, c), own, (size_t)index);
            }
    *note = note_text(arena, image, path, &t, port, &range);
    return AS_OK;
}
