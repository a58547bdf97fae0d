/* Laws of the generated files: the same configuration gives the same bytes, those of tests/golden/,
 * and nothing on disk is half written or taken from somebody.  Runs from the root of the
 * repository. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boards/flow/package.h"
#include "gen/emit/emit.h"

#define GOLDEN "tests/golden/icebreaker"

static struct as_arena *arena;
static struct as_diag diag;
static char scratch[] = "/tmp/test_emit-XXXXXX";

static void setup(void)
{
    arena = as_arena_new();
    as_diag_init(&diag);
    cr_assert_not_null(mkdtemp(scratch));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static void teardown(void)
{
    nftw(scratch, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    as_arena_free(arena);
}

TestSuite(emit, .init = setup, .fini = teardown);

static struct as_config *load(const char *override)
{
    struct as_config *cfg;

    cr_assert_eq(as_config_load(arena, "icebreaker", &override, override ? 1 : 0, &cfg, &diag),
                 AS_OK, "%s", diag.text);
    return cfg;
}

static const struct as_emit_set *package(const char *override)
{
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);

    cr_assert_eq(as_package(arena, load(override), NULL, set, &diag), AS_OK, "%s", diag.text);
    return set;
}

static const struct as_emit_file *file_of(const struct as_emit_set *set, const char *name)
{
    for (int i = 0; i < set->count; i++)
        if (strcmp(set->file[i].name, name) == 0)
            return &set->file[i];
    cr_assert_fail("no file %s", name);
    return NULL;
}

static char *read_all(const char *path)
{
    char *text = as_arena_alloc(arena, 1 << 20);
    FILE *in = fopen(path, "r");

    if (!in)
        return NULL;
    text[fread(text, 1, (1 << 20) - 1, in)] = '\0';
    fclose(in);
    return text;
}

static int entries_of(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;

    cr_assert_not_null(dir, "%s", folder);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

/* Files below a folder, but for hidden ones. */
static int file_count;

static int count_file(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    file_count += kind == FTW_F && path[where->base] != '.';
    return 0;
}

static int files_of(const char *folder)
{
    file_count = 0;
    cr_assert_eq(nftw(folder, count_file, 8, FTW_PHYS), 0, "%s", folder);
    return file_count;
}

static void write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    cr_assert(out && fputs(text, out) >= 0 && fclose(out) == 0, "%s", path);
}

/* ---- bytes ---- */

Test(emit, the_same_configuration_gives_the_same_bytes)
{
    const struct as_emit_set *a = package(NULL), *b = package(NULL);

    cr_assert_eq(a->count, b->count);
    for (int i = 0; i < a->count; i++) {
        cr_assert_str_eq(a->file[i].name, b->file[i].name);
        cr_assert_str_eq(a->file[i].text, b->file[i].text);
    }
}

Test(emit, the_icebreaker_is_as_in_golden)
{
    const struct as_emit_set *set = package(NULL);

    for (int i = 0; i < set->count; i++) {
        const char *path = as_arena_printf(arena, "%s/%s", GOLDEN, set->file[i].name);
        const char *golden = read_all(path);
        cr_assert_not_null(golden, "%s is missing: make golden", path);
        cr_assert(strcmp(golden, set->file[i].text) == 0, "%s is another file: make golden", path);
    }
    cr_assert_eq(files_of(GOLDEN), set->count, "%s holds files that are not generated", GOLDEN);
}

Test(emit, every_file_says_where_it_comes_from)
{
    const struct as_emit_set *set = package(NULL);

    for (int i = 0; i < set->count; i++) {
        const char *mark = strstr(set->file[i].text, "GENERATED");
        cr_assert_not_null(mark, "%s", set->file[i].name);
        cr_assert_leq(mark - set->file[i].text, 16, "%s", set->file[i].name);
        cr_assert_null(strstr(set->file[i].text, "@{"), "%s", set->file[i].name);
    }
}

Test(emit, every_file_is_in_the_readme)
{
    const struct as_emit_set *set = package(NULL);
    const char *readme = file_of(set, "README.md")->text;

    for (int i = 0; i < set->count - 1; i++) {
        const char *row = as_arena_printf(arena, "| `%s` | ", set->file[i].name);
        const char *at = strstr(readme, row);
        cr_assert_not_null(at, "%s", set->file[i].name);
        cr_assert_neq(at[strlen(row)], ' ', "%s has no purpose", set->file[i].name);
    }
}

Test(emit, every_document_that_a_file_names_is_in_the_folder)
{
    const struct as_emit_set *set = package(NULL);
    int named = 0;

    for (int i = 0; i < set->count; i++)
        for (const char *at = set->file[i].text; (at = strstr(at, "docs/")) != NULL; at++) {
            size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_/.");
            n -= at[n - 1] == '.';
            file_of(set, as_arena_printf(arena, "%.*s", (int)n, at));
            named++;
        }
    cr_expect_gt(named, 20);
}

Test(emit, a_board_adds_its_pins_and_no_board_adds_nothing)
{
    const struct as_emit_set *with = package(NULL), *without = package("board=none");

    file_of(with, "pins.pcf");
    cr_assert_not_null(strstr(file_of(with, "icebreaker-4x4.core")->text, "--up5k"));
    for (int i = 0; i < without->count; i++)
        cr_assert_str_neq(without->file[i].name, "pins.pcf");
}

/* ---- modules ---- */

/* Every kind of array there is, and one without a board. */
static const char *const kinds[] = {NULL,
                                    "board=none",
                                    "dataflow=systolic-os",
                                    "dataflow=systolic-is",
                                    "dataflow=dadiannao",
                                    "dataflow=pipeline",
                                    "dataflow=streaming",
                                    "name=8x8.v2"};

#define KINDS (sizeof kinds / sizeof kinds[0])

/* The set with that override; another dataflow with its own unroll and without the board, which may
 * have no room for it. */
static const struct as_emit_set *package_kind(const char *override)
{
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);
    const char *const sets[] = {override, "board=none", "unroll.K=0", "unroll.C=0"};
    bool dataflow = override && strncmp(override, "dataflow", 8) == 0;
    int count = dataflow ? 4 : override != NULL;
    struct as_config *cfg;

    cr_assert_eq(as_config_load(arena, "icebreaker", sets, count, &cfg, &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_eq(as_package(arena, cfg, NULL, set, &diag), AS_OK, "%s", diag.text);
    return set;
}

/* The file of the list in which module NAME is declared, -1: in none. */
static int declared_in(const struct as_emit_set *set, const char *name, size_t bytes)
{
    const char *line = as_arena_printf(arena, "\nmodule %.*s ", (int)bytes, name);

    for (int i = 0; i < set->design_count; i++)
        if (!strchr(set->file[i].name, '/') && strstr(set->file[i].text, line))
            return i;
    return -1;
}

/* A generated line may be longer: a name from the description stands in it. */
Test(emit, no_line_of_a_template_is_longer_than_100_columns)
{
    glob_t files;
    char line[1024];

    cr_assert_eq(glob("rtl_templates/*.tpl", 0, NULL, &files), 0);
    cr_assert_eq(glob("rtl_templates/board/*.tpl", GLOB_APPEND, NULL, &files), 0);
    cr_assert_eq(glob("rtl_templates/folder/*.tpl", GLOB_APPEND, NULL, &files), 0);
    cr_assert_eq(glob("rtl_templates/tech/*/*.tpl", GLOB_APPEND, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *in = fopen(files.gl_pathv[i], "r");
        cr_assert_not_null(in);
        for (int number = 1; fgets(line, sizeof line, in); number++) {
            size_t columns = strcspn(line, "\n");
            cr_expect_leq(columns, 100, "%s:%d: %zu columns", files.gl_pathv[i], number, columns);
            cr_expect(columns == 0 || line[columns - 1] != ' ', "%s:%d ends in a space",
                      files.gl_pathv[i], number);
        }
        fclose(in);
    }
    globfree(&files);
}

/* What precision.* says reaches the core; the modules have it from there. */
Test(emit, the_operand_widths_of_the_core_are_those_of_the_keys)
{
    static const struct {
        const char *key, *line;
    } widths[] = {{"activation_bits", "parameter X_W        = 8,"},
                  {"weight_bits", "parameter W_W        = 8,"},
                  {"acc_bits", "parameter P_W        = 32,"}};
    const struct as_config *cfg = load(NULL);
    const struct as_emit_set *set = package(NULL);

    cr_assert_eq(cfg->hw.activation_bits, 8);
    cr_assert_eq(cfg->hw.weight_bits, 8);
    cr_assert_eq(cfg->hw.acc_bits, 32);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        int found = 0;
        for (int k = 0; k < set->count; k++)
            found += strstr(set->file[k].text, widths[i].line) != NULL;
        cr_expect_eq(found, 1, "%s: \"%s\" stands in %d files", widths[i].key, widths[i].line,
                     found);
    }
}

Test(emit, every_module_has_the_name_of_the_accelerator_before_its_own)
{
    static const char *const wanted[KINDS] = {[KINDS - 1] = "_8x8_v2_"};

    for (size_t k = 0; k < KINDS; k++) {
        const struct as_emit_set *set = package_kind(kinds[k]);
        const char *prefix = wanted[k] ? wanted[k] : "icebreaker_4x4_";
        for (int i = 0; i < set->design_count; i++) {
            const char *at = set->file[i].text, *name = set->file[i].name;
            const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
            cr_expect_eq(strncmp(base, prefix, strlen(prefix)), 0, "%s", name);
            at = strstr(at, "\nmodule ") + strlen("\nmodule ");
            cr_expect_eq(strncmp(at, base, strlen(base) - 2), 0, "%s declares another module",
                         name);
        }
    }
}

/* Each file but the top's is placed by a later one of the list, which is sorted so. */
Test(emit, the_list_holds_what_the_design_uses_each_module_before_those_that_place_it)
{
    for (size_t k = 0; k < KINDS; k++) {
        const struct as_emit_set *set = package_kind(kinds[k]);
        bool placed[AS_EMIT_FILES_MAX] = {false};
        int top = -1;
        for (int i = 0; i < set->design_count; i++) {
            if (strchr(set->file[i].name, '/'))
                continue;
            top = i;
            for (const char *line = set->file[i].text; line; line = strchr(line + 1, '\n')) {
                const char *word = line + 1 + strspn(line + 1, " ");
                size_t n = strcspn(word, " (\n");
                bool place = strncmp(word + n, " #(", 3) == 0 || strncmp(word + n, " u_", 3) == 0;
                int at = place ? declared_in(set, word, n) : -1;
                cr_expect_lt(at, i, "%s places %.*s", set->file[i].name, (int)n, word);
                if (at >= 0)
                    placed[at] = true;
            }
        }
        for (int i = 0; i < top; i++)
            cr_expect(placed[i] || strchr(set->file[i].name, '/'), "%s is not used (%s)",
                      set->file[i].name, kinds[k] ? kinds[k] : "icebreaker");
        const char *list = file_of(set, "filelist.f")->text, *before = list;
        for (int i = 0; i <= top; i++) {
            if (strchr(set->file[i].name, '/'))
                continue;
            const char *at = strstr(list, as_arena_printf(arena, "\n%s\n", set->file[i].name));
            cr_expect(at && at >= before, "%s", set->file[i].name);
            before = at;
        }
    }
}

/* ---- the ID that a host compares ---- */

Test(emit, the_id_changes_with_hardware_and_with_nothing_else)
{
    static const char *const hard[] = {"unroll.C=5",         "unroll.K=5",
                                       "memory.bytes=65536", "memory.width=64",
                                       "memory.latency=7",   "memory.interval=2",
                                       "buffers.ifmap=1024", "buffers.weight=512",
                                       "requant.stages=2",   "buffers.accumulator=64",
                                       "requant.float=1"};
    static const char *const soft[] = {"name=other", "tile.P=3", "clock.khz=12000",
                                       "host.baud=9600"};
    uint16_t id = as_config_id(load(NULL));

    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++)
        cr_expect_neq(as_config_id(load(hard[i])), id, "%s", hard[i]);
    for (size_t i = 0; i < sizeof soft / sizeof soft[0]; i++)
        cr_expect_eq(as_config_id(load(soft[i])), id, "%s", soft[i]);
}

/* ---- files on disk ---- */

Test(emit, a_new_folder_holds_every_file_and_nothing_else)
{
    const struct as_emit_set *set = package(NULL);
    const char *dir = as_arena_printf(arena, "%s/new/", scratch);

    cr_assert_eq(as_emit_write(arena, set, dir, &diag), AS_OK, "%s", diag.text);
    for (int i = 0; i < set->count; i++) {
        const char *text = read_all(as_arena_printf(arena, "%s%s", dir, set->file[i].name));
        cr_assert_not_null(text);
        cr_assert_str_eq(text, set->file[i].text);
    }
    cr_assert_eq(files_of(dir), set->count);
    cr_assert_eq(entries_of(scratch), 1, "a temporary folder was left");
}

Test(emit, generated_files_are_replaced_and_others_stay)
{
    const struct as_emit_set *old = package(NULL), *set = package("unroll.K=3");
    const char *dir = as_arena_printf(arena, "%s/again", scratch);
    const char *mine = as_arena_printf(arena, "%s/notes.txt", dir);

    cr_assert_eq(as_emit_write(arena, old, dir, &diag), AS_OK, "%s", diag.text);
    FILE *out = fopen(mine, "w");
    cr_assert_not_null(out);
    fputs("mine", out);
    fclose(out);
    cr_assert_eq(as_emit_write(arena, set, dir, &diag), AS_OK, "%s", diag.text);
    cr_assert_str_eq(read_all(mine), "mine");
    cr_assert_str_eq(read_all(as_arena_printf(arena, "%s/icebreaker_4x4_core.v", dir)),
                     file_of(set, "icebreaker_4x4_core.v")->text);
}

Test(emit, a_file_that_was_not_generated_is_never_replaced)
{
    const struct as_emit_set *set = package(NULL);
    const char *dir = as_arena_printf(arena, "%s/owned", scratch);
    const char *readme = as_arena_printf(arena, "%s/README.md", dir);

    cr_assert_eq(mkdir(dir, 0777), 0);
    FILE *out = fopen(readme, "w");
    cr_assert_not_null(out);
    fputs("# mine", out);
    fclose(out);
    cr_assert_eq(as_emit_write(arena, set, dir, &diag), AS_ERR_IO);
    cr_assert_not_null(strstr(diag.text, "README.md exists and was not generated"), "%s",
                       diag.text);
    cr_assert_str_eq(read_all(readme), "# mine");
    cr_assert_eq(entries_of(dir), 1, "files were written before the refusal");
    cr_assert_eq(entries_of(scratch), 1, "a temporary folder was left");
}

Test(emit, a_folder_that_cannot_be_made_is_an_error)
{
    cr_assert_eq(as_emit_write(arena, package(NULL), "/nowhere/at/all", &diag), AS_ERR_IO);
    cr_assert_not_null(strstr(diag.text, "/nowhere/at/all"), "%s", diag.text);
}

Test(emit, an_empty_name_and_the_root_are_no_places)
{
    static const struct {
        const char *dir, *message;
    } cases[] = {{"", "the folder to write has no name"},
                 {"/", "/: is the root folder; name one for these files"},
                 {"//", "//: is the root folder; name one for these files"},
                 {"/tmp/..", "/tmp/..: is the root folder; name one for these files"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        as_diag_init(&diag);
        cr_assert_eq(as_emit_write(arena, package(NULL), cases[i].dir, &diag), AS_ERR_IO);
        cr_assert_str_eq(diag.text, cases[i].message);
    }
}

Test(emit, what_another_accelerator_left_is_removed_and_nothing_else)
{
    const char *dir = as_arena_printf(arena, "%s/reused", scratch);
    const char *mine = as_arena_printf(arena, "%s/mine.v", dir);
    const char *taken = as_arena_printf(arena, "%s/pins.pcf", dir);

    cr_assert_eq(as_emit_write(arena, package(NULL), dir, &diag), AS_OK, "%s", diag.text);
    write_text(mine, "// GENERATED by me\n"); /* never in a list of ours */
    write_text(taken, "# my own pins now\n"); /* in the list, without the mark */
    const struct as_emit_set *set = package("board=none");
    cr_assert_eq(as_emit_write(arena, set, dir, &diag), AS_OK, "%s", diag.text);
    cr_assert_not_null(read_all(mine));
    cr_assert_str_eq(read_all(taken), "# my own pins now\n");
    cr_assert_null(read_all(as_arena_printf(arena, "%s/icebreaker_4x4_top.v", dir)));
    cr_assert_neq(access(as_arena_printf(arena, "%s/ice40", dir), F_OK), 0);
    cr_assert_eq(files_of(dir), set->count + 2);
}

Test(emit, an_accelerator_of_another_name_leaves_no_module_of_the_first)
{
    const char *dir = as_arena_printf(arena, "%s/renamed", scratch);
    const struct as_emit_set *set = package("name=other");

    cr_assert_eq(as_emit_write(arena, package(NULL), dir, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_emit_write(arena, set, dir, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(files_of(dir), set->count);
}

Test(emit, a_list_that_leads_out_of_the_folder_removes_nothing)
{
    const char *dir = as_arena_printf(arena, "%s/hostile", scratch);
    const char *outside = as_arena_printf(arena, "%s/outside.v", scratch);

    cr_assert_eq(as_emit_write(arena, package(NULL), dir, &diag), AS_OK, "%s", diag.text);
    write_text(outside, "// GENERATED\n");
    write_text(as_arena_printf(arena, "%s/.arraysmith", dir),
               as_arena_printf(arena, "# GENERATED\n../outside.v\n%s\n", outside));
    cr_assert_eq(as_emit_write(arena, package(NULL), dir, &diag), AS_OK, "%s", diag.text);
    cr_assert_not_null(read_all(outside));
}

Test(emit, what_a_writer_left_that_was_ended_is_removed_and_a_living_one_keeps_its_own)
{
    const char *dir = as_arena_printf(arena, "%s/ended", scratch);
    const char *dead = as_arena_printf(arena, "%s.tmp-999999999-abcdef", dir);
    const char *living = as_arena_printf(arena, "%s.tmp-%d-abcdef", dir, (int)getpid());

    cr_assert(mkdir(dead, 0700) == 0 && mkdir(living, 0700) == 0);
    write_text(as_arena_printf(arena, "%s/icebreaker_4x4_core.v", dead), "// GENERATED\n");
    cr_assert_eq(as_emit_write(arena, package(NULL), dir, &diag), AS_OK, "%s", diag.text);
    cr_assert_neq(access(dead, F_OK), 0);
    cr_assert_eq(access(living, F_OK), 0);
}
