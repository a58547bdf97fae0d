#include "cli/run_inputs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/home.h"
#include "base/output.h"
#include "models/arith/edge.h"
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
    int error = ferror(in) ? errno : 0; /* of a folder */
    fclose(in);
    if (error)
        return as_fail(diag, AS_ERR_IO, "%s: %s", path, strerror(error));
    if (n != bytes)
        return as_fail(diag, AS_ERR_RANGE, "%s: the file has %zu bytes, the %s of the network %zu",
                       path, n, what, bytes);
    *out = data;
    return AS_OK;
}

enum as_status as_write_tensors(struct as_arena *arena, const char *path,
                                const uint8_t *const *tensors, int count, size_t bytes,
                                struct as_diag *diag)
{
    struct as_output out;

    AS_TRY(as_output_open(&out, arena, path, diag));
    for (int i = 0; i < count; i++)
        fwrite(tensors[i], 1, bytes, out.file);
    return as_output_close(&out, diag);
}

/* ---- ports ---- */

/* Whether the file has that many bytes; of one that is no file, or is not there, reading it will
 * tell.
 */
static bool has_bytes(const char *path, size_t bytes)
{
    struct stat status;

    return stat(path, &status) == 0 && (size_t)status.st_size == bytes;
}

/* Inferences in a file of whole ones: more than 1 only for frames of a network with state. */
static size_t count_frames(const struct as_network *net, const char *path, size_t bytes)
{
    struct stat status;
    bool whole = net->variable_count > 0 && stat(path, &status) == 0 && status.st_size > 0 &&
                 (size_t)status.st_size % bytes == 0;

    return whole ? (size_t)status.st_size / bytes : 1;
}

/* The port whose name and '=' `file` begins with, *path what follows; or -1. */
static int named_port(const struct as_ports *ports, const char *file, const char **path)
{
    for (int i = 0; i < ports->count; i++) {
        size_t length = strlen(ports->port[i].name);
        if (strncmp(file, ports->port[i].name, length) == 0 && file[length] == '=') {
            *path = file + length + 1;
            return i;
        }
    }
    *path = file;
    return -1;
}

/* Where the values of port `index` begin among the model's own, and how many bytes they are. */
static size_t port_place(const struct as_network *net, const struct as_ports *ports, int index,
                         size_t *bytes)
{
    struct as_ports before = *ports, single = {.count = 1, .port[0] = ports->port[index]};

    before.count = index;
    *bytes = as_edge_bytes(net, &single);
    return as_edge_bytes(net, &before);
}

static bool is_raw(const char *path)
{
    return !as_is_npy_name(path) && !as_is_image_name(path);
}

/* The values of port `index`. */
static enum as_status read_port(struct as_arena *arena, const struct as_network *net,
                                const struct as_ports *ports, int index, const char *what,
                                const char *path, struct as_image_use *images, uint8_t *own,
                                struct as_diag *diag)
{
    const struct as_port *port = &ports->port[index];
    const char *label =
        ports->count > 1 ? as_arena_printf(arena, "%s '%s'", what, port->name) : what;
    const uint8_t *values;
    const int8_t *data;
    size_t bytes, count;

    own += port_place(net, ports, index, &bytes);
    if (is_raw(path)) {
        AS_TRY(as_read_tensor(arena, path, bytes, label, &data, diag));
    } else {
        AS_TRY(as_read_formed(arena, net, port, what, path, images, &values, &count, diag));
        if (count > 1)
            return as_fail(diag, AS_ERR_UNSUPPORTED,
                           "%s: the %s of %zu inferences, expected one: the network has %d %ss",
                           path, label, count, ports->count, what);
        data = (const int8_t *)values;
    }
    memcpy(own, data, bytes);
    return AS_OK;
}

/* One inference from a file a port, of which files[0] is the first. */
static enum as_status read_each_port(struct as_arena *arena, const struct as_network *net,
                                     const struct as_ports *ports, const char *const *files,
                                     int file_count, const char *what, struct as_image_use *images,
                                     uint8_t *own, struct as_diag *diag)
{
    bool given[AS_PORTS_MAX] = {false};

    if (file_count < ports->count)
        return as_fail(
            diag, AS_ERR_RANGE,
            "%s: the network has %d %ss: a file of all, one after the other, or %d files", files[0],
            ports->count, what, ports->count);
    for (int i = 0; i < ports->count; i++) {
        const char *path;
        int named = named_port(ports, files[i], &path), port = named < 0 ? i : named;

        if (given[port])
            return as_fail(diag, AS_ERR_RANGE, "%s: %s '%s' is given twice", files[i], what,
                           ports->port[port].name);
        given[port] = true;
        AS_TRY(read_port(arena, net, ports, port, what, path, images, own, diag));
    }
    return AS_OK;
}

/* The inferences in a file that has whole ones; *count is 0 of another, such as one of a port. */
static enum as_status read_whole(struct as_arena *arena, const struct as_network *net,
                                 const struct as_ports *ports, const char *path, bool named,
                                 const char *what, struct as_image_use *images,
                                 const uint8_t **values, size_t *count, struct as_diag *diag)
{
    size_t bytes = as_edge_bytes(net, ports);
    const int8_t *data;

    *count = 0;
    if (!is_raw(path))
        return ports->count > 1 ? AS_OK
                                : as_read_formed(arena, net, &ports->port[0], what, path, images,
                                                 values, count, diag);
    size_t frames = named ? 1 : count_frames(net, path, bytes);
    if (ports->count > 1 && (named || !has_bytes(path, frames * bytes)))
        return AS_OK;
    AS_TRY(as_read_tensor(arena, path, frames * bytes, what, &data, diag));
    *values = (const uint8_t *)data;
    *count = frames;
    return AS_OK;
}

enum as_status as_read_ports(struct as_arena *arena, const struct as_network *net,
                             const struct as_ports *ports, const char *const *files, int file_count,
                             const char *what, struct as_image_use *images, const uint8_t **own,
                             int max, int *count, struct as_diag *diag)
{
    size_t bytes = as_edge_bytes(net, ports);

    *count = 0;
    for (int i = 0; i < file_count;) {
        const char *path;
        const uint8_t *values;
        size_t whole;
        bool named = named_port(ports, files[i], &path) >= 0;
        AS_TRY(read_whole(arena, net, ports, path, named, what, images, &values, &whole, diag));
        size_t more = whole > 0 ? whole : 1;
        if (more > (size_t)(max - *count))
            return as_fail(diag, AS_ERR_RANGE, "%s: the %ss of %zu inferences, expected 1..%d",
                           path, what, (size_t)*count + more, max);
        if (whole == 0) {
            uint8_t *each = as_arena_alloc(arena, bytes);
            AS_TRY(read_each_port(arena, net, ports, &files[i], file_count - i, what, images, each,
                                  diag));
            values = each;
        }
        for (size_t k = 0; k < more; k++)
            own[(*count)++] = values + k * bytes;
        i += whole > 0 ? 1 : ports->count;
    }
    return AS_OK;
}

/* ---- an input for a model that was given none ---- */

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
    size_t bytes = as_ports_bytes(net, &net->inputs);

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
                                    const int8_t *input, int8_t *const *before, int8_t ***tensors,
                                    struct as_diag *diag)
{
    int8_t **list = AS_NEW(arena, int8_t *, net->tensor_count);

    for (int i = 0; i < net->tensor_count; i++)
        list[i] = net->tensors[i].bytes ? as_arena_alloc(arena, net->tensors[i].bytes) : NULL;
    *tensors = list;
    as_state_enter(net, before, list);
    return as_reference_run(net, input, list, diag);
}
