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
 * The jobs meet in the accumulators.  -za of 128 does not fit int8 and is two times 64.  A
 * multiplier of 1 and more is a left shift: all is added as many times. */
#include "dataflows/layers/layers.h"

#include <limits.h>
#include <string.h>

#include "gen/program/descriptor.h"

#define LEFT_SHIFT_MAX 8

/* The jobs of a chunk: a * b, and a constant in the place of a or of b. */
enum pass { PASS_PRODUCT, PASS_B, PASS_A };

struct matmul {
    struct as_schedule *s;
    const struct as_hw *hw;
    const struct as_layer *layer;
    const struct kind *kind;
    struct as_cost *cost;
    int batches, rows, depth, columns;
    bool adj_y;
    int times; /* that the sum is added, in place of a left shift */
    int za, zb;
    int unit;  /* elements of the depth in an ibuf word */
    int lanes; /* array rows that have rows of a of their own */
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

/* What differs between the two kinds of array. */
struct kind {
    int (*lanes)(const struct as_hw *hw);
    /* Wbuf words of a k tile: for one ibuf word of the depth, and for the depth
     * of a piece. */
    int (*unit_words)(const struct matmul *j);
    int (*weight_words)(const struct matmul *j, const struct piece *t);
    /* Ibuf words of the depth whose sums fit the psum of a PE. */
    int (*depth_max)(const struct matmul *j);
    /* Rows of a that are loaded when a constant takes their place. */
    int (*constant_rows)(const struct piece *t);
    /* The loops of a job, and its beats for a row and a k tile. */
    struct as_compute_desc (*compute)(const struct piece *t, bool constant_a);
    int (*beats)(const struct piece *t);
};

/* ---- KIND reduce: a column adds up an ibuf word of the depth in a beat ----
 */

static int reduce_lanes(const struct as_hw *hw)
{
    (void)hw;
    return 1;
}

static int reduce_unit_words(const struct matmul *j)
{
    return as_tile_words(j->hw);
}

static int reduce_weight_words(const struct matmul *j, const struct piece *t)
{
    return t->td * as_tile_words(j->hw);
}

static int reduce_depth_max(const struct matmul *j)
{
    (void)j;
    return INT_MAX;
}

static int reduce_constant_rows(const struct piece *t)
{
    (void)t;
    return 1;
}

static struct as_compute_desc reduce_compute(const struct piece *t, bool constant_a)
{
    return (struct as_compute_desc){
        .nk = t->tk - 1,
        .nq = t->tm - 1,
        .nc = t->td - 1,
        .dq = constant_a ? 0 : t->td,
        .dc = 1,
        .dk = -(t->td - 1),
        .ntiles = t->tk * t->td - 1,
    };
}

static int reduce_beats(const struct piece *t)
{
    return t->td;
}

static const struct kind reduce_kind = {
    .lanes = reduce_lanes,
    .unit_words = reduce_unit_words,
    .weight_words = reduce_weight_words,
    .depth_max = reduce_depth_max,
    .constant_rows = reduce_constant_rows,
    .compute = reduce_compute,
    .beats = reduce_beats,
};

/* ---- KIND output: an array row has rows of a of its own; a beat is an element
 * of the depth ---- */

static int output_lanes(const struct as_hw *hw)
{
    return hw->rows;
}

static int output_unit_words(const struct matmul *j)
{
    return j->unit;
}

static int output_weight_words(const struct matmul *j, const struct piece *t)
{
    (void)j;
    return t->depth;
}

static int output_depth_max(const struct matmul *j)
{
    return j->hw->psum_limit < AS_P_BITS ? (int)as_products_held(j->hw->psum_limit) / j->unit
                                         : INT_MAX;
}

static int output_constant_rows(const struct piece *t)
{
    return t->tm;
}

static struct as_compute_desc output_compute(const struct piece *t, bool constant_a)
{
    (void)constant_a; /* all rows of it are loaded */
    return (struct as_compute_desc){
        .nk = t->tk - 1,
        .nc = t->depth - 1,
        .nq = t->tm - 1,
        .dq = t->td,
        .dk = -(t->tm - 1) * t->td,
        .da = t->tm,
    };
}

static int output_beats(const struct piece *t)
{
    return t->depth;
}

static const struct kind output_kind = {
    .lanes = output_lanes,
    .unit_words = output_unit_words,
    .weight_words = output_weight_words,
    .depth_max = output_depth_max,
    .constant_rows = output_constant_rows,
    .compute = output_compute,
    .beats = output_beats,
};

/* ---- sizes ---- */

static enum as_status choose_sizes(struct matmul *j)
{
    const struct as_hw *hw = j->hw;
    int count_max = as_count_max(hw);
    int per_word = j->kind->unit_words(j);
    int room = as_weight_room(hw);
    int words = as_ceil_div(j->depth, j->unit);
    int k_tiles = as_ceil_div(j->columns, hw->cols);

    j->td = as_min(words, as_min(hw->ibuf_words, room / per_word));
    j->td = as_min(j->td, count_max / j->unit);
    j->td = as_min(j->td, j->kind->depth_max(j));
    if (j->td < 1)
        return as_fail(j->s->diag, AS_ERR_NOFIT,
                       "layer %d %s: a weight tile has %d words, buffers.weight holds %d and "
                       "descriptor.count counts to %d",
                       j->layer->index, j->layer->name, per_word, hw->wbuf_words, count_max);
    j->tm = as_min(as_ceil_div(j->rows, j->lanes), as_min(hw->ibuf_words / j->td, count_max));
    j->tm = as_min(j->tm, hw->acc_words / j->lanes);
    if (j->tm < 1)
        return as_fail(j->s->diag, AS_ERR_NOFIT,
                       "layer %d %s: a tile has %d sums at least; buffers.accumulator holds %d",
                       j->layer->index, j->layer->name, j->lanes, hw->acc_words);
    j->tk = as_min(k_tiles, as_min(room / (per_word * j->td), count_max));
    j->tk = as_min(j->tk, hw->acc_words / (j->lanes * j->tm));
    return AS_OK;
}

/* ---- loads of a ---- */

/* Rows of a as pixels of one image row; `pad` in place of everything when
 * `constant`. */
static struct as_sched_load load_a(const struct matmul *j, const struct piece *t, int lane,
                                   bool constant, int pad)
{
    const struct as_conv_shape w = {.in_h = 1, .in_w = j->rows, .in_c = j->depth};
    const struct as_box box = {.y0 = constant ? 1 : 0,
                               .x0 = t->m0 + lane * t->tm,
                               .ny = 1,
                               .nx = constant ? j->kind->constant_rows(t) : t->tm,
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
    load.desc.array_row = lane;
    return load;
}

/* ---- loads of b, in the place of weights ---- */

/* Words in the order of the job's loops: k tile, then depth.  What lies outside
 * b is 0. */

/* A word is a row of b: one load a k tile.  The depth goes up in y, which pads
 * what is beyond it. */
static int load_b_narrow(const struct matmul *j, const struct piece *t, int64_t of_depth,
                         int64_t of_column, struct as_sched_load *parts)
{
    int columns = j->hw->cols, words = j->kind->weight_words(j, t);

    for (int k = 0; k < t->tk; k++) {
        parts[k].desc = (struct as_load_desc){
            .bytes = true,
            .height = j->depth,
            .width = 1,
            .y0 = t->d0 * j->unit,
            .dy_r = 1,
            .ns = columns - 1,
            .nr = words - 1,
            .ds = (int32_t)of_column,
            .dr = (int32_t)(of_depth - (columns - 1) * of_column),
            .word0 = k * words,
        };
        parts[k].src.offset = (int64_t)(t->k0 + k) * columns * of_column;
    }
    return t->tk;
}

/* A word is a weight tile: one load each.  The depth goes up in x, which pads
 * what is beyond it. */
static int load_b_wide(const struct matmul *j, const struct piece *t, int64_t of_depth,
                       int64_t of_column, struct as_sched_load *parts)
{
    int columns = j->hw->cols, rows = j->hw->rows, count = 0;

    for (int k = 0; k < t->tk; k++)
        for (int word = 0; word < t->td; word++, count++) {
            parts[count].desc = (struct as_load_desc){
                .bytes = true,
                .height = 1,
                .width = j->depth,
                .x0 = (t->d0 + word) * j->unit,
                .dx_s = 1,
                .ns = rows - 1,
                .nr = columns - 1,
                .ds = (int32_t)of_depth,
                .dr = (int32_t)(of_column - (rows - 1) * of_depth),
                .word0 = k * t->td + word,
            };
            parts[count].src.offset =
                (int64_t)(t->k0 + k) * columns * of_column + word * rows * of_depth;
        }
    return count;
}

/* Fills parts[tk x td]; returns how many there are. */
static int load_b(const struct matmul *j, const struct piece *t, struct as_sched_load *parts)
{
    int64_t of_depth = j->adj_y ? 1 : j->columns; /* bytes to the next element of the depth */
    int64_t of_column = j->adj_y ? j->depth : 1;  /* and to the next column */
    int64_t first = (int64_t)t->batch * j->depth * j->columns + t->d0 * j->unit * of_depth;
    int count = j->hw->wide ? load_b_wide(j, t, of_depth, of_column, parts)
                            : load_b_narrow(j, t, of_depth, of_column, parts);

    for (int i = 0; i < count; i++) {
        parts[i].src.tensor = j->layer->input[1];
        parts[i].src.offset += first;
    }
    return count;
}

/* Constant weights -zb for one k tile after the other: 0 where the depth ends.
 */
static size_t constant_b(const struct matmul *j, const struct piece *t, int value)
{
    const struct as_hw *hw = j->hw;
    size_t word = as_wbuf_word_bytes(hw);
    int words = j->kind->weight_words(j, t);
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

static enum as_status emit_pass(struct matmul *j, const struct piece *t, enum pass pass, int value,
                                bool first, bool last)
{
    struct as_sched_load *a = AS_NEW(j->s->arena, struct as_sched_load, j->lanes);
    struct as_sched_load *b = AS_NEW(j->s->arena, struct as_sched_load, t->tk * t->td);
    bool constant_a = pass == PASS_B;
    struct as_job job = {.compute = j->kind->compute(t, constant_a),
                         .ifmap_id = j->next_id++,
                         .ifmap_parts = a,
                         .ifmap_part_count = j->lanes,
                         .weights_id = j->next_id++};

    for (int lane = 0; lane < j->lanes; lane++)
        a[lane] = load_a(j, t, lane, constant_a, constant_a ? value : 0);
    if (pass == PASS_A) {
        job.weights = constant_b(j, t, value);
        job.weights_words = t->tk * j->kind->weight_words(j, t);
    } else {
        job.weight_parts = b;
        job.weight_part_count = load_b(j, t, b);
    }
    job.compute.first = first;
    job.compute.emit = last;
    int64_t moved = (int64_t)j->lanes * t->tm * t->depth + (int64_t)t->tk * j->hw->cols * t->depth;
    j->cost->memory += (uint64_t)(moved * j->hw->mem_interval);
    j->cost->compute += (uint64_t)(t->tk * t->tm * j->kind->beats(t) + as_cost_job(j->hw));
    return as_schedule_job(j->s, &job);
}

/* The constants that stand for -zero_point: none, one, or two where one does
 * not fit. */
static int split(int zero_point, int values[2])
{
    if (zero_point == 0)
        return 0;
    values[0] = values[1] = zero_point == -128 ? 64 : -zero_point;
    return zero_point == -128 ? 2 : 1;
}

/* All passes over the depth; the tile's sums begin with the first and are complete with the last.
 */
static enum as_status emit_depth(struct matmul *j, struct piece *t, bool begins, bool ends)
{
    int words = as_ceil_div(j->depth, j->unit);
    int va[2], vb[2], na = split(j->za, va), nb = split(j->zb, vb);

    for (int d = 0; d < words; d += j->td) {
        t->d0 = d;
        t->td = as_min(j->td, words - d);
        t->depth = as_min(t->td * j->unit, j->depth - d * j->unit);
        bool last = ends && d + j->td >= words;
        AS_TRY(emit_pass(j, t, PASS_PRODUCT, 0, begins && d == 0, last && na + nb == 0));
        for (int i = 0; i < na; i++)
            AS_TRY(emit_pass(j, t, PASS_B, va[i], false, last && i == na - 1 && nb == 0));
        for (int i = 0; i < nb; i++)
            AS_TRY(emit_pass(j, t, PASS_A, vb[i], false, last && i == nb - 1));
    }
    return AS_OK;
}

static enum as_status emit_tile(struct matmul *j, struct piece *t)
{
    const struct as_hw *hw = j->hw;
    const struct as_tensor *out = &j->s->net->tensors[j->layer->output];

    for (int i = 0; i < j->times; i++)
        AS_TRY(emit_depth(j, t, i == 0, i == j->times - 1));
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
    AS_TRY(as_refuse_left_shift(j->s, layer->out_shift, LEFT_SHIFT_MAX));
    if (j->hw->block_sum)
        return as_fail(
            j->s->diag, AS_ERR_UNSUPPORTED,
            "layer %d %s: array.block_sum is 1, expected 0: two products of activations do "
            "not fit 16 bits",
            layer->index, layer->name);
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
                       .times = 1,
                       .unit = hw->load_lanes,
                       .kind = hw->output_kind ? &output_kind : &reduce_kind};

    j.lanes = j.kind->lanes(hw);
    memset(cost, 0, sizeof *cost);
    AS_TRY(check(&j));
    AS_TRY(choose_sizes(&j));
    if (layer->out_shift > 0)
        j.times = 1 << layer->out_shift;
    as_schedule_put_param(hw, record,
                          (int32_t)((uint32_t)(j.depth * j.za * j.zb) * (uint32_t)j.times),
                          layer->out_multiplier, as_max(-layer->out_shift, 0));
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
