/* Inferences on one or two units under test, the way a host would run them: everything goes through
 * the byte stream of the host link, one byte offered per cycle. */
#ifndef AS_SIM_COSIM_INFERENCE_H
#define AS_SIM_COSIM_INFERENCE_H

#include "sim/cosim/session.h"

/* Puts the units into session->dut and counts them; `traced`: one of them must have waveforms. */
typedef enum as_status as_open_units(struct as_session *session, struct as_arena *arena,
                                     const struct as_run_setup *setup, bool traced,
                                     struct as_diag *diag);

/* Runs setup->input_count inferences.  Between two units every probe is compared in every cycle and
 * all of the memory after each inference.
 *
 * AS_ERR_MISMATCH when the units disagree, when one does what no accelerator does, when a layer's
 * output is wrong or when a counter is not what was seen.  The message of a disagreement holds
 * first cycle, signal, both values, place in the program, waveform and command.
 *
 * With setup->wave_path a waveform is written: of the cycles around a disagreement, else of the
 * whole run, which is simulated again for it.  A disagreement that nobody gave a path leaves it
 * beside the cache, when a unit can have one.
 *
 * `run` is filled in as far as the run went. */
enum as_status as_cosim_run(struct as_arena *arena, const struct as_run_setup *setup,
                            as_open_units *open, struct as_run *run, struct as_diag *diag);

#endif
