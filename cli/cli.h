/* The command line: one argp parser a verb.  Only these functions print and decide on an exit
 * status: 0 done, 1 the input was refused or a comparison failed, 2 usage. */
#ifndef AS_CLI_CLI_H
#define AS_CLI_CLI_H

#include <argp.h>

#include "base/arena.h"
#include "gen/config/config.h"
#include "base/diag.h"

#define AS_CLI_SETS_MAX 64

enum as_exit { AS_EXIT_DONE = 0, AS_EXIT_REFUSED = 1, AS_EXIT_USAGE = 2 };

/* Which accelerator: the options that every verb shares. */
struct as_cli_accel {
    const char *accel;                     /* file, or name of a board; NULL when not given */
    const char *sets[AS_CLI_SETS_MAX + 1]; /* and one that the verb adds */
    int set_count;
};

/* Children for a verb's parser; their input is a struct as_cli_accel.  The first takes ACCEL as
 * the verb's argument, the second as --accel; both know --set. */
extern const struct argp as_cli_set_argp;
extern const struct argp as_cli_accel_argp;

/* Checks that the program's data is there, then reads the accelerator. */
enum as_status as_cli_load(struct as_arena *arena, const struct as_cli_accel *accel,
                           struct as_config **cfg, struct as_diag *diag);

/* Reads the command line into `arguments`; the exit status of what is wrong with it, which is told,
 * else AS_EXIT_DONE. */
enum as_exit as_cli_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                          void *arguments);

/* A verb: reads the command line into `arguments`, works, prints what was refused; the exit status.
 */
int as_cli_run(const struct argp *argp, int argc, char **argv, void *arguments,
               enum as_status (*work)(struct as_arena *arena, const void *arguments,
                                      struct as_diag *diag));

/* Prints what was refused and returns AS_EXIT_REFUSED. */
int as_cli_refuse(const struct as_diag *diag);

/* The verbs, e.g. as_cmd_gen; argv[0] is "arraysmith VERB". */
#define AS_VERB(name, arguments, gives) int as_cmd_##name(int argc, char **argv);
#include "cli/verbs.def"
#undef AS_VERB

#endif
