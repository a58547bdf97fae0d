#include "models/import/tflite/tflite_variables.h"

#include <assert.h>
#include <string.h>

/* Fields of VarHandleOptions. */
enum { HANDLE_CONTAINER, HANDLE_SHARED_NAME };

static bool same(const struct as_flatbuf_vector *a, const struct as_flatbuf_vector *b)
{
    const uint8_t *x = as_flatbuf_bytes(a), *y = as_flatbuf_bytes(b);

    return a->count == b->count && (!x || !y || memcmp(x, y, a->count) == 0);
}

int as_tflite_variable_of(struct as_tflite_variables *variables,
                          const struct as_flatbuf_table *options)
{
    const struct as_tflite_variable wanted = {
        .any_container = !as_flatbuf_has(options, HANDLE_CONTAINER),
        .container = as_flatbuf_string(options, HANDLE_CONTAINER),
        .name = as_flatbuf_string(options, HANDLE_SHARED_NAME),
    };

    if (wanted.container.count > AS_TFLITE_VARIABLE_NAME_MAX ||
        wanted.name.count > AS_TFLITE_VARIABLE_NAME_MAX)
        return -1;
    for (int i = 0; i < variables->count; i++) {
        const struct as_tflite_variable *v = &variables->list[i];
        if (same(&v->name, &wanted.name) &&
            (wanted.any_container || same(&v->container, &wanted.container)))
            return i;
    }
    assert(variables->count < variables->room);
    variables->list[variables->count] = wanted;
    return variables->count++;
}
