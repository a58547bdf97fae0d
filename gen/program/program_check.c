/* Runs the tokens of a program's three streams, without data and without time.
 *
 * A token is taken by one engine only, so whatever the order in which the engines advance, they
 * reach the same end: one run decides.  Rules: docs/blocks.md, tokens. */
#include <stdarg.h>
#include <string.h>

#include "gen/program/descriptor_check.h"
#include "gen/program/program.h"

#define ENGINES           AS_STREAM_COUNT
#define MEMORY_TOKENS_MAX 15

struct checker {
    const struct as_program *program;
    const struct as_hw *hw;
    struct as_diag *diag;
    uint32_t at[ENGINES]; /* byte address of the descriptor */
    int index[ENGINES];   /* its number, as executed */
    bool ended[ENGINES];
    struct loop_state {
        int it; /* iterations done */
        uint32_t off;
        uint32_t at; /* of the LOOP, once `it` is not 0 */
    } loop[ENGINES];
    bool ibuf_full[2], wbuf_full[2], acc_claim[2], acc_full[2];
    int64_t ibuf_words[2], wbuf_words[2]; /* brought by the loads that filled the half */
    bool ibuf_part[2], wbuf_part[2];      /* further loads are to fill the half */
    int mem_tokens;
    struct wait {
        const char *change, *buffer; /* "filled", "drain RAM" */
        int half;
    } waits[ENGINES];
};

/* Refuses the next descriptor of an engine. */
static enum as_status fault(const struct checker *c, enum as_stream engine, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum as_status fault(const struct checker *c, enum as_stream engine, const char *fmt, ...)
{
    char what[AS_FAULT_ROOM];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return as_fail(c->diag, AS_ERR_MISMATCH, "program for %s: %s descriptor %d %s",
                   c->program->model, as_stream_name(engine), c->index[engine], what);
}

/* The engine cannot go on now: it waits for a half of a buffer. */
static enum as_status wait_for(struct checker *c, enum as_stream engine, const char *change,
                               int half, const char *buffer)
{
    c->waits[engine] = (struct wait){.change = change, .half = half, .buffer = buffer};
    return AS_OK;
}

/* Reads up to `most` words of a descriptor; returns how many there are. */
static size_t read_words(const struct checker *c, enum as_stream engine, uint32_t *words,
                         size_t most)
{
    const struct as_program *p = c->program;
    const uint32_t end = as_program_state(p);
    size_t n = 0;
    for (uint32_t at = c->at[engine]; n < most && at <= end && end - at >= 4; at += 4, n++) {
        words[n] = 0;
        for (int i = 0; i < 4; i++)
            words[n] |= (uint32_t)p->image[at + (uint32_t)i] << (8 * i);
    }
    return n;
}

static enum as_status outside(const struct checker *c, enum as_stream engine)
{
    return fault(c, engine, "begins at byte %u and leaves the image; it has %u bytes",
                 c->at[engine], as_program_state(c->program));
}

static void advance(struct checker *c, enum as_stream engine, int words)
{
    c->at[engine] += 4 * (uint32_t)words;
    c->index[engine]++;
}

/* Executes the LOOP of `used` words at c->at.  Loops do not nest: while one is under way no other
 * may be met, so that every stream comes to an end. */
static enum as_status step_loop(struct checker *c, enum as_stream engine, const uint32_t *words,
                                int used)
{
    struct loop_state *state = &c->loop[engine];
    struct as_loop loop;

    as_loop_decode(engine, words, c->hw->count_bits, &loop);
    if (state->it != 0 && state->at != c->at[engine])
        return fault(c, engine, "comes before a LOOP inside another LOOP; loops do not nest");
    if (state->it == loop.count) {
        *state = (struct loop_state){0};
        c->at[engine] += 4 * (uint32_t)used;
        return AS_OK;
    }
    state->at = c->at[engine];
    state->it++;
    state->off += loop.inc;
    c->at[engine] = loop.target;
    return AS_OK;
}

static enum as_status step_load(struct checker *c, bool *moved)
{
    uint32_t words[AS_LOAD_WORDS];
    char what[AS_FAULT_ROOM];
    struct as_load_desc d;
    int used = as_load_decode(words, read_words(c, AS_STREAM_LOAD, words, AS_LOAD_WORDS), &d);
    bool *full = d.to_weights ? c->wbuf_full : c->ibuf_full;
    int64_t *held = d.to_weights ? c->wbuf_words : c->ibuf_words;
    bool *part = d.to_weights ? c->wbuf_part : c->ibuf_part;

    if (used == 0)
        return outside(c, AS_STREAM_LOAD);
    if (d.end) {
        c->ended[AS_STREAM_LOAD] = *moved = true;
        return AS_OK;
    }
    if (d.loop) {
        *moved = true;
        return step_loop(c, AS_STREAM_LOAD, words, used);
    }
    if (full[d.half])
        return wait_for(c, AS_STREAM_LOAD, "emptied", d.half,
                        d.to_weights ? "weight buffer" : "ifmap buffer");
    if (d.wait_mem && c->mem_tokens == 0)
        return wait_for(c, AS_STREAM_LOAD, NULL, 0, "memory token");
    if (!as_load_check(c->hw, &d, what))
        return fault(c, AS_STREAM_LOAD, "%s", what);
    int64_t filled = as_load_end(c->hw, &d), before = part[d.half] ? held[d.half] : 0;
    c->mem_tokens -= d.wait_mem;
    full[d.half] = !d.partial;
    part[d.half] = d.partial;
    held[d.half] = filled > before ? filled : before;
    advance(c, AS_STREAM_LOAD, used);
    *moved = true;
    return AS_OK;
}

static enum as_status step_compute(struct checker *c, bool *moved)
{
    uint32_t words[AS_COMPUTE_WORDS];
    char what[AS_FAULT_ROOM];
    struct as_compute_desc d;
    int used =
        as_compute_decode(words, read_words(c, AS_STREAM_COMPUTE, words, AS_COMPUTE_WORDS), &d);

    if (used == 0)
        return outside(c, AS_STREAM_COMPUTE);
    if (d.end) {
        c->ended[AS_STREAM_COMPUTE] = *moved = true;
        return AS_OK;
    }
    if (d.loop) {
        *moved = true;
        return step_loop(c, AS_STREAM_COMPUTE, words, used);
    }
    if (!c->ibuf_full[d.isel])
        return wait_for(c, AS_STREAM_COMPUTE, "filled", d.isel, "ifmap buffer");
    if (!c->wbuf_full[d.wsel])
        return wait_for(c, AS_STREAM_COMPUTE, "filled", d.wsel, "weight buffer");
    if (d.emit && c->acc_claim[d.asel])
        return wait_for(c, AS_STREAM_COMPUTE, "stored", d.asel, "drain RAM");
    if (!as_compute_check(c->hw, &d, c->ibuf_words[d.isel], c->wbuf_words[d.wsel], what))
        return fault(c, AS_STREAM_COMPUTE, "%s", what);
    if (d.push_a)
        c->acc_claim[d.asel] = c->acc_full[d.asel] = true;
    if (d.free_i)
        c->ibuf_full[d.isel] = false;
    if (d.free_w)
        c->wbuf_full[d.wsel] = false;
    advance(c, AS_STREAM_COMPUTE, used);
    *moved = true;
    return AS_OK;
}

static enum as_status step_store(struct checker *c, bool *moved)
{
    uint32_t words[AS_STORE_WORDS];
    char what[AS_FAULT_ROOM];
    struct as_store_desc d;
    int used = as_store_decode(words, read_words(c, AS_STREAM_STORE, words, AS_STORE_WORDS), &d);

    if (used == 0)
        return outside(c, AS_STREAM_STORE);
    if (d.end) {
        c->ended[AS_STREAM_STORE] = *moved = true;
        return AS_OK;
    }
    if (d.loop) {
        *moved = true;
        return step_loop(c, AS_STREAM_STORE, words, used);
    }
    if (!c->acc_full[d.asel])
        return wait_for(c, AS_STREAM_STORE, "filled", d.asel, "drain RAM");
    if (d.step)
        d.dst = (d.dst + c->loop[AS_STREAM_STORE].off) & (uint32_t)(c->hw->mem_bytes - 1);
    if (!as_store_check(c->hw, &d, as_program_state(c->program), c->program->used_bytes, what))
        return fault(c, AS_STREAM_STORE, "%s", what);
    c->acc_full[d.asel] = c->acc_claim[d.asel] = false;
    c->mem_tokens += d.push_m;
    if (c->mem_tokens > MEMORY_TOKENS_MAX)
        return fault(c, AS_STREAM_STORE, "gives memory token %d; there are %d", c->mem_tokens,
                     MEMORY_TOKENS_MAX);
    advance(c, AS_STREAM_STORE, used);
    *moved = true;
    return AS_OK;
}

static enum as_status tell_wait(const struct checker *c, enum as_stream engine)
{
    const struct wait *wait = &c->waits[engine];

    if (!wait->change)
        return fault(c, engine, "waits for ever for a %s", wait->buffer);
    return fault(c, engine, "waits for ever for half %d of the %s to be %s", wait->half,
                 wait->buffer, wait->change);
}

/* What is still taken when all streams have ended. */
static enum as_status check_end(const struct checker *c)
{
    const struct {
        const char *name;
        const bool *taken;
    } buffers[] = {{"ifmap buffer", c->ibuf_full},
                   {"weight buffer", c->wbuf_full},
                   {"drain RAM", c->acc_full},
                   {"drain RAM", c->acc_claim}};

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        for (int half = 0; half < 2; half++)
            if (buffers[i].taken[half])
                return as_fail(c->diag, AS_ERR_MISMATCH,
                               "program for %s: half %d of the %s is still taken at the end",
                               c->program->model, half, buffers[i].name);
    if (c->mem_tokens != 0)
        return as_fail(c->diag, AS_ERR_MISMATCH,
                       "program for %s: %d memory tokens are left over at the end",
                       c->program->model, c->mem_tokens);
    return AS_OK;
}

enum as_status as_program_check(const struct as_program *program, const struct as_hw *hw,
                                struct as_diag *diag)
{
    static enum as_status (*const step[ENGINES])(struct checker *, bool *) = {
        [AS_STREAM_LOAD] = step_load,
        [AS_STREAM_COMPUTE] = step_compute,
        [AS_STREAM_STORE] = step_store,
    };
    struct checker c = {.program = program, .hw = hw, .diag = diag};
    bool moved = true;

    memcpy(c.at, program->stream, sizeof c.at);
    while (moved) {
        moved = false;
        for (enum as_stream k = 0; k < AS_STREAM_COUNT; k++) {
            if (!c.ended[k])
                AS_TRY(step[k](&c, &moved));
        }
    }
    for (enum as_stream k = 0; k < AS_STREAM_COUNT; k++)
        if (!c.ended[k])
            return tell_wait(&c, k);
    return check_end(&c);
}
