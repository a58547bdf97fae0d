/* Law of written descriptions: what is read again is the same hardware, under the same name. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "gen/config/config_write.h"
#include "gen/config/dataflow.h"
#include "gen/config/fit.h"
#include "gen/config/params.h"

static struct as_arena *arena;

static void setup(void)
{
    arena = as_arena_new();
}

static void teardown(void)
{
    as_arena_free(arena);
}

TestSuite(config_write, .init = setup, .fini = teardown);

static void expect_same_again(const struct as_config *cfg, const char *what)
{
    struct as_config *again;
    struct as_diag diag;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    as_diag_init(&diag);
    as_config_write(out, cfg);
    fclose(out);
    cr_assert_eq(as_config_parse(arena, what, text, bytes, NULL, 0, &again, &diag), AS_OK, "%s\n%s",
                 diag.text, text);
    cr_assert_arr_eq(&again->hw, &cfg->hw, sizeof cfg->hw, "%s", what);
    for (int i = 0; i < AS_PARAM_COUNT; i++) {
        const struct as_param *param = &as_params[i];
        if (param->group == AS_GROUP_MAP)
            continue;
        if (param->is_text)
            cr_assert_str_eq(as_param_text(again, param), as_param_text(cfg, param), "%s: %s", what,
                             param->key);
        else
            cr_assert_eq(as_param_get(again, param), as_param_get(cfg, param), "%s: %s", what,
                         param->key);
    }
    free(text);
}

Test(config_write, every_description_of_the_project_is_the_same_hardware_again)
{
    glob_t files;

    cr_assert_eq(glob("boards/*/*.yaml", 0, NULL, &files), 0);
    cr_assert_eq(glob("bench/accels/*.yaml", GLOB_APPEND, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct as_config *cfg;
        struct as_diag diag;
        if (strstr(files.gl_pathv[i], "/board.yaml") ||
            strstr(files.gl_pathv[i], "boards/example/"))
            continue;
        as_diag_init(&diag);
        cr_assert_eq(as_config_load(arena, files.gl_pathv[i], NULL, 0, &cfg, &diag), AS_OK, "%s",
                     diag.text);
        expect_same_again(cfg, files.gl_pathv[i]);
    }
    globfree(&files);
}

/* As `run --dataflow all` makes them of one accelerator. */
Test(config_write, every_dataflow_fitted_to_an_array_is_the_same_hardware_again)
{
    struct as_dataflow unnamed[AS_MOVEMENTS];
    int named, others = as_fit_unnamed(unnamed);
    const char *const *names = as_dataflow_names(&named);
    struct as_config base;

    as_config_default(&base);
    for (int i = 0; i < named + others; i++) {
        const struct as_dataflow *row =
            i < named ? as_dataflow_find(names[i]) : &unnamed[i - named];
        struct as_config *cfg = AS_NEW(arena, struct as_config, 1);
        struct as_diag diag;
        as_diag_init(&diag);
        if (as_fit_config(&base, row, cfg, &diag) == AS_OK)
            expect_same_again(cfg, row->name);
    }
}
