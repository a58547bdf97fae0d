/* A board: what its folder boards/NAME/board.yaml says, and whether an accelerator fits it. */
#ifndef AS_BOARDS_FLOW_BOARD_H
#define AS_BOARDS_FLOW_BOARD_H

#include "base/arena.h"
#include "gen/config/config.h"
#include "base/diag.h"
#include "base/template.h"

/* What one device offers. */
struct as_device {
    const char *name; /* as nextpnr's option, without dashes */
    int lcs, dsps, ebrs, sprams;
    const char *defines[3]; /* Verilog macros that choose its primitives; NULL ends them */
};

struct as_board {
    const char *name;   /* in words */
    const char *folder; /* boards/NAME below as_home() */
    const char *file;   /* its board.yaml */
    const char *family, *package;
    const struct as_device *device;
    const char *pll; /* pad, core, or none */
    double clock_khz;
    int memory_bytes, memory_line; /* main memory; its line in `file` */
    const char *bitstream;         /* name of the file that `flash` writes */
    const char *flash;             /* command, run where the bitstream is */
};

/* Reads the board of `cfg`, which must not be none.  The result lives in `arena`. */
enum as_status as_board_load(struct as_arena *arena, const char *name, const struct as_board **out,
                             struct as_diag *diag);

/* Refuses what the board cannot hold or clock; `label` is what messages call the accelerator. */
enum as_status as_board_check(const struct as_board *board, const struct as_config *cfg,
                              const char *label, struct as_diag *diag);

/* Loads and checks the board of `cfg`, and sets the names that its top.v.tpl may use besides those
 * of as_emit_symbols: pll (0: the board's clock is used as it is), pll_divr, pll_divf, pll_divq,
 * pll_filter. */
enum as_status as_board_symbols(struct as_arena *arena, const struct as_config *cfg,
                                struct as_symbols *symbols, struct as_diag *diag);

#endif
