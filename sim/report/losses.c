#include "sim/report/losses.h"

#include <string.h>

#include "gen/config/array_kind.h"

#define LOSSES_MAX 32

struct loss {
    uint64_t cycles;
    const char *better, *limit;
};

/* Fills `losses`; returns how many there are. */
static int list_losses(const struct as_report_row *row, const struct as_array_kind *array,
                       struct loss losses[LOSSES_MAX])
{
    const struct loss all[] = {
#define LOSS(value, better, limit) {value, better, limit},
#include "sim/report/columns.def"
#undef LOSS
    };

    _Static_assert(sizeof all / sizeof all[0] <= LOSSES_MAX, "room for every loss");
    memcpy(losses, all, sizeof all);
    return (int)(sizeof all / sizeof all[0]);
}

/* ---- what limits ---- */

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

/* "unroll.C" or "unroll.R, unroll.S": the loops of an axis, or the one that it would unroll first.
 */
static void print_axis(FILE *out, const struct as_hw *hw, const struct as_axis *axis)
{
    int count = 0;

    for (int loop = 0; loop < AS_LOOPS; loop++)
        if (as_axis_has(axis, (enum as_loop_index)loop) && hw->unroll[loop] > 1)
            fprintf(out, "%sunroll.%c", count++ > 0 ? ", " : "", AS_LOOP_LETTERS[loop]);
    for (int loop = 0; loop < AS_LOOPS && count == 0; loop++)
        if (as_axis_has(axis, (enum as_loop_index)loop))
            count = fprintf(out, "unroll.%c", AS_LOOP_LETTERS[loop]);
}

static void print_axes(FILE *out, const struct as_config *cfg, const char *between)
{
    print_axis(out, &cfg->hw, &as_array_kind(cfg->hw.stays)->rows);
    fputs(between, out);
    print_axis(out, &cfg->hw, &as_array_kind(cfg->hw.stays)->cols);
}

void as_losses_print_limit(FILE *out, const struct as_config *cfg, const struct as_report_row *row)
{
    const struct as_array_kind *array = as_array_kind(cfg->hw.stays);
    struct loss losses[LOSSES_MAX];
    int count = list_losses(row, array, losses);
    const struct loss *worst = &losses[0];

    for (int i = 1; i < count; i++)
        if (losses[i].cycles > worst->cycles)
            worst = &losses[i];
    if (worst->cycles * 10 < row->cycles) {
        fprintf(out, "limit   the array works in %.1f%% of the cycles: a larger ",
                percent(row->beats, row->cycles));
        print_axes(out, cfg, " or ");
        fputs(" is the next step\n", out);
        return;
    }
    fprintf(out, "limit   %.1f%% of the cycles: ", percent(worst->cycles, row->cycles));
    if (worst->limit) {
        fprintf(out, "%s\n", worst->limit);
        return;
    }
    fputs("the array is partly empty while it works: ", out);
    print_axes(out, cfg, " and ");
    fprintf(out, " %s\n", array->partial);
}

/* ---- why one wins ---- */

/* Cycles of all losses whose text is that of `losses[i]`. */
static int64_t cycles_of(const struct loss *losses, int count, int i)
{
    int64_t cycles = 0;

    for (int j = 0; j < count; j++)
        if (strcmp(losses[j].better, losses[i].better) == 0)
            cycles += (int64_t)losses[j].cycles;
    return cycles;
}

const char *as_losses_reason(const struct as_report_row *best, const struct as_report_row *next)
{
    static const struct as_array_kind any; /* its words are not read here */
    struct loss ours[LOSSES_MAX], theirs[LOSSES_MAX];
    int count = list_losses(best, &any, ours);
    int64_t most = 0;
    const char *text = "the same machine for this layer";

    list_losses(next, &any, theirs);
    for (int i = 0; i < count; i++) {
        int64_t saved = cycles_of(theirs, count, i) - cycles_of(ours, count, i);
        if (saved > most) {
            most = saved;
            text = ours[i].better;
        }
    }
    return text;
}
