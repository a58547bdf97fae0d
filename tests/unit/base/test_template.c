/* Laws of the template renderer: what is dropped, repeated, chosen and replaced, and what is
 * refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/template.h"

static struct as_arena *arena;
static struct as_symbols *symbols;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
    symbols = as_symbols_new(arena);
    as_diag_init(&diag);
    as_symbols_set_int(symbols, "width", 8);
    as_symbols_set_int(symbols, "zero", 0);
    as_symbols_set_text(symbols, "flow", "ws");
    as_symbols_set_text(symbols, "blank", "");
    as_symbols_set_range(symbols, "rows", 0, 3);
    as_symbols_set_range(symbols, "cols", 1, 2);
    as_symbols_set_range(symbols, "none", 0, 0);
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(template, .init = setup, .fini = teardown);

/* The rendered text, or NULL when refused; lives in the arena. */
static const char *render(const char *text)
{
    char *out = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&out, &length);
    enum as_status status =
        as_template_render(arena, "t.tpl", text, strlen(text), symbols, memory, &diag);

    fclose(memory);
    const char *copy = as_arena_strdup(arena, out);
    free(out);
    if (status != AS_OK)
        cr_assert_str_empty(copy, "a refused template wrote output");
    return status == AS_OK ? copy : NULL;
}

static void expect(const char *text, const char *expected)
{
    const char *got = render(text);

    cr_assert_not_null(got, "%s", diag.text);
    cr_assert_str_eq(got, expected);
}

static void expect_refusal(const char *text, const char *message)
{
    as_diag_init(&diag);
    cr_assert_null(render(text), "rendered: %s", text);
    cr_assert_not_null(strstr(diag.text, message), "got: %s\nexpected: %s", diag.text, message);
}

Test(template, text_passes_unchanged)
{
    expect("", "");
    expect("assign a = {{2{b}}, c}; // 50% @ {x}\n\n  no newline at the end",
           "assign a = {{2{b}}, c}; // 50% @ {x}\n\n  no newline at the end");
    expect("a\r\nb\r\n", "a\r\nb\r\n");
}

Test(template, names_are_replaced_wherever_they_stand)
{
    expect("[@{width}-1:0] x@{width}@{flow}_@{zero}@{blank};\n", "[8-1:0] x8ws_0;\n");
    as_symbols_set_int(symbols, "width", -12);
    expect("@{width}", "-12");
}

Test(template, a_comment_behind_values_stays_in_its_column)
{
    expect("x = @{width},     // a\n", "x = 8,            // a\n");
    as_symbols_set_text(symbols, "flow", "a long value");
    expect("x = @{flow}; // b\n", "x = a long value;  // b\n");
    expect("@{flow} = \"//\"\n", "a long value = \"//\"\n");
}

Test(template, template_comments_are_dropped)
{
    expect("a\n//# note @{unknown}\n   //# indented\nb // kept\n", "a\nb // kept\n");
}

Test(template, loops_repeat_their_lines_in_order)
{
    expect("//% for r in rows\nx@{r}\n//% end\n", "x0\nx1\nx2\n");
    expect("  //% for r in rows\n  //%   for c in cols\n@{r}.@{c} \n  //%   end\n  //% end\n",
           "0.1 \n0.2 \n1.1 \n1.2 \n2.1 \n2.2 \n");
    expect("//% for r in none\nx\n//% for c in cols\ny\n//% end\n//% end\nz\n", "z\n");
    expect("//% for r in cols\n@{r}\n//% end\n//% for r in cols\n@{r}\n//% end\n", "1\n2\n1\n2\n");
}

Test(template, conditions_choose_one_branch)
{
    expect("//% if width\na\n//% else\nb\n//% end\n", "a\n");
    expect("//% if zero\na\n//% else\nb\n//% end\n", "b\n");
    expect("//% if !zero\na\n//% end\n", "a\n");
    expect("//% if blank\na\n//% end\n//% if none\nb\n//% end\n//% if rows\nc\n//% end\n", "c\n");
    expect("//% if width == 8\na\n//% end\n//% if width == 80\nb\n//% end\n", "a\n");
    expect("//% if flow == ws\na\n//% else\nb\n//% end\n", "a\n");
    expect("//% if flow != ws\na\n//% else\nb\n//% end\n", "b\n");
    expect("//% for r in rows\n//% if r == 1\none\n//% else\n@{r}\n//% end\n//% end\n",
           "0\none\n2\n");
    expect("//% if width == @{width}\na\n//% end\n", "a\n");
}

Test(template, unused_branches_are_not_looked_at)
{
    expect("//% if zero\n@{unknown}\n//% end\nok\n", "ok\n");
}

Test(template, unknown_names_are_refused_with_place_and_neighbour)
{
    expect_refusal("ok\n  [@{widht}]\n", "t.tpl:2:4: unknown name \"widht\"; did you mean "
                                         "\"width\"?\n    [@{widht}]\n     ^");
    expect_refusal("//% if depth\n//% end\n", "t.tpl:1:5: unknown name \"depth\"");
    expect_refusal("//% for i in lanes\n//% end\n", "t.tpl:1:5: unknown name \"lanes\"");
    expect_refusal("//% for r in rows\n//% end\n@{r}\n", "t.tpl:3:1: unknown name \"r\"");
    expect_refusal("//% if width == @{unknown}\n//% end\n", "unknown name \"unknown\"");
}

Test(template, malformed_directives_are_refused)
{
    expect_refusal("//% while x\n", "t.tpl:1:5: unknown directive");
    expect_refusal("//%\n", "unknown directive");
    expect_refusal("//% end\n", "t.tpl:1:5: end without for or if");
    expect_refusal("//% else\n", "else without if");
    expect_refusal("//% for r in rows\n//% else\n//% end\n", "t.tpl:2:5: else without if");
    expect_refusal("//% if zero\n//% else\n//% else\n//% end\n", "t.tpl:3:5: else without if");
    expect_refusal("a\n//% if width\n", "t.tpl:2:5: no end for this");
    expect_refusal("//% if width\n//% end if\n", "nothing follows end");
    expect_refusal("//% for r of rows\n//% end\n", "expected for NAME in LIST");
    expect_refusal("//% for r in width\n//% end\n", "\"width\" is not a list");
    expect_refusal("//% for width in rows\n//% end\n", "\"width\" has a value already");
    expect_refusal("//% for r in rows\n//% for r in cols\n//% end\n//% end\n",
                   "t.tpl:2:5: \"r\" has a value already");
    expect_refusal("//% if width + 1\n//% end\n", "expected if NAME");
    expect_refusal("//% if !width == 8\n//% end\n", "expected if NAME");
    expect_refusal("//% if rows == 3\n//% end\n", "expected if NAME");
    expect_refusal("//% if width ==\n//% end\n", "no value after ==");
    expect_refusal("//% if\n//% end\n", "expected a name");
    expect_refusal("@{width\n}", "t.tpl:1:1: @{ without }");
    expect_refusal("@{wi dth}\n", "expected a name");
    expect_refusal("@{}\n", "expected a name");
    expect_refusal("@{rows}\n", "\"rows\" is a list");
}

Test(template, nesting_is_bounded)
{
    char text[(AS_TEMPLATE_DEPTH_MAX + 1) * 32] = "";

    for (int i = 0; i < AS_TEMPLATE_DEPTH_MAX; i++)
        strcat(text, "//% if width\n");
    strcat(text, "x\n");
    for (int i = 0; i < AS_TEMPLATE_DEPTH_MAX; i++)
        strcat(text, "//% end\n");
    expect(text, "x\n");
    memmove(text + strlen("//% if width\n"), text, strlen(text) + 1);
    memcpy(text, "//% if width\n", strlen("//% if width\n"));
    expect_refusal(text, "nested deeper than 16");
}

Test(template, a_missing_file_is_refused_by_name)
{
    cr_assert_eq(as_template_render_file(arena, "no/such.tpl", symbols, stdout, &diag), AS_ERR_IO);
    cr_assert_str_eq(diag.text, "no/such.tpl: No such file or directory");
}
