#include "cli/npy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC       "\x93NUMPY"
#define MAGIC_BYTES 6
#define ALIGNMENT   64 /* of the values in a file */

/* ---- reading: the header is a dictionary of Python with three keys ---- */

struct cursor {
    const char *at, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && isspace((unsigned char)*c->at))
        c->at++;
}

/* Whether `text` comes next, which is taken then. */
static bool take(struct cursor *c, const char *text)
{
    size_t length = strlen(text);

    skip_space(c);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0)
        return false;
    c->at += length;
    return true;
}

/* A string in quotes of either kind. */
static bool take_string(struct cursor *c, char *out, size_t room)
{
    const char quote = take(c, "'") ? '\'' : take(c, "\"") ? '"' : '\0';
    size_t length = 0;

    while (quote && c->at < c->end && *c->at != quote && length + 1 < room &&
           isprint((unsigned char)*c->at))
        out[length++] = *c->at++;
    out[length] = '\0';
    return quote && c->at < c->end && *c->at++ == quote;
}

static bool take_number(struct cursor *c, size_t *number)
{
    skip_space(c);
    *number = 0;
    if (c->at == c->end || !isdigit((unsigned char)*c->at))
        return false;
    for (; c->at < c->end && isdigit((unsigned char)*c->at); c->at++) {
        if (*number > SIZE_MAX / 16)
            return false;
        *number = 10 * *number + (size_t)(*c->at - '0');
    }
    take(c, "L"); /* of Python 2 */
    return true;
}

static bool take_shape(struct cursor *c, struct as_npy *npy)
{
    if (!take(c, "("))
        return false;
    for (npy->rank = 0; !take(c, ")"); npy->rank++) {
        if (npy->rank == AS_NPY_RANK_MAX || !take_number(c, &npy->dim[npy->rank]))
            return false;
        if (!take(c, ",")) {
            npy->rank++;
            return take(c, ")");
        }
    }
    return true;
}

/* One of the three pairs; which one is a bit of *seen, each once. */
static bool take_pair(struct cursor *c, struct as_npy *npy, unsigned *seen)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    char key[16];
    unsigned which = 0;

    if (!take_string(c, key, sizeof key) || !take(c, ":"))
        return false;
    while (which < 3 && strcmp(key, keys[which]) != 0)
        which++;
    if (which == 3 || (*seen >> which & 1))
        return false;
    *seen |= 1u << which;
    if (which == 0)
        return take_string(c, npy->type, sizeof npy->type);
    if (which == 2)
        return take_shape(c, npy);
    npy->fortran = take(c, "True");
    return npy->fortran || take(c, "False");
}

static bool read_header(struct cursor c, struct as_npy *npy)
{
    unsigned seen = 0;

    if (!take(&c, "{"))
        return false;
    while (!take(&c, "}"))
        if (!take_pair(&c, npy, &seen) || (!take(&c, ",") && (c.at == c.end || *c.at != '}')))
            return false;
    skip_space(&c);
    return seen == 7 && c.at == c.end;
}

/* Bytes of all values, 0 when the type names no size or they are too many. */
static bool count_bytes(const struct as_npy *npy, size_t *bytes)
{
    char *end;
    bool typed = strlen(npy->type) >= 3 && isdigit((unsigned char)npy->type[2]);
    unsigned long size = typed ? strtoul(npy->type + 2, &end, 10) : 0;

    if (!typed || *end || size == 0)
        return false;
    *bytes = size;
    for (int i = 0; i < npy->rank; i++) {
        if (npy->dim[i] > 0 && *bytes > SIZE_MAX / npy->dim[i])
            return false;
        *bytes *= npy->dim[i];
    }
    return true;
}

enum as_status as_npy_parse(const uint8_t *bytes, size_t count, const char *path,
                            struct as_npy *npy, struct as_diag *diag)
{
    size_t start = MAGIC_BYTES + 4, header = 0, want;

    *npy = (struct as_npy){0};
    if (count < start || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0)
        return as_fail(diag, AS_ERR_PARSE, "%s: no .npy: it does not begin with \\x93NUMPY", path);
    if (bytes[6] < 1 || bytes[6] > 3)
        return as_fail(diag, AS_ERR_UNSUPPORTED, "%s: version %d of .npy, expected 1..3", path,
                       bytes[6]);
    if (bytes[6] > 1)
        start += 2;
    for (size_t i = count < start ? 0 : start; i > MAGIC_BYTES + 2; i--)
        header = header << 8 | bytes[i - 1];
    if (count < start || header > count - start)
        return as_fail(diag, AS_ERR_PARSE,
                       "%s: a damaged .npy: %zu bytes, its header alone has %zu", path, count,
                       header);
    const char *text = (const char *)bytes + start;
    if (!read_header((struct cursor){text, text + header}, npy) || !count_bytes(npy, &want))
        return as_fail(diag, AS_ERR_PARSE,
                       "%s: its header is no dictionary of descr (one type), fortran_order and "
                       "shape (up to %d dimensions)",
                       path, AS_NPY_RANK_MAX);
    npy->data = bytes + start + header;
    npy->bytes = count - start - header;
    if (npy->bytes != want)
        return as_fail(diag, AS_ERR_PARSE,
                       "%s: a damaged .npy: %zu bytes of values, its header says %zu", path,
                       npy->bytes, want);
    return AS_OK;
}

/* ---- writing ---- */

void as_npy_write_header(FILE *out, const char *type, int rank, const int *dim)
{
    char text[ALIGNMENT * 2];
    const int head = MAGIC_BYTES + 4;
    int length =
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);

    for (int i = 0; i < rank; i++)
        length += snprintf(text + length, sizeof text - (size_t)length,
                           rank == 1 ? "%d,"
                           : i == 0  ? "%d"
                                     : ", %d",
                           dim[i]);
    length += snprintf(text + length, sizeof text - (size_t)length, "), }");
    int padded = (head + length + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - head;
    fwrite(MAGIC "\1\0", 1, MAGIC_BYTES + 2, out);
    fputc(padded & 0xff, out);
    fputc(padded >> 8, out);
    fprintf(out, "%-*s\n", padded - 1, text);
}
