/* Operators at an output that the host computes from an int8 tensor: ARG_MAX, ARG_MIN,
 * LOG_SOFTMAX. */
#include <string.h>

#include "models/arith/fixed_point.h"
#include "models/arith/log_softmax.h"
#include "models/lower/lowering.h"

#define DEPTH_MAX 4095 /* whose exponentials' sum fits 12 bits */

static enum as_status refuse(const struct as_lower_op *op, const char *name)
{
    return as_lower_refuse(op, AS_ERR_UNSUPPORTED,
                           "it is %s, expected an INT8 tensor, one constant axis and the other "
                           "dimensions in the output",
                           name);
}

enum as_status as_lower_argument(struct as_lowering *l, int index, struct as_port *port)
{
    const struct as_graph_operator *operator= & l->graph->operators[index];
    struct as_lower_op op = {.lowering = l, .op = operator, .index = index };
    const struct as_graph_tensor *t, *out = &l->graph->tensors[operator->output[0]];
    int id = operator->input_count == 2 ? operator->input[0] : - 1, axis;

    l->skipped[index] = true; /* also where it is refused here, which says enough */
    if (operator->fault.text)
        return as_lower_refuse(&op, operator->fault.status, "%s", operator->fault.text);
    if (id < 0 || id >= l->graph->network_tensors || operator->output_count != 1)
        return refuse(&op, "of other inputs and outputs");
    AS_TRY(as_lower_accept(l, id, false));
    AS_TRY(as_lower_constant(&op, 1, "axis", AS_ELEMENT_INT32, &t));
    const struct as_graph_tensor *in = &l->graph->tensors[id];
    if (t->elements != 1)
        return refuse(&op, "along several axes");
    axis = as_graph_i32(t, 0);
    AS_TRY(as_lower_expect_range(&op, "axis", axis, -in->rank, in->rank - 1));
    axis += axis < 0 ? in->rank : 0;
    port->along = (struct as_along){.outer = 1,
                                    .size = in->dim[axis],
                                    .inner = 1,
                                    .least = strcmp(operator->name, "ARG_MIN") == 0};
    for (int i = 0; i < in->rank; i++)
        *(i < axis ? &port->along.outer : &port->along.inner) *= i == axis ? 1 : in->dim[i];
    if (out->elements != (size_t)port->along.outer * (size_t)port->along.inner)
        return refuse(&op, "of another shape than its output");
    port->tensor = id;
    port->value = AS_VALUE_INT32;
    port->op = operator->name;
    return AS_OK;
}

/* The real number of each byte of a tensor, for a port whose own tensor has another scale. */
static const float *reals_of(const struct as_lowering *l, const struct as_tensor *t)
{
    float *real = AS_NEW(l->arena, float, 256);

    for (int i = 0; i < 256; i++)
        real[i] = (float)((double)t->scale * (as_byte_of(i) - t->zero_point));
    return real;
}

enum as_status as_lower_log_softmax(struct as_lowering *l, int index, struct as_port *port)
{
    const struct as_graph_operator *operator= & l->graph->operators[index];
    struct as_lower_op op = {.lowering = l, .op = operator, .index = index };
    const struct as_tensor *out = &l->net->tensors[port->tensor];
    int id = operator->input_count == 1 ? operator->input[0] : - 1;

    l->skipped[index] = true;
    if (operator->fault.text)
        return as_lower_refuse(&op, operator->fault.status, "%s", operator->fault.text);
    if (id < 0 || id >= l->graph->network_tensors || operator->output_count != 1)
        return as_lower_refuse(&op, AS_ERR_UNSUPPORTED,
                               "%zu inputs and %zu outputs, expected one", operator->input_count,
                                                                           operator->output_count);
    AS_TRY(as_lower_accept(l, id, false));
    const struct as_tensor *in = &l->net->tensors[id];
    if (in->bytes != out->bytes || in->c != out->c)
        return as_lower_refuse(&op, AS_ERR_RANGE,
                               "output has %zu values in rows of %d, expected "
                               "%zu and %d",
                               out->bytes, out->c, in->bytes, in->c);
    if (out->scale < 0x1p-4f || out->scale > 0x1p-4f || out->zero_point != 127)
        return as_lower_refuse(&op, AS_ERR_UNSUPPORTED,
                               "output scale %.9g and zero point %d, expected 1/16 and 127",
                               (double)out->scale, out->zero_point);
    if (in->c > DEPTH_MAX || !as_log_softmax_prepare(in->scale, in->c, &port->log))
        return as_lower_refuse(&op, AS_ERR_UNSUPPORTED,
                               "%d values of scale %g, expected at most %d and above 2^-26", in->c,
                               (double)in->scale, DEPTH_MAX);
    if (port->value == AS_VALUE_FLOAT32 && !port->real)
        port->real = reals_of(l, out);
    port->op = port->op ? as_arena_printf(l->arena, "LOG_SOFTMAX, %s", port->op) : operator->name;
    port->tensor = id;
    return AS_OK;
}
