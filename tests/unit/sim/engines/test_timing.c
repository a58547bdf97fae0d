/* The engine `timing` reports what the engine `model` does. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/run_inputs.h"
#include "dataflows/build.h"
#include "models/import/importers.h"
#include "sim/engines/engine.h"

Test(engine_timing, every_counter_of_every_layer_is_the_models)
{
    struct as_arena *arena = as_arena_new();
    struct as_config *cfg;
    struct as_network *net;
    struct as_program *program;
    struct as_diag diag;
    const int8_t *input;
    int8_t **tensors;
    const char *label;
    struct as_run model = {0}, timing = {0};

    as_diag_init(&diag);
    cr_assert_eq(as_config_load(arena, "boards/icebreaker/accel.yaml", NULL, 0, &cfg, &diag), AS_OK,
                 "%s", diag.text);
    cr_assert_eq(as_model_open(arena, "digits", &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_default_input(arena, "digits", net, &input, &label, &diag), AS_OK);
    cr_assert_eq(as_reference_tensors(arena, net, input, NULL, &tensors, &diag), AS_OK);
    const struct as_run_setup setup = {.net = net,
                                       .cfg = cfg,
                                       .program = program,
                                       .input_count = 1,
                                       .inputs = &input,
                                       .expected = (int8_t *const *const *)&tensors,
                                       .command = "none"};
    cr_assert_eq(as_engine_find("model")->run(arena, &setup, &model, &diag), AS_OK);
    cr_assert_eq(as_engine_find("timing")->run(arena, &setup, &timing, &diag), AS_OK);
    cr_assert_eq(timing.inference_count, 1);
    cr_assert_eq(memcmp(&timing.inferences[0].total, &model.inferences[0].total,
                        sizeof model.inferences[0].total),
                 0);
    cr_assert_eq(memcmp(timing.inferences[0].layers, model.inferences[0].layers,
                        sizeof *model.inferences[0].layers * (size_t)program->layer_count),
                 0);
    as_arena_free(arena);
}
