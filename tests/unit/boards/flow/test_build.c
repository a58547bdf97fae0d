/* Laws of `arraysmith build`: budgets, paths, what is done again and what is not, with programs
 * that stand for Yosys and nextpnr.  Synthesis itself runs in `make demo`.  Runs from the root of
 * the repository. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boards/flow/board.h"
#include "boards/flow/build.h"
#include "boards/flow/families.h"

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

TestSuite(area, .init = setup, .fini = teardown);
TestSuite(timing, .init = setup, .fini = teardown);
TestSuite(build, .init = setup, .fini = teardown);

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
    "# a comment\npath,block,cells\nu_s,system,10\nu_s.u_load,load_unit,20\nu_s.u_lo,other,5\n"

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
        const char *text = as_arena_printf(arena, "path,block,cells\n%s", lines[i]);
        as_diag_init(&diag);
        cr_assert_neq(read_budget(text, &blocks), AS_OK, "accepted %s", lines[i]);
        cr_assert(strstr(diag.text, ":2: ") != NULL, "%s", diag.text);
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
    enum as_status status =
        as_seed_parse(arena, as_family_find("ice40"), report, "r.json", &blocks, seed, &diag);
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
    cr_assert_eq(seed.logic.used, 4577);
    cr_assert_eq(seed.logic.available, 5280);
    cr_assert_eq(seed.used[6].used, 4);
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
                             .tools = {.yosys.version = "y", .route.version = "n"},
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

/* ---- with programs that stand for Yosys, nextpnr and icepack ---- */

#define YOSYS                                                                                      \
    "#!/bin/sh\n"                                                                                  \
    "[ \"$1\" != -V ] || { echo 'Yosys 0.99 (stand-in)'; exit; }\n"                                \
    "echo yosys >>runs\n"                                                                          \
    "echo '{\"modules\":{\"top\":{\"cells\":{\"a\":{\"type\":\"SB_LUT4\"}}}}}' >netlist.json\n"
#define NEXTPNR                                                                                    \
    "#!/bin/sh\n"                                                                                  \
    "[ \"$1\" != --version ] || { echo 'Version 0.99'; exit; }\n"                                  \
    "echo nextpnr >>runs\n"                                                                        \
    "while [ $# -gt 0 ]; do case $1 in --asc) echo placed >$2;; --report) echo '{\"fmax\":"        \
    "{\"c\":{\"achieved\":25,\"constraint\":24}},\"utilization\":{\"ICESTORM_LC\":{\"used\":1,"    \
    "\"available\":5280}},\"critical_paths\":[]}' >$2;; esac; shift; done\n"
#define ICEPACK "#!/bin/sh\ncp $1 $2\n"

static void write_program(const char *folder, const char *name, const char *text)
{
    const char *path = as_arena_printf(arena, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");

    cr_assert(out && fputs(text, out) >= 0 && fclose(out) == 0 && chmod(path, 0755) == 0);
}

/* A folder for a build, with those programs in the only folder of PATH before the system's. */
static const char *make_workplace(void)
{
    char *dir = as_arena_strdup(arena, "/tmp/as_test_build_XXXXXX");

    cr_assert_not_null(mkdtemp(dir));
    write_program(dir, "yosys", YOSYS);
    write_program(dir, "nextpnr-ice40", NEXTPNR);
    write_program(dir, "icepack", ICEPACK);
    setenv("PATH", as_arena_printf(arena, "%s:/usr/bin:/bin", dir), 1);
    return dir;
}

static void remove_workplace(const char *dir)
{
    cr_assert_eq(system(as_arena_printf(arena, "rm -r %s", dir)), 0);
}

static enum as_status build_in(const char *dir, int seeds)
{
    struct as_build_options options = {.accel = "icebreaker",
                                       .dir = as_arena_printf(arena, "%s/out", dir),
                                       .seed_count = seeds,
                                       .first_seed = 1,
                                       .jobs = 2};
    struct as_build built;

    return as_build_run(arena, accelerator(NULL), &options, &built, &diag);
}

/* How often Yosys and nextpnr ran in all. */
static int runs_of(const char *dir)
{
    FILE *in = fopen(as_arena_printf(arena, "%s/out/runs", dir), "r");
    int lines = 0;

    for (int c; in && (c = getc(in)) != EOF;)
        lines += c == '\n';
    if (in)
        fclose(in);
    return lines;
}

Test(build, what_was_built_is_not_built_again)
{
    const char *dir = make_workplace();

    cr_assert_eq(build_in(dir, 2), AS_OK, "%s", diag.text);
    cr_assert_eq(runs_of(dir), 3);
    cr_assert_eq(build_in(dir, 2), AS_OK, "%s", diag.text);
    cr_assert_eq(runs_of(dir), 3);
    cr_assert_eq(build_in(dir, 3), AS_OK, "%s", diag.text);
    cr_assert_eq(runs_of(dir), 4);
    remove_workplace(dir);
}

Test(build, a_damaged_result_is_made_again)
{
    static const char *const files[] = {"netlist.json", "netlist.key", "seed_1.json",
                                        "seed_1.placed", "seed_1.key"};
    const char *dir = make_workplace();

    cr_assert_eq(build_in(dir, 1), AS_OK, "%s", diag.text);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (int d = 0; d < 3; d++) {
            const char *path = as_arena_printf(arena, "%s/out/%s", dir, files[i]);
            int before = runs_of(dir);
            if (d == 2 && strstr(path, ".key"))
                continue; /* what follows the mark means nothing */
            const char *damage = d == 0   ? as_arena_printf(arena, ": >%s", path)
                                 : d == 1 ? as_arena_printf(arena, "rm %s", path)
                                          : as_arena_printf(arena, "echo x >>%s", path);
            cr_assert_eq(system(damage), 0);
            cr_assert_eq(build_in(dir, 1), AS_OK, "%s: %s", damage, diag.text);
            cr_expect_eq(runs_of(dir) - before, 1, "%s", damage);
        }
    remove_workplace(dir);
}

Test(build, a_program_that_fails_leaves_no_mark)
{
    const char *dir = make_workplace();

    write_program(dir, "yosys",
                  "#!/bin/sh\n[ $1 != -V ] || { echo 'Yosys 0.99 (stand-in)'; exit; }\n"
                  "echo '{\"modules\":' >netlist.json; echo ERROR: no room; exit 1\n");
    cr_assert_eq(build_in(dir, 1), AS_ERR_TOOL);
    cr_assert_not_null(strstr(diag.text, "synthesis failed: ERROR: no room"), "%s", diag.text);
    write_program(dir, "yosys", YOSYS);
    as_diag_init(&diag);
    cr_assert_eq(build_in(dir, 1), AS_OK, "%s", diag.text);
    remove_workplace(dir);
}

Test(build, a_second_build_in_the_folder_is_refused)
{
    const char *dir = make_workplace();
    const char *lock = as_arena_printf(arena, "%s/out/build.lock", dir);

    cr_assert_eq(build_in(dir, 1), AS_OK, "%s", diag.text);
    int file = open(lock, O_RDWR);
    cr_assert(file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0, "the lock was not given back");
    int before = runs_of(dir);
    cr_assert_eq(build_in(dir, 2), AS_ERR_IO);
    cr_assert_str_eq(
        diag.text, as_arena_printf(arena,
                                   "%s/out: another `arraysmith build` (process %d) is at work in "
                                   "this folder; wait for it, or name another folder with -o",
                                   dir, (int)getpid()));
    cr_assert_eq(runs_of(dir), before);
    close(file);
    remove_workplace(dir);
}

Test(build, an_empty_name_and_the_root_are_no_places)
{
    static const char *const places[] = {"", "/", "//"};

    const char *dir = make_workplace();
    for (int i = 0; i < 3; i++) {
        struct as_build_options options = {
            .accel = "icebreaker", .dir = places[i], .seed_count = 1, .jobs = 1};
        struct as_build built;
        as_diag_init(&diag);
        cr_assert_eq(as_build_run(arena, accelerator(NULL), &options, &built, &diag), AS_ERR_IO);
    }
    remove_workplace(dir);
}
