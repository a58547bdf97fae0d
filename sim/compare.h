/* The same model on several dataflows: one table of totals, one of the layers with the preset that
 * wins each and why. */
#ifndef AS_SIM_COMPARE_H
#define AS_SIM_COMPARE_H

#include "dataflows/dataflow.h"
#include "sim/report.h"

/* The settings ("key=value") that turn `base` into an accelerator of the preset `row` with as many
 * PEs, as many bytes in every buffer, and everything else alike; returns how many were written. */
#define AS_COMPARE_SETS 12
int as_compare_sets(struct as_arena *arena, const struct as_config *base,
                    const struct as_dataflow *row, const char *sets[AS_COMPARE_SETS]);

/* `reports` of the same network, one a preset; those whose run is NULL were refused for the reason
 * in `refusals`. */
void as_compare_print(FILE *out, const struct as_report *reports, const char *const *refusals,
                      int count);

enum as_status as_compare_json(const struct as_report *reports, const char *const *refusals,
                               int count, const char *path, struct as_diag *diag);

#endif
