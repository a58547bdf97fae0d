/* From a model's fields to registers and back, included after cosim.h.  signals_of.h and
 * signals_to.h expand the list of the block's registers with what is below; a test expands so what
 * is in no list. AS_OF_FIELD, AS_OF_BITS: model m to registers reg; AS_TO_FIELD, AS_TO_BITS: back.
 * BITS is a field of a larger word, starting at bit `low`. */
#ifndef AS_COSIM_FIELDS_H
#define AS_COSIM_FIELDS_H

/* The width of each register: AS_WIDTH_<name>. */
enum as_cosim_width {
#undef PEEK
#undef PEEK_ARRAY
#define PEEK(name, signal, width)          AS_WIDTH_##name = (width),
#define PEEK_ARRAY(name, signal, width, n) AS_WIDTH_##name = (width),
#include COSIM_PORTS
#include "tests/cosim/ports_default.h"
    AS_WIDTH_NONE
};

AS_COSIM_UNUSED static uint64_t as_cosim_cut(uint64_t value, int width)
{
    return value & (UINT64_MAX >> (64 - width));
}

AS_COSIM_UNUSED static uint64_t as_cosim_extend(uint64_t value, int width, bool is_signed)
{
    bool minus = is_signed && (value >> (width - 1) & 1);
    return minus ? value | ~(UINT64_MAX >> (64 - width)) : value;
}

#define AS_OF_FIELD(name, field) reg->name = as_cosim_cut((uint64_t)(field), AS_WIDTH_##name);
#define AS_TO_FIELD(name, field)                                                                   \
    field = (__typeof__(field))as_cosim_extend(reg->name, AS_WIDTH_##name,                         \
                                               (__typeof__(field))-1 < (__typeof__(field))1);
#define AS_OF_BITS(name, field, low)                                                               \
    reg->name = as_cosim_cut((uint64_t)(field) >> (low), AS_WIDTH_##name);
#define AS_TO_BITS(name, field, low)                                                               \
    field = (__typeof__(field))((field & ~(as_cosim_cut(UINT64_MAX, AS_WIDTH_##name) << (low))) |  \
                                reg->name << (low));

/* One field of a wide pin or register, lowest word first. */
AS_COSIM_UNUSED static void as_cosim_put(uint32_t *word, unsigned at, int width, uint64_t value)
{
    for (unsigned i = 0; i < (unsigned)width; i++, at++) {
        word[at / 32] &= ~(1u << at % 32);
        word[at / 32] |= (uint32_t)(value >> i & 1) << at % 32;
    }
}

/* The same byte, `bytes` times. */
AS_COSIM_UNUSED static void as_cosim_fill(uint32_t *word, unsigned bytes, uint8_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        as_cosim_put(word, 8 * i, 8, value);
}

AS_COSIM_UNUSED static uint64_t as_cosim_get(const uint32_t *word, unsigned at, int width)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < (unsigned)width; i++, at++)
        value |= (uint64_t)(word[at / 32] >> at % 32 & 1) << i;
    return value;
}

/* Elements n of a register, each a field of the model. */
#define AS_OF_VEC(name, count, width, field)                                                       \
    for (int n = 0; n < (int)(count); n++)                                                         \
        as_cosim_put(reg->name, (unsigned)(n * (width)), width, (uint64_t)(field));
#define AS_TO_VEC(name, count, width, field)                                                       \
    for (int n = 0; n < (int)(count); n++)                                                         \
        field = (__typeof__(field))as_cosim_extend(                                                \
            as_cosim_get(reg->name, (unsigned)(n * (width)), width), width,                        \
            (__typeof__(field))-1 < (__typeof__(field))1);

/* A random number that is often at an end of its range. */
AS_COSIM_UNUSED static uint32_t as_cosim_edgy(uint64_t *state)
{
    static const uint32_t edge[] = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x40000000};
    uint32_t bits = as_cosim_below(state, 32);
    uint32_t value = (uint32_t)as_cosim_bits(state, 32) >> bits;
    if (as_cosim_percent(state, 15))
        return edge[as_cosim_below(state, sizeof edge / sizeof edge[0])];
    return as_cosim_percent(state, 50) ? value : 0u - value;
}

#endif
