/* Inside gen/: the combinations of parameters that cannot be built, each parameter inside its
 * bound. */
#ifndef AS_GEN_CONFIG_CONFIG_PROBLEMS_H
#define AS_GEN_CONFIG_CONFIG_PROBLEMS_H

#include "gen/config/config.h"

#define AS_PROBLEMS_MAX 16

/* A combination that cannot be built, and the parameters to blame (enum as_param_index), the
 * likeliest first. */
struct as_problem {
    int at[2];
    char text[320];
};

/* `cfg` is derived.  Returns how many problems were written. */
int as_config_problems(const struct as_config *cfg, struct as_problem problems[AS_PROBLEMS_MAX]);

#define AS_PLACES 3 /* parameters for which not every array has a place */

/* Those for which the derived `cfg` has none (enum as_param_index).  Returns their number. */
int as_config_without_place(const struct as_config *cfg, int index[AS_PLACES]);

#endif
