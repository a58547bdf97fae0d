#include "sim/report/side_by_side.h"

#include <inttypes.h>
#include <string.h>

#include "sim/report/report_parts.h"

#define IBUF_LEAST  16  /* words of a half, as gen/config/params.def bounds them */
#define WBUF_ENOUGH 256 /* words of a half that hold a lookup table, whatever their width */

/* ---- one accelerator a preset ---- */

static int power_of_two_up_to(int most)
{
    int power = 1;

    while (2 * power <= most)
        power *= 2;
    return power;
}

enum as_status as_compare_config(const struct as_config *base, const struct as_dataflow *row,
                                 struct as_config *out, struct as_diag *diag)
{
    *out = *base;
    snprintf(out->dataflow, sizeof out->dataflow, "%s", row->name);
    strcpy(out->hw.move_ifmap, "preset");
    strcpy(out->hw.move_weight, "preset");
    strcpy(out->hw.move_psum, "preset");
    as_dataflow_unroll(row, base->hw.rows, base->hw.cols, out->hw.unroll_given);
    out->hw.line_given = -1;
    as_config_drop_unused(out);
    /* how wide its buffer words are decides how many of them the same bytes are */
    out->hw.wbuf_words = base->hw.wbuf_words < WBUF_ENOUGH ? WBUF_ENOUGH : base->hw.wbuf_words;
    AS_TRY(as_config_check(out, diag));
    int ifmap = power_of_two_up_to(base->hw.ibuf_words * base->hw.ibuf_lanes / out->hw.ibuf_lanes);
    int weight = power_of_two_up_to(base->hw.wbuf_words * base->hw.wbuf_bytes / out->hw.wbuf_bytes);
    int least = 256 / out->hw.table_pack; /* of a lookup table */
    out->hw.ibuf_words = ifmap < IBUF_LEAST ? IBUF_LEAST : ifmap;
    out->hw.wbuf_words = weight < least ? least : weight;
    return as_config_check(out, diag);
}

/* ---- why one wins ---- */

struct loss {
    const char *better; /* of the one that loses fewer cycles to it */
    uint64_t cycles;
};

#define LOSS_COUNT 7

static void losses_of(const struct as_report_row *row, struct loss loss[LOSS_COUNT])
{
    const struct loss all[LOSS_COUNT] = {
        {"its PEs are fuller", row->beats > row->ideal_cycles ? row->beats - row->ideal_cycles : 0},
        {"fewer idle cycles between tiles", row->bubble},
        {"waits less for the ifmap", row->wait_ifmap},
        {"waits less for weights", row->wait_weight},
        {"waits less for the store engine", row->wait_acc + row->drain},
        {"reads fewer descriptors", row->fetch},
        {"fewer table lookups", row->lookup},
    };
    memcpy(loss, all, sizeof all);
}

/* What the winner saves most of, against the next best. */
static const char *reason(const struct as_report_row *best, const struct as_report_row *next)
{
    struct loss ours[LOSS_COUNT], theirs[LOSS_COUNT];
    int64_t most = 0;
    const char *text = "the same machine for this layer";

    losses_of(best, ours);
    losses_of(next, theirs);
    for (int i = 0; i < LOSS_COUNT; i++) {
        int64_t saved = (int64_t)theirs[i].cycles - (int64_t)ours[i].cycles;
        if (saved > most) {
            most = saved;
            text = ours[i].better;
        }
    }
    return text;
}

/* ---- the tables ---- */

static struct as_report_row total_of(const struct as_report *report)
{
    return as_report_row(report, &report->run->inferences[0].total,
                         as_report_macs_total(report->program));
}

static struct as_report_row layer_of(const struct as_report *report, int layer)
{
    return as_report_row(report, &report->run->inferences[0].layers[layer],
                         report->program->layers[layer].macs);
}

static void print_totals(FILE *out, const struct as_report *reports, const char *const *refusals,
                         int count)
{
    fprintf(out, "%-14s %-24s %5s %10s %6s %9s %9s %9s %9s %9s %9s %9s %9s %10s %10s %9s\n",
            "dataflow", "unroll", "PEs", "cycles", "util", "array", "lookup", "ifmap", "weights",
            "psum", "bubbles", "fetch", "drain", "read", "written", "time");
    fprintf(out, "%-14s %-24s %5s %10s %6s %9s %9s %9s %9s %9s %9s %9s %9s %10s %10s %9s\n", "", "",
            "", "", "", "busy", "", "wait", "wait", "wait", "", "", "", "bytes", "bytes", "ms");
    for (int i = 0; i < count; i++) {
        const struct as_report *report = &reports[i];
        const struct as_config *cfg = report->cfg;
        if (!report->run) {
            fprintf(out, "refused: %s\n", refusals[i]);
            continue;
        }
        struct as_report_row row = total_of(report);
        char unroll[64];
        as_unroll_text(cfg->hw.unroll, unroll, sizeof unroll);
        fprintf(out,
                "%-14s %-24s %5d %10" PRIu64 " %5.1f%% %9" PRIu64 " %9" PRIu64 " %9" PRIu64
                " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %10" PRIu64
                " %10" PRIu64 " %9.3f\n",
                cfg->dataflow, unroll, cfg->hw.rows * cfg->hw.cols, row.cycles,
                100.0 * row.utilization, row.beats, row.lookup, row.wait_ifmap, row.wait_weight,
                row.wait_acc, row.bubble, row.fetch, row.drain, row.bytes_read, row.bytes_written,
                (double)row.cycles / cfg->board.clock_khz);
    }
}

/* The two reports that run the layer in the fewest cycles; *second is -1 when there is one only. */
static void best_two(const struct as_report *reports, int count, int layer, int *first, int *second)
{
    *first = *second = -1;
    for (int i = 0; i < count; i++) {
        if (!reports[i].run)
            continue;
        uint64_t cycles = layer_of(&reports[i], layer).cycles;
        if (*first < 0 || cycles < layer_of(&reports[*first], layer).cycles) {
            *second = *first;
            *first = i;
        } else if (*second < 0 || cycles < layer_of(&reports[*second], layer).cycles) {
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
                fprintf(out, " %13" PRIu64, layer_of(&reports[i], n).cycles);
        struct as_report_row best = layer_of(&reports[first], n);
        struct as_report_row next = second < 0 ? best : layer_of(&reports[second], n);
        bool equal = best.cycles == next.cycles;
        fprintf(out, "  %-13s %s\n", equal ? "-" : reports[first].cfg->dataflow,
                equal ? "equal" : reason(&best, &next));
    }
}

void as_compare_print(FILE *out, const struct as_report *reports, const char *const *refusals,
                      int count)
{
    int best = -1;

    for (int i = 0; i < count; i++)
        if (reports[i].run &&
            (best < 0 || total_of(&reports[i]).cycles < total_of(&reports[best]).cycles))
            best = i;
    if (best >= 0)
        fprintf(
            out,
            "%s, accelerator %s, engine %s: the same PEs, buffers and memory in every dataflow\n\n",
            reports[best].model, reports[best].cfg->name, reports[best].engine);
    print_totals(out, reports, refusals, count);
    if (best < 0)
        return;
    print_layers(out, reports, count, reports[best].program->layer_count);
    fprintf(out, "\nfastest %s: %" PRIu64 " cycles\n", reports[best].cfg->dataflow,
            total_of(&reports[best]).cycles);
}
