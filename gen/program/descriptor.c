/* Descriptors to words and back.  Specification: docs/blocks.md, section 2. */
#include <assert.h>
#include <string.h>

#include "gen/program/program.h"

#define LOAD_LOOP_BIT    16
#define COMPUTE_LOOP_BIT 13
#define STORE_LOOP_BIT   6

/* `value` in an unsigned field. */
static uint32_t put(int value, int low, int bits)
{
    assert(value >= 0 && value < 1 << bits);
    return (uint32_t)value << low;
}

/* `value` in a field that holds it modulo its width. */
static uint32_t put_mod(int32_t value, int low, int bits)
{
    return ((uint32_t)value & ((1u << bits) - 1u)) << low;
}

static int get(uint32_t word, int low, int bits)
{
    return (int)(word >> low & ((1u << bits) - 1u));
}

static bool bit(uint32_t word, int low)
{
    return (word >> low & 1u) != 0;
}

static int get_signed(uint32_t word, int low, int bits)
{
    int value = get(word, low, bits);
    return value >= 1 << (bits - 1) ? value - (1 << bits) : value;
}

static uint32_t put_counts(int first, int second, int third)
{
    return put(first, 0, AS_COUNT_BITS) | put(second, 10, AS_COUNT_BITS) |
           put(third, 20, AS_COUNT_BITS);
}

static void get_counts(uint32_t word, int *first, int *second, int *third)
{
    *first = get(word, 0, AS_COUNT_BITS);
    *second = get(word, 10, AS_COUNT_BITS);
    *third = get(word, 20, AS_COUNT_BITS);
}

int as_load_encode(const struct as_load_desc *desc, uint32_t words[AS_LOAD_WORDS])
{
    memset(words, 0, sizeof(uint32_t) * AS_LOAD_WORDS);
    words[0] = put(desc->end, 0, 1) | put(desc->to_weights, 1, 1) | put(desc->half, 2, 1) |
               put(desc->bytes, 3, 1) | put(desc->wait_mem, 4, 1) | put(desc->linear, 5, 1) |
               put(desc->align, 6, 2) | put_mod(desc->pad, 8, 8) | put(desc->step, 17, 1) |
               put(desc->part, 18, 1) | put(desc->lanes, 19, 2);
    words[1] = desc->src;
    words[2] = put_counts(desc->nc, desc->ns, desc->nr);
    words[3] = put_counts(desc->nq, desc->np, 0);
    if (desc->end || desc->linear)
        return AS_LOAD_LINEAR_WORDS;
    words[4] = (uint32_t)desc->ds;
    words[5] = (uint32_t)desc->dr;
    words[6] = (uint32_t)desc->dq;
    words[7] = (uint32_t)desc->dp;
    words[8] = put_mod(desc->y0, 0, AS_COORD_BITS) | put_mod(desc->x0, 16, AS_COORD_BITS);
    words[9] = put(desc->height, 0, AS_COORD_BITS) | put(desc->width, 16, AS_COORD_BITS);
    words[10] = put(desc->dy_r, 0, AS_STEP_BITS) | put(desc->dy_p, 8, AS_STEP_BITS) |
                put(desc->dx_s, 16, AS_STEP_BITS) | put(desc->dx_q, 24, AS_STEP_BITS);
    words[11] = put(desc->word0, 0, 16) | put(desc->group, 16, 10);
    return AS_LOAD_WORDS;
}

int as_load_decode(const uint32_t *words, size_t available, struct as_load_desc *desc)
{
    int third;

    memset(desc, 0, sizeof *desc);
    if (available < AS_LOAD_LINEAR_WORDS)
        return 0;
    desc->end = bit(words[0], 0);
    desc->to_weights = bit(words[0], 1);
    desc->half = get(words[0], 2, 1);
    desc->bytes = bit(words[0], 3);
    desc->wait_mem = bit(words[0], 4);
    desc->linear = bit(words[0], 5);
    desc->align = get(words[0], 6, 2);
    desc->pad = (int8_t)get_signed(words[0], 8, 8);
    desc->loop = bit(words[0], LOAD_LOOP_BIT);
    desc->step = bit(words[0], 17);
    desc->part = bit(words[0], 18);
    desc->lanes = get(words[0], 19, 2);
    desc->src = words[1];
    get_counts(words[2], &desc->nc, &desc->ns, &desc->nr);
    get_counts(words[3], &desc->nq, &desc->np, &third);
    if (desc->end || desc->loop || desc->linear)
        return AS_LOAD_LINEAR_WORDS;
    if (available < AS_LOAD_WORDS)
        return 0;
    desc->ds = (int32_t)words[4];
    desc->dr = (int32_t)words[5];
    desc->dq = (int32_t)words[6];
    desc->dp = (int32_t)words[7];
    desc->y0 = get_signed(words[8], 0, AS_COORD_BITS);
    desc->x0 = get_signed(words[8], 16, AS_COORD_BITS);
    desc->height = get(words[9], 0, AS_COORD_BITS);
    desc->width = get(words[9], 16, AS_COORD_BITS);
    desc->dy_r = get(words[10], 0, AS_STEP_BITS);
    desc->dy_p = get(words[10], 8, AS_STEP_BITS);
    desc->dx_s = get(words[10], 16, AS_STEP_BITS);
    desc->dx_q = get(words[10], 24, AS_STEP_BITS);
    desc->word0 = get(words[11], 0, 16);
    desc->group = get(words[11], 16, 10);
    return AS_LOAD_WORDS;
}

int as_compute_encode(const struct as_compute_desc *desc, uint32_t words[AS_COMPUTE_WORDS])
{
    words[0] = put(desc->end, 0, 1) | put(desc->lookup, 1, 1) | put(desc->isel, 2, 1) |
               put(desc->wsel, 3, 1) | put(desc->asel, 4, 1) | put(desc->free_i, 5, 1) |
               put(desc->free_w, 6, 1) | put(desc->push_a, 7, 1) | put(desc->first, 8, 1) |
               put(desc->emit, 9, 1) | put(desc->hold, 10, 1) | put(desc->scan, 11, 1) |
               put(desc->sub, 12, 1) | put(desc->mul, 14, 1) | put(desc->line, 15, 1) |
               put(desc->dw, 16, 1);
    words[1] = put_counts(desc->nq, desc->np, desc->nk);
    words[2] = put_counts(desc->nc, desc->ns, desc->nr);
    words[3] = put_mod(desc->dq, 0, 16) | put_mod(desc->dp, 16, 16);
    words[4] = put_mod(desc->dc, 0, 16) | put_mod(desc->ds, 16, 16);
    words[5] = put_mod(desc->dr, 0, 16) | put_mod(desc->dk, 16, 16);
    words[6] = put(desc->ibase, 0, 16) | put(desc->abase, 16, 16);
    /* each pair shares its bits: at most one of them is not 0 */
    words[7] = put(desc->ntiles | desc->da, 0, 16) | put(desc->nl | desc->vq, 16, AS_COUNT_BITS);
    return AS_COMPUTE_WORDS;
}

int as_compute_decode(const uint32_t *words, size_t available, struct as_compute_desc *desc)
{
    memset(desc, 0, sizeof *desc);
    if (available < AS_COMPUTE_WORDS)
        return 0;
    desc->end = bit(words[0], 0);
    desc->lookup = bit(words[0], 1);
    desc->isel = get(words[0], 2, 1);
    desc->wsel = get(words[0], 3, 1);
    desc->asel = get(words[0], 4, 1);
    desc->free_i = bit(words[0], 5);
    desc->free_w = bit(words[0], 6);
    desc->push_a = bit(words[0], 7);
    desc->first = bit(words[0], 8);
    desc->emit = bit(words[0], 9);
    desc->hold = bit(words[0], 10);
    desc->scan = bit(words[0], 11);
    desc->sub = bit(words[0], 12);
    desc->loop = bit(words[0], COMPUTE_LOOP_BIT);
    get_counts(words[1], &desc->nq, &desc->np, &desc->nk);
    get_counts(words[2], &desc->nc, &desc->ns, &desc->nr);
    desc->dq = get_signed(words[3], 0, 16);
    desc->dp = get_signed(words[3], 16, 16);
    desc->dc = get_signed(words[4], 0, 16);
    desc->ds = get_signed(words[4], 16, 16);
    desc->dr = get_signed(words[5], 0, 16);
    desc->dk = get_signed(words[5], 16, 16);
    desc->ibase = get(words[6], 0, 16);
    desc->abase = get(words[6], 16, 16);
    desc->mul = bit(words[0], 14);
    desc->line = bit(words[0], 15);
    desc->dw = bit(words[0], 16);
    desc->ntiles = desc->da = desc->lookup ? 0 : get(words[7], 0, 16);
    desc->nl = desc->lookup ? get(words[7], 16, 8) : 0;
    desc->vq = desc->lookup ? 0 : get(words[7], 16, AS_COUNT_BITS);
    return AS_COMPUTE_WORDS;
}

int as_store_encode(const struct as_store_desc *desc, uint32_t words[AS_STORE_WORDS])
{
    words[0] = put(desc->end, 0, 1) | put(desc->asel, 1, 1) | put(desc->softmax, 2, 1) |
               put(desc->push_m, 3, 1) | put(desc->layer_done, 4, 1) | put(desc->shared, 5, 1) |
               put(desc->step, 7, 1) | put_mod(desc->zp, 8, 8) | put_mod(desc->amin, 16, 8) |
               put_mod(desc->amax, 24, 8);
    words[1] = desc->dst;
    words[2] = put_counts(desc->nq, desc->np, desc->nkt) | put(desc->wide, 31, 1);
    words[3] = (uint32_t)desc->dq;
    words[4] = (uint32_t)desc->dp;
    words[5] = desc->params;
    words[6] = put(desc->ncl, 0, 8) | put(desc->nc, 8, 8) | put(desc->m, 16, 15) |
               put(desc->by_address, 31, 1);
    words[7] = (uint32_t)desc->dk;
    return AS_STORE_WORDS;
}

int as_store_decode(const uint32_t *words, size_t available, struct as_store_desc *desc)
{
    memset(desc, 0, sizeof *desc);
    if (available < AS_STORE_WORDS)
        return 0;
    desc->end = bit(words[0], 0);
    desc->asel = get(words[0], 1, 1);
    desc->softmax = bit(words[0], 2);
    desc->push_m = bit(words[0], 3);
    desc->layer_done = bit(words[0], 4);
    desc->shared = bit(words[0], 5);
    desc->loop = bit(words[0], STORE_LOOP_BIT);
    desc->step = bit(words[0], 7);
    desc->zp = get_signed(words[0], 8, 8);
    desc->amin = get_signed(words[0], 16, 8);
    desc->amax = get_signed(words[0], 24, 8);
    desc->dst = words[1];
    get_counts(words[2], &desc->nq, &desc->np, &desc->nkt);
    desc->wide = bit(words[2], 31);
    desc->dq = (int32_t)words[3];
    desc->dp = (int32_t)words[4];
    desc->params = words[5];
    desc->ncl = get(words[6], 0, 8);
    desc->nc = get(words[6], 8, 8);
    desc->m = get(words[6], 16, 15);
    desc->by_address = bit(words[6], 31);
    desc->dk = (int32_t)words[7];
    return AS_STORE_WORDS;
}

/* Steps that are taken are multiples of the lanes, and so is what is counted in channels. */
bool as_store_may_be_wide(const struct as_store_desc *desc, int lanes)
{
    return lanes > 1 && !desc->softmax && !desc->by_address && desc->dst % (uint32_t)lanes == 0 &&
           (desc->nq == 0 || desc->dq % lanes == 0) && (desc->np == 0 || desc->dp % lanes == 0) &&
           (desc->nkt == 0 || ((desc->dk - 1) % lanes == 0 && (desc->nc + 1) % lanes == 0)) &&
           (desc->ncl + 1) % lanes == 0;
}

/* The word of a LOOP that holds its count and its target. */
static int loop_word(enum as_stream stream)
{
    return stream == AS_STREAM_COMPUTE ? 1 : 2;
}

int as_loop_encode(enum as_stream stream, const struct as_loop *loop, int count_bits,
                   uint32_t words[AS_LOAD_WORDS])
{
    static const int loop_bits[] = {LOAD_LOOP_BIT, COMPUTE_LOOP_BIT, STORE_LOOP_BIT};
    static const int sizes[] = {AS_LOAD_LINEAR_WORDS, AS_COMPUTE_WORDS, AS_STORE_WORDS};
    uint32_t target = loop->target / AS_STREAM_ALIGN;

    assert(loop->target % AS_STREAM_ALIGN == 0);
    memset(words, 0, sizeof(uint32_t) * AS_LOAD_WORDS);
    words[0] = put(1, loop_bits[stream], 1);
    words[loop_word(stream)] = put(loop->count, 0, count_bits) |
                               put((int)(target & ((1u << count_bits) - 1u)), 10, count_bits) |
                               put((int)(target >> count_bits), 20, count_bits);
    if (stream != AS_STREAM_COMPUTE)
        words[1] = loop->inc;
    if (stream == AS_STREAM_LOAD)
        words[3] = put(loop->yinc, 0, count_bits);
    return sizes[stream];
}

void as_loop_decode(enum as_stream stream, const uint32_t *words, int count_bits,
                    struct as_loop *loop)
{
    uint32_t counts = words[loop_word(stream)];

    loop->count = get(counts, 0, count_bits);
    loop->target =
        (uint32_t)(get(counts, 10, count_bits) | get(counts, 20, count_bits) << count_bits) *
        AS_STREAM_ALIGN;
    loop->inc = stream == AS_STREAM_COMPUTE ? 0 : words[1];
    loop->yinc = stream == AS_STREAM_LOAD ? get(words[3], 0, count_bits) : 0;
}
