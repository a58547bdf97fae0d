#include "gen/emit/array_drawing.h"

#include <stdarg.h>

#include "gen/config/array_kind.h"
#include "gen/config/dataflow.h"

/* ---- layout, in pixels ---- */

#define SHOWN_MAX  4 /* rows and columns drawn; of more, the first three and the last */
#define PE_W       62
#define PE_H       50
#define PITCH_X    118
#define PITCH_Y    88
#define LEFT       292 /* of the first PE */
#define TOP        186
#define BUFFER_W   100
#define LANE_ROW   16 /* where the row operand enters a PE, from its top */
#define LANE_HELD  17 /* where what comes from above enters a PE, from its left */
#define LANE_PSUM  46
#define TEXT_SMALL 11

#define PSUM_COLOUR "#2b8a3e"
static const char *const colour_of[AS_OPERANDS] = {"#1f6fb4", "#c4560a", PSUM_COLOUR};
static const char *const psum_colour = PSUM_COLOUR;
static const char *const frame_colour = "#444444";

struct drawing {
    FILE *out;
    const struct as_config *cfg;
    const struct as_array_kind *kind;
    int rows, cols;         /* drawn */
    const char *row_colour; /* of what comes from the left */
    const char *top_colour; /* of what comes from above */
    bool top_broadcast;
};

/* The array row or column that the drawn one shows. */
static int real_index(int drawn, int drawn_count, int count)
{
    return drawn == drawn_count - 1 ? count - 1 : drawn;
}

static bool is_gap(int drawn, int drawn_count, int count)
{
    return count > drawn_count && drawn == drawn_count - 2;
}

static int pe_x(int col)
{
    return LEFT + col * PITCH_X;
}

static int pe_y(int row)
{
    return TOP + row * PITCH_Y;
}

/* ---- strokes ---- */

static void line(struct drawing *d, int x1, int y1, int x2, int y2, const char *colour,
                 const char *style)
{
    fprintf(d->out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\"%s/>\n", x1, y1, x2,
            y2, colour, style);
}

/* A line with a head at its end, which is the middle of a side of something. */
static void arrow(struct drawing *d, int x1, int y1, int x2, int y2, const char *colour,
                  const char *style)
{
    int dx = x2 > x1 ? 1 : x2 < x1 ? -1 : 0, dy = y2 > y1 ? 1 : y2 < y1 ? -1 : 0;

    line(d, x1, y1, x2 - 6 * dx, y2 - 6 * dy, colour, style);
    fprintf(d->out, "<polygon points=\"%d,%d %d,%d %d,%d\" fill=\"%s\"/>\n", x2, y2,
            x2 - 7 * dx + 4 * dy, y2 - 7 * dy + 4 * dx, x2 - 7 * dx - 4 * dy, y2 - 7 * dy - 4 * dx,
            colour);
}

static void box(struct drawing *d, int x, int y, int w, int h, const char *fill, const char *colour)
{
    fprintf(d->out,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"%s\" "
            "stroke=\"%s\"/>\n",
            x, y, w, h, fill, colour);
}

static void __attribute__((format(printf, 7, 8)))
text(struct drawing *d, int x, int y, int size, const char *anchor, const char *colour,
     const char *fmt, ...)
{
    va_list args;

    fprintf(d->out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" text-anchor=\"%s\" fill=\"%s\">", x,
            y, size, anchor, colour);
    va_start(args, fmt);
    vfprintf(d->out, fmt, args);
    va_end(args);
    fprintf(d->out, "</text>\n");
}

static void dots(struct drawing *d, int x, int y, bool down)
{
    for (int i = -1; i <= 1; i++)
        fprintf(d->out, "<circle cx=\"%d\" cy=\"%d\" r=\"2\" fill=\"%s\" stroke=\"none\"/>\n",
                x + (down ? 0 : 8 * i), y + (down ? 8 * i : 0), frame_colour);
}

/* `count` registers in a lane. */
static void delay(struct drawing *d, int x, int y, int count, const char *colour)
{
    if (count == 0)
        return;
    box(d, x - 9, y - 8, 18, 16, "#ffffff", colour);
    text(d, x, y + 4, TEXT_SMALL, "middle", colour, "%d", count);
}

/* ---- names ---- */

/* "r0 s1 c3" of a PE's place on an axis, without the loops that are not unrolled. */
static void index_text(const struct drawing *d, bool row, int i, char *out, size_t room)
{
    const struct as_config *cfg = d->cfg;
    bool pixels = as_axis_has(row ? &d->kind->rows : &d->kind->cols, AS_LOOP_Q);
    size_t n = 0;

    *out = '\0';
    if (pixels) {
        if (cfg->hw.unroll[AS_LOOP_P] > 1)
            n += (size_t)snprintf(out + n, room - n, "p%d ", i / cfg->hw.unroll[AS_LOOP_Q]);
        if (cfg->hw.unroll[AS_LOOP_Q] > 1 || cfg->hw.unroll[AS_LOOP_P] == 1)
            n += (size_t)snprintf(out + n, room - n, "q%d ", i % cfg->hw.unroll[AS_LOOP_Q]);
    } else if (!row) {
        n += (size_t)snprintf(out + n, room - n, "k%d ", i);
    } else {
        if (cfg->hw.unroll[AS_LOOP_R] > 1)
            n += (size_t)snprintf(out + n, room - n, "r%d ",
                                  i / (cfg->hw.unroll[AS_LOOP_S] * cfg->hw.unroll[AS_LOOP_C]));
        if (cfg->hw.unroll[AS_LOOP_S] > 1)
            n += (size_t)snprintf(out + n, room - n, "s%d ",
                                  i / cfg->hw.unroll[AS_LOOP_C] % cfg->hw.unroll[AS_LOOP_S]);
        if (cfg->hw.unroll[AS_LOOP_C] > 1 ||
            cfg->hw.unroll[AS_LOOP_R] * cfg->hw.unroll[AS_LOOP_S] == 1)
            n += (size_t)snprintf(out + n, room - n, "c%d ", i % cfg->hw.unroll[AS_LOOP_C]);
    }
    out[n - 1] = '\0';
}

/* ---- parts ---- */

static void draw_pe(struct drawing *d, int row, int col)
{
    const struct as_config *cfg = d->cfg;
    int x = pe_x(col), y = pe_y(row);
    const char *kept = colour_of[d->kind->stays];

    box(d, x, y, PE_W, PE_H, "#f4f4f4", frame_colour);
    text(d, x + 31, y + 21, 14, "middle", frame_colour, "×");
    box(d, x + 9, y + 27, 44, 17, "#ffffff", kept);
    text(d, x + 31, y + 39, TEXT_SMALL, "middle", kept, "%s",
         cfg->hw.wide ? "mem" : as_operand_name(d->kind->stays));
}

/* Registers before row i, as docs/blocks.md has them: the skew of the rows. */
static int row_delay(const struct as_config *cfg, int i)
{
    int s = i / cfg->hw.unroll[AS_LOOP_C] % cfg->hw.unroll[AS_LOOP_S];

    if (cfg->hw.output_kind)
        return cfg->hw.w_forwarded ? i : 0;
    if (cfg->hw.line)
        return cfg->hw.psum_forwarded ? i - s : cfg->hw.unroll[AS_LOOP_S] - 1 - s;
    return cfg->hw.psum_forwarded ? i : 0;
}

static void draw_row_operand(struct drawing *d, int row)
{
    const struct as_config *cfg = d->cfg;
    int y = pe_y(row) + LANE_ROW, from = 24 + BUFFER_W;
    int last = pe_x(d->cols - 1);
    char name[40];

    index_text(d, true, real_index(row, d->rows, cfg->hw.rows), name, sizeof name);
    text(d, LEFT - 44, y - 13, TEXT_SMALL, "middle", frame_colour, "%s", name);
    if (cfg->hw.line)
        from += 84;
    if (cfg->hw.x_forwarded) {
        arrow(d, from, y, pe_x(0), y, d->row_colour, "");
        for (int col = 1; col < d->cols; col++) {
            int x = pe_x(col);
            /* a pair sees its operand in one cycle, the next pair a cycle later */
            int pairs = real_index(col, d->cols, cfg->hw.cols) / 2 -
                        real_index(col - 1, d->cols, cfg->hw.cols) / 2;
            arrow(d, pe_x(col - 1) + PE_W, y, x, y, d->row_colour,
                  is_gap(col - 1, d->cols, cfg->hw.cols) ? " stroke-dasharray=\"4 3\"" : "");
            delay(d, x - 20, y, pairs, d->row_colour);
        }
    } else {
        int bus = pe_y(row) - 12;
        line(d, from, y, LEFT - 18, y, d->row_colour, "");
        line(d, LEFT - 18, y, LEFT - 18, bus, d->row_colour, "");
        line(d, LEFT - 18, bus, last + 31, bus, d->row_colour, "");
        for (int col = 0; col < d->cols; col++)
            arrow(d, pe_x(col) + 31, bus, pe_x(col) + 31, pe_y(row), d->row_colour, "");
    }
    delay(d, LEFT - 44, y, row_delay(cfg, real_index(row, d->rows, cfg->hw.rows)), d->row_colour);
}

/* What comes from above: the operand that stays is loaded over a bus; one that moves is forwarded
 * from row to row or broadcast to all rows. */
static void draw_column_operand(struct drawing *d, int col)
{
    const struct as_config *cfg = d->cfg;
    const char *style = cfg->hw.output_kind ? "" : " stroke-dasharray=\"4 3\"";
    int x = pe_x(col) + LANE_HELD, last = pe_y(d->rows - 1);
    char name[40];

    index_text(d, false, real_index(col, d->cols, cfg->hw.cols), name, sizeof name);
    text(d, pe_x(col) + PE_W - 4, TOP - 22, TEXT_SMALL, "middle", frame_colour, "%s", name);
    if (d->top_broadcast) {
        int bus = pe_x(col) - 9;
        line(d, x, TOP - 46, x, TOP - 36, d->top_colour, style);
        line(d, x, TOP - 36, bus, TOP - 36, d->top_colour, style);
        line(d, bus, TOP - 36, bus, last + 36, d->top_colour, style);
        for (int row = 0; row < d->rows; row++)
            arrow(d, bus, pe_y(row) + 36, pe_x(col), pe_y(row) + 36, d->top_colour, "");
        return;
    }
    arrow(d, x, TOP - 46, x, TOP, d->top_colour, style);
    for (int row = 1; row < d->rows; row++)
        arrow(d, x, pe_y(row - 1) + PE_H, x, pe_y(row), d->top_colour, style);
}

static int ceil_log2(int value)
{
    int n = 0;

    while (1 << n < value)
        n++;
    return n;
}

static void draw_psum(struct drawing *d, int col)
{
    const struct as_config *cfg = d->cfg;
    int bottom = pe_y(d->rows - 1) + PE_H, x = pe_x(col) + LANE_PSUM;
    int tree = bottom + 34, acc = bottom + 84;

    if (cfg->hw.psum_forwarded) {
        for (int row = 1; row < d->rows; row++)
            arrow(d, x, pe_y(row - 1) + PE_H, x, pe_y(row), psum_colour,
                  is_gap(row - 1, d->rows, cfg->hw.rows) ? " stroke-dasharray=\"4 3\"" : "");
        arrow(d, x, bottom, x, acc, psum_colour, "");
    } else {
        for (int row = 0; row < d->rows; row++) {
            int lane = pe_x(col) + PE_W + 24 - 6 * row, y = pe_y(row) + 36;
            const char *style = cfg->hw.output_kind ? " stroke-dasharray=\"4 3\"" : "";
            line(d, pe_x(col) + PE_W, y, lane, y, psum_colour, style);
            arrow(d, lane, y, lane, tree, psum_colour, style);
        }
        fprintf(d->out,
                "<polygon points=\"%d,%d %d,%d %d,%d %d,%d\" fill=\"#e9f5ec\" stroke=\"%s\"/>\n",
                pe_x(col) + 14, tree, pe_x(col) + PE_W + 34, tree, pe_x(col) + PE_W + 8, tree + 28,
                pe_x(col) + 36, tree + 28, psum_colour);
        text(d, pe_x(col) + 54, tree + 18, 12, "middle", psum_colour, "%s",
             cfg->hw.output_kind ? "select"
             : cfg->hw.rows == 1 ? "reg"
                                 : "Σ");
        arrow(d, pe_x(col) + 54, tree + 28, pe_x(col) + 54, acc, psum_colour, "");
    }
    box(d, pe_x(col), acc, PE_W + 24, 26, "#ffffff", psum_colour);
    text(d, pe_x(col) + 43, acc + 17, TEXT_SMALL, "middle", psum_colour, "accumulators");
}

static void draw_left(struct drawing *d)
{
    const struct as_config *cfg = d->cfg;
    int y = TOP - 12, h = pe_y(d->rows - 1) + PE_H + 12 - y;

    box(d, 24, y, BUFFER_W, h, "#ffffff", d->row_colour);
    text(d, 24 + BUFFER_W / 2, y + h / 2 - 6, 12, "middle", d->row_colour, "ifmap buffer");
    text(d, 24 + BUFFER_W / 2, y + h / 2 + 10, TEXT_SMALL, "middle", d->row_colour, "%s%d words",
         "2 × ", cfg->hw.ibuf_words);
    text(d, 24 + BUFFER_W / 2, y + h / 2 + 24, TEXT_SMALL, "middle", d->row_colour, "of %d bytes",
         cfg->hw.ibuf_lanes);
    if (d->kind->row == AS_OPERAND_WEIGHT)
        text(d, 24 + BUFFER_W / 2, y + h / 2 + 38, TEXT_SMALL, "middle", d->row_colour,
             "(holds weights)");
    if (!cfg->hw.line)
        return;
    int x = 24 + BUFFER_W + 20;
    box(d, x, y, 64, h, "#eef5fb", d->row_colour);
    arrow(d, 24 + BUFFER_W, y + h / 2 - 6, x, y + h / 2 - 6, d->row_colour, "");
    text(d, x + 32, y + h / 2 - 20, 12, "middle", d->row_colour, "window");
    if (cfg->hw.unroll[AS_LOOP_R] > 1) {
        text(d, x + 32, y + h / 2 + 14, TEXT_SMALL, "middle", d->row_colour, "%d line%s",
             cfg->hw.unroll[AS_LOOP_R] - 1, cfg->hw.unroll[AS_LOOP_R] > 2 ? "s" : "");
        text(d, x + 32, y + h / 2 + 28, TEXT_SMALL, "middle", d->row_colour, "of %d",
             cfg->hw.line_words);
    }
    text(d, x + 32, y + h / 2 + 44, TEXT_SMALL, "middle", d->row_colour, "taps of");
    text(d, x + 32, y + h / 2 + 57, TEXT_SMALL, "middle", d->row_colour, "one pixel");
}

static void draw_top(struct drawing *d)
{
    const struct as_config *cfg = d->cfg;
    int x = LEFT - 12, w = pe_x(d->cols - 1) + PE_W + 12 - x;

    box(d, x, TOP - 86, w, 40, "#ffffff", d->top_colour);
    text(d, x + w / 2, TOP - 70, 12, "middle", d->top_colour, "weight buffer%s%s",
         d->kind->col == AS_OPERAND_IFMAP ? " (holds the ifmap)" : "",
         cfg->hw.wide ? ", in the PEs" : "");
    text(d, x + w / 2, TOP - 54, TEXT_SMALL, "middle", d->top_colour, "%s%d words of %d bytes",
         "2 × ", cfg->hw.wbuf_words, cfg->hw.wbuf_bytes);
}

static void draw_notes(struct drawing *d, int height)
{
    const struct as_config *cfg = d->cfg;
    const enum as_move moves[AS_OPERANDS] = {cfg->hw.ifmap_move, cfg->hw.weight_move,
                                             cfg->hw.psum_move};
    char unroll[64];

    as_unroll_text(cfg->hw.unroll, unroll, sizeof unroll);
    text(d, 24, 30, 16, "start", "#111111", "%s: %s, %d × %d PEs, unroll {%s}", cfg->name,
         cfg->dataflow, cfg->hw.rows, cfg->hw.cols, unroll);
    for (int i = 0; i < AS_OPERANDS; i++) {
        int x = 24 + 170 * i;
        line(d, x, 50, x + 22, 50, colour_of[i], " stroke-width=\"3\"");
        text(d, x + 28, 54, 12, "start", colour_of[i], "%s: %s",
             as_operand_name((enum as_operand)i),
             moves[i] == AS_MOVE_TREE ? "adder tree" : as_move_name(moves[i]));
    }
    int y = height - 68;
    text(d, 24, y, TEXT_SMALL, "start", frame_colour, "A number in a lane: registers%s.",
         cfg->hw.line ? ", here of a job that feeds all taps from one pixel" : "");
    text(d, 24, y + 16, TEXT_SMALL, "start", frame_colour, "Dashed: %s.",
         cfg->hw.output_kind ? "psums that drain, a row a cycle, when a tile ends"
         : cfg->hw.wide      ? "the bus that loads write the memories of the PEs over"
                        : "the bus over which the rows get what they hold next, a row a cycle");
    text(d, 24, y + 32, TEXT_SMALL, "start", frame_colour,
         "First psum on column 0: %d cycles after its beat is issued%s", cfg->hw.line_latency,
         cfg->hw.x_forwarded && cfg->hw.cols > 2 ? "; each pair of columns one cycle later." : ".");
    if (!cfg->hw.psum_forwarded && cfg->hw.rows > 1)
        text(d, 24, y + 48, TEXT_SMALL, "start", frame_colour, "%s: %d levels, %d register%s.",
             cfg->hw.output_kind ? "Select: an or-tree" : "Σ: an adder tree",
             ceil_log2(cfg->hw.rows), cfg->hw.tree_stages, cfg->hw.tree_stages > 1 ? "s" : "");
}

void as_draw_array(FILE *out, const struct as_config *cfg)
{
    const struct as_array_kind *kind = as_array_kind(cfg->hw.stays);
    struct drawing d = {.out = out,
                        .cfg = cfg,
                        .rows = cfg->hw.rows < SHOWN_MAX ? cfg->hw.rows : SHOWN_MAX,
                        .cols = cfg->hw.cols < SHOWN_MAX ? cfg->hw.cols : SHOWN_MAX,
                        .kind = kind,
                        .row_colour = colour_of[kind->row],
                        .top_colour = colour_of[kind->col],
                        .top_broadcast = !cfg->hw.w_forwarded};
    int width, height;

    width = pe_x(d.cols - 1) + PE_W + 60;
    if (width < 580)
        width = 580;
    height = pe_y(d.rows - 1) + PE_H + 84 + 26 + 94;
    fprintf(out,
            "<!-- GENERATED by `arraysmith gen` - change the accelerator's description instead. "
            "-->\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" stroke-width=\"1.5\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
            "<g>\n",
            width, height, width, height);
    draw_left(&d);
    draw_top(&d);
    for (int col = 0; col < d.cols; col++)
        draw_column_operand(&d, col);
    for (int row = 0; row < d.rows; row++)
        draw_row_operand(&d, row);
    for (int col = 0; col < d.cols; col++)
        draw_psum(&d, col);
    for (int row = 0; row < d.rows; row++)
        for (int col = 0; col < d.cols; col++)
            draw_pe(&d, row, col);
    for (int row = 0; row < d.rows; row++)
        if (is_gap(row, d.rows, cfg->hw.rows))
            for (int col = 0; col < d.cols; col++)
                dots(&d, pe_x(col) + 31, pe_y(row) + PE_H + 16, true);
    for (int col = 0; col < d.cols; col++)
        if (is_gap(col, d.cols, cfg->hw.cols)) {
            dots(&d, pe_x(col) + PE_W + 24, TOP - 26, false);
            dots(&d, pe_x(col) + PE_W + 40, pe_y(d.rows - 1) + PE_H + 97, false);
        }
    draw_notes(&d, height);
    fprintf(out, "</g>\n</svg>\n");
}
