/* The waveform of the platform's own pins as the other engines write theirs. */
#ifndef AS_SIM_SYSTEMC_PLATFORM_WAVE_H
#define AS_SIM_SYSTEMC_PLATFORM_WAVE_H

#include "sim/run/run.h"

/* Reads what sc_trace wrote to the file `traced`, of a clock of `clock_khz`, and writes its cycles
 * in setup->wave_window to setup->wave_path: cycle n is the time 2n, the pins have the RTL's places
 * and names.  A .gtkw is written beside it.  run->wave says what there is. */
enum as_status as_platform_wave(struct as_arena *arena, const char *traced, int clock_khz,
                                const struct as_run_setup *setup, struct as_run *run,
                                struct as_diag *diag);

#endif
