#include "models/import/importers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "base/text.h"
#include "models/import/catalogue.h"
#include "models/import/foreign.h"
#include "models/import/onnx/onnx.h"
#include "models/import/shape.h"
#include "models/import/tflite/tflite.h"
#include "models/lower/lower.h"

#define FILE_BYTES_MAX ((size_t)64 << 20) /* more is refused by its reader */

static const struct as_importer importers[] = {
    {.name = "shape", .sniff = as_shape_sniff, .read = as_shape_read},
    {.name = "onnx",
     .extension = ".onnx",
     .sniff = as_onnx_sniff,
     .read = as_onnx_read,
     .operators = as_onnx_operators},
    {.name = "tflite", .extension = ".tflite", .sniff = as_tflite_sniff, .read = as_tflite_read},
};

#define IMPORTERS ((int)(sizeof importers / sizeof importers[0]))

/* NULL when no importer knows the bytes, or the name of a source that has none. */
static const struct as_importer *sniff(const struct as_source *source)
{
    for (int i = 0; i < IMPORTERS; i++)
        if (importers[i].sniff(source))
            return &importers[i];
    return NULL;
}

/* By the file's extension alone. */
static const struct as_importer *importer_of_name(const char *model)
{
    for (int i = 0; i < IMPORTERS; i++)
        if (importers[i].extension && as_ends_with(model, importers[i].extension))
            return &importers[i];
    return NULL;
}

static enum as_status read_and_lower(const struct as_importer *importer, struct as_arena *arena,
                                     const struct as_source *source, struct as_network **out,
                                     struct as_diag *diag)
{
    struct as_graph *graph;

    *out = NULL;
    AS_TRY(importer->read(arena, source, &graph, diag));
    return as_lower(arena, graph, out, diag);
}

enum as_status as_model_read(struct as_arena *arena, const struct as_source *source,
                             struct as_network **out, struct as_diag *diag)
{
    const struct as_importer *importer = sniff(source);

    *out = NULL;
    if (!importer)
        AS_TRY(as_foreign_refuse(source, diag));
    if (!importer) /* whose reader says what it misses */
        importer = importer_of_name(source->model);
    if (importer)
        return read_and_lower(importer, arena, source, out, diag);
    const char *list = "";
    for (int i = 0; i < IMPORTERS; i++)
        if (importers[i].extension)
            list =
                as_arena_printf(arena, "%s%s%s", list, *list ? ", " : "", importers[i].extension);
    return as_fail(diag, AS_ERR_PARSE,
                   "%s: its bytes are of no known format; models are read from %s", source->model,
                   list);
}

/* The bytes of a file, malloc'ed. */
static enum as_status read_file(const char *path, uint8_t **data, size_t *bytes,
                                struct as_diag *diag)
{
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 16;

    *data = NULL;
    *bytes = 0;
    if (!file)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    *data = malloc(room);
    while (*data) {
        *bytes += fread(*data + *bytes, 1, room - *bytes, file);
        if (*bytes < room || room > FILE_BYTES_MAX)
            break;
        room *= 2;
        uint8_t *larger = realloc(*data, room);
        if (!larger)
            free(*data);
        *data = larger;
    }
    bool good = *data && !ferror(file);
    fclose(file);
    return good ? AS_OK : as_fail(diag, AS_ERR_IO, "%s: cannot be read", path);
}

static enum as_status open_file(struct as_arena *arena, const char *path, struct as_network **out,
                                struct as_diag *diag)
{
    uint8_t *data;
    struct as_source source = {.model = path};
    enum as_status status = read_file(path, &data, &source.bytes, diag);

    source.data = data;
    if (status == AS_OK)
        status = as_model_read(arena, &source, out, diag);
    free(data);
    return status;
}

const char *as_model_operators(struct as_arena *arena, int format, const char **extension)
{
    for (int i = 0; i < IMPORTERS; i++)
        if (importers[i].operators && format-- == 0) {
            *extension = importers[i].extension;
            return importers[i].operators(arena);
        }
    return NULL;
}

bool as_model_is(const char *word)
{
    const struct as_source name = {.model = word};
    struct as_arena *arena = as_arena_new();
    bool builtin = as_builtin_path(arena, word) != NULL;

    as_arena_free(arena);
    return builtin || sniff(&name) || strpbrk(word, "./") || access(word, F_OK) == 0;
}

enum as_status as_model_open(struct as_arena *arena, const char *model, struct as_network **out,
                             struct as_diag *diag)
{
    const struct as_source name = {.model = model};
    const char *builtin = as_builtin_path(arena, model);
    struct stat status;

    *out = NULL;
    if (builtin) {
        AS_TRY(as_home_check(diag));
        return open_file(arena, builtin, out, diag);
    }
    if (sniff(&name))
        return read_and_lower(sniff(&name), arena, &name, out, diag);
    if (stat(model, &status) == 0 && S_ISDIR(status.st_mode))
        return as_foreign_refuse_folder(arena, model, diag);
    if (importer_of_name(model) || access(model, F_OK) == 0)
        return open_file(arena, model, out, diag);
    return as_fail(
        diag, AS_ERR_IO,
        "%s: no such file, and no built-in model of this name; built-in models: %s; a layer by "
        "its shape: conv:H=32,W=32,C=16,K=16,R=3,S=3",
        model, as_builtin_list(arena, model));
}
