#include "gen/config/array_kind.h"

#define TAPS                                                                                       \
    {                                                                                              \
        3, {AS_LOOP_R, AS_LOOP_S, AS_LOOP_C}, AS_LOOP_C                                            \
    }
#define CHANNELS                                                                                   \
    {                                                                                              \
        1, {AS_LOOP_K}, AS_LOOP_K                                                                  \
    }

static const struct as_array_kind kinds[] = {
    [AS_STAYS_WEIGHT] =
        {
            .rows = TAPS,
            .cols = CHANNELS,
            .feeds_taps = true,
            .who = "weights stay",
            .array = "{C, R, S} x {K}",
            .unusable = "all output pixels use the same weights, and each PE would hold a copy",
            .bubble = "the array idles between weight tiles: try a larger buffers.accumulator, so "
                      "that more pixels pass each tile, or fewer rows",
            .partial = "do not divide the layers, or depthwise layers use its diagonal only",
        },
    [AS_STAYS_PSUM] =
        {
            .rows = {2, {AS_LOOP_P, AS_LOOP_Q}, AS_LOOP_P},
            .cols = CHANNELS,
            .who = "psums stay",
            .array = "{P, Q} x {K}",
            .unusable = "several PEs would each keep a part of one psum",
            .bubble = "the array idles while psums leave it: reductions (C x R x S) are shorter "
                      "than its rows, so try fewer rows",
            .partial = "do not divide the layers' outputs, or depthwise layers use one column only",
        },
    [AS_STAYS_IFMAP] =
        {
            .rows = TAPS,
            .cols = {2, {AS_LOOP_P, AS_LOOP_Q}, AS_LOOP_Q},
            .cols_are_pixels = true,
            .who = "the ifmap stays",
            .array = "{C, R, S} x {P, Q}",
            .unusable = "all output channels use the same ifmap, and each PE would hold a copy",
            .bubble = "the array idles between ifmap tiles: try a larger buffers.accumulator, so "
                      "that more output channels pass each tile, or fewer rows",
            .partial = "do not divide the layers, or depthwise layers use its diagonal only",
        },
};

const struct as_array_kind *as_array_kind(enum as_stays stays)
{
    return &kinds[stays];
}

enum as_stays as_stays_of(enum as_move ifmap, enum as_move psum)
{
    return psum == AS_MOVE_STATIONARY    ? AS_STAYS_PSUM
           : ifmap == AS_MOVE_STATIONARY ? AS_STAYS_IFMAP
                                         : AS_STAYS_WEIGHT;
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
