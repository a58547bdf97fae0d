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

static void print_load_tail(FILE *out)
{
    fprintf(out, "%d..%d", AS_LOAD_LINEAR_WORDS, AS_LOAD_WORDS - 1);
}

static void print_version(FILE *out)
{
    fprintf(out, "%d", AS_PROGRAM_VERSION);
}

static const struct place {
    const char *document, *name;
    void (*print)(FILE *out);
} places[] = {
    {"docs/blocks.md", "load fields", print_load_fields},
    {"docs/blocks.md", "compute fields", print_compute_fields},
    {"docs/blocks.md", "store fields", print_store_fields},
    {"docs/blocks.md", "load tail", print_load_tail},
    {"docs/program.md", "version", print_version},
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
