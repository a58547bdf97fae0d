/* One realisation of the accelerator, driven through its pins: the cycle model or the RTL. */
#ifndef AS_SIM_DEVICE_H
#define AS_SIM_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "gen/arena.h"
#include "gen/config.h"
#include "sim/pins.h"
#include "sim/rtl_abi.h"
#include "sim/system.h"

struct as_device {
    const char *name;
    void *self;
    void (*eval)(void *self, const struct as_pins_in *in, struct as_pins_out *out);
    void (*tick)(void *self);
    const void *(*probes)(void *self);          /* uint64_t [as_probe_count()], not aligned */
    const uint8_t *(*memory)(const void *self); /* address 0 first */
    void (*close)(void *self);
};

void as_device_model(struct as_device *device, struct as_arena *arena, const struct as_config *cfg);
/* The system inside a device of as_device_model. */
const struct as_system *as_device_system(const struct as_device *device);

void as_device_rtl(struct as_device *device, struct as_arena *arena,
                   const struct as_rtl_library *library);
/* Waveform of a device of as_device_rtl; false when its library has none. */
bool as_device_trace(const struct as_device *device, const char *path, uint64_t first,
                     uint64_t last);

#endif
