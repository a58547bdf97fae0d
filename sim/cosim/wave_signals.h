/* The signals of a waveform: the pins of a unit and every probe, by their names in the RTL. */
#ifndef AS_SIM_COSIM_WAVE_SIGNALS_H
#define AS_SIM_COSIM_WAVE_SIGNALS_H

#include "sim/blocks/pins.h"
#include "sim/cosim/probe.h"

/* One signal: `parts` values of `part_width` bits from number `first` on, the lowest first. */
struct as_wave_signal {
    const char *scope; /* below the system module: "u_core.u_load"; "" for its own pins */
    const char *name;
    int width; /* bits */
    int first, parts, part_width;
};

struct as_wave_signals {
    int count;
    struct as_wave_signal *signal; /* pins first, then in the order of the probes */
    int values;                    /* of a unit: its probes, then its pins */
    int probes;
};

/* Those of this configuration, arena-owned. */
struct as_wave_signals as_wave_signals(struct as_arena *arena, const struct as_hw *hw);

/* A unit's `values`, from its pins and its probes (uint64_t [probes], not aligned). */
void as_wave_values(const struct as_wave_signals *signals, const struct as_pins_in *in,
                    const struct as_pins_out *out, const void *probes, uint64_t *values);

#endif
