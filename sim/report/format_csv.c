/* A table for spreadsheets and scripts: a line a layer and one of all, columns named as in the
 * JSON. What the engine does not count is empty.  A dataflow that was refused is a line that says
 * why. */
#include <inttypes.h>

#include "sim/report/columns.h"

static void write_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', out);
}

static void write_line(FILE *out, const struct as_report *report, int index, const char *name,
                       const struct as_report_row *row)
{
    if (report->program)
        write_text(out, report->cfg->dataflow);
    fputc(',', out);
    if (index >= 0)
        fprintf(out, "%d", index);
    fputc(',', out);
    write_text(out, name);
    for (int i = 0; i < AS_COLUMN_COUNT; i++) {
        fputc(',', out);
        if (as_columns[i].is_share && report->program)
            fprintf(out, "%.6f", as_column_share(&as_columns[i], row));
        else if (i == AS_COLUMN_macs || report->program)
            fprintf(out, "%" PRIu64, as_column_count(&as_columns[i], row));
    }
    fputs("\r\n", out);
}

static void write_network(FILE *out, const struct as_report *report)
{
    struct as_report_row total = {0};

    for (int i = 0; i < report->net->layer_count; i++) {
        const struct as_layer *layer = &report->net->layers[i];
        const struct as_report_row row = {.macs = layer->macs};
        write_line(out, report, layer->index, layer->name, &row);
        total.macs += layer->macs;
    }
    write_line(out, report, -1, "total", &total);
}

static void write_program(FILE *out, const struct as_report *report)
{
    if (report->run->inference_count == 0)
        return;
    for (int i = 0; i < report->program->layer_count; i++) {
        const struct as_program_layer *layer = &report->program->layers[i];
        const struct as_report_row row = as_report_layer(report, i);
        write_line(out, report, layer->index, layer->name, &row);
    }
    const struct as_report_row total = as_report_total(report);
    write_line(out, report, -1, "total", &total);
}

static void write_refusal(FILE *out, const char *why)
{
    fputs(",,", out);
    write_text(out, why);
    for (int i = 0; i < AS_COLUMN_COUNT; i++)
        fputc(',', out);
    fputs("\r\n", out);
}

static void write_csv(FILE *out, const struct as_report_set *set)
{
    fputs("dataflow,layer,operator", out);
    for (int i = 0; i < AS_COLUMN_COUNT; i++)
        fprintf(out, ",%s", as_columns[i].json);
    fputs("\r\n", out);
    for (int i = 0; i < set->count; i++) {
        const struct as_report *report = &set->reports[i];
        if (!report->run)
            write_refusal(out, set->refusals[i]);
        else if (report->program)
            write_program(out, report);
        else
            write_network(out, report);
    }
}

const struct as_report_format as_format_csv = {
    .name = "csv",
    .help = "Write the table of layers as comma-separated values",
    .write = write_csv,
};
