/* Runs of the platform of bench/systemc, a program of its own: C++ stays there.  It gets the
 * configuration, the program and the inputs as files, and gives outputs and a report. */
#ifndef AS_SIM_SYSTEMC_PLATFORM_RUN_H
#define AS_SIM_SYSTEMC_PLATFORM_RUN_H

#include "base/arena.h"
#include "base/diag.h"
#include "sim/run/run.h"

/* AS_ERR_TOOL, with the command that makes it, unless the platform has been built. */
enum as_status as_platform_check(struct as_arena *arena, struct as_diag *diag);

/* Runs setup->input_count inferences behind TLM-2.0, loosely timed; `unit` is what the platform
 * calls --unit.  Fills `run`; AS_ERR_MISMATCH when the hardware's counters are not what was seen.
 */
enum as_status as_platform_run(struct as_arena *arena, const struct as_run_setup *setup,
                               const char *unit, struct as_run *run, struct as_diag *diag);

#endif
