/* Random layers with state: variables that keep something of earlier frames. */
#include <string.h>

#include "tests/unit/helpers/tflite_build_parts.h"

/* Now and then its first value is drawn; else it is the zero point of what is assigned. */
static void random_initial(struct build *b, int variable, int rank, const int *dim)
{
    if (chance(b, 2))
        build_initial(b, variable, byte_constant(b, rank, dim, 0.1f, 0));
}

/* The last frames of a window along an axis, as Keras exports streaming layers: READ_VARIABLE, the
 * new frame behind it by CONCATENATION, the rest of it to ASSIGN_VARIABLE. */
static int random_window_of_frames(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int rank = t->rank, axis = build_random(b, 0, rank - 1), kept = build_random(b, 1, 4);
    int dim[RANK_MAX], begin[RANK_MAX] = {0}, size[RANK_MAX], variable = b->variable_count++;

    memcpy(dim, t->dim, sizeof dim);
    begin[axis] = dim[axis];
    dim[axis] = kept;
    memcpy(size, dim, sizeof dim);
    int handle = build_handle(b, variable);
    const int ids[2] = {build_read(b, handle, rank, dim, input), input};
    int window = build_concatenation(b, axis, 2, ids);
    if (window < 0)
        return -1;
    build_assign(b, handle, build_slice(b, window, begin, size));
    random_initial(b, variable, rank, dim);
    return window;
}

/* A sum with what is kept of the frames before: of itself, or of the input. */
static int random_sum_of_frames(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int variable = b->variable_count++, rank = t->rank, dim[RANK_MAX];
    int handle = build_handle(b, variable);

    memcpy(dim, t->dim, sizeof dim);
    int before = build_read(b, handle, rank, dim, input);
    int sum = build_sum_or_product(b, chance(b, 2) ? 0 : 18, before, input, input);
    if (sum < 0)
        return -1;
    build_assign(b, handle, chance(b, 2) ? sum : input);
    random_initial(b, variable, rank, dim);
    return sum;
}

/* The frame of some inferences ago: each variable takes what the one before it had. */
static int random_delay(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int count = build_random(b, 1, 3), first = b->variable_count, rank = t->rank;
    int handle[3], value[4], dim[RANK_MAX];

    memcpy(dim, t->dim, sizeof dim);
    b->variable_count += count;
    for (int i = 0; i < count; i++) {
        handle[i] = build_handle(b, first + i);
        value[i] = build_read(b, handle[i], rank, dim, input);
    }
    value[count] = input;
    for (int i = 0; i < count; i++) {
        build_assign(b, handle[i], value[i + 1]);
        random_initial(b, first + i, rank, dim);
    }
    return value[build_random(b, 0, count - 1)];
}

/* A variable that is read and assigned several times in one inference; what is read first is its
 * value in front of it. */
static int random_order(struct build *b, int input)
{
    const struct tensor *t = &b->tensor[input];
    int variable = b->variable_count++, rank = t->rank, dim[RANK_MAX];
    int handle = build_handle(b, variable), value = input;

    memcpy(dim, t->dim, sizeof dim);
    random_initial(b, variable, rank, dim);
    for (int i = build_random(b, 1, 4); i > 0; i--) {
        int again = chance(b, 2) ? build_handle(b, variable) : handle;
        int read = build_read(b, handle, rank, dim, input);
        if (chance(b, 3))
            value = build_sum_or_product(b, 0, read, value, input);
        else
            value = build_unary(b, 28, read); /* TANH */
        if (value < 0)
            return -1;
        build_assign(b, again, chance(b, 3) ? input : value);
    }
    return chance(b, 2) ? build_read(b, handle, rank, dim, input) : value;
}

int random_stateful(struct build *b, int input)
{
    switch (build_random(b, 0, 3)) {
    case 0:
        return random_window_of_frames(b, input);
    case 1:
        return random_sum_of_frames(b, input);
    case 2:
        return random_delay(b, input);
    default:
        return random_order(b, input);
    }
}
