/* Is a file that is no model told for what it is, in one sentence with what to do? */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/import/importers.h"

static struct as_diag diag;

struct example {
    const char *model;
    const char *bytes;
    size_t count;
    const char *want; /* behind the name */
};

#define BYTES(text) text, sizeof text - 1

static const struct example examples[] = {
    {"x.tflite", BYTES(""), "an empty file: a download or a copy that ended early? fetch it again"},
    {"x.tflite", BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
     "a pointer of Git LFS in place of a file of 12345 bytes: `git lfs pull` in its repository "
     "fetches the file"},
    {"x.tflite", BYTES("version https://git-lfs.github.com/spec/v1\n"),
     "a pointer of Git LFS in place of a file: `git lfs pull`"},
    {"x.tflite", BYTES("\n\n<!DOCTYPE HTML>"), "a web page in place of a file: "},
    {"x", BYTES("\xEF\xBB\xBF<html>"), "a web page in place of a file: "},
    {"x.tflite", BYTES("\x20\0\0\0TFL1\0\0\0\0"),
     "a .tflite of another version of the schema (TFL1, expected TFL3): "},
    {"x.h5", BYTES("\x89HDF\r\n\x1a\n"), "a network or weights of Keras in HDF5: load it in Keras"},
    {"x.keras", BYTES("PK\3\4...metadata.json...model.weights.h5"), "a network of Keras 3: "},
    {"x.pt", BYTES("PK\3\4...archive/data.pkl"), "a network or weights of PyTorch: "},
    {"x.npz", BYTES("PK\3\4...x.npy"), "arrays of NumPy (.npz): "},
    {"x.zip", BYTES("PK\3\4...x.tflite"), "a compressed file or archive: unpack it"},
    {"x.tflite.gz", BYTES("\x1f\x8b\x08"), "a compressed file or archive: unpack it"},
    {"x.pth", BYTES("\x80\x04\x95"), "a pickle of Python, such as PyTorch's older files: "},
    {"x.safetensors", BYTES("\x02\0\0\0\0\0\0\0{}"), "weights without their network (safetensors)"},
    {"x.npy", BYTES("\x93NUMPY\1\0"),
     "an array of NumPy: a model is a .tflite; the array is an "
     "input, --input FILE.npy"},
    {"x.pte", BYTES("\x20\0\0\0ET12"), "a program of ExecuTorch: "},
    {"x.gguf", BYTES("GGUF"), "a language model's weights (GGUF): "},
    {"x.png", BYTES("\x89PNG\r\n"), "an image: a model is a .tflite; the image is an input"},
    {"x.xml", BYTES("<?xml version=\"1.0\"?>"), "XML, such as a network of OpenVINO: "},
    {"x", BYTES("\x08\x01\x12\x04...serving_default"), "a graph of TensorFlow (.pb): "},
    {"x.pb", BYTES("\x08\x01\x12"), "a graph of TensorFlow (.pb): "},
    {"x", BYTES("\n\x10\n\x05input\x12\x0bPlaceholder"), "a graph of TensorFlow (.pb): "},
    {"x.cc", BYTES("const unsigned char model[] = {0x1c, 0x00"), "C source, such as a model"},
    {"x.yaml", BYTES("board: none\n"), "YAML: a description of an accelerator is given by --accel"},
    {"x.asprog", BYTES("ASPG"), "a program for an accelerator: it is given by --program"},
    {"model.json", BYTES("{\"format\": 1}"), "JSON, such as a network of TensorFlow.js: "},
    {"x.csv", BYTES(" "), "a table of text (CSV): "},
    {"x", BYTES("Layer,H,W\nConv1,224,224\n"), "a table of text (CSV): "},
};

#define EXAMPLES (sizeof examples / sizeof examples[0])

Test(foreign, files_are_told_for_what_they_are)
{
    for (size_t i = 0; i < EXAMPLES; i++) {
        const struct example *e = &examples[i];
        /* as many bytes as the file has, so that a sanitizer sees what is read beyond them */
        uint8_t *data = malloc(e->count + (e->count == 0));
        struct as_arena *arena = as_arena_new();
        struct as_network *net;
        char want[256];
        memcpy(data, e->bytes, e->count);
        const struct as_source source = {.model = e->model, .data = data, .bytes = e->count};
        as_diag_init(&diag);
        cr_assert_eq(as_model_read(arena, &source, &net, &diag), AS_ERR_PARSE);
        snprintf(want, sizeof want, "%s: %s", e->model, e->want);
        cr_assert_eq(strncmp(diag.text, want, strlen(want)), 0, "%s\nexpected %s", diag.text, want);
        cr_assert_null(strchr(diag.text, '\n'));
        cr_assert_null(strchr(diag.text, '%'));
        as_arena_free(arena);
        free(data);
    }
}

Test(foreign, a_cut_file_is_read_to_its_end_and_no_further)
{
    for (size_t i = 0; i < EXAMPLES; i++)
        for (size_t n = 0; n < examples[i].count; n++) {
            uint8_t *data = malloc(n + (n == 0));
            struct as_arena *arena = as_arena_new();
            struct as_network *net;
            memcpy(data, examples[i].bytes, n);
            const struct as_source source = {.model = "x", .data = data, .bytes = n};
            as_diag_init(&diag);
            cr_assert_eq(as_model_read(arena, &source, &net, &diag), AS_ERR_PARSE);
            cr_assert_gt(diag.length, 0);
            as_arena_free(arena);
            free(data);
        }
}

/* Names of TensorFlow stand in every .tflite: one with a damaged identifier is no .pb. */
Test(foreign, a_damaged_model_is_not_taken_for_another_format)
{
    static const uint8_t bytes[] = "\x20\0\0\0TFLX\0\0serving_default_x:0 Placeholder";
    const struct as_source source = {.model = "x.tflite", .data = bytes, .bytes = sizeof bytes};
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    as_diag_init(&diag);
    cr_assert_eq(as_model_read(arena, &source, &net, &diag), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, "x.tflite: not a TFLite file (no identifier TFL3 at byte 4)");
    as_arena_free(arena);
}

Test(foreign, a_folder_is_no_model)
{
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    char dir[] = "/tmp/foreign-XXXXXX";
    cr_assert(mkdtemp(dir));
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, dir, &net, &diag), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, as_arena_printf(arena,
                                                "%s: a folder: a model is a file, such as "
                                                "a .tflite",
                                                dir));
    const char *graph = as_arena_printf(arena, "%s/saved_model.pb", dir);
    FILE *file = fopen(graph, "wb");
    cr_assert(file && fclose(file) == 0);
    as_diag_init(&diag);
    cr_assert_eq(as_model_open(arena, dir, &net, &diag), AS_ERR_PARSE);
    cr_assert(strstr(diag.text, ": a SavedModel of TensorFlow: load it there"), "%s", diag.text);
    unlink(graph);
    rmdir(dir);
    as_arena_free(arena);
}
