#include "gen/program/program.h"

#include <stddef.h>
#include <string.h>
#include <xxhash.h>

#include "gen/config/dataflow.h"

#define HEADER_BYTES   24 /* magic, version, file bytes, reserved, checksum */
#define NAME_BYTES_MAX 4096
#define COUNT_MAX      65536 /* layers, tensors */
#define LAYER_BYTES    (4 + 3 * 8 + 2 * 4 * AS_STREAM_COUNT + 2)
#define TENSOR_BYTES   (8 + 2)

static const struct {
    const char *key;
    size_t offset; /* in struct as_hw */
} targets[AS_TARGET_COUNT] = {
    [AS_TARGET_UNROLL_K] = {"unroll.K", offsetof(struct as_hw, unroll[AS_LOOP_K])},
    [AS_TARGET_UNROLL_C] = {"unroll.C", offsetof(struct as_hw, unroll[AS_LOOP_C])},
    [AS_TARGET_UNROLL_P] = {"unroll.P", offsetof(struct as_hw, unroll[AS_LOOP_P])},
    [AS_TARGET_UNROLL_Q] = {"unroll.Q", offsetof(struct as_hw, unroll[AS_LOOP_Q])},
    [AS_TARGET_UNROLL_R] = {"unroll.R", offsetof(struct as_hw, unroll[AS_LOOP_R])},
    [AS_TARGET_UNROLL_S] = {"unroll.S", offsetof(struct as_hw, unroll[AS_LOOP_S])},
    [AS_TARGET_BLOCK_SUM] = {"array.block_sum", offsetof(struct as_hw, block_sum)},
    [AS_TARGET_MEM_WIDTH] = {"memory.width", offsetof(struct as_hw, mem_width)},
    [AS_TARGET_MEM_BYTES] = {"memory.bytes", offsetof(struct as_hw, mem_bytes)},
    [AS_TARGET_IBUF_WORDS] = {"buffers.ifmap", offsetof(struct as_hw, ibuf_words)},
    [AS_TARGET_WBUF_WORDS] = {"buffers.weight", offsetof(struct as_hw, wbuf_words)},
    [AS_TARGET_LINE_WORDS] = {"buffers.line", offsetof(struct as_hw, line_words)},
    [AS_TARGET_ACC_WORDS] = {"buffers.accumulator", offsetof(struct as_hw, acc_words)},
    [AS_TARGET_LANES] = {"requant.lanes", offsetof(struct as_hw, requant_lanes)},
    [AS_TARGET_COUNT_BITS] = {"descriptor.count", offsetof(struct as_hw, count_bits)},
    [AS_TARGET_COORD_BITS] = {"descriptor.coordinate", offsetof(struct as_hw, coord_bits)},
};

static const char magic[4] = {'A', 'S', 'P', 'G'};

uint64_t as_program_estimate(const struct as_program *program, int layer)
{
    return program->layers[layer].estimate_cycles;
}

static int target_of(const struct as_hw *hw, int target)
{
    int value;
    memcpy(&value, (const char *)hw + targets[target].offset, sizeof value);
    return value;
}

static const char *movement_of(struct as_arena *arena, const struct as_hw *hw)
{
    return as_arena_printf(arena, "ifmap %s, weight %s, psum %s", as_move_name(hw->ifmap_move),
                           as_move_name(hw->weight_move), as_move_name(hw->psum_move));
}

void as_program_set_target(struct as_arena *arena, struct as_program *program,
                           const struct as_hw *hw)
{
    program->movement = movement_of(arena, hw);
    for (int i = 0; i < AS_TARGET_COUNT; i++)
        program->target[i] = target_of(hw, i);
}

void as_program_print_targets(FILE *out)
{
    fprintf(out, "%d x 4 |", AS_TARGET_COUNT);
    for (int i = 0; i < AS_TARGET_COUNT; i++)
        fprintf(out, "%s `%s`", i == 0 ? "" : ",", targets[i].key);
}

/* ---- writing ---- */

static uint8_t *put(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
    return at + bytes;
}

static size_t name_bytes(const char *name)
{
    size_t length = strlen(name);
    return length > NAME_BYTES_MAX ? NAME_BYTES_MAX : length;
}

static uint8_t *put_name(uint8_t *at, const char *name)
{
    size_t length = name_bytes(name);
    at = put(at, length, 2);
    memcpy(at, name, length);
    return at + length;
}

static uint8_t *put_ports(uint8_t *at, const struct as_program_ports *ports)
{
    at = put(at, (uint32_t)ports->count, 4);
    for (int i = 0; i < ports->count; i++) {
        at = put(at, ports->port[i].address, 4);
        at = put(at, ports->port[i].bytes, 4);
    }
    return at;
}

static size_t file_bytes(const struct as_program *p)
{
    size_t bytes =
        HEADER_BYTES + AS_TARGET_COUNT * 4 + 2 + name_bytes(p->movement) + 2 +
        name_bytes(p->model) +
        (size_t)(3 + AS_STREAM_COUNT + 2 + 2 * (p->input.count + p->output.count) + 2) * 4;
    for (int i = 0; i < p->layer_count; i++)
        bytes += LAYER_BYTES + name_bytes(p->layers[i].name);
    for (int i = 0; i < p->tensor_count; i++)
        bytes += TENSOR_BYTES + name_bytes(p->tensors[i].name);
    return bytes + p->image_bytes;
}

void as_program_serialise(struct as_arena *arena, const struct as_program *p, uint8_t **bytes,
                          size_t *count)
{
    *count = file_bytes(p);
    *bytes = as_arena_alloc(arena, *count);
    uint8_t *at = *bytes + HEADER_BYTES;

    for (int i = 0; i < AS_TARGET_COUNT; i++)
        at = put(at, (uint32_t)p->target[i], 4);
    at = put_name(at, p->movement);
    at = put_name(at, p->model);
    at = put(at, p->image_bytes, 4);
    at = put(at, p->state_bytes, 4);
    at = put(at, p->used_bytes, 4);
    for (int k = 0; k < AS_STREAM_COUNT; k++)
        at = put(at, p->stream[k], 4);
    at = put_ports(at, &p->input);
    at = put_ports(at, &p->output);
    at = put(at, (uint32_t)p->layer_count, 4);
    at = put(at, (uint32_t)p->tensor_count, 4);
    for (int i = 0; i < p->layer_count; i++) {
        const struct as_program_layer *l = &p->layers[i];
        at = put(at, (uint32_t)l->index, 4);
        at = put(at, l->macs, 8);
        at = put(at, l->ideal_cycles, 8);
        at = put(at, l->estimate_cycles, 8);
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            at = put(at, l->first[k], 4);
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            at = put(at, l->count[k], 4);
        at = put_name(at, l->name);
    }
    for (int i = 0; i < p->tensor_count; i++) {
        at = put(at, p->tensors[i].address, 4);
        at = put(at, p->tensors[i].bytes, 4);
        at = put_name(at, p->tensors[i].name);
    }
    memcpy(at, p->image, p->image_bytes);

    memcpy(*bytes, magic, 4);
    at = put(*bytes + 4, AS_PROGRAM_VERSION, 4);
    at = put(at, *count, 4);
    at = put(at, 0, 4);
    put(at, XXH3_64bits(*bytes + HEADER_BYTES, *count - HEADER_BYTES), 8);
}

/* ---- reading ---- */

struct reader {
    struct as_arena *arena;
    const uint8_t *data;
    size_t bytes, at;
    bool short_of_data; /* something was read past the end; all of it gave 0 */
};

static uint64_t take(struct reader *r, int bytes)
{
    uint64_t value = 0;
    if (r->bytes - r->at < (size_t)bytes) {
        r->short_of_data = true;
        r->at = r->bytes;
        return 0;
    }
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)r->data[r->at + (size_t)i] << (8 * i);
    r->at += (size_t)bytes;
    return value;
}

static uint32_t take_u32(struct reader *r)
{
    return (uint32_t)take(r, 4);
}

static char *take_name(struct reader *r)
{
    size_t length = (size_t)take(r, 2);
    if (length > NAME_BYTES_MAX || r->bytes - r->at < length) {
        r->short_of_data = true;
        r->at = r->bytes;
        length = 0;
    }
    char *name = as_arena_alloc(r->arena, length + 1);
    memcpy(name, r->data + r->at, length);
    r->at += length;
    return name;
}

static enum as_status read_header(struct reader *r, const char *label, struct as_diag *diag)
{
    if (r->bytes < HEADER_BYTES || memcmp(r->data, magic, sizeof magic) != 0)
        return as_fail(diag, AS_ERR_PARSE, "%s: not a program: it does not begin with ASPG", label);
    r->at = 4;
    uint32_t version = take_u32(r);
    if (version != AS_PROGRAM_VERSION)
        return as_fail(diag, AS_ERR_PARSE, "%s: program format %u, expected %d", label, version,
                       AS_PROGRAM_VERSION);
    uint32_t bytes = take_u32(r);
    if (bytes != r->bytes)
        return as_fail(diag, AS_ERR_PARSE, "%s: %zu bytes, the header says %u", label, r->bytes,
                       bytes);
    take_u32(r);
    uint64_t checksum = take(r, 8);
    if (checksum != XXH3_64bits(r->data + HEADER_BYTES, r->bytes - HEADER_BYTES))
        return as_fail(diag, AS_ERR_PARSE, "%s: the checksum is wrong: the file was altered",
                       label);
    return AS_OK;
}

/* The accelerator is the one that the program was built for. */
static enum as_status match_config(struct as_arena *arena, const struct as_program *p,
                                   const char *label, const struct as_hw *hw, struct as_diag *diag)
{
    const char *movement = movement_of(arena, hw);

    if (strcmp(p->movement, movement) != 0)
        return as_fail(diag, AS_ERR_MISMATCH, "%s: built for %s, the accelerator has %s", label,
                       p->movement, movement);
    for (int i = 0; i < AS_TARGET_COUNT; i++)
        if (p->target[i] != target_of(hw, i))
            return as_fail(diag, AS_ERR_MISMATCH, "%s: built for %s %d, the accelerator's is %d",
                           label, targets[i].key, p->target[i], target_of(hw, i));
    return AS_OK;
}

static bool in_memory(const struct as_program *p, uint32_t address, uint32_t bytes)
{
    uint32_t most = (uint32_t)p->target[AS_TARGET_MEM_BYTES];
    return address <= most && bytes <= most - address;
}

static enum as_status read_ports(struct reader *r, const struct as_program *p,
                                 struct as_program_ports *ports, const char *what,
                                 const char *label, struct as_diag *diag)
{
    uint32_t count = take_u32(r);

    if (count < 1 || count > AS_PORTS_MAX)
        return as_fail(diag, AS_ERR_PARSE, "%s: %u %s, expected 1..%d", label, count, what,
                       AS_PORTS_MAX);
    ports->count = (int)count;
    for (uint32_t i = 0; i < count; i++) {
        struct as_program_place *port = &ports->port[i];
        port->address = take_u32(r);
        port->bytes = take_u32(r);
        ports->bytes += port->bytes;
        if (!in_memory(p, port->address, port->bytes))
            return as_fail(diag, AS_ERR_PARSE, "%s: an address lies outside memory.bytes %d", label,
                           p->target[AS_TARGET_MEM_BYTES]);
    }
    return AS_OK;
}

static enum as_status read_places(struct reader *r, struct as_program *p, const char *label,
                                  struct as_diag *diag)
{
    p->image_bytes = take_u32(r);
    p->state_bytes = take_u32(r);
    p->used_bytes = take_u32(r);
    for (int k = 0; k < AS_STREAM_COUNT; k++)
        p->stream[k] = take_u32(r);
    AS_TRY(read_ports(r, p, &p->input, "inputs", label, diag));
    AS_TRY(read_ports(r, p, &p->output, "outputs", label, diag));
    if (!in_memory(p, 0, p->image_bytes) || !in_memory(p, 0, p->used_bytes))
        return as_fail(diag, AS_ERR_PARSE, "%s: an address lies outside memory.bytes %d", label,
                       p->target[AS_TARGET_MEM_BYTES]);
    if (p->state_bytes > p->image_bytes ||
        (p->state_bytes > 0 && as_program_state(p) % AS_STREAM_ALIGN != 0))
        return as_fail(diag, AS_ERR_PARSE,
                       "%s: variables of %u bytes at the end of an image of %u, expected to begin "
                       "at a multiple of %d",
                       label, p->state_bytes, p->image_bytes, AS_STREAM_ALIGN);
    for (int k = 0; k < AS_STREAM_COUNT; k++)
        if (p->stream[k] % AS_STREAM_ALIGN != 0 || p->stream[k] >= as_program_state(p))
            return as_fail(diag, AS_ERR_PARSE,
                           "%s: stream %d starts at byte %u, expected a multiple of %d below %u",
                           label, k, p->stream[k], AS_STREAM_ALIGN, as_program_state(p));
    return AS_OK;
}

static enum as_status read_tables(struct reader *r, struct as_program *p, const char *label,
                                  struct as_diag *diag)
{
    uint32_t layers = take_u32(r), tensors = take_u32(r);

    if (layers > COUNT_MAX || tensors > COUNT_MAX ||
        (uint64_t)layers * LAYER_BYTES + (uint64_t)tensors * TENSOR_BYTES > r->bytes - r->at)
        return as_fail(diag, AS_ERR_PARSE, "%s: %u layers and %u tensors do not fit the file",
                       label, layers, tensors);
    p->layer_count = (int)layers;
    p->tensor_count = (int)tensors;
    p->layers = AS_NEW(r->arena, struct as_program_layer, layers + 1);
    p->tensors = AS_NEW(r->arena, struct as_program_tensor, tensors + 1);
    for (uint32_t i = 0; i < layers; i++) {
        struct as_program_layer *l = &p->layers[i];
        l->index = (int)take_u32(r);
        l->macs = take(r, 8);
        l->ideal_cycles = take(r, 8);
        l->estimate_cycles = take(r, 8);
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            l->first[k] = take_u32(r);
        for (int k = 0; k < AS_STREAM_COUNT; k++)
            l->count[k] = take_u32(r);
        l->name = take_name(r);
    }
    for (uint32_t i = 0; i < tensors; i++) {
        p->tensors[i].address = take_u32(r);
        p->tensors[i].bytes = take_u32(r);
        p->tensors[i].name = take_name(r);
        if (!in_memory(p, p->tensors[i].address, p->tensors[i].bytes))
            return as_fail(diag, AS_ERR_PARSE, "%s: tensor %u lies outside memory.bytes %d", label,
                           i, p->target[AS_TARGET_MEM_BYTES]);
    }
    return AS_OK;
}

enum as_status as_program_parse(struct as_arena *arena, const uint8_t *data, size_t bytes,
                                const char *label, const struct as_hw *hw, struct as_program **out,
                                struct as_diag *diag)
{
    struct reader r = {.arena = arena, .data = data, .bytes = bytes};
    struct as_program *p = AS_NEW(arena, struct as_program, 1);

    AS_TRY(read_header(&r, label, diag));
    for (int i = 0; i < AS_TARGET_COUNT; i++)
        p->target[i] = (int)take_u32(&r);
    p->movement = take_name(&r);
    p->model = take_name(&r);
    AS_TRY(match_config(arena, p, label, hw, diag));
    AS_TRY(read_places(&r, p, label, diag));
    AS_TRY(read_tables(&r, p, label, diag));
    if (r.short_of_data || r.bytes - r.at != p->image_bytes)
        return as_fail(diag, AS_ERR_PARSE, "%s: %zu bytes are left for an image of %u", label,
                       r.bytes - r.at, p->image_bytes);
    p->image = as_arena_alloc(arena, p->image_bytes);
    memcpy(p->image, data + r.at, p->image_bytes);
    AS_TRY(as_program_check(p, hw, diag));
    *out = p;
    return AS_OK;
}
