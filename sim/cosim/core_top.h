/* The simulation-only wrapper of core.v with one more output: the events of the performance
 * counters. */
#ifndef AS_SIM_COSIM_CORE_TOP_H
#define AS_SIM_COSIM_CORE_TOP_H

#include "base/arena.h"
#include "gen/config/config.h"
#include "gen/emit/emit.h"

/* Appends core_top.v to `set`. */
void as_core_top_emit(struct as_arena *arena, const struct as_config *cfg, struct as_emit_set *set);

#endif
