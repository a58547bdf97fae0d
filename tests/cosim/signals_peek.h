/* In a ports file: the registers of sim/blocks/NAME.signals.  AT(signal) is where they are below
 * the block that is verilated, unless they are its own. */
#ifndef AT
#define AT(signal) signal
#define AT_ITSELF
#endif
#define REG(name, width, field) PEEK(name, AT(name), width)
#define SUB(name, instance, register, width, field)                                                \
    PEEK(name, AT(instance##__DOT__##register), width)
#define ELEMENT_IF(exists, name, scope, n, width, field)                                           \
    PEEK(name##n, AT(scope##__BRA__##n##__KET____DOT__##name), width)
#define VEC(name, count, width, field)    PEEK_WIDE(name, AT(name), (count) * (width))
#define VALUES(name, count, width, value) PEEK_WIDE(name, AT(name), (count) * (width))
#define VALUES_IN(scope, name, count, width, value)                                                \
    PEEK_WIDE(name, AT(scope##__DOT__##name), (count) * (width))
#define DESC(name, width, field) PEEK(name, AT(name), width)
#include "sim/blocks/signals.h"
#include COSIM_SIGNALS
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"
#ifdef AT_ITSELF
#undef AT
#undef AT_ITSELF
#endif
