/* arraysmith run: inferences on an engine, and what they cost. */
#include <string.h>

#include "base/output.h"
#include "base/progress.h"
#include "cli/program_file.h"
#include "cli/run_inputs.h"
#include "cli/run_options.h"
#include "dataflows/build.h"
#include "gen/config/fit.h"
#include "models/arith/edge.h"
#include "models/import/importers.h"
#include "sim/report/side_by_side.h"

/* ---- one job ---- */

struct job {
    struct as_arena *arena;
    const struct as_run_options *options;
    struct as_network *net;
    struct as_config *cfg;                     /* NULL: none was given */
    int count;                                 /* inferences that were asked for */
    const int8_t *inputs[AS_RUN_FILES_MAX];    /* as the accelerator takes them */
    int8_t **tensors[AS_RUN_FILES_MAX];        /* of the reference */
    const uint8_t *expected[AS_RUN_FILES_MAX]; /* its outputs, the model's own values */
    const uint8_t *golden[AS_RUN_FILES_MAX];   /* the like */
    const char *input_label;
};

static enum as_status read_inputs(struct job *job, struct as_diag *diag)
{
    const struct as_run_options *options = job->options;
    struct as_image_use images = {.range = options->image_range};
    const uint8_t *own[AS_RUN_FILES_MAX];

    if (options->input_count == 0)
        return as_default_input(job->arena, options->model, job->net, &job->inputs[0],
                                &job->input_label, diag);
    AS_TRY(as_read_ports(job->arena, job->net, &job->net->inputs, options->inputs,
                         options->input_count, "input", &images, own, AS_RUN_FILES_MAX, &job->count,
                         diag));
    if (images.notes)
        fputs(images.notes, stdout);
    for (int i = 0; i < job->count; i++) {
        int8_t *input = as_arena_alloc(job->arena, as_ports_bytes(job->net, &job->net->inputs));
        as_edge_take(job->net, own[i], input);
        job->inputs[i] = input;
    }
    job->input_label = options->input_count == 1
                           ? options->inputs[0]
                           : as_arena_printf(job->arena, "%s and %d more", options->inputs[0],
                                             options->input_count - 1);
    return AS_OK;
}

/* The outputs of an inference as the model's own values. */
static const uint8_t *give_outputs(const struct job *job, const int8_t *bytes)
{
    uint8_t *own = as_arena_alloc(job->arena, as_edge_bytes(job->net, &job->net->outputs));

    as_edge_give(job->net, bytes, own);
    return own;
}

static enum as_status read_golden(struct job *job, struct as_diag *diag)
{
    const struct as_run_options *options = job->options;
    int count;

    if (options->golden_count == 0)
        return AS_OK;
    AS_TRY(as_read_ports(job->arena, job->net, &job->net->outputs, options->goldens,
                         options->golden_count, "output", NULL, job->golden, AS_RUN_FILES_MAX,
                         &count, diag));
    if (count != job->count)
        return as_fail(diag, AS_ERR_RANGE,
                       "--golden gives the outputs of %d inference%s, --input the "
                       "inputs of %d",
                       count, count == 1 ? "" : "s", job->count);
    return AS_OK;
}

/* Inputs, golden outputs, and what the reference makes of the inputs. */
static enum as_status read_tensors(struct job *job, struct as_diag *diag)
{
    const struct as_run_options *options = job->options;

    job->count = 1;
    job->input_label = "none: the engine carries no data";
    if (!(options->engine->honours & AS_OPTION_DATA))
        return AS_OK;
    AS_TRY(read_inputs(job, diag));
    AS_TRY(read_golden(job, diag));
    int8_t *outputs = as_arena_alloc(job->arena, as_ports_bytes(job->net, &job->net->outputs));
    for (int i = 0; i < job->count; i++) {
        int8_t *const *before = as_run_resets(options->reset_every, i) ? NULL : job->tensors[i - 1];
        AS_TRY(as_reference_tensors(job->arena, job->net, job->inputs[i], before, &job->tensors[i],
                                    diag));
        as_ports_gather(job->net, job->tensors[i], outputs);
        job->expected[i] = give_outputs(job, outputs);
    }
    return AS_OK;
}

/* The program of the job: mapped, or read from --program; --save-program keeps it. */
static enum as_status make_program(struct job *job, struct as_program **program,
                                   struct as_diag *diag)
{
    const struct as_run_options *options = job->options;

    if (options->program)
        return as_program_load(job->arena, options->program, &job->cfg->hw, job->net, program,
                               diag);
    AS_TRY(as_program_build(job->arena, job->cfg, job->net, program, diag));
    return options->save_program
               ? as_program_save(job->arena, *program, options->save_program, diag)
               : AS_OK;
}

/* Runs the accelerator in job->cfg, or the network itself on an engine that needs none; `report`
 * refers to what came of it. */
static enum as_status run_engine(struct job *job, struct as_report *report, struct as_diag *diag)
{
    const struct as_run_options *options = job->options;
    const struct as_engine *engine = options->engine;
    struct as_program *program = NULL;
    struct as_run *run = AS_NEW(job->arena, struct as_run, 1);

    if (engine->needs_accelerator)
        AS_TRY(make_program(job, &program, diag));
    const struct as_run_setup setup = {.net = job->net,
                                       .cfg = engine->needs_accelerator ? job->cfg : NULL,
                                       .program = program,
                                       .input_count = job->count,
                                       .inputs = job->inputs,
                                       .expected = (int8_t *const *const *)job->tensors,
                                       .reset_every = options->reset_every,
                                       .stall_percent = options->stall_percent,
                                       .stall_seed = options->stall_seed,
                                       .wave_path = options->wave,
                                       .wave_window =
                                           options->has_window ? &options->wave_window : NULL,
                                       .trace_path = options->trace,
                                       .command = options->command};
    enum as_status status = engine->run(job->arena, &setup, run, diag);
    int frames = run->inference_count < job->count ? run->inference_count : job->count;
    *report = (struct as_report){.model = options->model,
                                 .frames = options->reset_every > 0 && frames > 0
                                               ? (frames - 1) % options->reset_every + 1
                                               : frames,
                                 .engine = engine->name,
                                 .command = options->command,
                                 .input = job->input_label,
                                 .cfg = job->cfg,
                                 .net = job->net,
                                 .program = program,
                                 .run = run};
    return status;
}

/* ---- outputs ---- */

/* Outputs unlike the wanted ones; the first difference is reported. */
static int count_wrong(const struct job *job, const struct as_run *run,
                       const uint8_t *const *wanted, const char *whose, struct as_diag *diag)
{
    const struct as_ports *ports = &job->net->outputs;
    int wrong = 0;

    for (int i = 0; i < run->inference_count; i++) {
        const uint8_t *have = give_outputs(job, run->inferences[i].output);
        const uint8_t *want = wanted[i % job->count];
        const char *difference = as_edge_difference(job->arena, job->net, ports, have, want, whose);
        if (difference && wrong++ == 0)
            as_fail(diag, AS_ERR_MISMATCH, "output %d, %s", i + 1, difference);
    }
    return wrong;
}

/* Compares the outputs with the reference, and with the golden files when there are any. */
static enum as_status judge(const struct job *job, struct as_report *report, struct as_diag *diag)
{
    if (!(job->options->engine->honours & AS_OPTION_DATA)) /* no outputs */
        return AS_OK;
    int wrong = count_wrong(job, report->run, job->expected, "reference engine", diag);

    if (job->options->golden_count > 0) {
        report->golden_compared = report->run->inference_count;
        report->golden_wrong = count_wrong(job, report->run, job->golden, "golden file", diag);
    }
    return wrong + report->golden_wrong > 0 ? AS_ERR_MISMATCH : AS_OK;
}

static enum as_status write_outputs(const struct job *job, const struct as_run *run,
                                    struct as_diag *diag)
{
    int count = run->inference_count < job->count ? run->inference_count : job->count;
    const uint8_t **outputs = AS_NEW(job->arena, const uint8_t *, count);

    for (int i = 0; i < count; i++)
        outputs[i] = give_outputs(job, run->inferences[i].output);
    size_t bytes = as_edge_bytes(job->net, &job->net->outputs);
    const char *path = job->options->output;
    return as_is_npy_name(path) ? as_write_npy(job->arena, path, &job->net->outputs.port[0],
                                               outputs, count, bytes, diag)
                                : as_write_tensors(job->arena, path, outputs, count, bytes, diag);
}

static enum as_status write_reports(const struct job *job, const struct as_report_set *set,
                                    struct as_diag *diag)
{
    int count;
    const struct as_report_format *const *formats = as_report_formats(&count);

    for (int i = 0; i < count; i++) {
        struct as_output out;
        if (!job->options->reports[i])
            continue;
        AS_TRY(as_output_open(&out, job->arena, job->options->reports[i], diag));
        formats[i]->write(out.file, set);
        AS_TRY(as_output_close(&out, diag));
    }
    return AS_OK;
}

/* A .npy is one array. */
static enum as_status check_output(const struct job *job, struct as_diag *diag)
{
    const char *path = job->options->output;

    if (path && as_is_npy_name(path) && job->net->outputs.count > 1)
        return as_fail(diag, AS_ERR_UNSUPPORTED,
                       "--output %s: a .npy is one array, and the network has %d outputs; expected "
                       "another name, for raw values of all of them",
                       path, job->net->outputs.count);
    return AS_OK;
}

/* Paths that can never be written are told before the work. */
static enum as_status check_paths(const struct as_run_options *options, struct as_diag *diag)
{
    const char *const single[] = {options->output, options->wave, options->trace,
                                  options->save_program};

    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (single[i])
            AS_TRY(as_output_check(single[i], diag));
    for (int i = 0; i < AS_RUN_FORMATS_MAX; i++)
        if (options->reports[i])
            AS_TRY(as_output_check(options->reports[i], diag));
    return AS_OK;
}

/* ---- one run, or one a dataflow ---- */

static enum as_status run_one(struct job *job, struct as_diag *diag)
{
    struct as_report report = {0};
    enum as_status status = run_engine(job, &report, diag);

    as_progress_done();
    if (!report.run || (status != AS_OK && status != AS_ERR_MISMATCH))
        return status;
    enum as_status judged = judge(job, &report, diag);
    const struct as_report_set set = {.reports = &report, .count = 1};
    AS_TRY(write_reports(job, &set, diag));
    if (report.run->inference_count > 0) {
        if (job->options->output)
            AS_TRY(write_outputs(job, report.run, diag));
        as_report_print(stdout, &set);
    }
    return status == AS_OK ? judged : status;
}

/* Runs a preset in the place of the dataflow of `base`; *refusal is why it cannot be run.  Fails
 * when it runs and is wrong. */
static enum as_status run_preset(struct job *job, const struct as_config *base, const char *name,
                                 struct as_report *report, const char **refusal,
                                 struct as_diag *diag)
{
    struct as_diag why;

    as_diag_init(&why);
    as_progress_done();
    fprintf(stderr, "%s ...\n", name);
    job->cfg = AS_NEW(job->arena, struct as_config, 1);
    enum as_status status = as_fit_config(base, as_dataflow_find(name), job->cfg, &why);
    if (status == AS_OK)
        status = run_engine(job, report, &why);
    if (status == AS_OK)
        status = judge(job, report, &why);
    if (status == AS_ERR_MISMATCH)
        return as_fail(diag, status, "%s: %s", name, why.text);
    if (status != AS_OK) {
        *report = (struct as_report){0};
        *refusal = as_arena_printf(job->arena, "%s: %s", name, why.text);
    }
    return AS_OK;
}

/* Every preset in turn; what one of them refuses is told in its place.  An accelerator that is
 * wrong ends the comparison; outputs unlike the golden ones are told at its end. */
static enum as_status run_all(struct job *job, struct as_diag *diag)
{
    int count, ran = -1;
    const char *const *names = as_dataflow_names(&count);
    const struct as_config *base = job->cfg;
    struct as_report *reports = AS_NEW(job->arena, struct as_report, count);
    const char **refusals = AS_NEW(job->arena, const char *, count);
    enum as_status status = AS_OK;

    for (int i = 0; i < count; i++) {
        enum as_status one = run_preset(job, base, names[i], &reports[i], &refusals[i], diag);
        if (one != AS_OK && reports[i].golden_wrong == 0)
            return one;
        status = one != AS_OK ? one : status;
        ran = reports[i].run ? i : ran;
    }
    as_progress_done();
    const struct as_report_set set = {
        .reports = reports, .refusals = refusals, .count = count, .side_by_side = true};
    as_report_print(stdout, &set);
    AS_TRY(write_reports(job, &set, diag));
    if (ran < 0)
        return as_fail(diag, AS_ERR_UNSUPPORTED, "no dataflow runs %s on this accelerator",
                       job->options->model);
    if (job->options->output) /* every dataflow's are those of the reference */
        AS_TRY(write_outputs(job, reports[ran].run, diag));
    return status;
}

static enum as_status run(struct job *job, struct as_diag *diag)
{
    const struct as_run_options *options = job->options;
    struct as_cli_accel accel = options->accel;

    if (options->dataflow && !options->all_dataflows)
        accel.sets[accel.set_count++] =
            as_arena_printf(job->arena, "dataflow=%s", options->dataflow);
    AS_TRY(check_paths(options, diag));
    if (accel.accel)
        AS_TRY(as_cli_load(job->arena, &accel, &job->cfg, diag));
    AS_TRY(as_model_open(job->arena, options->model, &job->net, diag));
    if (options->reset_every > 0 && job->net->variable_count == 0)
        return as_fail(diag, AS_ERR_UNSUPPORTED,
                       "--reset-state %d: %s has no variables, so every inference is the first",
                       options->reset_every, options->model);
    AS_TRY(check_output(job, diag));
    if (options->engine->check)
        AS_TRY(options->engine->check(job->arena, diag));
    AS_TRY(read_tensors(job, diag));
    return options->all_dataflows ? run_all(job, diag) : run_one(job, diag);
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

static enum as_status work(struct as_arena *arena, const void *arguments, struct as_diag *diag)
{
    struct job *job = AS_NEW(arena, struct job, 1);

    job->arena = arena;
    job->options = arguments;
    return run(job, diag);
}

int as_cmd_run(int argc, char **argv)
{
    struct as_run_options options;
    struct as_arena *arena = as_arena_new();
    const struct argp *argp = as_run_options_argp(arena, &options);

    options.command = join_command(arena, argc, argv);
    int code = as_cli_run(argp, argc, argv, &options, work);
    as_arena_free(arena);
    return code;
}
