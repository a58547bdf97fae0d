/* What the random regressions are asked for on their command lines:
 *
 *   [--dataflow NAME|all] [--configs N] [--cases N] [--seed S] [--config N [--case N]] */
#ifndef AS_RANDOM_OPTIONS_H
#define AS_RANDOM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct random_options {
    const char *dataflow;         /* "all": every one */
    int configs, cases;           /* accelerators of a dataflow, and cases on all of them */
    int config, one_case;         /* the one to run; -1: all */
    uint64_t seed;                /* of everything that is drawn */
    uint64_t salt;                /* of the regression: others draw others of the same seed */
    const char *const *flag_name; /* of the regression; NULL behind the last */
    unsigned flags;               /* bit n: flag n was given */
};

/* Reads argv[first] to the last over the defaults in `o`; ends the process with status 2 and a
 * message when they cannot be honoured. */
void random_options_read(struct random_options *o, int first, int argc, char **argv);
bool random_options_want(const struct random_options *o, const char *dataflow);
/* The seed of accelerator `config`, or of case `n` on it; n is -1 for the accelerator. */
uint64_t random_options_seed(const struct random_options *o, const char *dataflow, int config,
                             int n);

#endif
