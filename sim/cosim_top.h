/* The simulation-only wrapper of system.v that brings every probe of sim/probe.def, and the events
 * of the performance counters, to output ports. */
#ifndef AS_SIM_COSIM_TOP_H
#define AS_SIM_COSIM_TOP_H

#include "gen/arena.h"
#include "gen/config.h"
#include "gen/emit.h"

/* Appends cosim_top.v to `set`; *list receives a line AS_RTL_PROBE(n) for each probe. */
void as_cosim_top_emit(struct as_arena *arena, const struct as_config *cfg, struct as_emit_set *set,
                       char **list);

#endif
