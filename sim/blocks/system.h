/* system: core and memory.
 *
 * Specification: docs/blocks.md.  RTL: system.v, which has the host link too.
 * A cycle is as_system_eval, which fills the wires, then as_system_tick; in between the wires can
 * be read and compared. */
#ifndef AS_SIM_BLOCKS_SYSTEM_H
#define AS_SIM_BLOCKS_SYSTEM_H

#include "sim/blocks/core.h"
#include "sim/blocks/memory.h"

struct as_system_in {
    bool start;
    uint32_t pc_load; /* byte addresses */
    uint32_t pc_compute;
    uint32_t pc_store;
    uint32_t stat_index;
    struct as_host_request host;
    bool stall; /* the memory is not ready */
    bool rst;
};

struct as_system {
    const struct as_hw *hw;
    struct as_core core;
    struct as_memory memory;
    struct as_core_wires wires; /* of the last as_system_eval */
    struct as_memory_in memory_in;
    struct as_memory_out memory_out;
    bool rst;
};

/* Borrows hw; everything else is in the arena. */
struct as_system *as_system_new(struct as_arena *arena, const struct as_hw *hw);
void as_system_eval(struct as_system *s, const struct as_system_in *in);
void as_system_tick(struct as_system *s);

#endif
