/* The PLL of an iCE40: which clocks it can make of a reference, and with which dividers. */
#ifndef AS_BOARDS_FAMILY_ICE40_PLL_H
#define AS_BOARDS_FAMILY_ICE40_PLL_H

#include <stdbool.h>

#define AS_ICE40_PLL_KHZ_MIN 16000 /* of the output */
#define AS_ICE40_PLL_KHZ_MAX 275000

/* Simple feedback: output = reference * (divf + 1) / ((divr + 1) * 2^divq). */
struct as_ice40_pll {
    int divr, divf, divq;
    int filter_range;
    double khz; /* of the output */
};

/* The dividers whose output is nearest to `khz`, of equals those with the fastest phase detector;
 * false when no output can be made of that reference at all. */
bool as_ice40_pll_solve(double reference_khz, double khz, struct as_ice40_pll *out);

#endif
