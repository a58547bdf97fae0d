/* Laws of `arraysmith build`: what the PLL makes, what a board refuses, how cells and paths are
 * counted.  Synthesis itself runs in `make demo`.  Runs from the root of the repository. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boards/flow/board.h"
#include "boards/flow/build.h"
#include "boards/family/ice40/ice40_pll.h"

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
TestSuite(board, .init = setup, .fini = teardown);
TestSuite(area, .init = setup, .fini = teardown);
TestSuite(timing, .init = setup, .fini = teardown);
TestSuite(build, .init = setup, .fini = teardown);

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
    cr_assert_eq(board->memory_bytes, 131072);
    cr_assert_float_eq(board->clock_khz, 12000, 1e-9);
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
    static const char text[] = "@{pll} @{pll_divf}";
    static const char *const overrides[] = {"clock.khz=12000", "clock.khz=24000"};
    static const char *const rendered[] = {"0 0", "1 63"};

    for (int i = 0; i < 2; i++) {
        struct as_symbols *symbols = as_symbols_new(arena);
        char *out = NULL;
        size_t bytes = 0;
        FILE *file = open_memstream(&out, &bytes);
        cr_assert_eq(as_board_symbols(arena, accelerator(overrides[i]), symbols, &diag), AS_OK,
                     "%s", diag.text);
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

/* ---- area ---- */

static const char *write_file(const char *text)
{
    char *path = as_arena_strdup(arena, "/tmp/as_test_build_XXXXXX");
    int file = mkstemp(path);

    cr_assert(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
    return path;
}

static enum as_status read_budget(const char *text, struct as_blocks *blocks)
{
    const char *path = write_file(text);
    enum as_status status = as_blocks_read(arena, path, blocks, &diag);

    unlink(path);
    return status;
}

#define BUDGET                                                                                     \
    "# a comment\npath,block,LCs\nu_s,system,10\nu_s.u_load,load_unit,20\nu_s.u_lo,other,5\n"

Test(area, the_longest_path_names_the_block)
{
    struct as_blocks blocks;

    cr_assert_eq(read_budget(BUDGET, &blocks), AS_OK, "%s", diag.text);
    cr_assert_eq(blocks.count, 4);
    cr_assert_str_eq(as_blocks_find(&blocks, "u_s.u_load.u_fetch.x_q_SB_DFF_Q")->name, "load_unit");
    cr_assert_str_eq(as_blocks_find(&blocks, "u_s.u_load[1].u_fetch.x_q_SB_DFF_Q")->name,
                     "load_unit");
    cr_assert_str_eq(as_blocks_find(&blocks, "u_s.u_lo.x")->name, "other");
    cr_assert_str_eq(as_blocks_find(&blocks, "u_s.u_loads.x")->name, "system");
    cr_assert_str_eq(as_blocks_find(&blocks, "u_s2.x")->name, "top");
    cr_assert_str_eq(as_blocks_find(&blocks, "")->name, "top");
}

Test(area, every_budget_of_this_repository_is_read)
{
    struct as_blocks blocks;

    cr_assert_eq(as_blocks_read(arena, "boards/icebreaker/budget.csv", &blocks, &diag), AS_OK);
    cr_assert(blocks.count > 10);
    cr_assert_eq(as_blocks_read(arena, "boards/example/budget.csv", &blocks, &diag), AS_OK);
    cr_assert_eq(as_blocks_read(arena, "boards/none/budget.csv", &blocks, &diag), AS_OK);
    cr_assert_eq(blocks.count, 1);
}

Test(area, a_line_that_is_no_budget_is_refused)
{
    static const char *const lines[] = {"u_s,system\n",    "u_s,system,x\n",  "u_s,system,12x\n",
                                        "u_s,system,\n",   ",system,1\n",     "u_s,,1\n",
                                        "u_s,system,-1\n", "u_s,system,1,2\n"};
    struct as_blocks blocks;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *text = as_arena_printf(arena, "path,block,LCs\n%s", lines[i]);
        as_diag_init(&diag);
        cr_assert_neq(read_budget(text, &blocks), AS_OK, "accepted %s", lines[i]);
        cr_assert(strstr(diag.text, ":2: ") != NULL, "%s", diag.text);
    }
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
    cr_assert_eq(read_budget(BUDGET, &blocks), AS_OK);
    cr_assert_eq(as_blocks_count(&blocks, netlist, &diag), AS_OK, "%s", diag.text);
    const struct as_block *system = as_blocks_find(&blocks, "u_s.a");
    cr_assert_eq(system->pairs, 1);
    cr_assert_eq(system->luts, 3);
    cr_assert_eq(system->ffs, 2);
    cr_assert_eq(as_block_lcs(system), 6);
    cr_assert_eq(system->carries, 1);
    cr_assert_eq(system->ebrs, 1);
    cr_assert_eq(as_block_lcs(as_blocks_find(&blocks, "u_s.u_load.b")), 0);
    cr_assert_eq(as_blocks_find(&blocks, "j")->dsps, 1);
    json_decref(netlist);
}

Test(area, what_is_no_netlist_is_refused)
{
    static const char *const texts[] = {"{}", "[]", "{\"modules\":{\"top\":{}}}"};
    struct as_blocks blocks;

    cr_assert_eq(read_budget(BUDGET, &blocks), AS_OK);
    for (int i = 0; i < 3; i++) {
        json_t *netlist = json_loads(texts[i], 0, NULL);
        cr_assert_eq(as_blocks_count(&blocks, netlist, &diag), AS_ERR_PARSE);
        json_decref(netlist);
    }
}

/* ---- timing ---- */

#define STEP(delay, type, from, to, port)                                                          \
    "{\"delay\":" #delay ",\"type\":\"" type "\",\"from\":{\"cell\":\"" from "\",\"port\":\"O\"}," \
    "\"to\":{\"cell\":\"" to "\",\"port\":\"" port "\"}}"
#define USED                                                                                       \
    "\"utilization\":{\"ICESTORM_LC\":{\"used\":4577,\"available\":5280},"                         \
    "\"ICESTORM_RAM\":{\"used\":30,\"available\":30},"                                             \
    "\"ICESTORM_DSP\":{\"used\":8,\"available\":8},"                                               \
    "\"ICESTORM_SPRAM\":{\"used\":4,\"available\":4}}"

static enum as_status parse_report(const char *text, struct as_seed *seed)
{
    struct as_blocks blocks;
    json_error_t error;
    json_t *report = json_loads(text, 0, &error);

    cr_assert_not_null(report, "%s", error.text);
    cr_assert_eq(read_budget(BUDGET, &blocks), AS_OK);
    *seed = (struct as_seed){.seed = 1};
    enum as_status status = as_seed_parse(arena, report, "r.json", &blocks, seed, &diag);
    json_decref(report);
    return status;
}

Test(timing, the_slowest_clock_and_the_slowest_clocked_path_count)
{
    struct as_seed seed;

    cr_assert_eq(
        parse_report(
            "{\"fmax\":{\"a\":{\"achieved\":30.5,\"constraint\":24},"
            "\"b\":{\"achieved\":24.25,\"constraint\":24}}," USED ",\"critical_paths\":["
            "{\"from\":\"posedge b\",\"to\":\"<async>\",\"path\":[" STEP(90, "logic", "q", "q", "O") "]},{\"from\":\"posedge b\",\"to\":\"posedge b\",\"path\":[" STEP(
                1.5, "clk-to-q", "u_s.u_load.s", "u_s.u_load.s",
                "O") "," STEP(2, "routing", "u_s.u_load.s", "u_s.t",
                              "I0") "," STEP(1.25, "logic", "u_s.t", "u_s.t",
                                             "O") "," STEP(0.25, "logic", "u_s.t", "u_s.t",
                                                           "COUT") "," STEP(3, "routing", "u_s.t",
                                                                            "u_s.u_load.v",
                                                                            "I1") "," STEP(1,
                                                                                           "setup",
                                                                                           "u_s.u_"
                                                                                           "load.v",
                                                                                           "u_s.u_"
                                                                                           "load.v",
                                                                                           "I1") "]"
                                                                                                 "}"
                                                                                                 "]"
                                                                                                 "}",
            &seed),
        AS_OK, "%s", diag.text);
    cr_assert(seed.done && seed.closes);
    cr_assert_float_eq(seed.mhz, 24.25, 1e-9);
    cr_assert_eq(seed.lcs.used, 4577);
    cr_assert_eq(seed.lcs.available, 5280);
    cr_assert_eq(seed.sprams.used, 4);
    cr_assert_float_eq(seed.logic_ns, 4, 1e-9);
    cr_assert_float_eq(seed.routing_ns, 5, 1e-9);
    cr_assert_eq(seed.levels, 1);
    cr_assert_str_eq(seed.critical, "load_unit > system > load_unit");
    cr_assert_str_eq(seed.from, "u_s.u_load.s");
    cr_assert_str_eq(seed.to, "u_s.u_load.v");
}

Test(timing, one_clock_that_misses_is_a_miss)
{
    struct as_seed seed;

    cr_assert_eq(parse_report("{\"fmax\":{\"a\":{\"achieved\":23.99,\"constraint\":24},"
                              "\"b\":{\"achieved\":60,\"constraint\":48}}," USED "}",
                              &seed),
                 AS_OK);
    cr_assert_not(seed.closes);
    cr_assert_float_eq(seed.mhz, 23.99, 1e-9);
}

Test(timing, a_report_without_clock_or_cells_is_refused)
{
    struct as_seed seed;

    cr_assert_eq(parse_report("{" USED "}", &seed), AS_ERR_PARSE);
    cr_assert_eq(parse_report("{\"fmax\":{\"a\":{\"constraint\":24}}," USED "}", &seed),
                 AS_ERR_PARSE);
    cr_assert_eq(parse_report("{\"fmax\":{\"a\":{\"achieved\":30,\"constraint\":24}}}", &seed),
                 AS_ERR_PARSE);
}

/* ---- the whole ---- */

Test(build, spread_is_of_the_routed_seeds)
{
    static const double mhz[] = {26, 24, 30, 25};
    struct as_build built = {.seed_count = 5};
    double median, least, most;

    cr_assert_eq(as_build_spread(&built, &median, &least, &most), 0);
    for (int i = 0; i < 4; i++)
        built.seed[i] = (struct as_seed){.done = true, .mhz = mhz[i]};
    cr_assert_eq(as_build_spread(&built, &median, &least, &most), 4);
    cr_assert_float_eq(median, 25.5, 1e-9);
    cr_assert_float_eq(least, 24, 1e-9);
    cr_assert_float_eq(most, 30, 1e-9);
    built.seed[4] = (struct as_seed){.done = true, .mhz = 20};
    as_build_spread(&built, &median, &least, &most);
    cr_assert_float_eq(median, 25, 1e-9);
}

Test(build, version_numbers)
{
    cr_assert_eq(as_tool_version_number("Yosys 0.70 (git sha1 28ba3cb92)"), 70);
    cr_assert_eq(as_tool_version_number("Version 0.4-1+b1"), 4);
    cr_assert_eq(as_tool_version_number("Version nextpnr-0.11.1"), 11);
    cr_assert_eq(as_tool_version_number("Version 1.2"), 1002);
    cr_assert_eq(as_tool_version_number("Version 5"), -1);
    cr_assert_eq(as_tool_version_number(""), -1);
}

Test(build, an_accelerator_without_a_board_is_refused)
{
    struct as_build_options options = {.accel = "a.yaml", .seed_count = 1, .jobs = 1};
    struct as_build built;
    struct as_config *cfg = accelerator("board=none");

    cr_assert_eq(as_build_run(arena, cfg, &options, &built, &diag), AS_ERR_RANGE);
    cr_assert_str_eq(diag.text, "a.yaml: board is none, expected a folder of boards/");
}

/* A saved build of `cfg` in a new folder; NULL bitstream: no seed reached the clock. */
static const char *save_build(const struct as_config *cfg, const char *bitstream)
{
    char *dir = as_arena_strdup(arena, "/tmp/as_test_build_XXXXXX");
    struct as_build built = {.cfg = cfg,
                             .board = icebreaker(),
                             .tools = {.yosys.version = "y", .nextpnr.version = "n"},
                             .seed_count = 1,
                             .seed[0] = {.seed = 3, .complaint = "ERROR"},
                             .best = -1,
                             .bitstream = bitstream};

    cr_assert_not_null(mkdtemp(dir));
    built.dir = dir;
    cr_assert_eq(as_build_save(arena, &built, &diag), AS_OK, "%s", diag.text);
    return dir;
}

static void remove_build(const char *dir)
{
    unlink(as_arena_printf(arena, "%s/build.json", dir));
    rmdir(dir);
}

Test(build, a_bitstream_of_another_accelerator_is_refused)
{
    const char *dir = save_build(accelerator(NULL), "top.bin");

    cr_assert_eq(as_build_check_saved(arena, dir, accelerator(NULL), &diag), AS_OK, "%s",
                 diag.text);
    cr_assert_eq(as_build_check_saved(arena, dir, accelerator("tile.P=2"), &diag), AS_OK);
    cr_assert_eq(as_build_check_saved(arena, dir, accelerator("host.baud=9600"), &diag),
                 AS_ERR_MISMATCH);
    cr_assert_str_eq(
        diag.text, as_arena_printf(arena,
                                   "%s/build.json: built with host.baud = 115200, the accelerator "
                                   "has 9600; `arraysmith build` again",
                                   dir));
    remove_build(dir);
}

Test(build, a_build_without_bitstream_is_refused)
{
    const char *dir = save_build(accelerator(NULL), NULL);

    cr_assert_eq(as_build_check_saved(arena, dir, accelerator(NULL), &diag), AS_ERR_MISMATCH);
    remove_build(dir);
    as_diag_init(&diag);
    cr_assert_eq(as_build_check_saved(arena, dir, accelerator(NULL), &diag), AS_ERR_IO);
}

Test(build, a_process_ends_with_its_status_and_its_complaint)
{
    const char *const argv[] = {"/bin/sh", "-c", "echo one; echo ERROR: two; pwd; exit 7", NULL};
    const char *log = write_file("");
    int status;

    cr_assert(as_process_start(argv, "/tmp", log, 10) > 0);
    cr_assert(as_process_wait(&status) > 0);
    cr_assert_eq(status, 7);
    cr_assert_str_eq(as_process_complaint(arena, log), "ERROR: two");
    unlink(log);
    cr_assert_eq(as_process_wait(&status), -1);
}

Test(build, a_process_that_takes_too_long_is_ended)
{
    const char *const argv[] = {"/bin/sleep", "60", NULL};
    const char *log = write_file("");
    int status;

    cr_assert(as_process_start(argv, "/tmp", log, 1) > 0);
    cr_assert(as_process_wait(&status) > 0);
    cr_assert_eq(status, -1);
    unlink(log);
}
