/* Operators that no layer computes say why, and what to do instead. */
#include <criterion/criterion.h>
#include <string.h>

#include "models/import/importers.h"
#include "tests/unit/helpers/tflite_build.h"

static void expect(int builtin, const char *text)
{
    const int dim[2] = {1, 4};
    struct build *b = build_new(1);
    struct as_arena *arena = as_arena_new();
    struct as_network *net;
    struct as_diag diag;
    size_t bytes;

    int x = build_activation(b, 2, dim, 0.5f, 0), y = build_activation(b, 2, dim, 0.5f, 0);
    build_op(b, builtin, 1, 0, 0, NULL, 1, &x, y);
    build_ports(b, x, y);
    const uint8_t *file = build_finish(b, &bytes);
    as_diag_init(&diag);
    as_model_read(arena, &(struct as_source){"t", file, bytes}, &net, &diag);
    cr_assert_null(net);
    cr_assert(strstr(diag.text, text), "%s", diag.text);
    as_arena_free(arena);
    build_free(b);
}

Test(refused, recurrences_of_16_bits_say_what_to_write)
{
    expect(44, "UNIDIRECTIONAL_SEQUENCE_LSTM 't1': not supported: its cell state and gates are "
               "int16, and tensors here are int8; expected the recurrence unrolled");
    expect(27, "SVDF 't1': not supported: its state is int16");
}

Test(refused, operators_without_an_int8_definition_say_so)
{
    static const int builtins[] = {8, 47, 59, 66, 73, 75, 78, 90, 92, 95, 104, 108, 116};
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
        expect(builtins[i], "not supported: TensorFlow Lite for Microcontrollers, whose bytes are "
                            "the definition, computes it in float only");
}

Test(refused, what_nothing_is_known_of_points_to_the_list)
{
    expect(81, "REDUCE_PROD 't1': not supported, expected an operator of `arraysmith list layers`");
}
