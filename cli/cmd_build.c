/* arraysmith build, arraysmith flash: a bitstream, and the bitstream onto its board. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boards/flow/build.h"
#include "cli/cli.h"

#define SEED_MAX 1000000
#define JOBS_MAX 256

enum { OPTION_SEEDS = 0x300, OPTION_SEED_START, OPTION_DRY_RUN };

struct arguments {
    struct as_cli_accel accel;
    const char *dir;
    int seed_count, first_seed, jobs;
    bool dry_run;
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->accel;
        return 0;
    case 'o':
        arguments->dir = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int read_number(struct argp_state *state, const char *option, const char *text, int min,
                       int max)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < min || value > max)
        argp_error(state, "%s is %s, expected %d..%d", option, text, min, max);
    return (int)value;
}

static const struct argp_child children[] = {{&as_cli_set_argp, 0, NULL, 0}, {0}};

/* ---- build ---- */

static const char build_doc[] =
    "Synthesizes an accelerator for its board, places and routes it once for each seed, and packs "
    "the "
    "fastest seed that reaches clock.khz into a bitstream."
    "\v"
    "Prints the logic cells of each block against the board's budget.csv, the cells and memories "
    "that "
    "are left, Fmax of every seed with median and spread, and the critical path by block; the same "
    "is "
    "in DIR/build.json.  A seed that was routed before, from the same netlist with the same tools, "
    "is "
    "not run again, so that an interrupted build goes on where it was.\n"
    "\n"
    "Examples:\n"
    "  arraysmith build icebreaker\n"
    "  arraysmith build icebreaker --set clock.khz=27000 --seeds 10 -o build/fast\n"
    "\n"
    "Exit status: 0 there is a bitstream; 1 the accelerator was refused, or no seed reaches the "
    "clock; "
    "2 wrong usage.";

static const struct argp_option build_options[] = {
    {"seeds", OPTION_SEEDS, "N", 0, "Placements to try; default 5", 0},
    {"seed-start", OPTION_SEED_START, "S", 0, "First of them; default 1", 0},
    {"jobs", 'j', "J", 0, "Placements at a time; default: one a processor", 0},
    {"output", 'o', "DIR", 0, "Folder of the results; default build/boards/NAME", 0},
    {0}};

static error_t parse_build(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case OPTION_SEEDS:
        arguments->seed_count = read_number(state, "--seeds", arg, 1, AS_BUILD_SEEDS_MAX);
        return 0;
    case OPTION_SEED_START:
        arguments->first_seed = read_number(state, "--seed-start", arg, 0, SEED_MAX);
        return 0;
    case 'j':
        arguments->jobs = read_number(state, "--jobs", arg, 1, JOBS_MAX);
        return 0;
    default:
        return parse_common(key, arg, state);
    }
}

static int processor_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > JOBS_MAX ? JOBS_MAX : (int)count;
}

static enum as_status build(struct as_arena *arena, const void *input, struct as_diag *diag)
{
    const struct arguments *arguments = input;
    struct as_build *result = AS_NEW(arena, struct as_build, 1);
    struct as_build_options options = {.accel = arguments->accel.accel,
                                       .dir = arguments->dir,
                                       .seed_count = arguments->seed_count,
                                       .first_seed = arguments->first_seed,
                                       .jobs = arguments->jobs};
    struct as_config *cfg;

    AS_TRY(as_cli_load(arena, &arguments->accel, &cfg, diag));
    enum as_status status = as_build_run(arena, cfg, &options, result, diag);
    if (result->netlist_counted)
        as_build_print(stdout, result);
    return status;
}

int as_cmd_build(int argc, char **argv)
{
    static const struct argp argp = {.options = build_options,
                                     .parser = parse_build,
                                     .args_doc = "ACCEL",
                                     .doc = build_doc,
                                     .children = children};
    struct arguments arguments = {.seed_count = 5, .first_seed = 1, .jobs = processor_count()};

    return as_cli_run(&argp, argc, argv, &arguments, build);
}

/* ---- flash ---- */

static const char flash_doc[] =
    "Writes the bitstream of `arraysmith build` to the board with the board's own tool."
    "\v"
    "The command is `flash:` in the board's board.yaml.  A bitstream that was built for another "
    "accelerator than ACCEL is refused.\n"
    "\n"
    "Example:\n"
    "  arraysmith build icebreaker && arraysmith flash icebreaker";

static const struct argp_option flash_options[] = {
    {"dry-run", OPTION_DRY_RUN, NULL, 0, "Print the command only", 0},
    {"output", 'o', "DIR", 0, "Folder that `build` wrote; default build/boards/NAME", 0},
    {0}};

static error_t parse_flash(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    if (key != OPTION_DRY_RUN)
        return parse_common(key, arg, state);
    arguments->dry_run = true;
    return 0;
}

/* Runs a shell command in the folder `dir`, its output to the terminal. */
static enum as_status run_command(const char *command, const char *dir, struct as_diag *diag)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        if (chdir(dir) == 0)
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        return as_fail(diag, AS_ERR_TOOL, "\"%s\" failed in %s", command, dir);
    return AS_OK;
}

static enum as_status flash(struct as_arena *arena, const void *input, struct as_diag *diag)
{
    const struct arguments *arguments = input;
    const struct as_board *board;
    struct as_config *cfg;

    AS_TRY(as_cli_load(arena, &arguments->accel, &cfg, diag));
    if (strcmp(cfg->board.folder, "none") == 0)
        return as_fail(diag, AS_ERR_RANGE, "%s: board is none, expected a folder of boards/",
                       arguments->accel.accel);
    AS_TRY(as_board_load(arena, cfg->board.folder, &board, diag));
    const char *dir = arguments->dir ? arguments->dir : as_build_dir(arena, cfg);
    const char *bitstream = as_arena_printf(arena, "%s/%s", dir, board->bitstream);
    if (access(bitstream, R_OK) != 0)
        return as_fail(diag, AS_ERR_IO, "%s is not there; `arraysmith build %s` first", bitstream,
                       arguments->accel.accel);
    AS_TRY(as_build_check_saved(arena, dir, cfg, diag));
    printf("in %s: %s\n", dir, board->flash);
    fflush(stdout);
    return arguments->dry_run ? AS_OK : run_command(board->flash, dir, diag);
}

int as_cmd_flash(int argc, char **argv)
{
    static const struct argp argp = {.options = flash_options,
                                     .parser = parse_flash,
                                     .args_doc = "ACCEL",
                                     .doc = flash_doc,
                                     .children = children};
    struct arguments arguments = {0};

    return as_cli_run(&argp, argc, argv, &arguments, flash);
}
