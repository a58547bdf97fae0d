/* Laws of program files: what is saved is what is loaded, and a file that does not belong to the
 * accelerator or to the model is refused with both values. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/program_file.h"
#include "dataflows/build.h"
#include "tests/unit/helpers/program_make.h"

static char path[] = "/tmp/test_program_file-XXXXXX";

static void setup(void)
{
    program_setup();
    random_state = 12;
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    close(file);
}

static void teardown(void)
{
    unlink(path);
    program_teardown();
}

TestSuite(program_file, .init = setup, .fini = teardown, .timeout = 60);

static struct as_program *save(const struct as_config *cfg, const struct as_network *net)
{
    struct as_program *program;

    cr_assert_eq(as_program_build(arena, cfg, net, &program, &diag), AS_OK, "%s", diag.text);
    cr_assert_eq(as_program_save(arena, program, path, &diag), AS_OK, "%s", diag.text);
    return program;
}

static void expect_refusal(const struct as_config *cfg, const struct as_network *net,
                           const char *says)
{
    struct as_program *loaded;

    as_diag_init(&diag);
    cr_assert_neq(as_program_load(arena, path, &cfg->hw, net, &loaded, &diag), AS_OK);
    cr_assert_str_eq(diag.text, as_arena_printf(arena, "%s: %s", path, says));
}

Test(program_file, what_is_saved_is_what_is_loaded)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    struct as_network *net = new_network(5, 5, 6);
    struct as_program *loaded;

    cr_assert(grow_network(net, AS_OP_CONV_2D));
    struct as_program *saved = save(&cfg, net);
    cr_assert_eq(as_program_load(arena, path, &cfg.hw, net, &loaded, &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_eq(loaded->image_bytes, saved->image_bytes);
    cr_assert_arr_eq(loaded->image, saved->image, saved->image_bytes);
    cr_assert_eq(loaded->layer_count, saved->layer_count);
    cr_assert_str_eq(loaded->layers[0].name, saved->layers[0].name);
    cr_assert_eq(loaded->output.port[0].address, saved->output.port[0].address);
}

Test(program_file, a_file_of_another_accelerator_or_model_is_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20), wider = config_of(4, 8, 32, 1 << 20);
    struct as_network *net = new_network(5, 5, 6), *longer = new_network(5, 5, 6);
    struct as_network *larger = new_network(6, 5, 6);

    cr_assert(grow_network(net, AS_OP_MAX_POOL_2D));
    cr_assert(grow_network(longer, AS_OP_MAX_POOL_2D) && grow_network(longer, AS_OP_ADD));
    cr_assert(grow_network(larger, AS_OP_MAX_POOL_2D));
    save(&cfg, net);
    expect_refusal(&wider, net, "built for unroll.K 4, the accelerator's is 8");
    expect_refusal(&cfg, longer, "built for made, of 2 tensors; the model has 3 tensors");
    expect_refusal(&cfg, larger, "tensor 0 is t0 of 150 bytes; the model's is t0 of 180 bytes");
}

Test(program_file, what_is_no_program_is_refused)
{
    struct as_config cfg = config_of(4, 4, 32, 1 << 20);
    struct as_network *net = new_network(5, 5, 6);
    struct as_program *loaded;

    expect_refusal(&cfg, net, "not a program: it does not begin with ASPG");
    unlink(path);
    as_diag_init(&diag);
    cr_assert_eq(as_program_load(arena, path, &cfg.hw, net, &loaded, &diag), AS_ERR_IO);
    cr_assert(strstr(diag.text, "No such file"), "%s", diag.text);
}
