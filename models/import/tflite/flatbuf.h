/* A bounds-checked reader of flatbuffers.
 *
 * The file is untrusted: every offset, vtable, vector and string is checked against the buffer
 * before it is read.  The first violation sets `malformed`, and from then on every accessor yields
 * its default (0, absent, empty), so a caller may read a group of fields and test the flag once. */
#ifndef AS_MODELS_IMPORT_TFLITE_FLATBUF_H
#define AS_MODELS_IMPORT_TFLITE_FLATBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AS_FLATBUF_BYTES_MAX ((size_t)64 << 20)

struct as_flatbuf {
    const uint8_t *data; /* borrowed */
    size_t bytes;        /* <= AS_FLATBUF_BYTES_MAX */
    bool malformed;
    size_t where; /* byte offset of the first violation */
};

/* A table, or an absent one (present false), all of whose fields are absent. */
struct as_flatbuf_table {
    struct as_flatbuf *fb;
    bool present;
    size_t at, bytes; /* inline part */
    size_t vtable_at, vtable_bytes;
};

/* A vector; absent and empty are the same. */
struct as_flatbuf_vector {
    struct as_flatbuf *fb;
    size_t at; /* of element 0 */
    size_t count;
    size_t stride; /* bytes per element */
};

/* Size above the cap counts as malformed at offset 0. */
void as_flatbuf_init(struct as_flatbuf *fb, const uint8_t *data, size_t bytes);

/* The root table of a file whose identifier is the four characters `identifier`. */
struct as_flatbuf_table as_flatbuf_root(struct as_flatbuf *fb, const char *identifier);

/* Scalar field number `id`, or `absent` when the table has none. */
bool as_flatbuf_has(const struct as_flatbuf_table *t, int id);
int8_t as_flatbuf_i8(const struct as_flatbuf_table *t, int id, int8_t absent);
int32_t as_flatbuf_i32(const struct as_flatbuf_table *t, int id, int32_t absent);
uint32_t as_flatbuf_u32(const struct as_flatbuf_table *t, int id, uint32_t absent);
uint64_t as_flatbuf_u64(const struct as_flatbuf_table *t, int id, uint64_t absent);
float as_flatbuf_f32(const struct as_flatbuf_table *t, int id, float absent);

/* Fields that are offsets.  A string is a vector of its bytes without the terminator. */
struct as_flatbuf_table as_flatbuf_child(const struct as_flatbuf_table *t, int id);
struct as_flatbuf_vector as_flatbuf_vector(const struct as_flatbuf_table *t, int id, size_t stride);
struct as_flatbuf_vector as_flatbuf_string(const struct as_flatbuf_table *t, int id);

/* Elements; `index` >= count is malformed. */
struct as_flatbuf_table as_flatbuf_at_table(const struct as_flatbuf_vector *v, size_t index);
int32_t as_flatbuf_at_i32(const struct as_flatbuf_vector *v, size_t index);
int64_t as_flatbuf_at_i64(const struct as_flatbuf_vector *v, size_t index);
float as_flatbuf_at_f32(const struct as_flatbuf_vector *v, size_t index);
/* The elements' bytes, count * stride of them, unaligned; NULL when empty. */
const uint8_t *as_flatbuf_bytes(const struct as_flatbuf_vector *v);

#endif
