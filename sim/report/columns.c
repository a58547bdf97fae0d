#include "sim/report/columns.h"

#include <inttypes.h>
#include <string.h>

enum { COUNT, SHARE };

const struct as_column as_columns[AS_COLUMN_COUNT] = {
#define COLUMN(field, kind, value, json, heading, width, beside, unit, meaning)                    \
    {json,  heading, unit, meaning, offsetof(struct as_report_row, field), (kind) == SHARE,        \
     width, beside},
#include "sim/report/columns.def"
#undef COLUMN
};

/* ---- values ---- */

struct as_report_row as_report_row(const struct as_report *report, const struct as_layer_run *run,
                                   uint64_t macs)
{
    const struct as_config *cfg = report->cfg;
    const uint64_t *events = run->events;
    const uint64_t pes = (uint64_t)(cfg->hw.rows * cfg->hw.cols);
    struct as_report_row row = {0};

#define COLUMN(field, kind, value, json, heading, width, beside, unit, meaning) row.field = (value);
#include "sim/report/columns.def"
#undef COLUMN
    return row;
}

struct as_report_row as_report_layer(const struct as_report *report, int layer)
{
    return as_report_row(report, &report->run->inferences[0].layers[layer],
                         report->program->layers[layer].macs);
}

struct as_report_row as_report_total(const struct as_report *report)
{
    uint64_t macs = 0;

    for (int i = 0; i < report->program->layer_count; i++)
        macs += report->program->layers[i].macs;
    return as_report_row(report, &report->run->inferences[0].total, macs);
}

uint64_t as_column_count(const struct as_column *column, const struct as_report_row *row)
{
    uint64_t value;

    memcpy(&value, (const char *)row + column->offset, sizeof value);
    return value;
}

double as_column_share(const struct as_column *column, const struct as_report_row *row)
{
    double value;

    memcpy(&value, (const char *)row + column->offset, sizeof value);
    return value;
}

/* ---- tables ---- */

static int width_of(const struct as_column *column, bool beside)
{
    return beside ? column->beside : column->width;
}

void as_columns_print_heading(FILE *out, bool beside, int line)
{
    for (int i = 0; i < AS_COLUMN_COUNT; i++) {
        const char *first = as_columns[i].heading;
        const char *space = strchr(first, ' ');
        int width = width_of(&as_columns[i], beside);
        if (width == 0)
            continue;
        if (line == 0)
            fprintf(out, " %*.*s", width, space ? (int)(space - first) : width, first);
        else
            fprintf(out, " %*s", width, space ? space + 1 : "");
    }
}

void as_columns_print_row(FILE *out, bool beside, const struct as_report_row *row)
{
    for (int i = 0; i < AS_COLUMN_COUNT; i++) {
        const struct as_column *column = &as_columns[i];
        int width = width_of(column, beside);
        if (width > 0 && column->is_share)
            fprintf(out, " %*.1f%%", width - 1, 100.0 * as_column_share(column, row));
        else if (width > 0)
            fprintf(out, " %*" PRIu64, width, as_column_count(column, row));
    }
}

/* ---- what they mean ---- */

void as_columns_explain(FILE *out)
{
    const char *before = "";

    for (int i = 0; i < AS_COLUMN_COUNT; i++) {
        const struct as_column *column = &as_columns[i];
        if (column->width == 0)
            continue;
        fprintf(out, "%s%s = %s", before, column->heading, column->meaning);
        before = "; ";
    }
}

void as_columns_document(FILE *out)
{
    fputs("| column | in JSON | unit | meaning |\n|---|---|---|---|\n", out);
    for (int i = 0; i < AS_COLUMN_COUNT; i++) {
        const struct as_column *column = &as_columns[i];
        fprintf(out, "| %s | `%s` | %s | %s |\n", column->width ? column->heading : "-",
                column->json, column->is_share ? "%, in JSON of 1" : column->unit, column->meaning);
    }
}
