#include "cli/run_options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/port_formats.h"
#include "sim/report/columns.h"

#define ENGINES_MAX  32
#define DEFAULT_NAME "model"

enum {
    OPTION_ENGINE = 0x200,
    OPTION_GOLDEN,
    OPTION_RANGE,
    OPTION_SEED,
    OPTION_PERCENT,
    OPTION_WAVE,
    OPTION_WINDOW,
    OPTION_TRACE,
    OPTION_DATAFLOW,
    OPTION_RESET,
    OPTION_PROGRAM,
    OPTION_SAVE_PROGRAM,
    OPTION_FORMAT = 0x300 /* and the number of the format */
};

/* ---- the options ---- */

static const struct run_option {
    const char *name;
    int key;
    const char *arg, *doc;
    unsigned needs; /* of enum as_engine_option: what an engine must honour */
    bool many;      /* may be repeated */
} run_options[] = {
    {"dataflow", OPTION_DATAFLOW, "NAME|all",
     "A preset in place of the accelerator's, or all of them side by side", AS_OPTION_DATAFLOW,
     false},
    {"engine", OPTION_ENGINE, "ENGINE", NULL, 0, false}, /* its help comes from the engines */
    {"input", 'i', "[NAME=]FILE",
     "Raw values of the model's own type (int8, uint8, float32), all inputs of the network one "
     "after the other or a file each, by order or name; FILE.npy, an array of that type and shape, "
     "or of several inferences with one more dimension in front; "
     "FILE.png or FILE.jpg, an image, resized to the input's size; several inferences run back to "
     "back",
     AS_OPTION_DATA, true},
    {"image-range", OPTION_RANGE, "LOW:HIGH",
     "The real values that pixels 0 and 255 of an image have, such as 0:1, -1:1 or 0:255; default: "
     "pixels fill the type of an int8 or uint8 input, and for a float32 one it is the one of these "
     "three that the network was quantized for",
     AS_OPTION_DATA, false},
    {"output", 'o', "FILE",
     "Write the outputs, raw values of the model's own type, one after the other; FILE.npy: the "
     "one output as an array, of several inferences with one more dimension in front",
     AS_OPTION_DATA, false},
    {"golden", OPTION_GOLDEN, "[NAME=]FILE",
     "Expected outputs of each inference, raw or .npy, in the form of --input", AS_OPTION_DATA,
     true},
    {"reset-state", OPTION_RESET, "N",
     "A sequence has N inferences, the frames of a network with state: its variables have their "
     "initial values again in front of every N-th; without it the inferences of a run are one "
     "sequence",
     AS_OPTION_DATA, false},
    {"stall-percent", OPTION_PERCENT, "P", "Cycles in which the memory is busy, 0..99 %",
     AS_OPTION_STALL, false},
    {"stall-seed", OPTION_SEED, "N", "Which cycles those are; default 1", AS_OPTION_STALL, false},
    {"wave", OPTION_WAVE, "FILE",
     "Write a waveform, of the cycles around a disagreement, which otherwise leaves it in "
     "lockstep.fst in ARRAYSMITH_CACHE, else of the whole run: FILE.vcd, the signals that model "
     "and "
     "RTL share; FILE.fst, every signal of the RTL; FILE.gtkw shows it in GTKWave",
     AS_OPTION_WAVE, false},
    {"wave-window", OPTION_WINDOW, "FROM:TO",
     "The cycles of the waveform; the first of a run is 0, those of the host link count; either "
     "may "
     "be left out",
     AS_OPTION_WAVE, false},
    {"trace", OPTION_TRACE, "FILE",
     "Write a timeline of the run for ui.perfetto.dev: layers, what each engine does and "
     "waits for, traffic on the memory port; 1 ns a cycle (docs/waveforms.md)",
     AS_OPTION_TRACE, false},
    {"program", OPTION_PROGRAM, "FILE",
     "The program that --save-program kept for this accelerator and MODEL, instead of mapping it",
     AS_OPTION_PROGRAM, false},
    {"save-program", OPTION_SAVE_PROGRAM, "FILE",
     "Write the program: descriptors, weights and constants in one file (docs/program.md)",
     AS_OPTION_PROGRAM, false},
};

#define RUN_OPTIONS ((int)(sizeof run_options / sizeof run_options[0]))

static bool is_given(const struct as_run_options *options, int key)
{
    for (int i = 0; i < RUN_OPTIONS; i++)
        if (run_options[i].key == key)
            return options->given >> i & 1;
    return false;
}

/* ---- help ---- */

/* "reference, model, rtl or lockstep": engines that honour all of `needs`. */
static const char *engine_list(struct as_arena *arena, unsigned needs, const char *last)
{
    int count, found = 0, written = 0;
    const struct as_engine *const *engines = as_engines(&count);
    const char *text = "";

    for (int i = 0; i < count; i++)
        found += (engines[i]->honours & needs) == needs;
    for (int i = 0; i < count; i++) {
        if ((engines[i]->honours & needs) != needs)
            continue;
        const char *before = written == 0 ? "" : written == found - 1 ? last : ", ";
        text = as_arena_printf(arena, "%s%s%s", text, before, engines[i]->name);
        written++;
    }
    return text;
}

static const char *make_doc(struct as_arena *arena)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    int count;
    const struct as_engine *const *engines = as_engines(&count);

    fputs("Runs MODEL on an accelerator and prints, for each layer, its cycles and where they "
          "went.\vEngines:\n",
          out);
    for (int i = 0; i < count; i++)
        fprintf(out, "  %-11s  %s\n", engines[i]->name, engines[i]->help);
    fputs("\n"
          "Outputs are compared with the reference engine, and with --golden when given; a "
          "difference ends with exit status 1.  Everything goes through the host link, as on a "
          "board; its cycles are not counted to the layers.  An option that the engine does not "
          "honour is refused:\n",
          out);
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const char *all = engine_list(arena, 0, ", ");
        const char *able = engine_list(arena, run_options[i].needs, ", ");
        if (strcmp(all, able) != 0)
            fprintf(out, "  --%-13s  %s\n", run_options[i].name, able);
    }
    fputs("\nColumns: ", out);
    as_columns_explain(out);
    fputs(".  The cycles from array busy to drain add up to all.  Layers overlap: a layer's cycles "
          "end with its last byte written.\n"
          "\n"
          "Examples:\n"
          "  arraysmith run digits --accel icebreaker\n"
          "  arraysmith run net.tflite --accel icebreaker --input in.bin --golden out.bin --json "
          "r.json\n"
          "  arraysmith run net.tflite --accel icebreaker --input photo.jpg --output scores.npy\n"
          "  arraysmith run digits --accel icebreaker --dataflow all\n"
          "  arraysmith run digits --accel icebreaker --engine lockstep --stall-percent 20 "
          "--stall-seed 7",
          out);
    fclose(out);
    const char *doc = as_arena_strdup(arena, text);
    free(text);
    return doc;
}

/* The options as argp wants them, those of the formats last. */
static struct argp_option *make_argp_options(struct as_arena *arena)
{
    int count;
    const struct as_report_format *const *formats = as_report_formats(&count);
    struct argp_option *list = AS_NEW(arena, struct argp_option, RUN_OPTIONS + count + 1);

    for (int i = 0; i < RUN_OPTIONS; i++)
        list[i] = (struct argp_option){.name = run_options[i].name,
                                       .key = run_options[i].key,
                                       .arg = run_options[i].arg,
                                       .doc = run_options[i].doc ? run_options[i].doc
                                                                 : engine_list(arena, 0, " or ")};
    for (int i = 0; i < count && i < AS_RUN_FORMATS_MAX; i++)
        list[RUN_OPTIONS + i] = (struct argp_option){.name = formats[i]->name,
                                                     .key = OPTION_FORMAT + i,
                                                     .arg = "FILE",
                                                     .doc = formats[i]->help};
    return list;
}

/* ---- reading ---- */

static void choose_engine(struct argp_state *state, struct as_run_options *options,
                          const char *name)
{
    const char *names[ENGINES_MAX];
    int count;
    const struct as_engine *const *engines = as_engines(&count);

    options->engine = as_engine_find(name);
    if (options->engine)
        return;
    for (int i = 0; i < count; i++)
        names[i] = engines[i]->name;
    const char *nearest = as_nearest(name, names, count);
    argp_error(state, "unknown engine \"%s\"%s%s%s", name, nearest ? "; did you mean \"" : "",
               nearest ? nearest : "", nearest ? "\"?" : "");
}

static void add_file(struct argp_state *state, const char **files, int *count, const char *file)
{
    if (*count == AS_RUN_FILES_MAX)
        argp_error(state, "more than %d files", AS_RUN_FILES_MAX);
    else
        files[(*count)++] = file;
}

static unsigned long long read_number(struct argp_state *state, const char *option,
                                      const char *text, unsigned long long max)
{
    char *end;

    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno == ERANGE || value > max)
        argp_error(state, "%s is \"%s\", expected 0..%llu", option, text, max);
    return value;
}

/* "FROM:TO", either of which may be left out. */
static void read_window(struct argp_state *state, struct as_run_window *window, const char *text)
{
    const char *colon = strchr(text, ':');
    char from[32];

    *window = (struct as_run_window){0, AS_RUN_CYCLE_MAX};
    if (!colon || strcmp(text, ":") == 0) {
        argp_error(state, "--wave-window is \"%s\", expected FROM:TO, FROM: or :TO", text);
        return;
    }
    snprintf(from, sizeof from, "%.*s", (int)(colon - text), text);
    if (colon != text)
        window->first = read_number(state, "FROM of --wave-window", from, AS_RUN_CYCLE_MAX);
    if (colon[1])
        window->last = read_number(state, "TO of --wave-window", colon + 1, AS_RUN_CYCLE_MAX);
    if (window->first > window->last)
        argp_error(state, "--wave-window is \"%s\", expected FROM <= TO", text);
}

/* "LOW:HIGH", two numbers that differ. */
static void read_range(struct argp_state *state, struct as_image_range *range, const char *text)
{
    int end = 0;

    range->given = true;
    if (sscanf(text, "%lf:%lf%n", &range->low, &range->high, &end) != 2 || text[end] != '\0' ||
        !isfinite(range->low) || !isfinite(range->high) || !(range->low < range->high))
        argp_error(state, "--image-range is \"%s\", expected LOW:HIGH, numbers with LOW < HIGH",
                   text);
}

/* An option that says how to read images, without one. */
static void check_images(struct argp_state *state, const struct as_run_options *options)
{
    for (int i = 0; i < options->input_count; i++)
        if (as_is_image_name(options->inputs[i]))
            return;
    if (options->image_range.given)
        argp_error(state, "--image-range has no effect without an image, --input FILE.png or .jpg");
}

/* Notes that an option is given; once, unless it may be repeated. */
static void note(struct argp_state *state, struct as_run_options *options, int key)
{
    for (int i = 0; i < RUN_OPTIONS; i++) {
        if (run_options[i].key != key)
            continue;
        if (options->given >> i & 1 && !run_options[i].many)
            argp_error(state, "--%s is given twice", run_options[i].name);
        options->given |= 1u << i;
    }
}

static error_t read_format(struct argp_state *state, struct as_run_options *options, int key,
                           char *arg)
{
    int count;
    const struct as_report_format *const *formats = as_report_formats(&count);
    int i = key - OPTION_FORMAT;

    if (i < 0 || i >= count || i >= AS_RUN_FORMATS_MAX)
        return ARGP_ERR_UNKNOWN;
    if (options->reports[i])
        argp_error(state, "--%s is given twice", formats[i]->name);
    options->reports[i] = arg;
    return 0;
}

/* ---- what goes together ---- */

/* Options that the engine does not honour. */
static void check_engine(struct argp_state *state, const struct as_run_options *options)
{
    struct as_arena *arena = as_arena_new();

    for (int i = 0; i < RUN_OPTIONS; i++) {
        const struct run_option *option = &run_options[i];
        if (options->given >> i & 1 && option->needs & ~options->engine->honours)
            argp_error(state, "--%s has no effect on engine %s; it needs --engine %s", option->name,
                       options->engine->name, engine_list(arena, option->needs, " or "));
    }
    as_arena_free(arena);
}

/* The format of a waveform is in its name. */
static void check_wave(struct argp_state *state, const struct as_run_options *options)
{
    struct as_arena *arena = as_arena_new();
    bool fst = options->wave && as_ends_with(options->wave, ".fst");

    if (options->wave && !fst && !as_ends_with(options->wave, ".vcd"))
        argp_error(state, "--wave is \"%s\", expected FILE.vcd or FILE.fst", options->wave);
    if (fst && !(options->engine->honours & AS_OPTION_FST))
        argp_error(state,
                   "--wave %s has no effect on engine %s; an FST needs --engine %s, others write "
                   "FILE.vcd",
                   options->wave, options->engine->name, engine_list(arena, AS_OPTION_FST, " or "));
    if (is_given(options, OPTION_WINDOW) && !options->wave)
        argp_error(state, "--wave-window has no effect without --wave");
    if (options->all_dataflows && (options->wave || options->trace))
        argp_error(state, "--%s is one file, --dataflow all are several runs",
                   options->wave ? "wave" : "trace");
    as_arena_free(arena);
}

static void check_options(struct argp_state *state, const struct as_run_options *options)
{
    if (!options->model)
        argp_error(state, "no MODEL given");
    check_engine(state, options);
    if (!options->accel.accel && options->engine->needs_accelerator)
        argp_error(state, "no accelerator given: --accel ACCEL");
    if (!options->accel.accel && options->accel.set_count > 0)
        argp_error(state, "--set %s changes no accelerator: --accel ACCEL", options->accel.sets[0]);
    if (is_given(options, OPTION_SEED) && !is_given(options, OPTION_PERCENT))
        argp_error(state, "--stall-seed has no effect without --stall-percent");
    check_wave(state, options);
    check_images(state, options);
    if (options->all_dataflows && (options->program || options->save_program))
        argp_error(state, "--%s is one file, --dataflow all are several programs",
                   options->program ? "program" : "save-program");
    if (options->program && options->save_program)
        argp_error(state, "--save-program would write what --program reads");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct as_run_options *options = state->input;

    note(state, options, key);
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->accel;
        return 0;
    case OPTION_ENGINE:
        choose_engine(state, options, arg);
        return 0;
    case 'i':
        add_file(state, options->inputs, &options->input_count, arg);
        return 0;
    case OPTION_GOLDEN:
        add_file(state, options->goldens, &options->golden_count, arg);
        return 0;
    case OPTION_RANGE:
        read_range(state, &options->image_range, arg);
        return 0;
    case 'o':
        options->output = arg;
        return 0;
    case OPTION_DATAFLOW:
        options->dataflow = arg;
        options->all_dataflows = strcmp(arg, "all") == 0;
        return 0;
    case OPTION_WAVE:
        options->wave = arg;
        return 0;
    case OPTION_TRACE:
        options->trace = arg;
        return 0;
    case OPTION_WINDOW:
        read_window(state, &options->wave_window, arg);
        options->has_window = true;
        return 0;
    case OPTION_PROGRAM:
        options->program = arg;
        return 0;
    case OPTION_SAVE_PROGRAM:
        options->save_program = arg;
        return 0;
    case OPTION_SEED:
        options->stall_seed = read_number(state, "--stall-seed", arg, UINT64_MAX);
        return 0;
    case OPTION_RESET:
        options->reset_every = (int)read_number(state, "--reset-state", arg, INT_MAX);
        if (options->reset_every == 0)
            argp_error(state, "--reset-state is \"%s\", expected 1..%d", arg, INT_MAX);
        return 0;
    case OPTION_PERCENT:
        options->stall_percent = (int)read_number(state, "--stall-percent", arg, 99);
        return 0;
    case ARGP_KEY_ARG:
        if (options->model)
            argp_error(state, "one MODEL only, \"%s\" is too much", arg);
        options->model = arg;
        return 0;
    case ARGP_KEY_END:
        check_options(state, options);
        return 0;
    default:
        return read_format(state, options, key, arg);
    }
}

const struct argp *as_run_options_argp(struct as_arena *arena, struct as_run_options *options)
{
    static const struct argp_child children[] = {{&as_cli_accel_argp, 0, NULL, 0}, {0}};
    struct argp *argp = AS_NEW(arena, struct argp, 1);

    *options = (struct as_run_options){.engine = as_engine_find(DEFAULT_NAME), .stall_seed = 1};
    *argp = (struct argp){.options = make_argp_options(arena),
                          .parser = parse_option,
                          .args_doc = "MODEL",
                          .doc = make_doc(arena),
                          .children = children};
    return argp;
}
