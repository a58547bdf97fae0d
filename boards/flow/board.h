/* A board: what its folder boards/NAME/board.yaml says, and whether an accelerator fits it. */
#ifndef AS_BOARDS_FLOW_BOARD_H
#define AS_BOARDS_FLOW_BOARD_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/template.h"
#include "boards/family/family.h"
#include "gen/config/config.h"

/* The wires between board and FPGA; the last three may be missing. */
enum as_wire {
    AS_WIRE_CLOCK,
    AS_WIRE_UART_RX,
    AS_WIRE_UART_TX,
    AS_WIRE_LED_RED,
    AS_WIRE_LED_GREEN,
    AS_WIRE_BUTTON,
    AS_WIRE_COUNT
};

struct as_board {
    const char *name, *description; /* in words */
    const char *folder;             /* boards/NAME below as_home() */
    const char *file;               /* its board.yaml */
    const struct as_family *family;
    const struct as_device *device;
    const char *package;
    const char *pll; /* one of the family's words */
    double clock_mhz;
    double memory_bytes; /* main memory, */
    int memory_line;     /* and its line in `file` */
    struct as_pin pin[AS_WIRE_COUNT];
    const char *bitstream; /* name of the file that `flash` writes */
    const char *flash;     /* command, run where the bitstream is */
};

/* Reads boards/NAME/board.yaml.  Every unknown key, wrong value and missing key is refused, each
 * with its place.  The result lives in `arena`. */
enum as_status as_board_load(struct as_arena *arena, const char *name, const struct as_board **out,
                             struct as_diag *diag);

/* Refuses what the board cannot hold or clock; `label` is what messages call the accelerator. */
enum as_status as_board_check(const struct as_board *board, const struct as_config *cfg,
                              const char *label, struct as_diag *diag);

/* Whether the board's clock is the accelerator's, so that there is no PLL. */
bool as_board_clock_is_plain(const struct as_board *board, const struct as_config *cfg);

/* Sets the names that rtl_templates/board/ and tech/ may use besides those of as_emit_symbols:
 * board_name, board_khz, pll (0, or the board's word) and what the family adds for it, and for each
 * wire its port (0: none) and PORT_active (low or high).  The accelerator fits the board. */
void as_board_symbols(const struct as_board *board, const struct as_config *cfg,
                      struct as_symbols *symbols);

#endif
