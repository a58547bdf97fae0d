/* The timing engine beside the cycle model: every counter of every layer. */
#ifndef AS_TIMING_COMPARE_H
#define AS_TIMING_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "gen/config/hw.h"
#include "gen/program/program.h"
#include "sim/timing/timing.h"

/* The program on the cycle model, its inputs garbage: the counters of each layer and in total. */
void compare_model(struct as_arena *arena, const struct as_hw *hw, const struct as_program *program,
                   struct as_layer_run *layers, struct as_layer_run *total);

/* Whether both count the same; each difference is a line of `out`.  *cycles: of the program. */
bool compare_program(struct as_arena *arena, const struct as_hw *hw,
                     const struct as_program *program, FILE *out, uint64_t *cycles);

/* The same for the time that a mapper asks for: of the only layer of `program`, and of it behind
 * another one whose end the first load of either buffer waits for. */
bool compare_layer(struct as_arena *arena, const struct as_hw *hw, const struct as_program *program,
                   FILE *out);

#endif
