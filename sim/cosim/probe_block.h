/* In probe.def: the registers of one block as probes.  AT is its place below the system module, ID
 * begins the names, MODEL declares its model m, SIGNALS is its list.  LANES: the block is there so
 * often; then m is a macro that uses i. */
#define PARAM(name, value)      __attribute__((unused)) const int P_##name = (value);
#define REG(name, width, field) REG_IF(true, name, width, field)
#ifdef LANES
#define REG_IF(exists, name, width, field)                                                         \
    AS_PROBE_REGS(ID "." #name, (exists) ? LANES : 0, width, AT "." #name, field)
#else
#define REG_IF(exists, name, width, field)                                                         \
    AS_PROBE_REG(exists, ID "." #name, width, AT "." #name, field)
#endif
#define SUB(name, instance, register, width, field)                                                \
    AS_PROBE_REG(true, ID "." #name, width, AT "." #instance "." #register, field)
{
    MODEL
#include "sim/blocks/signals.h"
#include SIGNALS
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"
}
#undef AT
#undef ID
#undef MODEL
#undef m
#undef LANES
#undef SIGNALS
