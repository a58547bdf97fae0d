/* Do layers that look each byte up have the right tables?  Every entry, from files, against what
 * another implementation of these operators gives: tests/golden/lookup.csv, in which some factors
 * make many ties. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arith/lookup.h"
#include "models/import/importers.h"
#include "tests/unit/helpers/tflite_build.h"

static const struct {
    const char *name;
    int builtin, options_type;
    int rows; /* of the golden file */
} operators[] = {{"HARD_SWISH", 117, 91, 3}, {"RELU", 19, 0, 4},     {"RELU6", 21, 0, 3},
                 {"LEAKY_RELU", 98, 75, 4},  {"LOGISTIC", 14, 0, 4}, {"TANH", 28, 0, 4},
                 {"QUANTIZE", 114, 89, 4},   {"RSQRT", 76, 0, 3},    {"ELU", 111, 0, 4},
                 {"GELU", 150, 116, 6},      {"ABS", 101, 0, 5}};

#define OPERATORS (sizeof operators / sizeof operators[0])

static struct as_diag diag;

/* One operator with these scales and zero points of input and output. */
static struct as_network *single(struct as_arena *arena, size_t which, float alpha,
                                 const float scale[2], const int zero[2])
{
    static const int dim[4] = {1, 1, 1, 256};
    struct build *b = build_new(1);
    struct as_network *net;
    size_t bytes;
    uint32_t option;
    int builtin = operators[which].builtin;

    int x = build_activation(b, 4, dim, scale[0], zero[0]);
    int y = build_activation(b, 4, dim, scale[1], zero[1]);
    memcpy(&option, &alpha, 4);
    if (builtin == 150) /* whether by tanh */
        option = alpha > 0.0f;
    build_op(b, builtin, 1, operators[which].options_type, builtin == 98 || builtin == 150, &option,
             1, &x, y);
    build_ports(b, x, y);
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    build_free(b);
    return net;
}

Test(lookup, every_entry_is_that_of_another_implementation)
{
    FILE *file = fopen("tests/golden/lookup.csv", "r");
    static char line[4096];
    int rows[OPERATORS] = {0};

    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file)) {
        float alpha, scale[2];
        int zero[2], read;
        char name[32];
        size_t which = 0;
        if (line[0] == '#')
            continue;
        cr_assert_eq(sscanf(line, "%31[^,],%f,%f,%d,%f,%d%n", name, &alpha, &scale[0], &zero[0],
                            &scale[1], &zero[1], &read),
                     6);
        while (which < OPERATORS && strcmp(operators[which].name, name) != 0)
            which++;
        cr_assert_lt(which, OPERATORS, "%s", name);
        struct as_arena *arena = as_arena_new();
        struct as_network *net = single(arena, which, alpha, scale, zero);
        cr_assert(net, "%s", diag.text);
        cr_assert_eq(net->layers[0].op, AS_OP_LOOKUP);
        const char *at = line + read;
        for (int x = -128; x < 128; x++) {
            char *end;
            cr_assert_eq(*at, ',');
            long want = strtol(at + 1, &end, 10);
            at = end;
            int have = net->layers[0].lookup.table[x & 255];
            cr_assert_eq(have, want, "%s of %g + %d: input %d gives %d, expected %ld", name,
                         (double)scale[0], zero[0], x, have, want);
        }
        rows[which]++;
        as_arena_free(arena);
    }
    fclose(file);
    for (size_t i = 0; i < OPERATORS; i++)
        cr_assert_eq(rows[i], operators[i].rows, "%s", operators[i].name);
}

/* By their formulae, to a step or two of the output. */
Test(lookup, tables_follow_the_functions)
{
    const struct as_tensor in = {.scale = 0.04f, .zero_point = 9};
    const struct as_tensor out = {.scale = 0.05f, .zero_point = -20};
    int8_t logistic[256], tanh_table[256], swish[256], leaky[256];

    cr_assert(as_lookup_find("LOGISTIC")->fill(&in, &out, 0.0f, logistic));
    cr_assert(as_lookup_find("TANH")->fill(&in, &out, 0.0f, tanh_table));
    cr_assert(as_lookup_find("HARD_SWISH")->fill(&in, &out, 0.0f, swish));
    cr_assert(as_lookup_find("LEAKY_RELU")->fill(&in, &out, 0.1f, leaky));
    for (int i = -128; i < 128; i++) {
        double x = 0.04 * (i - 9), gate = fmin(fmax(x + 3.0, 0.0), 6.0) / 6.0;
        cr_assert_float_eq(logistic[i & 255], fmin(256.0 / (1.0 + exp(-x)) - 128.0, 127.0), 1.0);
        cr_assert_float_eq(tanh_table[i & 255], fmin(128.0 * tanh(x), 127.0), 1.0);
        cr_assert_float_eq(swish[i & 255], fmin(x * gate / 0.05 - 20.0, 127.0), 1.01);
        cr_assert_float_eq(leaky[i & 255], fmin((x < 0 ? 0.1 * x : x) / 0.05 - 20.0, 127.0), 1.0);
    }
}

static void refused(size_t which, float alpha, const float scale[2], const int zero[2],
                    const char *text)
{
    struct as_arena *arena = as_arena_new();
    cr_assert_null(single(arena, which, alpha, scale, zero));
    cr_assert_str_eq(diag.text, text);
    as_arena_free(arena);
}

Test(lookup, quantizations_that_an_operator_cannot_have)
{
    refused(0, 0, (const float[2]){0.5f, 0x1p-9f}, (const int[2]){3, 0},
            "t: operator 0 HARD_SWISH 't1': scales 0.5 -> 0.00195312, expected an output scale of "
            "2^-7..2^9 input scales and an input scale above 2^-22");
    refused(
        1, 0, (const float[2]){1.0f, 0x1p-24f}, (const int[2]){0, 0},
        "t: operator 0 RELU 't1': scales 1 -> 5.96046e-08, expected an output scale of at least "
        "2^-22 input scales");
    refused(
        2, 0, (const float[2]){0.5f, 0.5f}, (const int[2]){0, 1},
        "t: operator 0 RELU6 't1': input scale 0.5 and zero point 0 differ from the output's 0.5 "
        "and 1");
    refused(3, -0.5f, (const float[2]){0.5f, 0.5f}, (const int[2]){0, 0},
            "t: operator 0 LEAKY_RELU 't1': alpha -0.5, expected 0 and more");
    refused(
        4, 0, (const float[2]){0.5f, 0x1p-8f}, (const int[2]){0, 0},
        "t: operator 0 LOGISTIC 't1': output scale 0.00390625 and zero point 0, expected 1/256 and "
        "-128");
    refused(4, 0, (const float[2]){8.0f, 0x1p-8f}, (const int[2]){0, -128},
            "t: operator 0 LOGISTIC 't1': scales 8 -> 0.00390625, expected an input scale of "
            "2^-28..2^3");
    refused(
        8, 0, (const float[2]){0x1p-20f, 0x1p-31f}, (const int[2]){0, 0},
        "t: operator 0 ELU 't1': scales 9.53674e-07 -> 4.65661e-10, expected an output scale above "
        "2^-30 and above 2^-22 input scales");
    refused(5, 0, (const float[2]){0.5f, 0.5f}, (const int[2]){0, 0},
            "t: operator 0 TANH 't1': output scale 0.5 and zero point 0, expected 1/128 and 0");
}
