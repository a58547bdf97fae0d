/* The folder that `gen` writes. */
#ifndef AS_BOARDS_FLOW_PACKAGE_H
#define AS_BOARDS_FLOW_PACKAGE_H

#include "gen/emit/emit.h"

/* All that `gen` writes: Verilog, the board's top and constraints, FuseSoC .core, params.txt and
 * README.md. */
enum as_status as_package(struct as_arena *arena, const struct as_config *cfg,
                          struct as_emit_set *set, struct as_diag *diag);

#endif
