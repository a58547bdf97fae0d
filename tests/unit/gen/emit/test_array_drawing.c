/* Laws of the picture of the array: well-formed XML whatever the array, what is drawn is what is
 * built, and docs/ shows the presets as they are.  Runs from the root of the repository. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/dataflow.h"
#include "gen/emit/array_drawing.h"

#define DEPTH_MAX 8
#define FILE_MAX  65536

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

TestSuite(draw, .init = setup, .fini = teardown);

static char *draw(const struct as_config *cfg)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    as_draw_array(out, cfg);
    fclose(out);
    char *copy = as_arena_strdup(arena, text);
    free(text);
    return copy;
}

static int count(const char *text, const char *word)
{
    int n = 0;

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

/* Elements that nest, attributes in quotes, each once, one root, no stray < or &.  Returns what is
 * wrong, or NULL. */
static const char *xml_fault(const char *text)
{
    char open[DEPTH_MAX][16];
    int depth = 0, roots = 0;

    for (const char *at = text; *at;) {
        if (*at == '&')
            return "a reference";
        if (*at != '<') {
            if (depth == 0 && !isspace((unsigned char)*at))
                return "text outside the root";
            at++;
            continue;
        }
        if (strncmp(at, "<!--", 4) == 0) {
            const char *end = strstr(at + 4, "--");
            if (!end || end[2] != '>')
                return "a comment with --";
            at = end + 3;
            continue;
        }
        bool closing = at[1] == '/';
        at += 1 + closing;
        size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz");
        if (length == 0 || length >= sizeof open[0])
            return "an element without a name";
        if (closing) {
            if (depth == 0 || strlen(open[depth - 1]) != length ||
                strncmp(open[depth - 1], at, length) != 0 || at[length] != '>')
                return "an end without its start";
            depth--;
            at += length + 1;
            continue;
        }
        if (depth == 0 && roots++ > 0)
            return "a second root";
        if (depth == DEPTH_MAX)
            return "too deep";
        memcpy(open[depth], at, length);
        open[depth++][length] = '\0';
        const char *attributes = at + length;
        at = attributes;
        while (*at == ' ') {
            const char *name = ++at;
            size_t n = strcspn(at, "= >");
            if (n == 0 || strncmp(at + n, "=\"", 2) != 0)
                return "an attribute without a value in quotes";
            for (const char *twin = attributes; twin < name - 1; twin++)
                if (*twin == ' ' && strncmp(twin + 1, name, n + 2) == 0)
                    return "an attribute twice";
            at += n + 2;
            at += strcspn(at, "\"<&");
            if (*at++ != '"')
                return "a value that does not end";
        }
        if (strncmp(at, "/>", 2) == 0) {
            depth--;
            at += 2;
        } else if (*at == '>') {
            at++;
        } else {
            return "a start that does not end";
        }
    }
    return depth != 0 ? "an element that does not end" : roots != 1 ? "no root" : NULL;
}

Test(draw, the_checker_knows_bad_xml)
{
    cr_assert_null(xml_fault("<a><b c=\"1\" d=\"2\"/>x</a>"));
    cr_assert_not_null(xml_fault("<a><b></a></b>"));
    cr_assert_not_null(xml_fault("<a><b c=\"1\" c=\"2\"/></a>"));
    cr_assert_not_null(xml_fault("<a><b c=1/></a>"));
    cr_assert_not_null(xml_fault("<a>1 & 2</a>"));
    cr_assert_not_null(xml_fault("<a/><b/>"));
    cr_assert_not_null(xml_fault("<a>"));
}

/* The twelve movements that can be built, arrays of 1 x 1 to 64 x 64. */
Test(draw, every_array_is_well_formed)
{
    static const char *const ifmap[] = {"forwarded", "broadcast", "stationary"};
    static const char *const weight[] = {"stationary", "forwarded", "broadcast"};
    static const char *const psum[] = {"forwarded", "tree", "stationary"};
    static const int sizes[] = {1, 2, 3, 4, 5, 8, 64};
    int drawn = 0;

    for (int n = 0; n < 27; n++)
        for (int rows = 0; rows < 7; rows++)
            for (int cols = 0; cols < 7; cols++) {
                struct as_config cfg;
                bool os = n / 9 == 2, is = n % 3 == 2;

                as_config_default(&cfg);
                strcpy(cfg.dataflow, "custom");
                strcpy(cfg.hw.move_ifmap, ifmap[n % 3]);
                strcpy(cfg.hw.move_weight, weight[n / 3 % 3]);
                strcpy(cfg.hw.move_psum, psum[n / 9]);
                *(os          ? &cfg.hw.unroll_given[AS_LOOP_P]
                  : rows == 2 ? &cfg.hw.unroll_given[AS_LOOP_R]
                              : &cfg.hw.unroll_given[AS_LOOP_C]) = sizes[rows];
                *(is ? &cfg.hw.unroll_given[AS_LOOP_Q] : &cfg.hw.unroll_given[AS_LOOP_K]) =
                    sizes[cols];
                as_diag_init(&diag);
                if (as_config_check(&cfg, &diag) != AS_OK)
                    continue;
                char *text = draw(&cfg);
                cr_assert_null(xml_fault(text), "%s %s %s %d x %d: %s", cfg.hw.move_ifmap,
                               cfg.hw.move_weight, cfg.hw.move_psum, cfg.hw.rows, cfg.hw.cols,
                               xml_fault(text));
                int shown =
                    (cfg.hw.rows < 4 ? cfg.hw.rows : 4) * (cfg.hw.cols < 4 ? cfg.hw.cols : 4);
                cr_assert_eq(count(text, ">×<"), shown);
                cr_assert_eq(count(text, "nan"), 0);
                drawn++;
            }
    cr_assert_eq(drawn, 12 * 7 * 7);
}

Test(draw, what_moves_is_drawn)
{
    struct as_config cfg;

    as_config_default(&cfg);
    cr_assert_eq(count(draw(&cfg), ">psum: forwarded<"), 1);
    cr_assert_eq(count(draw(&cfg), ">Σ<"), 0);
    strcpy(cfg.dataflow, "streaming");
    cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(count(draw(&cfg), ">Σ<"), 4);
    cr_assert_eq(count(draw(&cfg), ">window<"), 1);
    strcpy(cfg.dataflow, "systolic-os");
    cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(count(draw(&cfg), ">select<"), 4);
    cr_assert_eq(count(draw(&cfg), ">psum<"), 16);
}

Test(draw, the_pictures_of_docs_are_the_presets)
{
    int presets;
    const char *const *names = as_dataflow_names(&presets);

    for (int i = 0; i < presets; i++) {
        static char kept[FILE_MAX];
        const char *path = as_arena_printf(arena, "docs/array_%s.svg", names[i]);
        struct as_config cfg;
        FILE *in = fopen(path, "r");

        if (!in)
            continue; /* a preset is complete without a picture in docs/ */
        kept[fread(kept, 1, sizeof kept - 1, in)] = '\0';
        fclose(in);
        as_config_default(&cfg);
        strcpy(cfg.name, "array");
        strcpy(cfg.dataflow, names[i]);
        cr_assert_eq(as_config_check(&cfg, &diag), AS_OK, "%s", diag.text);
        cr_assert_eq(strcmp(kept, draw(&cfg)), 0, "%s is another picture: make pictures", path);
    }
}
