#include "sim/report/side_by_side.h"

#include <inttypes.h>

#include "sim/report/losses.h"

static void print_totals(FILE *out, const struct as_report_set *set)
{
    for (int line = 0; line < 2; line++) {
        fprintf(out, "%-14s %-24s %5s", line == 0 ? "dataflow" : "", line == 0 ? "unroll" : "",
                line == 0 ? "PEs" : "");
        as_columns_print_heading(out, true, line);
        fprintf(out, " %9s\n", line == 0 ? "time" : "ms");
    }
    for (int i = 0; i < set->count; i++) {
        const struct as_report *report = &set->reports[i];
        const struct as_config *cfg = report->cfg;
        if (!report->run) {
            fprintf(out, "refused: %s\n", set->refusals[i]);
            continue;
        }
        struct as_report_row row = as_report_total(report);
        char unroll[64];
        as_unroll_text(cfg->hw.unroll, unroll, sizeof unroll);
        fprintf(out, "%-14s %-24s %5d", cfg->dataflow, unroll, cfg->hw.rows * cfg->hw.cols);
        as_columns_print_row(out, true, &row);
        fprintf(out, " %9.3f\n", (double)row.cycles / cfg->board.clock_khz);
    }
}

/* The two reports that run the layer in the fewest cycles; *second is -1 when there is one only. */
static void best_two(const struct as_report *reports, int count, int layer, int *first, int *second)
{
    *first = *second = -1;
    for (int i = 0; i < count; i++) {
        if (!reports[i].run)
            continue;
        uint64_t cycles = as_report_layer(&reports[i], layer).cycles;
        if (*first < 0 || cycles < as_report_layer(&reports[*first], layer).cycles) {
            *second = *first;
            *first = i;
        } else if (*second < 0 || cycles < as_report_layer(&reports[*second], layer).cycles) {
            *second = i;
        }
    }
}

static void print_layers(FILE *out, const struct as_report *reports, int count, int layers)
{
    fprintf(out, "\ncycles of each layer\n%5s  %-18s", "layer", "operator");
    for (int i = 0; i < count; i++)
        if (reports[i].run)
            fprintf(out, " %13s", reports[i].cfg->dataflow);
    fprintf(out, "  %-13s why\n", "winner");
    for (int n = 0; n < layers; n++) {
        int first, second;
        best_two(reports, count, n, &first, &second);
        const struct as_program_layer *layer = &reports[first].program->layers[n];
        fprintf(out, "%5d  %-18s", layer->index, layer->name);
        for (int i = 0; i < count; i++)
            if (reports[i].run)
                fprintf(out, " %13" PRIu64, as_report_layer(&reports[i], n).cycles);
        struct as_report_row best = as_report_layer(&reports[first], n);
        struct as_report_row next = second < 0 ? best : as_report_layer(&reports[second], n);
        bool equal = best.cycles == next.cycles;
        fprintf(out, "  %-13s %s\n", equal ? "-" : reports[first].cfg->dataflow,
                equal ? "equal" : as_losses_reason(&best, &next));
    }
}

void as_report_print_side_by_side(FILE *out, const struct as_report_set *set)
{
    const struct as_report *reports = set->reports;
    int best = -1;
    int compared = 0, wrong = 0;

    for (int i = 0; i < set->count; i++) {
        compared += reports[i].golden_compared;
        wrong += reports[i].golden_wrong;
        if (reports[i].run && (best < 0 || as_report_total(&reports[i]).cycles <
                                               as_report_total(&reports[best]).cycles))
            best = i;
    }
    if (best >= 0)
        fprintf(
            out,
            "%s, accelerator %s, engine %s: the same PEs, buffers and memory in every dataflow\n\n",
            reports[best].model, reports[best].cfg->name, reports[best].engine);
    print_totals(out, set);
    if (best < 0)
        return;
    print_layers(out, reports, set->count, reports[best].program->layer_count);
    fprintf(out, "\nfastest %s: %" PRIu64 " cycles\n", reports[best].cfg->dataflow,
            as_report_total(&reports[best]).cycles);
    if (compared > 0)
        fprintf(out, "golden  %d of %d outputs equal\n", compared - wrong, compared);
}
