/* One descriptor on the cycle model: the others of its stream are END, and every token is there. */
#ifndef AS_TEST_FORMS_BENCH_H
#define AS_TEST_FORMS_BENCH_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/fit.h"
#include "gen/config/config.h"
#include "sim/blocks/system.h"
#include "sim/timing/timing.h"

#define AT_STREAM(k)  (0x100u * (1 + (uint32_t)(k)))
#define BENCH_CYCLES  200000
#define BENCH_PRESETS 16

struct bench {
    struct as_arena *arena;
    struct as_system *s;
    struct as_system_in in;
};

static inline int in_range(int low, int high)
{
    return low + rand() % (high - low + 1);
}

/* The accelerators that the laws are tried on: each preset on 16 PEs and on arrays of other sides.
 */
static inline int bench_configs(struct as_config configs[2 * BENCH_PRESETS])
{
    static const char *const sets[2][4] = {
        {"requant.lanes=1", "memory.interval=1"},
        {"unroll.K=6", "unroll.C=3", "memory.width=64", "buffers.accumulator=256"}};
    static struct as_arena *arena; /* the configurations live in it, as long as the test */
    struct as_diag diag;
    int names, count = 0;
    const char *const *name = as_dataflow_names(&names);

    arena = as_arena_new();
    for (int size = 0; size < 2; size++) {
        struct as_config *base;
        as_diag_init(&diag);
        cr_assert_eq(as_config_load(arena, "bench/accels/16-pes.yaml", sets[size],
                                    size == 0 ? 2 : 4, &base, &diag),
                     AS_OK, "%s", diag.text);
        for (int i = 0; i < names; i++)
            count +=
                as_fit_config(base, as_dataflow_find(name[i]), &configs[count], &diag) == AS_OK;
    }
    cr_assert_geq(count, names);
    return count;
}

static inline void bench_open(struct bench *b, const struct as_hw *hw)
{
    static const uint32_t end[AS_DESC_WORDS_MAX] = {1};

    *b = (struct bench){.arena = as_arena_new(),
                        .in = {.pc_load = AT_STREAM(AS_STREAM_LOAD),
                               .pc_compute = AT_STREAM(AS_STREAM_COMPUTE),
                               .pc_store = AT_STREAM(AS_STREAM_STORE)}};
    b->s = as_system_new(b->arena, hw);
    for (int k = 0; k < AS_STREAM_COUNT; k++)
        memcpy(b->s->memory.bytes + AT_STREAM(k), end, sizeof end);
}

/* The descriptor of `words` words, and END behind it. */
static inline void bench_put(struct bench *b, enum as_stream stream, const uint32_t *words,
                             int count)
{
    static const uint32_t end[AS_DESC_WORDS_MAX] = {1};
    uint8_t *at = b->s->memory.bytes + AT_STREAM(stream);

    memcpy(at, words, 4 * (size_t)count);
    memcpy(at + 4 * count, end, sizeof end);
}

/* One cycle in which the given tokens are set; the wires show it until the next. */
static inline void bench_eval(struct bench *b, bool start, bool ibuf, bool wbuf, bool drain)
{
    b->in.start = start;
    if (ibuf)
        b->s->core.tokens.ibuf_full_q = 3;
    if (wbuf)
        b->s->core.tokens.wbuf_full_q = 3;
    if (drain)
        b->s->core.tokens.acc_full_q = 3;
    as_system_eval(b->s, &b->in);
}

static inline void bench_close(struct bench *b)
{
    as_arena_free(b->arena);
}

#endif
