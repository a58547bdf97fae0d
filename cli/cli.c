#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>

#include "base/home.h"
#include "base/progress.h"

enum { OPTION_ACCEL = 0x100, OPTION_SET };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct as_cli_accel *accel = state->input;

    switch (key) {
    case OPTION_ACCEL:
        if (accel->accel)
            argp_error(state, "--accel is given twice");
        accel->accel = arg;
        return 0;
    case OPTION_SET:
        if (accel->set_count == AS_CLI_SETS_MAX)
            argp_error(state, "more than %d --set", AS_CLI_SETS_MAX);
        else
            accel->sets[accel->set_count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --set, and ACCEL as the verb's one argument. */
static error_t parse_argument(int key, char *arg, struct argp_state *state)
{
    struct as_cli_accel *accel = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (accel->accel)
            argp_error(state, "one ACCEL only, \"%s\" is too much", arg);
        accel->accel = arg;
        return 0;
    case ARGP_KEY_END:
        if (!accel->accel)
            argp_error(state, "no ACCEL given");
        return 0;
    default:
        return parse_option(key, arg, state);
    }
}

static const struct argp_option set_options[] = {
    {"set", OPTION_SET, "KEY=VALUE", 0,
     "Override a key of the accelerator, e.g. unroll.K=8; may be repeated", 0},
    {0}};

static const struct argp_option accel_options[] = {
    {"accel", OPTION_ACCEL, "ACCEL", 0, "Accelerator: a .yaml description or the name of a board",
     0},
    {"set", OPTION_SET, "KEY=VALUE", 0,
     "Override a key of the accelerator, e.g. unroll.K=8; may be repeated", 0},
    {0}};

const struct argp as_cli_set_argp = {.options = set_options, .parser = parse_argument};
const struct argp as_cli_accel_argp = {.options = accel_options, .parser = parse_option};

enum as_status as_cli_load(struct as_arena *arena, const struct as_cli_accel *accel,
                           struct as_config **cfg, struct as_diag *diag)
{
    AS_TRY(as_home_check(diag));
    return as_config_load(arena, accel->accel, accel->sets, accel->set_count, cfg, diag);
}

int as_cli_refuse(const struct as_diag *diag)
{
    as_progress_done();
    fprintf(stderr, "arraysmith: %s\n", diag->text);
    return AS_EXIT_REFUSED;
}

enum as_exit as_cli_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                          void *arguments)
{
    int error = argp_parse(argp, argc, argv, flags, NULL, arguments);

    if (error != ENOMEM) /* the only one that argp does not tell */
        return error == 0 ? AS_EXIT_DONE : AS_EXIT_USAGE;
    fputs("arraysmith: out of memory\n", stderr);
    return AS_EXIT_REFUSED;
}

int as_cli_run(const struct argp *argp, int argc, char **argv, void *arguments,
               enum as_status (*work)(struct as_arena *arena, const void *arguments,
                                      struct as_diag *diag))
{
    struct as_diag diag;

    enum as_exit parsed = as_cli_parse(argp, argc, argv, 0, arguments);
    if (parsed != AS_EXIT_DONE)
        return parsed;
    as_diag_init(&diag);
    struct as_arena *arena = as_arena_new();
    enum as_status status = work(arena, arguments, &diag);
    fflush(stdout);
    as_arena_free(arena);
    return status == AS_OK ? AS_EXIT_DONE : as_cli_refuse(&diag);
}
