/* A graph becomes layers that the machine has: MEAN over channels a FULLY_CONNECTED, SUB an ADD
 * with a sign, TRANSPOSE, SLICE and SPLIT strided copies, activations tables; operands are put in
 * order and quantization constants worked out.  The one place for it, whatever the format of the
 * file. */
#ifndef AS_MODELS_LOWER_LOWER_H
#define AS_MODELS_LOWER_LOWER_H

#include "models/graph.h"
#include "models/network.h"

/* The network owns all it needs: the graph's source may go.  All unsupported operators, types and
 * versions are reported at once. */
enum as_status as_lower(struct as_arena *arena, const struct as_graph *graph,
                        struct as_network **out, struct as_diag *diag);

/* The operators that become such layers, "SLICE, SPLIT"; arena-owned. */
const char *as_lower_operators(struct as_arena *arena, enum as_op op);

/* "CALL_ONCE, VAR_HANDLE, ...": those of streaming state. */
const char *as_lower_state_operators(struct as_arena *arena);

#endif
