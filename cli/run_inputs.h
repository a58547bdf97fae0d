/* Tensors for `run`: inputs from files, from the model's folder or from a seed; golden outputs;
 * the outputs of a run.  Files hold the model's own values, raw, as .npy or, inputs, as images. */
#ifndef AS_CLI_RUN_INPUTS_H
#define AS_CLI_RUN_INPUTS_H

#include "cli/port_formats.h"

/* A file of exactly `bytes` bytes; `what` names the tensor in messages. */
enum as_status as_read_tensor(struct as_arena *arena, const char *path, size_t bytes,
                              const char *what, const int8_t **out, struct as_diag *diag);
enum as_status as_write_tensors(struct as_arena *arena, const char *path,
                                const uint8_t *const *tensors, int count, size_t bytes,
                                struct as_diag *diag);

/* Reads the files of inferences into own[*count], at most `max`, each [as_edge_bytes(net, ports)].
 * The files of an inference are one with all ports one after the other, or one a port: in the
 * model's order, or as NAME=FILE; .npy and images are of one port.  Of a network with state one raw
 * file may hold several inferences, its frames, one after the other.  `what` is "input" or
 * "output"; `images` is NULL where they are refused. */
enum as_status as_read_ports(struct as_arena *arena, const struct as_network *net,
                             const struct as_ports *ports, const char *const *files, int file_count,
                             const char *what, struct as_image_use *images, const uint8_t **own,
                             int max, int *count, struct as_diag *diag);

/* An input for a model that was given none: the first one shipped with a built-in model, else
 * pseudo-random bytes, always the same.  *label says which. */
enum as_status as_default_input(struct as_arena *arena, const char *model,
                                const struct as_network *net, const int8_t **out,
                                const char **label, struct as_diag *diag);

/* Every tensor of the network as the reference engine computes it, after the inference whose
 * tensors are `before`; NULL: with the variables' initial values. */
enum as_status as_reference_tensors(struct as_arena *arena, const struct as_network *net,
                                    const int8_t *input, int8_t *const *before, int8_t ***tensors,
                                    struct as_diag *diag);

#endif
