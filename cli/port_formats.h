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

/* The values of one port, to `own`.  `what` is "input" or "output"; images are refused where
 * `images` is NULL. */
enum as_status as_read_formed(struct as_arena *arena, const struct as_network *net,
                              const struct as_port *port, const char *what, const char *path,
                              struct as_image_use *images, uint8_t *own, struct as_diag *diag);

/* Writes the values of the network's one output, of `count` inferences, as one array: of the
 * output's shape, with a dimension of the inferences in front when there are several. */
enum as_status as_write_npy(struct as_arena *arena, const char *path, const struct as_port *port,
                            const uint8_t *const *values, int count, size_t bytes,
                            struct as_diag *diag);

#endif
