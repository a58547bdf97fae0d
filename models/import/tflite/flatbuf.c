#include "models/import/tflite/flatbuf.h"

#include <string.h>

static void violate(struct as_flatbuf *fb, size_t where)
{
    if (!fb->malformed) {
        fb->malformed = true;
        fb->where = where;
    }
}

/* Little-endian number of 1..8 bytes at `at`; 0 and a violation when it does not lie in the buffer.
 */
static uint64_t load(struct as_flatbuf *fb, size_t at, size_t width)
{
    if (fb->malformed)
        return 0;
    if (at > fb->bytes || width > fb->bytes - at) {
        violate(fb, at);
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)fb->data[at + i] << (8 * i);
    return value;
}

static int32_t to_i32(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    int32_t value;
    memcpy(&value, &low, sizeof value);
    return value;
}

static float to_f32(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

/* Follows the unsigned 32-bit offset at `at`; 0 after a violation. */
static size_t follow(struct as_flatbuf *fb, size_t at)
{
    size_t offset = (size_t)load(fb, at, 4);
    if (fb->malformed)
        return 0;
    if (offset < 4 || offset > fb->bytes - at) {
        violate(fb, at);
        return 0;
    }
    return at + offset;
}

static struct as_flatbuf_table open_table(struct as_flatbuf *fb, size_t at)
{
    struct as_flatbuf_table t = {.fb = fb};
    int64_t vtable = (int64_t)at - to_i32(load(fb, at, 4));
    if (fb->malformed)
        return t;
    if (vtable < 0 || vtable > (int64_t)fb->bytes) {
        violate(fb, at);
        return t;
    }
    size_t vtable_at = (size_t)vtable;
    size_t vtable_bytes = (size_t)load(fb, vtable_at, 2);
    size_t bytes = (size_t)load(fb, vtable_at + 2, 2);
    if (fb->malformed)
        return t;
    if (vtable_bytes < 4 || vtable_bytes % 2 != 0 || vtable_bytes > fb->bytes - vtable_at) {
        violate(fb, vtable_at);
        return t;
    }
    if (bytes < 4 || bytes > fb->bytes - at) {
        violate(fb, vtable_at + 2);
        return t;
    }
    t.present = true;
    t.at = at;
    t.bytes = bytes;
    t.vtable_at = vtable_at;
    t.vtable_bytes = vtable_bytes;
    return t;
}

/* Byte offset of field `id`, `width` bytes wide, or 0 when it is absent (or malformed). */
static size_t field(const struct as_flatbuf_table *t, int id, size_t width)
{
    size_t entry = 4 + 2 * (size_t)id;
    if (!t->present || t->fb->malformed || entry >= t->vtable_bytes)
        return 0;
    size_t offset = (size_t)load(t->fb, t->vtable_at + entry, 2);
    if (offset == 0)
        return 0;
    if (offset < 4 || width > t->bytes || offset > t->bytes - width) {
        violate(t->fb, t->vtable_at + entry);
        return 0;
    }
    return t->at + offset;
}

void as_flatbuf_init(struct as_flatbuf *fb, const uint8_t *data, size_t bytes)
{
    *fb = (struct as_flatbuf){.data = data, .bytes = bytes};
    if (bytes > AS_FLATBUF_BYTES_MAX)
        violate(fb, 0);
}

struct as_flatbuf_table as_flatbuf_root(struct as_flatbuf *fb, const char *identifier)
{
    struct as_flatbuf_table none = {.fb = fb};
    if (fb->malformed)
        return none;
    if (fb->bytes < 8 || memcmp(fb->data + 4, identifier, 4) != 0) {
        violate(fb, 4);
        return none;
    }
    size_t at = follow(fb, 0);
    return fb->malformed ? none : open_table(fb, at);
}

bool as_flatbuf_has(const struct as_flatbuf_table *t, int id)
{
    return field(t, id, 1) != 0;
}

int8_t as_flatbuf_i8(const struct as_flatbuf_table *t, int id, int8_t absent)
{
    size_t at = field(t, id, 1);
    int value = at ? (int)load(t->fb, at, 1) : absent;
    return (int8_t)(value > 127 ? value - 256 : value);
}

int32_t as_flatbuf_i32(const struct as_flatbuf_table *t, int id, int32_t absent)
{
    size_t at = field(t, id, 4);
    return at ? to_i32(load(t->fb, at, 4)) : absent;
}

uint32_t as_flatbuf_u32(const struct as_flatbuf_table *t, int id, uint32_t absent)
{
    size_t at = field(t, id, 4);
    return at ? (uint32_t)load(t->fb, at, 4) : absent;
}

uint64_t as_flatbuf_u64(const struct as_flatbuf_table *t, int id, uint64_t absent)
{
    size_t at = field(t, id, 8);
    return at ? load(t->fb, at, 8) : absent;
}

float as_flatbuf_f32(const struct as_flatbuf_table *t, int id, float absent)
{
    size_t at = field(t, id, 4);
    return at ? to_f32(load(t->fb, at, 4)) : absent;
}

struct as_flatbuf_table as_flatbuf_child(const struct as_flatbuf_table *t, int id)
{
    struct as_flatbuf_table none = {.fb = t->fb};
    size_t at = field(t, id, 4);
    if (!at)
        return none;
    size_t target = follow(t->fb, at);
    return t->fb->malformed ? none : open_table(t->fb, target);
}

struct as_flatbuf_vector as_flatbuf_vector(const struct as_flatbuf_table *t, int id, size_t stride)
{
    struct as_flatbuf_vector none = {.fb = t->fb, .stride = stride};
    size_t at = field(t, id, 4);
    if (!at)
        return none;
    size_t target = follow(t->fb, at);
    size_t count = (size_t)load(t->fb, target, 4);
    if (t->fb->malformed)
        return none;
    if (count > (t->fb->bytes - target - 4) / stride) {
        violate(t->fb, target);
        return none;
    }
    return (struct as_flatbuf_vector){t->fb, target + 4, count, stride};
}

struct as_flatbuf_vector as_flatbuf_string(const struct as_flatbuf_table *t, int id)
{
    return as_flatbuf_vector(t, id, 1);
}

/* Byte offset of element `index`, 0 after a violation. */
static size_t element(const struct as_flatbuf_vector *v, size_t index)
{
    if (v->fb->malformed)
        return 0;
    if (index >= v->count) {
        violate(v->fb, v->at);
        return 0;
    }
    return v->at + index * v->stride;
}

struct as_flatbuf_table as_flatbuf_at_table(const struct as_flatbuf_vector *v, size_t index)
{
    struct as_flatbuf_table none = {.fb = v->fb};
    size_t at = element(v, index);
    if (!at)
        return none;
    size_t target = follow(v->fb, at);
    return v->fb->malformed ? none : open_table(v->fb, target);
}

int32_t as_flatbuf_at_i32(const struct as_flatbuf_vector *v, size_t index)
{
    size_t at = element(v, index);
    return at ? to_i32(load(v->fb, at, 4)) : 0;
}

int64_t as_flatbuf_at_i64(const struct as_flatbuf_vector *v, size_t index)
{
    size_t at = element(v, index);
    uint64_t bits = at ? load(v->fb, at, 8) : 0;
    int64_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float as_flatbuf_at_f32(const struct as_flatbuf_vector *v, size_t index)
{
    size_t at = element(v, index);
    return at ? to_f32(load(v->fb, at, 4)) : 0.0f;
}

const uint8_t *as_flatbuf_bytes(const struct as_flatbuf_vector *v)
{
    return v->count > 0 && !v->fb->malformed ? v->fb->data + v->at : NULL;
}
