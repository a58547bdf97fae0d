/* In a function: the registers `reg` of sim/blocks/NAME.signals, from the model m.  A test defines
 * OF_DESC(register, field) and the like if its block has descriptor fields. */
#define REG(name, width, field)           AS_OF_FIELD(name, field)
#define VEC(name, count, width, field)    AS_OF_VEC(name, count, width, field)
#define VALUES(name, count, width, value) AS_OF_VEC(name, count, width, value)
#define DESC(name, width, field)          OF_DESC(name, field)
#define JOB(name, width, field)           OF_JOB(name, field)
#define ADDRESS(name, width, field)       OF_ADDRESS(name, field)
#include "sim/blocks/signals.h"
#include COSIM_SIGNALS
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"
