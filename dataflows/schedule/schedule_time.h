/* A schedule as the timing engine takes it: neither words nor addresses, which time does not depend
 * on. */
#ifndef AS_DATAFLOWS_SCHEDULE_SCHEDULE_TIME_H
#define AS_DATAFLOWS_SCHEDULE_SCHEDULE_TIME_H

#include "dataflows/schedule/schedule.h"
#include "sim/timing/timing.h"

/* The closed forms of the streams of `s`, whose loops were found, in the arena of `s`: those that
 * as_timing_decode reads from its words. */
void as_schedule_timing(const struct as_schedule *s, struct as_timing_program *out);

#endif
