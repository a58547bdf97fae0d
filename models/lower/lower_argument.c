/* ARG_MAX and ARG_MIN at an output: the host finds the places in the int8 tensor. */
#include <string.h>

#include "models/lower/lowering.h"

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
