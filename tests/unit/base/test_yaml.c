/* Laws of the YAML reader: every node knows its place.  Mistakes are in tests/errors. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/yaml.h"

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

TestSuite(yaml, .init = setup, .fini = teardown);

Test(yaml, every_node_knows_its_place)
{
    const char *text = "a: {b: 1, \"c d\": 'x: y'}\n# \xc3\xa9\nlist:\n  - 7\n  - [8, 9]\n";
    const struct as_yaml_node *root;

    cr_assert_eq(as_yaml_parse(arena, "t", text, strlen(text), &root, &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_eq(root->count, 2);
    const struct as_yaml_node *c = as_yaml_get(as_yaml_get(root, "a"), "c d");
    cr_assert_str_eq(c->text, "x: y");
    cr_assert(!c->plain);
    cr_assert_eq(c->line, 1);
    cr_assert_eq(c->key_column, 12);
    cr_assert_eq(c->column, 19);
    const struct as_yaml_node *list = as_yaml_get(root, "list");
    cr_assert_eq(list->kind, AS_YAML_LIST);
    cr_assert_eq(list->count, 2);
    cr_assert_eq(list->first->line, 4);
    cr_assert_str_eq(list->first->next->first->next->text, "9");
    cr_assert_null(as_yaml_get(root, "b"));
}

Test(yaml, a_byte_order_mark_in_front_changes_no_place)
{
    const char *text = "\xef\xbb\xbf"
                       "name: x\nunroll: {C: 4, K: 4}\n";
    const struct as_yaml_node *root;

    cr_assert_eq(as_yaml_parse(arena, "t", text, strlen(text), &root, &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_str_eq(as_yaml_get(root, "name")->text, "x");
    cr_assert_eq(as_yaml_get(root, "name")->key_column, 1);
    cr_assert_eq(as_yaml_get(root, "name")->column, 7);
    text = "name: \xef\xbb\xbfx\n";
    cr_assert_eq(as_yaml_parse(arena, "t", text, strlen(text), &root, &diag), AS_ERR_PARSE);
    cr_assert_not_null(strstr(diag.text, "t:1:7: byte 0xef is not text"), "%s", diag.text);
    as_diag_init(&diag);
    cr_assert_eq(as_yaml_parse(arena, "t", "\xef\xbb\xbf", 3, &root, &diag), AS_ERR_PARSE);
    cr_assert_str_eq(diag.text, "t: the file is empty");
}
