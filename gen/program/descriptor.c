/* Descriptors to words and back. */
#include "gen/program/descriptor.h"

#include <assert.h>
#include <string.h>

_Static_assert((int)AS_LOAD_WORDS >= (int)AS_COMPUTE_WORDS &&
                   (int)AS_LOAD_WORDS >= (int)AS_STORE_WORDS,
               "LOAD is no longer the longest descriptor: AS_DESC_WORDS_MAX");

/* ---- one field ---- */

/* `value` in an unsigned field. */
static uint32_t put_uint(int value, int low, int bits)
{
    assert(value >= 0 && (int64_t)value < INT64_C(1) << bits);
    return (uint32_t)value << low;
}

/* `value` in a field that holds it modulo its width. */
static uint32_t put_sint(int value, int low, int bits)
{
    return ((uint32_t)value & UINT32_MAX >> (32 - bits)) << low;
}

static int get_uint(uint32_t word, int low, int bits)
{
    return (int)(word >> low & UINT32_MAX >> (32 - bits));
}

static int get_sint(uint32_t word, int low, int bits)
{
    uint32_t value = word >> low & UINT32_MAX >> (32 - bits), sign = 1u << (bits - 1);
    return (int32_t)((value ^ sign) - sign);
}

/* By the kind of field. */
#define PUT_FLAG                      put_uint
#define PUT_COUNT                     put_uint
#define PUT_UINT                      put_uint
#define PUT_SINT                      put_sint
#define PUT_ADDRESS(value, low, bits) (value)
#define GET_FLAG(word, low, bits)     (get_uint(word, low, bits) != 0)
#define GET_COUNT                     get_uint
#define GET_UINT                      get_uint
#define GET_SINT                      get_sint
#define GET_ADDRESS(word, low, bits)  (word)

/* By the descriptors in which a field means something. */
#define WHEN_ALWAYS true
#define WHEN_BOX    is_box(desc)
#define WHEN_MAC    !desc->lookup
#define WHEN_LOOKUP desc->lookup

static bool is_box(const struct as_load_desc *desc)
{
    return !desc->end && !desc->loop && !desc->linear;
}

/* ---- all fields ---- */

#define PUT(name, kind, when, word, low, bits, meaning)                                            \
    words[word] |= (WHEN_##when) ? PUT_##kind(desc->name, low, bits) : 0;
#define GET(name, kind, when, word, low, bits, meaning)                                            \
    if (WHEN_##when)                                                                               \
        desc->name = GET_##kind(words[word], low, bits);

int as_load_encode(const struct as_load_desc *desc, uint32_t words[AS_LOAD_WORDS])
{
    memset(words, 0, sizeof(uint32_t) * AS_LOAD_WORDS);
#define AS_LOAD_FIELD PUT
#include "gen/program/descriptors.def"
    return is_box(desc) ? AS_LOAD_WORDS : AS_LOAD_LINEAR_WORDS;
}

int as_load_decode(const uint32_t *words, size_t available, struct as_load_desc *desc)
{
    memset(desc, 0, sizeof *desc);
    if (available < AS_LOAD_LINEAR_WORDS)
        return 0;
    desc->end = AS_FIELD(LOAD, end, words) != 0;
    desc->loop = AS_FIELD(LOAD, loop, words) != 0;
    desc->linear = AS_FIELD(LOAD, linear, words) != 0;
    int count = is_box(desc) ? AS_LOAD_WORDS : AS_LOAD_LINEAR_WORDS;
    if (available < (size_t)count)
        return 0;
#define AS_LOAD_FIELD GET
#include "gen/program/descriptors.def"
    return count;
}

int as_compute_encode(const struct as_compute_desc *desc, uint32_t words[AS_COMPUTE_WORDS])
{
    memset(words, 0, sizeof(uint32_t) * AS_COMPUTE_WORDS);
#define AS_COMPUTE_FIELD PUT
#include "gen/program/descriptors.def"
    return AS_COMPUTE_WORDS;
}

int as_compute_decode(const uint32_t *words, size_t available, struct as_compute_desc *desc)
{
    memset(desc, 0, sizeof *desc);
    if (available < AS_COMPUTE_WORDS)
        return 0;
#define AS_COMPUTE_FIELD GET
#include "gen/program/descriptors.def"
    return AS_COMPUTE_WORDS;
}

int as_store_encode(const struct as_store_desc *desc, uint32_t words[AS_STORE_WORDS])
{
    memset(words, 0, sizeof(uint32_t) * AS_STORE_WORDS);
#define AS_STORE_FIELD PUT
#include "gen/program/descriptors.def"
    return AS_STORE_WORDS;
}

int as_store_decode(const uint32_t *words, size_t available, struct as_store_desc *desc)
{
    memset(desc, 0, sizeof *desc);
    if (available < AS_STORE_WORDS)
        return 0;
#define AS_STORE_FIELD GET
#include "gen/program/descriptors.def"
    return AS_STORE_WORDS;
}

/* Steps that are taken are multiples of the lanes, and so is what is counted in channels. */
bool as_store_may_be_side_by_side(const struct as_store_desc *desc, int lanes)
{
    return lanes > 1 && !desc->softmax && !desc->by_address && desc->dst % (uint32_t)lanes == 0 &&
           (desc->nq == 0 || desc->dq % lanes == 0) && (desc->np == 0 || desc->dp % lanes == 0) &&
           (desc->nkt == 0 || ((desc->dk - 1) % lanes == 0 && (desc->nc + 1) % lanes == 0)) &&
           (desc->ncl + 1) % lanes == 0;
}

/* ---- LOOP: a descriptor of its stream in which other fields carry what it needs ---- */

/* What the fields hold: target / AS_STREAM_ALIGN in two halves. */
struct loop_roles {
    int count, low, high, yinc;
    uint32_t inc;
};

int as_loop_encode(enum as_stream stream, const struct as_loop *loop, int count_bits,
                   uint32_t words[AS_DESC_WORDS_MAX])
{
    uint32_t target = loop->target / AS_STREAM_ALIGN;
    const struct loop_roles roles = {.count = loop->count,
                                     .low = (int)(target & ((1u << count_bits) - 1u)),
                                     .high = (int)(target >> count_bits),
                                     .inc = loop->inc,
                                     .yinc = loop->yinc};

    assert(loop->target % AS_STREAM_ALIGN == 0);
    assert(roles.count < 1 << count_bits && roles.high < 1 << count_bits);
    memset(words, 0, sizeof(uint32_t) * AS_DESC_WORDS_MAX);
#define CARRY(role, field) .field = roles.role,
    if (stream == AS_STREAM_LOAD) {
        const struct as_load_desc desc = {
            .loop = true,
#define AS_LOAD_LOOP CARRY
#include "gen/program/descriptors.def"
        };
        return as_load_encode(&desc, words);
    }
    if (stream == AS_STREAM_COMPUTE) {
        const struct as_compute_desc desc = {
            .loop = true,
#define AS_COMPUTE_LOOP CARRY
#include "gen/program/descriptors.def"
        };
        return as_compute_encode(&desc, words);
    }
    const struct as_store_desc desc = {
        .loop = true,
#define AS_STORE_LOOP CARRY
#include "gen/program/descriptors.def"
    };
    return as_store_encode(&desc, words);
}

void as_loop_decode(enum as_stream stream, const uint32_t *words, int count_bits,
                    struct as_loop *loop)
{
    const uint32_t mask = (1u << count_bits) - 1u;
    struct loop_roles roles = {0};

    if (stream == AS_STREAM_LOAD) {
#define AS_LOAD_LOOP(role, field) roles.role = (__typeof__(roles.role))AS_FIELD(LOAD, field, words);
#include "gen/program/descriptors.def"
    } else if (stream == AS_STREAM_COMPUTE) {
#define AS_COMPUTE_LOOP(role, field)                                                               \
    roles.role = (__typeof__(roles.role))AS_FIELD(COMPUTE, field, words);
#include "gen/program/descriptors.def"
    } else {
#define AS_STORE_LOOP(role, field)                                                                 \
    roles.role = (__typeof__(roles.role))AS_FIELD(STORE, field, words);
#include "gen/program/descriptors.def"
    }
    const uint32_t low = (uint32_t)roles.low & mask, high = (uint32_t)roles.high & mask;
    *loop = (struct as_loop){.count = (int)((uint32_t)roles.count & mask),
                             .target = (low | high << count_bits) * AS_STREAM_ALIGN,
                             .inc = roles.inc,
                             .yinc = (int)((uint32_t)roles.yinc & mask)};
}
