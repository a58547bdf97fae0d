/* Arrays of NumPy (.npy), versions 1 to 3 of the format.  The file is untrusted: whatever is in it,
 * nothing beyond its bytes is read.
 * Source: numpy.lib.format. */
#ifndef AS_CLI_NPY_H
#define AS_CLI_NPY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"

#define AS_NPY_RANK_MAX 8

struct as_npy {
    char type[16]; /* "<f4", "|i1": byte order, kind, bytes of a value */
    bool fortran;  /* the first dimension is the fastest */
    int rank;
    size_t dim[AS_NPY_RANK_MAX];
    const uint8_t *data; /* in the file's bytes */
    size_t bytes;        /* of all values */
};

/* `path` names the file in messages. */
enum as_status as_npy_parse(const uint8_t *bytes, size_t count, const char *path,
                            struct as_npy *npy, struct as_diag *diag);

/* What comes before the values of an array in C order; at most 118 bytes of text. */
void as_npy_write_header(FILE *out, const char *type, int rank, const int *dim);

#endif
