/* NAME.signals: the registers of a block, each named and given a width once, beside its declaration
 * in the template.  From these lists come what lockstep compares (sim/cosim/probe.def) and what the
 * block's co-simulation compares, sets to garbage and hands to the model
 * (tests/cosim/ports/NAME.def).
 *
 *   PARAM(name, value)                       the module's parameter, of a struct as_hw *hw;
 * P_<name> REG(name, width, field)                  register `name`; `field` of the model m
 *   REG_IF(exists, name, width, field)       the same; lockstep compares it where `exists`, of hw
 *   SUB(name, instance, register, width, field)  the register of an instance inside
 *   DESC(name, width, field)                 a field of the descriptor, by its name in the
 * descriptor; JOB, FLAG, ADDRESS                       the same, which the block's test treats in
 * its own way
 *   ZERO(name)                               a register that a reset sets to 0
 *
 * Lockstep leaves descriptor fields out: they are what was fetched, and show in all that follows.
 * A user defines what it needs and includes this file, which defines the rest as nothing; then the
 * list; then this file again with AS_SIGNALS_DONE, which undefines all.  */
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
#undef DESC
#undef JOB
#undef FLAG
#undef ADDRESS
#undef ZERO
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
#ifndef DESC
#define DESC(name, width, field)
#endif
#ifndef JOB
#define JOB(name, width, field) DESC(name, width, field)
#endif
#ifndef FLAG
#define FLAG(name, width, field) DESC(name, width, field)
#endif
#ifndef ZERO
#define ZERO(name)
#endif
#ifndef ADDRESS
#define ADDRESS(name, width, field) DESC(name, width, field)
#endif
#endif
