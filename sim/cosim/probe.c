#include "sim/cosim/probe.h"

#include <string.h>

/* Bits that count to `values` - 1, at least one. */
static int as_probe_bits(int values)
{
    int bits = 1;
    while (1 << bits < values)
        bits++;
    return bits;
}

static int as_probe_word_bits(const struct as_hw *hw)
{
    return hw->addr_bits - as_word_shift(hw);
}

/* The enables of lanes i * lanes and up: a write stays in one group of `lanes`. */
static uint64_t as_probe_enables(const struct as_tile_write *w, int lanes, int i)
{
    uint32_t first = (uint32_t)(i * lanes);
    bool here = w->lane >= first && w->lane < first + (uint32_t)lanes;
    return here ? ((UINT64_C(1) << w->lanes) - 1) << (w->lane - first) : 0;
}

/* Bytes 4 * i .. 4 * i + 3. */
static uint32_t as_probe_u32(const uint8_t *bytes, int i)
{
    uint32_t value;

    memcpy(&value, bytes + 4 * i, sizeof value);
    return value;
}

/* {en, first, last, byte} */
static uint64_t as_probe_mac(const struct as_mac *mac, int byte_bits)
{
    uint64_t flags = (uint64_t)mac->en << 2 | (uint64_t)mac->first << 1 | (uint64_t)mac->last;
    return flags << byte_bits | mac->byte;
}

/* Ifmap lanes a probe of their enables: all, or those of an array row. */
static int as_probe_ibuf_group(const struct as_hw *hw)
{
    return hw->ibuf_lanes <= 64 ? hw->ibuf_lanes : hw->mem_width_bytes;
}

int as_probe_count(const struct as_hw *hw)
{
    int count = 0;
#define AS_PROBE_MODEL(type, pointer)
#define AS_PROBE_ONE(exists, id, width, path, value)           count += (exists) ? 1 : 0;
#define AS_PROBE_LIST(id, elements, width, path, value)        count += (elements);
#define AS_PROBE_GRID(id, times, elements, width, path, value) count += (times) * (elements);
#include "sim/cosim/probe.def"
#undef AS_PROBE_MODEL
#undef AS_PROBE_ONE
#undef AS_PROBE_LIST
#undef AS_PROBE_GRID
    return count;
}

static struct as_probe element(struct as_arena *arena, const char *id, const char *path, int width,
                               int i)
{
    const char *mark = strchr(path, '#');
    return (struct as_probe){
        .id = as_arena_printf(arena, "%s[%d]", id, i),
        .path = mark ? as_arena_printf(arena, "%.*s%d%s", (int)(mark - path), path, i, mark + 1)
                     : as_arena_printf(arena, "%s[%d +: %d]", path, i * width, width),
        .width = width};
}

/* Element n of a register that is there several times, or once: then `where` has no '#'. */
static struct as_probe grid_element(struct as_arena *arena, const char *id, const char *where,
                                    int width, int i, int n)
{
    const char *mark = strchr(where, '#');
    if (!mark)
        return element(arena, id, where, width, n);
    return element(arena, as_arena_printf(arena, "%s[%d]", id, i),
                   as_arena_printf(arena, "%.*s%d%s", (int)(mark - where), where, i, mark + 1),
                   width, n);
}

const struct as_probe *as_probe_list(struct as_arena *arena, const struct as_hw *hw)
{
    struct as_probe *list = AS_NEW(arena, struct as_probe, as_probe_count(hw));
    int count = 0;
#define AS_PROBE_MODEL(type, pointer)
#define AS_PROBE_ONE(exists, name, bits, where, value)                                             \
    if (exists)                                                                                    \
        list[count++] = (struct as_probe){.id = name, .path = where, .width = bits};
#define AS_PROBE_LIST(name, elements, bits, where, value)                                          \
    for (int i = 0; i < (elements); i++)                                                           \
        list[count++] = element(arena, name, where, bits, i);
#define AS_PROBE_GRID(name, times, elements, bits, where, value)                                   \
    for (int i = 0; i < (times); i++)                                                              \
        for (int n = 0; n < (elements); n++)                                                       \
            list[count++] = grid_element(arena, name, where, bits, i, n);
#include "sim/cosim/probe.def"
#undef AS_PROBE_MODEL
#undef AS_PROBE_ONE
#undef AS_PROBE_LIST
#undef AS_PROBE_GRID
    return list;
}

const uint64_t *as_probe_masks(struct as_arena *arena, const struct as_hw *hw)
{
    int count = as_probe_count(hw);
    const struct as_probe *list = as_probe_list(arena, hw);
    uint64_t *masks = AS_NEW(arena, uint64_t, count);

    for (int i = 0; i < count; i++)
        masks[i] = UINT64_MAX >> (64 - list[i].width);
    return masks;
}

void as_system_probe(const struct as_system *s, const uint64_t *masks, uint64_t *values)
{
    const struct as_hw *hw = s->hw;
    const struct as_core *k = &s->core;
    const struct as_core_wires *w = &s->wires;
#define AS_PROBE_MODEL(type, pointer) const type *m = pointer;
#define AS_PROBE_ONE(exists, id, width, path, value)                                               \
    if (exists)                                                                                    \
        *values++ = (uint64_t)(value) & *masks++;
#define AS_PROBE_LIST(id, elements, width, path, value)                                            \
    for (int i = 0; i < (elements); i++)                                                           \
        *values++ = (uint64_t)(value) & *masks++;
#define AS_PROBE_GRID(id, times, elements, width, path, value)                                     \
    for (int i = 0; i < (times); i++)                                                              \
        for (int n = 0; n < (elements); n++)                                                       \
            *values++ = (uint64_t)(value) & *masks++;
#include "sim/cosim/probe.def"
#undef AS_PROBE_MODEL
#undef AS_PROBE_ONE
#undef AS_PROBE_LIST
#undef AS_PROBE_GRID
}

/* splitmix64, cut to `bits`, with the sign of the highest if the field has one. */
static uint64_t random_register(uint64_t *state, int bits, bool is_signed)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = ((z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB)) >> (64 - bits);
    return is_signed && (z >> (bits - 1) & 1) ? z | ~(UINT64_MAX >> (64 - bits)) : z;
}

void as_system_scramble(struct as_system *s, uint64_t seed)
{
    const struct as_hw *hw = s->hw;
    struct as_core *k = &s->core;
#define AS_PROBE_MODEL(type, pointer) __attribute__((unused)) type *m = pointer;
#define AS_PROBE_ONE(exists, id, width, path, value)
#define AS_PROBE_LIST(id, elements, width, path, value)
#define AS_PROBE_REG(exists, id, width, path, field)                                               \
    if (exists)                                                                                    \
        field = (__typeof__(field))random_register(&seed, width,                                   \
                                                   (__typeof__(field))-1 < (__typeof__(field))1);
#define AS_PROBE_REGS(id, elements, width, path, field)                                            \
    for (int i = 0; i < (elements); i++)                                                           \
    AS_PROBE_REG(true, id, width, path, field)
#define AS_PROBE_GRID(id, times, elements, width, path, value)
#define AS_PROBE_GRID_REGS(id, times, elements, width, path, field)                                \
    for (int i = 0; i < (times); i++)                                                              \
        for (int n = 0; n < (elements); n++)                                                       \
    AS_PROBE_REG(true, id, width, path, field)
#include "sim/cosim/probe.def"
#undef AS_PROBE_MODEL
#undef AS_PROBE_ONE
#undef AS_PROBE_LIST
#undef AS_PROBE_GRID
#undef AS_PROBE_REG
#undef AS_PROBE_REGS
#undef AS_PROBE_GRID_REGS
}
