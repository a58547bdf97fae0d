/* Laws of what fits a size: each line of options makes an array of that size whose operands move
 * so, whatever the accelerator was before. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/fit.h"

#define SIZES 40
#define BASES 4

static struct as_arena *arena;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(fit, .init = setup, .fini = teardown);

/* The presets, then the movements without a name; returns how many. */
static int all_rows(struct as_dataflow *rows)
{
    int count;
    const char *const *names = as_dataflow_names(&count);

    for (int i = 0; i < count; i++)
        rows[i] = *as_dataflow_find(names[i]);
    return count + as_fit_unnamed(rows + count);
}

/* The description `text` with the options that as_fit_print gives for the row. */
static const struct as_config *apply(const char *text, const struct as_dataflow *row, int rows,
                                     int cols)
{
    const char *options[16];
    int count = 0;
    char *line = NULL;
    size_t bytes = 0;
    struct as_config *cfg;
    FILE *out = open_memstream(&line, &bytes);

    as_fit_print(out, row, rows, cols);
    fclose(out);
    const char *copy = as_arena_strdup(arena, line);
    free(line);
    char *rest = (char *)copy, *word;
    while ((word = strtok_r(rest, " \n", &rest)) != NULL)
        if (strcmp(word, "--set") != 0)
            options[count++] = word;
    cr_assert_eq(as_config_parse(arena, "t.yaml", text, strlen(text), options, count, &cfg, &diag),
                 AS_OK, "%s %dx%d: %s", row->name, rows, cols, diag.text);
    return cfg;
}

Test(fit, presets_and_unnamed_rows_are_every_legal_movement_once)
{
    struct as_dataflow rows[AS_DATAFLOWS_MAX + AS_MOVEMENTS];
    int count = all_rows(rows), stationary;

    cr_assert_eq(count, AS_MOVEMENTS);
    for (int i = 0; i < count; i++) {
        stationary = (rows[i].ifmap == AS_MOVE_STATIONARY) +
                     (rows[i].weight == AS_MOVE_STATIONARY) + (rows[i].psum == AS_MOVE_STATIONARY);
        cr_assert_eq(stationary, 1, "row %d", i);
        for (int j = 0; j < i; j++)
            cr_assert(rows[i].ifmap != rows[j].ifmap || rows[i].weight != rows[j].weight ||
                          rows[i].psum != rows[j].psum,
                      "rows %d and %d move alike", i, j);
    }
}

Test(fit, the_options_of_a_row_make_its_array_of_any_other)
{
    static const char *const bases[BASES] = {
        "name: x", "dataflow: streaming\nunroll: {S: 4, C: 2, K: 8}",
        "dataflow: systolic-os\nunroll: {P: 2, Q: 3, K: 4}",
        "dataflow: custom\nmovement: {ifmap: stationary, weight: broadcast, psum: tree}\n"
        "unroll: {R: 3, C: 2, Q: 4}"};
    struct as_dataflow row[AS_DATAFLOWS_MAX + AS_MOVEMENTS];
    int count = all_rows(row);

    srand(1);
    for (int n = 0; n < SIZES; n++) {
        int rows = n < 2 ? 1 + 63 * n : 1 + rand() % 64, cols = n < 2 ? rows : 1 + rand() % 64;
        for (int i = 0; i < count; i++) {
            const struct as_config *cfg = apply(bases[n % BASES], &row[i], rows, cols);
            cr_assert_eq(cfg->hw.rows, rows);
            cr_assert_eq(cfg->hw.cols, cols);
            cr_assert_eq(cfg->hw.ifmap_move, row[i].ifmap);
            cr_assert_eq(cfg->hw.weight_move, row[i].weight);
            cr_assert_eq(cfg->hw.psum_move, row[i].psum);
        }
    }
}

Test(fit, a_preset_keeps_as_many_of_its_taps_as_divide_the_rows)
{
    static const int wanted[][3] = {
        {1, 1, 1}, {3, 3, 1}, {6, 3, 2}, {7, 1, 7}, {8, 4, 2}}; /* rows, S, C */

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct as_config *cfg =
            apply("name: x", as_dataflow_find("streaming"), wanted[i][0], 5);
        cr_assert_eq(cfg->hw.unroll[AS_LOOP_S], wanted[i][1], "%d rows", wanted[i][0]);
        cr_assert_eq(cfg->hw.unroll[AS_LOOP_C], wanted[i][2], "%d rows", wanted[i][0]);
    }
}

/* Of a preset in the place of another: as many PEs, and as many bytes as its words can make. */
Test(fit, a_preset_in_the_place_of_another_has_its_pes_and_its_bytes)
{
    const char *text = "unroll: {C: 8, K: 8}\nmemory: {bytes: 1048576, width: 64}\n"
                       "buffers: {ifmap: 1024, weight: 1024, accumulator: 256}";
    struct as_config *base;
    int count;
    const char *const *names = as_dataflow_names(&count);

    cr_assert_eq(as_config_parse(arena, "t.yaml", text, strlen(text), NULL, 0, &base, &diag),
                 AS_OK);
    for (int i = 0; i < count; i++) {
        struct as_config cfg;
        cr_assert_eq(as_fit_config(base, as_dataflow_find(names[i]), &cfg, &diag), AS_OK, "%s",
                     diag.text);
        cr_assert_str_eq(cfg.dataflow, names[i]);
        cr_assert_eq(cfg.hw.rows * cfg.hw.cols, 64);
        cr_assert_eq(cfg.hw.ibuf_words * cfg.hw.ibuf_lanes,
                     base->hw.ibuf_words * base->hw.ibuf_lanes, "%s", names[i]);
        int held = cfg.hw.wbuf_words * cfg.hw.table_pack;
        cr_assert(held == AS_TABLE_ENTRIES || cfg.hw.wbuf_words * cfg.hw.wbuf_bytes ==
                                                  base->hw.wbuf_words * base->hw.wbuf_bytes,
                  "%s", names[i]);
        cr_assert_eq(cfg.hw.mem_bytes, base->hw.mem_bytes);
    }
}
