/* sim/report/columns.def as a table: the numbers of one line of a report, and how each is shown. */
#ifndef AS_SIM_REPORT_COLUMNS_H
#define AS_SIM_REPORT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/report/report.h"

#define AS_COLUMN_TYPE_COUNT uint64_t
#define AS_COLUMN_TYPE_SHARE double

/* One layer, or all of them.  The columns from beats to drain add up to cycles. */
struct as_report_row {
#define COLUMN(field, kind, value, json, heading, width, beside, unit, meaning)                    \
    AS_COLUMN_TYPE_##kind field;
#include "sim/report/columns.def"
#undef COLUMN
};

struct as_column {
    const char *json, *heading, *unit, *meaning;
    size_t offset; /* of the field */
    bool is_share;
    int width, beside;
};

enum as_column_index {
#define COLUMN(field, ...) AS_COLUMN_##field,
#include "sim/report/columns.def"
#undef COLUMN
    AS_COLUMN_COUNT
};

extern const struct as_column as_columns[AS_COLUMN_COUNT];

struct as_report_row as_report_row(const struct as_report *report, const struct as_layer_run *run,
                                   uint64_t macs);
/* Of the first inference: one layer of the program, or all. */
struct as_report_row as_report_layer(const struct as_report *report, int layer);
struct as_report_row as_report_total(const struct as_report *report);

uint64_t as_column_count(const struct as_column *column, const struct as_report_row *row);
double as_column_share(const struct as_column *column, const struct as_report_row *row);

/* Parts of a line, each column with a space before it; `line` is 0 or 1 of the heading. */
void as_columns_print_heading(FILE *out, bool beside, int line);
void as_columns_print_row(FILE *out, bool beside, const struct as_report_row *row);

/* For `run --help`: "array busy: beats that multiply; ..." */
void as_columns_explain(FILE *out);
/* The same as a table of Markdown. */
void as_columns_document(FILE *out);

#endif
