/* The other way of signals_of.h: the model m, from the registers `reg`. */
#define REG(name, width, field)        AS_TO_FIELD(name, field)
#define VEC(name, count, width, field) AS_TO_VEC(name, count, width, field)
#define DESC(name, width, field)       TO_DESC(name, field)
#define JOB(name, width, field)        TO_JOB(name, field)
#define ADDRESS(name, width, field)    TO_ADDRESS(name, field)
#include "sim/blocks/signals.h"
#include COSIM_SIGNALS
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"
