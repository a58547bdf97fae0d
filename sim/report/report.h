/* What `run` tells: a table for people, JSON for machines. */
#ifndef AS_SIM_REPORT_REPORT_H
#define AS_SIM_REPORT_REPORT_H

#include <stdio.h>

#include "models/network.h"
#include "sim/run/run.h"

struct as_report {
    const char *model;
    const char *engine;
    const char *command;
    const char *input; /* where the input came from */
    const struct as_config *cfg;
    const struct as_network *net;
    const struct as_program *program;
    const struct as_run *run;
    int golden_compared; /* outputs */
    int golden_wrong;
};

/* MACs of each layer: all that the reference engine has to say. */
void as_report_macs(FILE *out, const struct as_network *net);

/* One line a layer, totals, bytes, time, and what limits. */
void as_report_print(FILE *out, const struct as_report *report);

enum as_status as_report_json(struct as_arena *arena, const struct as_report *report,
                              const char *path, struct as_diag *diag);

#endif
