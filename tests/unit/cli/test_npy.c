/* Is a .npy read as NumPy wrote it, and refused when its header lies? */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/npy.h"

static struct as_diag diag;

/* A file of that version, header and number of value bytes, in a buffer of just its size, so that a
 * sanitizer sees what is read beyond it. */
static uint8_t *make(int version, const char *header, size_t values, size_t *count)
{
    size_t length = strlen(header), start = version == 1 ? 10 : 12;
    uint8_t *bytes = malloc(start + length + values);

    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (uint8_t)version;
    bytes[7] = 0;
    for (size_t i = 8; i < start; i++)
        bytes[i] = (uint8_t)(length >> 8 * (i - 8));
    memcpy(bytes + start, header, length);
    for (size_t i = 0; i < values; i++)
        bytes[start + length + i] = (uint8_t)i;
    *count = start + length + values;
    return bytes;
}

static enum as_status parse(int version, const char *header, size_t values, struct as_npy *npy)
{
    size_t count;
    uint8_t *bytes = make(version, header, values, &count);
    as_diag_init(&diag);
    enum as_status status = as_npy_parse(bytes, count, "x.npy", npy, &diag);
    cr_assert(status != AS_OK || (npy->data + npy->bytes == bytes + count && npy->bytes == values));
    free(bytes);
    return status;
}

static void refuse(int version, const char *header, size_t values, const char *want)
{
    struct as_npy npy;
    cr_assert_neq(parse(version, header, values, &npy), AS_OK, "%s", header);
    cr_assert(strstr(diag.text, want), "%s: %s", header, diag.text);
}

Test(npy, each_version_and_way_to_write_the_header_is_read)
{
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }          \n",
        "{\"shape\":(1,2,3),\"descr\":\"<f4\",\"fortran_order\":False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 2L, 3L)}\n",
    };
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
            struct as_npy npy;
            cr_assert_eq(parse(version, headers[i], 24, &npy), AS_OK, "%s", diag.text);
            cr_assert_str_eq(npy.type, "<f4");
            cr_assert(npy.rank == 3 && npy.dim[0] == 1 && npy.dim[1] == 2 && npy.dim[2] == 3);
            cr_assert_not(npy.fortran);
        }
}

Test(npy, scalars_vectors_and_empty_arrays_are_read)
{
    struct as_npy npy;
    cr_assert_eq(parse(1, "{'descr': '|i1', 'fortran_order': True, 'shape': ()}", 1, &npy), AS_OK);
    cr_assert(npy.rank == 0 && npy.fortran);
    cr_assert_eq(parse(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (5,)}", 5, &npy),
                 AS_OK);
    cr_assert(npy.rank == 1 && npy.dim[0] == 5);
    cr_assert_eq(parse(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (0, 9)}", 0, &npy),
                 AS_OK);
}

Test(npy, a_header_that_is_none_is_refused)
{
    static const char *const headers[] = {
        "",
        "{",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'shape': (1, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'other': (1, 2)}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f0', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f-4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4' 'fortran_order': False 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} more",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        refuse(1, headers[i], 8, "x.npy: its header is no dictionary of descr");
}

Test(npy, other_versions_and_sizes_are_refused_with_both_numbers)
{
    static const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}";
    refuse(4, header, 12, "version 4 of .npy, expected 1..3");
    refuse(0, header, 12, "version 0 of .npy");
    refuse(1, header, 11, "11 bytes of values, its header says 12");
    refuse(2, header, 13, "13 bytes of values, its header says 12");
}

/* Whatever the bytes, what is accepted lies within the file and is as large as it says. */
Test(npy, damaged_files_are_refused_or_read_within_their_bytes)
{
    static const char header[] =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }          \n";
    static const char pieces[] = "{}()[]',:\"<>|if0123489L TFd\n";
    uint32_t state = 1;
    int accepted = 0;

    for (int round = 0; round < 20000; round++) {
        size_t count, values;
        struct as_npy npy;
        uint8_t *whole = make(1 + round % 3, header, 24, &count);
        for (int i = 0; i <= round % 4; i++) {
            state = state * 1664525u + 1013904223u;
            uint32_t at = (state >> 8) % (uint32_t)count;
            state = state * 1664525u + 1013904223u;
            whole[at] = state >> 31 ? (uint8_t)(state >> 8)
                                    : (uint8_t)pieces[(state >> 8) % (sizeof pieces - 1)];
        }
        size_t kept = round % 5 == 0 ? (state >> 4) % (count + 1) : count;
        uint8_t *cut = malloc(kept + (kept == 0));
        memcpy(cut, whole, kept);
        as_diag_init(&diag);
        if (as_npy_parse(cut, kept, "x.npy", &npy, &diag) == AS_OK) {
            accepted++;
            values = npy.bytes;
            cr_assert(npy.data >= cut && npy.data + values == cut + kept);
            cr_assert(npy.rank >= 0 && npy.rank <= AS_NPY_RANK_MAX);
        } else {
            cr_assert_eq(diag.count, 1);
        }
        free(cut);
        free(whole);
    }
    cr_assert_gt(accepted, 100);
}

Test(npy, what_is_written_is_read_again_and_its_values_are_aligned)
{
    static const int dims[5] = {1, 20, 300, 4, 268435456};
    for (int rank = 0; rank <= 5; rank++) {
        char *text = NULL;
        size_t bytes = 0;
        struct as_npy npy;
        FILE *out = open_memstream(&text, &bytes);
        as_npy_write_header(out, "<f4", rank, dims);
        fclose(out);
        cr_assert_eq(bytes % 64, 0);
        as_diag_init(&diag);
        as_npy_parse((const uint8_t *)text, bytes, "x.npy", &npy, &diag);
        cr_assert(strstr(diag.text, "0 bytes of values, its header says"), "%s", diag.text);
        cr_assert_eq(npy.rank, rank);
        for (int i = 0; i < rank; i++)
            cr_assert_eq(npy.dim[i], (size_t)dims[i]);
        free(text);
    }
}
