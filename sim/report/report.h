/* What `run` tells: one report an accelerator, in one of the formats of formats.def. */
#ifndef AS_SIM_REPORT_REPORT_H
#define AS_SIM_REPORT_REPORT_H

#include <stdio.h>

#include "models/network.h"
#include "sim/run/run.h"

struct as_report {
    const char *model;
    const char *engine;
    const char *command;
    const char *input;           /* where the input came from */
    const struct as_config *cfg; /* NULL: the run had no accelerator */
    const struct as_network *net;
    const struct as_program *program; /* NULL: the engine ran the network itself */
    const struct as_run *run;
    int frames;          /* inferences since the variables last had their initial values */
    int golden_compared; /* outputs */
    int golden_wrong;
};

struct as_report_set {
    const struct as_report *reports; /* [count] of the same network; run is NULL: it was refused */
    const char *const *refusals;     /* [count] why */
    int count;
    bool side_by_side; /* one a dataflow; else count is 1 and it was not refused */
};

/* A way to write them.  One file a format; sim/report/formats.def lists them. */
struct as_report_format {
    const char *name;                                          /* --NAME FILE */
    const char *help;                                          /* of that option */
    void (*write)(FILE *out, const struct as_report_set *set); /* errors are the stream's */
};

/* Every format that has an option, in the order of formats.def. */
const struct as_report_format *const *as_report_formats(int *count);

/* For a person: on standard output, and without an option of its own. */
void as_report_print(FILE *out, const struct as_report_set *set);

#endif
