/* A unit under test: one realisation of the accelerator, driven through its pins; the cycle model
 * or the RTL. */
#ifndef AS_SIM_COSIM_DUT_H
#define AS_SIM_COSIM_DUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "gen/config/config.h"
#include "sim/blocks/pins.h"
#include "sim/cosim/rtl_abi.h"
#include "sim/blocks/system.h"

struct as_dut {
    const char *name;
    void *self;
    void (*eval)(void *self, const struct as_pins_in *in, struct as_pins_out *out);
    void (*tick)(void *self);
    const void *(*probes)(void *self);          /* uint64_t [as_probe_count()], not aligned */
    const uint8_t *(*memory)(const void *self); /* address 0 first */
    void (*close)(void *self);
};

void as_dut_model(struct as_dut *dut, struct as_arena *arena, const struct as_config *cfg);
/* The system inside a unit of as_dut_model. */
const struct as_system *as_dut_system(const struct as_dut *dut);

void as_dut_rtl(struct as_dut *dut, struct as_arena *arena, const struct as_rtl_library *library);
/* Waveform of a unit of as_dut_rtl; false when its library has none. */
bool as_dut_trace(const struct as_dut *dut, const char *path, uint64_t first, uint64_t last);

#endif
