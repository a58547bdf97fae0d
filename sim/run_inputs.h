/* Raw int8 tensors for `run`: inputs from files, from the model's folder or from a seed. */
#ifndef AS_SIM_RUN_INPUTS_H
#define AS_SIM_RUN_INPUTS_H

#include "models/network.h"

/* A file of exactly `bytes` bytes; `what` names the tensor in messages. */
enum as_status as_read_tensor(struct as_arena *arena, const char *path, size_t bytes,
                              const char *what, const int8_t **out, struct as_diag *diag);
enum as_status as_write_tensors(const char *path, const int8_t *const *tensors, int count,
                                size_t bytes, struct as_diag *diag);

/* An input for a model that was given none: the first one shipped with a built-in model, else
 * pseudo-random bytes, always the same.  *label says which. */
enum as_status as_default_input(struct as_arena *arena, const char *model,
                                const struct as_network *net, const int8_t **out,
                                const char **label, struct as_diag *diag);

/* The output of the reference engine. */
enum as_status as_reference_output(struct as_arena *arena, const struct as_network *net,
                                   const int8_t *input, const int8_t **output,
                                   struct as_diag *diag);

#endif
