#include "boards/flow/board.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boards/family/ice40/ice40_pll.h"
#include "base/home.h"
#include "base/yaml.h"

#define SPRAM_WIDTH 32        /* bits: two blocks side by side */
#define CLOCK_SLACK 1.0       /* kHz between the clock that was asked for and what the PLL makes */
#define CLOCK_MAX   1000.0    /* MHz */
#define MEMORY_MAX  (1 << 24) /* bytes, as memory.bytes */

static const struct as_device devices[] = {
    {"hx1k", 1280, 0, 16, 0, {"SYNTHESIS_ICE40"}},
    {"hx8k", 7680, 0, 32, 0, {"SYNTHESIS_ICE40"}},
    {"lp8k", 7680, 0, 32, 0, {"SYNTHESIS_ICE40"}},
    {"up5k", 5280, 8, 30, 4, {"SYNTHESIS_ICE40", "SYNTHESIS_ICE40_UP5K"}},
};

#define DEVICE_COUNT (sizeof devices / sizeof devices[0])

/* ---- board.yaml ---- */

static enum as_status read_text(const struct as_yaml_node *root, const char *key, const char **out,
                                struct as_diag *diag)
{
    const struct as_yaml_node *node = as_yaml_get(root, key);

    *out = "";
    if (!node)
        return as_yaml_fail(diag, AS_ERR_PARSE, root, false, "%s is missing", key);
    if (node->kind != AS_YAML_SCALAR || node->text[0] == '\0')
        return as_yaml_fail(diag, AS_ERR_PARSE, node, false, "%s is not a word", key);
    *out = node->text;
    return AS_OK;
}

static enum as_status read_number(const struct as_yaml_node *root, const char *key, double max,
                                  double *out, struct as_diag *diag)
{
    const char *text;
    char *end;

    AS_TRY(read_text(root, key, &text, diag));
    *out = strtod(text, &end);
    if (*end != '\0' || !(*out > 0 && *out <= max))
        return as_yaml_fail(diag, AS_ERR_RANGE, as_yaml_get(root, key), false,
                            "%s is %s, expected a number above 0 and up to %.0f", key, text, max);
    return AS_OK;
}

static enum as_status read_device(const struct as_yaml_node *root, struct as_board *board,
                                  struct as_diag *diag)
{
    const char *name;

    AS_TRY(read_text(root, "family", &board->family, diag));
    if (strcmp(board->family, "ice40") != 0)
        return as_yaml_fail(diag, AS_ERR_UNSUPPORTED, as_yaml_get(root, "family"), false,
                            "family is %s, expected ice40", board->family);
    AS_TRY(read_text(root, "device", &name, diag));
    for (size_t i = 0; i < DEVICE_COUNT; i++)
        if (strcmp(devices[i].name, name) == 0)
            board->device = &devices[i];
    if (!board->device)
        return as_yaml_fail(diag, AS_ERR_UNSUPPORTED, as_yaml_get(root, "device"), false,
                            "device is %s, expected hx1k, hx8k, lp8k or up5k", name);
    return AS_OK;
}

enum as_status as_board_load(struct as_arena *arena, const char *name, const struct as_board **out,
                             struct as_diag *diag)
{
    struct as_board *board = AS_NEW(arena, struct as_board, 1);
    const struct as_yaml_node *root;
    double mhz, bytes;

    *out = NULL;
    board->folder = as_home_path(arena, as_arena_printf(arena, "boards/%s", name));
    board->file = as_arena_printf(arena, "%s/board.yaml", board->folder);
    AS_TRY(as_yaml_read(arena, board->file, &root, diag));
    if (root->kind != AS_YAML_MAP)
        return as_yaml_fail(diag, AS_ERR_PARSE, root, false, "a board is a list of keys");
    AS_TRY(read_text(root, "name", &board->name, diag));
    AS_TRY(read_device(root, board, diag));
    AS_TRY(read_text(root, "package", &board->package, diag));
    AS_TRY(read_text(root, "pll", &board->pll, diag));
    AS_TRY(read_text(root, "bitstream", &board->bitstream, diag));
    AS_TRY(read_text(root, "flash", &board->flash, diag));
    AS_TRY(read_number(root, "clock_mhz", CLOCK_MAX, &mhz, diag));
    AS_TRY(read_number(root, "memory_bytes", MEMORY_MAX, &bytes, diag));
    board->clock_khz = mhz * 1000;
    board->memory_bytes = (int)bytes;
    board->memory_line = as_yaml_get(root, "memory_bytes")->line;
    *out = board;
    return AS_OK;
}

/* ---- does it fit? ---- */

/* Whether the board's clock is used without a PLL. */
static bool is_plain_clock(const struct as_board *board, const struct as_config *cfg)
{
    return fabs(board->clock_khz - cfg->clock_khz) < CLOCK_SLACK;
}

static enum as_status check_clock(const struct as_board *board, const struct as_config *cfg,
                                  const char *label, struct as_diag *diag)
{
    struct as_ice40_pll pll;
    double nearest = board->clock_khz;

    if (is_plain_clock(board, cfg))
        return AS_OK;
    if (strcmp(board->pll, "none") != 0 &&
        as_ice40_pll_solve(board->clock_khz, cfg->clock_khz, &pll)) {
        if (fabs(pll.khz - cfg->clock_khz) < CLOCK_SLACK)
            return AS_OK;
        if (fabs(pll.khz - cfg->clock_khz) < fabs(nearest - cfg->clock_khz))
            nearest = pll.khz;
    }
    return as_fail(diag, AS_ERR_RANGE,
                   "%s: clock.khz is %d, which %s cannot make of its %g MHz; the nearest is %.0f",
                   label, cfg->clock_khz, board->name, board->clock_khz / 1000, nearest);
}

enum as_status as_board_check(const struct as_board *board, const struct as_config *cfg,
                              const char *label, struct as_diag *diag)
{
    enum as_status status = AS_OK;
    int pairs = cfg->rows * ((cfg->cols + 1) / 2);

    if (cfg->mem_bytes > board->memory_bytes)
        status = as_fail(diag, AS_ERR_NOFIT,
                         "%s: memory.bytes is %d, expected 4096..%d, what %s has (%s:%d)", label,
                         cfg->mem_bytes, board->memory_bytes, board->name, board->file,
                         board->memory_line);
    if (board->device->sprams > 0 && cfg->mem_width != SPRAM_WIDTH)
        status = as_fail(diag, AS_ERR_NOFIT,
                         "%s: memory.width is %d, expected %d, two SPRAM blocks of %s side by side",
                         label, cfg->mem_width, SPRAM_WIDTH, board->name);
    if (board->device->dsps > 0 && pairs > board->device->dsps)
        status = as_fail(diag, AS_ERR_NOFIT,
                         "%s: the array is %d x %d PEs, which takes %d dual multipliers, expected "
                         "1..%d, what %s has",
                         label, cfg->rows, cfg->cols, pairs, board->device->dsps, board->name);
    if (check_clock(board, cfg, label, diag) != AS_OK)
        status = AS_ERR_RANGE;
    return status;
}

enum as_status as_board_symbols(struct as_arena *arena, const struct as_config *cfg,
                                struct as_symbols *symbols, struct as_diag *diag)
{
    const struct as_board *board;
    struct as_ice40_pll pll = {0};
    bool plain;

    AS_TRY(as_board_load(arena, cfg->board, &board, diag));
    AS_TRY(as_board_check(board, cfg, cfg->name, diag));
    plain = is_plain_clock(board, cfg);
    if (!plain)
        as_ice40_pll_solve(board->clock_khz, cfg->clock_khz, &pll);
    as_symbols_set_int(symbols, "pll", !plain);
    as_symbols_set_int(symbols, "pll_divr", pll.divr);
    as_symbols_set_int(symbols, "pll_divf", pll.divf);
    as_symbols_set_int(symbols, "pll_divq", pll.divq);
    as_symbols_set_int(symbols, "pll_filter", pll.filter_range);
    return AS_OK;
}
