#include "models/arith/edge.h"

#include <math.h>
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/arith/log_softmax.h"
#include "models/arith/onnxruntime.h"

#define FLIP 0x80 /* between uint8 and int8: u = x + 128 */

static const struct {
    const char *name;
    size_t bytes;
} values[AS_VALUE_COUNT] = {
    [AS_VALUE_INT8] = {"int8", 1},
    [AS_VALUE_UINT8] = {"uint8", 1},
    [AS_VALUE_FLOAT32] = {"float32", 4},
    [AS_VALUE_INT32] = {"int32", 4},
};

const char *as_value_name(enum as_value value)
{
    return values[value].name;
}

static size_t own_bytes(const struct as_network *net, const struct as_port *port)
{
    size_t count = port->value == AS_VALUE_INT32
                       ? (size_t)port->along.outer * (size_t)port->along.inner
                       : net->tensors[port->tensor].bytes;
    return count * values[port->value].bytes;
}

size_t as_edge_bytes(const struct as_network *net, const struct as_ports *ports)
{
    size_t bytes = 0;
    for (int i = 0; i < ports->count; i++)
        bytes += own_bytes(net, &ports->port[i]);
    return bytes;
}

/* To the nearest step, ties away from zero. */
static int8_t quantize(const struct as_tensor *t, float value)
{
    float steps = roundf(value / t->scale);
    if (isnan(steps))
        return (int8_t)t->zero_point;
    if (steps < -512.0f || steps > 512.0f) /* beyond every zero point */
        return steps < 0.0f ? -128 : 127;
    return as_clamp_i8((int64_t)steps + t->zero_point, -128, 127);
}

static void take_port(const struct as_tensor *t, const struct as_port *port, const uint8_t *own,
                      int8_t *bytes)
{
    float value;

    for (size_t i = 0; i < t->bytes; i++)
        switch (port->value) {
        case AS_VALUE_FLOAT32:
            memcpy(&value, own + i * sizeof value, sizeof value);
            bytes[i] = port->ties_to_even ? as_ort_quantize(value, t->scale, t->zero_point)
                                          : quantize(t, value);
            break;
        case AS_VALUE_UINT8:
            bytes[i] = port->table[own[i] ^ FLIP];
            break;
        default:
            bytes[i] = (int8_t)own[i];
        }
}

/* ARG_MAX, ARG_MIN. */
static void give_places(const struct as_along *along, const int8_t *bytes, uint8_t *own)
{
    for (int outer = 0; outer < along->outer; outer++)
        for (int inner = 0; inner < along->inner; inner++) {
            const int8_t *x =
                bytes + (size_t)outer * (size_t)along->size * (size_t)along->inner + inner;
            int32_t best = 0;
            for (int32_t i = 1; i < along->size; i++) {
                int value = x[(size_t)i * (size_t)along->inner];
                int most = x[(size_t)best * (size_t)along->inner];
                best = (along->least ? value < most : value > most) ? i : best;
            }
            memcpy(own, &best, sizeof best);
            own += sizeof best;
        }
}

static void give_port(const struct as_tensor *t, const struct as_port *port, const int8_t *bytes,
                      uint8_t *own)
{
    struct as_log_row row = {0};
    float value;

    if (port->value == AS_VALUE_INT32) {
        give_places(&port->along, bytes, own);
        return;
    }
    for (size_t i = 0; i < t->bytes; i++) {
        int8_t byte = bytes[i];
        if (port->log.depth > 0) {
            if (i % (size_t)port->log.depth == 0)
                row = as_log_softmax_row(&port->log, bytes + i);
            byte = as_log_softmax(&port->log, &row, byte);
        }
        switch (port->value) {
        case AS_VALUE_FLOAT32:
            value = port->real ? port->real[(uint8_t)byte]
                               : (float)((double)t->scale * (byte - t->zero_point));
            memcpy(own + i * sizeof value, &value, sizeof value);
            break;
        case AS_VALUE_UINT8:
            own[i] = (uint8_t)port->table[(uint8_t)byte] ^ FLIP;
            break;
        default:
            own[i] = (uint8_t)byte;
        }
    }
}

void as_edge_take(const struct as_network *net, const void *own, int8_t *bytes)
{
    const uint8_t *from = own;
    for (int i = 0; i < net->inputs.count; i++) {
        const struct as_port *port = &net->inputs.port[i];
        const struct as_tensor *t = &net->tensors[port->tensor];
        take_port(t, port, from, bytes);
        from += own_bytes(net, port);
        bytes += t->bytes;
    }
}

void as_edge_give(const struct as_network *net, const int8_t *bytes, void *own)
{
    uint8_t *to = own;
    for (int i = 0; i < net->outputs.count; i++) {
        const struct as_port *port = &net->outputs.port[i];
        const struct as_tensor *t = &net->tensors[port->tensor];
        give_port(t, port, bytes, to);
        to += own_bytes(net, port);
        bytes += t->bytes;
    }
}

/* A value in words. */
static const char *value_text(struct as_arena *arena, enum as_value value, const uint8_t *at)
{
    int32_t whole;
    float real;

    if (value == AS_VALUE_INT32) {
        memcpy(&whole, at, sizeof whole);
        return as_arena_printf(arena, "%d", (int)whole);
    }
    if (value == AS_VALUE_INT8)
        return as_arena_printf(arena, "%d", (int8_t)*at);
    if (value == AS_VALUE_UINT8)
        return as_arena_printf(arena, "%d", *at);
    memcpy(&real, at, sizeof real);
    return as_arena_printf(arena, "%.9g", (double)real);
}

const char *as_edge_difference(struct as_arena *arena, const struct as_network *net,
                               const struct as_ports *ports, const uint8_t *have,
                               const uint8_t *want, const char *whose)
{
    for (int i = 0; i < ports->count; i++) {
        const struct as_port *port = &ports->port[i];
        size_t step = values[port->value].bytes, bytes = own_bytes(net, port);
        for (size_t at = 0; at < bytes; at += step)
            if (memcmp(have + at, want + at, step) != 0)
                return as_arena_printf(arena, "%s%s%s %zu is %s, the %s has %s",
                                       ports->count > 1 ? port->name : "",
                                       ports->count > 1 ? " " : "", step == 1 ? "byte" : "value",
                                       at / step, value_text(arena, port->value, have + at), whose,
                                       value_text(arena, port->value, want + at));
        have += bytes;
        want += bytes;
    }
    return NULL;
}
