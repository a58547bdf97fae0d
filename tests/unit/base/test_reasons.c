/* What is the same is told once, what is much is cut and counted. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/reasons.h"

static struct as_arena *arena;
static struct as_reasons *reasons;
static struct as_diag diag;

static void setup(void)
{
    arena = as_arena_new();
    reasons = as_reasons_new(arena);
    as_diag_init(&diag);
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(reasons, .init = setup, .fini = teardown);

static void expect(enum as_status status, const char *text)
{
    cr_assert_eq(as_reasons_tell(reasons, "net: ", "net", &diag), status);
    cr_assert_str_eq(diag.text, text);
}

Test(reasons, none_is_no_failure)
{
    expect(AS_OK, "");
}

Test(reasons, one_is_a_line_behind_the_prefix)
{
    as_reasons_add(reasons, AS_ERR_RANGE, "operator", "ADD", 3, " 'sum'", "odd");
    expect(AS_ERR_RANGE, "net: operator 3 ADD 'sum': odd");
}

Test(reasons, one_of_several_members_is_a_line_as_well)
{
    as_reasons_add(reasons, AS_ERR_RANGE, "tensor", "", 3, " 'a'", "odd");
    as_reasons_add(reasons, AS_ERR_PARSE, "tensor", "", 4, "", "odd");
    expect(AS_ERR_RANGE, "net: tensors 3 'a', 4: odd");
}

Test(reasons, several_are_counted_and_told_in_order)
{
    as_reasons_add(reasons, AS_ERR_RANGE, "layer", "ADD", 3, "", "odd");
    as_reasons_add(reasons, AS_ERR_RANGE, "", "", 0, "", "the whole is odd");
    as_reasons_add(reasons, AS_ERR_RANGE, "layer", "MUL", 4, "", "odd");
    as_reasons_add(reasons, AS_ERR_RANGE, "layer", "ADD", 5, "", "odd");
    as_reasons_add(reasons, AS_ERR_RANGE, "layer", "ADD", 5, "", "even");
    expect(AS_ERR_RANGE, "net cannot run: 4 reasons\n"
                         "  ADD (layers 3, 5): odd\n"
                         "  the whole is odd\n"
                         "  layer 4 MUL: odd\n"
                         "  layer 5 ADD: even");
}

/* What is told of very many is as long as of many. */
Test(reasons, ten_thousand_fit)
{
    char text[32];
    for (int i = 0; i < 10000; i++) {
        snprintf(text, sizeof text, "reason %d", i % 5000);
        as_reasons_add(reasons, AS_ERR_RANGE, "layer", "ADD", i, "", i < 9000 ? text : "the last");
    }
    as_reasons_tell(reasons, "", "net", &diag);
    cr_assert_eq(diag.count, 18);
    cr_assert_lt(diag.length + 1, sizeof diag.text);
    cr_assert(strstr(diag.text, "\n  and ") && strstr(diag.text, " more"));
}
