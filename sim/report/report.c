#include "sim/report/report.h"

#include <inttypes.h>
#include <string.h>

#include "sim/report/report_parts.h"

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

struct as_report_row as_report_row(const struct as_report *report, const struct as_layer_run *run,
                                   uint64_t macs)
{
    const uint64_t *events = run->events;
    const uint64_t pes = (uint64_t)(report->cfg->hw.rows * report->cfg->hw.cols);
    struct as_report_row row = {.macs = macs,
                                .cycles = events[AS_PERF_CYCLES],
                                .ideal_cycles = (macs + pes - 1) / pes,
                                .beats = events[AS_PERF_MAC_BEATS],
                                .lookup = events[AS_PERF_LOOKUP_BEATS],
                                .wait_ifmap = events[AS_PERF_WAIT_IFMAP],
                                .wait_weight = events[AS_PERF_WAIT_WEIGHT],
                                .wait_acc = events[AS_PERF_WAIT_ACC],
                                .bubble = events[AS_PERF_RUN_IDLE],
                                .fetch = events[AS_PERF_FETCH]};

    row.drain = row.cycles - row.beats - row.lookup - row.wait_ifmap - row.wait_weight -
                row.wait_acc - row.bubble - row.fetch;
    row.utilization = row.cycles ? (double)macs / ((double)pes * (double)row.cycles) : 0.0;
    /* everything but the store engine's writes reads whole words */
    row.bytes_written = events[AS_PERF_WRITES] +
                        events[AS_PERF_WIDE_WRITES] * (uint64_t)(report->cfg->hw.requant_lanes - 1);
    row.bytes_read = (events[AS_PERF_REQUESTS] - events[AS_PERF_WRITES]) *
                     (uint64_t)report->cfg->hw.mem_width_bytes;
    return row;
}

uint64_t as_report_macs_total(const struct as_program *program)
{
    uint64_t macs = 0;

    for (int i = 0; i < program->layer_count; i++)
        macs += program->layers[i].macs;
    return macs;
}

void as_report_macs(FILE *out, const struct as_network *net)
{
    uint64_t total = 0;

    fprintf(out, "%5s  %-18s %12s\n", "layer", "operator", "MACs");
    for (int i = 0; i < net->layer_count; i++) {
        const struct as_layer *layer = &net->layers[i];
        fprintf(out, "%5d  %-18s %12" PRIu64 "\n", layer->index, layer->name, layer->macs);
        total += layer->macs;
    }
    fprintf(out, "%5s  %-18s %12" PRIu64 "\n", "", "total", total);
}

static void print_row(FILE *out, const char *index, const char *name,
                      const struct as_report_row *row)
{
    fprintf(out,
            "%5s  %-18s %9" PRIu64 " %9" PRIu64 " %5.1f%% %9" PRIu64 " %8" PRIu64 " %8" PRIu64
            " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %9" PRIu64
            " %8" PRIu64 "\n",
            index, name, row->macs, row->cycles, 100.0 * row->utilization, row->beats, row->lookup,
            row->wait_ifmap, row->wait_weight, row->wait_acc, row->bubble, row->fetch, row->drain,
            row->bytes_read, row->bytes_written);
}

/* ---- what limits ---- */

struct limit {
    uint64_t cycles; /* lost to it */
    const char *text;
};

/* What a message says of an array, by what stays in its PEs. */
struct array_words {
    const char *rows, *cols; /* the loops that its axes may unroll */
    const char *bubble, *partial;
};

static const struct array_words array_words[] = {
    [AS_STAYS_WEIGHT] =
        {"CRS", "K",
         "the array idles between weight tiles: try a larger buffers.accumulator, so that more "
         "pixels pass each tile, or fewer rows",
         "do not divide the layers, or depthwise layers use its diagonal only"},
    [AS_STAYS_PSUM] =
        {"PQ", "K",
         "the array idles while psums leave it: reductions (C x R x S) are shorter than its rows, "
         "so try fewer rows",
         "do not divide the layers' outputs, or depthwise layers use one column only"},
    [AS_STAYS_IFMAP] =
        {"CRS", "PQ",
         "the array idles between ifmap tiles: try a larger buffers.accumulator, so that more "
         "output channels pass each tile, or fewer rows",
         "do not divide the layers, or depthwise layers use its diagonal only"},
};

/* "unroll.C" or "unroll.R, unroll.S": the loops of an axis, or the first that it could unroll. */
static void print_axis(FILE *out, const struct as_config *cfg, const char *loops)
{
    int count = 0;

    for (const char *loop = loops; *loop; loop++)
        if (cfg->hw.unroll[strchr(AS_LOOP_LETTERS, *loop) - AS_LOOP_LETTERS] > 1)
            fprintf(out, "%sunroll.%c", count++ > 0 ? ", " : "", *loop);
    if (count == 0)
        fprintf(out, "unroll.%c", loops[0]);
}

/* The largest loss, in words, with what to change. */
static void print_limit(FILE *out, const struct as_config *cfg, const struct as_report_row *row)
{
    const struct array_words *array = &array_words[cfg->hw.stays];
    uint64_t partial = row->beats > row->ideal_cycles ? row->beats - row->ideal_cycles : 0;
    const struct limit limits[] = {
        {row->wait_ifmap, "the array waits for the ifmap: try a larger memory.width or "
                          "buffers.ifmap, or rows that are a multiple of the memory word"},
        {row->wait_weight,
         "the array waits for weights: try a larger memory.width or buffers.weight"},
        {row->wait_acc, "the array waits for the store engine: try more requant.stages or "
                        "requant.lanes, a larger buffers.accumulator or a faster memory"},
        {row->bubble, array->bubble},
        {row->fetch, "the array waits for descriptors: try larger buffers, so that jobs are "
                     "longer, or a smaller memory.latency"},
        {row->drain, "the array has finished and the store engine has not: try more "
                     "requant.stages or requant.lanes, or a faster memory"},
        {row->lookup, "table lookups (pooling, add, softmax) take one cycle an element"},
        {partial, "the array is partly empty while it works: "},
    };
    const size_t count = sizeof limits / sizeof limits[0];
    const struct limit *worst = &limits[0];

    for (size_t i = 1; i < count; i++)
        if (limits[i].cycles > worst->cycles)
            worst = &limits[i];
    if (worst->cycles * 10 < row->cycles) {
        fprintf(out, "limit   the array works in %.1f%% of the cycles: a larger ",
                percent(row->beats, row->cycles));
        print_axis(out, cfg, array->rows);
        fputs(" or ", out);
        print_axis(out, cfg, array->cols);
        fputs(" is the next step\n", out);
        return;
    }
    fprintf(out, "limit   %.1f%% of the cycles: %s", percent(worst->cycles, row->cycles),
            worst->text);
    if (worst == &limits[count - 1]) {
        print_axis(out, cfg, array->rows);
        fputs(" and ", out);
        print_axis(out, cfg, array->cols);
        fprintf(out, " %s", array->partial);
    }
    fputc('\n', out);
}

/* ---- the whole ---- */

static void print_table(FILE *out, const struct as_report *report,
                        const struct as_inference *inference, const struct as_report_row *total)
{
    fprintf(out, "%5s  %-18s %9s %9s %6s %9s %8s %8s %8s %8s %8s %8s %8s %9s %8s\n", "layer",
            "operator", "MACs", "cycles", "util", "array", "lookup", "ifmap", "weights", "psum",
            "bubbles", "fetch", "drain", "read", "written");
    fprintf(out, "%5s  %-18s %9s %9s %6s %9s %8s %8s %8s %8s %8s %8s %8s %9s %8s\n", "", "", "", "",
            "", "busy", "", "wait", "wait", "wait", "", "", "", "bytes", "bytes");
    for (int i = 0; i < report->program->layer_count; i++) {
        const struct as_program_layer *layer = &report->program->layers[i];
        struct as_report_row row = as_report_row(report, &inference->layers[i], layer->macs);
        char index[16];
        snprintf(index, sizeof index, "%d", layer->index);
        print_row(out, index, layer->name, &row);
    }
    print_row(out, "", "total", total);
}

void as_report_print(FILE *out, const struct as_report *report)
{
    const struct as_config *cfg = report->cfg;
    const struct as_run *run = report->run;
    const struct as_inference *first = &run->inferences[0];
    const struct as_report_row total =
        as_report_row(report, &first->total, as_report_macs_total(report->program));
    double milliseconds = (double)total.cycles / cfg->board.clock_khz;

    fprintf(out, "%s on %s: %s, %d x %d PEs, %d-bit memory, engine %s\n", report->model, cfg->name,
            cfg->dataflow, cfg->hw.rows, cfg->hw.cols, cfg->hw.mem_width, report->engine);
    fprintf(out, "input   %s\n\n", report->input);
    print_table(out, report, first, &total);
    fprintf(out,
            "\nspeed   %.3f of %d MAC/cycle: %" PRIu64 " cycles, %" PRIu64
            " would be ideal, utilization %.1f%%\n",
            (double)total.macs / (double)total.cycles, cfg->hw.rows * cfg->hw.cols, total.cycles,
            total.ideal_cycles, 100.0 * total.utilization);
    fprintf(out, "time    %.3f ms at %.3f MHz, %.2f inferences/s\n", milliseconds,
            cfg->board.clock_khz / 1000.0, 1000.0 / milliseconds);
    fprintf(out, "memory  %" PRIu64 " bytes read, %" PRIu64 " written; %" PRIu32 " of %d used\n",
            total.bytes_read, total.bytes_written, report->program->used_bytes, cfg->hw.mem_bytes);
    for (int i = 1; i < run->inference_count; i++)
        if (run->inferences[i].total.events[AS_PERF_CYCLES] != total.cycles)
            fprintf(out, "again   inference %d took %" PRIu64 " cycles\n", i + 1,
                    run->inferences[i].total.events[AS_PERF_CYCLES]);
    print_limit(out, cfg, &total);
    fprintf(out,
            "\n%d inference%s, %" PRIu64
            " cycles with the host link in %.2f CPU s: %.2f Mcycle/s\n",
            run->inference_count, run->inference_count == 1 ? "" : "s", run->cycles, run->seconds,
            run->seconds > 0 ? (double)run->cycles / run->seconds / 1e6 : 0.0);
    if (run->probes > 0)
        fprintf(out,
                "model and RTL agree: %d values in each of %" PRIu64
                " cycles, and all %d bytes of memory after each inference\n",
                run->probes, run->cycles, cfg->hw.mem_bytes);
    fprintf(out, "%d of %d layers' outputs are equal to the reference engine's\n",
            run->layers_compared - run->layers_wrong, run->layers_compared);
    if (report->golden_compared > 0)
        fprintf(out, "golden  %d of %d outputs equal\n",
                report->golden_compared - report->golden_wrong, report->golden_compared);
}
