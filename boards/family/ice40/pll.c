#include "boards/family/ice40/pll.h"

#include <math.h>

/* Limits in kHz of Lattice's sysCLOCK PLL: reference, phase detector, oscillator. */
#define REFERENCE_MIN 10000.0
#define REFERENCE_MAX 133000.0
#define DETECTOR_MIN  10000.0
#define DETECTOR_MAX  133000.0
#define VCO_MIN       533000.0
#define VCO_MAX       1066000.0
#define DIVR_MAX      15
#define DIVF_MAX      127
#define DIVQ_MIN      1
#define DIVQ_MAX      6

/* The loop filter's setting for a phase detector of that speed. */
static int choose_filter(double detector_khz)
{
    static const double below_khz[] = {17000, 26000, 44000, 66000, 101000};
    int range = 1;

    for (int i = 0; i < 5 && detector_khz >= below_khz[i]; i++)
        range++;
    return range;
}

bool as_ice40_pll_solve(double reference_khz, double khz, struct as_ice40_pll *out)
{
    bool found = false;

    if (reference_khz < REFERENCE_MIN || reference_khz > REFERENCE_MAX)
        return false;
    for (int divr = 0; divr <= DIVR_MAX; divr++) {
        double detector = reference_khz / (divr + 1);
        if (detector < DETECTOR_MIN || detector > DETECTOR_MAX)
            continue;
        for (int divf = 0; divf <= DIVF_MAX; divf++) {
            double vco = detector * (divf + 1);
            if (vco < VCO_MIN || vco > VCO_MAX)
                continue;
            for (int divq = DIVQ_MIN; divq <= DIVQ_MAX; divq++) {
                double made = vco / (1 << divq);
                if (made < AS_ICE40_PLL_KHZ_MIN || made > AS_ICE40_PLL_KHZ_MAX)
                    continue;
                if (found && fabs(made - khz) >= fabs(out->khz - khz))
                    continue;
                *out = (struct as_ice40_pll){.divr = divr,
                                             .divf = divf,
                                             .divq = divq,
                                             .filter_range = choose_filter(detector),
                                             .khz = made};
                found = true;
            }
        }
    }
    return found;
}
