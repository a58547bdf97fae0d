/* Probes: everything that lockstep compares, as a flat list of values of at most 64 bits.
 * The list itself is sim/cosim/probe.def; vectors take one probe an element. */
#ifndef AS_SIM_COSIM_PROBE_H
#define AS_SIM_COSIM_PROBE_H

#include <string.h>

#include "sim/blocks/system.h"

struct as_probe {
    const char *id;
    const char *path; /* RTL expression below the system module, part select included */
    int width;        /* bits */
};

/* Probes of this configuration. */
int as_probe_count(const struct as_hw *hw);

/* The as_probe_count() probes, arena-owned, in the order of as_system_probe. */
const struct as_probe *as_probe_list(struct as_arena *arena, const struct as_hw *hw);

/* The bits of each probe's value, arena-owned. */
const uint64_t *as_probe_masks(struct as_arena *arena, const struct as_hw *hw);

/* Values of the cycle between as_system_eval and as_system_tick, each cut by its mask. */
void as_system_probe(const struct as_system *s, const uint64_t *masks, uint64_t *values);

/* Value `i` of a unit's probes, which are not aligned. */
static inline uint64_t as_probe_value(const void *values, int i)
{
    uint64_t value;

    memcpy(&value, (const char *)values + sizeof value * (size_t)i, sizeof value);
    return value;
}

/* Random bits in every register of sim/blocks/NAME.signals: what a power-up might leave. */
void as_system_scramble(struct as_system *s, uint64_t seed);

#endif
