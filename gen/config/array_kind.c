#include "gen/config/array_kind.h"

#include "gen/config/array_kinds.h"

static const struct as_array_kind *const kinds[AS_ARRAY_KINDS] = {
    [AS_STAYS_WEIGHT] = &as_weight_kind,
    [AS_STAYS_PSUM] = &as_psum_kind,
    [AS_STAYS_IFMAP] = &as_ifmap_kind,
};

const struct as_array_kind *as_array_kind(enum as_stays stays)
{
    return kinds[stays];
}

enum as_stays as_stays_of(const enum as_move moves[AS_OPERANDS])
{
    int kind = AS_ARRAY_KINDS - 1;

    while (kind > 0 && moves[kinds[kind]->stays] != AS_MOVE_STATIONARY)
        kind--;
    return (enum as_stays)kind;
}

const char *as_operand_name(enum as_operand operand)
{
    static const char *const names[AS_OPERANDS] = {"ifmap", "weight", "psum"};
    return names[operand];
}

int as_axis_size(const struct as_axis *axis, const int unroll[AS_LOOPS])
{
    int size = 1;

    for (int i = 0; i < axis->count; i++)
        size *= unroll[axis->loop[i]];
    return size;
}

bool as_axis_has(const struct as_axis *axis, enum as_loop_index loop)
{
    for (int i = 0; i < axis->count; i++)
        if (axis->loop[i] == loop)
            return true;
    return false;
}

bool as_array_feeds_taps(const struct as_array_kind *kind, const int unroll[AS_LOOPS])
{
    return kind->feeds_taps && unroll[AS_LOOP_R] * unroll[AS_LOOP_S] > 1;
}
