/* The simulation-only wrapper of system.v with two more outputs: the events of the performance
 * counters, and every probe of sim/cosim/probe.def, 64 bits each. */
#ifndef AS_SIM_COSIM_COSIM_TOP_H
#define AS_SIM_COSIM_COSIM_TOP_H

#include "base/arena.h"
#include "gen/config/config.h"
#include "gen/emit/emit.h"

/* Appends cosim_top.v to `set`. */
void as_cosim_top_emit(struct as_arena *arena, const struct as_config *cfg,
                       struct as_emit_set *set);

#endif
