/* Where cycles go in which the array does not work: what limits an accelerator, and why one
 * dataflow beats another.  The losses are lines of sim/report/columns.def. */
#ifndef AS_SIM_REPORT_LOSSES_H
#define AS_SIM_REPORT_LOSSES_H

#include <stdio.h>

#include "sim/report/columns.h"

/* The largest loss of all layers in words, with what to change. */
void as_losses_print_limit(FILE *out, const struct as_config *cfg, const struct as_report_row *row);

/* What `best` saves most of against `next`, of the same layer. */
const char *as_losses_reason(const struct as_report_row *best, const struct as_report_row *next);

#endif
