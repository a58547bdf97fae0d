/* The options of `run`: read from the command line, and refused when the chosen engine or the rest
 * of the options leave one of them without effect. */
#ifndef AS_CLI_RUN_OPTIONS_H
#define AS_CLI_RUN_OPTIONS_H

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/image_input.h"
#include "sim/engines/engine.h"
#include "sim/report/report.h"

#define AS_RUN_FILES_MAX   256
#define AS_RUN_FORMATS_MAX 16

struct as_run_options {
    struct as_cli_accel accel;
    const char *command; /* the whole command line, for reports */
    const char *model;
    const struct as_engine *engine;
    const char *inputs[AS_RUN_FILES_MAX], *goldens[AS_RUN_FILES_MAX];
    int input_count, golden_count;
    struct as_image_range image_range; /* of inputs that are images */
    const char *output, *wave, *trace, *dataflow;
    const char *program, *save_program;      /* files to read, to write */
    const char *reports[AS_RUN_FORMATS_MAX]; /* a file a format of as_report_formats, or NULL */
    unsigned long long stall_seed;
    int stall_percent;
    int reset_every; /* 0: not given */
    struct as_run_window wave_window;
    bool has_window;
    bool all_dataflows; /* --dataflow all */
    unsigned given;     /* what was on the command line; for the parser */
};

/* Sets the defaults, and makes the parser whose input `options` is.  Arena-owned, because the help
 * comes from the tables of engines, columns and formats. */
const struct argp *as_run_options_argp(struct as_arena *arena, struct as_run_options *options);

#endif
