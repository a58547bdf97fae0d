/* arraysmith: finds the verb and hands over. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "cli/cli.h"
#include "base/progress.h"
#include "base/text.h"

struct verb {
    const char *name, *arguments, *gives;
    int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
#define AS_VERB(name, arguments, gives) {#name, arguments, gives, as_cmd_##name},
#include "cli/verbs.def"
#undef AS_VERB
};

#define VERB_COUNT ((int)(sizeof verbs / sizeof verbs[0]))

static const char doc[] =
    "Generates DNN accelerators for small FPGAs and says, to the cycle, what they do."
    "\v"
    "ACCEL is a description (.yaml) or the name of a board, which stands for that board's default "
    "accelerator.  --set KEY=VALUE changes any key of it.  MODEL is a quantized .tflite file, a "
    "name of `arraysmith list models`, or the shape of a layer; `arraysmith list MODEL` says what "
    "is "
    "in it.\n"
    "\n"
    "Examples:\n"
    "  arraysmith list net.tflite\n"
    "  arraysmith run digits --accel icebreaker --engine model\n"
    "  arraysmith run digits --accel icebreaker --engine lockstep --set unroll.K=8\n"
    "  arraysmith gen icebreaker -o /tmp/accel\n"
    "\n"
    "Environment:\n"
    "  ARRAYSMITH_HOME   folder of templates, boards and models; default: found from the "
    "executable, "
    "the source tree around it or share/arraysmith beside its bin\n"
    "  ARRAYSMITH_CACHE  folder of compiled simulations; default: build/cache of the source tree, "
    "else arraysmith in $XDG_CACHE_HOME or in ~/.cache\n"
    "\n"
    "`arraysmith VERB --help` explains a verb.  Exit status: 0 done, 1 the input was refused or a "
    "comparison failed, 2 wrong usage.";

/* The list of verbs, before what follows the options. */
static char *add_verbs(int key, const char *text, void *input)
{
    char *all = NULL;
    size_t bytes = 0;

    (void)input;
    FILE *out = key == ARGP_KEY_HELP_POST_DOC ? open_memstream(&all, &bytes) : NULL;
    if (!out)
        return (char *)text; /* argp's way to keep it */
    fprintf(out, "Verbs:\n");
    for (int i = 0; i < VERB_COUNT; i++)
        fprintf(out, "  %-6s %-20s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].gives);
    fprintf(out, "\n%s", text);
    fclose(out);
    return all;
}

struct arguments {
    int verb_at; /* index in argv, 0: none */
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    (void)arg;
    switch (key) {
    case ARGP_KEY_ARG:
        arguments->verb_at = state->next - 1;
        state->next = state->argc; /* the rest is the verb's */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no verb given");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct verb *find_verb(const char *name)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (strcmp(name, verbs[i].name) == 0)
            return &verbs[i];
    return NULL;
}

static int refuse_verb(const char *name)
{
    const char *names[VERB_COUNT];

    for (int i = 0; i < VERB_COUNT; i++)
        names[i] = verbs[i].name;
    const char *nearest = as_nearest(name, names, VERB_COUNT);
    fprintf(stderr, "arraysmith: unknown verb \"%s\"", name);
    if (nearest)
        fprintf(stderr, "; did you mean \"%s\"?", nearest);
    fprintf(stderr, "\nTry `arraysmith --help' for more information.\n");
    return AS_EXIT_USAGE;
}

/* Also after --help and --version, which end the program themselves. */
static void check_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    fprintf(stderr, "arraysmith: standard output: %s\n", strerror(errno ? errno : EIO));
    _exit(AS_EXIT_REFUSED);
}

static void out_of_memory(void)
{
    fputs("arraysmith: out of memory\n", stderr);
    _exit(AS_EXIT_REFUSED);
}

const char *argp_program_version = "arraysmith " AS_VERSION;

int main(int argc, char **argv)
{
    static const struct argp argp = {.parser = parse_option,
                                     .args_doc = "VERB [ARGUMENT...]",
                                     .doc = doc,
                                     .help_filter = add_verbs};
    struct arguments arguments = {0};
    char name[64];

    atexit(check_stdout);
    as_arena_on_exhaustion(out_of_memory);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of write */
    argp_err_exit_status = AS_EXIT_USAGE;
    setenv("ARGP_HELP_FMT", "rmargin=100", 0);
    enum as_exit parsed = as_cli_parse(&argp, argc, argv, ARGP_IN_ORDER, &arguments);
    if (parsed != AS_EXIT_DONE)
        return parsed;
    char **rest = argv + arguments.verb_at;
    const struct verb *verb = find_verb(rest[0]);
    if (!verb)
        return refuse_verb(rest[0]);
    snprintf(name, sizeof name, "arraysmith %s", verb->name);
    rest[0] = name;
    as_progress_on();
    return verb->run(argc - arguments.verb_at, rest);
}
