/* Laws of the columns of a report: one list, and everything that shows them says the same. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/columns.h"

/* What `print` writes; the caller's. */
static char *text_of(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    print(out);
    fclose(out);
    return text;
}

Test(columns, the_readme_has_their_table)
{
    static char readme[1 << 20];
    FILE *in = fopen("README.md", "r");
    char *table = text_of(as_columns_document);

    cr_assert_not_null(in);
    readme[fread(readme, 1, sizeof readme - 1, in)] = '\0';
    fclose(in);
    cr_assert_not_null(strstr(readme, table), "README.md, What the report counts, should be\n%s",
                       table);
    free(table);
}

Test(columns, every_one_that_is_shown_is_explained)
{
    char *text = text_of(as_columns_explain);

    for (int i = 0; i < AS_COLUMN_COUNT; i++)
        if (as_columns[i].width > 0)
            cr_assert_not_null(strstr(text, as_columns[i].heading), "%s", as_columns[i].heading);
    free(text);
}

Test(columns, headings_stand_over_their_numbers)
{
    static const struct as_report_row zero;

    for (int beside = 0; beside < 2; beside++) {
        char *lines[3];
        size_t bytes[3];
        for (int i = 0; i < 3; i++) {
            FILE *out = open_memstream(&lines[i], &bytes[i]);
            if (i < 2)
                as_columns_print_heading(out, beside, i);
            else
                as_columns_print_row(out, beside, &zero);
            fclose(out);
        }
        cr_assert_eq(bytes[0], bytes[2]);
        cr_assert_eq(bytes[1], bytes[2]);
        for (int i = 0; i < 3; i++)
            free(lines[i]);
    }
}

Test(columns, beats_and_stalls_are_the_cycles_of_a_layer)
{
    struct as_config cfg = {.hw = {.rows = 2, .cols = 3, .mem_width_bytes = 2, .requant_lanes = 2}};
    const struct as_report report = {.cfg = &cfg};
    struct as_layer_run run;

    for (int i = 0; i < AS_PERF_USED; i++)
        run.events[i] = (uint64_t)(i + 1);
    run.events[AS_PERF_CYCLES] = 1000;
    run.events[AS_PERF_REQUESTS] = 100;
    struct as_report_row row = as_report_row(&report, &run, 31);
    cr_assert_eq(row.beats + row.lookup + row.wait_ifmap + row.wait_weight + row.wait_acc +
                     row.bubble + row.fetch + row.drain,
                 1000);
    cr_assert_eq(row.ideal_cycles, 6);
    cr_assert_float_eq(row.utilization, 31.0 / 6000, 1e-12);
    cr_assert_eq(row.bytes_read, 2 * (100 - run.events[AS_PERF_WRITES]));
}
