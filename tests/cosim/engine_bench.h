/* The bench that the tests of the three engines share: how a stream is started and run beside its
 * model.
 *
 * The test defines, before this: struct bench (c, mem, random, in, out, idle_percent: how often
 * what the engine waits for is not there), LIMIT (cycles of the longest stream, and more), setup
 * and step; and after it random_stream. */
#ifndef AS_COSIM_ENGINE_BENCH_H
#define AS_COSIM_ENGINE_BENCH_H

/* Puts a random stream into the memory; returns its address. */
static uint32_t random_stream(struct bench *b);

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
