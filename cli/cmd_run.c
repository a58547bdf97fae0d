/* arraysmith run: inferences on an engine, and what they cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataflows/build.h"
#include "cli/cli.h"
#include "base/progress.h"
#include "base/text.h"
#include "models/import/importers.h"
#include "sim/report/side_by_side.h"
#include "sim/report/report.h"
#include "sim/engines/engine.h"
#include "cli/run_inputs.h"

#define FILES_MAX   256
#define ENGINES_MAX 32

enum {
    OPTION_ENGINE = 0x200,
    OPTION_JSON,
    OPTION_GOLDEN,
    OPTION_SEED,
    OPTION_PERCENT,
    OPTION_WAVE,
    OPTION_DATAFLOW
};

struct arguments {
    struct as_cli_accel accel;
    const char *model;
    const struct as_engine *engine;
    const char *inputs[FILES_MAX], *goldens[FILES_MAX];
    int input_count, golden_count;
    const char *output, *json, *wave, *dataflow;
    unsigned long long stall_seed;
    int stall_percent;
};

static const char doc[] =
    "Runs MODEL on an accelerator and prints, for each layer, its cycles and where they went."
    "\v"
    "Engines:\n"
    "  reference  plain C; needs no accelerator, prints the MACs of each layer\n"
    "  model      the cycle model (default)\n"
    "  rtl        the generated Verilog in Verilator\n"
    "  lockstep   model and Verilog together, every signal compared in every cycle, over at least "
    "two inferences\n"
    "\n"
    "Outputs are compared with the reference engine, and with --golden when given; a difference "
    "ends "
    "with exit status 1.  Everything goes through the host link, as on a board; its cycles are not "
    "counted to the layers.\n"
    "\n"
    "Columns: util = useful MACs / (PEs x cycles); array busy, lookup = cycles with a beat; ifmap, "
    "weights, psum wait = the compute engine waits for that buffer; bubbles = inside a job without "
    "a "
    "beat; fetch = of descriptors; drain = compute is done, store is not.  They add up to cycles.  "
    "Layers overlap: a layer's cycles end with its last byte written.\n"
    "\n"
    "Examples:\n"
    "  arraysmith run digits --accel icebreaker\n"
    "  arraysmith run net.tflite --accel icebreaker --input in.bin --golden out.bin --json r.json\n"
    "  arraysmith run digits --accel icebreaker --dataflow all\n"
    "  arraysmith run digits --accel icebreaker --engine lockstep --stall-percent 20 "
    "--stall-seed 7";

static const struct argp_option options[] = {
    {"dataflow", OPTION_DATAFLOW, "NAME|all", 0,
     "A preset in place of the accelerator's, or all of them side by side", 0},
    {"engine", OPTION_ENGINE, "ENGINE", 0, "reference, model, rtl or lockstep", 0},
    {"input", 'i', "FILE", 0, "Raw int8 input; several run back to back", 0},
    {"output", 'o', "FILE", 0, "Write the raw int8 outputs, one after the other", 0},
    {"golden", OPTION_GOLDEN, "FILE", 0, "Expected output, one for each --input", 0},
    {"json", OPTION_JSON, "FILE", 0, "Write the report for machines", 0},
    {"stall-percent", OPTION_PERCENT, "P", 0, "Cycles in which the memory is busy, 0..99 %", 0},
    {"stall-seed", OPTION_SEED, "N", 0, "Which cycles those are; default 1", 0},
    {"wave", OPTION_WAVE, "FILE", 0,
     "Where a disagreement leaves its waveform; default lockstep.fst in ARRAYSMITH_CACHE", 0},
    {0}};

static void choose_engine(struct argp_state *state, struct arguments *arguments, const char *name)
{
    const char *names[ENGINES_MAX];
    int count;
    const struct as_engine *const *engines = as_engines(&count);

    arguments->engine = as_engine_find(name);
    if (arguments->engine)
        return;
    for (int i = 0; i < count; i++)
        names[i] = engines[i]->name;
    const char *nearest = as_nearest(name, names, count);
    argp_error(state, "unknown engine \"%s\"%s%s%s", name, nearest ? "; did you mean \"" : "",
               nearest ? nearest : "", nearest ? "\"?" : "");
}

static void add_file(struct argp_state *state, const char **files, int *count, const char *file)
{
    if (*count == FILES_MAX)
        argp_error(state, "more than %d files", FILES_MAX);
    else
        files[(*count)++] = file;
}

static unsigned long long read_number(struct argp_state *state, const char *option,
                                      const char *text, unsigned long long max)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value > max)
        argp_error(state, "%s is \"%s\", expected 0..%llu", option, text, max);
    return value;
}

static void check_arguments(struct argp_state *state, const struct arguments *arguments)
{
    if (!arguments->model)
        argp_error(state, "no MODEL given");
    if (!arguments->accel.accel && arguments->engine->needs_accelerator)
        argp_error(state, "no accelerator given: --accel ACCEL");
    if (arguments->golden_count > 0 &&
        arguments->golden_count != (arguments->input_count ? arguments->input_count : 1))
        argp_error(state, "%d --golden for %d --input", arguments->golden_count,
                   arguments->input_count);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->accel;
        return 0;
    case OPTION_ENGINE:
        choose_engine(state, arguments, arg);
        return 0;
    case 'i':
        add_file(state, arguments->inputs, &arguments->input_count, arg);
        return 0;
    case OPTION_GOLDEN:
        add_file(state, arguments->goldens, &arguments->golden_count, arg);
        return 0;
    case 'o':
        arguments->output = arg;
        return 0;
    case OPTION_JSON:
        arguments->json = arg;
        return 0;
    case OPTION_DATAFLOW:
        arguments->dataflow = arg;
        return 0;
    case OPTION_WAVE:
        arguments->wave = arg;
        return 0;
    case OPTION_SEED:
        arguments->stall_seed = read_number(state, "--stall-seed", arg, UINT64_MAX);
        return 0;
    case OPTION_PERCENT:
        arguments->stall_percent = (int)read_number(state, "--stall-percent", arg, 99);
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->model)
            argp_error(state, "one MODEL only, \"%s\" is too much", arg);
        arguments->model = arg;
        return 0;
    case ARGP_KEY_END:
        check_arguments(state, arguments);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- one job ---- */

struct job {
    struct as_arena *arena;
    const struct arguments *arguments;
    const char *command;
    struct as_network *net;
    struct as_config *cfg;
    int count; /* inferences that were asked for */
    const int8_t *inputs[FILES_MAX], *golden[FILES_MAX];
    int8_t **tensors[FILES_MAX];       /* of the reference engine */
    const int8_t *expected[FILES_MAX]; /* its outputs */
    const char *input_label;
    size_t output_bytes;
};

static enum as_status read_files(struct job *job, struct as_diag *diag)
{
    const struct arguments *arguments = job->arguments;
    size_t input_bytes = job->net->tensors[job->net->input].bytes;

    job->output_bytes = job->net->tensors[job->net->output].bytes;
    job->count = arguments->input_count;
    for (int i = 0; i < arguments->input_count; i++)
        AS_TRY(as_read_tensor(job->arena, arguments->inputs[i], input_bytes, "input",
                              &job->inputs[i], diag));
    if (arguments->input_count == 0) {
        job->count = 1;
        AS_TRY(as_default_input(job->arena, arguments->model, job->net, &job->inputs[0],
                                &job->input_label, diag));
    } else if (arguments->input_count == 1) {
        job->input_label = arguments->inputs[0];
    } else {
        job->input_label = as_arena_printf(job->arena, "%s and %d more", arguments->inputs[0],
                                           arguments->input_count - 1);
    }
    for (int i = 0; i < arguments->golden_count; i++)
        AS_TRY(as_read_tensor(job->arena, arguments->goldens[i], job->output_bytes, "output",
                              &job->golden[i], diag));
    for (int i = 0; i < job->count; i++) {
        AS_TRY(as_reference_tensors(job->arena, job->net, job->inputs[i], &job->tensors[i], diag));
        job->expected[i] = job->tensors[i][job->net->output];
    }
    return AS_OK;
}

/* Outputs unlike the wanted ones; the first difference is reported. */
static int count_wrong(const struct job *job, const int8_t *const *outputs, int count,
                       const int8_t *const *wanted, const char *whose, struct as_diag *diag)
{
    int wrong = 0;

    for (int i = 0; i < count; i++) {
        size_t at = 0;
        const int8_t *want = wanted[i % job->count];
        while (at < job->output_bytes && outputs[i][at] == want[at])
            at++;
        if (at == job->output_bytes)
            continue;
        if (wrong++ == 0)
            as_fail(diag, AS_ERR_MISMATCH, "output %d, byte %zu is %d, the %s has %d", i + 1, at,
                    outputs[i][at], whose, want[at]);
    }
    return wrong;
}

static enum as_status run_reference(struct job *job, struct as_diag *diag)
{
    const struct arguments *arguments = job->arguments;

    as_progress_done();
    as_report_macs(stdout, job->net);
    printf("\ninput   %s\n", job->input_label);
    if (arguments->output)
        AS_TRY(as_write_tensors(job->arena, arguments->output, job->expected, job->count,
                                job->output_bytes, diag));
    if (arguments->golden_count > 0) {
        int wrong = count_wrong(job, job->expected, job->count, job->golden, "golden file", diag);
        printf("golden  %d of %d outputs equal\n", job->count - wrong, job->count);
        return wrong ? AS_ERR_MISMATCH : AS_OK;
    }
    return AS_OK;
}

/* Checks the outputs, then writes and prints everything. */
static enum as_status conclude(struct job *job, struct as_report *report, enum as_status status,
                               struct as_diag *diag)
{
    const struct arguments *arguments = job->arguments;
    const struct as_run *run = report->run;
    int count = run->inference_count;
    const int8_t **outputs = AS_NEW(job->arena, const int8_t *, count + 1);

    for (int i = 0; i < count; i++)
        outputs[i] = run->inferences[i].output;
    int wrong = count_wrong(job, outputs, count, job->expected, "reference engine", diag);
    if (arguments->golden_count > 0) {
        report->golden_compared = count;
        report->golden_wrong = count_wrong(job, outputs, count, job->golden, "golden file", diag);
    }
    if (status == AS_OK && wrong + report->golden_wrong > 0)
        status = AS_ERR_MISMATCH;
    if (arguments->json)
        AS_TRY(as_report_json(job->arena, report, arguments->json, diag));
    if (count == 0)
        return status;
    if (arguments->output)
        AS_TRY(as_write_tensors(job->arena, arguments->output, outputs,
                                count < job->count ? count : job->count, job->output_bytes, diag));
    as_report_print(stdout, report);
    return status;
}

/* Runs the accelerator in job->cfg; `report` refers to what came of it. */
static enum as_status run_engine(struct job *job, struct as_report *report, struct as_diag *diag)
{
    const struct arguments *arguments = job->arguments;
    struct as_program *program;
    struct as_run *run = AS_NEW(job->arena, struct as_run, 1);

    AS_TRY(as_program_build(job->arena, job->cfg, job->net, &program, diag));
    struct as_run_setup setup = {.cfg = job->cfg,
                                 .net = job->net,
                                 .program = program,
                                 .input_count = job->count,
                                 .inputs = job->inputs,
                                 .expected = (int8_t *const *const *)job->tensors,
                                 .stall_percent = arguments->stall_percent,
                                 .stall_seed = arguments->stall_seed,
                                 .wave_path = arguments->wave,
                                 .command = job->command};
    enum as_status status = arguments->engine->run(job->arena, &setup, run, diag);
    *report = (struct as_report){.model = arguments->model,
                                 .engine = arguments->engine->name,
                                 .command = job->command,
                                 .input = job->input_label,
                                 .cfg = job->cfg,
                                 .net = job->net,
                                 .program = program,
                                 .run = run};
    return status;
}

static enum as_status run_one(struct job *job, struct as_diag *diag)
{
    struct as_report report = {0};
    enum as_status status = run_engine(job, &report, diag);

    as_progress_done();
    return report.run && (status == AS_OK || status == AS_ERR_MISMATCH)
               ? conclude(job, &report, status, diag)
               : status;
}

/* Every preset in turn; what one of them refuses is told in its place. */
static enum as_status run_all(struct job *job, struct as_diag *diag)
{
    int count;
    const char *const *names = as_dataflow_names(&count);
    const struct as_config *base = job->cfg;
    struct as_report *reports = AS_NEW(job->arena, struct as_report, count);
    const char **refusals = AS_NEW(job->arena, const char *, count);

    for (int i = 0; i < count; i++) {
        struct as_diag refusal;

        as_diag_init(&refusal);
        as_progress_done();
        fprintf(stderr, "%s ...\n", names[i]);
        job->cfg = AS_NEW(job->arena, struct as_config, 1);
        enum as_status status =
            as_compare_config(base, as_dataflow_find(names[i]), job->cfg, &refusal);
        if (status == AS_OK)
            status = run_engine(job, &reports[i], &refusal);
        if (status == AS_ERR_MISMATCH)
            return as_fail(diag, status, "%s: %s", names[i], refusal.text);
        if (status != AS_OK) {
            reports[i] = (struct as_report){0};
            refusals[i] = as_arena_printf(job->arena, "%s: %s", names[i], refusal.text);
            continue;
        }
        const int8_t *output = reports[i].run->inferences[0].output;
        if (count_wrong(job, &output, 1, job->expected, "reference engine", diag) > 0)
            return AS_ERR_MISMATCH;
    }
    as_progress_done();
    as_compare_print(stdout, reports, refusals, count);
    return job->arguments->json
               ? as_compare_json(job->arena, reports, refusals, count, job->arguments->json, diag)
               : AS_OK;
}

static enum as_status run(struct job *job, struct as_diag *diag)
{
    const struct arguments *arguments = job->arguments;
    struct as_cli_accel accel = arguments->accel;
    bool all = arguments->dataflow && strcmp(arguments->dataflow, "all") == 0;

    if (arguments->dataflow && !all && accel.set_count < AS_CLI_SETS_MAX)
        accel.sets[accel.set_count++] =
            as_arena_printf(job->arena, "dataflow=%s", arguments->dataflow);
    if (accel.accel)
        AS_TRY(as_cli_load(job->arena, &accel, &job->cfg, diag));
    AS_TRY(as_model_open(job->arena, arguments->model, &job->net, diag));
    if (arguments->engine->check)
        AS_TRY(arguments->engine->check(job->arena, diag));
    AS_TRY(read_files(job, diag));
    if (!arguments->engine->needs_accelerator)
        return run_reference(job, diag);
    return all ? run_all(job, diag) : run_one(job, diag);
}

/* The command line as one would type it. */
static const char *join_command(struct as_arena *arena, int argc, char **argv)
{
    const char *text = argv[0];

    for (int i = 1; i < argc; i++) {
        bool plain = argv[i][0] != '\0' && !strpbrk(argv[i], " \t\n\"'\\$`*?[]{}()<>|&;~#!");
        text = as_arena_printf(arena, plain ? "%s %s" : "%s '%s'", text, argv[i]);
    }
    return text;
}

int as_cmd_run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&as_cli_accel_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse_option,
                                     .args_doc = "MODEL",
                                     .doc = doc,
                                     .children = children};
    struct arguments arguments = {.engine = as_engine_find("model"), .stall_seed = 1};
    struct as_diag diag;
    struct as_arena *arena = as_arena_new();
    const char *command = join_command(arena, argc, argv);

    if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
        return AS_EXIT_USAGE;
    as_diag_init(&diag);
    struct job *job = AS_NEW(arena, struct job, 1);
    job->arena = arena;
    job->arguments = &arguments;
    job->command = command;
    enum as_status status = run(job, &diag);
    int code = status == AS_OK ? AS_EXIT_DONE : as_cli_refuse(&diag);
    as_arena_free(arena);
    return code;
}
