/*- out[b][m][n] = sum over d of (a[b][m][d] - za) * (b[b][d][n] - zb).
 *
 * a is the ifmap, with its rows as pixels; b takes the place of the weights, gathered from its
 * tensor by byte loads.  The array multiplies raw values, so that the sum is made of four:
 *
 *     sum of  a * b             a job
 *   + sum of  (-za) * b         a job with a constant in the place of a
 *   + sum of  a * (-zb)         a job with a constant in the place of b
 *   + depth * za * zb           the bias
 *
 * The jobs meet in the accumulators.  -za of 128 does not fit int8 and is two times 64.
 *
 * KIND reduce: a column adds up R elements of the depth, an ibuf word; a weight tile is R x C of b.
 * KIND output: array row i has its own tm rows of a; a beat is one element of the depth. */
#include "dataflows/layers/layers.h"

#include <string.h>

#include "gen/program/descriptor.h"

enum pass { PASS_PRODUCT, PASS_B, PASS_A };

struct matmul {
    struct as_schedule *s;
    const struct as_hw *hw;
    const struct as_layer *layer;
    struct as_cost *cost;
    int batches, rows, depth, columns;
    bool adj_y;
    int za, zb;
    int unit;  /* elements of the depth in an ibuf word */
    int lanes; /* array rows that have rows of a of their own: 1 with KIND reduce */
    int tm;    /* rows of a in a tile, of each of them */
    int tk;    /* k tiles of `cols` columns in a tile */
    int td;    /* ibuf words of the depth in a chunk */
    size_t params;
    int64_t next_id;
};

/* One tile of the output and one chunk of the depth. */
struct piece {
    int batch, m0, tm, k0, tk, d0, td;
    int depth; /* elements of the chunk */
};

/* Wbuf words of a k tile for `words` ibuf words of depth. */
static int weight_words(const struct matmul *j, int words, int depth)
{
    if (j->hw->output_kind)
        return depth;
    return words * (j->hw->wide ? 1 : j->hw->rows);
}

static enum as_status choose_sizes(struct matmul *j)
{
    const struct as_hw *hw = j->hw;
    int most = as_count_max(hw);
    int per_word = hw->output_kind ? j->unit : hw->wide ? 1 : hw->rows;
    int room = as_weight_room(hw);
    int words = as_ceil_div(j->depth, j->unit);
    int k_tiles = as_ceil_div(j->columns, hw->cols);

    j->td = as_min(words, as_min(hw->ibuf_words, room / per_word));
    j->td = as_min(j->td, most / j->unit);
    if (hw->output_kind && hw->psum_limit < 32)
        j->td = as_min(j->td, (1 << (hw->psum_limit - 15)) / j->unit);
    if (j->td < 1)
        return as_fail(j->s->diag, AS_ERR_NOFIT,
                       "layer %d %s: a weight tile has %d words, buffers.weight holds %d and "
                       "descriptor.count counts to %d",
                       j->layer->index, j->layer->name, per_word, hw->wbuf_words, most);
    j->tm = as_min(as_ceil_div(j->rows, j->lanes), as_min(hw->ibuf_words / j->td, most));
    j->tm = as_min(j->tm, hw->acc_words / j->lanes);
    if (j->tm < 1)
        return as_fail(j->s->diag, AS_ERR_NOFIT,
                       "layer %d %s: %d array rows, buffers.accumulator holds %d", j->layer->index,
                       j->layer->name, j->lanes, hw->acc_words);
    j->tk = as_min(k_tiles, as_min(room / (per_word * j->td), most));
    j->tk = as_min(j->tk, hw->acc_words / (j->lanes * j->tm));
    return AS_OK;
}

/* ---- loads of a ---- */

/* Rows of a as pixels of one image row; `pad` in place of everything when `constant`. */
static struct as_sched_load load_a(const struct matmul *j, const struct piece *t, int lane,
                                   bool constant, int pad)
{
    const struct as_conv_shape w = {.in_h = 1, .in_w = j->rows, .in_c = j->depth};
    const struct as_box box = {.y0 = constant ? 1 : 0,
                               .x0 = t->m0 + lane * t->tm,
                               .ny = 1,
                               .nx = constant && !j->hw->output_kind ? 1 : t->tm,
                               .dy = 1,
                               .dx = 1,
                               .c0 = t->d0 * j->unit,
                               .channels = t->depth,
                               .pad = (int8_t)pad};
    struct as_sched_load load = {.src.tensor = j->layer->input[0]};

    load.desc = as_box_load(j->hw, &w, &box, &load.src.offset);
    if (constant) {
        load.desc.bytes = true;
        load.desc.align = 1;
        load.desc.nc = t->depth - 1;
        load.desc.ds = load.desc.dr = 0;
        load.src.offset = 0;
    } else {
        load.src.offset += (int64_t)t->batch * j->rows * j->depth;
    }
    load.desc.group = lane;
    return load;
}

/* ---- loads of b, in the place of weights ---- */

/* Words in the order of the job's loops: k tile, then depth.  What lies outside b is 0. */
static int load_b(const struct matmul *j, const struct piece *t, struct as_sched_load *parts)
{
    const struct as_hw *hw = j->hw;
    int64_t dd = j->adj_y ? 1 : j->columns; /* bytes from one element of the depth to the next */
    int64_t dn = j->adj_y ? j->depth : 1;   /* and of the columns */
    int rows = hw->output_kind ? 1 : hw->rows;
    int tiles = hw->output_kind ? t->depth : t->td;
    int count = 0;

    /* one load a k tile: the depth goes up in y, which pads what is beyond it */
    for (int k = 0; k < t->tk; k++) {
        int64_t at = (int64_t)t->batch * j->depth * j->columns + t->d0 * j->unit * dd +
                     (int64_t)(t->k0 + k) * hw->cols * dn;
        for (int w = 0; w < (hw->wide ? tiles : 1); w++) {
            int inner = hw->wide ? rows : hw->cols, outer = hw->wide ? hw->cols : rows * tiles;
            int64_t step = hw->wide ? dd : dn, next = hw->wide ? dn : dd;
            struct as_load_desc desc = {
                .bytes = true,
                .height = hw->wide ? 1 : j->depth,
                .width = hw->wide ? j->depth : 1,
                .y0 = hw->wide ? 0 : t->d0 * j->unit,
                .x0 = hw->wide ? (t->d0 + w) * j->unit : 0,
                .dx_s = hw->wide ? 1 : 0,
                .dy_r = hw->wide ? 0 : 1,
                .ns = inner - 1,
                .nr = outer - 1,
                .ds = (int32_t)step,
                .dr = (int32_t)(next - (inner - 1) * step),
                .word0 = k * weight_words(j, t->td, t->depth) + w,
            };
            parts[count].desc = desc;
            parts[count].src =
                (struct as_ref){.tensor = j->layer->input[1], .offset = at + w * rows * dd};
            count++;
        }
    }
    return count;
}

/* Constant weights -zb for one k tile after the other: 0 where the depth ends. */
static size_t constant_b(const struct matmul *j, const struct piece *t, int value)
{
    const struct as_hw *hw = j->hw;
    size_t word = as_wbuf_word_bytes(hw);
    int words = weight_words(j, t->td, t->depth);
    size_t bytes = (size_t)(t->tk * words) * word;
    uint8_t *block = as_arena_alloc(j->s->arena, bytes);

    memset(block, 0, bytes);
    for (int k = 0; k < t->tk; k++)
        for (int d = 0; d < t->depth; d++)
            for (int c = 0; c < hw->cols; c++) {
                size_t at = (size_t)(k * words) * word;
                if (hw->wide)
                    at += (size_t)(d / hw->rows) * word + (size_t)(c * hw->rows + d % hw->rows);
                else
                    at += (size_t)d * word + (size_t)c;
                block[at] = (uint8_t)value;
            }
    return as_schedule_share(j->s, block, bytes);
}

/* ---- jobs ---- */

static struct as_compute_desc compute_of(const struct matmul *j, const struct piece *t,
                                         bool constant_a)
{
    const struct as_hw *hw = j->hw;
    struct as_compute_desc d = {.nk = t->tk - 1};

    if (hw->output_kind) {
        d.nc = t->depth - 1;
        d.nq = t->tm - 1;
        d.dq = t->td;
        d.dk = -(t->tm - 1) * t->td;
        d.da = t->tm;
        return d;
    }
    d.nq = t->tm - 1;
    d.nc = t->td - 1;
    d.dq = constant_a ? 0 : t->td;
    d.dc = 1;
    d.dk = -(t->td - 1);
    d.ntiles = t->tk * t->td - 1;
    return d;
}

static enum as_status emit_pass(struct matmul *j, const struct piece *t, enum pass pass, int value,
                                bool first, bool last)
{
    struct as_sched_load *a = AS_NEW(j->s->arena, struct as_sched_load, j->lanes);
    struct as_sched_load *b = AS_NEW(j->s->arena, struct as_sched_load, t->tk * t->td);
    bool constant_a = pass == PASS_B;
    struct as_job job = {.compute = compute_of(j, t, constant_a),
                         .ifmap_id = j->next_id++,
                         .ifmap_parts = a,
                         .ifmap_part_count = j->lanes,
                         .weights_id = j->next_id++};

    for (int lane = 0; lane < j->lanes; lane++)
        a[lane] = load_a(j, t, lane, constant_a, constant_a ? value : 0);
    if (pass == PASS_A) {
        job.weights = constant_b(j, t, value);
        job.weights_words = t->tk * weight_words(j, t->td, t->depth);
    } else {
        job.weight_parts = b;
        job.weight_part_count = load_b(j, t, b);
    }
    job.compute.first = first;
    job.compute.emit = last;
    int64_t moved = (int64_t)j->lanes * t->tm * t->depth + (int64_t)t->tk * j->hw->cols * t->depth;
    j->cost->memory += (uint64_t)(moved * j->hw->mem_interval);
    j->cost->compute +=
        (uint64_t)(t->tk * t->tm * (j->hw->output_kind ? t->depth : t->td) + as_cost_job(j->hw));
    return as_schedule_job(j->s, &job);
}

/* The constants that stand for -zero_point: none, one, or two where one does not fit. */
static int split(int zero_point, int values[2])
{
    if (zero_point == 0)
        return 0;
    values[0] = values[1] = zero_point == -128 ? 64 : -zero_point;
    return zero_point == -128 ? 2 : 1;
}

static enum as_status emit_tile(struct matmul *j, struct piece *t)
{
    const struct as_hw *hw = j->hw;
    const struct as_tensor *out = &j->s->net->tensors[j->layer->output];
    int words = as_ceil_div(j->depth, j->unit);
    int va[2], vb[2], na = split(j->za, va), nb = split(j->zb, vb);

    for (int d = 0; d < words; d += j->td) {
        t->d0 = d;
        t->td = as_min(j->td, words - d);
        t->depth = as_min(t->td * j->unit, j->depth - d * j->unit);
        bool last = d + j->td >= words;
        AS_TRY(emit_pass(j, t, PASS_PRODUCT, 0, d == 0, last && na + nb == 0));
        for (int i = 0; i < na; i++)
            AS_TRY(emit_pass(j, t, PASS_B, va[i], false, last && i == na - 1 && nb == 0));
        for (int i = 0; i < nb; i++)
            AS_TRY(emit_pass(j, t, PASS_A, vb[i], false, last && i == nb - 1));
    }
    int rows = as_min(j->lanes * t->tm, j->rows - t->m0);
    int columns = as_min(t->tk * hw->cols, j->columns - t->k0 * hw->cols);
    struct as_store_desc store = {
        .shared = true,
        .zp = out->zero_point,
        .amin = j->layer->act_min,
        .amax = j->layer->act_max,
        .nq = rows - 1,
        .nkt = t->tk - 1,
        .dq = j->columns,
        .dk = 1,
        .ncl = columns - (t->tk - 1) * hw->cols - 1,
        .nc = hw->cols - 1,
        .m = rows - 1,
    };
    int64_t at = ((int64_t)t->batch * j->rows + t->m0) * j->columns + (int64_t)t->k0 * hw->cols;
    as_schedule_store(j->s, &store, (struct as_ref){.tensor = j->layer->output, .offset = at},
                      j->params);
    as_schedule_tile(j->s, 0, (int64_t)out->bytes);
    j->cost->tail = (uint64_t)as_cost_store(hw, (int64_t)rows * columns, columns,
                                            as_cost_lanes(hw, hw->cols, j->columns));
    j->cost->requant += j->cost->tail;
    return AS_OK;
}

static enum as_status check(const struct matmul *j)
{
    const struct as_layer *layer = j->layer;

    AS_TRY(as_refuse_products(j->s));
    AS_TRY(as_refuse_left_shift(j->s, "the output", layer->out_shift));
    if (j->hw->block_sum)
        return as_fail(
            j->s->diag, AS_ERR_UNSUPPORTED,
            "layer %d %s: array.block_sum is 1, expected 0: two products of activations do "
            "not fit 16 bits",
            layer->index, layer->name);
    int coord = as_coord_max(j->hw), larger = j->rows > j->depth ? j->rows : j->depth;
    if (larger > coord)
        return as_fail(j->s->diag, AS_ERR_UNSUPPORTED,
                       "layer %d %s: rows or depth is %d, expected at most %d", layer->index,
                       layer->name, larger, coord);
    return AS_OK;
}

enum as_status as_map_matmul(struct as_schedule *s, const struct as_layer *layer,
                             struct as_cost *cost)
{
    const struct as_hw *hw = s->hw;
    uint8_t *record = as_arena_alloc(s->arena, as_param_bytes(hw));
    struct matmul j = {.s = s,
                       .hw = hw,
                       .layer = layer,
                       .cost = cost,
                       .batches = layer->matmul.batches,
                       .rows = layer->matmul.rows,
                       .depth = layer->matmul.depth,
                       .columns = layer->matmul.columns,
                       .adj_y = layer->matmul.adj_y,
                       .za = s->net->tensors[layer->input[0]].zero_point,
                       .zb = s->net->tensors[layer->input[1]].zero_point,
                       .unit = hw->load_lanes,
                       .lanes = hw->output_kind ? hw->rows : 1};

    memset(cost, 0, sizeof *cost);
    AS_TRY(check(&j));
    AS_TRY(choose_sizes(&j));
    as_schedule_put_param(hw, record, j.depth * j.za * j.zb, layer->out_multiplier,
                          -layer->out_shift);
    j.params = as_schedule_share(s, record, as_param_bytes(hw));
    int k_tiles = as_ceil_div(j.columns, hw->cols);
    for (int b = 0; b < j.batches; b++)
        for (int m = 0; m < j.rows; m += j.lanes * j.tm) {
            int tm = as_min(j.tm, as_ceil_div(j.rows - m, j.lanes));
            /* a store walks from k tile to k tile only where no array row is idle */
            int tk = j.lanes * tm > j.rows - m ? 1 : j.tk;
            for (int k = 0; k < k_tiles; k += tk) {
                struct piece t = {
                    .batch = b, .m0 = m, .tm = tm, .k0 = k, .tk = as_min(tk, k_tiles - k)};
                AS_TRY(emit_tile(&j, &t));
            }
        }
    as_cost_sum(cost);
    return AS_OK;
}
