#include "tests/unit/helpers/tflite_build_parts.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of the schema's builtin operators. */
enum { CALL_ONCE = 129, VAR_HANDLE = 142, READ_VARIABLE = 143, ASSIGN_VARIABLE = 144 };

struct build *build_new(uint64_t seed)
{
    struct build *b = calloc(1, sizeof *b);
    assert(b);
    b->state = seed;
    b->limits = build_limits_default();
    return b;
}

void build_free(struct build *b)
{
    for (int i = 0; i < b->tensor_count; i++) {
        free(b->tensor[i].scale);
        free(b->tensor[i].zero_point);
        free(b->tensor[i].data);
    }
    free(b->file);
    free(b);
}

/* ---- random numbers ---- */

static uint64_t next_random(struct build *b) /* splitmix64 */
{
    uint64_t z = b->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

int build_random(struct build *b, int low, int high)
{
    return low + (int)(next_random(b) % (uint64_t)((int64_t)high - low + 1));
}

/* An octave, then a place in it: sums and products only, whose bits are the same everywhere. */
float build_random_scale(struct build *b, float low, float high)
{
    int octaves = 0;
    for (float top = 2.0f * low; top < high; top *= 2.0f)
        octaves++;
    float scale = low * (1.0f + (float)(next_random(b) >> 48) / 65536.0f);
    for (int i = build_random(b, 0, octaves); i > 0; i--)
        scale *= 2.0f;
    return scale < high ? scale : high;
}

/* ---- tensors and operators ---- */

static int add_tensor(struct build *b, int type, int rank, const int *dim, int scale_count,
                      const float *scale, int zero_point)
{
    assert(b->tensor_count < TENSORS_MAX && rank <= RANK_MAX);
    struct tensor *t = &b->tensor[b->tensor_count];
    *t = (struct tensor){.type = type, .rank = rank, .scale_count = scale_count};
    if (rank > 0)
        memcpy(t->dim, dim, (size_t)rank * sizeof *dim);
    t->bytes = elements_of(rank, dim) * (type == INT32 || type == FLOAT32 ? 4 : 1);
    t->scale = calloc((size_t)scale_count + 1, sizeof *t->scale);
    t->zero_point = calloc((size_t)scale_count + 1, sizeof *t->zero_point);
    assert(t->scale && t->zero_point);
    if (scale_count > 0)
        memcpy(t->scale, scale, (size_t)scale_count * sizeof *scale);
    t->zero_point[0] = scale_count == 1 ? zero_point : 0;
    return b->tensor_count++;
}

int build_activation(struct build *b, int rank, const int *dim, float scale, int zero_point)
{
    return add_tensor(b, INT8, rank, dim, 1, &scale, zero_point);
}

int build_constant(struct build *b, int type, int rank, const int *dim, const void *data,
                   size_t bytes, int scale_count, const float *scale, int zero_point, int axis)
{
    int id = add_tensor(b, type, rank, dim, scale_count, scale, zero_point);
    struct tensor *t = &b->tensor[id];
    t->axis = axis;
    t->bytes = bytes;
    t->data = malloc(bytes);
    assert(t->data);
    memcpy(t->data, data, bytes);
    return id;
}

int build_whole(struct build *b, int rank, const int *dim)
{
    return add_tensor(b, INT32, rank, dim, 0, NULL, 0);
}

int build_rank(const struct build *b, int tensor)
{
    return b->tensor[tensor].rank;
}

int build_dim(const struct build *b, int tensor, int i)
{
    return b->tensor[tensor].dim[i];
}

void build_op(struct build *b, int builtin, int version, int options_type, int option_count,
              const uint32_t *options, int input_count, const int *inputs, int output)
{
    assert(b->op_count < OPS_MAX && input_count <= INPUTS_MAX && option_count <= OPTIONS_MAX);
    struct op *op = &b->op[b->op_count++];
    *op = (struct op){.builtin = builtin,
                      .version = version,
                      .options_type = options_type,
                      .option_count = option_count,
                      .input_count = input_count,
                      .output_count = 1,
                      .output = {output}};
    if (option_count > 0)
        memcpy(op->option, options, (size_t)option_count * sizeof *options);
    if (input_count > 0)
        memcpy(op->input, inputs, (size_t)input_count * sizeof *inputs);
}

void build_outputs(struct build *b, int count, const int *outputs)
{
    struct op *op = &b->op[b->op_count - 1];
    assert(count <= INPUTS_MAX);
    op->output_count = count;
    if (count > 0)
        memcpy(op->output, outputs, (size_t)count * sizeof *outputs);
}

void build_ports(struct build *b, int input, int output)
{
    b->input_count = b->output_count = 0;
    build_input(b, input);
    build_output(b, output);
}

void build_input(struct build *b, int input)
{
    assert(b->input_count < PORTS_MAX);
    b->input[b->input_count++] = input;
}

void build_output(struct build *b, int output)
{
    assert(b->output_count < PORTS_MAX);
    b->output[b->output_count++] = output;
}

int build_input_count(const struct build *b)
{
    return b->input_count;
}

int build_input_type(const struct build *b, int input)
{
    return b->tensor[b->input[input]].type;
}

size_t build_input_bytes(const struct build *b, int input)
{
    return b->tensor[b->input[input]].bytes;
}

int build_outer(struct build *b, int type, int inner)
{
    const struct tensor *t = &b->tensor[inner];
    float scale = scale_of(b, inner) * (1.0f + 0.01f * (float)build_random(b, -20, 20));
    return add_tensor(b, type, t->rank, t->dim, type == UINT8 ? 1 : 0, &scale,
                      build_random(b, 100, 160));
}

void build_edge_in(struct build *b, int outer, int inner)
{
    build_op(b, 114, 1, 0, 0, NULL, 1, &outer, inner); /* QUANTIZE */
    struct op first = b->op[b->op_count - 1];
    memmove(b->op + 1, b->op, (size_t)(b->op_count - 1) * sizeof *b->op);
    b->op[0] = first; /* operators run in the order of the file */
}

void build_edge_out(struct build *b, int inner, int outer)
{
    bool real = b->tensor[outer].type == FLOAT32;
    build_op(b, real ? 6 : 114, 1, 0, 0, NULL, 1, &inner, outer); /* DEQUANTIZE, QUANTIZE */
}

/* ---- variables ---- */

int build_handle(struct build *b, int variable)
{
    int handle = add_tensor(b, RESOURCE, 0, NULL, 0, NULL, 0);
    build_op(b, VAR_HANDLE, 1, 111, 0, NULL, 0, NULL, handle);
    b->op[b->op_count - 1].variable = variable;
    return handle;
}

int build_read(struct build *b, int handle, int rank, const int *dim, int like)
{
    int out = build_activation(b, rank, dim, scale_of(b, like), zero_of(b, like));
    build_op(b, READ_VARIABLE, 1, 0, 0, NULL, 1, &handle, out);
    return out;
}

void build_assign(struct build *b, int handle, int value)
{
    const int ids[2] = {handle, value};
    build_op(b, ASSIGN_VARIABLE, 1, 0, 0, NULL, 2, ids, 0);
    b->op[b->op_count - 1].output_count = 0;
}

void build_once(struct build *b)
{
    b->op[b->op_count - 1].once = true;
}

void build_initial(struct build *b, int variable, int constant)
{
    int handle = build_handle(b, variable);
    build_once(b);
    build_assign(b, handle, constant);
    build_once(b);
}

bool build_has_state(const struct build *b)
{
    for (int i = 0; i < b->op_count; i++)
        if (b->op[i].builtin == VAR_HANDLE)
            return true;
    return false;
}

/* ---- the file: tables of 4-byte slots, each vtable before its table ---- */

static void put(struct build *b, const void *value, size_t bytes)
{
    while (b->bytes + bytes > b->room) {
        b->room = b->room ? 2 * b->room : 4096;
        b->file = realloc(b->file, b->room);
        assert(b->file);
    }
    if (bytes > 0)
        memcpy(b->file + b->bytes, value, bytes);
    b->bytes += bytes;
}

static void put_u16(struct build *b, int value)
{
    uint16_t half = (uint16_t)value;
    put(b, &half, 2);
}

static void put_u32(struct build *b, size_t value)
{
    uint32_t word = (uint32_t)value;
    put(b, &word, 4);
}

/* Until what follows `ahead` bytes later lies on a multiple of `to`. */
static void align(struct build *b, size_t to, size_t ahead)
{
    while ((b->bytes + ahead) % to != 0)
        put(b, "", 1);
}

static void set(struct build *b, size_t slots, int id, uint32_t value)
{
    memcpy(b->file + slots + 4 * (size_t)id, &value, 4);
}

/* A table behind slot `id` of `slots`; returns the position of its own slots. */
static size_t table(struct build *b, size_t slots, int id, int count, uint32_t absent)
{
    align(b, 4, 0);
    size_t vtable = b->bytes;
    put_u16(b, 4 + 2 * count);
    put_u16(b, 4 + 4 * count);
    for (int i = 0; i < count; i++)
        put_u16(b, absent >> i & 1 ? 0 : 4 + 4 * i);
    align(b, 4, 0);
    set(b, slots, id, (uint32_t)(b->bytes - (slots + 4 * (size_t)id)));
    put_u32(b, b->bytes - vtable);
    size_t own = b->bytes;
    for (int i = 0; i < count; i++)
        put_u32(b, 0);
    return own;
}

static void vector(struct build *b, size_t slots, int id, const void *data, size_t count,
                   size_t stride, size_t to)
{
    align(b, to, 4);
    set(b, slots, id, (uint32_t)(b->bytes - (slots + 4 * (size_t)id)));
    put_u32(b, count);
    put(b, data, count * stride);
}

static size_t offsets(struct build *b, size_t slots, int id, int count)
{
    align(b, 4, 0);
    set(b, slots, id, (uint32_t)(b->bytes - (slots + 4 * (size_t)id)));
    put_u32(b, (size_t)count);
    size_t first = b->bytes;
    for (int i = 0; i < count; i++)
        put_u32(b, 0);
    return first;
}

static void write_tensor(struct build *b, size_t tensors, int i)
{
    const struct tensor *t = &b->tensor[i];
    char name[16];
    snprintf(name, sizeof name, "t%d", i);
    size_t slots = table(b, tensors, i, 5, 0);
    vector(b, slots, 0, t->dim, (size_t)t->rank, 4, 4);
    set(b, slots, 1, (uint32_t)t->type);
    set(b, slots, 2, t->data ? (uint32_t)i + 1 : 0);
    vector(b, slots, 3, name, strlen(name), 1, 4);
    put(b, "", 1); /* a string ends with 0, which its count leaves out */
    size_t quant = table(b, slots, 4, 7, t->scale_count > 0 ? 0x33 : 0x7f);
    if (t->scale_count == 0)
        return;
    vector(b, quant, 2, t->scale, (size_t)t->scale_count, 4, 4);
    vector(b, quant, 3, t->zero_point, (size_t)t->scale_count, 8, 8);
    set(b, quant, 6, (uint32_t)t->axis);
}

/* Operator `i` as number `at` of its graph. */
static void write_op(struct build *b, size_t ops, int at, int i)
{
    const struct op *op = &b->op[i];
    size_t slots = table(b, ops, at, 5, op->options_type ? 0 : 0x18);
    set(b, slots, 0, (uint32_t)i);
    vector(b, slots, 1, op->input, (size_t)op->input_count, 4, 4);
    vector(b, slots, 2, op->output, (size_t)op->output_count, 4, 4);
    if (op->builtin == VAR_HANDLE) {
        char name[16];
        snprintf(name, sizeof name, "v%d", op->variable);
        set(b, slots, 3, (uint32_t)op->options_type);
        size_t options = table(b, slots, 4, 2, 0);
        for (int j = 0; j < 2; j++) { /* container, name */
            vector(b, options, j, name, j == 0 ? 0 : strlen(name), 1, 4);
            put(b, "", 1);
        }
    } else if (op->options_type) {
        set(b, slots, 3, (uint32_t)op->options_type);
        size_t options = table(b, slots, 4, op->option_count, 0);
        for (int j = 0; j < op->option_count; j++)
            set(b, options, j, op->option[j]);
    }
}

static bool has_graph(const struct build *b, bool once)
{
    bool has = !once;
    for (int i = 0; i < b->op_count; i++)
        has = has || b->op[i].once;
    return has;
}

static void write_graph(struct build *b, size_t graphs, bool once)
{
    size_t graph = table(b, graphs, once ? 1 : 0, 4, 0);
    size_t tensors = offsets(b, graph, 0, b->tensor_count);
    int count = 0, at = 0;
    for (int i = 0; i < b->tensor_count; i++)
        write_tensor(b, tensors, i);
    vector(b, graph, 1, b->input, once ? 0 : (size_t)b->input_count, 4, 4);
    vector(b, graph, 2, b->output, once ? 0 : (size_t)b->output_count, 4, 4);
    for (int i = 0; i < b->op_count; i++)
        count += b->op[i].once == once;
    size_t ops = offsets(b, graph, 3, count);
    for (int i = 0; i < b->op_count; i++)
        if (b->op[i].once == once)
            write_op(b, ops, at++, i);
}

/* CALL_ONCE runs before all others. */
static void call_once(struct build *b)
{
    const uint32_t graph = 1;
    build_op(b, CALL_ONCE, 1, 103, 1, &graph, 0, NULL, 0);
    b->op[b->op_count - 1].output_count = 0;
    struct op first = b->op[b->op_count - 1];
    memmove(b->op + 1, b->op, (size_t)(b->op_count - 1) * sizeof *b->op);
    b->op[0] = first;
}

const uint8_t *build_finish(struct build *b, size_t *bytes)
{
    bool once = has_graph(b, true);
    if (once && b->op[0].builtin != CALL_ONCE)
        call_once(b);
    b->bytes = 0;
    put_u32(b, 0);
    put(b, "TFL3", 4);
    size_t model = table(b, 0, 0, 5, 1u << 3);
    set(b, model, 0, 3);
    size_t codes = offsets(b, model, 1, b->op_count);
    for (int i = 0; i < b->op_count; i++) {
        int builtin = b->op[i].builtin;
        size_t code = table(b, codes, i, 4, 1u << 1);
        set(b, code, 0, (uint32_t)(builtin > 127 ? 127 : builtin));
        set(b, code, 2, (uint32_t)b->op[i].version);
        set(b, code, 3, (uint32_t)builtin);
    }
    size_t buffers = offsets(b, model, 4, b->tensor_count + 1);
    for (int i = 0; i <= b->tensor_count; i++) {
        const struct tensor *t = i > 0 ? &b->tensor[i - 1] : NULL;
        size_t buffer = table(b, buffers, i, 1, t && t->data ? 0 : 1);
        if (t && t->data)
            vector(b, buffer, 0, t->data, t->bytes, 1, 16);
    }
    size_t graphs = offsets(b, model, 2, once ? 2 : 1);
    write_graph(b, graphs, false);
    if (once)
        write_graph(b, graphs, true);
    align(b, 16, 0);
    *bytes = b->bytes;
    return b->file;
}
