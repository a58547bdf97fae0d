/* A unit under test: one realisation of the accelerator, driven through its pins.
 *
 * A cycle is one call of eval and then one of tick.  `self` is passed to every call.  No call fails
 * unless it says so: what can fail is done before the unit exists.  A unit may show anything at its
 * pins; whoever drives it reports what no accelerator does (sim/cosim/accounting.c). */
#ifndef AS_SIM_COSIM_DUT_H
#define AS_SIM_COSIM_DUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/config.h"
#include "sim/blocks/pins.h"
#include "sim/cosim/rtl_abi.h"

/* Where the compute unit is in the program. */
struct as_dut_place {
    uint64_t jobs;       /* compute descriptors that it has finished since `busy` rose */
    unsigned k, r, s, c; /* indices of its tile in that job */
    unsigned p, q;       /* indices of its beat in that tile */
};

struct as_dut {
    const char *name; /* in messages */
    void *self;

    /* Drives the pins of this cycle and fills `out` with what the unit shows.  Changes no register:
     * it may be called again in the same cycle. */
    void (*eval)(void *self, const struct as_pins_in *in, struct as_pins_out *out);

    /* The clock edge, with the pins of the last eval. */
    void (*tick)(void *self);

    /* Values of the probes as of the last eval: uint64_t [as_probe_count()], not aligned.  They
     * stay the unit's, and the next call of eval or probes may overwrite them. */
    const void *(*probes)(void *self);

    /* The main memory, address 0 first, `memory.bytes` of them; as of the last tick. */
    const uint8_t *(*memory)(const void *self);

    /* Between eval and tick: where the unit is.  NULL: it cannot tell. */
    void (*place)(const void *self, struct as_dut_place *place);

    /* Before the first eval: asks for a waveform of the cycles first..last.  False when `path`
     * cannot be written or the unit was made without waveforms.  NULL: it never has any. */
    bool (*trace)(void *self, const char *path, uint64_t first, uint64_t last);

    /* Once, last: releases what no arena owns, and completes the waveform. */
    void (*close)(void *self);
};

/* The cycle model; arena-owned. */
void as_dut_model(struct as_dut *dut, struct as_arena *arena, const struct as_config *cfg);

/* The verilated RTL of `library`. */
void as_dut_rtl(struct as_dut *dut, struct as_arena *arena, const struct as_rtl_library *library,
                uint64_t power_up_seed);
/* The model's registers hold what they might at power-up, by a seed: for a unit of as_dut_model
 * that has not run.  Only those of sim/blocks/NAME.signals; the sizes of its array are powers of
 * two. */
void as_dut_scramble(struct as_dut *dut, uint64_t power_up_seed);

#endif
