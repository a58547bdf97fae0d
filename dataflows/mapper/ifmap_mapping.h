/* How a window layer is cut for an array in which the ifmap stays, and what that is expected to
 * cost.
 *
 * The held operand of a PE is a pixel, the beats of a tile are output channels.  Columns are output
 * pixels: a *group* is lx x ly of them that the columns hold at the same time.  unroll.P and
 * unroll.Q say how many columns there are; which pixels they hold is a matter of the load.  Groups
 * follow each other along *lines*, whose outputs one store descriptor walks.
 *
 * The weight buffer holds *units* of the reduction: a word each, of one element (an array row) or,
 * with WIDE, of R channels of one tap.  A tile of the array is R elements.  An output tile is tg
 * groups of a line x tk output channels; its reduction is cut into chunks of tr x ts taps and tc
 * units of channels.  Where channels form groups, sets of `together` of them are layers of their
 * own. */
#ifndef AS_DATAFLOWS_MAPPER_IFMAP_MAPPING_H
#define AS_DATAFLOWS_MAPPER_IFMAP_MAPPING_H

#include "dataflows/mapper/weights.h"
#include "dataflows/mapper/order.h"

struct as_ifmap_map {
    struct as_span rows, cols; /* outputs that are mapped */

    int lx, ly;
    bool down;   /* a group goes down: it is whole rows (joined), or part of a column */
    bool joined; /* there is one line: the pixels of its groups follow each other in memory */
    int lines, line_groups;

    int together;     /* channel groups of a set */
    int sets;         /* of the layer */
    int set_c, set_k; /* input and output channels of a set */

    int units_c; /* units of channels of a tap */
    int tg, tk, tr, ts, tc;
    enum as_dim order[AS_DIM_COUNT]; /* outermost first.  P is the loop of lines, Q that of the
                                        tiles of a line; what is behind C is not cut */
    bool turns;                      /* the innermost loop of them runs back and forth */
    bool one_half;                   /* all tiles use the same drain half */
};

/* Mappings that are ranked, the best first; `room` of them. */
#define AS_IFMAP_BEST 300

struct as_ifmap_best {
    int count, room;
    struct {
        struct as_ifmap_map map;
        struct as_cost cost;
    } at[AS_IFMAP_BEST];
};

/* Channels of a unit. */
int as_ifmap_unit(const struct as_config *cfg);
/* Groups are loaded in rows of all columns: one load of a group has every part of a chunk. */
bool as_ifmap_full(const struct as_config *cfg, const struct as_ifmap_map *map);
/* Loads of one group and a chunk of tr x ts taps. */
int as_ifmap_parts(const struct as_config *cfg, const struct as_ifmap_map *map, int tr, int ts);
/* Tiles of the array for a chunk of `units` units, and the weight-buffer words of a group. */
int as_ifmap_tiles(const struct as_config *cfg, int units);
int as_ifmap_words(const struct as_config *cfg, int units);

/* The mappings of the outputs rows x cols of least estimated cycles and memory, of which a byte is
 * worth `thrift` cycles; none when none fits. */
void as_ifmap_choose(const struct as_config *cfg, const struct as_filter *f, struct as_span rows,
                     struct as_span cols, int thrift, struct as_ifmap_best *best);

#endif
