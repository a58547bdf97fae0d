/* The bench that the tests of the three engines share: how a stream is started and run beside its
 * model.
 *
 * The test defines, before this: struct bench (c, mem, random, in, out, idle_percent: how often
 * what the engine waits for is not there), STREAM (which of the three), LIMIT (cycles of the
 * longest stream, and more), MEM_BYTES, setup and step; and after it random_stream. */
#ifndef AS_COSIM_ENGINE_BENCH_H
#define AS_COSIM_ENGINE_BENCH_H

#include "gen/program/descriptor.h"

/* Puts a random stream into the memory; returns its address. */
static uint32_t random_stream(struct bench *b);

/* Puts a LOOP descriptor that goes back to `target`, moved by `inc`; returns its size in bytes. */
static uint32_t random_loop(struct bench *b, uint32_t at, uint32_t target, uint32_t inc)
{
    uint32_t words[AS_DESC_WORDS_MAX];
    const struct as_loop loop = {
        .count = (int)as_cosim_below(&b->random, 4),
        .target = target % MEM_BYTES,
        .inc = inc,
        .yinc = (int)as_cosim_below(&b->random, 9),
    };
    int count = as_loop_encode(STREAM, &loop, P_CNT_W, words);

    for (int i = 0; i < count; i++)
        as_fake_memory_put(&b->mem, at + 4 * (uint32_t)i, words[i]);
    return 4 * (uint32_t)count;
}

/* One cycle with the start pulse. */
static void start(struct bench *b, uint32_t pc)
{
    b->in.start_i = 1;
    b->in.pc_i = pc / P_BYTES;
    step(b);
    b->in.start_i = 0;
}

/* How fast the memory is, and how often the engine waits for others. */
static void random_environment(struct bench *b)
{
    b->mem.latency = 1 + as_cosim_below(&b->random, b->mem.depth);
    b->mem.ready_percent = as_cosim_percent(&b->random, 30) ? 100 : 40;
    b->mem.answer_percent = as_cosim_percent(&b->random, 30) ? 100 : 50;
    b->idle_percent = as_cosim_percent(&b->random, 30) ? 0 : 60;
}

/* Runs until the engine is idle; a reset, if any, in cycle `reset`. */
static void run_to_end(struct bench *b, unsigned reset)
{
    for (unsigned n = 0; b->out.busy || n == 0; n++) {
        cr_assert_lt(n, LIMIT, "the stream does not end");
        b->in.rst_i = n == reset;
        step(b);
    }
    b->in.rst_i = 0;
}

/* Random streams, some ended by a reset in one of the first `reset_before` cycles. */
static void agree_on_every_cycle(struct bench *b, unsigned streams, unsigned reset_before)
{
    setup(b, 1);
    for (unsigned i = 0; i < as_cosim_rounds(streams); i++) {
        random_environment(b);
        start(b, random_stream(b));
        run_to_end(b, as_cosim_percent(&b->random, 15) ? as_cosim_below(&b->random, reset_before)
                                                       : LIMIT);
    }
    as_cosim_free(b->c);
}

#endif
