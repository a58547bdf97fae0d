#include "cli/run_inputs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/home.h"
#include "base/output.h"
#include "models/import/catalogue.h"
#include "sim/reference/reference.h"

#define RANDOM_SEED 1

enum as_status as_read_tensor(struct as_arena *arena, const char *path, size_t bytes,
                              const char *what, const int8_t **out, struct as_diag *diag)
{
    int8_t *data = as_arena_alloc(arena, bytes + 1);
    FILE *in = fopen(path, "rb");

    if (!in)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(errno));
    size_t n = fread(data, 1, bytes + 1, in);
    for (char more[4096]; n > bytes && !feof(in) && !ferror(in);)
        n += fread(more, 1, sizeof more, in);
    fclose(in);
    if (n != bytes)
        return as_fail(diag, AS_ERR_RANGE, "%s: the file has %zu bytes, the %s of the network %zu",
                       path, n, what, bytes);
    *out = data;
    return AS_OK;
}

enum as_status as_write_tensors(struct as_arena *arena, const char *path,
                                const int8_t *const *tensors, int count, size_t bytes,
                                struct as_diag *diag)
{
    struct as_output out;

    AS_TRY(as_output_open(&out, arena, path, diag));
    for (int i = 0; i < count; i++)
        fwrite(tensors[i], 1, bytes, out.file);
    return as_output_close(&out, diag);
}

static bool is_builtin(const char *model)
{
    const char *const *names;
    int count;

    as_builtin_models(&names, &count);
    for (int i = 0; i < count; i++)
        if (strcmp(model, names[i]) == 0)
            return true;
    return false;
}

enum as_status as_default_input(struct as_arena *arena, const char *model,
                                const struct as_network *net, const int8_t **out,
                                const char **label, struct as_diag *diag)
{
    size_t bytes = net->tensors[net->input].bytes;

    if (is_builtin(model)) {
        *label = as_home_path(arena, as_arena_printf(arena, "models/%s/inputs/000.bin", model));
        return as_read_tensor(arena, *label, bytes, "input", out, diag);
    }
    int8_t *data = as_arena_alloc(arena, bytes);
    uint32_t state = RANDOM_SEED;
    for (size_t i = 0; i < bytes; i++) {
        state = state * 1664525u + 1013904223u;
        data[i] = (int8_t)(uint8_t)(state >> 24);
    }
    *out = data;
    *label = as_arena_printf(arena, "none given: pseudo-random bytes, seed %d", RANDOM_SEED);
    return AS_OK;
}

enum as_status as_reference_tensors(struct as_arena *arena, const struct as_network *net,
                                    const int8_t *input, int8_t ***tensors, struct as_diag *diag)
{
    int8_t **list = AS_NEW(arena, int8_t *, net->tensor_count);

    for (int i = 0; i < net->tensor_count; i++)
        list[i] = net->tensors[i].bytes ? as_arena_alloc(arena, net->tensors[i].bytes) : NULL;
    *tensors = list;
    return as_reference_run(net, input, list, diag);
}
