/* arraysmith gen: the files of an accelerator. */
#include <stdio.h>
#include <stdlib.h>

#include "base/progress.h"
#include "boards/flow/package.h"
#include "cli/cli.h"
#include "cli/run_inputs.h"
#include "dataflows/build.h"
#include "gen/emit/emit.h"
#include "models/arith/edge.h"
#include "models/import/importers.h"
#include "sim/engines/engine.h"

struct arguments {
    struct as_cli_accel accel;
    const char *dir;
    const char *model, *input; /* NULL: none */
};

static const char doc[] =
    "Writes the Verilog of an accelerator to DIR, with the top and the constraints of its board, a "
    "FuseSoC .core, the table of its parameters, a testbench and a README that says what each file "
    "is."
    "\v"
    "Everything is checked first: an accelerator that cannot be built is refused, with file, line "
    "and bound, and nothing is written.  The same description gives the same bytes.\n"
    "\n"
    "Examples:\n"
    "  arraysmith gen icebreaker -o out\n"
    "  arraysmith gen icebreaker --model digits -o out && make -C out\n"
    "  arraysmith gen my.yaml --set unroll.C=8 --set unroll.K=8 -o out\n"
    "\n"
    "Keys of a description, their defaults and bounds: `arraysmith list parameters`.";

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Folder to write; created when missing", 0},
    {"model", 'm', "MODEL", 0,
     "The testbench runs this network, from its program in DIR: output and counters have to be "
     "those "
     "of the cycle model",
     0},
    {"input", 'i', "FILE", 0,
     "Its input, raw values, .npy or an image, instead of the model's first one", 0},
    {0}};

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
    case 'm':
        arguments->model = arg;
        return 0;
    case 'i':
        arguments->input = arg;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->dir)
            argp_error(state, "no folder given: -o DIR");
        if (arguments->input && !arguments->model)
            argp_error(state, "--input is of a network: --model MODEL");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A file of all inputs, the model's own values. */
static enum as_status read_input(struct as_arena *arena, const struct as_network *net,
                                 const char *file, const int8_t **input, struct as_diag *diag)
{
    int8_t *bytes = as_arena_alloc(arena, as_ports_bytes(net, &net->inputs));
    struct as_image_use images = {0};
    const uint8_t *own;
    int count;

    AS_TRY(
        as_read_ports(arena, net, &net->inputs, &file, 1, "input", &images, &own, 1, &count, diag));
    if (images.notes)
        fputs(images.notes, stdout);
    as_edge_take(net, own, bytes);
    *input = bytes;
    return AS_OK;
}

/* One inference on the cycle model. */
static enum as_status infer(struct as_arena *arena, const struct as_config *cfg,
                            const struct arguments *arguments, const struct as_emit_inference **out,
                            struct as_diag *diag)
{
    struct as_emit_inference *inference = AS_NEW(arena, struct as_emit_inference, 1);
    struct as_run *run = AS_NEW(arena, struct as_run, 1);
    const struct as_engine *model = as_engine_find("model");
    struct as_network *net;
    struct as_program *program;
    const int8_t *input;
    const char *label;
    int8_t **tensors;

    AS_TRY(as_model_open(arena, arguments->model, &net, diag));
    if (arguments->input)
        AS_TRY(read_input(arena, net, arguments->input, &input, diag));
    else
        AS_TRY(as_default_input(arena, arguments->model, net, &input, &label, diag));
    AS_TRY(as_reference_tensors(arena, net, input, NULL, &tensors, diag));
    AS_TRY(as_program_build(arena, cfg, net, &program, diag));
    const struct as_run_setup setup = {.net = net,
                                       .cfg = cfg,
                                       .program = program,
                                       .input_count = 1,
                                       .inputs = &input,
                                       .expected = (int8_t *const *const *)&tensors,
                                       .command = "gen"};
    AS_TRY(model->run(arena, &setup, run, diag));
    int8_t *output = as_arena_alloc(arena, as_ports_bytes(net, &net->outputs));
    as_ports_gather(net, tensors, output);
    *inference = (struct as_emit_inference){.program = program,
                                            .input = input,
                                            .output = output,
                                            .counters = run->inferences[0].total.events};
    *out = inference;
    return AS_OK;
}

static enum as_status generate(struct as_arena *arena, const void *input, struct as_diag *diag)
{
    const struct arguments *arguments = input;
    struct as_config *cfg;
    const struct as_emit_inference *inference = NULL;
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);

    AS_TRY(as_cli_load(arena, &arguments->accel, &cfg, diag));
    if (arguments->model)
        AS_TRY(infer(arena, cfg, arguments, &inference, diag));
    as_progress_done();
    AS_TRY(as_package(arena, cfg, inference, set, diag));
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
