/* Laws of the published models: their programs give the bytes of their golden tensors. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataflows/build.h"
#include "models/import/importers.h"
#include "tests/unit/helpers/program_interp.h"
#include "tests/unit/helpers/program_make.h"

TestSuite(program_goldens, .init = program_setup, .fini = program_teardown, .timeout = 900);

static int8_t *read_file(const char *path, size_t bytes)
{
    int8_t *data = as_arena_alloc(arena, bytes);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fread(data, 1, bytes, file), bytes, "%s", path);
    fclose(file);
    return data;
}

/* Runs the first `inputs` golden vectors on the arrays that the models are tried on. */
static void expect_goldens(const char *model, const char *file, int inputs)
{
    static const int shapes[][4] = {
        {4, 4, 32, 1 << 20}, {8, 8, 64, 1 << 20}, {3, 5, 32, 1 << 20}, {16, 16, 128, 1 << 20},
        {5, 3, 32, 1 << 20}, {1, 1, 32, 1 << 21}, {2, 7, 32, 1 << 20}};
    const char *shared = getenv("ARRAYSMITH_SHARED");
    if (!shared)
        shared = "../shared";
    const char *path = as_arena_printf(arena, "%s/models/%s/%s", shared, model, file);
    if (access(path, R_OK) != 0)
        cr_skip_test("%s is absent: set ARRAYSMITH_SHARED", path);

    struct as_network *net;
    cr_assert_eq(as_model_open(arena, path, &net, &diag), AS_OK, "%s", diag.text);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        struct as_config cfg = config_of(shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3]);
        struct as_program *p;
        cr_assert_eq(as_program_build(arena, &cfg, net, &p, &diag), AS_OK, "%s", diag.text);
        struct interp *m = interp_new(arena, &cfg.hw);
        int8_t *got = as_arena_alloc(arena, p->output.bytes);
        for (int i = 0; i < inputs; i++) {
            const char *in =
                as_arena_printf(arena, "%s/models/%s/inputs/%03d.bin", shared, model, i);
            const char *out =
                as_arena_printf(arena, "%s/models/%s/golden/%03d.bin", shared, model, i);
            const int8_t *want = read_file(out, p->output.bytes);
            cr_assert(interp_run(m, p, read_file(in, p->input.bytes), got,
                                 i % 2 == 0 ? INTERP_LOADS_LATE : INTERP_LOADS_EARLY));
            cr_assert_arr_eq(got, want, p->output.bytes, "%s %dx%d input %d", model, cfg.hw.rows,
                             cfg.hw.cols, i);
        }
    }
}

Test(program_goldens, kws)
{
    expect_goldens("kws", "kws_ref_model.tflite", 2);
}

Test(program_goldens, ic)
{
    expect_goldens("ic", "pretrainedResnet_quant.tflite", 2);
}

Test(program_goldens, vww)
{
    expect_goldens("vww", "vww_96_int8.tflite", 2);
}

Test(program_goldens, ad)
{
    expect_goldens("ad", "ad01_int8.tflite", 2);
}

Test(program_goldens, ic_fits_the_memory_of_the_smallest_board)
{
    const char *shared = getenv("ARRAYSMITH_SHARED");
    const char *path = as_arena_printf(arena, "%s/models/ic/pretrainedResnet_quant.tflite",
                                       shared ? shared : "../shared");
    if (access(path, R_OK) != 0)
        cr_skip_test("%s is absent: set ARRAYSMITH_SHARED", path);
    struct as_network *net;
    struct as_program *p;
    struct as_config cfg = config_of(4, 4, 32, 131072);
    uint64_t cycles = 0;
    cr_assert_eq(as_model_open(arena, path, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, &cfg, net, &p, &diag), AS_OK, "%s", diag.text);
    for (int i = 0; i < p->layer_count; i++)
        cycles += as_program_estimate(p, i);
    cr_assert_leq(cycles, 920000); /* of its layers, timed */
}

Test(program_goldens, kws_layers_keep_the_array_busy)
{
    const char *shared = getenv("ARRAYSMITH_SHARED");
    const char *path =
        as_arena_printf(arena, "%s/models/kws/kws_ref_model.tflite", shared ? shared : "../shared");
    if (access(path, R_OK) != 0)
        cr_skip_test("%s is absent: set ARRAYSMITH_SHARED", path);
    struct as_network *net;
    struct as_program *p;
    struct as_config cfg = config_of(4, 4, 32, 131072);
    cr_assert_eq(as_model_open(arena, path, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_build(arena, &cfg, net, &p, &diag), AS_OK, "%s", diag.text);
    for (int i = 2; i <= 8; i += 2) { /* 64 -> 64 channels, 1x1, 25x5 pixels */
        cr_assert_eq(p->layers[i].ideal_cycles, 32000);
        cr_assert_leq(as_program_estimate(p, i), 36000);
        cr_assert_leq(as_program_estimate(p, i - 1), 20000); /* depthwise 3x3 */
    }
}
