/* The dataflows that this program knows: one row a preset, one preset a file
 * dataflows/presets/NAME.c.  A row says how each operand moves; how layers map follows from what
 * stays (docs/presets.md). */
#ifndef AS_GEN_CONFIG_DATAFLOW_H
#define AS_GEN_CONFIG_DATAFLOW_H

#include <stdbool.h>

#include "gen/config/config.h"
#include "models/network.h"

struct as_dataflow {
    const char *name;
    enum as_move ifmap, weight, psum;
    int unroll[AS_LOOPS]; /* of a description that gives none; 0 is 1 */
    int line_words;       /* of a description that gives none, when R or S is unrolled */
    const char *known_as; /* an example that people know */
    const char *suits;    /* what it is good and bad at, one phrase */
};

#define AS_DATAFLOWS_MAX 64

/* Takes over the table of presets; called once, before main, by the folder that has the rows: this
 * folder lies below it and may not name them. */
void as_dataflow_install(const struct as_dataflow *const *rows, int count);

/* The names of the presets; *count receives how many. */
const char *const *as_dataflow_names(int *count);

/* A preset, or the row `custom`; NULL when there is none of that name. */
const struct as_dataflow *as_dataflow_find(const char *name);

/* The row's own unroll, stretched to `rows` x `cols` PEs: as many of its taps as divide the rows,
 * first fewer kernel columns, then fewer kernel rows; channels, or output rows where psums stay,
 * take the rest. */
void as_dataflow_unroll(const struct as_dataflow *row, int rows, int cols, int unroll[AS_LOOPS]);

/* As users write it: "forwarded", "broadcast", "stationary", "tree". */
const char *as_move_name(enum as_move move);

#endif
