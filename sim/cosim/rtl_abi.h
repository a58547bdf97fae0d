/* What libraries of verilated RTL offer: the only thing that C and the C++ shims share. */
#ifndef AS_SIM_COSIM_RTL_ABI_H
#define AS_SIM_COSIM_RTL_ABI_H

#include <stdint.h>

#include "sim/blocks/pins.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AS_RTL_SYMBOL      "as_rtl_library"
#define AS_RTL_CORE_SYMBOL "as_rtl_core_library"

struct as_rtl_instance;
struct as_rtl_core_instance;

/* system.v with its probes: sim/cosim/rtl_shim.cpp. */
struct as_rtl_library {
    /* Before its reset: registers hold zeros (0), or what they hold at power-up, by a seed. */
    struct as_rtl_instance *(*make)(uint64_t power_up_seed);
    void (*release)(struct as_rtl_instance *rtl);
    /* Drives the pins and lets the logic settle. */
    void (*eval)(struct as_rtl_instance *rtl, const struct as_pins_in *in, struct as_pins_out *out);
    /* The clock edge, with the pins of the last eval. */
    void (*tick)(struct as_rtl_instance *rtl);
    /* The probes, in order, as of the last eval: 64 bits each, not aligned. */
    const void *(*probes)(const struct as_rtl_instance *rtl);
    /* The main memory, address 0 first. */
    const uint8_t *(*memory)(const struct as_rtl_instance *rtl);
    /* Writes an FST waveform of the cycles first..last; 0 when this library cannot. */
    int (*trace)(struct as_rtl_instance *rtl, const char *path, uint64_t first, uint64_t last);
};

/* core.v: sim/cosim/core_shim.cpp. */
struct as_rtl_core_library {
    struct as_rtl_core_instance *(*make)(void); /* before its reset registers hold zeros */
    void (*release)(struct as_rtl_core_instance *rtl);
    /* Drives the pins and lets the logic settle. */
    void (*eval)(struct as_rtl_core_instance *rtl, const struct as_core_pins_in *in,
                 struct as_core_pins_out *out);
    /* The clock edge, with the pins of the last eval. */
    void (*tick)(struct as_rtl_core_instance *rtl);
};

extern const struct as_rtl_library as_rtl_library;
extern const struct as_rtl_core_library as_rtl_core_library;

#ifdef __cplusplus
}
#endif

#endif
