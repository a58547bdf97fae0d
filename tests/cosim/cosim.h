/* One Verilog block, verilated, as a C object: drive its pins, read its outputs and registers,
 * compare them with a model, move on by one clock.  tests/cosim/README.md says how to add a block.
 *
 * The ports file (COSIM_PORTS, set by block.sh) lists pins and registers with these macros:
 *
 *   CLOCK(name)                         the clock input; left out for a combinational block
 *   RESET(name)                         synchronous reset: an input that models do not have
 *   PIN_IN(name, width)                 input, 1..64 bits: a uint64_t in struct dut_in
 *   PIN_OUT(name, width)                output, the same in struct dut_out
 *   PIN_IN_WIDE, PIN_OUT_WIDE           the same with any width: uint32_t [], lowest word first
 *   PEEK(name, signal, width)           a register inside the block, 1..64 bits, in struct dut_reg
 *   PEEK_WIDE(name, signal, width)      the same with any width, as uint32_t []
 *   PEEK_ARRAY(name, signal, width, n)  n words of 1..64 bits, uint64_t [n]
 *   PEEK_WIRE(name, signal, width)      as PEEK for a signal that is no register: never deposited
 *   MEM(name, signal, width, depth)     a memory, too large to copy every cycle:
 * as_cosim_mem_<name>
 *
 * `signal` is the path below the block, with Verilator's separators: u_fifo__DOT__count_q,
 * g_lane__BRA__3__KET____DOT__acc_q.  Widths and counts may use the Verilog parameters, which the
 * build passes as P_<NAME>.
 *
 * If a test defines COSIM_MODEL, COSIM_MODEL_IN, COSIM_MODEL_OUT (the model's types, whose fields
 * are named like pins and registers) before it includes this file, copying between model and pins
 * is generated too; the model's fields of wide pins are uint32_t [] likewise. */
#ifndef AS_COSIM_COSIM_H
#define AS_COSIM_COSIM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/blocks/signals.h"
#define AS_SIGNALS_DONE
#include "sim/blocks/signals.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AS_COSIM_WORDS(width) (((width) + 31) / 32)

#include "tests/cosim/ports_default.h"

struct dut_in {
#undef RESET
#undef PIN_IN
#undef PIN_IN_WIDE
#define RESET(name)              uint64_t name;
#define PIN_IN(name, width)      uint64_t name;
#define PIN_IN_WIDE(name, width) uint32_t name[AS_COSIM_WORDS(width)];
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
    char unused; /* C has no empty structs */
};

struct dut_out {
#undef PIN_OUT
#undef PIN_OUT_WIDE
#define PIN_OUT(name, width)      uint64_t name;
#define PIN_OUT_WIDE(name, width) uint32_t name[AS_COSIM_WORDS(width)];
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
    char unused;
};

struct dut_reg {
#undef PEEK
#undef PEEK_WIDE
#undef PEEK_ARRAY
#undef PEEK_WIRE
#define PEEK(name, signal, width)          uint64_t name;
#define PEEK_WIDE(name, signal, width)     uint32_t name[AS_COSIM_WORDS(width)];
#define PEEK_ARRAY(name, signal, width, n) uint64_t name[n];
#define PEEK_WIRE(name, signal, width)     uint64_t name;
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
    char unused;
};

struct as_cosim;

/* A new instance.  Registers and memories without an initial value hold random bits from `seed`. */
struct as_cosim *as_cosim_new(uint64_t seed);
void as_cosim_free(struct as_cosim *c);

/* Drives the inputs and lets the logic settle, without a clock edge. */
void as_cosim_eval(struct as_cosim *c, const struct dut_in *in);
void as_cosim_outputs(const struct as_cosim *c, struct dut_out *out);
void as_cosim_registers(const struct as_cosim *c, struct dut_reg *reg);
/* Overwrites the registers (not the PEEK_WIREs) and settles: the start of a run, garbage included.
 */
void as_cosim_deposit(struct as_cosim *c, const struct dut_reg *reg);
/* One clock edge with the inputs of the last eval; cycle is the number of edges so far. */
void as_cosim_tick(struct as_cosim *c);
uint64_t as_cosim_cycle(const struct as_cosim *c);
uint64_t as_cosim_seed_of(const struct as_cosim *c);

/* Word `index` of a memory, lowest 32 bits first. */
#undef MEM
#define MEM(name, signal, width, depth)                                                            \
    void as_cosim_mem_##name##_read(const struct as_cosim *c, uint32_t index,                      \
                                    uint32_t word[AS_COSIM_WORDS(width)]);                         \
    void as_cosim_mem_##name##_write(struct as_cosim *c, uint32_t index,                           \
                                     const uint32_t word[AS_COSIM_WORDS(width)]);
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"

#ifdef __cplusplus
}
#else
#include "tests/cosim/compare.h"
#endif

#endif
