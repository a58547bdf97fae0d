/* The folder of `gen` as a FuseSoC core: lint, simulation, and the build of its board. */
#ifndef AS_BOARDS_FLOW_PACKAGE_FUSESOC_H
#define AS_BOARDS_FLOW_PACKAGE_FUSESOC_H

#include "boards/flow/board.h"
#include "gen/emit/emit.h"

/* Appends NAME.core, which lists the files that `set` has so far; `board` is NULL without one. */
enum as_status as_package_fusesoc(struct as_arena *arena, const struct as_config *cfg,
                                  const struct as_board *board, struct as_emit_set *set,
                                  struct as_diag *diag);

#endif
