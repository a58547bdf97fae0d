/* The same model on several dataflows: one table of totals, one of the layers with the preset that
 * wins each and why. */
#ifndef AS_SIM_REPORT_SIDE_BY_SIDE_H
#define AS_SIM_REPORT_SIDE_BY_SIDE_H

#include "sim/report/report.h"

/* The tables, for a person. */
void as_report_print_side_by_side(FILE *out, const struct as_report_set *set);

#endif
