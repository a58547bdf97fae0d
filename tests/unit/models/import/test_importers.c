/* Is MODEL, as users write it, taken for what it is? */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/import/catalogue.h"
#include "models/import/importers.h"

static struct as_diag diag;

Test(model, missing_file_and_wrong_name_are_told_apart)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, "no/such.tflite", &net, &diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text, "no/such.tflite: No such file or directory");
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, "digts", &net, &diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text, "digts: no such file, and no built-in model of this name; "
                                "built-in models: digits; a layer by its shape: "
                                "conv:H=32,W=32,C=16,K=16,R=3,S=3");
    as_arena_free(arena);
}

Test(model, every_built_in_name_opens)
{
    const char *const *names;
    int count;
    as_builtin_models(&names, &count);
    cr_assert_gt(count, 0);
    for (int i = 0; i < count; i++) {
        struct as_arena *arena = as_arena_new();
        struct as_network *net;
        as_diag_init(&diag);
        cr_assert_eq(as_model_open(arena, names[i], &net, &diag), AS_OK, "%s", diag.text);
        as_arena_free(arena);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

/* By its extension, or else by its bytes; never by both. */
Test(model, a_file_is_of_the_format_of_its_name_or_of_its_bytes)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    char dir[] = "/tmp/importers-XXXXXX", path[PATH_MAX];
    cr_assert(mkdtemp(dir));
    const char *named = as_arena_printf(arena, "%s/x.tflite", dir);
    const char *other = as_arena_printf(arena, "%s/x", dir);
    write_file(named, "other bytes");
    write_file(other, "other bytes");
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, named, &net, &diag), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, as_arena_printf(arena,
                                                "%s: not a TFLite file (no identifier TFL3 "
                                                "at byte 4)",
                                                named));
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, other, &net, &diag), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, as_arena_printf(arena,
                                                "%s: its bytes are of no known format; "
                                                "models are read from .onnx, .tflite",
                                                other));
    unlink(named);
    cr_assert_eq(symlink(realpath("models/digits/digits.tflite", path), named), 0);
    cr_assert_eq(unlink(other) | rename(named, other), 0);
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, other, &net, &diag), AS_OK, "%s", diag.text);
    cr_assert_str_eq(net->name, "x");
    unlink(other);
    rmdir(dir);
    as_arena_free(arena);
}
