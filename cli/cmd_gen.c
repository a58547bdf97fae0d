/* arraysmith gen: the files of an accelerator. */
#include <stdio.h>
#include <stdlib.h>

#include "boards/flow/package.h"
#include "cli/cli.h"
#include "gen/emit/emit.h"
#include "gen/config/params.h"

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
    "Keys of a description, their defaults and bounds:";

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

/* The keys of a description, below the help text; two lines each, so that argp does not wrap. */
static char *add_keys(int key, const char *text, void *input)
{
    char *table = NULL;
    size_t bytes = 0;

    (void)input;
    if (key != ARGP_KEY_HELP_EXTRA)
        return (char *)text;
    FILE *out = open_memstream(&table, &bytes);
    if (!out)
        return NULL;
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        char bound[64];
        as_param_bound(param, bound, sizeof bound);
        if (param->is_text)
            fprintf(out, "  %s: %s  (%s)\n      %s\n", param->key, param->text_dflt, bound,
                    param->meaning);
        else
            fprintf(out, "  %s: %d  (%s)\n      %s\n", param->key, param->dflt, bound,
                    param->meaning);
    }
    for (int i = 0; i < as_config_list_key_count; i++) {
        const struct as_list_key *list = &as_config_list_keys[i];
        fprintf(out, "%s  %s: %s  (%s)\n      %s", i ? "\n" : "", list->key, list->dflt,
                list->bound, list->meaning);
    }
    fclose(out);
    return table;
}

static enum as_status generate(struct as_arena *arena, const struct arguments *arguments,
                               struct as_diag *diag)
{
    struct as_config *cfg;
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);

    AS_TRY(as_cli_load(arena, &arguments->accel, &cfg, diag));
    AS_TRY(as_package(arena, cfg, set, diag));
    AS_TRY(as_emit_write(arena, set, arguments->dir, diag));
    printf("%s: %d x %d PEs, %s, %d files in %s\n", cfg->name, cfg->rows, cfg->cols, cfg->dataflow,
           set->count, arguments->dir);
    return AS_OK;
}

int as_cmd_gen(int argc, char **argv)
{
    static const struct argp_child children[] = {{&as_cli_set_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse_option,
                                     .args_doc = "ACCEL",
                                     .doc = doc,
                                     .children = children,
                                     .help_filter = add_keys};
    struct arguments arguments = {0};
    struct as_diag diag;

    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return AS_EXIT_USAGE;
    as_diag_init(&diag);
    struct as_arena *arena = as_arena_new();
    enum as_status status = generate(arena, &arguments, &diag);
    as_arena_free(arena);
    return status == AS_OK ? AS_EXIT_DONE : as_cli_refuse(&diag);
}
