/* Writes small .tflite files in memory, right or wrong in one chosen place. */
#ifndef AS_HELPERS_TFLITE_BUILDER_H
#define AS_HELPERS_TFLITE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BUILDER_OPS_MAX     4
#define BUILDER_TENSORS_MAX 10
#define BUILDER_IDS_MAX     4
#define BUILDER_OPTIONS_MAX 8
#define BUILDER_BYTES_MAX   16384

/* Counts of -1 leave the field out of the file. */
struct builder_tensor {
    int rank;
    int32_t shape[6];
    int32_t signature[6]; /* written when signature[0] is not 0 */
    int8_t type;
    int data_bytes; /* constant of this many bytes of value `fill`; 0 for an activation */
    uint8_t fill;
    const char *name;
    int scale_count, zero_point_count;
    float scale[4];
    int64_t zero_point[4];
    int32_t quantized_dimension;
    int8_t variable;
};

struct builder_op {
    int32_t builtin;
    const char *custom;
    int32_t version;
    int8_t options_type; /* 0: no options */
    int option_count;    /* options are 4-byte scalars; small ones are read from their low byte */
    uint32_t option[BUILDER_OPTIONS_MAX];
    int input_count, output_count;
    int32_t input[BUILDER_IDS_MAX], output[BUILDER_IDS_MAX];
};

struct builder_model {
    uint32_t version;
    int graph_count;
    int tensor_count, op_count;
    struct builder_tensor tensor[BUILDER_TENSORS_MAX];
    struct builder_op op[BUILDER_OPS_MAX];
    int input_count, output_count;
    int32_t input[BUILDER_IDS_MAX], output[BUILDER_IDS_MAX];
    bool from_buffer_0; /* tensor i lies in buffer i; else in buffer 1 + i, or 0 without data */
};

struct builder {
    uint8_t data[BUILDER_BYTES_MAX];
    size_t bytes;
};

static inline void builder_put(struct builder *b, const void *value, size_t bytes)
{
    memcpy(b->data + b->bytes, value, bytes);
    b->bytes += bytes;
}

static inline void builder_u16(struct builder *b, size_t value)
{
    uint16_t half = (uint16_t)value;
    builder_put(b, &half, 2);
}

static inline void builder_u32(struct builder *b, uint32_t value)
{
    builder_put(b, &value, 4);
}

static inline void builder_align(struct builder *b, size_t to)
{
    while (b->bytes % to)
        b->bytes++;
}

/* A table of `count` 4-byte slots, all present unless their bit in `absent` is set.
 * Returns the position of slot 0. */
static inline size_t builder_table(struct builder *b, int count, uint32_t absent)
{
    builder_align(b, 4);
    size_t vtable = b->bytes;
    builder_u16(b, 4 + 2 * (size_t)count);
    builder_u16(b, 4 + 4 * (size_t)count);
    for (int i = 0; i < count; i++)
        builder_u16(b, absent >> i & 1 ? 0 : 4 + 4 * (size_t)i);
    builder_align(b, 4);
    builder_u32(b, (uint32_t)(b->bytes - vtable));
    size_t slots = b->bytes;
    for (int i = 0; i < count; i++)
        builder_u32(b, 0);
    return slots;
}

static inline void builder_set(struct builder *b, size_t slots, int id, uint32_t value)
{
    memcpy(b->data + slots + 4 * (size_t)id, &value, 4);
}

/* Points slot `id` at what is written next. */
static inline void builder_point(struct builder *b, size_t slots, int id)
{
    builder_align(b, 4);
    builder_set(b, slots, id, (uint32_t)(b->bytes - (slots + 4 * (size_t)id)));
}

static inline void builder_vector(struct builder *b, size_t slots, int id, const void *data,
                                  size_t count, size_t stride)
{
    builder_point(b, slots, id);
    builder_u32(b, (uint32_t)count);
    if (count > 0)
        builder_put(b, data, count * stride);
}

/* A vector of `count` offsets behind slot `id`; returns its first element as a slot position. */
static inline size_t builder_offsets(struct builder *b, size_t slots, int id, int count)
{
    builder_point(b, slots, id);
    builder_u32(b, (uint32_t)count);
    size_t first = b->bytes;
    for (int i = 0; i < count; i++)
        builder_u32(b, 0);
    return first;
}

/* Points element `i` of offsets at a new table. */
static inline size_t builder_child(struct builder *b, size_t offsets, int i, int count,
                                   uint32_t absent)
{
    builder_align(b, 4);
    size_t vtable_bytes = (4 + 2 * (size_t)count + 3) & ~(size_t)3;
    builder_set(b, offsets, i, (uint32_t)(b->bytes + vtable_bytes - (offsets + 4 * (size_t)i)));
    return builder_table(b, count, absent);
}

static inline void builder_write_tensor(struct builder *b, size_t tensors, int i,
                                        const struct builder_model *m)
{
    const struct builder_tensor *t = &m->tensor[i];
    uint32_t absent = (t->name ? 0 : 1u << 3) | 1u << 6 | (t->signature[0] ? 0 : 1u << 7);
    size_t slots = builder_child(b, tensors, i, 8, absent);
    builder_vector(b, slots, 0, t->shape, (size_t)t->rank, 4);
    builder_set(b, slots, 1, (uint32_t)t->type);
    builder_set(b, slots, 2, m->from_buffer_0 ? (uint32_t)i : t->data_bytes ? (uint32_t)i + 1 : 0);
    if (t->name)
        builder_vector(b, slots, 3, t->name, strlen(t->name), 1);
    builder_set(b, slots, 5, (uint32_t)t->variable);
    if (t->signature[0])
        builder_vector(b, slots, 7, t->signature, (size_t)t->rank, 4);
    size_t quant = builder_child(b, slots, 4, 7, 0x33);
    builder_vector(b, quant, 2, t->scale, (size_t)t->scale_count, 4);
    builder_vector(b, quant, 3, t->zero_point, (size_t)t->zero_point_count, 8);
    builder_set(b, quant, 6, (uint32_t)t->quantized_dimension);
}

static inline void builder_write_op(struct builder *b, size_t ops, int i,
                                    const struct builder_op *op)
{
    size_t slots = builder_child(b, ops, i, 5, op->options_type ? 0 : 0x18);
    builder_set(b, slots, 0, (uint32_t)i);
    builder_vector(b, slots, 1, op->input, (size_t)op->input_count, 4);
    builder_vector(b, slots, 2, op->output, (size_t)op->output_count, 4);
    if (op->options_type) {
        builder_set(b, slots, 3, (uint32_t)op->options_type);
        size_t options = builder_child(b, slots, 4, op->option_count, 0);
        for (int j = 0; j < op->option_count; j++)
            builder_set(b, options, j, op->option[j]);
    }
}

static inline void builder_write(struct builder *b, const struct builder_model *m)
{
    memset(b, 0, sizeof *b);
    builder_u32(b, 0);
    builder_put(b, "TFL3", 4);
    size_t model = builder_child(b, 0, 0, 5, 1u << 3);
    builder_set(b, model, 0, m->version);

    size_t codes = builder_offsets(b, model, 1, m->op_count);
    for (int i = 0; i < m->op_count; i++) {
        size_t code = builder_child(b, codes, i, 4, m->op[i].custom ? 0 : 1u << 1);
        int32_t builtin = m->op[i].builtin;
        builder_set(b, code, 0, (uint32_t)(builtin > 127 ? 127 : builtin));
        if (m->op[i].custom)
            builder_vector(b, code, 1, m->op[i].custom, strlen(m->op[i].custom), 1);
        builder_set(b, code, 2, (uint32_t)m->op[i].version);
        builder_set(b, code, 3, (uint32_t)builtin);
    }

    size_t buffers = builder_offsets(b, model, 4, m->tensor_count + 1);
    for (int i = 0; i <= m->tensor_count; i++) {
        int tensor = m->from_buffer_0 ? i : i - 1;
        bool used = tensor >= 0 && tensor < m->tensor_count;
        size_t buffer = builder_child(b, buffers, i, 1, used ? 0 : 1);
        uint8_t data[256];
        if (used) {
            memset(data, m->tensor[tensor].fill, sizeof data);
            builder_vector(b, buffer, 0, data, (size_t)m->tensor[tensor].data_bytes, 1);
        }
    }

    size_t graphs = builder_offsets(b, model, 2, m->graph_count);
    for (int g = 0; g < m->graph_count; g++) {
        size_t graph = builder_child(b, graphs, g, 4, 0);
        size_t tensors = builder_offsets(b, graph, 0, m->tensor_count);
        for (int i = 0; i < m->tensor_count; i++)
            builder_write_tensor(b, tensors, i, m);
        builder_vector(b, graph, 1, m->input, (size_t)m->input_count, 4);
        builder_vector(b, graph, 2, m->output, (size_t)m->output_count, 4);
        size_t ops = builder_offsets(b, graph, 3, m->op_count);
        for (int i = 0; i < m->op_count; i++)
            builder_write_op(b, ops, i, &m->op[i]);
    }
}

#endif
