/* Laws of programs with state: variables lie at the end of the image, nothing else does, and their
 * bytes live from one inference to the next until a reset. */
#include <criterion/criterion.h>
#include <string.h>
#include <xxhash.h>

#include "cli/run_inputs.h"
#include "dataflows/build.h"
#include "gen/config/fit.h"
#include "models/import/importers.h"
#include "sim/engines/engine.h"
#include "tests/unit/helpers/config_make.h"
#include "tests/unit/helpers/tflite_build.h"

#define FRAMES   6
#define NETWORKS 12

static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(state_program, .init = setup, .fini = teardown, .timeout = 120);

/* A random network in which something lives from one inference to the next; NULL: that seed has
 * none. */
static struct as_network *draw(int seed)
{
    struct build *b = build_new((uint64_t)seed);
    struct build_limits limits = build_limits_default();
    struct as_network *net = NULL;
    size_t bytes;

    limits.kinds =
        UINT64_C(1) << BUILD_STATE | UINT64_C(1) << BUILD_CONV_2D | UINT64_C(1) << BUILD_MEAN;
    limits.layers = 3;
    limits.edges = true;
    if (build_network(b, &limits)) {
        const uint8_t *file = build_finish(b, &bytes);
        cr_assert_eq(as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag),
                     AS_OK, "%s", diag.text);
    }
    build_free(b);
    return net && net->variable_count > 0 ? net : NULL;
}

/* NULL: the network needs what this accelerator lacks. */
static struct as_program *map(const struct as_config *cfg, const struct as_network *net)
{
    struct as_program *program = NULL;

    enum as_status status = as_program_build(arena, cfg, net, &program, &diag);
    cr_assert(status == AS_OK || status == AS_ERR_UNSUPPORTED, "%s", diag.text);
    return status == AS_OK ? program : NULL;
}

/* Frames on the model, which compares every layer with the reference; the outputs. */
static struct as_run run_frames(const struct as_config *cfg, const struct as_network *net,
                                const struct as_program *program, int reset_every, bool same_input)
{
    struct as_run run = {0};
    const int8_t *inputs[FRAMES];
    int8_t **tensors[FRAMES];

    for (int i = 0; i < FRAMES; i++) {
        size_t bytes = as_ports_bytes(net, &net->inputs);
        int8_t *input = as_arena_alloc(arena, bytes);
        for (size_t n = 0; n < bytes; n++)
            input[n] = (int8_t)(uint8_t)((n * n + 31 * n * (same_input ? 1 : (size_t)i + 1)) % 251);
        inputs[i] = input;
        cr_assert_eq(as_reference_tensors(arena, net, inputs[i],
                                          as_run_resets(reset_every, i) ? NULL : tensors[i - 1],
                                          &tensors[i], &diag),
                     AS_OK);
    }
    const struct as_run_setup given = {.cfg = cfg,
                                       .net = net,
                                       .program = program,
                                       .input_count = FRAMES,
                                       .inputs = inputs,
                                       .expected = (int8_t *const *const *)tensors,
                                       .reset_every = reset_every,
                                       .command = "this command"};
    cr_assert_eq(as_engine_find("model")->run(arena, &given, &run, &diag), AS_OK, "%s", diag.text);
    int8_t *want = as_arena_alloc(arena, as_ports_bytes(net, &net->outputs));
    for (int i = 0; i < FRAMES; i++) {
        as_ports_gather(net, tensors[i], want);
        cr_assert_arr_eq(run.inferences[i].output, want, as_ports_bytes(net, &net->outputs),
                         "output %d", i);
    }
    return run;
}

static struct as_config config_of(const char *dataflow)
{
    struct as_config base = test_config_make(3, 4), cfg;

    base.hw.mem_bytes = 1 << 18;
    test_config_derive(&base);
    cr_assert_eq(as_fit_config(&base, as_dataflow_find(dataflow), &cfg, &diag), AS_OK, "%s",
                 diag.text);
    return cfg;
}

Test(state_program, a_variables_bytes_survive_until_the_next_inference_on_every_kind_of_array)
{
    static const char *const dataflows[] = {"systolic-ws", "systolic-os", "systolic-is",
                                            "dadiannao"};

    for (int k = 0; k < 4; k++) {
        struct as_config cfg = config_of(dataflows[k]);
        for (int seed = 0, ran = 0; ran < NETWORKS; seed++) {
            struct as_network *net = draw(seed);
            struct as_program *program = net ? map(&cfg, net) : NULL;
            if (!program)
                continue;
            run_frames(&cfg, net, program, 0, false);
            ran++;
        }
    }
}

Test(state_program, a_reset_gives_the_first_output_again)
{
    struct as_config cfg = config_of("systolic-ws");
    int changed = 0;

    for (int seed = 0, ran = 0; ran < NETWORKS; seed++) {
        struct as_network *net = draw(seed);
        struct as_program *program = net ? map(&cfg, net) : NULL;
        if (!program)
            continue;
        size_t bytes = as_ports_bytes(net, &net->outputs);
        struct as_run run = run_frames(&cfg, net, program, 2, true);
        for (int i = 2; i < FRAMES; i++)
            cr_assert_arr_eq(run.inferences[i].output, run.inferences[i % 2].output, bytes);
        changed += memcmp(run.inferences[0].output, run.inferences[1].output, bytes) != 0;
        ran++;
    }
    cr_assert_gt(changed, NETWORKS / 2, "state has an effect in %d networks", changed);
}

/* A program's file with another number in the place of its bytes of variables. */
static enum as_status parse_with(const struct as_config *cfg, const struct as_program *p,
                                 uint32_t state_bytes)
{
    struct as_program *again;
    uint8_t *file;
    size_t bytes, at = 24 + 4 * AS_TARGET_COUNT + 2 + strlen(p->movement) + 2 + strlen(p->model);
    uint32_t image_bytes;

    as_program_serialise(arena, p, &file, &bytes);
    memcpy(&image_bytes, file + at, 4);
    cr_assert_eq(image_bytes, p->image_bytes);
    memcpy(file + at + 4, &state_bytes, 4);
    uint64_t checksum = XXH3_64bits(file + 24, bytes - 24);
    memcpy(file + 16, &checksum, 8);
    as_diag_init(&diag);
    return as_program_parse(arena, file, bytes, "f", &cfg->hw, &again, &diag);
}

Test(state_program, variables_of_a_file_end_its_image_and_no_layer_writes_before_them)
{
    struct as_config cfg = config_of("systolic-ws");
    struct as_network *net = NULL;
    struct as_program *p = NULL;

    for (int seed = 0; !p; seed++)
        if ((net = draw(seed)))
            p = map(&cfg, net);
    cr_assert_eq(parse_with(&cfg, p, p->state_bytes), AS_OK, "%s", diag.text);
    cr_assert_eq(parse_with(&cfg, p, p->state_bytes - 1), AS_ERR_PARSE);
    cr_assert_not_null(strstr(diag.text, "expected to begin at a multiple of 16"), "%s", diag.text);
    cr_assert_eq(parse_with(&cfg, p, p->image_bytes + 16), AS_ERR_PARSE);
    cr_assert_eq(parse_with(&cfg, p, p->image_bytes), AS_ERR_PARSE, "streams lie before them");
    cr_assert_eq(parse_with(&cfg, p, 0), AS_ERR_MISMATCH, "a store writes the image");
}

static bool overlap(const struct as_program_tensor *a, uint32_t from, uint32_t to)
{
    return a->bytes > 0 && a->address < to && a->address + a->bytes > from;
}

Test(state_program, variables_end_the_image_and_nothing_else_lies_there)
{
    struct as_config cfg = config_of("systolic-ws");

    for (int seed = 0; seed < 60; seed++) {
        struct as_network *net = draw(seed);
        struct as_program *p = net ? map(&cfg, net) : NULL;
        if (!p)
            continue;
        cr_assert_gt(p->state_bytes, 0);
        bool *lies = AS_NEW(arena, bool, net->tensor_count);
        int *root = AS_NEW(arena, int, net->tensor_count);
        as_network_roots(net, root);
        for (int i = 0; i < net->variable_count; i++) {
            const struct as_variable *v = &net->variables[i];
            const struct as_program_tensor *place = &p->tensors[v->tensor];
            cr_assert_eq(place->address, p->tensors[v->next].address);
            cr_assert_geq(place->address, as_program_state(p));
            cr_assert_leq(place->address + place->bytes, p->image_bytes);
            cr_assert_arr_eq(p->image + place->address, v->initial, place->bytes);
            for (int n = 0; n < i; n++)
                cr_assert(!overlap(&p->tensors[net->variables[n].tensor], place->address,
                                   place->address + place->bytes));
            lies[root[v->tensor]] = lies[root[v->next]] = true;
        }
        for (int t = 0; t < net->tensor_count; t++)
            cr_assert(lies[root[t]] || !overlap(&p->tensors[t], 0, p->image_bytes), "tensor %d", t);
    }
}
