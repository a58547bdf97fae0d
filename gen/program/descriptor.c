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

int as_loop_encode(enum as_stream stream, const struct as_loop *loop, int count_bits,
                   uint32_t words[AS_DESC_WORDS_MAX])
{
    uint32_t target = loop->target / AS_STREAM_ALIGN;
    int low = (int)(target & ((1u << count_bits) - 1u)), high = (int)(target >> count_bits);

    assert(loop->target % AS_STREAM_ALIGN == 0);
    assert(loop->count < 1 << count_bits && high < 1 << count_bits);
    memset(words, 0, sizeof(uint32_t) * AS_DESC_WORDS_MAX);
    if (stream == AS_STREAM_LOAD)
        return as_load_encode(&(struct as_load_desc){.loop = true,
                                                     .nc = loop->count,
                                                     .ns = low,
                                                     .nr = high,
                                                     .src = loop->inc,
                                                     .nq = loop->yinc},
                              words);
    if (stream == AS_STREAM_COMPUTE)
        return as_compute_encode(
            &(struct as_compute_desc){.loop = true, .nq = loop->count, .np = low, .nk = high},
            words);
    return as_store_encode(
        &(struct as_store_desc){
            .loop = true, .nq = loop->count, .np = low, .nkt = high, .dst = loop->inc},
        words);
}

void as_loop_decode(enum as_stream stream, const uint32_t *words, int count_bits,
                    struct as_loop *loop)
{
    uint32_t mask = (1u << count_bits) - 1u, count, low, high;

    *loop = (struct as_loop){0};
    if (stream == AS_STREAM_LOAD) {
        count = AS_FIELD(LOAD, nc, words);
        low = AS_FIELD(LOAD, ns, words);
        high = AS_FIELD(LOAD, nr, words);
        loop->inc = AS_FIELD(LOAD, src, words);
        loop->yinc = (int)(AS_FIELD(LOAD, nq, words) & mask);
    } else if (stream == AS_STREAM_COMPUTE) {
        count = AS_FIELD(COMPUTE, nq, words);
        low = AS_FIELD(COMPUTE, np, words);
        high = AS_FIELD(COMPUTE, nk, words);
    } else {
        count = AS_FIELD(STORE, nq, words);
        low = AS_FIELD(STORE, np, words);
        high = AS_FIELD(STORE, nkt, words);
        loop->inc = AS_FIELD(STORE, dst, words);
    }
    loop->count = (int)(count & mask);
    loop->target = ((low & mask) | (high & mask) << count_bits) * AS_STREAM_ALIGN;
}
