/* NAME.signals: the registers of a block, each named and given a width once, beside its declaration
 * in the template.  From these lists come what lockstep compares (sim/cosim/probe.def) and what the
 * block's co-simulation compares, sets to garbage and hands to the model
 * (tests/cosim/ports/NAME.def).
 *
 * Lockstep leaves descriptor fields out: they are what was fetched, and show in all that follows.
 * Registers that only some configurations of a module have stand inside
 * `#if !defined COSIM_SIGNALS || P_NAME ...`: the co-simulation of a block may not name them.
 * A user defines what it needs and includes this file, which defines the rest as nothing; then the
 * list; then this file again with AS_SIGNALS_DONE, which undefines all. */
/* clang-format off */
/*   PARAM(name, value)                      the module's parameter, of a struct as_hw *hw: P_<name>
 *   REG(name, width, field)                 register `name`; `field` of the model m
 *   REG_IF(exists, name, width, field)      the same; lockstep compares it where `exists`, of hw
 *   SUB(name, instance, register, width, field)
 *                                           the register of an instance, or a generate block, inside
 *   SUB_IF(exists, name, ...)               both
 *   ELEMENT(name, scope, n, width, field)   register `name` in number n of a generate loop `scope`
 *   ELEMENT_IF(exists, name, ...)           both
 *   VEC(name, count, width, field)          one register of `count` elements; element n is `field`
 *   VEC_IF(exists, name, ...)               both
 *   VALUES(name, count, width, value)       VEC, held by the model in another shape: not set
 *   VALUES_IN(scope, name, count, width, value)
 *                                           the same in a generate block
 *   DEEP(name, count, width, value)         the same, which lockstep leaves out, as it follows from
 *                                           what was compared in cycles before
 *   DESC(name, width, field)                a field of the descriptor, by its name there
 *   JOB, FLAG, ADDRESS                      the same, which the block's test treats in its own way
 *   ZERO(name), ZEROS(name)                 a register, a VEC that a reset sets to 0 */
/* clang-format on */
#include "gen/config/operands.h"

#ifndef AS_SIGNAL_LOG2
/* Verilog's $clog2, for n <= 4096, and the width of a register that counts 0 .. n-1. */
#define AS_SIGNAL_LOG2(n)                                                                          \
    (((n) > 1) + ((n) > 2) + ((n) > 4) + ((n) > 8) + ((n) > 16) + ((n) > 32) + ((n) > 64) +        \
     ((n) > 128) + ((n) > 256) + ((n) > 512) + ((n) > 1024) + ((n) > 2048))
#define AS_SIGNAL_INDEX(n) ((n) > 2 ? AS_SIGNAL_LOG2(n) : 1)
#endif

#ifdef AS_SIGNALS_DONE
#undef PARAM
#undef REG
#undef REG_IF
#undef SUB
#undef SUB_IF
#undef ELEMENT
#undef ELEMENT_IF
#undef VEC
#undef VEC_IF
#undef VALUES
#undef VALUES_IN
#undef DEEP
#undef DESC
#undef JOB
#undef FLAG
#undef ADDRESS
#undef ZERO
#undef ZEROS
#undef AS_SIGNALS_DONE
#else
#ifndef PARAM
#define PARAM(name, value)
#endif
#ifndef REG
#define REG(name, width, field)
#endif
#ifndef REG_IF
#define REG_IF(exists, name, width, field) REG(name, width, field)
#endif
#ifndef SUB
#define SUB(name, instance, register, width, field) REG(name, width, field)
#endif
#ifndef SUB_IF
#define SUB_IF(exists, name, instance, register, width, field)                                     \
    SUB(name, instance, register, width, field)
#endif
#ifndef ELEMENT_IF
#define ELEMENT_IF(exists, name, scope, n, width, field) REG(name##n, width, field)
#endif
#ifndef ELEMENT
#define ELEMENT(name, scope, n, width, field) ELEMENT_IF(true, name, scope, n, width, field)
#endif
#ifndef VEC
#define VEC(name, count, width, field)
#endif
#ifndef VEC_IF
#define VEC_IF(exists, name, count, width, field) VEC(name, count, width, field)
#endif
#ifndef VALUES
#define VALUES(name, count, width, value)
#endif
#ifndef VALUES_IN
#define VALUES_IN(scope, name, count, width, value) VALUES(name, count, width, value)
#endif
#ifndef DEEP
#define DEEP(name, count, width, value) VALUES(name, count, width, value)
#endif
#ifndef DESC
#define DESC(name, width, field)
#endif
#ifndef JOB
#define JOB(name, width, field) DESC(name, width, field)
#endif
#ifndef FLAG
#define FLAG(name, width, field) DESC(name, width, field)
#endif
#ifndef ADDRESS
#define ADDRESS(name, width, field) DESC(name, width, field)
#endif
#ifndef ZERO
#define ZERO(name)
#endif
#ifndef ZEROS
#define ZEROS(name)
#endif
#endif
