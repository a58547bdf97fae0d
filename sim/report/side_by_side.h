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

/* `reports` of the same network, one a preset; those whose run is NULL were refused for the reason
 * in `refusals`. */
void as_compare_print(FILE *out, const struct as_report *reports, const char *const *refusals,
                      int count);

enum as_status as_compare_json(struct as_arena *arena, const struct as_report *reports,
                               const char *const *refusals, int count, const char *path,
                               struct as_diag *diag);

#endif
