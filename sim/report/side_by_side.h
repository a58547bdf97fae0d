/* The same model on several dataflows: one table of totals, one of the layers with the preset that
 * wins each and why. */
#ifndef AS_SIM_REPORT_SIDE_BY_SIDE_H
#define AS_SIM_REPORT_SIDE_BY_SIDE_H

#include "gen/config/dataflow.h"
#include "sim/report/report.h"

/* `base` as an accelerator of the preset `row`: as many PEs, as many bytes in every buffer, and
 * everything else alike. */
enum as_status as_compare_config(const struct as_config *base, const struct as_dataflow *row,
                                 struct as_config *out, struct as_diag *diag);

/* The tables, for a person. */
void as_report_print_side_by_side(FILE *out, const struct as_report_set *set);

#endif
