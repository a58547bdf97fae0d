/* The RTL of a configuration as a library: rendered, verilated, compiled once, then found again by
 * the hash of everything that went into it. */
#ifndef AS_SIM_COSIM_RTL_BUILD_H
#define AS_SIM_COSIM_RTL_BUILD_H

#include <stdbool.h>

#include "base/arena.h"
#include "gen/config/config.h"
#include "base/diag.h"
#include "sim/cosim/rtl_abi.h"

/* The folder of built libraries: as_cache_folder(). */
const char *as_rtl_cache(struct as_arena *arena);

/* AS_ERR_TOOL unless this machine has a Verilator. */
enum as_status as_rtl_check(struct as_arena *arena, struct as_diag *diag);

/* Loads the library, after building it unless it is in the cache.  `traced`: with waveforms, much
 * slower.  The library stays loaded until the process ends. */
enum as_status as_rtl_open(struct as_arena *arena, const struct as_config *cfg, bool traced,
                           const struct as_rtl_library **library, struct as_diag *diag);

/* The same of core.v alone. */
enum as_status as_rtl_open_core(struct as_arena *arena, const struct as_config *cfg,
                                const struct as_rtl_core_library **library, struct as_diag *diag);

/* "Verilator 5.006 ..." of the program on PATH, or NULL. */
const char *as_rtl_verilator_version(struct as_arena *arena);

#endif
