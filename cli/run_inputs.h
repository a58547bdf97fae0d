/* Raw int8 tensors for `run`: inputs from files, from the model's folder or from a seed. */
#ifndef AS_CLI_RUN_INPUTS_H
#define AS_CLI_RUN_INPUTS_H

#include "models/network.h"

/* A file of exactly `bytes` bytes; `what` names the tensor in messages. */
enum as_status as_read_tensor(struct as_arena *arena, const char *path, size_t bytes,
                              const char *what, const int8_t **out, struct as_diag *diag);
enum as_status as_write_tensors(struct as_arena *arena, const char *path,
                                const int8_t *const *tensors, int count, size_t bytes,
                                struct as_diag *diag);

/* An input for a model that was given none: the first one shipped with a built-in model, else
 * pseudo-random bytes, always the same.  *label says which. */
enum as_status as_default_input(struct as_arena *arena, const char *model,
                                const struct as_network *net, const int8_t **out,
                                const char **label, struct as_diag *diag);

/* Every tensor of the network as the reference engine computes it. */
enum as_status as_reference_tensors(struct as_arena *arena, const struct as_network *net,
                                    const int8_t *input, int8_t ***tensors, struct as_diag *diag);

#endif
