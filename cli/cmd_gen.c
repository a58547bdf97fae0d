/* arraysmith gen: the files of an accelerator. */
#include <stdio.h>
#include <stdlib.h>

#include "boards/flow/package.h"
#include "cli/cli.h"
#include "gen/emit/emit.h"

struct arguments {
    struct as_cli_accel accel;
    const char *dir;
};

static const char doc[] =
    "Writes the Verilog of an accelerator to DIR, with the top and the constraints of its board, a "
    "FuseSoC .core, the table of its parameters and a README that says what each file is."
    "\v"
    "Everything is checked first: an accelerator that cannot be built is refused, with file, line "
    "and bound, and nothing is written.  The same description gives the same bytes.\n"
    "\n"
    "Examples:\n"
    "  arraysmith gen icebreaker -o out\n"
    "  arraysmith gen my.yaml --set unroll.C=8 --set unroll.K=8 -o out\n"
    "\n"
    "Keys of a description, their defaults and bounds: `arraysmith list parameters`.";

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Folder to write; created when missing", 0}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->accel;
        return 0;
    case 'o':
        arguments->dir = arg;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->dir)
            argp_error(state, "no folder given: -o DIR");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum as_status generate(struct as_arena *arena, const void *input, struct as_diag *diag)
{
    const struct arguments *arguments = input;
    struct as_config *cfg;
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);

    AS_TRY(as_cli_load(arena, &arguments->accel, &cfg, diag));
    AS_TRY(as_package(arena, cfg, set, diag));
    AS_TRY(as_emit_write(arena, set, arguments->dir, diag));
    printf("%s: %d x %d PEs, %s, %d files in %s\n", cfg->name, cfg->hw.rows, cfg->hw.cols,
           cfg->dataflow, set->count, arguments->dir);
    return AS_OK;
}

int as_cmd_gen(int argc, char **argv)
{
    static const struct argp_child children[] = {{&as_cli_set_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse_option,
                                     .args_doc = "ACCEL",
                                     .doc = doc,
                                     .children = children};
    struct arguments arguments = {0};

    return as_cli_run(&argp, argc, argv, &arguments, generate);
}
