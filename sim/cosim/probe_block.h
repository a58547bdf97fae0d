/* In probe.def: the registers of one block as probes.  AT is its place below the system module, ID
 * begins the names, MODEL declares its model m, SIGNALS is its list.  EXISTS: whether hw has the
 * block, unless all have.  LANES: the block is there so often; then m is a macro that uses i. */
#ifndef EXISTS
#define EXISTS true
#endif
#define PARAM(name, value)      __attribute__((unused)) const int P_##name = (value);
#define REG(name, width, field) REG_IF(true, name, width, field)
#ifdef LANES
#define TIMES LANES
#define REG_IF(exists, name, width, field)                                                         \
    AS_PROBE_REGS(ID "." #name, (exists) ? LANES : 0, width, AT "." #name, field)
#else
#define TIMES 1
#define REG_IF(exists, name, width, field)                                                         \
    AS_PROBE_REG((EXISTS) && (exists), ID "." #name, width, AT "." #name, field)
#endif
#define SUB_IF(exists, name, instance, register, width, field)                                     \
    AS_PROBE_REG((EXISTS) && (exists), ID "." #name, width, AT "." #instance "." #register, field)
#define SUB(name, instance, register, width, field)                                                \
    SUB_IF(true, name, instance, register, width, field)
#define ELEMENT_IF(exists, name, scope, n, width, field)                                           \
    AS_PROBE_REG((EXISTS) && (exists), ID "." #name "[" #n "]", width,                             \
                 AT "." #scope "[" #n "]." #name, field)
#define VEC_IF(exists, name, count, width, field)                                                  \
    AS_PROBE_GRID_REGS(ID "." #name, (EXISTS) && (exists) ? TIMES : 0, count, width, AT "." #name, \
                       field)
#define VEC(name, count, width, field) VEC_IF(true, name, count, width, field)
#define VALUES(name, count, width, value)                                                          \
    AS_PROBE_GRID(ID "." #name, (EXISTS) ? TIMES : 0, count, width, AT "." #name, value)
#define VALUES_IN(scope, name, count, width, value)                                                \
    AS_PROBE_GRID(ID "." #name, (EXISTS) ? TIMES : 0, count, width, AT "." #scope "." #name, value)
#define DEEP(name, count, width, value)
{
    MODEL
#include "sim/blocks/signals.h"
#include SIGNALS
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"
}
#undef AT
#undef ID
#undef EXISTS
#undef MODEL
#undef m
#undef LANES
#undef TIMES
#undef SIGNALS
