/* The dataflows that this program knows: one row a preset.  A row says how an operand moves; the
 * file of the same name in this folder says how a layer maps onto it. */
#ifndef AS_DATAFLOWS_DATAFLOW_H
#define AS_DATAFLOWS_DATAFLOW_H

#include <stdbool.h>

#include "gen/program.h"

struct as_dataflow {
    const char *name;
    bool psum_spills;     /* partial sums may leave the accumulators before they are complete */
    const char *movement; /* ifmap, weight and psum, for people */
    /* Maps a network onto the accelerator: what as_program_build calls. */
    enum as_status (*build)(struct as_arena *arena, const struct as_config *cfg,
                            const struct as_network *net, struct as_program **out,
                            struct as_diag *diag);
};

/* The names, in the order of the table; *count receives how many. */
const char *const *as_dataflow_names(int *count);

/* NULL when there is none of that name. */
const struct as_dataflow *as_dataflow_find(const char *name);

#endif
