#include "cli/port_formats.h"

#include <string.h>
#include <strings.h>

#include "base/files.h"
#include "base/output.h"
#include "cli/npy.h"
#include "models/arith/edge.h"

#define FILE_BYTES_MAX ((size_t)1 << 30)

static bool ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), n = strlen(end);

    return length > n && strcasecmp(path + length - n, end) == 0;
}

bool as_is_npy_name(const char *path)
{
    return ends_with(path, ".npy");
}

bool as_is_image_name(const char *path)
{
    return ends_with(path, ".png") || ends_with(path, ".jpg") || ends_with(path, ".jpeg");
}

/* ---- .npy ---- */

static const char *const npy_types[AS_VALUE_COUNT] = {
    [AS_VALUE_INT8] = "|i1",
    [AS_VALUE_UINT8] = "|u1",
    [AS_VALUE_FLOAT32] = "<f4",
    [AS_VALUE_INT32] = "<i4",
};

/* Bytes have no order, whatever the file says of it. */
static bool is_type(const struct as_npy *npy, enum as_value value)
{
    const char *want = npy_types[value];

    return strcmp(npy->type + 1, want + 1) == 0 && (want[0] == '|' || npy->type[0] == want[0]);
}

/* "float64 ('<f8')" */
static const char *type_text(struct as_arena *arena, const char *type)
{
    static const char kinds[] = "iufcb";
    static const char *const names[] = {"int", "uint", "float", "complex", "bool"};
    const char *kind = strchr(kinds, type[1]);

    if (!kind || type[1] == '\0' || strlen(type) != 3)
        return as_arena_printf(arena, "'%s'", type);
    return as_arena_printf(arena, "%s%s%d ('%s')", type[0] == '>' ? "big-endian " : "",
                           names[kind - kinds], 8 * (type[2] - '0'), type);
}

/* The dimensions of the array from number `a` on are those of the port, but for those of 1, which
 * move no value. */
static bool has_shape(const struct as_npy *npy, int a, const struct as_port *port)
{
    for (int b = 0;; a++, b++) {
        while (a < npy->rank && npy->dim[a] == 1)
            a++;
        while (b < port->rank && port->dim[b] == 1)
            b++;
        if (a == npy->rank || b == port->rank)
            return a == npy->rank && b == port->rank;
        if (npy->dim[a] != (size_t)port->dim[b])
            return false;
    }
}

static const char *npy_shape(struct as_arena *arena, const struct as_npy *npy)
{
    const char *text = "";

    for (int i = 0; i < npy->rank; i++)
        text = as_arena_printf(arena, "%s%s%zu", text, i ? "x" : "", npy->dim[i]);
    return npy->rank ? text : "scalar";
}

/* How real numbers become the values of an integer port. */
static const char *quantize_text(struct as_arena *arena, const struct as_npy *npy,
                                 const struct as_port *port)
{
    if (npy->type[1] != 'f' || port->scale <= 0)
        return "";
    return as_arena_printf(arena, "; of a real number x the value is round(x / %.9g) + %d",
                           (double)port->scale, port->zero_point);
}

static enum as_status read_npy(struct as_arena *arena, const struct as_port *port, const char *what,
                               const char *path, const uint8_t *bytes, size_t size,
                               const uint8_t **own, size_t *count, struct as_diag *diag)
{
    struct as_npy npy;

    AS_TRY(as_npy_parse(bytes, size, path, &npy, diag));
    if (!is_type(&npy, port->value))
        return as_fail(diag, AS_ERR_RANGE, "%s: values of %s, %s '%s' is of %s ('%s')%s", path,
                       type_text(arena, npy.type), what, port->name, as_value_name(port->value),
                       npy_types[port->value], quantize_text(arena, &npy, port));
    bool several = !has_shape(&npy, 0, port) && npy.rank > 0 && npy.dim[0] > 0;
    if (several ? !has_shape(&npy, 1, port) : !has_shape(&npy, 0, port))
        return as_fail(diag, AS_ERR_RANGE,
                       "%s: an array of shape %s, %s '%s' is of shape %s; dimensions of 1 may "
                       "differ, and one of several "
                       "inferences may stand in front",
                       path, npy_shape(arena, &npy), what, port->name,
                       as_shape_text(arena, port->dim, port->rank));
    if (npy.fortran && npy.rank > 1)
        return as_fail(diag, AS_ERR_UNSUPPORTED,
                       "%s: an array in Fortran's order, expected C's: numpy.ascontiguousarray()",
                       path);
    *own = npy.data;
    *count = several ? npy.dim[0] : 1;
    return AS_OK;
}

enum as_status as_write_npy(struct as_arena *arena, const char *path, const struct as_port *port,
                            const uint8_t *const *values, int count, size_t bytes,
                            struct as_diag *diag)
{
    struct as_output out;
    int dim[AS_PORT_RANK_MAX + 1] = {count}, more = count > 1;

    memcpy(dim + more, port->dim, sizeof port->dim);
    AS_TRY(as_output_open(&out, arena, path, diag));
    as_npy_write_header(out.file, npy_types[port->value], port->rank + more, dim);
    for (int i = 0; i < count; i++)
        fwrite(values[i], 1, bytes, out.file);
    return as_output_close(&out, diag);
}

/* ---- either ---- */

static enum as_status read_image(struct as_arena *arena, const struct as_network *net,
                                 const struct as_port *port, const char *path, const uint8_t *bytes,
                                 size_t size, struct as_image_use *images, const uint8_t **own,
                                 struct as_diag *diag)
{
    const struct as_ports single = {.count = 1, .port[0] = *port};
    uint8_t *values = as_arena_alloc(arena, as_edge_bytes(net, &single));
    struct as_image image;
    const char *note;

    AS_TRY(as_image_decode(arena, bytes, size, path, &image, diag));
    AS_TRY(as_image_give(arena, &image, path, port, &net->tensors[port->tensor], &images->range,
                         values, &note, diag));
    images->notes = as_arena_printf(arena, "%s%s\n", images->notes ? images->notes : "", note);
    *own = values;
    return AS_OK;
}

enum as_status as_read_formed(struct as_arena *arena, const struct as_network *net,
                              const struct as_port *port, const char *what, const char *path,
                              struct as_image_use *images, const uint8_t **own, size_t *count,
                              struct as_diag *diag)
{
    uint8_t *bytes;
    size_t size;

    if (!as_is_npy_name(path) && !images)
        return as_fail(diag, AS_ERR_UNSUPPORTED,
                       "%s: an image, expected raw values or .npy for an %s", path, what);
    AS_TRY(as_read_file(arena, path, FILE_BYTES_MAX, &bytes, &size, diag));
    *count = 1;
    return as_is_npy_name(path)
               ? read_npy(arena, port, what, path, bytes, size, own, count, diag)
               : read_image(arena, net, port, path, bytes, size, images, own, diag);
}
