/* Law of the documents: what a table of the code says is what the document says.
 *
 * A document marks such a place, in a line of its own or inside a sentence, by comments:
 *
 *     <!-- name -->text of the code<!-- /name -->
 *
 * `make tables` runs this test with WRITE_TABLES=1, and it then renews the places instead. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "gen/program/program.h"
#include "gen/program/record.h"
#include "gen/regmap/regmap.h"

static void print_load_fields(FILE *out)
{
    fprintf(out, "\nLOAD: %d words; linear, END and LOOP: %d.\n\n", AS_LOAD_WORDS,
            AS_LOAD_LINEAR_WORDS);
    as_fields_print(out, AS_STREAM_LOAD);
}

static void print_compute_fields(FILE *out)
{
    fprintf(out, "\nCOMPUTE: %d words.\n\n", AS_COMPUTE_WORDS);
    as_fields_print(out, AS_STREAM_COMPUTE);
}

static void print_store_fields(FILE *out)
{
    fprintf(out, "\nSTORE: %d words.\n\n", AS_STORE_WORDS);
    as_fields_print(out, AS_STREAM_STORE);
}

static void print_loops(FILE *out)
{
    fprintf(out, "\n");
    as_loops_print(out);
}

static void print_record(FILE *out)
{
    fprintf(out, "\n");
    as_record_print(out);
}

static void print_load_tail(FILE *out)
{
    fprintf(out, "%d..%d", AS_LOAD_LINEAR_WORDS, AS_LOAD_WORDS - 1);
}

static void print_version(FILE *out)
{
    fprintf(out, "%d", AS_PROGRAM_VERSION);
}

/* clang-format off */
/* ---- registers, from the lists of sim/blocks ---- */

/* A number as the list has it, in the names of the module: P_COLS is the parameter COLS. */
static void print_width(FILE *out, const char *width)
{
    static const struct {
        const char *word, *shown;
    } words[] = {{"AS_SIGNAL_INDEX", "index"}, {"AS_SIGNAL_LOG2", "log2"}, {"P_", ""},
                 {"AS_X_BITS", "X_W"},           {"AS_P_BITS", "P_W"},   {"AS_MUL_BITS", "MUL_W"},
                 {"AS_FLOAT_BITS", "F_W"},       {"AS_NEAR_BITS", "NEAR_W"},
                 {"AS_SHIFT_BITS", "SH_W"},      {"AS_REQUANT_BITS", "S_W"}};

    while (*width) {
        size_t i = 0, n = sizeof words / sizeof words[0];
        while (i < n && strncmp(width, words[i].word, strlen(words[i].word)) != 0)
            i++;
        if (i < n) {
            fputs(words[i].shown, out);
            width += strlen(words[i].word);
        } else {
            fputc(*width++, out);
        }
    }
}

/* The same, as a factor. */
static void print_factor(FILE *out, const char *width)
{
    bool sum = strchr(width, ' ') != NULL;
    fputs(sum ? "(" : "", out);
    print_width(out, width);
    fputs(sum ? ")" : "", out);
}

struct row {
    const char *name, *instance, *count, *width;
    int n; /* of a generate loop: only number 0 is shown */
};

static void print_registers(FILE *out, const struct row *rows, size_t count,
                            const char *const *zeros, size_t zero_count)
{
    fputs("\n| register | bits | reset |\n|---|---|---|\n", out);
    for (size_t i = 0; i + 1 < count; i++) {
        bool zero = false;
        if (rows[i].n > 0)
            continue;
        for (size_t k = 0; k + 1 < zero_count; k++)
            zero = zero || strcmp(zeros[k], rows[i].name) == 0;
        fprintf(out, "| %s%s%s | ", rows[i].name, rows[i].instance ? " in " : "",
                rows[i].instance ? rows[i].instance : "");
        if (rows[i].count) {
            print_factor(out, rows[i].count);
            fputs(" x ", out);
            print_factor(out, rows[i].width);
        } else {
            print_width(out, rows[i].width);
        }
        fprintf(out, " | %s |\n", zero ? "0" : "");
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define BLOCK   mem_arb
#define SIGNALS "sim/blocks/mem_arb.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   tokens
#define SIGNALS "sim/blocks/tokens.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   desc_fetch
#define SIGNALS "sim/blocks/desc_fetch.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   load_unit
#define SIGNALS "sim/blocks/load_unit.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   wide_buf
#define SIGNALS "sim/blocks/wide_buf.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   compute_unit
#define SIGNALS "sim/blocks/compute_unit.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   window
#define SIGNALS "sim/blocks/window.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   acc_array
#define SIGNALS "sim/blocks/acc_array.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   requant
#define SIGNALS "sim/blocks/requant.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   store_unit
#define SIGNALS "sim/blocks/store_unit.signals"
#include "tests/unit/docs/registers.h"
#define BLOCK   perf
#define SIGNALS "sim/blocks/perf.signals"
#include "tests/unit/docs/registers.h"
/* clang-format on */

static void print_register_map(FILE *out)
{
    static const char *const access[] = {[AS_ACCESS_RO] = "read",
                                         [AS_ACCESS_RW] = "read, write",
                                         [AS_ACCESS_WO] = "write",
                                         [AS_ACCESS_W1C] = "read, write 1 to clear"};
    int count;
    const struct as_register *reg = as_registers(&count);

    fprintf(out, "\n| offset | register | access | meaning |\n|---|---|---|---|\n");
    for (int i = 0; i < count; i++)
        fprintf(out, "| 0x%02X | %s | %s | %s |\n", (unsigned)reg[i].offset, reg[i].name,
                access[reg[i].access], reg[i].meaning);
}

static void print_counters(FILE *out)
{
    int count;
    const struct as_counter *counter = as_counters(&count);

    fprintf(out, "\n| counter | name | counts |\n|---|---|---|\n");
    for (int i = 0; i < count; i++)
        fprintf(out, "| %d | %s | %s |\n", i, counter[i].name, counter[i].meaning);
}

static const struct place {
    const char *document, *name;
    void (*print)(FILE *out);
} places[] = {
    {"docs/blocks.md", "load fields", print_load_fields},
    {"docs/blocks.md", "compute fields", print_compute_fields},
    {"docs/blocks.md", "store fields", print_store_fields},
    {"docs/blocks.md", "load tail", print_load_tail},
    {"docs/blocks.md", "loops", print_loops},
    {"docs/blocks.md", "record", print_record},
    {"docs/blocks.md", "mem_arb registers", print_mem_arb_registers},
    {"docs/blocks.md", "tokens registers", print_tokens_registers},
    {"docs/blocks.md", "desc_fetch registers", print_desc_fetch_registers},
    {"docs/blocks.md", "load_unit registers", print_load_unit_registers},
    {"docs/blocks.md", "compute_unit registers", print_compute_unit_registers},
    {"docs/blocks.md", "requant registers", print_requant_registers},
    {"docs/blocks.md", "store_unit registers", print_store_unit_registers},
    {"docs/blocks.md", "wide_buf registers", print_wide_buf_registers},
    {"docs/blocks.md", "window registers", print_window_registers},
    {"docs/blocks.md", "acc_array registers", print_acc_array_registers},
    {"docs/blocks.md", "perf registers", print_perf_registers},
    {"docs/blocks.md", "counters", print_counters},
    {"docs/program.md", "version", print_version},
    {"docs/systemc.md", "registers", print_register_map},
    {"docs/program.md", "targets", as_program_print_targets},
};

static char *read_file(struct as_arena *arena, const char *path)
{
    FILE *in = fopen(path, "r");
    cr_assert(in, "%s", path);
    fseek(in, 0, SEEK_END);
    size_t bytes = (size_t)ftell(in);
    rewind(in);
    char *text = as_arena_alloc(arena, bytes + 1);
    cr_assert_eq(fread(text, 1, bytes, in), bytes);
    fclose(in);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    cr_assert(out && fputs(text, out) >= 0 && fclose(out) == 0, "%s", path);
}

Test(docs, tables_say_what_the_code_says)
{
    struct as_arena *arena = as_arena_new();

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct place *place = &places[i];
        char *text = read_file(arena, place->document), *wanted = NULL;
        char *open = as_arena_printf(arena, "<!-- %s -->", place->name);
        char *begin = strstr(text, open), *end;
        size_t bytes;
        FILE *out = open_memstream(&wanted, &bytes);

        place->print(out);
        fclose(out);
        end = strstr(text, as_arena_printf(arena, "<!-- /%s -->", place->name));
        cr_assert(begin && end && begin < end, "%s has no place %s", place->document, open);
        begin += strlen(open);
        bool same = (size_t)(end - begin) == bytes && memcmp(begin, wanted, bytes) == 0;
        if (!same && getenv("WRITE_TABLES"))
            write_file(place->document,
                       as_arena_printf(arena, "%.*s%s%s", (int)(begin - text), text, wanted, end));
        else
            cr_expect(same, "%s, %s: run `make tables`; the code says\n%s", place->document, open,
                      wanted);
        free(wanted);
    }
    as_arena_free(arena);
}
