/* Laws of the family iCE40: what its PLL makes, how its cells are counted. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boards/family/ice40/ice40.h"
#include "boards/family/ice40/pll.h"

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

TestSuite(pll, .init = setup, .fini = teardown);
TestSuite(area, .init = setup, .fini = teardown);

/* ---- PLL ---- */

/* Every whole MHz from a 12 and a 48 MHz reference: the dividers obey the data sheet, give the
 * clock that the solver claims, and no other setting comes nearer. */
Test(pll, dividers_are_legal_and_no_others_come_nearer)
{
    static const double references[] = {12000, 16000, 25000, 48000};

    for (size_t n = 0; n < 4; n++) {
        double reference = references[n];
        for (int khz = 16000; khz <= 275000; khz += 1000) {
            struct as_ice40_pll pll;
            cr_assert(as_ice40_pll_solve(reference, khz, &pll));
            double detector = reference / (pll.divr + 1), vco = detector * (pll.divf + 1);
            cr_assert(pll.divr >= 0 && pll.divr <= 15 && pll.divf >= 0 && pll.divf <= 127);
            cr_assert(pll.divq >= 1 && pll.divq <= 6);
            cr_assert(detector >= 10000 && detector <= 133000 && vco >= 533000 && vco <= 1066000);
            cr_assert_float_eq(pll.khz, vco / (1 << pll.divq), 1e-6);
            for (int r = 0; r < 16; r++)
                for (int f = 0; f < 128; f++)
                    for (int q = 1; q < 7; q++) {
                        double d = reference / (r + 1), v = d * (f + 1), made = v / (1 << q);
                        if (d < 10000 || d > 133000 || v < 533000 || v > 1066000)
                            continue;
                        if (made < 16000 || made > 275000)
                            continue;
                        cr_assert(fabs(made - khz) >= fabs(pll.khz - khz) - 1e-6);
                    }
        }
    }
}

Test(pll, twelve_mhz_gives_twenty_four)
{
    struct as_ice40_pll pll;

    cr_assert(as_ice40_pll_solve(12000, 24000, &pll));
    cr_assert_float_eq(pll.khz, 24000, 1e-9);
    cr_assert_eq(pll.divr, 0);
    cr_assert_eq(pll.divf, 63);
    cr_assert_eq(pll.divq, 5);
    cr_assert_eq(pll.filter_range, 1);
}

Test(pll, a_reference_outside_its_range_gives_nothing)
{
    struct as_ice40_pll pll;

    cr_assert_not(as_ice40_pll_solve(9999, 24000, &pll));
    cr_assert(as_ice40_pll_solve(10000, 24000, &pll));
    cr_assert(as_ice40_pll_solve(133000, 24000, &pll));
    cr_assert_not(as_ice40_pll_solve(133001, 24000, &pll));
}

/* ---- cells ---- */

static void fill(struct as_blocks *blocks)
{
    *blocks = (struct as_blocks){.count = 4,
                                 .block = {{.path = "u_s", .name = "system"},
                                           {.path = "u_s.u_load", .name = "load_unit"},
                                           {.path = "u_s.u_lo", .name = "other"},
                                           {.path = "", .name = "top"}}};
}

#define CELL(name, type, ports, bits)                                                              \
    "\"" name "\":{\"type\":\"" type "\",\"port_directions\":{" ports "},\"connections\":{" bits   \
    "}}"
#define LUT(name, in, out)                                                                         \
    CELL(name, "SB_LUT4", "\"I0\":\"input\",\"O\":\"output\"", "\"I0\":[" #in "],\"O\":[" #out "]")
#define FF(name, in, out)                                                                          \
    CELL(name, "SB_DFFE", "\"D\":\"input\",\"E\":\"input\",\"Q\":\"output\"",                      \
         "\"D\":[" #in "],\"E\":[\"1\"],\"Q\":[" #out "]")

/* LUT 3 feeds only flip-flop 4: one LC.  LUT 5 feeds flip-flop 6 and LUT 7: two.  LUT 8 feeds
 * flip-flop 9 and an output of the top: two. */
static const char netlist_text[] =
    "{\"modules\":{\"top\":{\"ports\":{\"y\":{\"direction\":\"output\",\"bits\":[8]}},\"cells\":"
    "{" LUT("u_s.a", 2, 3) "," FF("u_s.u_load.b", 3, 4) "," LUT("u_s.c", 4, 5) "," FF("u_s.d", 5, 6) "," LUT(
        "u_s.e", 5,
        7) "," LUT("u_s.f", 6,
                   8) "," FF("u_s.g", 8,
                             9) "," CELL("u_s.h", "SB_CARRY", "\"I0\":\"input\"",
                                         "\"I0\":[7]") "," CELL("u_s.i", "SB_RAM40_4K",
                                                                "\"WE\":\"input\"",
                                                                "\"WE\":[\"x\"]") "," CELL("j",
                                                                                           "SB_"
                                                                                           "MAC16",
                                                                                           "\"A\":"
                                                                                           "\"input"
                                                                                           "\"",
                                                                                           "\"A\":["
                                                                                           "9,"
                                                                                           "\"0\"]") "}}}}";

Test(area, a_lut_and_the_flip_flop_it_alone_drives_count_once)
{
    struct as_blocks blocks;
    json_t *netlist = json_loads(netlist_text, 0, NULL);

    cr_assert_not_null(netlist);
    fill(&blocks);
    cr_assert_eq(as_ice40_count(&blocks, netlist, &diag), AS_OK, "%s", diag.text);
    const struct as_block *system = as_blocks_find(&blocks, "u_s.a");
    cr_assert_eq(system->n[AS_ICE40_PAIR], 1);
    cr_assert_eq(system->n[AS_ICE40_LUT], 3);
    cr_assert_eq(system->n[AS_ICE40_FF], 2);
    cr_assert_eq(as_block_logic(&as_family_ice40, system), 6);
    cr_assert_eq(system->n[AS_ICE40_CARRY], 1);
    cr_assert_eq(system->n[AS_ICE40_EBR], 1);
    cr_assert_eq(as_block_logic(&as_family_ice40, as_blocks_find(&blocks, "u_s.u_load.b")), 0);
    cr_assert_eq(as_blocks_find(&blocks, "j")->n[AS_ICE40_DSP], 1);
    json_decref(netlist);
}

Test(area, what_is_no_netlist_is_refused)
{
    static const char *const texts[] = {"{}", "[]", "{\"modules\":{\"top\":{}}}"};
    struct as_blocks blocks;

    fill(&blocks);
    for (int i = 0; i < 3; i++) {
        json_t *netlist = json_loads(texts[i], 0, NULL);
        cr_assert_eq(as_ice40_count(&blocks, netlist, &diag), AS_ERR_PARSE);
        json_decref(netlist);
    }
}
