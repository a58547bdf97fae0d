/* Files that say themselves what their values are: .npy, PNG and JPEG, known by their names.  All
 * other files are raw values (cli/run_inputs.h). */
#ifndef AS_CLI_PORT_FORMATS_H
#define AS_CLI_PORT_FORMATS_H

#include "cli/image_input.h"

/* How images are read, and what was done with them. */
struct as_image_use {
    struct as_image_range range;
    const char *notes; /* a line an image, each ended; NULL: none was read */
};

bool as_is_npy_name(const char *path);
bool as_is_image_name(const char *path);

/* The values of one port, of *count inferences one after the other, arena-owned: an array of the
 * port's shape or an image is of one, an array with one more dimension in front of as many.  `what`
 * is "input" or "output"; images are refused where `images` is NULL. */
enum as_status as_read_formed(struct as_arena *arena, const struct as_network *net,
                              const struct as_port *port, const char *what, const char *path,
                              struct as_image_use *images, const uint8_t **own, size_t *count,
                              struct as_diag *diag);

/* Writes the values of the network's one output, of `count` inferences, as such an array. */
enum as_status as_write_npy(struct as_arena *arena, const char *path, const struct as_port *port,
                            const uint8_t *const *values, int count, size_t bytes,
                            struct as_diag *diag);

#endif
