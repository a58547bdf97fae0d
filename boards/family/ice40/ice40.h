/* Inside boards/family/ice40: what its files share. */
#ifndef AS_BOARDS_FAMILY_ICE40_ICE40_H
#define AS_BOARDS_FAMILY_ICE40_ICE40_H

#include "boards/family/family.h"

/* What is counted: the order of the family's kinds. */
enum as_ice40_kind {
    AS_ICE40_LUT,  /* logic cells with a LUT only, */
    AS_ICE40_PAIR, /* with a LUT and its flip-flop, */
    AS_ICE40_FF,   /* with a flip-flop only */
    AS_ICE40_CARRY,
    AS_ICE40_EBR,
    AS_ICE40_DSP,
    AS_ICE40_SPRAM,
    AS_ICE40_KINDS
};

enum as_status as_ice40_count(struct as_blocks *blocks, const json_t *netlist,
                              struct as_diag *diag);

extern const struct as_family as_family_ice40;

#endif
