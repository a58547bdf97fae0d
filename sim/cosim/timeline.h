/* A timeline of a run in the protobuf form of Perfetto: what each engine did in every cycle, as
 * slices, and the traffic on the memory port, as counters.  A cycle is a nanosecond; the first of
 * the run is 0.
 *
 * The slices of the compute track say where every busy cycle went, in the words and to the sums of
 * the report (sim/report/columns.def). */
#ifndef AS_SIM_COSIM_TIMELINE_H
#define AS_SIM_COSIM_TIMELINE_H

#include "base/diag.h"
#include "sim/blocks/pins.h"
#include "sim/run/run.h"

struct as_timeline;

/* Opens setup->trace_path; arena-owned.  AS_ERR_IO with path and reason. */
enum as_status as_timeline_open(struct as_timeline **timeline, struct as_arena *arena,
                                const struct as_run_setup *setup, struct as_diag *diag);

/* One cycle of a unit, before its clock edge: its pins and its probes. */
void as_timeline_cycle(struct as_timeline *t, uint64_t cycle, const struct as_pins_out *out,
                       const void *probes);

/* Ends what is open in cycle `end` and completes the file; AS_ERR_IO when any of it could not be
 * written. */
enum as_status as_timeline_close(struct as_timeline *t, uint64_t end, struct as_diag *diag);

#endif
