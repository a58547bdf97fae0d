/* Laws of boards: what a board.yaml may say, what a board refuses.  Runs from the root of the
 * repository. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boards/flow/board.h"
#include "boards/flow/families.h"
#include "boards/flow/package.h"

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

TestSuite(board, .init = setup, .fini = teardown);

/* ---- boards ---- */

static const struct as_board *icebreaker(void)
{
    const struct as_board *board;

    cr_assert_eq(as_board_load(arena, "icebreaker", &board, &diag), AS_OK, "%s", diag.text);
    return board;
}

static struct as_config *accelerator(const char *override)
{
    struct as_config *cfg;

    cr_assert_eq(as_config_load(arena, "icebreaker", &override, override ? 1 : 0, &cfg, &diag),
                 AS_OK, "%s", diag.text);
    return cfg;
}

static void expect_refusal(const char *override, const char *message)
{
    const struct as_board *board = icebreaker();
    const struct as_config *cfg = accelerator(override);

    cr_assert_neq(as_board_check(board, cfg, "a.yaml", &diag), AS_OK, "accepted %s", override);
    cr_assert_str_eq(diag.text, message);
}

Test(board, the_default_accelerator_fits)
{
    cr_assert_eq(as_board_check(icebreaker(), accelerator(NULL), "a.yaml", &diag), AS_OK, "%s",
                 diag.text);
}

Test(board, says_what_its_file_says)
{
    const struct as_board *board = icebreaker();

    cr_assert_str_eq(board->name, "iCEBreaker v1.0");
    cr_assert_str_eq(board->device->name, "up5k");
    cr_assert_str_eq(board->package, "sg48");
    cr_assert_str_eq(board->bitstream, "top.bin");
    cr_assert_float_eq(board->memory_bytes, 131072, 1e-9);
    cr_assert_float_eq(board->clock_mhz, 12, 1e-9);
    cr_assert_str_eq(board->pin[AS_WIRE_LED_RED].pin, "11");
    cr_assert(board->pin[AS_WIRE_LED_RED].active_low && !board->pin[AS_WIRE_CLOCK].active_low);
}

Test(board, refuses_more_memory_than_it_has)
{
    expect_refusal(
        "memory.bytes=262144",
        "a.yaml: memory.bytes is 262144, expected 4096..131072, what iCEBreaker v1.0 has "
        "(boards/icebreaker/board.yaml:15)");
}

Test(board, refuses_a_width_that_spram_does_not_have)
{
    expect_refusal("memory.width=64",
                   "a.yaml: memory.width is 64, expected 32, two SPRAM blocks of "
                   "iCEBreaker v1.0 side by side");
}

Test(board, refuses_more_multipliers_than_it_has)
{
    expect_refusal("unroll.K=6", "a.yaml: the array is 4 x 6 PEs, which takes 12 dual "
                                 "multipliers, expected 1..8, what iCEBreaker v1.0 has");
}

Test(board, refuses_a_clock_and_names_the_nearest)
{
    expect_refusal("clock.khz=25000",
                   "a.yaml: clock.khz is 25000, which iCEBreaker v1.0 cannot make "
                   "of its 12 MHz; the nearest is 25125");
}

Test(board, the_nearest_clock_is_accepted)
{
    const struct as_board *board = icebreaker();

    for (int khz = 8000; khz <= 60000; khz += 250) {
        char override[32];
        const char *nearest;
        snprintf(override, sizeof override, "clock.khz=%d", khz);
        as_diag_init(&diag);
        if (as_board_check(board, accelerator(override), "a.yaml", &diag) == AS_OK)
            continue;
        nearest = strstr(diag.text, "nearest is ");
        cr_assert_not_null(nearest);
        snprintf(override, sizeof override, "clock.khz=%s", nearest + strlen("nearest is "));
        as_diag_init(&diag);
        cr_assert_eq(as_board_check(board, accelerator(override), "a.yaml", &diag), AS_OK, "%s",
                     diag.text);
    }
}

Test(board, refuses_everything_at_once)
{
    const char *overrides[] = {"memory.width=64", "memory.bytes=262144", "clock.khz=25000"};
    struct as_config *cfg;

    cr_assert_eq(as_config_load(arena, "icebreaker", overrides, 3, &cfg, &diag), AS_OK);
    cr_assert_neq(as_board_check(icebreaker(), cfg, "a.yaml", &diag), AS_OK);
    cr_assert_eq(diag.count, 3);
}

Test(board, its_own_clock_needs_no_pll)
{
    static const char text[] = "@{pll}";
    static const char *const overrides[] = {"clock.khz=12000", "clock.khz=24000"};
    static const char *const rendered[] = {"0", "pad"};

    for (int i = 0; i < 2; i++) {
        struct as_symbols *symbols = as_symbols_new(arena);
        char *out = NULL;
        size_t bytes = 0;
        FILE *file = open_memstream(&out, &bytes);
        as_board_symbols(icebreaker(), accelerator(overrides[i]), symbols);
        cr_assert_eq(as_template_render(arena, "t", text, strlen(text), symbols, file, &diag),
                     AS_OK, "%s", diag.text);
        fclose(file);
        cr_assert_str_eq(out, rendered[i]);
        free(out);
    }
}

Test(board, the_example_is_no_board)
{
    const struct as_board *board;

    cr_assert_eq(as_board_load(arena, "example", &board, &diag), AS_ERR_IO);
    cr_assert_null(board);
}

/* ---- what a board.yaml may say ---- */

static const char good[] = "name: Other\n"
                           "description: same chip, other pins\n"
                           "family: ice40\n"
                           "device: up5k\n"
                           "package: sg48\n"
                           "clock_pin: 20\n"
                           "clock_mhz: 12\n"
                           "pll: core\n"
                           "uart_tx: 14\n"
                           "uart_rx: 15\n"
                           "memory_bytes: 131072\n"
                           "bitstream: top.bin\n"
                           "flash: iceprog top.bin\n";

/* A home whose one board `other` is that text. */
static const char *make_home(const char *text)
{
    char *home = as_arena_strdup(arena, "/tmp/as_test_board_XXXXXX");
    char *here = getcwd(NULL, 0);

    cr_assert_not_null(mkdtemp(home));
    const char *command =
        as_arena_printf(arena, "mkdir -p %s/boards/other && ln -s %s/rtl_templates %s/docs %s/",
                        home, here, here, home);
    cr_assert_eq(system(command), 0);
    FILE *out = fopen(as_arena_printf(arena, "%s/boards/other/board.yaml", home), "w");
    cr_assert(out && fputs(text, out) >= 0 && fclose(out) == 0);
    free(here);
    setenv("ARRAYSMITH_HOME", home, 1);
    return home;
}

static void remove_home(const char *home)
{
    cr_assert_eq(system(as_arena_printf(arena, "rm -r %s", home)), 0);
}

/* `good` with its line that begins with `key` replaced by `line`; "" takes it out. */
static const char *changed(const char *key, const char *line)
{
    const char *at = strstr(good, as_arena_printf(arena, "%s:", key));
    const char *end = at ? strchr(at, '\n') + 1 : good + strlen(good);

    if (!at)
        at = end;
    return as_arena_printf(arena, "%.*s%s%s", (int)(at - good), good, line, end);
}

Test(board, every_wrong_line_is_refused_with_its_place_and_bound)
{
    static const struct {
        const char *key, *line, *message;
    } cases[] = {
        {"name", "", "name is missing"},
        {"uart_tx", "", "uart_tx is missing"},
        {"no", "no_such_key: 1\n", ":14:1: unknown key \"no_such_key\"; expected one of name, "},
        {"led", "led_rad: 3\n", ":14:1: unknown key \"led_rad\"; did you mean \"led_red\"?"},
        {"pll", "pll: padd\n", ":8:6: pll is padd, expected pad, core or none"},
        {"family", "family: ice41\n", ":3:9: family is ice41, expected ice40"},
        {"device", "device: hx9k\n", ":4:9: device is hx9k, expected hx1k, "},
        {"clock_mhz", "clock_mhz: fast\n",
         ":7:12: clock_mhz is fast, expected a number above 0 and up to 1000"},
        {"memory_bytes", "memory_bytes: 0\n", ":11:15: memory_bytes is 0, expected a number above"},
        {"uart_tx", "uart_tx: 15\n", "uart_tx is pin 15, which is uart_rx already"},
        {"uart_tx", "uart_tx: \"1;\"\n", "uart_tx is 1;, expected the name of a pin"},
        {"uart_tx", "uart_tx: {pin: 9, active: low}\n", "uart_tx is a mapping, expected the name"},
        {"button", "button: {pin: 3, active: lo}\n", "button.active is lo, expected low or high"},
        {"button", "button: {active: low}\n", "button is a mapping, expected the name of a pin"},
        {"button", "button: {pin: 3, pull: up}\n",
         "unknown key \"button.pull\"; expected pin or active"},
        {"bitstream", "bitstream: ../top.bin\n",
         "bitstream is ../top.bin, expected the name of a file, without a folder"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *home = make_home(changed(cases[i].key, cases[i].line));
        const struct as_board *board;
        as_diag_init(&diag);
        cr_expect_eq(as_board_load(arena, "other", &board, &diag), AS_ERR_PARSE, "accepted %s%s",
                     cases[i].key, cases[i].line);
        cr_expect_not_null(strstr(diag.text, cases[i].message), "%s\nhas not: %s", diag.text,
                           cases[i].message);
        remove_home(home);
    }
}

Test(board, all_wrong_lines_are_told_at_once)
{
    const char *home = make_home("bogus: 1\npll: padd\nfamily: ice40\n");
    const struct as_board *board;

    cr_assert_eq(as_board_load(arena, "other", &board, &diag), AS_ERR_PARSE);
    cr_assert_geq(diag.count, 12);
    remove_home(home);
}

/* The file of that block of the default accelerator. */
static const char *verilog(const char *block)
{
    return as_arena_printf(arena, "icebreaker_4x4_%s.v", block);
}

static const char *file_of(const struct as_emit_set *set, const char *name)
{
    for (int i = 0; i < set->count; i++)
        if (strcmp(set->file[i].name, name) == 0)
            return set->file[i].text;
    cr_assert_fail("no file %s", name);
    return NULL;
}

/* The package of the default accelerator on the board `other`. */
static const struct as_emit_set *package_of(const char *text, const char **home)
{
    struct as_emit_set *set = AS_NEW(arena, struct as_emit_set, 1);
    struct as_config *cfg = accelerator(NULL);

    *home = make_home(text);
    strcpy(cfg->board.folder, "other");
    cr_assert_eq(as_package(arena, cfg, NULL, set, &diag), AS_OK, "%s", diag.text);
    return set;
}

Test(board, pins_and_clock_are_those_of_its_file)
{
    const char *home;
    const struct as_emit_set *set = package_of(good, &home);
    const char *pins = file_of(set, "pins.pcf"), *top = file_of(set, verilog("top"));

    cr_assert_not_null(strstr(pins, "set_io clk 20\nset_io uart_rx 15\nset_io uart_tx 14\n"));
    cr_assert_not_null(strstr(pins, "set_frequency clk 12.000\n"));
    cr_assert_null(strstr(pins, "led"));
    cr_assert_not_null(
        strstr(file_of(set, as_arena_printf(arena, "ice40/%s", verilog("pll"))), "SB_PLL40_CORE"));
    cr_assert_null(strstr(top, "led_"));
    cr_assert_null(strstr(top, "button"));
    remove_home(home);
}

Test(board, a_light_that_is_lit_when_high_is_not_inverted)
{
    const char *home;
    const struct as_emit_set *set =
        package_of(changed("led", "led_red: 3\nled_green: {pin: 4, active: low}\n"), &home);
    const char *top = file_of(set, verilog("top"));

    cr_assert_not_null(strstr(top, "assign led_red = busy_q;"));
    cr_assert_not_null(strstr(top, "assign led_green = !beat_q;"));
    remove_home(home);
}

Test(board, a_device_without_blocks_keeps_the_general_modules)
{
    const char *home;
    const struct as_emit_set *set = package_of(changed("device", "device: hx8k\n"), &home);

    file_of(set, as_arena_printf(arena, "ice40/%s", verilog("sel_add")));
    cr_assert_not(as_package_is_replaced(set, verilog("mul8x2")));
    cr_assert_not(as_package_is_replaced(set, verilog("memory_ram")));
    cr_assert(as_package_is_replaced(set, verilog("sel_add")));
    remove_home(home);
}
