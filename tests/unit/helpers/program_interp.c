#include "tests/unit/helpers/program_interp.h"

#include <string.h>

#include "models/arith/fixed_point.h"

static uint32_t garbage(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void *garbage_bytes(struct as_arena *arena, size_t bytes, uint32_t *state)
{
    uint8_t *p = as_arena_alloc(arena, bytes);
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)garbage(state);
    return p;
}

struct interp *interp_new(struct as_arena *arena, const struct as_hw *hw)
{
    struct interp *m = AS_NEW(arena, struct interp, 1);
    uint32_t seed = 12345;
    size_t word = (size_t)(hw->wbuf_beats * hw->mem_width_bytes);
    m->hw = hw;
    m->memory = garbage_bytes(arena, (size_t)hw->mem_bytes, &seed);
    m->ibuf = garbage_bytes(arena, (size_t)(2 * hw->ibuf_words * hw->ibuf_lanes), &seed);
    m->wbuf = garbage_bytes(arena, (size_t)(2 * hw->wbuf_words) * word, &seed);
    m->acc = garbage_bytes(arena, (size_t)(hw->cols * hw->acc_words) * 4, &seed);
    m->drain = garbage_bytes(arena, (size_t)(hw->cols * 2 * hw->acc_words) * 4, &seed);
    return m;
}

static uint32_t memory_u32(const struct interp *m, uint32_t address)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < 4; i++)
        value |= (uint32_t)m->memory[(address + i) & (uint32_t)(m->hw->mem_bytes - 1)] << (8 * i);
    return value;
}

static void fetch(const struct interp *m, enum as_stream engine, uint32_t *words, int n)
{
    for (int i = 0; i < n; i++)
        words[i] = memory_u32(m, m->at[engine] + 4 * (uint32_t)i);
}

static void run_loop(struct interp *m, enum as_stream engine, const uint32_t *words, int used)
{
    struct as_loop loop;
    as_loop_decode(engine, words, m->hw->count_bits, &loop);
    if (m->it[engine] == loop.count) {
        m->it[engine] = 0;
        m->off[engine] = 0;
        m->yoff = engine == AS_STREAM_LOAD ? 0 : m->yoff;
        m->at[engine] += 4 * (uint32_t)used;
    } else {
        m->it[engine]++;
        m->off[engine] += loop.inc;
        m->yoff += loop.yinc;
        m->at[engine] = loop.target;
    }
}

/* ---- load ---- */

struct load_port {
    uint32_t word;
    int lane; /* of the bytes, or of the memory words that fill a buffer word */
};

/* Lanes of a buffer word that a load by bytes fills before it goes to the next. */
static int lanes_of(const struct as_hw *hw, const struct as_load_desc *d)
{
    if (d->to_weights)
        return hw->wbuf_bytes;
    return d->linear || d->lanes == AS_LANES_ALL ? hw->load_lanes
           : d->lanes == AS_LANES_TAP            ? hw->unroll[AS_LOOP_C]
                                                 : hw->cols;
}

static void load_beat(struct interp *m, const struct as_load_desc *d, struct load_port *port,
                      uint32_t address, bool pad, bool align)
{
    const struct as_hw *hw = m->hw;
    uint32_t mask = (uint32_t)(hw->mem_bytes - 1), bytes = (uint32_t)hw->mem_width_bytes;
    uint32_t aligned = (address & mask) / bytes * bytes;
    int lane_max, lanes = lanes_of(hw, d);
    int8_t *to;

    if (d->to_weights)
        to = (int8_t *)m->wbuf + (size_t)(port->word & (uint32_t)(2 * hw->wbuf_words - 1)) *
                                     (size_t)hw->wbuf_beats * bytes;
    else
        to = m->ibuf +
             (size_t)(port->word & (uint32_t)(2 * hw->ibuf_words - 1)) * (size_t)hw->ibuf_lanes;
    if (hw->output_kind && !d->to_weights && !d->linear)
        to += d->array_row * hw->mem_width_bytes;
    if (d->bytes) {
        to[port->lane] = (int8_t)(pad ? d->pad : m->memory[address & mask]);
        lane_max = lanes - 1;
    } else {
        for (uint32_t i = 0; i < bytes; i++)
            to[(uint32_t)port->lane * bytes + i] = (int8_t)(pad ? d->pad : m->memory[aligned + i]);
        lane_max = d->to_weights ? hw->wbuf_beats - 1 : lanes / hw->mem_width_bytes - 1;
    }
    if (port->lane == lane_max || (d->bytes && align)) {
        port->lane = 0;
        port->word++;
    } else {
        port->lane++;
    }
}

static void run_load(struct interp *m, const struct as_load_desc *d)
{
    const struct as_hw *hw = m->hw;
    int half_words = d->to_weights ? hw->wbuf_words : hw->ibuf_words;
    struct load_port port = {.word = (uint32_t)(d->half * half_words + (d->linear ? 0 : d->word0))};
    uint32_t address = d->src, step = d->bytes ? 1 : (uint32_t)hw->mem_width_bytes;
    int nr = d->linear ? 0 : d->nr, nq = d->linear ? 0 : d->nq, np = d->linear ? 0 : d->np;
    int yb = d->y0, coord = (1 << hw->coord_bits) - 1;

    for (int p = 0; p <= np; p++, yb += d->dy_p) {
        int xb = d->x0;
        for (int q = 0; q <= nq; q++, xb += d->dx_q) {
            int yr = 0;
            for (int r = 0; r <= nr; r++, yr += d->dy_r) {
                int xs = 0;
                for (int s = 0; s <= d->ns; s++, xs += d->dx_s) {
                    for (int c = 0; c <= d->nc; c++) {
                        int y = (yb + yr) & coord, x = (xb + xs) & coord;
                        bool pad = !d->linear && (y >= d->height || x >= d->width);
                        bool align = (d->align == 1 && c == d->nc) ||
                                     (d->align == 2 && c == d->nc && s == d->ns && r == nr);
                        load_beat(m, d, &port, address, pad, align);
                        if (c < d->nc || d->linear)
                            address += step;
                        else if (s < d->ns)
                            address += (uint32_t)d->ds;
                        else if (r < nr)
                            address += (uint32_t)d->dr;
                        else if (q < nq)
                            address += (uint32_t)d->dq;
                        else
                            address += (uint32_t)d->dp;
                    }
                }
            }
        }
    }
    (d->to_weights ? m->wbuf_full : m->ibuf_full)[d->half] = !d->partial;
}

static bool step_load(struct interp *m)
{
    uint32_t words[AS_LOAD_WORDS];
    struct as_load_desc d;
    if (m->ended[AS_STREAM_LOAD])
        return false;
    fetch(m, AS_STREAM_LOAD, words, AS_LOAD_WORDS);
    int used = as_load_decode(words, AS_LOAD_WORDS, &d);
    if (d.end)
        return m->ended[AS_STREAM_LOAD] = true;
    if (d.loop) {
        run_loop(m, AS_STREAM_LOAD, words, used);
        return true;
    }
    if ((d.to_weights ? m->wbuf_full : m->ibuf_full)[d.half] || (d.wait_mem && m->mem_tokens == 0))
        return false;
    m->mem_tokens -= d.wait_mem;
    if (d.step) {
        d.src += m->off[AS_STREAM_LOAD];
        d.y0 += m->yoff;
    }
    run_load(m, &d);
    m->at[AS_STREAM_LOAD] += 4 * (uint32_t)used;
    m->executed[AS_STREAM_LOAD]++;
    return true;
}

/* ---- compute ---- */

static const int8_t *ibuf_word(const struct interp *m, int address)
{
    return m->ibuf + (size_t)(address & (2 * m->hw->ibuf_words - 1)) * (size_t)m->hw->ibuf_lanes;
}

static const uint8_t *wbuf_word(const struct interp *m, int address)
{
    size_t bytes = (size_t)(m->hw->wbuf_beats * m->hw->mem_width_bytes);
    return m->wbuf + (size_t)(address & (2 * m->hw->wbuf_words - 1)) * bytes;
}

static void accumulate(struct interp *m, int column, int address, int half, bool overwrite,
                       bool emit, bool mul, int32_t value)
{
    int words = m->hw->acc_words;
    int at = address & (words - 1);
    int32_t *cell = &m->acc[(size_t)column * (size_t)words + (size_t)at];
    if (mul)
        *cell = (int16_t)*cell * (int16_t)value;
    else
        *cell = (int32_t)((overwrite ? 0 : (uint32_t)*cell) + (uint32_t)value);
    if (emit)
        m->drain[(size_t)(column * 2 * words + half * words + at)] = *cell;
}

/* The weight of an array row and column in weight tile `tile`. */
static int8_t weight_of(const struct interp *m, int first, int tile, int row, int col)
{
    const struct as_hw *hw = m->hw;
    return (int8_t)(hw->wide ? wbuf_word(m, first + tile)[col * hw->rows + row]
                             : wbuf_word(m, first + tile * hw->rows + row)[col]);
}

/* The row operand of array row `row` for column `col` in a beat at ibuf address `at`.  In a line
 * job the beat's sum is of the pixels of this and the next beats, and of the rows above. */
static int8_t operand_of(const struct interp *m, const struct as_compute_desc *d, int at, int row,
                         int col)
{
    const struct as_hw *hw = m->hw;
    if (!d->line)
        return ibuf_word(m, at)[row];
    int r = row / hw->unroll[AS_LOOP_C] / hw->unroll[AS_LOOP_S],
        s = row / hw->unroll[AS_LOOP_C] % hw->unroll[AS_LOOP_S];
    int line = d->dp + d->nq * d->dq;
    at += s * d->dq - (hw->unroll[AS_LOOP_R] - 1 - r) * line;
    return ibuf_word(m, at)[d->dw ? col : row % hw->unroll[AS_LOOP_C]];
}

static void run_mac(struct interp *m, const struct as_compute_desc *d)
{
    const struct as_hw *hw = m->hw;
    int base = d->isel * hw->ibuf_words + d->ibase, kb = d->abase;
    int tile = -1, top = d->line ? hw->unroll[AS_LOOP_R] - 1 : 0, vq = d->line ? d->vq : d->nq;
    int beats = (d->nq + 1) * (d->np + 1), sums = (vq + 1) * (d->np + 1 - top);
    int pace = beats > hw->rows || hw->wide ? beats : hw->rows;

    for (int k = 0; k <= d->nk; k++, kb += sums)
        for (int r = 0; r <= d->nr; r++)
            for (int s = 0; s <= d->ns; s++)
                for (int c = 0; c <= d->nc; c++) {
                    bool first = r == 0 && s == 0 && c == 0;
                    bool last = r == d->nr && s == d->ns && c == d->nc;
                    int from = base, acc = kb;
                    if (tile < 0 || !d->hold)
                        tile++;
                    m->weight_tile_cycles += (uint64_t)(pace > 2 ? pace : 2);
                    for (int p = 0; p <= d->np; p++)
                        for (int q = 0; q <= d->nq; q++) {
                            bool counts = q <= vq && p >= top;
                            for (int col = 0; col < hw->cols && counts; col++) {
                                int32_t sum = 0;
                                for (int row = 0; row < hw->rows; row++)
                                    sum += operand_of(m, d, from, row, col) *
                                           weight_of(m, d->wsel * hw->wbuf_words, tile, row, col);
                                accumulate(m, col, acc, d->asel, d->first && first, d->emit && last,
                                           false, sum);
                            }
                            acc += counts;
                            from += q < d->nq ? d->dq : d->dp;
                        }
                    base += c < d->nc ? d->dc : s < d->ns ? d->ds : r < d->nr ? d->dr : d->dk;
                }
}

/* One output tile of an array whose psums stay: the sums of array row `row` and column `col`. */
static int32_t output_sum(struct interp *m, const struct as_compute_desc *d, int base, int w,
                          int row, int col)
{
    const struct as_hw *hw = m->hw;
    int group = row * hw->mem_width_bytes, at = base;
    int64_t sum = 0, limit = INT64_C(1) << (hw->psum_bits - 1);

    for (int r = 0; r <= d->nr; r++)
        for (int s = 0; s <= d->ns; s++) {
            int byte = 0;
            for (int c = 0; c <= d->nc; c++, w++) {
                sum += ibuf_word(m, at)[group + byte] * (int8_t)wbuf_word(m, w)[col];
                if (c == d->nc)
                    at += s < d->ns ? d->ds : d->dr;
                else if (byte == hw->mem_width_bytes - 1)
                    at++;
                byte = byte == hw->mem_width_bytes - 1 ? 0 : byte + 1;
            }
        }
    if (sum < -limit || sum >= limit)
        m->overflows++;
    return (int32_t)sum;
}

static void run_output(struct interp *m, const struct as_compute_desc *d)
{
    const struct as_hw *hw = m->hw;
    int base = d->isel * hw->ibuf_words + d->ibase, acc = d->abase;
    int w = d->wsel * hw->wbuf_words, beats = (d->nc + 1) * (d->ns + 1) * (d->nr + 1);

    m->weight_tile_cycles += (uint64_t)(d->nk + 1) * (uint64_t)((d->np + 1) * (d->nq + 1)) *
                             (uint64_t)(beats > hw->rows ? beats : hw->rows);
    for (int k = 0; k <= d->nk; k++) {
        int last = acc;
        for (int p = 0; p <= d->np; p++)
            for (int q = 0; q <= d->nq; q++, acc++) {
                for (int row = 0; row < hw->rows; row++)
                    for (int col = 0; col < hw->cols; col++)
                        accumulate(m, col, acc + row * d->da, d->asel, d->first, d->emit, false,
                                   output_sum(m, d, base, w, row, col));
                last = acc + (hw->rows - 1) * d->da;
                base += q < d->nq ? d->dq : p < d->np ? d->dp : d->dk;
            }
        acc = last + 1;
        w += d->hold ? 0 : beats;
    }
}

static void run_lookup(struct interp *m, const struct as_compute_desc *d)
{
    const struct as_hw *hw = m->hw;
    int base = d->isel * hw->ibuf_words + d->ibase, acc = d->abase;

    for (int k = 0; k <= d->nk; k++)
        for (int r = 0; r <= d->nr; r++)
            for (int s = 0; s <= d->ns; s++)
                for (int c = 0; c <= d->nc; c++) {
                    for (int lane = 0; lane <= d->nl; lane++) {
                        int from = base, index = 0;
                        for (int p = 0; p <= d->np; p++)
                            for (int q = 0; q <= d->nq; q++) {
                                int8_t x = ibuf_word(m, from)[lane];
                                int8_t peak = (p == 0 && q == 0) || x > m->peak ? x : m->peak;
                                index = (d->sub ? x - m->peak : peak) & 255;
                                if (!d->sub)
                                    m->peak = peak;
                                from += q < d->nq ? d->dq : d->dp;
                            }
                        const uint8_t *w =
                            wbuf_word(m, d->wsel * hw->wbuf_words + index / hw->table_pack) +
                            4 * (index % hw->table_pack);
                        int32_t value = (int32_t)((uint32_t)w[0] | (uint32_t)w[1] << 8 |
                                                  (uint32_t)w[2] << 16 | (uint32_t)w[3] << 24);
                        if (!d->scan)
                            accumulate(m, 0, acc, d->asel, d->first, d->emit, d->mul, value);
                        acc++;
                    }
                    base += c < d->nc ? d->dc : s < d->ns ? d->ds : r < d->nr ? d->dr : d->dk;
                }
}

static bool step_compute(struct interp *m)
{
    uint32_t words[AS_COMPUTE_WORDS];
    struct as_compute_desc d;
    if (m->ended[AS_STREAM_COMPUTE])
        return false;
    fetch(m, AS_STREAM_COMPUTE, words, AS_COMPUTE_WORDS);
    int used = as_compute_decode(words, AS_COMPUTE_WORDS, &d);
    if (d.end)
        return m->ended[AS_STREAM_COMPUTE] = true;
    if (d.loop) {
        run_loop(m, AS_STREAM_COMPUTE, words, used);
        return true;
    }
    if (!m->ibuf_full[d.isel] || !m->wbuf_full[d.wsel] || (d.emit && m->acc_claim[d.asel]))
        return false;
    if (d.lookup)
        run_lookup(m, &d);
    else if (m->hw->output_kind)
        run_output(m, &d);
    else
        run_mac(m, &d);
    if (d.push_a)
        m->acc_claim[d.asel] = m->acc_full[d.asel] = true;
    if (d.free_i)
        m->ibuf_full[d.isel] = false;
    if (d.free_w)
        m->wbuf_full[d.wsel] = false;
    m->at[AS_STREAM_COMPUTE] += 4 * (uint32_t)used;
    m->executed[AS_STREAM_COMPUTE]++;
    return true;
}

/* ---- store ---- */

static int32_t srdhm(int32_t x, uint32_t multiplier)
{
    return (int32_t)(((int64_t)x * (int64_t)multiplier + (INT64_C(1) << 30)) >> 31);
}

static int8_t requantize(const struct as_store_desc *d, int32_t x, uint32_t multiplier, int shift)
{
    if (d->in_float)
        return as_clamp_i8(as_mul_float(x, (int32_t)multiplier, -shift) + d->zp, d->amin, d->amax);
    int32_t s = srdhm(x, multiplier);
    int32_t b = s >> shift;
    uint32_t below = shift > 0 ? (uint32_t)s & ((1u << (shift - 1)) - 1u) : 0;
    bool half = shift > 0 && ((uint32_t)s >> (shift - 1) & 1u) != 0;
    b = b < -512 ? -512 : b > 511 ? 511 : b;
    int y = b + (half && (s >= 0 || below != 0)) + d->zp;
    return (int8_t)(y < d->amin ? d->amin : y > d->amax ? d->amax : y);
}

/* Multiplier and shift that divide by the sum of the exponentials of a drain half. */
static void softmax_params(const int32_t *e, int count, uint32_t *multiplier, int *shift)
{
    uint32_t sum = 0;
    int h = 0;
    for (int i = 0; i < count; i++)
        sum += (uint32_t)(e[i] >> 12) + ((uint32_t)e[i] >> 11 & 1u);
    while (!(sum >> 31) && h < 31) {
        sum <<= 1;
        h++;
    }
    int32_t x = 1515870810 + srdhm(-1010580540, sum >> 1);
    for (int i = 0; i < 3; i++) {
        int32_t rest = (1 << 29) - srdhm(x, sum >> 1);
        x = (int32_t)((uint32_t)x + ((uint32_t)srdhm(rest, (uint32_t)x) << 2));
    }
    *multiplier = h < 4 ? 0 : x >= 1 << 30 ? 0x7fffffffu : (uint32_t)x << 1;
    *shift = (35 - h) & 31;
}

/* The next parameter record. */
static void take_params(const struct interp *m, uint32_t *params, int32_t *bias,
                        uint32_t *multiplier, int *shift)
{
    int bytes = m->hw->mem_width_bytes;
    *bias = (int32_t)memory_u32(m, *params);
    *multiplier = memory_u32(m, *params + 4);
    *shift = (int)(memory_u32(m, *params + 8) & 31u);
    *params += (uint32_t)((12 + bytes - 1) / bytes * bytes);
}

static void put_output(struct interp *m, const struct as_store_desc *d, int col, int element,
                       uint32_t to, int32_t bias, uint32_t multiplier, int shift)
{
    const struct as_hw *hw = m->hw;
    const int32_t *data = m->drain + col * 2 * hw->acc_words + d->asel * hw->acc_words;
    int32_t x = (int32_t)((uint32_t)data[element & (hw->acc_words - 1)] + (uint32_t)bias);
    m->memory[to & (uint32_t)(hw->mem_bytes - 1)] = (uint8_t)requantize(d, x, multiplier, shift);
}

/* Channels are accumulator addresses, pixels columns. */
static void run_store_by_address(struct interp *m, const struct as_store_desc *d)
{
    uint32_t params = d->params, multiplier = 0;
    int32_t bias = 0;
    int shift = 0;

    for (int channel = 0; channel <= d->nkt; channel++) {
        uint32_t to = d->dst + (uint32_t)channel;
        if (channel == 0 || !d->shared)
            take_params(m, &params, &bias, &multiplier, &shift);
        for (int group = 0; group <= d->np; group++)
            for (int col = 0; col <= (group == d->np ? d->ncl : d->nc); col++) {
                put_output(m, d, col, channel + group * d->dk, to, bias, multiplier, shift);
                to += (uint32_t)(col < d->nc ? d->dq : d->dp);
            }
    }
}

static void run_store(struct interp *m, const struct as_store_desc *d)
{
    const struct as_hw *hw = m->hw;
    uint32_t params = d->params, cb = d->dst, multiplier = 0;
    int32_t bias = 0;
    int shift = 0, ktb = 0;
    bool have_params = d->softmax;

    if (d->softmax)
        softmax_params(m->drain + d->asel * hw->acc_words, d->m + 1, &multiplier, &shift);
    for (int kt = 0; kt <= d->nkt; kt++) {
        int channels = kt == d->nkt ? d->ncl : d->nc;
        for (int col = 0; col <= channels; col++) {
            if (!have_params)
                take_params(m, &params, &bias, &multiplier, &shift);
            have_params = d->softmax || d->shared;
            uint32_t to = cb;
            int element = ktb;
            for (int p = 0; p <= d->np; p++)
                for (int q = 0; q <= d->nq; q++, element++) {
                    put_output(m, d, col, element, to, bias, multiplier, shift);
                    to += (uint32_t)(q < d->nq ? d->dq : d->dp);
                }
            cb += col < channels ? 1 : (uint32_t)d->dk;
        }
        ktb += d->m + 1;
    }
}

static bool step_store(struct interp *m)
{
    uint32_t words[AS_STORE_WORDS];
    struct as_store_desc d;
    if (m->ended[AS_STREAM_STORE])
        return false;
    fetch(m, AS_STREAM_STORE, words, AS_STORE_WORDS);
    int used = as_store_decode(words, AS_STORE_WORDS, &d);
    if (d.end)
        return m->ended[AS_STREAM_STORE] = true;
    if (d.loop) {
        run_loop(m, AS_STREAM_STORE, words, used);
        return true;
    }
    if (!m->acc_full[d.asel])
        return false;
    if (d.step)
        d.dst += m->off[AS_STREAM_STORE];
    if (d.by_address)
        run_store_by_address(m, &d);
    else
        run_store(m, &d);
    m->acc_full[d.asel] = m->acc_claim[d.asel] = false;
    m->mem_tokens += d.push_m;
    m->at[AS_STREAM_STORE] += 4 * (uint32_t)used;
    m->executed[AS_STREAM_STORE]++;
    return true;
}

bool interp_run(struct interp *m, const struct as_program *program, const int8_t *input,
                int8_t *output, enum interp_policy policy)
{
    memcpy(m->memory, program->image, program->image_bytes);
    for (int i = 0; i < program->input.count; input += program->input.port[i++].bytes)
        memcpy(m->memory + program->input.port[i].address, input, program->input.port[i].bytes);
    for (int k = 0; k < AS_STREAM_COUNT; k++) {
        m->at[k] = program->stream[k];
        m->executed[k] = m->it[k] = 0;
        m->off[k] = 0;
        m->ended[k] = false;
    }
    for (int half = 0; half < 2; half++)
        m->ibuf_full[half] = m->wbuf_full[half] = m->acc_claim[half] = m->acc_full[half] = false;
    m->mem_tokens = m->yoff = 0;
    m->weight_tile_cycles = 0;
    m->overflows = 0;
    bool moved = true;
    while (moved) {
        if (policy == INTERP_LOADS_EARLY)
            moved = step_load(m) || step_compute(m) || step_store(m);
        else
            moved = step_store(m) || step_compute(m) || step_load(m);
    }
    for (int i = 0; i < program->output.count; output += program->output.port[i++].bytes)
        memcpy(output, m->memory + program->output.port[i].address, program->output.port[i].bytes);
    return m->ended[0] && m->ended[1] && m->ended[2] && m->overflows == 0 &&
           memcmp(m->memory, program->image, program->image_bytes) == 0;
}
