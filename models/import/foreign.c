#include "models/import/foreign.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define HEAD_BYTES 4096 /* of a text that are looked at */
#define CONVERT    "quantize it to int8 and write a .tflite (docs/models.md says how)"

/* ---- ways to know a file ---- */

/* It has those bytes at offset `at`. */
static bool has(const struct as_source *s, size_t at, const char *bytes, size_t count)
{
    return s->bytes >= at + count && memcmp(s->data + at, bytes, count) == 0;
}

/* `text` stands somewhere in its first `within` bytes. */
static bool holds(const struct as_source *s, const char *text, size_t within)
{
    size_t bytes = s->bytes < within ? s->bytes : within;

    return bytes > 0 && memmem(s->data, bytes, text, strlen(text)) != NULL;
}

/* Its first characters behind white space are `text`, in either case. */
static bool opens_with(const struct as_source *s, const char *text)
{
    size_t at = has(s, 0, "\xEF\xBB\xBF", 3) ? 3 : 0;

    while (at < s->bytes && isspace(s->data[at]))
        at++;
    for (; *text && at < s->bytes; text++, at++)
        if (tolower(s->data[at]) != *text)
            return false;
    return *text == '\0';
}

static bool is_empty(const struct as_source *s)
{
    return s->bytes == 0;
}

static bool is_lfs(const struct as_source *s)
{
    return opens_with(s, "version https://git-lfs.github.com/spec/");
}

static bool is_web_page(const struct as_source *s)
{
    return opens_with(s, "<!doctype html") || opens_with(s, "<html");
}

static bool is_xml(const struct as_source *s)
{
    return opens_with(s, "<?xml") || opens_with(s, "<net ");
}

static bool is_other_tflite(const struct as_source *s)
{
    return has(s, 4, "TFL", 3) && s->bytes >= 8 && isdigit(s->data[7]) && s->data[7] != '3';
}

static bool is_executorch(const struct as_source *s)
{
    return has(s, 4, "ET1", 3);
}

static bool is_hdf5(const struct as_source *s)
{
    return has(s, 0, "\x89HDF\r\n\x1a\n", 8);
}

static bool is_zip(const struct as_source *s)
{
    return has(s, 0, "PK\3\4", 4);
}

static bool is_keras(const struct as_source *s)
{
    return is_zip(s) && holds(s, "model.weights.h5", s->bytes);
}

static bool is_torch_zip(const struct as_source *s)
{
    return is_zip(s) && (holds(s, "/data.pkl", s->bytes) || holds(s, "/constants.pkl", s->bytes));
}

static bool is_npz(const struct as_source *s)
{
    return is_zip(s) && holds(s, ".npy", s->bytes);
}

static bool is_pickle(const struct as_source *s)
{
    return s->bytes >= 2 && s->data[0] == 0x80 && s->data[1] >= 2 && s->data[1] <= 5;
}

static bool is_safetensors(const struct as_source *s)
{
    uint64_t header = 0;

    for (size_t i = 0; i < 8 && s->bytes > 8; i++)
        header |= (uint64_t)s->data[i] << 8 * i;
    return s->bytes > 8 && header >= 2 && s->data[8] == '{' &&
           (header <= s->bytes - 8 || as_ends_with(s->model, ".safetensors"));
}

static bool is_npy(const struct as_source *s)
{
    return has(s, 0, "\x93NUMPY", 6);
}

static bool is_compressed(const struct as_source *s)
{
    return is_zip(s) || has(s, 0, "\x1f\x8b", 2) || has(s, 0, "BZh", 3) ||
           has(s, 0,
               "\xFD"
               "7zXZ",
               5) ||
           has(s, 0, "7z\xBC\xAF", 4) || has(s, 0, "\x28\xB5\x2F\xFD", 4) ||
           has(s, 257, "ustar", 5);
}

static bool is_image(const struct as_source *s)
{
    return has(s, 0, "\x89PNG", 4) || has(s, 0, "\xFF\xD8\xFF", 3);
}

/* Protocol buffers have no magic: by their first fields and the names that TensorFlow writes. */
static bool is_graph_def(const struct as_source *s)
{
    bool saved = has(s, 0, "\x08\x01\x12", 3) && (holds(s, "saved_model_main_op", s->bytes) ||
                                                  holds(s, "serving_default", s->bytes));
    bool frozen = has(s, 0, "\x0A", 1) && holds(s, "Placeholder", HEAD_BYTES);

    return saved || frozen || as_ends_with(s->model, ".pb");
}

static bool is_gguf(const struct as_source *s)
{
    return has(s, 0, "GGUF", 4) || has(s, 0, "ggml", 4);
}

static bool is_c_array(const struct as_source *s)
{
    return holds(s, "char ", HEAD_BYTES) && holds(s, "[]", HEAD_BYTES) &&
           holds(s, "0x", HEAD_BYTES);
}

static bool is_json(const struct as_source *s)
{
    return opens_with(s, "{") && holds(s, "\"", HEAD_BYTES);
}

static bool is_yaml(const struct as_source *s)
{
    return as_ends_with(s->model, ".yaml") || as_ends_with(s->model, ".yml");
}

static bool is_program(const struct as_source *s)
{
    return as_ends_with(s->model, ".asprog");
}

/* Text whose first two lines have as many commas, at least one. */
static bool is_csv(const struct as_source *s)
{
    size_t commas[2] = {0};
    int line = 0;

    if (as_ends_with(s->model, ".csv"))
        return true;
    for (size_t i = 0; i < s->bytes && i < HEAD_BYTES && line < 2; i++) {
        if (s->data[i] >= 127 || (s->data[i] < 32 && !isspace(s->data[i])))
            return false;
        commas[line] += s->data[i] == ',';
        line += s->data[i] == '\n';
    }
    return line == 2 && commas[0] > 0 && commas[0] == commas[1];
}

/* ---- the table ---- */

/* The first row that knows the file is told: "FILE: WHAT: TO DO". */
static const struct {
    bool (*is)(const struct as_source *source);
    const char *what, *to_do;
} foreign[] = {
    {is_empty, "an empty file", "a download or a copy that ended early? fetch it again"},
    {is_lfs, "a pointer of Git LFS in place of a file%s",
     "`git lfs pull` in its repository fetches the file"},
    {is_web_page, "a web page in place of a file",
     "the download gave a page of its site; use the link of the raw file"},
    {is_other_tflite, "a .tflite of another version of the schema (TFL%s, expected TFL3)",
     "convert the network again with a TensorFlow of 2018 or later"},
    {is_hdf5, "a network or weights of Keras in HDF5", "load it in Keras, then " CONVERT},
    {is_keras, "a network of Keras 3", "load it in Keras, then " CONVERT},
    {is_torch_zip, "a network or weights of PyTorch", "load it in PyTorch, then " CONVERT},
    {is_npz, "arrays of NumPy (.npz)",
     "a model is a .tflite; an input is one array, --input FILE.npy"},
    {is_npy, "an array of NumPy", "a model is a .tflite; the array is an input, --input FILE.npy"},
    {is_compressed, "a compressed file or archive", "unpack it and give the model in it"},
    {is_pickle, "a pickle of Python, such as PyTorch's older files",
     "load it in PyTorch, then " CONVERT},
    {is_safetensors, "weights without their network (safetensors)",
     "load them into their network, then " CONVERT},
    {is_executorch, "a program of ExecuTorch", "go back to the network in PyTorch, then " CONVERT},
    {is_gguf, "a language model's weights (GGUF)", "no such network is read"},
    {is_image, "an image", "a model is a .tflite; the image is an input, --input FILE"},
    {is_xml, "XML, such as a network of OpenVINO",
     "go back to the network it was made from, then " CONVERT},
    {is_graph_def, "a graph of TensorFlow (.pb)",
     "load its SavedModel in TensorFlow, then " CONVERT},
    {is_c_array, "C source, such as a model written as an array",
     "give the .tflite that it was made from"},
    {is_yaml, "YAML", "a description of an accelerator is given by --accel"},
    {is_program, "a program for an accelerator", "it is given by --program, beside the model"},
    {is_json, "JSON, such as a network of TensorFlow.js",
     "go back to the network it was made from, then " CONVERT},
    {is_csv, "a table of text (CSV)",
     "a model is a .tflite; one layer is given by its shape, conv:H=32,W=32,C=16,K=16,R=3,S=3"},
};

#define FOREIGN (sizeof foreign / sizeof foreign[0])

/* What stands in the place of %s: the size that a pointer names, the version. */
static void find_detail(const struct as_source *s, char *out, size_t room)
{
    char head[256];
    unsigned long long size;

    snprintf(head, sizeof head, "%.*s", (int)(s->bytes < 255 ? s->bytes : 255),
             (const char *)s->data);
    const char *line = strstr(head, "\nsize ");
    *out = '\0';
    if (is_other_tflite(s))
        snprintf(out, room, "%c", s->data[7]);
    else if (line && sscanf(line, "\nsize %llu", &size) == 1)
        snprintf(out, room, " of %llu bytes", size);
}

enum as_status as_foreign_refuse(const struct as_source *source, struct as_diag *diag)
{
    for (size_t i = 0; i < FOREIGN; i++) {
        char detail[64], what[128];
        if (!foreign[i].is(source))
            continue;
        find_detail(source, detail, sizeof detail);
        const char *place = strstr(foreign[i].what, "%s");
        int before = place ? (int)(place - foreign[i].what) : (int)strlen(foreign[i].what);
        snprintf(what, sizeof what, "%.*s%s%s", before, foreign[i].what, place ? detail : "",
                 place ? place + 2 : "");
        return as_fail(diag, AS_ERR_PARSE, "%s: %s: %s", source->model, what, foreign[i].to_do);
    }
    return AS_OK;
}

enum as_status as_foreign_refuse_folder(struct as_arena *arena, const char *path,
                                        struct as_diag *diag)
{
    const char *saved = as_arena_printf(arena, "%s/saved_model.pb", path);

    if (access(saved, F_OK) == 0)
        return as_fail(diag, AS_ERR_PARSE,
                       "%s: a SavedModel of TensorFlow: load it there, then " CONVERT, path);
    return as_fail(diag, AS_ERR_PARSE, "%s: a folder: a model is a file, such as a .tflite", path);
}
