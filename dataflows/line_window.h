/* Where weights stay and the array has taps: convolutions whose kernel the block `window` feeds
 * from one pixel a beat.  Stride and dilation 1; everything else is left to as_weight_window. */
#ifndef AS_DATAFLOWS_LINE_WINDOW_H
#define AS_DATAFLOWS_LINE_WINDOW_H

#include "dataflows/filter.h"
#include "dataflows/schedule.h"

/* A tile is tp x tq pixels of tk k tiles, each one array column a channel; its reduction is cut
 * into chunks of tc ibuf words, one ifmap load each, whose jobs take jk k tiles. */
struct as_line_mapping {
    bool depthwise;       /* column k sees ibuf lane k */
    int unit;             /* channels of an ibuf word */
    int taps_h, taps_w;   /* of the kernel that are in the array at a time: at most TR, TS */
    int nr, ns;           /* times that the kernel's rows and columns take */
    int k_tiles, c_words; /* of the layer; DEPTHWISE: c_words is 1 */
    int tp, tq, tk, tc, jk;
    enum as_dim order[3]; /* of P, Q, K; outermost first */
};

/* The mapping of least estimated cycles; false when the layer is not one for it, or nothing fits.
 */
bool as_line_choose(const struct as_config *cfg, const struct as_filter *filter,
                    struct as_line_mapping *best, struct as_cost *cost);

enum as_status as_line_emit(struct as_schedule *s, const struct as_filter *filter,
                            const struct as_line_mapping *map);

#endif
