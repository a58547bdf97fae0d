#include "gen/program/descriptor_check.h"

/* One demand: when it does not hold, `what` says so with up to two values, as a rule what the
 * descriptor does and the bound. */
struct demand {
    bool holds;
    const char *what; /* printf format of two %lld, of which the last may be missing */
    long long value, bound;
};

/* All hold; else `fault` tells of the first that does not. */
static bool check_all(const struct demand *demands, size_t count, char fault[AS_FAULT_ROOM])
{
    for (size_t i = 0; i < count; i++)
        if (!demands[i].holds) {
            snprintf(fault, AS_FAULT_ROOM, demands[i].what, demands[i].value, demands[i].bound);
            return false;
        }
    return true;
}

#define CHECK_ALL(demands) check_all(demands, sizeof(demands) / sizeof(demands)[0], fault)

static int64_t count5(int a, int b, int c, int d, int e)
{
    return (int64_t)(a + 1) * (b + 1) * (c + 1) * (d + 1) * (e + 1);
}

/* `n` loops of counts[] steps of step[] from `low` reach from *low to *high. */
static void span(const int64_t *step, const int64_t *counts, int n, int64_t *low, int64_t *high)
{
    for (int i = 0; i < n; i++) {
        *low += step[i] < 0 ? counts[i] * step[i] : 0;
        *high += step[i] > 0 ? counts[i] * step[i] : 0;
    }
}

/* ---- counts: every field of the kind COUNT fits the hardware's counters ---- */

#define DEMAND_FLAG(name)
#define DEMAND_UINT(name)
#define DEMAND_SINT(name)
#define DEMAND_ADDRESS(name)
#define DEMAND_COUNT(name)                                                                         \
    {desc->name < most, "has a count " #name " of %lld iterations; descriptor.count allows %lld",  \
     desc->name + 1LL, most},
#define DEMAND(name, kind, when, word, low, bits, meaning) DEMAND_##kind(name)

static bool check_load_counts(const struct as_hw *hw, const struct as_load_desc *desc,
                              char fault[AS_FAULT_ROOM])
{
    long long most = 1LL << hw->count_bits;
    const struct demand demands[] = {
#define AS_LOAD_FIELD DEMAND
#include "gen/program/descriptors.def"
    };
    return CHECK_ALL(demands);
}

static bool check_compute_counts(const struct as_hw *hw, const struct as_compute_desc *desc,
                                 char fault[AS_FAULT_ROOM])
{
    long long most = 1LL << hw->count_bits;
    const struct demand demands[] = {
#define AS_COMPUTE_FIELD DEMAND
#include "gen/program/descriptors.def"
    };
    return CHECK_ALL(demands);
}

static bool check_store_counts(const struct as_hw *hw, const struct as_store_desc *desc,
                               char fault[AS_FAULT_ROOM])
{
    long long most = 1LL << hw->count_bits;
    const struct demand demands[] = {
#define AS_STORE_FIELD DEMAND
#include "gen/program/descriptors.def"
    };
    return CHECK_ALL(demands);
}

/* ---- load ---- */

/* Lanes that a load fills before it goes to the next word. */
static int lanes_of(const struct as_hw *hw, const struct as_load_desc *d)
{
    if (d->to_weights)
        return hw->wbuf_bytes;
    return d->lanes == AS_LANES_TAP       ? hw->unroll[AS_LOOP_C]
           : d->lanes == AS_LANES_COLUMNS ? hw->cols
                                          : hw->load_lanes;
}

int64_t as_load_end(const struct as_hw *hw, const struct as_load_desc *d)
{
    int64_t runs = d->linear ? d->ns + 1 : count5(d->ns, d->nr, d->nq, d->np, 0);
    int64_t lanes = lanes_of(hw, d), first = d->linear ? 0 : d->word0;
    if (!d->bytes) {
        int64_t words = d->to_weights ? hw->wbuf_beats : lanes / hw->mem_width_bytes;
        return words == 0 ? first : first + (runs * (d->nc + 1) + words - 1) / words;
    }
    if (d->align == 1)
        return first + runs * ((d->nc + lanes) / lanes);
    if (d->align == 2 && !d->linear)
        return first + count5(d->nq, d->np, 0, 0, 0) *
                           ((count5(d->nc, d->ns, d->nr, 0, 0) + lanes - 1) / lanes);
    return first + (runs * (d->nc + 1) + lanes - 1) / lanes;
}

bool as_load_check(const struct as_hw *hw, const struct as_load_desc *d, char fault[AS_FAULT_ROOM])
{
    bool grouped = hw->output_kind && !d->to_weights; /* array rows have lanes of their own */
    int lanes = lanes_of(hw, d), half = d->to_weights ? hw->wbuf_words : hw->ibuf_words;
    const struct demand demands[] = {
        {hw->partial_loads || !d->partial,
         "leaves its half to a later load; this accelerator has no partial loads", 0, 0},
        {hw->partial_loads || d->word0 == 0,
         "begins at word %lld of its half; this accelerator has no partial loads", d->word0, 0},
        {hw->partial_loads || !d->to_weights || !d->bytes,
         "brings weights byte by byte; this accelerator has no partial loads", 0, 0},
        {grouped || d->array_row == 0,
         "fills lanes of array row %lld; rows have no lanes of their own in this buffer",
         d->array_row, 0},
        {d->array_row < hw->rows, "fills lanes of array row %lld; the array has %lld rows",
         d->array_row, hw->rows},
        {d->lanes == AS_LANES_ALL || hw->line,
         "fills the lanes of a tap or of the columns; only a line buffer has such lanes", 0, 0},
        {d->to_weights || d->bytes || lanes % hw->mem_width_bytes == 0,
         "moves memory words into %lld lanes; a word has %lld bytes", lanes, hw->mem_width_bytes},
        {as_load_end(hw, d) <= half, "fills words up to %lld of a half; a half has %lld words",
         as_load_end(hw, d), half},
    };
    return check_load_counts(hw, d, fault) && CHECK_ALL(demands);
}

/* ---- compute ---- */

static bool check_line(const struct as_hw *hw, const struct as_compute_desc *d,
                       char fault[AS_FAULT_ROOM])
{
    int kernel_rows = hw->unroll[AS_LOOP_R];
    const struct demand demands[] = {
        {d->line || !d->dw, "gives each column its own lane and does not use the line buffer", 0,
         0},
        {d->line || d->vq == 0,
         "counts psums up to column %lld only and does not use the line buffer", d->vq, 0},
        {!d->line || !d->lookup, "uses the line buffer for a lookup; only MAC jobs can", 0, 0},
        {!d->line || hw->line, "uses the line buffer, which this accelerator does not have", 0, 0},
        {!d->line || d->nq >= 1, "walks a line of %lld column; the line buffer needs at least %lld",
         d->nq + 1LL, 2},
        {!d->line || kernel_rows == 1 || d->nq < hw->line_words,
         "walks a line of %lld columns; the line buffer holds %lld", d->nq + 1LL, hw->line_words},
        {!d->line || d->vq <= d->nq,
         "counts psums up to column %lld; the last column of the line is %lld", d->vq, d->nq},
        {!d->line || d->np + 1 >= kernel_rows,
         "walks %lld rows of the image; the kernel in the array has %lld", d->np + 1LL,
         kernel_rows},
    };
    return CHECK_ALL(demands);
}

/* The ibuf words of a job lie in what was loaded.  Loops are monotonic or not, so all corners of
 * the box of loop indices are looked at: addresses are affine in them. */
static bool check_ifmap(const struct as_hw *hw, const struct as_compute_desc *d, int64_t held,
                        char fault[AS_FAULT_ROOM])
{
    bool output = hw->output_kind && !d->lookup;
    int64_t nc = output ? d->nc / hw->mem_width_bytes : d->nc, dc = output ? 1 : d->dc;
    int64_t tile = dc * nc, step_q = d->dq, step_p = d->dp + (int64_t)d->nq * d->dq;
    int64_t step_s = d->ds + tile, step_r = d->dr + d->ns * step_s + tile;
    int64_t step_k = output ? d->dk + d->np * step_p + d->nq * step_q
                            : d->dk + d->nr * step_r + d->ns * step_s + tile;
    const int64_t step[6] = {step_q, step_p, dc, step_s, step_r, step_k};
    const int64_t counts[6] = {d->nq, d->np, nc, d->ns, d->nr, d->nk};
    int64_t low = d->ibase, high = d->ibase;

    span(step, counts, 6, &low, &high);
    const struct demand demands[] = {
        {low >= 0, "reads ifmap word %lld; the first word of a half is %lld", low, 0},
        {high < held, "reads ifmap word %lld; the loads filled %lld words", high, held},
    };
    return CHECK_ALL(demands);
}

static bool check_lookup(const struct as_hw *hw, const struct as_compute_desc *d, int64_t weights,
                         char fault[AS_FAULT_ROOM])
{
    int table = AS_TABLE_ENTRIES / hw->table_pack;
    int64_t end = d->abase + count5(d->nk, d->nc, d->ns, d->nr, d->nl);
    const struct demand demands[] = {
        {weights >= table, "looks up a table of %lld weight words; the loads filled %lld", table,
         weights},
        {d->nl < hw->load_lanes, "looks at %lld lanes of a word; loads fill %lld", d->nl + 1LL,
         hw->load_lanes},
        {!d->mul || hw->products, "multiplies; this accelerator has operators.products 0", 0, 0},
        {d->scan || end <= hw->acc_words, "ends at accumulator %lld; there are %lld", end,
         hw->acc_words},
    };
    return CHECK_ALL(demands);
}

/* A MAC job of an array in which psums stay. */
static bool check_output(const struct as_hw *hw, const struct as_compute_desc *d, int64_t weights,
                         char fault[AS_FAULT_ROOM])
{
    int64_t beats = count5(d->nc, d->ns, d->nr, 0, 0), tiles = count5(d->nq, d->np, 0, 0, 0);
    int64_t sums = (hw->rows - 1) * (int64_t)d->da + tiles; /* of one k */
    int64_t reads = beats * (d->hold ? 1 : d->nk + 1), end = d->abase + sums * (d->nk + 1);
    int64_t products = as_products_held(hw->psum_bits);
    const struct demand demands[] = {
        {reads <= weights, "reads %lld weight words; the loads filled %lld", reads, weights},
        {hw->rows == 1 || d->da >= tiles,
         "writes %lld sums of an array row; the next row's begin %lld further on", tiles, d->da},
        {end <= hw->acc_words, "ends at accumulator %lld; there are %lld", end, hw->acc_words},
        {beats <= products, "adds %lld products; a psum holds %lld", beats, products},
    };
    return CHECK_ALL(demands);
}

/* A MAC job of an array in which operands are held. */
static bool check_reduce(const struct as_hw *hw, const struct as_compute_desc *d, int64_t weights,
                         char fault[AS_FAULT_ROOM])
{
    int64_t used = d->hold ? 1 : count5(d->nk, d->nc, d->ns, d->nr, 0), loaded = d->ntiles + 1LL;
    int64_t sums = d->line ? count5(d->vq, d->np - hw->unroll[AS_LOOP_R] + 1, 0, 0, 0)
                           : count5(d->nq, d->np, 0, 0, 0);
    int64_t end = d->abase + sums * (d->nk + 1);
    int words = hw->wide ? 1 : hw->rows; /* of a weight tile */
    int64_t reads = loaded * words;

    if (hw->by_address) /* the rows that complete the last tile meet weights of 0 */
        weights = (weights + words - 1) / words * words;
    const struct demand demands[] = {
        {!d->mul, "multiplies psums; only lookup jobs can", 0, 0},
        {loaded == used, "says that it loads %lld weight tiles; it uses %lld", loaded, used},
        {reads <= weights, "reads %lld weight words; the loads filled %lld", reads, weights},
        {d->scan || end <= hw->acc_words, "ends at accumulator %lld; there are %lld", end,
         hw->acc_words},
    };
    return CHECK_ALL(demands);
}

bool as_compute_check(const struct as_hw *hw, const struct as_compute_desc *d, int64_t ifmap_words,
                      int64_t weight_words, char fault[AS_FAULT_ROOM])
{
    return check_compute_counts(hw, d, fault) && check_line(hw, d, fault) &&
           check_ifmap(hw, d, ifmap_words, fault) &&
           (d->lookup         ? check_lookup(hw, d, weight_words, fault)
            : hw->output_kind ? check_output(hw, d, weight_words, fault)
                              : check_reduce(hw, d, weight_words, fault));
}

/* ---- store ---- */

/* Lowest and highest address that a store writes. */
static void written(const struct as_store_desc *d, int64_t *low, int64_t *high)
{
    int64_t step_p = d->dp + (int64_t)(d->by_address ? d->nc : d->nq) * d->dq;

    *low = *high = d->dst;
    if (d->by_address) { /* the last group may have fewer columns */
        const int64_t step[3] = {d->dq, step_p, 1};
        const int64_t full[3] = {d->nc, d->np - 1, d->nkt}, last[2] = {d->ncl, d->nkt};
        const int64_t last_step[2] = {d->dq, 1};
        int64_t last_low = *low + d->np * step_p, last_high = last_low;
        if (d->np > 0)
            span(step, full, 3, low, high);
        span(last_step, last, 2, &last_low, &last_high);
        *low = d->np > 0 && *low < last_low ? *low : last_low;
        *high = d->np > 0 && *high > last_high ? *high : last_high;
    } else {
        const int64_t step[4] = {d->dq, step_p, 1, (int64_t)d->dk + d->nc};
        const int64_t counts[4] = {d->nq, d->np, d->nkt > 0 ? d->nc : d->ncl, d->nkt};
        span(step, counts, 4, low, high);
        if (d->nkt > 0) /* the last k tile may have fewer channels */
            *high -= d->nc - d->ncl;
    }
}

/* The accumulators that a store reads are those of the drain half. */
static bool check_drain(const struct as_hw *hw, const struct as_store_desc *d,
                        char fault[AS_FAULT_ROOM])
{
    bool by = d->by_address;
    int columns = (d->nc > d->ncl ? d->nc : d->ncl) + 1;
    int64_t elements =
        by ? (int64_t)d->np * (d->nc + 1) + d->ncl + 1 : count5(d->nq, d->np, 0, 0, 0);
    int64_t end = by ? d->nkt + (int64_t)d->np * d->dk + 1 : (d->m + 1LL) * (d->nkt + 1);
    const struct demand demands[] = {
        {columns <= hw->cols, "drains %lld columns; the array has %lld", columns, hw->cols},
        {!by || hw->by_address,
         "drains channel by accumulator address; this accelerator drains column by column", 0, 0},
        {elements == d->m + 1, "drains %lld elements of a channel; its loops write %lld",
         d->m + 1LL, elements},
        {d->m < hw->acc_words, "drains %lld elements of a channel; a drain half has %lld words",
         d->m + 1LL, hw->acc_words},
        {!by || d->dk >= 0, "goes back %lld drain words from group to group; it can go on only",
         -(long long)d->dk, 0},
        {end <= hw->acc_words, "ends at word %lld of a drain half; it has %lld words", end,
         hw->acc_words},
    };
    return CHECK_ALL(demands);
}

bool as_store_check(const struct as_hw *hw, const struct as_store_desc *d, int64_t low,
                    int64_t high, char fault[AS_FAULT_ROOM])
{
    int64_t first, last;

    written(d, &first, &last);
    const struct demand demands[] = {
        {first >= low, "writes byte %lld; activations begin at byte %lld", first, low},
        {last < high, "writes byte %lld; the memory in use ends at byte %lld", last, high},
        {!d->in_float || hw->requant_float,
         "rounds as float32 does; this accelerator has requant.float 0", 0, 0},
        {!d->in_float || !d->softmax, "normalises a softmax and rounds as float32 does", 0, 0},
    };
    const struct demand side_by_side[] = {
        {!d->side_by_side || hw->requant_lanes > 1,
         "stores several channels at a time; this accelerator has requant.lanes %lld",
         hw->requant_lanes, 0},
        {!d->side_by_side || as_store_may_be_side_by_side(d, hw->requant_lanes),
         "stores %lld channels at a time across the words of memory", hw->requant_lanes, 0},
    };
    return check_store_counts(hw, d, fault) && CHECK_ALL(demands) && check_drain(hw, d, fault) &&
           CHECK_ALL(side_by_side);
}
