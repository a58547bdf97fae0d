#include <inttypes.h>

#include "models/arith/edge.h"
#include "sim/report/losses.h"
#include "sim/report/side_by_side.h"

/* ---- without an accelerator ---- */

/* All that there is to say without an accelerator. */
static void print_macs(FILE *out, const struct as_network *net)
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

static void print_golden(FILE *out, const struct as_report *report)
{
    if (report->golden_compared > 0)
        fprintf(out, "golden  %d of %d outputs equal\n",
                report->golden_compared - report->golden_wrong, report->golden_compared);
}

/* What the host computes besides the accelerator. */
static void print_host_ports(FILE *out, const struct as_ports *ports, const char *what,
                             const char *direction)
{
    for (int i = 0; i < ports->count; i++) {
        const struct as_port *port = &ports->port[i];
        if (port->op)
            fprintf(out, "host    %s of %s '%s', %s %s\n", port->op, what, port->name, direction,
                    as_value_name(port->value));
    }
}

static void print_host(FILE *out, const struct as_report *report)
{
    print_host_ports(out, &report->net->inputs, "input", "from");
    print_host_ports(out, &report->net->outputs, "output", "to");
}

/* What is kept from one inference to the next. */
static void print_state(FILE *out, const struct as_report *report)
{
    int count = report->net->variable_count;

    if (count > 0)
        fprintf(out,
                "state   %d variable%s of %zu bytes; %d inference%s since the initial values\n",
                count, count == 1 ? "" : "s", as_state_bytes(report->net), report->frames,
                report->frames == 1 ? "" : "s");
}

static void print_network(FILE *out, const struct as_report *report)
{
    print_macs(out, report->net);
    fprintf(out, "\ninput   %s\n", report->input);
    print_host(out, report);
    print_state(out, report);
    if (report->cfg)
        fprintf(out, "accel   %s: a legal description, which engine %s does not use\n",
                report->cfg->name, report->engine);
    print_golden(out, report);
}

/* ---- on an accelerator ---- */

static void print_line(FILE *out, const char *index, const char *name,
                       const struct as_report_row *row)
{
    fprintf(out, "%5s  %-18s", index, name);
    as_columns_print_row(out, false, row);
    fputc('\n', out);
}

static void print_table(FILE *out, const struct as_report *report,
                        const struct as_report_row *total)
{
    for (int line = 0; line < 2; line++) {
        fprintf(out, "%5s  %-18s", line == 0 ? "layer" : "", line == 0 ? "operator" : "");
        as_columns_print_heading(out, false, line);
        fputc('\n', out);
    }
    for (int i = 0; i < report->program->layer_count; i++) {
        const struct as_program_layer *layer = &report->program->layers[i];
        struct as_report_row row = as_report_layer(report, i);
        char index[16];
        snprintf(index, sizeof index, "%d", layer->index);
        print_line(out, index, layer->name, &row);
    }
    print_line(out, "", "total", total);
}

/* How it was simulated, and what agreed. */
static void print_simulation(FILE *out, const struct as_report *report)
{
    const struct as_run *run = report->run;

    if (run->cycles > 0)
        fprintf(out, "\n%d inference%s, %" PRIu64 " cycles%s in %.2f CPU s: %.2f Mcycle/s\n",
                run->inference_count, run->inference_count == 1 ? "" : "s", run->cycles,
                run->host_link ? " with the host link" : "", run->seconds,
                run->seconds > 0 ? (double)run->cycles / run->seconds / 1e6 : 0.0);
    if (run->probes > 0)
        fprintf(out,
                "model and RTL agree: %d values in each of %" PRIu64
                " cycles, and all %d bytes of memory after each inference\n",
                run->probes, run->cycles, report->cfg->hw.mem_bytes);
    if (run->layers_compared > 0)
        fprintf(out, "%d of %d layers' outputs are equal to the reference engine's\n",
                run->layers_compared - run->layers_wrong, run->layers_compared);
    if (run->trace)
        fprintf(out, "trace   %s, 1 ns a cycle, for ui.perfetto.dev\n", run->trace);
    if (run->wave)
        fprintf(out, "wave    %s\n", run->wave);
    print_golden(out, report);
}

static void print_one(FILE *out, const struct as_report *report)
{
    const struct as_config *cfg = report->cfg;
    const struct as_run *run = report->run;
    const struct as_report_row total = as_report_total(report);
    double milliseconds = (double)total.cycles / cfg->board.clock_khz;

    fprintf(out, "%s on %s: %s, %d x %d PEs, %d-bit memory, engine %s\n", report->model, cfg->name,
            cfg->dataflow, cfg->hw.rows, cfg->hw.cols, cfg->hw.mem_width, report->engine);
    fprintf(out, "input   %s\n", report->input);
    print_host(out, report);
    print_state(out, report);
    fputc('\n', out);
    print_table(out, report, &total);
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
    as_losses_print_limit(out, cfg, &total);
    print_simulation(out, report);
}

void as_report_print(FILE *out, const struct as_report_set *set)
{
    if (set->side_by_side)
        as_report_print_side_by_side(out, set);
    else if (set->reports[0].program)
        print_one(out, &set->reports[0]);
    else
        print_network(out, &set->reports[0]);
}
