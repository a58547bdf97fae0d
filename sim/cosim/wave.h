/* A waveform in the VCD format, written as the units run, and the .gtkw file that arranges one in
 * GTKWave.
 *
 * Cycle n is the time 2n: there the clock rises, and from there on every signal has its value of
 * that cycle, as a unit shows it before the next edge. */
#ifndef AS_SIM_COSIM_WAVE_H
#define AS_SIM_COSIM_WAVE_H

#include "base/diag.h"
#include "sim/cosim/wave_signals.h"

#define AS_WAVE_UNITS_MAX 2

struct as_wave;

/* Where the system modules of `count` units are in a waveform: the RTL's own place for one, a scope
 * a unit for two (the model, the RTL). */
struct as_wave_places {
    const char *place[AS_WAVE_UNITS_MAX];
    int count;
};
struct as_wave_places as_wave_places(int units);

/* Opens the file for the cycles first..last of those units; arena-owned.  AS_ERR_IO with path and
 * reason. */
enum as_status as_wave_open(struct as_wave **wave, struct as_arena *arena, const struct as_hw *hw,
                            const char *path, int units, uint64_t first, uint64_t last,
                            struct as_diag *diag);

/* Whether the cycle is one of those that were asked for. */
bool as_wave_wants(const struct as_wave *wave, uint64_t cycle);

/* One cycle, before its clock edge: pins of every unit, and its probes. */
void as_wave_cycle(struct as_wave *wave, uint64_t cycle, const struct as_pins_in *in,
                   const struct as_pins_out *out, const void *const *probes);

/* Completes the file and puts it in place; AS_ERR_IO when any of it could not be written. */
enum as_status as_wave_close(struct as_wave *wave, struct as_diag *diag);

/* "FILE.gtkw" for the waveform FILE.vcd or FILE.fst; arena-owned. */
const char *as_wave_gtkw_path(struct as_arena *arena, const char *wave_path);

/* Writes it: the signals of those units, in groups. */
enum as_status as_wave_write_gtkw(struct as_arena *arena, const struct as_hw *hw,
                                  const char *wave_path, int units, struct as_diag *diag);

#endif
