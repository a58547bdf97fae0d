/* Does `list MODEL` say what is in a network, and does what it says add up? */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/list_model.h"
#include "models/import/importers.h"

static struct as_arena *arena;
static struct as_network *net;

/* The list of a model; arena-owned. */
static const char *list(const char *model)
{
    struct as_diag diag;
    char *text = NULL;
    size_t bytes = 0;

    arena = as_arena_new();
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, model, &net, &diag), AS_OK, "%s", diag.text);
    FILE *out = open_memstream(&text, &bytes);
    as_list_model(out, arena, net);
    fclose(out);
    const char *copy = as_arena_strdup(arena, text);
    free(text);
    return copy;
}

Test(list_model, a_layer_is_a_line_with_its_numbers)
{
    const char *text = list("conv:H=8,W=8,C=3,K=4,R=3,S=3,dilation=2");
    cr_assert_str_eq(
        text,
        "        name    shape    type  scale  zero point  conversion\n"
        "input   input   1x8x8x3  int8    0.1          -3  as it is\n"
        "output  output  1x8x8x4  int8    0.1          -3  as it is\n"
        "\n"
        "layer  operator  output  input    output shape  kernel/stride  MACs  parameter bytes  "
        "scale  zero point  runs as\n"
        "    0  CONV_2D   output  1x8x8x3  -> 1x8x8x4    3x3/1x1 d2x2   6912              124    "
        "0.1          -3  array: CONV_2D\n"
        "\n"
        "total      6912 MACs; 124 bytes of weights, biases and constants; 448 bytes of "
        "activations "
        "at once, in layer 0\n");
    as_arena_free(arena);
}

Test(list_model, what_the_host_runs_stands_at_its_port_and_in_the_total)
{
    const char *text = list("tests/golden/cases/float_in_out.tflite");
    cr_assert(strstr(text, "input   t0    1x6x6x3  float32      -           -  host: QUANTIZE\n"),
              "%s", text);
    cr_assert(strstr(text, "\nhost       1 QUANTIZE, 1 DEQUANTIZE\n"), "%s", text);
    as_arena_free(arena);
}

Test(list_model, a_rewritten_operator_is_told_with_what_it_became)
{
    const char *text = list("tests/golden/cases/transpose_conv.tflite");
    cr_assert(strstr(text, "\nrewritten  TRANSPOSE_CONV became 1 CONV_2D, 3 RESHAPE, 2 PAD\n"),
              "%s", text);
    cr_assert(strstr(text, "  copy: PAD\n") && strstr(text, "  nothing: RESHAPE\n"));
    as_arena_free(arena);
}

/* Every layer of a network comes from one operator, or keeps a variable. */
Test(list_model, every_layer_is_listed_once)
{
    static const char *const models[] = {
        "digits", "tests/golden/cases/two_inputs.tflite", "tests/golden/cases/prelu.tflite",
        "tests/golden/cases/resize_nearest.tflite", "tests/golden/cases/stream.tflite"};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        const char *text = list(models[i]);
        int lines = 0;
        for (const char *at = text; (at = strstr(at, " -> ")); at++)
            lines++;
        cr_assert_eq(lines, net->layer_count, "%s:\n%s", models[i], text);
        as_arena_free(arena);
    }
}

/* The input of a layer that moves nothing is its output: both are counted once. */
Test(list_model, activations_at_once_count_bytes_and_not_names)
{
    const char *text = list("digits");
    cr_assert(strstr(text, "; 2560 bytes of activations at once, in layer 1\n"), "%s", text);
    as_arena_free(arena);
}
