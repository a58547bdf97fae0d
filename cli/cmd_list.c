/* arraysmith list: what there is to choose from, and what is in a network. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/home.h"
#include "boards/flow/board.h"
#include "gen/config/dataflow.h"
#include "gen/config/fit.h"
#include "cli/cli.h"
#include "cli/list_model.h"
#include "gen/config/params.h"
#include "base/text.h"
#include "models/arith/edge.h"
#include "models/import/catalogue.h"
#include "models/import/importers.h"
#include "models/lower/lower.h"

enum { OPTION_MARKDOWN = 0x400, OPTION_FIT };

struct arguments {
    const struct list *list; /* NULL: not chosen */
    const char *model;       /* of the list of a network */
    bool markdown;
    const char *fit;        /* NULL: not given */
    int fit_rows, fit_cols; /* PEs */
};

static const struct argp_option options[] = {
    {"markdown", OPTION_MARKDOWN, NULL, 0, "The parameters as a table of Markdown", 0},
    {"fit", OPTION_FIT, "RxC", 0,
     "Of each dataflow, and of each legal movement without a name, the options that make it an "
     "array "
     "of R rows and C columns, a line each",
     0},
    {0}};

static const char doc[] =
    "Lists the built-in models, the dataflows, the boards, the kinds of layers "
    "that every dataflow executes, or the parameters of a description; or what is in MODEL, a "
    "file, "
    "a built-in name or the shape of a layer."
    "\v"
    "Of a MODEL: its inputs and outputs with the shape, type and quantization of their values, and "
    "what the host converts; then a line a layer: the operator it comes from, the tensor it "
    "writes, kernel and stride in rows x columns (d: dilation), multiply-accumulates, bytes of "
    "weights, biases and constants, the scale and zero point of its output, and what does the "
    "work: the array, its lookup tables, copies in memory, or nothing where only a name changes.  "
    "A "
    "MODEL that cannot run is refused with all reasons at once.\n"
    "\n"
    "Examples:\n"
    "  arraysmith list models\n"
    "  arraysmith list net.tflite\n"
    "  arraysmith list parameters\n"
    "  arraysmith list dataflows --fit 8x8\n"
    "  arraysmith run digits --accel icebreaker \\\n"
    "      $(arraysmith list dataflows --fit 4x4 | grep streaming)";

static enum as_status list_models(const struct arguments *arguments, struct as_arena *arena,
                                  struct as_diag *diag)
{
    const char *const *names;
    int count;

    (void)arguments;
    as_builtin_models(&names, &count);
    printf("%-16s %10s %7s %12s %12s\n", "model", "MACs", "layers", "input bytes", "output bytes");
    for (int i = 0; i < count; i++) {
        struct as_network *net;
        unsigned long long macs = 0;
        AS_TRY(as_model_open(arena, names[i], &net, diag));
        for (int l = 0; l < net->layer_count; l++)
            macs += net->layers[l].macs;
        printf("%-16s %10llu %7d %12zu %12zu\n", names[i], macs, net->layer_count,
               as_edge_bytes(net, &net->inputs), as_edge_bytes(net, &net->outputs));
    }
    return AS_OK;
}

/* For scripts: nothing but the lines of options. */
static void fit_dataflows(int rows, int cols)
{
    struct as_dataflow unnamed[AS_MOVEMENTS];
    int count;
    const char *const *names = as_dataflow_names(&count);

    for (int i = 0; i < count; i++)
        as_fit_print(stdout, as_dataflow_find(names[i]), rows, cols);
    count = as_fit_unnamed(unnamed);
    for (int i = 0; i < count; i++)
        as_fit_print(stdout, &unnamed[i], rows, cols);
}

static enum as_status list_dataflows(const struct arguments *arguments, struct as_arena *arena,
                                     struct as_diag *diag)
{
    static const char format[] = "%-14s %-11s %-11s %-11s %-13s %-21s %s\n";
    int count;
    const char *const *names = as_dataflow_names(&count);

    (void)diag;
    if (arguments->fit) {
        fit_dataflows(arguments->fit_rows, arguments->fit_cols);
        return AS_OK;
    }
    printf(format, "dataflow", "ifmap", "weight", "psum", "unroll", "known as", "suits");
    for (int i = 0; i < count; i++) {
        const struct as_dataflow *row = as_dataflow_find(names[i]);
        char unroll[64];

        as_unroll_text(row->unroll, unroll, sizeof unroll);
        printf(format, row->name, as_move_name(row->ifmap), as_move_name(row->weight),
               as_move_name(row->psum), as_arena_printf(arena, "{%s}", unroll), row->known_as,
               row->suits);
    }
    printf("\n"
           "unroll: of a description that gives none.  `dataflow: custom` moves operands as\n"
           "movement.ifmap, movement.weight and movement.psum say; exactly one is stationary:\n"
           "  weight  rows unroll C, R, S; columns K.     ifmap forwarded or broadcast, psum "
           "forwarded or tree\n"
           "  psum    rows unroll P, Q;    columns K.     ifmap and weight forwarded or broadcast\n"
           "  ifmap   rows unroll C, R, S; columns P, Q.  weight forwarded or broadcast, psum "
           "forwarded or tree\n");
    return AS_OK;
}

static enum as_status list_boards(const struct arguments *arguments, struct as_arena *arena,
                                  struct as_diag *diag)
{
    int count;
    const char *const *names = as_board_names(arena, &count);

    (void)arguments;
    printf("%-16s %-8s %-10s %-12s %s\n", "board", "family", "device", "package", "description");
    for (int i = 1; i < count; i++) { /* 0 is "none" */
        const struct as_board *board;
        AS_TRY(as_board_load(arena, names[i], &board, diag));
        printf("%-16s %-8s %-10s %-12s %s\n", names[i], board->family->name, board->device->name,
               board->package, board->description);
    }
    return AS_OK;
}

static enum as_status list_layers(const struct arguments *arguments, struct as_arena *arena,
                                  struct as_diag *diag)
{
    (void)arguments;
    (void)diag;
    printf("%-18s operators of a .tflite file\n", "layer");
    for (int op = 0; op < AS_OP_COUNT; op++)
        printf("%-18s %s\n", as_op_name((enum as_op)op), as_lower_operators(arena, (enum as_op)op));
    printf("%-18s QUANTIZE, DEQUANTIZE of a float32 or uint8 input or output; ARG_MAX, ARG_MIN, "
           "LOG_SOFTMAX of an output\n"
           "%-18s SHAPE, and STRIDED_SLICE, PACK, CONCATENATION of what it gives\n"
           "%-18s %s\n",
           "(the host)", "(no work)", "(variables)", as_lower_state_operators(arena));
    const char *extension, *operators;
    for (int i = 0; (operators = as_model_operators(arena, i, &extension)); i++)
        printf("\noperators of a %s file: %s\n", extension, operators);
    return AS_OK;
}

static enum as_status list_parameters(const struct arguments *arguments, struct as_arena *arena,
                                      struct as_diag *diag)
{
    (void)arena;
    (void)diag;
    as_config_print_params(stdout, arguments->markdown);
    return AS_OK;
}

static enum as_status list_model(const struct arguments *arguments, struct as_arena *arena,
                                 struct as_diag *diag)
{
    struct as_network *net;

    AS_TRY(as_model_open(arena, arguments->model, &net, diag));
    as_list_model(stdout, arena, net);
    return AS_OK;
}

static const struct list {
    const char *name;
    enum as_status (*print)(const struct arguments *arguments, struct as_arena *arena,
                            struct as_diag *diag);
    bool takes_markdown;
} lists[] = {
    {"models", list_models, false},        {"dataflows", list_dataflows, false},
    {"boards", list_boards, false},        {"layers", list_layers, false},
    {"parameters", list_parameters, true},
};

static const struct list model_list = {"a model", list_model, false};

#define LIST_COUNT ((int)(sizeof lists / sizeof lists[0]))
#define LIST_NAMES "models, dataflows, boards, layers, parameters or a MODEL"

static void choose_list(struct argp_state *state, struct arguments *arguments, const char *name)
{
    const char *names[LIST_COUNT];

    if (arguments->list)
        argp_error(state, "one list at a time, \"%s\" is too much", name);
    for (int i = 0; i < LIST_COUNT; i++) {
        names[i] = lists[i].name;
        if (strcmp(name, names[i]) == 0)
            arguments->list = &lists[i];
    }
    if (arguments->list)
        return;
    if (as_model_is(name)) {
        arguments->list = &model_list;
        arguments->model = name;
        return;
    }
    const char *nearest = as_nearest(name, names, LIST_COUNT);
    argp_error(state, "no list and no model \"%s\", expected " LIST_NAMES "%s%s%s", name,
               nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static void read_fit(struct argp_state *state, struct arguments *arguments, const char *text)
{
    const int most = as_params[AS_INDEX_unroll_given_K].max;
    int *rows = &arguments->fit_rows, *cols = &arguments->fit_cols, end = 0;

    arguments->fit = text;
    if (sscanf(text, "%dx%d%n", rows, cols, &end) != 2 || text[end] != '\0' || *rows < 1 ||
        *rows > most || *cols < 1 || *cols > most)
        argp_error(state, "--fit is %s, expected RxC, rows and columns of 1..%d PEs such as 4x8",
                   text, most);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case OPTION_MARKDOWN:
        arguments->markdown = true;
        return 0;
    case OPTION_FIT:
        read_fit(state, arguments, arg);
        return 0;
    case ARGP_KEY_ARG:
        choose_list(state, arguments, arg);
        return 0;
    case ARGP_KEY_END:
        if (!arguments->list)
            argp_error(state, "which list? " LIST_NAMES);
        if (arguments->markdown && !arguments->list->takes_markdown)
            argp_error(state, "--markdown goes with the list of parameters, not with %s",
                       arguments->list->name);
        if (arguments->fit && arguments->list->print != list_dataflows)
            argp_error(state, "--fit goes with the list of dataflows, not with %s",
                       arguments->list->name);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum as_status print_list(struct as_arena *arena, const void *input, struct as_diag *diag)
{
    const struct arguments *arguments = input;

    AS_TRY(as_home_check(diag));
    return arguments->list->print(arguments, arena, diag);
}

int as_cmd_list(int argc, char **argv)
{
    static const struct argp argp = {.options = options,
                                     .parser = parse_option,
                                     .args_doc = "models|dataflows|boards|layers|parameters|MODEL",
                                     .doc = doc};
    struct arguments arguments = {0};

    return as_cli_run(&argp, argc, argv, &arguments, print_list);
}
