#include "cli/list_model.h"

#include <inttypes.h>
#include <string.h>

#include "models/arith/edge.h"

/* What does a layer's work. */
static const char *const places[] = {
    [AS_WORK_NONE] = "nothing",      [AS_WORK_WINDOW] = "array",  [AS_WORK_PRODUCT] = "array",
    [AS_WORK_ELEMENTWISE] = "array", [AS_WORK_LOOKUP] = "lookup", [AS_WORK_SOFTMAX] = "lookup",
    [AS_WORK_MOVE] = "copy",
};

/* ---- tables: each column as wide as its widest text ---- */

enum { COLUMNS_MAX = 12, NAME_CHARS = 40 };

struct column {
    const char *title;
    bool right; /* its texts end in line */
};

struct table {
    struct as_arena *arena;
    const struct column *columns;
    int column_count, row_count;
    const char **cell; /* [row][column] */
};

static struct table new_table(struct as_arena *arena, const struct column *columns, int count,
                              int rows_max)
{
    return (struct table){.arena = arena,
                          .columns = columns,
                          .column_count = count,
                          .cell = AS_NEW(arena, const char *, (size_t)(rows_max * count))};
}

/* The cells of a row that begins. */
static const char **add_row(struct table *table)
{
    return &table->cell[table->row_count++ * table->column_count];
}

static void print_row(FILE *out, const struct table *table, const char *const *cells,
                      const int *width)
{
    for (int c = 0; c < table->column_count; c++) {
        bool last = c == table->column_count - 1;
        if (table->columns[c].right)
            fprintf(out, "%*s%s", width[c], cells[c], last ? "" : "  ");
        else
            fprintf(out, "%-*s%s", last ? 0 : width[c], cells[c], last ? "" : "  ");
    }
    fputc('\n', out);
}

static void print_table(FILE *out, const struct table *table)
{
    const char *titles[COLUMNS_MAX];
    int width[COLUMNS_MAX];

    for (int c = 0; c < table->column_count; c++) {
        titles[c] = table->columns[c].title;
        width[c] = (int)strlen(titles[c]);
        for (int r = 0; r < table->row_count; r++) {
            int length = (int)strlen(table->cell[r * table->column_count + c]);
            width[c] = length > width[c] ? length : width[c];
        }
    }
    print_row(out, table, titles, width);
    for (int r = 0; r < table->row_count; r++)
        print_row(out, table, &table->cell[r * table->column_count], width);
}

/* ---- cells ---- */

/* What a person knows a tensor by: of the names that a converter joined by ';' the first, and its
 * end where it is long. */
static const char *name_text(struct as_arena *arena, const char *name)
{
    int length = (int)strcspn(name, ";");

    return length <= NAME_CHARS ? as_arena_printf(arena, "%.*s", length, name)
                                : as_arena_printf(arena, "...%.*s", NAME_CHARS - 3,
                                                  name + length - (NAME_CHARS - 3));
}

static const char *tensor_text(struct as_arena *arena, const struct as_tensor *t)
{
    return as_shape_text(arena, (const int[]){t->n, t->h, t->w, t->c}, 4);
}

/* "3x3/2x2 d2x1": kernel, stride, dilation. */
static const char *kernel_text(struct as_arena *arena, const struct as_layer *layer)
{
    const struct as_conv *conv = &layer->conv;

    if (as_op_work(layer->op) != AS_WORK_WINDOW)
        return "-";
    const char *text = as_arena_printf(arena, "%dx%d/%dx%d", conv->kernel_h, conv->kernel_w,
                                       conv->stride_h, conv->stride_w);
    return conv->dilation_h == 1 && conv->dilation_w == 1
               ? text
               : as_arena_printf(arena, "%s d%dx%d", text, conv->dilation_h, conv->dilation_w);
}

/* Weights, biases and constant operands. */
static size_t parameter_bytes(const struct as_network *net, const struct as_layer *layer)
{
    size_t bytes = 0;

    if (as_op_has_conv(layer->op) && layer->conv.weights)
        bytes += layer->conv.weight_bytes +
                 (layer->conv.bias ? 4 * (size_t)net->tensors[layer->output].c : 0);
    for (int i = 0; i < layer->input_count; i++)
        if (net->tensors[layer->input[i]].data)
            bytes += net->tensors[layer->input[i]].bytes;
    return bytes;
}

static const char *count_text(struct as_arena *arena, uint64_t count)
{
    return count ? as_arena_printf(arena, "%" PRIu64, count) : "-";
}

static const char *scale_text(struct as_arena *arena, float scale)
{
    return scale > 0 ? as_arena_printf(arena, "%.6g", (double)scale) : "-";
}

/* ---- inputs and outputs ---- */

static void add_ports(struct table *table, const struct as_ports *ports, const char *what)
{
    for (int i = 0; i < ports->count; i++) {
        const struct as_port *port = &ports->port[i];
        const char **cell = add_row(table);
        bool real = port->value == AS_VALUE_FLOAT32 || port->value == AS_VALUE_INT32;
        cell[0] = what;
        cell[1] = port->name; /* whole: it is what --input takes */
        cell[2] = as_shape_text(table->arena, port->dim, port->rank);
        cell[3] = as_value_name(port->value);
        cell[4] = scale_text(table->arena, port->scale);
        cell[5] = real ? "-" : as_arena_printf(table->arena, "%d", port->zero_point);
        cell[6] = port->op ? as_arena_printf(table->arena, "host: %s", port->op) : "as it is";
    }
}

static void print_ports(FILE *out, struct as_arena *arena, const struct as_network *net)
{
    static const struct column columns[] = {
        {"", false},     {"name", false},      {"shape", false},      {"type", false},
        {"scale", true}, {"zero point", true}, {"conversion", false},
    };
    struct table table = new_table(arena, columns, 7, 2 * AS_PORTS_MAX);

    add_ports(&table, &net->inputs, "input");
    add_ports(&table, &net->outputs, "output");
    print_table(out, &table);
}

/* ---- layers ---- */

/* Layer `i`, of an operator of that name. */
static void add_layer(struct table *table, const struct as_network *net, int i, const char *op)
{
    struct as_arena *arena = table->arena;
    const struct as_layer *layer = &net->layers[i];
    const struct as_tensor *output = &net->tensors[layer->output];
    const char **cell = add_row(table);

    cell[0] = as_arena_printf(arena, "%d", i);
    cell[1] = op;
    cell[2] = name_text(arena, output->name);
    cell[3] = tensor_text(arena, &net->tensors[layer->input[0]]);
    cell[4] = as_arena_printf(arena, "-> %s", tensor_text(arena, output));
    cell[5] = kernel_text(arena, layer);
    cell[6] = count_text(arena, layer->macs);
    cell[7] = count_text(arena, parameter_bytes(net, layer));
    cell[8] = scale_text(arena, output->scale);
    cell[9] = as_arena_printf(arena, "%d", output->zero_point);
    cell[10] =
        as_arena_printf(arena, "%s: %s", places[as_op_work(layer->op)], as_op_name(layer->op));
}

static void print_layers(FILE *out, struct as_arena *arena, const struct as_network *net)
{
    static const struct column columns[] = {
        {"layer", true},      {"operator", false},       {"output", false},
        {"input", false},     {"output shape", false},   {"kernel/stride", false},
        {"MACs", true},       {"parameter bytes", true}, {"scale", true},
        {"zero point", true}, {"runs as", false},
    };
    struct table table = new_table(arena, columns, 11, net->layer_count);

    int next = 0;
    for (int i = 0; i < net->origin_count; i++) {
        const struct as_origin *origin = &net->origins[i];
        for (int n = 0; n < origin->count; n++, next++)
            add_layer(&table, net, origin->first + n, origin->op);
    }
    for (; next < net->layer_count; next++) /* copies that keep the state */
        add_layer(&table, net, next, net->layers[next].name);
    print_table(out, &table);
}

/* ---- totals ---- */

/* The tensor whose bytes these are: a layer that moves nothing gives them another name. */
static int owner_of(const int *owner, int id)
{
    while (owner[id] != id)
        id = owner[id];
    return id;
}

/* Bytes of all activations that are needed at once, at most, and in which layer: each from the
 * layer that writes it to the last that reads it. */
static size_t peak_bytes(struct as_arena *arena, const struct as_network *net, int *at)
{
    int count = net->tensor_count, layers = net->layer_count;
    int *owner = AS_NEW(arena, int, count), *first = AS_NEW(arena, int, count);
    int *last = AS_NEW(arena, int, count);
    int64_t *change = AS_NEW(arena, int64_t, layers + 1), bytes = 0, peak = 0;

    for (int t = 0; t < count; t++) {
        owner[t] = t;
        last[t] = -1;
    }
    for (int l = 0; l < layers; l++) {
        const struct as_layer *layer = &net->layers[l];
        if (as_op_work(layer->op) == AS_WORK_NONE)
            owner[layer->output] = owner_of(owner, layer->input[0]);
        else
            first[layer->output] = l;
        for (int i = 0; i < layer->input_count; i++)
            last[owner_of(owner, layer->input[i])] = l;
        last[owner_of(owner, layer->output)] = l;
    }
    for (int i = 0; i < net->outputs.count; i++)
        last[owner_of(owner, net->outputs.port[i].tensor)] = layers - 1;
    for (int t = 0; t < count; t++)
        if (owner[t] == t && last[t] >= 0 && !net->tensors[t].data) {
            change[first[t]] += (int64_t)net->tensors[t].bytes;
            change[last[t] + 1] -= (int64_t)net->tensors[t].bytes;
        }
    *at = 0;
    for (int l = 0; l < layers; l++) {
        bytes += change[l];
        if (bytes > peak) {
            peak = bytes;
            *at = l;
        }
    }
    return (size_t)peak;
}

static void print_totals(FILE *out, struct as_arena *arena, const struct as_network *net)
{
    uint64_t macs = 0;
    size_t parameters = 0;
    int at;

    for (int i = 0; i < net->layer_count; i++) {
        macs += net->layers[i].macs;
        parameters += parameter_bytes(net, &net->layers[i]);
    }
    size_t peak = peak_bytes(arena, net, &at);
    fprintf(out,
            "total      %" PRIu64 " MACs; %zu bytes of weights, biases and constants; %zu bytes of "
            "activations at once, in layer %d\n",
            macs, parameters, peak, at);
}

/* ---- what became of the operators ---- */

/* "4 STRIDED_COPY, 1 RESHAPE": the layers of an operator by kind. */
static const char *kinds_text(struct as_arena *arena, const struct as_network *net,
                              const struct as_origin *origin)
{
    int count[AS_OP_COUNT] = {0};
    const char *text = "";

    for (int i = 0; i < origin->count; i++)
        count[net->layers[origin->first + i].op]++;
    for (int op = 0; op < AS_OP_COUNT; op++)
        if (count[op])
            text = as_arena_printf(arena, "%s%s%d %s", text, *text ? ", " : "", count[op],
                                   as_op_name((enum as_op)op));
    return text;
}

/* Operators of one name that became the same are told as one, at the first of them. */
static void print_rewritten(FILE *out, struct as_arena *arena, const struct as_network *net)
{
    const char **text = AS_NEW(arena, const char *, net->origin_count);

    for (int i = 0; i < net->origin_count; i++) {
        const struct as_origin *origin = &net->origins[i];
        if (origin->fate == AS_FATE_LAYERS && origin->count > 1)
            text[i] =
                as_arena_printf(arena, "%s became %s", origin->op, kinds_text(arena, net, origin));
    }
    for (int i = 0; i < net->origin_count; i++) {
        int same = 0;
        if (!text[i])
            continue;
        for (int n = i + 1; n < net->origin_count; n++)
            if (text[n] && strcmp(text[n], text[i]) == 0) {
                text[n] = NULL;
                same++;
            }
        if (same)
            fprintf(out, "rewritten  %s, %d times\n", text[i], same + 1);
        else
            fprintf(out, "rewritten  %s\n", text[i]);
    }
}

/* "2 SHAPE, 1 PACK": the operators of that fate; empty when there are none. */
static const char *fate_text(struct as_arena *arena, const struct as_network *net,
                             enum as_fate fate)
{
    const char *text = "";

    for (int i = 0; i < net->origin_count; i++) {
        int count = 0;
        for (int n = 0; n < net->origin_count; n++) {
            if (net->origins[n].fate != fate || strcmp(net->origins[n].op, net->origins[i].op) != 0)
                continue;
            if (n < i) /* told there */
                break;
            count++;
        }
        if (count > 0)
            text = as_arena_printf(arena, "%s%s%d %s", text, *text ? ", " : "", count,
                                   net->origins[i].op);
    }
    return text;
}

void as_list_model(FILE *out, struct as_arena *arena, const struct as_network *net)
{
    print_ports(out, arena, net);
    fputc('\n', out);
    print_layers(out, arena, net);
    fputc('\n', out);
    print_totals(out, arena, net);
    const char *host = fate_text(arena, net, AS_FATE_HOST);
    const char *known = fate_text(arena, net, AS_FATE_KNOWN);
    const char *state = fate_text(arena, net, AS_FATE_STATE);
    const char *joined = fate_text(arena, net, AS_FATE_JOINED);
    if (*host)
        fprintf(out, "host       %s\n", host);
    if (*known)
        fprintf(out, "known      %s: before the network runs\n", known);
    if (*state)
        fprintf(out, "state      %d variable%s of %zu bytes: %s\n", net->variable_count,
                net->variable_count == 1 ? "" : "s", as_state_bytes(net), state);
    if (*joined)
        fprintf(out, "joined     %s: their neighbours do their work\n", joined);
    print_rewritten(out, arena, net);
}
