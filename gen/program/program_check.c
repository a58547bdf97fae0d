/* Runs the tokens of a program's three streams, without data and without time.
 *
 * A token is taken by one engine only, so whatever the order in which the engines advance, they
 * reach the same end: one run decides.  Rules: docs/blocks.md, section 4. */
#include <string.h>

#include "gen/program/program.h"

#define ENGINES           AS_STREAM_COUNT
#define MEMORY_TOKENS_MAX 15

struct checker {
    const struct as_program *program;
    const struct as_config *cfg;
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
};

static const char *const engine_names[ENGINES] = {"load", "compute", "store"};

static enum as_status fault(const struct checker *c, enum as_stream engine, const char *what)
{
    return as_fail(c->diag, AS_ERR_MISMATCH, "program for %s: %s descriptor %d %s",
                   c->program->model, engine_names[engine], c->index[engine], what);
}

/* Reads up to `most` words of a descriptor; returns how many there are. */
static size_t read_words(const struct checker *c, enum as_stream engine, uint32_t *words,
                         size_t most)
{
    const struct as_program *p = c->program;
    size_t n = 0;
    for (uint32_t at = c->at[engine]; n < most && at <= p->image_bytes && p->image_bytes - at >= 4;
         at += 4, n++) {
        words[n] = 0;
        for (int i = 0; i < 4; i++)
            words[n] |= (uint32_t)p->image[at + (uint32_t)i] << (8 * i);
    }
    return n;
}

/* Every count fits the hardware's counters. */
static bool counts_fit(const struct checker *c, const int *counts, int n)
{
    for (int i = 0; i < n; i++)
        if (counts[i] >= 1 << c->cfg->count_bits)
            return false;
    return true;
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

    as_loop_decode(engine, words, c->cfg->count_bits, &loop);
    if (state->it != 0 && state->at != c->at[engine])
        return fault(c, engine, "comes before a loop inside a loop");
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

static int64_t count5(int a, int b, int c, int d, int e)
{
    return (int64_t)(a + 1) * (b + 1) * (c + 1) * (d + 1) * (e + 1);
}

/* Lanes that a load fills before it goes to the next word. */
static int lanes_of(const struct as_config *cfg, const struct as_load_desc *d)
{
    if (d->to_weights)
        return cfg->wbuf_bytes;
    return d->lanes == AS_LANES_TAP       ? cfg->unroll[AS_LOOP_C]
           : d->lanes == AS_LANES_COLUMNS ? cfg->cols
                                          : cfg->load_lanes;
}

/* The end of the words of the buffer that a load fills. */
static int64_t words_loaded(const struct checker *c, const struct as_load_desc *d)
{
    int64_t runs = d->linear ? d->ns + 1 : count5(d->ns, d->nr, d->nq, d->np, 0);
    int64_t lanes = lanes_of(c->cfg, d), first = d->linear ? 0 : d->word0;
    if (!d->bytes) {
        int64_t words = d->to_weights ? c->cfg->wbuf_beats : lanes / c->cfg->mem_width_bytes;
        return first + (runs * (d->nc + 1) + words - 1) / words;
    }
    if (d->align == 1)
        return first + runs * ((d->nc + lanes) / lanes);
    if (d->align == 2 && !d->linear)
        return first + count5(d->nq, d->np, 0, 0, 0) *
                           ((count5(d->nc, d->ns, d->nr, 0, 0) + lanes - 1) / lanes);
    return first + (runs * (d->nc + 1) + lanes - 1) / lanes;
}

/* What a load asks of the hardware; NULL when it is all there. */
static const char *load_fault(const struct checker *c, const struct as_load_desc *d)
{
    const struct as_config *cfg = c->cfg;
    const int counts[5] = {d->nc, d->ns, d->nr, d->nq, d->np};

    if (!counts_fit(c, counts, 5))
        return "counts further than descriptor.count allows";
    if (!cfg->parts && (d->part || d->word0 != 0 || (d->to_weights && d->bytes)))
        return "fills a part of a half, which this accelerator has no hardware for";
    if (d->group != 0 && (!cfg->output_kind || d->to_weights || d->group >= cfg->rows))
        return "fills lanes of an array row that there is not";
    if (d->lanes != AS_LANES_ALL && !cfg->line)
        return "fills other lanes than this accelerator has";
    if (!d->to_weights && !d->bytes && lanes_of(cfg, d) % cfg->mem_width_bytes != 0)
        return "moves words, and unroll.C is no multiple of memory.width";
    if (words_loaded(c, d) > (d->to_weights ? cfg->wbuf_words : cfg->ibuf_words))
        return "fills more than half a buffer";
    return NULL;
}

static enum as_status step_load(struct checker *c, bool *moved)
{
    uint32_t words[AS_LOAD_WORDS];
    struct as_load_desc d;
    int used = as_load_decode(words, read_words(c, AS_STREAM_LOAD, words, AS_LOAD_WORDS), &d);
    bool *full = d.to_weights ? c->wbuf_full : c->ibuf_full;
    int64_t *held = d.to_weights ? c->wbuf_words : c->ibuf_words;
    bool *part = d.to_weights ? c->wbuf_part : c->ibuf_part;

    if (used == 0)
        return fault(c, AS_STREAM_LOAD, "lies outside the image");
    if (d.end) {
        c->ended[AS_STREAM_LOAD] = *moved = true;
        return AS_OK;
    }
    if (d.loop) {
        *moved = true;
        return step_loop(c, AS_STREAM_LOAD, words, used);
    }
    if (full[d.half] || (d.wait_mem && c->mem_tokens == 0))
        return AS_OK;
    const char *what = load_fault(c, &d);
    if (what)
        return fault(c, AS_STREAM_LOAD, what);
    int64_t filled = words_loaded(c, &d), before = part[d.half] ? held[d.half] : 0;
    c->mem_tokens -= d.wait_mem;
    full[d.half] = !d.part;
    part[d.half] = d.part;
    held[d.half] = filled > before ? filled : before;
    advance(c, AS_STREAM_LOAD, used);
    *moved = true;
    return AS_OK;
}

/* `n` loops of counts[] steps of step[] from `low` reach from *low to *high. */
static void span(const int64_t *step, const int64_t *counts, int n, int64_t *low, int64_t *high)
{
    for (int i = 0; i < n; i++) {
        *low += step[i] < 0 ? counts[i] * step[i] : 0;
        *high += step[i] > 0 ? counts[i] * step[i] : 0;
    }
}

/* The ibuf words of a job lie in what was loaded.  Loops are monotonic or not, so all corners of
 * the box of loop indices are looked at: addresses are affine in them. */
static bool reads_inside(const struct checker *c, const struct as_compute_desc *d, int64_t held)
{
    bool output = c->cfg->output_kind && !d->lookup;
    int64_t nc = output ? d->nc / c->cfg->mem_width_bytes : d->nc, dc = output ? 1 : d->dc;
    int64_t tile = dc * nc, step_q = d->dq, step_p = d->dp + (int64_t)d->nq * d->dq;
    int64_t step_s = d->ds + tile, step_r = d->dr + d->ns * step_s + tile;
    int64_t step_k = output ? d->dk + d->np * step_p + d->nq * step_q
                            : d->dk + d->nr * step_r + d->ns * step_s + tile;
    const int64_t step[6] = {step_q, step_p, dc, step_s, step_r, step_k};
    const int64_t counts[6] = {d->nq, d->np, nc, d->ns, d->nr, d->nk};
    int64_t low = d->ibase, high = d->ibase;
    span(step, counts, 6, &low, &high);
    return low >= 0 && high < held;
}

/* What a MAC job of an array in which psums stay needs; NULL when it is all there. */
static const char *output_fault(const struct checker *c, const struct as_compute_desc *d)
{
    const struct as_config *cfg = c->cfg;
    int64_t beats = count5(d->nc, d->ns, d->nr, 0, 0), tiles = count5(d->nq, d->np, 0, 0, 0);
    int64_t sums = (cfg->rows - 1) * (int64_t)d->da + tiles; /* of one k */

    if (beats * (d->hold ? 1 : d->nk + 1) > c->wbuf_words[d->wsel])
        return "reads weights that were not loaded";
    if (cfg->rows > 1 && d->da < tiles)
        return "writes the sums of two array rows to one place";
    if (d->abase + sums * (d->nk + 1) > cfg->acc_words)
        return "leaves the accumulators";
    if (beats > INT64_C(1) << (cfg->psum_bits - 15))
        return "adds more products than a psum holds";
    return NULL;
}

/* What a MAC job asks of the hardware beside its buffers; NULL when it is all there. */
static const char *line_fault(const struct as_config *cfg, const struct as_compute_desc *d)
{
    if (!d->line)
        return d->dw || d->vq != 0 ? "is for a line buffer and does not use it" : NULL;
    if (!cfg->line)
        return "uses a line buffer, which this accelerator has not";
    if (d->nq < 1)
        return "walks a line of one column";
    if (cfg->unroll[AS_LOOP_R] > 1 && d->nq + 1 > cfg->line_words)
        return "walks a longer line than the line buffer holds";
    if (d->vq > d->nq || d->np < cfg->unroll[AS_LOOP_R] - 1)
        return "counts sums that it does not compute";
    return NULL;
}

/* What a job needs of the buffers; NULL when it is all there. */
static const char *job_fault(const struct checker *c, const struct as_compute_desc *d)
{
    int64_t beats = count5(d->nq, d->np, 0, 0, 0), tiles = count5(d->nk, d->nc, d->ns, d->nr, 0);
    int64_t sums = d->line ? count5(d->vq, d->np - c->cfg->unroll[AS_LOOP_R] + 1, 0, 0, 0) : beats;
    int64_t elements = d->lookup ? tiles * (d->nl + 1) : sums * (d->nk + 1);
    int words = c->cfg->wide ? 1 : c->cfg->rows; /* of a weight tile */

    const int counts[6] = {d->nq, d->np, d->nk, d->nc, d->ns, d->nr};

    if (!counts_fit(c, counts, 6))
        return "counts further than descriptor.count allows";
    if (d->line &&
        (!c->cfg->line || d->nq < 1 || d->vq > d->nq || d->np < c->cfg->unroll[AS_LOOP_R] - 1 ||
         (c->cfg->unroll[AS_LOOP_R] > 1 && d->nq >= c->cfg->line_words)))
        return "does not suit the line buffer";
    if (!reads_inside(c, d, c->ibuf_words[d->isel]))
        return "reads ifmap words that were not loaded";
    if (d->lookup && c->wbuf_words[d->wsel] < 256 / c->cfg->table_pack)
        return "looks up a table that was not loaded";
    if (d->lookup && d->nl >= c->cfg->load_lanes)
        return "looks at lanes that no load fills";
    if (!d->lookup && c->cfg->output_kind)
        return output_fault(c, d);
    if (d->mul && !c->cfg->products)
        return "multiplies, which this accelerator cannot";
    const char *what = line_fault(c->cfg, d);
    if (what)
        return what;
    if (!d->lookup && d->ntiles + 1 != (d->hold ? 1 : tiles))
        return "loads another number of weight tiles than it uses";
    int64_t held = c->wbuf_words[d->wsel];
    if (c->cfg->by_address) /* the rows that complete the last tile meet weights of 0 */
        held = (held + words - 1) / words * words;
    if (!d->lookup && (int64_t)(d->ntiles + 1) * words > held)
        return "reads weights that were not loaded";
    if (!d->scan && d->abase + elements > c->cfg->acc_words)
        return "leaves the accumulators";
    return NULL;
}

static enum as_status step_compute(struct checker *c, bool *moved)
{
    uint32_t words[AS_COMPUTE_WORDS];
    struct as_compute_desc d;
    int used =
        as_compute_decode(words, read_words(c, AS_STREAM_COMPUTE, words, AS_COMPUTE_WORDS), &d);

    if (used == 0)
        return fault(c, AS_STREAM_COMPUTE, "lies outside the image");
    if (d.end) {
        c->ended[AS_STREAM_COMPUTE] = *moved = true;
        return AS_OK;
    }
    if (d.loop) {
        *moved = true;
        return step_loop(c, AS_STREAM_COMPUTE, words, used);
    }
    if (!c->ibuf_full[d.isel] || !c->wbuf_full[d.wsel] || (d.emit && c->acc_claim[d.asel]))
        return AS_OK;
    const char *what = job_fault(c, &d);
    if (what)
        return fault(c, AS_STREAM_COMPUTE, what);
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

/* Lowest and highest address that a store writes; both within used_bytes and above the image. */
static bool writes_inside(const struct as_program *p, const struct as_store_desc *d)
{
    int64_t step_p = d->dp + (int64_t)(d->by_address ? d->nc : d->nq) * d->dq;
    int64_t low = d->dst, high = d->dst;

    if (d->by_address) { /* the last group may have fewer columns */
        const int64_t step[3] = {d->dq, step_p, 1};
        const int64_t full[3] = {d->nc, d->np - 1, d->nkt}, last[2] = {d->ncl, d->nkt};
        const int64_t last_step[2] = {d->dq, 1};
        int64_t last_low = low + d->np * step_p, last_high = last_low;
        if (d->np > 0)
            span(step, full, 3, &low, &high);
        span(last_step, last, 2, &last_low, &last_high);
        low = d->np > 0 && low < last_low ? low : last_low;
        high = d->np > 0 && high > last_high ? high : last_high;
    } else {
        const int64_t step[4] = {d->dq, step_p, 1, (int64_t)d->dk + d->nc};
        const int64_t counts[4] = {d->nq, d->np, d->nkt > 0 ? d->nc : d->ncl, d->nkt};
        span(step, counts, 4, &low, &high);
        if (d->nkt > 0) /* the last k tile may have fewer channels */
            high -= d->nc - d->ncl;
    }
    return low >= p->image_bytes && high < p->used_bytes;
}

/* The accumulators that a store reads are those of the drain half. */
static bool drains_inside(const struct as_config *cfg, const struct as_store_desc *d)
{
    if (d->nc >= cfg->cols || d->ncl >= cfg->cols)
        return false;
    if (d->by_address)
        return cfg->by_address && (int64_t)d->np * (d->nc + 1) + d->ncl == d->m &&
               d->m < cfg->acc_words && d->dk >= 0 &&
               d->nkt + (int64_t)d->np * d->dk < cfg->acc_words;
    return count5(d->nq, d->np, 0, 0, 0) == d->m + 1 &&
           (int64_t)(d->m + 1) * (d->nkt + 1) <= cfg->acc_words;
}

static enum as_status step_store(struct checker *c, bool *moved)
{
    uint32_t words[AS_STORE_WORDS];
    struct as_store_desc d;
    int used = as_store_decode(words, read_words(c, AS_STREAM_STORE, words, AS_STORE_WORDS), &d);

    if (used == 0)
        return fault(c, AS_STREAM_STORE, "lies outside the image");
    if (d.end) {
        c->ended[AS_STREAM_STORE] = *moved = true;
        return AS_OK;
    }
    if (d.loop) {
        *moved = true;
        return step_loop(c, AS_STREAM_STORE, words, used);
    }
    if (!c->acc_full[d.asel])
        return AS_OK;
    if (d.step)
        d.dst = (d.dst + c->loop[AS_STREAM_STORE].off) & (uint32_t)(c->cfg->mem_bytes - 1);
    const int counts[3] = {d.nq, d.np, d.nkt};
    if (!counts_fit(c, counts, 3))
        return fault(c, AS_STREAM_STORE, "counts further than descriptor.count allows");
    if (!writes_inside(c->program, &d))
        return fault(c, AS_STREAM_STORE, "writes outside the activations");
    if (!drains_inside(c->cfg, &d))
        return fault(c, AS_STREAM_STORE, "reads outside the drain half");
    if (d.wide && !as_store_may_be_wide(&d, c->cfg->requant_lanes))
        return fault(c, AS_STREAM_STORE, "writes several channels at a time across memory words");
    c->acc_full[d.asel] = c->acc_claim[d.asel] = false;
    c->mem_tokens += d.push_m;
    if (c->mem_tokens > MEMORY_TOKENS_MAX)
        return fault(c, AS_STREAM_STORE, "overflows the memory tokens");
    advance(c, AS_STREAM_STORE, used);
    *moved = true;
    return AS_OK;
}

enum as_status as_program_check(const struct as_program *program, const struct as_config *cfg,
                                struct as_diag *diag)
{
    struct checker c = {.program = program, .cfg = cfg, .diag = diag};
    bool moved = true;

    memcpy(c.at, program->stream, sizeof c.at);
    while (moved) {
        moved = false;
        if (!c.ended[AS_STREAM_LOAD])
            AS_TRY(step_load(&c, &moved));
        if (!c.ended[AS_STREAM_COMPUTE])
            AS_TRY(step_compute(&c, &moved));
        if (!c.ended[AS_STREAM_STORE])
            AS_TRY(step_store(&c, &moved));
    }
    for (int k = 0; k < ENGINES; k++)
        if (!c.ended[k])
            return fault(&c, (enum as_stream)k, "waits for ever");
    for (int half = 0; half < 2; half++)
        if (c.ibuf_full[half] || c.wbuf_full[half] || c.acc_full[half] || c.acc_claim[half])
            return as_fail(diag, AS_ERR_MISMATCH,
                           "program for %s: half %d of a buffer is still taken at the end",
                           program->model, half);
    if (c.mem_tokens != 0)
        return as_fail(diag, AS_ERR_MISMATCH, "program for %s: %d memory tokens are left over",
                       program->model, c.mem_tokens);
    return AS_OK;
}
